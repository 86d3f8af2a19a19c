"""A plan on a screen: a row a video, alike videos in one, and the summary in sight."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from core_builders import make_action
from markdown_scenes import planned
from msgspec.structs import replace

from heygen_localize.core.balance import Balance
from heygen_localize.core.rates import Rates
from heygen_localize.planning.estimate import Estimate, Price
from heygen_localize.planning.plan import Action
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.results import Planned
from heygen_localize.report.plan_text import plan_text
from heygen_localize.report.screen import Screen

TAGS = ["de", "es-CO", "es-MX", "fr-FR", "it", "ja", "ko", "nl", "pl", "pt-BR", "sv", "tr"]
Chosen = Callable[[int, str], tuple[ActionKind, Reason]]
CREATE, SAME = (ActionKind.CREATE, Reason.NEW), (ActionKind.NONE, Reason.UP_TO_DATE)
REPLACE = (ActionKind.REPLACE, Reason.SPEC_CHANGED)
STATES = (
    CREATE,
    SAME,
    REPLACE,
    (ActionKind.ADOPT, Reason.NOT_IN_LOCK),
    (ActionKind.WAIT, Reason.RENDERING),
    (ActionKind.RECORD, Reason.STATE_CHANGED),
    (ActionKind.GONE, Reason.JOB_GONE),
)


def plan(chosen: Chosen, videos: int = 60) -> Planned:
    """Make a plan of so many videos in twelve languages, each order for 3.15 USD."""
    actions = [
        make_action(*chosen(number, tag), f"billing-{number:02}/{tag}")
        for number in range(1, videos + 1)
        for tag in TAGS
    ]
    prices = {action.address: Price(94.5, 3.15) for action in actions if action.costs}
    seconds, cost = 94.5 * len(prices), 3.15 * len(prices)
    expected = Estimate(len(prices), seconds, cost, Rates(), prices=prices)
    balance = Balance("wallet", 5000.0, "usd")
    return replace(planned(actions, estimate=expected), balance=balance)


def one_option_and_one_language(number: int, tag: str) -> tuple[ActionKind, Reason]:
    if tag == "ko":
        return CREATE
    return REPLACE if number == 7 else SAME


def rows(shown: str) -> list[str]:
    return shown.partition("\n\n")[0].splitlines()


def test_a_video_is_a_row() -> None:
    assert rows(plan_text(plan(lambda *_: CREATE, 2))) == [
        "  + billing-01  12 languages  create  37.80 USD",
        "  + billing-02  12 languages  create  37.80 USD",
    ]


def test_a_video_is_told_apart_where_its_languages_differ() -> None:
    def chosen(number: int, tag: str) -> tuple[ActionKind, Reason]:
        if number == 2:
            return SAME
        return {"de": REPLACE, "ja": SAME}.get(tag, CREATE)

    assert rows(plan_text(plan(chosen, 2))) == [
        "  ~ billing-01/de                      replace     3.15 USD  the options changed",
        "  + billing-01     10 of 12 languages  create     31.50 USD",
        "  ✓ billing-01/ja                      unchanged             rendered, nothing to do",
        "  ✓ billing-02     12 languages        unchanged             rendered, nothing to do",
    ]


def test_every_target_has_a_row_where_that_is_asked_for() -> None:
    shown = rows(plan_text(plan(one_option_and_one_language), verbose=True))
    assert len(shown) == 720
    assert shown[0] == "  ✓ billing-01/de     unchanged            rendered, nothing to do"
    assert shown[6] == "  + billing-01/ko     create     3.15 USD"


def test_sixty_videos_in_twelve_languages_fit_a_screen() -> None:
    """One option changed in one video, one language added to all."""
    shown = plan_text(plan(one_option_and_one_language), screen=Screen(80, 24))
    assert rows(shown) == [
        "  + billing-01 and 59 more  ko                  create   189.00 USD",
        "  ~ billing-07              11 of 12 languages  replace   34.65 USD",
        "      the options changed",
        "  ✓ 649 more targets unchanged (-v lists them)",
    ]
    assert shown.splitlines()[-1] == "Balance: 5000.00 USD, about 4776.35 USD after this plan"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize(
    "chosen",
    [
        lambda *_: CREATE,
        one_option_and_one_language,
        lambda number, tag: STATES[number % 7],
        lambda number, tag: STATES[(number * number + TAGS.index(tag) * 5) % 7],
        lambda number, tag: STATES[hash_of(number, tag) % 7],
    ],
)
def test_whatever_the_plan_it_fits_and_every_action_and_sum_is_told(
    width: int, chosen: Chosen
) -> None:
    made = plan(chosen)
    shown = plan_text(made, screen=Screen(width, 24))
    lines = shown.splitlines()
    if width >= 80:
        assert len(lines) < 24
    assert all(len(line) <= max(width, 50) for line in lines)
    assert "Plan: " in shown
    for action in made.plan.actions:
        word = "unchanged" if action.kind is ActionKind.NONE else action.kind.value
        assert f" {word}" in shown
    costs = [float(line.partition(" USD")[0].split()[-1]) for line in rows(shown) if "USD" in line]
    assert round(sum(costs), 2) == round(made.estimate.cost, 2)


def hash_of(number: int, tag: str) -> int:
    return (number * 7919 + sum(map(ord, tag)) * 104729) >> 3


def test_a_pipe_has_the_same_rows_unbroken() -> None:
    shown = plan_text(plan(one_option_and_one_language))
    assert rows(shown)[1] == (
        "  ~ billing-07              11 of 12 languages  replace   34.65 USD  the options changed"
    )


def test_what_no_length_is_known_of_is_no_sum() -> None:
    actions: list[Action] = [make_action(*CREATE, f"a/{tag}") for tag in ("de", "ja")]
    expected = Estimate(
        2, 60, 3, Rates(), ("a/ja",), prices={"a/de": Price(60, 3), "a/ja": Price(None, None)}
    )
    shown = plan_text(planned(actions, estimate=expected))
    assert rows(shown) == ["  + a  2 languages  create  length unknown"]
    assert "3.00 USD" in shown.splitlines()[-1]
