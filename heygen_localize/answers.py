"""Reading what the API sends back, whatever it is: bounded, parsed, or described."""

from __future__ import annotations

import json
from typing import Any

import requests
from urllib3 import exceptions as urllib3_errors
from urllib3.util import Retry

_LARGEST_ANSWER = 32 * 1024 * 1024
_CHUNK = 64 * 1024


class TooLarge(requests.ConnectionError):
    """An answer is larger than any true one."""


def bounded_body(response: requests.Response) -> bytes:
    """Read a body, but not one that would fill the memory.

    Raises:
        TooLarge: it is larger than any true answer.
    """
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise TooLarge
    return bytes(content)


def parsed(content: bytes) -> Any:
    """Read JSON; None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def envelope_of(content: bytes) -> tuple[str, str] | None:
    """Read the code and the message of the vendor's error envelope; None where it is none."""
    answer = parsed(content)
    told = answer.get("error") if isinstance(answer, dict) else None
    code, message = (told.get("code"), told.get("message")) if isinstance(told, dict) else (0, 0)
    return (code, message) if code and isinstance(code, str) and isinstance(message, str) else None


def seconds_of(retry_after: str | None) -> float | None:
    """Read `Retry-After` in seconds, whether it tells a number or a date."""
    try:
        return Retry(0).parse_retry_after(retry_after) if retry_after else None
    except (urllib3_errors.InvalidHeader, ValueError, OverflowError):
        return None


def timed_out(error: Exception) -> bool:
    """Find out whether a read timed out, which requests tells only of what it did not repeat."""
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), urllib3_errors.ReadTimeoutError)


def shape_of(content: bytes) -> str:
    """Describe a body that is not ours to quote."""
    if not content.strip():
        return "an empty body"
    if content.lstrip()[:1] == b"<":
        return "an HTML page: a proxy, or the wrong address"
    return "a body that is cut off or not JSON"
