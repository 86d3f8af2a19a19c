"""Buckets to pull into and to take sources from; clips that are decoded once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from bucket_scene import Store, s3_store

from heygen_localize.core.measurement import Measurement
from heygen_localize.media.measure import measure
from heygen_localize.operations import measuring

_measured: dict[str, Measurement] = {}


@pytest.fixture
def decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decode each clip once for all tests that look at it.

    The decoder has its tests in tests/media; starting it takes longer than what is tested here.
    """

    def known(file: BinaryIO, shown_name: str) -> Measurement:
        content = file.read()
        label = content.rfind(b"free")  # The emulator's, at the end of each clip of its.
        clip = content[:label] if 0 <= len(content) - label < 500 else content
        digest = hashlib.sha256(clip).hexdigest()
        if digest not in _measured:
            _measured[digest] = measure(file, shown_name)
        return _measured[digest]

    monkeypatch.setattr(measuring, "measure", known)


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
    with s3_store(request.getfixturevalue("s3"), tmp_path, monkeypatch) as found:
        yield found
