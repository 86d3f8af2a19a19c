"""Calls that brought no usable answer, and what that means for going on."""

from __future__ import annotations

from heygen_localize.errors import ExitCode, VendorError

NOT_JSON = "not_json"
QUOTA = "quota_exceeded"
"""An account's quota is used up: a 429 that no waiting mends."""

TOO_LARGE = "answer_too_large"
"""An answer that is larger than any true one: the next would be no smaller."""

_PASSING = (429, 500, 502, 503, 504)
"""What the vendor may say otherwise at the next try: too many requests, a server's fault."""

ACCOUNT_STATUSES = (401, 402, 403)
_HINTS = {
    401: "check HEYGEN_API_KEY: it may be mistyped, or revoked",
    402: "top up the account, then run the same command again: nothing is paid twice",
    403: "the key may not do this; ask the owner of the account",
    429: "the account is asked for more than it may; wait a little and run it again",
}


_NO_API_HINT = (
    "the answer is not the API's: a proxy or gateway stands between; see HTTPS_PROXY and "
    "HEYGEN_API_BASE"
)
_QUOTA_HINT = "the account's quota is used up: raise it, or run it again when it is renewed"


def _hint(status: int | None, code: str, from_vendor: bool) -> str | None:
    if code == QUOTA:
        return _QUOTA_HINT
    if from_vendor or status in (None, 429):
        return _HINTS.get(status or 0)
    return _NO_API_HINT


class ApiFailure(VendorError):
    """A call that brought no usable answer.

    `status` is the HTTP status, None where no whole answer came. `from_vendor` is
    true only where the body was the vendor's own error envelope: what a gateway says
    in its place (an HTML 404, an empty 403) is no answer, and then nobody knows whether
    the work was done. `retry_after` is in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "no_answer",
        retry_after: float | None = None,
        from_vendor: bool = False,
    ) -> None:
        super().__init__(message, code=code, hint=_hint(status, code, from_vendor))
        self.status = status
        self.from_vendor = from_vendor
        self.code = code
        self.retry_after = retry_after

    @property
    def refuses_account(self) -> bool:
        """Whether the key or the balance was refused: going on is pointless."""
        return self.from_vendor and self.status in ACCOUNT_STATUSES

    @property
    def passing(self) -> bool:
        """Whether the same call may well be answered in a moment."""
        if self.code in (QUOTA, TOO_LARGE):
            return False
        return not self.from_vendor or self.status in _PASSING

    @property
    def unauthorized(self) -> bool:
        """Whether the key itself was refused."""
        return self.from_vendor and self.status in (401, 403)

    @property
    def gone(self) -> bool:
        """Whether the vendor itself says that it has no such thing."""
        return self.from_vendor and self.status == 404


class AccountRefused(ApiFailure):
    """The vendor refused the key or the balance."""

    exit_code = ExitCode.ACCOUNT
