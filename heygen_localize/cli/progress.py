"""Progress of a run on standard error: live on a terminal, a line a change elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import TypeVar

from msgspec.structs import asdict
from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from heygen_localize.cli.streams import on_terminal, write
from heygen_localize.core.text import inert, strip_controls
from heygen_localize.operations.events import Event, EventKind, Pulse, Transfer, Watcher
from heygen_localize.operations.pull.workers import TransferWatcher
from heygen_localize.planning.pull import PullFile, PullRow, PullState
from heygen_localize.report.pull import size_text

_Shown = TypeVar("_Shown")


@contextmanager
def _fitting(
    quiet: bool,
    nothing: _Shown,
    live: Callable[[Console], AbstractContextManager[_Shown]],
    lines: _Shown,
) -> Iterator[_Shown]:
    """Choose the watcher that fits where standard error leads."""
    if quiet:
        yield nothing
    elif on_terminal():
        with live(Console(stderr=True)) as shown:
            yield shown
    else:
        yield lines


def watch_transfers(quiet: bool) -> AbstractContextManager[TransferWatcher]:
    """Return the watcher of files that fits where standard error leads."""
    return _fitting(quiet, TransferWatcher(), LiveTransfers, TransferLines())


def watch(quiet: bool) -> AbstractContextManager[Watcher]:
    """Return the watcher of a run that fits where standard error leads."""
    return _fitting(quiet, Watcher(), LiveProgress, ProgressLines())


class TransferLines(TransferWatcher):
    """One line for each file."""

    def ended(self, row: PullRow) -> None:
        """Write how the file ended; of one that was there already there is nothing to tell."""
        if row.state is PullState.UNCHANGED:
            return
        told = f"{row.path}: {row.state.value}"
        if row.file is not None:
            told += f" ({size_text(row.file.size)})"
        write(strip_controls(told) + "\n", err=True)


class LiveTransfers(TransferWatcher):
    """Bytes, rate and files done, kept up to date in place."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)
        self._counting = threading.Lock()
        self._files: dict[tuple[str, str], tuple[int, int | None]] = {}
        self._sums = [0, 0]
        self._due = self._done = self._failed = self._sized = 0

    def __enter__(self) -> LiveTransfers:
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def added(self, wanted: PullFile) -> None:
        """Expect one file more."""
        del wanted
        if not self._due:
            self._bar.start()
        self._due += 1
        self._show()

    def moved(self, wanted: PullFile, done: int, total: int | None) -> None:
        """Add what came; from any thread."""
        name = (wanted.address, wanted.kind)
        with self._counting:
            before, before_total = self._files.get(name, (0, None))
            self._files[name] = (done, total)
            self._sums[0] += done - before
            self._sums[1] += (total or 0) - (before_total or 0)
            self._sized = len(self._files)
            self._show()

    def ended(self, row: PullRow) -> None:
        """Count a file that is done with."""
        if row.state is PullState.FAILED:
            self._failed += 1
        self._done += 1
        self._show()

    def _show(self) -> None:
        failed = f", {self._failed} failed" if self._failed else ""
        # What files have that were not begun is guessed from those that were.
        guess = self._sums[1] * self._due // self._sized if self._sized else None
        self._bar.update(
            self._task,
            description=f"{self._done}/{self._due} files{failed}",
            completed=self._sums[0],
            total=guess,
        )


_FINISHES = (EventKind.COMPLETED, EventKind.FAILED)


def heartbeat(pulse: Pulse) -> str:
    """Write how a run stands: `12:04  3 rendering (oldest 18 min) · 7 done · 10 queued`."""
    tally, clock = pulse.tally, datetime.fromtimestamp(pulse.now).strftime("%H:%M")
    oldest = f" (oldest {_minutes(pulse.oldest)})" if pulse.oldest is not None else ""
    parts = [f"{tally.rendering} rendering{oldest}", f"{tally.completed} done"]
    parts += [f"{tally.failed} failed"] if tally.failed else []
    parts += [f"{tally.queued} queued"] if tally.queued else []
    parts += [f"{_minutes(pulse.left, 'about ')} left"] if pulse.left is not None else []
    return f"{clock}  {' · '.join(parts)}"


def _minutes(seconds: float, about: str = "") -> str:
    return f"{about}{round(seconds / 60)} min" if seconds >= 60 else "under a minute"


def line(event: Event) -> str:
    """Write an event as one line; why something failed is told once, at the end."""
    parts = [event.address or "", event.kind.value if event.kind is not EventKind.NOTE else ""]
    told = " ".join(part for part in parts if part)
    reference = f" ({event.translation_id})" if event.translation_id else ""
    message = (event.message or "") if event.kind is not EventKind.FAILED else ""
    return f"{told}{reference}: {message}".strip(": ") if message else told + reference


_HEARTBEAT_SECONDS = 60.0


class ProgressLines(Watcher):
    """One line for each change of state, and one a minute that tells how the run stands.

    A piece of a file is no change, its end is an event.
    """

    def __init__(self, *, at_once: bool = False) -> None:
        self._beat_at = 0.0 if at_once else None

    def waiting(self, pulse: Pulse) -> None:
        """Write how the run stands, once a minute."""
        if self._beat_at is None:
            self._beat_at = pulse.now
        if pulse.now - self._beat_at >= _HEARTBEAT_SECONDS:
            self._beat_at = pulse.now
            write(heartbeat(pulse) + "\n", err=True)

    def happened(self, event: Event) -> None:
        """Write the event."""
        write(line(event) + "\n", err=True)


class LiveProgress(Watcher):
    """Counts by state and elapsed time, kept up to date in place below the targets that ended."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        # Its clock starts with the first news: before that, the question for consent stands here.
        self._task = self._bar.add_task("waiting", total=None, start=False)
        self._console = console
        self._transfers = Transfers(console)
        self._live = Live(console=console, refresh_per_second=4, transient=True)
        self._started = False
        self._starting = threading.Lock()

    def __enter__(self) -> LiveProgress:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._started:
            self._live.stop()

    def moved(self, transfer: Transfer) -> None:
        """Show how far a file has come."""
        self._transfers.moved(transfer)
        self._show()

    def happened(self, event: Event) -> None:
        """Take the event into the picture."""
        tally = event.tally
        total = tally.queued + tally.rendering + tally.completed + tally.failed
        counts = [f"{number} {state}" for state, number in asdict(tally).items() if number]
        self._bar.update(
            self._task,
            description="  ".join(counts),
            total=total,
            completed=tally.completed + tally.failed,
        )
        self._show()
        if event.kind in _FINISHES or event.kind is EventKind.NOTE:
            # Above the picture, where it stays when the picture has gone.
            style = "red" if event.kind is EventKind.FAILED else "dim"
            self._console.print(Text(inert(line(event)), style=style))

    def _show(self) -> None:
        with self._starting:
            if not self._started:
                self._bar.start_task(self._task)
                self._live.start()
                self._started = True
        self._live.update(Group(self._transfers.bars, self._bar))


class Beside(TransferWatcher):
    """Shows files that are pulled in the picture of the run that they come in with."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._lines = TransferLines() if isinstance(watcher, ProgressLines) else None

    def moved(self, wanted: PullFile, done: int, total: int | None) -> None:
        """Show how far a file has come; from any thread."""
        self._watcher.moved(Transfer(wanted.path, done, total))

    def ended(self, row: PullRow) -> None:
        """Take a file out of the picture, or write its line."""
        self._watcher.moved(Transfer(row.path, 0, 0))
        if self._lines is not None:
            self._lines.ended(row)


class Transfers:
    """A bar with bytes and rate for each file that is on its way; gone when it has arrived."""

    def __init__(self, console: Console) -> None:
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def moved(self, transfer: Transfer) -> None:
        """Take a piece of a file into the picture."""
        if transfer.done == transfer.total:
            task = self._tasks.pop(transfer.name, None)
            if task is not None:
                self.bars.remove_task(task)
            return
        if transfer.name not in self._tasks:
            self._tasks[transfer.name] = self.bars.add_task(
                strip_controls(transfer.name), total=None
            )
        self.bars.update(self._tasks[transfer.name], total=transfer.total, completed=transfer.done)
