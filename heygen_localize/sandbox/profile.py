"""One account at the vendor: all that it has, put together."""

from __future__ import annotations

from collections.abc import Callable

from heygen_localize.sandbox.account.access import Access
from heygen_localize.sandbox.account.assets import Assets
from heygen_localize.sandbox.account.batches import Batches
from heygen_localize.sandbox.account.glossaries import Glossaries
from heygen_localize.sandbox.account.jobs import Lipsyncs, Translations
from heygen_localize.sandbox.account.machine import Machine
from heygen_localize.sandbox.account.proofreads import Proofreads
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.account.upload_batches import UploadBatches
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer
from heygen_localize.sandbox.settings import SandboxSettings
from heygen_localize.sandbox.webhooks.courier import Courier, may_go
from heygen_localize.sandbox.webhooks.endpoints import Endpoints
from heygen_localize.sandbox.webhooks.news import Newsroom
from heygen_localize.sandbox.webhooks.outbox import Outbox


class Account:
    """What calls are about.

    Args:
        store: Where everything is noted.
        settings: How the sandbox is set.
        clock: Gives the time in seconds since the epoch.
        base_url: The address at which the sandbox is.

    Raises:
        ValueError: If the settings name a feature that is none.
    """

    def __init__(
        self, store: Store, settings: SandboxSettings, clock: Callable[[], float], base_url: str
    ) -> None:
        self._base_url = base_url
        self.settings = settings
        self.access = Access(settings.denied, settings.without)
        self.machine = Machine(store, settings, clock)
        self.now = self.machine.now
        self.signer = Signer(self.machine.secret)
        self.assets = Assets(self.machine, self.access)
        self.upload_batches = UploadBatches(self.machine, self.assets)
        self.translations = Translations(self.machine)
        self.lipsyncs = Lipsyncs(self.machine)
        self.proofreads = Proofreads(self.machine, self.translations, self.assets)
        self.batches = Batches(self.machine, self.translations, self.lipsyncs, self.assets)
        self.glossaries = Glossaries(self.machine)
        self.webhooks = Endpoints(self.machine)
        newsroom = Newsroom(self.translations, self.lipsyncs, self.proofreads, self.batches)
        self.outbox = Outbox(self.machine, self.webhooks, newsroom, may_go)
        self.courier = Courier(
            self.outbox,
            self.webhooks,
            self.batches.catch_up,
            lambda path: self._presigned(self._base_url, path, settings.url_seconds),
            self.now,
            settings.delivery_seconds,
        )
        self.courier.poke()

    def _presigned(self, base_url: str, path: str, seconds: float) -> str:
        return base_url + self.signer.presign(path, int(self.now() + seconds))

    def url(self, call: Call, path: str, seconds: float | None = None) -> str:
        """Return a URL on the host that a call came to.

        Args:
            call: The call.
            path: The path of the file.
            seconds: How long the URL is good; None for `SandboxSettings.url_seconds`.
        """
        life = self.settings.url_seconds if seconds is None else seconds
        # "Expired" must hold at once, whatever the fraction of the second.
        return self._presigned(call.base_url, path, -1 if "expired_url" in call.struck else life)

    def file_version(self, call: Call) -> int:
        """Return how often faults have changed the file that a call asks for, now included."""
        path = call.request.path
        if "change_etag" in call.struck:
            self.machine.change_file(path)
        return self.machine.file_changes(path)
