"""A lock as rows of a table, one for each member of each part of its document. Pure.

A run writes its lock again and again, and little of it changes in between: the text of an item
is kept for as long as the item is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from heygen_localize.core.errors import Where
from heygen_localize.core.lock import Lock
from heygen_localize.project.lockfile.reader import decode_lock
from heygen_localize.project.lockfile.text import entry_json, paid_json, present
from heygen_localize.project.lockfile.typed import VERSION

Rows = Mapping[tuple[str, str], str]
"""By part and name; each body is JSON."""

TARGETS = "targets"
_PARTS = (TARGETS, "assets", "proofreads", "approvals", "deleted", "paid", "spent")
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


class LockRows:
    """Makes rows of a lock, time and again; `keep_urls` says whether with its links."""

    def __init__(self, keep_urls: bool) -> None:
        self._keep_urls = keep_urls
        self._kept: dict[tuple[str, str], tuple[object, str]] = {}

    def of(self, lock: Lock) -> dict[tuple[str, str], str]:
        """Return the rows of a lock."""
        kept: dict[tuple[str, str], tuple[object, str]] = {}
        for part, items, document in self._parts(lock):
            for name, item in items.items():
                known = self._kept.get((part, name))
                if known is None or known[0] is not item:
                    known = item, _encode(document(item))
                kept[part, name] = known
        self._kept = kept
        return {name: text for name, (_, text) in kept.items()}

    def _parts(
        self, lock: Lock
    ) -> Iterable[tuple[str, Mapping[str, Any], Callable[[Any], object]]]:
        yield TARGETS, lock.entries, lambda entry: entry_json(entry, self._keep_urls)
        yield "proofreads", lock.sessions, present
        yield "paid", lock.paid, paid_json
        yield "spent", lock.spent, present
        for part in ("assets", "approvals", "deleted"):
            yield part, getattr(lock, part), lambda value: value


def lock_of(project: str, rows: Rows, where: Where) -> Lock:
    """Read a lock from its rows; what stands in a database is checked as a file is.

    Raises:
        LockfileError: they are none of a lock.
    """
    parts: dict[str, list[str]] = {}
    for (part, name), body in rows.items():
        parts.setdefault(part, []).append(f"{_encode(name)}: {body}")
    members = [f'"lockfile_version": {VERSION}', f'"project": {_encode(project)}']
    known = (part for part in _PARTS if part == TARGETS or part in parts)
    members += [f'"{part}": {{{", ".join(parts.get(part, ()))}}}' for part in known]
    return decode_lock(f"{{{', '.join(members)}}}".encode(), where, project)
