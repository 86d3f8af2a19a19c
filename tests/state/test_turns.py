"""One order at a time in an account: who is not served yet waits, and leaves when asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_clock import HastyClock
from postgres_server import Server
from workspaces import Workspace, creates

from heygen_localize.core.state_address import state_address
from heygen_localize.project.state import connection, sql
from heygen_localize.project.state.postgres import PostgresState
from heygen_localize.sandbox import Sandbox

psycopg = pytest.importorskip("psycopg")


@pytest.fixture
def account(workspace: Workspace, shared: str, sandbox: Sandbox, server: Server) -> str:
    """Give what the account's lock is called, after one order in it."""
    workspace.use(sandbox)
    assert workspace.run("apply", "--yes", "--target", "alpha/ja").code == 0
    ((name,),) = server.execute("SELECT id FROM localize.accounts", url=shared)
    return f"localize account {name}"


@pytest.fixture
def another(account: str, shared: str) -> Iterator[Any]:
    """Let somebody else have the turn, as long as this connection lives."""
    with psycopg.connect(shared, autocommit=True) as other:
        other.execute(sql.WAIT_LOCK, (account,))
        yield other


def test_nothing_is_ordered_out_of_turn(
    workspace: Workspace,
    another: Any,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "LOCK_SECONDS", 0.2)
    sent = creates(sandbox)
    assert workspace.run("apply", "--yes", "--timeout", "2").code == 6
    assert creates(sandbox) == sent
    another.close()
    assert workspace.run("apply", "--yes").code == 0
    assert creates(sandbox) == 6


def test_who_waits_for_a_turn_leaves_when_asked_to(
    workspace: Workspace,
    another: Any,
    shared: str,
    sandbox: Sandbox,
    server: Server,
) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    process = subprocess.Popen(
        (sys.executable, "-m", "heygen_localize", "apply", "--yes"),
        cwd=workspace.folder,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 30
    while server.execute(waiting, url=shared) == [(0,)] and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=5)[0]
    assert process.returncode == 130, told
    assert "nothing is lost" in told
    assert "psycopg" not in told
    assert creates(sandbox) == 1


def test_a_place_is_taken_soon_after_another_projects_job_has_ended(
    workspace: Workspace,
    shared: str,
    start_sandbox: Callable[..., Sandbox],
    hasty_clock: HastyClock,
) -> None:
    account = start_sandbox(render_seconds=5)
    workspace.use(account)
    one = "limits: {max_concurrent_jobs: 1}"
    workspace.write_videos("alpha", languages=("ja",), extra=one)
    ours = workspace.manifest.read_text()
    workspace.write(ours.replace("project: test", "project: another"))
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    workspace.write(ours.replace("alpha", "beta"))
    began = hasty_clock.monotonic()
    assert workspace.run("apply", "--yes").code == 0
    assert hasty_clock.monotonic() - began < 60
    assert (creates(account), account.peak_in_progress()) == (2, 1)


def test_a_turn_that_comes_too_late_is_let_go(
    workspace: Workspace, account: str, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is had, and what is written next waits for somebody: then nobody else would wait."""
    monkeypatch.setattr(connection, "LOCK_SECONDS", 0.2)
    state = PostgresState(workspace.manifest, state_address(shared))
    name = account.rpartition(" ")[2]
    with psycopg.connect(shared) as other:
        other.execute("UPDATE localize.accounts SET fence = fence")
        with state.only_writer():
            with state.orders(name).turn() as ours:
                assert not ours
            assert other.execute(sql.TRY_LOCK, (account,)).fetchone() == (True,)
