"""What was paid for and is deleted: remembered, or the cost so far would fall. Pure."""

from __future__ import annotations

from msgspec import Struct


class PaidOrder(Struct, frozen=True):
    """A job or a proofread session that was deleted after it was paid for.

    `address` is whose it was, `seconds` the length of its video, None where nobody told.
    """

    address: str
    seconds: float | None = None
    session: bool = False
