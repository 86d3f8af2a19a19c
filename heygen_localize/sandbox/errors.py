"""The vendor's refusals, as exceptions.

Source: docs/vendor/behaviour.md, "Calls".
"""

from __future__ import annotations


class Refusal(Exception):
    """A request that is answered with an error envelope.

    Args:
        status: The HTTP status.
        code: The vendor's machine-readable word.
        message: What is wrong, for people.
        param: The field or parameter at fault, if one is.
        retry_after: Whole seconds to wait, for the ``Retry-After`` header.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.retry_after = retry_after

    @property
    def error(self) -> dict[str, str]:
        """The vendor's word and the message, as answers tell them."""
        return {"code": self.code, "message": self.message}


def malformed(param: str | None, message: str) -> Refusal:
    """Return the refusal of a body or field of the wrong shape."""
    return Refusal(400, "validation_error", message, param=param)


def invalid(param: str, message: str) -> Refusal:
    """Return the refusal of a value of the right shape that will not do."""
    return Refusal(400, "invalid_parameter", message, param=param)


def unauthorized() -> Refusal:
    """Return the refusal of a missing or wrong API key."""
    return Refusal(401, "unauthorized", "The API key is missing or invalid.")


def not_found(what: str, code: str = "not_found") -> Refusal:
    """Return the refusal of something that does not exist."""
    return Refusal(404, code, f"{what} not found.")


def asset_not_found(asset_id: str, param: str | None = None) -> Refusal:
    """Return the refusal of an asset that does not exist, or is not complete."""
    return Refusal(404, "asset_not_found", f"Asset '{asset_id}' not found.", param=param)


def access_denied(message: str, param: str | None = None) -> Refusal:
    """Return the refusal of one resource or feature that is not the account's."""
    return Refusal(403, "resource_access_denied", message, param=param)


def too_large(most_bytes: int) -> Refusal:
    """Return the refusal of a file beyond a limit."""
    return Refusal(413, "payload_too_large", f"The file is larger than {most_bytes} bytes.")


def conflict(message: str) -> Refusal:
    """Return the refusal of what clashes with what is there, or comes too early."""
    return Refusal(409, "conflict", message)


def not_visible(asset_id: str) -> Refusal:
    """Return the refusal to complete an upload whose bytes are not there yet."""
    return conflict(f"The uploaded bytes of asset '{asset_id}' are not visible yet.")


def rate_limited(retry_after: int) -> Refusal:
    """Return the refusal of one job or request too many."""
    return Refusal(
        429, "rate_limit_exceeded", "Too many requests, try again later.", retry_after=retry_after
    )


def no_credit() -> Refusal:
    """Return the refusal of a job that the balance does not cover."""
    return Refusal(402, "insufficient_credit", "The balance is too low for this request.")


def in_flight() -> Refusal:
    """Return the refusal of a repeated key whose first request still runs."""
    return Refusal(
        409, "request_in_progress", "A request with this Idempotency-Key is still in progress."
    )


def broken_inside() -> Refusal:
    """Return the failure that is nobody's fault but the server's."""
    return Refusal(500, "internal_error", "Something went wrong on our side.")
