"""Which files a target can have, and where the team itself serves its video."""

from __future__ import annotations

import pytest
from manifest_project import Project

HEAD = "languages: [ja, fr-FR]\nvideos: {a: {source: asset:a}, b: {source: asset:b}}\n"


def kinds(project: Project, defaults: str, outputs: str = "") -> list[tuple[str, str]]:
    target = project.target(
        "languages: [ja]\nvideos: {a: {source: asset:a}}\n"
        f"defaults: {{{defaults}}}\n" + (f"outputs: {outputs}\n" if outputs else "")
    )
    return [(output.kind, output.path) for output in target.outputs]


STANDARD_AUDIO = ("audio", "localized/a/ja.mp3")
STANDARD_SRT = ("srt", "localized/a/ja.srt")


def test_a_target_has_what_it_can_have(project: Project) -> None:
    every = "{video: v, audio: a, srt: s, vtt: t}"
    for option in ("", "enable_caption: true", "enable_caption: false"):
        assert kinds(project, option) == [("video", "localized/a/ja.mp4"), STANDARD_SRT]
        assert [kind for kind, _ in kinds(project, option, every)] == ["video", "srt", "vtt"]


def test_sound_alone(project: Project) -> None:
    alone = "translate_audio_only: true"
    assert set(kinds(project, alone)) == {STANDARD_AUDIO, STANDARD_SRT}
    assert kinds(project, alone, "{}") == [STANDARD_AUDIO]
    assert set(kinds(project, alone, "{audio: null, srt: s}")) == {STANDARD_AUDIO, ("srt", "s")}
    assert kinds(project, alone, "{audio: x.mp3}") == [("audio", "x.mp3")]
    assert set(kinds(project, alone, "{video: x.mp4}")) == {STANDARD_AUDIO, ("video", "x.mp4")}


def test_a_template_that_is_wrong_is_told_whoever_uses_it(project: Project) -> None:
    problem = project.mistake(HEAD + "outputs: {srt: '../x'}\n")
    assert (problem.code, problem.where.path) == ("output_invalid", "outputs.srt")


def test_files_that_no_target_has_are_in_nobody_s_way(project: Project) -> None:
    assert project.body(HEAD + "outputs: {audio: x.mp3}\n").targets


def test_the_lasting_link(project: Project) -> None:
    text = "https://CDN.acme.com/{{ video.id }}/{{ language.tag }}-{{ fingerprint }}.mp4"
    targets = project.targets(HEAD + f"outputs: {{public_url: '{text}'}}\n")
    target = targets["a/ja"]
    assert target.public_url == f"https://cdn.acme.com/a/ja-{target.fingerprint}.mp4"
    # Who names nothing but the link wants the usual files.
    assert [output.path for output in target.outputs] == [
        "localized/a/ja.mp4",
        "localized/a/ja.srt",
    ]
    assert not project.targets(HEAD)["a/ja"].public_url
    unset = project.targets(
        HEAD + "outputs: {public_url: null, video: '{{ language.tag }}{{ video.id }}'}\n"
    )
    assert not unset["a/ja"].public_url


def test_values_stand_in_a_link_as_they_may(project: Project) -> None:
    text = "https://cdn.acme.com/{{ language.name }}/{{ fingerprint }}"
    target = project.target(
        "languages: [es-MX]\nvideos: {a: {source: asset:a}}\n"
        f"outputs: {{public_url: '{text}'}}\n"
    )
    assert target.public_url is not None
    assert target.public_url.startswith("https://cdn.acme.com/Spanish%20%28Mexico%29/")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("http://cdn.acme.com/{{ fingerprint }}", "url_scheme"),
        ("localized/{{ fingerprint }}.mp4", "url_invalid"),
        ("https://user:pass@cdn.acme.com/{{ fingerprint }}", "url_secret"),
        ("https://cdn.acme.com/{{ fingerprint }}?token=abc", "url_secret"),
        ("https://cdn.acme.com/{{ fingerprints }}", "template_variable"),
        ("https://cdn.acme.com/{% if x %}", "template_invalid"),
    ],
)
def test_links_that_are_refused(text: str, code: str, project: Project) -> None:
    problem = project.mistake(HEAD + f"outputs: {{public_url: '{text}'}}\n")
    assert (problem.code, problem.where.path) == (code, "outputs.public_url")
    assert "abc" not in problem.message


def test_one_link_for_two_contents(project: Project) -> None:
    problem = project.mistake(
        HEAD + "outputs: {public_url: 'https://cdn.acme.com/{{ video.id }}.mp4'}\n"
    )
    assert (problem.code, problem.where.path) == ("output_twice", "outputs.public_url")
    assert "a/fr-FR and a/ja" in problem.message
    same = project.targets(
        "languages: [ja]\nvideos: {a: {source: asset:a}, b: {source: asset:a}}\n"
        "outputs: {public_url: 'https://cdn.acme.com/{{ fingerprint }}.mp4'}\n"
    )
    assert same["a/ja"].public_url == same["b/ja"].public_url


@pytest.mark.parametrize("place", ["outputs: {video: '%s'}", "defaults: {title: '%s'}"])
def test_the_fingerprint_stands_in_the_link_alone(place: str, project: Project) -> None:
    problem = project.mistake(HEAD + place % "{{ fingerprint }}" + "\n")
    assert problem.code == "template_variable"
    assert "outputs.public_url alone" in problem.message
    assert problem.hint is not None
    assert "fingerprint" not in problem.hint


def test_the_bound_of_downloads(project: Project) -> None:
    assert project.body("videos: {}\nlimits: {max_download: 5}\n").limits.max_download == 5
    assert project.mistake("videos: {}\nlimits: {max_download: 0}\n").where.path == (
        "limits.max_download"
    )
