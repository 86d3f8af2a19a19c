"""Workers of several hosts and projects on one account, killed again and again, the database too.

At full size: LOCALIZE_FLEET_TARGETS=2000 LOCALIZE_FLEET_PROCESSES=12 LOCALIZE_KILLS=200, with
`-s` to see how it goes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from bucket_scene import use_s3
from postgres_server import Server, running
from s3_server import BUCKET
from starters import Starter, started
from workspaces import Ran, run_in

from heygen_localize.core.errors import ExitCode
from heygen_localize.sandbox import Sandbox

TARGETS = int(os.environ.get("LOCALIZE_FLEET_TARGETS", "40"))
PROCESSES = int(os.environ.get("LOCALIZE_FLEET_PROCESSES", "3"))
KILLS = int(os.environ.get("LOCALIZE_KILLS", "6"))
PROJECTS, HOSTS, PLACES = 4, 3, 10
LANGUAGES = ("es-MX", "fr-FR", "ja", "de-DE", "pt-BR")
LASTING = ("fsync=off", "shared_buffers=64MB")
"""A commit lasts though the server is killed: the machine itself stays."""

OPTIONS = ("--quiet", "--every", "0.5", "--no-check-sources", "--retry-pause", "0.5")
FAULTS = (
    "drop_after=0.05 on POST",
    "cut_download=0.05:20000 on GET /files/*",
    "list_lag=1:1 on GET",
)


class Checkouts:
    """The checkouts of the projects on each host, whose outputs lead into a bucket."""

    def __init__(self, folder: Path, outputs: str) -> None:
        self._outputs = outputs
        self.hosts = [folder / f"host-{number}" for number in range(HOSTS)]
        for host in self.hosts:
            for project in range(PROJECTS):
                (host / f"team-{project}").mkdir(parents=True)

    def write(self, videos: int) -> int:
        """Let each project have so many videos; give how many targets that are in all."""
        for host in self.hosts:
            for project in range(PROJECTS):
                name = (
                    f"{self._outputs}/team-{project}/{{{{ video.id }}}}-{{{{ language.tag }}}}.mp4"
                )
                lines = [f"version: 1\nproject: team-{project}"]
                lines += [f"languages: [{', '.join(LANGUAGES)}]", f"outputs: {{video: '{name}'}}"]
                lines += [f"limits: {{max_concurrent_jobs: {PLACES}, max_new: 100000}}", "videos:"]
                lines += [
                    f"  v{number}: {{source: 'https://cdn.example.com/{project}-{number}.mp4'}}"
                    for number in range(videos)
                ]
                place = host / f"team-{project}/localize.yaml"
                beside = place.with_suffix(".new")
                beside.write_text("\n".join(lines) + "\n")
                beside.replace(place)  # as git does
        return videos * len(LANGUAGES) * PROJECTS


class Process:
    """A worker on a host, that serves all projects."""

    def __init__(self, starter: Starter, host: Path, log: Path) -> None:
        self._starter, self._host, self._log = starter, host, log
        self.number = 0

    def start(self, *more: str) -> None:
        files = [word for n in range(PROJECTS) for word in ("-f", f"team-{n}/localize.yaml")]
        arguments = ("worker", "--yes", *files, *OPTIONS, *more)
        self.number = self._starter.start("count", self._log, self._host, arguments)

    def kill(self, number: int = signal.SIGKILL) -> int:
        """End it; give how it ended, which it may have done at its start without a database."""
        with suppress(ProcessLookupError):
            os.kill(self.number, number)
        return self.end()

    def end(self) -> int:
        code, self.number = self._starter.wait(), 0
        return code

    def leave_nothing(self) -> None:
        if self.number:
            with suppress(ProcessLookupError):
                os.kill(self.number, signal.SIGKILL)


class Fleet:
    """Processes, a database and an account."""

    def __init__(
        self, server: Server, url: str, processes: Sequence[Process], account: Sandbox
    ) -> None:
        self.server, self.url, self.account = server, url, account
        self.processes = processes

    def disturb(self, dice: random.Random, grow: Callable[[int], None]) -> None:
        """Kill workers and the database at random moments; `grow` is told of each."""
        for process in self.processes:
            process.start()
        for kills in range(1, KILLS + 1):
            time.sleep(dice.uniform(0.2, 2.0))
            victim = dice.choice(self.processes)
            draw = dice.random()
            if draw < 0.15 or kills == 2:
                self.server.stop(dice.choice((signal.SIGKILL, signal.SIGQUIT)))
                time.sleep(dice.uniform(0, 1.0))
                self.server.start()
            elif draw < 0.25:
                assert victim.kill(signal.SIGTERM) in (128 + signal.SIGTERM, ExitCode.VENDOR)
                victim.start()
            else:
                assert victim.kill() in (-signal.SIGKILL, ExitCode.VENDOR)
                victim.start()
            grow(kills)
        for process in self.processes:
            assert process.kill() in (-signal.SIGKILL, ExitCode.VENDOR)
        # What they had is given back at once, not after half a minute.
        old = "UPDATE localize.workers SET beat_at = beat_at - interval '1 minute'"
        self.server.execute(old, url=self.url)

    def finish(self) -> None:
        """Let all of them work until nothing is left."""
        for process in self.processes:
            process.start("--until-done")
        assert [process.end() for process in self.processes] == [0] * len(self.processes)


@pytest.fixture
def fleets(
    tmp_path: Path,
    s3: tuple[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    start_sandbox: Callable[..., Sandbox],
) -> Iterator[Callable[..., tuple[Fleet, Checkouts, Path]]]:
    """Make fleets, each of an account, a database and a folder of the bucket of its own."""
    pytest.importorskip("psycopg")
    base, bucket = s3
    use_s3(monkeypatch, base)
    with ExitStack() as stack:

        def make(name: str, processes: int, faults: tuple[str, ...]) -> Any:
            account = start_sandbox(
                render_seconds=0.5, max_jobs=None, faults=faults, state=tmp_path / f"{name}-account"
            )
            monkeypatch.setenv("HEYGEN_API_BASE", account.base_url)
            monkeypatch.setenv("HEYGEN_API_KEY", account.api_key)
            server = stack.enter_context(running(LASTING))
            url = server.database()
            monkeypatch.setenv("LOCALIZE_STATE", url)
            place = f"{tmp_path.name}-{name}"
            checkouts = Checkouts(tmp_path / name, f"s3://{BUCKET}/{place}")
            workers = [
                Process(
                    stack.enter_context(started()),
                    checkouts.hosts[number % HOSTS],
                    tmp_path / f"{name}-{number}.log",
                )
                for number in range(processes)
            ]
            for worker in workers:
                stack.callback(worker.leave_nothing)
            return Fleet(server, url, workers, account), checkouts, bucket / place

        yield make


def exported(checkouts: Checkouts, project: int) -> dict[str, Any]:
    """Give the export of a project."""
    folder = checkouts.hosts[0] / f"team-{project}"
    ran: Ran = run_in(folder, "state", "export")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads((folder / "localize.lock").read_text())["targets"]
    return found


def comparable(entries: dict[str, Any], name: str) -> dict[str, Any]:
    """Leave out what two accounts never have in common: ids, links, moments, and hashes of both.

    What was sent along is not known of an order whose answer was lost, with files neither.
    """
    told = {}
    own = ("outputs", "created_at", "translation_id", "sent")
    for address, entry in entries.items():
        kept = {key: value for key, value in entry.items() if key not in own}
        kept["files"] = {kind: file["size"] for kind, file in entry["files"].items()}
        kept["objects"] = {
            kind: stored["at"].replace(name, "") for kind, stored in entry["objects"].items()
        }
        told[address] = kept
    return told


def test_workers_that_are_killed_pay_once_lose_nothing_and_end_with_the_same(
    fleets: Callable[..., tuple[Fleet, Checkouts, Path]], tmp_path: Path
) -> None:
    videos = TARGETS // (PROJECTS * len(LANGUAGES))
    first = max(1, videos // 4)
    fleet, checkouts, place = fleets("disturbed", PROCESSES, FAULTS)
    checkouts.write(first)
    assert run_in(checkouts.hosts[0] / "team-0", "state", "init").code == 0

    def grow(kills: int) -> None:
        checkouts.write(first + (videos - first) * kills // KILLS)
        if kills % 10 == 0:
            done = len(list(place.rglob("*.mp4")))
            print(f"{kills} kills, {done} objects", flush=True)  # noqa: T201

    began = time.monotonic()
    fleet.disturb(random.Random(7), grow)
    wanted = checkouts.write(videos)
    fleet.finish()
    print(f"{KILLS} kills, {wanted} targets, {time.monotonic() - began:.0f} s")  # noqa: T201

    marks = Counter(job.callback_id for job in fleet.account.jobs())
    assert (len(marks), set(marks.values())) == (wanted, {1})
    assert fleet.account.peak_in_progress() <= PLACES
    left = fleet.server.execute("SELECT count(*) FROM localize.intents", url=fleet.url)
    open_ = "SELECT count(*) FROM localize.tasks WHERE kind = 'deliver' OR state <> 'waiting'"
    assert (left, fleet.server.execute(open_, url=fleet.url)) == ([(0,)], [(0,)])
    paid = "SELECT count(DISTINCT translation_id) FROM localize.audit"
    assert fleet.server.execute(paid, url=fleet.url) == [(wanted,)]
    entries = [exported(checkouts, project) for project in range(PROJECTS)]
    hashes = {
        stored["at"].partition(f"{place.name}/")[2]: stored["sha256"]
        for each in entries
        for entry in each.values()
        for stored in entry["objects"].values()
    }
    objects = {
        path.relative_to(place).as_posix(): path for path in place.rglob("*") if path.is_file()
    }
    assert len(hashes) == wanted
    assert {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in objects.items()
    } == hashes

    calm, same, other = fleets("calm", min(PROCESSES, 2), ())
    same.write(videos)
    assert run_in(same.hosts[0] / "team-0", "state", "init").code == 0
    calm.finish()
    for project, found in enumerate(entries):
        undisturbed = comparable(exported(same, project), other.name)
        assert comparable(found, place.name) == undisturbed
