from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bucket_scene import Store, s3_store
from pull_scene import Scene
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox


@pytest.fixture
def new_scene(start_sandbox: Callable[..., Sandbox], workspace: Workspace) -> Callable[..., Scene]:
    """Make a scene; keywords are those of the sandbox's settings."""

    def make(**settings: Any) -> Scene:
        settings = {"render_seconds": 0.01, "max_jobs": None} | settings
        return Scene(start_sandbox(**settings), workspace)

    return make


@pytest.fixture
def scene(new_scene: Callable[..., Scene]) -> Scene:
    return new_scene()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Have the command line pull by a clock that does not sleep; give its sleeps."""
    sleeps: list[float] = []

    class Impatient:
        def now(self) -> float:
            return time.time()

        def monotonic(self) -> float:
            return time.monotonic()

        def sleep(self, seconds: float) -> None:
            sleeps.append(seconds)

    monkeypatch.setattr("heygen_localize.cli.pull.SystemClock", Impatient)
    monkeypatch.setattr("heygen_localize.heygen.transport.SystemClock", Impatient)
    return sleeps


@pytest.fixture
def bucket(
    s3: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """Give a bucket behind a proxy that does as its `script` says."""
    with s3_store(s3, tmp_path, monkeypatch) as found:
        yield found
