"""What HeyGen sends to a registered address, and whether it was HeyGen that sent it.

Source: docs/vendor/behaviour.md, "Webhooks": `Heygen-Signature` is the HMAC-SHA256 of the raw
body, in hexadecimal; `Heygen-Timestamp` and `Heygen-Event-Id` are not signed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from enum import Enum

from msgspec import Struct

from heygen_localize.core.errors import UsageError
from heygen_localize.core.text import valid_id
from heygen_localize.heygen.messages import members
from heygen_localize.heygen.responses import parsed

VARIABLE = "LOCALIZE_WEBHOOK_SECRET"
LATEST_SECONDS = 300.0
"""How far a delivery's time may be from ours."""

_MOST_SECRETS = 5
_SHORTEST_SECRET = 8
_QUOTES = "\"'`"
_TIME = re.compile(r"[0-9]{1,12}")
_JSON = "application/json"


class Refusal(Enum):
    """Why a delivery is not taken, in words for a log."""

    FORGED = "without a signature by the secret"
    LATE = "signed, with a time more than 5 minutes from this machine's"
    OTHER_TYPE = "signed, and no application/json"
    MALFORMED = "signed, and no event"


class Told(Struct, frozen=True):
    """An event that HeyGen signed: `names` are what it is known again by.

    `job_id` is the translation that ended, where the event is about one.
    """

    type: str
    names: tuple[str, ...]
    job_id: str | None = None


def secrets_of(environment: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the secrets of the endpoints: one, or several with spaces between.

    Raises:
        UsageError: there is none, or one that cannot be.
    """
    words = environment.get(VARIABLE, "").split()
    if not words:
        raise UsageError(
            "there is no secret to know HeyGen's deliveries by",
            code="webhook_secret_missing",
            hint=f"localize webhooks register prints one; set it as {VARIABLE}",
        )
    wrong = None
    if len(words) > _MOST_SECRETS:
        wrong = f"holds more than {_MOST_SECRETS} secrets"
    elif any(word[0] in _QUOTES or word[-1] in _QUOTES for word in words):
        wrong = "holds quotes, which are part of no secret"
    elif any(len(word) < _SHORTEST_SECRET for word in words):
        wrong = f"holds a secret of fewer than {_SHORTEST_SECRET} characters"
    if wrong is not None:
        raise UsageError(
            f"{VARIABLE} {wrong}",
            code="webhook_secret_invalid",
            hint="copy it again as localize webhooks printed it; during a rotation, the new one "
            "and the old one with a space between",
        )
    return tuple(word.encode("utf-8", "surrogateescape") for word in words)


def told_by(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes], now: float
) -> Told | Refusal:
    """Return what a delivery tells, or why it is refused. `now` in seconds since 1970.

    Names of headers are in lower case. The body is looked into only once its signature is
    right; until then the time taken depends on its length alone.
    """
    if not _is_signed(headers.get("heygen-signature", ""), body, secrets):
        return Refusal.FORGED
    time = _TIME.fullmatch(headers.get("heygen-timestamp", "").strip())
    if time is None or abs(now - int(time.group())) > LATEST_SECONDS:
        return Refusal.LATE
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        return Refusal.OTHER_TYPE
    told = members(parsed(body))
    kind, data = valid_id(told.get("event_type")), told.get("event_data")
    if kind is None or not isinstance(data, dict):
        return Refusal.MALFORMED
    # The id is not signed: who sends a signed body again may have given it another one.
    names = [hashlib.sha256(body).hexdigest()]
    event_id = valid_id(headers.get("heygen-event-id", "").strip())
    if event_id is not None:
        names.append(named(event_id))
    return Told(kind, tuple(names), valid_id(data.get("video_translate_id")))


def named(event_id: str) -> str:
    """Return the name by which the event of an id is known again."""
    return f"id {event_id}"


def _is_signed(signature: str, body: bytes, secrets: Sequence[bytes]) -> bool:
    """Return whether one of the secrets made a signature; all of them are always tried."""
    given = signature.strip().lower().encode("utf-8", "replace")
    good = False
    for secret in secrets:
        right = hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
        good |= hmac.compare_digest(right, given)
    return good
