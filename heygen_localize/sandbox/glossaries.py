"""The brand glossaries of the account: made up, always the same, and never used.

Source: docs/vendor/heygen-v3.openapi.yaml, `brandGlossariesList`.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_CODES = ("ja", "de", "fr", "es")
_FIRST = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc)


def glossary(number: int) -> dict[str, str]:
    """Gives one glossary, counted from 0, each made a week after the one before."""
    code, round_ = _CODES[number % len(_CODES)], number // len(_CODES)
    suffix = f"-{round_ + 1}" if round_ else ""
    created = _FIRST + timedelta(weeks=number)
    return {
        "brand_glossary_id": f"glossary-{code}{suffix}",
        "name": f"Product names ({code}{suffix})",
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": (created + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
