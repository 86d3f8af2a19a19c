"""What the faults do to answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NoReturn

from werkzeug.wrappers import Response

from heygen_localize.sandbox.errors import (
    access_denied,
    broken_inside,
    no_credit,
    not_found,
    rate_limited,
    unauthorized,
)
from heygen_localize.sandbox.http.responses import failure


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
