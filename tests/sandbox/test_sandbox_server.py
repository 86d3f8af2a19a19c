"""Starting, stopping, remembering, and what is noted of requests."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from sandbox_caller import RENDER_SECONDS, TRANSLATIONS, Caller, Clock

from heygen_localize.sandbox import Sandbox, SandboxSettings, read_requests


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
    assert (second.body, second.status, second.faults) == (None, 404, ())
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


def test_a_connection_opened_before_closing_is_reset(sandbox: Sandbox) -> None:
    port = int(sandbox.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as early:
        time.sleep(0.2)
        sandbox.close()
        early.sendall(b"GET /v3/users/me HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            early.recv(1)


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
