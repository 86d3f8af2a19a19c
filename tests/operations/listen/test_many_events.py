"""A listener under many events, with duplicates and forgeries, and killed in the middle.

At full size: LOCALIZE_EVENTS_SECONDS=30 LOCALIZE_EVENTS_RATE=200, with `-s` to see the figures.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from starters import started
from webhook_sender import PATIENCE, Hook, event, wait_for
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

SECONDS = float(os.environ.get("LOCALIZE_EVENTS_SECONDS", "3"))
RATE = int(os.environ.get("LOCALIZE_EVENTS_RATE", "100"))
SHOWN = "LOCALIZE_EVENTS_SECONDS" in os.environ
PAUSE = 0.5
SENDERS = 4
LISTING = "/v3/video-translations"
MEMORY_GROWS = 16_000_000
"""Bytes that a process may take more at the end than when it was warm."""


class Storm:
    """Sends events, duplicates and forgeries at a rate; notes how each was answered."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._numbers = itertools.count()
        self.over = threading.Event()
        self.answers = Counter[tuple[str, int | None]]()
        self.accepted_at: list[float] = []
        self.slowest = 0.0
        self._noting = threading.Lock()
        self._threads = [threading.Thread(target=self._send_all) for _ in range(SENDERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join()

    def _send_all(self) -> None:
        began = time.monotonic()
        for turn in itertools.count():
            if self.over.wait(max(0.0, began + turn * SENDERS / RATE - time.monotonic())):
                return
            self._send(next(self._numbers))

    def _send(self, number: int) -> None:
        """Every third is a forgery, every third comes again what came before."""
        kind = ("event", "forgery", "duplicate")[number % 3]
        name = number - 2 if kind == "duplicate" else number
        body, sent = event(f"tr_of_others_{name}"), time.monotonic()
        changed = {"heygen_signature": f"{number:064x}"} if kind == "forgery" else {}
        try:
            status: int | None = self._hook.send(body, f"evt_{name}", **changed)
        except OSError:
            status = None  # it is being killed
        with self._noting:
            self.answers[kind, status] += 1
            self.slowest = max(self.slowest, time.monotonic() - sent)
            if status == 200:
                self.accepted_at.append(time.time())


def standing(process: int) -> tuple[int, int]:
    """Give the memory of a process, in bytes, and how many files it has open."""
    status = Path(f"/proc/{process}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) * 1024, len(list(Path(f"/proc/{process}/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_no_pass_is_missed_or_doubled_under_many_events(
    workspace: Workspace,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.use(sandbox)
    extra = "limits: {max_concurrent_jobs: 2}"
    workspace.write_videos(*(f"v{number}" for number in range(max(2, int(SECONDS)))), extra=extra)
    targets = 3 * max(2, int(SECONDS))
    hook = Hook("")
    hook.secret = workspace.run("webhooks", "register", hook.url).out.strip()
    monkeypatch.setenv("LOCALIZE_WEBHOOK_SECRET", hook.secret)
    monkeypatch.setenv("LOCALIZE_LISTEN_CHECK_SOURCES", "0")
    options = ("listen", "--yes", "--port", str(hook.port), "--pause", str(PAUSE))
    storm, log = Storm(hook), tmp_path / "steps.log"
    with started() as starter:

        def start() -> int:
            process = starter.start("count", log, workspace.folder, options)
            wait_for(hook.is_up)
            return process

        process = start()
        storm.start()
        time.sleep(SECONDS * 0.3)
        os.kill(process, signal.SIGKILL)  # in the middle
        assert starter.wait() == -signal.SIGKILL
        process = start()
        time.sleep(SECONDS * 0.2)
        warm = standing(process)
        time.sleep(SECONDS * 0.5)
        storm.stop()
        last = max(storm.accepted_at)
        wait_for(lambda: passes(sandbox)[-1] > last)
        then = standing(process)
        wait_for(lambda: lines(workspace) == targets)
        os.kill(process, signal.SIGTERM)
        assert starter.wait() == 128 + signal.SIGTERM

    began = passes(sandbox)
    told = (
        f"{sum(storm.answers.values())} deliveries, {dict(storm.answers)}, slowest "
        f"{storm.slowest:.2f} s; {len(began)} passes; memory {warm[0] >> 20} to {then[0] >> 20} "
        f"MiB, files {warm[1]} to {then[1]}; {targets} targets"
    )
    if SHOWN:
        with capsys.disabled():
            print(told)  # noqa: T201
    answered = {pair for pair in storm.answers if pair[1] is not None}
    assert answered == {("event", 200), ("duplicate", 200), ("forgery", 401)}
    assert storm.slowest < PATIENCE / 2
    # Not more often than the pause allows; and after each accepted event one began.
    assert len(began) <= (began[-1] - began[0]) / PAUSE + 4
    assert then[0] - warm[0] < MEMORY_GROWS
    assert then[1] <= warm[1] + 2 * SENDERS
    assert creates(sandbox) == targets
    assert len({job.callback_id for job in sandbox.jobs()}) == len(sandbox.jobs()) == targets
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def passes(sandbox: Sandbox) -> list[float]:
    """Give the moments at which passes looked at the account."""
    asked = [note for note in sandbox.requests() if note.method == "GET"]
    return [note.at for note in asked if note.route == LISTING] or [0.0]


def lines(workspace: Workspace) -> int:
    """Count the targets that are rendered by the lockfile."""
    if not workspace.lockfile.exists():
        return 0
    entries = workspace.lock()["targets"].values()
    return sum(entry["status"] == "completed" for entry in entries)
