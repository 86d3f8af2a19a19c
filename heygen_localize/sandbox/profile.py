"""One account at the vendor: all that it has, put together."""

from __future__ import annotations

from collections.abc import Callable

from heygen_localize.sandbox.account.access import Access
from heygen_localize.sandbox.account.assets import Assets
from heygen_localize.sandbox.account.batches import Batches
from heygen_localize.sandbox.account.glossaries import Glossaries
from heygen_localize.sandbox.account.jobs import Machine
from heygen_localize.sandbox.account.lipsyncs import Lipsyncs
from heygen_localize.sandbox.account.proofreads import Proofreads
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.account.upload_batches import UploadBatches
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
        base_url: Gives the address at which the sandbox is.

    Raises:
        ValueError: If the settings name a feature that is none.
    """

    def __init__(
        self,
        store: Store,
        settings: SandboxSettings,
        clock: Callable[[], float],
        base_url: Callable[[], str],
    ) -> None:
        self._base_url = base_url
        self.settings = settings
        self.access = Access(settings.denied, settings.without)
        self.machine = Machine(store, settings, clock)
        self.signer = Signer(self.machine.secret)
        now = self.machine.now
        self.assets = Assets(store, settings, self.access, now)
        self.upload_batches = UploadBatches(store, self.assets, now)
        self.proofreads = Proofreads(store, self.machine, self.assets, settings)
        self.lipsyncs = Lipsyncs(store, self.machine, settings)
        self.batches = Batches(store, self.machine, self.lipsyncs, self.assets, settings)
        self.glossaries = Glossaries(store, settings.glossaries, now)
        self.webhooks = Endpoints(store, now)
        newsroom = Newsroom(store, self.lipsyncs, self.proofreads, self.batches)
        self.outbox = Outbox(store, self.machine, self.webhooks, newsroom, may_go)
        self.courier = Courier(
            self.outbox,
            self.webhooks,
            self.batches.catch_up,
            self.signed_url,
            now,
            settings.delivery_seconds,
        )
        self.courier.poke()

    def signed_url(self, path: str) -> str:
        """Return a URL that opens the file at a path, for those who did not ask by HTTP."""
        expires = int(self.machine.now() + self.settings.url_seconds)
        return self._base_url() + self.signer.presign(path, expires)
