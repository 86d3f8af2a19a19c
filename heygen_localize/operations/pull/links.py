"""Links to the files of jobs: those of the lock, and new ones where they open nothing any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

from heygen_localize.core.errors import JobForeign, JobGone, LocalizeError
from heygen_localize.core.model import NO_OUTPUTS, Job, Manifest, OutputUrls
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.operations.fresh_links import FEW
from heygen_localize.planning.pull import CAPTIONS, PullFile, link
from heygen_localize.system.clock import Clock

_SOON = 60.0
"""Seconds; a link that ends so soon is not begun with."""


class Links:
    """Gives links to files; asks for one job at a time, whichever thread wants it.

    `ended` is why the vendor is not asked any more: no key, a key that is refused, no
    answer after many tries.
    """

    def __init__(self, open_client: Callable[[], Client], clock: Clock, manifest: Manifest) -> None:
        self._open_client, self._clock = open_client, clock
        self._projects = {manifest.project, *manifest.formerly}
        self._pinned = {target.job for target in manifest.targets}
        self._client: Client | None = None
        self._asking = threading.Lock()
        self._fresh: dict[str, OutputUrls] = {}
        self.ended: LocalizeError | None = None

    def ask_together(self, files: Iterable[PullFile]) -> None:
        """Ask for the links that many files lack, before they are asked for one by one.

        What cannot be had so is left to `first`, which tells why.
        """
        names = {file.job.translation_id for file in files if self._is_lacking(file)}
        if len(names) <= FEW:
            return
        with self._asking, suppress(LocalizeError):
            for name, job in self._opened().recent(names).items():
                if job.outputs.reachable and not self._is_foreign(job):
                    self._fresh[name] = job.outputs

    def _is_lacking(self, file: PullFile) -> bool:
        if file.in_bucket and file.known is not None:
            return False  # it is likely there, and then no link is needed
        url = link(file.job.outputs, file.kind)
        return file.askable if url is None else self._ends_soon(file.job.outputs)

    def _ends_soon(self, outputs: OutputUrls) -> bool:
        ends = outputs.expires_at
        return ends is not None and ends < self._clock.now() + _SOON

    def _is_foreign(self, job: Job) -> bool:
        foreign = job.mark is not None and job.mark.project not in self._projects
        return foreign and job.id not in self._pinned

    def _opened(self) -> Client:
        if self._client is None:
            self._client = self._open_client()
        return self._client

    def renewed(self, wanted: PullFile) -> OutputUrls | None:
        """Return the links that the vendor gave for the job since; None where it was not asked."""
        return self._fresh.get(wanted.job.translation_id)

    def first(self, wanted: PullFile) -> str | None:
        """Return a link to begin with; None where the job has no such file.

        Raises:
            LocalizeError: it had to be asked for, and could not be had.
        """
        outputs = self.renewed(wanted) or wanted.job.outputs
        url = link(outputs, wanted.kind)
        if url is None and not wanted.askable:
            return None
        if url is None or self._ends_soon(outputs):
            return self.refresh(wanted, url)
        return url

    def refresh(self, wanted: PullFile, stale: str | None) -> str | None:
        """Return another link than the one that opens nothing; None where the job has no such file.

        Raises:
            LocalizeError: the vendor does not give one.
        """
        with self._asking:
            fresh = self.renewed(wanted)
            if fresh is not None and link(fresh, wanted.kind) not in (None, stale):
                return link(fresh, wanted.kind)
            if self.ended is not None:
                raise self.ended
            try:
                return self._asked(wanted, stale)
            except (JobGone, JobForeign):
                raise
            except LocalizeError as error:
                if not isinstance(error, ApiError) or error.refuses_account or error.passing:
                    # What stands in the way of one stands in the way of all.
                    self.ended = error
                raise

    def _asked(self, wanted: PullFile, stale: str | None) -> str | None:
        client = self._opened()
        name = wanted.job.translation_id
        known = self.renewed(wanted) or wanted.job.outputs
        captions = wanted.kind in CAPTIONS
        url = None
        if stale is not None or known == NO_OUTPUTS or not captions:
            job = client.job(name)
            if job is None:
                raise JobGone(
                    "HeyGen does not know the job",
                    hint="see whether this is the account it was made in: localize doctor; if it "
                    "was deleted there, localize apply --recreate orders it again (this costs)",
                )
            if self._is_foreign(job):
                raise JobForeign(
                    "the lockfile names a job of another project here",
                    hint="localize apply finds the right one",
                )
            self._fresh[name] = job.outputs
            url = link(job.outputs, wanted.kind)
        # Jobs ordered with captions while those were made on demand may have ones that only
        # their own endpoint tells of (docs/vendor/behaviour.md, "Video translations").
        ask = captions and url is None and wanted.expected
        return client.caption_url(name, wanted.kind) if ask else url
