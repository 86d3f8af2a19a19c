"""Jobs that were paid for more than once."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


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
