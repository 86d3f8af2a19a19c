"""A shared state for each test: a database of its own on the worker's server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres_server import Server, missing, running
from workspaces import Workspace


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Start the worker's PostgreSQL; skip where there is none."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    with running() as started:
        yield started


@pytest.fixture
def database(server: Server) -> str:
    """Give the URL of an empty database."""
    return server.database()


@pytest.fixture
def shared(workspace: Workspace, database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the workspace's state be in a database that is set up; give its URL."""
    monkeypatch.setenv("LOCALIZE_STATE", database)
    workspace.write_videos("alpha", "beta")
    ran = workspace.run("state", "init")
    assert ran.code == 0, ran.err
    return database
