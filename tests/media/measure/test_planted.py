"""What a user is told of planted defects: each breaks its rule at its moment, and no other.

`test_defects.py` holds the figures; here the rules judge, beside a clean source and captions.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

pytest.importorskip("av", reason="the extra [check] is not installed")

from clips import Clip, made

from heygen_localize.core.checks import rules_of
from heygen_localize.core.measurement import Measurement
from heygen_localize.media.measure.captions import cues_of, measure_cues, spoken_text
from heygen_localize.media.measure.decode import Decoding
from heygen_localize.media.measure.language import identify_text
from heygen_localize.planning.check import Expected, Subject
from heygen_localize.planning.check_rules import findings
from heygen_localize.planning.comparison import of_its_own

CLEAN = Clip(audio="aac")
STEREO = CLEAN.but(layout="stereo")
SPANISH = ("Hoy hace buen tiempo en la costa.", "Vamos a nadar al mar.", "Luego comemos pan.")
STRICT: dict[str, Any] = {
    "picture": {"like_source": "error", "min_width": 100},
    "sound": {"min_sample_rate": 16000},
    "loudness": {"target": -25, "tolerance": 4, "max_true_peak": -3},
    "silence": {"start": 0.8, "end": 0.8, "within": 0.8},
    "black": {"start": 0.6, "end": 0.6, "within": 0.6},
    "frozen": {"longest": 2.2},
    "caption_timing": {"max_offset": 1.0},
}


def srt(*cues: tuple[float, float, str]) -> bytes:
    def told(moment: float) -> str:
        return f"00:00:{int(moment):02},{round(moment % 1 * 1000):03}"

    return "\n".join(
        f"{number}\n{told(start)} --> {told(end)}\n{text}\n"
        for number, (start, end, text) in enumerate(cues, 1)
    ).encode()


def spoken(shift: float = 0.0, texts: tuple[str, ...] = SPANISH) -> bytes:
    return srt(
        *(
            (0.2 + 2 * place + shift, 1.8 + 2 * place + shift, text)
            for place, text in enumerate(texts)
        )
    )


GOOD = spoken()
TWO = spoken(texts=SPANISH[:2])


@dataclass(frozen=True)
class Planted:
    """A defect, and what it breaks: rules, each with its moment or None."""

    clip: Clip
    expected: list[tuple[str, float | None]]
    captions: bytes = GOOD
    damage: tuple[float, float] | None = None
    source: Clip = CLEAN
    rules: dict[str, Any] = field(default_factory=dict)


def clip(*expected: tuple[str, float | None], of: Clip = CLEAN, **changes: Any) -> Planted:
    return Planted(of.but(**changes), list(expected))


def texts(content: bytes, *expected: tuple[str, float | None], of: Clip = CLEAN) -> Planted:
    return Planted(of, list(expected), content)


PLANTED: dict[str, Planted] = {
    "silent at the start": clip(("silence", 0.0), silent=((0, 0.95),)),
    "silent at the end": clip(("silence", 4.5), silent=((4.5, 6),)),
    "silent within": clip(("silence", 2.0), silent=((2, 3.5),)),
    "silent twice": clip(("silence", 1.0), ("silence", 3.0), silent=((1, 2), (3, 4))),
    "silent all along": clip(("loudness", None), ("silence", 0.0), silent=((0, 6),)),
    "black at the start": clip(("black", 0.0), black=((0, 1),)),
    "black within": clip(("black", 2.0), black=((2, 3),)),
    "black at the end": clip(("black", 5.0), black=((5, 6),)),
    "black all along": clip(("black", 0.0), ("frozen", 0.0), black=((0, 6),)),
    "frozen at the start": clip(("frozen", 0.0), frozen=((0, 2.5),)),
    "frozen within": clip(("frozen", 1.5), frozen=((1.5, 4),)),
    "a tail of one picture": clip(("frozen", 3.0), frozen=((3, 6),)),
    "clipped at a moment": Planted(
        CLEAN.but(loud=((3, 3.02),), gain=0.2, audio="flac"),
        [("clipping", 3.0)],
        rules={"loudness": "off"},
    ),
    "too quiet": clip(("loudness", None), gain=0.05),
    "too loud": clip(("loudness", None), gain=0.9),
    "peaks too high": Planted(
        CLEAN, [("loudness", None)], rules={"loudness": {"max_true_peak": -18}}
    ),
    "no sound": clip(("streams", None), audio=None),
    "no picture": clip(("streams", None), video=None),
    "sound ends early": texts(TWO, ("duration", 4.0), of=CLEAN.but(audio_seconds=4.0)),
    "pictures end early": clip(("duration", 4.0), video_seconds=4.0),
    "shorter than the source": clip(("duration", None), seconds=5.0),
    "longer than the source": clip(("duration", None), seconds=7.5),
    "smaller than the source": clip(("picture", None), size=(128, 72)),
    "smaller than is wanted": clip(("picture", None), ("picture", None), size=(96, 54)),
    "another shape than the source": clip(("picture", None), size=(160, 120)),
    "another frame rate than the source": clip(("picture", None), rate=12),
    "pictures dropped on the way": clip(("picture", None), late=((0, 6),)),
    "the left channel is silent": clip(("sound", None), of=STEREO, dead=0),
    "the right channel is silent": clip(("sound", None), of=STEREO, dead=1),
    "a channel upside down": clip(("sound", None), of=STEREO, inverted=True),
    "sound of a telephone": clip(("sound", None), hertz=8000),
    "cut off in the middle": Planted(
        CLEAN.but(fast_start=True), [("decodes", 3.3)], captions=TWO, damage=(0.6, 1.0)
    ),
    "bytes lost in the middle": Planted(CLEAN, [("decodes", 2.8)], damage=(0.45, 0.46)),
    "captions late": texts(spoken(1.6, SPANISH[:2]), ("caption_timing", 1.8)),
    "captions early": texts(
        GOOD,
        ("silence", 0.0),
        ("caption_timing", 0.2),
        of=CLEAN.but(silent=((0, 1.7),)),
    ),
    "captions after the end": texts(
        srt((0.2, 1.8, SPANISH[0]), (2.2, 9.5, SPANISH[1])), ("caption_timing", 9.5)
    ),
    "captions over each other": texts(
        srt((0.2, 2.4, SPANISH[0]), (1.4, 3.0, SPANISH[1]), (4.2, 5.8, SPANISH[2])),
        ("caption_timing", 1.4),
    ),
    "captions where nobody speaks": texts(
        GOOD,
        ("silence", 2.0),
        ("caption_timing", None),
        of=CLEAN.but(silent=((2.0, 6.0),)),
    ),
    "no captions": texts(b"", ("caption_timing", None)),
    "captions in another language": texts(
        spoken(texts=("The weather is fine today.", "So we walk down to the sea.", "And swim.")),
        ("caption_language", None),
    ),
    "captions too fast": texts(
        srt((0.2, 1.0, SPANISH[0]), (2.2, 3.8, SPANISH[1]), (4.2, 5.8, SPANISH[2])),
        ("caption_reading", None),
    ),
    "a caption of one long line": texts(
        srt((0.2, 5.8, " ".join((*SPANISH, SPANISH[0])))), ("caption_reading", None)
    ),
}
CLEAN_ONES = {
    "as its source": Planted(CLEAN, []),
    "lossless": Planted(CLEAN.but(audio="flac"), []),
    "stereo": Planted(STEREO, []),
    "webm": Planted(CLEAN.but(container="webm", video="libvpx", audio="libopus"), []),
    "larger": Planted(CLEAN.but(size=(320, 180)), []),
    "a channel that its source has silent too": Planted(
        STEREO.but(dead=1), [], source=STEREO.but(dead=1)
    ),
    "slides, as in its source": Planted(
        CLEAN.but(frozen=((1, 5),), silent=((2, 4),)),
        [],
        captions=srt((0.2, 1.8, SPANISH[0]), (4.2, 5.8, SPANISH[2])),
        source=CLEAN.but(frozen=((1, 5),), silent=((2, 4),)),
    ),
}


def look(content: bytes) -> Measurement:
    return Decoding(io.BytesIO(content)).measure(lambda seconds: None, lambda seconds: None)


@cache
def source_of(clip: Clip) -> Measurement:
    return look(made(clip))


def told(planted: Planted) -> list[tuple[str, float | None]]:
    content = made(planted.clip)
    if planted.damage is not None:
        start, end = (round(share * len(content)) for share in planted.damage)
        content = (
            content[:start] + (b"" if end == len(content) else bytes(end - start)) + (content[end:])
        )
    source, file = source_of(planted.source), look(content)
    cues = cues_of(planted.captions)
    language = identify_text(spoken_text(cues))
    expected = Expected(None, dynamic=False, sound_alone=False, language="es-MX")
    captions = measure_cues(cues, file, language)
    subject = Subject(expected, of_its_own(source, file), captions, source)
    return [(one.rule.value, one.at) for one in findings(subject, rules_of(STRICT | planted.rules))]


def test_there_are_thirty_kinds() -> None:
    assert len(PLANTED) >= 30
    assert len({str(one) for one in PLANTED.values()}) == len(PLANTED)


@pytest.mark.few(16)
@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_told_at_its_moment_and_nothing_else(name: str) -> None:
    found, expected = told(PLANTED[name]), PLANTED[name].expected
    assert [rule for rule, _ in found] == [rule for rule, _ in expected]
    loose = 0.8 if PLANTED[name].damage else 0.2
    for (_, at), (_, moment) in zip(found, expected, strict=True):
        assert at == (None if moment is None else pytest.approx(moment, abs=loose))


@pytest.mark.parametrize("name", CLEAN_ONES)
def test_nothing_is_told_of_clean_ones(name: str) -> None:
    assert told(CLEAN_ONES[name]) == []
