"""Web addresses in a manifest: what they may be, and what stands for them."""

from __future__ import annotations

import re

from heygen_localize.core.urls import is_loopback
from heygen_localize.manifest.diagnostics import MistakeError
from heygen_localize.system.hosts import impossible_name, is_ip

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

_SIGNATURES: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "x-amz-signature",
        "x-amz-credential",
        "x-amz-security-token",
        "x-goog-signature",
        "x-oss-signature",
        "q-signature",
        "signature",
        "sig",
        "se sp sv",
        "key-pair-id",
        "awsaccesskeyid",
        "googleaccessid",
        "ossaccesskeyid",
        "token",
        "access_token",
        "accesstoken",
        "auth_token",
        "auth_key",
        "api_key",
        "apikey",
        "hdnea",
        "hdnts",
        "__token__",
        "verify",
    )
)
"""Names in a query that, together, make a link that opens a file to whoever has it."""


def is_address(text: str) -> bool:
    """Tell whether a text has the form of a web address, allowed or not."""
    return "://" in text and _FORM.match(text.strip()) is not None


def web_address(text: str, *, loopback: bool) -> str:
    """Check an address, and give it with scheme and host in lower case and no fragment.

    With `loopback`, plain http to this machine passes too. Messages show no
    query and no password, which may be secrets.

    Raises:
        MistakeError: not https, no host or one that cannot be, a port or an escape that
            cannot be, a user or password in it, or blanks.
    """
    form = _FORM.fullmatch(text)
    if form is None or _BLANK.search(text):
        raise MistakeError("url_invalid", f"{_shown(text)} is not a web address")
    scheme, host, rest = form["scheme"].lower(), form["host"], form["rest"]
    if "@" in host:
        raise MistakeError(
            "url_secret",
            f"{_shown(text)} has a user name in it, and no secret belongs in a manifest",
            "take out what stands before the @",
        )
    parts = _HOST.fullmatch(host)
    if parts is None:
        raise MistakeError("url_invalid", f"{_shown(text)} has no host that could be asked")
    wrong = _wrong_with(parts["six"], parts["name"], parts["port"]) or _wrong_escape(rest)
    if wrong is not None:
        raise MistakeError("url_invalid", f"{_shown(text)} {wrong}")
    here = scheme == "http" and is_loopback(parts["six"] or parts["name"])
    if scheme != "https" and not (here and loopback):
        raise MistakeError(
            "url_scheme",
            f"{_shown(text)} is not an https address",
            "http to this machine is for the sandbox: set HEYGEN_API_BASE to what it prints"
            if here
            else "the vendor takes https only",
        )
    return f"{scheme}://{host.lower()}{rest}"


def _wrong_with(six: str | None, name: str | None, port: str | None) -> str | None:
    """Say why there can be no such host and port; None where there can."""
    if port is not None and not 1 <= int(port) <= _LAST_PORT:
        return f"has port {port}, and ports are 1 to {_LAST_PORT}"
    if name is None:
        return None if is_ip(six or "") else f"has a host that is no IPv6 address: [{six}]"
    return impossible_name(name)


def _wrong_escape(rest: str) -> str | None:
    """Say which escape is none; of what may be a secret, only where it stands."""
    path, _, query = rest.partition("?")
    found = _ESCAPE.search(path)
    if found:
        return (
            f"has {found[0]!r} in it, and % stands before two hexadecimal digits (%25 for itself)"
        )
    if _ESCAPE.search(query):
        return "has a % in its query that does not stand before two hexadecimal digits"
    return None


def is_signed(text: str) -> bool:
    """Tell whether an address carries a signature or token in its query."""
    query = text.partition("#")[0].partition("?")[2]
    names = {pair.partition("=")[0].lower() for pair in re.split("[&;]", query)}
    return any(signature <= names for signature in _SIGNATURES)


def _shown(text: str) -> str:
    """Show an address up to its query, without a password."""
    shown = re.split("[?#]", text, maxsplit=1)[0]
    return repr(re.sub(r"://[^/]*@", "://…@", shown)[:200])
