"""Real processes that pull: killed, asked to leave, and looked at for their memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from pull_scene import Scene

PATIENCE = 30.0
PROGRAM = [sys.executable, "-m", "heygen_localize", "pull"]
FILES = 12
WHOLE = BEGUN = 4
LEAST = 100_000


@pytest.fixture
def midway(new_scene: Callable[..., Scene]) -> Iterator[tuple[Scene, subprocess.Popen[str]]]:
    """Give a pull that has fetched some files, begun some others, and waits for an answer."""
    scene = new_scene(output_bytes=2 * LEAST)
    scene.render("a", "b", "c", "d")
    entries = sorted(scene.workspace.lock()["targets"].items())
    jobs = [entry["translation_id"] for _, entry in entries]
    cut, late = jobs[WHOLE : WHOLE + BEGUN], jobs[WHOLE + BEGUN :]
    rules = [f"cut_download=1:{LEAST} on GET /files/{job}/* times 1" for job in cut]
    rules += [f"slow=1:600 on GET /files/{job}/* after 1" for job in cut]
    scene.sandbox.set_faults(*rules, *(f"slow=1:600 on GET /files/{job}/*" for job in late))
    with subprocess.Popen(
        PROGRAM,
        cwd=scene.workspace.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _wait_until_midway(scene, process)
            yield scene, process
        finally:
            process.kill()


def _wait_until_midway(scene: Scene, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    cache = scene.path(".localize/localize/cache/pulled.jsonl")
    while (
        not cache.exists()
        or cache.read_text().count("sha256") < WHOLE
        or not _begun(scene)
        or len(scene.fetches()) < FILES + BEGUN  # all that it asks for is noted
    ):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _begun(scene: Scene) -> bool:
    return [part.stat().st_size for part in scene.parts()] == [LEAST] * BEGUN


def check_the_next_pull(scene: Scene) -> None:
    """The next pull fetches the rest, and nothing a second time."""
    scene.sandbox.set_faults()
    since = len(scene.fetches())
    report = scene.report()
    assert report["summary"]["pulled"] == FILES - WHOLE
    assert report["summary"]["unchanged"] == WHOLE
    statuses = Counter(note.status for note in scene.fetches()[since:])
    assert statuses == {206: BEGUN, 200: FILES - WHOLE - BEGUN}
    assert set(scene.from_the_start().values()) == {1}
    for row in report["files"]:
        assert scene.content(row["path"]) == scene.served(row["address"])
    assert all("files" in entry for entry in scene.workspace.lock()["targets"].values())
    assert not scene.parts()


def test_a_kill_midway(midway: tuple[Scene, subprocess.Popen[str]]) -> None:
    scene, process = midway
    process.kill()
    process.communicate(timeout=PATIENCE)
    check_the_next_pull(scene)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_midway(
    number: int, code: int, midway: tuple[Scene, subprocess.Popen[str]]
) -> None:
    scene, process = midway
    began = time.monotonic()
    process.send_signal(number)
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, told
    assert time.monotonic() - began < 3
    entries = scene.workspace.lock()["targets"].values()
    assert sum("files" in entry for entry in entries) == WHOLE
    assert _begun(scene)
    check_the_next_pull(scene)


LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process between: Linux counts what the parent has into a child's peak."""


@pytest.mark.skipif(os.name == "nt", reason="nothing there tells a child's peak")
def test_memory_does_not_grow_with_the_file(new_scene: Callable[..., Scene]) -> None:
    scene = new_scene(output_bytes=300_000_000)
    scene.render("a", languages=("ja",))
    command = [sys.executable, "-c", LAUNCHER, *PROGRAM, "--quiet", "--format", "markdown"]
    told = subprocess.run(
        command, cwd=scene.workspace.folder, check=True, capture_output=True, text=True
    ).stdout
    code, peak = map(int, told.splitlines()[-1].split())
    assert code == 0, told
    assert scene.path("localized/a/ja.mp4").stat().st_size == 300_000_000
    assert peak * (1 if sys.platform == "darwin" else 1024) < 100_000_000
    scene.path("localized/a/ja.mp4").unlink()
