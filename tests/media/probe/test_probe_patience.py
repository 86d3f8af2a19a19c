"""Many sources in a bounded time, whatever their hosts do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from fake_clock import FakeClock
from media_samples import mp4
from stand_in import Asked, Reply, Script, StandIn, file_reply, hanging

from heygen_localize.core.sources import SourceReport
from heygen_localize.media import Role
from heygen_localize.media.probe import Prober

Serve = Callable[[Script], StandIn]
SLACK = 1.5
"""Seconds that a busy machine may add; one after the other, each test would take far longer."""


def ask(prober: Prober, urls: list[str], within: float) -> tuple[dict[str, SourceReport], float]:
    began = time.monotonic()
    reports = prober.ask(dict.fromkeys(urls, Role.VIDEO), within)
    return reports, time.monotonic() - began


def test_a_hundred_sources_that_answer(prober: Prober, serve: Serve) -> None:
    server = serve(lambda asked: file_reply(asked, mp4()))
    urls = [f"{server.base}/{number}.mp4" for number in range(100)]
    reports, took = ask(prober, urls, 4.5)
    assert took < 4.5
    assert all(report.seconds is not None for report in reports.values())
    assert (server.count("HEAD"), server.count("GET")) == (100, 100)
    assert server.connections <= 40, "they are used again"


def test_a_hundred_hosts_that_hang(prober: Prober) -> None:
    with ExitStack() as stack:
        bases = [stack.enter_context(hanging()) for _ in range(100)]
        reports, took = ask(prober, [f"{base}/v.mp4" for base in bases], 0.5)
    assert took < 0.5 + SLACK
    assert {report.silence for report in reports.values()} == {"no answer in time"}


def test_one_dead_host_is_given_up_and_starves_nobody(prober: Prober, serve: Serve) -> None:
    server = serve(lambda asked: file_reply(asked, mp4()))
    with ExitStack() as stack:
        dead = [stack.enter_context(hanging()) for _ in range(8)]
        urls = [f"{base}/{n}.mp4" for base in dead for n in range(20)]
        good = [f"{server.base}/{n}.mp4" for n in range(20)]
        reports, took = ask(prober, urls + good, 6.0)
    assert took < 5.7, "each gave up after two that waited half of the time"
    assert {reports[url].silence for url in urls} == {"no answer in time"}
    assert all(reports[url].seconds is not None for url in good)


def test_a_look_up_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def lookup(*arguments: object, **options: object) -> object:
        never.wait(20)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    prober = Prober(loopback=False, cache=None, clock=FakeClock())
    urls = [f"https://videos{n}.example.com/v.mp4" for n in range(100)]
    reports, took = ask(prober, urls, 0.3)
    threads = [each for each in threading.enumerate() if each.name == "localize-probe"]
    never.set()
    assert took < 0.3 + SLACK
    assert threads, "they still hang"
    assert all(thread.daemon for thread in threads), "and do not hold up the end of the process"
    assert {report.silence for report in reports.values()} == {"no answer in time"}


def test_a_drip_is_cut(prober: Prober) -> None:
    """A server that says a little every moment runs into no time-out of the socket."""
    sent = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            for _ in range(2):  # HEAD, then GET
                connection, _ = server.accept()
                with connection:
                    request = connection.recv(10_000)
                    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n"
                    connection.sendall(head)
                    try:
                        while request.startswith(b"GET"):
                            connection.sendall(b"x")
                            time.sleep(0.01)
                    except OSError:
                        sent.set()

        threading.Thread(target=drip, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v.mp4"
        reports, took = ask(prober, [url], 0.3)
        assert took < 0.3 + SLACK
        assert reports[url].silence == "no answer in time"
        assert sent.wait(2), "the connection is given back soon after"


def test_a_verdict_that_came_before_the_length_counts(prober: Prober, serve: Serve) -> None:
    never = threading.Event()

    def script(asked: Asked) -> Reply:
        first = asked.headers.get("range", "bytes=0-").startswith("bytes=0-")
        never.wait(0.3 if first else 5)  # So late that the time-out of the last is too late.
        start = mp4().index(b"moov") - 4
        padding = (100_008).to_bytes(4, "big") + b"free" + bytes(100_000)
        return file_reply(asked, mp4()[:start] + padding + mp4()[start:])

    url = f"{serve(script).base}/v.mp4"
    reports, _ = ask(prober, [url], 1.0)
    never.set()
    assert reports[url].silence is None
    assert (reports[url].etag, reports[url].seconds) == ('"v1"', None)


def test_no_connection_is_silence(prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    urls = [f"http://127.0.0.1:{port}/{n}.mp4" for n in range(5)]
    reports, _ = ask(prober, urls, 4.5)
    assert {report.silence for report in reports.values()} == {"the connection failed"}


def test_an_unknown_host_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*arguments: object, **options: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    prober = Prober(loopback=False, cache=None, clock=FakeClock())
    reports, _ = ask(prober, ["https://videos.example.com/v.mp4"], 4.5)
    (report,) = reports.values()
    assert (report.problem, report.silence) == (None, "its host has no address here")


def test_what_is_no_tls_is_silence(prober: Prober, serve: Serve) -> None:
    url = serve(lambda asked: Reply()).base.replace("http:", "https:") + "/v.mp4"
    reports, _ = ask(prober, [url], 4.5)
    assert reports[url].problem is None
    assert reports[url].silence is not None


@pytest.mark.parametrize("cut", [None, Reply(200, mp4()[:500], {}, 9_000)])
def test_a_cut_connection_is_tried_once_more(
    prober: Prober, serve: Serve, cut: Reply | None
) -> None:
    left = 0

    def script(asked: Asked) -> Reply | None:
        nonlocal left
        if asked.method == "HEAD":
            return Reply(405)
        left -= 1
        return cut if left >= 0 else file_reply(asked, mp4())

    server = serve(script)
    left = 1
    reports, _ = ask(prober, [f"{server.base}/once.mp4"], 4.5)
    assert reports[f"{server.base}/once.mp4"].seconds is not None
    left = 2
    reports, _ = ask(prober, [f"{server.base}/twice.mp4"], 4.5)
    assert reports[f"{server.base}/twice.mp4"].silence == "the connection broke off"


def test_a_bug_of_ours_is_silence_and_keeps_nobody_waiting(
    prober: Prober, monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("heygen_localize.media.probe.probe.of_bytes", broken)
    url = f"{serve(lambda asked: file_reply(asked, mp4())).base}/v.mp4"
    reports, took = ask(prober, [url], 4.5)
    assert took < 4
    assert reports[url].silence == "the check itself failed (ZeroDivisionError)"


def test_nothing_to_ask(prober: Prober) -> None:
    assert prober.ask({}) == {}
