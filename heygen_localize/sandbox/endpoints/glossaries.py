"""The endpoints about brand glossaries: from a checked call to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.glossaries import Glossaries, Glossary
from heygen_localize.sandbox.http.pages import list_page
from heygen_localize.sandbox.http.responses import success, timestamp
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer


class GlossaryEndpoints:
    """Answers calls about brand glossaries.

    Args:
        glossaries: The glossaries of the account.
        signer: Signs tokens.
    """

    def __init__(self, glossaries: Glossaries, signer: Signer) -> None:
        self._glossaries = glossaries
        self._signer = signer
        self.handlers: Mapping[str, Callable[[Call], Response]] = {
            "glossaries": self._list,
            "create_glossary": self._create,
            "get_glossary": self._get,
            "change_glossary": self._change,
            "delete_glossary": self._delete,
        }

    def _list(self, call: Call) -> Response:
        return list_page(call, self._signer, self._glossaries.all(), _summary)

    def _create(self, call: Call) -> Response:
        return success(_whole(self._glossaries.create(call.body)), 201)

    def _get(self, call: Call) -> Response:
        return success(_whole(self._glossaries.glossary(_id(call))))

    def _change(self, call: Call) -> Response:
        return success(_whole(self._glossaries.change(_id(call), call.body)))

    def _delete(self, call: Call) -> Response:
        self._glossaries.delete(_id(call))
        return success({"brand_glossary_id": _id(call)})


def _id(call: Call) -> str:
    return call.arguments["brand_glossary_id"]


def _summary(glossary: Glossary) -> dict[str, Any]:
    return {
        "brand_glossary_id": glossary.id,
        "name": glossary.name,
        "created_at": timestamp(glossary.created_at),
        "updated_at": timestamp(glossary.updated_at),
    }


def _whole(glossary: Glossary) -> dict[str, Any]:
    lists = {name: terms for name, terms in glossary.lists.items() if terms}
    return _summary(glossary) | {"terms": []} | lists
