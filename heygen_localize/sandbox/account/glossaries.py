"""The brand glossaries of the account.

It knows nothing of HTTP; what it refuses, it refuses with a `Refusal`. A job
that names a glossary goes on as if there were none.
Source: docs/vendor/heygen-v3.openapi.yaml, `brandGlossaries*`;
docs/vendor/behaviour.md, "Brand glossaries".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from heygen_localize.sandbox.account.shelf import Shelf
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.errors import Refusal, conflict, malformed, not_found

_CODES = ("ja", "de", "fr", "es")
_FIRST = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc)
_MADE = "glossaries_made"
_LISTS = {
    "terms": ("term", "pronunciation"),
    "do_not_translate_terms": ("term",),
    "forced_translations": ("term", "translation"),
}


@dataclass(frozen=True)
class Glossary:
    """One glossary.

    Attributes:
        id: The vendor's name for it.
        name: Its name, unique without regard to case.
        created_at: When it was made, in seconds since the epoch.
        updated_at: When it was last changed.
        lists: Its lists of terms by their names in the contract.
    """

    id: str
    name: str
    created_at: float
    updated_at: float
    lists: Mapping[str, list[dict[str, str]]]


class Glossaries:
    """The glossaries of one account.

    Args:
        store: Where they are noted.
        made_up: How many there are from the start.
        now: Gives the sandbox's own time, in seconds since the epoch.
    """

    def __init__(self, store: Store, made_up: int, now: Callable[[], float]) -> None:
        self._store = store
        self._shelf = Shelf(store, "glossary", Glossary)
        self._now = now
        with store.transaction():
            if store.fact(_MADE) is None:
                for number in range(made_up):
                    glossary = _made_up(number)
                    self._shelf.put(glossary.id, glossary)
                store.set_fact(_MADE, str(made_up))

    def all(self) -> list[Glossary]:
        """Return every glossary, the oldest first."""
        return self._shelf.all()

    def glossary(self, glossary_id: str) -> Glossary:
        """Return a glossary.

        Raises:
            Refusal: 404 if there is none.
        """
        found = self._shelf.get(glossary_id)
        if found is None:
            raise not_found(f"Brand glossary '{glossary_id}'", "resource_not_found")
        return found

    def create(self, body: Mapping[str, Any]) -> Glossary:
        """Make a glossary.

        Args:
            body: A request body that fits the contract.

        Raises:
            Refusal: 400 for a name of nothing but spaces; 409 for one that is taken.
        """
        with self._store.transaction():
            now, made = self._now(), int(self._store.fact(_MADE) or 0) + 1
            unique = hashlib.sha256(f"{made} {now}".encode()).hexdigest()[:16]
            name = self._free_name(body["name"], None)
            glossary = Glossary(f"bg_{unique}", name, now, now, _lists(body))
            self._shelf.put(glossary.id, glossary)
            self._store.set_fact(_MADE, str(made))
        return glossary

    def change(self, glossary_id: str, body: Mapping[str, Any]) -> Glossary:
        """Put what a body names in place of what a glossary has.

        Raises:
            Refusal: As `create`, and 400 for a body that names nothing; 404 if
                there is no such glossary.
        """
        if not body:
            raise malformed(None, "Name at least one field.")
        with self._store.transaction():
            glossary = self.glossary(glossary_id)
            name = glossary.name
            if "name" in body:
                name = self._free_name(body["name"], glossary_id)
            lists = {**glossary.lists, **_lists(body)}
            changed = replace(glossary, name=name, lists=lists, updated_at=self._now())
            self._shelf.put(glossary_id, changed)
        return changed

    def delete(self, glossary_id: str) -> None:
        """Take a glossary away.

        Raises:
            Refusal: 404 if there is no such glossary.
        """
        with self._store.transaction():
            self._shelf.remove(self.glossary(glossary_id).id)

    def _free_name(self, wanted: str, own_id: str | None) -> str:
        name = wanted.strip()
        if not name:
            raise malformed("name", "'name' must not be empty.")
        for other in self._shelf.all():
            if other.id != own_id and other.name.casefold() == name.casefold():
                raise _taken(name)
        return name


def _taken(name: str) -> Refusal:
    return conflict(f"There is already a glossary called '{name}'.")


def _lists(body: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    # `terms` may carry fields that nobody knows; they are not kept.
    return {
        name: [{field: item[field] for field in fields} for item in body[name]]
        for name, fields in _LISTS.items()
        if name in body
    }


def _made_up(number: int) -> Glossary:
    """Return one glossary, counted from 0, each made a week after the one before."""
    code, round_ = _CODES[number % len(_CODES)], number // len(_CODES)
    suffix = f"-{round_ + 1}" if round_ else ""
    created = _FIRST + timedelta(weeks=number)
    return Glossary(
        id=f"glossary-{code}{suffix}",
        name=f"Product names ({code}{suffix})",
        created_at=created.timestamp(),
        updated_at=(created + timedelta(days=3)).timestamp(),
        lists={
            "terms": [{"term": "Acme", "pronunciation": "AK-mee"}],
            "do_not_translate_terms": [{"term": "Acme"}, {"term": "Localize"}],
            "forced_translations": [{"term": "dashboard", "translation": f"dashboard ({code})"}],
        },
    )
