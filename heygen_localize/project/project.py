"""What a plan is made from: the manifest, its lockfile, and what the account holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from heygen_localize.core.errors import ManifestError, Problem, UsageError, Where
from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.languages import catalog_of, fits
from heygen_localize.core.lock import Lock, sync_protection
from heygen_localize.core.model import Job, JobStatus, Listing, Manifest
from heygen_localize.heygen.errors import ApiError
from heygen_localize.manifest import load_manifest as read_manifest
from heygen_localize.manifest import refuse_twins
from heygen_localize.media.local import FileCache
from heygen_localize.planning.proofread import move_renamed_sessions
from heygen_localize.project.journal import Answer
from heygen_localize.project.lockfile.files import read_lock
from heygen_localize.project.process_lock import cache_path
from heygen_localize.project.subtitle_files import with_texts
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.resources import language_names

if TYPE_CHECKING:
    # validate needs neither a network nor the time that loading one takes.
    from heygen_localize.heygen.client import Client

_LISTING_TRIES = 3
"""Times that a listing which breaks off is begun anew; each page is repeated by itself too."""


@dataclass(frozen=True)
class Account:
    """An account to hold the manifest against. `loopback` where it is the sandbox."""

    client: Client
    loopback: bool = False


def load(
    path: Path, account: Account | None = None, *, loopback: bool = False
) -> tuple[Manifest, Lock]:
    """Read a manifest and its lockfile.

    Without an account the bundled list of languages is used; with one, the
    vendor's of today. With `loopback`, or an account that is there, sources may be
    on this machine.

    Raises:
        ManifestError: the manifest cannot be applied, with every mistake in it.
        LockfileError: the lockfile cannot be read or is another project's.
        GitError: git does not tell which subtitles are approved.
        ApiFailure: the vendor's languages could not be read.
    """
    if path.exists():
        refuse_twins(path)
    files = FileCache(cache_path(path, "files.json"), SystemClock())
    found = read_lock(path.with_suffix(".lock"))
    pinned = found.languages() if found is not None else {}
    names = language_names()
    here = loopback or (account is not None and account.loopback)
    manifest, error = None, None
    try:
        manifest = _manifest(path, names, pinned, here, files)
    except ManifestError as caught:
        if account is None or any(item.code not in _LANGUAGE_CODES for item in caught.problems):
            raise
        error = caught
    if account is not None:
        today = account.client.languages()
        if set(today) != set(names):
            manifest = _manifest(path, today, pinned, here, files)
    if manifest is None:
        raise error or ManifestError("the manifest could not be read")
    if found is not None and found.project not in (manifest.project, *manifest.formerly):
        read_lock(path.with_suffix(".lock"), manifest.project)
    lock = replace(found, project=manifest.project) if found else Lock(manifest.project)
    manifest, lock = _without_false_pins(manifest, lock)
    lock = sync_protection(manifest.targets, lock)
    lock = replace(lock, sessions=move_renamed_sessions(manifest.targets, lock.sessions))
    return with_texts(manifest, lock), lock


def load_manifest(path: Path | str, account: Account | None = None) -> Manifest:
    """Read a manifest, resolved: every target with every option, as its lockfile pins it.

    Raises:
        ManifestError: it cannot be applied, with every mistake in it.
        LockfileError: its lockfile cannot be read.
    """
    return load(Path(path), account)[0]


def _without_false_pins(manifest: Manifest, lock: Lock) -> tuple[Manifest, Lock]:
    """Warn of the entries whose `language` is another than their address says, and mend them."""
    targets = {target.address: target for target in manifest.targets}
    entries = dict(lock.entries)
    warnings = []
    for address, entry in lock.entries.items():
        tag, target = address.partition("/")[2], targets.get(address)
        if target is None or fits(tag, entry.language):
            continue
        entries[address] = replace(entry, language=target.language.name)
        warnings.append(
            Problem(
                "lockfile_language",
                f"the lockfile has another language than {target.language.name} at {address}: "
                "it is not believed",
                Where(file=manifest.lock_path.name, path=f"targets.{address}.language"),
            )
        )
    if not warnings:
        return manifest, lock
    manifest = replace(manifest, warnings=(*manifest.warnings, *warnings))
    return manifest, replace(lock, entries=entries)


_LANGUAGE_CODES = frozenset({"language_unknown", "language_ambiguous"})
"""Mistakes that only the vendor's list of today can settle."""


def _manifest(
    path: Path,
    names: Sequence[str],
    pinned: Mapping[str, str],
    loopback: bool,
    files: FileCache,
) -> Manifest:
    return read_manifest(
        path, catalog_of(tuple(names)), pinned=pinned, loopback_sources=loopback, files=files
    )


def select(
    patterns: Sequence[str], manifest: Manifest, lock: Lock, more: Iterable[str] = ()
) -> frozenset[str] | None:
    """Give the addresses that the patterns fit; None where there are no patterns.

    `more` are addresses that there are besides those of the manifest and of the lock's jobs.

    Raises:
        UsageError: a pattern fits none.
    """
    if not patterns:
        return None
    known = {target.address for target in manifest.targets}
    addresses = sorted(known.union(lock.entries, more))
    chosen: set[str] = set()
    for pattern in patterns:
        found = {address for address in addresses if fnmatchcase(address, pattern)}
        if not found:
            near = get_close_matches(pattern, addresses, 3, 0.5)
            raise UsageError(
                f"{pattern} fits no target",
                code="target_unknown",
                hint="did you mean " + ", ".join(near) + "?"
                if near
                else "addresses look like video/language: intro/es-MX, intro/*, */es-MX",
            )
        chosen |= found
    return frozenset(chosen)


def pinned_ids(manifest: Manifest) -> frozenset[str]:
    """Give the ids of the jobs that the manifest pins to targets."""
    return frozenset(target.job for target in manifest.targets if target.job is not None)


def look(
    client: Client, lock: Lock, answers: Sequence[Answer], now: float, more: Iterable[str] = ()
) -> Listing:
    """List the account, and ask for the lock's and the journal's jobs that the list lacks.

    `more` are ids to be asked for likewise.

    Only a 404 of its own means that a job is gone, never absence from a list;
    and not even that in the first minutes after it was ordered. A 403 is about that
    job alone: it is neither gone nor there. `now` in seconds since 1970.

    Raises:
        AccountRefused: the key is not accepted.
    """
    listing = _listed(client)
    if not listing.complete:
        return listing
    # A list that lags may still show what we deleted, so those are asked for by their ids.
    doubtful = lock.deleted.keys() & {job.id for job in listing.jobs}
    jobs = {job.id: job for job in listing.jobs if job.id not in doubtful}
    earlier: dict[str, set[str]] = {}
    for entry in lock.entries.values():
        earlier.setdefault(entry.job.translation_id, set()).update(entry.superseded)
    fresh = {
        answer.translation_id: answer.as_job()
        for answer in answers
        if answer.fresh(now) and answer.translation_id not in lock.deleted
    }
    answered = (answer.translation_id for answer in answers)
    wanted = sorted({*earlier, *more, *doubtful, *answered})
    return _asked(client, replace(listing, jobs=tuple(jobs.values())), wanted, earlier, fresh)


def _asked(
    client: Client,
    listing: Listing,
    wanted: list[str],
    earlier: Mapping[str, set[str]],
    fresh: Mapping[str, Job],
) -> Listing:
    """Add to a listing the jobs that it lacks, by their ids; `earlier` are those before a job.

    `fresh` are jobs ordered so lately that they are there whatever is answered.
    """
    jobs = {job.id: job for job in listing.jobs}
    gone: set[str] = set()
    denied: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        if name in jobs or name in gone or name in denied:
            continue
        try:
            job = client.job(name) or fresh.get(name)
        except ApiError as failure:
            if failure.refuses_account:
                raise
            if failure.denied:
                denied[name] = str(failure)
                continue
            return replace(listing, flaw=f"job {name} could not be asked for: {failure}")
        if job is None:
            gone.add(name)
            # The vendor's replay of an old order may name one before it, gone as well.
            wanted += sorted(earlier.get(name, ()))
        else:
            jobs[name] = job
    return Listing(tuple(jobs.values()), None, frozenset(gone), denied)


def _listed(client: Client) -> Listing:
    """List the account, again where that breaks off; then with all that any try has seen.

    Raises:
        AccountRefused: the key is not accepted.
    """
    listing, seen = client.listing(), dict[str, Job]()
    for _ in range(_LISTING_TRIES - 1):
        if listing.complete:
            break
        seen |= {job.id: job for job in listing.jobs}
        listing = client.listing()
    if listing.complete:
        return listing
    # What an earlier try saw, and the last did not come to, is there all the same.
    seen |= {job.id: job for job in listing.jobs}
    return replace(listing, jobs=tuple(seen.values()))


def remembered(lock: Lock, answers: Sequence[Answer], pinned: Iterable[str] = ()) -> Listing:
    """Make a listing of what lockfile and journal remember, for where nobody can be asked.

    `pinned` are believed to be there: what the manifest pins costs nothing either way.
    """
    jobs: dict[str, Job] = {name: Job(name, JobStatus.PENDING) for name in pinned}
    jobs |= {
        answer.translation_id: answer.as_job()
        for answer in answers
        if answer.translation_id not in lock.deleted
    }
    for entry in lock.entries.values():
        for known in (entry.serving, entry.job):
            if known is not None:
                jobs[known.translation_id] = Job(
                    id=known.translation_id,
                    status=known.status,
                    callback_id=str(Mark.of(lock.project, known.fingerprint)),
                    language=entry.language,
                    title=known.title,
                    created_at=known.created_at,
                    duration=known.duration,
                    failure_message=known.failure_message,
                    outputs=known.outputs,
                )
    return Listing(tuple(jobs.values()))
