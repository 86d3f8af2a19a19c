"""The brand glossaries of the account.

A job that names a glossary goes on as if there were none.
Source: docs/vendor/heygen-v3.openapi.yaml, `brandGlossaries*`;
docs/vendor/behaviour.md, "Brand glossaries".
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from heygen_localize.sandbox.account.collection import Collection
from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.errors import conflict, malformed
from heygen_localize.sandbox.records import Record

_CODES = ("ja", "de", "fr", "es")
_FIRST = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc)
_MADE = "glossaries_made"
_LISTS = {
    "terms": ("term", "pronunciation"),
    "do_not_translate_terms": ("term",),
    "forced_translations": ("term", "translation"),
}


@dataclass(frozen=True, kw_only=True)
class Glossary(Record):
    """One glossary.

    Attributes:
        name: Its name, unique without regard to case.
        updated_at: When it was last changed, in seconds since the epoch.
        lists: Its lists of terms by their names in the contract.
    """

    name: str
    updated_at: float
    lists: Mapping[str, list[dict[str, str]]]

    @property
    def seen_from(self) -> float:
        """From when on it can be found: always, though the clock of a test be behind."""
        return 0.0


class Glossaries(Collection[Glossary]):
    """The glossaries of one account.

    Args:
        context: The account; its settings say how many there are from the start.
    """

    def __init__(self, context: AccountContext) -> None:
        super().__init__(context, "glossary", Glossary, "Brand glossary", "resource_not_found")
        with self._store.transaction():
            if self._store.fact(_MADE) is None:
                for number in range(self._settings.glossaries):
                    self.put(_made_up(number))
                self._store.set_fact(_MADE, "yes")

    def create(self, body: Mapping[str, Any]) -> Glossary:
        """Make a glossary.

        Args:
            body: A request body that fits the contract.

        Raises:
            Refusal: 400 for a name of nothing but spaces; 409 for one that is taken.
        """
        with self._store.transaction():
            now, name = self._now(), self._free_name(body["name"], None)
            glossary_id = f"bg_{secrets.token_hex(8)}"
            return self.put(
                Glossary(
                    id=glossary_id, name=name, created_at=now, updated_at=now, lists=_lists(body)
                )
            )

    def change(self, glossary_id: str, body: Mapping[str, Any]) -> Glossary:
        """Put what a body names in place of what a glossary has.

        Raises:
            Refusal: As `create`; 404 if there is no such glossary.
        """
        with self._store.transaction():
            glossary = self.known(glossary_id)
            name = glossary.name
            if "name" in body:
                name = self._free_name(body["name"], glossary_id)
            lists = {**glossary.lists, **_lists(body)}
            return self.update(glossary_id, name=name, lists=lists, updated_at=self._now())

    def _free_name(self, wanted: str, own_id: str | None) -> str:
        name = wanted.strip()
        if not name:
            raise malformed("name", "'name' must not be empty.")
        for other in self.all():
            if other.id != own_id and other.name.casefold() == name.casefold():
                raise conflict(f"There is already a glossary called '{name}'.")
        return name


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
