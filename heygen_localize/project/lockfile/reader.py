"""From a lockfile's bytes to a lock, quoting nothing of what is refused. Pure.

One typed pass where localize wrote it (`typed`), else value by value.

`schema/lockfile.schema.json` says the same for editors; a test holds both together.
"""

from __future__ import annotations

from typing import Any

from heygen_localize.core.decoding import (
    Misfit,
    Reader,
    TooMuch,
    boolean,
    filled_text,
    integer,
    link,
    mapping,
    matching,
    number,
    one_of,
    parse_json,
    record,
    text,
    unique,
)
from heygen_localize.core.encoding import POINTER, text_of
from heygen_localize.core.errors import Diagnostic, LockfileError, NotTextError, Where
from heygen_localize.core.lock import (
    Lock,
    LockedJob,
    LockedSession,
    LockedSource,
    LockEntry,
    PulledFile,
)
from heygen_localize.core.locked_spec import LockedSpec
from heygen_localize.core.model import JobStatus, OutputUrls
from heygen_localize.core.objects import ETAG, OBJECT, StoredObject
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.text import sanitize, valid_id
from heygen_localize.project.lockfile.checks import check
from heygen_localize.project.lockfile.merge import conflicted, sides, union
from heygen_localize.project.lockfile.sanity import with_sane_numbers
from heygen_localize.project.lockfile.spent import spent_order
from heygen_localize.project.lockfile.typed import VERSION, decoded

_DEEPEST = 4
"""Levels of an option's value."""

_MOST_VALUES = 2_000_000
"""A lockfile of the largest size holds as many."""

_CONFLICT = b"<<<<<<<"
_MOST_CONFLICTS = 100_000

_HINT_REBUILD = (
    "restore it from git; or delete it: apply finds every job again in the account "
    "and pays for none twice"
)


def decode_lock(content: bytes, where: Where, project: str | None = None) -> Lock:
    """Read a lockfile's bytes, also with git's conflict markers in them.

    Raises:
        LockfileError: as `read_lock`; it quotes nothing of what it was given.
    """
    lock = decoded(content)
    if lock is not None:
        if project is not None and lock.project != project:
            raise other_project(project, where)
        return lock
    content = _plain(content, where)
    if not conflicted(content):
        return _lock(content, where, project)
    if content.count(_CONFLICT) > _MOST_CONFLICTS:
        raise LockfileError("the lockfile has too many conflicts", where=where, hint=_HINT_REBUILD)
    ours, theirs = (_lock(side, where, project) for side in sides(content))
    return union(ours, theirs)


def _plain(content: bytes, where: Where) -> bytes:
    """Return a lockfile's bytes in UTF-8; what is no text becomes replacement characters later."""
    try:
        return text_of(content).encode("utf-8", "replace")
    except NotTextError as error:
        if error.first.code == POINTER:
            message = "the lockfile is a Git LFS pointer: it stands for a file that was not fetched"
            raise LockfileError(
                message, code="lockfile_lfs_pointer", where=where, hint=error.first.hint
            ) from None
        return content


def _lock(content: bytes, where: Where, project: str | None) -> Lock:
    try:
        document = parse_json(content, _MOST_VALUES)
    except TooMuch:
        raise LockfileError("the lockfile is too large to be one", where=where) from None
    except ValueError:
        raise LockfileError("the lockfile is not JSON", where=where, hint=_HINT_REBUILD) from None
    version = document.get("lockfile_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise LockfileError(
            f"the lockfile is of a later version than this localize knows ({VERSION})",
            code="lockfile_newer",
            where=where,
            hint="upgrade: pip install --upgrade heygen-localize",
        )
    try:
        lock = _LOCK(document)
    except Misfit as misfit:
        raise LockfileError.of(
            Diagnostic(
                "lockfile_invalid",
                f"the lockfile is damaged: expected {expected}",
                Where(file=where.file, path=".".join(place)),
                _HINT_REBUILD,
            )
            for place, expected in misfit.places
        ) from None
    if project is not None and lock.project != project:
        raise other_project(project, where)
    return with_sane_numbers(lock)


def other_project(project: str, where: Where) -> LockfileError:
    """Return the error that tells of a lockfile of another project's than `project`."""
    return LockfileError(
        f"the lockfile belongs to another project than {project!r}, the manifest's",
        code="lockfile_other_project",
        where=where,
        hint="put the old name back, or move the lockfile away to start a new project",
    )


def _id(value: object) -> str:
    found = valid_id(value)
    if found is None:
        raise Misfit(((), "an id of HeyGen's"))
    return found


def _version(value: object) -> int:
    found = _COUNT(value)
    if found > VERSION:
        raise Misfit(((), f"a whole number of 1 to {VERSION}"))
    return int(found)


def _option(value: object, depth: int = 0) -> Any:
    """Read an option's value: any JSON that is not deep; a spec that lies is not believed."""
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, list) and depth < _DEEPEST:
        return [_option(item, depth + 1) for item in value]
    if isinstance(value, dict) and depth < _DEEPEST:
        return {text(name): _option(item, depth + 1) for name, item in value.items()}
    raise Misfit(((), "an option's value"))


_DIGEST = matching("[0-9a-f]{64}", "a SHA-256 in hexadecimal")
_ADDRESS = matching("[a-z0-9][a-z0-9._-]{0,63}/[A-Za-z0-9-]{1,100}", "an address")
_COUNT = integer(1)
_TIME = integer()

_SOURCE = record(
    {"url": text, "asset_id": text, "sha256": _DIGEST, "etag": text, "last_modified": text},
    (),
    lambda found: LockedSource(**found),
)
_OUTPUTS = record(
    {
        "video_url": link,
        "audio_url": link,
        "srt_caption_url": link,
        "vtt_caption_url": link,
        "expires_at": _TIME,
    },
    (),
    lambda found: OutputUrls(**found),
)
_FILE = record(
    {"sha256": _DIGEST, "size": integer(0)},
    ("sha256", "size"),
    lambda found: PulledFile(**found),
)
_OBJECT = record(
    {
        "at": matching(OBJECT, "the address of an object"),
        "etag": matching(ETAG, "an ETag"),
        "sha256": _DIGEST,
    },
    ("at", "etag", "sha256"),
    lambda found: StoredObject(**found),
)
_KINDS = ("video", "audio", "srt", "vtt")
_SPEC = record(
    {
        "source": filled_text,
        "options": mapping(matching("[a-z][a-z_]{0,99}", "the name of an option"), _option),
        "revision": integer(),
        "proofread": _DIGEST,
        "kind": one_of({"lipsync": "lipsync"}),
    },
    ("source",),
    lambda found: LockedSpec(**found),
)
_JOB: dict[str, Reader] = {
    "fingerprint": _DIGEST,
    "translation_id": _id,
    "status": one_of({status.value: status for status in JobStatus}),
    "title": text,
    "duration": number,
    "created_at": _TIME,
    "failure_message": lambda value: sanitize(text(value)),
    "source": _SOURCE,
    "outputs": _OUTPUTS,
    "public_url": link,
    "files": record(dict.fromkeys(_KINDS, _FILE), (), dict),
    "spec": _SPEC,
    "check": check,
    "held": boolean,
    "accepted": _DIGEST,
    "sent": matching("[0-9a-f]{16}", "16 hexadecimal digits"),
}
_JOB_NEEDS = ("fingerprint", "translation_id", "status")
_ENTRY: dict[str, Reader] = {
    "language": lambda value: sanitize(filled_text(value)),
    "attempts": _COUNT,
    "serving": record(_JOB, _JOB_NEEDS, lambda found: LockedJob(**found)),
    "superseded": unique(_id),
    "protected": boolean,
    "objects": record(dict.fromkeys(_KINDS, _OBJECT), (), dict),
}
_SESSION: dict[str, Reader] = {
    "fingerprint": _DIGEST,
    "proofread_id": _id,
    "status": one_of({status.value: status for status in SessionStatus}),
    "attempts": _COUNT,
    "created_at": _TIME,
    "failure_message": lambda value: sanitize(text(value)),
    "unusable": lambda value: sanitize(filled_text(value)),
    **dict.fromkeys(("machine", "cues", "uploaded", "earlier", "approved"), _DIGEST),
}
_PAID: dict[str, Reader] = {"address": _ADDRESS, "seconds": number, "session": boolean}


def _entry(found: dict[str, Any]) -> LockEntry:
    own = {name: found.pop(name) for name in _ENTRY if name in found}
    return LockEntry(job=LockedJob(**found), **own)


def _built(found: dict[str, Any]) -> Lock:
    """Build a lock of what stands under each key; these are the keys of the schema."""
    return Lock(
        found["project"],
        found["targets"],
        found.get("assets", {}),
        found.get("proofreads", {}),
        found.get("approvals", {}),
        found.get("deleted", {}),
        found.get("paid", {}),
        found.get("spent", {}),
    )


_LOCK = record(
    {
        "lockfile_version": _version,
        "project": matching("[a-z0-9-]{1,40}", "the name of a project"),
        "targets": mapping(
            _ADDRESS, record(_ENTRY | _JOB, ("language", "attempts", *_JOB_NEEDS), _entry)
        ),
        "assets": mapping(_DIGEST, _id),
        "proofreads": mapping(
            _ADDRESS,
            record(
                _SESSION,
                ("fingerprint", "proofread_id", "status", "attempts"),
                lambda found: LockedSession(**found),
            ),
        ),
        "approvals": mapping(_ADDRESS, _DIGEST),
        "deleted": mapping(_id, integer(0)),
        "paid": mapping(_id, record(_PAID, ("address",), lambda found: PaidOrder(**found))),
        "spent": mapping(_id, spent_order(_ADDRESS)),
    },
    ("lockfile_version", "project", "targets"),
    _built,
)
