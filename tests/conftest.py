"""What every test lives in: no network but loopback, no home but a fresh one, no account."""

from __future__ import annotations

import gc
import hashlib
import ipaddress
import os
import signal
import socket
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fake_clock import FakeClock, HastyClock
from hypothesis import settings

# The process that only hands out the tests reads this file too, and is to start at once.
if TYPE_CHECKING:
    from workspaces import Workspace

    from heygen_localize.sandbox import Sandbox

# The suite is to stay short; more examples: HYPOTHESIS_PROFILE=thorough script/test tests/core
settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


SLOW = tuple((Path(__file__).parent / "slow.txt").read_text(encoding="utf-8").split())

# What a worker of slipcover's has counted often is looked for anew each fifty times, in all the
# code there is: that costs a fifth of a run, and counting on costs next to nothing.
measuring = sys.modules.get("slipcover.pytest_plugin")
if (measured := getattr(measuring, "_slipcover_instance", None)) is not None:
    measured.d_miss_threshold = 1_000_000


# Started in a shell's background, Ctrl-C is ignored, and so it would be by what the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Look no more for garbage among the thousands of collected tests: they stay to the end."""
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked with `both_kinds` over translations and over lip syncs.

    With LOCALIZE_LIPSYNCS all of the tests that are asked for run over lip syncs alone, but for
    those marked with `of_translations`.
    """
    marked = metafunc.definition.get_closest_marker
    alone = bool(os.environ.get("LOCALIZE_LIPSYNCS")) and not marked("of_translations")
    if alone or marked("both_kinds"):
        kinds = ["lipsync"] if alone else ["translation", "lipsync"]
        metafunc.parametrize("job_kind", kinds, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a short run does without, and begin with what mostly waits.

    Others work meanwhile; at the end nobody would.
    """
    if not os.environ.get("LOCALIZE_ALL"):
        _leave_few(config, items)
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))


def _leave_few(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run of what is marked with `few` only so many cases, always the same ones.

    They are spread over all by the hashes of their names: every so many would take but one value
    of a parameter among several.
    """
    families = defaultdict[str, list[pytest.Item]](list)
    for item in items:
        if item.get_closest_marker("few"):
            families[item.nodeid.partition("[")[0]].append(item)
    left = set[pytest.Item]()
    for cases in families.values():
        marker = cases[0].get_closest_marker("few")
        assert marker is not None
        cases.sort(key=lambda item: hashlib.sha256(item.nodeid.encode()).digest())
        left.update(cases[marker.args[0] :])
    config.hook.pytest_deselected(items=[item for item in items if item in left])
    items[:] = [item for item in items if item not in left]


@pytest.fixture(autouse=True)
def job_kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the account as if its lip syncs were translations, where it is their turn."""
    if getattr(request, "param", None) == "lipsync":
        from lipsync_lens import look_through

        look_through(monkeypatch)


class OutsideWorld(AssertionError):
    """A test reached for something that is not this machine's loopback."""


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every address but loopback, by name or by number."""
    connect, lookup = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse(address[0])
        connect(self, address)

    def guarded_lookup(host: Any, *arguments: Any, **options: Any) -> Any:
        _refuse(host)
        return lookup(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


def _refuse(host: str) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise OutsideWorld(f"a test reached for {host}")


@pytest.fixture(autouse=True)
def fresh_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty home and an environment without any account or CI in it."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("HEYGEN_", "LOCALIZE_", "GITHUB_")) or name in ("CI", "NO_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    return home


@contextmanager
def checked(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Hold everything that a sandbox is asked against the vendor's contract, at the end."""
    with sandbox:
        yield sandbox
    assert sandbox.misfits() == []


@pytest.fixture
def hasty_clock(monkeypatch: pytest.MonkeyPatch) -> HastyClock:
    """Have no command line in this process wait for what a sandbox does with the same clock."""
    from heygen_localize.system.clock import SystemClock

    clock = HastyClock()
    for name in ("now", "monotonic", "sleep"):
        monkeypatch.setattr(SystemClock, name, staticmethod(getattr(clock, name)))
    return clock


@pytest.fixture
def start_sandbox(tmp_path: Path, hasty_clock: HastyClock) -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes that end with the test; keywords are those of `SandboxSettings`."""
    from heygen_localize.sandbox import Sandbox, SandboxSettings

    with ExitStack() as stack:

        def start(**settings: Any) -> Sandbox:
            settings = {"state": tmp_path / "sandbox", "render_seconds": 0.15} | settings
            sandbox = Sandbox(SandboxSettings(**settings), hasty_clock.now)
            return stack.enter_context(checked(sandbox))

        yield start


@pytest.fixture
def sandbox(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    """Start one sandbox with the usual settings."""
    return start_sandbox()


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Workspace:
    """Give an empty folder to work in, without an account."""
    from workspaces import Workspace

    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setenv("LOCALIZE_APPLY_POLL_INTERVAL", "0.05")
    for command in ("PLAN", "APPLY"):  # the sources of most tests exist nowhere
        monkeypatch.setenv(f"LOCALIZE_{command}_CHECK_SOURCES", "0")
    return Workspace(folder, monkeypatch, capsys)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Give a clock that the command line sleeps by, its reads too."""
    clock = FakeClock()
    for user in ("cli.apply", "cli.plan", "cli.status", "heygen.transport"):
        monkeypatch.setattr(f"heygen_localize.{user}.SystemClock", lambda: clock)
    return clock


@pytest.fixture
def start(
    tmp_path: Path, clock: FakeClock, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Sandbox]]:
    """Start a sandbox that ages with the run, and lead the command line there."""
    from heygen_localize.sandbox import Sandbox, SandboxSettings

    monkeypatch.setenv("LOCALIZE_APPLY_POLL_INTERVAL", "10")
    with ExitStack() as stack:

        def start(**settings: Any) -> Sandbox:
            settings = {"state": tmp_path / "sandbox", "render_seconds": 60} | settings
            sandbox = stack.enter_context(checked(Sandbox(SandboxSettings(**settings), clock)))
            workspace.use(sandbox)
            return sandbox

        yield start


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Start the worker's S3 server; give its address, and the folder that is its bucket."""
    from s3_server import BUCKET, SERVER, WHY_NOT, s3_server

    if not SERVER.exists():
        pytest.skip(WHY_NOT)
    folder = tmp_path_factory.mktemp("s3") / "data"
    with s3_server(folder) as base:
        yield base, folder / BUCKET
