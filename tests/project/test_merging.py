"""Two versions of a lock made one: nothing that either side paid for is lost, for any two."""

from __future__ import annotations

import pytest
from core_builders import ADDRESS, digest, entry, locked
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.gates import release
from heygen_localize.core.lock import Lock, LockedSession, LockEntry, PulledFile
from heygen_localize.core.locked_check import LockedCheck
from heygen_localize.core.locked_spec import LockedSpec
from heygen_localize.core.model import JobStatus
from heygen_localize.core.objects import StoredObject
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.spent import SpentOrder
from heygen_localize.project.lockfile.merge import merge, union

ADDRESSES = ("a/de", "b/de", "c/de")
IDS = ("j1", "j2", "j3", "j4")

checks = st.builds(LockedCheck, st.sampled_from("XY").map(digest), st.integers(1, 2))
jobs = st.builds(
    locked,
    st.sampled_from(IDS),
    st.sampled_from("AB"),
    st.sampled_from(JobStatus),
    check=st.none() | checks,
    held=st.booleans(),
)
objects = st.builds(
    StoredObject,
    st.just("s3://dubs/a.mp4"),
    st.sampled_from(["one", "two"]),
    st.sampled_from("XY").map(digest),
)
entries = st.builds(
    LockEntry,
    language=st.just("German"),
    job=jobs,
    attempts=st.integers(1, 3),
    serving=st.none() | jobs,
    superseded=st.lists(st.sampled_from(IDS), unique=True, max_size=2).map(tuple),
    protected=st.booleans(),
    objects=st.dictionaries(st.sampled_from(["video", "srt"]), objects, max_size=2),
)
sessions = st.builds(
    LockedSession,
    fingerprint=st.sampled_from("AB").map(digest),
    proofread_id=st.sampled_from(("p1", "p2")),
    status=st.sampled_from(SessionStatus),
    attempts=st.integers(1, 3),
    machine=st.none() | st.just(digest("m")),
)
hashes = st.sampled_from("XYZ").map(digest)


def by_address(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.dictionaries(st.sampled_from(ADDRESSES), values, max_size=3)


locks = st.builds(
    Lock,
    project=st.just("acme"),
    entries=by_address(entries),
    assets=st.dictionaries(hashes, st.sampled_from(("a1", "a2")), max_size=2),
    sessions=by_address(sessions),
    approvals=by_address(hashes),
    deleted=st.dictionaries(st.sampled_from(IDS), st.integers(0, 9), max_size=3),
    spent=st.dictionaries(
        st.sampled_from(IDS),
        st.builds(SpentOrder, st.just(ADDRESS), st.integers(0, 9), st.integers(0, 9)),
        max_size=3,
    ),
    paid=st.dictionaries(st.sampled_from(IDS), st.builds(PaidOrder, st.just(ADDRESS)), max_size=3),
)


def paid(known: LockEntry) -> set[str]:
    """Give the ids of jobs that an entry has and that cost: failed ones do not."""
    found = [item for item in (known.job, known.serving) if item is not None and item.status.live]
    return {item.translation_id for item in found} | set(known.superseded)


def failed(*entries: LockEntry) -> set[str]:
    """Give the ids of jobs that one of them knows to have failed."""
    return {item.job.translation_id for item in entries if not item.job.status.live}


def unchecked(known: LockEntry | None) -> LockEntry | None:
    """Give an entry without what comes of checks: that alone replaces no job."""
    if known is None:
        return None
    known = release(known) if known.job.held else known
    serving = known.serving and replace(known.serving, check=None)
    return replace(known, job=replace(known.job, check=None), serving=serving)


PARTS = ("entries", "sessions", "approvals", "assets", "deleted", "paid")


@given(locks, locks, locks)
def test_nothing_that_a_side_added_or_changed_is_lost(base: Lock, ours: Lock, theirs: Lock) -> None:
    merged = merge(base, ours, theirs)
    for part in PARTS:
        before, mine, other, now = (getattr(side, part) for side in (base, ours, theirs, merged))
        for name in before.keys() | mine.keys() | other.keys():
            known, one, two = before.get(name), mine.get(name), other.get(name)
            if one == known:
                assert now.get(name) == two, part
            elif two == known:
                assert now.get(name) == one, part
            else:
                assert name in now or one is two is None, part


@given(locks, locks, locks)
def test_of_an_entry_that_both_changed_every_paid_id_is_kept(
    base: Lock, ours: Lock, theirs: Lock
) -> None:
    merged = merge(base, ours, theirs)
    for address, mine in ours.entries.items():
        other = theirs.entries.get(address)
        if other is None:
            continue
        if unchecked(base.entries.get(address)) not in (unchecked(mine), unchecked(other)):
            now = merged.entries[address]
            assert paid(now) | now.ids() >= (paid(mine) | paid(other)) - failed(mine, other)
            assert merged.entries[address].protected >= (mine.protected or other.protected)


@given(locks, locks, locks)
def test_both_orders_keep_the_same(base: Lock, ours: Lock, theirs: Lock) -> None:
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    for part in ("entries", "sessions", "approvals", "assets"):
        assert getattr(one, part).keys() == getattr(other, part).keys()
    assert (one.deleted, one.paid) == (other.deleted, other.paid)
    assert one.spent == other.spent


@given(locks, locks, locks)
def test_what_is_merged_stays_so(base: Lock, ours: Lock, theirs: Lock) -> None:
    assert merge(base, ours, base) == ours
    assert merge(base, base, theirs) == theirs
    assert merge(base, ours, ours) == ours
    merged = merge(base, ours, theirs)
    assert merge(theirs, merged, theirs) == merged
    assert merge(merged, merged, merged) == merged
    assert union(ours, ours) == ours


def test_of_two_jobs_for_one_address_the_rendered_one_stands() -> None:
    base = Lock("acme", {ADDRESS: entry("j0", "A")})
    ours = Lock("acme", {ADDRESS: entry("j1", "B", "running", serving=locked("j0", "A"))})
    theirs = Lock("acme", {ADDRESS: entry("j2", "C")})
    merged = merge(base, ours, theirs).entries[ADDRESS]
    assert merged.job.translation_id == "j2"
    assert merged.superseded == ("j0", "j1")
    running = Lock("acme", {ADDRESS: entry("j2", "C", "running", serving=locked("j0", "A"))})
    merged = merge(base, ours, running).entries[ADDRESS]
    assert (merged.job.translation_id, merged.superseded) == ("j1", ("j2",))
    assert merged.serving is not None
    assert merged.serving.translation_id == "j0"


@pytest.mark.parametrize("status", ["completed", "running"])
def test_a_spec_that_one_side_learned_undoes_no_replacement(status: str) -> None:
    old = entry("j1", "A")
    learned = replace(old, job=replace(old.job, spec=LockedSpec("https://x.example/a.mp4")))
    base, ours = Lock("acme", {ADDRESS: old}), Lock("acme", {ADDRESS: learned})
    serving = locked("j1", "A") if status == "running" else None
    theirs = Lock("acme", {ADDRESS: entry("j2", "A", status, serving=serving)})
    for merged in (merge(base, ours, theirs), merge(base, theirs, ours)):
        assert merged.entries[ADDRESS].job.translation_id == "j2"


@given(locks, locks, locks)
def test_what_either_side_found_files_to_be_is_kept(base: Lock, ours: Lock, theirs: Lock) -> None:
    merged = merge(base, ours, theirs)
    for address, found in merged.entries.items():
        known = [side.entries[address] for side in (ours, theirs) if address in side.entries]
        if len(known) < 2 or base.entries.get(address) in known or known[0] == known[1]:
            continue
        for job in filter(None, (found.job, found.serving)):
            checks = [
                item.check
                for one in known
                for item in (one.job, one.serving)
                if item is not None and item.translation_id == job.translation_id
            ]
            assert job.check in checks
            assert (job.check is None) == (not any(checks))


def test_what_one_side_uses_is_used_whatever_else_the_other_learned() -> None:
    old, file = locked("j1"), {"video": PulledFile(digest("X"), 1)}
    base = Lock("acme", {ADDRESS: entry("j2", "B", serving=old, held=True)})
    taken = Lock("acme", {ADDRESS: release(base.entries[ADDRESS], digest("X"))})
    pulled = Lock("acme", {ADDRESS: entry("j2", "B", serving=old, held=True, files=file)})
    replaced = Lock("acme", {ADDRESS: entry("j3", "C", serving=old, held=True)})
    for other in (base, pulled):
        for first, second in ((taken, other), (other, taken)):
            found = merge(base, first, second).entries[ADDRESS]
            assert (found.served, found.job.accepted) == (found.job, digest("X"))
            assert (found.superseded, found.serving) == (("j1",), None)
    for first, second in ((taken, replaced), (replaced, taken)):
        found = merge(base, first, second).entries[ADDRESS]
        assert (found.job.translation_id, found.job.held) == ("j3", True)


def test_a_check_undoes_no_replacement_and_survives_another_change() -> None:
    old = entry("j1", "A")
    check = LockedCheck(digest("X"), 1, problem="media_encrypted")
    base, ours = Lock("acme", {ADDRESS: old}), Lock("acme", {ADDRESS: entry("j1", check=check)})
    theirs = Lock("acme", {ADDRESS: entry("j2", "A")})
    pulled = Lock("acme", {ADDRESS: entry("j1", files={"video": PulledFile(digest("X"), 1)})})
    for first, second in ((ours, theirs), (theirs, ours)):
        assert merge(base, first, second).entries == theirs.entries
    for first, second in ((ours, pulled), (pulled, ours)):
        job = merge(base, first, second).entries[ADDRESS].job
        assert (job.check, list(job.files)) == (check, ["video"])


@pytest.mark.parametrize("status", ["completed", "running"])
def test_a_delivery_undoes_no_replacement_and_is_kept_while_its_job_serves(status: str) -> None:
    old, file = entry("j1", "A"), PulledFile(digest("X"), 1)
    stored = StoredObject("s3://dubs/a.mp4", "one", digest("X"))
    delivered = replace(entry("j1", "A", files={"video": file}), objects={"video": stored})
    base, ours = Lock("acme", {ADDRESS: old}), Lock("acme", {ADDRESS: delivered})
    serving = locked("j1", "A") if status == "running" else None
    theirs = Lock("acme", {ADDRESS: entry("j2", "B", status, serving=serving)})
    for merged in (merge(base, ours, theirs), merge(base, theirs, ours)):
        found = merged.entries[ADDRESS]
        assert found.job == theirs.entries[ADDRESS].job
        assert found.objects == {"video": stored}
        assert found.serving is None or found.serving.files == {"video": file}


def test_what_one_side_took_out_stays_out_unless_the_other_changed_it() -> None:
    base = Lock("acme", {"a/de": entry("j1", "A", "running"), "b/de": entry("j2", "B")})
    ours = Lock("acme", {"a/de": entry("j1", "A"), "b/de": entry("j2", "B")})
    theirs = Lock("acme", {})
    assert merge(base, ours, theirs).entries == {"a/de": entry("j1", "A")}
    assert merge(base, theirs, ours).entries == {"a/de": entry("j1", "A")}


@pytest.mark.parametrize("first", ["processing", "completed"])
def test_of_two_sessions_the_one_that_is_further_along_stands(first: str) -> None:
    session = LockedSession(digest("A"), "p1", SessionStatus(first))
    done = replace(session, status=SessionStatus.COMPLETED, cues=digest("c"), machine=digest("m"))
    ours, theirs = Lock("acme", sessions={ADDRESS: session}), Lock("acme", sessions={ADDRESS: done})
    assert merge(Lock("acme"), ours, theirs).sessions == {ADDRESS: done}
    assert merge(Lock("acme"), theirs, ours).sessions == {ADDRESS: done}
