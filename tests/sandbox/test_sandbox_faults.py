"""Each fault does what docs/sandbox.md says."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from sandbox_caller import RENDER_SECONDS, TRANSLATIONS, Caller, Clock

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.faults.kinds import FAULTS, Stage
from heygen_localize.sandbox.faults.rules import Dice, Visit, parse_rule
from heygen_localize.sandbox.http.responses import INSTEAD, SPOILED

GUIDE = Path(__file__).parents[2] / "docs" / "sandbox.md"


@pytest.fixture
def strike(caller: Caller) -> Callable[..., Caller]:
    def set_faults(*rules: str) -> Caller:
        caller.sandbox.set_faults(*rules)
        return caller

    return set_faults


def test_every_fault_has_its_effect_and_a_line_in_the_guide() -> None:
    early = {name for name, kind in FAULTS.items() if kind.stage in (Stage.BEFORE, Stage.STORED)}
    late = {name for name, kind in FAULTS.items() if kind.stage is Stage.AFTER}
    assert INSTEAD.keys() == early
    assert SPOILED.keys() == late
    assert set(re.findall(r"^\| `(\w+)` \|", GUIDE.read_text("utf-8"), re.MULTILINE)) == set(FAULTS)


@pytest.mark.parametrize(
    "text",
    [
        "drop_after=0.1 on POST",
        "http_500_before=1 on GET /v3/video-translations times 2",
        "rate_limit=0.2:3 on POST",
        "list_lag=1:2 on GET",
        "slow=1:0.5 on * *caption after 2 times 1",
        "fail_job=1:No luck on this one on POST",
        "cut_download=0.3:1000 on GET",
        "redirect=1:https://x.example/a:b on GET /v3/*",
    ],
)
def test_rules_are_read(text: str) -> None:
    assert parse_rule(f" {text} ").name in FAULTS


def test_a_rule_may_say_everything() -> None:
    rule = parse_rule("fail_job=0.5:Went on a: trip on POST /v3/* after 3 times 2")
    assert (rule.name, rule.probability, rule.parameter) == ("fail_job", 0.5, "Went on a: trip")
    assert (rule.method, rule.glob, rule.after, rule.times) == ("POST", "/v3/*", 3, 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not a rule"),
        ("drop_after on POST", "not a rule"),
        ("drop_after=1", "not a rule"),
        ("drop_after=1 on post", "not a rule"),
        ("drop_after=1 on POST twice", "not a rule"),
        ("explode=1 on POST", "no fault is called 'explode'"),
        ("drop_after=1.5 on POST", "probability"),
        ("drop_after=1.2.3 on POST", "probability"),
        ("drop_after=1:3 on POST", "takes no parameter"),
        ("slow=1:soon on POST", "not a number of seconds"),
        ("cut_download=1:half on GET", "not a number of bytes"),
    ],
)
def test_a_bad_rule_is_refused_with_the_names(sandbox: Sandbox, text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as refused:
        sandbox.set_faults(text)
    assert all(name in str(refused.value) for name in FAULTS)


def test_luck_is_the_same_again_under_the_same_seed() -> None:
    visit = Visit("GET", TRANSLATIONS, "videoTranslateList", later_page=False)

    def run(seed: int) -> list[bool]:
        dice = Dice(["drop_before=0.5 on GET"], seed)
        return ["drop_before" in dice.throw(visit) for _ in range(64)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 16 < sum(run(1)) < 48


def test_rules_count_what_they_are_about(strike: Callable[..., Caller]) -> None:
    caller = strike("http_500_before=1 on GET /v3/users/* after 1 times 2")
    caller("GET")
    statuses = [caller("GET", "/v3/users/me").status_code for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]


def test_of_two_faults_before_the_work_only_the_first_strikes(
    strike: Callable[..., Caller],
) -> None:
    caller = strike("drop_after=1 on GET times 1", "html_502=1 on GET times 1")
    assert caller("GET").status_code == 502
    with pytest.raises(requests.ConnectionError):
        caller("GET")
    assert caller("GET").status_code == 200
    assert [note.faults for note in caller.sandbox.requests()] == [
        ("html_502",),
        ("drop_after",),
        (),
    ]


def test_of_two_rules_for_one_fault_the_first_wins(strike: Callable[..., Caller]) -> None:
    caller = strike("rate_limit=1:2 on GET", "rate_limit=1:9 on GET")
    assert caller("GET").headers["Retry-After"] == "2"


def test_a_drop_resets_the_connection(strike: Callable[..., Caller], sandbox: Sandbox) -> None:
    for name, jobs in (("drop_before", 0), ("drop_after", 1)):
        caller = strike(f"{name}=1 on POST times 1")
        with pytest.raises(requests.ConnectionError, match="reset"):
            caller.post(key=name)
        assert len(sandbox.jobs()) == jobs
        assert sandbox.requests()[-1].status is None
    assert caller.create(key="drop_after") == sandbox.jobs()[0].id


@pytest.mark.parametrize(
    ("name", "status", "kind", "jobs"),
    [
        ("http_500_before", 500, "application/json", 0),
        ("http_500_after", 500, "application/json", 1),
        ("html_502", 502, "text/html", 0),
        ("html_502_after", 502, "text/html", 1),
        ("rate_limit", 429, "application/json", 0),
        ("unauthorized", 401, "application/json", 0),
        ("redirect", 302, "text/plain; charset=utf-8", 0),
        ("empty_body", 200, "text/plain; charset=utf-8", 1),
    ],
)
def test_answers_go_wrong_before_and_after_the_work(
    strike: Callable[..., Caller], name: str, status: int, kind: str, jobs: int
) -> None:
    caller = strike(f"{name}=1 on POST times 1")
    answer = caller.post(key="k")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, kind)
    assert len(caller.sandbox.jobs()) == jobs
    # None of them is kept: the key finds the job, or makes it.
    caller.create(key="k")
    assert len(caller.sandbox.jobs()) == 1


def test_details_of_the_wrong_answers(strike: Callable[..., Caller]) -> None:
    assert strike("empty_body=1 on GET")("GET").content == b""
    assert "<html>" in strike("html_502=1 on GET")("GET").text
    assert strike("rate_limit=1:2.5 on GET")("GET").headers["Retry-After"] == "3"
    assert strike("redirect=1 on GET")("GET").headers["Location"] == "/elsewhere"
    elsewhere = "http://127.0.0.1:9/x"
    answer = strike(f"redirect=1:{elsewhere} on GET")("GET")
    assert answer.headers["Location"] == elsewhere


def test_a_key_that_follows_a_redirect_is_noted(strike: Callable[..., Caller]) -> None:
    caller = strike("redirect=1 on GET times 1")
    caller("GET", allow_redirects=True)
    assert [note.path for note in caller.sandbox.key_leaks()] == ["/elsewhere"]


def test_a_body_is_cut(strike: Callable[..., Caller], sandbox: Sandbox) -> None:
    caller = strike("cut_body=1 on *")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        caller.post(key="k")
    assert len(sandbox.jobs()) == 1


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("stored_429:4", 429, "rate_limit_exceeded"),
        ("stored_402", 402, "insufficient_credit"),
        ("stored_500", 500, "internal_error"),
    ],
)
def test_a_stored_refusal_is_given_again_for_a_day(
    strike: Callable[..., Caller], name: str, status: int, code: str
) -> None:
    name, _, parameter = name.partition(":")
    suffix = f":{parameter}" if parameter else ""
    caller = strike(f"{name}=1{suffix} on POST times 1")
    for _ in range(3):
        refused = caller.post(key="k")
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
        assert refused.headers.get("Retry-After", "") == parameter
    assert caller.sandbox.jobs() == []
    caller.create(key="other")
    caller.sandbox.advance(24 * 3600)
    caller.create(key="k")


def test_a_stored_refusal_without_a_key_is_just_a_refusal(
    strike: Callable[..., Caller],
) -> None:
    caller = strike("stored_500=1 on POST times 1")
    assert caller.post().status_code == 500
    caller.create()


def test_slow_takes_its_time(strike: Callable[..., Caller]) -> None:
    caller = strike("slow=1:0.3 on GET")
    started = time.monotonic()
    assert caller("GET").status_code == 200
    assert time.monotonic() - started >= 0.3


def test_young_jobs_are_missing_from_the_list(strike: Callable[..., Caller], clock: Clock) -> None:
    caller = strike("list_lag=1:2 on GET")
    job = caller.create()
    clock.now += 1.5
    assert caller.listed_ids() == []
    assert caller.job(job)["id"] == job
    clock.now += 0.5
    assert caller.listed_ids() == [job]


def test_young_jobs_are_missing_by_id(strike: Callable[..., Caller], clock: Clock) -> None:
    caller = strike("get_lag=1:2 on GET")
    job = caller.create()
    statuses = f"{TRANSLATIONS}/statuses?video_translation_ids={job}"
    assert caller("GET", f"{TRANSLATIONS}/{job}").status_code == 404
    assert caller("GET", statuses).json()["data"][0]["status"] == "not_found"
    assert caller.listed_ids() == [job]
    clock.now += 2
    assert caller.job(job)["id"] == job
    assert caller("GET", statuses).json()["data"][0]["status"] != "not_found"


def test_pages_shift_under_the_reader(strike: Callable[..., Caller]) -> None:
    caller = strike("shift_pages=1 on GET times 1")
    ids = caller.post(*["Spanish"] * 4).json()["data"]["video_translation_ids"][::-1]
    page = caller.listed(limit=2)
    assert [item["id"] for item in page["data"]] == ids[:2]
    assert caller.listed_ids(limit=2, token=page["next_token"]) == ids[1:3]
    assert caller.listed_ids(limit=100)[1:] == ids
    assert caller.sandbox.jobs()[-1].foreign


def test_a_token_leads_back_to_itself(strike: Callable[..., Caller]) -> None:
    caller = strike("repeat_token=1 on GET")
    caller.create("Spanish", "French")
    token = caller.listed(limit=1)["next_token"]
    for _ in range(2):
        page = caller.listed(limit=1, token=token)
        assert (page["has_more"], page["next_token"]) == (True, token)


def test_more_is_promised_without_a_token(strike: Callable[..., Caller]) -> None:
    page = strike("no_token=1 on GET").listed()
    assert (page["has_more"], page["next_token"]) == (True, None)


def test_a_completed_job_lacks_its_url_for_a_while(
    strike: Callable[..., Caller], clock: Clock
) -> None:
    caller = strike("no_video_url=1:3 on GET")
    job = caller.create(enable_caption=True)
    for seconds, there in ((RENDER_SECONDS, False), (2.9, False), (0.1, True)):
        clock.now += seconds
        for fields in (caller.job(job), caller.listed()["data"][0]):
            assert fields["status"] == "completed"
            assert bool(fields["video_url"]) is there
            assert fields["srt_caption_url"]


@pytest.mark.parametrize(
    ("parameter", "message"), [("", "audio is missing or corrupted"), (":Bad luck", "Bad luck")]
)
def test_a_job_fails_when_its_time_is_up(
    strike: Callable[..., Caller], clock: Clock, parameter: str, message: str
) -> None:
    caller = strike(f"fail_job=1{parameter} on POST times 1")
    job, other = caller.create(), caller.create()
    assert caller.job(job)["status"] == "pending"
    assert caller.job(job)["failure_message"] is None
    clock.now += RENDER_SECONDS
    assert caller.job(job)["status"] == "failed"
    assert message in caller.job(job)["failure_message"]
    assert caller.job(other)["status"] == "completed"


def test_urls_are_expired_from_the_start(strike: Callable[..., Caller], clock: Clock) -> None:
    caller = strike("expired_url=1 on GET times 1")
    job = caller.create()
    clock.now += RENDER_SECONDS
    assert caller.file(caller.job(job)["video_url"]).status_code == 403
    assert caller.file(caller.job(job)["video_url"]).status_code == 200


def test_files_can_be_struck_too(strike: Callable[..., Caller], clock: Clock) -> None:
    caller = strike("cut_body=1 on GET /files/*")
    job = caller.create()
    clock.now += RENDER_SECONDS
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        caller.file(caller.job(job)["video_url"])
