"""A lockfile that others change while a command works: what they wrote is merged, never lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from workspaces import Workspace, creates

from heygen_localize.core.lock import Lock
from heygen_localize.project.lockfile.store import LockStore
from heygen_localize.sandbox import Sandbox

APPLY = (sys.executable, "-m", "heygen_localize", "apply", "--yes", "--poll-interval", "0.2")
PATIENCE = 30.0

SESSION = {
    "attempts": 1,
    "fingerprint": "c" * 64,
    "proofread_id": "pr_theirs",
    "status": "completed",
}
APPROVED = "d" * 64
ASSET = {"e" * 64: "asset_theirs"}
ADDRESS = "theirs/ja"


def entry(name: str) -> dict[str, Any]:
    return {
        "attempts": 1,
        "fingerprint": "a" * 64,
        "language": "Japanese",
        "source": {},
        "status": "completed",
        "translation_id": name,
    }


def colleague(lockfile: Path) -> None:
    """Add what a colleague's branch brings: an entry, a session, an approval, an upload."""
    document = json.loads(lockfile.read_text())
    document["targets"][ADDRESS] = entry("tr_theirs")
    document.setdefault("proofreads", {})[ADDRESS] = SESSION
    document.setdefault("approvals", {})[ADDRESS] = APPROVED
    document.setdefault("assets", {}).update(ASSET)
    document.setdefault("deleted", {})["tr_gone"] = 2_000_000_000
    replace(lockfile, json.dumps(document, indent=2))


def replace(lockfile: Path, text: str) -> None:
    """Put another file in its place, as git does."""
    other = lockfile.with_name("other")
    other.write_text(text)
    os.replace(other, lockfile)  # noqa: PTH105


def check_the_colleagues(document: dict[str, Any]) -> None:
    assert document["targets"][ADDRESS] == entry("tr_theirs")
    assert document["proofreads"][ADDRESS] == SESSION
    assert document["approvals"][ADDRESS] == APPROVED
    assert document["assets"].items() >= ASSET.items()
    assert document["deleted"]["tr_gone"] == 2_000_000_000


class Applying:
    """An `apply` in a process of its own, which waits for jobs that render for two seconds."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._process = subprocess.Popen(
            APPLY,
            cwd=workspace.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert self._process.poll() is None, self._process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def end(self) -> tuple[int, str]:
        _, said = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, said


@pytest.fixture
def applying(start_sandbox: Callable[..., Sandbox], workspace: Workspace) -> Applying:
    """Start an `apply` of one new video beside one that was there; wait for its order."""
    sandbox = start_sandbox(render_seconds=2)
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    sandbox.advance(10)
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos("alpha", "beta", languages=("ja",))
    run = Applying(workspace)
    run.wait_until(lambda: creates(sandbox) == 2)
    return run


def test_what_others_add_while_apply_waits_is_kept(applying: Applying) -> None:
    colleague(applying.workspace.lockfile)
    code, said = applying.end()
    assert code == 0, said
    document = applying.workspace.lock()
    check_the_colleagues(document)
    assert document["targets"]["beta/ja"]["status"] == "completed"
    assert applying.workspace.run("plan", "--detailed-exitcode").code == 0


def test_what_others_take_out_while_apply_waits_stays_out(applying: Applying) -> None:
    document = applying.workspace.lock()
    del document["targets"]["alpha/ja"]
    replace(applying.workspace.lockfile, json.dumps(document))
    assert applying.end()[0] == 0
    assert applying.workspace.lock()["targets"].keys() == {"beta/ja"}


def test_a_conflict_that_git_leaves_while_apply_waits_is_read_from_both_sides(
    applying: Applying,
) -> None:
    lockfile = applying.workspace.lockfile
    ours = lockfile.read_text()
    colleague(lockfile)
    theirs = lockfile.read_text()
    replace(lockfile, f"<<<<<<< HEAD\n{ours}=======\n{theirs}\n>>>>>>> theirs\n")
    code, said = applying.end()
    assert code == 0, said
    check_the_colleagues(applying.workspace.lock())
    assert applying.workspace.lock()["targets"].keys() == {ADDRESS, "alpha/ja", "beta/ja"}


def test_what_cannot_be_read_is_left_and_the_answers_stay_in_the_journal(
    applying: Applying,
) -> None:
    workspace, lockfile = applying.workspace, applying.workspace.lockfile
    good = lockfile.read_text()
    replace(lockfile, "half a fi")
    code, said = applying.end()
    assert code == 2
    assert "the lockfile was changed by others meanwhile, and cannot be read" in said
    assert "half a fi" not in said
    assert lockfile.read_text() == "half a fi"
    journal = workspace.folder / ".localize" / "localize" / "journal.jsonl"
    assert "beta/ja" in journal.read_text()
    replace(lockfile, good)
    assert workspace.run("apply").code == 0, "nothing is ordered, so nobody has to agree"
    assert workspace.lock()["targets"].keys() == {"alpha/ja", "beta/ja"}


def test_a_file_that_is_half_there_for_a_moment_is_awaited(applying: Applying) -> None:
    lockfile = applying.workspace.lockfile
    whole = lockfile.read_text()
    lockfile.write_text(whole[:100])
    time.sleep(0.4)
    lockfile.unlink()
    time.sleep(0.2)
    lockfile.write_text(whole)
    code, said = applying.end()
    assert code == 0, said
    assert applying.workspace.lock()["targets"].keys() == {"alpha/ja", "beta/ja"}


def test_a_lockfile_of_another_project_is_not_written_over(applying: Applying) -> None:
    lockfile = applying.workspace.lockfile
    other = lockfile.read_text().replace('"project": "test"', '"project": "another"')
    replace(lockfile, other)
    code, said = applying.end()
    assert code == 2
    assert "belongs to another project than" in said
    assert lockfile.read_text() == other


COMMANDS = {
    "apply": ("apply", "--yes"),
    "refresh": ("refresh",),
    "import": ("import", "beta/ja", "BETA"),
    "forget": ("forget", "gone/ja"),
    "pull": ("pull",),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_writes_keeps_what_others_wrote(
    sandbox: Sandbox, workspace: Workspace, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    outputs = "outputs: {video: 'out/{{ video.id }}.mp4'}"
    workspace.write_videos("alpha", "beta", "gone", languages=("ja",), extra=outputs)
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos("alpha", "beta", languages=("ja",), extra=outputs)
    beta = workspace.lock()["targets"]["beta/ja"]["translation_id"]
    if command in ("apply", "import"):
        document = workspace.lock()
        del document["targets"]["beta/ja"]
        workspace.lockfile.write_text(json.dumps(document))
    write, came = LockStore.write, []

    def late(self: LockStore, lock: Lock, now: float | None = None) -> Lock:
        if not came:
            came.append(command)
            colleague(workspace.lockfile)
        return write(self, lock, now)

    monkeypatch.setattr(LockStore, "write", late)
    ran = workspace.run(*(beta if word == "BETA" else word for word in COMMANDS[command]))
    assert ran.code == 0, ran.err
    assert came
    document = workspace.lock()
    check_the_colleagues(document)
    assert document["targets"]["beta/ja"]["translation_id"] == beta
    assert ("gone/ja" in document["targets"]) is (command != "forget")


def test_a_prune_deletes_nothing_more_once_others_changed_the_lockfile(
    sandbox: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", "gone", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos("alpha", languages=("ja",))
    write, came = LockStore.write, []

    def late(self: LockStore, lock: Lock, now: float | None = None) -> Lock:
        if not came:
            came.append(True)
            colleague(workspace.lockfile)
        return write(self, lock, now)

    monkeypatch.setattr(LockStore, "write", late)
    ran = workspace.run("prune", "--yes")
    assert ran.code == 2
    assert "another process changed the lockfile" in ran.err
    assert not [job for job in sandbox.jobs() if job.deleted]
    check_the_colleagues(workspace.lock())
    assert workspace.run("prune", "--yes").code == 0
    assert len([job for job in sandbox.jobs() if job.deleted]) == 1
