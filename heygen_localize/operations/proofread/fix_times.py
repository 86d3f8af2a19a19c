"""Bringing texts back to the vendor's numbers and times."""

from __future__ import annotations

from dataclasses import dataclass

from heygen_localize.core.errors import LocalizeError, MachineTextError, Problem, SubtitleError
from heygen_localize.operations.proofread.machine_text import Opener
from heygen_localize.operations.proofread.selection import (
    ProofreadSelection,
    Request,
    problems_of,
    write_over,
)
from heygen_localize.planning.proofread_status import ProofreadTarget
from heygen_localize.subtitles import fix_spelling, fix_times


@dataclass(frozen=True)
class FixedTimes:
    """A text whose times are the vendor's now; `changed` where they were not before.

    Where the vendor's are not to be had, and not `compared`, only what is certain without
    them was mended.
    """

    address: str
    path: str
    changed: bool
    compared: bool = True


def mend_times(request: Request, opener: Opener) -> tuple[FixedTimes, ...]:
    """Restore numbers and times of texts, and keep what they say.

    Where the vendor's text is not to be had, what is certain without it is mended.

    Raises:
        UsageError: a pattern that fits no target under review.
        LocalizeError: texts that cannot be mended, all told; none is written.
        TextError: a file cannot be written.
        ManifestError, LockfileError: see `project.load`.
    """
    desk = ProofreadSelection.of(request, opener)
    problems: list[Problem] = []
    mended: list[tuple[FixedTimes, str, bytes]] = []
    for paper in desk.chosen(request.targets):
        path, shown = paper.review.path, desk.shown(paper.review.path)
        content = desk.content(paper)
        if content is None:
            told = f"{paper.address} has no text to mend: {shown} is not there"
            problems.append(Problem("text_missing", told, hint="localize apply fetches it"))
            continue
        try:
            fixed, lacking = _mended(desk, paper, content)
        except SubtitleError as error:
            problems += problems_of(error, shown, "subtitles_times", paper.address)
            continue
        changed = fixed != content
        if lacking is not None and not changed:
            problems += lacking.problems
        item = FixedTimes(paper.address, shown, changed, compared=lacking is None)
        mended.append((item, path, fixed))
    if problems:
        raise LocalizeError.of(problems)
    for item, path, fixed in mended:
        if item.changed:
            write_over(desk, path, fixed)
    return tuple(item for item, _, _ in mended)


def _mended(
    desk: ProofreadSelection, paper: ProofreadTarget, content: bytes
) -> tuple[bytes, MachineTextError | None]:
    """Return a text as it should be, and why the vendor's was not to be had for that.

    Raises:
        SubtitleError: it cannot be mended.
    """
    try:
        machine = desk.machine(paper)
    except MachineTextError as error:
        return fix_spelling(content), error
    return fix_times(content, machine), None
