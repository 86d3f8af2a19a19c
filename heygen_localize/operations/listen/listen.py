"""A listener: deliveries are answered in threads, passes are made in the main one.

Events are hints, the account is the truth: a pass looks at the account, and one is made at the
start and every so often, whatever was told.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

from heygen_localize.core.errors import InputError, ManifestError, StateGoneError, UsageError
from heygen_localize.core.lock import Lock
from heygen_localize.heygen.deliveries import named
from heygen_localize.heygen.errors import ApiError
from heygen_localize.manifest.identity import heading
from heygen_localize.operations.listen.receiver import HEALTH, Receiver
from heygen_localize.operations.listen.turn import Turn
from heygen_localize.operations.listen.watcher import ListenWatcher
from heygen_localize.operations.one_pass import Passed, PassTools, failed, run_pass
from heygen_localize.project.file_state import FileState
from heygen_localize.project.project import LANGUAGE_CODES, Project
from heygen_localize.system.causes import cause_of
from heygen_localize.system.http_listener import HttpListener

_LOOK_SECONDS = 1.0
_TOLD_SECONDS = 60.0
"""Between two lines about what came: whoever sends rubbish fills no disk."""

_PAGES = 10
"""Pages of HeyGen's list of events; what is further back is found in the account alone."""


class Place(Struct, frozen=True):
    """Where deliveries come in; `port` 0 takes a free one."""

    host: str
    port: int
    path: str


def projects_of(paths: Sequence[Path], *, loopback: bool) -> dict[Path, str]:
    """Return the projects of the manifests that a listener is to serve.

    Raises:
        ManifestError, LockfileError: one cannot be read.
        UsageError: two of them are of one project.
    """
    found: dict[Path, str] = {}
    for path in dict.fromkeys(paths):
        project = _project_of(path, loopback)
        if project in found.values():
            raise UsageError(
                f"two of the manifests are of the project {project}",
                code="project_twice",
                hint="name each project's manifest once",
            )
        found[path] = project
    return found


def _project_of(path: Path, loopback: bool) -> str:
    try:
        return Project.open(path, loopback=loopback, state=FileState(path)).manifest.project
    except ManifestError as error:
        # The account may know languages that we do not; the passes will tell.
        if any(problem.code not in LANGUAGE_CODES for problem in error.problems):
            raise
    return heading(path).names[0]


class Listening:
    """Receives deliveries for some projects. `every` and `pause` are in seconds.

    A pass over each is made `every` so often, and no two of one project with less than a
    `pause` between.
    """

    def __init__(
        self,
        projects: dict[Path, str],
        place: Place,
        secrets: Sequence[bytes],
        tools: PassTools,
        every: float,
        watcher: ListenWatcher,
    ) -> None:
        self._place, self._tools, self._every, self._watcher = place, tools, every, watcher
        self._clock = tools.clock
        self._turns = [Turn(path, name, tools.every) for path, name in projects.items()]
        self._news = threading.Event()
        self._receiver = Receiver(place.path, secrets, tools.clock, self._wake)
        self._round_at: float | None = None
        self._told_at = float("-inf")

    def run(self) -> NoReturn:
        """Answer deliveries, and make passes, until a signal comes.

        Raises:
            UsageError: the address cannot be listened on.
            AccountRefused: the key is refused at the start.
            Interrupted: a signal came; what was learned is written.
        """
        listener = self._opened()
        try:
            host = f"[{self._place.host}]" if ":" in self._place.host else self._place.host
            url = f"http://{host}:{listener.port}{self._place.path}"
            self._watcher.began(url, [turn.project for turn in self._turns])
            while True:
                self._tools.interruption.check()
                self._step()
        finally:
            with self._tools.interruption.shielded():
                self._receiver.leaving = True
                listener.close()
                self._tell()

    def _opened(self) -> HttpListener:
        place = self._place
        try:
            return HttpListener(place.host, place.port, self._receiver.answer)
        except OSError as error:
            raise InputError(
                "listen_address",
                f"{place.host}, port {place.port}: {cause_of(error)}",
                "choose another --port or --host; port 0 takes a free one",
            ) from None

    def _wake(self) -> None:
        for turn in self._turns:
            turn.wake()
        self._news.set()

    def _step(self) -> None:
        """Make the pass that is due, or wait a moment for one."""
        self._news.clear()  # before the look: what comes after it ends the wait
        now = self._clock.monotonic()
        if self._round_at is None or now >= self._round_at:
            self._catch_up(first=self._round_at is None)
            self._round_at = now + self._every
        if now >= self._told_at + _TOLD_SECONDS and self._tell():
            self._told_at = now
        due = [turn for turn in self._turns if turn.is_due(now)]
        if due:
            self._pass(min(due, key=lambda turn: turn.not_before))
            return
        soonest = min((turn.not_before for turn in self._turns if turn.woken), default=now + 1)
        self._news.wait(min(max(soonest - now, 0.01), _LOOK_SECONDS))

    def _tell(self) -> bool:
        """Tell what came since the last time; return whether anything did."""
        tally = self._receiver.tally()
        if tally.anything:
            self._watcher.received(tally)
        return tally.anything

    def _catch_up(self, *, first: bool) -> None:
        """Take note of the events that HeyGen lists, and ask for a pass over each project."""
        try:
            listed = self._tools.account.client.webhooks.recent(_PAGES)
        except ApiError as error:
            if not error.refuses_account:  # which the pass will tell
                self._watcher.unlisted(error)
        else:
            missed = self._receiver.events.keep(map(named, listed))
            if missed and not first:
                self._watcher.caught_up(missed)
        self._wake()

    def _pass(self, turn: Turn) -> None:
        first = turn.first
        turn.begin()
        passed = self._passed(turn)
        now = self._clock.monotonic()
        if passed.applied is not None:
            turn.end(now, behind=self._is_behind(passed.applied.lock))
            self._watcher.passed(turn.project, passed.applied)
        elif passed.error is not None:
            if first and isinstance(passed.error, ApiError) and passed.error.unauthorized:
                raise passed.error
            turn.fail(now, passed.later.tries, passed.later.seconds)
            self._watcher.delayed(turn.project, passed.error, passed.later.seconds)

    def _passed(self, turn: Turn) -> Passed:
        try:
            return run_pass(turn.path, turn.tries, self._tools)
        except StateGoneError as error:
            return failed(turn.tries, self._tools, error)

    def _is_behind(self, lock: Lock) -> bool:
        """Return whether HeyGen still shows a job in progress that it said has ended."""
        jobs = (entry.job for entry in lock.entries.values())
        running = [job.translation_id for job in jobs if job.status.in_progress]
        return self._receiver.ended.known(running)


def refuse_path(path: str) -> None:
    """Make sure that a path can be one that deliveries come to.

    Raises:
        InputError: it cannot.
    """
    plain = path.isascii() and path.isprintable() and not set(path) & set(' ?#%\\"<>')
    if not plain or not path.startswith("/") or path.startswith("//") or path == HEALTH:
        raise InputError(
            "listen_path",
            f"--path {path!r} is no path that deliveries can come to",
            f"write one like /heygen; {HEALTH} is taken",
        )
