"""From what `source`, `audio` and `srt` say to media: where it is, and what stands for it."""

from __future__ import annotations

import re
from pathlib import Path

from heygen_localize.core.errors import LocalizeError
from heygen_localize.core.model import Media, MediaKind
from heygen_localize.manifest.addresses import is_address, is_signed, web_address
from heygen_localize.manifest.diagnostics import FileMistakeError, MistakeError, did_you_mean
from heygen_localize.manifest.paths import ProjectPaths
from heygen_localize.media import Role, UnfitMedia
from heygen_localize.media.local import FileCache, FileFacts
from heygen_localize.system import names
from heygen_localize.system.causes import cause_of
from heygen_localize.system.unicode_names import mend_name, twin

_ASSET = "asset:"
_ASSET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
_FORMS = "an https:// URL, asset:ID, or a path from the manifest's folder"


class SourceResolver:
    """Reads the forms of a source; each file is looked at once, by way of `files`.

    With `loopback`, plain http to this machine passes too.
    """

    def __init__(self, grounds: ProjectPaths, files: FileCache, *, loopback: bool) -> None:
        self._grounds = grounds
        self._files = files
        self._loopback = loopback
        self._seen: dict[tuple[str, Role], FileFacts | FileMistakeError] = {}

    def find(self, text: str, *, identity: str | None = None, role: Role = Role.VIDEO) -> Media:
        """Say what media a text names; `identity` stands for it where it is given.

        Raises:
            MistakeError: none of the forms, a secret in a URL, or a file that is
                missing, outside of the root, not to be read, or not what the role takes.
        """
        if text.startswith(_ASSET):
            return self._asset(text.removeprefix(_ASSET), identity)
        if is_address(text):
            return self._address(text, identity)
        path, reference = self._grounds.locate(text)
        facts = self._facts(path, reference, role)
        return Media(
            MediaKind.FILE,
            reference,
            identity or facts.written or facts.sha256,
            facts.sha256,
            facts.size,
            facts.media_type.value,
            facts.seconds,
        )

    def _facts(self, path: Path, reference: str, role: Role) -> FileFacts:
        key = (reference, role)
        if key not in self._seen:
            try:
                self._seen[key] = self._files.facts(path, reference, role, self._grounds.root)
            except UnfitMedia as unfit:
                self._seen[key] = FileMistakeError(unfit.code, unfit.message, unfit.hint)
            except OSError as error:
                self._seen[key] = _unreadable(path, reference, error)
        found = self._seen[key]
        if isinstance(found, FileMistakeError):
            raise FileMistakeError(found.code, found.message, found.hint)
        return found

    def _asset(self, asset_id: str, identity: str | None) -> Media:
        if not _ASSET_ID.fullmatch(asset_id):
            raise MistakeError(
                "asset_invalid",
                f"{asset_id[:140]!r} cannot be the id of an asset",
                "write asset: and the id that the vendor gave, with nothing between them",
            )
        return Media(MediaKind.ASSET, asset_id, identity or asset_id)

    def _address(self, text: str, identity: str | None) -> Media:
        scheme = text.strip().partition("://")[0].lower()
        if scheme not in ("http", "https"):
            raise MistakeError(
                "source_form", f"{scheme}:// cannot be used here", f"what can: {_FORMS}"
            )
        canonical = web_address(text, loopback=self._loopback)
        if identity is None and is_signed(text):
            raise MistakeError(
                "url_signed",
                "this URL carries a signature or token in its query: a secret that expires",
                "use an address without it, or (for source) set identity to what names the content",
            )
        return Media(MediaKind.URL, text, identity or canonical)


def _unreadable(path: Path, reference: str, error: OSError) -> FileMistakeError:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        reason = cause_of(error)
        return FileMistakeError("source_unreadable", f"cannot read {reference[:200]!r}: {reason}")
    other = twin(path)
    if other is not None:
        return FileMistakeError(
            "source_missing",
            f"there is no file {reference!r}, but one that is named almost so",
            mend_name(reference, other),
        )
    try:
        beside = names(path.parent)
    except (OSError, LocalizeError):
        beside = []
    return FileMistakeError(
        "source_missing",
        f"there is no file {reference!r}, counted from the manifest's folder",
        did_you_mean(path.name, beside) or f"what can stand: {_FORMS}",
    )
