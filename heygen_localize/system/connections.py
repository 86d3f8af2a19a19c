"""Connections on which an answer has an end: a peer that drips cannot hold a run for ever.

The time-outs of sockets are between two pieces. Here an answer as a whole, from its
status line to its last byte, may take twice as long as one piece of it.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import MutableMapping
from http.client import HTTPResponse
from typing import Any, cast

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

_TIMES_A_PIECE = 2


class _Limited(io.RawIOBase):
    """What comes from a socket, until a moment of `time.monotonic`."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self._raw = opened.makefile("rb", buffering=0)
        self._piece = opened.gettimeout()
        whole = None if self._piece is None else self._piece * _TIMES_A_PIECE
        self._end = None if whole is None else time.monotonic() + whole

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._end is not None and self._piece is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("the read operation timed out")
            self._socket.settimeout(min(left, self._piece))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Peer:
    """Stands for a socket where `HTTPResponse` wants one."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(_Limited(self._socket))


class _Answer(HTTPResponse):
    def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(_Peer(sock), *arguments, **options)  # type: ignore[arg-type]


class _Plain(HTTPConnection):
    response_class = _Answer


class _Secure(HTTPSConnection):
    response_class = _Answer


def pools_of(
    plain: type[HTTPConnection], secure: type[HTTPSConnection]
) -> dict[str, type[HTTPConnectionPool]]:
    """Return classes of pools with these connections, by scheme."""

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = secure

    return {"http": PlainPool, "https": SecurePool}


_POOLS = pools_of(_Plain, _Secure)


class PoolsAdapter(HTTPAdapter):
    """An adapter of requests that connects by pools of ours, unless through a proxy."""

    def __init__(self, pools: dict[str, type[HTTPConnectionPool]], **options: Any) -> None:
        self._pools = pools
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the manager of direct connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools


class DeadlineAdapter(PoolsAdapter):
    """Gives every answer a deadline, through a proxy as well."""

    def __init__(self) -> None:
        super().__init__(_POOLS)

    def pool_for(
        self, request: PreparedRequest, verify: bool | str | None, proxies: MutableMapping[str, str]
    ) -> HTTPConnectionPool:
        """Return the pool that a request goes through, with the certificates that it trusts.

        Raises:
            requests.RequestException: a proxy that is no address, or of an unknown kind.
            OSError: there are no certificates in that place.
        """
        pool = self.get_connection_with_tls_context(request, verify, proxies=proxies)
        self.cert_verify(pool, request.url, verify, None)  # type: ignore[no-untyped-call]
        return cast("HTTPConnectionPool", pool)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> ProxyManager:
        """Make them by way of a proxy."""
        manager: ProxyManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
