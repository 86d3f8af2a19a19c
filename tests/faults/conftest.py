"""Accounts that misbehave, on a clock that only the run itself moves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox, SandboxSettings

sys.path.insert(0, str(Path(__file__).parents[1] / "executor"))

from fake_clock import FakeClock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Give a clock that the command line sleeps by, its reads too."""
    clock = FakeClock()
    for user in ("cli.apply", "cli.plan", "transport"):
        monkeypatch.setattr(f"heygen_localize.{user}.SystemClock", lambda: clock)
    return clock


@pytest.fixture
def start(
    tmp_path: Path, clock: FakeClock, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Sandbox]]:
    """Start a sandbox that ages with the run, and lead the command line there."""
    monkeypatch.setenv("LOCALIZE_APPLY_POLL_INTERVAL", "10")
    with ExitStack() as stack:

        def start(**settings: Any) -> Sandbox:
            settings = {"state": tmp_path / "sandbox", "render_seconds": 60} | settings
            sandbox = stack.enter_context(Sandbox(SandboxSettings(**settings), clock))
            workspace.use(sandbox)
            return sandbox

        yield start


@pytest.fixture
def account(start: Callable[..., Sandbox]) -> Sandbox:
    """Start one sandbox with the usual settings."""
    return start()


@pytest.fixture
def machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Workspace], Workspace]:
    """Give another machine: the same manifest in a fresh folder, without lock or journal."""
    made: list[Workspace] = []

    def another(original: Workspace) -> Workspace:
        folder = tmp_path / f"machine-{len(made)}"
        folder.mkdir()
        made.append(Workspace(folder, monkeypatch, capsys))
        made[-1].write(original.manifest.read_text(encoding="utf-8"))
        return made[-1]

    return another
