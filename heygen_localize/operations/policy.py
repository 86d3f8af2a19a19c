"""Asking a manifest's rules about what a plan orders, and about their tests."""

from __future__ import annotations

from collections.abc import Collection

from heygen_localize.core.errors import Diagnostic, ManifestError, Where
from heygen_localize.core.model import Manifest
from heygen_localize.core.policy import CaseResult, Fact, Ruling
from heygen_localize.core.text import pluralize
from heygen_localize.planning.policy import facts_of, policy_refusals
from heygen_localize.planning.policy_engine import Engine, NotInstalledError, Program
from heygen_localize.planning.results import Planned
from heygen_localize.system.clock import Clock

_LONGEST = 4.0
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
        for rule, program in zip(manifest.policy.rules, programs, strict=True):
            if clock.monotonic() > until:
                return [_too_slow(manifest, f"{number} of {pluralize(len(plan.costly), 'order')}")]
            refused, problem = program.refuses(facts)
            if refused:
                rulings.append(Ruling(rule, str(facts["target.address"]), problem))
    return policy_refusals(rulings)


def run_cases(manifest: Manifest, clock: Clock) -> tuple[CaseResult, ...]:
    """Return what came of each test that stands beside the rules.

    Raises:
        ManifestError: the extra is not installed, or the rules take too long.
    """
    found: list[CaseResult] = []
    by_labels: dict[Fact, tuple[Program, ...]] = {}
    until = clock.monotonic() + _LONGEST
    for case in manifest.policy.cases:
        facts, refused = case.facts, []
        labels = facts["labels"]
        if labels not in by_labels:
            given = frozenset(labels if isinstance(labels, tuple) else ())
            by_labels = {labels: compiled(manifest, given)}
        for rule, program in zip(manifest.policy.rules, by_labels[labels], strict=True):
            if clock.monotonic() > until:
                told = f"{len(found)} of {pluralize(len(manifest.policy.cases), 'test')}"
                raise ManifestError.of([_too_slow(manifest, told)])
            if program.refuses(facts)[0]:
                refused.append(rule.name)
        found.append(CaseResult(case, tuple(refused)))
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


def _too_slow(manifest: Manifest, asked: str) -> Diagnostic:
    return Diagnostic(
        "policy_too_slow",
        f"the rules took more than {_LONGEST:.0f} s for {asked}",
        Where(manifest.path.as_posix(), path="policy.rules"),
        "make them simpler: a loop in a loop (exists, all, map, filter) costs most",
    )
