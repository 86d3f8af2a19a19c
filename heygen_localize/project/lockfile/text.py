"""A lock as the text of its file: JSON, sorted, two spaces, LF, no times but HeyGen's. Pure.

A run writes its lockfile again and again, and little of it changes in between: the text of an
entry is kept for as long as the entry is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from itertools import chain
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import asdict, fields

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.lock import Lock, LockedJob, LockedSession, LockedSource, LockEntry
from heygen_localize.core.model import NO_OUTPUTS, OutputUrls
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.spent import SpentOrder
from heygen_localize.project.lockfile.typed import VERSION

_Item = TypeVar("_Item")

# Python's own encoder is written in C, but only where it need not indent.
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def _text(value: object, level: int) -> bytes:
    """Return a value as it stands at a level of the document: all lines but its first indented."""
    lines = msgspec.json.format(_encode(value).encode(), indent=2)
    return lines.replace(b"\n", b"\n" + b"  " * level)


class _Part(Generic[_Item]):
    """An object of the document whose members are many; keeps the text of each."""

    def __init__(self, json_of: Callable[[_Item], dict[str, Any]]) -> None:
        self._json_of = json_of
        self._kept: dict[str, tuple[_Item, bytes]] = {}

    def pieces(self, items: Mapping[str, _Item]) -> Iterable[bytes]:
        """Return the object's text in pieces, encoding what is not what it was the last time."""
        kept: dict[str, tuple[_Item, bytes]] = {}
        for name in sorted(items):
            item, known = items[name], self._kept.get(name)
            if known is None or known[0] is not item:
                known = item, b"\n    %b: %b," % (_text(name, 0), _text(self._json_of(item), 2))
            kept[name] = known
        self._kept = kept
        if not kept:
            return (b"{}",)
        texts = [text for _, text in kept.values()]
        texts[-1] = texts[-1][:-1]
        return chain((b"{",), texts, (b"\n  }",))


class LockText:
    """Writes a lock out, time and again; `keep_urls` says whether with its links."""

    def __init__(self, keep_urls: bool) -> None:
        self._entries = _Part[LockEntry](lambda entry: entry_json(entry, keep_urls))
        self._sessions = _Part[LockedSession](present)
        self._spent = _Part[SpentOrder](present)

    def of(self, lock: Lock) -> bytes:
        """Return the lockfile's content."""
        return b"".join(self.pieces(lock))

    def pieces(self, lock: Lock) -> tuple[bytes, ...]:
        """Return the lockfile's content in pieces, of which all that stayed the same are kept."""
        always = {"lockfile_version": _version(lock), "project": lock.project}
        more = {
            "assets": dict(lock.assets),
            "approvals": dict(lock.approvals),
            "deleted": dict(lock.deleted),
            "paid": {name: paid_json(order) for name, order in lock.paid.items()},
        }
        members = always | {name: value for name, value in more.items() if value}
        parts: dict[str, Iterable[bytes]] = {
            name: (_text(value, 1),) for name, value in members.items()
        }
        parts["targets"] = self._entries.pieces(lock.entries)
        sessions = self._sessions.pieces(lock.sessions)
        if lock.sessions:
            parts["proofreads"] = sessions
        spent = self._spent.pieces(lock.spent)
        if lock.spent:
            parts["spent"] = spent
        return tuple(_document(parts))


def _document(parts: Mapping[str, Iterable[bytes]]) -> Iterator[bytes]:
    before = b"{\n"
    for name in sorted(parts):
        yield b'%b  "%b": ' % (before, name.encode())
        yield from parts[name]
        before = b",\n"
    yield b"\n}\n"


def _version(lock: Lock) -> int:
    """Return the earliest version of the format that has all that the lock holds."""
    if lock.spent:
        return VERSION
    if any(entry.objects for entry in lock.entries.values()):
        return 4
    jobs = [job for entry in lock.entries.values() for job in (entry.job, entry.serving) if job]
    if any(
        job.check is not None
        or job.held
        or job.accepted is not None
        or JobKind.of(job.translation_id) is JobKind.LIPSYNC
        for job in jobs
    ):
        return 3
    return 2 if lock.paid or any(job.spec is not None for job in jobs) else 1


def entry_json(entry: LockEntry, keep_urls: bool) -> dict[str, Any]:
    """Return a target's entry as JSON has it."""
    item: dict[str, Any] = {"language": entry.language, "attempts": entry.attempts}
    item.update(_job_json(entry.job, keep_urls))
    if entry.serving is not None:
        item["serving"] = _job_json(entry.serving, keep_urls)
    if entry.superseded:
        item["superseded"] = list(entry.superseded)
    if entry.protected:
        item["protected"] = True
    if entry.objects:
        item["objects"] = {kind: asdict(stored) for kind, stored in entry.objects.items()}
    return item


def _job_json(job: LockedJob, keep_urls: bool) -> dict[str, Any]:
    item = present(job) | {"source": present(job.source)}
    outputs, files = item.pop("outputs"), item.pop("files")
    if job.spec is not None:
        item["spec"] = {name: value for name, value in asdict(job.spec).items() if value}
    if keep_urls and outputs != NO_OUTPUTS:
        item["outputs"] = present(outputs)
    if not job.held:
        del item["held"]
    if job.check is not None:
        item["check"] = msgspec.to_builtins(job.check)
    if files:
        item["files"] = {kind: asdict(file) for kind, file in files.items()}
    return item


def paid_json(order: PaidOrder) -> dict[str, Any]:
    """Return what was paid for a job as JSON has it."""
    item = {"address": order.address, "seconds": order.seconds, "session": order.session or None}
    return {name: value for name, value in item.items() if value is not None}


_NAMES = {
    kind: tuple(field.name for field in fields(kind))
    for kind in (LockedJob, LockedSession, LockedSource, OutputUrls, SpentOrder)
}


def present(
    record: LockedJob | LockedSession | LockedSource | OutputUrls | SpentOrder,
) -> dict[str, Any]:
    """Return a record's fields that hold something, a status as its word."""
    present: dict[str, Any] = {}
    for name in _NAMES[type(record)]:
        value = getattr(record, name)
        if value is not None:
            present[name] = value.value if isinstance(value, Enum) else value
    return present
