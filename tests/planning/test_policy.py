"""Rules in CEL: what compiles, what they are asked, and what no rule can do."""

from __future__ import annotations

import math
import string

import pytest
from core_builders import NOW, entry, job, lock, plan_of, target
from hypothesis import given
from hypothesis import strategies as st

from heygen_localize.core.errors import LocalizeError
from heygen_localize.core.policy import FACTS, Fact, PolicyCase, PolicyRule, Ruling
from heygen_localize.core.rates import Rates
from heygen_localize.planning.estimate import estimate
from heygen_localize.planning.policy import facts_of, policy_refusals

pytest.importorskip("cel_expr_python")
from heygen_localize.planning.policy_engine import Engine

ENGINE = Engine(frozenset({"approved"}))
PLAIN: dict[str, Fact] = {name: known.otherwise for name, known in FACTS.items()}


def refused(expression: str, **facts: Fact) -> bool:
    named = {name.replace("__", "."): value for name, value in facts.items()}
    return ENGINE.compiled(expression).refuses({**PLAIN, **named})[0]


@pytest.mark.parametrize(
    ("expression", "facts", "expected"),
    [
        ("action.cost_usd < 50", {"action__cost_usd": 49.99}, False),
        ("action.cost_usd < 50", {"action__cost_usd": 50.0}, True),
        ("action.cost_usd < 50", {"action__cost_usd": math.inf}, True),
        ("action.cost_usd < 50.5 && target.priority > 1.5", {"target__priority": 2}, False),
        ('action.cost_usd < 50 || has_label("approved")', {"action__cost_usd": 60.0}, False),
        ('action.cost_usd < 50 || has_label("other")', {"action__cost_usd": 60.0}, True),
        ('target.language != "ja" || target.mode == "precision"', {"target__language": "ja"}, True),
        ('labels.exists(l, l.startsWith("team-"))', {"labels": ("team-a",)}, False),
        ('target.source.matches("^https://cdn[.]")', {}, False),
        ("1 / (plan.orders - 1) == 1", {}, True),  # what cannot be decided is refused
        ("[1,2,3].all(a, [1,2,3].all(b, a * b > 0))", {}, False),
    ],
)
def test_a_rule_is_asked_of_an_order(
    expression: str, facts: dict[str, Fact], expected: bool
) -> None:
    assert refused(expression, **facts) is expected


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("action.cost < 50", "there is no 'action.cost' (character 7)", "did you mean action.cost"),
        ('target.langage != "ja"', "there is no 'target.langage'", "target.language?"),
        ('action.cost_usd < "x"', "< does not go with double and string (character 17)", None),
        ("target.mode == 3", "== does not go with string and int", None),
        ("action.cost_usd * 2 < 9", "* does not go with double and int", "2.0"),
        ("action.cost_usd", "is true or false, and this one is of type double", "compare"),
        ("has_label(3)", "has_label does not go with int", None),
        ('has_label("a", "b")', "has_label takes one text", None),
        ("target.mode ==", "Syntax error", None),
        ("true &&\n  other", "there is no 'other' (line 2, character 3)", None),
        ("(" * 400 + "true" + ")" * 400, "recursion limit", None),
        ("true" + " " * 1000, "a rule has at most 1,000 characters", "divide it"),
        ("[1].all(a, [1, 'x'][1] + 'y' == 'xy')", "a rule with a loop has neither +", "x2b"),
        ("[1].all( a, string(bytes(project)) == '')", "a rule with a loop has neither +", None),
        ("[1].all//\n(a, string//\n(project) == '')", "a rule with a loop has neither +", None),
        ("labels.map(l, l).size() > 1", "a rule with a loop has neither +", None),
        ('env("HOME") == ""', "there is no 'env'", None),
    ],
)
def test_a_mistake_is_found_before_any_order(
    expression: str, message: str, hint: str | None
) -> None:
    with pytest.raises(LocalizeError) as caught:
        ENGINE.compiled(expression)
    (problem, *_) = caught.value.problems
    assert problem.code == "policy_invalid"
    assert message in problem.message
    assert hint is None or hint in (problem.hint or "")


def test_many_comparisons_of_numbers_are_no_mistake() -> None:
    assert not refused(" && ".join(["action.cost_usd < 5"] * 40))


def test_no_rule_goes_on_for_long() -> None:
    """A loop in a loop in a loop: the engine counts its steps."""
    ten = "[1,2,3,4,5,6,7,8,9,10]"
    deep = "".join(f"{ten}.all({name}, " for name in string.ascii_lowercase[:8])
    found = ENGINE.compiled(f"{deep}true{')' * 8}").refuses(PLAIN)
    assert found[0] is True
    assert "budget exceeded" in (found[1] or "")


WORDS = [*FACTS, '"x"', "1", "2.0", "(", ")", "[", "]", ".", "all(a,", "||", "==", "?", ":", "\n"]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=25).map(" ".join))
def test_whatever_a_stranger_writes_is_compiled_or_told(expression: str) -> None:
    found, told = False, ["a message"]
    try:
        found, _ = ENGINE.compiled(expression).refuses(PLAIN)
    except LocalizeError as mistakes:
        told = [problem.message for problem in mistakes.problems]
    assert isinstance(found, bool)
    assert all(told)


def test_the_facts_are_the_plans() -> None:
    wanted = [
        target("intro/de", "A", duration=100, team="growth", options={"mode": "precision"}),
        target("intro/ja", "B"),
        target("intro/ko", "C"),
    ]
    plan = plan_of(wanted, {"intro/ko": entry("j3", "C")}, [job("j3", "C")], now=NOW)
    plain = estimate(plan, wanted, lock(), Rates(speed=1.0, precision=2.0), {})
    one, other = facts_of(plan, plain, ["b", "a"])
    assert one.keys() == FACTS.keys() == other.keys()
    assert (one["action.cost_usd"], one["target.team"]) == (200.0, "growth")
    assert (one["plan.orders"], one["plan.videos"], one["plan.languages"]) == (2, 1, 2)
    assert one["labels"] == ("a", "b")
    # Nobody knows how long the other is: it may cost anything.
    assert other["action.cost_usd"] == one["plan.cost_usd"] == math.inf
    for facts in (one, other):
        for name, known in FACTS.items():
            assert type(facts[name]) is type(known.otherwise), name


def test_a_refusal_names_the_rule_and_the_targets() -> None:
    rule = PolicyRule("dear", "a <\n  b", "too dear")
    rulings = [Ruling(rule, f"v{number}/ja") for number in range(7)]
    other = Ruling(PolicyRule("odd", "1/0 == 1"), "v1/ja", "divide by zero")
    one, two = policy_refusals([*rulings, other])
    assert one.message == (
        "the rule dear refuses 7 targets, v0/ja, v1/ja, v2/ja, v3/ja, v4/ja, …: too dear"
    )
    assert one.hint == "it asks for: a < b"
    assert "(it could not be decided: divide by zero)" in two.message


def test_a_tests_plan_costs_what_its_order_does() -> None:
    assert PolicyCase("x", {"action.cost_usd": 9.0}, ()).facts["plan.cost_usd"] == 9.0
    given_ = {"action.cost_usd": 9.0, "plan.cost_usd": 20.0}
    assert PolicyCase("x", given_, ()).facts["plan.cost_usd"] == 20.0
