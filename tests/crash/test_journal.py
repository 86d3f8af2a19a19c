"""The journal: what was paid for is on the disk at once, and forgotten only when it is safe."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_clock import FakeClock
from msgspec.structs import asdict, replace
from workspaces import Workspace, creates

from heygen_localize.core.errors import JournalError
from heygen_localize.core.waits import EVENTUAL_CONSISTENCY_SECONDS
from heygen_localize.project.journal import Answer, Journal
from heygen_localize.sandbox import Sandbox
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.files import write_atomically

NOW = 1_790_000_000.0
ANSWER = Answer(
    address="alpha/ja",
    translation_id="tr_f3e127bb4fd0-ja",
    callback_id="lz1:test:" + "0" * 32,
    language="Japanese",
    title="Grüße, 世界\n",
    answered_at=NOW,
)
OTHER = replace(ANSWER, address="alpha/fr-FR", translation_id="tr_0123456789ab-fr")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def journal_file(workspace: Workspace) -> Path:
    """Give the place of the workspace's journal, its folder made."""
    file = workspace.folder / ".localize/localize/journal.jsonl"
    file.parent.mkdir(parents=True)
    return file


def line_of(answer: Answer) -> str:
    return json.dumps(asdict(answer), sort_keys=True, ensure_ascii=False) + "\n"


def answers_in(file: Path) -> set[str]:
    return {answer.translation_id for answer in Journal(file).read()}


# The file


def test_answers_come_back_in_their_order(path: Path) -> None:
    assert Journal(path).read() == ()
    Journal(path).append([ANSWER])
    Journal(path).append([OTHER, replace(OTHER, title=None)])
    assert Journal(path).read() == (ANSWER, OTHER, replace(OTHER, title=None))
    assert path.read_text(encoding="utf-8").count("\n") == 3


def test_a_torn_last_line_harms_neither_what_stands_before_nor_what_comes_after(
    path: Path,
) -> None:
    before, last = line_of(ANSWER).encode(), line_of(OTHER).encode()
    for kept in range(1, len(last) - 1):
        path.write_bytes(before + last[:kept])
        assert Journal(path).read() == (ANSWER,), kept
        Journal(path).append([OTHER])
        assert Journal(path).read() == (ANSWER, OTHER), kept
        assert path.read_bytes() == before + last


def test_a_last_line_that_lacks_only_its_end_is_an_answer(path: Path) -> None:
    path.write_bytes(line_of(ANSWER).encode().rstrip(b"\n"))
    assert Journal(path).read() == (ANSWER,)
    Journal(path).append([OTHER])
    assert Journal(path).read() == (ANSWER, OTHER)


def test_a_journal_that_is_nothing_but_a_torn_line(path: Path) -> None:
    path.write_bytes(b'{"addr')
    assert Journal(path).read() == ()
    Journal(path).append([ANSWER])
    assert Journal(path).read() == (ANSWER,)


def test_a_power_cut_may_leave_zeros(path: Path) -> None:
    path.write_bytes(line_of(ANSWER).encode() + b"\0" * 300)
    assert Journal(path).read() == (ANSWER,)
    Journal(path).append([OTHER])
    assert Journal(path).read() == (ANSWER, OTHER)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "[" * 100_000,
        "null",
        '{"address": "alpha/ja"}',
        json.dumps(asdict(ANSWER) | {"more": 1}),
        json.dumps(asdict(ANSWER) | {"translation_id": "../x"}),
        json.dumps(asdict(ANSWER) | {"answered_at": "today"}),
        json.dumps(asdict(ANSWER) | {"answered_at": float("nan")}),
        json.dumps(asdict(ANSWER) | {"answered_at": float("inf")}),
        json.dumps(asdict(ANSWER) | {"callback_id": 7}),
        json.dumps(asdict(ANSWER) | {"title": 7}),
        "<<<<<<< HEAD",
    ],
    ids=lambda line: line[:12],
)
def test_damage_before_the_last_line_is_an_error(path: Path, line: str) -> None:
    path.write_text(line_of(ANSWER) + line + "\n" + line_of(OTHER), encoding="utf-8")
    with pytest.raises(JournalError) as caught:
        Journal(path).read()
    assert caught.value.problems[0].where.line == 2


def test_settling_keeps_only_what_may_still_be_missing_at_the_vendor(path: Path) -> None:
    old = replace(
        OTHER, translation_id="tr_old-fr", answered_at=NOW - EVENTUAL_CONSISTENCY_SECONDS - 1
    )
    ended = replace(OTHER, translation_id="tr_ended-fr")
    Journal(path).append([ANSWER, old, ended])
    Journal(path).settle({"tr_ended-fr"}, NOW)
    assert Journal(path).read() == (ANSWER,)
    Journal(path).settle(set(), NOW + EVENTUAL_CONSISTENCY_SECONDS)
    assert path.read_bytes() == b""


def test_settling_a_journal_that_is_not_there_makes_none(path: Path) -> None:
    Journal(path).settle(set(), NOW)
    assert not path.exists()


def test_an_answer_is_pending_for_five_minutes() -> None:
    assert ANSWER.fresh(NOW + 299)
    assert not ANSWER.fresh(NOW + 300)
    assert ANSWER.fresh(NOW - 299), "of a clock that was a little ahead"
    assert not ANSWER.fresh(NOW - 300), "else a wrong clock would block its target for ever"
    job = ANSWER.as_job()
    assert (job.id, job.status.value, job.created_at) == (ANSWER.translation_id, "pending", NOW)


# Through the command line


@pytest.fixture
def ordered(start: Callable[..., Sandbox], workspace: Workspace) -> Sandbox:
    """Order three targets and leave; their answers are minutes young."""
    sandbox = start()
    workspace.write_videos("alpha")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert creates(sandbox) == 3
    return sandbox


def summary(workspace: Workspace) -> Any:
    ran = workspace.run("plan", "--format", "json")
    assert ran.code == 0, ran.err
    return ran.json()["summary"]


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes")])
def test_a_damaged_journal_ends_the_run_and_says_how_to_mend_it(
    ordered: Sandbox, workspace: Workspace, command: tuple[str, ...]
) -> None:
    file = workspace.folder / ".localize/localize/journal.jsonl"
    file.write_text("mine\n" + line_of(ANSWER), encoding="utf-8")
    ran = workspace.run(*command)
    assert ran.code == 2
    assert f"{file.relative_to(workspace.folder)}:1" in ran.err
    assert "the journal is damaged" in ran.err
    assert "move it away and run localize apply" in ran.err
    assert creates(ordered) == 3
    # The advice works, with the lockfile and without it.
    file.rename(workspace.folder / "away")
    workspace.lockfile.unlink()
    assert workspace.run("apply", "--yes").code == 0
    assert creates(ordered) == len(ordered.jobs()) == 3


@pytest.mark.parametrize("lock_lost", [False, True], ids=["lock survives", "lock lost"])
def test_a_job_just_ordered_and_not_to_be_seen_yet_is_neither_gone_nor_ordered_again(
    ordered: Sandbox, workspace: Workspace, lock_lost: bool
) -> None:
    ordered.set_faults("list_lag=1:600 on GET", "get_lag=1:600 on GET")
    if lock_lost:
        workspace.lockfile.unlink()
    assert summary(workspace) == ({"adopt": 3} if lock_lost else {"wait": 3})
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert creates(ordered) == 3
    assert len(workspace.lock()["targets"]) == 3
    ordered.set_faults()
    assert workspace.run("apply", "--yes").code == 0
    assert creates(ordered) == 3
    assert summary(workspace) == {"none": 3}


def test_without_the_journal_the_key_finds_the_same_jobs(
    ordered: Sandbox, workspace: Workspace
) -> None:
    """What the journal spares is a request, and the last defence is the key."""
    ordered.set_faults("list_lag=1:600 on GET", "get_lag=1:600 on GET")
    workspace.lockfile.unlink()
    (workspace.folder / ".localize/localize/journal.jsonl").unlink()
    assert summary(workspace) == {"create": 3}
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert creates(ordered) == 6
    assert len(ordered.jobs()) == 3


def test_after_five_minutes_an_answer_is_not_believed_any_more(
    ordered: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    for job in ordered.jobs():
        ordered.delete_job(job.id)
    assert summary(workspace) == {"wait": 3}
    clock.sleep(EVENTUAL_CONSISTENCY_SECONDS)
    ran = workspace.run("plan")
    assert ran.code == 3
    assert "3 gone" in ran.out


def test_the_journal_of_another_branch_does_no_harm(
    start: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start()
    workspace.write_videos("alpha")
    assert workspace.run("apply", "--yes").code == 0
    here = workspace.lockfile.read_bytes()
    plain = workspace.manifest.read_text()
    workspace.write(plain.replace("alpha.mp4'", "alpha.mp4', mode: precision"))
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert creates(sandbox) == 6
    file = workspace.folder / ".localize/localize/journal.jsonl"
    assert len(answers_in(file)) == 3
    # Back to the first branch: git brings manifest and lockfile, and leaves the journal.
    workspace.write(plain)
    workspace.lockfile.write_bytes(here)
    assert summary(workspace) == {"none": 3}
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lockfile.read_bytes() == here
    assert creates(sandbox) == 6


def test_answers_are_kept_while_only_other_targets_are_applied(
    ordered: Sandbox, workspace: Workspace
) -> None:
    """The lockfile that a narrow run writes knows nothing of the others' answers."""
    file = workspace.folder / ".localize/localize/journal.jsonl"
    before = answers_in(file)
    workspace.lockfile.unlink()
    ordered.set_faults("list_lag=1:600 on GET", "get_lag=1:600 on GET")
    ran = workspace.run("apply", "--yes", "--no-wait", "--target", "alpha/ja")
    assert ran.code == 0, ran.err
    assert answers_in(file) == before
    assert summary(workspace) == {"wait": 1, "adopt": 2}


def test_one_sync_for_an_answer_and_no_lockfile_written_for_it(
    start_sandbox: Callable[..., Sandbox],
    workspace: Workspace,
    journal_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox = start_sandbox(max_jobs=None)
    workspace.use(sandbox)
    videos = [f"video{number}" for number in range(20)]
    extra = "limits: {max_concurrent_jobs: 20}"
    workspace.write_videos(*videos, languages=("ja",), extra=extra)
    clock = SystemClock()
    now, moment = clock.now(), clock.monotonic()
    monkeypatch.setattr(SystemClock, "now", lambda _: now)
    monkeypatch.setattr(SystemClock, "monotonic", lambda _: moment)
    journal_file.touch()
    journal_number = journal_file.stat().st_ino
    synced, written, fsync = [], [], os.fsync

    def counted_fsync(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    def counted_write(path: Path, text: str, **options: Any) -> bool:
        written.append(len(json.loads(text)["targets"]))
        return write_atomically(path, text, **options)

    monkeypatch.setattr(os, "fsync", counted_fsync)
    monkeypatch.setattr("heygen_localize.project.lockfile.store.write_atomically", counted_write)
    assert workspace.run("apply", "--yes", "--no-wait", "--no-balance-check").code == 0
    assert creates(sandbox) == 20
    assert synced.count(journal_number) == 20
    assert written == [0, 20], "the lockfile is written at the start and at the end"


def test_the_lockfile_follows_after_seconds(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long fill does not leave the lockfile behind until its end."""
    workspace.use(start_sandbox(max_jobs=None))
    workspace.write_videos("alpha", "beta")
    monkeypatch.setattr("heygen_localize.project.recorder._SAVED_EVERY", 0.0)
    written = []

    def counted_write(path: Path, text: str, **options: Any) -> bool:
        written.append(len(json.loads(text)["targets"]))
        return write_atomically(path, text, **options)

    monkeypatch.setattr("heygen_localize.project.lockfile.store.write_atomically", counted_write)
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert sorted(set(written)) == [0, 1, 2, 3, 4, 5, 6]
