"""The server that `localize listen` has: what strangers may take of it, and what they are told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http import HTTPStatus

import pytest

from heygen_localize.system.http_listener import Answer, Bounds, HttpListener, Incoming

GOOD = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
PATIENCE = 20.0


def fine(incoming: Incoming) -> HTTPStatus:
    return HTTPStatus.OK


@pytest.fixture
def serve() -> Iterator[Callable[..., int]]:
    """Start servers with these bounds; give their ports."""
    with ExitStack() as stack:

        def start(answer: Answer = fine, **bounds: float) -> int:
            listener = HttpListener("127.0.0.1", 0, answer, Bounds(**bounds))
            stack.callback(listener.close, 0.1)
            return listener.port

        yield start


def connected(port: int, content: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall(content)
    return connection


def answered(port: int, content: bytes = GOOD) -> bytes:
    with connected(port, content) as connection:
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def test_idle_connections_keep_nobody_out(serve: Callable[..., int]) -> None:
    port = serve(connections=4, seconds=60)
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(port, GOOD[:20])) for _ in range(12)]
        assert answered(port).startswith(b"HTTP/1.1 200 ")
        assert idle[0].recv(1) == b""  # the oldest had to go
        slow = [thread for thread in threading.enumerate() if "process_request" in thread.name]
        assert len(slow) <= 4 + 1


@pytest.mark.parametrize("begun", [b"", GOOD[:10], GOOD[:-4], GOOD[:-1]], ids=str)
def test_who_drips_is_cut_off(serve: Callable[..., int], begun: bytes) -> None:
    port = serve(seconds=0.3)
    over = threading.Event()
    with connected(port, begun) as connection:

        def drip() -> None:
            with suppress(OSError):
                while not over.wait(0.05):
                    connection.sendall(b"" if begun == GOOD[:-1] else b"a")

        dripping = threading.Thread(target=drip)
        dripping.start()
        with suppress(ConnectionError):
            assert connection.recv(1) == b""
        over.set()
        dripping.join()
    assert answered(port).startswith(b"HTTP/1.1 200 ")


def test_what_breaks_is_not_told(serve: Callable[..., int]) -> None:
    def broken(incoming: Incoming) -> HTTPStatus:
        raise RuntimeError("/etc/secret " + incoming.path)

    answer = answered(serve(broken))
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert answer.endswith(b"\r\n\r\nInternal Server Error\n")
    assert b"Python" not in answer


def test_one_request_a_connection(serve: Callable[..., int]) -> None:
    seen: list[bytes] = []

    def note(incoming: Incoming) -> HTTPStatus:
        seen.append(incoming.body)
        return HTTPStatus.OK

    answer = answered(serve(note), GOOD + GOOD.replace(b"{}", b"[]"))
    assert (seen, answer.count(b"HTTP/1.1"), b"Connection: close" in answer) == ([b"{}"], 1, True)


def test_what_is_refused_is_answered_though_its_body_is_on_its_way(
    serve: Callable[..., int],
) -> None:
    port = serve(body=1000)
    body = b"a" * 500_000
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert answered(port, head + body).startswith(b"HTTP/1.1 413 ")


def test_the_end_waits_for_answers_and_not_for_those_who_send_nothing() -> None:
    began, free = threading.Event(), threading.Event()

    def slow(incoming: Incoming) -> HTTPStatus:
        began.set()
        free.wait(PATIENCE)
        return HTTPStatus.OK

    listener = HttpListener("127.0.0.1", 0, slow)
    with connected(listener.port) as idle, connected(listener.port, GOOD) as busy:
        assert began.wait(PATIENCE)
        threading.Timer(0.2, free.set).start()
        listener.close(0.6)
        assert busy.recv(100).startswith(b"HTTP/1.1 200 ")
        assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connected(listener.port)


def test_an_address_of_ipv6_may_be_listened_on() -> None:
    try:
        listener = HttpListener("::1", 0, fine)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with socket.create_connection(("::1", listener.port), timeout=PATIENCE) as connection:
        connection.sendall(GOOD)
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
    listener.close(0.1)
