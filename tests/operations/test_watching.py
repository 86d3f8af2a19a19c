"""`status --watch`: an apply that runs elsewhere, followed from the account alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from fake_clock import FakeClock
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox


def test_a_run_elsewhere_is_followed_to_its_end(
    start: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start(render_seconds=300)
    workspace.write_videos("alpha", languages=("fr-FR", "ja"))
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    workspace.lockfile.unlink()  # that of the run is on another machine
    for path in (workspace.folder / ".localize").rglob("journal*"):
        path.unlink()
    ran = workspace.run("status", "--watch")
    assert ran.code == 0, ran.err
    assert re.match(r"\d\d:\d\d  2 rendering \(oldest under a minute\) · 0 done\n", ran.err)
    assert "alpha/ja running → completed\n" in ran.err
    beats = re.findall(r"^\d\d:\d\d  .*", ran.err, re.MULTILINE)
    assert 4 <= len(beats) <= 7
    assert ran.out.endswith("\n\n2 completed\n")
    assert creates(sandbox) == 2
    assert not workspace.lockfile.exists()
    quiet = workspace.run("status", "--watch", "--quiet", "--target", "*/ja")
    assert (quiet.err, quiet.out.count("completed")) == ("", 2)


def test_orders_and_failures_show_as_they_come(
    start: Callable[..., Sandbox], workspace: Workspace, clock: FakeClock
) -> None:
    sandbox = start(render_seconds=120)
    workspace.write_videos("alpha", languages=("ja",))
    sandbox.set_faults("fail_job=1:no_sound on POST")
    clock.plan(20, lambda: workspace_apply(workspace))
    ran = workspace.run("status", "--watch", "--fail-if-incomplete")
    assert ran.code == 5
    assert "alpha/ja missing → " in ran.err
    assert "→ failed no_sound\n" in ran.err
    assert "1 failed" in ran.out


def workspace_apply(workspace: Workspace) -> None:
    from workspaces import run_in

    run_in(workspace.folder, "apply", "--yes", "--no-wait")


def test_nothing_that_renders_is_nothing_to_follow(
    start: Callable[..., Sandbox], workspace: Workspace, clock: FakeClock
) -> None:
    start()
    workspace.write_videos("alpha", languages=("ja",))
    before = clock.now()
    ran = workspace.run("status", "--watch")
    assert ran.out.endswith("1 missing (not ordered yet)\n")
    assert clock.now() - before < 120
