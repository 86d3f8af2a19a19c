"""Who an account is and what it can still spend, as `GET /v3/users/me` tells it. Pure.

Source: docs/vendor/heygen-v3.openapi.yaml, `userMeGet`; docs/vendor/behaviour.md, "Money".
"""

from __future__ import annotations

from typing import Any

from heygen_localize.core.balance import Balance
from heygen_localize.heygen.messages import LARGEST, members, number_of, text_of

_LONGEST = 200


def balance_of(user: Any) -> Balance:
    """Read what an account says of itself; every text in it is a stranger's, and cleaned."""
    told = members(user)
    billing = _text(told.get("billing_type")) or "unknown"
    holder = _text(told.get("email")) or _text(told.get("username"))
    for name, read in (
        ("wallet", _wallet),
        ("subscription", _subscription),
        ("usage_based", _usage_based),
    ):
        if isinstance(told.get(name), dict) and (billing == name or billing == "unknown"):
            return read(billing, told[name], holder)
    return Balance(billing, None, "usd", holder=holder)


def _wallet(billing: str, wallet: dict[str, Any], holder: str | None) -> Balance:
    remaining = _number(wallet.get("remaining_balance"))
    currency = _text(wallet.get("currency")) or "usd"
    unit = currency.upper() if len(currency) == len("usd") else currency
    reload = members(wallet.get("auto_reload"))
    reloads = reload.get("enabled") is True
    left = None if remaining is None else f"{remaining:.2f} {unit} left"
    amount, below = _number(reload.get("amount_usd")), _number(reload.get("threshold_usd"))
    if left and reloads:
        left += ", reloads itself"
        left += f" by {amount:.2f} USD" if amount is not None else ""
        left += f" below {below:.2f}" if below is not None else ""
    return Balance(billing, remaining, currency, reloads, left, holder=holder)


def _subscription(billing: str, told: dict[str, Any], holder: str | None) -> Balance:
    """Read credit pools: what a video costs of them, HeyGen does not say."""
    pools = members(told.get("credits"))
    parts, remaining = [], None
    for name, word in (("premium_credits", "premium"), ("add_on_credits", "add-on")):
        pool = members(pools.get(name))
        count = _number(pool.get("remaining"))
        if count is None:
            continue
        remaining = count + (remaining or 0.0)
        resets = _text(pool.get("resets_at"))
        parts.append(f"{count:g} {word} credits" + (f" (reset {resets})" if resets else ""))
    left = f"{', '.join(parts)} left" if parts else None
    plan = _text(told.get("plan"))
    return Balance(billing, remaining, "credits", left=left, plan=plan, holder=holder)


def _usage_based(billing: str, told: dict[str, Any], holder: str | None) -> Balance:
    """Read metered use: what is included comes first, and a cap is optional."""
    included, unused = (_number(told.get(f"{name}_credits")) for name in ("included", "remaining"))
    spent, cap = (_number(told.get(f"spending_{word}_usd")) for word in ("current", "cap"))
    parts = []
    if unused is not None:
        of = f" of {included:g} included" if included is not None else ""
        parts.append(f"{unused:g}{of} credits left")
    if spent is not None:
        most = f" of at most {cap:.2f}" if cap is not None else ""
        parts.append(f"{spent:.2f}{most} USD spent")
    remaining = None if cap is None or spent is None else cap - spent
    return Balance(billing, remaining, "usd", left=", ".join(parts) or None, holder=holder)


def _text(value: object) -> str | None:
    return text_of(value, _LONGEST) or None


def _number(value: object) -> float | None:
    return number_of(value, -LARGEST)
