"""Answers without end, in size, depth, number or time: each is let go, in bounded memory."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from stand_in import Asked, Reply, StandIn

from heygen_localize.core.job_kind import JobKind
from heygen_localize.heygen import listing
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.transport import Transport

LINK = "https://files.example.com/{}/" + "x" * 400 + "?Expires=1900000000&Signature=" + "s" * 300
LIMIT = 200 * 1024 * 1024
"""Bytes that a process may take for the worst that is thought of here, the interpreter's and
all modules' 50 million among them."""

_LISTING = """
import json, resource, sys
from heygen_localize.core.job_kind import JobKind
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.transport import Transport

def peak():
    try:  # What getrusage tells is at least what the parent took, under Linux.
        status = open("/proc/self/status").read()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        pass
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

client = Client(Transport(Connection(sys.argv[1], "k", "a test", 0), backoff=0))
before = peak()
listing = client.listing([JobKind.TRANSLATION])
linked = sum(job.outputs.reachable for job in listing.jobs)
print(json.dumps([len(listing.jobs), linked, listing.flaw, peak() - before, peak()]))
"""


def measured(script: Callable[[Asked], Reply | None]) -> tuple[int, int, str | None, int, int]:
    """List an account in a process of its own; give jobs, jobs with links, flaw, bytes taken."""
    with closing(StandIn(script)) as server:
        ran = subprocess.run(
            [sys.executable, "-c", _LISTING, server.base],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert ran.returncode == 0, ran.stderr[-2000:]
    jobs, linked, flaw, taken, peak = json.loads(ran.stdout)
    return jobs, linked, flaw, taken, peak


def page_number(asked: Asked) -> int:
    found = re.search(r"token=(\d+)", asked.path)
    return int(found[1]) if found else 0


def paged(item: Callable[[int], dict[str, Any]], pages: int) -> Callable[[Asked], Reply]:
    def script(asked: Asked) -> Reply:
        number = page_number(asked)
        items = [item(number * 100 + place) for place in range(100)]
        more = number + 1 < pages
        answer = {"data": items, "has_more": more, "next_token": str(number + 1) if more else None}
        return Reply(200, json.dumps(answer, ensure_ascii=False).encode())

    return script


def usual(number: int) -> dict[str, Any]:
    return {
        "id": f"tr_{number:012}-es",
        "status": "pending",
        "title": f"How to set up your account, part {number} [es-MX]",
        "output_language": "Spanish (Mexico)",
        "callback_id": f"lz1:acme-docs:{number:032x}",
        "created_at": 1_700_000_000 + number,
        "duration": 61.5,
    }


def test_a_hundred_thousand_jobs_fit_into_a_hundred_megabytes() -> None:
    """Measured on a fifth of them, for time."""
    jobs, _, flaw, taken, _ = measured(paged(usual, 200))
    assert (jobs, flaw) == (20_000, None)
    assert taken * 5 < 100_000_000


def test_links_give_way_before_jobs_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, with less room: what it takes is measured elsewhere."""
    monkeypatch.setattr(listing, "_MOST_LINKS", 1_000_000)
    monkeypatch.setattr(listing, "_MOST_KEPT", 2_000_000)

    def finished(number: int) -> dict[str, Any]:
        named = ("video_url", "srt_caption_url", "vtt_caption_url")
        links = {name: LINK.format(f"{number}/{name}") for name in named}
        return usual(number) | {"status": "completed"} | links

    with closing(StandIn(paged(finished, 10))) as server:
        found = Client(Transport(Connection(server.base, "k", "a test", 0))).listing(
            [JobKind.TRANSLATION]
        )
    assert (len(found.jobs), found.flaw) == (1000, None)
    linked = [job.outputs.reachable for job in found.jobs]
    assert linked == sorted(linked, reverse=True), "the newest have theirs"
    assert 100 < sum(linked) < 900
    assert all(job.mark for job in found.jobs)


def test_a_list_that_takes_too_much_is_flawed_and_says_so() -> None:
    def wide(number: int) -> dict[str, Any]:
        return usual(number) | {name: chr(0x1F600) * 2000 for name in ("title", "failure_message")}

    jobs, _, flaw, _, peak = measured(paged(wide, 10_000))
    assert flaw == f"the list takes more than 160 MB of memory after {jobs} jobs"
    assert jobs > 1000
    assert peak < LIMIT


def answered(body: bytes) -> Callable[[Asked], Reply]:
    return lambda _: Reply(200, body)


# Made when its turn comes: every worker reads this file.
HUGE: dict[str, Callable[[], bytes]] = {
    "deep": lambda: b'{"data": ' + b"[" * 4_000_000,
    "deep and closed": lambda: (
        b'{"data": [' + b"[" * 300_000 + b"]" * 300_000 + b'], "has_more": false}'
    ),
    "deep behind strings": lambda: (
        b'{"data": [' + b'["]",' * 100_000 + b"1" + b"]" * 100_001 + b"}"
    ),
    "deep behind escapes": lambda: (
        b'{"data": [' + b'["\\"]",' * 90_000 + b"1" + b"]" * 90_001 + b"}"
    ),
    "objects": lambda: b'{"data": [' + b'{"":0},' * 1_100_000 + b'{}], "has_more": false}',
    "lists": lambda: b'{"data": [' + b"[]," * 2_500_000 + b'[]], "has_more": false}',
    "items": lambda: b'{"data": [' + b'{"id":"a"},' * 700_000 + b'{}], "has_more": false}',
    "numbers": lambda: b'{"data": [' + b"1.5," * 1_900_000 + b'1], "has_more": false}',
    "a number": lambda: b'{"data": ' + b"9" * 7_000_000 + b"}",
    "a title": lambda: (
        b'{"data": [{"id": "a", "title": "' + b"t" * 7_000_000 + b'"}], "has_more": true}'
    ),
    "wide letters": lambda: f'{{"data": ["{chr(0x1F600) * 1_900_000}"]}}'.encode(),
    "a body": lambda: b" " * 100_000_000,
}


@pytest.mark.few(6)
@pytest.mark.parametrize("body", HUGE.values(), ids=HUGE)
def test_no_answer_takes_the_memory_or_the_interpreter(body: Callable[[], bytes]) -> None:
    _, _, flaw, _, peak = measured(answered(body()))
    assert flaw is not None
    assert peak < LIMIT


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Transport]:
    """Make transports that wait 0.5 seconds for a piece of an answer, and so 1 for all of it."""
    monkeypatch.setitem(Transport._call.__kwdefaults__ or {}, "seconds", 0.5)
    return lambda base: Transport(Connection(base, "k", "a test", 0), backoff=0)


def test_a_body_that_drips_has_an_end(hasty: Callable[[str], Transport]) -> None:
    reply = Reply(200, b'{"data": ', length=10_000, drips=0.05)
    with closing(StandIn(lambda _: reply)) as server:
        began = time.monotonic()
        with pytest.raises(ApiError, match="no answer in time"):
            hasty(server.base).get("/v3/x")
    assert time.monotonic() - began < 5


def test_a_slow_body_that_comes_in_time_is_read(hasty: Callable[[str], Transport]) -> None:
    reply = Reply(200, b'{"data": 7}', length=13, drips=0.1)
    with closing(StandIn(lambda _: reply)) as server:
        assert hasty(server.base).get("/v3/x") == 7


@contextmanager
def dripping(start: bytes, piece: bytes) -> Iterator[str]:
    """Answer every connection with a start, and then pieces for as long as anyone listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip(peer: socket.socket) -> None:
            with closing(peer):
                try:
                    peer.sendall(start)
                    while True:
                        time.sleep(0.05)
                        peer.sendall(piece)
                except OSError:
                    return

        def serve() -> None:
            while True:
                try:
                    peer, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=drip, args=(peer,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


STARTS = {
    "a status line": (b"HTTP/1.1 2", b"0"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "early answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize(("start", "piece"), STARTS.values(), ids=STARTS)
def test_whatever_drips_has_an_end(
    hasty: Callable[[str], Transport], start: bytes, piece: bytes
) -> None:
    with dripping(start, piece) as base:
        began = time.monotonic()
        with pytest.raises(ApiError):
            hasty(base).get("/v3/x")
    assert time.monotonic() - began < 5


def test_a_connection_serves_the_next_answer_with_a_time_of_its_own(
    hasty: Callable[[str], Transport],
) -> None:
    reply = Reply(200, b'{"data": 7}', length=13, drips=0.1)
    plain = Reply(200, b'{"data": 8}')
    replies = [plain, reply]
    with closing(StandIn(lambda _: replies.pop(0))) as server:
        way = hasty(server.base)
        assert way.get("/v3/x") == 8
        time.sleep(1.1)
        assert way.get("/v3/x") == 7
        assert server.connections == 1
