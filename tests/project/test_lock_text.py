"""The text of a lockfile, kept from one writing to the next: the same as if written anew."""

from __future__ import annotations

import json

import pytest
from core_builders import entry, lock, locked
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.errors import Where
from heygen_localize.core.lock import Lock, LockedSession, LockEntry
from heygen_localize.core.model import NO_OUTPUTS, JobStatus
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.spent import SpentOrder
from heygen_localize.project.lockfile import text
from heygen_localize.project.lockfile.reader import decode_lock
from heygen_localize.project.lockfile.text import LockText
from heygen_localize.project.state.rows import LockRows, lock_of

ADDRESSES = [f"{video}/{tag}" for video in ("a", "b.c", "b-c") for tag in ("ja", "es-MX")]
TITLES = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.none() | st.floats(0, 1e9)


entries = st.builds(
    lambda name, status, title, duration, serving, protected: replace(
        entry(
            name,
            "A",
            status.value,
            serving=locked("older") if serving else None,
            superseded=("j0",) if serving else (),
            title=title,
            duration=duration,
        ),
        protected=protected,
    ),
    st.sampled_from(["j1", "j2"]),
    st.sampled_from(JobStatus),
    TITLES,
    NUMBERS,
    st.booleans(),
    st.booleans(),
)
sessions = st.builds(
    LockedSession,
    fingerprint=st.just("a" * 64),
    proofread_id=st.sampled_from(["s1", "s2"]),
    status=st.sampled_from(SessionStatus),
    failure_message=st.none() | st.just("kein Ton – 音声なし"),
)
addresses = st.sampled_from(ADDRESSES)
spent = st.builds(
    SpentOrder,
    address=addresses,
    ordered_at=st.integers(0, 2 * 10**9),
    usd=st.floats(0, 1e9) | st.integers(0, 1000),
    team=st.sampled_from([None, "", "docs"]),
    mode=st.sampled_from([None, "speed-audio", "proofread"]),
)
changes = st.one_of(
    st.tuples(st.just("entry"), addresses, st.none() | entries),
    st.tuples(st.just("session"), addresses, st.none() | sessions),
    st.tuples(st.just("asset"), st.sampled_from(["a" * 64, "b" * 64]), st.just("asset_1")),
    st.tuples(st.just("paid"), st.just("tr_1"), st.builds(PaidOrder, st.just("a/ja"), NUMBERS)),
    st.tuples(st.just("spent"), st.sampled_from(["tr_1", "tr_2"]), st.none() | spent),
    st.tuples(st.just("deleted"), st.just("tr_1"), st.none() | st.integers(0, 10**9)),
)
PARTS = {
    "entry": "entries",
    "session": "sessions",
    "asset": "assets",
    "paid": "paid",
    "spent": "spent",
    "deleted": "deleted",
}


def changed(known: Lock, kind: str, name: str, value: object) -> Lock:
    part = {**getattr(known, PARTS[kind])}
    part.pop(name, None)
    if value is not None:
        part[name] = value
    return replace(known, **{PARTS[kind]: part})


def plainly(content: bytes) -> bytes:
    """Write the same document with Python's own encoder."""
    document = json.loads(content)
    return (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


@given(st.lists(changes, max_size=12), st.booleans())
def test_after_any_changes_the_text_is_that_of_a_plain_encoder(
    made: list[tuple[str, str, object]], keep_urls: bool
) -> None:
    known, kept = lock(), LockText(keep_urls)
    for change in made:
        known = changed(known, *change)
        content = kept.of(known)
        assert content == LockText(keep_urls).of(known) == plainly(content)
    read = decode_lock(kept.of(known), Where())
    if keep_urls:
        assert read == known
    else:
        assert read == unlinked(known)


@given(st.lists(changes, max_size=12), st.booleans())
def test_after_any_changes_rows_of_a_table_are_the_same_lockfile(
    made: list[tuple[str, str, object]], keep_urls: bool
) -> None:
    known, kept = lock(), LockRows(keep_urls)
    for change in made:
        known = changed(known, *change)
        rows = kept.of(known)
        assert rows == LockRows(keep_urls).of(known)
        # PostgreSQL keeps no text with a zero in it, nor half of a pair.
        assert all("\0" not in body and body.encode() for body in rows.values())
        read = lock_of(known.project, rows, Where())
        assert LockText(keep_urls).of(read) == LockText(keep_urls).of(known)


def unlinked(known: Lock) -> Lock:
    def bare(item: LockEntry) -> LockEntry:
        serving = item.serving and replace(item.serving, outputs=NO_OUTPUTS)
        return replace(item, job=replace(item.job, outputs=NO_OUTPUTS), serving=serving)

    return replace(known, entries={name: bare(item) for name, item in known.entries.items()})


def test_only_what_changed_is_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[LockEntry] = []
    entry_json = text.entry_json

    def counted(item: LockEntry, keep_urls: bool) -> object:
        encoded.append(item)
        return entry_json(item, keep_urls)

    monkeypatch.setattr(text, "entry_json", counted)
    known = lock({f"v{number}/ja": entry(f"j{number}") for number in range(50)})
    kept = LockText(True)
    kept.of(known)
    assert len(encoded) == 50
    kept.of(known)
    kept.of(changed(known, "entry", "v7/ja", entry("j7", "A", "failed")))
    assert len(encoded) == 51
