"""Presigned URLs and opaque page tokens."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

from werkzeug.wrappers import Request

from heygen_localize.sandbox.faults.rules import Struck


class Signer:
    """Signs paths and tokens so that nobody else can.

    Args:
        secret: What the signatures are made with; kept with the state, so that
            URLs survive a restart.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def _signature(self, *parts: str) -> str:
        message = "\n".join(parts).encode()
        return hmac.digest(self._secret, message, "sha256").hex()[:32]

    def presign(self, path: str, expires: int) -> str:
        """Gives a path with a query that opens it, another one every time.

        Source: docs/vendor/behaviour.md, "Video translations".

        Args:
            path: The path of the file.
            expires: When the URL stops working, in seconds since the epoch.
        """
        nonce = secrets.token_hex(8)
        signature = self._signature(path, str(expires), nonce)
        return f"{path}?Expires={expires}&Nonce={nonce}&Signature={signature}"

    def opens(self, path: str, query: Mapping[str, str], now: float) -> bool:
        """Tells whether a query opens a path at a time, in seconds since the epoch."""
        expires = query.get("Expires", "")
        signature = self._signature(path, expires, query.get("Nonce", ""))
        if not hmac.compare_digest(signature.encode(), query.get("Signature", "").encode()):
            return False
        return now < int(expires)

    def page_token(self, offset: int) -> str:
        """Gives the token of the page that starts after ``offset`` items."""
        return f"{offset:x}.{self._signature('page', str(offset))}"

    def page_offset(self, token: str) -> int:
        """Gives the offset that a token stands for.

        Raises:
            ValueError: If the token is none of ours.
        """
        offset = int(token.partition(".")[0], 16)
        if not hmac.compare_digest(self.page_token(offset).encode(), token.encode()):
            raise ValueError(token)
        return offset


def presigned_url(
    signer: Signer, request: Request, struck: Struck, path: str, now: float, seconds: float
) -> str:
    """Gives a URL on the host that a request came to, good for so many seconds."""
    # "Expired" must hold at once, whatever the fraction of the second.
    life = -1 if "expired_url" in struck else seconds
    return request.host_url.rstrip("/") + signer.presign(path, int(now + life))
