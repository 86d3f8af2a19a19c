"""What an account can still spend."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Balance(Struct, frozen=True):
    """What an account can still spend, in `currency` (usd or credits); None where untold.

    `billing` is one of `wallet`, `subscription` and `usage_based`, `reloads` says that the wallet
    fills itself: then it may be low, or below nothing, and pays all the same. `left` says the
    same for people; `plan` and `holder` (email, else user name) as the account has them.
    """

    billing: str
    remaining: float | None
    currency: str
    reloads: bool = False
    left: str | None = None
    plan: str | None = None
    holder: str | None = None

    def lacks(self, cost: float) -> bool:
        """Return whether so many USD are more than the account is known to have."""
        known = self.remaining is not None and self.currency == "usd" and not self.reloads
        return known and (self.remaining or 0.0) < cost

    def after(self, cost: float) -> float | None:
        """Return what is left after so many USD; None where nobody knows, as of credits."""
        return None if self.remaining is None or self.currency != "usd" else self.remaining - cost

    @property
    def empty(self) -> bool:
        """Whether nothing is known to be left."""
        return self.remaining is not None and not self.reloads and self.remaining <= 0

    def document(self) -> dict[str, Any]:
        """Return the balance as JSON has it; whose account it is stays out."""
        return {
            "billing": self.billing,
            "remaining": self.remaining,
            "currency": self.currency,
            "reloads": self.reloads,
        }
