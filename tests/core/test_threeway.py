"""Two lockfiles that came from a third, brought together."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from heygen_localize.lock import Lock, LockedJob, LockEntry
from heygen_localize.model import JobStatus
from heygen_localize.threeway import three_way

STATUSES = st.sampled_from([JobStatus.RUNNING, JobStatus.FAILED, JobStatus.COMPLETED])
ENTRIES = st.builds(
    lambda number, status: LockEntry(
        "Japanese", LockedJob("0" * 64, f"tr_{number}", status), attempts=1
    ),
    st.integers(0, 3),
    STATUSES,
)
NAMES = st.sampled_from(["a/ja", "b/ja", "c/ja", "d/ja"])
LOCKS = st.builds(
    lambda entries, assets, approvals: Lock("test", entries, assets, {}, approvals),
    st.dictionaries(NAMES, ENTRIES),
    st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12")),
    st.dictionaries(NAMES, st.sampled_from("12")),
)


@given(LOCKS, LOCKS)
def test_what_one_side_alone_changed_is_as_on_that_side(base: Lock, changed: Lock) -> None:
    assert three_way(base, changed, base) == changed
    assert three_way(base, base, changed) == changed
    assert three_way(base, changed, changed) == changed


@given(LOCKS, LOCKS, LOCKS)
def test_nothing_that_a_side_added_or_changed_is_lost(base: Lock, ours: Lock, theirs: Lock) -> None:
    found = three_way(base, ours, theirs)
    for side in (ours, theirs):
        for name, entry in side.entries.items():
            if entry != base.entries.get(name):
                assert name in found.entries
    for name, entry in found.entries.items():
        assert entry in (ours.entries.get(name), theirs.entries.get(name))
    again = three_way(base, found, theirs)
    assert again == replace(again, entries=found.entries)


def test_the_job_that_is_further_along_stays() -> None:
    def lock(status: JobStatus, name: str) -> Lock:
        job = LockedJob("0" * 64, name, status)
        return Lock("test", {"a/ja": LockEntry("Japanese", job, attempts=1)})

    ours, theirs = lock(JobStatus.FAILED, "tr_1"), lock(JobStatus.COMPLETED, "tr_2")
    for one, other in ((ours, theirs), (theirs, ours)):
        assert three_way(lock(JobStatus.RUNNING, "tr_0"), one, other) == theirs
