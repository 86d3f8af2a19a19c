"""What changed between the job that the lock has and what the manifest wants. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.fingerprint import (
    LZ1_DEFAULTS,
    Json,
    Spec,
    defaults_of,
    fingerprint,
    older_fingerprints,
)
from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.locked_spec import LockedSpec
from heygen_localize.core.locked_target import source_of
from heygen_localize.core.model import Target


class Change(Struct, frozen=True):
    """One attribute as it was ordered, and as it is wanted; `name` is the manifest's.

    `source`, `audio` and `srt` are what stands for the content: an address, an asset or a
    SHA-256. `subtitles` is the SHA-256 of the reviewed text.
    """

    name: str
    before: Json
    after: Json

    def document(self) -> dict[str, Any]:
        """Return the change as JSON has it."""
        return {"name": self.name, "before": self.before, "after": self.after}


def spec_of(target: Target) -> Spec:
    """Return what decides a target's pixels and sound, but for the reviewed text."""
    kind = target.kind
    names = defaults_of(kind)
    options = {option.name: option.value for option in target.options if option.name in names}
    tag, source = target.language.tag, target.source.identity
    return Spec(tag, source, target.revision, options, kind=kind)


def locked_spec(target: Target, digest: str) -> LockedSpec | None:
    """Return what the lock keeps of a target's spec, if it hashes to this fingerprint."""
    plain = spec_of(target)
    text = target.proofread.text if target.proofread is not None else None
    specs = [plain] if text is None else [plain, replace(plain, proofread=text.sha256)]
    for spec in specs:
        if digest in (fingerprint(spec), *older_fingerprints(spec)):
            return LockedSpec.of(spec)
    return None


def learn_specs(targets: Iterable[Target], lock: Lock) -> Lock:
    """Add the specs that an older lockfile lacks, of jobs that are what the manifest wants."""
    learned: dict[str, LockEntry] = {}
    for target in targets:
        entry = lock.entries.get(target.address)
        if entry is None or entry.job.spec is not None:
            continue
        spec = locked_spec(target, entry.job.fingerprint)
        if spec is not None:
            learned[target.address] = replace(entry, job=replace(entry.job, spec=spec))
    return replace(lock, entries={**lock.entries, **learned}) if learned else lock


def spec_changes(job: LockedJob, target: Target) -> tuple[Change, ...] | None:
    """Return what differs between a job's spec and a target's; None where nobody knows.

    An older lockfile has no specs, but knows the source.
    """
    if target.is_of(job.fingerprint):
        return ()
    known = job.spec
    if known is None or not known.stands_for(job.fingerprint, target.language.tag):
        return _source_change(job, target)
    wanted = locked_spec(target, target.fingerprint) or LockedSpec.of(spec_of(target))
    return tuple(_differences(known, wanted))


def _differences(known: LockedSpec, wanted: LockedSpec) -> Iterator[Change]:
    pairs: list[tuple[str, Json, Json]] = [
        ("kind", known.job_kind.value, wanted.job_kind.value),
        ("source", known.source, wanted.source),
    ]
    for name, default in LZ1_DEFAULTS.items():
        pairs.append((name, known.options.get(name, default), wanted.options.get(name, default)))
    pairs.append(("revision", known.revision or 1, wanted.revision or 1))
    pairs.append(("subtitles", known.proofread, wanted.proofread))
    for name, before, after in pairs:
        if before != after:
            yield Change(name, before, after)


def _source_change(job: LockedJob, target: Target) -> tuple[Change, ...] | None:
    before, after = job.source, source_of(target, {})
    told = before.sha256 or before.url or before.asset_id
    if not told or before.same_place(after):
        return None
    return (Change("source", told, after.sha256 or after.url or after.asset_id),)
