"""Videos at addresses of the sandbox's own, good and bad."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
import requests
from sandbox_caller import Caller

from heygen_localize.sandbox import Sandbox


def _boxes(content: bytes) -> list[bytes]:
    names, place = [], 0
    while place < len(content):
        names.append(content[place + 4 : place + 8])
        place += int.from_bytes(content[place : place + 4], "big")
    assert place == len(content)
    return names


def test_a_good_source_is_a_video_by_range(caller: Caller, sandbox: Sandbox) -> None:
    whole = caller.source("good.mp4")
    assert (whole.status_code, whole.headers["Content-Type"]) == (200, "video/mp4")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert _boxes(whole.content)[:2] == [b"ftyp", b"moov"]
    head = caller.source("good.mp4", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Length"):
        assert head.headers[name] == whole.headers[name]
    for condition in (whole.headers["ETag"], whole.headers["Last-Modified"]):
        part = caller.source("good.mp4", Range="bytes=10-19", **{"If-Range": condition})
        assert (part.status_code, part.content) == (206, whole.content[10:20])
    tail = caller.source("good.mp4", Range="bytes=-5")
    assert tail.content == whole.content[-5:]
    assert caller.source("good.mp4", Range="bytes=0-0", **{"If-Range": '"x"'}).status_code == 200
    assert sandbox.requests()[0].route == "/source/{name}"


def test_the_last_segment_decides(caller: Caller) -> None:
    one, other = caller.source("a/b/good.mp4"), caller.source("another.mp4")
    assert one.status_code == other.status_code == 200
    assert one.headers["ETag"] != other.headers["ETag"]
    assert one.content != other.content
    assert caller.source("a/forbidden.mp4").status_code == 403
    assert caller.source("a/b.mp3").headers["Content-Type"] == "audio/mpeg"
    assert caller.source("a/b.mov").status_code == 404


def test_an_index_at_the_end_still_points_at_the_data(caller: Caller) -> None:
    front, end = caller.source("good.mp4").content, caller.source("end.mp4").content
    assert _boxes(end) == [b"ftyp", b"free", b"mdat", b"moov"]

    def first_samples(film: bytes) -> list[bytes]:
        found, place = [], 0
        while (place := film.find(b"stco", place)) >= 0:
            offset = int.from_bytes(film[place + 12 : place + 16], "big")
            found.append(film[offset : offset + 64])
            place += 4
        return found

    assert len(first_samples(front)) == 2
    assert first_samples(end) == first_samples(front)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("page.mp4", 200),
        ("login", 200),
        ("forbidden.mp4", 403),
        ("unauthorized.mp4", 401),
        ("missing.mp4", 404),
        ("broken.mp4", 500),
    ],
)
def test_pages_are_no_videos(caller: Caller, name: str, status: int) -> None:
    for method in ("HEAD", "GET"):
        answer = caller.source(name, method)
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("x/login.mp4", "/source/login?next=/source/x/login.mp4"),
        ("x/moved.mp4", "/source/x/good.mp4"),
        ("private.mp4", "http://169.254.169.254/latest/meta-data"),
    ],
)
def test_redirects_lead_elsewhere(caller: Caller, name: str, target: str) -> None:
    answer = caller.source(name)
    assert answer.status_code == 302
    assert urljoin("/", answer.headers["Location"]) == target


def test_a_changing_source_changes_when_told(caller: Caller, sandbox: Sandbox) -> None:
    before, good = caller.source("changing.mp4"), caller.source("good.mp4")
    assert caller.source("changing.mp4").content == before.content
    sandbox.change_source()
    after = caller.source("changing.mp4")
    assert after.content != before.content
    for name in ("ETag", "Last-Modified"):
        assert after.headers[name] != before.headers[name]
    assert caller.source("good.mp4").headers["ETag"] == good.headers["ETag"]


def test_hosts_that_can_do_less(caller: Caller) -> None:
    assert caller.source("nohead.mp4", "HEAD").status_code == 405
    assert caller.source("nohead.mp4", Range="bytes=0-9").status_code == 206
    whole = caller.source("norange.mp4", Range="bytes=0-9")
    assert (whole.status_code, whole.content[4:8]) == (200, b"ftyp")
    assert "Accept-Ranges" not in whole.headers
    short = caller.source("short.mp4")
    assert (short.status_code, short.headers["Content-Type"]) == (200, "video/mp4")
    assert len(short.content) == 16


def test_a_key_that_goes_to_a_source_is_noted(caller: Caller, sandbox: Sandbox) -> None:
    caller.source("good.mp4")
    assert sandbox.key_leaks() == []
    caller.source("good.mp4", **{"x-api-key": sandbox.api_key})
    assert len(sandbox.key_leaks()) == 1


def test_sources_break_off_too(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.set_faults("cut_download=1:1000 on GET /source/* times 1")
    with pytest.raises(requests.RequestException):
        caller.source("good.mp4")
    assert caller.source("good.mp4").status_code == 200
