"""Bringing texts back to HeyGen's numbers and times."""

from __future__ import annotations

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic, LocalizeError, MachineTextError, SubtitleError
from heygen_localize.operations.proofread.machine_text import Opener
from heygen_localize.operations.proofread.selection import (
    ProofreadSelection,
    Request,
    problems_of,
    write_over,
)
from heygen_localize.planning.proofread_status import ProofreadTarget
from heygen_localize.subtitles import fix_spelling, fix_times


class FixedTimes(Struct, frozen=True):
    """A text whose times are HeyGen's now; `changed` where they were not before.

    Where HeyGen's are not to be had, and not `compared`, only what is certain without
    them was mended.
    """

    address: str
    path: str
    changed: bool
    compared: bool = True


def mend_times(request: Request, opener: Opener) -> tuple[FixedTimes, ...]:
    """Restore numbers and times of texts, and keep what they say.

    Where HeyGen's text is not to be had, what is certain without it is mended.

    Raises:
        UsageError: a pattern that fits no target under review.
        LocalizeError: texts that cannot be mended, all told; none is written.
        TextError: a file cannot be written.
        ManifestError, LockfileError: see `Project.open`.
    """
    selection = ProofreadSelection.of(request, opener)
    problems: list[Diagnostic] = []
    mended: list[tuple[FixedTimes, str, bytes]] = []
    for item in selection.chosen(request.targets):
        path, shown = item.review.path, selection.shown(item.review.path)
        content = selection.content(item)
        if content is None:
            message = f"{item.address} has no text to fix: {shown} is not there"
            problems.append(Diagnostic("text_missing", message, hint="localize apply fetches it"))
            continue
        try:
            fixed, lacking = _mended(selection, item, content)
        except SubtitleError as error:
            problems += problems_of(error, shown, "subtitles_times", item.address)
            continue
        changed = fixed != content
        if lacking is not None and not changed:
            problems += lacking.problems
        text = FixedTimes(item.address, shown, changed, compared=lacking is None)
        mended.append((text, path, fixed))
    if problems:
        raise LocalizeError.of(problems)
    for text, path, fixed in mended:
        if text.changed:
            write_over(selection, path, fixed)
    return tuple(text for text, _, _ in mended)


def _mended(
    selection: ProofreadSelection, item: ProofreadTarget, content: bytes
) -> tuple[bytes, MachineTextError | None]:
    try:
        machine = selection.machine(item)
    except MachineTextError as error:
        return fix_spelling(content), error
    return fix_times(content, machine), None
