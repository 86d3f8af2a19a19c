"""Where every target stands, from the manifest and the lockfile alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heygen_localize.planning.status import StatusRow, target_statuses
from heygen_localize.project.project import Project


def status(
    manifest: str | Path, targets: Sequence[str] = (), *, loopback: bool = False
) -> tuple[StatusRow, ...]:
    """Return where every target stands; with `targets`, those that one of the globs fits.

    Raises:
        UsageError: a pattern that fits no address.
        ManifestError, LockfileError: see `Project.open`.
    """
    return status_of(Project.open(Path(manifest), loopback=loopback), targets)


def status_of(project: Project, targets: Sequence[str]) -> tuple[StatusRow, ...]:
    """Return where the targets of an open project stand, as `status` does."""
    selected = project.select(targets)
    rows = target_statuses(project.manifest.targets, project.lock)
    return tuple(row for row in rows if selected is None or row.address in selected)
