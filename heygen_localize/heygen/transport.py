"""One way out to the API: the key, time-outs, retries of reads, bounded and checked answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import urlencode

import requests
from urllib3 import BaseHTTPResponse
from urllib3 import exceptions as urllib3_errors
from urllib3.util import Retry

from heygen_localize.core.errors import LocalizeError, UsageError
from heygen_localize.core.fingerprint import Json
from heygen_localize.core.text import redacted, sanitize, without_queries
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.errors import (
    ACCOUNT_READS,
    NOT_JSON,
    TOO_LARGE,
    ApiError,
    refusal,
)
from heygen_localize.heygen.http_session import ApiSession
from heygen_localize.heygen.responses import (
    TooLarge,
    bounded_body,
    envelope_of,
    parsed,
    seconds_of,
    shape_of,
    timed_out,
)
from heygen_localize.system.causes import cause_of
from heygen_localize.system.chance import chance
from heygen_localize.system.clock import Clock, SystemClock

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
CREATE_SECONDS = 120.0
UPLOAD_SECONDS = 600.0
"""Time-outs of HeyGen's own client (docs/vendor/behaviour.md, "Calls")."""

_JSON = "application/json"
_REFUSED = 400
"""The least status that is a refusal; a redirect is one too, since the key would go elsewhere."""

_log = logging.getLogger(__name__)

_MASK = redacted("-", "-").encode()
_SHORTEST_KEY = 16
"""Characters; a shorter one may stand in an id by chance."""

_LONGEST_PAUSE = 60.0
"""Seconds that a read waits at most before it is repeated, whatever `Retry-After` says."""

_READ_WITHIN = 180.0
"""Seconds after which a read is not repeated any more."""


_UPLOADED_WITHIN = 3600.0
"""Seconds after which an upload is not begun anew."""


class Transport:
    """Calls below the API base, JSON in and JSON out.

    Every call raises `ApiError` where it brought no usable answer: what a POST asked for may
    have been done all the same, and the same key may be sent again. Repeated are calls that
    change nothing more when they are: whether a create may be sent again is decided where
    its key is known.
    """

    def __init__(
        self, connection: Connection, clock: Clock | None = None, backoff: float = 0.5
    ) -> None:
        self._connection = connection
        self._clock = clock or SystemClock()
        self._random = chance()
        self._retry = Retry(total=connection.max_retries, backoff_factor=backoff, backoff_max=20)
        self._date: str | None = None
        self._session = ApiSession(connection)
        self.signature = connection.signature

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Read; repeated by itself on 429, 5xx and broken connections."""
        return self.get_whole(path, query)["data"]

    def get_whole(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Read like `get`, but return the envelope too: a list keeps its tokens there."""
        return self._again("GET", path, query=query)

    def find(self, path: str) -> dict[str, Any] | None:
        """Read like `get_whole`; None where HeyGen itself answers 404."""
        try:
            return self._again("GET", path)
        except ApiError as failure:
            if failure.gone:
                return None
            raise

    def with_retries(self, attempt: Callable[[], Any], within: float = _UPLOADED_WITHIN) -> Any:
        """Repeat a call that may be repeated while it fails in passing.

        For reads, and for what is sent under a key and costs nothing. `within` is
        in seconds.
        """
        retry, began = self._retry, self._clock.monotonic()
        while True:
            try:
                return attempt()
            except ApiError as failure:
                if not failure.passing:
                    raise
                try:
                    retry = retry.increment()
                except urllib3_errors.MaxRetryError:
                    raise failure from None
                # Full jitter: many clients that failed together come back apart.
                pause = self._random.uniform(0, retry.get_backoff_time())
                if failure.retry_after is not None:
                    pause = min(failure.retry_after, _LONGEST_PAUSE)
                if self._clock.monotonic() + pause > began + within:
                    raise
            self._clock.sleep(pause)

    @property
    def server_time(self) -> float | None:
        """HeyGen's clock at its last answer, in seconds since 1970; None where untold."""
        try:
            return parsedate_to_datetime(self._date).timestamp() if self._date else None
        except (ValueError, OverflowError):
            return None

    def pause(self, seconds: float) -> None:
        """Wait by the clock that calls are repeated by."""
        self._clock.sleep(seconds)

    def post(self, path: str, body: Mapping[str, Json], key: str | None) -> Any:
        """Send once, under an idempotency key; None where the endpoint takes none."""
        return self._call("POST", path, body=body, key=key, seconds=CREATE_SECONDS)["data"]

    def patch(self, path: str, body: Mapping[str, Json]) -> Any:
        """Set something to a value; repeated like a read."""
        return self._again("PATCH", path, body=body)["data"]

    def put(self, path: str, body: Mapping[str, Json]) -> Any:
        """Put something in place of what is there; repeated like a read."""
        return self._again("PUT", path, body=body)["data"]

    def delete(self, path: str) -> Any:
        """Remove something; repeated like a read. A repeat of one that went through gets 404."""
        return self._again("DELETE", path)["data"]

    def send_file(self, path: str, content: Any, content_type: str, key: str) -> Any:
        """Send a file once; `content` is read piece by piece."""
        options = {"key": key, "content": content, "content_type": content_type}
        return self._call("POST", path, seconds=UPLOAD_SECONDS, **options)["data"]

    def _again(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return cast(
            "dict[str, Any]",
            self.with_retries(lambda: self._call(method, path, **options), within=_READ_WITHIN),
        )

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Json] | None = None,
        content: Any = None,
        content_type: str | None = None,
        key: str | None = None,
        seconds: float = READ_SECONDS,
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": key, "Content-Type": content_type}
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body, allow_nan=False), _JSON
        elif content is not None:
            headers["Content-Length"] = str(content.len)
        sent = {name: value for name, value in headers.items() if value}
        target = f"{path}?{urlencode(query)}" if query else path
        try:
            response = self._session.send(method, target, sent, content, (CONNECT_SECONDS, seconds))
            answered = bounded_body(response)
        except (requests.RequestException, urllib3_errors.HTTPError, OSError) as error:
            raise self._no_answer(method, path, error) from None
        _log.debug("%s %s: %s", method, path, response.status)
        self._date = response.headers.get("Date")
        if response.status >= _REFUSED or response.get_redirect_location():
            of_account = method == "GET" and path in ACCOUNT_READS
            raise self._refusal(response, answered, of_account)
        answer = parsed(self._without_key(answered))
        if not isinstance(answer, dict) or "data" not in answer:
            told = f"{method} {path}: not the API's JSON but {shape_of(answered)}"
            raise ApiError(told, code=NOT_JSON)
        return answer

    def _no_answer(self, method: str, path: str, error: Exception) -> LocalizeError:
        """Return what came in place of an answer: a failure, or what this machine lacks."""
        host = self._connection.base.partition("://")[2]
        cause = cause_of(error, self._connection.base)
        if cause.ours:
            return UsageError(cause.message, code="network_setup", hint=cause.hint)
        code = "no_answer"
        if isinstance(error, TooLarge):
            code, told = TOO_LARGE, "the answer is too large"
        elif timed_out(error):
            told = "no answer in time"
        elif cause.plain:
            told = "the connection failed or broke off"
        else:
            told = cause.message.removeprefix(f"{host}: ")
        _log.debug("%s %s: %s", method, path, told)
        return ApiError(f"{method} {path}: {host}: {told}", code=code, hint=cause.hint)

    def _refusal(self, response: BaseHTTPResponse, content: bytes, of_account: bool) -> ApiError:
        status, envelope = response.status, envelope_of(content)
        waits = seconds_of(response.headers.get("Retry-After"))
        if envelope is None or status < _REFUSED:
            told = f"HTTP {status}, {shape_of(content)}"
            return ApiError(told, status=status, code=f"http_{status}", retry_after=waits)
        code, message = envelope
        shown = self._shown(message, 2000), self._shown(code, 64)
        return refusal(shown[0], status, shown[1], waits, of_account=of_account)

    def _without_key(self, content: bytes) -> bytes:
        """Mask the key in an answer too: what jobs say of themselves goes into the lockfile."""
        key = self._connection.key
        return content.replace(key.encode(), _MASK) if len(key) >= _SHORTEST_KEY else content

    def _shown(self, text: str, longest: int) -> str:
        """Clean a text of HeyGen's; masked first, lest a cut leave a piece of the key."""
        key = self._connection.key
        return without_queries(redacted(sanitize(redacted(text, key), longest), key))
