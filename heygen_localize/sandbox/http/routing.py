"""The paths of the sandbox, and a request on its way to one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.wrappers import Request

from heygen_localize.sandbox.account.uploads import Received
from heygen_localize.sandbox.contract.operations import Operation, operations
from heygen_localize.sandbox.faults.rules import ActiveFaults

# The paths outside of the contract: the file host, and addresses of sources.
_OTHERS = (
    ("PUT", "/uploads/{asset_id}", "put_upload"),
    ("GET", "/files/{job_id}/{name}", "file"),
    ("GET", "/proofreads/{proofread_id}/{name}", "proofread_file"),
    ("GET", "/assets/{asset_id}", "asset_file"),
    ("GET", "/source/{path:name}", "source"),
)
# The endpoints whose body is a file: it goes to the disk in pieces.
UPLOADS = frozenset({"assetCreate", "put_upload"})


@dataclass(frozen=True)
class Route:
    """Where a request goes.

    Attributes:
        endpoint: The ``operationId`` of the contract, or the name of another path.
        template: The path with the names of its variable parts.
        arguments: The variable parts.
        operation: What the contract says of it; None for another path.
    """

    endpoint: str = ""
    template: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    operation: Operation | None = None


@dataclass(frozen=True)
class Call:
    """One request on its way to an endpoint.

    Attributes:
        request: The request itself.
        route: Where it goes.
        body: Its body parsed as JSON, or None; None for an upload.
        faults: The faults that strike it.
        query: Its query by the names and types of the contract, with defaults.
        received: The file in its body, if it is an upload that has one.
    """

    request: Request
    route: Route
    body: Any
    faults: ActiveFaults
    query: Mapping[str, Any] = field(default_factory=dict)
    received: Received | None = None

    @property
    def id(self) -> str:
        """The first variable part of the path."""
        return next(iter(self.route.arguments.values()))

    @cached_property
    def base_url(self) -> str:
        """The address of the host that it came to, without a slash at the end."""
        return self.request.host_url.rstrip("/")


@cache
def url_map() -> Map:
    """Return the paths of the contract, and the others."""
    described = [(item.method, item.template, item.id) for item in operations().values()]
    rules = [
        Rule(template.replace("{", "<").replace("}", ">"), methods=[method], endpoint=name)
        for method, template, name in (*described, *_OTHERS)
    ]
    return Map(rules, merge_slashes=False)


@cache
def _adapter() -> MapAdapter:
    return url_map().bind("sandbox")


@lru_cache(maxsize=4096)
def route_of(method: str, path: str) -> Route:
    """Return where a request goes.

    Raises:
        HTTPException: 404 and 405.
    """
    rule, arguments = _adapter().match(path, method, return_rule=True)
    operation = operations().get(str(rule.endpoint))
    template = operation.template if operation else rule.rule.replace("<", "{").replace(">", "}")
    return Route(str(rule.endpoint), template.replace("{path:", "{"), arguments, operation)
