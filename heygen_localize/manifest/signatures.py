"""Web addresses that open a file to whoever has them: no secret belongs in a manifest."""

from __future__ import annotations

import re

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


def is_signed(text: str) -> bool:
    """Return whether an address carries a signature or token in its query."""
    query = text.partition("#")[0].partition("?")[2]
    if "?" not in text:
        return False
    names = {pair.partition("=")[0].lower() for pair in re.split("[&;]", query)}
    return any(signature <= names for signature in _SIGNATURES)
