"""Fetching what a check is to look at and was not pulled: it stands aside, for `pull` too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heygen_localize.media.measure import require
from heygen_localize.operations.pull.delivery import Delivery
from heygen_localize.operations.pull.pull import files_of
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.planning.check import files_to_check
from heygen_localize.planning.pull import PullReport, PullSet
from heygen_localize.project.project import Project
from heygen_localize.system.signals import Interruption


def fetch_unpulled(
    manifest: Path,
    targets: Sequence[str],
    tools: PullTools,
    interruption: Interruption,
    *,
    loopback: bool,
) -> PullReport:
    """Fetch the media files and captions that are not in their places; one failure stops no other.

    Raises:
        UsageError: a pattern that fits no address, or PyAV is not installed.
        BusyError, DiskError, ManifestError, LockfileError, Interrupted: as `pull`.
    """
    require()
    with Project.locked(manifest, loopback=loopback) as project:
        wanted = files_to_check(project.manifest.targets, files_of(project, targets))
        files = tuple(
            file for item in wanted for file in (item.media, item.captions) if file is not None
        )
        recorder = project.recorder(tools.clock)
        with Delivery(project.manifest, recorder, tools, interruption) as delivery:
            delivery.want_aside(files)
            delivery.finish()
    return delivery.report(PullSet(files, ()))
