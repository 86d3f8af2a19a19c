"""Taking a render as it is, although its check failed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import UsageError
from heygen_localize.core.gates import release
from heygen_localize.operations.pull.pull import refuse_conflict
from heygen_localize.planning.checked import checked, rejected
from heygen_localize.project.project import Project, fitting


class Accepted(Struct, frozen=True):
    """A render that is used from now on: the hash of its file, and how much is wrong with it."""

    address: str
    translation_id: str
    sha256: str
    errors: int


def accept(
    manifest: Path, patterns: Sequence[str], *, loopback: bool = False
) -> tuple[Accepted, ...]:
    """Use what was rejected: the lockfile says so, and nobody is asked.

    Raises:
        UsageError: a pattern that fits nothing rejected; then nothing is accepted.
        ManifestError, LockfileError: they cannot be read or written.
        BusyError: another process works on the same manifest.
    """
    with Project.locked(manifest, loopback=loopback) as project:
        refuse_conflict(project)
        lock, accepted = project.lock, []
        targets = {
            target.address: target
            for target in project.manifest.targets
            if target.address in lock.entries and rejected(target, lock.entries[target.address])
        }
        entries = dict(lock.entries)
        for address in sorted(fitting(patterns, targets, _nothing)):
            entry = entries[address]
            found, check = checked(targets[address], entry.job), entry.job.check
            if found is None or check is None:
                continue  # never: what is rejected was checked
            entries[address] = release(entry, check.sha256)
            accepted.append(Accepted(address, entry.job.translation_id, check.sha256, found.errors))
        project.save(replace(lock, entries=entries))
    return tuple(accepted)


def _nothing(pattern: str) -> UsageError:
    return UsageError(
        f"{pattern} fits nothing that was rejected",
        code="nothing_to_accept",
        hint="localize status --state rejected lists what was; what is not checked yet: "
        "localize pull, then localize check",
    )
