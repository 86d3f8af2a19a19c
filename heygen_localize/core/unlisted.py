"""An account whose list of jobs has no end: what is told, whoever needed it. Pure."""

from __future__ import annotations

from heygen_localize.core.errors import Diagnostic


def unlisted(flaw: str | None, hint: str) -> Diagnostic:
    """Say that the account could not be listed whole; `hint` is what that comes to."""
    message = f"the account could not be listed to its end: {flaw}"
    return Diagnostic("listing_incomplete", message, hint=hint)
