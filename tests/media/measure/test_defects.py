"""Planted defects: each is found at its moment, and none in clean files."""

from __future__ import annotations

import io

import pytest

pytest.importorskip("av", reason="the extra [check] is not installed")

from clips import Clip, made

from heygen_localize.core.measurement import Measurement, Stretch
from heygen_localize.media.measure.decode import Decoding
from heygen_localize.media.measure.messages import MeasureRefused

CLEAN = Clip()
WAV = Clip(container="wav", video=None, audio="pcm_s16le")


def look(content: bytes) -> Measurement:
    return Decoding(io.BytesIO(content)).measure(lambda seconds: None, lambda seconds: None)


def placed(kind: str, found: tuple[Stretch, ...], seconds: float) -> set[str]:
    def place(one: Stretch) -> str:
        if one.start <= 0.2:
            return "start"
        return "end" if one.end >= seconds - 0.3 else "within"

    return {f"{kind} {place(one)}" for one in found}


def defects(found: Measurement, seconds: float = 6.0) -> set[str]:
    """Say what is wrong with a file that ought to be as the clean ones are."""
    wrong = placed("silent", found.silence, found.seconds)
    wrong |= placed("black", found.black, found.seconds)
    wrong |= placed("frozen", found.frozen, found.seconds)
    told = {
        "broken": found.broke_at is not None,
        "no video": found.video is None,
        "no audio": found.audio is None,
        "length": abs(found.seconds - seconds) > 0.3,
        **pictures_wrong(found),
        **sound_wrong(found),
    }
    return wrong | {name for name, so in told.items() if so}


def pictures_wrong(found: Measurement) -> dict[str, bool]:
    if found.video is None:
        return {}
    ends = found.video.seconds
    sound_ends = found.audio.seconds if found.audio else ends
    return {
        "size": (found.video.width, found.video.height) != (160, 90),
        "variable": found.video.variable,
        "rate": not found.video.variable and abs((found.video.frame_rate or 0) - 10) > 0.1,
        "sound ends early": sound_ends < ends - 0.3,
        "pictures end early": ends < sound_ends - 0.3,
    }


def sound_wrong(found: Measurement) -> dict[str, bool]:
    if found.loudness is None or found.clipping is None:
        return {}
    level = found.loudness.integrated
    return {
        "quiet": level is None or level < -30,
        "loud": level is not None and level > -12,
        "clipped": found.clipping.runs > 0,
    }


PLANTED: dict[str, tuple[Clip, set[str]]] = {
    "silence at the start": (CLEAN.but(silent=((0, 1.2),)), {"silent start"}),
    "silence at the end": (CLEAN.but(silent=((4.5, 6),)), {"silent end"}),
    "silence within": (CLEAN.but(silent=((2, 3.5),)), {"silent within"}),
    "silence twice": (CLEAN.but(silent=((0, 1), (3, 4))), {"silent start", "silent within"}),
    "silence all along": (CLEAN.but(silent=((0, 6),)), {"silent start", "quiet"}),
    "black at the start": (CLEAN.but(black=((0, 1),)), {"black start"}),
    "black within": (CLEAN.but(black=((2, 3),)), {"black within"}),
    "black at the end": (CLEAN.but(black=((5, 6),)), {"black end"}),
    "black all along": (CLEAN.but(black=((0, 6),)), {"black start", "frozen start"}),
    "frozen at the start": (CLEAN.but(frozen=((0, 2.5),)), {"frozen start"}),
    "frozen within": (CLEAN.but(frozen=((1.5, 4),)), {"frozen within"}),
    "frozen at the end": (CLEAN.but(frozen=((3, 6),)), {"frozen end"}),
    "clipped at a moment": (
        CLEAN.but(loud=((3, 3.05),), gain=0.1, audio="aac"),
        {"clipped"},
    ),
    "clipped in pcm": (WAV.but(loud=((3, 3.05),), gain=0.1), {"clipped", "no video"}),
    "too quiet": (CLEAN.but(gain=0.02), {"quiet"}),
    "too loud": (CLEAN.but(gain=0.9), {"loud"}),
    "no audio": (CLEAN.but(audio=None), {"no audio"}),
    "no video": (CLEAN.but(video=None), {"no video"}),
    "another frame rate": (CLEAN.but(rate=12), {"rate"}),
    "a variable frame rate": (CLEAN.but(late=((2, 5),)), {"variable"}),
    "another size": (CLEAN.but(size=(128, 72)), {"size"}),
    "sound shorter than pictures": (CLEAN.but(audio_seconds=4.0), {"sound ends early"}),
    "pictures shorter than sound": (CLEAN.but(video_seconds=4.0), {"pictures end early"}),
    "another length": (CLEAN.but(seconds=4.0), {"length"}),
    "silent, black and frozen": (
        CLEAN.but(silent=((0, 1),), black=((2, 2.8),), frozen=((3.5, 6),)),
        {"silent start", "black within", "frozen end"},
    ),
}
CLEAN_ONES = {
    "mp4": CLEAN.but(audio="aac"),
    "mp4, index first": CLEAN.but(fast_start=True),
    "mp4 in fragments": CLEAN.but(fragments=True),
    "mov": CLEAN.but(container="mov", video="mpeg4", audio="aac"),
    "webm": CLEAN.but(container="webm", video="libvpx", audio="libopus"),
    "matroska": CLEAN.but(container="matroska", audio="flac"),
}
CLEAN_SOUND = {
    "wav": WAV,
    "mp3": WAV.but(container="mp3", audio="libmp3lame"),
    "m4a": WAV.but(container="ipod", audio="aac"),
    "ogg": WAV.but(container="ogg", audio="libopus"),
    "flac": WAV.but(container="flac", audio="flac"),
}


@pytest.mark.few(12)
@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_and_nothing_else(name: str) -> None:
    clip, expected = PLANTED[name]
    found = look(made(clip))
    assert defects(found) == expected
    for planted, stretches in (
        (clip.silent, found.silence),
        (clip.black, found.black),
        (clip.frozen, found.frozen if not clip.black else ()),
    ):
        for (start, end), stretch in zip(planted, stretches, strict=False):
            assert stretch.start == pytest.approx(start, abs=0.15)
            assert stretch.end == pytest.approx(end, abs=0.15)
    if clip.loud and found.clipping is not None:
        assert found.clipping.moments == (3.0,)


@pytest.mark.parametrize("name", CLEAN_ONES)
def test_nothing_is_found_in_clean_videos(name: str) -> None:
    assert defects(look(made(CLEAN_ONES[name]))) == set()


@pytest.mark.parametrize("name", CLEAN_SOUND)
def test_nothing_is_found_in_clean_sound(name: str) -> None:
    assert defects(look(made(CLEAN_SOUND[name]))) == {"no video"}


@pytest.mark.parametrize(
    "clip",
    [CLEAN.but(fast_start=True), WAV, CLEAN.but(container="matroska", audio="flac")],
    ids=["mp4", "wav", "matroska"],
)
def test_what_is_cut_early_says_where(clip: Clip) -> None:
    content = made(clip)
    found = look(content[: len(content) * 6 // 10])
    assert found.broke_at == pytest.approx(3.0, abs=1.5)
    assert not found.complete


def test_speech_begins_after_the_silence_and_noise_is_no_silence() -> None:
    assert look(made(PLANTED["silence at the start"][0])).speech_onset == pytest.approx(
        1.2, abs=0.1
    )
    assert defects(look(made(CLEAN.but(noise=True)))) == set()
    assert look(made(PLANTED["silence all along"][0])).speech_onset is None


def test_the_waveform_shows_the_peaks() -> None:
    found = look(made(PLANTED["clipped in pcm"][0]))
    assert len(found.waveform) == 60
    assert [place for place, peak in enumerate(found.waveform) if peak > 90] == [30]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"nothing that is media" * 100, "unreadable"),
        (made(CLEAN)[:5000], "unreadable"),
        (made(CLEAN.but(encrypted=True)), "encrypted"),
    ],
    ids=["text", "no index", "encrypted"],
)
def test_what_cannot_be_measured_says_why(content: bytes, code: str) -> None:
    with pytest.raises(MeasureRefused) as raised:
        look(content)
    assert raised.value.code == code


def test_a_title_that_is_no_utf8_changes_nothing() -> None:
    content = made(CLEAN_ONES["mp4"])
    assert content.count(b"Lavf") == 1
    assert defects(look(content.replace(b"Lavf", b"\xff\xfe\xfd\xfc"))) == set()
