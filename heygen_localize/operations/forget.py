"""Letting go of what the lockfile remembers of videos that left the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

from heygen_localize.core.errors import UsageError
from heygen_localize.core.lock import Lock, without_address
from heygen_localize.core.model import LockUrls, Manifest
from heygen_localize.planning.prune_survey import orphans_of
from heygen_localize.project.lockfile.store import LockStore
from heygen_localize.project.process_lock import only_one
from heygen_localize.project.project import load


@dataclass(frozen=True)
class Forgotten:
    """What the lockfile had of an address: the ids of its jobs, and whether it was protected."""

    address: str
    translation_ids: tuple[str, ...]
    protected: bool


def forget(
    manifest: Path, patterns: Sequence[str], *, loopback: bool = False
) -> tuple[Forgotten, ...]:
    """Take orphans out of the lockfile; at the vendor nothing changes, and nobody is asked.

    Raises:
        UsageError: a pattern that fits no orphan; then nothing is forgotten.
        ManifestError, LockfileError: they cannot be read or written.
        BusyError: another process applies the same manifest.
    """
    if not manifest.exists():
        load(manifest)  # which says what to do
    with only_one(manifest):
        loaded, lock = load(manifest, loopback=loopback)
        forgotten = []
        for address in _chosen(patterns, loaded, lock):
            forgotten.append(_known(lock, address))
            lock = without_address(lock, address)
        LockStore(loaded.lock_path, lock, loaded.lock_urls is LockUrls.KEEP).write(lock)
    return tuple(forgotten)


def _chosen(patterns: Sequence[str], loaded: Manifest, lock: Lock) -> list[str]:
    orphans = orphans_of(loaded.targets, lock)
    chosen: set[str] = set()
    for pattern in patterns:
        found = {address for address in orphans if fnmatchcase(address, pattern)}
        if not found:
            raise _no_orphan(pattern, loaded, orphans)
        chosen |= found
    return sorted(chosen)


def _no_orphan(pattern: str, loaded: Manifest, orphans: frozenset[str]) -> UsageError:
    wanted = [item.address for item in loaded.targets if fnmatchcase(item.address, pattern)]
    if wanted:
        return UsageError(
            f"{pattern} is in the manifest"
            if pattern in wanted
            else f"{pattern} fits only what is in the manifest, such as {wanted[0]}",
            code="not_an_orphan",
            hint="forget is for what left it: take the video or the language out first",
        )
    near = get_close_matches(pattern, orphans, 3, 0.5)
    return UsageError(
        f"{pattern} fits nothing that the lockfile has and the manifest does not",
        code="target_unknown",
        hint="did you mean " + ", ".join(near) + "?" if near else "localize status lists them",
    )


def _known(lock: Lock, address: str) -> Forgotten:
    entry = lock.entries.get(address)
    if entry is None:
        return Forgotten(address, (), False)  # a proofread session alone
    earlier = (*entry.ids() - {entry.job.translation_id}, *entry.superseded)
    ids = (entry.job.translation_id, *sorted(earlier))
    return Forgotten(address, ids, entry.protected)
