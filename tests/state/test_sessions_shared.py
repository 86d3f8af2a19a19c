"""Proofread sessions in a shared state: ordered once, and held where their answer was lost."""

from __future__ import annotations

import pytest
from postgres_server import Server
from repositories import Repository
from workspaces import Workspace

from heygen_localize.core.lock import LockedSession
from heygen_localize.project.recorder import LockRecorder
from heygen_localize.sandbox import Sandbox

DAY_AND_AN_HOUR = 25 * 3600.0
ADDRESS = "intro/ja"


@pytest.fixture
def repository(workspace: Workspace, shared: str, sandbox: Sandbox) -> Repository:
    workspace.use(sandbox)
    repository = Repository(workspace)
    repository.manifest()
    return repository


def proposals(sandbox: Sandbox) -> int:
    route = "/v3/video-translations/proofreads"
    return sum(note.method == "POST" and note.route == route for note in sandbox.requests())


def test_a_session_is_held_a_day_after_its_answer_was_lost(
    repository: Repository, shared: str, sandbox: Sandbox, server: Server
) -> None:
    run = repository.workspace.run
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert run("apply", "--yes", "--timeout", "1", "--target", ADDRESS).code == 6
    assert len(sandbox.proofreads()) == 1
    sandbox.advance(DAY_AND_AN_HOUR)
    earlier = "UPDATE localize.intents SET sent_at = sent_at - make_interval(secs => %s)"
    server.execute(earlier, DAY_AND_AN_HOUR, url=shared)
    sandbox.set_faults("list_lag=1:999999 on GET")
    sent = proposals(sandbox)
    (action,) = run("plan", "--target", ADDRESS, "--format", "json").json()["actions"]
    assert (action["action"], action["reason"]) == ("blocked", "order_unanswered")
    assert run("apply", "--yes", "--target", ADDRESS).code == 1
    assert proposals(sandbox) == sent
    assert run("forget", ADDRESS).code == 0
    assert run("apply", "--yes", "--target", ADDRESS).code == 0
    assert len(sandbox.proofreads()) == 2


def test_a_session_that_no_database_takes_is_told(
    repository: Repository,
    shared: str,
    sandbox: Sandbox,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its id, for whoever wants it; the account lists it by its mark anyway."""
    record = LockRecorder.record_session

    def refused(self: LockRecorder, address: str, session: LockedSession) -> None:
        name = shared.partition(":///")[2].partition("?")[0]
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        server.execute(ended, name)
        record(self, address, session)

    monkeypatch.setattr(LockRecorder, "record_session", refused)
    run = repository.workspace.run
    told = run("apply", "--yes", "--target", ADDRESS)
    (session,) = sandbox.proofreads()
    assert (told.code, "answer_not_kept" in told.err) == (2, True), told.err
    assert f"the proofread session of {ADDRESS} is {session.id}" in told.err
    monkeypatch.setattr(LockRecorder, "record_session", record)
    name = shared.partition(":///")[2].partition("?")[0]
    server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert run("apply", "--yes", "--target", ADDRESS).code == 0
    assert len(sandbox.proofreads()) == 1


def test_a_session_and_its_render_leave_no_order_open(
    repository: Repository, shared: str, sandbox: Sandbox, server: Server
) -> None:
    run = repository.workspace.run
    assert run("apply", "--yes").code == 0
    repository.commit()
    assert run("apply", "--yes").code == 0
    assert len(sandbox.jobs()) == 2
    assert run("plan", "--detailed-exitcode").code == 0
    assert server.execute("SELECT count(*) FROM localize.intents", url=shared) == [(0,)]
    kinds = server.execute(
        "SELECT what, count(*) FROM localize.audit GROUP BY what ORDER BY what", url=shared
    )
    assert kinds == [("ordered", 4), ("sent", 4)]
