"""Presigned URLs, and the real media behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sandbox_caller import RENDER_SECONDS, TRANSLATIONS, Caller, Clock


@pytest.fixture
def fields(caller: Caller, clock: Clock) -> dict[str, Any]:
    options: dict[str, Any] = {
        "enable_caption": True,
        "translate_audio_only": True,
        "title": "A -->\nB",
    }
    job = caller.create("Spanish (Mexico)", **options)
    clock.now += RENDER_SECONDS
    return caller.job(job)


def test_files_are_what_their_names_say(caller: Caller, fields: dict[str, Any]) -> None:
    kinds = {
        "video_url": ("video/mp4", b"ftypisom"),
        "audio_url": ("audio/mpeg", b"\xff\xfb"),
        "srt_caption_url": ("application/x-subrip; charset=utf-8", b"1\n00:00:00,000 --> "),
        "vtt_caption_url": ("text/vtt; charset=utf-8", b"WEBVTT\n\n00:00:00.000 --> "),
    }
    for name, (kind, start) in kinds.items():
        answer = caller.file(fields[name])
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == kind
        assert start in answer.content[:2048]
    assert caller.sandbox.key_leaks() == []


def test_captions_carry_the_title_and_the_language(caller: Caller, fields: dict[str, Any]) -> None:
    captions = caller.file(fields["srt_caption_url"]).content.decode()
    assert "\n1. A → B\n" in captions
    assert "\n2. Spanish (Mexico)\n" in captions
    assert captions.count("-->") == 3


def test_every_job_has_files_of_its_own_that_stay_the_same(caller: Caller, clock: Clock) -> None:
    options: dict[str, Any] = {"enable_caption": True, "translate_audio_only": True}
    ids = caller.post("Spanish", "Spanish", **options).json()["data"]["video_translation_ids"]
    clock.now += RENDER_SECONDS
    first, second = map(caller.job, ids)
    again = caller.job(ids[0])
    for name in ("video_url", "audio_url", "srt_caption_url", "vtt_caption_url"):
        content = caller.file(first[name]).content
        assert content != caller.file(second[name]).content
        assert content == caller.file(again[name]).content
        assert first[name] != again[name]
        assert urlsplit(first[name]).path == urlsplit(again[name]).path


def test_the_video_still_ends_in_whole_boxes(caller: Caller, fields: dict[str, Any]) -> None:
    content = caller.file(fields["video_url"]).content
    boxes, place = [], 0
    while place < len(content):
        boxes.append(content[place + 4 : place + 8])
        place += int.from_bytes(content[place : place + 4], "big")
    assert place == len(content)
    # The index comes before the data, so that playing starts at once.
    assert boxes.index(b"moov") < boxes.index(b"mdat")
    assert boxes[-1] == b"free"


def test_ranges_resume_a_download(caller: Caller, fields: dict[str, Any]) -> None:
    whole = caller.file(fields["video_url"])
    url = caller.job(fields["id"])["video_url"]
    part = caller.file(url, **{"Range": "bytes=1000-", "If-Range": whole.headers["ETag"]})
    length = len(whole.content)
    assert part.status_code == 206
    assert part.content == whole.content[1000:]
    assert part.headers["Content-Range"] == f"bytes 1000-{length - 1}/{length}"
    changed = caller.file(url, **{"Range": "bytes=1000-", "If-Range": '"other"'})
    assert changed.status_code == 200
    beyond = caller.file(url, Range="bytes=9000000-")
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"] == f"bytes */{length}"
    same = caller.file(url, **{"If-None-Match": whole.headers["ETag"]})
    assert same.status_code == 304


def test_urls_expire(caller: Caller, fields: dict[str, Any], clock: Clock) -> None:
    expires = int(parse_qs(urlsplit(fields["video_url"]).query)["Expires"][0])
    assert expires == int(clock.now + 7 * 24 * 3600)
    caller.sandbox.advance(expires - clock.now - 1)
    assert caller.file(fields["video_url"]).status_code == 200
    caller.sandbox.advance(1)
    denied = caller.file(fields["video_url"])
    assert denied.status_code == 403
    assert "AccessDenied" in denied.text
    assert caller.file(caller.job(fields["id"])["video_url"]).status_code == 200


def test_urls_cannot_be_altered(caller: Caller, fields: dict[str, Any]) -> None:
    url = fields["video_url"]
    altered = (
        url.replace("Expires=", "Expires=9"),
        url.replace("video.mp4", "audio.mp3"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.partition("?")[0],
    )
    for other in altered:
        assert caller.file(other).status_code == 403


def test_deleting_takes_the_files_away(caller: Caller, fields: dict[str, Any]) -> None:
    caller.sandbox.delete_job(fields["id"])
    assert caller.file(fields["video_url"]).status_code == 404


def test_captions_come_by_their_own_endpoint(caller: Caller, fields: dict[str, Any]) -> None:
    path = f"{TRANSLATIONS}/{fields['id']}/caption"
    for kind in ("srt", "vtt"):
        url = caller("GET", f"{path}?format={kind}").json()["data"]["caption_url"]
        assert caller.file(url).content == caller.file(fields[f"{kind}_caption_url"]).content
    for query in ("", "?format=txt"):
        assert caller("GET", path + query).json()["error"]["param"] == "format"


def test_captions_are_refused_until_a_job_is_completed(caller: Caller, clock: Clock) -> None:
    path = f"{TRANSLATIONS}/{caller.create()}/caption?format=srt"
    assert caller("GET", path).status_code == 400
    clock.now += RENDER_SECONDS
    assert caller("GET", path).status_code == 200


def test_lengths_and_urls_are_settings(start: Callable[..., Caller], clock: Clock) -> None:
    caller = start(url_seconds=60.0, job_seconds=90.5)
    job = caller.create()
    clock.now += RENDER_SECONDS
    fields = caller.job(job)
    assert fields["duration"] == 90.5
    clock.now += 61
    assert caller.file(fields["video_url"]).status_code == 403
