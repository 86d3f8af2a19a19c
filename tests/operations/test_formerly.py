"""A project that got a new name: its jobs are found, and nothing is ordered beside them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from workspaces import Workspace, creates

from heygen_localize.core.fingerprint import Mark
from heygen_localize.operations.apply.idempotency import OrderKey
from heygen_localize.sandbox import Sandbox


def write(workspace: Workspace, project: str, formerly: str = "", videos: str = "a") -> None:
    extra = f"formerly: [{formerly}]" if formerly else ""
    workspace.write_videos(*videos, languages=("ja",), extra=extra)
    text = workspace.manifest.read_text().replace("project: test", f"project: {project}")
    workspace.write(text)


@pytest.mark.parametrize("lost", [False, True], ids=["lockfile", "lockfile lost"])
def test_a_new_name_pays_for_nothing(sandbox: Sandbox, workspace: Workspace, lost: bool) -> None:
    workspace.use(sandbox)
    write(workspace, "one", videos="ab")
    assert workspace.run("apply", "--yes").code == 0
    if lost:
        workspace.lockfile.unlink()
    write(workspace, "two", "one", videos="abc")
    report = workspace.run("plan", "--format", "json").json()
    assert report["summary"] == {"adopt" if lost else "none": 2, "create": 1}
    assert report["foreign_jobs"] == 0
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lock()["project"] == "two"
    marks = [Mark.parse(job.callback_id) for job in sandbox.jobs()]
    assert [mark.project for mark in marks if mark] == ["one", "one", "two"]
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    write(workspace, "three", "two, one", videos="abc")
    assert workspace.run("apply").code == 0
    assert creates(sandbox) == 3


def test_without_formerly_the_lockfile_is_another_projects(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    write(workspace, "one")
    assert workspace.run("apply", "--yes").code == 0
    write(workspace, "two", "zero")
    ran = workspace.run("plan")
    assert ran.code == 2
    assert "the lockfile belongs to another project than 'two'" in ran.err


def test_a_running_job_of_the_old_name_is_awaited(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(render_seconds=3600)
    workspace.use(sandbox)
    write(workspace, "one")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    workspace.lockfile.unlink()
    (workspace.folder / ".localize/localize/journal.jsonl").unlink()
    write(workspace, "two", "one")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert creates(sandbox) == 1
    assert workspace.lock()["targets"]["a/ja"]["status"] in ("pending", "running")


def test_failed_jobs_of_the_old_name_count_and_lead_to_the_next_key(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    write(workspace, "one")
    sandbox.set_faults("fail_job=1 on POST")
    for _ in range(2):
        assert workspace.run("apply", "--yes").code == 1
        sandbox.advance(5)  # jobs of one second have no order
    second = sandbox.jobs()[-1].id
    write(workspace, "two", "one")
    assert workspace.run("apply", "--yes").code == 1
    digest = workspace.lock()["targets"]["a/ja"]["fingerprint"]
    key = OrderKey(Mark.of("one", digest), second)
    keys = [note.idempotency_key for note in sandbox.requests() if note.method == "POST"]
    assert keys[-1] == str(key)
    report = workspace.run("plan", "--format", "json").json()
    assert [item["reason"] for item in report["actions"]] == ["attempts_used_up"]
    sandbox.set_faults()
    assert workspace.run("apply", "--yes").code == 1
    assert creates(sandbox) == 3


def test_orphans_of_the_old_name_are_pruned(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    write(workspace, "one", videos="ab")
    assert workspace.run("apply", "--yes").code == 0
    write(workspace, "two", "one")
    assert workspace.run("prune", "--yes").out == "Deleted 1 of 1 job\n"
    assert [job.deleted for job in sandbox.jobs()].count(True) == 1
    assert workspace.lock()["project"] == "two"


def test_both_names_at_once_pay_once(
    start_sandbox: Callable[..., Sandbox], tmp_path: Path, workspace: Workspace
) -> None:
    """Real processes, under the old and the new name, on lists that show neither's jobs."""
    account = start_sandbox(max_jobs=None, faults=("list_lag=1:600 on GET",))
    workspace.use(account)
    processes = []
    for project, formerly in (("one", ""), ("two", "one"), ("three", "two, one")):
        workspace.folder = tmp_path / project
        workspace.folder.mkdir()
        write(workspace, project, formerly, videos="abcdefghijkl")
        command = (sys.executable, "-m", "heygen_localize", "apply", "--yes", "--poll-interval=0.2")
        processes.append(
            subprocess.Popen(
                command, cwd=workspace.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        )
    told = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    assert len(account.jobs()) == 12
    assert len({note.idempotency_key for note in account.requests() if note.idempotency_key}) == 12
