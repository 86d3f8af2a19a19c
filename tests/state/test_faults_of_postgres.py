"""What PostgreSQL does to a run: each a clear error, nothing paid twice, nothing lost."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from postgres_server import Server, running
from workspaces import Ran, Workspace, creates

from heygen_localize.project.state import connection, sql
from heygen_localize.sandbox import Sandbox

SECRET = "a-secret/word@with:signs"


@pytest.fixture
def own_server() -> Iterator[Server]:
    """Start a server that the test may stop, freeze and kill."""
    with running() as server:
        yield server


@pytest.fixture
def scene(
    server: Server, workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """Give a workspace led to the sandbox, whose state is on the server, set up."""
    return _led(server, workspace, sandbox, monkeypatch)


@pytest.fixture
def own(
    own_server: Server, workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """The same on a server of the test's own."""
    return _led(own_server, workspace, sandbox, monkeypatch)


def _led(
    server: Server, workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta")
    monkeypatch.setenv("LOCALIZE_STATE", server.database())
    assert workspace.run("state", "init").code == 0
    return workspace


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be waited for long."""
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(connection, "_PAUSE_SECONDS", 0.05)


def refused(ran: Ran, code: int, name: str, sandbox: Sandbox) -> None:
    """Make sure that a run was refused before it ordered anything, with its code told."""
    assert (ran.code, name in ran.err) == (code, True), ran.err
    assert SECRET not in ran.err + ran.out
    assert "a-secret" not in ran.err + ran.out
    assert creates(sandbox) == 0


COMMANDS = (("plan",), ("status",), ("apply", "--yes"))


# At the start


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_down_at_the_start(
    own: Workspace, own_server: Server, sandbox: Sandbox, command: Any
) -> None:
    own_server.stop()
    refused(own.run(*command), 4, "state_unreachable", sandbox)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_wrong_password(
    scene: Workspace,
    server: Server,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    command: Any,
) -> None:
    with_user = server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'careful'")
    if not with_user:
        server.execute("CREATE ROLE careful LOGIN PASSWORD 'another'")
    given = f"postgresql://careful:a-secret%2Fword%40with%3Asigns@127.0.0.1:{server.port}/postgres"
    monkeypatch.setenv("LOCALIZE_STATE", given)
    refused(scene.run(*command), 2, "state_login", sandbox)
    monkeypatch.setenv("LOCALIZE_STATE", given.replace("%2Fword%40", "%zz"))
    refused(scene.run(*command), 2, "state_address", sandbox)
    for sign in ("@", "/"):
        monkeypatch.setenv("LOCALIZE_STATE", given.replace("%2Fword", f"{sign}word"))
        refused(scene.run(*command), 2, "state_address", sandbox)
    monkeypatch.setenv("LOCALIZE_STATE", given.replace("postgresql://", "https://"))
    refused(scene.run(*command), 2, "state_address", sandbox)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_tables_or_no_database(
    workspace: Workspace,
    server: Server,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    command: Any,
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha")
    monkeypatch.setenv("LOCALIZE_STATE", server.database())
    told = workspace.run(*command)
    refused(told, 2, "state_not_initialized", sandbox)
    assert "localize state init" in told.err
    monkeypatch.setenv("LOCALIZE_STATE", server.url("nowhere"))
    refused(workspace.run(*command), 2, "state_login", sandbox)


@pytest.mark.parametrize("command", [*COMMANDS, ("state", "init")], ids=lambda each: each[0])
def test_later_tables(
    scene: Workspace,
    server: Server,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    command: Any,
) -> None:
    import os

    server.execute(
        "INSERT INTO localize.migrations (version) VALUES (%s)",
        sql.VERSION + 1,
        url=os.environ["LOCALIZE_STATE"],
    )
    refused(scene.run(*command), 2, "state_newer", sandbox)


def test_earlier_tables_are_brought_up(
    scene: Workspace, server: Server, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = (*sql.MIGRATIONS, "CREATE TABLE localize.later (name text)")
    monkeypatch.setattr(sql, "MIGRATIONS", more)
    monkeypatch.setattr(sql, "VERSION", len(more))
    refused(scene.run("apply", "--yes"), 2, "state_older", sandbox)
    told = scene.run("state", "init").out
    assert told.endswith(f"of version {len(more)}, before that of {len(more) - 1}\n")
    assert scene.run("apply", "--yes").code == 0


def test_read_only(
    scene: Workspace, server: Server, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    url = os.environ["LOCALIZE_STATE"]
    assert scene.run("apply", "--yes", "--target", "alpha/*").code == 0
    before = creates(sandbox)
    monkeypatch.setenv("LOCALIZE_STATE", f"{url}&options=-c%20default_transaction_read_only%3Don")
    told = scene.run("apply", "--yes")
    assert (told.code, "state_read_only" in told.err) == (2, True)
    assert creates(sandbox) == before
    assert scene.run("plan").code == 0
    assert scene.run("status").code == 0
    assert "read-only" in scene.run("state", "check").out


def test_a_user_who_may_not(
    scene: Workspace, server: Server, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'stranger'"):
        server.execute("CREATE ROLE stranger LOGIN")
    other = os.environ["LOCALIZE_STATE"].replace("user=postgres", "user=stranger")
    monkeypatch.setenv("LOCALIZE_STATE", other)
    refused(scene.run("apply", "--yes"), 2, "state_denied", sandbox)


def test_without_psycopg(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha")
    monkeypatch.setenv("LOCALIZE_STATE", "postgresql://db.example.com/localize")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    told = workspace.run("plan")
    refused(told, 2, "state_driver_missing", sandbox)
    assert "pip install 'heygen-localize[scale]'" in told.err


def test_too_slow(
    own: Workspace, own_server: Server, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that hangs, which no limit of its own ends, and one whose rows are locked."""
    import os

    import psycopg

    monkeypatch.setattr(connection, "LOCK_SECONDS", 0.3)
    with psycopg.connect(os.environ["LOCALIZE_STATE"]) as holder:
        holder.execute("LOCK TABLE localize.projects")
        refused(own.run("apply", "--yes"), 4, "state_slow", sandbox)
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 2)
    own_server.freeze(True)
    began = time.monotonic()
    refused(own.run("apply", "--yes"), 4, "state_unreachable", sandbox)
    assert time.monotonic() - began < 20
    own_server.freeze(False)
    assert own.run("apply", "--yes").code == 0


# In the middle


def when_ordered(sandbox: Sandbox, number: int, happen: Callable[[], object]) -> threading.Thread:
    """Let something happen once so many jobs were ordered."""

    def wait() -> None:
        deadline = time.monotonic() + 30
        while len(sandbox.jobs()) < number and time.monotonic() < deadline:
            time.sleep(0.002)
        happen()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_gone_for_good_after_an_order(
    own: Workspace, own_server: Server, sandbox: Sandbox, hurried: None
) -> None:
    breaking = when_ordered(sandbox, 2, own_server.stop)
    told = own.run("apply", "--yes")
    breaking.join()
    assert (told.code, "state_lost" in told.err) == (4, True), told.err
    ordered = len(sandbox.jobs())
    assert 2 <= ordered < 6
    own_server.start()
    assert own.run("apply", "--yes").code == 0
    assert len(sandbox.jobs()) == 6
    assert own.run("plan", "--detailed-exitcode").code == 0


def test_an_answer_that_the_database_does_not_take_is_in_the_journal(
    own: Workspace,
    own_server: Server,
    sandbox: Sandbox,
    hurried: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from heygen_localize.project.state.answers import PostgresJournal

    append = PostgresJournal.append

    def late(self: PostgresJournal, answers: Any) -> None:
        own_server.stop()
        append(self, answers)

    monkeypatch.setattr(PostgresJournal, "append", late)
    told = own.run("apply", "--yes")
    assert (told.code, "state_lost" in told.err) == (4, True), told.err
    (job,) = sandbox.jobs()
    journal = own.folder / ".localize/localize/journal.jsonl"
    assert job.id in journal.read_text()
    monkeypatch.setattr(PostgresJournal, "append", append)
    own_server.start()
    # The list does not show it, and its key is forgotten: the journal alone knows.
    sandbox.set_faults("list_lag=1:999999 on GET")
    assert own.run("apply", "--yes", "--no-wait").code in (0, 6)
    assert len(sandbox.jobs()) == 6
    sandbox.set_faults()
    assert own.run("apply", "--yes").code == 0
    assert len(sandbox.jobs()) == 6


def goes_on(workspace: Workspace, sandbox: Sandbox, happen: Callable[[], object]) -> None:
    """Make sure that a run comes to its end although something happens in the middle of it."""
    workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 2}")
    breaking = when_ordered(sandbox, 2, happen)
    told = workspace.run("apply", "--yes")
    breaking.join()
    assert told.code == 0, told.err
    assert len(sandbox.jobs()) == 6
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_restarted_in_a_run(own: Workspace, own_server: Server, sandbox: Sandbox) -> None:
    def restart() -> None:
        own_server.stop()
        own_server.start()

    goes_on(own, sandbox, restart)


def test_a_session_that_somebody_ends(scene: Workspace, server: Server, sandbox: Sandbox) -> None:
    import os

    url = os.environ["LOCALIZE_STATE"]
    ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
    database = url.partition(":///")[2].partition("?")[0]
    goes_on(scene, sandbox, lambda: server.execute(ended, database))


def test_frozen_in_a_run(
    own: Workspace,
    own_server: Server,
    sandbox: Sandbox,
    hurried: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that hangs keeps no limit of its own: ours ends what it does not answer."""
    monkeypatch.setattr(connection, "STATEMENT_SECONDS", 0.5)
    monkeypatch.setattr(connection, "_MARGIN_SECONDS", 0.2)
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 2)
    thaw = threading.Timer(30, own_server.freeze, (False,))
    thaw.start()
    own.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 2}")
    breaking = when_ordered(sandbox, 2, lambda: own_server.freeze(True))
    told = own.run("apply", "--yes")
    breaking.join()
    thaw.cancel()
    assert (told.code, "state_lost" in told.err) == (4, True), told.err
    own_server.freeze(False)
    monkeypatch.setattr(connection, "STATEMENT_SECONDS", 30)
    assert own.run("apply", "--yes").code == 0
    assert len(sandbox.jobs()) == 6
    assert own.run("plan", "--detailed-exitcode").code == 0


def test_taken_over_while_the_connection_was_lost(
    own: Workspace, own_server: Server, sandbox: Sandbox
) -> None:
    """Who lost the session writes no more where somebody else has begun to."""
    import os

    url = os.environ["LOCALIZE_STATE"]

    version, before = "SELECT version FROM localize.projects", list[Any]()

    def restart() -> None:
        own_server.stop()
        own_server.start()
        own_server.execute("UPDATE localize.projects SET fence = fence + 1", url=url)
        before.extend(own_server.execute(version, url=url))

    own.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 2}")
    breaking = when_ordered(sandbox, 2, restart)
    told = own.run("apply", "--yes")
    breaking.join()
    assert (told.code, "state_taken_over" in told.err) == (4, True), told.err
    assert own_server.execute(version, url=url) == before
    assert own.run("apply", "--yes").code == 0
    assert len(sandbox.jobs()) == 6


def test_one_writer_a_project(scene: Workspace, server: Server, sandbox: Sandbox) -> None:
    import os

    import psycopg

    from heygen_localize.project.state.claim import lock_name

    with psycopg.connect(os.environ["LOCALIZE_STATE"]) as other:
        other.execute(sql.WAIT_LOCK, (lock_name("test"),))
        told = scene.run("apply", "--yes")
        assert (told.code, "another localize works on test" in told.err) == (2, True)
        assert "works on it now" in scene.run("state", "check").out
        assert creates(sandbox) == 0
    assert scene.run("apply", "--yes").code == 0


def test_killed_in_a_run_and_started_again(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole server, by SIGKILL, with its answers synced as it is set by default."""
    with running(settings=("shared_buffers=16MB",)) as server:
        _led(server, workspace, sandbox, monkeypatch)
        workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 2}")

        def kill() -> None:
            server.stop(signal.SIGKILL)
            server.start()

        for number in (1, 3):
            breaking = when_ordered(sandbox, number, kill)
            told = workspace.run("apply", "--yes")
            breaking.join()
            assert told.code in (0, 4), told.err
        assert workspace.run("apply", "--yes").code == 0
        assert len(sandbox.jobs()) == 6
        assert workspace.run("plan", "--detailed-exitcode").code == 0
        assert workspace.run("state", "export").code == 0
        assert len(workspace.lock()["targets"]) == 6


def test_lost_for_good(
    scene: Workspace, server: Server, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty one in its place: as with a lost lockfile, the account tells what is there."""
    assert scene.run("apply", "--yes").code == 0
    monkeypatch.setenv("LOCALIZE_STATE", server.database())
    assert scene.run("state", "init").code == 0
    plan = scene.run("plan", "--format", "json").json()
    assert {action["action"] for action in plan["actions"]} == {"adopt"}
    assert scene.run("apply", "--yes").code == 0
    assert creates(sandbox) == 6


def test_a_server_that_the_manifest_names_gets_no_password_in_clear(
    scene: Workspace, server: Server, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'plain'"):
        server.execute("CREATE ROLE plain LOGIN PASSWORD 'a-secret'")
    monkeypatch.setenv("PGPASSWORD", "a-secret")
    address = server.on_tcp("postgresql:///postgres", user="plain")
    scene.write_videos("alpha", extra=f"state: {address}")
    # The environment's address is believed, and let in.
    monkeypatch.setenv("LOCALIZE_STATE", address)
    refused(scene.run("apply", "--yes"), 2, "state_not_initialized", sandbox)
    monkeypatch.delenv("LOCALIZE_STATE")
    told = scene.run("apply", "--yes")
    assert told.code == 4
    assert "authentication method" in told.err
    assert "a-secret" not in told.err
    assert creates(sandbox) == 0
