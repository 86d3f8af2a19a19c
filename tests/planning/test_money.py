"""What a plan costs, what refuses it, and how failures are told."""

from __future__ import annotations

import re

import pytest
from core_builders import ADDRESS, entry, job, lock, make_action, plan_of, target, url_media
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic, Where
from heygen_localize.core.fingerprint import Json
from heygen_localize.core.lock import LockedSource, LockEntry
from heygen_localize.core.model import Job, Media, MediaKind, Target
from heygen_localize.core.rates import Limits, Rates, UnknownDuration
from heygen_localize.planning.cost import refusals
from heygen_localize.planning.estimate import Estimate, estimate
from heygen_localize.planning.plan import Plan
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.results import (
    Failure,
    FailureGroup,
    failed,
    group,
    lost,
    refused,
    unmet_failure,
)

RATES = Rates(speed=0.5, precision=2.0)


def estimated(
    *targets: Target,
    entries: dict[str, LockEntry] | None = None,
    jobs: tuple[Job, ...] = (),
    selected: list[str] | None = None,
) -> Estimate:
    plan = plan_of(targets, entries, jobs, selected=selected)
    return estimate(plan, targets, lock(entries), RATES, {})


@pytest.mark.parametrize(
    ("cut", "seconds"),
    [
        ({}, 100.0),
        ({"start_time": 10}, 90.0),
        ({"end_time": 30.5}, 30.5),
        ({"start_time": 10.5, "end_time": 30}, 19.5),
        ({"end_time": 500}, 100.0),
    ],
)
def test_a_duration_in_the_manifest_is_cut_as_the_job_will_be(
    cut: dict[str, Json], seconds: float
) -> None:
    expected = estimated(target(duration=100.0, options=cut))
    assert (expected.jobs, expected.seconds, expected.cost) == (1, seconds, seconds * 0.5)
    assert expected.unknown == ()
    assert expected.rates is RATES


def test_a_start_behind_the_end_is_no_free_job() -> None:
    expected = estimated(target(duration=100.0, options={"start_time": 200}))
    assert (expected.jobs, expected.cost, expected.unknown) == (1, 0.0, ("intro/es-MX",))


def test_precision_has_a_rate_of_its_own() -> None:
    assert estimated(target(duration=10.0, options={"mode": "precision"})).cost == 20.0
    assert estimated(target(duration=10.0)).cost == 5.0


def test_sound_alone_has_rates_of_its_own() -> None:
    def cost(rates: Rates, mode: str) -> float:
        wanted = target(duration=100.0, options={"mode": mode, "translate_audio_only": True})
        return estimate(
            plan_of([wanted], None, (), selected=None), [wanted], lock(None), rates, {}
        ).cost

    assert cost(Rates(), "speed") == 1.67
    assert cost(Rates(), "precision") == 6.67
    assert cost(Rates(speed=0.05), "speed") == 5.0
    assert cost(Rates(speed_audio_only=0.01, precision_audio_only=0.02), "speed") == 1.0
    assert cost(Rates(speed_audio_only=0.01, precision_audio_only=0.02), "precision") == 2.0


def test_the_defaults_are_those_of_the_price_page_with_its_day() -> None:
    assert (Rates().speed, Rates().precision) == (0.0333, 0.0667)
    assert Rates().told(proofread=True) == (
        "speed 0.0333, precision 0.0667, audio only 0.0167, proofread 0.0083 USD a second: "
        "HeyGen's pay-as-you-go prices, read on 2026-11-27"
    )
    assert Rates(speed=0.05).told(proofread=False) == (
        "speed 0.05, precision 0.0667 USD a second: the manifest's rates"
    )


def test_costs_add_up_and_what_is_free_costs_nothing() -> None:
    expected = estimated(
        target("a/de", "A", duration=10.0),
        target("b/de", "B", duration=20.0),
        target("c/de", "B", duration=20.0),
        target("d/de", "D", duration=40.0),
        jobs=(job("j1", "D"),),
    )
    assert (expected.jobs, expected.seconds, expected.cost) == (2, 30.0, 15.0)


def test_a_job_in_another_language_tells_the_length() -> None:
    expected = estimated(
        target("a/de", "A"), target("a/ja", "B"), jobs=(job("j1", "A", duration=60.0),)
    )
    assert (expected.seconds, expected.unknown) == (60.0, ())


def test_the_manifests_word_goes_before_another_languages_job() -> None:
    expected = estimated(
        target("a/de", "A"),
        target("a/ja", "B", duration=7.0),
        jobs=(job("j1", "A", duration=60.0),),
    )
    assert expected.seconds == 7.0


def test_a_job_of_another_stretch_tells_nothing() -> None:
    expected = estimated(
        target("a/de", "A"),
        target("a/ja", "B", options={"start_time": 5}),
        jobs=(job("j1", "A", duration=60.0),),
    )
    assert (expected.seconds, expected.cost, expected.unknown) == (0.0, 0.0, ("a/ja",))


def test_an_end_bounds_a_length_that_nobody_told() -> None:
    assert estimated(target(options={"start_time": 2, "end_time": 12})).seconds == 10.0


def test_a_job_of_another_source_tells_nothing() -> None:
    expected = estimated(
        target("a/de", "A"),
        target("b/de", "B", source=url_media("https://cdn.example.com/other.mp4")),
        jobs=(job("j1", "A", duration=60.0),),
    )
    assert expected.unknown == ("b/de",)


def test_a_job_that_tells_no_length_leaves_it_to_the_lock() -> None:
    expected = estimated(
        target("a/de", "A"),
        target("a/ja", "B"),
        entries={"a/de": entry("j1", "A", duration=42.0)},
        jobs=(job("j1", "A"),),
    )
    assert expected.seconds == 42.0


def test_the_lock_tells_the_length_of_a_target_that_is_not_selected() -> None:
    known = {"a/de": entry("j1", "A", duration=42.0)}
    expected = estimated(target("a/de", "A"), target("a/ja", "B"), entries=known, selected=["a/ja"])
    assert (expected.jobs, expected.seconds) == (1, 42.0)


@pytest.mark.parametrize(
    ("source", "options", "seconds"),
    [
        (LockedSource(url=url_media().reference), {}, 42.0),
        (LockedSource(url=url_media().reference), {"start_time": 9}, None),
        (LockedSource(url="https://cdn.example.com/earlier.mp4"), {}, None),
    ],
)
def test_a_replaced_job_tells_the_length_where_it_was_of_the_same_source(
    source: LockedSource, options: dict[str, Json], seconds: float | None
) -> None:
    known = {ADDRESS: entry("j0", "B", duration=42.0, source=source)}
    expected = estimated(target(options=options), entries=known, jobs=(job("j0", "B"),))
    assert (expected.seconds or None) == seconds
    assert expected.unknown == (() if seconds else (ADDRESS,))


def test_sums_are_rounded() -> None:
    expected = estimated(*(target(f"a{n}/de", str(n), duration=0.1) for n in range(3)))
    assert (expected.seconds, expected.cost) == (0.3, 0.15)


# Limits.

EMPTY = Plan("acme", ())
FREE = Limits(max_new=5, max_cost=None)


def expecting(jobs: int = 1, cost: float = 1.0, unknown: tuple[str, ...] = ()) -> Estimate:
    return Estimate(jobs, 60.0, cost, RATES, unknown)


def test_what_is_within_the_limits_is_not_refused() -> None:
    at_the_limit = expecting(jobs=5, cost=10.0)
    assert refusals(EMPTY, at_the_limit, replace(FREE, max_cost=10.0)) == []
    assert refusals(EMPTY, expecting(cost=1e6, unknown=("a/de",)), FREE) == []


def test_too_many_jobs_are_refused_with_both_numbers_and_the_flag() -> None:
    (problem,) = refusals(EMPTY, expecting(jobs=6), FREE)
    assert problem.code == "max_new_exceeded"
    assert "orders 6 jobs" in problem.message
    assert "max_new is 5" in problem.message
    assert "--max-new 6" in (problem.hint or "")


def test_too_high_costs_are_refused_with_both_numbers_and_the_flag() -> None:
    (problem,) = refusals(EMPTY, expecting(cost=12.5), replace(FREE, max_cost=10.0))
    assert problem.code == "max_cost_exceeded"
    assert "12.50 USD" in problem.message
    assert "max_cost is 10.00" in problem.message
    assert "--max-cost 12.50" in (problem.hint or "")


@pytest.mark.parametrize(("cost", "shown"), [(1.1, "1.10"), (10.004, "10.01"), (0.0001, "0.01")])
def test_a_cost_is_shown_rounded_up_to_the_cent(cost: float, shown: str) -> None:
    (problem,) = refusals(EMPTY, expecting(cost=cost), replace(FREE, max_cost=0.0))
    assert f"about {shown} USD" in problem.message
    assert (problem.hint or "").endswith(f"--max-cost {shown}")


@given(st.integers(1, 10**9).map(lambda number: number / 10**4))
def test_the_cost_that_the_hint_allows_is_enough_and_less_than_a_cent_too_much(
    cost: float,
) -> None:
    (problem,) = refusals(EMPTY, expecting(cost=cost), replace(FREE, max_cost=0.0))
    found = re.search(r"--max-cost ([0-9.]+)", problem.hint or "")
    assert found is not None
    assert refusals(EMPTY, expecting(cost=cost), replace(FREE, max_cost=float(found[1]))) == []
    assert float(found[1]) < cost + 0.01


@pytest.mark.parametrize(
    ("unknown", "shown"),
    [
        (("a/de",), "of 1 target: a/de"),
        (("a/de", "b/de", "c/de"), "of 3 targets: a/de, b/de, c/de"),
        (("a/de", "b/de", "c/de", "d/de"), "of 4 targets: a/de, b/de, c/de, …"),
    ],
)
def test_unknown_lengths_are_refused_under_a_cost_limit(
    unknown: tuple[str, ...], shown: str
) -> None:
    limits = replace(FREE, max_cost=10.0)
    (problem,) = refusals(EMPTY, expecting(unknown=unknown), limits)
    assert problem.code == "duration_unknown"
    assert problem.message.endswith(shown)
    assert "limits.unknown_duration: allow" in (problem.hint or "")
    allowed = replace(limits, unknown_duration=UnknownDuration.ALLOW)
    assert refusals(EMPTY, expecting(unknown=unknown), allowed) == []


def test_another_account_is_refused_and_everything_at_once() -> None:
    plan = replace(EMPTY, all_gone=True)
    expected = expecting(jobs=9, cost=99.0, unknown=("a/de",))
    problems = refusals(plan, expected, replace(FREE, max_cost=1.0))
    assert [problem.code for problem in problems] == [
        "all_jobs_gone",
        "max_new_exceeded",
        "max_cost_exceeded",
        "duration_unknown",
    ]
    assert "HEYGEN_API_KEY" in (problems[0].hint or "")
    assert "--recreate" in (problems[0].hint or "")


# Failures.

PLACE = Where("localize.yaml", 7, 3, "videos.intro")


def test_failures_of_one_cause_stand_together_in_the_order_of_addresses() -> None:
    def failure(address: str, code: str, message: str, line: int) -> Failure:
        return Failure(address, Diagnostic(code, message, Where(line=line)))

    groups = group(
        [
            failure("d/de", "job_failed", "no sound", 4),
            failure("c/de", "refused", "no sound", 3),
            failure("b/de", "job_failed", "no sound", 2),
            failure("a/de", "job_failed", "no picture", 1),
        ]
    )
    assert groups == (
        FailureGroup(Diagnostic("job_failed", "no picture", Where(line=1)), ("a/de",)),
        FailureGroup(Diagnostic("job_failed", "no sound", Where(line=2)), ("b/de", "d/de")),
        FailureGroup(Diagnostic("refused", "no sound", Where(line=3)), ("c/de",)),
    )


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("Failed to download video from url, please check", "private window"),
        ("Your video's audio is missing or corrupted, please try", "sound track"),
        ("Something else", "localize apply tries it again; failed jobs are not charged"),
    ],
)
def test_a_failed_job_is_told_in_the_vendors_words_with_a_way_out(said: str, hint: str) -> None:
    failure = failed(
        target(where=PLACE), job("j1", "A", "failed", failure_message=said), last=False
    )
    assert failure.address == ADDRESS
    assert (failure.problem.code, failure.problem.message) == ("job_failed", said)
    assert failure.problem.where == PLACE
    assert hint in (failure.problem.hint or "")


def test_a_failure_without_words_says_so() -> None:
    failure = failed(target(), job("j1", "A", "failed"), last=False)
    assert failure.problem.message == "no reason given"
    assert failure.problem.where == Where()


@pytest.mark.parametrize("said", ["no sound", None])
def test_a_blocked_target_tells_how_often_and_why(said: str | None) -> None:
    found = job("j1", "A", "failed", failure_message=said)
    wanted = target(where=PLACE)
    blocked = make_action(
        ActionKind.BLOCKED, Reason.ATTEMPTS_USED_UP, job=found, failures=3, target=wanted
    )
    told = unmet_failure(blocked)
    assert told is not None
    problem = told.problem
    assert problem.code == "attempts_used_up"
    assert problem.message == f"failed 3 times: {said or 'no reason given'}"
    assert "--retry-failed" in (problem.hint or "")
    assert problem.where == PLACE


def test_a_gone_job_tells_how_to_order_it_again() -> None:
    told = unmet_failure(make_action(ActionKind.GONE, Reason.JOB_GONE))
    assert told is not None
    problem = told.problem
    assert problem.code == "job_gone"
    assert "--recreate" in (problem.hint or "")
    assert "costs" in (problem.hint or "")


def test_a_lost_job_and_a_refusal_bear_the_manifests_line() -> None:
    wanted = target(where=PLACE)
    gone = lost(wanted, "j1")
    assert (gone.problem.code, gone.problem.where) == ("job_gone", PLACE)
    assert "j1" in gone.problem.message
    assert "--recreate" in (gone.problem.hint or "")
    said = Diagnostic("bad_request", "no such glossary", hint="look it up")
    assert refused(wanted, said) == Failure(ADDRESS, replace(said, where=PLACE))


def test_a_local_file_is_known_by_its_content() -> None:
    file = Media(MediaKind.FILE, "videos/intro.mp4", "f" * 64, "f" * 64)
    known = {ADDRESS: entry("j0", "B", duration=42.0, source=LockedSource(sha256="f" * 64))}
    assert estimated(target(source=file), entries=known).seconds == 42.0
