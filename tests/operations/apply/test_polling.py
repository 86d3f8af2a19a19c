"""Following jobs and ordering them, on a clock that only the test moves."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from fake_clock import FakeClock

from heygen_localize.core.model import Job, JobStatus
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.errors import AccountRefused, ApiError
from heygen_localize.heygen.transport import Transport
from heygen_localize.operations.apply.poller import Poller
from heygen_localize.sandbox import Sandbox, SandboxSettings

LIST = "/v3/video-translations"
BULK = f"{LIST}/statuses"
ONE = LIST + "/{video_translation_id}"
INTERVAL = 10.0


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
    return Poller(client, clock, INTERVAL, jitter=random.Random(1))


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
    with pytest.raises(ApiError) as caught:
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
    with pytest.raises(ApiError):
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
