"""What an account says of itself and its money, as far as it says anything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heygen_localize.core.balance import Balance
from heygen_localize.heygen.balances import balance_of

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


def wallet(remaining: object, **more: object) -> dict[str, Any]:
    return {"billing_type": "wallet", "wallet": {"remaining_balance": remaining, **more}}


@pytest.mark.parametrize(
    ("user", "remaining", "left"),
    [
        (wallet(12.5, currency="credits"), 12.5, "12.50 credits left"),
        (wallet(0), 0, "0.00 USD left"),
        (wallet(-3.5), -3.5, "-3.50 USD left"),
        (wallet(True), None, None),
        (wallet(float("nan")), None, None),
        (
            wallet(-1, auto_reload={"enabled": True, "threshold_usd": 10, "amount_usd": 50}),
            -1,
            "-1.00 USD left, reloads itself by 50.00 USD below 10.00",
        ),
        (
            {
                "billing_type": "subscription",
                "subscription": {
                    "plan": "creator",
                    "credits": {
                        "premium_credits": {"remaining": 120, "resets_at": "2027-01-01T00:00:00Z"},
                        "add_on_credits": {"remaining": 5, "resets_at": None},
                    },
                },
            },
            125,
            "120 premium credits (reset 2027-01-01T00:00:00Z), 5 add-on credits left",
        ),
        (
            {
                "billing_type": "usage_based",
                "usage_based": {
                    "included_credits": 10,
                    "remaining_credits": 4,
                    "spending_current_usd": 7.5,
                    "spending_cap_usd": 20,
                },
            },
            12.5,
            "4 of 10 included credits left, 7.50 of at most 20.00 USD spent",
        ),
        ({"billing_type": "usage_based", "usage_based": {"spending_current_usd": 1}}, None, None),
        ({"billing_type": "subscription", "wallet": None}, None, None),
        ({"billing_type": 7, "wallet": "full"}, None, None),
        (None, None, None),
    ],
)
def test_the_balance_as_far_as_it_is_told(
    user: Any, remaining: float | None, left: str | None
) -> None:
    found = balance_of(user)
    assert found.remaining == remaining
    assert left is None or found.left == left


@pytest.mark.parametrize(
    ("balance", "lacks"),
    [
        (Balance("wallet", 4.0, "usd"), True),
        (Balance("wallet", -4.0, "usd"), True),
        (Balance("wallet", 5.0, "usd"), False),
        (Balance("wallet", -4.0, "usd", reloads=True), False),
        (Balance("wallet", 4.0, "credits"), False),
        (Balance("wallet", None, "usd"), False),
    ],
)
def test_only_money_that_is_known_to_be_missing_is_missing(balance: Balance, lacks: bool) -> None:
    assert balance.lacks(5.0) is lacks


def test_whose_it_is_in_clean_words() -> None:
    user = {"email": "a\x1b[31m@b.example\n::error::x", "username": "somebody"}
    assert balance_of(user).holder == balance_of(user).holder
    assert (balance_of(user).holder or "").isprintable()
    assert balance_of({"email": None, "username": "somebody"}).holder == "somebody"


@given(anything)
def test_no_answer_breaks_the_reading_of_a_balance(answer: Any) -> None:
    for name in ("wallet", "subscription", "usage_based"):
        for inner in (answer, {"credits": answer}, {"auto_reload": answer}):
            found = balance_of({"billing_type": name, name: inner, "email": answer})
            assert found.currency.isprintable()
            assert (found.left or "").isprintable()
            assert found.lacks(1.0) in (True, False)
