"""`localize worker` and `localize fleet`: each target once, whoever works beside or dies."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from postgres_server import Server
from workspaces import Workspace, creates

from heygen_localize.core.lock import LockEntry, PulledFile
from heygen_localize.core.model import Job, JobStatus
from heygen_localize.core.state_address import state_address
from heygen_localize.operations.worker import worker
from heygen_localize.project.project import Project
from heygen_localize.project.state import sql, task_sql
from heygen_localize.project.state.connection import Database
from heygen_localize.project.state.deliveries import Notes, Shipment, enter
from heygen_localize.project.state.postgres import PostgresState
from heygen_localize.project.state.tasks import TakenAway, TaskKind, TaskQueue
from heygen_localize.sandbox import Sandbox
from heygen_localize.system.clock import SystemClock

QUICK = ("--every", "0.1", "--no-check-sources", "--retry-pause", "0.1")
DONE = ("worker", "--yes", "--until-done", *QUICK)
DELIVER = ("worker", "--only", "deliver", "--once", *QUICK)
OUTPUTS = "outputs: {video: 'out/{{ video.id }}/{{ language.tag }}.mp4'}"
RENAMED = "project: other\nformerly: [test]"
TASKS = "SELECT kind, address, state, tries FROM localize.tasks ORDER BY kind, address"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no worker of this process wait for long."""
    monkeypatch.setattr(worker, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.1)


@pytest.fixture
def served(shared: str, workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """A project of six targets, with its state in a database."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", extra=OUTPUTS)
    return workspace


@pytest.fixture
def look(server: Server, shared: str) -> Callable[[str], list[Any]]:
    return lambda statement: server.execute(statement, url=shared)


def queue_of(url: str, project: str = "test") -> TaskQueue:
    queue = TaskQueue(Database(state_address(url)), [[project]], has_key=True)
    queue.sign_on(deliver=True)
    return queue


def age(server: Server, url: str, seconds: float = 60) -> None:
    """Let all workers be silent for so long."""
    moved = f"UPDATE localize.workers SET beat_at = beat_at - interval '{seconds} seconds'"
    server.execute(moved, url=url)


def test_a_worker_orders_and_delivers_until_nothing_is_left(
    served: Workspace, sandbox: Sandbox, look: Callable[[str], list[Any]]
) -> None:
    ran = served.run(*DONE)
    assert (ran.code, "6 targets delivered: 6 files" in ran.out) == (0, True), ran.out + ran.err
    assert creates(sandbox) == 6
    assert served.run("pull", "--check").code == 0
    assert served.run("plan", "--detailed-exitcode").code == 0
    assert look(TASKS) == [("pass", "", "waiting", 0)]
    assert look("SELECT count(*) FROM localize.workers") == [(0,)]
    told = served.run("fleet", "status", "--format", "json").json()
    assert told["delivered"]["hour"]["targets"] == 6
    assert told["places"][0]["held"] == 0  # what ended holds none, though nobody ordered since
    assert (told["workers"], told["troubles"], told["unserved"]) == ([], [], ["test"])


def test_what_a_worker_delivered_stands_in_the_state_as_after_pull(
    served: Workspace, sandbox: Sandbox
) -> None:
    assert served.run(*DONE).code == 0
    by_worker = served.run("state", "export", "-o", "worker.lock") and served.folder / "worker.lock"
    for entry in served.folder.rglob("*.mp4"):
        entry.unlink()
    assert served.run("pull").code == 0
    assert served.run("state", "export", "-o", "pull.lock").code == 0
    assert by_worker.read_bytes() == (served.folder / "pull.lock").read_bytes()


def test_a_run_by_hand_leaves_deliveries_to_workers_and_a_new_job_asks_again(
    served: Workspace, sandbox: Sandbox, look: Callable[[str], list[Any]], monkeypatch: Any
) -> None:
    assert served.run("apply", "--yes").code == 0
    assert look(TASKS) == []  # nobody serves the project yet
    assert served.run(*DELIVER).code == 0
    assert look(TASKS) == []
    served.write(served.manifest.read_text().replace("alpha:", "alpha: &a").replace(
        "alpha.mp4'}", "alpha.mp4', revision: 2}"
    ))  # fmt: skip
    assert served.run("apply", "--yes").code == 0
    deferred = [("deliver", f"alpha/{tag}", "waiting", 0) for tag in ("es-MX", "fr-FR", "ja")]
    assert look(TASKS) == deferred
    monkeypatch.delenv("HEYGEN_API_KEY")
    ran = served.run(*DELIVER)  # the links are in the state
    assert (ran.code, "3 targets delivered" in ran.out) == (0, True), ran.out + ran.err
    assert look(TASKS) == []


def test_what_needs_the_key_is_left_to_a_worker_that_has_it(
    served: Workspace, sandbox: Sandbox, look: Callable[[str], list[Any]], monkeypatch: Any
) -> None:
    served.write(served.manifest.read_text() + "lock: {urls: none}\n")
    assert served.run("worker", "--yes", "--only", "pass", "--until-done", *QUICK).code == 0
    assert look(TASKS)[1:] == []  # whoever only orders has nothing delivered
    assert served.run(*DELIVER, "--concurrency", "1").code == 0
    for file in served.folder.glob("out/alpha/*.mp4"):
        file.unlink()
    served.write(served.manifest.read_text().replace("alpha.mp4'}", "alpha.mp4', revision: 2}"))
    assert served.run("apply", "--yes").code == 0
    key = os.environ["HEYGEN_API_KEY"]
    monkeypatch.delenv("HEYGEN_API_KEY")
    ran = served.run(*DELIVER)
    assert (ran.code, "left to a worker with the key" in ran.err) == (0, True), ran.err
    assert "3 for a worker with the key" in served.run("fleet", "status").out
    assert served.run(*DELIVER).out.startswith("0 passes, 0 targets")
    assert served.run("worker", "--only", "deliver", "--until-done", *QUICK).code == 1
    monkeypatch.setenv("HEYGEN_API_KEY", key)
    assert "3 targets delivered" in served.run(*DELIVER).out
    assert look(TASKS)[1:] == []


@pytest.fixture
def bucket(served: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lead the outputs of the project into a folder that stands for a bucket."""
    folder = served.folder / "bucket"
    folder.mkdir()
    monkeypatch.setenv("LOCALIZE_FILE_BUCKETS", str(folder))
    name = "{{ video.id }}-{{ language.tag }}.mp4"
    moved = f"outputs: {{video: 'file://{folder}/{name}'}}"
    served.write(served.manifest.read_text().replace(OUTPUTS, moved))
    return folder


def test_an_output_that_moved_is_delivered_by_the_next_pass(
    served: Workspace, bucket: Path
) -> None:
    text = served.manifest.read_text()
    served.write(text.replace(text.splitlines()[3], OUTPUTS))
    assert served.run(*DONE).code == 0
    assert not list(bucket.iterdir())
    served.write(text)
    assert "6 targets delivered" in served.run(*DONE).out
    assert len(list(bucket.iterdir())) == 6


def test_what_fails_is_tried_again_given_up_told_of_and_retried(
    served: Workspace, bucket: Path, look: Callable[[str], list[Any]]
) -> None:
    foreign = bucket / "beta-ja.mp4"
    foreign.write_bytes(b"somebody else's")
    ran = served.run(*DONE, "--retries", "3")
    assert (ran.code, "5 targets delivered" in ran.out) == (1, True), ran.out
    assert ran.err.count("beta-ja.mp4 is there, and is not what localize put there") == 3
    assert "given up after 3 tries" in ran.err
    assert look(TASKS) == [("deliver", "beta/ja", "failed", 3), ("pass", "", "waiting", 0)]
    told = served.run("fleet", "status").out
    assert "(object_foreign) (given up after 3 tries)" in told
    assert served.run(*DONE).code == 1  # no pass has it tried again: a person is to look
    assert served.run("fleet", "retry", "--target", "alpha/*").out == "test: 0 deliveries\n"
    foreign.unlink()
    assert served.run("fleet", "retry").out == "test: 1 delivery\n"
    assert "1 target delivered" in served.run(*DELIVER).out
    assert look(TASKS) == [("pass", "", "waiting", 0)]


def test_one_round_tells_by_its_exit_code_that_a_delivery_failed(
    served: Workspace, bucket: Path
) -> None:
    assert served.run("apply", "--yes").code == 0
    foreign = bucket / "beta-ja.mp4"
    foreign.write_bytes(b"somebody else's")
    once = ("worker", "--only", "deliver", "--once", "--retry-pause", "1")
    ran = served.run(*once)
    assert (ran.code, "5 targets delivered" in ran.out) == (1, True), ran.out
    assert "again in 1 s" in ran.err
    foreign.unlink()
    assert served.run(*DONE).code == 0


def test_what_was_pulled_by_hand_has_not_failed_any_more(
    served: Workspace, bucket: Path, look: Callable[[str], list[Any]]
) -> None:
    foreign = bucket / "beta-ja.mp4"
    foreign.write_bytes(b"somebody else's")
    assert served.run(*DONE, "--retries", "1").code == 1
    foreign.unlink()
    assert served.run("pull").code == 0
    assert served.run(*DONE).code == 0
    assert look(TASKS) == [("pass", "", "waiting", 0)]


def test_a_task_that_was_taken_away_is_ended_by_nobody_else(
    server: Server, served: Workspace, shared: str
) -> None:
    assert served.run(*DONE).code == 0
    served.write(served.manifest.read_text().replace("alpha.mp4'}", "alpha.mp4', revision: 2}"))
    assert served.run("apply", "--yes").code == 0
    slow, other = queue_of(shared), queue_of(shared)
    taken = slow.take(TaskKind.DELIVER)
    assert taken is not None
    age(server, shared)
    other.beat()  # it alone lives
    assert other.tend(8) == (slow.worker,)
    again = [other.take(TaskKind.DELIVER) for _ in range(3)]
    assert taken.address in {task.address for task in again if task is not None}
    with pytest.raises(TakenAway):
        slow.end(taken, None, lambda cursor: pytest.fail("it wrote"))
    number = slow.worker
    other.ask_for_passes()
    assert slow.take(TaskKind.PASS) is None  # it is nobody, who takes nothing
    slow.beat()
    assert slow.worker != number
    assert slow.take(TaskKind.PASS) is not None
    slow.sign_off()
    slow.beat()  # as one does that was under way
    assert server.execute("SELECT id FROM localize.workers", url=shared) == [(other.worker,)]


@pytest.mark.parametrize("broken", ["NEXT_VERSION", "DEFER"])
def test_what_is_completed_and_that_it_is_to_be_delivered_commit_as_one(
    served: Workspace, look: Callable[[str], list[Any]], monkeypatch: Any, broken: str
) -> None:
    assert served.run(*DELIVER).code == 0  # from now on the project is served
    told = "SELECT (SELECT count(*) FROM localize.entries), (SELECT count(*) FROM localize.tasks)"
    with monkeypatch.context() as patched:
        patched.setattr(sql if broken == "NEXT_VERSION" else task_sql, broken, "SELECT 1 / 0, %s")
        if broken == "DEFER":
            patched.setattr(task_sql, broken, "SELECT 1 / 0, %s, %s")
        assert served.run("apply", "--yes").code == 2
    before = look(told)[0]
    # Orders were written as they were made; of what completed and its deliveries, all or nothing.
    done = 'SELECT count(*) FROM localize.entries WHERE body LIKE \'%"status": "completed"%\''
    assert (look(done)[0][0] > 0) == (before[1] > 0) == False  # noqa: E712 - both, or none
    assert served.run("apply", "--yes").code == 0
    assert look(told) == [(6, 6)]


def entry_of(workspace: Workspace, address: str) -> LockEntry:
    state = PostgresState(workspace.manifest, state_address(os.environ["LOCALIZE_STATE"]))
    lock = state.read()
    assert lock is not None
    return lock.entries[address]


def test_neither_a_pass_nor_a_delivery_beside_it_loses_what_the_other_wrote(
    served: Workspace, monkeypatch: Any
) -> None:
    """Whoever writes the project read it before the deliveries, and changes the same entries."""
    assert served.run(*DELIVER).code == 0
    assert served.run("apply", "--yes").code == 0
    monkeypatch.chdir(served.folder)
    with Project.locked(Path("localize.yaml"), loopback=True) as project:
        recorder = project.recorder(SystemClock())
        assert "6 targets delivered" in served.run(*DELIVER).out
        for address in ("alpha/ja", "beta/ja"):
            recorder.retitle(recorder.lock.entries[address].job.translation_id, "another")
        target = next(item for item in project.manifest.targets if item.address == "beta/ja")
        job = Job("replacement", JobStatus.PENDING, callback_id=str(target.mark))
        recorder.adopt(target, job, 1)
        with monkeypatch.context() as patched:  # what nobody changed is not read again
            patched.setattr(sql, "ENTRIES", "SELECT 1 / 0, %s")
            recorder.save()
        assert recorder.lock.entries["alpha/ja"].job.files  # it goes on with what others wrote
    titled = entry_of(served, "alpha/ja")
    assert (titled.job.title, list(titled.job.files)) == ("another", ["video"])
    assert list(entry_of(served, "alpha/es-MX").job.files) == ["video"]
    replaced = entry_of(served, "beta/ja")
    assert (replaced.job.translation_id, replaced.superseded) == ("replacement", ())
    assert replaced.serving is not None
    assert list(replaced.serving.files) == ["video"]


def test_a_delivery_of_a_job_that_was_replaced_meanwhile_changes_nothing_of_the_new_one(
    served: Workspace, shared: str
) -> None:
    assert served.run(*DELIVER).code == 0
    assert served.run("apply", "--yes").code == 0
    queue = queue_of(shared)
    task = queue.take(TaskKind.DELIVER)
    assert task is not None
    before = entry_of(served, task.address)
    notes, file = Notes(), PulledFile("0" * 64, 7)
    notes.note_pulled(task.address, before.job.translation_id, "video", file)
    served.write(served.manifest.read_text().replace("a.mp4'}", "a.mp4', revision: 2}"))
    assert served.run("apply", "--yes").code == 0
    name = (task.project, task.address)
    queue.end(task, None, lambda cursor: enter(cursor, name, notes, Shipment(1, 7), keep_urls=True))
    after = entry_of(served, task.address)
    assert (after.job.files, after.superseded) == ({}, (before.job.translation_id,))
    again = [queue.take(TaskKind.DELIVER) for _ in range(6)]
    assert task.address in {item.address for item in again if item is not None}


def test_what_somebody_else_wrote_besides_targets_is_merged_as_a_whole(
    served: Workspace, shared: str, server: Server, monkeypatch: Any
) -> None:
    assert served.run("apply", "--yes").code == 0
    monkeypatch.chdir(served.folder)
    with Project.locked(Path("localize.yaml"), loopback=True) as project:
        recorder = project.recorder(SystemClock())
        upload = "INSERT INTO localize.entries VALUES ('test', 'assets', %s, '\"asset\"', 99)"
        server.execute(upload, "0" * 64, url=shared)
        server.execute("DELETE FROM localize.entries WHERE name = 'beta/ja'", url=shared)
        server.execute("UPDATE localize.projects SET version = version + 1", url=shared)
        recorder.retitle(recorder.lock.entries["alpha/ja"].job.translation_id, "another")
        recorder.save()
        assert recorder.lock.assets == {"0" * 64: "asset"}
        assert "beta/ja" not in recorder.lock.entries
    assert entry_of(served, "alpha/ja").job.title == "another"


def test_a_project_that_is_renamed_brings_all_along_when_a_worker_comes(
    served: Workspace, sandbox: Sandbox, look: Callable[[str], list[Any]]
) -> None:
    assert served.run("apply", "--yes").code == 0
    renamed = served.manifest.read_text().replace("project: test", RENAMED)
    served.write(renamed)
    assert served.run(*DONE).code == 0
    assert look("SELECT name FROM localize.projects") == [("other",)]
    assert look("SELECT DISTINCT project FROM localize.entries") == [("other",)]
    assert (creates(sandbox), served.run("pull", "--check").code) == (6, 0)


def test_what_the_folder_lacks_is_delivered_whoever_had_it_before(
    served: Workspace, sandbox: Sandbox, monkeypatch: Any
) -> None:
    assert served.run("apply", "--yes", "--pull").code == 0
    (served.folder / "out/alpha/ja.mp4").unlink()
    (served.folder / "out/beta/ja.mp4").write_bytes(b"cut")
    assert "2 targets delivered" in served.run(*DELIVER).out  # that nobody served before
    served.write(served.manifest.read_text().replace("'out/", "'moved/"))
    nobody = served.run("worker", "--yes", "--only", "pass", "--until-done", *QUICK)
    assert nobody.code == 0  # it sees no folder of outputs
    assert served.run("pull", "--check").code == 5
    ran = served.run(*DONE)
    assert (ran.code, "6 targets delivered" in ran.out) == (0, True), ran.out + ran.err
    assert served.run("pull", "--check").code == 0
    assert "0 targets delivered" in served.run(*DONE).out
