"""Which job is the answer to an order that nobody heard one to."""

from __future__ import annotations

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Job, JobStatus, Listing
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.operations.apply.idempotency import OrderKey
from heygen_localize.planning.unanswered import found_orders

MARK = Mark.of("test", "0" * 64)
SENT = 1_800_000_000


def lost(previous: str | None, sent_at: float, day: str | None = None) -> Unanswered:
    key = str(OrderKey(MARK, previous, day))
    return Unanswered(key, MARK.digest, "alpha/ja", "job", sent_at, 10.0)


def job(name: str, made: int) -> Job:
    return Job(name, JobStatus.FAILED, str(MARK), created_at=made)


def found(orders: tuple[Unanswered, ...], *jobs: Job) -> dict[str, str]:
    return found_orders(orders, Listing(jobs), Lock("test"))


def test_the_job_that_an_order_comes_after_is_not_its_answer() -> None:
    first, second = lost(None, SENT), lost("one", SENT + 3)
    assert found((second,), job("one", SENT)) == {}
    assert found((first, second), job("one", SENT)) == {first.key: "one"}
    assert found((second,), job("zero", SENT - 9), job("one", SENT)) == {}


def test_each_of_two_orders_has_a_job_of_its_own() -> None:
    first, second, third = lost(None, SENT), lost("one", SENT + 1), lost("two", SENT + 2)
    jobs = job("two", SENT + 1), job("one", SENT), job("three", SENT + 2)
    wanted = {first.key: "one", second.key: "two", third.key: "three"}
    assert found((first, second, third), *jobs) == wanted
    at_once = (job("one", SENT), job("two", SENT), job("three", SENT))
    assert found((first, second, third), *at_once)[third.key] == "three"


def test_a_job_answers_every_key_of_its_point() -> None:
    order, on_a_day = lost(None, SENT), lost(None, SENT + 60, "2027-01-15")
    assert found((order, on_a_day), job("one", SENT + 60)) == {
        order.key: "one",
        on_a_day.key: "one",
    }


def test_a_job_of_long_before_is_of_no_order() -> None:
    assert found((lost(None, SENT),), job("one", SENT - 3600)) == {}
