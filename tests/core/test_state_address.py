"""Addresses of shared states: what may stand in a manifest, and what of them is ever shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heygen_localize.core.errors import StateError
from heygen_localize.core.state_address import is_plain, state_address
from heygen_localize.system.resources import schema_text

SCHEMA = json.loads(schema_text("localize.schema.json"))["properties"]["state"]["pattern"]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4))
def test_no_password_is_shown_whatever_is_in_it(password: str) -> None:
    marked = f"word{password}word"
    for url in (
        f"postgresql://user:{marked}@db.example.com:5432/localize",
        f"postgres://user:{marked}@one:5432,two:5433/localize?sslmode=require",
        f"postgresql:///localize?host=/run&password={marked}",
        f"postgresql://db.example.com/localize?user=me&password={marked}",
    ):
        shown = state_address(url).shown
        assert "word" not in shown
        assert repr(state_address(url)) == f"StateAddress({shown!r})"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:word@db.example.com:5432/it", "postgresql://db.example.com:5432/it"),
        ("postgres://one:5432,two:5433/it?connect_timeout=3", "postgresql://one:5432,two:5433/it"),
        ("postgresql:///it?host=/run/postgresql", "postgresql:///it"),
        ("postgresql://[::1]:5432/it", "postgresql://[::1]:5432/it"),
        ("postgresql://me:a/b@db/it", "postgresql://db/it"),
        ("postgresql://me:a/b?c@db/it", "the database of LOCALIZE_STATE"),
    ],
)
def test_hosts_and_name_are_shown(url: str, shown: str) -> None:
    assert state_address(url).shown == shown


@pytest.mark.parametrize(
    ("url", "torn"),
    [
        ("postgresql://me:wo@rd@db/it", True),
        ("postgresql://me:wo/rd@db/it", True),
        ("postgresql://me:wo%40rd@db/it", False),
        ("postgresql://db/it?user=me@home", False),
    ],
)
def test_a_password_that_would_be_taken_for_a_host_is_known(url: str, torn: bool) -> None:
    assert state_address(url).torn is torn


@pytest.mark.parametrize("text", ["", "mysql://db/it", "host=db dbname=it", "/tmp/state.db"])
def test_what_is_no_address_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(StateError) as caught:
        state_address(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("postgresql://me@db.example.com:5432/it?sslmode=verify-full", True),
        ("postgres://db/it", True),
        ("postgresql://[::1]/it", True),
        ("postgresql://me:word@db/it", False),
        ("postgresql://db/it?sslmode=disable", False),
        ("postgresql://db/it?passfile=/etc/passwd", False),
        ("postgresql://one,two/it", False),
        ("postgresql:///it", False),
        ("postgresql://db/it\n", False),
    ],
)
def test_a_manifest_may_name_plain_ones_alone(text: str, plain: bool) -> None:
    import jsonschema

    assert is_plain(text) is plain
    valid = jsonschema.Draft202012Validator({"pattern": SCHEMA}).is_valid(text)
    assert valid is plain
    if not plain:
        with pytest.raises(StateError):
            state_address(text, of_manifest=True)
