"""Following jobs and ordering them, on a clock that only the test moves."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_clock import FakeClock
from workspaces import Workspace

from heygen_localize.actions import Action, ActionKind, Reason
from heygen_localize.client import Client
from heygen_localize.executor.polling import Poller
from heygen_localize.executor.submission import (
    Doubtful,
    Later,
    Moment,
    Ordered,
    Outcome,
    Refused,
    Stop,
    Submission,
    Submitter,
)
from heygen_localize.facts import load
from heygen_localize.lock import Lock
from heygen_localize.model import Job, JobStatus, Listing
from heygen_localize.reconcile import reconcile
from heygen_localize.refusal import AccountRefused, ApiFailure
from heygen_localize.sandbox import Sandbox, SandboxSettings
from heygen_localize.settings import Connection
from heygen_localize.transport import Transport

LIST = "/v3/video-translations"
BULK = f"{LIST}/statuses"
ONE = LIST + "/{video_translation_id}"
INTERVAL = 10.0
AT_FIRST = Moment(now=0, last=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def account(tmp_path: Path, clock: FakeClock) -> Iterator[Sandbox]:
    settings = SandboxSettings(state=tmp_path / "sandbox", render_seconds=100, max_jobs=None)
    with Sandbox(settings, clock) as sandbox:
        yield sandbox


@pytest.fixture
def client(account: Sandbox) -> Iterator[Client]:
    with ExitStack() as stack:
        way = Transport(Connection(account.base_url, account.api_key, "a test", 0), backoff=0)
        yield Client(stack.enter_context(closing(way)))


@pytest.fixture
def poller(client: Client, clock: FakeClock) -> Poller:
    return Poller(client, clock, INTERVAL, random=random.Random(1))


@pytest.fixture
def follow(account: Sandbox, poller: Poller) -> Callable[[int], list[str]]:
    """Make so many jobs and follow them."""

    def some(number: int) -> list[str]:
        ids = [account.add_foreign_job() for _ in range(number)]
        for name in ids:
            poller.follow(name)
        return ids

    return some


def reads(account: Sandbox) -> Counter[str]:
    return Counter(note.route for note in account.requests())


# Pace


def test_the_first_look_is_an_interval_after_the_first_job(
    poller: Poller, clock: FakeClock
) -> None:
    assert poller.next_at == INTERVAL
    clock.sleep(100)
    poller.follow("tr_1-es")
    assert poller.next_at == 100 + INTERVAL
    clock.sleep(4)
    poller.follow("tr_2-es")
    assert poller.next_at == 100 + INTERVAL


def test_the_pause_grows_to_six_times_with_jitter(poller: Poller, clock: FakeClock) -> None:
    pauses = []
    for _ in range(40):
        poller.poll(watch_others=False)
        pauses.append(poller.next_at - clock.monotonic())
        clock.sleep(pauses[-1])
    for turn, pause in enumerate(pauses, 1):
        middle = min(INTERVAL * 1.5**turn, INTERVAL * 6)
        assert 0.9 * middle <= pause <= 1.1 * middle
    assert max(pauses[10:]) > INTERVAL * 6.2
    assert min(pauses[10:]) < INTERVAL * 5.8


def test_the_pace_begins_anew_after_a_time_without_jobs(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    follow(1)
    for _ in range(10):
        clock.sleep(60)
        poller.poll(watch_others=False)
    assert poller.waiting == ()
    follow(1)
    assert poller.next_at == clock.monotonic() + INTERVAL
    poller.poll(watch_others=False)
    assert poller.next_at <= clock.monotonic() + INTERVAL * 1.5 * 1.1


# States


def test_a_job_is_told_once_as_running_and_once_as_ended(
    poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    (name,) = follow(1)
    assert poller.poll(watch_others=False).running == ()
    clock.sleep(30)
    assert poller.poll(watch_others=False).running == (name,)
    clock.sleep(10)
    assert poller.poll(watch_others=False).running == ()
    assert poller.places_held == 1
    clock.sleep(70)
    polled = poller.poll(watch_others=False)
    assert (polled.running, polled.lost, polled.failure) == ((), (), None)
    assert [(job.id, job.status) for job in polled.ended] == [(name, JobStatus.COMPLETED)]
    assert polled.ended[0].outputs.reachable
    assert (poller.waiting, poller.places_held) == ((), 0)


def test_a_job_that_failed_is_told_with_the_vendors_words(
    account: Sandbox, poller: Poller, follow: Callable[[int], list[str]]
) -> None:
    names = follow(2)
    account.fail_job(names[1], "No sound in it")
    polled = poller.poll(watch_others=False)
    assert [(job.id, job.failure_message) for job in polled.ended] == [(names[1], "No sound in it")]
    assert poller.waiting == (names[0],)


def test_a_hundred_ids_are_asked_for_in_one_call(
    account: Sandbox, poller: Poller, follow: Callable[[int], list[str]]
) -> None:
    follow(190)
    poller.others |= {account.add_foreign_job() for _ in range(15)}
    poller.poll(watch_others=False)
    assert reads(account) == {BULK: 2}
    poller.poll(watch_others=True)
    assert reads(account) == {BULK: 5}


@pytest.mark.parametrize(
    ("number", "calls"), [(1, {BULK: 1, ONE: 1}), (4, {BULK: 1, ONE: 4}), (5, {BULK: 1, LIST: 1})]
)
def test_few_ends_are_read_one_by_one_and_many_through_the_list(
    account: Sandbox,
    poller: Poller,
    clock: FakeClock,
    follow: Callable[[int], list[str]],
    number: int,
    calls: dict[str, int],
) -> None:
    ids = follow(number)
    clock.sleep(100)
    assert {job.id for job in poller.poll(watch_others=False).ended} == set(ids)
    assert reads(account) == calls


def test_what_the_list_lacks_is_read_by_itself(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    ids = follow(5)
    clock.sleep(100)
    account.set_faults("list_lag=1:1000 on GET")
    assert {job.id for job in poller.poll(watch_others=False).ended} == set(ids)
    assert reads(account) == {BULK: 1, LIST: 1, ONE: 5}


def test_a_completed_job_waits_for_its_links_but_not_for_ever(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    (name,) = follow(1)
    clock.sleep(100)
    account.set_faults(f"no_video_url=1:30 on GET {LIST}/*")
    assert poller.poll(watch_others=False).ended == ()
    assert poller.places_held == 0
    assert poller.waiting == (name,)
    clock.sleep(31)
    assert [job.outputs.reachable for job in poller.poll(watch_others=False).ended] == [True]

    (other,) = follow(1)
    clock.sleep(100)
    account.set_faults(f"no_video_url=1:9999 on GET {LIST}/*")
    for wait, ended in ((0, 0), (119, 0), (1, 1)):
        clock.sleep(wait)
        polled = poller.poll(watch_others=False)
        assert len(polled.ended) == ended
    assert polled.ended[0].id == other
    assert not polled.ended[0].outputs.reachable


def test_a_job_adopted_without_links_is_read_from_the_first_moment(
    account: Sandbox, client: Client, clock: FakeClock
) -> None:
    name = account.add_foreign_job()
    account.advance(100)
    poller = Poller(client, clock, INTERVAL)
    poller.follow(name, JobStatus.COMPLETED)
    assert poller.places_held == 0
    assert [job.id for job in poller.poll(watch_others=False).ended] == [name]
    assert reads(account) == {ONE: 1}


def test_endpoints_that_disagree_are_asked_again(
    poller: Poller,
    clock: FakeClock,
    follow: Callable[[int], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (name,) = follow(1)
    clock.sleep(100)
    with monkeypatch.context() as patch:
        patch.setattr(Client, "job", lambda _, name: Job(name, JobStatus.RUNNING))
        assert poller.poll(watch_others=False).ended == ()
    assert [job.id for job in poller.poll(watch_others=False).ended] == [name]


# Others' jobs


def test_the_places_of_others_come_free_as_their_jobs_end(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    first, second, third = (account.add_foreign_job() for _ in range(3))
    poller.others |= {first, second, third}
    follow(2)
    assert poller.places_held == 5
    poller.poll(watch_others=True)
    assert poller.places_held == 5
    account.delete_job(first)
    account.fail_job(second, "no")
    poller.poll(watch_others=False)
    assert poller.places_held == 5
    poller.poll(watch_others=True)
    assert (poller.places_held, poller.others) == (3, {third})
    clock.sleep(100)
    poller.poll(watch_others=True)
    assert (poller.places_held, poller.others) == (0, set())


# Lost jobs


def test_a_new_job_is_not_lost_before_five_minutes(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    clock.sleep(50)
    (name,) = follow(1)
    account.set_faults(f"get_lag=1:10000 on GET {LIST}/*")
    for wait in (0, 299.5):
        clock.sleep(wait)
        polled = poller.poll(watch_others=False)
        assert (polled.lost, poller.waiting) == ((), (name,))
    clock.sleep(0.5)
    assert poller.poll(watch_others=False).lost == (name,)
    assert (poller.waiting, poller.places_held) == ((), 0)


def test_a_job_that_the_answer_leaves_out_is_not_lost(
    poller: Poller,
    clock: FakeClock,
    follow: Callable[[int], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (name,) = follow(1)
    clock.sleep(1000)
    monkeypatch.setattr(Client, "statuses", lambda *_: {})
    assert poller.poll(watch_others=False).lost == ()
    assert poller.waiting == (name,)


def test_a_job_deleted_between_its_end_and_its_reading_is_lost(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    (name,) = follow(1)
    clock.sleep(100)
    account.set_faults(f"no_video_url=1:9999 on GET {LIST}/*")
    assert poller.poll(watch_others=False).ended == ()
    account.delete_job(name)
    assert poller.poll(watch_others=False).lost == ()
    clock.sleep(300)
    polled = poller.poll(watch_others=False)
    assert (polled.lost, polled.ended) == ((name,), ())
    assert poller.waiting == ()


# Failures


def test_a_call_that_fails_is_told_and_ends_nothing(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    ids = follow(2)
    account.set_faults("html_502=1 on GET times 1")
    polled = poller.poll(watch_others=False)
    assert polled.failure is not None
    assert "502" in str(polled.failure)
    assert poller.waiting == tuple(ids)
    clock.sleep(100)
    assert len(poller.poll(watch_others=False).ended) == 2


def test_what_was_read_before_a_call_failed_is_not_lost(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    ids = follow(3)
    clock.sleep(100)
    account.set_faults(f"cut_body=1 on GET {LIST}/tr_* after 1 times 1")
    first = poller.poll(watch_others=False)
    assert first.failure is not None
    assert [job.id for job in first.ended] == ids[:1]
    assert poller.waiting == tuple(ids[1:])
    second = poller.poll(watch_others=False)
    assert [job.id for job in second.ended] == ids[1:]


def test_states_are_kept_where_the_reading_after_them_fails(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    old, gone = follow(2)
    account.delete_job(gone)
    clock.sleep(300)
    (young,) = follow(1)
    clock.sleep(50)
    account.set_faults(f"html_502=1 on GET {LIST}/tr_*")
    polled = poller.poll(watch_others=False)
    assert polled.failure is not None
    assert (polled.lost, polled.running, polled.ended) == ((gone,), (young,), ())
    assert poller.waiting == (old, young)


def test_ten_minutes_of_silence_end_the_wait(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    follow(1)
    clock.sleep(20)
    poller.poll(watch_others=False)
    account.set_faults("http_500_before=1 on GET")
    for wait in (0, 590, 10):
        clock.sleep(wait)
        assert poller.poll(watch_others=False).failure is not None
    clock.sleep(1)
    with pytest.raises(ApiFailure) as caught:
        poller.poll(watch_others=False)
    assert caught.value.status == 500


def test_reading_that_never_comes_through_ends_the_wait_too(
    account: Sandbox, poller: Poller, clock: FakeClock, follow: Callable[[int], list[str]]
) -> None:
    follow(1)
    clock.sleep(100)
    account.set_faults(f"html_502=1 on GET {LIST}/tr_*")
    assert poller.poll(watch_others=False).failure is not None
    clock.sleep(601)
    with pytest.raises(ApiFailure):
        poller.poll(watch_others=False)


@pytest.mark.parametrize("path", [f"{LIST}/statuses", f"{LIST}/tr_*"])
def test_a_refused_key_ends_the_wait_at_once(
    account: Sandbox,
    poller: Poller,
    clock: FakeClock,
    follow: Callable[[int], list[str]],
    path: str,
) -> None:
    follow(1)
    clock.sleep(100)
    account.set_faults(f"unauthorized=1 on GET {path}")
    with pytest.raises(AccountRefused):
        poller.poll(watch_others=False)


# Ordering


@pytest.fixture
def order(workspace: Workspace) -> Callable[..., Submission]:
    """Give the order of one target, at the start of its history or after a failed job."""

    def make(*failed: Job) -> Submission:
        workspace.write_videos("intro", languages=("fr-FR",))
        manifest, _ = load(workspace.manifest)
        mark = str(manifest.targets[0].mark)
        jobs = tuple(
            Job(job.id, JobStatus.FAILED, callback_id=mark, created_at=job.created_at)
            for job in failed
        )
        plan = reconcile(manifest.targets, Lock("test"), Listing(jobs), 0)
        return Submission.of(plan.costly[0])

    return make


def test_what_is_not_in_the_manifest_cannot_be_ordered() -> None:
    with pytest.raises(ValueError, match="old/ja"):
        Submission.of(Action("old/ja", ActionKind.ORPHAN, Reason.NOT_IN_MANIFEST))


def test_machines_without_memory_get_one_job(
    account: Sandbox, client: Client, order: Callable[..., Submission]
) -> None:
    outcomes = {Submitter(client, frozenset()).submit(order(), AT_FIRST) for _ in range(3)}
    assert outcomes == {Ordered(account.jobs()[0].id)}
    assert len(account.jobs()) == 1


def test_a_dead_answer_leads_on_to_the_next_key(
    account: Sandbox, client: Client, order: Callable[..., Submission]
) -> None:
    first, second, third = "", "", ""
    for dead in ((), (1,), (1, 2)):
        known = {name for place, name in ((1, first), (2, second)) if place in dead}
        outcomes = {Submitter(client, known).submit(order(), AT_FIRST) for _ in range(2)}
        assert len(outcomes) == 1
        (outcome,) = outcomes
        assert isinstance(outcome, Ordered)
        first, second, third = (
            first or outcome.translation_id,
            second if not dead else second or outcome.translation_id,
            outcome.translation_id,
        )
    assert len({first, second, third}) == 3
    assert [job.id for job in account.jobs()] == [first, second, third]
    failed = order(Job(second, JobStatus.FAILED))
    assert Submitter(client, {first, second}).submit(failed, AT_FIRST) == Ordered(third)


class Vendor(Client):
    """Gives the answers it is told, and notes the keys."""

    def __init__(self, *answers: str | ApiFailure) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []

    def create(self, body: Any, key: str) -> str:
        self.keys.append(key)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ApiFailure):
            raise answer
        return answer


def submit(
    vendor: Vendor,
    submission: Submission,
    dead: tuple[str, ...] = (),
    moment: Moment = AT_FIRST,
) -> Outcome:
    return Submitter(vendor, dead, random.Random(1)).submit(submission, moment)


def test_a_dead_job_that_comes_under_every_key_ends_the_chain(
    order: Callable[..., Submission],
) -> None:
    vendor = Vendor("tr_1-fr")
    assert submit(vendor, order(), ("tr_1-fr",)) == Ordered("tr_1-fr")
    assert len(vendor.keys) == 2


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_a_refusal_counts_when_it_comes_under_the_requests_own_key(
    order: Callable[..., Submission], status: int
) -> None:
    vendor = Vendor(ApiFailure("No.", status=status, code="invalid_parameter"))
    outcome = submit(vendor, order())
    assert isinstance(outcome, Refused)
    assert (outcome.problem.code, outcome.problem.message) == ("invalid_parameter", "No.")
    plain, own = vendor.keys
    assert plain.endswith(":0")
    assert own.startswith(plain[:-1] + "b")
    assert len(own) == len(plain) + 16


def test_a_kept_refusal_of_an_older_request_is_got_around(
    order: Callable[..., Submission],
) -> None:
    vendor = Vendor(ApiFailure("No.", status=400), "tr_1-fr")
    assert submit(vendor, order()) == Ordered("tr_1-fr")


def test_after_a_dead_answer_the_plain_key_leads_on(order: Callable[..., Submission]) -> None:
    vendor = Vendor(ApiFailure("No.", status=400), "tr_1-fr", "tr_2-fr")
    assert submit(vendor, order(), ("tr_1-fr",)) == Ordered("tr_2-fr")
    assert [key.rpartition(":")[2][0] for key in vendor.keys] == ["0", "b", "0"]
    assert vendor.keys[0] != vendor.keys[2]


@pytest.mark.parametrize(("asked", "seconds"), [(None, 5), (0, 1), (7, 7), (86400, 60)])
def test_a_full_account_is_asked_again_while_jobs_run(
    order: Callable[..., Submission], asked: float | None, seconds: float
) -> None:
    failure = ApiFailure("Full.", status=429, code="rate_limit_exceeded", retry_after=asked)
    submission = order()
    vendor = Vendor(failure)
    for now in range(0, 86_400, 600):
        moment = Moment(now, last=False, held=1)
        assert submit(vendor, submission, moment=moment) == Later(seconds, True, failure)
    assert len(set(vendor.keys)) == 1
    assert submit(vendor, submission, moment=Moment(86_400, False)) == Stop(failure)


def test_an_account_that_nobody_fills_is_not_waited_for_without_end(
    order: Callable[..., Submission],
) -> None:
    failure = ApiFailure("Full.", status=429, code="rate_limit_exceeded")
    submission, vendor = order(), Vendor(failure)
    for now in (7, 306.9):
        moment = Moment(now, last=True)
        assert submit(vendor, submission, moment=moment) == Later(5, True, failure)
    assert submit(vendor, submission, moment=Moment(307, True)) == Stop(failure)


@pytest.mark.parametrize("status", [None, 409, 500, 502, 302])
@pytest.mark.parametrize("held", [0, 1])
def test_an_unclear_answer_is_asked_for_again_under_the_same_key_for_five_minutes(
    order: Callable[..., Submission], status: int | None, held: int
) -> None:
    failure = ApiFailure("Hm.", status=status)
    vendor = Vendor(failure)
    submission = order()
    for turn, now in enumerate((20, 21, 25, 100, 200, 319.9), 1):
        outcome = submit(vendor, submission, moment=Moment(now, False, held))
        assert isinstance(outcome, Later)
        assert not outcome.full
        assert outcome.seconds == 5 if status == 409 else 0 <= outcome.seconds <= 2**turn
    at_last = submit(vendor, submission, moment=Moment(320, False, held))
    # Who orders the same may have got the job: only a listing can tell.
    assert at_last == (Doubtful(0, False, failure) if status == 409 else Stop(failure))
    assert len(vendor.keys) == 7
    assert len(set(vendor.keys)) == 1


def test_patience_counts_from_the_last_answer_to_any_order(
    order: Callable[..., Submission],
) -> None:
    failure = ApiFailure("Hm.", status=500)
    vendor = Vendor(failure, "tr_1-fr", failure)
    submitter = Submitter(vendor, (), random.Random(1))
    waiting = order()
    assert isinstance(submitter.submit(waiting, Moment(0, False, False)), Later)
    assert submitter.submit(order(), Moment(250, False, False)) == Ordered("tr_1-fr")
    assert isinstance(submitter.submit(waiting, Moment(549, False, False)), Later)
    assert submitter.submit(waiting, Moment(550, False, False)) == Stop(failure)


@pytest.mark.parametrize(("status", "wait"), [(429, 0), (402, 0), (409, None), (500, 60)])
def test_a_refusal_looks_kept_when_it_comes_four_times_and_others_succeed(
    order: Callable[..., Submission], status: int, wait: float | None
) -> None:
    failure = ApiFailure("No.", status=status)
    vendor = Vendor(failure)
    submitter = Submitter(vendor, (), random.Random(1))
    submitter.saw(1)
    moment = Moment(0, last=False)
    submission = order()
    for _ in range(6):  # however often: nobody else succeeded
        assert isinstance(submitter.submit(submission, moment), Later)
    vendor.answers = ["tr_1-fr"]
    submitter.submit(order(), moment)
    vendor.answers = [failure]
    outcome = submitter.submit(submission, moment)
    if wait is None:
        assert isinstance(outcome, Later)
    else:
        assert outcome == Doubtful(wait, True, failure)


def test_a_full_account_is_no_kept_refusal(order: Callable[..., Submission]) -> None:
    failure = ApiFailure("Full.", status=429)
    vendor = Vendor("tr_1-fr")
    submitter = Submitter(vendor, (), random.Random(1))
    submitter.saw(3)
    submission = order()
    for turn in range(20):
        for answers, item in (([failure], submission), (["tr_1-fr"], order())):
            vendor.answers = list(answers)
            told = submitter.submit(item, Moment(turn, last=False, held=3))
            assert isinstance(told, Later if item is submission else Ordered)
    vendor.answers = [failure]
    roomy = Moment(21, last=False, held=2)
    assert submitter.submit(submission, roomy) == Doubtful(0, True, failure)


def test_refusals_of_another_kind_are_counted_anew(order: Callable[..., Submission]) -> None:
    first, second = ApiFailure("No.", status=500), ApiFailure("No.", status=503)
    vendor = Vendor(first)
    submitter = Submitter(vendor, (), random.Random(1))
    moment = Moment(0, last=False)
    submission = order()
    for failures in ((first, first, first), ("tr_1-fr",), (second, second, second)):
        for answer in failures:
            vendor.answers = [answer]
            told = submitter.submit(order() if answer == "tr_1-fr" else submission, moment)
            assert not isinstance(told, Doubtful)


def test_the_wait_that_the_vendor_asks_for_outranks_ours(order: Callable[..., Submission]) -> None:
    outcome = submit(Vendor(ApiFailure("Hm.", status=503, retry_after=33)), order())
    assert isinstance(outcome, Later)
    assert outcome.seconds == 33


@pytest.mark.parametrize(
    ("status", "code"), [(402, "insufficient_credit"), (429, "quota_exceeded")]
)
def test_no_money_stops_the_orders(
    order: Callable[..., Submission], status: int, code: str
) -> None:
    failure = ApiFailure("No.", status=status, code=code)
    assert submit(Vendor(failure), order()) == Stop(failure)


def test_a_used_up_quota_is_believed_at_once(order: Callable[..., Submission]) -> None:
    failure = ApiFailure("No.", status=429, code="quota_exceeded")
    moment = Moment(0, last=False)
    assert submit(Vendor(failure), order(), moment=moment) == Stop(failure)


def test_an_empty_wallet_is_believed_when_a_second_order_says_so(
    order: Callable[..., Submission],
) -> None:
    failure = ApiFailure("No.", status=402)
    submitter = Submitter(Vendor(failure), (), random.Random(1))
    moment = Moment(0, last=False)
    first, second = order(), order()
    second.action = replace(second.action, address="another/fr-FR")
    for _ in range(3):
        assert submitter.submit(first, moment) == Later(5, False, failure)
    assert submitter.submit(second, moment) == Stop(failure)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_raised(order: Callable[..., Submission], status: int) -> None:
    with pytest.raises(AccountRefused):
        submit(Vendor(AccountRefused("No.", status=status, from_vendor=True)), order())
