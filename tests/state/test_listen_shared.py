"""`localize listen` where the state is in a database, which goes away and comes back."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
from postgres_server import running
from webhook_sender import Hook, Spy, event, listen, wait_for
from workspaces import Workspace, creates

from heygen_localize.operations.listen import listen as module
from heygen_localize.project.state import connection
from heygen_localize.sandbox import Sandbox

pytest.importorskip("psycopg", reason="psycopg is not installed")
LASTING = ("fsync=off", "shared_buffers=32MB")


def test_a_state_that_goes_away_is_waited_for(
    workspace: Workspace, sandbox: Sandbox, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", extra="limits: {max_concurrent_jobs: 1}")
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(connection, "_PAUSE_SECONDS", 0.05)
    monkeypatch.setenv("LOCALIZE_LISTEN_CHECK_SOURCES", "0")
    hook, spy = Hook(""), Spy(monkeypatch)
    hook.secret = workspace.run("webhooks", "register", hook.url).out.strip()
    monkeypatch.setenv("LOCALIZE_WEBHOOK_SECRET", hook.secret)
    with running(LASTING) as own:
        monkeypatch.setenv("LOCALIZE_STATE", own.database())
        assert workspace.run("state", "init").code == 0

        def restart() -> None:
            wait_for(lambda: creates(sandbox) == 1 and spy.began == spy.ended)
            own.stop(signal.SIGQUIT)
            before = spy.ended
            assert hook.send(event("tr_any"), "evt_any") == 200
            wait_for(lambda: spy.ended > before)
            own.start()
            wait_for(lambda: creates(sandbox) == 3 and spy.began == spy.ended)
            wait_for(lambda: {job.status for job in sandbox.jobs()} == {"completed"})
            time.sleep(0.3)

        ran = listen(workspace, hook, restart)
        assert (ran.code, "; again in " in ran.err) == (128 + signal.SIGTERM, True), ran.err
        assert not workspace.lockfile.exists()
        assert workspace.run("plan", "--detailed-exitcode").code == 0
    assert creates(sandbox) == 3
