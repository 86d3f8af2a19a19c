"""What a listener says on standard error: a line for each thing that came about."""

from __future__ import annotations

from collections.abc import Sequence

from heygen_localize.cli.pass_words import open_words, ordered_words
from heygen_localize.cli.shell import Shell
from heygen_localize.core.errors import BusyError, LocalizeError
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.heygen.deliveries import Refusal
from heygen_localize.operations.listen.receiver import Tally
from heygen_localize.operations.listen.watcher import ListenWatcher
from heygen_localize.planning.pull import PullReport, PullState
from heygen_localize.planning.results import Applied
from heygen_localize.report.pull import size_text


class ListenLines(ListenWatcher):
    """Of passes and events without news with `-v` alone. Nothing of a delivery is repeated."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._busy = set[str]()
        self._unlisted = False

    def _say(self, text: str) -> None:
        self._shell.say(strip_controls(text))

    def began(self, url: str, projects: Sequence[str]) -> None:
        """Say where deliveries come in."""
        self._say(f"listening on {url} for {', '.join(projects)}")

    def passed(self, project: str, applied: Applied) -> None:
        """Say what a pass brought."""
        self._busy.discard(project)
        told = ordered_words(applied)
        ended = _ended(applied)
        told += [f"{ended} ended"] if ended else []
        told += _pulled(applied.pulled)
        told += open_words(applied)
        if told or self._shell.verbosity:
            told.append(f"{len(applied.result.unfinished)} unfinished")
            self._say(f"pass {project}: {', '.join(told)}")

    def delayed(self, project: str, error: LocalizeError, seconds: float) -> None:
        """Say why a pass came to nothing; once while another run is in the way."""
        if isinstance(error, BusyError):
            if project in self._busy and not self._shell.verbosity:
                return
            self._busy.add(project)
        self._say(f"pass {project}: {error.first.placed}; again in {seconds:.0f} s")

    def received(self, tally: Tally) -> None:
        """Say what was refused; with `-v` also what was taken."""
        for refusal, number in tally.refused:
            clock = ": is its clock right?" if refusal is Refusal.LATE else ""
            counted = pluralize(number, "delivery", "deliveries")
            self._say(f"refused {counted} {refusal.value}{clock}")
        if self._shell.verbosity and (tally.events or tally.repeated or tally.others):
            self._say(
                f"received {pluralize(tally.events, 'event')}, {tally.repeated} that came before, "
                f"{tally.others} of other kinds"
            )

    def caught_up(self, missed: int) -> None:
        """Say that deliveries may get lost on their way."""
        self._say(f"HeyGen lists {pluralize(missed, 'event')} that had not come here")

    def unlisted(self, error: LocalizeError) -> None:
        """Say once that the list of events is not to be had."""
        if not self._unlisted or self._shell.verbosity:
            self._say(
                f"HeyGen's list of events: {error.first.message}; passes are made all the same"
            )
        self._unlisted = True


def _ended(applied: Applied) -> int:
    """Count the targets whose jobs were in progress before a pass, and are not after it."""
    before, after = applied.planned.lock.entries, applied.lock.entries
    return sum(
        entry.job.status.in_progress
        and address in after
        and not after[address].job.status.in_progress
        for address, entry in before.items()
    )


def _pulled(report: PullReport | None) -> list[str]:
    if report is None or not report.counts[PullState.PULLED]:
        return []
    files = pluralize(report.counts[PullState.PULLED], "file")
    return [f"pulled {files}, {size_text(report.pulled_bytes)}"]
