"""What a newcomer is asked: what is proposed, and what may be answered."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Any

from heygen_localize.core.errors import Severity, UsageError
from heygen_localize.core.languages import Language, LanguageCatalog, UnknownLanguage
from heygen_localize.manifest.includes import has_wildcards, matching_files
from heygen_localize.manifest.paths import ProjectPaths
from heygen_localize.manifest.sources import SourceResolver, is_address, share_page_of
from heygen_localize.media.local import FileCache
from heygen_localize.media.objects import ObjectFacts
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
        UsageError: it may not, and why; or no job can be made from what it names.
    """
    files = FileCache(None, SystemClock())
    paths, objects = ProjectPaths.of(manifest), ObjectFacts()
    found = SourceResolver(paths, files, objects, loopback=loopback).find(text)
    page = share_page_of(found)
    if page is not None and page.severity is Severity.ERROR:
        raise UsageError(page.message, code=page.code, hint=page.hint)
    return text


def check_sources(manifest: Path, texts: Iterable[str], *, loopback: bool = False) -> list[str]:
    """Return the sources that texts name, each once; a pattern names the files that it matches.

    Raises:
        UsageError: a manifest at this place may not name one, or a pattern matches none.
    """
    found: dict[str, None] = {}
    for text in texts:
        if is_address(text) or text.startswith("asset:") or not has_wildcards(text):
            found[check_source(manifest, text, loopback=loopback)] = None
            continue
        matches = matching_files(ProjectPaths.of(manifest), text)
        if not matches:
            hint = "patterns are counted from the manifest's folder"
            raise UsageError(f"no file matches {text!r}", code="source_missing", hint=hint)
        dot = "./" if text.startswith("./") else ""
        found.update({check_source(manifest, dot + name): None for name in matches})
    return list(found)


def videos_of(
    sources: Iterable[str], named: Sequence[str] = (), taken: Collection[str] = ()
) -> dict[str, str]:
    """Return sources by ids: the one `named` for each, or one from its file; none is `taken`.

    Raises:
        UsageError: a name cannot be an id, is taken, or there are more names than sources.
    """
    sources = list(sources)
    if len(named) > len(sources):
        raise UsageError("there are more ids than videos", hint="give one for each source")
    videos: dict[str, str] = {}
    for number, source in enumerate(sources):
        video = check_name("video", named[number]) if number < len(named) else None
        if video is not None and (video in videos or video in taken):
            raise UsageError(f"there is a video {video!r} already", hint="give it another id")
        videos[video or _free(video_of(source), {*videos, *taken, *named})] = source
    return videos


def _free(name: str, taken: Collection[str]) -> str:
    others = (f"{name[:60]}-{number}" for number in count(2))
    return next(other for other in chain([name], others) if other not in taken)


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
