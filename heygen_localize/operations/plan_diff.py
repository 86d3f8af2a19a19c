"""What a change of the manifest orders: planned from a git revision of it to this one."""

from __future__ import annotations

from msgspec.structs import replace

from heygen_localize.operations.plan import policy_of
from heygen_localize.operations.refused import refusals_of
from heygen_localize.operations.request import Request
from heygen_localize.planning.diff import as_rendered, costly_part, with_part
from heygen_localize.planning.estimate import estimate
from heygen_localize.planning.proofread import apply_proofread
from heygen_localize.planning.reconcile import reconcile
from heygen_localize.planning.results import Planned
from heygen_localize.project.account import jobs_from_lockfile
from heygen_localize.project.project import Project
from heygen_localize.project.revision import manifest_at
from heygen_localize.system.clock import Clock


def plan_diff(request: Request, revision: str, clock: Clock, *, loopback: bool = False) -> Planned:
    """Work out what the manifest orders that it did not at a revision; nothing is asked.

    All that it wanted then counts as rendered, whatever the account has.

    Raises:
        UsageError: no such revision, or a `targets` pattern that fits no address.
        ManifestError: the manifest has mistakes, now or then.
        LockfileError: see `Project.open`.
        GitError: git does not tell.
    """
    project = Project.open(request.path, loopback=loopback)
    manifest = project.manifest
    before = manifest_at(request.path, revision, project.lock, loopback=loopback)
    lock = as_rendered(before.targets, project.lock)
    selected = replace(project, lock=lock).select(request.targets)
    listing = jobs_from_lockfile(lock, (), project.pinned_ids)
    policy = policy_of(request, manifest)
    made = reconcile(manifest.targets, lock, listing, clock.now(), policy, selected)
    made = with_part(made, apply_proofread(costly_part(made), lock, {}, policy))
    expected = estimate(made, manifest.targets, lock, manifest.rates, {})
    planned = Planned(
        manifest,
        replace(lock, entries={}),
        listing,
        clock.monotonic(),
        made,
        expected,
        (),
        made_at=clock.now(),
        offline=True,
        since=revision,
    )
    return replace(planned, refusals=refusals_of(planned, request, clock))
