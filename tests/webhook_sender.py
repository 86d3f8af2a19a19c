"""HeyGen's side of a webhook: deliveries made by hand, and a listener to send them to."""

from __future__ import annotations

import gc
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from workspaces import Ran, Workspace

PATIENCE = 20.0
PATH = "/heygen"


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something holds, as long as others may need on a busy machine."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def event(job_id: str = "tr_1", word: str = "video_translate.success", **data: Any) -> bytes:
    told = {"event_type": word, "event_data": {"video_translate_id": job_id, **data}}
    return json.dumps(told).encode()


class Hook:
    """Sends deliveries to a listener on this machine, signed with its secret."""

    def __init__(self, secret: str, port: int | None = None) -> None:
        self.secret, self.port = secret, port or free_port()
        self.url = f"http://127.0.0.1:{self.port}{PATH}"

    def headers(self, body: bytes, event_id: str = "evt_1") -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Heygen-Signature": hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest(),
            "Heygen-Timestamp": str(int(time.time())),
            "Heygen-Event-Id": event_id,
        }

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> int:
        """Send one request; give the status of its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            return connection.getresponse().status
        finally:
            connection.close()

    def send(self, body: bytes, event_id: str = "evt_1", **changed: str | None) -> int:
        """Deliver; `changed` are headers with `_` for `-`, left out where they are None."""
        headers: dict[str, str] = self.headers(body, event_id)
        for name, value in changed.items():
            headers.pop(name.replace("_", "-").title(), None)
            if value is not None:
                headers[name.replace("_", "-").title()] = value
        return self.ask("POST", PATH, body, headers)

    def raw(self, content: bytes) -> bytes:
        """Send bytes as they are; give all that is answered."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            with suppress(OSError):
                connection.sendall(content)
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            with suppress(OSError):
                while piece := connection.recv(65536):
                    answer += piece
        return answer

    def is_up(self) -> bool:
        try:
            return self.ask("GET", "/healthz") == 200
        except OSError:
            return False


def listen(workspace: Workspace, hook: Hook, script: Callable[[], None], *options: str) -> Ran:
    """Run a listener in this process, play a script beside it, and end it by SIGTERM."""
    failures: list[BaseException] = []

    def play() -> None:
        try:
            wait_for(hook.is_up)
            script()
        except BaseException as error:
            failures.append(error)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    arguments = ("listen", "--yes", "--port", str(hook.port), "--pause", "0.1", *options)
    actor = threading.Thread(target=play)
    actor.start()
    # Whatever keeps it from listening, the actor's signal is taken.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with warnings.catch_warnings():
            # Who is ended in the middle of a call leaves its connection to Python.
            warnings.simplefilter("ignore", ResourceWarning)
            ran = workspace.run(*arguments)
            gc.collect()
        actor.join()
    finally:
        signal.signal(signal.SIGTERM, before)
    if failures:
        raise AssertionError(ran.out + ran.err) from failures[0]
    return ran


class Spy:
    """Counts the passes that a listener makes, and holds each back while `free` is not set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from heygen_localize.operations.listen import listen as module

        self.began = self.ended = 0
        self.free = threading.Event()
        self.free.set()
        true = module.run_pass

        def run_pass(*arguments: Any) -> Any:
            assert self.began == self.ended, "two passes at once"
            self.began += 1
            self.free.wait(PATIENCE)
            try:
                return true(*arguments)
            finally:
                self.ended += 1

        monkeypatch.setattr(module, "run_pass", run_pass)
