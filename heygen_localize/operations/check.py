"""The use case of `localize check`: the pulled files, measured and held against the rules."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.checks import Rule, Severity
from heygen_localize.core.errors import Diagnostic, FileError, LocalizeError
from heygen_localize.core.locked_check import LockedCheck
from heygen_localize.core.measurement import MEASURING, CaptionMeasurement
from heygen_localize.media.measure import captions_of, require
from heygen_localize.operations.measuring import (
    CHANGED,
    NOTHING_TOLD,
    CheckWatcher,
    MeasuredFile,
    measure_all,
)
from heygen_localize.operations.pull.local_files import PulledFileCache
from heygen_localize.operations.pull.pull import files_of, refuse_conflict
from heygen_localize.planning.check import (
    CheckFiles,
    CheckReport,
    CheckRow,
    CheckState,
    Finding,
    files_to_check,
)
from heygen_localize.planning.comparison import outline, told_of
from heygen_localize.planning.judging import judged
from heygen_localize.planning.pull import PullFile, PullReport, PullState
from heygen_localize.project.measured_files import MeasuredFiles
from heygen_localize.project.project import Project
from heygen_localize.system import TooLargeError, read, root_of
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.paths import UnsafePathError

_MAX_CAPTION_BYTES = 10_000_000
_Refused = dict[tuple[str, str], Diagnostic]
"""Why files could not be fetched, by address and kind."""


class _Found(Struct):
    """A target's files, and what is known of them; its source, where that can be measured."""

    files: CheckFiles
    dub: MeasuredFile
    source: MeasuredFile | None
    unfetched: Diagnostic | None = None
    unread: str | None = None
    """Why captions that should be there were not looked at."""


def check(
    manifest: Path,
    targets: Sequence[str],
    watcher: CheckWatcher,
    *,
    loopback: bool,
    workers: int | None = None,
    fetched: PullReport | None = None,
) -> CheckReport:
    """Measure the files that were pulled, as many at once as there are processors.

    Sources that are local files are measured with them, each once, and only for targets that
    were pulled. What was measured before, and is the same to the byte, is not decoded again.
    Nothing is fetched; `fetched` is what was before (`fetch_unpulled`). The lockfile takes what
    was found, where it says something else; only then are other processes kept away.

    Raises:
        UsageError: a pattern that fits no address, or PyAV is not installed.
        ManifestError, LockfileError: see `Project.open`.
    """
    require()
    project = Project.open(manifest, loopback=loopback)
    pull_set = files_of(project, targets)
    wanted = files_to_check(project.manifest.targets, pull_set)
    pulled = PulledFileCache(manifest, SystemClock())
    refused = {
        (row.address, row.kind): row.problem
        for row in (fetched.rows if fetched is not None else ())
        if row.problem is not None
    }
    found = _found(wanted, pulled, refused)
    kept = MeasuredFiles(manifest)
    sources = {item.source.sha256: item.source for item in found if item.source is not None}
    files = [item.dub for item in found] + list(sources.values())
    measure_all(manifest, kept, files, workers or os.cpu_count() or 1, watcher)
    captions = _captions(manifest, kept, pulled, found, refused)
    pulled.close()
    looked = [_looked(item, captions.get(item.files.target.address)) for item in found]
    unsaved = _record(project, found, looked, loopback)
    looked_at = {item.target.address for item in wanted}
    unnamed = dict.fromkeys(
        file.address for file in pull_set.files if file.address not in looked_at
    )
    rows = tuple(row for row, _ in looked)
    return CheckReport(rows, pull_set.unrendered, unsaved, tuple(unnamed), fetched)


def _record(
    project: Project,
    found: Sequence[_Found],
    looked: Sequence[tuple[CheckRow, LockedCheck | None]],
    loopback: bool,
) -> LocalizeError | None:
    """Bring the lockfile up to what was found; return why that cannot be."""
    news = [
        (item, row.released, known)
        for item, (row, known) in zip(found, looked, strict=True)
        if known is not None and (item.files.media.job.check != known or row.released)
    ]
    if not news:
        return None
    try:
        with Project.locked(project.manifest.path, loopback=loopback) as now:
            refuse_conflict(now)
            recorder = now.recorder(SystemClock())
            for item, released, known in news:
                address, job = item.files.target.address, item.files.media.job
                recorder.note_check(address, job.translation_id, known)
                if released:
                    recorder.release(address, job.translation_id)
            recorder.save()
    except LocalizeError as error:
        return error
    return None


def _locked(item: _Found, row: CheckRow) -> LockedCheck | None:
    """Return what the lockfile keeps of a target's files; None of what was not looked at."""
    captions, pulled = item.files.captions_sha256, item.files.media.known
    sha256, media = item.dub.sha256, row.file
    refused = row.problem.code if row.problem is not None and media is None else None
    if sha256 is None and refused is not None and pulled is not None:
        sha256 = pulled.sha256  # as it was pulled, and yet no such file
    if sha256 is None or refused in NOTHING_TOLD or (media is None and refused is None):
        return None
    if captions is not None and row.captions is None and media is not None:
        return None  # not here: what is known of them stays
    return LockedCheck(
        sha256,
        MEASURING,
        told_of(media, row.source) if media is not None else None,
        refused,
        outline(row.source),
        captions,
        row.captions,
    )


def _found(
    wanted: Sequence[CheckFiles], pulled: PulledFileCache, refused: _Refused
) -> list[_Found]:
    """Look which files are there; targets of one source share what is found of it."""
    sources: dict[str, MeasuredFile] = {}
    found = []
    for files in wanted:
        file, digest, problem = _pulled(pulled, files.media)
        dub, source = MeasuredFile(file.path, digest, problem), None
        if dub.sha256 is not None and files.source is not None:
            name = files.source.sha256 or ""
            source = sources.setdefault(name, MeasuredFile(files.source.reference, name))
        unfetched = refused.get((files.media.address, files.media.kind))
        found.append(_Found(files, dub, source, unfetched))
    return found


def _pulled(
    pulled: PulledFileCache, file: PullFile
) -> tuple[PullFile, str | None, Diagnostic | None]:
    """Return the hash of a file that is as it was pulled; else what is wrong with it.

    Neither, where it was not pulled. What is not in its place may stand aside.
    """
    state, known, problem = pulled.look_at(file)
    if state in (PullState.MISSING, PullState.ABSENT):
        aside = pulled.look_at(file.aside)
        if aside[0] is PullState.UNCHANGED:
            file, (state, known, problem) = file.aside, aside
    if problem is None and state is PullState.DIFFERS and file.known is not None:
        problem = FileError(
            CHANGED,
            f"{file.path!r} is not as it was pulled",
            "localize pull fetches it again",
        ).first
    here = known.sha256 if state is PullState.UNCHANGED and known is not None else None
    return file, here, problem


def _captions(
    manifest: Path,
    kept: MeasuredFiles,
    pulled: PulledFileCache,
    found: Sequence[_Found],
    refused: _Refused,
) -> dict[str, CaptionMeasurement]:
    """Return what the captions beside measured files are, by address."""
    known: dict[str, CaptionMeasurement] = {}
    texts: dict[str, bytes] = {}
    hashes: dict[str, tuple[str, str]] = {}
    for item in found:
        file, address = item.files.captions, item.files.target.address
        if file is None or item.dub.media is None or item.dub.sha256 is None:
            continue
        file, digest, problem = _pulled(pulled, file)
        if digest is None:
            problem = problem or refused.get((address, file.kind))
            if problem is not None or file.expected:
                away = "is in a bucket" if file.in_bucket else "is not pulled"
                item.unread = problem.message if problem else f"{file.path!r} {away}"
            continue
        hashes[address] = digest, item.dub.sha256
        before = kept.load_captions(*hashes[address])
        text = _text(manifest, file) if before is None else None
        if before is not None:
            known[address] = before
        elif text is not None and hashlib.sha256(text).hexdigest() == digest:
            texts[address] = text
        else:
            item.unread = f"{file.path!r} cannot be read, or is larger than any captions are"
    new = captions_of(texts, {item.files.target.address: item.dub.media for item in found})
    for address, captions in new.items():
        kept.save_captions(*hashes[address], captions)
    return known | new


def _text(manifest: Path, file: PullFile) -> bytes | None:
    try:
        return read(manifest.parent / file.path, _MAX_CAPTION_BYTES, root_of(manifest))
    except (OSError, UnsafePathError, TooLargeError):
        return None


def _looked(
    item: _Found, captions: CaptionMeasurement | None
) -> tuple[CheckRow, LockedCheck | None]:
    """Return what is said of a target's files, and what the lockfile is to keep of them."""
    row = _row(item, captions)
    known = _locked(item, row)
    # Else there are captions that are not here.
    whole = known is not None and row.file is not None
    released = row.held and whole and row.state is not CheckState.FAILED
    return replace(row, released=released), known


def _row(item: _Found, captions: CaptionMeasurement | None) -> CheckRow:
    dub, source = item.dub, item.source
    held = item.files.media.staged
    if dub.media is None:
        address, unfetched = item.files.target.address, item.unfetched
        return CheckRow(address, dub.path, problem=dub.problem, unfetched=unfetched, held=held)
    row = judged(item.files, dub.media, captions, source.media if source is not None else None)
    severity = item.files.rules[Rule.CAPTION_TIMING].severity
    if item.unread is not None and severity is not Severity.OFF:
        told = Finding(Rule.CAPTION_TIMING, severity, f"its captions: {item.unread}")
        row = replace(row, findings=(*row.findings, told))
    return replace(row, source_problem=source.problem if source is not None else None, held=held)
