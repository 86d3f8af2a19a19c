"""Reading what the API sends back, whatever it is: bounded, parsed, or described."""

from __future__ import annotations

import json
import re
from typing import Any

from urllib3 import BaseHTTPResponse
from urllib3 import exceptions as urllib3_errors
from urllib3.util import Retry

from heygen_localize.core.decoding import refuse_constant
from heygen_localize.heygen.messages import members

_LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes; a page of a hundred jobs with links of the greatest length has 4 million."""

_RICHEST = 500_000
"""Quotes, commas and brackets that are parsed at most: each may take 60 bytes of memory."""

_DEEPEST = 60
_LONGEST_NUMBER = 100
_CHUNK = 64 * 1024
_STRING = re.compile(r'"[^"]*"')


class TooLarge(urllib3_errors.HTTPError):
    """An answer is larger than any true one."""


def bounded_body(response: BaseHTTPResponse) -> bytes:
    """Read a body to its end and close it, but not one that would fill the memory.

    Raises:
        TooLarge: it is larger than any true answer.
    """
    content = bytearray()
    try:
        for chunk in response.stream(_CHUNK, decode_content=True):
            content += chunk
            if len(content) > _LARGEST_ANSWER:
                raise TooLarge
    finally:
        response.close()
        response.release_conn()
    return bytes(content)


def parsed(content: bytes) -> Any:
    """Read JSON; None where it is none, or none that a true answer could be.

    Bounded before the parser sees it: what is nested without end may crash one, and a
    few bytes of text can take a hundred of memory. A key that stands twice in an object
    is a contradiction.
    """
    try:
        text = content.decode("utf-8-sig")
        if _overgrown(text):
            return None
        return json.loads(
            text,
            parse_int=_whole,
            parse_constant=refuse_constant,
            object_pairs_hook=_unambiguous,
        )
    except (ValueError, RecursionError):
        return None


def _overgrown(text: str) -> bool:
    """Return whether a text has more in it, or deeper, than any true answer."""
    return sum(map(text.count, '",[{')) > _RICHEST or _depth(text) > _DEEPEST


def _depth(text: str) -> int:
    """Count how deep brackets are nested, outside of strings."""
    bare = _STRING.sub("", text.replace("\\\\", "").replace('\\"', ""))
    deep = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", bare):
        deep += 1 if bracket in "[{" else -1
        deepest = max(deep, deepest)
    return deepest


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("a number that is longer than any true one")
    return int(digits)


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key that occurs twice")
    return found


def envelope_of(content: bytes) -> tuple[str, str] | None:
    """Read the code and the message of HeyGen's error envelope; None where it is none."""
    told = members(members(parsed(content)).get("error"))
    code, message = told.get("code"), told.get("message")
    return (code, message) if code and isinstance(code, str) and isinstance(message, str) else None


def seconds_of(retry_after: str | None) -> float | None:
    """Read `Retry-After` in seconds, whether it tells a number or a date."""
    try:
        return Retry(0).parse_retry_after(retry_after) if retry_after else None
    except (urllib3_errors.InvalidHeader, ValueError, OverflowError):
        return None


def timed_out(error: Exception) -> bool:
    """Return whether nothing came in time, neither a connection nor a piece of an answer."""
    reason = getattr(error, "reason", error)
    late = (urllib3_errors.ReadTimeoutError, urllib3_errors.ConnectTimeoutError)
    # A connection that is refused is one of urllib3's time-outs.
    return isinstance(reason, late) and not isinstance(reason, urllib3_errors.NewConnectionError)


def shape_of(content: bytes) -> str:
    """Describe a body that is not ours to quote."""
    if not content.strip():
        return "an empty body"
    if content.lstrip()[:1] == b"<":
        return "an HTML page: a proxy, or the wrong address"
    if _overgrown(content.decode("utf-8", "replace")):
        return "a body with more in it, or deeper nested, than any true answer has"
    return "a body that is cut off or not JSON"
