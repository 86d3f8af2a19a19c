"""Entering a job by hand, after asking HeyGen about it.

One that bears the mark of a target's content goes into the lockfile. Any other one is pinned
in the manifest, by somebody who knows what it was made from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import NOWHERE, LocalizeError, UsageError
from heygen_localize.core.fingerprint import changed_options
from heygen_localize.core.job_kind import LIPSYNC_PREFIX, JobKind
from heygen_localize.core.model import Job, Manifest, Target
from heygen_localize.core.option import Layer, Option
from heygen_localize.core.text import NO_REASON
from heygen_localize.manifest import file_document, lines_of, with_pin
from heygen_localize.manifest.yaml_bounds import MAX_BYTES
from heygen_localize.project.account import Account
from heygen_localize.project.project import Project
from heygen_localize.system import TooLargeError, read, real_path, root_of
from heygen_localize.system.clock import Clock
from heygen_localize.system.files import write_atomically

_ALIKE = 0.2
"""By so much of its length a dub may differ from its source: speech takes longer or shorter."""


class UnmarkedJob(Struct, frozen=True):
    """A job without our mark that is to stand for a target, and what can be said about it.

    `options` are those of the target that differ from HeyGen's defaults: whether the
    job was made with them, and from the target's source, HeyGen does not tell.
    `doubts` are what speaks against it, `notes` what else is to be known.
    """

    target: Target
    job: Job
    options: tuple[str, ...]
    doubts: tuple[str, ...]
    notes: tuple[str, ...]


class Imported(Struct, frozen=True):
    """What became of a job: in the lockfile, or pinned in `file`, by us where `written`.

    `lines` are what is to be in that file.
    """

    address: str
    job: Job
    file: str | None = None
    lines: str = ""
    written: bool = False


Agree = Callable[[UnmarkedJob], None]
"""Gets somebody's word for a job; raises where nobody gives it."""


def import_job(
    manifest: Path,
    account: Account,
    address: str,
    translation_id: str,
    clock: Clock,
    agree: Agree,
) -> Imported:
    """Let a target count on a job that the account has.

    Raises:
        UsageError: no such target, no such job, or the job is of other content.
        ConsentError: nobody says that the job is what the target wants.
        ManifestError, LockfileError: they cannot be read or written.
        BusyError: another process applies the same manifest.
        ApiFailure: HeyGen could not be asked.
    """
    with Project.locked(manifest, account) as project:
        target = _target(address, project)
        job = _job(account, translation_id, target)
        projects = (project.manifest.project, *project.manifest.formerly)
        if job.mark is not None and job.mark.project in projects:
            _enter(project, target, job, clock)
            return Imported(address, job)
        agree(_unmarked(target, job))
        return _pin(project.manifest, account, _pinned(target, job.id), job)


def _pinned(target: Target, job_id: str) -> Target:
    """Return a target as a manifest with the pin has it."""
    settings = tuple(
        replace(option, value=job_id) if option.name == "job" else option
        for option in target.settings
    )
    return replace(target, settings=settings)


def _target(address: str, project: Project) -> Target:
    project.select([address])
    targets = project.manifest.targets
    target = next((item for item in targets if item.address == address), None)
    if target is None:
        raise UsageError(f"{address} is not in the manifest", code="target_unknown")
    return target


def _job(account: Account, translation_id: str, target: Target) -> Job:
    job = account.client.job(translation_id)
    if job is None:
        hint = "is it of another account? localize doctor shows which one this is"
        if target.kind is JobKind.LIPSYNC and JobKind.of(translation_id) is not target.kind:
            hint = (
                "the id of a lip sync has lipsync: before it: "
                f"localize import {target.address} {LIPSYNC_PREFIX}{translation_id}"
            )
        raise UsageError(
            f"HeyGen knows no job {translation_id}",
            code="job_unknown",
            hint=hint,
        )
    return job


def _enter(project: Project, target: Target, job: Job, clock: Clock) -> None:
    name = project.manifest.project
    if job.mark is None or replace(job.mark, project=name) not in target.marks:
        raise UsageError(
            f"{job.id} bears another mark than {target.address} as it is wanted now",
            code="job_other_content",
            hint="only a job that was ordered for this very content can be entered",
        )
    recorder = project.recorder(clock)
    recorder.adopt(target, job, 1)
    recorder.save()
    orders = project.state.orders("")
    if orders is not None:
        marks = {mark.digest for mark in target.marks}
        lost = (item.key for item in project.state.unanswered() if item.digest in marks)
        orders.found(dict.fromkeys(lost, job.id))


def _unmarked(target: Target, job: Job) -> UnmarkedJob:
    """Hold a job of somebody's against a target, as far as HeyGen tells of it."""
    if target.proofread is not None:
        raise UsageError(
            f"{target.address} has proofread, and a job that is rendered has nothing to review",
            code="pin_proofread",
            hint="set proofread: false at this language of the video first",
        )
    if target.job is not None and target.job != job.id:
        raise UsageError(
            f"{target.address} is pinned to job {target.job} already",
            code="pin_differs",
            hint="change job: in the manifest by hand",
        )
    if not job.status.live:
        said = job.failure_message or NO_REASON
        raise UsageError(f"{job.id} failed: {said}", code="job_failed", hint="localize apply")
    if job.language is not None and job.language.casefold() != target.language.name.casefold():
        raise UsageError(
            f"{job.id} is in {job.language}, {target.address} in {target.language.name}",
            code="job_other_language",
        )
    values = {option.name: option.value for option in target.options}
    options = tuple(
        f"{name}: {_shown(value)}" for name, value in changed_options(values, target.kind).items()
    )
    renamed = target.title is not None and target.title != job.title
    notes = (f"apply will give it the title “{target.title}”",) if renamed else ()
    return UnmarkedJob(target, job, options, _doubts(target, job), notes)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _doubts(target: Target, job: Job) -> tuple[str, ...]:
    doubts = []
    if job.kind is not target.kind:
        doubts.append(f"it is a {job.kind.value}, and a {target.kind.value} is wanted")
    if job.language is None and job.kind is JobKind.TRANSLATION:  # of lip syncs it tells none
        doubts.append("HeyGen does not tell its language")
    length = target.duration or target.source.seconds
    cut = any(target.option(name) is not None for name in ("start_time", "end_time"))
    if length and job.duration and not cut and abs(job.duration - length) > _ALIKE * length:
        doubts.append(f"it is {job.duration:g} seconds long, the source {length:g}")
    if job.mark is not None:
        doubts.append(
            f"it bears the mark of project {job.mark.project!r}; if that was this project's name, "
            f"write formerly: [{job.mark.project}] instead"
        )
    return tuple(doubts)


def _pin(loaded: Manifest, account: Account, target: Target, job: Job) -> Imported:
    """Write a pin into the manifest where that is safe, else give the lines."""
    file = target.where.file or loaded.path.as_posix()
    document = file_document(Path(file))
    lines = lines_of(target, loaded.targets, document)
    asked = Imported(target.address, job, file, lines)
    if any(item.address == target.address and item.job == job.id for item in loaded.targets):
        return replace(asked, written=True)
    path = real_path(Path(file), root_of(Path(file)))
    try:
        before = read(path, MAX_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return asked
    text = None if document is None else with_pin(before, document, target, loaded.targets)
    if text is None:
        return asked
    written = False
    try:
        # What somebody writes there meanwhile is theirs, and stays.
        if write_atomically(path, text, still=lambda: _holds(path, before)):
            written = _means(loaded, account, target) and _holds(path, text)
    except OSError:
        return asked
    finally:
        if not written:
            with suppress(OSError):  # it is as it was, or cannot be written at all
                if _holds(path, text):
                    write_atomically(path, before, still=lambda: _holds(path, text))
    return replace(asked, written=written)


def _holds(path: Path, text: str) -> bool:
    try:
        return read(path, MAX_BYTES) == text.encode()
    except TooLargeError:
        return False


def _means(loaded: Manifest, account: Account, target: Target) -> bool:
    """Return whether the manifest is what it was, and has the pin besides."""
    try:
        found = Project.open(loaded.path, account).manifest
    except LocalizeError:
        return False
    wanted = [target if item.address == target.address else item for item in loaded.targets]
    bare = replace(found, targets=(), warnings=()) == replace(loaded, targets=(), warnings=())
    return bare and [*map(_placeless, found.targets)] == [*map(_placeless, wanted)]


def _placeless(target: Target) -> Target:
    """Return a target without the lines that it stands on, and the layer of its pin."""

    def options(given: Sequence[Option]) -> tuple[Option, ...]:
        bare = (replace(option, where=NOWHERE) for option in given)
        return tuple(
            replace(option, layer=Layer.VIDEO_LANGUAGE) if option.name == "job" else option
            for option in bare
        )

    return replace(
        target,
        where=NOWHERE,
        options=options(target.options),
        settings=options(target.settings),
    )
