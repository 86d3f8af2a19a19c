"""What a pull does on the disk grows as the files do: counted, as their number grows tenfold."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
from pull_scene import Scene

from heygen_localize.operations.pull.delivery import Delivery

ONE_FOLDER = "outputs: {video: 'alle/f\u00fcr-{{ video.id }}.mp4'}\nlimits: {max_new: 1000}"

_counted: Counter[str] | None = None


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    if _counted is None:
        return
    if event == "os.scandir":
        _counted["listings"] += 1
    elif event == "open" and arguments[1] is None:  # os.open, and no open of Python's own
        _counted["opened"] += 1
    elif event == "os.remove":
        _counted["removed"] += 1


sys.addaudithook(_count)


def pulled(scene: Scene, monkeypatch: pytest.MonkeyPatch, first: int, count: int) -> Counter[str]:
    """Pull so many new files into one folder where others lie; count what is done on the disk."""
    global _counted
    scene.render(*(f"v{n}" for n in range(first + count)), languages=("ja",), extra=ONE_FOLDER)
    counted: Counter[str] = Counter()
    saved, synced = Delivery._save, os.fsync

    def save(delivery: Delivery) -> None:
        counted["writings"] += 1
        saved(delivery)

    def sync(handle: int) -> None:
        counted["syncs"] += 1
        synced(handle)

    prepared = requests.PreparedRequest.prepare_url

    def prepare(request: requests.PreparedRequest, url: str, more: Any) -> None:
        counted["prepared"] += 1
        prepared(request, url, more)

    with monkeypatch.context() as patch:
        patch.setattr(requests.PreparedRequest, "prepare_url", prepare)
        patch.setattr(Delivery, "_save", save)
        patch.setattr("os.fsync", sync)
        _counted = counted
        try:
            ran = scene.pull("--quiet")
        finally:
            _counted = None
    assert ran.code == 0, ran.err
    assert len(list(Path(scene.path("alle")).iterdir())) == first + count
    return counted


def test_what_a_file_costs_on_the_disk(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    few = pulled(scene, monkeypatch, 0, 20)
    many = pulled(scene, monkeypatch, 20, 200)
    # Neither is the folder listed nor the lockfile written for a single file, nor anything synced.
    assert many["listings"] == few["listings"]
    assert many["writings"] == few["writings"] == 1
    assert many["syncs"] == few["syncs"]
    # The part, the record that is looked for, and the way to the file's own folder.
    assert (many["opened"] - few["opened"]) / 180 <= 7
    # What comes in a piece or two has no record, and nothing is removed that was not there.
    assert many["removed"] == few["removed"]
    # An address is taken apart once, to be looked at and to be sent.
    assert (many["prepared"] - few["prepared"]) / 180 <= 1
