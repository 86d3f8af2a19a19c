"""The subtitles of proofread sessions: where they come from, where they go."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sandbox_caller import PROOFREAD_SECONDS, PROOFREADS, RENDER_SECONDS, Caller, Clock

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.media.transcripts import as_vtt, cues_of
from heygen_localize.sandbox.settings import WEEK_SECONDS

MP4 = b"\0\0\0\x20ftypisom" + b"film" * 100
SRT = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"
TIMING = re.compile(r"^(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})$")


@pytest.fixture
def ready(caller: Caller, clock: Clock) -> Callable[..., str]:
    """Makes sessions that are completed."""

    def make(*languages: str, **options: Any) -> str:
        session = caller.proofread(*languages, **options)
        clock.now += PROOFREAD_SECONDS
        return session

    return make


def _texts(caller: Caller, session: str) -> tuple[str, str]:
    urls = caller.subtitles(session)
    return (
        caller.file(urls["srt_url"]).content.decode(),
        caller.file(urls["original_srt_url"]).content.decode(),
    )


def _cues(srt: str) -> list[tuple[float, float, str]]:
    """The cues of a file, read more strictly than players do."""
    cues = []
    for number, block in enumerate(srt.removesuffix("\n").split("\n\n"), 1):
        head, timing, text = block.strip("\n").split("\n")
        match = TIMING.match(timing)
        assert (head, bool(match)) == (str(number), True)
        parts = [int(part) for part in match.groups()] if match else []
        start, end = (h * 3600 + m * 60 + s + ms / 1000 for h, m, s, ms in (parts[:4], parts[4:]))
        cues.append((start, end, text))
    return cues


def test_the_translation_has_the_cues_of_the_transcript(
    caller: Caller, sandbox: Sandbox, ready: Callable[..., str]
) -> None:
    session = ready("Spanish (Mexico)")
    text, original = map(_cues, _texts(caller, session))
    assert 3 <= len(text) <= 6
    assert [cue[:2] for cue in text] == [cue[:2] for cue in original]
    assert [cue[2] for cue in text] == [f"[Spanish (Mexico)] {cue[2]}" for cue in original]
    for before, after in pairwise(text):
        assert before[0] < before[1] < after[0]
    assert (text[0][0], text[-1][1] <= sandbox.settings.job_seconds) == (0.0, True)
    assert sandbox.proofreads()[0].text == _texts(caller, session)[0]
    assert sandbox.key_leaks() == []


def test_a_long_source_has_long_times() -> None:
    last = cues_of("a", 7200.0)[-1]
    assert last.end > 3600
    assert cues_of("a", 7200.0) == cues_of("a", 7200.0)


def test_the_same_source_says_the_same_and_others_something_else(
    caller: Caller, ready: Callable[..., str]
) -> None:
    first = _texts(caller, ready())
    assert _texts(caller, ready(title="Another", mode="precision")) == first
    assert _texts(caller, ready("French"))[1] == first[1]
    others = [
        _texts(caller, ready(video={"type": "url", "url": f"https://cdn.example.com/{name}.mp4"}))
        for name in range(20)
    ]
    assert len({*others, first}) == 21
    assert len({len(_cues(text)) for text, _ in others}) > 1


def test_an_asset_says_what_its_bytes_say(caller: Caller, ready: Callable[..., str]) -> None:
    def said(content: bytes) -> str:
        asset = caller.upload(content).json()["data"]["asset_id"]
        return _texts(caller, ready(video={"type": "asset_id", "asset_id": asset}))[1]

    assert said(MP4) == said(MP4) != said(MP4 + b"more")
    web_app = {"type": "asset_id", "asset_id": "8f2c41d7a90b"}
    assert _cues(_texts(caller, ready(video=web_app))[0])


def test_the_files_need_their_signature_and_no_key(
    caller: Caller, ready: Callable[..., str], clock: Clock
) -> None:
    session = ready()
    urls, again = caller.subtitles(session), caller.subtitles(session)
    for name, url in urls.items():
        assert "/v3/" not in url
        assert url != again[name]
        answer = caller.file(url)
        assert answer.headers["Content-Type"] == "application/x-subrip; charset=utf-8"
        assert caller.file(url, Range="bytes=0-0").content == b"1"
        assert caller.file(url.replace("Nonce=", "Nonce=0")).status_code == 403
    clock.now += WEEK_SECONDS
    assert caller.file(urls["srt_url"]).status_code == 403


def test_the_files_can_be_struck(
    caller: Caller, sandbox: Sandbox, ready: Callable[..., str]
) -> None:
    session = ready()
    url = caller.subtitles(session)["srt_url"]
    before = caller.file(url)
    sandbox.set_faults("forbid_file=1 on GET times 1", "change_etag=1 on GET after 1 times 1")
    assert caller.file(url).status_code == 403
    changed = caller.file(url)
    assert changed.headers["ETag"] != before.headers["ETag"]
    assert changed.content == before.content + b"\n"
    sandbox.set_faults("expired_url=1 on GET *srt times 1")
    assert caller.file(caller.subtitles(session)["srt_url"]).status_code == 403
    sandbox.fail_proofread(session, "Too late")
    assert caller.file(url).status_code == 404


def test_uploaded_text_takes_the_place_of_the_machines(
    caller: Caller, sandbox: Sandbox, ready: Callable[..., str], clock: Clock
) -> None:
    session = ready()
    machine, original = _texts(caller, session)
    edited = "\ufeff" + machine.replace("[Spanish]", "¡Olé!").replace("\n", "\r\n")
    caller.put_text(session, edited.encode())
    for asset in sandbox.assets():
        sandbox.delete_asset(asset.id)
    assert _texts(caller, session) == (edited, original)
    assert sandbox.proofreads()[0].text == edited
    first = caller.generate(session, captions=True).json()["data"]["video_translation_id"]
    caller.put_text(session, machine.encode())
    second = caller.generate(session, captions=True).json()["data"]["video_translation_id"]
    clock.now += RENDER_SECONDS
    assert caller.file(caller.job(first)["srt_caption_url"]).content == edited.encode()
    assert caller.file(caller.job(second)["srt_caption_url"]).content == machine.encode()
    body = sandbox.jobs()[0].body
    assert body["srt_text"] == edited
    assert body["srt_sha256"] == hashlib.sha256(edited.encode()).hexdigest()
    vtt = caller.file(caller.job(first)["vtt_caption_url"]).content.decode()
    assert vtt.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:00:0")
    assert (vtt.count("¡Olé!"), vtt.count("\r")) == (edited.count("¡Olé!"), 0)


def test_captions_of_a_session_can_change(
    caller: Caller, sandbox: Sandbox, ready: Callable[..., str], clock: Clock
) -> None:
    job = caller.generate(ready(), captions=True).json()["data"]["video_translation_id"]
    clock.now += RENDER_SECONDS
    url = caller.job(job)["srt_caption_url"]
    before = caller.file(url)
    sandbox.set_faults("change_etag=1 on GET /files/* times 1")
    assert caller.file(url).content == before.content + b"\n"


def test_webvtt_keeps_what_is_said() -> None:
    srt = "1\n00:00:00,000 --> 00:00:01,500\n1,500 reasons, or 2,000\n"
    assert as_vtt(srt).splitlines()[3:] == [
        "00:00:00.000 --> 00:00:01.500",
        "1,500 reasons, or 2,000",
    ]


def test_subtitles_are_uploaded_as_srt_in_utf_8(
    caller: Caller, sandbox: Sandbox, ready: Callable[..., str]
) -> None:
    session = ready()
    machine, _ = _texts(caller, session)
    latin = SRT + "¡Olé!".encode("latin-1")
    for content in (b"%PDF-1.7", MP4, latin):
        asset_id = caller.upload(content).json()["data"]["asset_id"]
        answer = caller.put_subtitles(session, {"type": "asset_id", "asset_id": asset_id})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "srt")
    waiting = caller.begin_upload(SRT, content_type="text/srt")["asset_id"]
    answer = caller.put_subtitles(session, {"type": "asset_id", "asset_id": waiting})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "asset_not_found")
    assert sandbox.proofreads()[0].text == machine


def test_what_cannot_be_read_is_taken_and_changes_nothing(
    caller: Caller, sandbox: Sandbox, ready: Callable[..., str]
) -> None:
    session = ready()
    machine, _ = _texts(caller, session)
    for srt in (
        {"type": "url", "url": f"{sandbox.base_url}/source/a.srt"},
        {"type": "asset_id", "asset_id": "8f2c41d7a90b"},
    ):
        assert caller.put_subtitles(session, srt).json()["data"]["id"] == session
    assert _texts(caller, session)[0] == machine
    insecure = {"type": "url", "url": "http://cdn.example.com/a.srt"}
    assert caller.put_subtitles(session, insecure).status_code == 400


def test_a_session_hears_other_cues(
    caller: Caller, sandbox: Sandbox, ready: Callable[..., str]
) -> None:
    usual, source = map(_cues, _texts(caller, ready()))
    sandbox.set_faults("other_cues=1 on POST times 1", "other_cues=1:0.25 on POST times 1")
    split_id = ready()
    split, split_source = map(_cues, _texts(caller, split_id))
    assert len(split) == len(split_source) == len(usual) + 1
    assert [cue[1:] for cue in split[2:]] == [cue[1:] for cue in usual[1:]]
    halves = " ".join(cue[2] for cue in split_source[:2])
    assert (halves, split[0][1]) == (source[0][2], split[1][0])
    later = _cues(_texts(caller, ready())[0])
    assert [cue[2] for cue in later] == [cue[2] for cue in usual]
    assert [round(cue[0] - 0.25, 3) for cue in later] == [cue[0] for cue in usual]
    # It stays with the session, and the next one has the usual cues.
    assert _cues(_texts(caller, split_id)[0]) == split
    assert _cues(_texts(caller, ready())[0]) == usual
    assert caller("GET", f"{PROOFREADS}/{split_id}").status_code == 200
