"""What sends deliveries to receivers on this machine, and to no other.

Source: docs/vendor/behaviour.md, "Webhooks".
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from heygen_localize.sandbox.contract.values import is_loopback
from heygen_localize.sandbox.webhooks.endpoints import Endpoint, Endpoints
from heygen_localize.sandbox.webhooks.occurrences import Signing
from heygen_localize.sandbox.webhooks.outbox import Delivery, Event, Outbox, body_of

# How often it is looked whether something has ended, while something may.
_LOOK_SECONDS = 0.05


def may_go(url: str) -> bool:
    """Return whether deliveries to an address stay on this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and is_loopback(parts.hostname or "")
    except ValueError:
        return False


class DeliveryWorker:
    """Sends deliveries, one after the other, in a thread of its own.

    The thread starts with the first thing to send, so most sandboxes have none.

    Args:
        outbox: What is to be sent.
        endpoints: Whose secrets sign it.
        catch_up: Makes the jobs of batches for which there is room.
        signing: Signs the URLs in what is told.
        now: Gives the sandbox's own time, in seconds since the epoch.
        patience: How long a receiver may take, in seconds.
    """

    def __init__(
        self,
        outbox: Outbox,
        endpoints: Endpoints,
        catch_up: Callable[[], None],
        signing: Signing,
        now: Callable[[], float],
        patience: float,
    ) -> None:
        self._outbox = outbox
        self._endpoints = endpoints
        self._catch_up = catch_up
        self._signing = signing
        self._now = now
        self._patience = patience
        self._changed = threading.Condition()
        self._woken = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Say that something may have to be sent, now or later."""
        if not self._outbox.in_use:
            return
        with self._changed:
            self._woken = True
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(
                    target=self._run, name="delivery_worker", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def collect(self) -> None:
        """Make events of what has ended, without sending them."""
        self._outbox.collect(self._signing)

    def close(self) -> None:
        """End the thread; a delivery under way is not waited for longer than a second."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=1)

    def _run(self) -> None:
        while not self._closed:
            try:
                self._round()
                busy = self._outbox.busy()
            except Exception:
                # The store may be closed while a receiver is waited for.
                if self._closed:
                    return
                raise
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closed or self._woken, _LOOK_SECONDS if busy else None
                )
                self._woken = False

    def _round(self) -> None:
        self._catch_up()
        self.collect()
        for delivery, event in self._outbox.due():
            if self._closed:
                return
            endpoint = self._endpoints.find(delivery.endpoint_id or "")
            if delivery.endpoint_id and (endpoint is None or endpoint.deleted_at is not None):
                self._outbox.drop(delivery)
                continue
            status = self._send(delivery, event, endpoint)
            if not self._closed:
                self._outbox.tried(delivery, status)

    def _send(self, delivery: Delivery, event: Event, endpoint: Endpoint | None) -> int | None:
        """Return the status that a receiver answered with; None without an answer."""
        body = json.dumps(body_of(event)).encode()
        headers = {
            "Content-Type": "application/json",
            "Heygen-Timestamp": str(int(self._now())),
            "Heygen-Event-Id": event.id,
        }
        if endpoint is not None:
            headers["Heygen-Signature"] = signature(endpoint.secret, body)
        parts = urlsplit(delivery.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=self._patience
        )
        try:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()


def signature(secret: str, body: bytes) -> str:
    """Return the signature of a delivery: HMAC-SHA256 of its raw body, in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
