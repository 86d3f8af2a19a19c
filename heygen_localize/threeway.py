"""Two lockfiles that both came from a third, brought together entry by entry. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from heygen_localize.lock import Lock, LockEntry
from heygen_localize.merging import further


def three_way(base: Lock, ours: Lock, theirs: Lock) -> Lock:
    """Merge what two sides made of `base`, as git would lines.

    What one side alone changed, added or took out is as on that side. What both
    changed is never lost: of two entries the one whose job is further along stays, of
    anything else ours, and what one side took out and the other changed stays.
    """
    merged: dict[str, Any] = {
        name: _merged(getattr(base, name), getattr(ours, name), getattr(theirs, name))
        for name in (field.name for field in fields(Lock))
        if isinstance(getattr(ours, name), Mapping)
    }
    return replace(ours, merged=False, **merged)


def _merged(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> dict[str, Any]:
    kept = {}
    for name in sorted(base.keys() | ours.keys() | theirs.keys()):
        found = _chosen(base.get(name), ours.get(name), theirs.get(name))
        if found is not None:
            kept[name] = found
    return kept


def _chosen(base: Any, ours: Any, theirs: Any) -> Any:
    if ours in (base, theirs):
        return theirs
    if theirs in (base, None):
        return ours
    if isinstance(ours, LockEntry):
        return further(ours, theirs)
    return theirs if ours is None else ours
