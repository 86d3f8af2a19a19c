"""Reads one YAML file of a manifest, whatever bytes it may hold."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from msgspec.structs import replace

from heygen_localize.core.characters import named
from heygen_localize.core.encoding import CONFLICT, CONFLICT_HINT, conflict_lines, text_of
from heygen_localize.core.errors import InputError, NotTextError, Where
from heygen_localize.core.excerpts import Lines
from heygen_localize.manifest.diagnostics import Diagnostics, did_you_mean
from heygen_localize.manifest.document import Document
from heygen_localize.manifest.paths import beside
from heygen_localize.manifest.yaml_bounds import MAX_BYTES, MAX_BYTES_TOGETHER, MAX_DEPTH, Room
from heygen_localize.manifest.yaml_builder import TreeBuilder
from heygen_localize.manifest.yaml_mistakes import diagnose
from heygen_localize.manifest.yaml_shape import missing_space
from heygen_localize.system import (
    TooLargeError,
    UnsafePathError,
    read,
    real_path,
    root_of,
)
from heygen_localize.system.causes import cause_of
from heygen_localize.system.unicode_names import mend_name, twin

_Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where PyYAML was built with it: the same events, thirty times as fast."""

_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_LINE_ENDS = {"\x85": r"\N", "\u2028": r"\L", "\u2029": r"\P"}
"""Line ends in YAML 1.1, as PyYAML has it, which 1.2 made plain characters, by their escapes.

In a comment they would let what follows count.
"""

_BRACKET = re.compile(
    r"""  "(?:[^"\\]|\\.)*" | '[^']*' | (?P<opens>[\[{]) | (?P<closes>[\]}]) """, re.X
)


def read_document(
    path: Path,
    file: str,
    diagnostics: Diagnostics,
    root: Path | None = None,
    room: Room | None = None,
) -> Document | None:
    """Read a file into a document, without what has mistakes, which go to `diagnostics`.

    None where there is nothing that could be read on.
    `file` is the name by which problems call it; links in its way stay inside `root`,
    else the repository or folder around it. `room` is what the files before it have taken.
    """
    room = Room() if room is None else room
    builder = TreeBuilder(file, diagnostics, room)
    try:
        text = _text(_content(path, file, root, room), file)
        diagnostics.lines[file] = lines = Lines(text)
        try:
            builder.build(_events(text))
        except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
            _refuse_depth_ahead(text, builder)
            merged = conflict_lines(text)
            if merged:
                where = Where(file, merged[0])
                raise InputError("yaml_conflict", CONFLICT, CONFLICT_HINT, where) from error
            if not isinstance(error, yaml.MarkedYAMLError):
                # An escape or a tag that no character stands for; the parsers give no place.
                message = f"not YAML: {error}"
                raise InputError("yaml_syntax", message, where=Where(file)) from error
            if not builder.broken:  # Else it is likely to be what the parser stumbled over.
                raise diagnose(error, lines, file) from error
            return None
    except InputError as mistake:
        diagnostics.mistake(mistake)
        return None
    if not isinstance(builder.root, dict):
        diagnostics.mistake(_no_mapping(builder, file))
        return None
    if () in builder.broken:
        return None
    incomplete = frozenset(builder.incomplete)
    document = Document(
        file, builder.root, builder.places, incomplete=incomplete, size=builder.count
    )
    for trail in builder.broken:
        document.take_out(trail)
    return document


def _events(text: str) -> Iterator[yaml.Event]:
    """Walk over the events of a parser, by its own call: `yaml.parse` asks twice for each."""
    return iter(_Loader(text).get_event, None)


def _content(path: Path, file: str, root: Path | None, room: Room) -> bytes:
    try:
        content = read(real_path(path, root or root_of(path)), MAX_BYTES)
        room.bytes += len(content)
        if room.bytes > MAX_BYTES_TOGETHER:
            most = f"{MAX_BYTES_TOGETHER // 1_000_000} MB"
            raise InputError(
                "yaml_too_large",
                f"the manifest and what it includes are larger than {most}",
                "divide the manifest into several, each with a project of its own",
                Where(file),
            )
        return content
    except UnsafePathError as unsafe:
        told, code = f"{file} {unsafe.what}", unsafe.first.code
        hint = "a checkout can hold anything; put a regular file there"
        raise InputError(code, told, hint, Where(file)) from None
    except FileNotFoundError as error:
        manifests = [name for name in beside(path) if fnmatchcase(name, "*.y*ml")]
        other = twin(path)
        raise InputError(
            "manifest_missing",
            f"there is no {path.name} here" if path.parent == Path() else f"there is no {file}",
            (None if other is None else mend_name(file, other))
            or did_you_mean(path.name, manifests)
            or "name the manifest with -f, or begin one: localize init",
            Where(file),
        ) from error
    except TooLargeError:
        raise InputError(
            "yaml_too_large",
            f"{file} is larger than {MAX_BYTES // 1_000_000} MB",
            "is it really the manifest? Videos can be spread over files named by include",
            Where(file),
        ) from None
    except OSError as error:
        reason = cause_of(error)
        raise InputError(
            "manifest_unreadable", f"cannot read {file}: {reason}", where=Where(file)
        ) from error


def _text(content: bytes, file: str) -> str:
    try:
        text = text_of(content)
    except NotTextError as error:
        told = error.first
        where = replace(told.where, file=file)
        raise InputError(f"yaml_{told.code}", told.message, told.hint, where) from error
    found = _FORBIDDEN.search(text)
    if found is None:
        return text
    char, where = found.group(), _where_after(text[: found.start()], file)
    if char in _LINE_ENDS:
        raise InputError(
            "yaml_line_end",
            f"{named(char)} stands here, which some readers of YAML take for the end of a line",
            "take it out, or write it as an escape in double quotes: " + _LINE_ENDS[char],
            where,
        )
    message = f"{named(char)} cannot stand in YAML"
    raise InputError("yaml_control", message, "take it out; most editors do not show it", where)


def _where_after(before: str, file: str) -> Where:
    return Where(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _refuse_depth_ahead(text: str, builder: TreeBuilder) -> None:
    """Raise a `InputError` where a parser failed at nesting deeper than ours may be.

    A parser reads ahead of what it has told, and may refuse deep nesting by a bound of its own
    (libyaml: 1,000) before the builder sees any of it. So it gets the text once more, and only
    up to where it becomes too deep for us.
    """
    depth = builder.depth
    for found in _BRACKET.finditer(text, builder.read):
        depth += bool(found["opens"]) - bool(found["closes"])
        if depth > MAX_DEPTH:
            again = TreeBuilder(builder.file, builder.diagnostics)  # which keeps each only once
            with contextlib.suppress(yaml.YAMLError, ValueError, OverflowError, RecursionError):
                again.build(_events(text[: found.end()]))
            return


def _no_mapping(builder: TreeBuilder, file: str) -> InputError:
    if builder.root is None:
        return InputError(
            "manifest_empty",
            "the file is empty",
            "delete it, and begin one: localize init",
            Where(file),
        )
    found = "a list" if isinstance(builder.root, list) else "a single value"
    mend = missing_space(builder.root) if isinstance(builder.root, str) else None
    return InputError(
        "manifest_no_mapping",
        f"expected a mapping (version, project, videos), found {found}",
        None if mend is None else f"write a space after the colon: {mend}",
        where=Where(file, *builder.places.around(())),
    )
