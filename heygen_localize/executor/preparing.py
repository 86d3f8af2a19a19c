"""What an order needs at the vendor before it is sent: its files, or its reviewed text."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from heygen_localize.errors import Problem
from heygen_localize.executor.events import EventKind
from heygen_localize.executor.ledger import Ledger
from heygen_localize.executor.reviews import Reviewer
from heygen_localize.executor.submission import Submission
from heygen_localize.executor.uploads import Uploader, UploadRefused
from heygen_localize.texts import TextError, refuse_unwritable


@dataclass(frozen=True)
class Preparer:
    """Brings to the vendor what orders need."""

    uploader: Uploader
    reviewer: Reviewer
    ledger: Ledger
    manifest: Path
    writable: set[str] = field(default_factory=set)

    def ready(self, item: Submission) -> bool:
        """Tell whether an order may be sent."""
        if item.for_session and item.action.address not in self.writable:
            return False
        if _is_made_of_files(item):
            return self.uploader.ready(item.target.media)
        return self.reviewer.given(item.target)

    def prepare(self, item: Submission) -> Problem | None:
        """Do what is missing; give what keeps this one order from being sent.

        Raises:
            ApiFailure: the key is not accepted.
            LockfileError: the lockfile cannot be written.
        """
        try:
            if item.for_session:
                self._try_disk(item)
            if _is_made_of_files(item):
                sent = self.uploader.bring(item.target.media)
            else:
                sent = self.reviewer.give(item.action)
        except (UploadRefused, TextError) as refusal:
            return refusal.problems[0]
        for name in sent:
            self.ledger.tell(EventKind.UPLOADED, item.action.address, None, name)
        return None

    def _try_disk(self, item: Submission) -> None:
        """See whether the disk takes a target's texts, before a session is paid for.

        Raises:
            TextError: it does not.
        """
        review = item.target.proofread
        if review is not None:
            refuse_unwritable(self.manifest, (review.path, review.source_path))
        self.writable.add(item.action.address)


def _is_made_of_files(item: Submission) -> bool:
    """Tell a session, or a job of its own, from the render of a session."""
    return item.for_session or item.target.proofread is None
