"""Looking at a fleet of workers, and giving what failed another try."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heygen_localize.operations.state import shared_state
from heygen_localize.planning.fleet import Fleet
from heygen_localize.project.project import Project
from heygen_localize.project.state.deferring import retry
from heygen_localize.project.state.fleet import fleet_of


def look_at_fleet(manifest: Path) -> Fleet:
    """Return the fleet of the database that the environment or the manifest names.

    Raises:
        UsageError: neither names one.
        StateError: it cannot be reached, or is not set up.
    """
    return fleet_of(shared_state(manifest).database)


def retry_failed(
    manifest: Path, targets: Sequence[str], *, loopback: bool
) -> tuple[str, tuple[str, ...]]:
    """Have deliveries of a project tried again that failed; return its name, and their addresses.

    Raises:
        UsageError: no shared state is named, or a pattern fits no address.
        ManifestError: the manifest has mistakes.
        StateError: the state cannot be written.
    """
    state = shared_state(manifest)
    selected = None
    if targets:
        project = Project.open(manifest, loopback=loopback, state=state)
        selected = project.select(targets)
    name = state.names[0]
    return name, retry(state.database, name, selected)
