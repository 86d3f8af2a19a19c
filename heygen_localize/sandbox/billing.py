"""The money of an account: what things cost, how it pays, what it has left.

Source: docs/vendor/heygen-v3.openapi.yaml, `userMeGet`; docs/vendor/behaviour.md, "Money":
pay-as-you-go, in US dollars a second of output, as of the price page read in November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_RESETS_AT = "2027-01-01T00:00:00Z"
# What an account that is billed by use has had for nothing.
_INCLUDED = 10.0


@dataclass(frozen=True)
class Rates:
    """What a second of output costs, in US dollars.

    Attributes:
        speed: A translation in that mode.
        precision: A translation in that mode, with audio only too.
        speed_audio_only: A translation in speed mode of the audio alone.
        proofread: A proofread session.
        lipsync_speed: A lip sync in that mode.
        lipsync_precision: A lip sync in that mode.
    """

    speed: float = 0.0333
    precision: float = 0.0667
    speed_audio_only: float = 0.0167
    proofread: float = 0.0083
    lipsync_speed: float = 0.0333
    lipsync_precision: float = 0.0667

    def of_translation(self, order: Mapping[str, Any]) -> float:
        """Return the rate of a job by the request body that makes it."""
        if order.get("mode", "speed") == "precision":
            return self.precision
        return self.speed_audio_only if order.get("translate_audio_only") else self.speed

    def of_lipsync(self, order: Mapping[str, Any]) -> float:
        """Return the rate of a lip sync by the request body that makes it."""
        precision = order.get("mode", "speed") == "precision"
        return self.lipsync_precision if precision else self.lipsync_speed


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
        """Return whether an order of a price is taken while so much is left."""
        if self.kind == "wallet" and self.auto_reload is not None and self.auto_reload.enabled:
            return True
        return balance >= price

    def fields(self, balance: float, spent: float) -> dict[str, Any]:
        """Return the fields of an answer.

        Args:
            balance: What is left.
            spent: What was charged so far.
        """
        pools: dict[str, Any] = {"wallet": None, "subscription": None, "usage_based": None}
        if self.kind == "wallet":
            reload = None if self.auto_reload is None else asdict(self.auto_reload)
            pools["wallet"] = {
                "currency": self.currency,
                "remaining_balance": balance,
                "auto_reload": reload,
            }
        elif self.kind == "subscription":
            pool = {"remaining": int(balance), "resets_at": _RESETS_AT}
            none = {"remaining": 0, "resets_at": None}
            credits_ = {"premium_credits": pool, "add_on_credits": none}
            pools["subscription"] = {"plan": self.plan, "credits": credits_}
        else:
            pools["usage_based"] = {
                "included_credits": _INCLUDED,
                "remaining_credits": balance,
                "spending_cap_usd": self.spending_cap_usd,
                "spending_current_usd": round(spent, 4),
            }
        return {"billing_type": self.kind, **pools}
