"""Refusals for want of places, of patience and of money; reads that fail, and go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from accounts import BULK, LIST, ONE, Start, assert_one_job_each, keys, orders, ours, points
from fake_clock import FakeClock
from werkzeug.wrappers import Response
from workspaces import Workspace

from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.errors import AccountRefused, ApiError
from heygen_localize.heygen.transport import Transport
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.endpoints.account import AccountEndpoints
from heygen_localize.sandbox.http import responses as effects


def refusing(code: str, retry_after: str | None) -> Any:
    """Make an answer that refuses with 429."""

    def answer(_: object) -> Response:
        body = json.dumps({"error": {"code": code, "message": "Not now."}})
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return Response(body, status=429, headers=headers, content_type="application/json")

    return answer


# Orders that shall wait


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("0", 1, 2), ("17", 17, 18), ("86400", 60, 61), ("soon", 5, 6), (None, 5, 6)],
)
def test_an_order_waits_as_long_as_it_is_asked_to_within_bounds(
    account: Sandbox,
    workspace: Workspace,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    asked: str | None,
    least: float,
    most: float,
) -> None:
    monkeypatch.setitem(effects.INSTEAD, "rate_limit", refusing("rate_limit_exceeded", asked))
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults("rate_limit=1 on POST times 3")
    assert workspace.run("apply", "--yes").code == 0
    moments = [note.at for note in orders(account)]
    assert len(moments) == 4
    for earlier, later in pairwise(moments):
        assert least - 0.01 <= later - earlier <= most
    assert_one_job_each(account, workspace, 1)


@pytest.mark.parametrize(("ahead", "least", "most"), [(30, 20, 31), (3600, 60, 61), (-3600, 1, 2)])
def test_an_order_waits_until_a_date_within_bounds(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    ahead: float,
    least: float,
    most: float,
) -> None:
    # A date is held against the time of day, which the run's clock has nothing to do with.
    moment = datetime.fromtimestamp(datetime.now(timezone.utc).timestamp() + ahead, timezone.utc)
    date = format_datetime(moment, usegmt=True)
    monkeypatch.setitem(effects.INSTEAD, "rate_limit", refusing("rate_limit_exceeded", date))
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults("rate_limit=1 on POST times 1")
    assert workspace.run("apply", "--yes").code == 0
    first, second = (note.at for note in orders(account))
    assert least <= second - first <= most


@pytest.mark.of_translations
def test_a_full_account_is_waited_for_and_not_hammered(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(max_jobs=3, render_seconds=600)
    for _ in range(3):
        account.add_foreign_job()
    workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 3}")
    assert workspace.run("apply", "--yes").code == 0
    # The whole account's jobs count, so nobody was even asked while it was full.
    assert [note.status for note in orders(account)] == [200] * 6
    assert min(note.at for note in orders(account)) >= 600 + 1_800_000_000
    assert account.peak_in_progress() == 3
    assert len(ours(account)) == 6


@pytest.mark.of_translations
def test_an_account_fuller_than_we_know_is_asked_at_its_own_pace(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(max_jobs=2, render_seconds=600)
    workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 10}")
    assert workspace.run("apply", "--yes").code == 0
    assert clock.monotonic() < 3 * 700
    assert_one_job_each(account, workspace, 6)
    refused = [note.at for note in orders(account) if note.status == 429]
    assert set(points(orders(account))) == {"0"}
    gaps = [later - earlier for earlier, later in pairwise(refused)]
    assert min(gaps) >= 0.99
    # Places come free when jobs end: an order every now and then is enough to notice.
    assert len(refused) <= clock.monotonic() / 5, len(refused)


@pytest.mark.both_kinds
def test_a_rate_limit_costs_nothing_but_time(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", "beta", "gamma")
    account.set_faults("rate_limit=0.6:3 on POST")
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 9)


# A quota, and a balance


def test_a_used_up_quota_is_no_rate_limit(
    account: Sandbox, workspace: Workspace, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(effects.INSTEAD, "rate_limit", refusing("quota_exceeded", "1"))
    workspace.write_videos("alpha", "beta")
    account.set_faults("rate_limit=1 on POST after 2")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 7
    assert [note.status for note in orders(account)] == [200, 200, 429]
    assert_one_job_each(account, workspace, 2)
    assert "4 not finished" in ran.out
    assert "quota" in ran.out
    assert "wait a little" not in ran.out
    account.set_faults()
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 6)


def test_a_used_up_quota_of_reads_is_not_repeated(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(effects.INSTEAD, "rate_limit", refusing("quota_exceeded", "1"))
    workspace.write_videos("alpha")
    account.set_faults("rate_limit=1 on GET")
    assert workspace.run("apply", "--yes").code == 7
    assert len(account.requests()) == 1


PRICED = "defaults: {duration: 60}\nlimits: {max_concurrent_jobs: 10}"


def test_a_wallet_with_too_little_in_it_orders_nothing(start: Start, workspace: Workspace) -> None:
    account = start(balance=5.98)
    workspace.write_videos("alpha", extra=PRICED)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 7
    assert "--no-balance-check" in ran.err
    assert "5.98" in ran.err
    assert not orders(account)
    assert not workspace.lockfile.exists()
    assert workspace.run("apply", "--yes", "--no-balance-check").code == 0
    assert_one_job_each(account, workspace, 3)


def test_a_wallet_with_just_enough_is_enough(start: Start, workspace: Workspace) -> None:
    account = start(balance=6.01)
    workspace.write_videos("alpha", extra=PRICED)
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 3)
    # There is nothing left, but nothing costs either.
    asked = [note for note in account.requests() if note.route == "/v3/users/me"]
    assert workspace.run("apply", "--yes").code == 0
    assert len(asked) == 1
    assert [note for note in account.requests() if note.route == "/v3/users/me"] == asked


@pytest.mark.parametrize("how", ["untold", "credits", "broken"])
def test_a_balance_that_is_not_told_holds_nothing(
    start: Start, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    billing: dict[str, Any] = {"billing_type": "usage_based"}
    if how == "credits":
        billing |= {"wallet": {"currency": "credits", "remaining_balance": 1}}
    if how != "broken":
        told = json.dumps({"data": billing})
        monkeypatch.setattr(AccountEndpoints, "_user", lambda *_: Response(told))
    account = start()
    if how == "broken":
        account.set_faults("http_500_before=1 on GET /v3/users/me")
    workspace.write_videos("alpha", extra=PRICED)
    assert workspace.run("apply", "--yes").code == 0
    assert [note for note in account.requests() if note.route == "/v3/users/me"]
    assert len(ours(account)) == 3


def test_a_balance_asked_with_a_refused_key_ends_the_run(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", extra=PRICED)
    account.set_faults("unauthorized=1 on GET /v3/users/me")
    assert workspace.run("apply", "--yes").code == 7
    assert not orders(account)


# Reads


@pytest.fixture
def reader(account: Sandbox, clock: FakeClock) -> Iterator[Client]:
    connection = Connection(account.base_url, account.api_key, "a test", 8)
    with closing(Transport(connection, clock=clock, backoff=0.5)) as way:
        yield Client(way)


def test_reads_are_repeated_with_full_jitter(
    account: Sandbox, reader: Client, clock: FakeClock
) -> None:
    account.set_faults("http_500_before=1 on GET")
    for _ in range(48):
        with pytest.raises(ApiError):
            reader.languages()
    assert len(account.requests()) == 48 * 9
    turns = [clock.sleeps[turn::8] for turn in range(8)]
    # None at first, then from nothing to twice as much each time, up to 20 seconds.
    for turn, slept in enumerate(turns):
        most = 0 if turn == 0 else min(0.5 * 2**turn, 20)
        assert max(slept) <= most
        if most:
            assert min(slept) < most * 0.25
            assert max(slept) > most * 0.75
            assert len(set(slept)) == 48


def test_reads_are_bounded_in_time(account: Sandbox, reader: Client, clock: FakeClock) -> None:
    account.set_faults("rate_limit=1:86400 on GET")
    with pytest.raises(ApiError):
        reader.languages()
    assert clock.sleeps == [60, 60, 60]
    assert len(account.requests()) == 4


def test_a_refused_read_is_told_at_once(account: Sandbox, reader: Client, clock: FakeClock) -> None:
    account.set_faults("unauthorized=1 on GET")
    with pytest.raises(AccountRefused):
        reader.languages()
    assert len(account.requests()) == 1
    assert not clock.sleeps


@pytest.mark.parametrize(
    ("fault", "times"),
    # More than a read repeats by itself, but for less than ten minutes.
    [("http_500_before", 13), ("drop_after", 13), ("html_502", 13), ("empty_body", 5)],
)
@pytest.mark.parametrize("route", [BULK, LIST, ONE])
def test_no_failed_poll_fails_the_run(
    account: Sandbox, workspace: Workspace, fault: str, times: int, route: str
) -> None:
    workspace.write_videos("alpha", "beta")
    path = f"{LIST}/tr_*" if route == ONE else route
    # The first list is the plan's, and comes through.
    account.set_faults(f"{fault}=1 on GET {path} after {int(route == LIST)} times {times}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert len(orders(account)) == 6
    assert len(set(keys(orders(account)))) == 6
    assert set(points(orders(account))) == {"0"}
    assert_one_job_each(account, workspace, 6)
