"""Causes told in plain words: what, where and how to mend it, never an exception's class."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from pathlib import Path

import pytest
import requests
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox
from heygen_localize.system.causes import cause_of
from heygen_localize.system.web import Web

CLASS = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Timeout|Schema|URL)\b")
LINK = "https://files.example.com/a.mp4"

SETUPS = {
    "no certificates": ({"REQUESTS_CA_BUNDLE": "/no/such.pem"}, "there are no certificates at /no"),
    "SOCKS": ({"HTTPS_PROXY": "socks5://127.0.0.1:1"}, "a SOCKS proxy, for which a library"),
    "malformed": ({"HTTPS_PROXY": "http://["}, "the proxy that the environment names is no addr"),
    "empty label": (
        {"ALL_PROXY": "http://a..b:3128"},
        "the proxy that the environment names is no",
    ),
    "long label": (
        {"HTTPS_PROXY": f"http://{'x' * 70}.com:3128"},
        "the proxy that the environment",
    ),
    "odd scheme": ({"HTTPS_PROXY": "ftp://127.0.0.1:1"}, "the proxy that the environment names"),
    "no host": ({"HTTPS_PROXY": "http:///x"}, "the proxy that the environment names is no address"),
}
DEAD = {"HTTPS_PROXY": "http://user:secret@127.0.0.1:1"}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def rendered(workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished dub whose link leads to a public host."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes", "--quiet").code == 0
    text = workspace.lockfile.read_text()
    workspace.lockfile.write_text(re.sub(r'"http://127[^"]*/video.mp4[^"]*"', f'"{LINK}"', text))
    assert LINK in workspace.lockfile.read_text()
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.mark.parametrize("name", SETUPS)
def test_what_this_machine_lacks_is_told_by_pull(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rendered(workspace, sandbox, monkeypatch)
    environment, told = SETUPS[name]
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    ran = workspace.run("pull")
    assert ran.code == 2
    assert workspace.run("apply", "--pull").code == 2
    assert told in ran.out
    assert "environment" in ran.out
    assert "disk" not in ran.out
    assert not CLASS.search(ran.out + ran.err)


@pytest.mark.parametrize("name", [name for name in SETUPS if name != "no certificates"])
def test_what_this_machine_lacks_is_told_by_plan(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    environment, told = SETUPS[name]
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("HEYGEN_API_KEY", "k" * 32)
    monkeypatch.setenv("HEYGEN_API_BASE", "https://api.example.com")
    ran = workspace.run("plan")
    assert ran.code == 2
    assert told in ran.err
    assert not CLASS.search(ran.out + ran.err)


def cause(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, url: str = LINK) -> str:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    web = Web(loopback=True)
    try:
        with (
            pytest.raises(requests.RequestException) as caught,
            web.asked("GET", url, timeout=(2, 2)),
        ):
            pass
    finally:
        web.close()
    return str(cause_of(caught.value, url))


def test_a_dead_proxy_and_a_dead_name_are_two_things(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        import socket

        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    dead = cause(DEAD, monkeypatch)
    assert dead == "the proxy 127.0.0.1:1 cannot be reached"
    monkeypatch.setattr("socket.getaddrinfo", unknown)
    named = cause({"HTTPS_PROXY": "http://proxy.example.com:3128"}, monkeypatch)
    assert named == "the name of the proxy proxy.example.com:3128 is not found"
    monkeypatch.delenv("HTTPS_PROXY")
    assert cause({}, monkeypatch) == "the name of files.example.com is not found"


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks(
    workspace: Workspace,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    recwarn: pytest.WarningsRecorder,
    number: int,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    monkeypatch.setattr(fcntl, "flock", refuse)
    ran = workspace.run("apply", "--yes", "--quiet")
    assert ran.code == 2
    assert "keeps no locks" in ran.err
    assert "work on a local disk" in ran.err
    assert "make room" not in ran.err
    assert not [warning for warning in recwarn if "flock" in str(warning.message)]
    assert sandbox.jobs() == []


def test_no_message_names_a_class() -> None:
    package = Path(__file__).parent.parent.parent / "heygen_localize"
    for path in package.rglob("*.py"):
        if "sandbox" in path.parts or path.name in ("prober.py", "causes.py"):
            continue
        text = path.read_text(encoding="utf-8")
        assert "type(error).__name__" not in text, path
        assert "{error.strerror}" not in text, path
