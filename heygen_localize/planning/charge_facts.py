"""What manifest, lockfile and marks tell of the orders that a project has placed. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.lock import Lock, LockedJob
from heygen_localize.core.model import Job, Listing, Manifest, Target
from heygen_localize.core.rates import Rates
from heygen_localize.core.sources import Reports
from heygen_localize.core.spent import SpentOrder
from heygen_localize.planning.earlier_specs import EarlierSpec, earlier_specs
from heygen_localize.planning.estimate import Cut, cut, price_of
from heygen_localize.planning.lengths import told_length

PROOFREAD = "proofread"
"""What a proofread session is counted as, where a job has its mode."""


class Charge(Struct, frozen=True):
    """A job or a proofread session that costs.

    `at` is when it was ordered, in seconds since 1970, None where nobody tells; `usd` what it
    costs, None likewise. `address` is the target that it is of, None of what no target of the
    manifest is any more; then of the `language` at most HeyGen's name is known, and of the `team`
    nothing, unless `team_known`. `seconds` are of its video.
    """

    id: str
    at: int | None = None
    usd: float | None = None
    seconds: float | None = None
    address: str | None = None
    language: str | None = None
    team: str | None = None
    team_known: bool = False
    mode: str | None = None

    @property
    def session(self) -> bool:
        """Whether it is a proofread session."""
        return self.mode == PROOFREAD

    @property
    def video(self) -> str | None:
        """The video that it is of, where that is known."""
        return self.address.partition("/")[0] if self.address is not None else None


def team_of(target: Target) -> str | None:
    """Return the team whose budget pays for a target."""
    found = target.setting("team")
    return found if isinstance(found, str) else None


def mode_of(target: Target) -> str:
    """Return what a target's jobs are counted as: a mode, `-audio` of sound alone, a lip sync."""
    mode = "precision" if target.option("mode") == "precision" else "speed"
    if target.kind is JobKind.LIPSYNC:
        return f"lipsync-{mode}"
    return f"{mode}-audio" if target.option("translate_audio_only") is True else mode


def mode_of_any(target: Target | None) -> str | None:
    """Return the same of a target that may be unknown."""
    return mode_of(target) if target is not None else None


class ChargeFacts(Struct, frozen=True):
    """What the manifest and the lockfile tell of ids and contents.

    `earlier` are specs that marks prove, `dearest` is the most that a second costs in the modes
    that the project uses, by kind.
    """

    manifest: Manifest
    lock: Lock
    by_address: Mapping[str, Target]
    by_content: Mapping[tuple[str, str], Target]
    owners: Mapping[str, str]
    lengths: Mapping[Cut, float]
    earlier: Mapping[str, EarlierSpec]
    dearest: Mapping[JobKind, float]
    reports: Reports

    @property
    def rates(self) -> Rates:
        """The manifest's prices."""
        return self.manifest.rates

    def length(self, address: str | None) -> float | None:
        """Return the seconds of a target's video, by whatever tells of them."""
        target = self.by_address.get(address or "")
        if target is not None:
            length = told_length(target, self.reports) or self.lengths.get(cut(target))
            if length is not None:
                return length
        entry = self.lock.entries.get(address or "")
        jobs = (entry.job, entry.serving) if entry is not None else ()
        return next((job.duration for job in jobs if job is not None and job.duration), None)

    def charge(
        self, name: str, address: str | None, at: int | None, mode: str | None, usd: float | None
    ) -> Charge:
        """Return a charge with what its address and its line tell of whose it is."""
        line, target = self.lock.spent.get(name), self.by_address.get(address or "")
        kept = line.team if line is not None else None
        team = team_of(target) if target is not None else kept or None
        return Charge(
            name,
            at,
            usd,
            address=address,
            language=address.partition("/")[2] if address is not None else None,
            team=team,
            team_known=target is not None or kept is not None,
            mode=mode or (line.mode if line is not None else None),
        )

    def priced(
        self,
        charge: Charge,
        seconds: float | None,
        line: SpentOrder | None = None,
        rate: float | None = None,
    ) -> Charge:
        """Price so many seconds: at a `rate`, else by the most that they may cost.

        A `line` that says more is believed.
        """
        if not seconds:
            return replace(charge, usd=line.usd if line is not None else charge.usd)
        usd = round(seconds * (self._dearest_of(charge) if rate is None else rate), 4)
        usd = usd if line is None else max(usd, line.usd)
        return replace(charge, usd=usd, seconds=seconds)

    def _dearest_of(self, charge: Charge) -> float:
        """Return the most that a second may cost of what nobody knows the mode of."""
        if charge.session:
            return self.rates.proofread
        return self.dearest.get(JobKind.of(charge.id), self.rates.range_of(charge.id)[1])

    def rate_of(self, job: LockedJob, address: str) -> float | None:
        """Return what a second of an entry's job cost, where its target is still what it was."""
        target = self.by_address.get(address)
        same = target is not None and target.is_of(job.fingerprint)
        return price_of(target, self.rates) if target is not None and same else None


def charge_facts(manifest: Manifest, lock: Lock, listing: Listing, reports: Reports) -> ChargeFacts:
    """Bring together what is known of ids, contents, lengths and prices."""
    by_content: dict[tuple[str, str], Target] = {}
    for target in manifest.targets:
        for mark in target.marks:
            by_content.setdefault(mark.content, target)
    owners: dict[str, str] = {}
    for address, entry in sorted(lock.entries.items()):
        for name in (*entry.ids(), *entry.superseded):
            owners.setdefault(name, address)
    owners |= {name: line.address for name, line in lock.spent.items()}
    lengths = {
        cut(by_content[job.mark.content]): job.duration
        for job in sorted(listing.jobs, key=lambda job: job.id)
        if job.duration and job.mark is not None and job.mark.content in by_content
    }
    by_address = {target.address: target for target in manifest.targets}
    unmatched = {
        job.mark.digest
        for job in listing.jobs
        if job.mark is not None and is_ours(job, manifest) and job.mark.content not in by_content
    }
    return ChargeFacts(
        manifest,
        lock,
        by_address,
        by_content,
        owners,
        lengths,
        earlier_specs(manifest.targets, unmatched),
        _dearest(manifest, lock),
        reports,
    )


def _dearest(manifest: Manifest, lock: Lock) -> dict[JobKind, float]:
    """Return the most that a second of a job costs in the modes in use, by kind."""
    rates, found = manifest.rates, dict[JobKind, float]()
    for target in manifest.targets:
        found[target.kind] = max(found.get(target.kind, 0.0), price_of(target, rates))
    for line in lock.spent.values():
        if line.mode is not None and line.mode != PROOFREAD:
            kind = JobKind.LIPSYNC if line.mode.startswith("lipsync") else JobKind.TRANSLATION
            mode = "precision" if "precision" in line.mode else "speed"
            price = rates.second(mode, line.mode.endswith("-audio"), kind)
            found[kind] = max(found.get(kind, 0.0), price)
    return found


def is_ours(job: Job, manifest: Manifest) -> bool:
    """Return whether a job bears the mark of this project, by its name of now or before."""
    return job.mark is not None and job.mark.project in (manifest.project, *manifest.formerly)
