"""Videos of any length, and downloads that go wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import requests
import urllib3
from sandbox_caller import RENDER_SECONDS, Caller, Clock

from heygen_localize.sandbox.media.files import Padded
from heygen_localize.sandbox.media.outputs import labelled_video

SIZE = 3_000_001


@pytest.fixture
def caller(start: Callable[..., Caller]) -> Caller:
    return start(output_bytes=SIZE)


@pytest.fixture
def fields(caller: Caller, clock: Clock) -> dict[str, Any]:
    job = caller.create(enable_caption=True, translate_audio_only=True)
    clock.now += RENDER_SECONDS
    return caller.job(job)


def test_videos_are_padded_each_in_its_own_way(
    caller: Caller, fields: dict[str, Any], clock: Clock
) -> None:
    content = caller.file(fields["video_url"]).content
    assert len(content) == SIZE
    place, names = 0, []
    while place < SIZE:
        names.append(content[place + 4 : place + 8])
        place += int.from_bytes(content[place : place + 4], "big")
    assert (place, names) == (SIZE, [b"ftyp", b"moov", b"free", b"mdat", b"free"])
    other = caller.create()
    clock.now += RENDER_SECONDS
    assert caller.file(caller.job(other)["video_url"]).content[-1000:] != content[-1000:]
    assert caller.file(caller.job(fields["id"])["video_url"]).content == content
    assert len(caller.file(fields["audio_url"]).content) < 100_000


def test_any_range_of_a_padded_video(caller: Caller, fields: dict[str, Any]) -> None:
    url = fields["video_url"]
    content = caller.file(url).content
    for first, last in ((0, 9), (67_000, 70_000), (131_072, 2_500_000), (SIZE - 1, SIZE - 1)):
        part = caller.file(url, Range=f"bytes={first}-{last}")
        assert (part.status_code, part.content) == (206, content[first : last + 1])
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert caller.file(url, Range=f"bytes={SIZE}-").status_code == 416


def test_a_long_video_is_never_in_memory() -> None:
    video = labelled_video("tr_1 Spanish", 6_000_000_000)
    assert (video.size, len(video.head) < 100_000) == (6_000_000_000, True)
    start = video.head.rindex(b"free") - 4
    assert int.from_bytes(video.head[start : start + 4], "big") == 1
    assert int.from_bytes(video.head[start + 8 : start + 16], "big") == video.size - start
    pieces = list(video.pieces(video.size - 10, video.size))
    assert sum(map(len, pieces)) == 10


def test_a_filler_does_not_repeat_at_round_offsets() -> None:
    padded = Padded(b"", "seed", 4_000_000)
    content = b"".join(padded.pieces(0, padded.size))
    starts = {content[place : place + 64] for place in range(0, padded.size - 64, 65_536)}
    assert len(starts) == len(range(0, padded.size - 64, 65_536))


def _read(url: str, **headers: str) -> tuple[bytes, requests.Response]:
    """What arrives of an answer that breaks off."""
    received = bytearray()
    with requests.get(url, stream=True, timeout=10, headers=headers) as answer:

        def read() -> None:
            while piece := answer.raw.read1(10_000):
                received.extend(piece)

        with pytest.raises(urllib3.exceptions.ProtocolError):
            read()
    return bytes(received), answer


def test_a_download_is_cut(caller: Caller, fields: dict[str, Any]) -> None:
    url = fields["video_url"]
    content = caller.file(url).content
    half_once = "cut_download=1 on GET times 1"
    caller.sandbox.set_faults(half_once, "cut_download=1:50000 on GET times 2")
    half, answer = _read(url)
    assert answer.headers["Content-Length"] == str(SIZE)
    assert len(half) == SIZE // 2
    rest, answer = _read(url, Range=f"bytes={len(half)}-")
    assert answer.status_code == 206
    assert answer.headers["Content-Length"] == str(SIZE - len(half))
    assert half + rest == content[: len(half) + 50_000]
    # Shorter than what is let through: whole, the fault being used up.
    assert len(caller.file(url, Range="bytes=0-99").content) == 100
    assert caller.file(url).content == content
    struck = [note.faults for note in caller.sandbox.requests() if note.faults]
    assert struck == [("cut_download",)] * 3


def test_a_good_url_is_forbidden(caller: Caller, fields: dict[str, Any]) -> None:
    caller.sandbox.set_faults("forbid_file=1 on GET times 1")
    assert caller.file(fields["video_url"]).status_code == 403
    assert caller.file(fields["video_url"]).status_code == 200
    assert caller.sandbox.requests()[-1].faults == ()


@pytest.mark.parametrize("name", ["video_url", "audio_url", "srt_caption_url"])
def test_a_file_changes_for_good(caller: Caller, fields: dict[str, Any], name: str) -> None:
    before = caller.file(fields[name])
    caller.sandbox.set_faults("change_etag=1 on GET /files/* times 1")
    resumed = caller.file(fields[name], Range="bytes=5-", **{"If-Range": before.headers["ETag"]})
    after = caller.file(caller.job(fields["id"])[name])
    assert resumed.status_code == 200
    assert resumed.headers["ETag"] == after.headers["ETag"] != before.headers["ETag"]
    digests = {hashlib.sha256(answer.content).digest() for answer in (before, resumed, after)}
    assert len(digests) == 2
    other = "audio_url" if name == "video_url" else "video_url"
    assert caller.file(fields[other]).headers["ETag"] != after.headers["ETag"]


def test_an_asset_is_forbidden_too(caller: Caller) -> None:
    caller.sandbox.set_faults("forbid_file=1 on GET after 1")
    url = caller.upload(b"%PDF-1.7").json()["data"]["url"]
    assert caller.file(url).content == b"%PDF-1.7"
    assert caller.file(url).status_code == 403
