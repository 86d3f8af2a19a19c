"""Addresses that no server can mend, and databases and environments in other encodings."""

from __future__ import annotations

import pytest
from postgres_server import Server
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

TITLED = "defaults: {title: '日本'}"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:word@127.0.0.1:1/it?application_name=%ff",
        "postgresql://me:word@127.0.0.1:abc/it",
        "postgresql://me:word@127.0.0.1:70000/it",
        "postgresql://me:word@127.0.0.1:1/it?sslmode=often",
        "postgresql://me:word@127.0.0.1:1/it?connect_timeout=soon",
        "postgresql:///?service=unheard_of",
    ],
)
@pytest.mark.parametrize("command", [("state", "check"), ("apply", "--yes")])
def test_an_address_that_cannot_be_right_is_a_mistake(
    workspace: Workspace,
    server: Server,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    command: tuple[str, ...],
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha")
    monkeypatch.setenv("LOCALIZE_STATE", url)
    ran = workspace.run(*command)
    assert (ran.code, "state_address" in ran.err) == (2, True), ran.err
    assert "word" not in ran.err.replace("a password are written", "")
    assert creates(sandbox) == 0


def test_a_host_that_no_name_can_be_of(
    workspace: Workspace, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shared
    # The tests' own guard looks at names before Python does, which raises this.
    monkeypatch.setattr("socket.getaddrinfo", lambda host, *_, **__: host.encode("idna"))
    monkeypatch.setenv("LOCALIZE_STATE", f"postgresql://me:word@{'a' * 70}.example.com/it")
    ran = workspace.run("state", "check")
    assert (ran.code, "state_address" in ran.err) == (2, True), ran.err


def test_every_text_is_kept_whatever_encoding_the_environment_names(
    workspace: Workspace, shared: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", extra=TITLED)
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("LOCALIZE_STATE", f"{shared}&client_encoding=LATIN1")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err
    assert workspace.run("state", "export").code == 0
    assert workspace.lock()["targets"]["alpha/ja"]["title"] == "日本"


@pytest.mark.parametrize(("encoding", "code"), [("LATIN1", 2), ("SQL_ASCII", 0), ("UTF8", 0)])
def test_a_database_keeps_every_text_or_is_refused(
    workspace: Workspace,
    server: Server,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    code: int,
) -> None:
    name = f"in_{encoding.lower()}"
    server.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0")
    workspace.use(sandbox)
    workspace.write_videos("alpha", extra=TITLED)
    monkeypatch.setenv("LOCALIZE_STATE", server.url(name))
    for command in (("state", "init"), ("apply", "--yes"), ("plan", "--detailed-exitcode")):
        ran = workspace.run(*command)
        assert (ran.code, "state_encoding" in ran.err) == (code, code != 0), ran.err
    assert creates(sandbox) == (0 if code else 3)
