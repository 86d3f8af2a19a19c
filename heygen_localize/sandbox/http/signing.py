"""Presigned URLs and opaque page tokens."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import secrets
from collections.abc import Mapping


class Signer:
    """Signs paths and tokens so that nobody else can.

    Args:
        secret: What the signatures are made with; kept with the state, so that
            URLs survive a restart.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        # Others after a restart too, and cheaper than dice for every URL of a list.
        self._run, self._count = secrets.token_hex(6), itertools.count()

    def _signature(self, *parts: str) -> str:
        message = "\n".join(parts).encode()
        return hashlib.blake2s(message, key=self._secret, digest_size=16).hexdigest()

    def presign(self, path: str, expires: int) -> str:
        """Return a path with a query that opens it, another one every time.

        Source: docs/vendor/behaviour.md, "Video translations".

        Args:
            path: The path of the file.
            expires: When the URL stops working, in seconds since the epoch.
        """
        nonce = f"{self._run}{next(self._count):x}"
        signature = self._signature(path, str(expires), nonce)
        return f"{path}?Expires={expires}&Nonce={nonce}&Signature={signature}"

    def opens(self, path: str, query: Mapping[str, str], now: float) -> bool:
        """Return whether a query opens a path at a time, in seconds since the epoch."""
        expires = query.get("Expires", "")
        signature = self._signature(path, expires, query.get("Nonce", ""))
        if not hmac.compare_digest(signature.encode(), query.get("Signature", "").encode()):
            return False
        return now < int(expires)

    def page_token(self, offset: int) -> str:
        """Return the token of the page that starts after ``offset`` items."""
        return f"{offset:x}.{self._signature('page', str(offset))}"

    def page_offset(self, token: str) -> int:
        """Return the offset that a token stands for.

        Raises:
            ValueError: If the token is none of ours.
        """
        offset = int(token.partition(".")[0], 16)
        if not hmac.compare_digest(self.page_token(offset).encode(), token.encode()):
            raise ValueError(token)
        return offset
