"""Lists that lag, break off, repeat or shift: nothing is ordered on half a picture."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from accounts import (
    LIST,
    Another,
    Start,
    assert_one_job_each,
    ids,
    keys,
    lists,
    mark,
    orders,
    points,
)
from fake_clock import FakeClock
from lipsync_lens import manifest
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox, SandboxSettings

HOLDS = 300.0


# Lists that lag


def test_a_list_that_lags_costs_nothing(
    account: Sandbox, workspace: Workspace, machine: Another
) -> None:
    workspace.write_videos("alpha", "beta")
    account.set_faults(f"list_lag=1:2 on GET {LIST}")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    other = machine(workspace)
    assert other.run("apply", "--yes", "--no-wait").code == 0
    assert len(orders(account)) == 12
    assert len(set(keys(orders(account)))) == 6
    for place in (workspace, other):
        assert place.run("apply", "--yes").code == 0
        assert_one_job_each(account, place, 6)
    assert ids(workspace) == ids(other)


# Pages that fail, repeat or shift


@pytest.fixture
def crowded(start: Start, workspace: Workspace, clock: FakeClock) -> Sandbox:
    """Have three jobs of ours on the third page, no lockfile, and no journal."""
    account = start(max_jobs=None)
    workspace.write_videos("alpha")
    assert workspace.run("apply", "--yes").code == 0
    for path in [workspace.lockfile, *workspace.folder.glob(".localize/*/journal.jsonl")]:
        path.unlink()
    for _ in range(220):
        account.add_foreign_job()
    clock.sleep(100)
    return account


@pytest.mark.few(8)
@pytest.mark.both_kinds
@pytest.mark.parametrize(
    "fault",
    [
        f"http_500_before=1 on GET {LIST} after 1",
        f"html_502_after=1 on GET {LIST} after 2",
        f"drop_after=1 on GET {LIST} after 2",
        f"cut_body=1 on GET {LIST}",
        f"empty_body=1 on GET {LIST} after 2",
        f"repeat_token=1 on GET {LIST}",
        f"no_token=1 on GET {LIST} after 1",
        f"redirect=1 on GET {LIST} after 1",
        f"rate_limit=1:30 on GET {LIST} after 2",
    ],
)
def test_an_incomplete_list_never_orders(
    crowded: Sandbox, workspace: Workspace, fault: str
) -> None:
    workspace.write_videos("alpha", "beta")
    crowded.set_faults(fault)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 4
    assert "could not be listed to its end" in ran.err
    assert len(orders(crowded)) == 3
    crowded.set_faults()
    assert workspace.run("apply", "--yes").code == 0
    assert len(orders(crowded)) == 6
    assert_one_job_each(crowded, workspace, 6)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("fault", ["http_500_before", "drop_after", "cut_body", "no_token"])
def test_a_page_that_fails_for_a_while_is_read_again(
    crowded: Sandbox, workspace: Workspace, fault: str, times: int
) -> None:
    crowded.set_faults(f"{fault}=1 on GET {LIST} after 1 times {times}")
    assert workspace.run("apply", "--yes").code == 0
    assert len(orders(crowded)) == 3
    assert_one_job_each(crowded, workspace, 3)


def test_pages_that_shift_under_the_reader_hide_nothing(
    crowded: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", "beta")
    crowded.set_faults(f"shift_pages=1 on GET {LIST}")
    assert workspace.run("apply", "--yes").code == 0
    assert len(orders(crowded)) == 6
    assert_one_job_each(crowded, workspace, 6)


def test_what_an_earlier_try_saw_is_adopted_though_the_last_broke_off_sooner(
    start: Start, workspace: Workspace
) -> None:
    account = start(max_jobs=None)
    workspace.write_videos("alpha")
    workspace.run("apply", "--yes")
    workspace.lockfile.unlink()
    for _ in range(99):
        account.add_foreign_job()
    account.set_faults(
        f"no_token=1 on GET {LIST} after 1 times 1", f"html_502=1 on GET {LIST} after 2"
    )
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 3)
    assert len(orders(account)) == 3


# Lists that grow old


@pytest.fixture
def slow(start: Start, workspace: Workspace) -> Sandbox:
    """Have a hundred times three old jobs of others, and places for one job of 400 seconds."""
    account = start(max_jobs=1, render_seconds=400)
    for _ in range(300):
        account.add_foreign_job()
    account.advance(1000)
    workspace.write_videos("alpha", extra="limits: {max_concurrent_jobs: 1}")
    return account


def test_an_old_list_is_refreshed_from_the_newest_back_to_what_is_known(
    slow: Sandbox, workspace: Workspace
) -> None:
    assert workspace.run("apply", "--yes").code == 0
    read = lists(slow)
    assert [("token" in note.query) for note in read[:3]] == [False, True, True]
    # Two orders came later than five minutes; each was preceded by one page, or two.
    assert 2 <= len(read[3:]) <= 4
    listed = [note.at for note in read]
    for note in orders(slow):
        assert min(note.at - moment for moment in listed if moment <= note.at) <= HOLDS
    assert_one_job_each(slow, workspace, 3)


def test_what_a_refreshed_list_shows_is_adopted(
    slow: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    names = {"alpha/fr-FR": "French (France)", "alpha/ja": "Japanese"}
    marks = {name: mark(workspace, name) for name in names}

    def order_elsewhere() -> None:
        for name, callback_id in marks.items():
            slow.add_foreign_job(names[name], "Theirs", callback_id=callback_id)
        for _ in range(150):
            slow.add_foreign_job()

    clock.plan(350, order_elsewhere)
    assert workspace.run("apply", "--yes").code == 0
    assert len(orders(slow)) == 1
    by_mark = {job.callback_id: job.id for job in slow.jobs() if job.callback_id}
    assert {ids(workspace)[name] for name in marks} == {by_mark[it] for it in marks.values()}


@pytest.mark.few(3)
@pytest.mark.both_kinds
@pytest.mark.parametrize("fault", ["http_500_before", "no_token", "cut_body", "empty_body"])
def test_a_refresh_that_breaks_off_orders_nothing_until_it_succeeds(
    slow: Sandbox, workspace: Workspace, clock: FakeClock, fault: str
) -> None:
    fill = lambda: [slow.add_foreign_job() for _ in range(120)]  # noqa: E731 - a page of news
    clock.plan(300, fill)
    clock.plan(301, lambda: slow.set_faults(f"{fault}=1 on GET {LIST}"))
    clock.plan(650, slow.set_faults)
    assert workspace.run("apply", "--yes").code == 0
    # The sandbox's clock was moved by 1000 seconds before the run began.
    began = clock.now() - clock.monotonic() + 1000
    moments = [note.at - began for note in orders(slow)]
    assert len(set(keys(orders(slow)))) == 3
    assert not [moment for moment in moments if 301 < moment < 650]
    assert_one_job_each(slow, workspace, 3)


@pytest.mark.parametrize("fault", ["http_500_before", "no_token"])
def test_a_list_that_never_comes_through_again_ends_the_run_with_four(
    slow: Sandbox, workspace: Workspace, clock: FakeClock, fault: str
) -> None:
    clock.plan(300, lambda: [slow.add_foreign_job() for _ in range(120)])
    clock.plan(301, lambda: slow.set_faults(f"{fault}=1 on GET {LIST}"))
    ran = workspace.run("apply", "--yes", "--timeout", "20000")
    assert ran.code == 4, ran.out
    assert "could not be listed" in ran.out
    assert clock.monotonic() < 3000
    assert len(orders(slow)) == 1
    slow.set_faults()
    slow.advance(1000)
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(slow, workspace, 3)


# Runs at once


def test_three_machines_at_once_make_one_job_each(tmp_path: Path) -> None:
    """Real processes, in real time: threads would share what processes do not."""
    faults = (
        "list_lag=1:4 on GET",
        "rate_limit=0.5:1 on POST",
        "drop_after=0.3 on POST after 3 times 2",
        "slow=0.3:0.05 on POST",
    )
    settings = SandboxSettings(
        tmp_path / "sandbox", render_seconds=1, max_jobs=None, faults=faults, seed=3
    )
    videos = [f"video-{number:02}" for number in range(3)]
    text = "version: 1\nproject: test\nlanguages: [es-MX, ja]\nlimits: {max_concurrent_jobs: 40}\n"
    text += "videos:\n" + "".join(
        f"  {name}: {{source: 'https://cdn.example.com/{name}.mp4'}}\n" for name in videos
    )
    with Sandbox(settings) as account:
        environment = {
            **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
            "HEYGEN_API_BASE": account.base_url,
            "HEYGEN_API_KEY": account.api_key,
            "HEYGEN_CONFIG_DIR": str(tmp_path / "nowhere"),
        }
        folders = [tmp_path / name for name in ("first", "second", "third")]
        processes = []
        for folder in folders:
            folder.mkdir()
            (folder / "localize.yaml").write_text(manifest(text), encoding="utf-8")
            command = (sys.executable, "-m", "heygen_localize", "apply", "--yes", "--quiet")
            processes.append(
                subprocess.Popen(
                    (*command, "--poll-interval", "0.2", "--timeout", "50"),
                    cwd=folder,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
        told = [process.communicate(timeout=60)[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0, 0], told
        locks = [
            json.loads((folder / "localize.lock").read_text())["targets"] for folder in folders
        ]
        found = [{name: entry["translation_id"] for name, entry in lock.items()} for lock in locks]
        assert found[0] == found[1] == found[2]
        assert len(found[0]) == len(set(found[0].values())) == len(account.jobs()) == 6
        assert {job.id for job in account.jobs()} == set(found[0].values())
        assert {entry["status"] for lock in locks for entry in lock.values()} == {"completed"}
        refused = {note.idempotency_key for note in orders(account) if note.status == 429}
        assert refused
        assert set(points(orders(account))) == {"0"}
        assert not account.key_leaks()
