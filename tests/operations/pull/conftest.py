from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bucket_scene import Store, use_s3
from proxy import proxy_to
from pull_scene import Scene
from s3_server import BUCKET, SERVER, WHY_NOT, s3_server
from stand_in import Asked, Reply
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


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    if not SERVER.exists():
        pytest.skip(WHY_NOT)
    folder = tmp_path_factory.mktemp("s3") / "data"
    with s3_server(folder) as base:
        yield base, folder / BUCKET


@pytest.fixture(params=["file", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    if request.param == "file":
        folder = tmp_path / "bucket"
        folder.mkdir()
        monkeypatch.setenv("LOCALIZE_FILE_BUCKETS", str(folder))
        yield Store(f"file://{folder}", folder)
        return
    base, bucket = request.getfixturevalue("s3")
    folder = bucket / tmp_path.name
    folder.mkdir()
    found = Store(f"s3://{BUCKET}/{tmp_path.name}", folder)

    def script(asked: Asked, forward: Any) -> Reply:
        found.asked.append((asked.method, asked.path))
        return forward()

    with proxy_to(base, script) as front:
        use_s3(monkeypatch, front)
        yield found
