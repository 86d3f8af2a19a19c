"""Lip syncs in a manifest: where they may be asked for, what they have, and what not."""

from __future__ import annotations

import re
from pathlib import Path

import media_samples
import pytest
from manifest_project import Project

from heygen_localize.core.fingerprint import LIPSYNC_DEFAULTS, LZ1_DEFAULTS
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.option import Layer

PAGE = Path(__file__).parents[2] / "docs/lipsync.md"
SOUND = "audio: asset:sound"


def test_the_example_of_the_page(project: Project) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    manifest = project.load(text)
    kinds = {target.address: target.kind for target in manifest.targets}
    assert kinds == {
        "keynote/de-DE": JobKind.LIPSYNC,
        "keynote/es-MX": JobKind.LIPSYNC,
        "tour/de-DE": JobKind.TRANSLATION,
        "tour/es-MX": JobKind.TRANSLATION,
    }
    assert manifest.warnings == ()
    sounds = {target.audio.reference for target in manifest.targets if target.audio}
    assert sounds == {
        f"https://cdn.example.com/audio/keynote.{tag}.mp3" for tag in ("es-MX", "de-DE")
    }
    text = PAGE.read_text("utf-8")
    assert all(f"`{name}`" in text for name in LIPSYNC_DEFAULTS)


@pytest.mark.parametrize(
    "text",
    [
        "defaults: {kind: lipsync, SOUND}\nlanguages: [ja]\nvideos: {a: {source: asset:a}}",
        "languages: {ja: {kind: lipsync, SOUND}}\nvideos: {a: {source: asset:a}}",
        "languages: [ja]\nvideos: {a: {source: asset:a, kind: lipsync, SOUND}}",
        "videos: {a: {source: asset:a, languages: {ja: {kind: lipsync, SOUND}}}}",
    ],
    ids=["defaults", "language", "video", "language of a video"],
)
def test_it_may_be_asked_for_in_every_place(project: Project, text: str) -> None:
    (target,) = project.targets(text.replace("SOUND", SOUND)).values()
    assert target.kind is JobKind.LIPSYNC
    assert target.audio is not None
    translated = project.target(f"languages: [ja]\nvideos: {{a: {{source: asset:a, {SOUND}}}}}")
    assert translated.kind is JobKind.TRANSLATION
    assert translated.fingerprint != target.fingerprint


def test_languages_of_one_sound_share_a_job(project: Project) -> None:
    one, other = project.targets(
        f"languages: [ja, de-DE]\nvideos: {{a: {{source: asset:a, kind: lipsync, {SOUND}}}}}"
    ).values()
    assert one.fingerprint == other.fingerprint


def test_a_file_is_known_by_its_content(project: Project) -> None:
    for tag in ("ja", "de-DE"):
        project.write(media_samples.mp3(), f"a.{tag}.mp3")
    text = (
        "languages: [ja, de-DE]\n"
        "videos: {a: {source: asset:a, kind: lipsync, audio: 'a.{{ language.tag }}.mp3'}}"
    )
    found = project.targets(text).values()
    assert len({target.fingerprint for target in found}) == 1
    assert {target.audio.sha256 is not None for target in found if target.audio} == {True}


INHERITED = """
defaults: {input_language: English, proofread: true, brand_voice_id: g_1, srt_role: input}
languages: {ja: {brand_glossary_id: null, speaker_num: 2, mode: precision}}
videos:
  a: {source: asset:a, kind: lipsync, audio: asset:sound}
"""


def test_what_others_say_of_translations_is_passed_over(project: Project) -> None:
    (target,) = project.targets(INHERITED).values()
    assert target.proofread is None
    values = {option.name: option for option in target.options}
    assert values["mode"].value == "precision"
    for name in LZ1_DEFAULTS.keys() - LIPSYNC_DEFAULTS.keys():
        assert (values[name].value, values[name].layer) == (LZ1_DEFAULTS[name], Layer.BUILT_IN)
    plain = project.target(
        "languages: [ja]\n"
        "videos: {a: {source: asset:a, kind: lipsync, audio: asset:sound, mode: precision}}"
    )
    assert plain.fingerprint == target.fingerprint


@pytest.mark.parametrize(
    "option",
    ["input_language: English", "srt: asset:s", "brand_voice_id: g", "proofread: true"],
)
def test_what_is_said_of_the_lip_sync_itself_is_a_mistake(project: Project, option: str) -> None:
    name = option.partition(":")[0]
    start = f"videos: {{a: {{source: asset:a, kind: lipsync, {SOUND},"
    texts = (
        f"languages: [ja, de-DE]\n{start} {option}}}}}",
        f"{start} languages: {{ja: {{{option}}}}}}}}}",
    )
    for text in texts:
        mistake = project.mistake(text)
        assert mistake.code == "lipsync_option"
        assert mistake.message.startswith(f"{name} does nothing for a lip sync, which a/")


def test_a_video_that_is_a_lip_sync_in_one_language_may_say_how_it_is_translated(
    project: Project,
) -> None:
    targets = project.targets(
        "videos:\n  a:\n    source: asset:a\n    input_language: English\n"
        f"    languages: {{ja: {{kind: lipsync, {SOUND}}}, de-DE: {{}}}}\n"
    )
    assert targets["a/ja"].option("input_language") is None
    assert targets["a/de-DE"].option("input_language") == "English"


def test_an_option_at_its_default_is_no_mistake(project: Project) -> None:
    options = "srt: null, proofread: false, translate_audio_only: false"
    project.target(
        f"languages: [ja]\nvideos: {{a: {{source: asset:a, kind: lipsync, {SOUND}, {options}}}}}"
    )


def test_a_lip_sync_needs_a_sound(project: Project) -> None:
    mistake = project.mistake(
        "languages: [ja, de-DE, fr-FR]\nvideos: {a: {source: asset:a, kind: lipsync}}"
    )
    assert mistake.code == "lipsync_audio"
    assert "a/" in mistake.message
    assert "{{ language.tag }}" in (mistake.hint or "")


@pytest.mark.parametrize("option", ["", ", fps_mode: cfr"])
def test_a_sound_that_is_written_wrong_is_told_once(project: Project, option: str) -> None:
    sound = '"a/{{ video.nme }}.mp3"'
    mistake = project.mistake(
        "languages: [ja, de-DE]\n"
        f"videos: {{a: {{source: asset:a, kind: lipsync, audio: {sound}{option}}}}}"
    )
    assert mistake.code == "template_variable"


def test_fps_mode_counts_and_is_not_idle(project: Project) -> None:
    text = f"languages: [ja]\nvideos: {{a: {{source: asset:a, kind: lipsync, {SOUND}}}}}"
    plain = project.body(text)
    timed = project.body(text.replace(SOUND, f"{SOUND}, fps_mode: cfr"))
    assert timed.warnings == ()
    assert plain.targets[0].fingerprint != timed.targets[0].fingerprint


def test_a_kind_that_is_none_is_told(project: Project) -> None:
    mistake = project.mistake("languages: [ja]\nvideos: {a: {source: asset:a, kind: lip-sync}}")
    assert "lipsync" in mistake.message + (mistake.hint or "")
