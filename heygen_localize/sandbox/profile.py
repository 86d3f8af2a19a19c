"""One account at the vendor: all that it has, put together."""

from __future__ import annotations

from collections.abc import Callable

from heygen_localize.sandbox.account.access import Access
from heygen_localize.sandbox.account.assets import Assets
from heygen_localize.sandbox.account.batches import Batches
from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.account.glossaries import Glossaries
from heygen_localize.sandbox.account.jobs import Lipsyncs, Translations
from heygen_localize.sandbox.account.proofreads import Proofreads
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.account.upload_batches import UploadBatches
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer
from heygen_localize.sandbox.settings import SandboxSettings
from heygen_localize.sandbox.webhooks.endpoints import Endpoints
from heygen_localize.sandbox.webhooks.occurrences import OccurrenceFinder
from heygen_localize.sandbox.webhooks.outbox import Outbox
from heygen_localize.sandbox.webhooks.worker import DeliveryWorker, may_go


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
        self.context = AccountContext(store, settings, clock)
        self.now = self.context.now
        self.signer = Signer(self.context.secret)
        self.assets = Assets(self.context, self.access)
        self.upload_batches = UploadBatches(self.context, self.assets)
        self.translations = Translations(self.context)
        self.lipsyncs = Lipsyncs(self.context)
        self.proofreads = Proofreads(self.context, self.translations, self.assets)
        self.batches = Batches(self.context, self.translations, self.lipsyncs, self.assets)
        self.glossaries = Glossaries(self.context)
        self.webhooks = Endpoints(self.context)
        finder = OccurrenceFinder(self.translations, self.lipsyncs, self.proofreads, self.batches)
        self.outbox = Outbox(self.context, self.webhooks, finder, may_go)
        self.delivery_worker = DeliveryWorker(
            self.outbox,
            self.webhooks,
            self.batches.catch_up,
            lambda path: self._presigned(self._base_url, path, settings.url_seconds),
            self.now,
            settings.delivery_seconds,
        )
        self.delivery_worker.wake()

    def jobs_of(self, job_id: str) -> Lipsyncs | Translations:
        """Return the list that the job of an id stands in."""
        return self.lipsyncs if job_id.startswith("ls_") else self.translations

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
        return self._presigned(call.base_url, path, -1 if "expired_url" in call.faults else life)

    def file_version(self, call: Call) -> int:
        """Return how often faults have changed the file that a call asks for, now included."""
        path = call.request.path
        if "change_etag" in call.faults:
            self.context.change_file(path)
        return self.context.file_changes(path)
