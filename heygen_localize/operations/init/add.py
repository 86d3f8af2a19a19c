"""Adding videos and languages to a manifest that is there."""

from __future__ import annotations

import codecs
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import NOWHERE, ManifestError, UsageError
from heygen_localize.core.languages import Language, LanguageCatalog
from heygen_localize.core.model import Manifest, Target
from heygen_localize.manifest import file_document, load_manifest
from heygen_localize.manifest.diagnostics import did_you_mean
from heygen_localize.manifest.document import Document
from heygen_localize.manifest.edits import (
    scalar,
    with_block,
    with_members,
    with_source_written_out,
)
from heygen_localize.manifest.yaml_bounds import MAX_BYTES
from heygen_localize.operations.init.create import unwritable
from heygen_localize.system import read, real_path, root_of
from heygen_localize.system.files import remove, write_atomically, write_new
from heygen_localize.system.resources import language_names


class Added(Struct, frozen=True):
    """The targets that a manifest has besides, by their addresses."""

    manifest: Path
    addresses: tuple[str, ...]


def load(path: Path, *, loopback: bool = False) -> Manifest:
    """Load the manifest that is to be added to.

    Raises:
        ManifestError: it has mistakes.
    """
    return load_manifest(path, LanguageCatalog(language_names()), loopback_sources=loopback)


def refuse_present(
    manifest: Manifest, sources: Iterable[str], languages: Iterable[Language], video: str | None
) -> None:
    """Make sure that what is to be added is not there already.

    Raises:
        UsageError: it is; or there is no such video.
    """
    homes = {target.source.reference: target.video for target in manifest.targets}
    for source in sources:
        bare = source.removeprefix("asset:")
        home = homes.get(bare) or homes.get(posixpath.normpath(bare))
        if home is not None:
            raise UsageError(f"{source} is the source of {home} already")
    videos = {target.video for target in manifest.targets}
    if video is not None and video not in videos:
        raise UsageError(
            f"there is no video {video!r}",
            hint=did_you_mean(video, videos) or "see localize status",
        )
    for language in languages:
        having = {target.video for target in manifest.targets if target.language == language}
        if having >= (videos if video is None else {video}):
            whose = "every video" if video is None else video
            raise UsageError(f"{whose} has {language.tag} already")


def add_videos(path: Path, sources: Mapping[str, str], *, loopback: bool = False) -> Added:
    """Add videos, by their ids, that have the languages of every video.

    Raises:
        ManifestError: it has mistakes, or would have.
        UsageError: it cannot be edited by the line; the lines are given.
    """
    lines = [f"  {scalar(video)}: {scalar(source)}" for video, source in sources.items()]

    def edited(text: str, document: Document) -> str | None:
        if "videos" not in document.data:
            return with_block(text, ["", "videos:", *lines])
        members = [(scalar(video), scalar(source)) for video, source in sources.items()]
        return with_members(text, document, ("videos",), members)

    expected = dict.fromkeys(sources)
    return _edit(path, edited, ["videos:", *lines], lambda new: new.video in expected, loopback)


def add_languages(
    path: Path, languages: Sequence[Language], video: str | None, *, loopback: bool = False
) -> Added:
    """Add languages to those of every video, or to those of one.

    Raises:
        ManifestError: it has mistakes, or would have.
        UsageError: it cannot be edited by the line; the lines are given.
    """
    tags = [language.tag for language in languages]

    def edited(text: str, document: Document) -> str | None:
        return _with_languages(text, document, video, [scalar(tag) for tag in tags])

    head = ["languages:"] if video is None else ["videos:", f"  {video}:", "    add_languages:"]
    deep = "  " if video is None else "      "
    lines = [*head, *(f"{deep}- {scalar(tag)}" for tag in tags)]
    wanted = {*tags}
    return _edit(
        path,
        edited,
        lines,
        lambda new: new.language.tag in wanted and video in (None, new.video),
        loopback,
    )


def _with_languages(
    text: str, document: Document, video: str | None, tags: Sequence[str]
) -> str | None:
    own = ("videos", str(video))
    trails = [("languages",)] if video is None else [(*own, "languages"), (*own, "add_languages")]
    for trail in trails:
        held = document.get(trail)
        if held is not None:
            keys = isinstance(held, dict)
            members = [(tag, "") if keys else (None, tag) for tag in tags]
            return with_members(text, document, trail, members)
    if video is None:
        return None
    listed = f"[{', '.join(tags)}]"
    if isinstance(document.get(own), str):
        return with_source_written_out(text, document, video, f"add_languages: {listed}")
    return with_members(text, document, own, [("add_languages", listed)])


def _edit(
    path: Path,
    edited: Callable[[str, Document], str | None],
    lines: Sequence[str],
    wanted: Callable[[Target], bool],
    loopback: bool,
) -> Added:
    """Write a manifest's text anew where it then means what it did, and what is wanted besides."""
    catalog = LanguageCatalog(language_names())
    before = load(path, loopback=loopback)
    place, document = real_path(path, root_of(path)), file_document(path)
    try:
        kept = read(place, MAX_BYTES)
        text = kept.decode("utf-8-sig")
        changed = None if document is None else edited(text, document)
        after = None if changed is None else _tried(path, changed, catalog, loopback)
        if changed is None or after is None or not _only(before, after, wanted):
            raise UsageError(
                f"{path} is written in a way that one line cannot be added to",
                code="manifest_not_edited",
                hint="bring this into it by hand:" + "\n       ".join(["", *lines]),
            )
        mark = codecs.BOM_UTF8 if kept.startswith(codecs.BOM_UTF8) else b""
        content = mark + changed.encode()
        if not write_atomically(place, content, still=lambda: read(place, MAX_BYTES) == kept):
            raise UsageError(f"{path} was changed meanwhile", hint="run it again")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError):
            raise unwritable(path, error) from None
        raise UsageError(f"{path} is not UTF-8, so it is not edited") from None
    known = {target.address for target in before.targets}
    new = tuple(target.address for target in after.targets if target.address not in known)
    return Added(path, new)


def _tried(path: Path, text: str, catalog: LanguageCatalog, loopback: bool) -> Manifest:
    """Load a text from where it will stand.

    Raises:
        ManifestError: it has mistakes; the lines are those of a file that will not be there.
    """
    trial = path.with_name(f".localize-add-{token_hex(8)}.yaml")
    try:
        write_new(trial, text.encode())
        return load_manifest(trial, catalog, loopback_sources=loopback)
    except ManifestError as error:
        problems = [replace(item, where=NOWHERE, excerpt=()) for item in error.problems]
        raise ManifestError.of(problems) from None
    finally:
        with suppress(OSError):
            remove(trial)


def _only(before: Manifest, after: Manifest, wanted: Callable[[Target], bool]) -> bool:
    """Return whether every target is what it was, and only those wanted joined."""
    old = {target.address: target for target in before.targets}
    new = {target.address: target for target in after.targets}
    same = all(
        address in new and _meaning(new[address]) == _meaning(target)
        for address, target in old.items()
    )
    joined = [target for address, target in new.items() if address not in old]
    return same and bool(joined) and all(map(wanted, joined))


def _meaning(target: Target) -> tuple[object, ...]:
    return target.fingerprint, target.title, target.outputs, target.skip, target.job
