"""What refuses a plan before anything is ordered: limits, budgets, rules, orders together."""

from __future__ import annotations

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic, Where
from heygen_localize.core.model import Manifest, Submission
from heygen_localize.core.rates import Limits
from heygen_localize.operations.request import Request
from heygen_localize.planning.cost import refusals
from heygen_localize.planning.plan import Plan
from heygen_localize.planning.results import Planned
from heygen_localize.project.project import Project
from heygen_localize.system.clock import Clock


def refusals_of(planned: Planned, request: Request, clock: Clock) -> tuple[Diagnostic, ...]:
    """Return what refuses a plan: limits, what refused it before, and rules of the manifest.

    Raises:
        ManifestError: there are rules, and what reads them is not installed.
    """
    manifest = planned.manifest
    limits = refusals(planned.plan, planned.estimate, limits_of(request, manifest))
    refused = (*limits, *planned.refusals)
    if not manifest.policy.rules:
        return refused
    # Here, since most manifests have none.
    from heygen_localize.operations.policy import refused_by_policy

    return (*refused, *refused_by_policy(planned, request.labels, clock))


def limits_of(request: Request, manifest: Manifest) -> Limits:
    """Return the limits of the manifest, the command line's in their places."""
    limits = manifest.limits
    return replace(
        limits,
        max_new=limits.max_new if request.max_new is None else request.max_new,
        max_cost=limits.max_cost if request.max_cost is None else request.max_cost,
    )


def unsafe_batches(project: Project, made: Plan) -> tuple[Diagnostic, ...]:
    """Say that nothing is ordered together where no state is shared: items have no keys."""
    if project.manifest.submission is not Submission.BATCH or project.state.shared:
        return ()
    if not made.costly:
        return ()
    return (
        Diagnostic(
            "batch_needs_state",
            "submission: batch needs a shared state, and this project's is the lockfile",
            Where(project.manifest.path.as_posix()),
            hint="set LOCALIZE_STATE, or state in the manifest; or leave submission out: then each "
            "job is ordered by itself, under a key that every machine agrees on",
        ),
    )
