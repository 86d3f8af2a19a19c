"""A policy through the command line: refusals before the first order, labels, tests, mistakes."""

from __future__ import annotations

import sys

import pytest
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

pytest.importorskip("cel_expr_python")

HEAD = """\
version: 1
project: test
languages: [es-MX, ja]
policy:
  rules:
    approved:
      require: action.cost_usd < 50 || has_label("approved")
      message: dear ones need a label
    precise: target.language != "ja" || target.mode == "precision"
"""
VIDEOS = """\
videos:
  long: {source: 'https://cdn.example.com/long.mp4', duration: 3600}
  short: {source: 'https://cdn.example.com/short.mp4', duration: 60}
"""
TESTS = """\
  tests:
    - {name: dear, given: {action: {cost_usd: 60}}, refused_by: [approved]}
    - {given: {action: {cost_usd: 60}, labels: [approved]}, refused_by: []}
"""


@pytest.fixture
def project(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    workspace.use(sandbox)
    workspace.write(HEAD + VIDEOS)
    return workspace


def test_what_a_rule_refuses_is_told_and_nothing_is_ordered(
    project: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = project.run("apply", "--yes")
    assert (ran.code, creates(sandbox)) == (3, 0)
    assert (
        "localize.yaml:7:16 (policy.rules.approved.require): the rule approved refuses 2 targets, "
        "long/es-MX, long/ja: dear ones need a label" in ran.err
    )
    assert "the rule precise refuses 2 targets, long/ja, short/ja" in ran.err
    assert 'it asks for: target.language != "ja" || target.mode == "precision"' in ran.err
    found = project.run("apply", "--yes", "--format", "json").json()["errors"]
    assert {(one["code"], one["where"]["path"]) for one in found} == {
        ("policy_refused", "policy.rules.approved.require"),
        ("policy_refused", "policy.rules.precise"),
    }
    told = project.run("plan", "--format", "markdown")
    assert (told.code, "the rule precise refuses 2 targets" in told.out) == (3, True)

    # A label lets go, by option or by the environment; what else refuses still does.
    assert project.run("plan", "--target", "long/es-MX", "--label", "other").code == 3
    monkeypatch.setenv("LOCALIZE_LABELS", "docs, approved")
    assert project.run("plan", "--target", "long/es-MX").code == 0
    assert project.run("apply", "--yes").code == 3
    monkeypatch.delenv("LOCALIZE_LABELS")
    assert project.run("plan", "--target", "long/es-MX", "--out", "saved.json").code == 3
    ran = project.run("apply", "--yes", "--target", "*/es-MX", "--label", "approved")
    assert (ran.code, creates(sandbox)) == (0, 2)
    # What is rendered is asked about no more.
    assert project.run("plan", "--target", "*/es-MX").code == 0


def test_a_saved_plan_is_asked_about_when_it_is_applied(
    project: Workspace, sandbox: Sandbox
) -> None:
    chosen = ("--target", "long/es-MX")
    assert project.run("plan", *chosen, "--label", "approved", "--out", "plan.json").code == 0
    assert project.run("apply", "plan.json", "--yes").code == 3
    assert creates(sandbox) == 0
    assert project.run("apply", "plan.json", "--yes", "--label", "approved").code == 0
    assert creates(sandbox) == 1


def test_the_tests_beside_the_rules(workspace: Workspace) -> None:
    workspace.write(HEAD + TESTS + VIDEOS)
    ran = workspace.run("policy", "test")
    assert (ran.code, ran.out) == (0, "  ✓ dear\n  ✓ test 2\n\n2 tests passed.\n")
    workspace.write((HEAD + TESTS + VIDEOS).replace("< 50", "< 70"))
    ran = workspace.run("policy", "test")
    assert ran.code == 1
    assert "× dear\n      expected refused by approved, and refused by no rule" in ran.out
    assert "1 of 2 tests failed." in ran.out
    document = workspace.run("policy", "test", "--format", "json").json()
    assert [one["passed"] for one in document["tests"]] == [False, True]
    workspace.write(HEAD + VIDEOS)
    ran = workspace.run("policy", "test", "--format", "json")
    assert (ran.code, ran.json()["errors"][0]["code"]) == (2, "policy_untested")


def test_mistakes_are_told_together_each_with_its_place(workspace: Workspace) -> None:
    rules = HEAD.replace("action.cost_usd < 50", "action.cost < 50").replace('"ja"', "3")
    tests = TESTS.replace("cost_usd: 60}}", "cost_usd: dear}}").replace("[approved]}", "[aproved]}")
    more = "    - {given: {target: {langage: ja}, other: 1, labels: ja}, refused_by: []}\n"
    workspace.write(rules + tests + more + VIDEOS)
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 2
    found = [(one["code"], one["where"]["line"]) for one in ran.json()["errors"]]
    assert found == [
        ("policy_invalid", 7),
        ("policy_invalid", 9),
        ("policy_fact_type", 11),
        ("policy_rule_unknown", 11),
        ("policy_fact_unknown", 13),
        ("policy_fact_unknown", 13),
        ("policy_fact_type", 13),
    ]
    told = workspace.run("validate").err
    assert "the rule approved: there is no 'action.cost' (character 7)" in told
    assert "did you mean target.language" in told


@pytest.mark.parametrize(
    "policy",
    [
        "policy: {rules: {Bad Name: 'true'}}",
        "policy: {rules: {a: ''}}",
        "policy: {rules: {a: {message: x}}}",
        "policy: {rules: [a]}",
        "policy: {rules: {a: 1}}",
        "policy: {tests: [{given: {}}]}",
        "policy: {tests: [{given: 1, refused_by: x}]}",
        "policy: {rules: {a: '" + "x" * 1001 + "'}}",
    ],
)
def test_what_is_no_policy_leaves_with_2(workspace: Workspace, policy: str) -> None:
    workspace.write(f"version: 1\nproject: test\nlanguages: [ja]\n{policy}\n{VIDEOS}")
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 2
    assert all(one["where"]["path"].startswith("policy") for one in ran.json()["errors"])


def test_rules_that_take_long_refuse(project: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heygen_localize.operations.policy._LONGEST", -1.0)
    ran = project.run("plan", "--format", "json", "--offline")
    assert ran.code == 3
    assert "policy_too_slow" in ran.out + ran.err


def test_without_the_extra_nothing_that_asks_rules_runs_and_all_else_does(
    project: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    for command in (("validate",), ("plan",), ("apply", "--yes"), ("plan", "--offline")):
        ran = project.run(*command)
        assert (ran.code, creates(sandbox)) == (2, 0)
        assert "pip install 'heygen-localize[policy]'" in ran.err
    assert project.run("status").code == 0
