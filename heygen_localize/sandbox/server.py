"""The sandbox that tests and the command line start."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Any

from heygen_localize.sandbox.account.access import checked_features
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.application import Application
from heygen_localize.sandbox.faults.rules import Dice
from heygen_localize.sandbox.http.server import BACKLOG, Handler, QuietHandler, Server
from heygen_localize.sandbox.profile import Account
from heygen_localize.sandbox.records import AssetNote, JobNote, ProofreadNote, RequestNote
from heygen_localize.sandbox.settings import SandboxSettings
from heygen_localize.sandbox.webhooks.outbox import Delivery


class Sandbox:
    """An emulator of the vendor's API that serves on loopback until it is closed.

    Args:
        settings: How the account and the renderer are.
        clock: Gives the time in seconds since the epoch.

    Attributes:
        settings: As given.
        base_url: Where it listens, such as ``http://127.0.0.1:8787``.
        api_key: The key that callers must send.

    Raises:
        ValueError: If a fault rule is none.
        OSError: If the port is taken or the folder cannot be made.
    """

    def __init__(self, settings: SandboxSettings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.api_key = settings.api_key
        dice = Dice(settings.faults, settings.seed)
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        address = (settings.host, settings.port)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        # Bound here, since the server would end the process if the port is taken.
        with (
            socket.create_server(address, family=family, backlog=BACKLOG) as listening,
            ExitStack() as unless_it_starts,
        ):
            self._store = Store(settings.state)
            unless_it_starts.callback(self._store.close)
            port = listening.getsockname()[1]
            self.base_url = f"http://{host}:{port}"
            self._account = Account(self._store, settings, clock, self.base_url)
            self._application = Application(self._account, self._store, dice)
            handler = Handler if settings.log_requests else QuietHandler
            self._server = Server(listening, self._application, handler, self._account.context.now)
            unless_it_starts.pop_all()
        self._thread: threading.Thread | None = threading.Thread(
            target=self._server.serve_forever, name="sandbox", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving, within about a second; may be called twice."""
        if self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._thread = None
        self._application.close()
        self._account.delivery_worker.close()
        self._server.connections.close()
        self._store.close()

    def requests(self) -> list[RequestNote]:
        """Return every request so far in the order of arrival."""
        return self._store.requests()

    def jobs(self) -> list[JobNote]:
        """Return every job ever made, deleted ones too, the oldest first."""
        return self._account.translations.notes()

    def key_leaks(self) -> list[RequestNote]:
        """Return the requests that carried the API key where it has no business.

        That is anywhere outside ``/v3``, and anywhere but in ``x-api-key``.
        """
        return [note for note in self.requests() if note.key_leaked]

    def misfits(self) -> list[str]:
        """Return the requests to the API that its contract does not allow, with the reasons."""
        return list(self._application.misfits)

    def peak_in_progress(self) -> int:
        """Return the most jobs that were ever pending or running at once."""
        return self._account.translations.peak()

    def advance(self, seconds: float) -> None:
        """Move the sandbox's own clock forward; a restart does not undo it."""
        self._account.context.advance(seconds)
        self._account.delivery_worker.wake()

    def set_faults(self, *rules: str) -> None:
        """Put these fault rules in place of the present ones.

        Raises:
            ValueError: If one is none; then the present ones stay.
        """
        self._application.dice = Dice(rules, self.settings.seed)

    def delete_job(self, job_id: str) -> None:
        """Delete a job as a person in the web app would.

        Raises:
            Refusal: If there is no such job.
        """
        self._account.jobs_of(job_id).delete(job_id)

    def fail_job(self, job_id: str, message: str) -> None:
        """Make a job fail now.

        Raises:
            Refusal: If there is no such job.
        """
        self._account.jobs_of(job_id).fail(job_id, message)
        self._account.delivery_worker.wake()

    def lipsyncs(self) -> list[JobNote]:
        """Return every lip sync ever made, deleted ones too, the oldest first."""
        return self._account.lipsyncs.notes()

    def deliveries(self) -> list[Delivery]:
        """Return every delivery of a webhook or a callback, the oldest first."""
        return self._account.outbox.deliveries.everything()

    def deny(self, *resources: str) -> None:
        """Let these resources, and no others, belong to somebody else from now on."""
        self._account.access.resources = frozenset(resources)

    def leave_out(self, *features: str) -> None:
        """Let the plan lack these features, and no others, from now on.

        Raises:
            ValueError: If one is none; the message lists them.
        """
        self._account.access.without = checked_features(features)

    def proofreads(self) -> list[ProofreadNote]:
        """Return every proofread session ever made, expired ones too, the oldest first."""
        return self._account.proofreads.notes()

    def expire_proofread(self, proofread_id: str) -> None:
        """Make a proofread session expire now.

        Raises:
            Refusal: If there is no such session, or it has expired.
        """
        self._account.proofreads.update(proofread_id, expires_at=self._account.now())

    def fail_proofread(self, proofread_id: str, message: str) -> None:
        """Make a proofread session fail now.

        Raises:
            Refusal: If there is no such session, or it has expired.
        """
        self._account.proofreads.fail(proofread_id, message)

    def assets(self) -> list[AssetNote]:
        """Return every asset ever begun, deleted ones too, the oldest first."""
        return self._account.assets.notes()

    def delete_asset(self, asset_id: str) -> None:
        """Delete an asset as a person in the web app would.

        Raises:
            Refusal: If there is no such asset.
        """
        self._account.assets.delete(asset_id)

    def change_source(self) -> None:
        """Change what is at every ``/source/…/changing.mp4``: its bytes and its ETag."""
        self._account.context.change_source()

    def add_foreign_job(
        self, language: str = "English", title: str = "Made in the web app", **options: Any
    ) -> str:
        """Make a job as a person in the web app would, past the job limit.

        Args:
            language: The language name.
            title: The title.
            **options: Other fields of the request body, such as ``callback_id``.

        Returns:
            The id of the job.
        """
        return self._account.translations.add_foreign(language, title, **options).id


def read_requests(state: Path) -> list[RequestNote]:
    """Read the requests of a sandbox that runs, or ran, in another process.

    Args:
        state: The folder of its state.
    """
    with closing(Store(state)) as store:
        return store.requests()
