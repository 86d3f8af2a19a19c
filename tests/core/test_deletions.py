"""What the lock remembers of deletions: bounded, for a day, and the same from both sides."""

from __future__ import annotations

from heygen_localize.core.deletions import (
    both_deleted,
    with_deleted,
    without_old_deletions,
)
from heygen_localize.core.lock import Lock
from heygen_localize.project.lockfile.merge import union

NOW = 1_800_000_000


def test_a_deletion_is_remembered_for_a_day() -> None:
    lock = with_deleted(Lock("acme"), "tr_a", NOW)
    assert lock.deleted == {"tr_a": NOW}
    assert without_old_deletions(lock, NOW + 86_400) == lock
    assert without_old_deletions(lock, NOW + 86_401).deleted == {}


def test_only_the_newest_are_kept_in_order_of_their_ids() -> None:
    lock = Lock("acme", deleted={f"tr_{2001 - number:04}": NOW + number for number in range(1990)})
    for number in range(1990, 2001):
        lock = with_deleted(lock, f"tr_{2001 - number:04}", NOW + number)
    assert len(lock.deleted) == 2000
    assert "tr_2001" not in lock.deleted
    assert [*lock.deleted] == sorted(lock.deleted)


def test_two_sides_remember_both_whichever_comes_first() -> None:
    ours, theirs = {"tr_a": NOW, "tr_b": NOW}, {"tr_b": NOW + 5, "tr_c": NOW}
    both = {"tr_a": NOW, "tr_b": NOW + 5, "tr_c": NOW}
    assert both_deleted(ours, theirs) == both_deleted(theirs, ours) == both
    merged = union(Lock("acme", deleted=ours), Lock("acme", deleted=theirs))
    assert merged.deleted == both
