"""Looking at reviews: how far each is, what was edited. Changes nothing but what it fetches."""

from __future__ import annotations

from heygen_localize.core.errors import MachineTextError, Problem, SubtitleError
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Manifest
from heygen_localize.operations.proofread.machine_text import MachineTextSource, Opener, nobody
from heygen_localize.operations.proofread.selection import ProofreadSelection, Request
from heygen_localize.planning.proofread_status import (
    ProofreadStatusRow,
    ProofreadTarget,
    TextDiff,
    diff_of,
    mistakes_of,
    progress_of,
    term_problem,
    terms_of,
    under_review,
)
from heygen_localize.subtitles import read


def review_status(request: Request) -> tuple[ProofreadStatusRow, ...]:
    """Tell how far each review is, from the files and the lockfile alone.

    Raises:
        UsageError: a pattern that fits no target under review.
        ManifestError, LockfileError: see `project.load`.
    """
    desk = ProofreadSelection.of(request)
    return tuple(_row(desk, paper) for paper in desk.chosen(request.targets))


def review_diff(request: Request, opener: Opener) -> tuple[TextDiff, ...]:
    """Hold reviewed texts against the vendor's; where one cannot be had, say so.

    Raises:
        UsageError: a pattern that fits no target under review.
        ManifestError, LockfileError: see `project.load`.
    """
    desk = ProofreadSelection.of(request, opener)
    return tuple(_diff(desk, paper) for paper in desk.chosen(request.targets))


def text_findings(
    manifest: Manifest, lock: Lock
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Give the mistakes and the warnings of all reviewed texts that are there."""
    desk = ProofreadSelection(manifest, lock, MachineTextSource(manifest.path, nobody))
    mistakes: list[Problem] = []
    warnings: list[Problem] = []
    for paper in under_review(manifest.targets):
        row = _row(desk, paper)
        mistakes += row.mistakes
        warnings += row.warnings
        warnings += (term_problem(finding, row.path) for finding in row.terms)
    return tuple(mistakes), tuple(warnings)


def _row(desk: ProofreadSelection, paper: ProofreadTarget) -> ProofreadStatusRow:
    text = paper.review.text
    terms = desk.manifest.terms
    found = terms_of(paper, desk.source(paper), desk.text(paper), terms) if terms and text else ()
    return ProofreadStatusRow(
        paper.address,
        desk.shown(paper.review.path),
        progress_of(paper, desk.lock),
        tuple(map(desk.placed, mistakes_of(paper, desk.lock))),
        tuple(map(desk.placed, text.warnings)) if text is not None else (),
        found,
    )


def _diff(desk: ProofreadSelection, paper: ProofreadTarget) -> TextDiff:
    row = _row(desk, paper)
    content = desk.content(paper)
    if content is None:
        return TextDiff(row, trouble=f"{row.path} is not there yet")
    try:
        text = read(content)
    except SubtitleError as error:
        told = error.first
        place = f"{row.path}:{told.where.line}" if told.where.line else row.path
        return TextDiff(row, trouble=f"{place}: {told.message}")
    try:
        machine = read(desk.originals.of(paper.review, desk.lock.sessions.get(paper.address)))
    except MachineTextError as error:
        problem = error.problems[0]
        hint = f" ({problem.hint})" if problem.hint else ""
        return TextDiff(row, trouble=f"{problem.message}{hint}")
    except SubtitleError as error:
        return TextDiff(row, trouble=f"the vendor's text cannot be read: {error.first.message}")
    return diff_of(row, machine, text, desk.source(paper))
