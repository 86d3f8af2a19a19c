"""Bringing texts back to the vendor's numbers and times."""

from __future__ import annotations

from dataclasses import dataclass

from heygen_localize.desk.originals import Opener, OriginalError
from heygen_localize.desk.papers import Desk, Request, problems_of, write_over
from heygen_localize.errors import LocalizeError, Problem
from heygen_localize.subtitles import SubtitleError, fix_times


@dataclass(frozen=True)
class Mended:
    """A text whose times are the vendor's now; `changed` where they were not before."""

    address: str
    path: str
    changed: bool


def mend_times(request: Request, opener: Opener) -> tuple[Mended, ...]:
    """Restore numbers and times of texts, and keep what they say.

    Raises:
        UsageError: a pattern that fits no target under review.
        LocalizeError: texts that cannot be mended, all told; none is written.
        TextError: a file cannot be written.
        ManifestError, LockfileError: see `facts.load`.
    """
    desk = Desk.of(request, opener)
    problems: list[Problem] = []
    mended: list[tuple[Mended, str, bytes]] = []
    for paper in desk.chosen(request.targets):
        path, shown = paper.review.path, desk.shown(paper.review.path)
        content = desk.content(paper)
        if content is None:
            told = f"{paper.address} has no text to mend: {shown} is not there"
            problems.append(Problem("text_missing", told, hint="localize apply fetches it"))
            continue
        try:
            fixed = fix_times(content, desk.machine(paper))
        except OriginalError as error:
            problems += error.problems
        except SubtitleError as error:
            problems += problems_of(error, shown, "subtitles_times", paper.address)
        else:
            mended.append((Mended(paper.address, shown, fixed != content), path, fixed))
    if problems:
        raise LocalizeError.of(problems)
    for item, path, fixed in mended:
        if item.changed:
            write_over(desk, path, fixed)
    return tuple(item for item, _, _ in mended)
