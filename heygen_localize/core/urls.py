"""What addresses tell of themselves: whether they lead to this machine, or may be linked to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def may_open(address: str, loopback: bool) -> bool:
    """Return whether a report may link to an address: https, or plain http to our own sandbox.

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
    return parts.scheme == "https" or (parts.scheme == "http" and loopback and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself, by its name or number alone."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
