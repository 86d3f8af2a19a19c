"""What a source's address means, or its answer: in our words, never in the page's own. Pure."""

from __future__ import annotations

import codecs
import posixpath
import re
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic, FileError
from heygen_localize.core.text import sanitize
from heygen_localize.media import HTML, LFS_POINTER, MediaType, Role, check, recognise
from heygen_localize.media.probe.cache import Validators
from heygen_localize.media.share_pages import NOUNS
from heygen_localize.system.web import Refused

FIRST_BYTES = 64 * 1024
"""As much of a file as the first request asks for."""

_SMALLEST = 1024
"""Bytes; no video or audio with a second in it is smaller."""

_SHORTEST = 1.0
"""Seconds."""

_LOOK = "see what the address gives in a browser"
_UPLOAD = "or put the file beside the manifest and name its path"
_PUBLIC = f"make it readable without an account, {_UPLOAD}"
_LOGIN = re.compile(
    r"(?<![a-z])(?:service|user)?(?:log|sign)[-_]?in(?!g)|"
    r"(?<![a-z0-9])(?:o?auth2?|authori[sz]e|authenticate|saml2?|sso|accounts)(?![a-z0-9])",
    re.IGNORECASE,
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class Answer(Struct, frozen=True):
    """What an address gave when it was asked for the first bytes.

    `url` is where redirects ended, `led_on` whether there were any; `head` the
    first bytes, without their encoding for the way. `ranges` says that the server gives
    parts of the file, `condition` is the `If-Range` to ask for more of the same one.
    """

    asked: str
    url: str
    led_on: bool
    status: int
    head: bytes
    validators: Validators
    ranges: bool
    condition: str | None

    @property
    def size(self) -> int | None:
        """The bytes of the whole file, where the server tells."""
        return self.validators.size


def is_login(url: str) -> bool:
    """Return whether an address looks like one to log in at."""
    parts = urlsplit(url)
    return _LOGIN.search(f"{parts.hostname}{parts.path}") is not None


def login(role: Role) -> Diagnostic:
    """Return that an address leads to a page, not to the file."""
    told = f"{NOUNS[role]} leads to a web page instead of the file, as where one has to log in"
    return Diagnostic("source_login", told, hint=_PUBLIC)


def refused(why: Refused, role: Role) -> Diagnostic | None:
    """Return what is wrong with an address that is not asked; None where HeyGen may."""
    if why is Refused.PRIVATE:
        told = f"{NOUNS[role]} leads to a private address, which HeyGen cannot reach"
        outside = "where the name leads elsewhere from outside: --no-check-sources"
        return Diagnostic(
            "source_private", told, hint=f"use a public address, {_UPLOAD}; {outside}"
        )
    if why is Refused.CIRCLE:
        told = f"{NOUNS[role]} redirects in a circle, as where one has to log in"
        return Diagnostic("source_redirects", told, hint=_PUBLIC)
    return None


def of_status(answer: Answer, role: Role) -> Diagnostic | None:
    """Judge an answer by its status alone."""
    if answer.status not in (401, 403, 404, 410):
        return None
    if answer.led_on and is_login(answer.url):
        return login(role)
    if answer.status in (401, 403):
        told = f"{NOUNS[role]} answers HTTP {answer.status}: it is not public"
        return Diagnostic("source_not_public", told, hint=_PUBLIC)
    told = f"{NOUNS[role]} answers HTTP {answer.status}: there is no such file"
    return Diagnostic("source_not_found", told, hint="correct the address")


def of_bytes(answer: Answer, role: Role) -> Diagnostic | MediaType | None:
    """Judge an answer by its first bytes, whatever its header says.

    Returns the type of a file that will do, or what is wrong; None where the bytes
    are of nothing that is known, and HeyGen may know better.
    """
    found, size = recognise(answer.head), answer.size
    if found == HTML and answer.led_on:
        return login(role)
    if found == HTML:
        told = f"{NOUNS[role]} gives a web page (HTML), not the file itself"
        return Diagnostic("source_page", told, hint=f"find the address of the file, {_UPLOAD}")
    if found == LFS_POINTER:
        told = f"{NOUNS[role]} gives a Git LFS pointer, not the file that it stands for"
        hint = f"use the address of the file itself, {_UPLOAD}"
        return Diagnostic("source_lfs_pointer", told, hint=hint)
    if role is Role.SUBTITLES:
        whole = size == len(answer.head)
        return _checked(answer, role) if whole or found is not None else None
    if size is not None and size < _SMALLEST:
        told = f"{NOUNS[role]} has {size} bytes in all: too short for a {role.value}"
        return Diagnostic("source_too_short", told, hint=_LOOK)
    if found is not None:
        return _checked(answer, role)
    told = f"{NOUNS[role]} gives text, not a {role.value}"
    return Diagnostic("source_type", told, hint=_LOOK) if _is_text(answer.head) else None


def of_length(seconds: float | None, role: Role) -> Diagnostic | None:
    """Judge the length of a video."""
    if role is not Role.VIDEO or seconds is None or seconds >= _SHORTEST:
        return None
    told = f"{NOUNS[role]} lasts {seconds:.2f} seconds: too short for a video"
    return Diagnostic("source_too_short", told, hint=_LOOK)


def _checked(answer: Answer, role: Role) -> Diagnostic | MediaType:
    size = answer.size
    try:
        return check(answer.head, 1 if size is None else size, role, _name(answer.asked))
    except FileError as unfit:
        return replace(unfit.first, message=f"{NOUNS[role]}: {unfit.first.message}")


def _name(url: str) -> str:
    """Return the file's name in an address, for commands that convert it."""
    parts = urlsplit(url)
    return sanitize(unquote(posixpath.basename(parts.path)), 100) or parts.hostname or ""


def _is_text(head: bytes) -> bool:
    """Tell plain text in UTF-8, which no video is; its last character may be cut."""
    if not head or _CONTROLS.search(head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
