"""From a lockfile's bytes to a lock: one typed pass, which quotes nothing of what it refuses. Pure.

`schema/lockfile.schema.json` says the same for editors; a test holds both together.
"""

from __future__ import annotations

import math
from typing import Any

from msgspec.structs import replace

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
from heygen_localize.core.errors import LockfileError, NotTextError, Problem, Where
from heygen_localize.core.lock import (
    Lock,
    LockedJob,
    LockedSession,
    LockedSource,
    LockEntry,
    PulledFile,
)
from heygen_localize.core.model import JobStatus, OutputUrls
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.text import sanitize, valid_id
from heygen_localize.project.lockfile.merge import conflicted, sides, union

_LATEST = 253_402_300_799
"""Seconds since 1970: the end of the year 9999, beyond which no calendar here goes."""

_LONGEST = 1e9
"""Seconds; no video lasts for thirty years."""

_MOST_ATTEMPTS = 1_000_000


def with_sane_numbers(lock: Lock) -> Lock:
    """Return the lock without the numbers that nothing true can have, which nothing can show."""
    entries = {address: _sane(entry) for address, entry in lock.entries.items()}
    sessions = {
        address: session
        if _is_moment(session.created_at) and session.attempts <= _MOST_ATTEMPTS
        else replace(session, created_at=None, attempts=min(session.attempts, _MOST_ATTEMPTS))
        for address, session in lock.sessions.items()
    }
    deleted = {name: moment for name, moment in lock.deleted.items() if _is_moment(moment)}
    paid = {name: _sane_order(order) for name, order in lock.paid.items()}
    return replace(lock, entries=entries, sessions=sessions, deleted=deleted, paid=paid)


def _sane(entry: LockEntry) -> LockEntry:
    job = _sane_job(entry.job)
    serving = entry.serving and _sane_job(entry.serving)
    if job is entry.job and serving is entry.serving and entry.attempts <= _MOST_ATTEMPTS:
        return entry
    attempts = min(entry.attempts, _MOST_ATTEMPTS)
    return replace(entry, job=job, serving=serving, attempts=attempts)


def _sane_job(job: LockedJob) -> LockedJob:
    if not _is_moment(job.created_at):
        job = replace(job, created_at=None)
    if not _is_moment(job.outputs.expires_at):
        job = replace(job, outputs=replace(job.outputs, expires_at=None))
    if not _is_length(job.duration):
        job = replace(job, duration=None)
    return job


def _sane_order(order: PaidOrder) -> PaidOrder:
    return order if _is_length(order.seconds) else replace(order, seconds=None)


def _is_length(value: float | None) -> bool:
    return value is None or (math.isfinite(value) and value <= _LONGEST)


def _is_moment(value: int | None) -> bool:
    return value is None or 0 <= value <= _LATEST


VERSION = 1
_MOST_VALUES = 700_000
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
            Problem(
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
    "files": record(dict.fromkeys(("video", "audio", "srt", "vtt"), _FILE), (), dict),
    "sent": matching("[0-9a-f]{16}", "16 hexadecimal digits"),
}
_JOB_NEEDS = ("fingerprint", "translation_id", "status")
_ENTRY: dict[str, Reader] = {
    "language": lambda value: sanitize(filled_text(value)),
    "attempts": _COUNT,
    "serving": record(_JOB, _JOB_NEEDS, lambda found: LockedJob(**found)),
    "superseded": unique(_id),
    "protected": boolean,
    "reordered": boolean,
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
    )


_LOCK = record(
    {
        "lockfile_version": integer(VERSION),
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
    },
    ("lockfile_version", "project", "targets"),
    _built,
)
