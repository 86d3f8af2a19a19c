"""Calls that brought no usable answer, and what that means for going on."""

from __future__ import annotations

from heygen_localize.core.errors import ExitCode, VendorError

NOT_JSON = "not_json"
QUOTA = "quota_exceeded"
"""An account's quota is used up: a 429 that no waiting mends."""

ASSET_UNSEEN = "asset_not_found"
"""An asset that is not there; one that was just made may be, in a moment."""

TOO_LARGE = "answer_too_large"
"""An answer that is larger than any true one: the next would be no smaller."""

_NO_KEY, _DENIED = 401, 403
_PASSING = (429, 500, 502, 503, 504)
"""What HeyGen may say otherwise at the next try: too many requests, a server's fault."""

_ACCOUNT_STATUSES = (401, 402)
ACCOUNT_READS = frozenset(
    {
        "/v3/users/me",
        "/v3/video-translations",
        "/v3/video-translations/languages",
        "/v3/video-translations/statuses",
    }
)
"""What is asked of the account itself. A 403 there is about the key; any other one is about
the resource that was named (docs/vendor/behaviour.md, "Money").
"""

_HINTS = {
    401: "check HEYGEN_API_KEY: it may be mistyped, or revoked",
    402: "top up the account, then run the same command again: nothing is paid twice",
    429: "the account is asked for more than it may; wait a little and run it again",
}


_HINT_KEY = "the key may not do this; ask the owner of the account"
_HINT_DENIED = (
    "this one thing is denied: it may be another account's, or not in your plan; the others go on"
)
PROOFREADING_HINT = (
    "your plan may not include proofreading (HeyGen's price page names it for Enterprise): ask "
    "HeyGen, or render without a review: proofread: false"
)
_NO_API_HINT = (
    "the answer is not the API's: a proxy or gateway stands between; see HTTPS_PROXY and "
    "HEYGEN_API_BASE"
)
_QUOTA_HINT = "the account's quota is used up: raise it, or run it again when it is renewed"


def _hint(status: int | None, code: str, from_vendor: bool, of_account: bool) -> str | None:
    if code == QUOTA:
        return _QUOTA_HINT
    if from_vendor and status == _DENIED:
        return _HINT_KEY if of_account else _HINT_DENIED
    if from_vendor or status in (None, 429):
        return _HINTS.get(status or 0)
    return _NO_API_HINT


class ApiError(VendorError):
    """A call that brought no usable answer.

    `status` is the HTTP status, None where no whole answer came. `from_vendor` is
    true only where the body was HeyGen's own error envelope: what a gateway says
    in its place (an HTML 404, an empty 403) is no answer, and then nobody knows whether
    the work was done. `of_account` where the account itself was asked, and nothing that
    belongs to it. `retry_after` is in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "no_answer",
        retry_after: float | None = None,
        from_vendor: bool = False,
        of_account: bool = False,
        hint: str | None = None,
    ) -> None:
        told = hint or _hint(status, code, from_vendor, of_account)
        super().__init__(message, code=code, hint=told)
        self.of_account = of_account
        self.status = status
        self.from_vendor = from_vendor
        self.code = code
        self.retry_after = retry_after

    @property
    def refuses_account(self) -> bool:
        """Whether the key or the balance was refused: going on is pointless."""
        return self.unauthorized or (self.from_vendor and self.status in _ACCOUNT_STATUSES)

    @property
    def passing(self) -> bool:
        """Whether the same call may well be answered in a moment."""
        if self.code in (QUOTA, TOO_LARGE):
            return False
        return not self.from_vendor or self.status in _PASSING

    @property
    def unauthorized(self) -> bool:
        """Whether the key itself was refused: a 401, or a 403 where the account was asked."""
        denied = self.status == _DENIED and self.of_account
        return self.from_vendor and (self.status == _NO_KEY or denied)

    @property
    def denied(self) -> bool:
        """Whether HeyGen denies what was named, and says nothing of all the rest."""
        return self.from_vendor and self.status == _DENIED and not self.of_account

    @property
    def gone(self) -> bool:
        """Whether HeyGen itself says that it has no such thing."""
        return self.from_vendor and self.status == 404


class AccountRefused(ApiError):
    """HeyGen refused the key or the balance."""

    exit_code = ExitCode.ACCOUNT


def refusal(
    message: str,
    status: int,
    code: str,
    retry_after: float | None = None,
    *,
    of_account: bool = False,
) -> ApiError:
    """Return what HeyGen refuses in its own words: of its own class where it is the account."""
    failure = ApiError("", status=status, from_vendor=True, of_account=of_account)
    ours = failure.refuses_account or code == QUOTA
    return (AccountRefused if ours else ApiError)(
        message,
        status=status,
        code=code,
        retry_after=retry_after,
        from_vendor=True,
        of_account=of_account,
    )
