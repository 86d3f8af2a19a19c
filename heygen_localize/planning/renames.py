"""A lockfile brought up to its manifest: addresses under other names, false languages. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic, Where
from heygen_localize.core.languages import fits
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Manifest, Target


def renamed(targets: Iterable[Target], lock: Lock) -> dict[str, str]:
    """Pair new addresses with old ones of the same content: new address → old address."""
    targets = tuple(targets)
    wanted = {target.address for target in targets}
    free: dict[str, list[str]] = defaultdict(list)
    for address in sorted(lock.entries.keys() - wanted, reverse=True):
        free[lock.entries[address].job.fingerprint].append(address)
    renames = {}
    for target in targets:
        olds = [digest for digest in target.fingerprints if free[digest]]
        if target.address not in lock.entries and olds:
            renames[target.address] = free[olds[0]].pop()
    return renames


def with_renames(targets: Iterable[Target], lock: Lock) -> Lock:
    """Return the lock with the entries of renamed targets under their new addresses."""
    olds = renamed(targets, lock)
    kept = {name: entry for name, entry in lock.entries.items() if name not in olds.values()}
    moved = {new: lock.entries[old] for new, old in olds.items()}
    return replace(lock, entries=kept | moved) if moved else lock


def move_renamed_sessions(
    targets: Iterable[Target], sessions: Mapping[str, LockedSession]
) -> dict[str, LockedSession]:
    """Return the sessions by the addresses that want them now: a renamed video keeps its own."""
    wanted = {
        target.address: target.proofread.session
        for target in targets
        if target.proofread is not None
    }
    moved = dict(sessions)
    orphans: dict[str, list[str]] = {}
    for address in sorted(sessions.keys() - wanted.keys(), reverse=True):
        orphans.setdefault(sessions[address].fingerprint, []).append(address)
    for address, fingerprint_wanted in sorted(wanted.items()):
        if address not in sessions and orphans.get(fingerprint_wanted):
            moved[address] = moved.pop(orphans[fingerprint_wanted].pop())
    return moved


def without_false_languages(manifest: Manifest, lock: Lock) -> tuple[Manifest, Lock]:
    """Warn of the entries whose `language` is another than their address says, and correct it."""
    targets = {target.address: target for target in manifest.targets}
    entries = dict(lock.entries)
    warnings = []
    for address, entry in lock.entries.items():
        tag, target = address.partition("/")[2], targets.get(address)
        if target is None or fits(tag, entry.language):
            continue
        entries[address] = replace(entry, language=target.language.name)
        warnings.append(
            Diagnostic(
                "lockfile_language",
                f"expected the language {target.language.name} at {address}, found "
                f"{entry.language!r}: the lockfile's is ignored",
                Where(file=manifest.lock_path.name, path=f"targets.{address}.language"),
            )
        )
    if not warnings:
        return manifest, lock
    manifest = replace(manifest, warnings=(*manifest.warnings, *warnings))
    return manifest, replace(lock, entries=entries)
