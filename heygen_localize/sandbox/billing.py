"""Who the account is and what it has left, in the three ways that the vendor bills.

Source: docs/vendor/heygen-v3.openapi.yaml, `userMeGet`; docs/vendor/behaviour.md, "Money".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_RESETS_AT = "2027-01-01T00:00:00Z"
# What an account that is billed by use has had for nothing.
_INCLUDED = 10.0


@dataclass(frozen=True)
class AutoReload:
    """How a wallet fills itself.

    Attributes:
        enabled: Whether it does; then an order is never refused for its price.
        threshold_usd: Below what it is filled.
        amount_usd: By how much.
    """

    enabled: bool = True
    threshold_usd: float = 10.0
    amount_usd: float = 50.0


@dataclass(frozen=True)
class Billing:
    """How an account pays.

    Attributes:
        kind: ``wallet``, ``subscription`` or ``usage_based``.
        plan: The word for a subscription's plan.
        currency: What a wallet holds, ``usd`` or ``credits``.
        auto_reload: How a wallet fills itself; None where it does not.
        spending_cap_usd: What an account that is billed by use may spend; None
            for no end.
    """

    kind: str = "wallet"
    plan: str = "creator"
    currency: str = "usd"
    auto_reload: AutoReload | None = None
    spending_cap_usd: float | None = None

    def pays(self, price: float, balance: float) -> bool:
        """Tell whether an order of a price is taken while so much is left."""
        if self.kind == "wallet" and self.auto_reload is not None and self.auto_reload.enabled:
            return True
        return balance >= price

    def told(self, balance: float, spent: float) -> dict[str, Any]:
        """Return the fields of an answer.

        Args:
            balance: What is left.
            spent: What was charged so far.
        """
        fields: dict[str, Any] = {"wallet": None, "subscription": None, "usage_based": None}
        if self.kind == "wallet":
            reload = None if self.auto_reload is None else asdict(self.auto_reload)
            fields["wallet"] = {
                "currency": self.currency,
                "remaining_balance": balance,
                "auto_reload": reload,
            }
        elif self.kind == "subscription":
            pool = {"remaining": int(balance), "resets_at": _RESETS_AT}
            none = {"remaining": 0, "resets_at": None}
            credits_ = {"premium_credits": pool, "add_on_credits": none}
            fields["subscription"] = {"plan": self.plan, "credits": credits_}
        else:
            fields["usage_based"] = {
                "included_credits": _INCLUDED,
                "remaining_credits": balance,
                "spending_cap_usd": self.spending_cap_usd,
                "spending_current_usd": round(spent, 4),
            }
        return {"billing_type": self.kind, **fields}
