"""What stands in a worker's way: each told of, nothing paid twice, nothing lost."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from postgres_server import Server, running
from starters import started
from workspaces import Ran, Workspace, creates

from heygen_localize.operations.worker import patience, worker
from heygen_localize.project.state import connection, sql
from heygen_localize.sandbox import Sandbox

QUICK = ("--every", "0.1", "--no-check-sources", "--retry-pause", "0.1")
DONE = ("worker", "--yes", "--until-done", *QUICK)
OUTPUTS = "outputs: {video: 'out/{{ video.id }}/{{ language.tag }}.mp4'}"
LASTING = ("fsync=off", "shared_buffers=16MB")
"""A commit lasts though the server is killed: the machine itself stays."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no worker of this process wait for long."""
    monkeypatch.setattr(worker, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(patience, "_PAUSES", (0.1,))


@pytest.fixture
def project(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """Give a project of six targets, led to the sandbox."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", extra=OUTPUTS)
    return workspace


@pytest.fixture
def served(shared: str, project: Workspace) -> Workspace:
    """The same with its state in a database."""
    return project


def refused(ran: Ran, code: int, told: str, sandbox: Sandbox) -> None:
    assert (ran.code, f"localize explain {told}\n" in ran.err) == (code, True), ran.err
    assert "Traceback" not in ran.err
    assert creates(sandbox) == 0


def test_no_shared_state(project: Workspace, sandbox: Sandbox) -> None:
    for command in (DONE, ("fleet", "status"), ("fleet", "retry")):
        refused(project.run(*command), 2, "state_unnamed", sandbox)


def test_without_psycopg(
    project: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALIZE_STATE", "postgresql://db.example.com/localize")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for command in (DONE, ("fleet", "status")):
        refused(project.run(*command), 2, "state_driver_missing", sandbox)


def test_a_database_that_cannot_be_used(
    served: Workspace, shared: str, server: Server, sandbox: Sandbox, monkeypatch: Any
) -> None:
    if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'careful'"):
        server.execute("CREATE ROLE careful LOGIN PASSWORD 'another'")
    commands = (DONE, ("fleet", "status"))
    monkeypatch.setenv("LOCALIZE_STATE", server.on_tcp(shared, "careful:wrong"))
    for command in commands:
        refused(served.run(*command), 2, "state_login", sandbox)
    monkeypatch.setenv("LOCALIZE_STATE", "postgresql://127.0.0.1:1/nowhere")
    for command in commands:
        refused(served.run(*command), 4, "state_unreachable", sandbox)
    monkeypatch.setenv("LOCALIZE_STATE", shared)
    later = "INSERT INTO localize.migrations (version) VALUES (%s)"
    server.execute(later, sql.VERSION + 1, url=shared)
    for command in commands:
        refused(served.run(*command), 2, "state_newer", sandbox)
    server.execute("DELETE FROM localize.migrations WHERE version > 1", url=shared)
    for command in commands:
        refused(served.run(*command), 2, "state_older", sandbox)


def test_no_key_and_no_consent(
    served: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(served.run("worker", "--until-done"), 2, "consent_needed", sandbox)
    monkeypatch.delenv("HEYGEN_API_KEY")
    refused(served.run(*DONE), 7, "key_missing", sandbox)


def test_manifests_that_do_not_go_together(
    served: Workspace, shared: str, server: Server, sandbox: Sandbox
) -> None:
    other = served.folder / "other.yaml"
    other.write_text(served.manifest.read_text())
    both = ("-f", "localize.yaml", "-f", "other.yaml")
    refused(served.run(*DONE, *both), 2, "project_twice", sandbox)
    assert "--once and --until-done do not go together" in served.run(*DONE, "--once").err
    broken = served.manifest.read_text().replace("version: 1", "version: 1\nlangauges: [ja]")
    other.write_text(broken.replace("project: test", "project: other"))
    assert served.run(*DONE, *both).code == 2
    served.lockfile.write_text('{"lockfile_version": 1, "project": "test", "targets": {}}\n')
    refused(served.run(*DONE), 2, "state_empty", sandbox)
    served.lockfile.unlink()
    assert served.run(*DONE).code == 0  # a new project is begun


def test_a_refused_key_and_a_limit_are_told_of_and_hold_up_no_delivery(
    served: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.write(served.manifest.read_text() + "limits: {max_new: 2}\n")
    ran = served.run(*DONE)
    assert (ran.code, creates(sandbox)) == (3, 0)
    assert "limit" in served.run("fleet", "status").out
    monkeypatch.setenv("HEYGEN_API_KEY", "another")
    ran = served.run(*DONE)
    assert (ran.code, "pass test: " in ran.err) == (7, True), ran.err
    assert '"kind": "pass"' in served.run("fleet", "status", "--format", "json").out


def test_failures_and_reviews_are_told_of_as_they_come_about(
    served: Workspace, start_sandbox: Callable[..., Sandbox]
) -> None:
    fault = "fail_job=1:no \x1b]0;sound\x07 on POST"
    account = start_sandbox(render_seconds=0.1, faults=(fault,))
    served.use(account)
    reviewed = "beta.mp4', proofread: true}"
    served.write(served.manifest.read_text().replace("beta.mp4'}", reviewed))
    ran = served.run(*DONE)
    assert ran.code == 1
    assert "ordered 3 jobs, ordered 3 proofread sessions" in ran.err
    assert "subtitles of 3 targets await review" in ran.err
    assert "3 targets not as wanted: alpha/es-MX: failed 3 times: no ]0;sound" in ran.err
    told = served.run("fleet", "status").out
    assert "(attempts_used_up) (the next pass looks again)" in told
    assert "\x1b" not in ran.err + told


def test_kinds_and_versions_of_others_are_left_alone_and_shown(
    served: Workspace, shared: str, server: Server
) -> None:
    assert served.run(*DONE).code == 0
    server.execute(
        "INSERT INTO localize.tasks (project, kind, address) VALUES ('test', 'dream', 'alpha/ja')",
        url=shared,
    )
    hostile = "evil\x1b[2J\u202e##[group]" + "x" * 3000
    for version in ("0.9", "99.0"):
        values = (hostile, version)
        server.execute(
            "INSERT INTO localize.workers (host, pid, version, projects) VALUES (%s, 7, %s, "
            "ARRAY['test'])",
            *values,
            url=shared,
        )
    server.execute(
        "UPDATE localize.tasks SET state = 'failed', reason = %s WHERE kind = 'dream'",
        hostile,
        url=shared,
    )
    assert served.run("worker", "--only", "deliver", "--once", *QUICK).code == 1
    told = served.run("fleet", "status").out
    assert "they are of several versions: 0.9, 99.0" in told
    assert ("dream test alpha/ja: evil" in told, "\x1b" in told, "\u202e" in told) == (
        True,
        False,
        False,
    )
    assert max(map(len, told.splitlines())) < 700
    document = served.run("fleet", "status", "--format", "json").out
    assert ("\\u001b" in document, "##[" in document, len(document) < 6000) == (
        False,
        False,
        True,
    )


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Do something in another thread, and tell of its failure."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()
    assert not failed, failed


def until(found: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_database_that_goes_away_is_waited_for_and_told_of_once(
    project: Workspace,
    start_sandbox: Callable[..., Sandbox],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    account = start_sandbox(render_seconds=0.3, max_jobs=2, state=tmp_path / "other")
    project.use(account)
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(connection, "_PAUSE_SECONDS", 0.05)
    with running(LASTING) as server:
        url = server.database()
        monkeypatch.setenv("LOCALIZE_STATE", url)
        assert project.run("state", "init").code == 0

        def restart() -> None:
            done = "SELECT 1 FROM localize.deliveries"
            for many in (1, 3):
                until(lambda many=many: len(server.execute(done, url=url)) >= many)  # type: ignore[misc]
                server.stop(signal.SIGQUIT)
                time.sleep(1.0)
                server.start()

        with meanwhile(restart):
            ran = project.run(*DONE)
        assert ran.code == 0, ran.err
        assert ran.err.count("waiting for it") == ran.err.count("answers again") in (1, 2)
        assert len({job.callback_id for job in account.jobs()}) == len(account.jobs()) == 6
        assert project.run("pull", "--check").code == 0
        assert server.execute("SELECT count(*) FROM localize.workers", url=url) == [(0,)]


def test_a_worker_goes_on_by_another_name_once_its_manifest_has_one(
    served: Workspace, shared: str, server: Server, start_sandbox: Callable[..., Sandbox]
) -> None:
    account = start_sandbox(render_seconds=0.5, max_jobs=2)
    served.use(account)
    names = "SELECT name FROM localize.projects"

    def rename() -> None:
        until(lambda: server.execute("SELECT 1 FROM localize.deliveries", url=shared))
        new = "project: other\nformerly: [test]"
        served.write(served.manifest.read_text().replace("project: test", new))

    with meanwhile(rename):
        ran = served.run(*DONE)
    assert (ran.code, "for other\n" in ran.err) == (0, True), ran.err
    assert "6 targets delivered" in ran.out
    assert server.execute(names, url=shared) == [("other",)]
    assert len(account.jobs()) == 6
    assert served.run("pull", "--check").code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_worker_in_good_order(
    served: Workspace,
    shared: str,
    server: Server,
    start_sandbox: Callable[..., Sandbox],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    slow = ("slow=1:600 on GET /files/*",)
    account = start_sandbox(render_seconds=0.1, faults=slow, state=tmp_path / "slow")
    served.use(account)
    running_now = "SELECT 1 FROM localize.tasks WHERE kind = 'deliver' AND state = 'running'"
    with started() as starter:
        process = starter.start("count", tmp_path / "log", served.folder, (*DONE, "--grace", "0.2"))
        until(lambda: len(server.execute(running_now, url=shared)) == 4)
        os.kill(process, number)
        assert starter.wait() == 128 + number
    assert server.execute("SELECT count(*) FROM localize.workers", url=shared) == [(0,)]
    assert server.execute(running_now, url=shared) == []
    account.set_faults()
    assert served.run(*DONE).code == 0
    assert served.run("pull", "--check").code == 0
    assert not list((served.folder / ".localize/localize").glob("workers/*"))


def test_a_worker_that_stood_still_and_was_taken_for_dead_does_no_harm(
    served: Workspace,
    shared: str,
    server: Server,
    start_sandbox: Callable[..., Sandbox],
    tmp_path: Path,
) -> None:
    slow = ("slow=1:1 on GET /files/*",)
    account = start_sandbox(render_seconds=0.1, faults=slow, state=tmp_path / "slow")
    served.use(account)
    assert served.run("worker", "--only", "deliver", "--once").code == 0
    assert served.run("apply", "--yes").code == 0
    running_now = "SELECT 1 FROM localize.tasks WHERE state = 'running'"
    with started() as starter:
        arguments = ("worker", "--only", "deliver", *QUICK)
        process = starter.start("count", tmp_path / "log", served.folder, arguments)
        until(lambda: len(server.execute(running_now, url=shared)) == 4)
        os.kill(process, signal.SIGSTOP)
        aged = "UPDATE localize.workers SET beat_at = beat_at - interval '1 minute'"
        server.execute(aged, url=shared)
        account.set_faults()
        ran = served.run("worker", "--only", "deliver", "--once", *QUICK)
        assert ("died; what it had is given to others" in ran.err, ran.code) == (True, 0)
        assert "6 targets delivered" in ran.out
        os.kill(process, signal.SIGCONT)
        until(lambda: server.execute("SELECT 1 FROM localize.workers", url=shared))
        os.kill(process, signal.SIGTERM)
        assert starter.wait() == 128 + signal.SIGTERM
    delivered = "SELECT address FROM localize.deliveries GROUP BY address HAVING count(*) > 1"
    assert server.execute(delivered, url=shared) == []
    assert server.execute("SELECT 1 FROM localize.tasks", url=shared) == []
    assert served.run("pull", "--check").code == 0
    assert not list((served.folder / ".localize/localize").glob("workers/*"))
