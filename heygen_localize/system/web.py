"""The way out to hosts that are not the API: sources, file hosts, upload addresses.

The key never comes here. Addresses come from manifests and from HeyGen's
answers, which are both untrusted: nothing private is asked, however it is
reached, and redirects are followed one by one.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import LocationParseError

from heygen_localize.core.urls import is_loopback
from heygen_localize.core.version import __version__
from heygen_localize.system.connections import PoolsAdapter, pools_of
from heygen_localize.system.hosts import impossible_name, is_open, is_private

_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)


class Refused(Enum):
    """Why an address is not asked."""

    ADDRESS = "what is no web address"
    SCHEME = "an address without https"
    PRIVATE = "a private address"
    CIRCLE = "a circle of redirects"
    REDIRECTS = "too many redirects"


class WebRefusal(Exception):
    """An address that is not asked; `why` says what is wrong with it."""

    def __init__(self, message: str, why: Refused = Refused.ADDRESS) -> None:
        super().__init__(message)
        self.why = why


class UnreadyNetwork(requests.ConnectionError):
    """What this machine lacks to ask anyone: requests raises a bare OSError for certificates."""


class _PrivateAddress(Exception):
    """A name that leads to a machine which is nobody's business.

    No OSError: of those urllib3 makes errors of its own, and this one would be lost.
    """


class _Guard:
    """Looks at whom a connection reached before a word is said.

    A name is looked up once and the answer checked on the open socket, so that no
    second look-up can lead elsewhere.
    """

    host: str
    loopback = False

    def _new_conn(self) -> socket.socket:
        opened: socket.socket = super()._new_conn()  # type: ignore[misc]
        peer = opened.getpeername()[0]
        if is_open(peer, self.loopback):
            return opened
        opened.close()
        raise _PrivateAddress(f"{self.host} is a private address ({peer})")


class _Plain(_Guard, HTTPConnection):
    pass


class _Secure(_Guard, HTTPSConnection):
    pass


class _PlainHere(_Plain):
    loopback = True


class _SecureHere(_Secure):
    loopback = True


_POOLS = pools_of(_Plain, _Secure)
_POOLS_HERE = pools_of(_PlainHere, _SecureHere)


def _without_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add nothing: else requests would look for passwords in ~/.netrc."""
    return request


class _Session(requests.Session):
    """Does not look at redirects, of which requests would read the whole body beforehand.

    It reads the environment (proxies, certificates) once for each host.
    """

    def __init__(self) -> None:
        super().__init__()
        self._around: dict[tuple[object, ...], Any] = {}

    def merge_environment_settings(self, url: Any, proxies: Any, *more: Any) -> Any:
        """Return what a request is sent with, as the environment has it."""
        parts = urlsplit(url)
        name = (parts.scheme, parts.netloc, *sorted(proxies or ()), *more)
        if name not in self._around:
            self._around[name] = super().merge_environment_settings(url, proxies, *more)
        return dict(self._around[name])

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find none: `Web.asked` follows them itself."""


class Web:
    """A session for hosts that are not the API. May be used by several threads at once.

    With `loopback`, this machine itself may be asked too, by plain http as well: for
    the sandbox.
    """

    def __init__(self, *, loopback: bool, connections: int = 16) -> None:
        self._loopback = loopback
        self._session = _Session()
        self._session.auth = _without_credentials
        self._session.headers["User-Agent"] = f"heygen-localize/{__version__}"
        self._session.headers["Accept-Encoding"] = "identity"
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = PoolsAdapter(
            _POOLS_HERE if loopback else _POOLS,
            pool_maxsize=connections,
            pool_connections=connections,
        )
        self._adapter = adapter
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, adapter)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @contextmanager
    def asked(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: tuple[float, float] = (10.0, 30.0),
    ) -> Iterator[requests.Response]:
        """Ask for a URL, through its redirects; the body is read by whoever asks.

        `response.url` is where it ended, `response.history` the way there. Time-outs in
        seconds, to connect and between two pieces.

        Raises:
            WebRefusal: an address on the way that is not asked.
            requests.RequestException: no answer.
        """
        history: dict[str, requests.Response] = {}
        for _ in range(_MOST_REDIRECTS + 1):
            if url in history:
                raise WebRefusal("redirects that lead in a circle", Refused.CIRCLE)
            with self._sent(method, url, headers or {}, timeout) as response:
                location = response.headers.get("Location")
                if response.status_code not in _REDIRECTS or not location:
                    response.history = list(history.values())
                    yield response
                    return
            history[url] = response
            url = _joined(url, location)
        raise WebRefusal(f"more than {_MOST_REDIRECTS} redirects", Refused.REDIRECTS)

    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], timeout: tuple[float, float]
    ) -> requests.Response:
        """Send a request without a body, as its session would; return the answer's head.

        A session takes as long to prepare one, with nothing to authenticate by, no cookies and
        no hooks, as the sending takes.
        """
        sent, proxies = self._check(url)
        request = requests.PreparedRequest()
        request.method, request.url, request.hooks = method, sent, {}
        with _errors_of_requests():
            request.prepare_headers({**self._session.headers, **headers})
            settings = self._session.merge_environment_settings(sent, proxies, True, None, None)
            return self._adapter.send(request, timeout=timeout, **settings)

    def put(self, url: str, body: Any, headers: Mapping[str, str], timeout: float) -> int:
        """Send a body that is read piece by piece; return the status. `timeout` in seconds.

        Redirects are not followed.

        Raises:
            WebRefusal: an address that is not asked.
            requests.RequestException: no answer.
        """
        _, proxies = self._check(url)
        with (
            _errors_of_requests(),
            self._session.put(
                url,
                data=body,
                headers=dict(headers),
                proxies=proxies,
                timeout=(10.0, timeout),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            return response.status_code

    def _check(self, url: str) -> tuple[str, dict[str, Any]]:
        """Refuse what is not to be asked; return the address as it is sent, and its proxies.

        Whom a name leads to is seen once the connection stands, but not through a proxy:
        so what can be told of a host by its name is told before anyone is asked.
        """
        sent, parts = _prepared(url)
        here = is_loopback(parts.hostname or "")
        if is_private(parts.hostname or "", self._loopback):
            raise WebRefusal(f"{parts.hostname} is a private address", Refused.PRIVATE)
        if parts.scheme != "https" and not (here and parts.scheme == "http"):
            raise WebRefusal("not an https address", Refused.SCHEME)
        return sent, dict(_DIRECT) if here else {}


@contextmanager
def _errors_of_requests() -> Iterator[None]:
    """Raise errors as requests tells them, or as WebRefusal."""
    try:
        yield
    except _PrivateAddress as error:
        raise WebRefusal(str(error), Refused.PRIVATE) from None
    except LocationParseError as error:  # which requests lets through
        raise UnreadyNetwork(error) from None
    except OSError as error:
        # A missing file of certificates comes as a bare one.
        if isinstance(error, requests.RequestException) or error.errno is not None:
            raise error from None
        raise UnreadyNetwork(error) from None


_DIRECT: Mapping[str, None] = {"http": None, "https": None, "all": None}
"""No proxy, whatever the environment says: it would take its own machine for this one."""


def _prepared(url: str) -> tuple[str, SplitResult]:
    """Take an address apart as it will be sent: another parser may see another host in it."""
    request = requests.PreparedRequest()
    try:
        if urlsplit(url).scheme not in ("http", "https"):
            raise WebRefusal("not an https address", Refused.SCHEME)
        request.prepare_url(url, None)
        sent = request.url or ""
        parts = urlsplit(sent)
    except (ValueError, requests.RequestException, LocationParseError):
        raise WebRefusal("not a web address") from None
    host = parts.hostname or ""
    if ":" not in host and impossible_name(host):
        raise WebRefusal("not a web address")
    return sent, parts


def _joined(url: str, location: str) -> str:
    """Return the address that a redirect names; its header came as Latin-1, and often is UTF-8."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urljoin(url, location)
    except ValueError:
        raise WebRefusal("not a web address") from None
