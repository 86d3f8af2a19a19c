"""The option `job`: which job of HeyGen's a target is pinned to, and how it gets into a file.

A manifest is its people's text. It is edited by the line and only where one line says it
all; everywhere else they are given the lines to paste.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from heygen_localize.core.model import Target
from heygen_localize.core.option import Layer
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.edits import scalar, with_source_written_out
from heygen_localize.manifest.options import setting
from heygen_localize.manifest.places import Place, Trail
from heygen_localize.manifest.yaml_reader import read_document

PIN = "job"

_HINT = "a job is one translation: set it at a language of one video"
_KEY = re.compile(r"""("[^"\\]*"|'[^']*'|[^\s:#{}\[\],"'][^:#{}\[\],"']*?)\s*:(?=\s|$)""")
_PLAIN = re.compile(r"[A-Za-z]+_[A-Za-z0-9_-]+")
_SILENT = re.compile(r"\s*(#.*)?$")
_INDENT = 2


def check_pins(targets: Sequence[Target], diagnostics: Diagnostics) -> None:
    """Report pins that would let one job stand for several contents, or several for one."""
    owners: dict[str, Target] = {}
    pins: dict[str, Target] = {}
    for target in targets:
        if target.job is None:
            continue
        option = setting(target, PIN)
        if option.layer is Layer.LANGUAGE:
            message = "job does not stand at a language of every video"
            diagnostics.error("pin_misplaced", message, option.where, _HINT)
            continue
        if target.proofread is not None:
            message = (
                f"{target.address} is pinned to job {target.job}, and has proofread: "
                "a job that is rendered has no subtitles to review"
            )
            hint = "set proofread: false beside job"
            diagnostics.error("pin_proofread", message, option.where, hint)
        owner = owners.setdefault(target.job, target)
        if owner.fingerprint != target.fingerprint:
            message = f"{owner.address} and {target.address} are both pinned to job {target.job}"
            diagnostics.error("pin_twice", message, option.where, _HINT)
        other = pins.setdefault(target.fingerprint, target)
        if other.job != target.job:
            message = (
                f"{other.address} and {target.address} are the same content, and are pinned to "
                f"different jobs, {other.job} and {target.job}"
            )
            diagnostics.error("pin_differs", message, option.where, "keep one of them")


def file_document(path: Path) -> Document | None:
    """Read one file of a manifest as it is written; None where it has mistakes."""
    diagnostics = Diagnostics()
    document = read_document(path, path.as_posix(), diagnostics)
    return None if diagnostics else document


def lines_of(target: Target, targets: Iterable[Target], document: Document | None) -> str:
    """Write the lines that pin a target's job, for a person to bring into the manifest."""
    source = None if document is None else document.get(("videos", target.video))
    head = f"videos:\n  {target.video}:\n"
    if isinstance(source, str):
        head += f"    source: {scalar(source)}\n"
    if _alone(target, targets):
        return f"{head}    {_pin(target)}\n"
    own = document is not None and document.get(("videos", target.video, "languages")) is not None
    key = "languages" if own else "add_languages"
    return f"{head}    {key}:\n      {target.language.tag}: {{{_pin(target)}}}\n"


def with_pin(
    text: str, document: Document, target: Target, targets: Iterable[Target]
) -> str | None:
    """Return a file's text with a target's `job` in it; None where no one line says it all.

    The text is only likely to mean what it should: whoever writes it loads it, and looks.
    """
    place, member = _place(document, target, targets)
    if place is None:
        return None
    if isinstance(document.get(("videos", target.video)), str):
        return with_source_written_out(text, document, target.video, member)
    lines = text.splitlines(keepends=True)
    if place.line > len(lines):
        return None
    line, start = lines[place.line - 1], place.column - 1
    key = _KEY.match(line, start)
    if key is None:
        return None
    value = line[key.end() :]
    brace = len(value) - len(value.lstrip()) + 1
    if value.lstrip().startswith("{"):
        rest = value[brace:]
        comma = "" if rest.lstrip().startswith("}") else ", "
        lines[place.line - 1] = line[: key.end()] + value[:brace] + member + comma + rest
        return "".join(lines)
    if line[:start].strip() or not _SILENT.match(value):
        return None
    indent = _indent(lines[place.line :], start)
    end = "\r\n" if line.endswith("\r\n") else "\n"
    if not line.endswith(("\n", "\r")):
        lines[place.line - 1] += end
    lines.insert(place.line, f"{' ' * indent}{member}{end}")
    return "".join(lines)


def _place(
    document: Document, target: Target, targets: Iterable[Target]
) -> tuple[Place | None, str]:
    """Find the key below which `job` goes, and say what goes there."""
    video: Trail = ("videos", target.video)
    for part in ("languages", "add_languages"):
        for spelling in as_mapping(document.get((*video, part))):
            trail = (*video, part, spelling)
            if document.at_key(trail) == target.where:
                return document.places.key(trail), _pin(target)
    if _alone(target, targets):
        return document.places.key(video), _pin(target)
    if any(document.get((*video, part)) is not None for part in ("languages", "add_languages")):
        return None, ""
    member = f"add_languages: {{{target.language.tag}: {{{_pin(target)}}}}}"
    return document.places.key(video), member


def _alone(target: Target, targets: Iterable[Target]) -> bool:
    """Return whether the video has this one language."""
    return Counter(other.video for other in targets)[target.video] == 1


def _pin(target: Target) -> str:
    name = str(target.job)
    return f"{PIN}: {name if _PLAIN.fullmatch(name) else json.dumps(name)}"


def _indent(following: Iterable[str], start: int) -> int:
    """Return how far in the members of a key stand, or would stand."""
    for line in following:
        if not _SILENT.match(line):
            depth = len(line) - len(line.lstrip(" "))
            return depth if depth > start else start + _INDENT
    return start + _INDENT
