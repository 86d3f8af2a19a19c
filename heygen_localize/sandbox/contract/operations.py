"""The operations of the contract, each with compiled checks of its requests.

Source: docs/vendor/heygen-v3.openapi.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from werkzeug.wrappers import Request

from heygen_localize.sandbox.contract.document import contract, resolved
from heygen_localize.sandbox.contract.schemas import Schema
from heygen_localize.sandbox.contract.values import BATCHES, check_values, in_batch
from heygen_localize.sandbox.errors import Refusal, invalid, malformed

_JSON = "application/json"
_INTEGER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class _Parameter:
    """One parameter of a query, or one header."""

    name: str
    required: bool
    described: Mapping[str, Any]

    @cached_property
    def _schema(self) -> Schema:
        return Schema(self.described)

    def value(self, text: str | None) -> Any:
        """Return the value that a text stands for, or its default; raise a `Refusal` if none."""
        if text is None:
            if self.required:
                raise invalid(self.name, f"'{self.name}' is required.")
            return self.described.get("default")
        value: object = text
        if self.described["type"] == "integer":
            if not _INTEGER.fullmatch(text):
                raise invalid(self.name, f"'{self.name}' must be an integer.")
            value = int(text)
        if not self._schema.accepts(value):
            why = self._schema.misfits(value)[0][2]
            raise invalid(self.name, f"'{self.name}'{why.removeprefix('The body')}")
        return value


class Operation:
    """One operation of the contract.

    Args:
        method: The HTTP method.
        template: Its path, such as ``/v3/assets/{asset_id}``.
        described: What the contract says of it.

    Attributes:
        id: Its ``operationId``.
        method: As given.
        template: As given.
        takes_key: Whether an ``Idempotency-Key`` counts.
    """

    def __init__(self, method: str, template: str, described: Mapping[str, Any]) -> None:
        self.id: str = described["operationId"]
        self.method = method
        self.template = template
        parameters = [resolved(item) for item in described.get("parameters", ())]
        self._query = _parameters(parameters, "query")
        self._headers = _parameters(parameters, "header")
        self.takes_key = "Idempotency-Key" in self._headers
        self._content = described.get("requestBody", {}).get("content", {})

    @cached_property
    def _body(self) -> Schema:
        return Schema(resolved(self._content[_JSON]["schema"]))

    def check_headers(self, request: Request) -> None:
        """Refuse headers that the contract does not allow.

        Raises:
            Refusal: 400.
        """
        for name, header in self._headers.items():
            header.value(request.headers.get(name))

    def query(self, request: Request) -> dict[str, Any]:
        """Return the query by the names of the contract, with its types and its defaults.

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
        values = {name: item.value(given.get(name)) for name, item in self._query.items()}
        return {name: value for name, value in values.items() if value is not None}

    def check_body(self, request: Request, body: Any) -> None:
        """Refuse a body that the contract does not allow.

        Args:
            request: The request.
            body: Its body parsed as JSON; None where it is none.

        Raises:
            Refusal: 400.
        """
        if _JSON not in self._content:
            return
        if request.mimetype != _JSON:
            raise malformed(None, f"The body must be sent as {_JSON}.")
        if body is None:
            raise malformed(None, "The body must be a JSON object.")
        if not self._body.accepts(body):
            raise _refusal(self._body.misfits(body))
        check_values(body)


def _parameters(described: list[Any], place: str) -> dict[str, _Parameter]:
    return {
        item["name"]: _Parameter(item["name"], item.get("required", False), item["schema"])
        for item in described
        if item["in"] == place
    }


def _refusal(misfits: list[tuple[tuple[str | int, ...], str, str]]) -> Refusal:
    path, field, why = misfits[0]
    if len(path) < 2 or path[0] not in BATCHES:
        return malformed(field or None, why)
    places = {int(path[1]) for path, _, _ in misfits if len(path) > 1 and path[0] in BATCHES}
    return in_batch(str(path[0]), sorted(places), why)


@cache
def operations() -> Mapping[str, Operation]:
    """Return every operation of the contract by its ``operationId``."""
    found = [
        Operation(method.upper(), template, described)
        for template, methods in contract()["paths"].items()
        for method, described in methods.items()
    ]
    return {operation.id: operation for operation in found}
