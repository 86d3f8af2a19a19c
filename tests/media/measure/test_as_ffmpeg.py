"""The same figures as the ffmpeg of the system gives, by its own command line."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("av", reason="the extra [check] is not installed")
if shutil.which("ffmpeg") is None:
    pytest.skip("there is no ffmpeg on this machine", allow_module_level=True)

from clips import Clip, made

from heygen_localize.core.measurement import Stretch
from heygen_localize.media.measure.decode import Decoding

CLIP = Clip(
    container="matroska",
    seconds=8.0,
    silent=((1, 2.2), (7, 8)),
    black=((2, 3),),
    frozen=((4, 7),),
    loud=((3, 3.1),),
)
FILTERS = (
    *("-af", "ebur128=peak=true:framelog=verbose,silencedetect=n=-50dB:d=0.5"),
    *("-vf", "blackdetect=d=0.5:pic_th=0.98:pix_th=0.10,freezedetect=n=-60dB:d=2"),
)


def numbers(pattern: str, text: str) -> list[float]:
    return [float(number) for number in re.findall(pattern + r"\s*(-?[0-9.]+)", text)]


def moments(stretches: tuple[Stretch, ...]) -> list[float]:
    return [moment for stretch in stretches for moment in (stretch.start, stretch.end)]


def test_loudness_silence_black_and_frozen_are_what_ffmpeg_says(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    path.write_bytes(made(CLIP))
    ran = subprocess.run(
        ["ffmpeg", "-nostdin", "-i", str(path), *FILTERS, "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    told = ran.stderr
    found = Decoding(io.BytesIO(made(CLIP))).measure(lambda at: None, lambda at: None)
    assert found.loudness is not None
    assert found.loudness.integrated == pytest.approx(numbers(r"\bI:", told)[-1], abs=0.1)
    assert found.loudness.range == pytest.approx(numbers(r"\bLRA:", told)[-1], abs=0.2)
    assert found.loudness.true_peak == pytest.approx(numbers(r"\bPeak:", told)[-1], abs=0.2)
    silence = numbers(r"silence_(?:start|end):", told)
    assert moments(found.silence) == pytest.approx(silence, abs=0.11)
    black = numbers(r"black_(?:start|end):", told)
    assert moments(found.black) == pytest.approx(black, abs=0.11)
    frozen = numbers(r"freeze_(?:start|end):", told)
    assert moments(found.frozen) == pytest.approx(frozen, abs=0.11)
    assert len(silence) == 4
    assert len(black) == len(frozen) == 2
