"""Five hundred targets while every other request meets a fault: paid once, and all done."""

from __future__ import annotations

from collections import Counter

import pytest
from accounts import LIST, Start, assert_one_job_each, ids, keys, orders
from fake_clock import FakeClock
from workspaces import Workspace

FAULTS = (
    "drop_before=0.1 on *",
    "http_500_before=0.1 on *",
    "html_502=0.1 on *",
    "rate_limit=0.05:2 on *",
    "drop_after=0.1 on *",
    "http_500_after=0.1 on *",
    "cut_body=0.1 on *",
    "list_lag=0.3:2 on GET",
    "get_lag=0.3:2 on GET",
)
LAGS = {"list_lag", "get_lag"}
LANGUAGES = (
    "es-MX",
    "fr-FR",
    "ja",
    "de-DE",
    "it-IT",
    "ko-KR",
    "hi-IN",
    "pl-PL",
    "nl-NL",
    "tr-TR",
)


@pytest.mark.few(1)
@pytest.mark.both_kinds
@pytest.mark.parametrize("seed", [11])
def test_a_storm_of_faults_is_paid_once(
    start: Start, workspace: Workspace, clock: FakeClock, seed: int
) -> None:
    account = start(max_jobs=None, render_seconds=30, balance=1e6, faults=FAULTS, seed=seed)
    workspace.write_videos(
        *(f"video-{number:02}" for number in range(25)),
        languages=LANGUAGES,
        extra="limits: {max_new: 500, max_concurrent_jobs: 600}",
    )
    ran = workspace.run("apply", "--yes")
    notes = account.requests()
    struck = sum(bool(set(note.faults) - LAGS) for note in notes)
    assert ran.code == 0, ran.out + ran.err[-2000:]
    assert 0.42 < struck / len(notes) < 0.58
    # One job alone is looked at too seldom for that to be sure of its fault.
    assert set.union(*(set(note.faults) for note in notes)) >= {
        rule.partition("=")[0] for rule in FAULTS if not rule.startswith("get_lag")
    }
    assert_one_job_each(account, workspace, 250)
    assert len(set(ids(workspace).values())) == 250
    # One key a target, however often it was sent.
    times = Counter(keys(orders(account)))
    assert len(times) == 250
    assert max(times.values()) > 3
    account.set_faults()
    before = len(orders(account))
    lock = workspace.lockfile.read_bytes()
    assert workspace.run("apply", "--yes").code == 0
    assert len(orders(account)) == before
    assert workspace.lockfile.read_bytes() == lock
    assert all(note.route != LIST or note.status for note in account.requests()[len(notes) :])
