"""Two machines whose runs are killed again and again, while a third hand changes a lockfile.

The account's lists lag, answers get lost, and places are refused: nothing is paid twice, and no
entry is lost. More kills: LOCALIZE_KILLS=200.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from starters import APPLY, Starter, started
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox
from heygen_localize.system.files import write_atomically

PATIENCE = 30.0
KILLS = int(os.environ.get("LOCALIZE_KILLS", "8"))
LANGUAGES = ("es-MX", "fr-FR", "ja")
VIDEOS = 4
FAULTS = (
    "drop_after=0.15 on POST",
    "rate_limit=0.2:1 on POST",
    "html_502=0.1 on POST",
    "list_lag=1:2 on GET",
)


class Machine:
    """A checkout whose runs are started and killed."""

    def __init__(self, starter: Starter, workspace: Workspace, dice: random.Random) -> None:
        self.starter, self.workspace, self.dice = starter, workspace, dice
        self.log = workspace.folder / ".steps.log"
        self.running: int | None = None

    def start(self) -> None:
        self.log.unlink(missing_ok=True)
        self.running = self.starter.start("count", self.log, self.workspace.folder)
        deadline = time.monotonic() + PATIENCE
        while not self.log.exists() and time.monotonic() < deadline:
            time.sleep(0.005)  # a loaded machine is slow to start Python

    def kill(self) -> bool:
        """Kill the run; tell whether it was still there."""
        with suppress(ProcessLookupError):
            os.kill(self.running or 0, signal.SIGKILL)
        return self.starter.wait() == -signal.SIGKILL


def add_entry(workspace: Workspace, number: int) -> str | None:
    """Change the lockfile as a merge would: another address comes in."""
    try:
        document: Any = workspace.lock()
    except FileNotFoundError:
        return None
    if not document["targets"]:
        return None
    address = f"merged-{number}/ja"
    known = next(iter(document["targets"].values()))
    document["targets"][address] = known | {
        "fingerprint": f"{number:064x}",
        "translation_id": f"tr_merged{number}-ja",
        "status": "failed",
        "language": "Japanese",
    }
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomically(workspace.lockfile, text)
    time.sleep(0.02)
    # A run may have been between its look and its rename, where no git would get in either.
    return address if address in workspace.lock()["targets"] else None


@pytest.fixture
def machines(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    start_sandbox: Callable[..., Sandbox],
) -> Any:
    account = start_sandbox(render_seconds=1.0, max_jobs=None, seed=5, faults=FAULTS)
    monkeypatch.setenv("LOCALIZE_APPLY_POLL_INTERVAL", "0.1")
    monkeypatch.setenv("LOCALIZE_APPLY_CHECK_SOURCES", "0")
    with ExitStack() as stack:
        made = []
        for number in range(2):
            folder = tmp_path / f"machine-{number}"
            folder.mkdir()
            workspace = Workspace(folder, monkeypatch, capsys)
            workspace.use(account)
            videos = (f"video-{name}" for name in range(VIDEOS))
            limit = "limits: {max_concurrent_jobs: 40}"
            workspace.write_videos(*videos, languages=LANGUAGES, extra=limit)
            starter = stack.enter_context(started())
            made.append(Machine(starter, workspace, random.Random(number)))
        yield account, made


def test_two_machines_that_die_all_the_time_pay_once(machines: Any) -> None:
    account, (first, second) = machines
    dice = random.Random(11)
    kills, rounds = 0, 0
    merged: set[str] = set()
    while kills < KILLS or len(merged) < 2:
        rounds += 1
        assert rounds < 20 * KILLS, (
            "the runs end before they can be killed, or their merges are lost"
        )
        for machine in (first, second):
            machine.start()
        time.sleep(dice.uniform(0.05, 1.2))
        added = add_entry(first.workspace, rounds)
        merged |= {added} if added else set()
        time.sleep(dice.uniform(0, 0.5))
        kills += sum(machine.kill() for machine in (first, second))
        if dice.random() < 0.3:  # something new to order
            for machine in (first, second):
                text = machine.workspace.manifest.read_text()
                name = f"more-{rounds}"
                source = f"https://cdn.example.com/{name}.mp4"
                machine.workspace.write(f"{text}  {name}: {{source: '{source}'}}\n")
    account.set_faults()
    for machine in (first, second):
        assert machine.workspace.run(*APPLY).code in (0, 1)
        assert machine.workspace.run("plan", "--detailed-exitcode").code == 0
    marks = Counter(job.callback_id for job in account.jobs())
    assert set(marks.values()) == {1}, [mark for mark, times in marks.items() if times > 1]
    locks = [machine.workspace.lock()["targets"] for machine in (first, second)]
    jobs = {job.id for job in account.jobs()}
    for lock in locks:
        assert jobs <= {entry["translation_id"] for entry in lock.values()}
    assert merged <= set(locks[0])
    print(f"{kills} kills, {len(jobs)} jobs, {len(merged)} entries merged")  # noqa: T201
