"""Which account to talk to, from the environment: the key, and the base that it may go to.

The variables are those of HeyGen's own command-line client, so that users
already have them. Source: docs/vendor/behaviour.md, "Calls".
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from heygen_localize.core.environment import says_yes
from heygen_localize.core.errors import AccountError, UsageError
from heygen_localize.core.urls import is_loopback
from heygen_localize.system.causes import cause_of
from heygen_localize.system.hosts import impossible_name

DEFAULT_BASE = "https://api.heygen.com"

_RETRIES = 5
_MOST_RETRIES = 20
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_LOGIN = re.compile(r'"(oauth|[a-z_]*(access|refresh)_?token)"\s*:', re.IGNORECASE)
_ALONE = re.compile(r"[A-Za-z0-9._+/-]{8,}=*")
_WHOLE = re.compile(r"[0-9]{1,9}")


class Connection(Struct, frozen=True):
    """Where the API is, and the key that goes there and nowhere else.

    `key_source` says where the key was found, for `-v` and error messages.
    """

    base: str
    key: str
    key_source: str
    max_retries: int = _RETRIES

    def __repr__(self) -> str:
        """Return it without the key, which may end in a log."""
        return f"Connection({self.base!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return it without the key, likewise."""
        return [("base", self.base)]

    def signature(self, content: bytes) -> str:
        """Return the signature of a content, which only those who have the key can make."""
        return hmac.new(f"{self.base} {self.key}".encode(), content, hashlib.sha256).hexdigest()

    @property
    def loopback(self) -> bool:
        """Whether the base is this very machine: the sandbox, or a test."""
        return is_loopback(urlsplit(self.base).hostname or "")


def api_base(environment: Mapping[str, str]) -> str:
    """Return the API base, without a slash at its end.

    Raises:
        UsageError: not an http(s) address, one with credentials in it, or plain
            http to another machine without `HEYGEN_ALLOW_HTTP=1`.
    """
    base = environment.get("HEYGEN_API_BASE", "").strip() or DEFAULT_BASE
    try:
        parts = urlsplit(base)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    wrong, hint = None, f"unset it to use {DEFAULT_BASE}"
    if not usable:
        wrong = "HEYGEN_API_BASE is not an http(s) address"
    elif ":" not in (parts.hostname or "") and (why := impossible_name(parts.hostname or "")):
        wrong = f"HEYGEN_API_BASE {why}"
    if wrong is None and ("@" in parts.netloc or parts.query or parts.fragment):
        wrong = "HEYGEN_API_BASE must be a bare address, without credentials, query or fragment"
        hint = "the key goes into HEYGEN_API_KEY"
    if wrong is not None:
        raise UsageError(wrong, code="base_invalid", hint=hint)
    allowed = says_yes(environment, "HEYGEN_ALLOW_HTTP") or is_loopback(parts.hostname or "")
    if parts.scheme == "http" and not allowed:
        raise UsageError(
            f"{base} is plain http: the API key would travel in clear text",
            code="base_insecure",
            hint="use https, or set HEYGEN_ALLOW_HTTP=1 if you mean it",
        )
    # As requests will write it: the key goes only where this is how the address starts.
    return parts._replace(netloc=parts.netloc.lower()).geturl().rstrip("/")


def connection(environment: Mapping[str, str], home: Path) -> Connection:
    """Find the base and the key: `HEYGEN_API_KEY`, else HeyGen client's file.

    Raises:
        UsageError: as `api_base`, a credentials file that cannot be read, or
            `HEYGEN_MAX_RETRIES` that is no number.
        AccountError: no key anywhere, or one that no header can carry.
    """
    base = api_base(environment)
    folder = Path(environment.get("HEYGEN_CONFIG_DIR") or home / ".heygen")
    key, source = environment.get("HEYGEN_API_KEY", "").strip(), "HEYGEN_API_KEY"
    if not key:
        path = folder / "credentials"
        key, source = _stored_key(path), str(path)
    if not key:
        raise AccountError(
            "no API key",
            code="key_missing",
            hint="set HEYGEN_API_KEY, or try everything without one: localize demo",
        )
    if key[0] in _QUOTES or key[-1] in _QUOTES:
        raise AccountError(
            f"the API key in {source} stands in quotes, which would be sent along",
            code="key_quoted",
            hint="take the quotes away: env files and CI settings keep them as part of the value",
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise AccountError(
            f"the API key in {source} holds characters that no key has",
            code="key_invalid",
            hint="copy it again, without quotes or line breaks",
        )
    return Connection(base, key, source, _retries(environment))


def _retries(environment: Mapping[str, str]) -> int:
    told = environment.get("HEYGEN_MAX_RETRIES", "").strip()
    if not told:
        return _RETRIES
    if not _WHOLE.fullmatch(told):
        raise UsageError(
            f"HEYGEN_MAX_RETRIES: expected a whole number from 0, found {told[:20]!r}",
            code="retries_invalid",
            hint=f"unset it to use {_RETRIES}, or set 0 to {_MOST_RETRIES}",
        )
    return min(int(told), _MOST_RETRIES)


_ODD = "it is not the JSON that HeyGen's client writes"


def _stored_key(path: Path) -> str:
    """Read the key that HeyGen's client keeps; empty where there is none.

    It stands in JSON as `api_key`, or alone in one line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
        if _ALONE.fullmatch(text.strip(_QUOTES)):
            return text
        stored = json.loads(text)
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} cannot be read: {cause_of(error) if isinstance(error, OSError) else _ODD}",
            code="credentials_unreadable",
            hint="set HEYGEN_API_KEY instead, or correct the file",
        ) from None
    key = stored.get("api_key") if isinstance(stored, dict) else None
    if isinstance(key, str) and key.strip():
        return key.strip()
    if _LOGIN.search(text):
        raise AccountError(
            f"{path} holds a login of HeyGen's own client, and no API key",
            code="key_of_login",
            hint="such a login (OAuth) is billed to the web plan and not taken here: make a key in "
            "HeyGen's settings, under API, and set HEYGEN_API_KEY",
        )
    return ""
