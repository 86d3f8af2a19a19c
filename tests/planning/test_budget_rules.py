"""Budgets: what counts as spent since a period began, and which orders are still paid for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import pytest
from core_builders import NOW, PROJECT, entry, job, lock, locked, mark, target
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.budgets import Budget, Budgets, Period
from heygen_localize.core.errors import Where
from heygen_localize.core.languages import Language
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Job, JobStatus, Listing, Manifest, Target
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.rates import Rates
from heygen_localize.core.spent import SpentOrder, dearer
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.planning.budget import (
    Standing,
    Wanted,
    by_priority,
    fitted,
    horizon,
    pays_for,
    period_of,
    standings,
    units_of,
)
from heygen_localize.planning.charge_facts import Charge
from heygen_localize.planning.charges import charges, kept_lines
from heygen_localize.planning.earlier_specs import _specs

RATES = Rates(speed=1.0, precision=2.0, proofread=0.5)
TAGS, TEAMS = ("de-DE", "ja", "fr-FR"), ("growth", "docs", None)
LANGUAGES = {tag: Language(f"Language {tag}", tag, True) for tag in TAGS}


def manifest(*targets: Target, **fields: object) -> Manifest:
    return Manifest(Path("localize.yaml"), PROJECT, tuple(targets), rates=RATES, **fields)  # type: ignore[arg-type]


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


def usd_of(found: tuple[Charge, ...]) -> dict[str, float | None]:
    return {item.id: item.usd for item in found}


@pytest.mark.parametrize(
    ("period", "now", "begins", "ends"),
    [
        ("day", "2026-11-28T20:00", "2026-11-28", "2026-11-29"),
        ("week", "2026-11-29T23:59", "2026-11-23", "2026-11-30"),
        ("week", "2026-11-30", "2026-11-30", "2026-12-07"),
        ("month", "2026-12-31T23:59:59", "2026-12-01", "2027-01-01"),
        ("quarter", "2026-11-28", "2026-10-01", "2027-01-01"),
        ("year", "2028-02-29", "2028-01-01", "2029-01-01"),
    ],
)
def test_a_period_begins_at_midnight_utc(period: str, now: str, begins: str, ends: str) -> None:
    found = period_of(Period(period), moment(now))
    assert found == (moment(begins), moment(ends))


def test_an_offset_moves_the_days() -> None:
    now = moment("2026-11-30T23:30")
    assert period_of(Period.MONTH, now, 60)[0] == moment("2026-11-30T23:00")
    assert period_of(Period.MONTH, now)[0] == moment("2026-11-01")
    assert period_of(Period.ONCE, now) == (0, None)


amounts = st.integers(1, 400).map(lambda cents: cents / 100)
budgets = st.builds(
    lambda kind, usd, period: Budget(
        "x",
        usd,
        period,
        languages=(LANGUAGES[kind],) if kind in TAGS else (),
        team=kind if kind in TEAMS else None,
    ),
    st.sampled_from(["total", *TAGS, "growth", "docs"]),
    st.integers(1, 2000).map(lambda cents: cents / 100),
    st.sampled_from(Period),
)
found_jobs = st.builds(
    Charge,
    id=st.uuids().map(str),
    at=st.none() | st.integers(NOW - 100 * 86400, NOW + 86400),
    usd=st.none() | amounts,
    address=st.sampled_from([f"v/{tag}" for tag in TAGS]),
    language=st.sampled_from(TAGS),
    team=st.sampled_from(TEAMS),
    team_known=st.booleans(),
)
numbers = itertools.count()
orders = st.builds(
    lambda tag, team, priority, usd: Wanted(
        target(
            f"video-{next(numbers)}/{tag}",
            language=LANGUAGES[tag],
            team=team,
            priority=priority,
            where=Where("localize.yaml", 3),
        ),
        usd,
    ),
    st.sampled_from(TAGS),
    st.sampled_from(TEAMS),
    st.integers(-2, 2),
    st.none() | amounts,
)


@given(st.lists(found_jobs, max_size=12), st.lists(budgets, max_size=5), st.lists(orders))
def test_what_is_ordered_within_budgets_never_exceeds_any_and_goes_by_priority(
    jobs: list[Charge], held_to: list[Budget], wanted: list[Wanted]
) -> None:
    before = standings(Budgets(tuple(held_to)), jobs, NOW)
    in_turn = by_priority(wanted, "localize.yaml")
    result = fitted(in_turn, before)
    assert sorted([*result.fits, *(item.wanted for item in result.held)], key=str) == sorted(
        wanted, key=str
    )
    after = [
        Charge(f"new-{number}", NOW, item.usd, language=item.target.language.tag, address="v/x")
        for number, item in enumerate(result.fits)
    ]
    for standing in before:
        own = [
            charge
            for item, charge in zip(result.fits, after, strict=True)
            if pays_for(standing.budget, item.target)
        ]
        if not own:
            continue
        assert all(charge.usd is not None for charge in own)
        assert not standing.unpriced
        spent = units_of(standing.spent) + sum(units_of(charge.usd or 0) for charge in own)
        assert spent <= units_of(standing.budget.usd)
    # Greedy: each that is held over did not fit beside those that go before it.
    for item in result.held:
        ahead = [one for one in result.fits if in_turn.index(one) < in_turn.index(item.wanted)]
        again = fitted([*ahead, item.wanted], before)
        assert [one.wanted for one in again.held] == [item.wanted]
    priorities = [item.target.setting("priority") for item in in_turn]
    assert priorities == sorted(priorities, reverse=True)


def test_what_nobody_dates_and_what_is_dated_later_than_now_counts() -> None:
    jobs = [
        Charge("a", None, 1.0),
        Charge("b", NOW + 10**7, 2.0),
        Charge("c", period_of(Period.MONTH, NOW)[0] - 1, 4.0),
    ]
    (found,) = standings(Budgets((Budget("total", 10, Period.MONTH),)), jobs, NOW)
    assert (found.spent, found.left) == (3.0, 7.0)


def test_what_may_be_of_a_team_or_a_language_counts_against_it() -> None:
    nobodys = Charge("a", NOW, 1.0, language="Language ja")
    growth = Budget("growth", 10, Period.DAY, team="growth")
    german = Budget("de-DE", 10, Period.DAY, languages=(LANGUAGES["de-DE"],))
    japanese = Budget("ja", 10, Period.DAY, languages=(LANGUAGES["ja"],))
    found = standings(Budgets((growth, german, japanese)), [nobodys], NOW)
    assert [item.spent for item in found] == [1.0, 0.0, 1.0]
    unknown = replace(nobodys, language=None)
    found = standings(Budgets((growth, german, japanese)), [unknown], NOW)
    assert [item.spent for item in found] == [1.0, 1.0, 1.0]


def test_nothing_is_left_while_nobody_tells_what_an_order_cost() -> None:
    (found,) = standings(
        Budgets((Budget("total", 10, Period.MONTH),)), [Charge("a", NOW), Charge("b", NOW, 1)], NOW
    )
    assert (found.spent, found.left, found.unpriced) == (1.0, 0.0, ("a",))
    assert fitted([Wanted(target(), 0.0)], [found]).fits == ()


WANTED = target(duration=10.0, team="growth")


def test_the_account_tells_of_jobs_once_each_and_failed_ones_cost_nothing() -> None:
    jobs = (
        job("j1", duration=10.0),
        job("j2", status="failed"),
        job("j3", status="running"),
        job("j4", None),
        Job("j5", JobStatus.COMPLETED, mark("A", project="other"), duration=10.0),
    )
    known = replace(lock({WANTED.address: entry("j1")}), spent={"j1": line(), "j5": line()})
    found = charges(manifest(WANTED), known, Listing(jobs))
    assert usd_of(found) == {"j1": 10.0, "j3": 10.0}
    assert {item.team for item in found} == {"growth"}


def line(usd: float = 3.0, at: int = NOW, **fields: object) -> SpentOrder:
    return SpentOrder(WANTED.address, at, usd, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("usd", [0, 1e9])
def test_a_lockfile_never_makes_a_listed_job_cheaper_or_earlier(usd: float) -> None:
    """Written by a stranger: of what HeyGen has told, no line takes anything away."""
    lying = replace(lock(), spent={"j1": line(usd, 0), "j2": line(usd, 0), "j3": line(usd, 0)})
    jobs = (
        job("j1", duration=10.0),
        job("j2", status="running"),
        job("j3", "of another spec", duration=10.0),
    )
    honest = {item.id: item for item in charges(manifest(WANTED), lock(), Listing(jobs))}
    for item in charges(manifest(WANTED), lying, Listing(jobs)):
        assert (item.usd or 0) >= (honest[item.id].usd or 0)
        assert item.at == NOW
        assert honest[item.id].at == NOW


def test_lines_of_ids_that_the_account_has_otherwise_are_no_spending_of_ours() -> None:
    lying = replace(lock(), spent={"j2": line(1e9), "j4": line(1e9)})
    jobs = (job("j2", status="failed"), job("j4", None))
    assert charges(manifest(WANTED), lying, Listing(jobs)) == ()


def test_what_was_deleted_counts_by_its_line_else_by_the_entry() -> None:
    known = Lock(
        PROJECT,
        {
            WANTED.address: entry(
                "j1", superseded=("j0",), duration=12.0, created_at=NOW, serving=locked("j2")
            )
        },
        spent={"gone": line(team="docs", mode="precision")},
        paid={"old": PaidOrder(WANTED.address, 9.0)},
    )
    found = {item.id: item for item in charges(manifest(WANTED), known, Listing())}
    assert {name: item.usd for name, item in found.items()} == {
        "j1": 12.0,
        "j0": 20.0,  # a mode that nobody knows: the dearest that the project has used
        "j2": 10.0,
        "gone": 3.0,
        "old": 18.0,
    }
    assert (found["j0"].at, found["old"].at) == (NOW, 0)
    # Of a target that the manifest has, its team there counts.
    assert found["gone"].team == "growth"
    gone = {item.id: item for item in charges(manifest(), known, Listing())}
    assert (gone["gone"].team, gone["gone"].team_known) == ("docs", True)
    assert not gone["j1"].team_known


def test_sessions_cost_and_lost_orders_may() -> None:
    session = LockedSession("a" * 64, "s1", SessionStatus.PROCESSING, created_at=NOW)
    failed = replace(session, proofread_id="s2", status=SessionStatus.FAILED)
    other = target("intro/ja", "B", duration=10.0)
    known = replace(lock(), sessions={WANTED.address: session, "intro/ja": failed})
    lost = Unanswered("key", WANTED.mark.digest, WANTED.address, "job", NOW, 60.0)
    found = charges(manifest(WANTED, other), known, Listing(), [lost])
    assert usd_of(found) == {"s1": 5.0, "key": 10.0}


@pytest.mark.parametrize(("mode", "usd"), [("speed", 10.0), ("precision", 20.0)])
def test_a_mark_proves_what_an_earlier_revision_was_ordered_as(mode: str, usd: float) -> None:
    now = target(options={"mode": "precision"}, duration=10.0, revision=3, team="growth")
    specs = ((spec.mode, spec.audio_only, digest) for digest, spec in _specs(now))
    ordered = [digest for known, alone, digest in specs if (known, alone) == (mode, False)]
    made = f"lz1:{PROJECT}:{ordered[-1][:32]}"
    was = Job("j1", JobStatus.COMPLETED, made, duration=10.0, created_at=NOW)
    (found,) = charges(manifest(now), lock(), Listing((was,)))
    assert (found.usd, found.address, found.team) == (usd, now.address, "growth")


def test_lines_keep_what_a_deletion_would_lose() -> None:
    known = lock({WANTED.address: entry("j1", superseded=("j0",), duration=12.0)})
    found = charges(manifest(WANTED), known, Listing((job("j1", duration=12.0),)))
    kept = kept_lines(found, {"j1": WANTED.address, "j0": WANTED.address}, NOW + 5)
    assert kept["j1"] == SpentOrder(WANTED.address, NOW, 12.0, "growth", "speed")
    assert kept["j0"] == SpentOrder(WANTED.address, NOW + 5, 10.0, "growth", None)
    after = replace(lock(), spent=kept)
    assert usd_of(charges(manifest(WANTED), after, Listing())) == {"j1": 12.0, "j0": 10.0}


@given(*[st.builds(line, amounts, st.integers(0, NOW), mode=st.sampled_from(["speed", None]))] * 2)
def test_of_two_lines_neither_is_undercut_whichever_side_merges(
    one: SpentOrder, other: SpentOrder
) -> None:
    both = dearer(one, other)
    assert both == dearer(other, one)
    assert both.usd == max(one.usd, other.usd)
    assert both.ordered_at == max(one.ordered_at, other.ordered_at)


def test_no_budget_looks_beyond_the_horizon() -> None:
    items = tuple(Budget("total", 1, period) for period in Period if period is not Period.ONCE)
    assert horizon(Budgets(items), NOW) <= NOW - 92 * 86400
    assert horizon(Budgets((Budget("total", 1, Period.ONCE),)), NOW) == 0


@dataclass
class Month:
    """A month as a pure core sees it: what fits is ordered at once, pass after pass."""

    spent: list[Charge] = field(default_factory=list)

    def go(self, held_to: Budgets, wanted: list[Wanted], now: int) -> list[Standing]:
        before = standings(held_to, self.spent, now)
        for item in fitted(wanted, before).fits:
            name = f"j{len(self.spent)}"
            self.spent.append(
                Charge(name, now, item.usd, None, item.address, item.target.language.tag)
            )
        return list(standings(held_to, self.spent, now))


@given(st.lists(st.lists(orders, max_size=4), max_size=20), st.integers(1, 500))
def test_pass_after_pass_a_months_budget_is_spent_once(
    passes: list[list[Wanted]], cents: int
) -> None:
    held_to, month = Budgets((Budget("total", cents / 100, Period.MONTH),)), Month()
    for number, wanted in enumerate(passes):
        (found,) = month.go(held_to, wanted, NOW + number * 86400 * 3)
        assert found.spent <= cents / 100


def test_orders_go_by_priority_then_as_the_manifest_has_them() -> None:
    def wanted(name: str, file: str, number: int, priority: int = 0) -> Wanted:
        where = Where(file, number)
        return Wanted(target(f"{name}/ja", priority=priority, where=where), 1.0)

    given = [
        wanted("a", "a/included.yaml", 2),
        wanted("b", "localize.yaml", 9),
        wanted("c", "localize.yaml", 5),
        wanted("d", "localize.yaml", 20, -1),
        wanted("e", "z/included.yaml", 7, 3),
    ]
    found = [item.address for item in by_priority(given, "localize.yaml")]
    assert found == ["e/ja", "c/ja", "b/ja", "a/ja", "d/ja"]
