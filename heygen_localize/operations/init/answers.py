"""What a newcomer is asked: what is proposed, and what may be answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from heygen_localize.core.errors import UsageError
from heygen_localize.core.languages import Language, LanguageCatalog, UnknownLanguage
from heygen_localize.manifest.paths import ProjectPaths
from heygen_localize.manifest.sources import SourceResolver
from heygen_localize.media.local import FileCache
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.resources import schema_text

_FOLDER = re.compile(r"(?!\.\.?(?:/|$))[A-Za-z0-9._-]+(?:/(?!\.\.?(?:/|$))[A-Za-z0-9._-]+)*")
_BETWEEN_LANGUAGES = re.compile(r",(?![^(]*\))")
"""A comma, but for those in names such as Chinese (Cantonese, Traditional)."""


def project_of(manifest: Path) -> str:
    """Propose a project's name: that of the repository's folder, in the letters allowed."""
    name = (
        re.sub(r"[^a-z0-9]+", "-", ProjectPaths.of(manifest).root.name.lower())
        .strip("-")[:40]
        .strip("-")
    )
    return name or "videos"


def video_of(source: str) -> str:
    """Propose a video's id: the name of its file, in the letters allowed."""
    bare = re.sub(r"^asset:.*|^\w+://[^/?#]*|[?#].*", "", source)
    stem = PurePosixPath(bare).stem
    name = re.sub(r"[^a-z0-9._]+", "-", stem.lower()).strip("-._")[:64].strip("-._")
    return name if name and not _misfit("video", name) else "intro"


def check_name(kind: str, name: str) -> str:
    """Return a name if a project or a video, which is its `kind`, may have it.

    Raises:
        UsageError: it may not, and why.
    """
    misfit = _misfit(kind, name)
    if misfit:
        raise UsageError(f"{name!r} cannot be used: {misfit}")
    return name


def check_outputs(folder: str) -> str:
    """Return the folder of pulled files in its shortest form.

    Raises:
        UsageError: it is none below the manifest's, or not in plain letters.
    """
    short = folder.strip().removeprefix("./").rstrip("/")
    if not _FOLDER.fullmatch(short):
        raise UsageError(
            f"{folder!r} is no plain folder below the manifest's",
            hint="letters, digits, . _ - and /: localized",
        )
    return short


def check_source(manifest: Path, text: str, *, loopback: bool = False) -> str:
    """Return a source if a manifest at this place may name it.

    Raises:
        UsageError: it may not, and why.
    """
    files = FileCache(None, SystemClock())
    SourceResolver(ProjectPaths.of(manifest), files, loopback=loopback).find(text)
    return text


def spellings(text: str) -> list[str]:
    """Split what names several languages, with commas between them."""
    return [part.strip() for part in _BETWEEN_LANGUAGES.split(text) if part.strip()]


def languages_of(texts: Iterable[str], catalog: LanguageCatalog) -> tuple[Language, ...]:
    """Find the languages that texts name, each once, in the order given.

    Raises:
        UsageError: a text names none, or several.
    """
    named = (part for given in texts for part in spellings(given))
    return tuple(dict.fromkeys(_language(text, catalog) for text in named))


def _language(text: str, catalog: LanguageCatalog) -> Language:
    try:
        return catalog.resolve(text)
    except UnknownLanguage as error:
        raise UsageError(str(error), code="language_unknown") from None


def candidates(text: str, unknown: UnknownLanguage, catalog: LanguageCatalog) -> list[Language]:
    """List what a text that names no language may mean: the likely first."""
    return list(dict.fromkeys((*unknown.candidates, *catalog.search(text))))


def _misfit(kind: str, name: str) -> str | None:
    schema = _schema()
    videos = schema["$defs"]["videos"]
    rule = schema["properties"]["project"] if kind == "project" else videos["propertyNames"]
    return None if re.search(rule["pattern"], name) else str(rule["patternErrorMessage"])


@cache
def _schema() -> Any:
    return json.loads(schema_text("localize.schema.json"))
