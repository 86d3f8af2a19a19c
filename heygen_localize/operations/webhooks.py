"""Where HeyGen is to tell of what ended: addresses registered, given new secrets, and removed."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from typing import TypeVar
from urllib.parse import urlsplit

from heygen_localize.core.errors import UsageError
from heygen_localize.core.text import sanitize, valid_id
from heygen_localize.core.urls import is_loopback
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.webhooks import Endpoint, Signed
from heygen_localize.project.account import Account
from heygen_localize.system.hosts import impossible_name, is_private

_Done = TypeVar("_Done")

_TAKEN = 409
_LONGEST_URL = 2048
_EXAMPLE = "https://hooks.example.com/heygen"


def register(account: Account, url: str) -> Signed:
    """Have HeyGen tell an address of every end that can change a plan.

    Raises:
        UsageError: the address is none that HeyGen can reach, or is registered already.
        ApiError: HeyGen could not be asked.
    """
    refuse_unusable(url, loopback=account.loopback)
    webhooks = account.client.webhooks
    try:
        return webhooks.register(url, webhooks.words(), _key())
    except ApiError as failure:
        if not (failure.from_vendor and failure.status == _TAKEN):
            raise
    known = next((item.id for item in webhooks.endpoints() if item.url == url), None)
    raise UsageError(
        f"the account has an endpoint for this URL already{f': {known}' if known else ''}",
        code="webhook_exists",
        hint=f"its secret is not told again: localize webhooks rotate {known or 'ID'} makes "
        f"another; localize webhooks remove {known or 'ID'} removes it",
    )


def endpoints(account: Account) -> tuple[Endpoint, ...]:
    """List the account's endpoints.

    Raises:
        ApiError: HeyGen could not be asked.
    """
    return account.client.webhooks.endpoints()


def rotate(account: Account, endpoint_id: str) -> Signed:
    """Have an endpoint's deliveries signed with another secret; the old one ends at once.

    Raises:
        UsageError: the account has no such endpoint.
        ApiError: HeyGen could not be asked.
    """
    return _known(endpoint_id, lambda: account.client.webhooks.rotate(endpoint_id, _key()))


def remove(account: Account, endpoint_id: str) -> None:
    """Have an endpoint told of nothing any more.

    Raises:
        UsageError: the account has no such endpoint.
        ApiError: HeyGen could not be asked.
    """
    _known(endpoint_id, lambda: account.client.webhooks.remove(endpoint_id))


def _known(endpoint_id: str, work: Callable[[], _Done]) -> _Done:
    if valid_id(endpoint_id) is not None:
        try:
            return work()
        except ApiError as failure:
            if not failure.gone:
                raise
    raise UsageError(
        f"the account has no webhook endpoint {sanitize(endpoint_id, 200)}",
        code="webhook_unknown",
        hint="localize webhooks list names those that it has",
    )


def refuse_unusable(url: str, *, loopback: bool) -> None:
    """Make sure that HeyGen can reach an address: https, at a public host, and nothing secret.

    With `loopback`, where the API is this machine's sandbox, plain http to this machine too.

    Raises:
        UsageError: it cannot.
    """
    why = _unusable(url, loopback)
    if why is not None:
        raise UsageError(
            f"the URL of a webhook {why}",
            code="webhook_url",
            hint=f"give the address by which HeyGen reaches localize listen: {_EXAMPLE}",
        )


def _unusable(url: str, loopback: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "is no address"
    if not host or port == 0 or not (url.isascii() and url.isprintable()) or " " in url:
        return "is no address"
    if len(url) > _LONGEST_URL:
        return f"is longer than {_LONGEST_URL} characters"
    if "@" in parts.netloc:
        return "has a user or a password in it, which HeyGen's list would show"
    if parts.fragment:
        return "has a fragment, which is never sent"
    if parts.scheme == "http" and loopback and is_loopback(host):
        return None
    if parts.scheme != "https":
        return "is not https"
    if ":" not in host and (wrong := impossible_name(host)):
        return wrong
    if is_private(host, loopback):
        return "leads to a machine that only this network reaches"
    return None


def _key() -> str:
    """Return the key of one request: sent again, it makes nothing more."""
    return f"localize-webhook-{token_hex(16)}"
