"""Damaged and hostile containers: the parent says what is wrong, and nothing hangs or grows.

The whole campaign: LOCALIZE_MUTATED=500.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("av", reason="the extra [check] is not installed")

from mutants import mutant

from heygen_localize.core.errors import FileError
from heygen_localize.media.measure import measure

FILES = int(os.environ.get("LOCALIZE_MUTATED", "3"))
SEED = int(os.environ.get("LOCALIZE_MUTATED_SEED", "0"))
LONGEST, LARGEST = 30.0, 1 << 20
"""Seconds, and KB of memory, for two seconds of media."""

TOGETHER = """
import io, sys
from heygen_localize.media.measure.decode import Decoding
from heygen_localize.media.measure.limits import confine
from heygen_localize.media.measure.messages import MeasureRefused
from mutants import mutant
contents = [mutant(seed) for seed in range(1000, 1020)]
confine()
told = set()
for content in contents:
    try:
        Decoding(io.BytesIO(content)).measure(lambda at: None, lambda at: None)
        told.add("measured")
    except MeasureRefused as refused:
        told.add(refused.code)
print(*sorted(told))
"""


def test_twenty_in_a_process_that_opens_nothing() -> None:
    """All failures have a code: none is a library's own, such as of a file that it would open."""
    ran = subprocess.run(
        [sys.executable, "-c", TOGETHER],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert {"measured", "unreadable"} <= set(ran.stdout.split())


def test_each_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "dub.mp4"
    told: dict[str, int] = {}
    slowest = 0.0
    for seed in range(SEED, SEED + FILES):
        path.write_bytes(mutant(seed))
        began = time.monotonic()
        try:
            with path.open("rb") as file:
                found = measure(file, "dub.mp4")
            code = "measured" if found.complete else "broken"
        except FileError as error:
            code = error.first.code
            if code == "media_crashed":
                code = f"{seed}: {error}"
        told[code] = told.get(code, 0) + 1
        slowest = max(slowest, time.monotonic() - began)
    sys.stdout.write(f"{told} {slowest:.1f} s\n")
    assert not [code for code in told if "open files" in code]
    assert slowest < LONGEST
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < LARGEST
