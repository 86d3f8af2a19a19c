"""From JSON to typed values in one pass, within bounds, quoting nothing of what is refused. Pure.

A `Reader` takes a JSON value and gives the typed one, or raises `Misfit` with the
places that do not fit and what was expected there, never with what was found: the
file may be a stranger's, and the message ends in a log.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

_Built = TypeVar("_Built")

MOST_MISFITS = 20
"""Places that are told of one document; the reading ends there."""

_LONGEST_INTEGER = 4300
"""Digits, as Python's own bound: the work grows with the square of them."""

_LONGEST_FLOAT = 100

Reader = Callable[[object], Any]


class Misfit(Exception):
    """Places of a document, outermost name first, each with what should stand there."""

    def __init__(self, *places: tuple[tuple[str, ...], str]) -> None:
        super().__init__("a document does not fit")
        self.places = places


class TooMuch(ValueError):
    """JSON that holds more values than what it stands for can have."""


def parse_json(content: bytes, most_values: int) -> Any:
    """Parse JSON, unless it is made to be dear: the work follows from its size alone.

    Args:
        content: The text, in UTF-8; bytes that are none become replacement characters.
        most_values: How many values, one inside the other or beside, it may hold.

    Raises:
        TooMuch: it holds too many values.
        ValueError: it is not JSON, nested too deep, or holds a number without bound, or
            `NaN` or `Infinity`, against which no limit holds.
    """
    if sum(content.count(mark) for mark in (b",", b"[", b"{")) > most_values:
        raise TooMuch
    text = content.decode("utf-8", "replace")
    try:
        return json.loads(
            text, parse_int=_integer, parse_float=_float, parse_constant=refuse_constant
        )
    except RecursionError:
        raise ValueError("nested too deep") from None


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        raise ValueError("a number without bound")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits) if len(digits) <= _LONGEST_FLOAT else math.inf
    if not math.isfinite(number):
        raise ValueError("a number without bound")
    return number


def refuse_constant(word: str) -> NoReturn:
    """Refuse `NaN` and `Infinity`, which are no JSON."""
    raise ValueError(word)


def text(value: object) -> str:
    """Read a text, which UTF-8 can write."""
    if not isinstance(value, str):
        raise _expected("a text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _expected("a text without halves of characters") from None
    return value


def filled_text(value: object) -> str:
    """Read a text that is not empty."""
    found = text(value)
    if not found:
        raise _expected("a text that is not empty")
    return found


def matching(pattern: str, expected: str) -> Reader:
    """Read a text of a form; `expected` calls it by name."""
    form = re.compile(pattern, re.ASCII)

    def read(value: object) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise _expected(expected)
        return value

    return read


def link(value: object) -> str:
    """Read a link that may be opened, and that can be compared."""
    found = text(value)
    try:
        parts = urlsplit(found)
        if found.isprintable() and parts.scheme in ("http", "https") and parts.hostname:
            return found
    except ValueError:
        pass
    raise _expected("an http or https link")


def boolean(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise _expected("true or false")
    return value


def integer(least: int | None = None) -> Reader:
    """Read a whole number, also where it is written `2.0`; none below `least`."""
    expected = "a whole number" + ("" if least is None else f" of {least} or more")

    def read(value: object) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _expected(expected)
        if least is not None and value < least:
            raise _expected(expected)
        return value

    return read


def number(value: object) -> float:
    """Read a number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise _expected("a number of 0 or more")
    return value


def optional(item: Reader) -> Reader:
    """Read a value of a kind, or null."""
    return lambda value: None if value is None else item(value)


def one_of(words: Mapping[str, _Built]) -> Callable[[object], _Built]:
    """Read one of some words, and give what it stands for."""

    def read(value: object) -> _Built:
        if not isinstance(value, str) or value not in words:
            raise _expected(f"one of {', '.join(words)}")
        return words[value]

    return read


def unique(item: Reader) -> Reader:
    """Read a list of different texts."""

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise _expected("a list")
        found = {str(number): entry for number, entry in enumerate(value)}
        items = tuple(_each(found, lambda _: item).values())
        if len(set(items)) < len(items):
            raise _expected("a list that names nothing twice")
        return items

    return read


def mapping(name: Reader, item: Reader) -> Reader:
    """Read an object whose keys are names of one form, with values of one kind."""

    def reader_of(key: str) -> Reader | None:
        try:
            name(key)
        except Misfit:
            return None
        return item

    def read(value: object) -> dict[str, Any]:
        return _each(_object(value), reader_of)

    return read


def record(
    fields: Mapping[str, Reader],
    required: tuple[str, ...],
    build: Callable[[dict[str, Any]], _Built],
) -> Callable[[object], _Built]:
    """Read an object of known fields, some of which must be there, and build a value of it."""

    def read(value: object) -> _Built:
        item = _object(value)
        missing: list[tuple[tuple[str, ...], str]] = [
            ((), f"an object with {name}") for name in required if name not in item
        ]
        found = _each(item, fields.get, missing)
        return build(found)

    return read


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _expected("an object")
    return value


def _each(
    item: dict[str, Any],
    reader_of: Callable[[str], Reader | None],
    known: list[tuple[tuple[str, ...], str]] | None = None,
) -> dict[str, Any]:
    """Read every member of an object, taking it out: both never stand in memory at once.

    A key that no reader is for is not named: nobody knows what it is.
    """
    wrong = list(known or ())
    strange = False
    found = {}
    for key in list(item):
        value = item.pop(key)
        reader = reader_of(key)
        if reader is None:
            strange = True
            continue
        try:
            found[key] = reader(value)
        except Misfit as misfit:
            wrong += [((key, *place), expected) for place, expected in misfit.places]
            if len(wrong) >= MOST_MISFITS:
                break
    if strange:
        wrong.insert(0, ((), "only names that this version knows"))
    if wrong:
        raise Misfit(*wrong[:MOST_MISFITS])
    return found


def _expected(what: str) -> Misfit:
    return Misfit(((), what))
