"""The thin HTTP skin: notes, faults, the key, idempotency, then the endpoint."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.wrappers import Request, Response

from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.contract.operations import Operation, operations
from heygen_localize.sandbox.endpoints.translations import Endpoints
from heygen_localize.sandbox.errors import Refusal, unauthorized
from heygen_localize.sandbox.faults.kinds import Stage
from heygen_localize.sandbox.faults.rules import Dice, Visit
from heygen_localize.sandbox.http.bodies import parsed
from heygen_localize.sandbox.http.fault_effects import INSTEAD, SPOILED
from heygen_localize.sandbox.http.idempotency import NO_KEY, Hold, Keys
from heygen_localize.sandbox.http.responses import failure, replayed, routing_failure
from heygen_localize.sandbox.http.routing import UPLOADS, URLS, Call
from heygen_localize.sandbox.profile import Account
from heygen_localize.sandbox.records import RequestNote

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
_PATHS = URLS.bind("sandbox")
_KEY_HEADER = "x-api-key"
_IDEMPOTENCY_HEADER = "Idempotency-Key"


@dataclass(frozen=True)
class _Route:
    """Where a request goes; with an error where it goes nowhere."""

    endpoint: str = ""
    template: str = ""
    arguments: Mapping[str, str] | None = None
    operation: Operation | None = None
    error: HTTPException | None = None


def _route(request: Request) -> _Route:
    try:
        rule, arguments = _PATHS.match(request.path, request.method, return_rule=True)
    except HTTPException as error:
        return _Route(error=error)
    method = "GET" if request.method == "HEAD" else request.method
    template, operation = _described(method, rule.rule)
    return _Route(str(rule.endpoint), template, arguments, operation)


@cache
def _described(method: str, rule: str) -> tuple[str, Operation | None]:
    """Return the template of a path, and what the contract says of it."""
    template = _VARIABLE.sub(r"{\1}", rule)
    return template, operations().get((method, template))


def _is_api(request: Request) -> bool:
    return request.path.startswith("/v3/")


def _leaks_key(request: Request, body: bytes, api_key: str) -> bool:
    allowed = _KEY_HEADER if _is_api(request) else None
    headers = [value for name, value in request.headers if name.lower() != allowed]
    query = unquote(request.query_string.decode("latin-1"))
    texts = (request.path, query, body.decode("utf-8", "replace"), *headers)
    return any(api_key in text for text in texts)


class Application:
    """The sandbox as a WSGI application.

    Args:
        account: What calls are about.
        store: Where requests and kept answers are noted.
        dice: The faults; may be replaced while requests run.

    Attributes:
        dice: As given.
        misfits: Requests that the contract does not allow, each with the reason.
    """

    def __init__(
        self,
        account: Account,
        store: Store,
        dice: Dice,
    ) -> None:
        self.dice = dice
        self.misfits: list[str] = []
        self._account = account
        self._machine = account.machine
        self._store = store
        self._api_key = account.settings.api_key
        self._keys = Keys(store)
        self._endpoints = Endpoints(account)
        self._closing = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request.

        Raises:
            ConnectionResetError: If the connection is to be reset.
        """
        try:
            response = self._respond(Request(environ))
        except ClientDisconnected:
            raise ConnectionResetError from None
        return response(environ, start_response)

    def close(self) -> None:
        """Wakes requests that a fault slowed down."""
        self._closing.set()

    def _respond(self, request: Request) -> Response:
        route = _route(request)
        later_page = "token" in request.args
        visit = Visit(request.method, request.path, route.endpoint, later_page)
        uploads = route.endpoint in UPLOADS
        body = b"" if uploads else request.get_data()
        call = Call(request, parsed(body), route.arguments or {}, self.dice.throw(visit))
        number = self._store.add_request(
            RequestNote(
                method=request.method,
                route=route.template,
                path=request.path,
                query=request.query_string.decode("latin-1"),
                idempotency_key=request.headers.get(_IDEMPOTENCY_HEADER),
                body=call.body,
                at=self._machine.now(),
                key_leaked=_leaks_key(request, body, self._api_key),
                faults=tuple(call.struck.parameters),
            )
        )
        response = self._struck_answer(call, route)
        self._store.set_request_status(number, response.status_code)
        return response

    def _struck_answer(self, call: Call, route: _Route) -> Response:
        early = call.struck.at(Stage.BEFORE)
        if early is not None:
            return INSTEAD[early](call.struck.parameters[early])
        try:
            response = self._authorized_answer(call, route)
        except Refusal as refusal:
            response = failure(refusal)
        except ClientDisconnected:
            raise ConnectionResetError from None
        except HTTPException as error:
            response = routing_failure(error)
        late = call.struck.at(Stage.AFTER)
        return response if late is None else SPOILED[late](response)

    def _authorized_answer(self, call: Call, route: _Route) -> Response:
        if _is_api(call.request) and call.request.headers.get(_KEY_HEADER) != self._api_key:
            raise unauthorized()
        if route.error is not None:
            self._note_misfit(call, f"no such operation: {route.error.name}")
            raise route.error
        if route.operation is not None:
            with self._misfits_noted(call):
                route.operation.check_headers(call.request)
        with self._hold(call.request, route.operation) as hold:
            if hold.first is not None:
                return replayed(hold.first)
            return self._work(call, route, hold)

    def _hold(self, request: Request, operation: Operation | None) -> AbstractContextManager[Hold]:
        key = request.headers.get(_IDEMPOTENCY_HEADER)
        if key is None or operation is None or not operation.takes_key:
            return nullcontext(NO_KEY)
        return self._keys.hold(request.path, key, self._machine.now())

    def _work(self, call: Call, route: _Route, hold: Hold) -> Response:
        self._closing.wait(call.struck.seconds("slow"))
        refused = call.struck.at(Stage.STORED)
        if refused is None:
            # Before the transaction, or one slow upload would hold up everybody.
            call = self._endpoints.receive(route.endpoint, call)
        try:
            with self._whole(call.request):
                if refused is None:
                    response = self._checked_answer(call, route)
                else:
                    response = INSTEAD[refused](call.struck.parameters[refused])
                hold.keep(response)
        finally:
            if call.received is not None:
                call.received.discard()
        if call.request.method != "GET":
            # Not before it is in the store.
            self._account.courier.poke()
        return response

    def _checked_answer(self, call: Call, route: _Route) -> Response:
        if route.operation is not None:
            with self._misfits_noted(call):
                route.operation.check_query(call.request)
                route.operation.check_body(call.request, call.body)
        return self._endpoints.answer(route.endpoint, call)

    @contextmanager
    def _misfits_noted(self, call: Call) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            self._note_misfit(call, refusal.message)
            raise

    def _note_misfit(self, call: Call, why: str) -> None:
        if _is_api(call.request):
            self.misfits.append(f"{call.request.method} {call.request.path}: {why}")

    def _whole(self, request: Request) -> AbstractContextManager[None]:
        # The work and the answer kept for it are one: a crash leaves both or none.
        reads = request.method in ("GET", "HEAD")
        return nullcontext() if reads else self._store.transaction()
