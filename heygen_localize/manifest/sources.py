"""From what `source`, `audio` and `srt` say to media: where it is, and what stands for it."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic, FileError, InputError, Severity
from heygen_localize.core.model import Media, MediaKind
from heygen_localize.core.objects import identity_of, is_object, read_address
from heygen_localize.core.urls import is_loopback
from heygen_localize.manifest.diagnostics import did_you_mean
from heygen_localize.manifest.paths import ProjectPaths, beside
from heygen_localize.manifest.signatures import is_signed
from heygen_localize.manifest.yaml_shape import missing_space
from heygen_localize.media import Role
from heygen_localize.media.local import FileCache, FileFacts
from heygen_localize.media.objects import ObjectFacts
from heygen_localize.media.share_pages import share_page
from heygen_localize.system.causes import cause_of
from heygen_localize.system.hosts import impossible_name, is_ip
from heygen_localize.system.unicode_names import mend_name, twin

_FORM = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/?#]*)(?P<rest>[^#]*)(?:#.*)?"
)
_HOST = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@\s]+))(?::(?P<port>[0-9]{1,9}))?"
)
_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2}).{0,2}")
_LAST_PORT = 65535
"""Ports have 16 bits."""

_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\\]")


def is_address(text: str) -> bool:
    """Return whether a text has the form of a web address, allowed or not."""
    return "://" in text and _FORM.match(text.strip()) is not None


def web_address(text: str, *, loopback: bool) -> str:
    """Check an address, and give it with scheme and host in lower case and no fragment.

    With `loopback`, plain http to this machine passes too. Messages show no
    query and no password, which may be secrets.

    Raises:
        InputError: not https, no host or one that cannot be, a port or an escape that
            cannot be, a user or password in it, or blanks.
    """
    form = _FORM.fullmatch(text)
    if form is None or _BLANK.search(text):
        raise InputError("url_invalid", f"{_shown(text)} is not a web address")
    scheme, host, rest = form["scheme"].lower(), form["host"], form["rest"]
    if "@" in host:
        raise InputError(
            "url_secret",
            f"{_shown(text)} has a user name in it, and no secret belongs in a manifest",
            "take out what stands before the @",
        )
    told, name = _host(host)
    wrong = told or _wrong_escape(rest)
    if wrong is not None:
        raise InputError("url_invalid", f"{_shown(text)} {wrong}")
    here = scheme == "http" and is_loopback(name)
    if scheme != "https" and not (here and loopback):
        raise InputError(
            "url_scheme",
            f"{_shown(text)} is not an https address",
            "http to this machine is for the sandbox: set HEYGEN_API_BASE to what it prints"
            if here
            else "HeyGen takes https only",
        )
    canonical = f"{scheme}://{host.lower()}{rest}"
    return text if canonical == text else canonical  # a hundred thousand need no copy


@lru_cache(maxsize=1024)
def _host(host: str) -> tuple[str | None, str]:
    """Return why there can be no such host and port, if there is a reason, and the host alone."""
    parts = _HOST.fullmatch(host)
    if parts is None:
        return "has no host that could be asked", ""
    six, name, port = parts["six"], parts["name"], parts["port"]
    if port is not None and not 1 <= int(port) <= _LAST_PORT:
        return f"has port {port}, and ports are 1 to {_LAST_PORT}", ""
    if name is None:
        wrong = None if is_ip(six) else f"has a host that is no IPv6 address: [{six}]"
        return wrong, six
    return impossible_name(name), name


def _wrong_escape(rest: str) -> str | None:
    """Say which escape is none; of what may be a secret, only where it stands."""
    if "%" not in rest:
        return None
    path, _, query = rest.partition("?")
    found = _ESCAPE.search(path)
    if found:
        return (
            f"has {found[0]!r} in it, and % stands before two hexadecimal digits (%25 for itself)"
        )
    if _ESCAPE.search(query):
        return "has a % in its query that does not stand before two hexadecimal digits"
    return None


def _shown(text: str) -> str:
    """Show an address up to its query, without a password."""
    shown = re.split("[?#]", text, maxsplit=1)[0]
    return repr(re.sub(r"://[^/]*@", "://…@", shown)[:200])


def share_page_of(media: Media, role: Role = Role.VIDEO) -> Diagnostic | None:
    """Return that an address is a page about a video; an error where no job can be made of it."""
    report = share_page(media.reference, role) if media.kind is MediaKind.URL else None
    if report is None or report.problem is not None:
        return report.problem if report is not None else None
    return report.warning and replace(report.warning, severity=Severity.WARNING)


_ASSET = "asset:"
_ASSET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
_MOST_LOOKED_FOR = 20
"""Missing files, for each of which what stands beside it is looked through."""

_FORMS = "an https:// URL, s3://BUCKET/NAME, asset:ID, or a path from the manifest's folder"


class SourceResolver:
    """Reads the forms of a source; each file is looked at once, by way of `files`.

    Of objects in buckets it knows what `objects` know.

    With `loopback`, plain http to this machine passes too.
    """

    def __init__(
        self, paths: ProjectPaths, files: FileCache, objects: ObjectFacts, *, loopback: bool
    ) -> None:
        self._objects = objects
        self._paths = paths
        self._files = files
        self._loopback = loopback
        self._seen: dict[tuple[str, Role], FileFacts | FileError] = {}
        self._missed = 0

    def find(self, text: str, *, identity: str | None = None, role: Role = Role.VIDEO) -> Media:
        """Say what media a text names; `identity` stands for it where it is given.

        Raises:
            InputError: none of the forms, a secret in a URL, or a file that is
                missing, outside of the root, not to be read, or not what the role takes.
        """
        if text.startswith(_ASSET):
            return self._asset(text.removeprefix(_ASSET), identity)
        if is_object(text):
            return self._object(text, identity, role)
        if is_address(text):
            return self._address(text, identity)
        path, reference = self._paths.locate(text)
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
                self._seen[key] = self._files.facts(path, reference, role, self._paths.root)
            except FileError as unfit:
                self._seen[key] = unfit
            except OSError as error:
                self._missed += 1
                look = self._missed <= _MOST_LOOKED_FOR
                self._seen[key] = _unreadable(path, reference, error, look)
        found = self._seen[key]
        if isinstance(found, FileError):
            raise found.with_traceback(None)
        return found

    def _object(self, text: str, identity: str | None, role: Role) -> Media:
        address = read_address(text)
        # A folder names its files by number and time: a copy of the same bytes would be paid again.
        if role is Role.SUBTITLES or address.of_disk:
            of = " for subtitles" if role is Role.SUBTITLES else ""
            message = f"{address.scheme}:// cannot be used here{of}"
            raise InputError("source_form", message, f"what can: {_FORMS}")
        seen = self._objects.of(text)
        if seen is None:
            return Media(MediaKind.OBJECT, text, identity or text)
        known = identity_of(text, seen)
        digest = hashlib.sha256(known.encode()).hexdigest()
        return Media(
            MediaKind.OBJECT, text, identity or known, digest, size=seen.size, etag=seen.etag
        )

    def _asset(self, asset_id: str, identity: str | None) -> Media:
        if not _ASSET_ID.fullmatch(asset_id):
            raise InputError(
                "asset_invalid",
                f"{asset_id[:140]!r} cannot be the id of an asset",
                "write asset: and the id that HeyGen gave, with nothing between them",
            )
        return Media(MediaKind.ASSET, asset_id, identity or asset_id)

    def _address(self, text: str, identity: str | None) -> Media:
        scheme = text.strip().partition("://")[0].lower()
        if scheme not in ("http", "https"):
            raise InputError(
                "source_form", f"{scheme}:// cannot be used here", f"what can: {_FORMS}"
            )
        canonical = web_address(text, loopback=self._loopback)
        if identity is None and is_signed(text):
            raise InputError(
                "url_signed",
                "this URL carries a signature or token in its query: a secret that expires",
                "use an address without it, or (for source) set identity to what names the content",
            )
        return Media(MediaKind.URL, text, identity or canonical)


def _unreadable(path: Path, reference: str, error: OSError, look: bool) -> FileError:
    """Return the error of a file that could not be read; `look` for what it was meant for."""
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        reason = cause_of(error)
        return FileError("source_unreadable", f"cannot read {reference[:200]!r}: {reason}")
    other = twin(path) if look else None
    if other is not None:
        return FileError(
            "source_missing",
            f"there is no file {reference!r}, but one that is named almost so",
            mend_name(reference, other),
        )
    return FileError(
        "source_missing",
        f"there is no file {reference!r}, counted from the manifest's folder",
        _meant_by(reference)
        or (did_you_mean(path.name, beside(path)) if look else None)
        or f"what can stand: {_FORMS}",
    )


_ADDRESS_MEANT = re.compile(
    r"(?P<scheme>https?(?::/?|/{1,2}))?(?P<rest>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::[0-9]+)?/\S.*|www\.\S+)"
)
_OTHER_QUOTES = "\u201c\u201d\u2018\u2019\u201e\u201a\u00ab\u00bb"


def _meant_by(text: str) -> str | None:
    """Suggest what a text was meant for that is no address, and no file either."""
    if text[:1] in _OTHER_QUOTES:
        return f'{text[0]} is no quote of YAML: write " or nothing around it'
    # As it was written: a path has single slashes.
    spaced = missing_space(re.sub("(https?):/+", r"\1://", text))
    if spaced is not None:
        return f"write a space after the colon: {spaced}"
    found = _ADDRESS_MEANT.fullmatch(text)
    if found is None:
        return None
    shown = _shown(found["rest"]).strip("'")
    return f"for an address, begin with https://: https://{shown}"
