"""The shapes of the answers, and what faults make of them.

Source: docs/vendor/behaviour.md, "Calls".
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, NoReturn

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from heygen_localize.sandbox.errors import (
    Refusal,
    access_denied,
    broken_inside,
    no_credit,
    not_found,
    rate_limited,
    unauthorized,
)
from heygen_localize.sandbox.records import KeptAnswer

_JSON = "application/json"
# Kept, since `json.dumps` makes one for every call with an option.
_ENCODER = json.JSONEncoder(ensure_ascii=False)
# The only header that is part of what an answer means.
_KEPT_HEADER = "Retry-After"


def _json_answer(status: int, content: dict[str, Any]) -> Response:
    return Response(_ENCODER.encode(content), status=status, content_type=_JSON)


def success(data: object, status: int = 200) -> Response:
    """Return the success envelope."""
    return _json_answer(status, {"data": data})


def timestamp(seconds: float) -> str:
    """Return a time in seconds since the epoch as the vendor writes dates."""
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def list_success(
    data: list[dict[str, Any]], *, has_more: bool = False, next_token: str | None = None
) -> Response:
    """Return the success envelope of one page of a list."""
    return _json_answer(200, {"data": data, "has_more": has_more, "next_token": next_token})


def failure(refusal: Refusal) -> Response:
    """Return the error envelope of a refusal."""
    error = refusal.error
    if refusal.param is not None:
        error["param"] = refusal.param
    response = _json_answer(refusal.status, {"error": error})
    if refusal.retry_after is not None:
        response.headers[_KEPT_HEADER] = str(refusal.retry_after)
    return response


def routing_failure(error: HTTPException) -> Response:
    """Return the error envelope of what HTTP itself refuses: 404, 405, 416."""
    code = error.name.lower().replace(" ", "_")
    response = failure(Refusal(error.code or 500, code, error.description or error.name))
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def storage_error(status: int, code: str) -> Response:
    """Return an error of the file host, which knows nothing of the vendor's envelope."""
    page = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>"
    return Response(page, status=status, content_type="application/xml")


def kept(response: Response) -> KeptAnswer:
    """Return what is kept of an answer, to give it again."""
    value = response.headers.get(_KEPT_HEADER)
    headers = {} if value is None else {_KEPT_HEADER: value}
    return KeptAnswer(response.status_code, response.get_data(as_text=True), headers)


def replayed(answer: KeptAnswer) -> Response:
    """Return a kept answer again."""
    return Response(
        answer.body, status=answer.status, headers=dict(answer.headers), content_type=_JSON
    )


def _drop(_: object) -> NoReturn:
    raise ConnectionResetError


def _bad_gateway(_: object) -> Response:
    page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
    return Response(page, status=502, content_type="text/html")


def _server_error(_: object) -> Response:
    return failure(broken_inside())


def _too_many(seconds: str) -> Response:
    return failure(rate_limited(math.ceil(float(seconds))))


def _redirect(target: str) -> Response:
    return Response("", status=302, headers={"Location": target})


def _cut(response: Response) -> Response:
    response.direct_passthrough = False
    whole = response.get_data()
    cut = Response(whole[: len(whole) // 2], response.status, response.headers)
    cut.headers["Content-Length"] = str(max(len(whole), 1))
    return cut


# Answers in place of the work, made from the parameter of the rule.
INSTEAD: Mapping[str, Callable[[str], Response]] = {
    "drop_before": _drop,
    "http_500_before": _server_error,
    "html_502": _bad_gateway,
    "rate_limit": _too_many,
    "unauthorized": lambda _: failure(unauthorized()),
    "access_denied": lambda message: failure(access_denied(message)),
    "missing": lambda _: failure(not_found("What was asked for")),
    "redirect": _redirect,
    "stored_429": _too_many,
    "stored_402": lambda _: failure(no_credit()),
    "stored_500": _server_error,
}

# What becomes of the answer to work that was done.
SPOILED: Mapping[str, Callable[[Response], Response]] = {
    "drop_after": _drop,
    "http_500_after": _server_error,
    "html_502_after": _bad_gateway,
    "cut_body": _cut,
    "empty_body": lambda _: Response("", status=200),
}
