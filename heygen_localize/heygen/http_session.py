"""The connections to the API base: proxies and certificates, deadlines, the key.

requests reads what the environment says of proxies and certificates, once; what is sent then goes
through the pool of urllib3 that it makes of that. A pool leads to one host alone: there is no way
from here to send the key elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import requests
from urllib3 import BaseHTTPResponse, HTTPConnectionPool
from urllib3.util import Timeout

from heygen_localize.core.errors import UsageError
from heygen_localize.core.text import sanitize
from heygen_localize.core.version import __version__
from heygen_localize.heygen.config import Connection
from heygen_localize.system.connections import DeadlineAdapter


class ApiSession:
    """Sends requests below the API base, over connections that are kept. Safe in threads.

    Proxies and certificates are read from the environment once, not for every call. A
    base on this very machine is asked directly, whatever proxies there are: it would be
    another machine's loopback there, and the key would go along.

    Raises:
        UsageError: the certificates are not where the environment says.
    """

    def __init__(self, connection: Connection) -> None:
        self._base = connection.base
        self._headers = {
            "User-Agent": f"heygen-localize/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "x-api-key": connection.key,
        }
        environment = requests.Session()
        found = environment.merge_environment_settings(connection.base, {}, None, None, None)
        bundle, secure = found["verify"], connection.base.startswith("https:")
        # Path.exists raises where a folder may not be entered.
        if secure and isinstance(bundle, str) and not os.path.exists(bundle):  # noqa: PTH110 - as said
            raise UsageError(
                f"there are no certificates at {sanitize(bundle)}",
                hint="correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment",
            )
        self._proxies = {} if connection.loopback else found["proxies"]
        self._bundle = bundle
        self._adapter = DeadlineAdapter()

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    @cached_property
    def _way(self) -> tuple[HTTPConnectionPool, str]:
        """The pool to the base, or to a proxy before it, and what a path is put after."""
        request = requests.PreparedRequest()
        request.prepare_url(self._base, None)
        pool = self._adapter.pool_for(request, self._bundle, self._proxies)
        return pool, self._adapter.request_url(request, self._proxies).rstrip("/")

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Any,
        timeout: tuple[float, float],
    ) -> BaseHTTPResponse:
        """Send one request, and return its answer with the body unread; to be closed.

        Time-outs in seconds, to connect and between two pieces. Redirects are not followed.

        Raises:
            requests.RequestException: the environment's proxy is none that can be used.
            urllib3.exceptions.HTTPError, OSError: no answer.
        """
        pool, before = self._way
        connect, read = timeout
        return pool.urlopen(
            method,
            f"{before}/{path.lstrip('/')}",  # a whole address would name another Host
            body=body,
            headers={**self._headers, **headers},
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            retries=self._adapter.max_retries,
            timeout=Timeout(connect=connect, read=read),
        )
