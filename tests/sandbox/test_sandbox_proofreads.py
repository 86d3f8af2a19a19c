"""Proofread sessions: how they age, what they cost, which jobs come of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from sandbox_caller import PROOFREAD_SECONDS, PROOFREADS, RENDER_SECONDS, Caller, Clock

from heygen_localize.sandbox import JobStatus, ProofreadStatus, Sandbox
from heygen_localize.sandbox.billing import Rates

DAY = 24 * 3600
SOURCE = {"type": "url", "url": "https://nowhere.invalid/a.mp4"}


@pytest.fixture
def session(caller: Caller, clock: Clock) -> str:
    """A session that is completed."""
    made = caller.proofread()
    clock.now += PROOFREAD_SECONDS
    return made


def _balance(caller: Caller) -> float:
    user = caller("GET", "/v3/users/me").json()["data"]
    balance: float = user["wallet"]["remaining_balance"]
    return balance


def test_one_session_for_each_language(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    answer = caller.post_proofread("Spanish (Mexico)", "Japanese", mode="precision")
    ids = answer.json()["data"]["proofread_ids"]
    assert [text.rpartition("-")[2] for text in ids] == ["es", "ja"]
    first, second = sandbox.proofreads()
    assert [first.id, second.id] == ids
    assert (first.language, first.title, second.language) == (
        "Spanish (Mexico)",
        "Intro",
        "Japanese",
    )
    assert (first.created_at, first.expired, first.job_ids) == (clock.now, False, ())
    assert (first.status, first.text) == (ProofreadStatus.PROCESSING, None)
    assert first.body == sandbox.requests()[0].body
    assert sandbox.jobs() == []


def test_a_session_completes_after_its_time(caller: Caller, clock: Clock) -> None:
    made = caller.proofread("German")
    clock.now += PROOFREAD_SECONDS - 0.1
    assert caller.session(made)["status"] == "processing"
    clock.now += 0.1
    assert caller.session(made) == {
        "id": made,
        "status": "completed",
        "title": "Intro",
        "input_language": "English",
        "output_language": "German",
        "created_at": int(clock.now - PROOFREAD_SECONDS),
        "failure_message": None,
        "submitted_for_review": False,
    }


def test_its_time_and_its_life_are_settings(start: Callable[..., Caller], clock: Clock) -> None:
    caller = start(proofread_seconds=60.0, session_seconds=90.0)
    made = caller.proofread()
    clock.now += 59
    assert caller.session(made)["status"] == "processing"
    clock.now += 1
    assert caller.session(made)["status"] == "completed"
    clock.now += 30
    assert caller("GET", f"{PROOFREADS}/{made}").status_code == 404


def test_a_session_expires_after_a_day(
    caller: Caller, sandbox: Sandbox, session: str, clock: Clock
) -> None:
    urls = caller.subtitles(session)
    srt = {"type": "url", "url": "https://cdn.example.com/a.srt"}
    clock.now += DAY - PROOFREAD_SECONDS - 0.5
    assert caller.session(session)["status"] == "completed"
    clock.now += 0.5
    answers = [
        caller("GET", f"{PROOFREADS}/{session}"),
        caller("GET", f"{PROOFREADS}/{session}/srt"),
        caller.put_subtitles(session, srt),
        caller.generate(session),
    ]
    assert [answer.json()["error"]["code"] for answer in answers] == ["not_found"] * 4
    (note,) = sandbox.proofreads()
    assert (note.status, note.expired, sandbox.jobs()) == (ProofreadStatus.COMPLETED, True, [])
    # What was signed before is good for a week.
    assert caller.file(urls["srt_url"]).status_code == 200


def test_a_session_is_made_to_expire(caller: Caller, sandbox: Sandbox, session: str) -> None:
    other = caller.proofread()
    sandbox.expire_proofread(session)
    assert caller.generate(session).status_code == 404
    assert [note.expired for note in sandbox.proofreads()] == [True, False]
    assert caller.session(other)["status"] == "processing"


def test_a_job_outlives_its_session(
    caller: Caller, sandbox: Sandbox, session: str, clock: Clock
) -> None:
    job = caller.generate(session).json()["data"]["video_translation_id"]
    sandbox.expire_proofread(session)
    clock.now += RENDER_SECONDS
    assert caller.job(job)["status"] == "completed"


def test_sessions_fail_when_their_time_is_up(caller: Caller, clock: Clock) -> None:
    caller.sandbox.set_faults(
        "fail_proofread=1:No speech on POST times 1", "fail_proofread=1 on POST times 1"
    )
    made = [caller.proofread(), caller.proofread(), caller.proofread()]
    assert caller.session(made[0])["failure_message"] is None
    clock.now += PROOFREAD_SECONDS
    fields = [caller.session(each) for each in made]
    assert [each["status"] for each in fields] == ["failed", "failed", "completed"]
    assert fields[0]["failure_message"] == "No speech"
    assert "audio is missing" in fields[1]["failure_message"]
    first = caller.sandbox.proofreads()[0]
    assert (first.failure_message, first.text) == ("No speech", None)
    assert caller.generate(made[0]).status_code == 400
    assert caller("GET", f"{PROOFREADS}/{made[0]}/srt").status_code == 400


def test_a_source_that_never_resolves_fails_at_once(caller: Caller) -> None:
    fields = caller.session(caller.proofread(video=SOURCE))
    assert fields["status"] == "failed"
    assert fields["failure_message"].startswith("Failed to download video from url")


def test_completed_sessions_are_charged_and_failed_ones_not(
    start: Callable[..., Caller], clock: Clock
) -> None:
    caller = start(balance=2.0, job_seconds=10.0, rates=Rates(precision=0.1))
    caller.proofread(video=SOURCE)
    made = caller.proofread("Spanish", "French", "German")
    assert _balance(caller) == 2.0
    caller.sandbox.fail_proofread(made, "No speech")
    clock.now += PROOFREAD_SECONDS
    assert _balance(caller) == pytest.approx(2.0 - 2 * 0.083)
    # Neither expiry nor the render gives it back.
    clock.now += DAY
    assert _balance(caller) == pytest.approx(2.0 - 2 * 0.083)
    other = caller.proofread(mode="precision")
    clock.now += PROOFREAD_SECONDS
    assert caller.generate(other).status_code == 200
    clock.now += RENDER_SECONDS
    assert _balance(caller) == pytest.approx(2.0 - 3 * 0.083 - 1.0)


def test_a_low_balance_refuses_sessions_and_renders(
    start: Callable[..., Caller], clock: Clock
) -> None:
    caller = start(balance=0.1, rates=Rates(speed=0.05))
    assert caller.post_proofread("Spanish", "French", "German").status_code == 402
    assert caller.sandbox.proofreads() == []
    session = caller.proofread()
    clock.now += PROOFREAD_SECONDS
    assert caller.generate(session).status_code == 402
    assert caller.sandbox.proofreads()[0].job_ids == ()


def test_sessions_take_no_place_but_their_jobs_do(
    start: Callable[..., Caller], clock: Clock
) -> None:
    caller = start(max_jobs=1)
    first = caller.proofread("Spanish", "French")
    second = caller.proofread()
    caller.create()
    clock.now += PROOFREAD_SECONDS
    refused = caller.generate(first, key="k")
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    assert len(caller.sandbox.jobs()) == 1
    clock.now += RENDER_SECONDS
    assert caller.generate(first, key="k").status_code == 200
    assert caller.generate(second).status_code == 429
    assert caller.sandbox.peak_in_progress() == 1


def test_assets_are_checked_as_in_creates(caller: Caller, sandbox: Sandbox) -> None:
    missing = {"type": "asset_id", "asset_id": "asset_" + "0" * 32}
    answer = caller.post_proofread(video=missing)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "asset_not_found")
    document = caller.upload(b"%PDF-1.7").json()["data"]["asset_id"]
    for use in ("video", "srt"):
        answer = caller.post_proofread(**{use: {"type": "asset_id", "asset_id": document}})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, use)
    assert sandbox.proofreads() == []
    assert caller.post_proofread("Spanish", "Klingon").status_code == 400
    assert sandbox.proofreads() == []


def test_a_title_is_required(caller: Caller) -> None:
    answer = caller("POST", PROOFREADS, json=caller.order())
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "title")


def test_a_key_makes_one_session_and_one_job(
    caller: Caller, sandbox: Sandbox, clock: Clock
) -> None:
    first = caller.post_proofread("Spanish", "French", key="k")
    assert caller.post_proofread("German", key="k").content == first.content
    one, two = first.json()["data"]["proofread_ids"]
    clock.now += PROOFREAD_SECONDS
    # The key counts for the endpoint and the session: never for another.
    job = caller.generate(one, key="k")
    assert caller.generate(one, key="k", captions=True).content == job.content
    other = caller.generate(two, key="k").json()["data"]["video_translation_id"]
    assert [note.id for note in sandbox.jobs()] == [
        job.json()["data"]["video_translation_id"],
        other,
    ]
    # Under another key the vendor makes, and charges, another job.
    third = caller.generate(one, key="l").json()["data"]["video_translation_id"]
    assert sandbox.proofreads()[0].job_ids == (sandbox.jobs()[0].id, third)
    assert sandbox.proofreads()[1].job_ids == (other,)


def test_a_job_of_a_session_is_an_ordinary_one(
    caller: Caller, sandbox: Sandbox, session: str, clock: Clock
) -> None:
    wishes: dict[str, Any] = {
        "captions": True,
        "translate_audio_only": True,
        "callback_id": "lz1:mark",
        "callback_url": "https://hooks.example.com/a",
    }
    answer = caller.generate(session, **wishes).json()["data"]
    assert answer["status"] == "processing"
    job = answer["video_translation_id"]
    assert caller.job(job)["status"] == "pending"
    (listed,) = caller.listed()["data"]
    assert (listed["id"], listed["callback_id"]) == (job, "lz1:mark")
    assert (listed["title"], listed["output_language"]) == ("Intro", "Spanish")
    clock.now += RENDER_SECONDS
    fields = caller.job(job)
    assert fields["status"] == "completed"
    assert all(fields[name] for name in ("video_url", "audio_url", "srt_caption_url"))
    (note,) = sandbox.jobs()
    (made,) = sandbox.proofreads()
    assert (note.status, note.callback_id) == (JobStatus.COMPLETED, "lz1:mark")
    assert (note.body["proofread_id"], note.body["srt_text"]) == (session, made.text)
    assert note.body["callback_url"] == "https://hooks.example.com/a"
    assert made.job_ids == (job,)


def test_a_job_has_captions_and_fails_as_told(
    caller: Caller, sandbox: Sandbox, session: str, clock: Clock
) -> None:
    sandbox.set_faults("fail_job=1:Too loud on POST *generate after 1")
    job = caller.generate(session).json()["data"]["video_translation_id"]
    failing = caller.generate(session).json()["data"]["video_translation_id"]
    clock.now += RENDER_SECONDS
    fields = caller.job(job)
    assert fields["srt_caption_url"]
    assert fields["audio_url"] is None
    assert caller.job(failing)["failure_message"] == "Too loud"


def test_faults_strike_these_endpoints_too(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    sandbox.set_faults("drop_after=1 on POST times 1")
    with pytest.raises(requests.ConnectionError):
        caller.post_proofread(key="k")
    session = caller.proofread(key="k")
    assert len(sandbox.proofreads()) == 1
    clock.now += PROOFREAD_SECONDS
    sandbox.set_faults("stored_429=1:7 on POST *generate times 1")
    for _ in range(2):
        answer = caller.generate(session, key="k")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    sandbox.set_faults("drop_after=1 on POST *generate times 1")
    with pytest.raises(requests.ConnectionError):
        caller.generate(session, key="l")
    assert caller.generate(session, key="l").status_code == 200
    assert len(sandbox.jobs()) == 1
    sandbox.set_faults("drop_after=1 on PUT times 1")
    with pytest.raises(requests.ConnectionError):
        caller.put_text(session, b"1\n00:00:00,000 --> 00:00:01,000\nNew\n")
    assert "New" in str(sandbox.proofreads()[0].text)


def test_a_session_is_not_found_for_a_while(caller: Caller, clock: Clock) -> None:
    session = caller.proofread()
    caller.sandbox.set_faults("get_lag=1:2 on GET")
    assert caller("GET", f"{PROOFREADS}/{session}").status_code == 404
    assert caller("GET", f"{PROOFREADS}/{session}/srt").status_code == 404
    clock.now += 2
    assert caller.session(session)["status"] == "processing"


def test_two_posts_at_once_make_one_job(caller: Caller, sandbox: Sandbox, session: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: caller.generate(session, key="k"), range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len(sandbox.jobs()) == 1


def test_sessions_survive_a_restart(
    caller: Caller, sandbox: Sandbox, session: str, clock: Clock
) -> None:
    caller.put_text(session, b"1\n00:00:00,000 --> 00:00:01,000\nNew\n")
    caller.generate(session)
    path = caller.subtitles(session)["srt_url"].removeprefix(sandbox.base_url)
    before = sandbox.proofreads()
    sandbox.close()
    with Sandbox(sandbox.settings, clock) as restarted:
        caller = Caller(restarted)
        assert restarted.proofreads() == before
        assert caller.session(session)["status"] == "completed"
        assert b"New" in caller.file(restarted.base_url + path).content
        assert caller.proofread() not in {note.id for note in before}
