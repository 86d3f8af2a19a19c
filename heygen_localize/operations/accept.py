"""Taking a render as it is: although its check failed, or for the languages that wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import UsageError
from heygen_localize.core.gates import release
from heygen_localize.core.lock import LockEntry
from heygen_localize.core.model import Target
from heygen_localize.operations.pull.pull import refuse_conflict
from heygen_localize.planning.checked import checked, rejected
from heygen_localize.planning.waves import awaiting
from heygen_localize.project.project import Project, fitting


class Accepted(Struct, frozen=True):
    """A render that people took.

    `sha256` is the hash of its file, or its fingerprint where no file was pulled; `errors` is how
    much is wrong with it by its check. `waiting` are the addresses that waited for it.
    """

    address: str
    translation_id: str
    sha256: str
    errors: int = 0
    waiting: tuple[str, ...] = ()


def accept(
    manifest: Path, patterns: Sequence[str], *, loopback: bool = False
) -> tuple[Accepted, ...]:
    """Use what was rejected, and let go on what waits for a canary.

    The lockfile says so, and nobody is asked.

    Raises:
        UsageError: a pattern that fits nothing to accept; then nothing is accepted.
        ManifestError, LockfileError: they cannot be read or written.
        BusyError: another process works on the same manifest.
    """
    with Project.locked(manifest, loopback=loopback) as project:
        refuse_conflict(project)
        targets, lock = project.manifest.targets, project.lock
        refused = {
            target.address: target
            for target in targets
            if target.address in lock.entries and rejected(target, lock.entries[target.address])
        }
        open_to = awaiting(targets, lock) | refused
        entries, accepted = dict(lock.entries), []
        for address in sorted(fitting(patterns, open_to, _nothing)):
            waiting = _waiting_for(address, targets)
            taken = _taken(open_to[address], entries[address], address in refused)
            entries[address] = release(entries[address], taken.sha256)
            accepted.append(replace(taken, waiting=waiting))
        project.save(replace(lock, entries=entries))
    return tuple(accepted)


def _taken(target: Target, entry: LockEntry, was_rejected: bool) -> Accepted:
    job = entry.job
    if was_rejected and job.check is not None:
        found = checked(target, job)
        errors = found.errors if found is not None else 0
        return Accepted(target.address, job.translation_id, job.check.sha256, errors)
    media = job.files.get("video") or job.files.get("audio")
    seen = media.sha256 if media is not None else job.fingerprint
    return Accepted(target.address, job.translation_id, seen)


def _waiting_for(address: str, targets: Sequence[Target]) -> tuple[str, ...]:
    """Name the targets that a canary goes before."""
    video, _, tag = address.partition("/")
    return tuple(one.address for one in targets if one.video == video and tag in one.canaries)


def _nothing(pattern: str) -> UsageError:
    return UsageError(
        f"{pattern} fits nothing that was rejected, and no canary that waits to be accepted",
        code="nothing_to_accept",
        hint="localize status --state rejected lists what was; a canary has to be rendered, and "
        "the lockfile to say so (localize apply); not checked yet: localize pull, then localize "
        "check",
    )
