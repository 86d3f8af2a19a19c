"""What is on the desk: the manifest's targets under review, their texts, and the vendor's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

from heygen_localize.core.errors import (
    MachineTextError,
    Problem,
    SubtitleError,
    TextError,
    UsageError,
    Where,
)
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Manifest
from heygen_localize.core.proofread import addressed
from heygen_localize.operations.proofread.machine_text import MachineTextSource, Opener, nobody
from heygen_localize.planning.proofread_status import ProofreadTarget, under_review
from heygen_localize.project.project import load
from heygen_localize.project.subtitle_files import content_of
from heygen_localize.subtitles import CheckLimits, Transcript, read
from heygen_localize.system import UnsafePathError, root_of
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import make_folder, write_atomically


@dataclass(frozen=True)
class Request:
    """Which manifest, and which of its targets; with `loopback` sources may be on this machine."""

    manifest: Path
    targets: tuple[str, ...] = ()
    loopback: bool = False


@dataclass(frozen=True)
class ProofreadSelection:
    """A manifest, its lockfile, and where the vendor's texts come from."""

    manifest: Manifest
    lock: Lock
    originals: MachineTextSource

    @classmethod
    def of(cls, request: Request, opener: Opener = nobody) -> ProofreadSelection:
        """Read the manifest, the lockfile and all texts.

        Raises:
            ManifestError, LockfileError: see `project.load`.
        """
        manifest, lock = load(request.manifest, loopback=request.loopback)
        return cls(manifest, lock, MachineTextSource(request.manifest, opener))

    @property
    def folder(self) -> Path:
        """Where paths of the manifest begin."""
        return self.manifest.path.parent

    def chosen(self, patterns: Sequence[str]) -> tuple[ProofreadTarget, ...]:
        """Give the targets under review that the patterns fit; without patterns all wanted ones.

        Raises:
            UsageError: a pattern fits none.
        """
        papers = {paper.address: paper for paper in under_review(self.manifest.targets)}
        if not patterns:
            return tuple(paper for paper in papers.values() if not paper.target.skip)
        found: set[str] = set()
        for pattern in patterns:
            fitting = {address for address in papers if fnmatchcase(address, pattern)}
            if not fitting:
                raise self._unknown(pattern, papers)
            found |= fitting
        return tuple(papers[address] for address in sorted(found))

    def _unknown(self, pattern: str, papers: Iterable[str]) -> UsageError:
        addresses = [target.address for target in self.manifest.targets]
        if any(fnmatchcase(address, pattern) for address in addresses):
            return UsageError(
                f"{pattern} fits no target with proofread",
                code="target_not_reviewed",
                hint="set proofread: true for it in the manifest",
            )
        near = get_close_matches(pattern, list(papers), 3, 0.5)
        return UsageError(
            f"{pattern} fits no target",
            code="target_unknown",
            hint="did you mean " + ", ".join(near) + "?"
            if near
            else "addresses look like video/language: intro/es-MX, 'intro/*', '*/es-MX'",
        )

    def content(self, paper: ProofreadTarget) -> bytes | None:
        """Read a reviewed text as it is sent; None where there is none."""
        return content_of(paper.review, self.folder)

    def text(self, paper: ProofreadTarget) -> Transcript | None:
        """Read a reviewed text; None where there is none, or it cannot be read."""
        return _transcript(self.content(paper))

    def source(self, paper: ProofreadTarget) -> Transcript | None:
        """Read what is said in the video; None where the transcript is not there, or none."""
        beside = replace(paper.review, path=paper.review.source_path)
        return _transcript(content_of(beside, self.folder))

    def machine(self, paper: ProofreadTarget) -> bytes:
        """Give the vendor's text.

        Raises:
            MachineTextError: it cannot be had; the message names the target.
        """
        try:
            return self.originals.of(paper.review, self.lock.sessions.get(paper.address))
        except MachineTextError as error:
            problem = error.problems[0]
            named = f"{paper.address}: {problem.message}"
            raise MachineTextError(named, code=problem.code, hint=problem.hint) from None

    def placed(self, problem: Problem) -> Problem:
        """Give a problem the place that a user would type, from where the manifest was named."""
        file = problem.where.file
        return replace(problem, where=replace(problem.where, file=file and self.shown(file)))

    def shown(self, path: str) -> str:
        """Name a file of the manifest as a user would type it."""
        return (self.folder / path).as_posix()


def limits_of(paper: ProofreadTarget) -> CheckLimits:
    """Give what a text is held against."""
    return CheckLimits(max_line_length=paper.review.max_line_length)


def problems_of(error: SubtitleError, file: str, code: str, address: str) -> list[Problem]:
    """Tell of everything that is wrong with a target's subtitles, by file and line."""
    return [
        addressed(Problem(code, told.message, Where(file, told.where.line), told.hint), address)
        for told in error.problems
    ]


def write_over(desk: ProofreadSelection, path: str, content: bytes) -> None:
    """Put a text in place of a reviewed one, whole or not at all.

    Raises:
        TextError: a link is in the way, or the disk does not take it.
    """
    place, root = desk.folder / path, root_of(desk.manifest.path)
    try:
        make_folder(place.parent, root)
        write_atomically(place, content, root)
    except UnsafePathError as unsafe:
        raise TextError(f"{desk.shown(path)} cannot be written: {unsafe.told}") from None
    except OSError as error:
        raise TextError(f"{desk.shown(path)} cannot be written: {cause_of(error)}") from None


def _transcript(content: bytes | None) -> Transcript | None:
    if content is None:
        return None
    try:
        return read(content)
    except SubtitleError:
        return None
