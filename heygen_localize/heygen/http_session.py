"""The session that talks to the API: the key, proxies and certificates, deadlines."""

from __future__ import annotations

import os

import requests
from requests.auth import AuthBase

from heygen_localize.core.errors import UsageError
from heygen_localize.core.text import sanitize
from heygen_localize.core.version import __version__
from heygen_localize.heygen.config import Connection
from heygen_localize.system.connections import DeadlineAdapter


class _KeyHeader(AuthBase):
    """Adds the key to requests for the API base, whatever a session was asked to do."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if (request.url or "").startswith(self.connection.base + "/"):
            request.headers["x-api-key"] = self.connection.key
        return request


def api_session(connection: Connection) -> requests.Session:
    """Open a session for the API base.

    Proxies and certificates are read from the environment once, not for every call. A
    base on this very machine is asked directly, whatever proxies there are: it would be
    another machine's loopback there, and the key would go along.

    Raises:
        UsageError: the certificates are not where the environment says.
    """
    session = requests.Session()
    session.auth = _KeyHeader(connection)
    session.headers["User-Agent"] = f"heygen-localize/{__version__}"
    session.headers["Accept"] = "application/json"
    for scheme in ("https://", "http://"):
        session.mount(scheme, DeadlineAdapter())
    found = session.merge_environment_settings(connection.base, {}, None, None, None)
    bundle, secure = found["verify"], connection.base.startswith("https:")
    # Path.exists raises where a folder may not be entered.
    if secure and isinstance(bundle, str) and not os.path.exists(bundle):  # noqa: PTH110 - as said
        raise UsageError(
            f"there are no certificates at {sanitize(bundle)}",
            hint="correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment",
        )
    session.proxies = {} if connection.loopback else found["proxies"]
    session.verify, session.trust_env = bundle, False
    return session
