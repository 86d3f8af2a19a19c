"""Sandboxes to call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_caller import RENDER_SECONDS, Caller, Clock

from heygen_localize.sandbox import Sandbox, SandboxSettings


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Caller]]:
    """Starts a sandbox with other settings than the usual ones."""
    started: list[Sandbox] = []

    def start_one(**changes: Any) -> Caller:
        values: dict[str, Any] = {"state": tmp_path / "state", "render_seconds": RENDER_SECONDS}
        started.append(Sandbox(SandboxSettings(**values | changes), clock))
        return Caller(started[-1])

    yield start_one
    for sandbox in started:
        sandbox.close()


@pytest.fixture
def caller(start: Callable[..., Caller]) -> Caller:
    return start()


@pytest.fixture
def sandbox(caller: Caller) -> Sandbox:
    return caller.sandbox
