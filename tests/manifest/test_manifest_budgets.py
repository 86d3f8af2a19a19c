"""Budgets in a manifest: what they are, and every mistake in them with its place."""

from __future__ import annotations

import pytest
from manifest_project import Project

from heygen_localize.core.budgets import Period
from heygen_localize.core.errors import ManifestError

REST = "videos: {a: {source: asset:1a2b, team: growth, priority: 7}}\n"
TOP = "version: 1\nproject: test\ngroups: {dach: [de-DE, de-AT]}\nlanguages: [dach, ja]\n"


def test_budgets_are_of_everything_of_languages_of_groups_and_of_teams(project: Project) -> None:
    manifest = project.load(
        TOP
        + "budgets:\n  total: [500/month, 49.5 / day]\n  dach: 30/week\n  Japanese: 7/once\n"
        + "  teams: {growth: 100/quarter}\n  timezone: '-03:30'\n"
        + REST
    )
    found = manifest.budgets
    assert [(item.name, item.usd, item.period) for item in found.items] == [
        ("total", 500, Period.MONTH),
        ("total", 49.5, Period.DAY),
        ("dach", 30, Period.WEEK),
        ("Japanese", 7, Period.ONCE),
        ("growth", 100, Period.QUARTER),
    ]
    assert [[one.tag for one in item.languages] for item in found.items] == [
        [],
        [],
        ["de-DE", "de-AT"],
        ["ja"],
        [],
    ]
    assert ([item.team for item in found.items][-1], found.offset) == ("growth", -210)
    (target, *_) = manifest.targets
    assert (target.setting("team"), target.setting("priority")) == ("growth", 7)


@pytest.mark.parametrize("given", ["", "budgets: null\n", "budgets: {total: null}\n"])
def test_without_budgets_there_are_none(project: Project, given: str) -> None:
    assert project.load(TOP + given + REST).budgets.items == ()


@pytest.mark.parametrize(
    ("budgets", "code", "place", "told"),
    [
        ("{total: 500/fortnight}", "invalid_value", "total", "periods are day, week, month"),
        ("{total: 500}", "wrong_type", "total", "500/month"),
        ("{total: -5/month}", "invalid_value", "total", "an amount in USD and a period"),
        ("{total: .nan/month}", "invalid_value", "total", "an amount in USD and a period"),
        ("{total: 1e99/month}", "invalid_value", "total", "an amount in USD and a period"),
        ("{total: 10000000000/day}", "invalid_value", "total", "an amount in USD"),
        ("{total: 0.00/month}", "budget_zero", "total", "skip:"),
        ("{total: [5/day, 6/day]}", "budget_twice", "total[1]", "keep one"),
        (
            "{de-DE: 5/day, German (Germany): 6/day}",
            "language_twice",
            '["German (Germany)"]',
            "keep",
        ),
        ("{klingon: 5/day}", "language_unknown", "klingon", ""),
        ("{fr-FR: 5/day}", "budget_language_unused", "fr-FR", "de-AT, de-DE, ja"),
        ("{teams: {grwth: 5/day}}", "budget_team_unknown", "teams.grwth", "did you mean"),
        ("{teams: {A B: 5/day}}", "invalid_key", 'teams["A B"]', "a team's name"),
        ("{timezone: Europe/Berlin}", "invalid_value", "timezone", "+01:00"),
        ("{timezone: '+25:00'}", "invalid_value", "timezone", "+01:00"),
        ("5/day", "wrong_type", "", "mapping"),
    ],
)
def test_each_mistake_has_its_place(
    project: Project, budgets: str, code: str, place: str, told: str
) -> None:
    with pytest.raises(ManifestError) as caught:
        project.load(f"{TOP}budgets: {budgets}\n{REST}")
    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.where.path == f"budgets{'.' * (place[:1].isalpha())}{place}"
    assert problem.where.line == 5
    assert told in f"{problem.message} {problem.hint}"


def test_all_mistakes_are_told_together(project: Project) -> None:
    with pytest.raises(ManifestError) as caught:
        project.load(
            TOP
            + "budgets:\n  total: 0/day\n  fr-FR: 5/day\n  ja: 5/eon\n  teams: {docs: 1/day}\n"
            + "videos: {a: {source: asset:1a2b, team: 'A B', priority: high}}\n"
        )
    assert [problem.where.line for problem in caught.value.problems] == [6, 7, 8, 9, 10, 10]
    assert int(caught.value.exit_code) == 2
