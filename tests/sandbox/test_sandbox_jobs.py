"""Jobs that age, pages, the limit, the wallet, and the conveniences for tests."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sandbox_caller import RENDER_SECONDS, TRANSLATIONS, Caller, Clock

from heygen_localize.sandbox import JobStatus, Sandbox
from heygen_localize.sandbox.billing import Rates
from heygen_localize.sandbox.errors import Refusal

URL_FIELDS = ("video_url", "audio_url", "srt_caption_url", "vtt_caption_url")


def _bulk(caller: Caller, *ids: str) -> list[str]:
    query = {"video_translation_ids": ",".join(ids)}
    answer = caller("GET", f"{TRANSLATIONS}/statuses", params=query).json()
    assert [item["video_id"] for item in answer["data"]] == list(ids)
    return [item["status"] for item in answer["data"]]


def test_a_job_goes_from_pending_to_completed(caller: Caller, clock: Clock) -> None:
    job = caller.create(enable_caption=True, translate_audio_only=True, callback_id="lz1:p:1")
    assert re.fullmatch(r"tr_[0-9a-f]{12}-es", job)
    seen = []
    for seconds in (0, RENDER_SECONDS / 2, RENDER_SECONDS / 2 - 0.01):
        clock.now += seconds
        fields = caller.job(job)
        seen.append((fields["status"], *_bulk(caller, job)))
        assert [fields[name] for name in URL_FIELDS] == [None] * 4
        assert fields["duration"] is None
    assert seen == [("pending", "queued"), ("running", "processing"), ("running", "processing")]
    clock.now += 0.01
    fields = caller.job(job)
    assert (fields["status"], *_bulk(caller, job)) == ("completed", "completed")
    assert all(fields[name] for name in URL_FIELDS)
    assert fields["duration"] == 6.0
    assert fields["callback_id"] == "lz1:p:1"
    assert fields["created_at"] == 1_800_000_000


def test_only_what_was_ordered_has_a_url(caller: Caller, clock: Clock) -> None:
    ids = [caller.create(), caller.create(enable_caption=True)]
    ids += [caller.create(enable_caption=False), caller.create(translate_audio_only=True)]
    clock.now += RENDER_SECONDS
    has = [[bool(caller.job(name)[field]) for field in URL_FIELDS] for name in ids]
    assert URL_FIELDS == ("video_url", "audio_url", "srt_caption_url", "vtt_caption_url")
    # Captions are always made, whatever is asked for.
    assert has == [[True, False, True, True]] * 3 + [[True] * 4]


def test_several_languages_give_ids_in_the_order_asked(caller: Caller) -> None:
    ids = caller.post("Japanese", "Spanish (Mexico)", "Mandarin").json()["data"][
        "video_translation_ids"
    ]
    assert [name.rpartition("-")[2] for name in ids] == ["ja", "es", "zh"]
    assert len(set(ids)) == 3
    assert caller.job(ids[1])["output_language"] == "Spanish (Mexico)"


def test_an_address_that_cannot_exist_fails_at_once(caller: Caller, sandbox: Sandbox) -> None:
    job = caller.create(video={"type": "url", "url": "https://files.invalid/a.mp4"})
    fields = caller.job(job)
    assert fields["status"] == "failed"
    assert fields["failure_message"].startswith("Failed to download video from url")
    assert _bulk(caller, job) == ["failed"]
    assert sandbox.peak_in_progress() == 0


def test_unknown_and_deleted_jobs_are_not_found(caller: Caller, sandbox: Sandbox) -> None:
    job = caller.create()
    assert caller("DELETE", f"{TRANSLATIONS}/{job}").json() == {"data": {"id": job}}
    assert caller("GET", f"{TRANSLATIONS}/{job}").status_code == 404
    assert caller("DELETE", f"{TRANSLATIONS}/{job}").status_code == 404
    assert _bulk(caller, job, "tr_x") == ["not_found", "not_found"]
    assert caller.listed_ids() == []
    assert [note.deleted for note in sandbox.jobs()] == [True]


def test_bulk_status_takes_a_hundred_ids_and_no_more(caller: Caller) -> None:
    ids = [f"tr_{number}" for number in range(101)]
    assert _bulk(caller, *ids[:100]) == ["not_found"] * 100
    query = {"video_translation_ids": ",".join(ids)}
    assert caller("GET", f"{TRANSLATIONS}/statuses", params=query).status_code == 400


def test_a_title_can_be_changed(caller: Caller) -> None:
    job = caller.create(title="Old")
    answer = caller("PATCH", f"{TRANSLATIONS}/{job}", json={"title": "New"})
    assert answer.json()["data"]["title"] == "New"
    assert caller.job(job)["title"] == "New"
    for body in ({}, {"title": None}, {"title": 1}):
        assert caller("PATCH", f"{TRANSLATIONS}/{job}", json=body).status_code == 400


def test_pages_give_every_job_once_and_the_newest_first(start: Callable[..., Caller]) -> None:
    caller = start(max_jobs=None)
    ids = caller.post(*["Spanish"] * 25).json()["data"]["video_translation_ids"]
    assert caller.listed_ids() == ids[:-11:-1]
    found: list[str] = []
    token = None
    while True:
        page = caller.listed(limit=7, token=token)
        found += [item["id"] for item in page["data"]]
        token = page["next_token"]
        if not page["has_more"]:
            break
    assert token is None
    assert found == ids[::-1]
    assert caller.listed_ids(limit=100) == ids[::-1]


def test_a_token_cannot_be_made_up(caller: Caller) -> None:
    caller.create("Spanish", "French")
    token = caller.listed(limit=1)["next_token"]
    for wrong in ("", "1", token + "0", "2" + token[1:], "é"):
        assert caller("GET", params={"token": wrong}).status_code == 400


def test_one_job_too_many_is_refused_until_a_place_is_free(
    start: Callable[..., Caller], clock: Clock
) -> None:
    caller = start(max_jobs=2)
    caller.create()
    clock.now += 3
    caller.sandbox.add_foreign_job()
    refused = caller.post()
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert refused.headers["Retry-After"] == "5"
    assert caller.post("Spanish", "French").headers["Retry-After"] == "8"
    assert caller.post("Spanish", "French", "German").headers["Retry-After"] == "60"
    assert len(caller.sandbox.jobs()) == 2
    clock.now += 5
    caller.create()
    assert caller.sandbox.peak_in_progress() == 2


def test_the_limit_counts_a_whole_request(start: Callable[..., Caller]) -> None:
    caller = start(max_jobs=2)
    assert caller.post("Spanish", "French", "German").status_code == 429
    assert caller.sandbox.jobs() == []
    caller.create("Spanish", "French")


def test_a_deleted_job_leaves_its_place(start: Callable[..., Caller], clock: Clock) -> None:
    caller = start(max_jobs=1)
    job = caller.create()
    clock.now += 1
    caller.sandbox.delete_job(job)
    caller.create()
    assert caller.sandbox.peak_in_progress() == 1


def _balance(caller: Caller) -> float:
    user = caller("GET", "/v3/users/me").json()["data"]
    assert user["billing_type"] == "wallet"
    balance: float = user["wallet"]["remaining_balance"]
    return balance


def test_completed_jobs_are_charged_and_failed_ones_not(
    start: Callable[..., Caller], clock: Clock
) -> None:
    caller = start(balance=2.0, rates=Rates(speed=0.05, precision=0.1, speed_audio_only=0.02))
    caller.create()
    caller.create(mode="precision")
    caller.sandbox.fail_job(caller.create(), "Something broke")
    caller.sandbox.delete_job(caller.create())
    assert _balance(caller) == 2.0
    clock.now += RENDER_SECONDS
    assert _balance(caller) == pytest.approx(2.0 - 6 * (0.05 + 0.1 + 0.05))
    assert caller.post("Spanish", "French", mode="precision").status_code == 402
    caller.create()
    clock.now += RENDER_SECONDS
    refused = caller.post(mode="precision")
    assert refused.json()["error"]["code"] == "insufficient_credit"


def test_a_person_can_fail_and_add_jobs(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    job = caller.create(callback_id="mine")
    sandbox.fail_job(job, "Somebody stopped it")
    assert caller.job(job)["failure_message"] == "Somebody stopped it"
    assert caller.job(job)["status"] == "failed"
    foreign = sandbox.add_foreign_job("German", "Theirs", callback_id="other")
    notes = sandbox.jobs()
    assert [note.id for note in notes] == [job, foreign]
    assert [note.foreign for note in notes] == [False, True]
    assert [note.status for note in notes] == [JobStatus.FAILED, JobStatus.PENDING]
    assert [note.callback_id for note in notes] == ["mine", "other"]
    assert notes[0].body == caller.order(callback_id="mine")
    assert notes[0].created_at == clock.now
    with pytest.raises(Refusal, match="tr_none"):
        sandbox.fail_job("tr_none", "x")
    with pytest.raises(Refusal, match="tr_none"):
        sandbox.delete_job("tr_none")


def test_advancing_ages_the_jobs(caller: Caller, sandbox: Sandbox) -> None:
    job = caller.create()
    sandbox.advance(RENDER_SECONDS)
    assert caller.job(job)["status"] == "completed"
