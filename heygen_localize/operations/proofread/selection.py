"""The targets under review that were chosen, and where their texts come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import (
    Diagnostic,
    MachineTextError,
    SubtitleError,
    TextError,
    UsageError,
    Where,
)
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Manifest
from heygen_localize.core.proofread import addressed
from heygen_localize.operations.proofread.machine_text import (
    MachineTextSource,
    Opener,
    no_account,
)
from heygen_localize.planning.proofread_status import ProofreadTarget, under_review
from heygen_localize.project.project import Project, did_you_mean, fits_any, fitting
from heygen_localize.project.subtitle_files import content_of
from heygen_localize.subtitles import CheckLimits, Transcript, read
from heygen_localize.system import UnsafePathError, root_of
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import make_folder, write_atomically


class Request(Struct, frozen=True):
    """Which manifest, and which of its targets; with `loopback` sources may be on this machine."""

    manifest: Path
    targets: tuple[str, ...] = ()
    loopback: bool = False


class ProofreadSelection(Struct, frozen=True):
    """A project's targets under review, and where HeyGen's texts come from."""

    project: Project
    machine_texts: MachineTextSource

    @classmethod
    def of(cls, request: Request, opener: Opener = no_account) -> ProofreadSelection:
        """Read the manifest, the lockfile and all texts.

        Raises:
            ManifestError, LockfileError: see `Project.open`.
        """
        project = Project.open(request.manifest, loopback=request.loopback)
        return cls(project, MachineTextSource(request.manifest, opener))

    @property
    def manifest(self) -> Manifest:
        """The project's manifest."""
        return self.project.manifest

    @property
    def lock(self) -> Lock:
        """The project's lockfile."""
        return self.project.lock

    @property
    def folder(self) -> Path:
        """Where paths of the manifest begin."""
        return self.manifest.path.parent

    def chosen(self, patterns: Sequence[str]) -> tuple[ProofreadTarget, ...]:
        """Return the targets under review that the patterns fit; without patterns all wanted ones.

        Raises:
            UsageError: a pattern fits none.
        """
        items = {item.address: item for item in under_review(self.manifest.targets)}
        if not patterns:
            return tuple(item for item in items.values() if not item.target.skip)

        def unknown(pattern: str) -> UsageError:
            if any(fits_any(target.address, (pattern,)) for target in self.manifest.targets):
                return UsageError(
                    f"{pattern} fits no target with proofread",
                    code="target_not_reviewed",
                    hint="set proofread: true for it in the manifest",
                )
            return UsageError(
                f"{pattern} fits no target",
                code="target_unknown",
                hint=did_you_mean(pattern, items)
                or "addresses look like video/language: intro/es-MX, 'intro/*', '*/es-MX'",
            )

        return tuple(items[address] for address in sorted(fitting(patterns, items, unknown)))

    def content(self, item: ProofreadTarget) -> bytes | None:
        """Read a reviewed text as it is sent; None where there is none."""
        return content_of(item.review, self.folder)

    def text(self, item: ProofreadTarget) -> Transcript | None:
        """Read a reviewed text; None where there is none, or it cannot be read."""
        return _transcript(self.content(item))

    def source(self, item: ProofreadTarget) -> Transcript | None:
        """Read what is said in the video; None where the transcript is not there, or none."""
        beside = replace(item.review, path=item.review.source_path)
        return _transcript(content_of(beside, self.folder))

    def machine(self, item: ProofreadTarget) -> bytes:
        """Return HeyGen's text.

        Raises:
            MachineTextError: it cannot be had; the message names the target.
        """
        try:
            return self.machine_texts.of(item.review, self.lock.sessions.get(item.address))
        except MachineTextError as error:
            problem = error.problems[0]
            named = f"{item.address}: {problem.message}"
            raise MachineTextError(named, code=problem.code, hint=problem.hint) from None

    def placed(self, problem: Diagnostic) -> Diagnostic:
        """Return a problem with the place as a user would type it, beside the manifest as named."""
        file = problem.where.file
        return replace(problem, where=replace(problem.where, file=file and self.shown(file)))

    def shown(self, path: str) -> str:
        """Name a file of the manifest as a user would type it."""
        return (self.folder / path).as_posix()


def limits_of(item: ProofreadTarget) -> CheckLimits:
    """Return what a text is held against."""
    return CheckLimits(max_line_length=item.review.max_line_length)


def problems_of(error: SubtitleError, file: str, code: str, address: str) -> list[Diagnostic]:
    """Tell of everything that is wrong with a target's subtitles, by file and line."""
    return [
        addressed(Diagnostic(code, told.message, Where(file, told.where.line), told.hint), address)
        for told in error.problems
    ]


def write_over(selection: ProofreadSelection, path: str, content: bytes) -> None:
    """Put a text in place of a reviewed one, whole or not at all.

    Raises:
        TextError: a link is in the way, or the disk does not take it.
    """
    place, root = selection.folder / path, root_of(selection.manifest.path)
    try:
        make_folder(place.parent, root)
        write_atomically(place, content, root)
    except UnsafePathError as unsafe:
        raise TextError(f"{selection.shown(path)} cannot be written: {unsafe.told}") from None
    except OSError as error:
        raise TextError(f"{selection.shown(path)} cannot be written: {cause_of(error)}") from None


def _transcript(content: bytes | None) -> Transcript | None:
    if content is None:
        return None
    try:
        return read(content)
    except SubtitleError:
        return None
