"""The lockfile's schema and its reading agree; what is wrong is refused soon and never quoted."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from core_builders import entry, lock, locked
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from heygen_localize.core.decoding import MOST_MISFITS
from heygen_localize.core.errors import LockfileError, Where
from heygen_localize.core.lock import Lock
from heygen_localize.core.text import valid_id
from heygen_localize.project.lockfile import reader
from heygen_localize.project.lockfile.reader import decode_lock
from heygen_localize.project.lockfile.store import lock_text
from heygen_localize.project.lockfile.typed import decoded
from heygen_localize.system.resources import schema_text

SCHEMA = json.loads(schema_text("lockfile.schema.json"))
FORMATS = FormatChecker(())
FORMATS.checks("uri")(
    lambda value: (
        not isinstance(value, str) or bool(re.fullmatch(r"https?://[a-z.]+(/\w*)?", value))
    )
)
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FORMATS)

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


def documents(schema: dict[str, Any] | Literal[True]) -> st.SearchStrategy[Any]:
    """Give documents that a schema takes; of all that ours uses."""
    if schema is True:
        return st.sampled_from(["precision", True, 2, 1.5, ["a"], {"b": "c"}])
    if "$ref" in schema:
        return st.deferred(lambda: documents(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]))
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    kind = schema["type"]
    if kind == "object" and "properties" in schema:
        assert schema["additionalProperties"] is False
        parts = {name: documents(part) for name, part in schema["properties"].items()}
        required = {name: parts.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=parts)
    if kind == "object":
        keys = st.from_regex(schema["propertyNames"]["pattern"].replace("$", r"\Z"))
        return st.dictionaries(keys, documents(schema["additionalProperties"]), max_size=2)
    if kind == "array":
        unique = schema.get("uniqueItems", False)
        assert unique or "maxItems" in schema
        return st.lists(
            documents(schema["items"]),
            unique=unique,
            min_size=schema.get("minItems", 0),
            max_size=min(3, schema.get("maxItems", 3)),
        )
    if kind == "string" and "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"))
    if schema.get("format") == "uri":
        return st.sampled_from(["https://a.example/x", "http://b.example"])
    least, most = schema.get("minimum"), schema.get("maximum", 2**53)
    return {
        "string": TEXTS.filter(lambda text: len(text) >= schema.get("minLength", 0)),
        "integer": st.integers(-(2**53) if least is None else least, most),
        "number": st.integers(math.ceil(least or 0), min(9, most))
        | st.floats(least, min(1e12, most)),
        "boolean": st.booleans(),
    }[kind]


def places(value: Any, trail: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the ways to every value in a document."""
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [trail, *(found for key, item in inner for found in places(item, (*trail, key)))]


WRONG = st.sampled_from(
    [
        *(None, True, False, 0, -1, 1, 1.0, 1.5, 2**53),
        *("", "x", "pending", "javascript:alert(1)", "0" * 64, "A" * 64, "a/b", "../up"),
        *([], {}, ["a", "a"], [1], {"x": 1}, {"../up/de": "x"}),
    ]
)


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    """Give a document of the schema in which one place was put, taken away or added."""
    document = copy.deepcopy(draw(documents(SCHEMA)))
    trail = draw(st.sampled_from(places(document)))
    if not trail:
        return draw(WRONG)
    *around, last = trail
    holder = document
    for key in around:
        holder = holder[key]
    change = draw(st.sampled_from(["put", "take", "add"]))
    if change == "take":
        del holder[last]
    elif change == "add" and isinstance(holder, dict):
        holder[draw(st.sampled_from(["extra", "../up/de", "0" * 64, "a/b", "title", "job"]))] = (
            draw(WRONG)
        )
    else:
        holder[last] = draw(WRONG)
    return document


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def schema_says_all(document: Any) -> bool:
    """Tell whether no text is a word of the API, which an id may not be; no pattern says so."""
    return all(valid_id(text) or not re.fullmatch("[A-Za-z-]+", text) for text in strings(document))


def decodes(document: Any) -> bool:
    try:
        decode_lock(json.dumps(document).encode(), Where(file="localize.lock"))
    except LockfileError:
        return False
    return True


RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings.default.max_examples  # twenty, and a thousand each week


@settings(RELAXED, max_examples=MANY)
@given(document=documents(SCHEMA))
def test_every_document_of_the_schema_is_read(document: Any) -> None:
    assume(schema_says_all(document))
    assert VALIDATOR.is_valid(document)
    assert decodes(document)


@settings(RELAXED, max_examples=MANY)
@given(document=mutants())
def test_what_the_schema_refuses_is_refused_and_nothing_else(document: Any) -> None:
    assume(schema_says_all(document))
    assert decodes(document) is VALIDATOR.is_valid(document)


def value_by_value(content: bytes) -> Lock | None:
    try:
        return reader._lock(content, Where(file="localize.lock"), None)
    except LockfileError:
        return None


@settings(RELAXED, max_examples=2 * MANY)
@given(document=documents(SCHEMA) | mutants(), indent=st.none() | st.just(2))
def test_the_typed_pass_takes_nothing_that_the_reader_does_not(
    document: Any, indent: int | None
) -> None:
    content = json.dumps(document, indent=indent).encode()
    taken = decoded(content)
    event(f"taken: {taken is not None}")
    if taken is not None:
        known = value_by_value(content)
        assert taken == known
        assert lock_text(taken) == lock_text(known or taken)


def test_what_localize_writes_is_read_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_LOCK", None)
    known = lock(
        {
            "intro/ja": entry("j2", "B", "failed", failure_message="kein Ton – 音声なし"),
            "intro/de": entry("j1", "A", serving=locked("j0"), duration=12.0, title="null"),
        }
    )
    content = lock_text(known).encode()
    assert decode_lock(content, Where(file="localize.lock")) == known
    with pytest.raises(LockfileError, match="another project"):
        decode_lock(content, Where(file="localize.lock"), "zebra")


SECRET = "the-runner-s-secret"
ENTRY = {
    "language": "Japanese",
    "attempts": 1,
    "fingerprint": "0" * 64,
    "translation_id": "tr_1",
    "status": "completed",
}
WHOLE = {"lockfile_version": 1, "project": "test", "targets": {"intro/ja": ENTRY}}


def told(content: str) -> str:
    with pytest.raises(LockfileError) as caught:
        decode_lock(content.encode(), Where(file="localize.lock"), "test")
    return " ".join(f"{item.message} {item.where} {item.hint}" for item in caught.value.problems)


@pytest.mark.parametrize(
    "content",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps({SECRET: SECRET}),
        json.dumps(WHOLE | {"lockfile_version": SECRET}),
        json.dumps(WHOLE | {"lockfile_version": 1, "project": SECRET}),
        json.dumps(WHOLE | {"targets": {SECRET: ENTRY}}),
        json.dumps(WHOLE | {"targets": {"intro/ja": SECRET}}),
        json.dumps(WHOLE | {"assets": {SECRET: SECRET}}),
        *(json.dumps(WHOLE | {"targets": {"intro/ja": {**ENTRY, name: SECRET}}}) for name in ENTRY
          if name != "language" and name != "translation_id"),
        json.dumps(WHOLE | {"targets": {"intro/ja": {**ENTRY, SECRET: 1}}}),
        json.dumps(WHOLE | {"targets": {"intro/ja": {**ENTRY, "source": {SECRET: SECRET}}}}),
        json.dumps(WHOLE | {"targets": {"intro/ja": {**ENTRY, "outputs": {"video_url": SECRET}}}}),
    ],
)  # fmt: skip
def test_nothing_of_a_refused_lockfile_is_quoted(content: str) -> None:
    assert SECRET not in told(content)


def test_a_wrong_lockfile_is_told_of_by_its_first_places_alone() -> None:
    targets = {f"v{number}/ja": {**ENTRY, "status": "?", "attempts": 0} for number in range(9000)}
    with pytest.raises(LockfileError) as caught:
        decode_lock(json.dumps(WHOLE | {"targets": targets}).encode(), Where(file="x.lock"))
    assert len(caught.value.problems) == MOST_MISFITS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" + "{}," * 1_000_000 + "{}]", "too large to be one"),
        (json.dumps(WHOLE)[:-1] + ',"assets":' + "9" * 9000 + "}", "not JSON"),
        (json.dumps(WHOLE)[:-1] + ',"assets":1e999}', "not JSON"),
        (json.dumps(WHOLE)[:-1] + ',"assets":0.' + "9" * 1000 + "}", "not JSON"),
        (json.dumps(WHOLE | {"targets": {"a/ja": {**ENTRY, "title": "\ud800"}}}), "damaged"),
    ],
    ids=["a million objects", "a giant number", "no number", "a long fraction", "half a character"],
)
def test_what_is_made_to_be_dear_or_to_break_the_writing_is_refused(
    content: str, message: str
) -> None:
    assert message in told(content)
