"""Calls that brought no usable answer, and what that means for going on."""

from __future__ import annotations

from heygen_localize.errors import ExitCode, VendorError

NOT_JSON = "not_json"
QUOTA = "quota_exceeded"
"""An account's quota is used up: a 429 that no waiting mends."""

_PASSING = (None, 429, 500, 502, 503, 504)
"""What may be better at the next try: no whole answer, too many requests, a server's fault."""

ACCOUNT_STATUSES = (401, 402, 403)
_HINTS = {
    401: "check HEYGEN_API_KEY: it may be mistyped, or revoked",
    402: "top up the account, then run the same command again: nothing is paid twice",
    403: "the key may not do this; ask the owner of the account",
    429: "the account is asked for more than it may; wait a little and run it again",
}


_QUOTA_HINT = "the account's quota is used up: raise it, or run it again when it is renewed"


class ApiFailure(VendorError):
    """A call that brought no usable answer.

    `status` is the HTTP status, None where no whole answer came: then nobody
    knows whether the work was done. `retry_after` is in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "no_answer",
        retry_after: float | None = None,
    ) -> None:
        hint = _QUOTA_HINT if code == QUOTA else _HINTS.get(status or 0)
        super().__init__(message, code=code, hint=hint)
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def refuses_account(self) -> bool:
        """Whether the key or the balance was refused: going on is pointless."""
        return self.status in ACCOUNT_STATUSES

    @property
    def passing(self) -> bool:
        """Whether the same call may well be answered in a moment."""
        return self.status in _PASSING and self.code not in (NOT_JSON, QUOTA)

    @property
    def unauthorized(self) -> bool:
        """Whether the key itself was refused."""
        return self.status in (401, 403)


class AccountRefused(ApiFailure):
    """The vendor refused the key or the balance."""

    exit_code = ExitCode.ACCOUNT
