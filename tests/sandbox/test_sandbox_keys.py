"""Idempotency keys: one job for one key, whatever happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sandbox_caller import Caller, Clock

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.http.idempotency import KEPT_SECONDS


def test_the_same_key_gives_the_first_answer_even_for_another_body(caller: Caller) -> None:
    first = caller.post("Spanish", key="k:1")
    again = caller.post("French", "German", key="k:1")
    assert again.content == first.content
    assert again.headers["Content-Type"] == "application/json"
    assert len(caller.sandbox.jobs()) == 1
    assert caller.create(key="k:2") != caller.create()


def test_a_key_is_forgotten_after_a_day(caller: Caller, sandbox: Sandbox) -> None:
    first = caller.create(key="k")
    sandbox.advance(KEPT_SECONDS - 1)
    assert caller.create(key="k") == first
    sandbox.advance(1)
    second = caller.create(key="k")
    assert second != first
    assert caller.create(key="k") == second


@pytest.mark.parametrize("key", ["", "a b", "a/b", "x" * 256, "é".encode().decode("latin-1")])
def test_a_key_of_the_wrong_form_is_refused(caller: Caller, key: str) -> None:
    answer = caller.post(key=key)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "Idempotency-Key"
    assert caller.sandbox.jobs() == []


def test_a_key_of_the_longest_form_will_do(caller: Caller) -> None:
    caller.create(key="lz1:a-b_c." + "x" * 245)


def test_the_key_counts_on_posts_only(caller: Caller) -> None:
    caller.create(key="k")
    assert "data" in caller("GET", headers={"Idempotency-Key": "k"}).json()


def test_a_refusal_of_its_own_is_not_kept(caller: Caller, sandbox: Sandbox) -> None:
    assert caller.post("Klingon", key="k").status_code == 400
    for _ in range(10):
        caller.create()
    assert caller.post(key="k").status_code == 429
    sandbox.advance(100)
    assert caller.post(key="k").status_code == 200


def test_two_posts_at_once_make_one_job(caller: Caller, sandbox: Sandbox) -> None:
    for number in range(20):
        together = Barrier(4)

        def post(key: str, together: Barrier = together) -> int:
            together.wait()
            return caller.post(key=key).status_code

        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(post, [f"k{number}"] * 4))
        assert set(statuses) <= {200, 409}
        assert 200 in statuses
        assert len(sandbox.jobs()) == number + 1
        sandbox.advance(60)


def test_a_key_in_flight_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.set_faults("slow=1:0.4 on POST times 1")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(caller.post, key="k")
        while not sandbox.requests():
            pass
        answer = caller.post(key="k")
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "request_in_progress"
        assert caller.post(key="other").status_code == 200
    assert caller.post(key="k").content == slow.result().content
    assert len(sandbox.jobs()) == 2


def test_keys_survive_a_restart(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    first = caller.create(key="k")
    sandbox.close()
    with Sandbox(sandbox.settings, clock) as restarted:
        assert Caller(restarted).create(key="k") == first
