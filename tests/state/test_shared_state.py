"""A state in PostgreSQL: the same runs, the same plan, and an export the same to the byte."""

from __future__ import annotations

import pytest
from postgres_server import Server
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox


def test_a_run_writes_the_database_and_no_lockfile(
    workspace: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    workspace.use(sandbox)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err
    name = shared.partition("?")[0]
    assert ran.out == f"6 jobs ordered: 6 of 6 targets rendered. State: {name}\n"
    assert creates(sandbox) == 6
    assert not workspace.lockfile.exists()
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    assert workspace.run("apply", "--yes").code == 0
    assert creates(sandbox) == 6
    rows = server.execute(
        "SELECT name FROM localize.entries WHERE part = 'targets' ORDER BY name", url=shared
    )
    assert [name for (name,) in rows] == sorted(
        f"{video}/{tag}" for video in ("alpha", "beta") for tag in ("es-MX", "fr-FR", "ja")
    )
    status = workspace.run("status", "--format", "json").json()
    assert {target["status"] for target in status["targets"]} == {"completed"}


def test_the_audit_is_only_ever_added_to(
    workspace: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    import psycopg

    workspace.use(sandbox)
    assert workspace.run("apply", "--yes", "--target", "alpha/ja").code == 0
    for change in ("UPDATE localize.audit SET usd = 0", "DELETE FROM localize.audit"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            server.execute(change, url=shared)
    row = "SELECT who, project, what, usd IS NOT NULL FROM localize.audit ORDER BY number LIMIT 1"
    assert server.execute(row, url=shared) == [("postgres", "test", "sent", False)]
