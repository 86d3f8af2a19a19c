"""What a plan tells besides its actions: jobs paid for twice, and what waits. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic
from heygen_localize.planning.reasons import Reason


class Duplicate(Struct, frozen=True):
    """Live jobs beyond the one that a fingerprint needs: paid for, and used by nobody."""

    address: str
    chosen: str
    others: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the duplicates as JSON has them."""
        return {
            "address": self.address,
            "translation_id": self.chosen,
            "others": list(self.others),
        }


class Wait(Struct, frozen=True):
    """Why nothing is ordered at an address yet, whatever is to be done there.

    `until` and `canaries` are as those of `planning.held.Held`.
    """

    reason: Reason
    problem: Diagnostic
    until: int | None = None
    canaries: tuple[str, ...] = ()
