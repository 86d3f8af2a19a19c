"""Whole runs into buckets: large files, cut on their way; processes killed; requests counted."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

import pytest
from bucket_scene import Store
from pull_scene import Scene

from heygen_localize.buckets.upload import PART

pytest.importorskip("obstore")

PROGRAM = [sys.executable, "-m", "heygen_localize", "pull"]
LARGE = 2 * PART + 1_000_000
KILLS = 6
TAGS = ("es-MX", "fr-FR", "ja")


def test_a_large_file_that_is_cut_goes_on_where_it_was(
    new_scene: Callable[..., Scene], store: Store
) -> None:
    scene = new_scene(output_bytes=LARGE)
    scene.render("alpha", languages=("ja",), extra=store.outputs)
    expected = scene.served("alpha/ja")
    since = scene.count()
    scene.sandbox.set_faults(f"cut_download=1:{PART + 5} on GET /files/* times 2")
    ran = scene.pull()
    assert ran.code == 0, ran.out
    assert store.content("alpha/ja") == expected
    assert store.names() == ["alpha/ja.mp4"]
    assert set(scene.from_the_start(since).values()) == {1}
    assert len(scene.fetches(since)) == 3
    # No byte of it came to this disk.
    left = (path for path in scene.workspace.folder.rglob("*") if path.is_file())
    assert max(path.stat().st_size for path in left) < 20_000
    assert scene.report()["summary"]["unchanged"] == 1


@pytest.mark.few(2)
@pytest.mark.parametrize("size", [None, LARGE], ids=["small", "large"])
def test_what_a_kill_leaves_is_whole_or_not_there(
    new_scene: Callable[..., Scene], store: Store, size: int | None
) -> None:
    scene = new_scene(**({} if size is None else {"output_bytes": size}))
    videos = ("a", "b", "c", "d") if size is None else ("a",)
    scene.render(*videos, extra=store.outputs)
    expected = {
        f"{video}/{tag}.mp4": scene.served(f"{video}/{tag}") for video in videos for tag in TAGS
    }
    dice = random.Random(18)
    for _ in range(KILLS):
        with subprocess.Popen(
            PROGRAM,
            cwd=scene.workspace.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            time.sleep(dice.uniform(0.2, 0.9))
            process.kill()
        for name in set(store.names()) & expected.keys():
            assert (store.folder / name).read_bytes() == expected[name], name
    last = scene.pull()
    assert last.code == 0, last.out
    for name, content in expected.items():
        assert (store.folder / name).read_bytes() == content
    # A folder's half files have names of their own, which the engine does not take away.
    assert {name for name in store.names() if "#" not in name} == expected.keys()
    assert scene.report()["summary"]["unchanged"] == len(expected)


def test_a_file_takes_the_same_requests_however_many_there_are(
    new_scene: Callable[..., Scene], store: Store
) -> None:
    if store.address.startswith("file"):
        pytest.skip("only a server counts")
    counted = []
    for videos in (("a",), tuple(f"v{number}" for number in range(10))):
        scene = new_scene()
        scene.render(*videos, extra=store.outputs)
        store.asked.clear()
        assert scene.pull().code == 0
        first = Counter(method for method, _ in store.asked)
        store.asked.clear()
        assert scene.pull().code == 0
        counted.append((len(videos) * len(TAGS), first, Counter(m for m, _ in store.asked)))
    for files, first, second in counted:
        # Looked for, written on condition, looked at.
        assert first == {"HEAD": 2 * files, "PUT": files}
        assert second == {"HEAD": files}
