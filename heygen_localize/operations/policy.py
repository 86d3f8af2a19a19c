"""Asking a manifest's rules about what a plan orders, and about their tests."""

from __future__ import annotations

from collections.abc import Collection

from heygen_localize.core.errors import Diagnostic, ManifestError, Where
from heygen_localize.core.model import Manifest
from heygen_localize.core.policy import CaseResult, Ruling
from heygen_localize.core.text import pluralize
from heygen_localize.planning.policy import facts_of, policy_refusals
from heygen_localize.planning.policy_engine import Engine, NotInstalledError, Program
from heygen_localize.planning.results import Planned
from heygen_localize.system.clock import Clock

_LONGEST = 10.0
"""Seconds that all rules together may take: who wrote them may be a stranger."""


def refused_by_policy(planned: Planned, labels: Collection[str], clock: Clock) -> list[Diagnostic]:
    """Return what the manifest's rules refuse of a plan: every order has to fit every rule.

    Raises:
        ManifestError: the extra is not installed.
    """
    manifest, plan = planned.manifest, planned.plan
    programs = compiled(manifest, frozenset(labels))
    rulings: list[Ruling] = []
    until = clock.monotonic() + _LONGEST
    for number, facts in enumerate(facts_of(plan, planned.estimate, labels)):
        if clock.monotonic() > until:
            return [_too_slow(manifest, number, len(plan.costly))]
        for rule, program in zip(manifest.policy.rules, programs, strict=True):
            refused, problem = program.refuses(facts)
            if refused:
                rulings.append(Ruling(rule, str(facts["target.address"]), problem))
    return policy_refusals(rulings)


def run_cases(manifest: Manifest) -> tuple[CaseResult, ...]:
    """Return what came of each test that stands beside the rules.

    Raises:
        ManifestError: the extra is not installed.
    """
    found = []
    for case in manifest.policy.cases:
        facts = case.facts
        labels = facts["labels"]
        programs = compiled(manifest, frozenset(labels if isinstance(labels, tuple) else ()))
        rules = zip(manifest.policy.rules, programs, strict=True)
        refused = tuple(rule.name for rule, program in rules if program.refuses(facts)[0])
        found.append(CaseResult(case, refused))
    return tuple(found)


def compiled(manifest: Manifest, labels: frozenset[str] = frozenset()) -> tuple[Program, ...]:
    """Return the manifest's rules, ready to be asked of an order with these labels.

    Raises:
        ManifestError: the extra is not installed.
    """
    try:
        engine = Engine(labels)
    except NotInstalledError:
        raise ManifestError(
            "the manifest has a policy, and what reads its rules is not installed",
            code="policy_not_installed",
            where=Where(manifest.path.as_posix(), path="policy"),
            hint="pip install 'heygen-localize[policy]' (it needs Python 3.11 or later)",
        ) from None
    return tuple(engine.compiled(rule.expression) for rule in manifest.policy.rules)


def _too_slow(manifest: Manifest, asked: int, orders: int) -> Diagnostic:
    return Diagnostic(
        "policy_too_slow",
        f"the rules took more than {_LONGEST:.0f} s for {asked} of {pluralize(orders, 'order')}",
        Where(manifest.path.as_posix(), path="policy.rules"),
        "make them simpler: a loop in a loop (exists, all, map, filter) costs most",
    )
