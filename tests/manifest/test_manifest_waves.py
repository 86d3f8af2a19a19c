"""`canary` and `not_before`: what is read of them, and every mistake, all told together."""

from __future__ import annotations

import pytest
from manifest_project import Project

TOP = "languages: [es-MX, fr-FR, ja]\ngroups: {asia: [ja, ko]}\n"
VIDEO = "videos: {a: {source: https://x.example/a.mp4, %s}}\n"


def test_canaries_go_first_in_their_video_and_the_nearest_word_counts(project: Project) -> None:
    found = project.targets(
        TOP
        + "defaults: {canary: [Spanish (Mexico), asia], not_before: 2027-01-15T09:00+01:00}\n"
        + "videos:\n"
        + "  a: {source: https://x.example/a.mp4}\n"
        + "  b: {source: https://x.example/b.mp4, canary: null, not_before: null}\n"
        + "  c: {source: https://x.example/c.mp4, canary: [ja],\n"
        + "      languages: {ja: , ko: {not_before: 2027-01-15T10:00Z}}}\n"
    )
    assert {name: one.canaries for name, one in found.items() if one.canaries} == {
        "a/fr-FR": ("es-MX", "ja"),
        "c/ko": ("ja",),
    }
    assert {one.not_before for name, one in found.items() if name[0] == "a"} == {1_800_000_000}
    assert {one.not_before for name, one in found.items() if name[0] == "b"} == {None}
    assert found["c/ko"].not_before == 1_800_007_200
    plain = project.targets(TOP + "videos: {a: {source: https://x.example/a.mp4}}\n")
    assert plain["a/ja"].fingerprint == found["a/ja"].fingerprint


def test_a_video_of_canaries_alone_is_fine_where_all_videos_are_told(project: Project) -> None:
    text = "defaults: {canary: [ja]}\n" + TOP + VIDEO % "languages: [ja]"
    (only,) = project.targets(text).values()
    assert only.canaries == ()


@pytest.mark.parametrize(
    ("said", "code", "message", "hint"),
    [
        (
            "canary: [de-DE]",
            "canary_absent",
            "the canary 'de-DE' is not among the languages of a",
            "among them are es-MX, fr-FR, ja",
        ),
        ("canary: [xx-YY]", "language_unknown", "xx-YY", None),
        (
            "canary: [es-MX, fr-FR, ja]",
            "canary_everything",
            "every language of a is a canary, so nothing waits for them",
            "name one or two",
        ),
        (
            "canary: [ja], languages: {ja: {skip: no rights}, ko: }",
            "canary_skipped",
            "the canary a/ja is skipped, so what waits for it would wait for ever",
            "name another canary at a, or take the skip out",
        ),
        ("canary: [ja, Japanese]", "language_twice", "are both Japanese", None),
        ("canary: []", "invalid_value", "canary", None),
        ("canary: ja", "wrong_type", "canary", None),
        (
            "not_before: 2027-01-15T09:00",
            "invalid_value",
            "write a date, a time and its offset from UTC",
            None,
        ),
        ("not_before: tomorrow", "invalid_value", "write a date, a time and its offset", None),
        ("not_before: 20270115", "wrong_type", "not_before", None),
        ("not_before: 2027-02-30T09:00Z", "not_before_invalid", "is no date and time", None),
        ("not_before: 9027-01-15T09:00Z", "not_before_far", "2020 to 2099, not 9027", "skip:"),
    ],
)
def test_a_mistake_has_its_place(
    project: Project, said: str, code: str, message: str, hint: str | None
) -> None:
    problem = project.mistake(TOP.partition("groups")[0] + VIDEO % said)
    assert problem.code == code, problem
    assert message in f"{problem.message} {problem.hint}"
    assert hint is None or hint in (problem.hint or "")
    assert (problem.where.path or "").startswith("videos.a.")
    assert problem.where.line is not None


def test_a_default_that_does_not_fit_a_video_says_how_to_leave_it_out(project: Project) -> None:
    problem = project.mistake(
        TOP.partition("groups")[0] + "defaults: {canary: [ja]}\n" + VIDEO % "languages: [ko]"
    )
    assert (problem.code, problem.where.path) == ("canary_absent", "defaults.canary")
    assert "write canary: null at a" in (problem.hint or "")


def test_all_mistakes_are_told_together(project: Project) -> None:
    found = project.mistakes(
        TOP.partition("groups")[0]
        + "videos:\n"
        + "  a: {source: https://x.example/a.mp4, canary: [de-DE], not_before: 9027-01-15T09:00Z}\n"
        + "  b: {source: https://x.example/b.mp4, canary: [ja, xx-YY]}\n"
        + "  c: {source: https://x.example/c.mp4, not_before: 2027-02-30T09:00Z}\n"
    )
    assert [one.code for one in found] == [
        "canary_absent",
        "not_before_far",
        "language_unknown",
        "not_before_invalid",
    ]
