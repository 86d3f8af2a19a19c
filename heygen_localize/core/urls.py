"""Which addresses of a lockfile or a manifest a report may lead to. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def may_open(address: str, loopback: bool) -> bool:
    """Tell whether a report may link to an address: https, or plain http to our own sandbox.

    Never one that holds a user or a password, which would be in the report for all to
    read. With `loopback`, this machine may be linked to in clear.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    if not address.isprintable() or any(char in address for char in ' "<>\\'):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback and _is_here(host))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
