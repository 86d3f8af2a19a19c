"""What must hold of every plan, whatever the manifest, the lock and the account hold.

A tiny vendor in memory takes a plan's orders, and the production's own book takes
its answers; then the plan is made again.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core_builders import (
    NOW,
    PROJECT,
    digest,
    entry,
    files_of,
    job,
    lock,
    locked,
    mark,
    target,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import Job, JobStatus, Listing, Target
from heygen_localize.planning.candidates import age
from heygen_localize.planning.plan import JobAction, Order, Orphan, Plan, SharedJob, TargetAction
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.reconcile import Policy, reconcile
from heygen_localize.planning.replacing import order_mark
from heygen_localize.project.journal import Journal
from heygen_localize.project.lockfile.store import LockStore, lock_text
from heygen_localize.project.recorder import LockRecorder
from heygen_localize.system.clock import SystemClock

CONTENTS = "ABC"
WANTED = ("a/de", "b/de", "c/de", "d/de")
LOCKED = (*WANTED, "bb/de", "z/de")
IDS = ("j1", "j2", "j3", "j4", "j5")
TITLES = (None, "one", "two")
STATUSES = ("completed", "failed", "pending", "running")

ASKED = Reason.REPLACE_ASKED
UNUSED = Path("unused")

strong = settings(max_examples=int(os.environ.get("LOCALIZE_EXAMPLES", "120")), deadline=None)


class World(Struct, frozen=True):
    """What one reconciling starts from."""

    targets: tuple[Target, ...]
    lock: Lock
    jobs: tuple[Job, ...]
    policy: Policy

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Say in a few lines what a counterexample is about."""
        letters = {digest(content)[:32]: content for content in CONTENTS}
        lines = [
            f"target {wanted.address} {letters[wanted.mark.digest]} "
            f"title={wanted.title} skip={wanted.skip}"
            for wanted in self.targets
        ]
        for address, known in self.lock.entries.items():
            jobs = [
                f"{letters[one.fingerprint[:32]]} {one.translation_id} {one.status.value}"
                for one in (known.job, known.serving)
                if one is not None
            ]
            lines.append(f"lock {address} {' serving '.join(jobs)} title={known.job.title}")
        for one in self.jobs:
            bears = (one.callback_id or "nothing").split(":")
            bears = [letters.get(part, part) for part in bears]
            lines.append(f"job {one.id} {one.status.value} {':'.join(bears)} {one.created_at}")
        printer.text("\n".join(["", *lines, str(self.policy)]))


class Vendor:
    """An account: it makes jobs, renames them and lets them end."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.jobs = {job.id: job for job in jobs}
        self.orders: list[Target] = []

    def listing(self, known: Lock) -> Listing:
        """List everything, and answer 404 for the lock's jobs that are not here."""
        ids = {entry.job.translation_id for entry in known.entries.values()}
        return Listing(tuple(self.jobs.values()), None, frozenset(ids - self.jobs.keys()))

    def create(self, action: Order) -> Job:
        self.orders.append(action.target)
        made = job(f"new-{len(self.orders)}", None, "pending", created_at=NOW + len(self.orders))
        made = replace(made, callback_id=order_mark(action), title=action.facts.title)
        self.jobs[made.id] = made
        return made

    def retitle(self, name: str, title: str) -> None:
        self.jobs[name] = replace(self.jobs[name], title=title)

    def finish(self, names: Iterable[str], status: JobStatus = JobStatus.COMPLETED) -> None:
        """Let jobs in progress end."""
        for name in names:
            if self.jobs[name].status.in_progress:
                ended = replace(self.jobs[name], status=status, outputs=files_of(name, status))
                self.jobs[name] = ended


def planned(world: World, vendor: Vendor, known: Lock) -> Plan:
    return reconcile(world.targets, known, vendor.listing(known), NOW, world.policy)


def applied(
    plan: Plan, vendor: Vendor, known: Lock, end: JobStatus | None = JobStatus.COMPLETED
) -> Lock:
    """Do what a plan says; new jobs reach the state `end` within the run, or stay pending."""
    # Nothing is kept or saved, so neither of the files is touched.
    store = LockStore(UNUSED, known, keep_urls=True)
    book = LockRecorder(store, known, Journal(UNUSED), SystemClock(), "localize import")
    for action in plan.of_targets:
        settle(action, vendor, book)
    for action in plan.costly:
        order(action, plan, vendor, book, end)
    return book.lock


def settle(action: TargetAction, vendor: Vendor, book: LockRecorder) -> None:
    """Do what costs nothing."""
    facts, job = action.facts, action.job
    if facts.moved_from is not None:
        book.move(facts.moved_from, action.address)
    if action.costs or isinstance(action, SharedJob):
        return
    if job is not None and action.records:
        book.adopt(action.target, job, facts.failures + (1 if job.status.live else 0))
    if isinstance(action, JobAction) and action.retitle is not None:
        vendor.retitle(action.job.id, action.retitle)
        book.retitle(action.job.id, action.retitle)


def order(
    action: Order, plan: Plan, vendor: Vendor, book: LockRecorder, end: JobStatus | None
) -> None:
    """Order one job for a target and for those that share it."""
    made = vendor.create(action)
    for other in plan.of_targets:
        shares = other.shares if isinstance(other, SharedJob) else None
        if action.address in (other.address, shares):
            book.adopt(other.target, made, action.facts.failures + 1)
    if end is not None:
        vendor.finish([made.id], end)
        book.observe(vendor.jobs[made.id])


def changing(plan: Plan) -> list[tuple[str, str]]:
    return [(action.address, action.kind.value) for action in plan.actions if action.changes]


def possible_targets(address: str) -> list[Target | None]:
    """Give every target that an address may be, first that it is none."""
    made = itertools.product(CONTENTS, TITLES, (None, None, None, "not now"))
    targets = [target(address, content, title=title, skip=skip) for content, title, skip in made]
    return [None, *targets]


def possible_entries() -> list[LockEntry | None]:
    """Give entries of right and wrong pairings, with and without an earlier dub."""
    served = [None, None, *(locked(name, content) for content in CONTENTS for name in IDS)]
    made = itertools.product(CONTENTS, IDS, STATUSES, TITLES, served)
    entries = [
        entry(name, content, status, title=title, serving=serving, superseded=("j0", "old"))
        for content, name, status, title, serving in made
    ]
    return [None] * (len(entries) // 2) + entries


def possible_jobs(name: str) -> list[Job | None]:
    """Give jobs of ours, of another project and of nobody, first that there is none."""
    marks: list[str | None] = [mark(content) for content in CONTENTS] * 3
    marks += [f"{mark(content)}:their own" for content in CONTENTS]
    marks += [f"{mark(content)}+" for content in CONTENTS]
    marks += [mark("A", project="other"), mark("A", scheme="lz0"), "something else", None, None]
    made = itertools.product(marks, STATUSES, (NOW - 2, NOW - 1, None), TITLES)
    jobs = [
        job(name, None, status, callback_id=callback_id, created_at=created_at, title=title)
        for callback_id, status, created_at, title in made
    ]
    return [None] * (len(jobs) // 3) + jobs


@st.composite
def worlds_of(draw: st.DrawFn) -> World:
    targets = [draw(possible) for possible in TARGETS]
    entries = {address: draw(ENTRIES) for address in LOCKED}
    jobs = [draw(possible) for possible in JOBS]
    return World(
        tuple(wanted for wanted in targets if wanted is not None),
        lock({address: known for address, known in entries.items() if known is not None}),
        tuple(found for found in jobs if found is not None),
        draw(POLICIES),
    )


TARGETS = [st.sampled_from(possible_targets(address)) for address in WANTED]
ENTRIES = st.sampled_from(possible_entries())
JOBS = [st.sampled_from(possible_jobs(name)) for name in IDS]
POLICIES = st.sampled_from(
    [
        Policy(recreate=recreate, retry_failed=retry_failed, max_attempts=max_attempts)
        for recreate, retry_failed in itertools.product((False, True), repeat=2)
        for max_attempts in (1, 2, 3)
    ]
)
worlds = worlds_of()


@strong
@given(worlds)
def test_an_applied_plan_leaves_nothing_to_do(world: World) -> None:
    vendor = Vendor(world.jobs)
    known = applied(planned(world, vendor, world.lock), vendor, world.lock)
    again = planned(world, vendor, known)
    assert {kind for _, kind in changing(again)} <= {"wait"}, changing(again)
    vendor.finish(list(vendor.jobs))
    known = applied(planned(world, vendor, known), vendor, known)
    last = planned(world, vendor, known)
    assert not last.changes, changing(last)
    assert lock_text(applied(last, vendor, known)) == lock_text(known)


@strong
@given(worlds, st.data())
def test_orders_that_end_later_are_waited_for_and_never_placed_again(
    world: World, data: st.DataObject
) -> None:
    vendor = Vendor(world.jobs)
    known = applied(planned(world, vendor, world.lock), vendor, world.lock, end=None)
    orders = len(vendor.orders)
    for _ in range(3):
        running = sorted(name for name in vendor.jobs if vendor.jobs[name].status.in_progress)
        vendor.finish(data.draw(st.sets(st.sampled_from(running))) if running else ())
        known = applied(planned(world, vendor, known), vendor, known, end=None)
    vendor.finish(list(vendor.jobs))
    known = applied(planned(world, vendor, known), vendor, known, end=None)
    last = planned(world, vendor, known)
    assert not last.changes, changing(last)
    assert len(vendor.orders) == orders


@strong
@given(worlds)
def test_orders_that_fail_are_given_up_after_max_attempts(world: World) -> None:
    world = replace(world, policy=replace(world.policy, retry_failed=False))
    vendor, known = Vendor(world.jobs), world.lock
    for _ in range(world.policy.max_attempts + 1):
        known = applied(planned(world, vendor, known), vendor, known, end=JobStatus.FAILED)
        vendor.finish(world_jobs_in_progress(vendor), JobStatus.FAILED)
    known = applied(planned(world, vendor, known), vendor, known, end=JobStatus.FAILED)
    last = planned(world, vendor, known)
    assert not last.changes, changing(last)
    placed = Counter(wanted.fingerprint for wanted in vendor.orders)
    assert all(count <= world.policy.max_attempts for count in placed.values())


@strong
@given(worlds, st.sets(st.sampled_from(WANTED)))
def test_what_is_ordered_anew_is_ordered_once_whatever_the_lock_says(
    world: World, anew: set[str]
) -> None:
    world = replace(world, policy=replace(world.policy, anew=frozenset(anew)))
    vendor = Vendor(world.jobs)
    known = applied(planned(world, vendor, world.lock), vendor, world.lock)
    vendor.finish(list(vendor.jobs))
    ordered = {wanted.fingerprint for wanted in vendor.orders}
    for remembered in (known, world.lock, lock({})):
        again = planned(world, vendor, remembered)
        asked = {one.target.fingerprint for one in again.costly if one.reason is ASKED}
        assert not asked & ordered
        # What is skipped keeps the job that its entry names.
        counted = {
            one.target.fingerprint: one.job
            for one in again.of_targets
            if one.job and not one.target.skip
        }
        for wanted in vendor.orders:
            newest = max(
                (made for made in vendor.jobs.values() if made.mark == wanted.mark), key=age
            )
            if newest.in_place_of_older and newest.status.live:
                assert counted.get(wanted.fingerprint, newest).id == newest.id


def world_jobs_in_progress(vendor: Vendor) -> list[str]:
    return [name for name, found in vendor.jobs.items() if found.status.in_progress]


@strong
@given(worlds)
def test_a_plan_orders_each_content_once_and_none_that_a_live_job_covers(world: World) -> None:
    plan = planned(world, Vendor(world.jobs), world.lock)
    ordered = [action.target.mark for action in plan.costly]
    assert len(ordered) == len(set(ordered)) == len(plan.costly)
    covered = {found.mark for found in world.jobs if found.status.live}
    assert not covered & set(ordered)


@strong
@given(worlds)
def test_every_target_and_every_orphan_has_one_action_in_order(world: World) -> None:
    plan = planned(world, Vendor(world.jobs), world.lock)
    addresses = [action.address for action in plan.actions]
    assert addresses == sorted(set(addresses))
    wanted = {wanted.address for wanted in world.targets}
    moved = {action.facts.moved_from for action in plan.of_targets} - {None}
    assert set(addresses) == wanted | (world.lock.entries.keys() - moved)
    assert {action.address for action in plan.actions if isinstance(action, Orphan)} == (
        world.lock.entries.keys() - moved - wanted
    )


@strong
@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_the_listing_changes_nothing(world: World, random: object) -> None:
    shuffled = list(world.jobs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    mixed = replace(world, jobs=tuple(shuffled))
    assert planned(mixed, Vendor(shuffled), world.lock) == planned(
        world, Vendor(world.jobs), world.lock
    )


@strong
@given(worlds)
def test_only_a_rename_takes_an_entry_out_of_the_lock(world: World) -> None:
    vendor = Vendor(world.jobs)
    plan = planned(world, vendor, world.lock)
    moved = {action.facts.moved_from for action in plan.of_targets} - {None}
    known = applied(plan, vendor, world.lock)
    assert world.lock.entries.keys() - known.entries.keys() == moved
    assert not moved & {wanted.address for wanted in world.targets}
    for action in plan.actions:
        if action.kind is ActionKind.ORPHAN:
            before, after = world.lock.entries[action.address], known.entries[action.address]
            assert replace(before, job=replace(before.job, title=after.job.title)) == after


@strong
@given(worlds, st.sets(st.sampled_from(LOCKED)))
def test_a_selection_leaves_the_jobs_of_other_entries_alone(
    world: World, selected: set[str]
) -> None:
    vendor = Vendor(world.jobs)
    listing = vendor.listing(world.lock)
    plan = reconcile(world.targets, world.lock, listing, NOW, world.policy, selected)
    assert {action.address for action in plan.actions} <= selected
    known = applied(plan, vendor, world.lock)
    for address, before in world.lock.entries.items():
        if address not in selected:
            assert known.entries[address].ids() == before.ids()


@strong
@given(worlds)
def test_jobs_of_others_are_counted_and_never_ordered_for(world: World) -> None:
    plan = planned(world, Vendor(world.jobs), world.lock)
    ours = [found for found in world.jobs if (found.callback_id or "").startswith("lz")]
    ours = [found for found in ours if f":{PROJECT}:" in (found.callback_id or "")]
    assert plan.foreign == len(world.jobs) - len(ours)
