"""Progress of a run on standard error: live on a terminal, a line a change elsewhere."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from heygen_localize.cli.shell import write
from heygen_localize.executor.events import Event, EventKind, Tally, Unwatched, Watcher

_LAST_FINISHES = 5
_FINISHES = (EventKind.COMPLETED, EventKind.FAILED)


@contextmanager
def watch(quiet: bool) -> Iterator[Watcher]:
    """Give the watcher that fits where standard error leads."""
    if quiet:
        yield Unwatched()
    elif sys.stderr.isatty():
        with LiveProgress(Console(stderr=True)) as live:
            yield live
    else:
        yield ProgressLines()


def line(event: Event) -> str:
    """Write an event as one line."""
    parts = [event.address or "", event.kind.value if event.kind is not EventKind.NOTE else ""]
    told = " ".join(part for part in parts if part)
    reference = f" ({event.translation_id})" if event.translation_id else ""
    message = event.message or ""
    return f"{told}{reference}: {message}".strip(": ") if message else told + reference


class ProgressLines:
    """One line for each change of state."""

    def happened(self, event: Event) -> None:
        """Write the event."""
        write(line(event) + "\n", err=True)


class LiveProgress:
    """Counts by state, elapsed time and the last few finishes, kept up to date in place."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._task = self._bar.add_task("waiting", total=None)
        self._recent: deque[Text] = deque(maxlen=_LAST_FINISHES)
        self._live = Live(console=console, refresh_per_second=4, transient=True)
        self._started = False

    def __enter__(self) -> LiveProgress:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._started:
            self._live.stop()

    def happened(self, event: Event) -> None:
        """Take the event into the picture."""
        if not self._started:
            # Not before the first event: the question for consent stands here.
            self._live.start()
            self._started = True
        tally = event.tally
        total = tally.queued + tally.rendering + tally.completed + tally.failed
        self._bar.update(
            self._task,
            description=_counts(tally),
            total=total,
            completed=tally.completed + tally.failed,
        )
        if event.kind in _FINISHES or event.kind is EventKind.NOTE:
            style = "red" if event.kind is EventKind.FAILED else "dim"
            self._recent.append(Text(line(event), style=style, no_wrap=True, overflow="ellipsis"))
        self._live.update(Group(*self._recent, self._bar))


def _counts(tally: Tally) -> str:
    """Write the counts by state."""
    parts = {
        "queued": tally.queued,
        "rendering": tally.rendering,
        "completed": tally.completed,
        "failed": tally.failed,
    }
    return "  ".join(f"{number} {state}" for state, number in parts.items() if number)
