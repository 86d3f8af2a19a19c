"""The thin HTTP skin: notes, faults, the key, idempotency, then the endpoint."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.wrappers import Request, Response

from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.contract.values import parsed
from heygen_localize.sandbox.endpoints.account import AccountEndpoints
from heygen_localize.sandbox.endpoints.assets import AssetEndpoints
from heygen_localize.sandbox.endpoints.batches import BatchEndpoints
from heygen_localize.sandbox.endpoints.proofreads import ProofreadEndpoints
from heygen_localize.sandbox.endpoints.sources import SourceEndpoints
from heygen_localize.sandbox.endpoints.translations import TranslationEndpoints
from heygen_localize.sandbox.errors import Refusal, unauthorized
from heygen_localize.sandbox.faults.kinds import Stage
from heygen_localize.sandbox.faults.rules import Dice, Visit
from heygen_localize.sandbox.http.idempotency import NO_KEY, Hold, Keys
from heygen_localize.sandbox.http.responses import (
    INSTEAD,
    SPOILED,
    failure,
    replayed,
    routing_failure,
)
from heygen_localize.sandbox.http.routing import UPLOADS, Call, Route, route_of
from heygen_localize.sandbox.profile import Account
from heygen_localize.sandbox.records import RequestNote

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_KEY_HEADER = "x-api-key"
_IDEMPOTENCY_HEADER = "Idempotency-Key"


def _is_api(request: Request) -> bool:
    return request.path.startswith("/v3/")


def _leaks_key(request: Request, body: bytes, api_key: str) -> bool:
    allowed = "HTTP_X_API_KEY" if _is_api(request) else None
    headers = [
        value
        for name, value in request.environ.items()
        if name.startswith(("HTTP_", "CONTENT_")) and name != allowed
    ]
    query = unquote(request.query_string.decode("latin-1"))
    texts = (request.path, query, body.decode("utf-8", "replace"), *headers)
    return any(api_key in text for text in texts)


def _asks_to_be_called(body: Any) -> bool:
    if not isinstance(body, dict):
        return False
    lists = [value for value in body.values() if isinstance(value, list)]
    entries = [entry for entries in lists for entry in entries if isinstance(entry, dict)]
    return any(part.get("callback_url") for part in (body, *entries))


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

    def __init__(self, account: Account, store: Store, dice: Dice) -> None:
        self.dice = dice
        self.misfits: list[str] = []
        self._account = account
        self._store = store
        self._api_key = account.settings.api_key
        self._keys = Keys(store)
        self._assets = AssetEndpoints(account)
        self._handlers = {
            **TranslationEndpoints(account).handlers,
            **BatchEndpoints(account).handlers,
            **ProofreadEndpoints(account).handlers,
            **self._assets.handlers,
            **AccountEndpoints(account).handlers,
            **SourceEndpoints(account).handlers,
        }
        self._closing = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request.

        Raises:
            ConnectionResetError: If the connection is to be reset.
        """
        try:
            response = self._respond(Request(environ))
        except ClientDisconnected:
            raise ConnectionResetError from None
        return response(environ, start_response)

    def close(self) -> None:
        """Wake requests that a fault slowed down."""
        self._closing.set()

    def _respond(self, request: Request) -> Response:
        error: HTTPException | None = None
        try:
            route = route_of(request.method, request.path)
        except HTTPException as nowhere:
            route, error = Route(), nowhere
        later_page = "token" in request.args
        visit = Visit(request.method, request.path, route.endpoint, later_page)
        body = b"" if route.endpoint in UPLOADS else request.get_data()
        call = Call(request, route, parsed(body), self.dice.throw(visit))
        number = self._store.add_request(
            RequestNote(
                method=request.method,
                route=route.template,
                path=request.path,
                query=request.query_string.decode("latin-1"),
                idempotency_key=request.headers.get(_IDEMPOTENCY_HEADER),
                body=call.body,
                at=self._account.now(),
                key_leaked=_leaks_key(request, body, self._api_key),
                faults=tuple(call.faults.parameters),
            )
        )
        response = self._struck_answer(call, error)
        self._store.set_request_status(number, response.status_code)
        return response

    def _struck_answer(self, call: Call, error: HTTPException | None) -> Response:
        early = call.faults.at(Stage.BEFORE)
        if early is not None:
            return INSTEAD[early](call.faults.parameters[early])
        try:
            response = self._authorized_answer(call, error)
        except Refusal as refusal:
            response = failure(refusal)
        except ClientDisconnected:
            raise ConnectionResetError from None
        except HTTPException as refused:
            response = routing_failure(refused)
        late = call.faults.at(Stage.AFTER)
        return response if late is None else SPOILED[late](response)

    def _authorized_answer(self, call: Call, error: HTTPException | None) -> Response:
        if _is_api(call.request) and call.request.headers.get(_KEY_HEADER) != self._api_key:
            raise unauthorized()
        if error is not None:
            self._note_misfit(call, f"no such operation: {error.name}")
            raise error
        if call.route.operation is not None:
            with self._misfits_noted(call):
                call.route.operation.check_headers(call.request)
        with self._hold(call) as hold:
            if hold.first is not None:
                return replayed(hold.first)
            return self._work(call, hold)

    def _hold(self, call: Call) -> AbstractContextManager[Hold]:
        operation, key = call.route.operation, call.request.headers.get(_IDEMPOTENCY_HEADER)
        if key is None or operation is None or not operation.takes_key:
            return nullcontext(NO_KEY)
        return self._keys.hold(call.request.path, key, self._account.now())

    def _work(self, call: Call, hold: Hold) -> Response:
        if "slow" in call.faults:
            self._closing.wait(call.faults.seconds("slow"))
        refused = call.faults.at(Stage.STORED)
        if refused is None and call.route.endpoint in UPLOADS:
            # Before the transaction, or one slow upload would hold up everybody.
            call = replace(call, received=self._assets.receive(call))
        try:
            with self._whole(call.request):
                if refused is None:
                    response = self._checked_answer(call)
                else:
                    response = INSTEAD[refused](call.faults.parameters[refused])
                hold.keep(response)
        finally:
            if call.received is not None:
                call.received.discard()
        if call.request.method != "GET":
            # Not before it is in the store.
            self._account.delivery_worker.wake()
        return response

    def _checked_answer(self, call: Call) -> Response:
        account, operation = self._account, call.route.operation
        if operation is not None:
            with self._misfits_noted(call):
                call = replace(call, query=operation.query(call.request))
                operation.check_body(call.request, call.body)
        account.access.check_call(call.request.path, call.route.arguments)
        account.batches.catch_up()
        if _asks_to_be_called(call.body):
            account.outbox.begin()
        return self._handlers[call.route.endpoint](call)

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
