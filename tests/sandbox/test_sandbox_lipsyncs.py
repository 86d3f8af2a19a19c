"""Lip syncs: the same engine, for a video and a sound that are there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_check import check_answer
from sandbox_caller import RENDER_SECONDS, Caller, Clock

from heygen_localize.sandbox import JobStatus, Sandbox
from heygen_localize.sandbox.billing import Rates

LIPSYNCS = "/v3/lipsyncs"


def _order(**options: Any) -> dict[str, Any]:
    return {
        "video": {"type": "url", "url": "https://cdn.example.com/a.mp4"},
        "audio": {"type": "url", "url": "https://cdn.example.com/a.mp3"},
        **options,
    }


def _create(caller: Caller, **options: Any) -> str:
    answer = check_answer(caller("POST", LIPSYNCS, json=_order(**options)), 200)
    lipsync_id: str = answer["data"]["lipsync_id"]
    return lipsync_id


def test_a_lipsync_lives(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    made = _create(caller, title="A", callback_id="mine")
    one = f"{LIPSYNCS}/{made}"
    seen = []
    for _ in range(3):
        fields = check_answer(caller("GET", one), 200)["data"]
        seen.append(fields["status"])
        clock.now += RENDER_SECONDS / 2
    assert seen == ["pending", "running", "completed"]
    assert (fields["title"], fields["callback_id"], fields["duration"]) == ("A", "mine", 6.0)
    film = caller.file(fields["video_url"])
    assert (film.status_code, film.headers["Content-Type"]) == (200, "video/mp4")
    assert "-->" in caller.file(fields["caption_url"]).text
    assert check_answer(caller("PATCH", one, json={"title": "B"}), 200)["data"]["title"] == "B"
    assert check_answer(caller("DELETE", one), 200)["data"] == {"id": made}
    for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("DELETE", None)):
        check_answer(caller(method, one, json=body), 404)
    assert caller.file(fields["video_url"]).status_code == 404
    (note,) = sandbox.lipsyncs()
    assert (note.status, note.deleted, note.title) == (JobStatus.COMPLETED, True, "B")
    assert sandbox.jobs() == []


def test_the_list_has_the_newest_first_and_pages(caller: Caller) -> None:
    made = [_create(caller, title=str(number)) for number in range(3)]
    first = check_answer(caller("GET", LIPSYNCS, params={"limit": 2}), 200)
    assert [item["id"] for item in first["data"]] == made[:0:-1]
    query = {"limit": 2, "token": first["next_token"]}
    assert [
        item["id"] for item in check_answer(caller("GET", LIPSYNCS, params=query), 200)["data"]
    ] == made[:1]
    assert caller.listed_ids() == []


def test_a_key_makes_one(caller: Caller, sandbox: Sandbox) -> None:
    for _ in range(2):
        caller("POST", LIPSYNCS, json=_order(), headers={"Idempotency-Key": "k"})
    assert len(sandbox.lipsyncs()) == 1


def test_failures_cost_nothing_and_modes_have_prices(
    start: Callable[..., Caller], clock: Clock
) -> None:
    rates = Rates(lipsync_speed=0.01, lipsync_precision=0.02)
    caller = start(balance=1.0, rates=rates, job_seconds=10)
    caller.sandbox.set_faults("fail_job=1:Too long on POST times 1")
    failing = _create(caller)
    _create(caller)
    _create(caller, mode="precision")
    clock.now += RENDER_SECONDS
    fields = caller("GET", f"{LIPSYNCS}/{failing}").json()["data"]
    assert (fields["status"], fields["failure_message"]) == ("failed", "Too long")
    left = caller("GET", "/v3/users/me").json()["data"]["wallet"]["remaining_balance"]
    assert left == pytest.approx(1.0 - 0.1 - 0.2)
    poor = start(balance=0.0, state=caller.sandbox.settings.state / "poor")
    check_answer(poor("POST", LIPSYNCS, json=_order()), 402)


def test_they_take_no_place_of_the_limit(start: Callable[..., Caller]) -> None:
    caller = start(max_jobs=1)
    for _ in range(3):
        _create(caller)
    caller.create()


def test_batches_and_statuses(caller: Caller, clock: Clock) -> None:
    nowhere = {"type": "url", "url": "https://nowhere.invalid/a.mp4"}
    body = {"title": "All", "lipsyncs": [_order(), _order(video=nowhere)]}
    answer = check_answer(caller("POST", f"{LIPSYNCS}/batches", json=body), 202)
    batch_id = answer["data"]["batch_id"]
    single = _create(caller)
    clock.now += RENDER_SECONDS
    batch = check_answer(caller("GET", f"{LIPSYNCS}/batches/{batch_id}"), 200)["data"]
    assert batch["counts_by_status"] == {"completed": 1, "failed": 1}
    query = {"lipsync_ids": f"{single},none", "batch_ids": batch_id}
    entries = check_answer(caller("GET", f"{LIPSYNCS}/statuses", params=query), 200)["data"]
    words = [entry["status"] for entry in entries]
    assert words == ["completed", "not_found", "completed", "failed"]
    bad = {"lipsyncs": [_order(), _order(fps_mode=1)]}
    error = check_answer(caller("POST", f"{LIPSYNCS}/batches", json=bad), 400)["error"]
    assert (error["param"], "at 1:" in error["message"]) == ("lipsyncs", True)


@pytest.mark.parametrize("lacking", ["video", "audio"])
def test_both_sources_are_needed(caller: Caller, lacking: str) -> None:
    order = {name: value for name, value in _order().items() if name != lacking}
    error = check_answer(caller("POST", LIPSYNCS, json=order), 400)["error"]
    assert error["param"] == lacking
