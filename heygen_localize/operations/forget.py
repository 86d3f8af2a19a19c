"""Letting go of what the lockfile remembers of videos that left the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.deletions import without_address
from heygen_localize.core.errors import UsageError
from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Listing, Manifest
from heygen_localize.core.spent import with_lines
from heygen_localize.planning.charges import charges, kept_lines
from heygen_localize.planning.prune_survey import orphans_of
from heygen_localize.project.project import Project, did_you_mean, fits_any, fitting
from heygen_localize.system.clock import SYSTEM_CLOCK, Clock


class Forgotten(Struct, frozen=True):
    """What the lockfile had of an address: the ids of its jobs, and whether it was protected.

    `orders` counts the orders that nobody heard an answer to, and that are let go; `wanted` says
    that the manifest has the target still, so that it is ordered anew.
    """

    address: str
    translation_ids: tuple[str, ...]
    protected: bool
    orders: int = 0
    wanted: bool = False


def forget(
    manifest: Path,
    patterns: Sequence[str],
    *,
    loopback: bool = False,
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[Forgotten, ...]:
    """Take orphans out of the lockfile; at HeyGen nothing changes, and nobody is asked.

    Of a target that is held, since its order may be paid for, that order alone is let go.

    Raises:
        UsageError: a pattern that fits neither; then nothing is forgotten.
        ManifestError, LockfileError: they cannot be read or written.
        BusyError: another process applies the same manifest.
    """
    with Project.locked(manifest, loopback=loopback) as project:
        lock, forgotten = project.lock, []
        wanted = {target.address for target in project.manifest.targets if not target.skip}
        orphans = orphans_of(project.manifest.targets, lock)
        no_orphan = partial(_no_orphan, project.manifest, orphans)
        lost = _lost_orders(project, orphans)
        keys: list[str] = []
        known = charges(project.manifest, lock, Listing()) if project.manifest.budgets.items else ()
        for address in sorted(fitting(patterns, orphans.union(lost), no_orphan)):
            given = lost.get(address, ())
            keys += given
            if address in orphans:
                forgotten.append(replace(_known(lock, address), orders=len(given)))
                ids = {item.id: address for item in known if item.address == address}
                lines = kept_lines(known, ids, clock.now())
                lock = replace(lock, spent=with_lines(lock.spent, lines) if lines else lock.spent)
                lock = without_address(lock, address)
            else:
                forgotten.append(Forgotten(address, (), False, len(given), address in wanted))
        project.save(lock)
        orders = project.state.orders("")
        if orders is not None:
            orders.close(keys, "let go")
    return tuple(forgotten)


def _lost_orders(project: Project, orphans: frozenset[str]) -> dict[str, list[str]]:
    """Return the keys of orders that may be let go, by the address that they are of now."""
    addresses: dict[str, str] = {}
    for target in project.manifest.targets:
        for mark in target.marks:
            addresses.setdefault(mark.digest, target.address)
        if target.proofread is not None:
            session = Mark.of(target.mark.project, target.proofread.session)
            addresses.setdefault(session.digest, target.address)
    lost: dict[str, list[str]] = {}
    for item in project.state.unanswered():
        address = addresses.get(item.digest, item.address)
        if item.doubtful or address in orphans:
            lost.setdefault(address, []).append(item.key)
    return lost


def _no_orphan(manifest: Manifest, orphans: frozenset[str], pattern: str) -> UsageError:
    wanted = [item.address for item in manifest.targets if fits_any(item.address, (pattern,))]
    if wanted:
        return UsageError(
            f"{pattern} is in the manifest"
            if pattern in wanted
            else f"{pattern} fits only what is in the manifest, such as {wanted[0]}",
            code="not_an_orphan",
            hint="forget is for what left it: take the video or the language out first",
        )
    return UsageError(
        f"{pattern} fits nothing that the lockfile has and the manifest does not",
        code="target_unknown",
        hint=did_you_mean(pattern, orphans) or "localize status lists them",
    )


def _known(lock: Lock, address: str) -> Forgotten:
    entry = lock.entries.get(address)
    if entry is None:
        return Forgotten(address, (), False)  # a proofread session alone
    earlier = (*entry.ids() - {entry.job.translation_id}, *entry.superseded)
    ids = (entry.job.translation_id, *sorted(earlier))
    return Forgotten(address, ids, entry.protected)
