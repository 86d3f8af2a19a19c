"""Uploads that are slow to be seen, and many of them in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_check import check_answer
from sandbox_caller import ASSETS, Caller, Clock

from heygen_localize.sandbox import Sandbox

PDF, SRT = b"%PDF-1.7", b"1\n00:00:00,000 --> 00:00:01,000\nHi\n"
BEGIN, COMPLETE = f"{ASSETS}/direct-uploads/batches", f"{ASSETS}/complete/batches"


def _file(content: bytes = PDF, kind: str = "application/pdf", **more: Any) -> dict[str, Any]:
    return {"filename": "a", "content_type": kind, "size_bytes": len(content), **more}


def _upload(caller: Caller) -> dict[str, Any]:
    begun = caller.begin_upload(PDF, content_type="application/pdf")
    assert caller.put(begun, PDF).status_code == 200
    return begun


def test_an_upload_is_completed_once_its_bytes_are_visible(
    start: Callable[..., Caller], clock: Clock
) -> None:
    caller = start(visible_seconds=3)
    begun = _upload(caller)
    for _ in range(2):
        assert check_answer(caller.complete(begun), 409)["error"]["code"] == "conflict"
        clock.now += 1.5
    assert check_answer(caller.complete(begun), 200)["data"]["asset_id"] == begun["asset_id"]
    check_answer(caller.complete(begun), 200)


def test_bytes_can_be_invisible_for_so_many_calls(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.set_faults("not_visible=1 on POST times 2")
    begun = _upload(caller)
    answers = [caller.complete(begun) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [409, 409, 200]
    assert answers[0].json()["error"]["code"] == "conflict"


def test_a_key_is_no_part_of_completing(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.set_faults("not_visible=1 on POST times 1")
    begun = _upload(caller)
    path = f"{ASSETS}/{begun['asset_id']}/complete"
    answers = [caller("POST", path, json={}, headers={"Idempotency-Key": "k"}) for _ in "ab"]
    assert [answer.status_code for answer in answers] == [409, 200]


@pytest.mark.parametrize("by_fault", [False, True])
def test_a_fresh_asset_is_not_found_for_a_moment(
    start: Callable[..., Caller], clock: Clock, by_fault: bool
) -> None:
    caller = start(asset_seconds=0 if by_fault else 4)
    if by_fault:
        caller.sandbox.set_faults("asset_lag=1:4 on *")
    small = caller.upload(SRT).json()["data"]["asset_id"]
    begun = _upload(caller)
    check_answer(caller.complete(begun), 200)
    order = {"srt": {"type": "asset_id", "asset_id": small}}
    for status in (404, 200):
        for asset_id in (small, begun["asset_id"]):
            check_answer(caller("GET", f"{ASSETS}/{asset_id}"), status)
        answer = check_answer(caller.post(**order), status)
        if status == 404:
            assert answer["error"]["code"] == "asset_not_found"
        clock.now += 4
    # One that was never completed is found at once, with no address.
    assert caller("GET", f"{ASSETS}/{caller.begin_upload(PDF)['asset_id']}").status_code == 200


def test_a_batch_of_uploads(caller: Caller, sandbox: Sandbox) -> None:
    kinds = ("application/pdf", "application/x-subrip", "application/pdf", "application/pdf")
    files = [_file(SRT if kind.endswith("rip") else PDF, kind) for kind in kinds]
    body = {"title": "Docs", "files": files, "callback_url": "https://hooks.example.com/"}
    begun = check_answer(caller("POST", BEGIN, json=body), 200)["data"]
    batch_id, items = begun["batch_id"], begun["items"]
    assert [item["upload_headers"]["Content-Type"] for item in items] == list(kinds)
    path = f"{ASSETS}/batches/{batch_id}"
    batch = check_answer(caller("GET", path), 200)["data"]
    assert (batch["title"], batch["counts_by_status"]) == ("Docs", {"queued": 4})
    for item, content in zip(items, (PDF, SRT, b"not a p!"), strict=False):
        assert caller.put(item, content).status_code == 200
    check_answer(caller("POST", COMPLETE, json={"batch_id": batch_id}), 202)
    batch = check_answer(caller("GET", path), 200)["data"]
    assert [item["status"] for item in batch["items"]] == ["completed"] * 2 + ["failed"] * 2
    assert [item["video_id"] for item in batch["items"]] == [item["asset_id"] for item in items]
    codes = [item["error"]["code"] for item in batch["items"][2:]]
    assert codes == ["invalid_parameter", "conflict"]
    # What was missing may be sent, and the batch completed again.
    caller.put(items[3], PDF)
    check_answer(caller("POST", COMPLETE, json={"batch_id": batch_id}), 202)
    query = {"asset_ids": f"{items[0]['asset_id']},asset_none", "batch_ids": batch_id}
    entries = check_answer(caller("GET", f"{ASSETS}/statuses", params=query), 200)["data"]
    words = [entry["status"] for entry in entries]
    assert words == ["completed", "not_found", "completed", "completed", "failed", "completed"]
    assert [note.status.value for note in sandbox.assets()] == [
        "completed", "completed", "uploaded", "completed",
    ]  # fmt: skip
    assert sandbox.deliveries() == []


def test_the_files_of_a_batch_are_processed_until_they_are_visible(
    start: Callable[..., Caller], clock: Clock
) -> None:
    caller = start(visible_seconds=3)
    begun = caller("POST", BEGIN, json={"files": [_file()]}).json()["data"]
    caller.put(begun["items"][0], PDF)
    caller("POST", COMPLETE, json={"batch_id": begun["batch_id"]})
    path = f"{ASSETS}/batches/{begun['batch_id']}"
    assert caller("GET", path).json()["data"]["status"] == "processing"
    clock.now += 3
    assert caller("GET", path).json()["data"]["status"] == "completed"


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (_file(kind="video/quicktime"), "at 1: 'content_type'"),
        (_file(checksum_sha256="12"), "at 1: 'checksum_sha256'"),
        (_file(size_bytes="8"), "at 1:"),
        (_file(size_bytes=0), "at 1:"),
        (_file(size_bytes=-5), "at 1:"),
        ({"filename": "a"}, "at 1:"),
        (_file(extra=1), "at 1: Unknown field"),
    ],
    ids=str,
)
def test_files_of_a_batch_that_will_not_do(
    caller: Caller, sandbox: Sandbox, file: dict[str, Any], told: str
) -> None:
    error = check_answer(caller("POST", BEGIN, json={"files": [_file(), file]}), 400)["error"]
    assert (error["param"], told in error["message"]) == ("files", True), error
    assert sandbox.assets() == []


def test_a_batch_of_uploads_has_one_key(caller: Caller, sandbox: Sandbox) -> None:
    headers = {"Idempotency-Key": "k"}
    for _ in range(2):
        check_answer(caller("POST", BEGIN, json={"files": [_file()]}, headers=headers), 200)
    assert len(sandbox.assets()) == 1
    check_answer(caller("POST", COMPLETE, json={"batch_id": "none"}), 404)
