"""What was paid for and is deleted: remembered, or the cost so far would fall. Pure."""

from __future__ import annotations

from msgspec import Struct

from heygen_localize.core.kinds import Address, Seconds


class PaidOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """A job or a proofread session that was deleted after it was paid for.

    `address` is whose it was, `seconds` the length of its video, None where nobody told.
    """

    address: Address
    seconds: Seconds | None = None
    session: bool = False
