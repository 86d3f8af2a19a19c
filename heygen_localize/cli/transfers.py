"""How files come in, on standard error: live on a terminal, a line a file elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from heygen_localize.cli.streams import on_terminal, write
from heygen_localize.core.text import strip_controls
from heygen_localize.operations.pull.workers import TransferWatcher, UnwatchedTransfers
from heygen_localize.planning.pull import PullFile, PullRow, PullState
from heygen_localize.report.pull import size_text


@contextmanager
def watch_transfers(quiet: bool) -> Iterator[TransferWatcher]:
    """Give the watcher that fits where standard error leads."""
    if quiet:
        yield UnwatchedTransfers()
    elif on_terminal():
        with LiveTransfers(Console(stderr=True)) as live:
            yield live
    else:
        yield TransferLines()


class TransferLines(UnwatchedTransfers):
    """One line for each file."""

    def ended(self, row: PullRow) -> None:
        """Write how the file ended."""
        told = f"{row.path}: {row.state.value}"
        if row.file is not None:
            told += f" ({size_text(row.file.size)})"
        elif row.problem is not None:
            told += f": {row.problem.message}"
        write(strip_controls(told) + "\n", err=True)


class LiveTransfers:
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
