"""How a run that waits shows that it goes on: since when jobs render, and for how long more."""

from __future__ import annotations

import re
from collections.abc import Callable

from workspaces import Workspace

from heygen_localize.cli.progress import heartbeat
from heygen_localize.core.model import Job, JobStatus
from heygen_localize.operations.apply.pace import Pace
from heygen_localize.operations.events import Pulse, Tally
from heygen_localize.sandbox import Sandbox


def job(name: str, created_at: int | None = None) -> Job:
    return Job(name, JobStatus.PENDING, created_at=created_at)


def test_what_is_left_follows_from_those_that_ended() -> None:
    pace = Pace()
    assert (pace.oldest(0), pace.left(3, 0)) == (None, None)
    pace.began(job("a"), 1000)
    pace.began(job("b", created_at=400), 1000)
    assert (pace.oldest(1300), pace.left(4, 1300)) == (900, None)
    pace.ended("b", 1400)  # took 1000 seconds
    assert pace.oldest(1400) == 400
    assert pace.left(0, 1400) == 600
    assert pace.left(4, 1400) == 600 + 2 * 1000  # two at once
    assert pace.left(0, 9000) == 0
    pace.lost("a")
    assert pace.oldest(9000) is None


def test_a_heartbeat_in_words() -> None:
    pulse = Pulse(Tally(10, 3, 7, 0), 0.0, oldest=18 * 60, left=25 * 60)
    told = heartbeat(pulse)
    assert re.fullmatch(r"\d\d:\d\d  .*", told)
    assert told[7:] == "3 rendering (oldest 18 min) · 7 done · 10 queued · about 25 min left"
    assert heartbeat(Pulse(Tally(0, 0, 7, 2), 0.0))[7:] == "0 rendering · 7 done · 2 failed"
    soon = heartbeat(Pulse(Tally(0, 1, 7, 0), 0.0, oldest=59.0, left=59.0))
    assert soon[7:] == "1 rendering (oldest under a minute) · 7 done · under a minute left"


def test_off_a_terminal_a_run_tells_each_minute_that_it_goes_on(
    start: Callable[..., Sandbox], workspace: Workspace
) -> None:
    start(render_seconds=600)
    workspace.write_videos(
        "alpha", "beta", languages=("ja",), extra="limits: {max_concurrent_jobs: 1}"
    )
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err
    beats = [line[7:] for line in ran.err.splitlines() if re.match(r"\d\d:\d\d  ", line)]
    assert 15 <= len(beats) <= 25  # two jobs of ten minutes, one after the other
    assert beats[0] == "1 rendering (oldest 1 min) · 0 done · 1 queued"
    # When the second job begins between two beats is the machine's affair, not the test's.
    second = re.compile(
        r"1 rendering \(oldest (\d min|under a minute)\) · 1 done"
        r" · (about \d+ min|under a minute) left"
    )
    assert sum(bool(second.fullmatch(beat)) for beat in beats) >= 5
    assert not re.search(r"^\d\d:\d\d ", workspace.run("apply", "--yes").err, re.MULTILINE)
