"""What a plan costs and what the account has, in rows, in a line and in the question."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from markdown_scenes import planned
from msgspec.structs import replace
from workspaces import Workspace

from heygen_localize.core.balance import Balance
from heygen_localize.core.rates import Rates
from heygen_localize.planning.estimate import Estimate, Price
from heygen_localize.report.money import balance_line, cost_line, price_cell, question
from heygen_localize.sandbox import Sandbox

WALLET = Balance("wallet", 99.1, "usd", left="99.10 USD left")
CREDITS = Balance("subscription", 40.0, "credits", left="40 premium credits left")
JOBS = Estimate(3, 27.0, 0.9, Rates())
REVIEWED = Estimate(0, 0, 1.0, Rates(), sessions=2, later=6.0)


@pytest.mark.parametrize(
    ("expected", "balance", "asked"),
    [
        (JOBS, WALLET, "Order 3 jobs for about 0.90 USD (balance 99.10)?"),
        (JOBS, None, "Order 3 jobs for about 0.90 USD?"),
        (JOBS, CREDITS, "Order 3 jobs for about 0.90 USD (balance 40 premium credits)?"),
        (Estimate(1, 0, 0, Rates(), ("a/ja",)), None, "Order 1 job of unknown length?"),
        (
            replace(JOBS, unknown=("a/ja",)),
            WALLET,
            "Order 3 jobs for about 0.90 USD, not counting 1 of unknown length (balance 99.10)?",
        ),
        (
            REVIEWED,
            WALLET,
            "Order 2 proofread sessions for about 1.00 USD now, after approval about 6.00 USD "
            "(balance 99.10)?",
        ),
    ],
)
def test_the_question_names_the_money(
    expected: Estimate, balance: Balance | None, asked: str
) -> None:
    assert question(replace(planned([]), estimate=expected, balance=balance)) == asked


@pytest.mark.parametrize(
    ("balance", "line"),
    [
        (None, ""),
        (WALLET, "Balance: 99.10 USD, about 98.20 USD after this plan"),
        (CREDITS, "Balance: 40 premium credits"),
        (
            replace(WALLET, remaining=0.5),
            "Balance: 0.50 USD, 0.40 USD less than this plan costs",
        ),
        (
            replace(WALLET, remaining=0.5, reloads=True),
            "Balance: 0.50 USD, 0.40 USD less than this plan costs (the wallet reloads itself)",
        ),
        (replace(WALLET, remaining=None, left=None), ""),
    ],
)
def test_the_balance_and_what_the_plan_leaves(balance: Balance | None, line: str) -> None:
    assert balance_line(replace(planned([]), estimate=JOBS, balance=balance)) == line


def test_the_cost_of_proofreading_is_told_now_and_after_approval() -> None:
    assert cost_line(REVIEWED).startswith(
        "Cost: 2 proofread sessions, now 1.00 USD, after approval about 6.00 USD (at speed"
    )
    waiting = replace(REVIEWED, sessions=0, cost=0.0)
    assert cost_line(waiting).startswith("Cost: nothing now, after approval about 6.00 USD (at")


def test_a_later_cost_of_unknown_length_is_not_nothing() -> None:
    unknown = {"a/ja": Price(0.0, 0.0, None), "b/ja": Price(0.0, 0.0, None)}
    free = Estimate(0, 0, 0.0, Rates(), prices=unknown)
    assert cost_line(free) == "Cost: nothing now, after approval 2 jobs of unknown length"
    some = replace(free, later=6.0)
    assert cost_line(some).startswith(
        "Cost: nothing now, after approval about 6.00 USD and 2 jobs of unknown length (at"
    )
    bought = replace(planned([]), estimate=replace(JOBS, prices=unknown))
    assert question(bought) == (
        "Order 3 jobs for about 0.90 USD now, after approval 2 jobs of unknown length?"
    )
    assert cost_line(Estimate(0, 0, 0.0, Rates())) == "Cost: nothing"
    both = Estimate(0, 0, 0.0, Rates(), ("a/ja",), 1, prices={"a/ja": Price(None, None, None)})
    assert cost_line(both) == "Cost: 1 proofread session of unknown length"
    assert price_cell(Price(0.0, 0.0, None), costs=False) == "after approval, length unknown"


@pytest.mark.parametrize(
    ("price", "costs", "cell"),
    [
        (Price(60.0, 37.8), True, "37.80 USD"),
        (Price(None, None), True, "length unknown"),
        (Price(), False, ""),
        (Price(0.0, 0.5, 3.0), True, "now 0.50, after approval 3.00 USD"),
        (Price(0.0, 0.0, 3.0), False, "after approval 3.00 USD"),
    ],
)
def test_a_row_names_its_price(price: Price, costs: bool, cell: str) -> None:
    assert price_cell(price, costs) == cell


def test_prices_of_rows_add_up_to_the_estimate(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    workspace.use(start_sandbox(balance=50))
    workspace.write_videos(
        "alpha", "beta", extra="defaults: {duration: 60, proofread: true}\nlimits: {max_new: 9}"
    )
    text = workspace.manifest.read_text()
    workspace.write(text.replace("beta.mp4'", "beta.mp4', proofread: false, mode: precision"))
    ran = workspace.run("plan", "--format", "json")
    assert ran.code == 0, ran.err
    told = ran.json()
    rows = {action["address"]: action for action in told["actions"]}
    assert rows["alpha/ja"]["action"] == "propose"
    assert (rows["alpha/ja"]["cost_usd"], rows["alpha/ja"]["after_approval_usd"]) == (0.498, 1.998)
    assert (rows["beta/ja"]["cost_usd"], rows["beta/ja"]["seconds"]) == (4.002, 60.0)
    estimate = told["estimate"]
    assert round(sum(row["cost_usd"] for row in rows.values()), 4) == estimate["cost_usd"]
    assert sum(row["seconds"] for row in rows.values()) == estimate["seconds"]
    assert estimate["after_approval_usd"] == 5.994
    assert told["balance"]["remaining"] == 50.0
    assert told["balance"]["after_usd"] == round(50 - estimate["cost_usd"], 4)
    text = workspace.run("plan").out
    assert "now 13.50 USD, after approval about 5.99 USD" in text
    assert "Balance: 50.00 USD, about 36.50 USD after this plan" in text
    assert "Balance: 50.00 USD" in workspace.run("plan", "--format", "markdown").out


def test_a_balance_that_cannot_be_read_keeps_no_plan_away(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox()
    workspace.use(sandbox)
    workspace.write_videos("alpha")
    sandbox.set_faults("missing=1 on GET /v3/users/me")
    ran = workspace.run("plan", "--format", "json")
    assert (ran.code, ran.json()["balance"]) == (0, None)
    assert workspace.run("plan", "--offline", "--format", "json").json()["balance"] is None
