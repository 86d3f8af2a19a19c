"""What a manifest's rules say of a plan: the facts of each order, and refusals in words. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.policy import Fact, Facts, Ruling
from heygen_localize.core.text import pluralize
from heygen_localize.planning.estimate import Estimate
from heygen_localize.planning.plan import Order, Plan

_LONGEST_TEXT = 2000
"""Characters of a fact: who wrote the manifest may be a stranger, and rules copy texts."""


def facts_of(plan: Plan, expected: Estimate, labels: Collection[str]) -> Iterator[Facts]:
    """Walk over the facts of a plan's orders; what nobody knows the length of costs infinitely."""
    orders = plan.costly
    whole: dict[str, Fact] = {
        "plan.cost_usd": math.inf if expected.unknown else expected.cost,
        "plan.orders": len(orders),
        "plan.videos": len({order.video for order in orders}),
        "plan.languages": len({order.target.language.tag for order in orders}),
        "project": plan.project,
        "labels": tuple(sorted(labels)),
    }
    for order in orders:
        yield whole | _facts(order, expected)


def _facts(order: Order, expected: Estimate) -> dict[str, Fact]:
    target, price = order.target, expected.price(order.address)
    texts = {
        "action.kind": order.kind.value,
        "action.reason": order.reason.value,
        "target.address": order.address,
        "target.video": target.video,
        "target.language": target.language.tag,
        "target.language_name": target.language.name,
        "target.kind": target.kind.value,
        "target.mode": str(target.option("mode") or "speed"),
        "target.team": str(target.setting("team") or ""),
        "target.title": target.title or "",
        "target.source": target.source.reference,
    }
    priority = target.setting("priority")
    numbers = {"cost_usd": price.cost, "seconds": price.seconds, "after_approval_usd": price.later}
    return {
        **{name: text[:_LONGEST_TEXT] for name, text in texts.items()},
        **{f"action.{name}": _known(value) for name, value in numbers.items()},
        "target.priority": priority if isinstance(priority, int) else 0,
        "target.revision": target.revision,
        "target.proofread": target.proofread is not None,
        "target.audio_only": target.option("translate_audio_only") is True,
    }


def _known(value: float | None) -> float:
    return math.inf if value is None else float(value)


def policy_refusals(rulings: Sequence[Ruling]) -> list[Diagnostic]:
    """Refuse a plan for what rules refused, one refusal for each of these."""
    by_rule: dict[str, list[Ruling]] = {}
    for ruling in rulings:
        by_rule.setdefault(ruling.rule.name, []).append(ruling)
    return [_refusal(found) for found in by_rule.values()]


def _refusal(found: Sequence[Ruling]) -> Diagnostic:
    rule, addresses = found[0].rule, [ruling.address for ruling in found]
    named = ", ".join(addresses[:5]) + (", …" if len(addresses) > 5 else "")
    told = f": {rule.message}" if rule.message else ""
    undecided = next((ruling.problem for ruling in found if ruling.problem), None)
    if undecided is not None:
        told += f" (it could not be decided: {undecided})"
    return Diagnostic(
        "policy_refused",
        f"the rule {rule.name} refuses {pluralize(len(found), 'target')}, {named}{told}",
        rule.where,
        f"it asks for: {' '.join(rule.expression.split())}",
    )
