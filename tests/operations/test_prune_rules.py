"""What a prune may delete, whatever manifest, lock and account hold: the pure part."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from core_builders import target_of
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.deletions import without_job
from heygen_localize.core.fingerprint import LZ1_DEFAULTS, Mark
from heygen_localize.core.languages import Language
from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.model import Job, JobStatus, Listing, Media, MediaKind, Rates, Target
from heygen_localize.core.option import Layer, Option
from heygen_localize.planning.candidates import candidates_by_fingerprint
from heygen_localize.planning.prune import KeptWhy, PruneKind, PrunePlan
from heygen_localize.planning.prune_survey import named_ids, orphans_of, survey
from heygen_localize.planning.reconcile import Policy, reconcile
from heygen_localize.report.prune import prunes_text

NOW = 1_760_000_000
CONTENTS = "ABC"
ADDRESSES = ("a/de", "b/de", "c/de", "d/de")
IDS = ("j1", "j2", "j3", "j4", "j5", "j6")
PROJECTS = ("acme", "old", "others")

some = settings(max_examples=60, deadline=None)


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def target(address: str, content: str, **fields: Any) -> Target:
    video, _, tag = address.partition("/")
    made: dict[str, Any] = {
        "video": video,
        "language": Language("German", tag, True),
        "source": Media(MediaKind.URL, "https://x.example/a.mp4", "https://x.example/a.mp4"),
        "options": tuple(Option(*item, Layer.BUILT_IN) for item in LZ1_DEFAULTS.items()),
        "revision": 1,
        "fingerprint": digest(content),
        "mark": Mark.of("acme", digest(content)),
    }
    return target_of(made | fields)


def job(name: str, content: str | None, status: str = "completed", project: str = "acme") -> Job:
    mark = None if content is None else str(Mark.of(project, digest(content)))
    return Job(name, JobStatus(status), mark, created_at=NOW, duration=6.0)


def entry(
    name: str,
    content: str,
    status: str = "completed",
    serving: LockedJob | None = None,
    superseded: tuple[str, ...] = (),
    protected: bool = False,
) -> LockEntry:
    known = LockedJob(digest(content), name, JobStatus(status))
    return LockEntry("German", known, 1, serving, superseded, protected)


contents, ids = st.sampled_from(CONTENTS), st.sampled_from(IDS)
statuses = st.sampled_from(["completed", "failed", "pending", "running"])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[tuple[Target, ...], Lock, Listing]:
    """Make a manifest, a lock and an account that may disagree in every way."""
    wanted = draw(st.sets(st.sampled_from(ADDRESSES), max_size=3))
    targets = []
    pins: dict[str, str | None] = {}
    for address in sorted(wanted):
        content = draw(contents)
        pin = pins.setdefault(content, draw(st.none() | ids))
        protect, skip = draw(st.booleans()), draw(st.sampled_from([None, None, "legal"]))
        targets.append(target(address, content, job=pin, protect=protect, skip=skip))
    entries = {}
    for address in draw(st.sets(st.sampled_from(ADDRESSES))):
        served = LockedJob(digest(draw(contents)), draw(ids), JobStatus.COMPLETED)
        entries[address] = entry(
            draw(ids),
            draw(contents),
            draw(statuses),
            draw(st.none() | st.just(served)),
            tuple(sorted(draw(st.sets(ids, max_size=3)))),
            draw(st.booleans()),
        )
    jobs, gone = [], set()
    for name in IDS:
        where = draw(st.sampled_from(["there", "there", "there", "gone", "unknown"]))
        if where == "there":
            content, project = draw(st.none() | contents), draw(st.sampled_from(PROJECTS))
            jobs.append(job(name, content, draw(statuses), project))
        elif where == "gone":
            gone.add(name)
    return tuple(targets), Lock("acme", entries), Listing(tuple(jobs), None, frozenset(gone))


def prune(targets: tuple[Target, ...], lock: Lock, listing: Listing) -> PrunePlan:
    return survey(targets, lock, listing, ("old",))


@some
@given(worlds())
def test_only_what_nobody_wants_is_deleted(world: tuple[tuple[Target, ...], Lock, Listing]) -> None:
    targets, lock, listing = world
    prunes = prune(targets, lock, listing)
    jobs = {found.id: found for found in listing.jobs}
    stand = candidates_by_fingerprint(targets, lock, listing, ("old",))
    addresses = {wanted.address for wanted in targets}
    wanted_marks = {wanted.mark.digest for wanted in targets}
    kept = {name for found in lock.entries.values() if found.protected for name in ids_of(found)}
    counted_on = {
        name
        for address, found in lock.entries.items()
        if address in addresses
        for name in found.ids()
    }
    doomed = [item.id for item in prunes.doomed]
    assert len(doomed) == len(set(doomed))
    for item in prunes.doomed:
        found = jobs[item.id]
        assert not found.status.in_progress
        assert found.mark is not None
        assert found.mark.project in ("acme", "old")
        assert found.id not in kept | counted_on | {wanted.job for wanted in targets}
        assert all(found != content.chosen for content in stand.values())
        if item.kind is PruneKind.DUPLICATE:
            assert item.stays is not None
            assert item.stays.mark == found.mark
            assert item.stays.id not in doomed
            assert item.stays.status is found.status is JobStatus.COMPLETED
        else:
            assert found.mark.digest not in wanted_marks
            assert item.id in named_ids(targets, lock)


def ids_of(found: LockEntry) -> set[str]:
    return {*found.ids(), *found.superseded}


@some
@given(worlds())
def test_a_prune_makes_no_plan_dearer(world: tuple[tuple[Target, ...], Lock, Listing]) -> None:
    targets, lock, listing = world
    before = reconcile(targets, lock, listing, NOW, Policy(formerly=("old",)))
    prunes = prune(targets, lock, listing)
    orphans = orphans_of(targets, lock)
    left = lock
    for name in (*prunes.gone, *(item.id for item in prunes.doomed)):
        left = without_job(left, name, orphans)
    doomed = {item.id for item in prunes.doomed}
    rest = Listing(
        tuple(found for found in listing.jobs if found.id not in doomed),
        None,
        listing.gone | doomed,
    )
    after = reconcile(targets, left, rest, NOW, Policy(formerly=("old",)))
    # Which of several targets orders a shared content may change, as a renamed one's entry goes.
    ordered = [sorted(item.target.fingerprint for item in plan.costly) for plan in (before, after)]
    assert ordered[0] == ordered[1]
    again = prune(targets, left, rest)
    assert not doomed & {item.id for item in again.doomed}
    for address in orphans - {item.address for item in prunes.kept} & left.entries.keys():
        assert address not in left.entries or ids_of(left.entries[address]) - doomed


def test_the_end_of_a_job_is_remembered_until_the_renamed_target_knows() -> None:
    """Forgotten, its content would be ordered anew."""
    targets = (target("b/de", "B"), target("d/de", "A"))
    entries = {"a/de": entry("j1", "A"), "b/de": entry("j2", "B", superseded=("j1",))}
    listing = Listing((job("j2", "B"),), None, frozenset({"j1"}))
    assert prune(targets, Lock("acme", entries), listing).gone == ()


@some
@given(worlds())
def test_what_a_crash_left_undone_is_found_gone(
    world: tuple[tuple[Target, ...], Lock, Listing],
) -> None:
    targets, lock, listing = world
    prunes = prune(targets, lock, listing)
    doomed = {item.id for item in prunes.doomed}
    rest = tuple(found for found in listing.jobs if found.id not in doomed)
    again = prune(targets, lock, Listing(rest, None, listing.gone | doomed))
    named = {item.id for item in prunes.doomed if item.kind is not PruneKind.DUPLICATE}
    assert named <= set(again.gone)
    assert not doomed & {item.id for item in again.doomed}


def test_a_listing_that_broke_off_tells_nothing() -> None:
    with pytest.raises(ValueError, match="complete"):
        prune((), Lock("acme"), Listing((), "broke off"))


def test_costs_are_those_of_the_mode_where_it_is_known() -> None:
    precise = tuple(
        replace(option, value="precision") if option.name == "mode" else option
        for option in target("a/de", "A").options
    )
    wanted = (target("a/de", "A", options=precise),)
    lock = Lock("acme", {"a/de": entry("j1", "A"), "z/de": entry("j3", "B")})
    listing = Listing((job("j1", "A"), job("j2", "A"), job("j3", "B"), job("j4", "A", "failed")))
    prunes = survey(wanted, lock, listing, rates=Rates(speed=1.0, precision=2.0))
    assert [(item.id, item.kind, item.cost) for item in prunes.doomed] == [
        ("j3", PruneKind.ORPHAN, 6.0),
        ("j2", PruneKind.DUPLICATE, 12.0),
    ]
    assert prunes.cost == 18.0


def test_an_orphan_is_let_go_of_only_with_the_last_of_its_jobs() -> None:
    old = LockedJob(digest("B"), "j2", JobStatus.COMPLETED)
    lock = Lock("acme", {"z/de": entry("j1", "C", "failed", old, ("j3",))})
    jobs = (job("j1", "C", "failed"), job("j2", "B"), job("j3", "A", "running"))
    prunes = survey((), lock, Listing(jobs))
    assert [item.id for item in prunes.doomed] == ["j2"]
    assert [(item.id, item.why) for item in prunes.kept] == [("j3", KeptWhy.RENDERING)]
    left = without_job(lock, "j2", {"z/de"})
    assert left.entries["z/de"].serving is None
    ended = Listing((jobs[0], job("j3", "A")), None, frozenset({"j2"}))
    assert [item.id for item in survey((), left, ended).doomed] == ["j3", "j1"]
    assert without_job(without_job(left, "j3", {"z/de"}), "j1", {"z/de"}).entries == {}


def test_an_orphan_falls_back_to_its_earlier_job() -> None:
    old = LockedJob(digest("B"), "j2", JobStatus.COMPLETED)
    lock = Lock("acme", {"z/de": entry("j1", "C", "failed", old)})
    left = without_job(lock, "j1", {"z/de"}).entries["z/de"]
    assert (left.job, left.serving) == (old, None)
    assert without_job(lock, "j1", set()) == lock


def test_what_a_target_still_counts_on_stays_although_it_wants_another_by_now() -> None:
    old = LockedJob(digest("B"), "j2", JobStatus.COMPLETED)
    entries = {
        "a/de": entry("j1", "C", "failed", old),
        "y/de": entry("j1", "C", superseded=("j2",)),
        "z/de": entry("j2", "B"),
    }
    jobs = (job("j1", "C", "failed"), job("j2", "B"))
    assert survey((target("a/de", "A"),), Lock("acme", entries), Listing(jobs)).doomed == ()
    free = {name: known for name, known in entries.items() if name != "a/de"}
    assert len(survey((target("a/de", "A"),), Lock("acme", free), Listing(jobs)).doomed) == 2


def test_what_another_lockfile_counts_on_stays() -> None:
    earlier = LockedJob(digest("B"), "j3", JobStatus.COMPLETED)
    entries = {
        "a/de": entry("j1", "A", superseded=("j4",)),
        "z/de": entry("j2", "B", "failed", serving=earlier),
    }
    jobs = tuple(job(f"j{number}", content) for number, content in enumerate("ABBCA", start=1))
    world = ((target("a/de", "A"),), Lock("acme", entries), Listing(jobs))
    assert {item.id for item in survey(*world).doomed} == {"j2", "j3", "j4", "j5"}
    elsewhere = dict.fromkeys(("j2", "j4", "j5"), "other.lock")
    prunes = survey(*world, elsewhere=elsewhere)
    assert [item.id for item in prunes.doomed] == ["j3"]
    kinds = {PruneKind.ORPHAN, PruneKind.SUPERSEDED, PruneKind.DUPLICATE}
    assert {item.kind for item in prunes.kept} == kinds
    assert {(item.why, item.lockfile) for item in prunes.kept} == {
        (KeptWhy.ELSEWHERE, "other.lock")
    }


def test_a_job_without_date_or_length_is_shown() -> None:
    found = replace(job("j1", "B"), created_at=None, duration=None)
    prunes = survey((), Lock("acme", {"z/de": entry("j1", "B")}), Listing((found,)))
    assert "unknown age  unknown cost" in prunes_text(prunes, NOW)
    dated = survey((), Lock("acme", {"z/de": entry("j1", "B")}), Listing((job("j1", "B"),)))
    assert "3 days old" in prunes_text(dated, NOW + 3 * 86400)
    assert "23 hours old" in prunes_text(dated, NOW + 86399)
