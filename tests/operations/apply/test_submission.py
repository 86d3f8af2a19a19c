"""Sending one order: what each answer means, on a clock that only the test moves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fake_clock import FakeClock
from msgspec.structs import replace
from workspaces import Workspace

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Job, JobStatus, Listing
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.errors import AccountRefused, ApiError
from heygen_localize.heygen.transport import Transport
from heygen_localize.operations.apply.pending import (
    Accepted,
    OrderKind,
    Orders,
    Outcome,
    PendingOrder,
    Refused,
    RetryLater,
)
from heygen_localize.operations.apply.submit import SubmitContext, Submitter
from heygen_localize.planning.reconcile import reconcile
from heygen_localize.project.project import Project
from heygen_localize.sandbox import Sandbox, SandboxSettings

AT_FIRST = SubmitContext(now=0, last=True)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Sandbox]:
    settings = SandboxSettings(state=tmp_path / "sandbox", render_seconds=100, max_jobs=None)
    with Sandbox(settings, FakeClock()) as sandbox:
        yield sandbox


@pytest.fixture
def client(account: Sandbox) -> Iterator[Client]:
    connection = Connection(account.base_url, account.api_key, "a test", 0)
    with closing(Transport(connection, backoff=0)) as way:
        yield Client(way)


def told(status: int, code: str = "told", **more: Any) -> ApiError:
    """Make a refusal in HeyGen's own words."""
    return ApiError("No.", status=status, code=code, from_vendor=True, **more)


@pytest.fixture
def order(workspace: Workspace) -> Callable[..., PendingOrder]:
    """Give the order of one target, at the start of its history or after a failed job."""

    def make(*failed: Job) -> PendingOrder:
        workspace.write_videos("intro", languages=("fr-FR",))
        manifest = Project.open(workspace.manifest).manifest
        mark = str(manifest.targets[0].mark)
        jobs = tuple(
            Job(job.id, JobStatus.FAILED, callback_id=mark, created_at=job.created_at)
            for job in failed
        )
        plan = reconcile(manifest.targets, Lock("test"), Listing(jobs), 0)
        return PendingOrder.of(plan.costly[0])

    return make


def test_machines_without_memory_get_one_job(
    account: Sandbox, client: Client, order: Callable[..., PendingOrder]
) -> None:
    orders = Orders(client, {}, {})
    outcomes = {Submitter(frozenset(), orders).submit(order(), AT_FIRST) for _ in range(3)}
    assert outcomes == {Accepted(account.jobs()[0].id)}
    assert len(account.jobs()) == 1


def test_a_dead_answer_leads_on_to_the_next_key(
    account: Sandbox, client: Client, order: Callable[..., PendingOrder]
) -> None:
    orders = Orders(client, {}, {})
    first, second, third = "", "", ""
    for dead in ((), (1,), (1, 2)):
        known = {name for place, name in ((1, first), (2, second)) if place in dead}
        outcomes = {Submitter(known, orders).submit(order(), AT_FIRST) for _ in range(2)}
        assert len(outcomes) == 1
        (outcome,) = outcomes
        assert isinstance(outcome, Accepted)
        first, second, third = (
            first or outcome.translation_id,
            second if not dead else second or outcome.translation_id,
            outcome.translation_id,
        )
    assert len({first, second, third}) == 3
    assert [job.id for job in account.jobs()] == [first, second, third]
    failed = order(Job(second, JobStatus.FAILED))
    assert Submitter({first, second}, orders).submit(failed, AT_FIRST) == Accepted(third)


class Vendor(Client):
    """Gives the answers it is told, and notes the keys."""

    def __init__(self, *answers: str | ApiError) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []

    def create(self, kind: JobKind, body: Any, key: str) -> str:
        self.keys.append(key)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ApiError):
            raise answer
        return answer


def submit(
    vendor: Vendor,
    submission: PendingOrder,
    dead: tuple[str, ...] = (),
    moment: SubmitContext = AT_FIRST,
) -> Outcome:
    return Submitter(dead, Orders(vendor, {}, {}), random.Random(1)).submit(submission, moment)


def test_a_dead_job_that_comes_under_every_key_ends_the_chain(
    order: Callable[..., PendingOrder],
) -> None:
    vendor = Vendor("tr_1-fr")
    assert submit(vendor, order(), ("tr_1-fr",)) == Accepted("tr_1-fr")
    assert len(vendor.keys) == 2


@pytest.mark.parametrize("status", [400, 403, 404, 410, 413, 422])
def test_a_refusal_in_its_own_words_ends_that_order_and_starts_no_other_key(
    order: Callable[..., PendingOrder], status: int
) -> None:
    vendor, failure = Vendor(told(status)), told(status)
    vendor.answers = [failure]
    assert submit(vendor, order()) == Refused(failure, kept=True, alone=True)
    assert len(vendor.keys) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422, 429, 502])
def test_what_a_gateway_says_is_no_answer(order: Callable[..., PendingOrder], status: int) -> None:
    failure = ApiError("HTTP, an HTML page", status=status)
    submission, vendor = order(), Vendor(failure)
    outcome = submit(vendor, submission)
    assert isinstance(outcome, RetryLater)
    assert not outcome.full
    assert outcome.unheard
    vendor.answers = ["tr_1-fr"]
    assert submit(vendor, submission) == Accepted("tr_1-fr")
    assert len(set(vendor.keys)) == 1


@pytest.mark.parametrize(("asked", "seconds"), [(None, 5), (0, 1), (7, 7), (86400, 60)])
def test_a_full_account_is_asked_again_while_jobs_run(
    order: Callable[..., PendingOrder], asked: float | None, seconds: float
) -> None:
    failure = told(429, retry_after=asked)
    submission = order()
    vendor = Vendor(failure)
    for now in range(0, 86_400, 600):
        moment = SubmitContext(now, last=False, held=1)
        assert submit(vendor, submission, moment=moment) == RetryLater(
            seconds, True, False, failure
        )
    assert len(set(vendor.keys)) == 1
    ended = submit(vendor, submission, moment=SubmitContext(86_400, False))
    assert ended == Refused(failure, kept=True, alone=False)


def test_an_account_that_nobody_fills_is_not_waited_for_without_end(
    order: Callable[..., PendingOrder],
) -> None:
    failure = told(429)
    submission, vendor = order(), Vendor(failure)
    for turn in range(11):
        moment = SubmitContext(7 + turn * 60, last=True)
        assert submit(vendor, submission, moment=moment) == RetryLater(5, True, False, failure)
    assert submit(vendor, submission, moment=SubmitContext(700, True)) == Refused(
        failure, True, False
    )
    assert len(set(vendor.keys)) == 1


@pytest.mark.parametrize("status", [None, 409, 500, 502, 302])
@pytest.mark.parametrize("held", [0, 1])
def test_an_unclear_answer_is_asked_for_again_under_the_same_key_for_five_minutes(
    order: Callable[..., PendingOrder], status: int | None, held: int
) -> None:
    failure = told(status) if status in (409, 500) else ApiError("Hm.", status=status)
    vendor = Vendor(failure)
    submission = order()
    for turn, now in enumerate((20, 21, 25, 100, 200, 319.9), 1):
        outcome = submit(vendor, submission, moment=SubmitContext(now, False, held))
        assert isinstance(outcome, RetryLater)
        assert not outcome.full
        assert outcome.seconds == 5 if status == 409 else 0 <= outcome.seconds <= 2**turn
        assert outcome.unheard
    at_last = submit(vendor, submission, moment=SubmitContext(320, False, held))
    assert at_last == Refused(failure, kept=status == 500, alone=False)
    assert len(vendor.keys) == 7
    assert len(set(vendor.keys)) == 1


def test_an_order_that_alone_is_not_answered_ends_alone(order: Callable[..., PendingOrder]) -> None:
    failure = ApiError("Hm.")
    vendor = Vendor(failure)
    submitter = Submitter((), Orders(vendor, {}, {}), random.Random(1))
    waiting = order()
    for turn in range(12):
        vendor.answers = [failure]
        outcome = submitter.submit(waiting, SubmitContext(turn * 30, last=False))
        vendor.answers = [f"tr_{turn}-fr"]
        submitter.submit(order(), SubmitContext(turn * 30, last=False))
        wanted = Refused(failure, kept=False, alone=True) if turn == 11 else None
        assert outcome == wanted or (isinstance(outcome, RetryLater) and wanted is None)


def test_patience_counts_from_the_last_answer_to_any_order(
    order: Callable[..., PendingOrder],
) -> None:
    failure = told(500)
    vendor = Vendor(failure, "tr_1-fr", failure)
    submitter = Submitter((), Orders(vendor, {}, {}), random.Random(1))
    waiting = order()
    assert isinstance(submitter.submit(waiting, SubmitContext(0, False, False)), RetryLater)
    assert submitter.submit(order(), SubmitContext(250, False, False)) == Accepted("tr_1-fr")
    assert isinstance(submitter.submit(waiting, SubmitContext(549, False, False)), RetryLater)
    stop = Refused(failure, kept=True, alone=False)
    assert submitter.submit(waiting, SubmitContext(550, False, False)) == stop


def test_the_wait_that_the_vendor_asks_for_outranks_ours(
    order: Callable[..., PendingOrder],
) -> None:
    outcome = submit(Vendor(told(503, retry_after=33)), order())
    assert isinstance(outcome, RetryLater)
    assert outcome.seconds == 33


@pytest.mark.parametrize(
    ("status", "code"), [(402, "insufficient_credit"), (429, "quota_exceeded")]
)
def test_no_money_stops_the_orders(
    order: Callable[..., PendingOrder], status: int, code: str
) -> None:
    failure = told(status, code)
    assert submit(Vendor(failure), order()) == Refused(failure, kept=True, alone=False)


def test_a_used_up_quota_is_believed_at_once(order: Callable[..., PendingOrder]) -> None:
    failure = told(429, "quota_exceeded")
    moment = SubmitContext(0, last=False)
    assert submit(Vendor(failure), order(), moment=moment) == Refused(failure, True, False)


def test_an_empty_wallet_is_believed_when_a_second_order_of_its_kind_says_so(
    order: Callable[..., PendingOrder],
) -> None:
    failure = told(402)
    submitter = Submitter((), Orders(Vendor(failure), {}, {}), random.Random(1))
    moment = SubmitContext(0, last=False)
    first, second, render = order(), order(), order()
    second.action = replace(second.action, address="another/fr-FR")
    render.action = replace(render.action, address="a-third/fr-FR")
    render.kind = OrderKind.RENDER
    for _ in range(3):
        assert submitter.submit(first, moment) == RetryLater(5, False, False, failure)
    assert submitter.submit(render, moment) == RetryLater(5, False, False, failure)
    assert submitter.submit(second, moment) == Refused(failure, kept=True, alone=False)


def test_a_402_that_one_order_alone_gets_ends_it_alone(order: Callable[..., PendingOrder]) -> None:
    failure = told(402)
    vendor = Vendor(failure)
    submitter = Submitter((), Orders(vendor, {}, {}), random.Random(1))
    poor = order()
    assert submitter.submit(poor, SubmitContext(0, last=False)) == RetryLater(
        5, False, False, failure
    )
    vendor.answers = ["tr_1-fr"]
    submitter.submit(order(), SubmitContext(1, last=False))
    vendor.answers = [failure]
    for now in (5, 10):
        assert submitter.submit(poor, SubmitContext(now, last=True)) == RetryLater(
            5, False, False, failure
        )
    assert submitter.submit(poor, SubmitContext(15, last=True)) == Refused(
        failure, True, alone=True
    )
    assert str(poor.key).endswith(":0")


def test_a_refused_key_is_raised(order: Callable[..., PendingOrder]) -> None:
    with pytest.raises(AccountRefused):
        submit(Vendor(AccountRefused("No.", status=401, from_vendor=True)), order())
