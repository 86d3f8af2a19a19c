"""Why a host was not reached, or a file not read or written: the cause in plain words.

What went wrong, where, and how to mend it, for every error of requests, urllib3 and the
system: no message names an exception's class. A proxy is named by its host alone: its address
may hold a password.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct

from heygen_localize.core.text import sanitize
from heygen_localize.system import UnsafePathError
from heygen_localize.system.hosts import impossible_name

_CERTIFICATES = "correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment, or take it away"
_PROXY = (
    "correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY in the environment; NO_PROXY lists exceptions"
)
_HINTS = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "make room: the quota is used up",
    errno.EACCES: "give this user permission",
    errno.EPERM: "give this user permission",
    errno.EROFS: "choose a place that can be written to",
    errno.ENAMETOOLONG: "give it a shorter name",
}


class Cause(Struct, frozen=True):
    """A cause as people read it.

    `ours`: it lies on this machine, and passes by no waiting. `plain`: no more is known than
    that there was no connection, or no longer.
    """

    message: str
    hint: str | None = None
    ours: bool = False
    plain: bool = False

    def __str__(self) -> str:
        """Return the message."""
        return self.message


def cause_of(error: BaseException, url: str = "") -> Cause:
    """Return why something failed; `url` is what was asked, if anything was."""
    if isinstance(error, UnsafePathError):
        return Cause(error.told)
    if isinstance(error, OSError) and error.strerror and type(error).__module__ == "builtins":
        return _of_disk(error)
    # Here, since most of what fails without a network is a file.
    import requests
    from urllib3 import exceptions as urllib3_errors

    if isinstance(error, (requests.RequestException, urllib3_errors.HTTPError)):
        return _of_network(error, url)
    if isinstance(error, TimeoutError):
        return Cause(f"{_host(url)} does not answer in time")
    if isinstance(error, OSError):
        return _of_setup(str(error)) or _of_disk(error)
    return Cause(sanitize(str(error)) or "it cannot be said why")


def _of_disk(error: OSError) -> Cause:
    if error.errno is None and error.strerror is None:
        return Cause(sanitize(str(error)) or "the system does not say why")
    told = error.strerror or os.strerror(error.errno or 0)
    return Cause(told, _HINTS.get(error.errno or 0), ours=True)


def _of_network(error: BaseException, url: str) -> Cause:  # noqa: C901 - a table, in order
    import requests
    from urllib3 import exceptions as urllib3_errors

    chain = tuple(_inner(error))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in chain)

    host, proxy = _host(url), _proxy(url)
    text = " ".join(str(one) for one in chain)
    setup = _of_setup(text)
    if setup is not None:
        return setup
    if has(requests.exceptions.InvalidProxyURL, urllib3_errors.ProxySchemeUnknown):
        return Cause("the proxy that the environment names is no address", _PROXY, ours=True)
    if has(requests.exceptions.ProxyError, urllib3_errors.ProxyError):
        named = proxy or "of the environment"
        if has(urllib3_errors.NameResolutionError):
            return Cause(f"the name of the proxy {named} is not found", _PROXY)
        told = f"the proxy {named} cannot be reached"
        if not has(urllib3_errors.NewConnectionError):
            told = f"the proxy {named} gives no connection to {host}"
        return Cause(told, _PROXY)
    if has(requests.exceptions.SSLError, urllib3_errors.SSLError):
        hint = "where a proxy looks into connections, REQUESTS_CA_BUNDLE names its certificates"
        return Cause(f"{host}: its certificate is not trusted", hint)
    if has(urllib3_errors.NameResolutionError):
        return Cause(f"the name of {host} is not found", "see whether this machine is online")
    if has(urllib3_errors.NewConnectionError):
        told = f"the connection to {host} failed"
        return Cause(told, "see whether this machine is online", plain=True)
    if has(requests.Timeout, urllib3_errors.TimeoutError, TimeoutError):
        return Cause(f"{host} does not answer in time")
    if has(requests.exceptions.InvalidURL, urllib3_errors.LocationParseError):
        if proxy is None and _has_proxy():
            return Cause("the proxy that the environment names is no address", _PROXY, ours=True)
        return Cause("the link is no address that can be asked")
    if isinstance(error, ValueError):
        return Cause("the link is no address that can be asked")
    return Cause(f"the connection to {host} broke off", plain=True)


def _of_setup(text: str) -> Cause | None:
    """Return what this machine lacks, whoever is asked: the library says so in words alone."""
    if "SOCKS support" in text:
        hint = f'pip install "requests[socks]"; or {_PROXY}'
        return Cause("the proxy is a SOCKS proxy, for which a library is missing", hint, ours=True)
    if "Not supported proxy scheme" in text or "Proxy URL had" in text:
        return Cause("the proxy that the environment names is no address", _PROXY, ours=True)
    if "TLS CA certificate bundle" in text:
        path = sanitize(text.rpartition("invalid path: ")[2])
        return Cause(f"there are no certificates at {path}", _CERTIFICATES, ours=True)
    if "NO_CERTIFICATE_OR_CRL_FOUND" in text or "PEM lib" in text:
        return Cause("the file of trusted certificates holds none", _CERTIFICATES, ours=True)
    return None


def _inner(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        further = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
        waiting.extend(other for other in further if isinstance(other, BaseException))


def _host(url: str) -> str:
    try:
        return sanitize(urlsplit(url).hostname or "", 200) or "the host"
    except ValueError:
        return "the host"


def _proxy(url: str) -> str | None:
    """Return host and port of the proxy that the environment names; None for none that is one."""
    from requests.utils import get_environ_proxies, select_proxy

    try:
        parts = urlsplit(select_proxy(url, get_environ_proxies(url, None)) or "")
        host = parts.hostname or ""
        if not host or (":" not in host and impossible_name(host)):
            return None
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    return sanitize(host, 200) + port


def _has_proxy() -> bool:
    names = ("https_proxy", "http_proxy", "all_proxy")
    return any(os.environ.get(name) or os.environ.get(name.upper()) for name in names)
