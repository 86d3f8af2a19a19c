"""What a worker does, as lines on standard error: for journals and for people."""

from __future__ import annotations

from collections.abc import Sequence

from heygen_localize.cli.pass_words import open_words, ordered_words
from heygen_localize.cli.shell import Shell
from heygen_localize.core.errors import BusyError, Diagnostic, LocalizeError
from heygen_localize.core.later import Later
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.operations.worker.watcher import WorkerWatcher
from heygen_localize.planning.results import Applied
from heygen_localize.project.state.deliveries import Shipment
from heygen_localize.project.state.tasks import Task
from heygen_localize.report.pull import size_text


class WorkerLines(WorkerWatcher):
    """A line for each thing that came about; of passes without news with `-v` alone."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def _say(self, text: str) -> None:
        self._shell.say(strip_controls(text))

    def began(self, worker: int, projects: Sequence[str], duties: Sequence[str]) -> None:
        """Say what is served."""
        self._say(f"worker {worker} {' and '.join(duties)} for {', '.join(projects)}")

    def waits(self, error: LocalizeError) -> None:
        """Say what is waited for."""
        self._say(f"{error.first.message}; waiting for it to end")

    def passed(self, task: Task, applied: Applied) -> None:
        """Say what a pass brought."""
        told = ordered_words(applied) + open_words(applied)
        if told or self._shell.verbosity:
            told.append(f"{len(applied.result.unfinished)} unfinished")
            self._say(f"{task}: {', '.join(told)}")

    def delayed(self, task: Task, error: LocalizeError, later: Later) -> None:
        """Say why a pass came to nothing."""
        if isinstance(error, BusyError) and not self._shell.verbosity:
            return
        self._say(f"{task}: {error.first.placed}; again in {later.seconds:.0f} s")

    def delivered(self, task: Task, shipment: Shipment) -> None:
        """Say what was delivered."""
        if shipment.files or self._shell.verbosity:
            size = f"{pluralize(shipment.files, 'file')}, {size_text(shipment.bytes)}"
            self._say(f"{task}: {size}")

    def failed(self, task: Task, problem: Diagnostic, later: Later) -> None:
        """Say why a delivery failed, and what becomes of it."""
        then = f"again in {later.seconds:.0f} s"
        if later.failed:
            then = f"given up after {pluralize(later.tries, 'try', 'tries')}"
        elif later.keyed:
            then = "left to a worker with the key"
        self._say(f"{task}: {problem.message}; {then}")

    def handed_back(self, task: Task) -> None:
        """Say that another is to do a task."""
        self._say(f"{task}: handed back")

    def buried(self, workers: Sequence[int]) -> None:
        """Say which workers died."""
        named = ", ".join(map(str, workers))
        self._say(f"worker {named} died; what it had is given to others")

    def lost(self, error: LocalizeError) -> None:
        """Say once that the database is away."""
        self._say(f"{error.first.message}; waiting for it")

    def back(self) -> None:
        """Say that the database is there again."""
        self._say("the shared state answers again")

    def leaving(self, running: int) -> None:
        """Say what is still waited for."""
        self._say(f"leaving: {pluralize(running, 'delivery', 'deliveries')} under way")
