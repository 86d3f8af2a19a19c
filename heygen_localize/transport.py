"""One way out to the API: the key, time-outs, retries of reads, bounded and checked answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import BaseHTTPResponse
from urllib3 import exceptions as urllib3_errors
from urllib3.util import Retry

from heygen_localize import __version__
from heygen_localize.errors import ExitCode, VendorError
from heygen_localize.fingerprint import Json
from heygen_localize.settings import Connection
from heygen_localize.text import printable, redacted

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
CREATE_SECONDS = 120.0
"""Time-outs of the vendor's own client (docs/vendor/behaviour.md, "Calls")."""

_log = logging.getLogger(__name__)

_LARGEST_ANSWER = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_LONGEST_PAUSE = 60.0
"""Seconds that a read waits at most before it is repeated, whatever `Retry-After` says."""

_ACCOUNT_STATUSES = (401, 402, 403)
_HINTS = {
    401: "check HEYGEN_API_KEY: it may be mistyped, or revoked",
    402: "top up the account, then run the same command again: nothing is paid twice",
    403: "the key may not do this; ask the owner of the account",
    429: "the account is asked for more than it may; wait a little and run it again",
}


class ApiFailure(VendorError):
    """A call that brought no usable answer.

    `status` is the HTTP status, None where no whole answer came: then nobody
    knows whether the work was done. `retry_after` is in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "no_answer",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=_HINTS.get(status or 0))
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def refuses_account(self) -> bool:
        """Whether the key or the balance was refused: going on is pointless."""
        return self.status in _ACCOUNT_STATUSES

    @property
    def unauthorized(self) -> bool:
        """Whether the key itself was refused."""
        return self.status in (401, 403)


class AccountRefused(ApiFailure):
    """The vendor refused the key or the balance."""

    exit_code = ExitCode.ACCOUNT


class _TooLarge(requests.ConnectionError):
    """An answer is larger than any true one."""


class _Repeats(Retry):
    """Waits before a repeat as the vendor asks, within reason."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = _seconds(response.headers.get("Retry-After"))
        return None if asked is None else min(asked, _LONGEST_PAUSE)


@dataclass
class _KeyHeader(AuthBase):
    """Adds the key to requests for the API base, whatever a session was asked to do."""

    connection: Connection

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if (request.url or "").startswith(self.connection.base + "/"):
            request.headers["x-api-key"] = self.connection.key
        return request


class Transport:
    """Calls below the API base, JSON in and JSON out."""

    def __init__(self, connection: Connection, backoff: float = 0.5) -> None:
        self._connection = connection
        self._session = requests.Session()
        self._session.auth = _KeyHeader(connection)
        self._session.headers["User-Agent"] = f"heygen-localize/{__version__}"
        self._session.headers["Accept"] = "application/json"
        # Only reads are repeated here: whether a create may be sent again is
        # decided where its key is known.
        retry = _Repeats(
            total=connection.max_retries,
            allowed_methods={"GET"},
            status_forcelist={429, 500, 502, 503, 504},
            backoff_factor=backoff,
            backoff_max=20,
            backoff_jitter=backoff,
            raise_on_status=False,
        )
        adapter = HTTPAdapter(max_retries=retry)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Read; repeated by itself on 429, 5xx and broken connections.

        Raises:
            ApiFailure: there was no usable answer.
        """
        return self.get_whole(path, query)["data"]

    def get_whole(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Read like `get`, but give the envelope too: a list keeps its tokens there.

        Raises:
            ApiFailure: there was no usable answer.
        """
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Json], key: str) -> Any:
        """Send once, under an idempotency key.

        Raises:
            ApiFailure: there was no usable answer; the same key may be sent again.
        """
        return self._call("POST", path, body=body, key=key, seconds=CREATE_SECONDS)["data"]

    def patch(self, path: str, body: Mapping[str, Json]) -> Any:
        """Change something in place.

        Raises:
            ApiFailure: there was no usable answer.
        """
        return self._call("PATCH", path, body=body)["data"]

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Json] | None = None,
        key: str | None = None,
        seconds: float = READ_SECONDS,
    ) -> dict[str, Any]:
        try:
            with self._session.request(
                method,
                self._connection.base + path,
                params=query,
                json=body,
                headers={"Idempotency-Key": key} if key else None,
                timeout=(CONNECT_SECONDS, seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _bounded_body(response)
        except (requests.RequestException, OSError) as error:
            raise self._no_answer(method, path, error) from None
        _log.debug("%s %s: %s", method, path, response.status_code)
        if not response.ok or response.is_redirect:
            raise self._refusal(response, content)
        answer = _parsed(content)
        if not isinstance(answer, dict) or "data" not in answer:
            raise ApiFailure(f"{method} {path}: not the API's JSON but {_shape(content)}")
        return answer

    def _no_answer(self, method: str, path: str, error: Exception) -> ApiFailure:
        host = self._connection.base.partition("://")[2]
        _log.debug("%s %s: %s", method, path, type(error).__name__)
        why = {
            _TooLarge: "the answer is too large",
            requests.Timeout: "no answer in time",
            requests.exceptions.SSLError: "its certificate is not trusted",
            requests.ConnectionError: "the connection failed or broke off",
        }
        told = next((text for kind, text in why.items() if isinstance(error, kind)), "broke off")
        if _timed_out(error):
            told = why[requests.Timeout]
        return ApiFailure(f"{method} {path}: {host}: {told}")

    def _refusal(self, response: requests.Response, content: bytes) -> ApiFailure:
        status = response.status_code
        try:
            envelope = _parsed(content)["error"]
            code, message = str(envelope["code"]), str(envelope["message"])
        except (KeyError, TypeError):
            code, message = f"http_{status}", f"HTTP {status}, {_shape(content)}"
        kind = AccountRefused if status in _ACCOUNT_STATUSES else ApiFailure
        return kind(
            self._shown(message, 2000),
            status=status,
            code=self._shown(code, 64),
            retry_after=_seconds(response.headers.get("Retry-After")),
        )

    def _shown(self, text: str, longest: int) -> str:
        """Clean a text of the vendor's; masked first, lest a cut leave a piece of the key."""
        key = self._connection.key
        return redacted(printable(redacted(text, key), longest), key)


def _bounded_body(response: requests.Response) -> bytes:
    """Read a body, but not one that would fill the memory.

    Raises:
        _TooLarge: it is larger than any true answer.
    """
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise _TooLarge
    return bytes(content)


def _parsed(content: bytes) -> Any:
    """Read JSON; None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _seconds(retry_after: str | None) -> float | None:
    """Read `Retry-After` in seconds, whether it tells a number or a date."""
    try:
        return Retry(0).parse_retry_after(retry_after) if retry_after else None
    except (urllib3_errors.InvalidHeader, ValueError, OverflowError):
        return None


def _timed_out(error: Exception) -> bool:
    """Find out whether a read timed out, which requests tells only of what it did not repeat."""
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), urllib3_errors.ReadTimeoutError)


def _shape(content: bytes) -> str:
    """Describe a body that is not ours to quote."""
    if not content.strip():
        return "an empty body"
    if content.lstrip()[:1] == b"<":
        return "an HTML page: a proxy, or the wrong address"
    return "a body that is cut off or not JSON"
