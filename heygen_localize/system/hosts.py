"""Whom a host may be: what its name or number tells, before anyone is asked for its address.

Behind a proxy nothing else is known of it: the proxy looks the name up, and may stand
where private machines are reached.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

_PRIVATE_ZONES = ("home.arpa", "internal", "local", "localhost")
"""Names that never mean a public machine: RFC 6761, 6762 and 8375, and ICANN's `.internal`."""

_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
"""The last part of what resolvers take for an address, in whichever spelling."""

_LABEL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_LONGEST_LABEL, _LONGEST_HOST = 63, 253
"""Bytes of a part of a name, and of a whole one, in DNS (RFC 1035, 2.3.4)."""

_CARRIERS = (
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (ipaddress.IPv6Network("2002::/16"), 80),  # 6to4
    (ipaddress.IPv6Network("::/96"), 0),  # the mapped ones' forerunners
)
"""Networks of IPv6 that lead to an address of IPv4, and how many bits stand behind it."""


# What a host is by its name alone never changes, and a file host is asked for many files.
@lru_cache(maxsize=1024)
def impossible_name(name: str) -> str | None:
    """Return why no host can have a name, or an IPv4 address in its place; None where one can."""
    labels = name.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1].lower()):
        return None if is_ip(name) else f"has a host that is no IPv4 address: {name[:80]!r}"
    sent = [_sent(label) for label in labels]
    for label, ascii_label in zip(labels, sent, strict=True):
        if not label:
            return f"has a host with an empty part between dots: {name[:80]!r}"
        if not _LABEL.fullmatch(ascii_label):
            return f"has a host with a part that no name can have: {label[:80]!r}"
        if len(ascii_label) > _LONGEST_LABEL:
            return (
                f"has a host with a part of {len(ascii_label)} letters, "
                f"and {_LONGEST_LABEL} are the most: {label[:80]!r}"
            )
    length = len(".".join(sent))
    if length > _LONGEST_HOST:
        return f"has a host of {length} letters, and {_LONGEST_HOST} are the most"
    return None


def _sent(label: str) -> str:
    """Return a part of a name as DNS is asked for it."""
    return label if label.isascii() else "xn--" + label.lower().encode("punycode").decode("ascii")


def is_ip(host: str) -> bool:
    """Return whether a text is an address of IPv4 or IPv6 in its plain spelling."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def is_private(host: str, loopback: bool) -> bool:
    """Return whether a host may not be asked, by what it is called.

    `host` is as it stands in an address that was prepared for sending: in lower case,
    other scripts' digits and dots already made ASCII. With `loopback`, this machine
    itself may be asked. A number in an odd spelling (`0x7f.1`, `2130706433`, `0177.0.0.1`)
    may not, whomever it leads to, nor a name that is percent-encoded.
    """
    name = host.rstrip(".")
    try:
        return not is_open(name, loopback)
    except ValueError:
        labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]) or "%" in name:
        return True
    if name == "localhost":
        return not loopback
    zones = (name == zone or name.endswith(f".{zone}") for zone in _PRIVATE_ZONES)
    return len(labels) == 1 or any(zones)


def is_open(address: str, loopback: bool) -> bool:
    """Return whether a peer may be spoken to.

    Raises:
        ValueError: not an address in its plain spelling.
    """
    number = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped is not None:
            return is_open(str(number.ipv4_mapped), loopback)
        inner = _carried(number)
        if inner is not None:
            return is_open(str(inner), loopback=False)
        if number.is_site_local:
            return False
    if number.is_loopback:
        return loopback
    return number.is_global and not number.is_multicast


def _carried(number: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a gateway would make of one of IPv6."""
    for network, behind in _CARRIERS:
        if number in network and int(number) > 1:
            return ipaddress.IPv4Address(int(number) >> behind & 0xFFFFFFFF)
    return None
