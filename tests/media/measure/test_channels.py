"""Two channels beside each other, from samples."""

from __future__ import annotations

import pytest

pytest.importorskip("numpy", reason="the extra [check] is not installed")

import numpy as np

from heygen_localize.media.measure.channels import Channels

WAVE = np.sin(np.arange(8000) / 10).astype(np.float32)
OTHER = np.cos(np.arange(8000) / 10).astype(np.float32)


def found(*channels: np.ndarray, parts: int = 4) -> tuple[tuple[int, ...], float | None]:
    samples = np.stack(channels, axis=1)
    beside = Channels(len(channels))
    for part in np.array_split(samples, parts):
        beside.take(part, np.abs(part))
    return beside.finish()


def test_the_correlation_of_two_channels() -> None:
    assert found(WAVE, WAVE) == ((), 1.0)
    assert found(WAVE, -0.3 * WAVE) == ((), -1.0)
    apart, correlation = found(WAVE, OTHER)
    assert apart == ()
    assert correlation == pytest.approx(0, abs=0.01)
    assert found(WAVE, OTHER, parts=1) == found(WAVE, OTHER, parts=100)


def test_silent_channels() -> None:
    hiss = 0.003 * WAVE
    assert found(WAVE, hiss) == ((2,), None)
    assert found(hiss, WAVE, hiss, WAVE) == ((1, 3), None)
    assert found(WAVE, 0.01 * WAVE) == ((), 1.0)
    assert found(hiss, hiss) == ((), None)  # the rule of silence tells that
    assert found(WAVE) == ((), None)
    assert Channels(2).finish() == ((), None)


@pytest.mark.parametrize("sample", [np.nan, np.inf, 3e38])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_samples_that_are_no_numbers(sample: float) -> None:
    wave = WAVE.copy()
    wave[100] = sample
    assert found(wave, wave) == ((), None)
