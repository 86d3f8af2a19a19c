"""Reading and writing `localize.lock`: JSON, sorted, the same to the byte for the same content."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

from heygen_localize.encoding import NotTextError, Unreadable, text_of
from heygen_localize.errors import LockfileError, Problem, Where
from heygen_localize.files import step, write_atomically
from heygen_localize.fingerprint import Json
from heygen_localize.lock import (
    Lock,
    LockedJob,
    LockedSession,
    LockedSource,
    LockEntry,
    PulledFile,
)
from heygen_localize.lockchecks import unusable_ids, with_sane_numbers
from heygen_localize.merging import conflicted, sides, union
from heygen_localize.model import NO_OUTPUTS, JobStatus, OutputUrls
from heygen_localize.resources import schema_text
from heygen_localize.review import SessionStatus
from heygen_localize.text import printable

VERSION = 1
_LARGEST = 200 * 1024 * 1024
_HINT_REBUILD = (
    "restore it from git; or delete it: apply finds every job again in the account "
    "and pays for none twice"
)


def read_lock(path: Path, project: str | None = None) -> Lock | None:
    """Read a lockfile; None where there is none yet.

    One with git's conflict markers in it is read from both sides.

    Raises:
        LockfileError: it cannot be read, is not one, was written by a later
            version, or belongs to another project than `project`.
    """
    content = lock_content(path)
    return None if content is None else parsed_lock(content, path, project)


def lock_content(path: Path) -> bytes | None:
    """Return what a lockfile holds; None where there is none.

    Raises:
        LockfileError: it cannot be read, or is too large to be one.
    """
    where = Where(file=path.name)
    try:
        if path.stat().st_size > _LARGEST:
            raise LockfileError("the lockfile is too large to be one", where=where)
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LockfileError(f"the lockfile cannot be read: {error.strerror}", where=where) from None


def parsed_lock(content: bytes, path: Path, project: str | None = None) -> Lock:
    """Read what a lockfile held, as `read_lock` does.

    Raises:
        LockfileError: as there.
    """
    where = Where(file=path.name)
    text = _decoded(content, where)
    if conflicted(text):
        ours, theirs = (_lock(side, where, project) for side in sides(text))
        return replace(union(ours, theirs), content=content)
    return replace(_lock(text, where, project), content=content)


def _lock(text: str, where: Where, project: str | None) -> Lock:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise LockfileError("the lockfile is not JSON", where=where, hint=_HINT_REBUILD) from None
    _check(document, where)
    if project is not None and document["project"] != project:
        raise other_project(document["project"], project, where)
    entries = {address: _entry(entry) for address, entry in document["targets"].items()}
    sessions = {address: _session(item) for address, item in document.get("proofreads", {}).items()}
    lock = Lock(
        document["project"],
        entries,
        document.get("assets", {}),
        sessions,
        document.get("approvals", {}),
        document.get("deleted", {}),
    )
    bad = [
        Problem("lockfile_invalid", problem, replace(where, path=place), _HINT_REBUILD)
        for place, problem in unusable_ids(lock)
    ]
    if bad:
        raise LockfileError.of(bad)
    return with_sane_numbers(lock)


def other_project(found: str, project: str, where: Where) -> LockfileError:
    """Return the error that tells of a lockfile of another project's."""
    return LockfileError(
        f"the lockfile belongs to project {found!r}, the manifest to {project!r}",
        code="lockfile_other_project",
        where=where,
        hint="put the old name back, or move the lockfile away to start a new project",
    )


def write_lock(path: Path, text: str, still: Callable[[], bool] = lambda: True) -> bool:
    """Put a lockfile's text in its place, unless it says that or `still` says no; tell whether.

    A byte order mark or other line ends, as editors and git put them, are no reason.

    Raises:
        LockfileError: it cannot be written; the old one is whole.
    """
    try:
        if path.exists() and _says(path.read_bytes(), text):
            return False
        written = write_atomically(path, text, still)
    except OSError as error:
        raise LockfileError(
            f"the lockfile cannot be written: {error.strerror}",
            code="lockfile_unwritable",
            where=Where(file=path.name),
            hint="make room or give the right to write, then run the same command again: "
            "jobs already ordered are found in the account and not paid twice",
        ) from None
    if written:
        step("lock.written")
    return written


def _decoded(content: bytes, where: Where) -> str:
    """Read a lockfile's bytes as text; what is none becomes replacement characters.

    Raises:
        LockfileError: a Git LFS pointer stands for it.
    """
    try:
        return text_of(content)
    except NotTextError as error:
        if error.kind is Unreadable.POINTER:
            told = "the lockfile is a Git LFS pointer: it stands for a file that was not fetched"
            raise LockfileError(
                told, code="lockfile_lfs_pointer", where=where, hint=error.hint
            ) from None
        return content.decode("utf-8", "replace")


def _says(content: bytes, text: str) -> bool:
    """Tell whether a lockfile holds a text, whatever its encoding and line ends."""
    try:
        return text_of(content).replace("\r\n", "\n") == text
    except NotTextError:
        return False


def lock_text(lock: Lock, keep_urls: bool = True) -> str:
    """Write a lock out: sorted, two spaces, LF, no times but the vendor's."""
    document: dict[str, Any] = {
        "lockfile_version": VERSION,
        "project": lock.project,
        "targets": {
            address: _entry_json(entry, keep_urls) for address, entry in lock.entries.items()
        },
    }
    sessions = {name: _session_json(session) for name, session in lock.sessions.items()}
    more = {
        "assets": dict(lock.assets),
        "proofreads": sessions,
        "approvals": dict(lock.approvals),
        "deleted": dict(lock.deleted),
    }
    document |= {name: value for name, value in more.items() if value}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _refuse_constant(word: str) -> NoReturn:
    """Refuse `NaN` and `Infinity`: they are not JSON, and no limit holds against them."""
    raise ValueError(word)


def _is_link(value: object) -> bool:
    """Tell whether a text is a link that may be opened, and that can be compared."""
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return value.isprintable() and parts.scheme in ("http", "https") and bool(parts.hostname)


_FORMATS = FormatChecker(())
_FORMATS.checks("uri", raises=ValueError)(_is_link)


def _check(document: Any, where: Where) -> None:
    """Hold a document against the version and the schema, and report all that is wrong."""
    version = document.get("lockfile_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise LockfileError(
            f"the lockfile is of version {version}, this localize knows up to {VERSION}",
            code="lockfile_newer",
            where=where,
            hint="upgrade: pip install --upgrade heygen-localize",
        )
    schema = json.loads(schema_text("lockfile.schema.json"))
    validator = Draft202012Validator(schema, format_checker=_FORMATS)
    problems = [
        Problem(
            "lockfile_invalid",
            f"the lockfile is damaged: {error.message[:200]}",
            Where(file=where.file, path=printable(".".join(map(str, error.absolute_path)))),
            _HINT_REBUILD,
        )
        for error in sorted(validator.iter_errors(document), key=lambda error: error.json_path)
    ]
    if problems:
        raise LockfileError.of(problems)


def _entry(item: Mapping[str, Any]) -> LockEntry:
    serving = item.get("serving")
    return LockEntry(
        language=printable(item["language"]),
        job=_job(item),
        attempts=item["attempts"],
        serving=_job(serving) if serving else None,
        superseded=tuple(item.get("superseded", ())),
        protected=item.get("protected", False),
    )


def _job(item: Mapping[str, Any]) -> LockedJob:
    failure_message = item.get("failure_message")
    return LockedJob(
        fingerprint=item["fingerprint"],
        translation_id=item["translation_id"],
        status=JobStatus(item["status"]),
        title=item.get("title"),
        duration=item.get("duration"),
        created_at=item.get("created_at"),
        failure_message=None if failure_message is None else printable(failure_message),
        source=LockedSource(**item.get("source", {})),
        outputs=OutputUrls(**item.get("outputs", {})),
        public_url=item.get("public_url"),
        sent=item.get("sent"),
        files={kind: PulledFile(**file) for kind, file in item.get("files", {}).items()},
    )


def _session(item: Mapping[str, Any]) -> LockedSession:
    told = item.get("failure_message")
    read = {
        "status": SessionStatus(item["status"]),
        "failure_message": None if told is None else printable(told),
    }
    return LockedSession(**{**item, **read})


def _session_json(session: LockedSession) -> dict[str, Json]:
    values = asdict(session) | {"status": session.status.value}
    return {name: value for name, value in values.items() if value is not None}


def _entry_json(entry: LockEntry, keep_urls: bool) -> dict[str, Json]:
    item: dict[str, Json] = {"language": entry.language, "attempts": entry.attempts}
    item.update(_job_json(entry.job, keep_urls))
    if entry.serving is not None:
        item["serving"] = _job_json(entry.serving, keep_urls)
    if entry.superseded:
        item["superseded"] = list(entry.superseded)
    if entry.protected:
        item["protected"] = True
    return item


def _job_json(job: LockedJob, keep_urls: bool) -> dict[str, Json]:
    item: dict[str, Json] = {
        "fingerprint": job.fingerprint,
        "translation_id": job.translation_id,
        "status": job.status.value,
        "title": job.title,
        "duration": job.duration,
        "created_at": job.created_at,
        "failure_message": job.failure_message,
        "source": _present(job.source),
        "public_url": job.public_url,
        "sent": job.sent,
    }
    if keep_urls and job.outputs != NO_OUTPUTS:
        item["outputs"] = _present(job.outputs)
    if job.files:
        item["files"] = {kind: asdict(file) for kind, file in job.files.items()}
    return {name: value for name, value in item.items() if value is not None}


def _present(record: LockedSource | OutputUrls) -> dict[str, Json]:
    """Give a record's fields that hold something."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: value for name, value in values.items() if value is not None}
