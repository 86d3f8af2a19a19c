"""What our lowest allowed libraries must do for us; `nox -s lowest` runs this on just those."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.wrappers import Request, Response
from workspaces import Workspace

from heygen_localize.project.process_lock import state_folder
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.application import Application

UNPACKED = 200_000_000
"""Bytes that a small answer would become."""


@pytest.fixture(scope="module")
def packed() -> bytes:
    return gzip.compress(bytes(UNPACKED), 1)


@pytest.fixture
def account(start_sandbox: Callable[..., Sandbox], workspace: Workspace) -> Sandbox:
    sandbox = start_sandbox(render_seconds=0.05)
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    return sandbox


def test_a_lock_that_is_a_link_empties_no_file(
    account: Sandbox, workspace: Workspace, tmp_path: Path
) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("precious\n")
    folder = state_folder(workspace.manifest)
    folder.mkdir(parents=True)
    (folder / "apply.lock").symlink_to(victim)
    ran = workspace.run("apply", "--yes")
    assert victim.read_text() == "precious\n"
    assert ran.code != 0
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("times", [1, 2, 6, 50])
def test_an_answer_packed_many_times_is_not_unpacked_whole(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    packed: bytes,
    times: int,
) -> None:
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    body = packed
    for _ in range(times - 1):
        body = gzip.compress(body)
    respond = Application._respond

    def instead(self: Application, request: Request) -> Response:
        if request.path != "/v3/video-translations":
            return respond(self, request)
        return Response(body, headers={"Content-Encoding": ", ".join(["gzip"] * times)})

    monkeypatch.setattr(Application, "_respond", instead)
    tracemalloc.start()
    try:
        ran = workspace.run("plan")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ran.code != 0
    assert "Traceback" not in ran.err
    assert peak < UNPACKED / 2
