"""Where every target stands, from the manifest and the lockfile alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heygen_localize.planning.status import StatusRow, target_statuses
from heygen_localize.project.project import Project
from heygen_localize.system.clock import SYSTEM_CLOCK, Clock


def status(
    manifest: str | Path,
    targets: Sequence[str] = (),
    *,
    states: Sequence[str] = (),
    loopback: bool = False,
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[StatusRow, ...]:
    """Return where every target stands; with `targets`, those that one of the globs fits.

    With `states` (see `planning.status.STATES`), those that are in one of them.

    Raises:
        UsageError: a pattern that fits no address.
        ManifestError, LockfileError: see `Project.open`.
    """
    rows = status_of(Project.open(Path(manifest), loopback=loopback), targets, clock)
    return tuple(row for row in rows if not states or row.is_one_of(states))


def status_of(
    project: Project,
    targets: Sequence[str],
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[StatusRow, ...]:
    """Return where the targets of an open project stand, as `status` does."""
    selected = project.select(targets)
    rows = target_statuses(project.manifest.targets, project.lock, clock.now())
    return tuple(row for row in rows if selected is None or row.address in selected)
