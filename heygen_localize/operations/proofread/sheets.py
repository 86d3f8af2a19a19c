"""Texts as sheets, for reviewers who live in spreadsheets, and back."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from heygen_localize.core.errors import (
    Diagnostic,
    LocalizeError,
    MachineTextError,
    SubtitleError,
    TextError,
    UsageError,
    Where,
)
from heygen_localize.operations.proofread.machine_text import Opener
from heygen_localize.operations.proofread.selection import (
    ProofreadSelection,
    Request,
    limits_of,
    problems_of,
    write_over,
)
from heygen_localize.planning.proofread_status import ProofreadTarget, under_review
from heygen_localize.project.subtitle_files import problem_of
from heygen_localize.subtitles import check, export, import_sheet, read, same_cues
from heygen_localize.system import TooLargeError, status
from heygen_localize.system import read as read_file
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import make_folder, write_atomically

_MAX_SHEET_BYTES = 16_000_000
"""Bytes: a sheet has each text up to four times."""


class Sheet(Struct, frozen=True):
    """A text as a sheet: its file's name, and the bytes."""

    address: str
    name: str
    content: bytes


class SheetImport(Struct, frozen=True):
    """What came of a sheet: where it went, whether anything changed, what reviewers remarked.

    `comments` are by the number of the cue. `problems` are what is wrong with the text now.
    """

    address: str
    path: str
    changed: bool
    comments: Mapping[int, str]
    problems: tuple[Diagnostic, ...]


def sheets(request: Request, opener: Opener) -> tuple[Sheet, ...]:
    """Write texts out as sheets; without targets all that are there.

    Raises:
        UsageError: a pattern that fits no target under review.
        LocalizeError: texts that cannot be written so, all told.
        ManifestError, LockfileError: see `Project.open`.
    """
    selection = ProofreadSelection.of(request, opener)
    made: list[Sheet] = []
    problems: list[Diagnostic] = []
    for item in selection.chosen(request.targets):
        shown = selection.shown(item.review.path)
        content = selection.content(item)
        if content is None:
            if request.targets:
                message = f"{item.address} has no text yet: {shown} is not there"
                problems.append(
                    Diagnostic("text_missing", message, hint="localize apply fetches it")
                )
            continue
        try:
            machine, text = read(selection.machine(item)), read(content)
            sheet = export(selection.source(item), machine, text, {})
        except MachineTextError as error:
            problems += error.problems
        except SubtitleError as error:
            problems += problems_of(error, shown, "subtitles_unreadable", item.address)
        else:
            made.append(Sheet(item.address, sheet_name(item), sheet))
    if problems:
        raise LocalizeError.of(problems)
    return tuple(made)


def sheet_name(item: ProofreadTarget) -> str:
    """Name a target's sheet: `intro.es-MX.csv`."""
    return f"{item.target.video}.{item.target.language.tag}.csv"


def write_sheets(made: tuple[Sheet, ...], folder: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write sheets into a folder, but over none that reviewers may have edited.

    Raises:
        UsageError: other sheets are there, all told; or the folder cannot be written to.
    """
    places = [(folder / sheet.name, sheet.content) for sheet in made]
    try:
        make_folder(folder)
        in_way = [
            place
            for place, content in places
            if not force
            and status(place) is not None
            and read_file(place, _MAX_SHEET_BYTES) != content
        ]
        if in_way:
            raise UsageError.of(
                Diagnostic(
                    "sheet_exists",
                    f"{place} is there already, and is another: it may hold a review",
                    hint="import it first, or write over it with --force",
                )
                for place in in_way
            )
        for place, content in places:
            write_atomically(place, content)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to: {cause_of(error)}") from None
    return tuple(place for place, _ in places)


def enter_sheet(request: Request, sheet: Path, opener: Opener) -> SheetImport:
    """Put what a reviewed sheet says into the subtitle file of the one target asked for.

    Without a target, the sheet's name tells it. Of the sheet only the reviewed texts
    are taken; comments are given back, and kept nowhere.

    Raises:
        UsageError: no such target, or none that the sheet is named after.
        LocalizeError: rows that do not fit, all told; nothing is written.
        TextError: the file cannot be written.
        ManifestError, LockfileError: see `Project.open`.
    """
    selection = ProofreadSelection.of(request, opener)
    item = _item(selection, request, sheet)
    content = _read(sheet)
    original = selection.machine(item)
    try:
        machine = read(original)
    except SubtitleError as error:
        raise MachineTextError(f"HeyGen's text cannot be read: {error.first.message}") from None
    try:
        imported = import_sheet(content, machine)
    except SubtitleError as error:
        raise LocalizeError.of(_rows(error, sheet)) from None
    text, entered = selection.text(item), read(imported.reviewed)
    same = (
        text is not None
        and same_cues(text, entered)
        and [cue.text for cue in text.cues] == [cue.text for cue in entered.cues]
    )
    if not same:
        write_over(selection, item.review.path, imported.reviewed)
    path = selection.shown(item.review.path)
    findings = check(imported.reviewed, original, limits_of(item))
    problems = tuple(problem_of(finding, path, item.address) for finding in findings)
    return SheetImport(item.address, path, not same, imported.comments, problems)


def _item(selection: ProofreadSelection, request: Request, sheet: Path) -> ProofreadTarget:
    if request.targets:
        found = selection.chosen(request.targets)
        if len(found) > 1:
            raise UsageError(f"{request.targets[0]} fits {len(found)} targets, a sheet is of one")
        return found[0]
    for item in under_review(selection.manifest.targets):
        if sheet_name(item) == sheet.name:
            return item
    raise UsageError(
        f"{sheet.name} is not named after a target",
        code="target_unknown",
        hint=_which(selection, sheet),
    )


def _which(selection: ProofreadSelection, sheet: Path) -> str:
    addresses = [item.address for item in under_review(selection.manifest.targets)]
    if not addresses:
        return "no target is proofread; set proofread: true in the manifest"
    more = f" (or another of the {len(addresses)} targets)" if len(addresses) > 1 else ""
    named = shlex.quote(str(sheet))
    return f"say which it is of: localize proofread import {named} {addresses[0]}{more}"


def _read(sheet: Path) -> bytes:
    try:
        return read_file(sheet, _MAX_SHEET_BYTES)
    except TooLargeError:
        raise UsageError(f"{sheet} is too large to be a sheet of subtitles") from None
    except OSError as error:
        raise TextError(f"{sheet} cannot be read: {cause_of(error)}", code="usage") from None


def _rows(error: SubtitleError, sheet: Path) -> list[Diagnostic]:
    # A row may be of several lines: only spreadsheets count by rows.
    where = Where(str(sheet))
    return [
        Diagnostic(
            "sheet_row",
            f"row {told.where.line}: {told.message}" if told.where.line else told.message,
            where,
            told.hint,
        )
        for told in error.problems
    ]
