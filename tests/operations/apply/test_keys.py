"""The key of an order: what it follows from, and that nothing else does."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st

from heygen_localize.core.fingerprint import Mark
from heygen_localize.operations.apply.idempotency import OrderKey

MARK = Mark.of("acme", "0a" * 32)
KEY = OrderKey(MARK)
DAY = datetime(2027, 1, 15, 23, 59, tzinfo=timezone.utc).timestamp()


def test_keys_are_what_the_design_says() -> None:
    # The first 16 hex of the SHA-256 of "0" and "tr_1".
    start, after = "5feceb66ffc86f38", "83198eaf652f5907"
    assert str(KEY) == f"{MARK}:{start}:0"
    assert str(KEY.after("tr_1")) == f"{MARK}:{after}:0"
    assert str(KEY.past_refusals(DAY)) == f"{MARK}:{start}:2027-01-15"


def test_every_point_of_a_history_has_a_key_of_its_own() -> None:
    keys = [
        KEY,
        KEY.after("j1"),
        KEY.after("j2"),
        KEY.past_refusals(DAY),
        KEY.past_refusals(DAY + 86400),
        KEY.after("j1").past_refusals(DAY),
        OrderKey(Mark.of("acme", "0b" * 32)),
        OrderKey(Mark.of("other", "0a" * 32)),
    ]
    assert len({str(key) for key in keys}) == len(keys)
    assert KEY.past_refusals(DAY).after("j1") == KEY.after("j1")
    assert KEY.after("j1").after("j2") == KEY.after("j2")


@given(
    st.text("abz09-", min_size=1, max_size=40) | st.just("x" * 40),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.none() | st.dates().map(lambda day: day.isoformat()),
)
def test_a_key_fits_the_contract_and_follows_from_nothing_else(
    project: str, previous: str | None, day: str | None
) -> None:
    def key() -> str:
        return str(OrderKey(Mark.of(project, "0a" * 32), previous, day))

    assert re.fullmatch(r"[A-Za-z0-9_:.-]{1,255}", key())
    assert key() == key()
