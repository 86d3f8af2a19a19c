"""What is alike for all that an account has: list, get, update, delete, and signed files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.collection import Collection
from heygen_localize.sandbox.contract.operations import operations
from heygen_localize.sandbox.errors import Refusal, malformed
from heygen_localize.sandbox.http.pages import page_of
from heygen_localize.sandbox.http.responses import list_success, storage_error, success
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.media.files import ServedFile, serve
from heygen_localize.sandbox.profile import Account
from heygen_localize.sandbox.records import Record

Item = TypeVar("Item", bound=Record)
Handler = Callable[[Call], Response]
Handlers = Mapping[str, Handler]


def resource(
    account: Account,
    prefix: str,
    collection: Collection[Item],
    fields: Callable[[Call, Item], dict[str, Any]],
    *,
    summary: Callable[[Call, Item], dict[str, Any]] | None = None,
    change: Callable[[str, dict[str, Any]], Item] | None = None,
    lag: str = "get_lag",
    id_field: str | None = "id",
    newest_first: bool = True,
) -> dict[str, Handler]:
    """Return how the calls about the records of one kind are answered, by ``operationId``.

    Args:
        account: Whose records.
        prefix: What their operations begin with, such as ``lipsync``.
        collection: The records.
        fields: Makes the fields of an answer of a record.
        summary: Makes those in a list; None where they are the same.
        change: Changes the record of an id by a body; None where only the title can be changed.
        lag: The fault that keeps a young record from being found.
        id_field: What the answer to a deletion says the id is; None where it says nothing.
        newest_first: The order of the list.
    """

    def lists(call: Call) -> Response:
        items = collection.all(call.faults.seconds("list_lag"))
        return list_page(call, account, items[::-1] if newest_first else items, summary or fields)

    def get(call: Call) -> Response:
        return success(fields(call, collection.get(call.id, call.faults.seconds(lag))))

    def update(call: Call) -> Response:
        if not call.body:
            raise malformed(None, "Name at least one field.")
        if change is not None:
            return success(fields(call, change(call.id, call.body)))
        return success(fields(call, collection.update(call.id, title=call.body["title"])))

    def delete(call: Call) -> Response:
        collection.delete(call.id)
        return success({} if id_field is None else {id_field: call.id})

    handlers = {"List": lists, "Get": get, "Update": update, "Delete": delete}
    named = {f"{prefix}{name}": handler for name, handler in handlers.items()}
    return {name: handler for name, handler in named.items() if name in operations()}


def list_page(
    call: Call,
    account: Account,
    items: list[Item],
    fields: Callable[[Call, Item], dict[str, Any]],
) -> Response:
    """Answer with the page that a call asks for, each item as the fields that it has.

    Raises:
        Refusal: 400 for a token that no list gave.
    """
    page, following = page_of(call, account.signer, items)
    return list_success([fields(call, item) for item in page], **following)


def signed_file(call: Call, account: Account, find: Callable[[], ServedFile]) -> Response:
    """Answer as the file host does, with a file whose URL is signed.

    Args:
        call: The call.
        account: Whose file.
        find: Gives the file, or raises a `Refusal`.

    Raises:
        HTTPException: 404 if there is no such file; 416 for a range that is not there.
    """
    request = call.request
    signed = account.signer.opens(request.path, request.args, account.now())
    if not signed or "forbid_file" in call.faults:
        return storage_error(403, "AccessDenied")
    try:
        file = find()
    except Refusal as refusal:
        raise NotFound(refusal.message) from None
    return serve(file, request, call.faults.text("cut_download"))
