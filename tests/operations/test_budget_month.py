"""A month of scheduled applies in fast time: by the emulator's ledger no budget is overspent.

The whole month, an apply an hour: LOCALIZE_PASSES=24 pytest tests/operations/test_budget_month.py
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timezone

import pytest
from fake_clock import FakeClock
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.records import JobStatus

PASSES = int(os.environ.get("LOCALIZE_PASSES", "0"))
"""Applies a day; where none are asked for, one every second day, when the manifest changes."""

LOST_ON, LOST_AGAIN, PRUNED_ON = 4, 20, 12
SECONDS, PRICE = 60.0, 60 * 0.0333
CAPS = {"total": 40.0, "growth": 9.0}
TEAMS = ("growth", "docs", "sales")


def manifest(revisions: dict[str, int]) -> str:
    lines = [
        "version: 1",
        "project: test",
        "languages: [de-DE, ja]",
        f"defaults: {{duration: {SECONDS:g}}}",
        f"budgets: {{total: {CAPS['total']:g}/month, teams: {{growth: {CAPS['growth']:g}/month}}}}",
        "videos:",
    ]
    for name, revision in sorted(revisions.items()):
        team = name.partition("-")[0]
        source = f"https://cdn.example.com/{name}.mp4"
        lines.append(f"  {name}: {{source: '{source}', team: {team}, revision: {revision}}}")
    return "\n".join(lines) + "\n"


def ledger(account: Sandbox) -> dict[tuple[str, str], float]:
    """Add up by month and team what the emulator has charged, or will: deleted jobs too."""
    spent = defaultdict[tuple[str, str], float](float)
    for job in account.jobs():
        if job.status is not JobStatus.FAILED:
            month = datetime.fromtimestamp(job.created_at, timezone.utc).strftime("%Y-%m")
            team = job.body["video"]["url"].rpartition("/")[2].partition("-")[0]
            for name in (team, "total"):
                spent[month, name] += PRICE
    return spent


@pytest.mark.of_translations
def test_a_month_of_scheduled_applies_never_overspends(
    start: Callable[..., Sandbox],
    workspace: Workspace,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three teams, one capped and all together; the lockfile is lost twice, and jobs are pruned.

    It begins on the 15th: the month turns in the middle, and what was capped goes on.
    """
    monkeypatch.setattr("heygen_localize.cli.prune.SystemClock", lambda: clock)
    account = start(job_seconds=SECONDS, balance=1e6, max_jobs=None)
    dice, revisions, held = random.Random(1), dict[str, int](), 0
    for day in range(30):
        for team in dice.sample(TEAMS, 2) if day % 2 == 0 else ():
            name = f"{team}-{dice.randrange(2)}"
            revisions[name] = revisions.get(name, 0) + 1
        if day == PRUNED_ON:  # a video of the capped team leaves, and its jobs go
            known = {address.partition("/")[0] for address in workspace.lock()["targets"]}
            gone = min(name for name in known if name.startswith("growth"))
            del revisions[gone]
        workspace.write(manifest(revisions))
        if day in (LOST_ON, LOST_AGAIN):
            workspace.lockfile.unlink()
        if day == PRUNED_ON:
            ran = workspace.run("prune", "--yes", "--max-delete", "1000")
            assert ran.code == 0, ran.err
            urls = [job.body["video"]["url"] for job in account.jobs() if job.deleted]
            assert any(gone in url for url in urls)
        for _ in range(PASSES or 1 - day % 2):
            ran = workspace.run("apply", "--yes", "--within-budget", "--no-wait")
            assert ran.code == 0, ran.err
            held += "held over" in ran.out
            for (_, name), spent in ledger(account).items():
                assert spent <= CAPS.get(name, 1e9) + 1e-6
            clock.sleep(86400 / PASSES if PASSES else 2 * 86400)
    spent = ledger(account)
    assert len({month for month, _ in spent}) == 2
    # Both months came to what the capped team may have, but for less than one more job.
    for month in {month for month, _ in spent}:
        assert CAPS["growth"] - spent[month, "growth"] < PRICE
    assert held
