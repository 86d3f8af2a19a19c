"""Where every target stands, from the manifest and the lock alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from heygen_localize.lock import Lock, LockEntry
from heygen_localize.model import NO_OUTPUTS, OutputUrls, Target


class Standing(Enum):
    """The words of `status`: the vendor's, and three of ours."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    MISSING = "missing"
    SKIPPED = "skipped"
    ORPHAN = "orphan"


@dataclass(frozen=True)
class StatusRow:
    """One target's standing.

    `outputs` and `public_url` are of the job whose files are good to use now: the earlier one
    while a replacement renders (`serving_earlier`). `stale` says that the
    manifest wants something else by now, `skip` why it is not wanted.
    """

    address: str
    language: str
    standing: Standing
    translation_id: str | None = None
    failure_message: str | None = None
    outputs: OutputUrls = NO_OUTPUTS
    public_url: str | None = None
    serving_earlier: bool = False
    stale: bool = False
    skip: str | None = None


def standings(targets: Iterable[Target], lock: Lock) -> tuple[StatusRow, ...]:
    """Tell where every target of the manifest and every entry of the lock stands."""
    rows = {}
    for target in targets:
        entry = lock.entries.get(target.address)
        if entry is None:
            standing = Standing.SKIPPED if target.skip else Standing.MISSING
            name, reason = target.language.name, target.skip
            rows[target.address] = StatusRow(target.address, name, standing, skip=reason)
        else:
            stale = not target.skip and entry.job.fingerprint != target.fingerprint
            rows[target.address] = _row(target.address, entry, None, stale)
    for address in lock.entries.keys() - rows.keys():
        rows[address] = _row(address, lock.entries[address], Standing.ORPHAN, False)
    return tuple(rows[address] for address in sorted(rows))


def _row(address: str, entry: LockEntry, standing: Standing | None, stale: bool) -> StatusRow:
    served = entry.served
    return StatusRow(
        address=address,
        language=entry.language,
        standing=standing or Standing(entry.job.status.value),
        translation_id=entry.job.translation_id,
        failure_message=entry.job.failure_message,
        outputs=served.outputs if served is not None else NO_OUTPUTS,
        public_url=served.public_url if served is not None else None,
        serving_earlier=served is not None and served is not entry.job,
        stale=stale,
    )
