"""Accounts that misbehave, on a clock that only the run itself moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox


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
