from __future__ import annotations

import hashlib
from typing import BinaryIO

import pytest

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
