"""Webhooks: endpoints, events, deliveries that are signed, and callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from contract_check import check_answer
from receiver import Receiver, receiving, wait_for
from sandbox_caller import PROOFREAD_SECONDS, RENDER_SECONDS, TRANSLATIONS, Caller, Clock

from heygen_localize.sandbox import Sandbox

ENDPOINTS = "/v3/webhooks/endpoints"
EVENTS = "/v3/webhooks/events"
DAY = 24 * 3600


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def _register(caller: Caller, url: str, **options: Any) -> dict[str, Any]:
    answer = caller("POST", ENDPOINTS, json={"url": url, **options})
    data: dict[str, Any] = check_answer(answer, 200)["data"]
    return data


def _events(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = check_answer(caller("GET", EVENTS, params=query), 200)["data"]
    return data


def tries_noted(sandbox: Sandbox) -> int:
    """Return how often the first delivery was tried, as the sandbox has noted it.

    What a receiver has got is noted a moment later: a clock that moves on in between moves the
    next try too.
    """
    deliveries = sandbox.deliveries()
    return deliveries[0].attempts if deliveries else 0


def test_endpoints_are_registered_changed_and_deleted(caller: Caller) -> None:
    url = "https://hooks.example.com/a"
    made = _register(caller, url, events=["video_translate.success"])
    one = f"{ENDPOINTS}/{made['endpoint_id']}"
    assert (made["status"], made["events"]) == ("enabled", ["video_translate.success"])
    assert (
        check_answer(caller("POST", ENDPOINTS, json={"url": url}), 409)["error"]["code"]
        == "conflict"
    )
    (listed,) = check_answer(caller("GET", ENDPOINTS), 200)["data"]
    assert (listed["endpoint_id"], listed["secret"]) == (made["endpoint_id"], None)
    changed = check_answer(caller("PATCH", one, json={"events": ["batch.finished"]}), 200)["data"]
    assert (changed["events"], changed["url"], changed["secret"]) == (["batch.finished"], url, None)
    assert check_answer(caller("PATCH", one, json={"events": None}), 200)["data"]["events"] is None
    check_answer(caller("PATCH", one, json={}), 400)
    _register(caller, url + "b")
    check_answer(caller("PATCH", one, json={"url": url + "b"}), 409)
    rotated = check_answer(caller("POST", f"{one}/rotate-secret"), 200)["data"]
    assert rotated["secret"] not in (None, made["secret"])
    check_answer(caller("DELETE", one), 200)
    for method, path, body in (
        ("DELETE", one, None),
        ("PATCH", one, {"url": url}),
        ("POST", f"{one}/rotate-secret", None),
    ):
        error = check_answer(caller(method, path, json=body), 404)["error"]
        assert error["code"] == "webhook_not_found"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "hooks"},
        {"url": "http://hooks.example.com/"},
        {"url": "https://hooks.example.com/", "events": ["video_translate"]},
        {"url": "https://hooks.example.com/", "secret": "mine"},
    ],
    ids=str,
)
def test_endpoints_that_will_not_do_are_refused(caller: Caller, body: dict[str, Any]) -> None:
    check_answer(caller("POST", ENDPOINTS, json=body), 400)
    assert caller("GET", ENDPOINTS).json()["data"] == []


def test_the_words_of_events_are_listed(caller: Caller) -> None:
    listed = check_answer(caller("GET", "/v3/webhooks/event-types"), 200)["data"]
    words = [item["event_type"] for item in listed]
    assert {"video_translate.success", "batch.finished", "podcast.fail"} <= set(words)
    assert len(words) == 34


def test_what_ends_is_delivered_and_signed(
    caller: Caller, receiver: Receiver, clock: Clock
) -> None:
    secret = _register(caller, receiver.url())["secret"]
    good = caller.create("French", callback_id="mine")
    bad = caller.create("German")
    caller.sandbox.fail_job(bad, "Somebody stopped it")
    clock.now += RENDER_SECONDS
    wait_for(lambda: len(receiver.received) == 2)
    failed, done = receiver.received
    assert done.event["event_type"] == "video_translate.success"
    data = done.event["event_data"]
    assert (data["video_translate_id"], data["callback_id"], data["output_language"]) == (
        good,
        "mine",
        "French",
    )
    assert caller.file(data["url"]).status_code == 200
    assert failed.event == {
        "event_type": "video_translate.fail",
        "event_data": {
            "video_translate_id": bad,
            "message": "Somebody stopped it",
            "callback_id": None,
            "output_language": "German",
        },
    }
    for received in receiver.received:
        assert received.signed_with(secret)
        assert not received.signed_with("another")
        assert abs(int(received.headers["heygen-timestamp"]) - clock.now) < 10
    assert failed.headers["heygen-event-id"] != done.headers["heygen-event-id"]
    assert [event["event_type"] for event in _events(caller)] == receiver.types()[::-1]


def test_a_rotated_secret_signs_at_once(caller: Caller, receiver: Receiver, clock: Clock) -> None:
    made = _register(caller, receiver.url())
    answer = caller("POST", f"{ENDPOINTS}/{made['endpoint_id']}/rotate-secret")
    caller.create()
    clock.now += RENDER_SECONDS
    wait_for(lambda: receiver.received)
    assert receiver.received[0].signed_with(answer.json()["data"]["secret"])
    assert not receiver.received[0].signed_with(made["secret"])


def test_an_endpoint_hears_only_what_it_wants(
    caller: Caller, receiver: Receiver, clock: Clock
) -> None:
    one, other = caller.create("French"), caller.create("German")
    _register(caller, receiver.url("/fail"), events=["video_translate.fail"])
    _register(caller, receiver.url("/one"), entity_id=one)
    caller.sandbox.fail_job(other, "Stopped")
    clock.now += RENDER_SECONDS
    wait_for(lambda: len(receiver.received) == 2)
    told = {
        received.path: received.event["event_data"]["video_translate_id"]
        for received in receiver.received
    }
    assert told == {"/fail": other, "/one": one}
    assert len(_events(caller, event_type="video_translate.fail")) == 1
    assert [
        event["event_data"]["video_translate_id"] for event in _events(caller, entity_id=one)
    ] == [one]
    check_answer(caller("GET", EVENTS, params={"event_type": "x"}), 400)


def test_a_delivery_is_repeated_until_it_is_taken(
    caller: Caller, receiver: Receiver, clock: Clock
) -> None:
    receiver.statuses = [500, 404, 204]
    _register(caller, receiver.url())
    caller.create()
    clock.now += RENDER_SECONDS
    for tries in (1, 2, 3):
        wait_for(lambda tries=tries: tries_noted(caller.sandbox) == tries)
        clock.now += 60
    (delivery,) = caller.sandbox.deliveries()
    assert (delivery.done, delivery.status) == (True, 204)
    ids = {received.headers["heygen-event-id"] for received in receiver.received}
    assert (len(receiver.received), len(ids)) == (3, 1)


def test_a_delivery_is_given_up_after_a_day(
    caller: Caller, receiver: Receiver, clock: Clock
) -> None:
    receiver.statuses = [503]
    _register(caller, receiver.url())
    caller.create()
    clock.now += RENDER_SECONDS
    wait_for(lambda: tries_noted(caller.sandbox))
    clock.now += DAY + 1
    wait_for(lambda: caller.sandbox.deliveries()[0].done)
    assert caller.sandbox.deliveries()[0].status == 503


def test_a_callback_is_called_once_for_its_job(
    caller: Caller, receiver: Receiver, clock: Clock
) -> None:
    job = caller.create(callback_url=receiver.url("/mine?a=1"), callback_id="m")
    caller.create("German")
    clock.now += RENDER_SECONDS
    wait_for(lambda: receiver.received)
    wait_for(lambda: caller.sandbox.deliveries()[0].done)
    (received,) = receiver.received
    assert received.path == "/mine?a=1"
    assert received.event["event_data"]["video_translate_id"] == job
    # Nobody has a secret to check it by.
    assert "heygen-signature" not in received.headers


def test_the_callback_of_a_generated_job_is_called(
    caller: Caller, receiver: Receiver, clock: Clock
) -> None:
    session = caller.proofread()
    clock.now += PROOFREAD_SECONDS
    caller.generate(session, callback_url=receiver.url())
    clock.now += RENDER_SECONDS
    wait_for(lambda: receiver.types() == ["video_translate.success"])


def test_sessions_and_lipsyncs_are_told_of(
    caller: Caller, receiver: Receiver, clock: Clock
) -> None:
    _register(caller, receiver.url())
    session = caller.proofread()
    source = {"type": "url", "url": "https://cdn.example.com/a"}
    caller("POST", "/v3/lipsyncs", json={"video": source, "audio": source})
    clock.now += RENDER_SECONDS
    wait_for(lambda: len(receiver.received) == 2)
    assert receiver.types() == ["proofread_creation.success", "lipsync.success"]
    assert receiver.received[0].event["event_data"]["proofread_id"] == session


def test_a_batch_is_told_once_when_all_has_ended(
    start: Callable[..., Caller], receiver: Receiver, clock: Clock
) -> None:
    caller = start(max_jobs=1)
    _register(caller, receiver.url("/all"), events=["batch.finished"])
    nowhere = {"type": "url", "url": "https://nowhere.invalid/a.mp4"}
    body = {
        "video_translations": [caller.order("Spanish", "French"), caller.order(video=nowhere)],
        "callback_url": receiver.url("/mine"),
    }
    batch_id = caller("POST", f"{TRANSLATIONS}/batches", json=body).json()["data"]["batch_id"]
    clock.now += RENDER_SECONDS + 1
    assert (
        caller("GET", f"{TRANSLATIONS}/batches/{batch_id}").json()["data"]["status"] == "processing"
    )
    assert receiver.received == []
    clock.now += 3 * RENDER_SECONDS
    wait_for(lambda: len(receiver.received) == 2)
    assert {received.path for received in receiver.received} == {"/all", "/mine"}
    data = receiver.received[0].event["event_data"]
    assert (data["batch_id"], data["counts_by_status"]) == (batch_id, {"completed": 2, "failed": 1})
    wait_for(lambda: all(delivery.done for delivery in caller.sandbox.deliveries()))
    assert len(receiver.received) == 2


def test_nothing_leaves_this_machine(caller: Caller, clock: Clock) -> None:
    _register(caller, "https://hooks.example.com/a")
    caller.create(callback_url="https://192.0.2.1/hooks")
    clock.now += RENDER_SECONDS
    wait_for(lambda: len(caller.sandbox.deliveries()) == 2)
    assert [(item.done, item.attempts) for item in caller.sandbox.deliveries()] == [(True, 0)] * 2
    assert len(_events(caller)) == 1


def test_what_ended_before_is_not_told(caller: Caller, receiver: Receiver, clock: Clock) -> None:
    caller.create()
    clock.now += RENDER_SECONDS + 5
    _register(caller, receiver.url())
    job = caller.create("French")
    clock.now += RENDER_SECONDS
    wait_for(lambda: receiver.received)
    assert [event["event_data"]["video_translate_id"] for event in _events(caller)] == [job]


def test_what_was_under_way_is_told_after_a_restart(
    start: Callable[..., Caller], receiver: Receiver, clock: Clock
) -> None:
    caller = start()
    caller.create(callback_url=receiver.url())
    caller.sandbox.close()
    clock.now += RENDER_SECONDS
    start()
    wait_for(lambda: receiver.types() == ["video_translate.success"])


def test_a_slow_receiver_holds_up_no_close(caller: Caller, clock: Clock) -> None:
    from stand_in import hanging

    with hanging() as base:
        caller.create(callback_url=f"{base}/hooks")
        clock.now += RENDER_SECONDS
        wait_for(lambda: caller.sandbox.deliveries())
        caller.sandbox.close()


def test_a_deleted_endpoint_is_not_called_any_more(
    caller: Caller, sandbox: Sandbox, receiver: Receiver, clock: Clock
) -> None:
    receiver.statuses = [500]
    made = _register(caller, receiver.url())
    caller.create()
    clock.now += RENDER_SECONDS
    wait_for(lambda: tries_noted(sandbox))
    caller("DELETE", f"{ENDPOINTS}/{made['endpoint_id']}")
    clock.now += 60
    wait_for(lambda: sandbox.deliveries()[0].done)
    assert len(receiver.received) == 1


def test_what_ended_since_the_last_look_is_still_to_be_told(
    caller: Caller, sandbox: Sandbox, clock: Clock
) -> None:
    account = sandbox._account
    _register(caller, "https://hooks.example.com/a")
    account.delivery_worker.close()
    assert not account.outbox.busy()
    caller.create()
    account.delivery_worker.collect()
    # It ends after the look, and before anybody asks whether to look again.
    clock.now += RENDER_SECONDS
    assert account.outbox.busy()
    account.delivery_worker.collect()
    assert not account.outbox.busy()
