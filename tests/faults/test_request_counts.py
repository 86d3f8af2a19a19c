"""How many requests a large manifest costs: few for each target, whatever the account's limit."""

from __future__ import annotations

from collections import Counter

import pytest
from accounts import BULK, LIST, Start, assert_one_job_each, orders
from fake_clock import FakeClock
from workspaces import Workspace

LANGUAGES = ("es-MX", "fr-FR", "ja", "de-DE")
RENDER_SECONDS = 600.0


@pytest.mark.parametrize(
    ("max_jobs", "most", "waves"),
    [pytest.param(10, 4.0, 20, id="ten at once"), pytest.param(None, 1.5, 1, id="no limit")],
)
def test_two_hundred_targets(
    start: Start,
    workspace: Workspace,
    clock: FakeClock,
    max_jobs: int | None,
    most: float,
    waves: int,
) -> None:
    account = start(max_jobs=max_jobs, render_seconds=RENDER_SECONDS, balance=1e6)
    workspace.write_videos(
        *(f"video-{number:02}" for number in range(50)),
        languages=LANGUAGES,
        extra=f"limits: {{max_new: 200, max_concurrent_jobs: {max_jobs or 1000}}}",
    )
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert_one_job_each(account, workspace, 200)
    notes = account.requests()
    routes = Counter(f"{note.method} {note.route}" for note in notes)
    assert len(notes) <= most * 200, routes
    # Places are filled as they come free: no wave waits long for the next look.
    assert clock.monotonic() < waves * (RENDER_SECONDS + 75)
    assert len(orders(account)) == 200
    assert routes[f"GET {BULK}"] <= 20 * waves * (1 if max_jobs else 2)
    assert routes[f"GET {LIST}"] <= 2 + 4 * waves


def test_nothing_to_do_costs_two_requests_and_one_for_each_hundred_jobs(
    start: Start, workspace: Workspace
) -> None:
    account = start(max_jobs=None, render_seconds=1, balance=1e6)
    workspace.write_videos(
        *(f"video-{number:02}" for number in range(50)),
        languages=LANGUAGES,
        extra="limits: {max_new: 200, max_concurrent_jobs: 1000}",
    )
    assert workspace.run("apply", "--yes").code == 0
    before = len(account.requests())
    assert workspace.run("apply", "--yes").code == 0
    assert len(account.requests()) - before <= 4
