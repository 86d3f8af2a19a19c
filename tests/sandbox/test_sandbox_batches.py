"""Batches: many orders in one call, each made and rendered on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_check import check_answer
from sandbox_caller import ASSETS, RENDER_SECONDS, TRANSLATIONS, Caller, Clock

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.account.jobs import most_at_once, room_since
from heygen_localize.sandbox.billing import Rates

BATCHES = f"{TRANSLATIONS}/batches"
NOWHERE = {"type": "url", "url": "https://nowhere.invalid/a.mp4"}


def _create(caller: Caller, *entries: dict[str, Any], **more: Any) -> str:
    body = {"video_translations": list(entries), **more}
    batch_id: str = check_answer(caller("POST", BATCHES, json=body), 202)["data"]["batch_id"]
    return batch_id


def _get(caller: Caller, batch_id: str, **query: Any) -> dict[str, Any]:
    answer = caller("GET", f"{BATCHES}/{batch_id}", params=query)
    data: dict[str, Any] = check_answer(answer, 200)["data"]
    return data


def _words(batch: dict[str, Any]) -> list[str]:
    return [item["status"] for item in batch["items"]]


def test_every_language_is_an_item_and_a_job(
    caller: Caller, sandbox: Sandbox, clock: Clock
) -> None:
    orders = [
        caller.order("Spanish", "French", title="One"),
        caller.order("German", mode="precision"),
    ]
    batch_id = _create(caller, *orders, title="Spring")
    batch = _get(caller, batch_id)
    assert (batch["title"], batch["status"], batch["total_items"]) == ("Spring", "processing", 3)
    assert [item["item_index"] for item in batch["items"]] == [0, 1, 2]
    ids = [item["video_id"] for item in batch["items"]]
    assert [caller.job(name)["output_language"] for name in ids] == ["Spanish", "French", "German"]
    assert [note.body["output_languages"] for note in sandbox.jobs()] == [
        ["Spanish"],
        ["French"],
        ["German"],
    ]
    clock.now += RENDER_SECONDS
    batch = _get(caller, batch_id)
    assert (batch["status"], batch["counts_by_status"]) == ("completed", {"completed": 3})
    assert all(caller.job(name)["video_url"] for name in ids)


def test_items_wait_for_room_and_are_not_in_the_list(
    start: Callable[..., Caller], clock: Clock
) -> None:
    caller = start(max_jobs=2)
    batch_id = _create(caller, caller.order("Spanish", "French", "German", "Italian", "Japanese"))
    batch = _get(caller, batch_id)
    assert _words(batch) == ["queued"] * 5
    assert [bool(item["video_id"]) for item in batch["items"]] == [True] * 2 + [False] * 3
    assert len(caller.listed_ids()) == 2
    assert caller.post("Spanish").status_code == 429
    clock.now += RENDER_SECONDS + 1
    assert _words(_get(caller, batch_id)) == ["completed"] * 2 + ["queued"] * 3
    # The next two began when there was room, though nobody looked then.
    clock.now += RENDER_SECONDS - 1
    assert _words(_get(caller, batch_id))[2:] == ["completed"] * 2 + ["queued"]
    clock.now += 100 * RENDER_SECONDS
    assert _get(caller, batch_id)["counts_by_status"] == {"completed": 5}
    assert caller.sandbox.peak_in_progress() == 2
    assert len(caller.listed_ids()) == 5


def test_items_are_queued_for_as_long_as_is_set(start: Callable[..., Caller], clock: Clock) -> None:
    caller = start(batch_seconds=30)
    batch_id = _create(caller, caller.order())
    assert _get(caller, batch_id)["items"] == [
        {"item_index": 0, "status": "queued", "video_id": None, "error": None}
    ]
    assert caller.listed_ids() == []
    clock.now += 30
    assert _get(caller, batch_id)["items"][0]["video_id"]


def test_one_bad_source_fails_its_item_alone(caller: Caller, clock: Clock) -> None:
    foreign = {"type": "asset_id", "asset_id": "theirs"}
    missing = {"type": "asset_id", "asset_id": "asset_" + "0" * 32}
    caller.sandbox.deny("theirs")
    orders = [caller.order(), *(caller.order(video=video) for video in (NOWHERE, foreign, missing))]
    batch_id = _create(caller, *orders)
    clock.now += RENDER_SECONDS
    batch = _get(caller, batch_id)
    assert _words(batch) == ["completed", "failed", "failed", "failed"]
    codes = [item["error"] and item["error"]["code"] for item in batch["items"]]
    assert codes == [None, "processing_failed", "resource_access_denied", "asset_not_found"]
    assert (batch["status"], batch["counts_by_status"]) == (
        "completed",
        {"completed": 1, "failed": 3},
    )
    assert _get(caller, _create(caller, caller.order(video=NOWHERE)))["status"] == "failed"


def test_money_that_runs_out_fails_what_is_left(start: Callable[..., Caller], clock: Clock) -> None:
    caller = start(balance=0.25, rates=Rates(speed=0.1), job_seconds=1.0, max_jobs=1)
    batch_id = _create(caller, caller.order("Spanish", "French", "German"))
    clock.now += 10 * RENDER_SECONDS
    batch = _get(caller, batch_id)
    assert batch["items"][2]["error"]["code"] == "insufficient_credit"
    assert _words(batch) == ["completed", "completed", "failed"]


def test_a_batch_has_pages_and_a_key(caller: Caller) -> None:
    body = {"video_translations": [caller.order("Spanish", "French", "German")]}
    made = [
        caller("POST", BATCHES, json=body, headers={"Idempotency-Key": "k"}).json() for _ in "ab"
    ]
    assert made[0] == made[1]
    batch_id = made[0]["data"]["batch_id"]
    first = _get(caller, batch_id, limit=2)
    assert (first["has_more"], first["total_items"], len(first["items"])) == (True, 3, 2)
    second = _get(caller, batch_id, limit=2, token=first["next_token"])
    assert ([item["item_index"] for item in second["items"]], second["has_more"]) == ([2], False)
    assert len(caller.sandbox.jobs()) == 3


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([], "minItems"),
        ([{}], "at 0:"),
        ([{"ok": 1}, None], "at 0, 1:"),
        (["fine", {"output_languages": ["Klingon"]}, {"mode": "fast"}], "at 2:"),
        (["fine", {"output_languages": ["Klingon"]}], "at 1: 'Klingon'"),
        (["fine", {"start_time": 5, "end_time": 1}], "at 1:"),
        (["fine"] * 101, "maxItems"),
        ([{"output_languages": ["Spanish"] * 50}, {"output_languages": ["French"] * 51}], "101"),
    ],
    ids=str,
)
def test_entries_that_will_not_do_are_named(
    caller: Caller, sandbox: Sandbox, entries: list[Any], told: str
) -> None:
    full = [
        caller.order() | (entry if isinstance(entry, dict) else {}) if entry else entry
        for entry in entries
    ]
    error = check_answer(caller("POST", BATCHES, json={"video_translations": full}), 400)["error"]
    assert error["param"] == "video_translations"
    assert told in error["message"]
    assert sandbox.jobs() == []


def test_bulk_statuses_take_batches_too(caller: Caller, clock: Clock) -> None:
    batch_id = _create(caller, caller.order("Spanish"), caller.order(video=NOWHERE))
    job = caller.create("French")
    clock.now += RENDER_SECONDS
    query = {"video_translation_ids": f"{job},tr_none", "batch_ids": f"{batch_id},batch_none"}
    entries = check_answer(caller("GET", f"{TRANSLATIONS}/statuses", params=query), 200)["data"]
    assert [entry["status"] for entry in entries] == [
        "completed", "not_found", "completed", "failed", "not_found",
    ]  # fmt: skip
    assert [entry.get("batch_id") for entry in entries] == [
        None, None, batch_id, batch_id, "batch_none",
    ]  # fmt: skip
    assert entries[3]["error"]["code"] == "processing_failed"
    many = {"video_translation_ids": ",".join(["a"] * 60), "batch_ids": ",".join(["b"] * 41)}
    check_answer(caller("GET", f"{TRANSLATIONS}/statuses", params=many), 400)


def test_unknown_batches_are_not_found(caller: Caller) -> None:
    lipsync = caller("POST", "/v3/lipsyncs/batches", json={"lipsyncs": [_lipsync()]}).json()
    for path in (BATCHES, "/v3/lipsyncs/batches", f"{ASSETS}/batches"):
        assert check_answer(caller("GET", f"{path}/none"), 404)["error"]["code"] == "not_found"
    # One of another kind neither.
    check_answer(caller("GET", f"{BATCHES}/{lipsync['data']['batch_id']}"), 404)


def test_batches_survive_a_restart(start: Callable[..., Caller], clock: Clock) -> None:
    caller = start(max_jobs=1)
    batch_id = _create(caller, caller.order("Spanish", "French"))
    caller.sandbox.close()
    caller = start(max_jobs=1)
    clock.now += 2 * RENDER_SECONDS
    assert _get(caller, batch_id)["status"] == "completed"


def _lipsync(**options: Any) -> dict[str, Any]:
    return {
        "video": {"type": "url", "url": "https://cdn.example.com/a.mp4"},
        "audio": {"type": "url", "url": "https://cdn.example.com/a.mp3"},
        **options,
    }


@pytest.mark.parametrize(
    ("spans", "since", "now", "limit", "room"),
    [
        ([], 5, 9, 1, 5),
        ([(0, 4)], 5, 9, 1, 5),
        ([(0, 7)], 5, 9, 1, 7),
        ([(0, 7)], 5, 6, 1, None),
        ([(0, 7), (0, 8)], 5, 9, 2, 7),
        ([(0, 7), (7, 9)], 5, 9, 1, 9),
        ([(0, 6), (7, 8)], 5, 9, 1, 8),
        ([(0, 6)], 5, 9, 0, None),
    ],
)
def test_room_is_where_a_place_is_free_from_then_on(
    spans: list[tuple[float, float]], since: float, now: float, limit: int, room: float | None
) -> None:
    spans = [span for span in spans if span[1] > since]
    assert room_since(spans, since, now, limit) == room
    if room is not None:
        assert most_at_once([*spans, (room, max(now, room) + 1)]) <= limit
