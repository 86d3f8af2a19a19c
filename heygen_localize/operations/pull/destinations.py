"""Where pulled files go, looked at on the disk before the first byte is fetched."""

from __future__ import annotations

import stat
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from msgspec.structs import replace

from heygen_localize.buckets.engine import key_in, require
from heygen_localize.core.errors import Diagnostic, LocalizeError, ManifestError
from heygen_localize.core.model import Manifest, MediaKind
from heygen_localize.core.objects import read_address
from heygen_localize.planning.pull import PullFile
from heygen_localize.system import UnsafePathError, place_of, root_of
from heygen_localize.system.unicode_names import Listings, mend_name, twin

_OURS = frozenset({".git", ".localize"})
_HINT_LINK = "let outputs lead elsewhere, or replace the link by a folder"


def refuse_unsafe(manifest: Manifest, files: Sequence[PullFile]) -> None:
    """Make sure that every file can be put where it belongs, and nowhere else.

    Raises:
        UsageError: one belongs into a bucket, and what reaches buckets is not installed.
        ManifestError: one leads through a link, over what the manifest reads, into git's
            folder or ours, where another goes too or is but for its Unicode form, or
            where no file can be put; all of them together.
    """
    objects = [file for file in files if file.in_bucket]
    if objects:
        require()
    on_disk = [file for file in files if not file.in_bucket]
    mounted = _mounted(objects)
    problems = [*_problems_of_objects(objects), *_problems(manifest, on_disk, mounted)]
    if problems:
        raise ManifestError.of(problems)


def _mounted(objects: Sequence[PullFile]) -> dict[str, PullFile]:
    """Return the objects that are files of this machine, each by its true name."""
    return {
        _same_file(Path("/", read_address(file.path).key).resolve()): file
        for file in objects
        if file.path.startswith("file:")
    }


def _kept(manifest: Manifest, root: Path) -> frozenset[str]:
    read = {
        root / media.reference
        for target in manifest.targets
        for media in target.media
        if media.kind is MediaKind.FILE
    }
    own = {manifest.path, manifest.lock_path}
    return frozenset(_same_file(path.resolve()) for path in read | own)


def _problems(
    manifest: Manifest, files: Sequence[PullFile], mounted: dict[str, PullFile]
) -> Iterator[Diagnostic]:
    folder, root = manifest.path.parent, root_of(manifest.path)
    real = folder.resolve()
    kept = _kept(manifest, real)
    owners = dict(mounted)
    listings: Listings = {}
    in_the_way = lru_cache(maxsize=4096)(_in_the_way)
    for file in files:
        place = folder / file.path
        name = _same_file(real / file.path)
        owner = owners.setdefault(name, file)
        if not _OURS.isdisjoint(part.casefold() for part in Path(file.path).parts):
            yield _problem(file, "output_protected", "leads into a folder of git or localize")
        elif name in kept:
            yield _problem(file, "output_protected", "is a file that the manifest reads")
        elif owner is not file:
            yield _problem(file, "output_twice", f"is the same file as {owner.path!r}")
        elif (other := twin(place, listings)) is not None:
            named = f"{file.address} ({file.kind}): {file.path!r} is there under another name"
            hint = mend_name(file.path, other)
            yield Diagnostic("output_misnamed", named, file.where, hint)
        elif told := in_the_way(place.parent, root) or _blocked(place):
            code = "output_leaves_folder" if "link" in told else "output_blocked"
            yield _problem(file, code, told)


def _problems_of_objects(files: Sequence[PullFile]) -> Iterator[Diagnostic]:
    for file in files:
        told = _wrong_with_object(file.path)
        if told is not None:
            named = f"{file.address} ({file.kind}): {told.message}"
            yield replace(told, message=named, where=file.where)


def _wrong_with_object(path: str) -> Diagnostic | None:
    try:
        key_in(read_address(path))
    except LocalizeError as error:
        return error.first
    return None


def _in_the_way(folder: Path, root: Path) -> str | None:
    """Return why no file can be put into a folder, which need not be there yet."""
    try:
        with place_of(folder / "x", root):
            return None
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return "needs a folder where a file stands"
    except UnsafePathError as unsafe:
        return f"needs a folder where a link stands: {unsafe.told}"
    except OSError:
        return "cannot be looked at"


def _blocked(place: Path) -> str | None:
    try:
        mode = place.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return "cannot be looked at"
    if stat.S_ISLNK(mode):
        return "is a link, and none is followed"
    if stat.S_ISDIR(mode):
        return "is a folder"
    return None if stat.S_ISREG(mode) else "is not a plain file"


def _problem(file: PullFile, code: str, told: str) -> Diagnostic:
    hint = _HINT_LINK if "link" in told else "let outputs lead elsewhere"
    message = f"{file.address} ({file.kind}): {file.path!r} {told}"
    return Diagnostic(code, message, file.where, hint)


def _same_file(path: Path) -> str:
    """Return what is equal for paths that some system takes for one file."""
    return unicodedata.normalize("NFC", path.as_posix()).casefold()
