"""What a worker tells whoever watches it."""

from __future__ import annotations

from collections.abc import Sequence

from heygen_localize.core.errors import Diagnostic, LocalizeError
from heygen_localize.core.later import Later
from heygen_localize.planning.results import Applied
from heygen_localize.project.state.deliveries import Shipment
from heygen_localize.project.state.tasks import Task


class WorkerWatcher:
    """Shows what a worker does; this one shows nothing. Several threads call it."""

    def began(self, worker: int, projects: Sequence[str], duties: Sequence[str]) -> None:
        """Take notice of what is done from now on, in words: `orders`, `delivers`."""

    def waits(self, error: LocalizeError) -> None:
        """Take notice of what is waited for before anything is done."""

    def passed(self, task: Task, applied: Applied) -> None:
        """Take notice of a pass that came to its end."""

    def delayed(self, task: Task, error: LocalizeError, later: Later) -> None:
        """Take notice of a pass that came to nothing."""

    def delivered(self, task: Task, shipment: Shipment) -> None:
        """Take notice of a target that is where it belongs."""

    def failed(self, task: Task, problem: Diagnostic, later: Later) -> None:
        """Take notice of a delivery that failed."""

    def handed_back(self, task: Task) -> None:
        """Take notice of a task that somebody else is to do."""

    def buried(self, workers: Sequence[int]) -> None:
        """Take notice of workers that died; what they had is done by others."""

    def lost(self, error: LocalizeError) -> None:
        """Take notice that the database does not answer; told once, until it is back."""

    def back(self) -> None:
        """Take notice that the database answers again."""

    def leaving(self, running: int) -> None:
        """Take notice that no task is taken any more, and how many are still under way."""
