"""Beginning a project: a manifest of one's own, and the files that go with it."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum
from importlib.resources import files
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import NOWHERE, ManifestError, UsageError
from heygen_localize.core.languages import Language, LanguageCatalog
from heygen_localize.core.model import Manifest, MediaKind
from heygen_localize.core.version import __version__
from heygen_localize.manifest import load_manifest, refuse_twins
from heygen_localize.manifest.edits import scalar
from heygen_localize.manifest.paths import ProjectPaths
from heygen_localize.system import read
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import append, make_folder, remove, write_new
from heygen_localize.system.resources import language_names, schema_text

_MAX_SETTINGS_BYTES = 10_000_000
"""Bytes of a file of git's settings."""


class Done(Enum):
    """What became of a file."""

    WRITTEN = "written"
    EXTENDED = "extended"
    KEPT = "kept"


class Step(Struct, frozen=True):
    """One file, what was done with it, and the lines that it got where it was there."""

    path: Path
    done: Done
    lines: tuple[str, ...] = ()


def put(path: Path, text: str) -> Step:
    """Write a file where there is none, and the folders around it.

    Raises:
        UsageError: the disk does not take it.
    """
    try:
        make_folder(path.parent)
        done = Done.WRITTEN if write_new(path, text.encode()) else Done.KEPT
    except OSError as error:
        raise unwritable(path, error) from None
    return Step(path, done)


def extend(path: Path, wanted: Sequence[str], *, whole_lines: bool = True) -> Step:
    """Append the lines that a file lacks, in its own line ends.

    Without `whole_lines` a line counts as there where one has the same first word.

    Raises:
        UsageError: the disk does not take it.
    """
    try:
        before = read(path, _MAX_SETTINGS_BYTES) if os.path.lexists(path) else None
        present = {
            _told(line, whole_lines)
            for line in (before or b"").decode(errors="replace").split("\n")
        }
        lines = tuple(line for line in wanted if _told(line, whole_lines) not in present)
        if before is None:
            return replace(put(path, "".join(f"{line}\n" for line in lines)), lines=lines)
        if lines:
            end = b"\r\n" if b"\r\n" in before else b"\n"
            gap = b"" if before.endswith(b"\n") or not before else end
            append(path, gap + b"".join(line.encode() + end for line in lines))
    except OSError as error:
        raise unwritable(path, error) from None
    return Step(path, Done.EXTENDED if lines else Done.KEPT, lines)


def _told(line: str, whole: bool) -> str:
    """Return what a line of git's files is about; slashes around a folder do not count."""
    text = line.strip()
    return text.strip("/") if whole else text.partition(" ")[0].partition("\t")[0].lstrip("/")


def unwritable(path: Path, error: OSError) -> UsageError:
    """Say that a file cannot be written, and why."""
    return UsageError(f"{path} cannot be written: {cause_of(error)}")


SCHEMA_NAME = "localize.schema.json"
DEFAULT_OUTPUTS = "localized"
_SUFFIXES = (".yaml", ".yml")


class Beginning(Struct, frozen=True):
    """What a new manifest is made from.

    `videos` are sources by the ids of their videos, written as in a manifest, counted from its
    folder; `languages` are those of every video; `outputs` is the folder of pulled files.
    With `github` a workflow is written too.
    """

    manifest: Path
    project: str
    videos: Mapping[str, str]
    languages: tuple[Language, ...]
    outputs: str = DEFAULT_OUTPUTS
    proofread: bool = False
    github: bool = False


def begin(wish: Beginning, *, loopback: bool = False) -> tuple[Step, ...]:
    """Write a manifest that our own reader takes, and what goes with it; overwrite nothing.

    Raises:
        UsageError: the manifest is there already, or the disk does not take a file.
        ManifestError: what was asked for makes no manifest; then nothing is written.
    """
    refuse_existing(wish.manifest)
    text = manifest_text(wish)
    _check(wish, text, loopback)
    folder = wish.manifest.parent
    lock = wish.manifest.with_suffix(".lock").name
    # As text, so that a conflict leaves both sides between markers: apply reads them and heals it.
    attributes = f"{lock} text eol=lf merge=text linguist-generated=true"
    # The manifest last: where another file fails, the same command may be run again.
    steps = [
        put(folder / SCHEMA_NAME, schema_text(SCHEMA_NAME)),
        extend(folder / ".gitignore", (f"{wish.outputs}/", ".localize/")),
        extend(folder / ".gitattributes", (attributes,), whole_lines=False),
    ]
    if wish.github:
        place = _root(wish.manifest) / ".github" / "workflows" / "localize.yml"
        steps.append(put(place, workflow_text(wish.manifest)))
    written = put(wish.manifest, text)
    if written.done is Done.KEPT:
        refuse_existing(wish.manifest)
    return (written, *steps)


def refuse_existing(manifest: Path) -> None:
    """Make sure that a manifest may be written there.

    Raises:
        UsageError: something is there, its folder is not, or the name is none for YAML.
        ManifestError: another manifest has the same lockfile.
    """
    if manifest.suffix not in _SUFFIXES:
        raise UsageError(f"{manifest} does not end in .yaml", hint="name it so: -f videos.yaml")
    if os.path.lexists(manifest):
        raise UsageError(
            f"{manifest} is there already, and nothing is written over",
            code="manifest_exists",
            hint="edit it, or start another one: localize init -f other.yaml",
        )
    refuse_twins(manifest)
    if not manifest.parent.is_dir():
        raise UsageError(f"there is no folder {manifest.parent}", hint="make it first")


def manifest_text(wish: Beginning) -> str:
    """Write the manifest, with comments that explain it."""
    keys = [f"{scalar(language.tag)}:" for language in wish.languages]
    width = max(map(len, keys))
    listed = [
        f"  {key.ljust(width)}   # {language.name}"
        for key, language in zip(keys, wish.languages, strict=True)
    ]
    reviewed = "  proofread: true            # review the subtitles before the render"
    return _filled(
        "start.yaml",
        lock=wish.manifest.with_suffix(".lock").name,
        project=scalar(wish.project),
        languages="\n".join(listed),
        proofread=reviewed if wish.proofread else reviewed.replace("  ", "  # ", 1),
        video=next(iter(wish.videos)),
        tag=wish.languages[0].tag,
        videos=_listed(wish.videos),
        outputs=wish.outputs,
        max_new=str(max(20, 2 * len(wish.languages) * len(wish.videos))),
    )


def _listed(videos: Mapping[str, str]) -> str:
    """Write a video with room for its options, and several in a line each."""
    if len(videos) == 1:
        ((video, source),) = videos.items()
        return f"  {scalar(video)}:\n    source: {scalar(source)}"
    return "\n".join(f"  {scalar(video)}: {scalar(source)}" for video, source in videos.items())


def workflow_text(manifest: Path) -> str:
    """Write the workflow for GitHub Actions, the manifest's path counted from the root."""
    path = (ProjectPaths.of(manifest).folder / manifest.name).relative_to(_root(manifest))
    return _filled(
        "workflow.yml",
        manifest=scalar(path.as_posix()),
        lockfile=scalar(path.with_suffix(".lock").as_posix()),
        subtitles=scalar((path.parent / "subtitles" / "**").as_posix()),
        version=__version__,
    )


def _check(wish: Beginning, text: str, loopback: bool) -> None:
    """Have our own reader look at the text, from where it will stand."""
    catalog = LanguageCatalog(language_names())
    try:
        trial = wish.manifest.with_name(f".localize-init-{secrets.token_hex(8)}.yaml")
        try:
            write_new(trial, text.encode())
            found = load_manifest(trial, catalog, loopback_sources=loopback)
        finally:
            with suppress(OSError):
                remove(trial)
    except ManifestError as error:
        # The lines are those of a file that will not be there.
        raise ManifestError.of([replace(item, where=NOWHERE) for item in error.problems]) from None
    except OSError as error:
        raise unwritable(wish.manifest, error) from None
    _refuse_ignored_source(wish, found)


def _refuse_ignored_source(wish: Beginning, found: Manifest) -> None:
    for source in {target.source for target in found.targets}:
        if source.kind is MediaKind.FILE and source.reference.startswith(f"{wish.outputs}/"):
            raise ManifestError(
                f"{source.reference} lies in {wish.outputs}/, which git is told to ignore",
                code="source_in_outputs",
                hint="move the video out of it, or name another folder for the pulled files: "
                "--outputs",
            )


def _root(manifest: Path) -> Path:
    return ProjectPaths.of(manifest).root


def _filled(name: str, **values: str) -> str:
    """Read a text that travels with the code, and fill in what stands as <<name>>."""
    text = files(__package__).joinpath(name).read_text("utf-8")
    return re.sub(r"<<(\w+)>>", lambda match: values[match[1]], text)
