"""Captions beside the sound that they belong to, and the language they are in."""

from __future__ import annotations

import pytest

pytest.importorskip("py3langid", reason="the extra [check] is not installed")

from heygen_localize.core.errors import SubtitleError
from heygen_localize.core.measurement import (
    CaptionMeasurement,
    Measurement,
    Stretch,
    expected_language,
)
from heygen_localize.media.measure import identify, measure_captions
from heygen_localize.media.measure.captions import cues_of, measure_cues
from heygen_localize.media.measure.messages import Language

SOUND = Measurement(12.0, speech=(Stretch(1.0, 4.0), Stretch(6.0, 10.0)))
TEXTS = {
    "en": "Welcome to the course. Today we will learn how the new machine is cleaned and kept.",
    "de": "Willkommen zum Kurs. Heute lernen wir, wie die neue Maschine gereinigt wird.",
    "es": "Bienvenidos al curso. Hoy vamos a aprender cómo se limpia la máquina nueva.",
    "fr": "Bienvenue dans ce cours. Aujourd'hui nous apprenons comment nettoyer la machine.",
    "pt": "Bem-vindos ao curso. Hoje vamos aprender como a nova máquina é limpa e mantida.",
    "ja": "コースへようこそ。今日は新しい機械の掃除の仕方を学びます。",
    "zh": "欢迎参加本课程。今天我们将学习如何清洁和保养新机器。",
    "hi": "पाठ्यक्रम में आपका स्वागत है। आज हम सीखेंगे कि नई मशीन को कैसे साफ किया जाता है।",
    "ar": "مرحبا بكم في الدورة. اليوم سوف نتعلم كيف يتم تنظيف الآلة الجديدة وصيانتها.",
    "id": "Selamat datang di kursus ini. Hari ini kita akan belajar cara membersihkan mesin baru.",
}


def srt(*cues: tuple[float, float, str]) -> bytes:
    def written(seconds: float) -> str:
        return f"00:00:{int(seconds):02d},{round(seconds * 1000) % 1000:03d}"

    return "\n".join(
        f"{number}\n{written(start)} --> {written(end)}\n{text}\n"
        for number, (start, end, text) in enumerate(cues, 1)
    ).encode()


IN_STEP = ((1.0, 3.0, "Willkommen zum Kurs"), (6.2, 9.0, "Heute lernen wir"))


def found(*cues: tuple[float, float, str]) -> CaptionMeasurement:
    return measure_cues(cues_of(srt(*cues)), SOUND, Language("de", 0.99))


def test_captions_in_step_with_speech() -> None:
    assert found(*IN_STEP) == CaptionMeasurement(
        cues=2,
        first_cue=1.0,
        last_cue=9.0,
        offset=0.0,
        in_silence=0.0,
        fastest=9.5,
        fastest_cue=1,
        longest_line=19,
        longest_line_cue=1,
        language="de",
        probability=0.99,
    )


@pytest.mark.parametrize(
    ("shift", "offset", "silent"), [(3.2, 3.2, 0.5), (-0.9, -0.9, 0.5), (4.1, 4.1, 1.0)]
)
def test_captions_that_are_late_or_early(shift: float, offset: float, silent: float) -> None:
    cues = [(start + shift, min(end, start + 0.8) + shift, text) for start, end, text in IN_STEP]
    assert found(*cues).offset == offset
    assert found(*cues).in_silence == silent


def test_captions_too_fast_to_read_and_too_long_to_see() -> None:
    told = found(
        (1.0, 3.0, "Kurz"),
        (3.0, 4.0, "<i>" + "schnell " * 5 + "</i>\n" + "x" * 50),
        (6.0, 9.0, "y" * 60 + "\ne\u0301"),
    )
    assert (told.fastest, told.fastest_cue) == (90.0, 2)
    assert (told.longest_line, told.longest_line_cue) == (60, 3)


def test_captions_without_a_cue_or_without_sound() -> None:
    assert measure_captions(b"", SOUND) == CaptionMeasurement(0)
    silent = measure_cues(cues_of(srt(*IN_STEP)), Measurement(12.0), Language())
    assert (silent.offset, silent.in_silence, silent.language) == (None, None, None)
    with pytest.raises(SubtitleError):
        cues_of(b"no captions")


def test_webvtt_is_read_too() -> None:
    text = b"WEBVTT\n\n00:01.000 --> 00:03.000\nWillkommen zum Kurs\n"
    assert [(cue.start, cue.text) for cue in cues_of(text)] == [(1000, "Willkommen zum Kurs")]


def test_languages_are_told_by_one_child_and_too_little_text_is_not() -> None:
    told = identify([*TEXTS.values(), "OK", "1234567890 " * 20])
    assert [one.language for one in told] == [*TEXTS, None, None]
    assert all((one.probability or 0) > 0.8 for one in told[: len(TEXTS)])
    written = srt((1.0, 9.0, TEXTS["es"]))
    assert measure_captions(written, SOUND).language == "es"


def test_what_is_written_almost_alike_counts_as_one() -> None:
    assert expected_language("nb-NO") == expected_language("no") == "no"
    assert expected_language("ms-MY") == expected_language("id-ID") == "id"
    assert expected_language("sr-Latn-RS") == expected_language("bs-BA") == "hr"
    assert expected_language("es-MX") == "es"
    assert expected_language("su-ID") is None
