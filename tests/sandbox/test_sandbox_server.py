"""Starting, stopping, remembering, and what is noted of requests."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from sandbox_caller import RENDER_SECONDS, TRANSLATIONS, Caller, Clock

from heygen_localize.sandbox import Sandbox, SandboxSettings, read_requests
from heygen_localize.sandbox.http.server import QuietHandler, Server


def test_requests_are_noted_in_order(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    job = caller.create(key="k", title="T")
    caller("GET", f"{TRANSLATIONS}/{job}/caption?format=srt")
    caller("DELETE", "/elsewhere")
    first, second, third = sandbox.requests()
    assert (first.method, first.route, first.status) == ("POST", TRANSLATIONS, 200)
    assert (first.idempotency_key, first.at) == ("k", clock.now)
    assert first.body == caller.order(title="T")
    assert second.route == TRANSLATIONS + "/{video_translation_id}/caption"
    assert (second.path, second.query) == (f"{TRANSLATIONS}/{job}/caption", "format=srt")
    assert (second.body, second.status, second.faults) == (None, 400, ())
    assert (third.route, third.path, third.status) == ("", "/elsewhere", 404)


def test_requests_can_be_read_from_outside(caller: Caller, sandbox: Sandbox) -> None:
    caller.create()
    assert read_requests(sandbox.settings.state) == sandbox.requests()
    sandbox.close()
    assert len(read_requests(sandbox.settings.state)) == 1


def test_leaks_of_the_key_are_noted(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    job = caller.create()
    clock.now += RENDER_SECONDS
    url = caller.job(job)["video_url"]
    caller.file(url)
    assert sandbox.key_leaks() == []
    caller.file(url, **{"x-api-key": sandbox.api_key})
    caller.file(url, Authorization=f"Bearer {sandbox.api_key}")
    caller("GET", "/somewhere", headers={"x-api-key": ""}, params={"key": sandbox.api_key})
    caller("GET", TRANSLATIONS, params={"key": sandbox.api_key})
    caller("GET", TRANSLATIONS, headers={"Referer": sandbox.api_key})
    caller.post(title=f"my key is {sandbox.api_key}")
    leaks = sandbox.key_leaks()
    assert len(leaks) == 6
    assert [note.path for note in leaks[:2]] == [f"/files/{job}/video.mp4"] * 2


def test_the_state_survives_a_restart(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    job = caller.create("Spanish", "French")
    token = caller.listed(limit=1)["next_token"]
    sandbox.advance(RENDER_SECONDS)
    path = caller.job(job)["video_url"].removeprefix(sandbox.base_url)
    before = sandbox.jobs()
    sandbox.close()
    with Sandbox(sandbox.settings, clock) as restarted:
        caller = Caller(restarted)
        assert restarted.jobs() == before
        assert restarted.peak_in_progress() == 2
        assert caller.listed_ids(token=token) == [job]
        assert caller.file(restarted.base_url + path).status_code == 200
        assert [note.method for note in restarted.requests()] == ["POST", *["GET"] * 4]
        assert caller.create() not in {note.id for note in before}


def test_two_accounts_have_nothing_in_common(start: Callable[..., Caller], tmp_path: Path) -> None:
    one, other = start(), start(state=tmp_path / "other")
    assert one.create() != other.create()


def test_closing_is_quick_and_may_be_repeated(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.set_faults("slow=1:60 on GET")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(caller, "GET")
        while not sandbox.requests():
            pass
        started = time.monotonic()
        sandbox.close()
        sandbox.close()
        assert time.monotonic() - started < 1
        assert slow.result().status_code == 200
    with pytest.raises(requests.ConnectionError):
        caller("GET")


def _connection(sandbox: Sandbox) -> socket.socket:
    port = int(sandbox.base_url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def test_closing_ends_idle_connections_at_once(sandbox: Sandbox) -> None:
    request = b"GET /v3/users/me HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with _connection(sandbox) as fresh, _connection(sandbox) as used:
        used.sendall(request)
        assert used.recv(4096).startswith(b"HTTP/1.1 401")
        started = time.monotonic()
        sandbox.close()
        assert time.monotonic() - started < 0.5
        # The rest of the answer, then the end.
        while used.recv(4096):
            pass
        assert fresh.recv(1) == b""


def test_closing_breaks_off_a_download(start: Callable[..., Caller], clock: Clock) -> None:
    caller = start(output_bytes=200_000_000)
    job = caller.create()
    clock.now += RENDER_SECONDS
    with requests.get(caller.job(job)["video_url"], stream=True, timeout=5) as answer:
        started = time.monotonic()
        caller.sandbox.close()
        assert time.monotonic() - started < 0.5
        with pytest.raises(requests.RequestException):
            sum(map(len, answer.iter_content(1_000_000)))


def test_one_connection_serves_many_requests(caller: Caller, sandbox: Sandbox) -> None:
    asks = b"%s /v3/users/me HTTP/1.1\r\nHost: x\r\nx-api-key: " + sandbox.api_key.encode()
    with _connection(sandbox) as connection, connection.makefile("rb") as answers:
        for method in (b"GET", b"HEAD", b"GET"):
            connection.sendall(asks % method + b"\r\n\r\n")
            assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
            headers = dict(line.split(b": ") for line in iter(answers.readline, b"\r\n"))
            assert b"Connection" not in headers
            length = int(headers[b"Content-Length"])
            assert method == b"HEAD" or len(answers.read(length)) == length
        connection.sendall(asks % b"GET" + b"\r\nConnection: close\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in answers.read()


def test_a_body_that_nobody_reads_is_not_the_next_request(sandbox: Sandbox) -> None:
    sandbox.set_faults("html_502=1 on POST")
    inner = b"GET /inner HTTP/1.1\r\nHost: x\r\n\r\n"
    post = b"POST /v3/assets HTTP/1.1\r\nHost: x\r\n"
    with _connection(sandbox) as connection, connection.makefile("rb") as answers:
        connection.sendall(post + b"Content-Length: %d\r\n\r\n" % len(inner) + inner)
        chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
        connection.sendall(post + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
        last = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(last)
        assert answers.read().count(b"HTTP/1.1 ") == 3
    paths = [note.path for note in sandbox.requests()]
    assert paths == ["/v3/assets", "/v3/assets", "/last"]


def test_a_mistake_of_the_sandbox_is_a_500(
    caller: Caller, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "heygen_localize.sandbox.account.context.AccountContext.balance", lambda _: 1 / 0
    )
    assert caller("GET", "/v3/users/me").status_code == 500
    assert "ZeroDivisionError" in caplog.text


def test_closing_does_not_wait_for_a_body_that_never_comes(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heygen_localize.sandbox.http.server._CLOSE_SECONDS", 0.05)
    with _connection(sandbox) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        sandbox.close()
        assert connection.recv(1) == b""


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"some", b"thing"]

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(listening, application, QuietHandler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        assert requests.get(f"http://127.0.0.1:{server.port}", timeout=5).text == "something"
        # One that comes while the server is being closed is ended too.
        server.connections.close()
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as late:
            assert late.recv(1) == b""
    finally:
        server.shutdown()
        thread.join()


def test_a_caller_may_break_off(caller: Caller, sandbox: Sandbox) -> None:
    address = caller.begin_upload(b"x" * 999)["upload_url"].removeprefix(sandbox.base_url)
    for method, path in (("POST", TRANSLATIONS), ("POST", "/v3/assets"), ("PUT", address)):
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nx-api-key: {sandbox.api_key}\r\n"
        head += "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 999\r\n\r\n"
        head += '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'
        with _connection(sandbox) as connection:
            connection.sendall(head.encode())
            connection.shutdown(socket.SHUT_WR)
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
    assert list((sandbox.settings.state / "assets").iterdir()) == []


def test_it_is_silent_unless_asked(
    start: Callable[..., Caller], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    quiet = start()
    quiet("GET")
    quiet.sandbox.set_faults("drop_before=1 on GET", "cut_body=1 on POST")
    for method in ("GET", "POST"):
        with pytest.raises(requests.RequestException):
            quiet(method)
    quiet.sandbox.close()
    assert capfd.readouterr() == ("", "")


def test_it_logs_requests_if_asked(
    start: Callable[..., Caller], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="werkzeug"):
        start(log_requests=True)("GET", "/v3/users/me")
    assert "GET /v3/users/me" in caplog.text


def test_a_port_that_is_taken_is_an_error(caller: Caller, tmp_path: Path) -> None:
    port = int(caller.sandbox.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Sandbox(SandboxSettings(tmp_path / "other", port=port))


def test_a_bad_fault_rule_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="drop_after"):
        Sandbox(SandboxSettings(tmp_path / "other", faults=("drop=1 on GET",)))
    assert not (tmp_path / "other").exists()


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_it_can_listen_on_ipv6(start: Callable[..., Caller]) -> None:
    caller = start(host="::1")
    assert caller.sandbox.base_url.startswith("http://[::1]:")
    assert caller("GET").status_code == 200


def test_the_machines_own_clock_is_the_default(tmp_path: Path) -> None:
    with Sandbox(SandboxSettings(tmp_path)) as sandbox:
        Caller(sandbox).create()
        assert abs(sandbox.jobs()[0].created_at - time.time()) < 60


def test_many_threads_may_call_at_once(start: Callable[..., Caller]) -> None:
    caller = start(max_jobs=None)
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: caller.create(), range(60)))
    assert len(set(ids)) == 60
    assert sorted(note.id for note in caller.sandbox.jobs()) == sorted(ids)
    assert caller.sandbox.peak_in_progress() == 60
