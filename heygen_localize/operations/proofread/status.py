"""Looking at reviews: how far each is, what was edited. Changes nothing but what it fetches."""

from __future__ import annotations

from heygen_localize.core.errors import Diagnostic, MachineTextError, SubtitleError
from heygen_localize.operations.proofread.machine_text import (
    MachineTextSource,
    Opener,
    no_account,
)
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
from heygen_localize.project.project import Project
from heygen_localize.subtitles import read


def review_status(request: Request) -> tuple[ProofreadStatusRow, ...]:
    """Return how far each review is, from the files and the lockfile alone.

    Raises:
        UsageError: a pattern that fits no target under review.
        ManifestError, LockfileError: see `Project.open`.
    """
    selection = ProofreadSelection.of(request)
    return tuple(_row(selection, item) for item in selection.chosen(request.targets))


def review_diff(request: Request, opener: Opener) -> tuple[TextDiff, ...]:
    """Hold reviewed texts against HeyGen's; where one cannot be had, say so.

    Raises:
        UsageError: a pattern that fits no target under review.
        ManifestError, LockfileError: see `Project.open`.
    """
    selection = ProofreadSelection.of(request, opener)
    return tuple(_diff(selection, item) for item in selection.chosen(request.targets))


def text_findings(project: Project) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Return the mistakes and the warnings of all reviewed texts that are there."""
    manifest = project.manifest
    selection = ProofreadSelection(project, MachineTextSource(manifest.path, no_account))
    mistakes: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    for item in under_review(manifest.targets):
        row = _row(selection, item)
        mistakes += row.mistakes
        warnings += row.warnings
        warnings += (term_problem(finding, row.path) for finding in row.terms)
    return tuple(mistakes), tuple(warnings)


def _row(selection: ProofreadSelection, item: ProofreadTarget) -> ProofreadStatusRow:
    text = item.review.text
    terms = selection.manifest.terms
    found = (
        terms_of(item, selection.source(item), selection.text(item), terms)
        if terms and text
        else ()
    )
    return ProofreadStatusRow(
        item.address,
        selection.shown(item.review.path),
        progress_of(item, selection.lock),
        tuple(map(selection.placed, mistakes_of(item, selection.lock))),
        tuple(map(selection.placed, text.warnings)) if text is not None else (),
        found,
    )


def _diff(selection: ProofreadSelection, item: ProofreadTarget) -> TextDiff:
    row = _row(selection, item)
    content = selection.content(item)
    if content is None:
        return TextDiff(row, trouble=f"{row.path} is not there yet")
    try:
        text = read(content)
    except SubtitleError as error:
        told = error.first
        place = f"{row.path}:{told.where.line}" if told.where.line else row.path
        return TextDiff(row, trouble=f"{place}: {told.message}")
    try:
        machine = read(
            selection.machine_texts.of(item.review, selection.lock.sessions.get(item.address))
        )
    except MachineTextError as error:
        problem = error.problems[0]
        hint = f" ({problem.hint})" if problem.hint else ""
        return TextDiff(row, trouble=f"{problem.message}{hint}")
    except SubtitleError as error:
        return TextDiff(row, trouble=f"HeyGen's text cannot be read: {error.first.message}")
    return diff_of(row, machine, text, selection.source(item))
