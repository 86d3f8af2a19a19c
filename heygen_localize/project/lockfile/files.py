"""Reading and writing `localize.lock`: JSON, sorted, the same to the byte for the same content."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from heygen_localize.core.encoding import text_of
from heygen_localize.core.errors import LockfileError, NotTextError, Where
from heygen_localize.core.fingerprint import Json
from heygen_localize.core.lock import Lock, LockedJob, LockedSession, LockedSource, LockEntry
from heygen_localize.core.model import NO_OUTPUTS, OutputUrls
from heygen_localize.project.lockfile.reader import VERSION, decode_lock
from heygen_localize.system import TooLargeError, read, status
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import step, write_atomically

LARGEST = 32 * 1024 * 1024
"""Bytes: some 20,000 targets with links, 50,000 without."""


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
        return read(path, LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except TooLargeError:
        raise LockfileError("the lockfile is too large to be one", where=where) from None
    except OSError as error:
        raise LockfileError(
            f"the lockfile cannot be read: {cause_of(error)}", where=where
        ) from None


def parsed_lock(content: bytes, path: Path, project: str | None = None) -> Lock:
    """Read what a lockfile held, as `read_lock` does.

    Raises:
        LockfileError: as there.
    """
    return replace(decode_lock(content, Where(file=path.name), project), content=content)


def write_lock(path: Path, text: str, still: Callable[[], bool] = lambda: True) -> bool:
    """Put a lockfile's text in its place, unless it says that or `still` says no; tell whether.

    A byte order mark or other line ends, as editors and git put them, are no reason.

    Raises:
        LockfileError: it cannot be written; the old one is whole.
    """
    if len(text) > LARGEST or len(text.encode()) > LARGEST:
        raise LockfileError(
            f"the lockfile would have more than {LARGEST // 2**20} MB, and is not written",
            code="lockfile_too_large",
            where=Where(file=path.name),
            hint="keep links out of it (lock: {urls: none}), or part the manifest in two",
        )
    try:
        if status(path) is not None and says(read(path, LARGEST), text):
            return False
        written = write_atomically(path, text, still=still)
    except OSError as error:
        raise LockfileError(
            f"the lockfile cannot be written: {cause_of(error)}",
            code="lockfile_unwritable",
            where=Where(file=path.name),
            hint="make room or give the right to write, then run the same command again: "
            "jobs already ordered are found in the account and not paid twice",
        ) from None
    if written:
        step("lock.written")
    return written


def says(content: bytes, text: str) -> bool:
    """Return whether a lockfile holds a text, whatever its encoding and line ends."""
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
