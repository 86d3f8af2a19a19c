"""What shells may complete: addresses of targets, and languages. No network, no key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from heygen_localize.core.decoding import parse_json
from heygen_localize.core.errors import LocalizeError
from heygen_localize.system import read

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

_MAX_LOCKFILE_BYTES = 32 * 1024 * 1024
_MOST_VALUES = 700_000
_MAX_MANIFEST_BYTES = 200_000
"""Bytes; reading more would keep somebody waiting at the prompt, and the lockfile tells too."""


def complete_addresses(
    context: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete an address from the lockfile and the manifest that the line names."""
    from click.shell_completion import CompletionItem

    manifest = Path(context.params.get("file") or "localize.yaml")
    return [CompletionItem(name) for name in addresses(manifest) if name.startswith(incomplete)]


def complete_languages(
    context: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the tag of a language; the list is the one that came with this version."""
    from click.shell_completion import CompletionItem

    from heygen_localize.core.languages import LanguageCatalog
    from heygen_localize.system.resources import language_names

    del context
    start = incomplete.lower()
    return [
        CompletionItem(language.tag, help=language.name)
        for language in sorted(
            LanguageCatalog(language_names()).languages, key=lambda item: item.tag
        )
        if language.tag.lower().startswith(start)
    ]


def addresses(manifest: Path) -> list[str]:
    """List the addresses that a lockfile or its manifest names, however broken either is."""
    lockfile = manifest.with_suffix(".lock")
    locked = _locked(lockfile)
    with suppress(OSError, LocalizeError):
        if not locked or manifest.stat().st_size <= _MAX_MANIFEST_BYTES:
            return sorted({*locked, *_wanted(manifest)})
    return sorted(locked)


def _locked(lockfile: Path) -> frozenset[str]:
    try:
        targets = parse_json(read(lockfile, _MAX_LOCKFILE_BYTES), _MOST_VALUES)["targets"]
    except (OSError, LocalizeError, ValueError, KeyError, TypeError):
        return frozenset()
    named = targets if isinstance(targets, dict) else ()
    return frozenset(name for name in named if name.isprintable())


def _wanted(manifest: Path) -> Iterator[str]:
    """Walk over the addresses of a manifest, without looking at a single source."""
    from heygen_localize.core.languages import LanguageCatalog
    from heygen_localize.core.option import Layer
    from heygen_localize.manifest.diagnostics import Diagnostics, EnoughError
    from heygen_localize.manifest.document import as_mapping
    from heygen_localize.manifest.includes import included_files, read_included
    from heygen_localize.manifest.languages import LanguageIndex, LanguageSelection
    from heygen_localize.manifest.paths import ProjectPaths
    from heygen_localize.manifest.schema import Part, check_structure
    from heygen_localize.manifest.yaml_reader import read_document
    from heygen_localize.system.resources import language_names

    diagnostics = Diagnostics()
    with suppress(EnoughError):
        document = read_document(manifest, manifest.as_posix(), diagnostics)
        if document is None:
            return
        check_structure(document, Part.MANIFEST, diagnostics)
        grounds = ProjectPaths.of(manifest)
        included = included_files(document, manifest, grounds, diagnostics)
        others = (read_included(name, diagnostics, grounds) for name in included)
        vocabulary = LanguageIndex(LanguageCatalog(language_names()), None)
        vocabulary.read_groups(document, diagnostics)
        selector = LanguageSelection(vocabulary, diagnostics)
        top = selector.read(document, ("languages",), Layer.LANGUAGE)
        for home in (document, *(other for other in others if other is not None)):
            for video in as_mapping(home.data.get("videos")):
                for tag in selector.for_video(home, ("videos", video), top).by_tag:
                    yield f"{video}/{tag}"
