"""The shapes of the answers.

Source: docs/vendor/behaviour.md, "Calls".
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from heygen_localize.sandbox.errors import Refusal
from heygen_localize.sandbox.records import KeptAnswer

_JSON = "application/json"
# The only header that is part of what an answer means.
_KEPT_HEADER = "Retry-After"


def _json_answer(status: int, content: dict[str, Any]) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status=status, content_type=_JSON)


def success(data: object, status: int = 200) -> Response:
    """Gives the success envelope."""
    return _json_answer(status, {"data": data})


def timestamp(seconds: float) -> str:
    """Return a time in seconds since the epoch as the vendor writes dates."""
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def list_success(
    data: list[dict[str, Any]], *, has_more: bool = False, next_token: str | None = None
) -> Response:
    """Gives the success envelope of one page of a list."""
    return _json_answer(200, {"data": data, "has_more": has_more, "next_token": next_token})


def failure(refusal: Refusal) -> Response:
    """Gives the error envelope of a refusal."""
    error = {"code": refusal.code, "message": refusal.message}
    if refusal.param is not None:
        error["param"] = refusal.param
    response = _json_answer(refusal.status, {"error": error})
    if refusal.retry_after is not None:
        response.headers[_KEPT_HEADER] = str(refusal.retry_after)
    return response


def routing_failure(error: HTTPException) -> Response:
    """Gives the error envelope of what HTTP itself refuses: 404, 405, 416."""
    code = error.name.lower().replace(" ", "_")
    response = failure(Refusal(error.code or 500, code, error.description or error.name))
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def storage_error(status: int, code: str) -> Response:
    """Gives an error of the file host, which knows nothing of the vendor's envelope."""
    page = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>"
    return Response(page, status=status, content_type="application/xml")


def access_denied(code: str = "AccessDenied") -> Response:
    """Gives the file host's answer to a URL that expired or was altered."""
    return storage_error(403, code)


def kept(response: Response) -> KeptAnswer:
    """Gives what is kept of an answer, to give it again."""
    value = response.headers.get(_KEPT_HEADER)
    headers = {} if value is None else {_KEPT_HEADER: value}
    return KeptAnswer(response.status_code, response.get_data(as_text=True), headers)


def replayed(answer: KeptAnswer) -> Response:
    """Gives a kept answer again."""
    return Response(
        answer.body, status=answer.status, headers=dict(answer.headers), content_type=_JSON
    )
