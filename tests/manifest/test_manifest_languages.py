"""Which languages a video is wanted in: lists, mappings, groups, additions and exceptions."""

from __future__ import annotations

import media_samples
import pytest
from manifest_project import Project

from heygen_localize.core.languages import LanguageCatalog

GROUPS = "groups: {latam: [es-MX, es-CO, pt-BR], dach: [de-DE, de-AT]}\n"


def addresses(project: Project, top: str, video: str = "") -> list[str]:
    manifest = project.body(f"{GROUPS}{top}\nvideos: {{a: {{source: asset:a, {video}}}}}\n")
    return [target.language.tag for target in manifest.targets]


def mistake(project: Project, top: str, video: str = "") -> tuple[str, str, str | None]:
    problem = project.mistake(f"{GROUPS}{top}\nvideos: {{a: {{source: asset:a, {video}}}}}\n")
    return problem.code, problem.message, problem.where.path


@pytest.mark.parametrize(
    ("top", "video", "tags"),
    [
        ("languages: [ja, fr-FR]", "", "fr-FR ja"),
        ("languages: {ja: , fr-FR: {mode: precision}}", "", "fr-FR ja"),
        ("languages: [latam]", "", "es-CO es-MX pt-BR"),
        ("languages: [latam, es-MX, ja]", "", "es-CO es-MX ja pt-BR"),
        ("languages: [ja]", "languages: [de-DE]", "de-DE"),
        ("languages: [ja]", "languages: {dach: {mode: precision}}", "de-AT de-DE"),
        ("languages: [ja]", "add_languages: [de-DE]", "de-DE ja"),
        ("languages: [ja]", "add_languages: {ja: {revision: 2}}", "ja"),
        ("languages: [latam]", "add_languages: [es-MX, dach]", "de-AT de-DE es-CO es-MX pt-BR"),
        ("", "add_languages: [de-DE]", "de-DE"),
        ("languages: [latam, ja]", "except_languages: [es-CO]", "es-MX ja pt-BR"),
        ("languages: [latam, ja]", "except_languages: [latam]", "ja"),
        ("languages: [es-MX, ja]", "except_languages: [latam]", "ja"),
        ("languages: [ja]", "add_languages: [dach], except_languages: [de-AT]", "de-DE ja"),
        ("languages: [Spanish (Mexico), 'JAPANESE']", "", "es-MX ja"),
    ],
)
def test_selection(project: Project, top: str, video: str, tags: str) -> None:
    assert addresses(project, top, video) == tags.split()


@pytest.mark.parametrize(
    ("top", "video", "code", "part", "path"),
    [
        ("", "", "no_languages", "the video 'a' has no language", "videos.a"),
        ("languages: []", "", "no_languages", "has no language", "videos.a"),
        (
            "languages: [ja]",
            "languages: []",
            "no_languages",
            "has no language",
            "videos.a.languages",
        ),
        ("languages: [ja]", "except_languages: [ja]", "no_languages", "has no", "videos.a"),
        (
            "languages: [ja, Japanese]",
            "",
            "language_twice",
            "'ja' and 'Japanese' are both Japanese",
            "languages[1]",
        ),
        (
            "languages: {ja: , Japanese: }",
            "",
            "language_twice",
            "both Japanese",
            "languages.Japanese",
        ),
        (
            "languages: [ja, ja]",
            "",
            "language_twice",
            "'ja' stands twice for Japanese",
            "languages[1]",
        ),
        (
            "languages: [ja]",
            "languages: [de-DE, German (Germany)]",
            "language_twice",
            "'de-DE' and",
            "videos.a.languages[1]",
        ),
        (
            "languages: [ja]",
            "add_languages: [Japanese]",
            "language_twice",
            "'ja' and 'Japanese'",
            "videos.a.add_languages[0]",
        ),
        (
            "languages: [ja]",
            "except_languages: [de-DE]",
            "except_absent",
            "'de-DE' is not among",
            "videos.a.except_languages[0]",
        ),
        (
            "languages: [ja]",
            "except_languages: [latam]",
            "except_absent",
            "'latam' is not among",
            "videos.a.except_languages[0]",
        ),
        (
            "languages: [ja]",
            "languages: [de-DE], add_languages: [ja]",
            "languages_and_changes",
            "add_languages has nothing",
            "videos.a.add_languages",
        ),
        (
            "languages: [ja]",
            "languages: [de-DE], except_languages: [ja]",
            "languages_and_changes",
            "except_languages has",
            "videos.a.except_languages",
        ),
        (
            "languages: [klingon]",
            "",
            "language_unknown",
            "'klingon' is not a language",
            "languages[0]",
        ),
        ("languages: [zz]", "except_languages: [ja]", "language_unknown", "'zz'", "languages[0]"),
        (
            "languages: [ja]",
            "languages: [klingon]",
            "language_unknown",
            "'klingon'",
            "videos.a.languages[0]",
        ),
        (
            "languages: [ja]",
            "except_languages: [klingon]",
            "language_unknown",
            "'klingon'",
            "videos.a.except_languages[0]",
        ),
        (
            "languages: [1]",
            "",
            "wrong_type",
            "item 1 of languages: expected a text",
            "languages[0]",
        ),
        ("languages: {ja: 3}", "", "wrong_type", "ja: expected a mapping", "languages.ja"),
        (
            "languages: [ja]",
            "languages: 3",
            "wrong_type",
            "languages: expected",
            "videos.a.languages",
        ),
    ],
)
def test_selections_that_are_refused(
    project: Project, top: str, video: str, code: str, part: str, path: str
) -> None:
    found, message, place = mistake(project, top, video)
    assert (found, place) == (code, path)
    assert part in message


def test_options_in_a_list_are_shown_where_they_go(project: Project) -> None:
    problem = project.mistake("languages: [es-MX, ja: {skip: x}]\nvideos: {a: {source: asset:a}}")
    assert problem.hint == "languages with options are keys, without dashes: ja: {mode: precision}"


def test_a_mistake_in_additions_is_told_once(project: Project) -> None:
    assert mistake(project, "", "add_languages: 3")[0] == "wrong_type"


def test_norwegian_is_text(project: Project) -> None:
    for top in ("languages: [no]", "languages: {no: {mode: precision}}"):
        assert addresses(project, top) == addresses(project, 'languages: ["no"]')
    (target,) = project.body("languages: [no]\nvideos: {a: {source: asset:a}}").targets
    assert target.language.name == "Norwegian Bokmål (Norway)"


def test_unknown_languages_have_suggestions(project: Project) -> None:
    problem = project.mistake("languages: [es-XX]\nvideos: {a: {source: asset:a}}")
    assert problem.hint is not None
    assert problem.hint.startswith("write ")
    group = project.mistake(GROUPS + "languages: [latamm]\nvideos: {a: {source: asset:a}}")
    assert group.hint == "did you mean latam?"


def test_ambiguous_languages(project: Project) -> None:
    project.catalog = LanguageCatalog(["English (UK)", "English (India)"])
    problem = project.mistake("languages: [en]\nvideos: {a: {source: asset:a}}")
    assert problem.code == "language_ambiguous"
    assert problem.hint == "write en-IN or en-GB"
    group = project.mistake(
        "groups: {en: [en-GB]}\nlanguages: [en]\nvideos: {a: {source: asset:a}}"
    )
    assert group.code == "group_is_language"


@pytest.mark.parametrize(
    ("groups", "code", "path"),
    [
        ("{ja: [de-DE]}", "group_is_language", "groups.ja"),
        ("{x: [klingon]}", "language_unknown", "groups.x[0]"),
        ("{x: [y], y: [ja]}", "group_nested", "groups.x[0]"),
        ("{x: [ja, Japanese]}", "language_twice", "groups.x[1]"),
        ("{x: 3}", "wrong_type", "groups.x"),
        ("{x: [3]}", "wrong_type", "groups.x[0]"),
        ("{x: []}", "invalid_value", "groups.x"),
    ],
)
def test_groups_that_are_refused(project: Project, groups: str, code: str, path: str) -> None:
    name = "ja" if "{ja" in groups else "x"
    problem = project.mistake(
        f"groups: {groups}\nlanguages: [{name}]\nvideos: {{a: {{source: asset:a}}}}\n"
    )
    assert (problem.code, problem.where.path) == (code, path)


def test_nothing_is_looked_up_that_a_group_could_mean(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What all the languages call one another takes half a second to read."""
    asked: list[str] = []
    monkeypatch.setattr(
        "heygen_localize.core.languages.catalog.meanings", lambda text, _: asked.append(text) or ()
    )
    project.targets(GROUPS + "languages: [latam]\nvideos: {a: {source: asset:a}}")
    assert asked == []
    project.mistake("languages: [latamm]\nvideos: {a: {source: asset:a}}")
    assert asked == ["latamm"]


def test_options_of_groups(project: Project) -> None:
    targets = project.targets(
        GROUPS
        + """
languages:
  es-MX: {speaker_num: 2}
  latam: {mode: precision, speaker_num: 1}
  ja:
videos:
  a: {source: asset:a}
  b: {source: asset:b, languages: {es-MX: {mode: speed}, es-CO: }}
  c: {source: asset:c, add_languages: {latam: {revision: 3}}}
  d: {source: asset:d, languages: [de-DE]}
"""
    )
    found = {
        address: (target.option("mode"), target.option("speaker_num"), target.revision)
        for address, target in targets.items()
    }
    assert found == {
        "a/es-CO": ("precision", 1, 1),
        "a/es-MX": ("precision", 2, 1),
        "a/ja": ("speed", None, 1),
        "a/pt-BR": ("precision", 1, 1),
        "b/es-CO": ("precision", 1, 1),
        "b/es-MX": ("speed", 2, 1),
        "c/es-CO": ("precision", 1, 3),
        "c/es-MX": ("precision", 2, 3),
        "c/ja": ("speed", None, 1),
        "c/pt-BR": ("precision", 1, 3),
        "d/de-DE": ("speed", None, 1),
    }


def test_a_language_in_two_groups(project: Project) -> None:
    def text(first: str, second: str) -> str:
        return (
            "groups: {x: [ja, de-DE], y: [ja]}\n"
            f"languages: {{x: {first}, y: {second}}}\nvideos: {{a: {{source: asset:a}}}}\n"
        )

    problem = project.mistake(text("{mode: precision}", "{revision: 2}"))
    assert (problem.code, problem.where.path) == ("language_in_two_groups", "languages.y")
    for first, second in (("{mode: precision}", ""), ("", "{mode: precision}")):
        target = project.targets(text(first, second))["a/ja"]
        assert target.option("mode") == "precision"


def test_an_unused_group_is_warned_of(project: Project) -> None:
    manifest = project.body(GROUPS + "languages: [latam]\nvideos: {a: {source: asset:a}}")
    assert [(warning.code, str(warning.where)) for warning in manifest.warnings] == [
        ("group_unused", "localize.yaml:3:40 (groups.dach)")
    ]


def test_includes(project: Project) -> None:
    project.write("videos: {b: {source: clip.mp4}}\n", "videos/b.yaml")
    project.write("videos: {c: {source: asset:c, mode: precision}}\n", "videos/deep/c.yaml")
    project.write(media_samples.mp4(), "clip.mp4")
    manifest = project.body(
        """
        include: ["videos/*.yaml", "videos/**/*.yaml", "./videos/b.yaml", "*.yaml", "none/*.yaml"]
        languages: [ja]
        videos: {a: {source: asset:a}}
        """
    )
    assert [target.address for target in manifest.targets] == ["a/ja", "b/ja", "c/ja"]
    assert manifest.targets[1].where.file == "videos/b.yaml"
    assert [(warning.code, warning.where.path) for warning in manifest.warnings] == [
        ("include_no_match", "include[4]")
    ]


def test_included_files_alone_may_hold_the_videos(project: Project) -> None:
    project.write("videos: {b: {source: asset:b}}\n", "b.yaml")
    manifest = project.body("include: [b.yaml]\nlanguages: [ja]\n")
    assert [target.address for target in manifest.targets] == ["b/ja"]


def test_an_included_file_that_is_no_yaml_does_not_hide_other_mistakes(project: Project) -> None:
    project.write("videos: [", "b.yaml")
    problems = project.mistakes("include: [b.yaml]\nlanguages: [zz]\nvideos: {}\n")
    assert [(problem.code, problem.where.file) for problem in problems] == [
        ("language_unknown", "localize.yaml"),
        ("yaml_syntax", "b.yaml"),
    ]


def test_pinned_names_are_handed_on(project: Project) -> None:
    text = "languages: [es]\nvideos: {a: {source: asset:a}}\n"
    assert project.target(text).language.name == "Spanish"
    pinned = project.target(text, pinned={"es": "Spanish (Spain)"})
    assert (pinned.language.name, pinned.address) == ("Spanish (Spain)", "a/es")
