"""Web addresses in a manifest: what they may be, and what stands for them."""

from __future__ import annotations

import ipaddress
import re

from heygen_localize.manifest.findings import MistakeError

_FORM = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/?#]*)(?P<rest>[^#]*)(?:#.*)?"
)
_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@\s]+))(?::[0-9]{1,5})?")
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
    return "://" in text and _FORM.match(text) is not None


def web_address(text: str, *, loopback: bool) -> str:
    """Check an address, and give it with scheme and host in lower case and no fragment.

    With `loopback`, plain http to this machine passes too. Messages show no
    query and no password, which may be secrets.

    Raises:
        MistakeError: not https, no host, a user or password in it, or blanks.
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
    here = scheme == "http" and _is_loopback(parts["six"] or parts["name"])
    if scheme != "https" and not (here and loopback):
        raise MistakeError(
            "url_scheme",
            f"{_shown(text)} is not an https address",
            "http to this machine is for the sandbox: set HEYGEN_API_BASE to what it prints"
            if here
            else "the vendor takes https only",
        )
    return f"{scheme}://{host.lower()}{rest}"


def is_signed(text: str) -> bool:
    """Tell whether an address carries a signature or token in its query."""
    query = text.partition("#")[0].partition("?")[2]
    names = {pair.partition("=")[0].lower() for pair in re.split("[&;]", query)}
    return any(signature <= names for signature in _SIGNATURES)


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(text: str) -> str:
    """Show an address up to its query, without a password."""
    shown = re.split("[?#]", text, maxsplit=1)[0]
    return repr(re.sub(r"://[^/]*@", "://…@", shown)[:200])
