"""The operations of the contract, each with compiled checks of its requests.

Source: docs/vendor/heygen-v3.openapi.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from werkzeug.wrappers import Request

from heygen_localize.sandbox.contract.document import contract, resolved
from heygen_localize.sandbox.contract.schemas import Schema
from heygen_localize.sandbox.contract.values import check_values
from heygen_localize.sandbox.errors import Refusal, invalid, malformed

_JSON = "application/json"
_INTEGER = re.compile(r"-?[0-9]{1,18}")
# The lists whose entries are orders of their own: a refusal names the list.
_BATCHES = frozenset({"video_translations", "lipsyncs", "files"})
_FEW = 10


@dataclass(frozen=True)
class _Parameter:
    """One parameter of a query, or one header."""

    name: str
    required: bool
    integer: bool
    plain: bool
    schema: Schema

    def check(self, text: str | None) -> None:
        if text is None:
            if self.required:
                raise invalid(self.name, f"'{self.name}' is required.")
            return
        if self.plain:
            return
        value: object = text
        if self.integer:
            if not _INTEGER.fullmatch(text):
                raise invalid(self.name, f"'{self.name}' must be an integer.")
            value = int(text)
        for _, _, why in self.schema.misfits(value):
            raise invalid(self.name, f"'{self.name}'{why.removeprefix('The body')}")


class Operation:
    """One operation of the contract.

    Args:
        method: The HTTP method.
        template: Its path, such as ``/v3/assets/{asset_id}``.
        described: What the contract says of it.

    Attributes:
        id: Its ``operationId``.
        takes_key: Whether an ``Idempotency-Key`` counts.
    """

    def __init__(self, method: str, template: str, described: Mapping[str, Any]) -> None:
        self.id: str = described["operationId"]
        self.method = method
        self.template = template
        parameters = [resolved(parameter) for parameter in described.get("parameters", ())]
        self._query = {item.name: item for item in _parameters(parameters, "query")}
        self._headers = _parameters(parameters, "header")
        self.takes_key = any(header.name == "Idempotency-Key" for header in self._headers)
        content = described.get("requestBody", {}).get("content", {})
        self._body = Schema(resolved(content[_JSON]["schema"])) if _JSON in content else None

    def check_headers(self, request: Request) -> None:
        """Refuse headers that the contract does not allow.

        Raises:
            Refusal: 400.
        """
        for header in self._headers:
            header.check(request.headers.get(header.name))

    def check_query(self, request: Request) -> None:
        """Refuse a query that the contract does not allow.

        A parameter that the contract does not name is refused too, and one that
        comes twice: harsher than the vendor may be, so that no mistake stays unseen.

        Raises:
            Refusal: 400.
        """
        given = request.args
        for name in given:
            if name not in self._query:
                raise invalid(name, f"Unknown parameter '{name}'.")
            if len(given.getlist(name)) > 1:
                raise invalid(name, f"'{name}' is given twice.")
        for name, parameter in self._query.items():
            parameter.check(given.get(name))

    def check_body(self, request: Request, body: Any) -> None:
        """Refuse a body that the contract does not allow.

        Args:
            request: The request.
            body: Its body parsed as JSON; None where it is none.

        Raises:
            Refusal: 400.
        """
        if self._body is None:
            return
        if request.mimetype != _JSON:
            raise malformed(None, f"The body must be sent as {_JSON}.")
        if body is None:
            raise malformed(None, "The body must be a JSON object.")
        if not self._body.accepts(body):
            raise _refusal(self._body.misfits(body))
        check_values(body)


def _parameters(described: list[Any], place: str) -> list[_Parameter]:
    return [
        _Parameter(
            name=item["name"],
            required=item.get("required", False),
            integer=item["schema"]["type"] == "integer",
            # Any text will do.
            plain=item["schema"] == {"type": "string"},
            schema=Schema(item["schema"]),
        )
        for item in described
        if item["in"] == place
    ]


def _refusal(misfits: list[tuple[tuple[str | int, ...], str, str]]) -> Refusal:
    entries = sorted(
        {path[1] for path, _, _ in misfits if len(path) > 1 and path[0] in _BATCHES}, key=int
    )
    path, field, why = misfits[0]
    if len(path) < 2 or path[0] not in _BATCHES:
        return malformed(field or None, why)
    shown = ", ".join(map(str, entries[:_FEW])) + (", …" if len(entries) > _FEW else "")
    return invalid(str(path[0]), f"Not valid at {shown}: {why}")


@cache
def operations() -> Mapping[tuple[str, str], Operation]:
    """Return every operation of the contract by its method and its path."""
    return {
        (method.upper(), template): Operation(method.upper(), template, described)
        for template, methods in contract()["paths"].items()
        for method, described in methods.items()
    }
