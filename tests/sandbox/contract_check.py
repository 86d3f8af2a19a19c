"""Answers held against the vendor's own description."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import requests
import yaml

DOCS = Path(__file__).parents[2] / "docs" / "vendor"
# Each worker reads it before the first test: the loader that was built with libyaml is quicker.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CONTRACT: dict[str, Any] = yaml.load((DOCS / "heygen-v3.openapi.yaml").read_text("utf-8"), _LOADER)


def closed(schema: Any) -> Any:
    """The same schema, but a field that it does not name is an error."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(item) for name, item in schema.items()}
    if schema.get("type") == "object" and schema.get("properties"):
        shut.setdefault("additionalProperties", False)
    return shut


@cache
def _validate() -> Callable[[requests.Response], None]:
    """Give what holds one answer against the contract; made once, by the first who needs it."""
    from openapi_core import OpenAPI
    from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

    openapi = OpenAPI.from_dict(closed(CONTRACT))

    class AtTheVendor(RequestsOpenAPIRequest):
        """The same request, as if it had gone to the server that the contract names."""

        host_url = CONTRACT["servers"][0]["url"]

    def validate(answer: requests.Response) -> None:
        openapi.validate_response(AtTheVendor(answer.request), RequestsOpenAPIResponse(answer))

    return validate


def check_answer(answer: requests.Response, status: int) -> dict[str, Any]:
    """Give the content of an answer that keeps the contract.

    Raises:
        AssertionError: it has another status, or says why it refuses nowhere.
        OpenAPIError: it does not keep it.
    """
    assert answer.status_code == status, answer.text
    _validate()(answer)
    if status >= 400:
        assert answer.json()["error"]["message"]
    content: dict[str, Any] = answer.json()
    return content
