"""What waits for a canary or for its moment: it costs nothing, and nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from core_builders import NOW, PROJECT, digest, entry, job, lock, locked, plan_of, target
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.errors import InputError
from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import Approval, Proofread
from heygen_localize.core.waves import age, moment_of
from heygen_localize.planning.held import Held
from heygen_localize.planning.plan import Plan, TargetAction
from heygen_localize.planning.proofread import apply_proofread
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.reconcile import Policy
from heygen_localize.planning.status import TargetStatus, target_statuses
from heygen_localize.project.lockfile.merge import merge

CANARY, FOLLOWER = "intro/de", "intro/ja"
TOOK = digest("V")
LATER = NOW + 86400 * 3


def pair(**fields: Any) -> list[Target]:
    """Give a canary of content A, and a target of content B that waits for it."""
    return [target(CANARY, "A"), target(FOLLOWER, "B", canaries=("de",), **fields)]


def kind_of(plan: Plan, address: str = FOLLOWER) -> tuple[ActionKind, Reason]:
    action = next(action for action in plan.actions if action.address == address)
    return action.kind, action.reason


def told(plan: Plan, address: str = FOLLOWER) -> str:
    action = next(action for action in plan.actions if action.address == address)
    assert isinstance(action, Held)
    return f"{action.problem.message}; {action.problem.hint}"


ACCEPTED = entry("j1", "A", accepted=TOOK, created_at=NOW)
HELD, NEW = (ActionKind.HELD, Reason.AWAITING_CANARY), (ActionKind.CREATE, Reason.NEW)


@pytest.mark.parametrize(
    ("known", "jobs", "policy", "expected", "words"),
    [
        (None, [], {}, HELD, "which is not ordered yet"),
        (None, [job("j1", "A")], {}, HELD, "which the lockfile does not have yet"),
        (entry("j1", "Z", accepted=TOOK), [job("j1", "Z")], {}, HELD, "which is out of date"),
        (entry("j1", "A", "running"), [job("j1", "A", "running")], {}, HELD, "which renders"),
        (
            entry("j1", "A", "failed", failure_message="no sound"),
            [job("j1", "A", "failed")],
            {},
            HELD,
            "which failed: no sound",
        ),
        (
            entry("j1", "A", created_at=NOW - 5 * 86400 - 9),
            [job("j1", "A", created_at=NOW - 5 * 86400 - 9)],
            {},
            HELD,
            "which is rendered (ordered 5 days ago), and not accepted yet; look at it, then: "
            "localize accept intro/de",
        ),
        (entry("j1", "A", held=True), [job("j1", "A")], {}, HELD, "held until its check"),
        (ACCEPTED, [job("j1", "A")], {}, NEW, ""),
        # It was accepted, and then deleted at HeyGen: what was seen was seen.
        (ACCEPTED, [], {"gone": ["j1"]}, NEW, ""),
        # Another job of the same content stands for it by now.
        (ACCEPTED, [job("j2", "A")], {}, HELD, "not accepted yet"),
        (ACCEPTED, [job("j1", "A")], {"anew": frozenset({CANARY})}, HELD, "ordered anew"),
    ],
)
def test_others_wait_until_the_canary_is_rendered_and_accepted(
    known: LockEntry | None,
    jobs: list[Any],
    policy: Mapping[str, Any],
    expected: tuple[ActionKind, Reason],
    words: str,
) -> None:
    plan = plan_of(pair(), {} if known is None else {CANARY: known}, jobs, **policy)
    assert kind_of(plan) == expected
    assert not words or words in told(plan)
    # What is selected decides nothing: the canary may be outside of it.
    assert kind_of(plan_of(pair(), {CANARY: known} if known else {}, jobs, **policy)) == expected


def test_what_waits_for_a_moment_is_ordered_from_then_on() -> None:
    wanted = [target(FOLLOWER, "B", not_before=LATER, settings={"not_before": "2027-…"})]
    assert kind_of(plan_of(wanted, now=LATER - 1)) == (ActionKind.HELD, Reason.NOT_BEFORE)
    assert told(plan_of(wanted)) == "waits until 2027-…, in 3 days; None"
    assert kind_of(plan_of(wanted, now=LATER)) == NEW
    # Of two clocks the earlier one counts.
    assert kind_of(plan_of(wanted, now=LATER, due_at=NOW))[0] is ActionKind.HELD
    (row,) = target_statuses(wanted, lock(), LATER - 1)
    assert (row.standing, row.is_one_of(["missing"])) == (TargetStatus.HELD, True)
    (row,) = target_statuses(wanted, lock(), LATER)
    assert row.standing is TargetStatus.MISSING


def test_what_is_ordered_already_stays_as_it_is_when_the_canary_changes() -> None:
    entries = {CANARY: entry("j1", "Z"), FOLLOWER: entry("j2", "B", "running")}
    plan = plan_of(pair(), entries, [job("j1", "Z"), job("j2", "B")])
    assert kind_of(plan, CANARY)[0] is ActionKind.REPLACE
    assert kind_of(plan) == (ActionKind.RECORD, Reason.STATE_CHANGED)


@pytest.mark.parametrize("costs", ["replace", "retry", "recreate"])
def test_no_way_of_ordering_goes_past_a_canary(costs: str) -> None:
    content, status = ("Y", "completed") if costs == "replace" else ("B", "failed")
    status = "completed" if costs == "recreate" else status
    entries = {CANARY: entry("j1", "A"), FOLLOWER: entry("j2", content, status)}
    jobs = [job("j1", "A"), *([] if costs == "recreate" else [job("j2", content, status)])]
    more: dict[str, Any] = {"gone": ["j2"], "recreate": True} if costs == "recreate" else {}
    plan = plan_of([target(CANARY, "A"), target(FOLLOWER, "B")], entries, jobs, **more)
    assert kind_of(plan)[0].value == costs
    assert kind_of(plan_of(pair(), entries, jobs, **more)) == HELD
    # Also where a person asks for another job in place of a finished one.
    done = {CANARY: entry("j1", "A"), FOLLOWER: entry("j2", "B", created_at=NOW - 10**6)}
    jobs = [job("j1", "A"), job("j2", "B", created_at=NOW - 10**6)]
    assert kind_of(plan_of(pair(), done, jobs, anew=frozenset({FOLLOWER}))) == HELD


def test_no_proofread_session_is_ordered_for_what_waits() -> None:
    review = Proofread("subtitles/a.srt", digest("S"), Approval.GIT, None)
    wanted = [target(CANARY, "A"), target(FOLLOWER, "B", proofread=review)]
    entries, gone = {FOLLOWER: entry("j2", "B")}, {"gone": ["j2"]}
    for known, more in (({}, {}), (entries, gone)):
        plan = plan_of(wanted, known, **more)  # type: ignore[arg-type]
        assert kind_of(apply_proofread(plan, lock(known), {}, Policy()))[0] is ActionKind.PROPOSE
        plan = plan_of(pair(proofread=review), known, **more)  # type: ignore[arg-type]
        assert kind_of(apply_proofread(plan, lock(known), {}, Policy())) == HELD


def test_what_another_target_orders_is_taken_at_once() -> None:
    """It costs nothing, and would be adopted by the next plan anyway."""
    wanted = [*pair(), target("other/ja", "B")]
    plan = plan_of(wanted)
    assert kind_of(plan, "other/ja") == NEW
    assert kind_of(plan) == (ActionKind.ADOPT, Reason.SHARES_JOB)
    assert [action.address for action in plan.costly] == [CANARY, "other/ja"]


CONTENTS = "ABCD"
jobs_of = st.lists(
    st.builds(
        lambda name, content, status, made: job(name, content, status, created_at=NOW - made),
        st.sampled_from(["j1", "j2", "j3", "j4"]),
        st.sampled_from(CONTENTS),
        st.sampled_from(["completed", "failed", "pending", "running"]),
        st.integers(0, 10**6),
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)
entries_of = st.dictionaries(
    st.sampled_from(["a/de", "a/fr", "a/ja", "b/de", "b/ja"]),
    st.builds(
        lambda name, content, status, accepted, held: LockEntry(
            "x", locked(name, content, status, accepted=accepted and TOOK, held=held)
        ),
        st.sampled_from(["j1", "j2", "j3", "j4"]),
        st.sampled_from(CONTENTS),
        st.sampled_from(["completed", "failed", "running"]),
        st.booleans().map(lambda yes: yes or None),
        st.booleans(),
    ),
    max_size=5,
)
targets_of = st.fixed_dictionaries(
    {
        address: st.tuples(st.sampled_from(CONTENTS), st.sampled_from([None, NOW - 9, LATER]))
        for address in ("a/de", "a/fr", "a/ja", "b/de", "b/ja")
    }
)


def with_waves(given_: Mapping[str, tuple[str, int | None]], waves: bool) -> list[Target]:
    return [
        target(
            address,
            content,
            canaries=("de",) if waves and not address.endswith("de") else (),
            not_before=moment if waves else None,
        )
        for address, (content, moment) in sorted(given_.items())
    ]


@settings(max_examples=150)
@given(targets_of, entries_of, jobs_of, st.booleans(), st.booleans())
def test_nothing_that_waits_costs_and_all_else_is_as_without_waves(
    wanted: Mapping[str, tuple[str, int | None]],
    entries: Mapping[str, LockEntry],
    jobs: list[Any],
    recreate: bool,
    anew: bool,
) -> None:
    policy = {"recreate": recreate, "anew": frozenset({"a/ja"}) if anew else frozenset()}
    waves = plan_of(with_waves(wanted, True), entries, jobs, **policy)  # type: ignore[arg-type]
    plain = plan_of(with_waves(wanted, False), entries, jobs, **policy)  # type: ignore[arg-type]
    before = {action.address: action for action in plain.actions}
    assert not {action.address for action in waves.costly} & waves.waits.keys()
    for action in waves.costly:
        assert (wanted[action.address][1] or 0) <= NOW
        if not action.address.endswith("de"):
            canary = entries[f"{action.video}/de"].job
            assert (canary.status.value, canary.held) == ("completed", False)
            assert canary.accepted is not None
            assert canary.fingerprint == digest(wanted[f"{action.video}/de"][0])
    for action in waves.actions:
        other = before[action.address]
        free = not other.costs and other.reason is not Reason.SHARES_JOB
        if free:
            assert (action.kind, action.reason) == (other.kind, other.reason)
        if isinstance(action, Held):
            assert isinstance(other, TargetAction)
            assert not free
            assert action.address in waves.waits
    # Once all is accepted and due, it is the plan that there would be without waves.
    done = {
        address: replace(known, job=replace(known.job, held=False, accepted=TOOK))
        if address.endswith("de")
        else known
        for address, known in entries.items()
    }
    content = {address: one for address, (one, _) in wanted.items()}
    ready = all(
        address in done
        and done[address].job.status.value == "completed"
        and done[address].job.fingerprint == digest(content[address])
        and any(
            one.id == done[address].job.translation_id
            and one.status.value == "completed"
            and one.mark == Mark.of(PROJECT, digest(content[address]))
            for one in jobs
        )
        for address in ("a/de", "b/de")
    )
    late = plan_of(with_waves(wanted, True), done, jobs, now=LATER, **policy)  # type: ignore[arg-type]
    same = plan_of(with_waves(wanted, False), done, jobs, now=LATER, **policy)  # type: ignore[arg-type]
    if ready and not late.waits:
        assert [(one.address, one.kind, one.reason) for one in late.actions] == [
            (one.address, one.kind, one.reason) for one in same.actions
        ]


def test_all_is_ordered_once_every_canary_is_accepted() -> None:
    wanted = {"a/de": ("A", None), "a/ja": ("B", LATER), "a/fr": ("C", None)}
    entries = {"a/de": ACCEPTED}
    late = plan_of(with_waves(wanted, True), entries, [job("j1", "A")], now=LATER)
    assert not late.waits
    same = plan_of(with_waves(wanted, False), entries, [job("j1", "A")], now=LATER)
    assert [(one.address, one.kind) for one in late.actions] == [
        (one.address, one.kind) for one in same.actions
    ]


def test_what_one_side_of_a_merge_accepted_is_accepted_if_it_is_that_job() -> None:
    base = lock({CANARY: entry("j1", "A")})
    ours = lock({CANARY: entry("j1", "A", accepted=TOOK)})
    pulled = entry("j1", "A", "completed", attempts=2)
    for theirs, expected in (
        (lock({CANARY: pulled}), TOOK),
        (lock({CANARY: entry("j9", "B")}), None),
    ):
        for one, other in ((ours, theirs), (theirs, ours)):
            found: Lock = merge(base, one, other)
            assert found.entries[CANARY].job.accepted == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2027-01-15T09:00+01:00", 1_800_000_000),
        ("2027-01-15T08:00:00Z", 1_800_000_000),
        ("2027-01-15 02:30-05:30", 1_800_000_000),
    ],
)
def test_a_moment_has_its_offset(text: str, seconds: int) -> None:
    assert moment_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2027-01-15T09:00", "not_before_invalid"),
        ("2027-01-15", "not_before_invalid"),
        ("soon", "not_before_invalid"),
        ("2027-02-30T09:00Z", "not_before_invalid"),
        ("2027-01-15T25:00Z", "not_before_invalid"),
        ("9999-12-31T23:59Z", "not_before_far"),
        ("1970-01-01T00:00Z", "not_before_far"),
        ("٢٠٢٧-01-15T09:00Z", "not_before_invalid"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        moment_of(text)
    assert caught.value.first.code == code


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "less than a minute"), (61, "1 minute"), (7200, "2 hours"), (86400 * 400, "400 days")],
)
def test_ages_are_told_in_their_largest_unit(seconds: int, words: str) -> None:
    assert age(seconds) == words
