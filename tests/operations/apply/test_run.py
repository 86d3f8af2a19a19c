"""`localize apply` when things go wrong, on a clock that only the run itself moves."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fake_clock import FakeClock
from workspaces import Workspace, creates

from heygen_localize.core.model import Target
from heygen_localize.heygen.client import Client
from heygen_localize.operations.apply.idempotency import OrderKey
from heygen_localize.project.project import Project
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.endpoints import translations as endpoints
from heygen_localize.sandbox.errors import invalid
from heygen_localize.sandbox.records import KeptAnswer

LIST = "/v3/video-translations"
ONE = LIST + "/{video_translation_id}"
Start = Callable[..., Sandbox]


@pytest.fixture(autouse=True)
def few_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "1")


@pytest.fixture
def account(start: Start) -> Sandbox:
    return start()


@pytest.fixture
def elsewhere(workspace: Workspace) -> Callable[[], dict[str, Target]]:
    """Give the manifest's targets by address, as another machine reads them."""

    def read() -> dict[str, Target]:
        manifest = Project.open(workspace.manifest).manifest
        return {target.address: target for target in manifest.targets}

    return read


def statuses(workspace: Workspace) -> dict[str, str]:
    return {name: entry["status"] for name, entry in workspace.lock()["targets"].items()}


def ids(workspace: Workspace) -> dict[str, str]:
    return {name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()}


def actions(workspace: Workspace, *options: str) -> dict[str, tuple[str, str]]:
    found = workspace.run("plan", "--format", "json", *options).json()["actions"]
    return {item["address"]: (item["action"], item["reason"]) for item in found}


def assert_one_job_each(account: Sandbox, workspace: Workspace, number: int) -> None:
    """Nothing was paid twice, and everything that was paid for is in the lock."""
    jobs = account.jobs()
    assert len(jobs) == number
    assert {job.id for job in jobs} == set(ids(workspace).values())
    assert set(statuses(workspace).values()) == {"completed"}
    entries = workspace.lock()["targets"].values()
    assert all(entry["outputs"]["video_url"] for entry in entries)
    assert not account.key_leaks()


# Jobs that fail


def test_a_failed_job_stops_no_other_and_is_told_with_a_hint(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", "beta")
    workspace.write(workspace.manifest.read_text().replace("cdn.example.com/beta", "x.invalid/b"))
    account.set_faults("fail_job=1:Bad luck on POST times 1")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert Counter(statuses(workspace).values()) == {"failed": 4, "completed": 2}
    group = re.search(r"! Failed to download video.*\n\s+(.*)\n\s+(.*)\n", ran.out)
    assert group is not None
    assert group[1] == "beta/es-MX, beta/fr-FR, beta/ja"
    assert "private window" in group[2]
    assert re.search(r"! Bad luck\n\s+alpha/es-MX\n\s+localize apply tries it again", ran.out)
    entry = workspace.lock()["targets"]["alpha/es-MX"]
    assert (entry["failure_message"], entry["attempts"]) == ("Bad luck", 1)
    assert creates(account) == 6


def test_failed_jobs_are_tried_by_the_next_runs_and_then_blocked(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", languages=("ja", "fr-FR"), extra="limits: {max_attempts: 2}")
    account.set_faults("fail_job=1:Bad luck on POST after 1")
    assert workspace.run("apply", "--yes").code == 1
    assert creates(account) == 2
    assert actions(workspace)["alpha/ja"] == ("retry", "job_failed")
    assert workspace.run("apply", "--yes").code == 1
    assert creates(account) == 3
    assert workspace.lock()["targets"]["alpha/ja"]["attempts"] == 2

    before = workspace.lockfile.read_bytes()
    blocked = workspace.run("apply", "--yes")
    assert blocked.code == 1
    assert "failed 2 times: Bad luck" in blocked.out
    assert "--retry-failed" in blocked.out
    assert actions(workspace)["alpha/ja"] == ("blocked", "attempts_used_up")
    assert creates(account) == 3
    assert workspace.lockfile.read_bytes() == before

    account.set_faults()
    assert workspace.run("apply", "--yes", "--retry-failed").code == 0
    assert creates(account) == 4
    assert statuses(workspace) == {"alpha/fr-FR": "completed", "alpha/ja": "completed"}


def test_a_retry_from_a_machine_without_memory_uses_the_same_key(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults("fail_job=1 on POST times 1")
    workspace.run("apply", "--yes")
    workspace.run("apply", "--yes", "--no-wait")
    workspace.lockfile.unlink()
    account.set_faults(f"list_lag=1:100000 on GET {LIST}")
    workspace.run("apply", "--yes", "--no-wait")
    assert len(account.jobs()) == 2


def test_a_job_that_failed_while_nobody_looked_is_recorded_when_it_is_blocked(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", languages=("ja",), extra="limits: {max_attempts: 1}")
    workspace.run("apply", "--yes", "--no-wait")
    account.fail_job(account.jobs()[0].id, "Bad luck")
    assert workspace.run("apply", "--yes").code == 1
    assert statuses(workspace) == {"alpha/ja": "failed"}
    assert creates(account) == 1


# Jobs that are gone


@pytest.fixture
def rendered(account: Sandbox, workspace: Workspace) -> Sandbox:
    """Have one video in two languages rendered."""
    workspace.write_videos("alpha", languages=("ja", "fr-FR"))
    assert workspace.run("apply", "--yes").code == 0
    return account


def test_a_job_that_is_gone_is_shown_and_ordered_only_when_told(
    rendered: Sandbox, workspace: Workspace
) -> None:
    old = ids(workspace)
    rendered.delete_job(old["alpha/ja"])
    assert actions(workspace)["alpha/ja"] == ("gone", "job_gone")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "the job was deleted at HeyGen" in ran.out
    assert "--recreate" in ran.out
    assert creates(rendered) == 2

    # Within 24 hours the vendor answers the old key with the job that is no more.
    assert actions(workspace, "--recreate")["alpha/ja"] == ("recreate", "job_gone")
    assert workspace.run("apply", "--yes", "--recreate").code == 0
    assert len(rendered.jobs()) == 3
    assert ids(workspace)["alpha/ja"] == rendered.jobs()[2].id
    assert ids(workspace)["alpha/fr-FR"] == old["alpha/fr-FR"]
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_job_that_is_gone_twice_in_a_day_is_ordered_anew_each_time(
    rendered: Sandbox, workspace: Workspace
) -> None:
    for number in (3, 4, 5):
        rendered.delete_job(ids(workspace)["alpha/ja"])
        ran = workspace.run("apply", "--yes", "--recreate")
        assert (ran.code, len(rendered.jobs())) == (0, number), ran.out
        assert ids(workspace)["alpha/ja"] == rendered.jobs()[-1].id


def test_a_lock_of_which_nothing_is_left_is_probably_another_accounts(
    rendered: Sandbox, workspace: Workspace
) -> None:
    for name in ids(workspace).values():
        rendered.delete_job(name)
    for command in (("plan",), ("apply", "--yes")):
        ran = workspace.run(*command)
        assert ran.code == 3
        assert "another account?" in ran.err
        assert "HEYGEN_API_KEY" in ran.err
    assert creates(rendered) == 2
    assert workspace.run("apply", "--yes", "--recreate").code == 0
    assert len(rendered.jobs()) == 4


def test_a_job_deleted_while_it_renders_is_told(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha", languages=("ja", "fr-FR"))
    clock.plan(30, lambda: account.delete_job(account.jobs()[0].id))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "no longer known to HeyGen" in ran.out
    assert "alpha/fr-FR" in ran.out
    assert statuses(workspace)["alpha/ja"] == "completed"
    assert creates(account) == 2
    assert actions(workspace)["alpha/fr-FR"] == ("gone", "job_gone")


# Passes, and time


def test_passes_that_do_not_wait_come_to_the_end(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(max_jobs=4)
    workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 4}")
    first = workspace.run("apply", "--yes", "--no-wait", "--format", "json")
    assert first.code == 0
    assert first.json()["ordered"] == 4
    assert len(first.json()["unfinished"]) == 6
    assert statuses(workspace) == dict.fromkeys(list(ids(workspace)), "pending")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert creates(account) == 4
    passes = 0
    while workspace.run("plan", "--detailed-exitcode").code == 5:
        account.advance(61)
        assert workspace.run("apply", "--yes", "--no-wait").code == 0
        passes += 1
    assert passes == 2
    assert clock.sleeps == []
    assert_one_job_each(account, workspace, 6)
    assert account.peak_in_progress() <= 4


def test_a_place_is_counted_once(start: Start, workspace: Workspace) -> None:
    account = start(max_jobs=4)
    for videos, ordered in ((("alpha",), 2), (("alpha", "beta", "gamma"), 4)):
        workspace.write_videos(
            *videos, languages=("ja", "fr-FR"), extra="limits: {max_concurrent_jobs: 4}"
        )
        assert workspace.run("apply", "--yes", "--no-wait").code == 0
        assert creates(account) == ordered


def test_a_run_out_of_time_is_picked_up_by_the_next(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(max_jobs=2)
    workspace.write_videos("alpha", extra="limits: {max_concurrent_jobs: 2}")
    ran = workspace.run("apply", "--yes", "--timeout", "45")
    assert ran.code == 6
    assert "Time is up" in ran.out
    assert "3 not finished" in ran.out
    assert clock.monotonic() == 45
    assert Counter(statuses(workspace).values()) == {"running": 2}
    assert workspace.run("apply", "--yes", "--timeout", "0").code == 6
    assert clock.monotonic() == 45
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 3)


def test_a_run_polls_seldom(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", "beta", "gamma")
    assert workspace.run("apply", "--yes").code == 0
    routes = Counter(note.route for note in account.requests() if note.method == "GET")
    assert routes[f"{LIST}/statuses"] <= 4
    assert routes[ONE] == 0
    assert sum(routes.values()) <= 8


def test_links_that_come_late_still_reach_the_lock(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha")
    account.set_faults("no_video_url=1:50 on GET")
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 3)


def test_links_that_come_after_the_run_are_recorded_by_the_next(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults("no_video_url=1:1000 on GET")
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lock()["targets"]["alpha/ja"]["outputs"].get("video_url") is None
    account.set_faults()
    assert actions(workspace)["alpha/ja"] == ("record", "outputs_changed")
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 1)


def test_an_adopted_job_without_links_is_waited_for(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    workspace.run("apply", "--yes", "--no-wait")
    workspace.lockfile.unlink()
    account.advance(61)
    account.set_faults("no_video_url=1:90 on GET")
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 1)


def test_a_stuck_job_is_shown_and_not_ordered_again(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(render_seconds=100_000)
    workspace.write_videos("alpha", languages=("ja",))
    workspace.run("apply", "--yes", "--no-wait")
    clock.sleep(7199)
    assert actions(workspace)["alpha/ja"] == ("wait", "rendering")
    clock.sleep(2)
    assert actions(workspace)["alpha/ja"] == ("wait", "stuck")
    ran = workspace.run("apply", "--yes", "--timeout", "100")
    assert ran.code == 6
    assert "alpha/ja stuck" in ran.err
    assert creates(account) == 1


def test_a_job_that_gets_stuck_while_it_is_waited_for_is_told_once(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(render_seconds=9000)
    workspace.write_videos("alpha", languages=("ja",), extra="limits: {stuck_after: 3600}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0
    assert ran.err.count("alpha/ja stuck") == 1
    assert_one_job_each(account, workspace, 1)


# Places in the account


def test_the_places_of_others_are_left_to_them(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(max_jobs=4)
    for _ in range(3):
        account.add_foreign_job()
    workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 4}")
    assert workspace.run("apply", "--yes").code == 0
    assert len(account.jobs()) == 9
    assert account.peak_in_progress() == 4
    orders = [note for note in account.requests() if note.method == "POST"]
    assert {note.status for note in orders} == {200}
    assert len(orders) == 6
    assert {job.foreign for job in account.jobs()[:3]} == {True}


def test_an_account_that_others_fill_is_waited_for(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(max_jobs=2)
    for _ in range(2):
        account.add_foreign_job()
    workspace.write_videos("alpha", extra="limits: {max_concurrent_jobs: 2}")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert creates(account) == 0
    assert workspace.run("apply", "--yes").code == 0
    assert clock.monotonic() >= 60
    assert account.peak_in_progress() == 2
    assert {note.status for note in account.requests() if note.method == "POST"} == {200}


def test_a_place_taken_unseen_costs_a_wait_and_no_more(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(max_jobs=2)
    workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 2}")
    clock.plan(30, lambda: [account.add_foreign_job() for _ in range(2)])
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0
    assert "asking again: Too many requests" in ran.err
    assert len([job for job in account.jobs() if not job.foreign]) == 6
    refused = [note for note in account.requests() if note.status == 429]
    assert 0 < len(refused) < 10


def test_a_rate_limit_with_a_long_wait_does_not_hold_the_polls(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha")
    account.set_faults("rate_limit=1:40 on POST after 1 times 1")
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 3)
    moments = [note.at - clock.now() for note in account.requests() if note.method == "POST"]
    assert moments[2] - moments[1] >= 40
    between = [note for note in account.requests() if note.route == f"{LIST}/statuses"]
    assert between[0].at - clock.now() < moments[2]


def test_a_kept_429_of_one_order_holds_no_other(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha")
    account.set_faults("stored_429=1:5 on POST times 1")
    ran = workspace.run("apply", "--yes", "--timeout", "1000")
    assert ran.code == 4, ran.out
    assert "--retry-refused" in ran.out
    assert_one_job_each(account, workspace, 2)
    assert {job.language for job in account.jobs()[:2]} == {"French (France)", "Japanese"}


def test_orders_that_take_long_do_not_keep_the_run_from_looking(
    account: Sandbox, workspace: Workspace, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write_videos("alpha", "beta")
    create = Client.create

    def slow_create(client: Client, *order: Any) -> str:
        clock.sleep(30)
        return create(client, *order)

    monkeypatch.setattr(Client, "create", slow_create)
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 6)
    steps = [note.method for note in account.requests() if note.route != f"{LIST}/languages"]
    last = len(steps) - steps[::-1].index("POST")
    assert steps[1:last].count("GET") >= 3


# What the account refuses


def test_an_empty_wallet_stops_the_orders_and_not_the_rest(
    start: Start, workspace: Workspace
) -> None:
    account = start(balance=0.4 + 0.01, job_seconds=6)
    workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 1}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 7
    assert "nothing more could be ordered" in ran.out
    assert "top up" in ran.out
    assert statuses(workspace) == {"alpha/es-MX": "completed", "alpha/fr-FR": "completed"}
    assert all(entry["outputs"]["video_url"] for entry in workspace.lock()["targets"].values())
    # One refusal might be kept under its key; a second order that is refused proves it.
    refused = [note.idempotency_key for note in account.requests() if note.status == 402]
    assert len(refused) == len(set(refused)) == 2


def test_what_runs_when_the_money_ends_is_followed_to_its_end(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha", "beta")
    account.set_faults("stored_402=1 on POST after 2")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 7
    assert creates(account) == 4
    assert Counter(statuses(workspace).values()) == {"completed": 2}
    assert "4 not finished" in ran.out
    assert clock.monotonic() > 60


def test_a_wrong_key_ends_the_run_before_anything(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha")
    account.set_faults("unauthorized=1 on *")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 7
    assert "HEYGEN_API_KEY" in ran.err
    assert [note.method for note in account.requests()] == ["GET"]
    assert not workspace.lockfile.exists()


@pytest.mark.parametrize("where", ["POST", f"GET {LIST}/statuses"])
def test_a_key_revoked_on_the_way_leaves_a_whole_lock(
    account: Sandbox, workspace: Workspace, where: str
) -> None:
    workspace.write_videos("alpha")
    account.set_faults(f"unauthorized=1 on {where} after 1")
    assert workspace.run("apply", "--yes").code == 7
    made = {job.id for job in account.jobs()}
    assert set(ids(workspace).values()) == made
    account.set_faults()
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 3)


# Single orders that are refused


def test_a_refused_order_fails_alone(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", "beta", languages=("ja",))
    text = workspace.manifest.read_text()
    workspace.write(text.replace("beta.mp4'", "beta.mp4', speaker_num: 2"))
    with refusing("speaker_num"):
        ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "beta/ja" in ran.out
    assert "'speaker_num' must be otherwise." in ran.out
    assert statuses(workspace) == {"alpha/ja": "completed"}
    assert sum(note.status == 400 for note in account.requests()) == 1
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 2)


@contextmanager
def refusing(field: str) -> Iterator[None]:
    """Let the sandbox refuse orders with a field, as the vendor may from one day on."""
    true_check = endpoints.checked_order

    def check(body: Any) -> Any:
        if field in body:
            raise invalid(field, f"'{field}' must be otherwise.")
        return true_check(body)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endpoints, "checked_order", check)
        yield


# Answers that are lost


@pytest.mark.parametrize(
    "fault", ["drop_after", "http_500_after", "cut_body", "html_502_after", "empty_body"]
)
@pytest.mark.parametrize("how_often", ["times 2", "after 1 times 1"])
def test_a_lost_answer_is_asked_for_again_and_paid_once(
    account: Sandbox, workspace: Workspace, fault: str, how_often: str
) -> None:
    workspace.write_videos("alpha")
    account.set_faults(f"{fault}=1 on POST {how_often}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert_one_job_each(account, workspace, 3)
    per_key = Counter(note.idempotency_key for note in account.requests() if note.method == "POST")
    assert len(per_key) == 3


@pytest.mark.parametrize("fault", ["drop_before", "http_500_before", "html_502", "rate_limit"])
def test_an_order_that_did_not_arrive_is_sent_again(
    account: Sandbox, workspace: Workspace, fault: str
) -> None:
    workspace.write_videos("alpha")
    account.set_faults(f"{fault}=1 on POST times 3")
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 3)


def test_an_order_is_not_repeated_at_once(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults("drop_before=1 on POST times 5")
    assert workspace.run("apply", "--yes").code == 0
    moments = [note.at for note in account.requests() if note.method == "POST"]
    assert len(moments) == len(set(moments)) == 6


def test_orders_that_are_never_answered_are_found_in_the_list(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha")
    account.set_faults("drop_after=1 on POST")
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) <= 100
    assert_one_job_each(account, workspace, 3)


def test_orders_that_are_never_answered_end_and_the_next_run_finds_the_jobs(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha")
    account.set_faults("drop_after=1 on POST", f"list_lag=1:100000 on GET {LIST}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 4
    assert "nothing more could be ordered" in ran.out
    assert creates(account) <= 100
    assert not workspace.lock()["targets"]
    account.set_faults()
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 3)


def test_reads_that_fail_on_the_way_end_nothing(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha", "beta")
    account.set_faults(
        f"html_502=1 on GET {LIST}/statuses times 3",
        f"cut_body=1 on GET {LIST} after 1 times 1",
        f"cut_body=1 on GET {LIST}/tr_* times 2",
    )
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert "its status is not known" in ran.err
    assert_one_job_each(account, workspace, 6)


def test_a_vendor_that_falls_silent_ends_the_run_with_four(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha")
    account.set_faults(f"drop_before=1 on GET {LIST}/statuses")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 4
    assert 600 < clock.monotonic() < 800
    assert set(ids(workspace).values()) == {job.id for job in account.jobs()}


def test_a_vendor_that_is_down_at_the_start_is_four(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, account: Sandbox
) -> None:
    workspace.write_videos("alpha")
    account.set_faults("http_500_before=1 on *")
    assert workspace.run("apply", "--yes").code == 4
    account.close()
    ran = workspace.run("apply", "--yes", "--format", "json")
    assert ran.code == 4
    assert ran.json()["errors"][0]["code"] == "no_answer"
    assert not workspace.lockfile.exists()


# Listings


@pytest.fixture
def crowded(account: Sandbox, workspace: Workspace) -> Sandbox:
    """Have 3 jobs and no lockfile; the oldest stands on the list's third page."""
    workspace.write_videos("alpha")
    workspace.run("apply", "--yes", "--no-wait")
    workspace.lockfile.unlink()
    for _ in range(198):
        account.add_foreign_job()
    return account


@pytest.mark.parametrize(
    "fault",
    [
        f"http_500_before=1 on GET {LIST} after 2",
        f"repeat_token=1 on GET {LIST}",
        f"no_token=1 on GET {LIST} after 1",
        f"cut_body=1 on GET {LIST} after 2",
    ],
)
def test_an_incomplete_listing_adopts_and_orders_nothing(
    crowded: Sandbox, workspace: Workspace, fault: str
) -> None:
    crowded.set_faults(fault)
    ran = workspace.run("plan")
    assert (ran.code, "1 target may or may not exist already" in ran.err) == (4, True)
    crowded.set_faults(fault)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 4
    assert "could not be listed to its end" in ran.err
    assert set(statuses(workspace).values()) == {"completed"}
    assert len(ids(workspace)) == 2
    assert creates(crowded) == 3
    crowded.set_faults()
    assert workspace.run("apply", "--yes").code == 0
    assert creates(crowded) == 3
    assert len(ids(workspace)) == 3


def test_an_incomplete_listing_stops_no_plan_that_costs_nothing(
    crowded: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", languages=("fr-FR", "ja"))
    crowded.set_faults(f"no_token=1 on GET {LIST} after 1")
    ran = workspace.run("plan", "--detailed-exitcode")
    assert (ran.code, "0 to create, 2 to adopt" in ran.out) == (5, True), ran.err
    crowded.set_faults(f"no_token=1 on GET {LIST} after 1")
    assert workspace.run("apply", "--yes").code == 0


def test_an_incomplete_listing_is_told_before_any_limit(
    crowded: Sandbox, workspace: Workspace
) -> None:
    crowded.set_faults(f"no_token=1 on GET {LIST} after 1")
    ran = workspace.run("apply", "--max-new", "0")
    assert ran.code == 4, ran.err
    assert "--max-new" not in ran.err
    assert len(ids(workspace)) == 2


def test_a_lock_job_that_cannot_be_asked_for_holds_the_orders(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    workspace.run("apply", "--yes")
    account.delete_job(account.jobs()[0].id)
    workspace.write_videos("alpha", "beta", languages=("ja",))
    account.set_faults(f"http_500_before=1 on GET {LIST}/tr_*")
    assert workspace.run("apply", "--yes").code == 4
    account.set_faults(f"unauthorized=1 on GET {LIST}/tr_*")
    assert workspace.run("apply", "--yes").code == 7
    assert creates(account) == 1


def test_a_job_that_the_list_lacks_is_asked_for_by_its_id(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    workspace.run("apply", "--yes")
    account.set_faults(f"list_lag=1:100000 on GET {LIST}")
    assert actions(workspace)["alpha/ja"] == ("none", "up_to_date")


@pytest.fixture
def slow(start: Start, workspace: Workspace) -> Sandbox:
    """Have two targets whose orders follow each other by more than five minutes."""
    account = start(render_seconds=400, max_jobs=None)
    workspace.write_videos("alpha", languages=("fr-FR", "ja"), extra=ONE_PLACE)
    return account


ONE_PLACE = "limits: {max_concurrent_jobs: 1, max_attempts: 2}"


def lists(account: Sandbox) -> int:
    return sum(note.route == LIST and note.method == "GET" for note in account.requests())


def test_an_old_list_is_read_anew_before_each_order(slow: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", extra=ONE_PLACE)
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(slow, workspace, 3)
    assert lists(slow) == 3
    asked = [(note.method, note.route) for note in slow.requests()]
    notes = [note for note in asked if note != ("GET", "/v3/users/me")]  # the balance
    orders = [place for place, note in enumerate(notes) if note == ("POST", LIST)]
    assert [notes[place - 1] for place in orders] == [("GET", LIST)] * 3


def test_a_young_list_is_not_read_anew(start: Start, workspace: Workspace) -> None:
    account = start(render_seconds=100)
    workspace.write_videos("alpha", languages=("fr-FR", "ja"), extra=ONE_PLACE)
    assert workspace.run("apply", "--yes").code == 0
    assert lists(account) == 1


@pytest.mark.parametrize("ended", [False, True])
def test_what_another_machine_ordered_meanwhile_is_adopted(
    slow: Sandbox,
    workspace: Workspace,
    clock: FakeClock,
    elsewhere: Callable[[], dict[str, Target]],
    ended: bool,
) -> None:
    mark = str(elsewhere()["alpha/ja"].mark)
    moment = 10 if ended else 200
    clock.plan(moment, lambda: slow.add_foreign_job("Japanese", callback_id=mark))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert "alpha/ja adopted" in ran.err
    assert creates(slow) == 1
    assert_one_job_each(slow, workspace, 2)


def test_what_another_machine_saw_fail_meanwhile_is_the_new_point_of_history(
    slow: Sandbox,
    workspace: Workspace,
    clock: FakeClock,
    elsewhere: Callable[[], dict[str, Target]],
) -> None:
    target = elsewhere()["alpha/ja"]

    def fail_elsewhere() -> None:
        slow.fail_job(slow.add_foreign_job("Japanese", callback_id=str(target.mark)), "No")

    clock.plan(200, fail_elsewhere)
    assert workspace.run("apply", "--yes").code == 0
    first, failed, third = slow.jobs()
    assert ids(workspace) == {"alpha/fr-FR": first.id, "alpha/ja": third.id}
    assert workspace.lock()["targets"]["alpha/ja"]["attempts"] == 2
    # A machine that begins after the failure comes to the same key.
    key = str(OrderKey(target.mark, failed.id))
    assert [note.idempotency_key for note in slow.requests() if note.method == "POST"][1] == key


def test_a_replay_of_what_failed_elsewhere_meanwhile_is_not_believed(
    slow: Sandbox,
    workspace: Workspace,
    clock: FakeClock,
    elsewhere: Callable[[], dict[str, Target]],
) -> None:
    workspace.write(workspace.manifest.read_text().replace("max_attempts: 2", "max_attempts: 3"))
    mark = elsewhere()["alpha/ja"].mark

    def fail_twice_in_a_second() -> None:
        made = [slow.add_foreign_job("Japanese", callback_id=str(mark)) for _ in range(2)]
        for name in made:
            slow.fail_job(name, "No")
        # Which one came first cannot be told, so that the key may be the older one's.
        replay = json.dumps({"data": {"video_translation_ids": [min(made)]}})
        answer = KeptAnswer(200, replay, {})
        slow._store.keep_answer(LIST, str(OrderKey(mark, max(made))), clock.now(), answer)

    clock.plan(200, fail_twice_in_a_second)
    assert workspace.run("apply", "--yes").code == 0
    assert len(slow.jobs()) == 4
    assert ids(workspace)["alpha/ja"] == slow.jobs()[3].id


def test_what_another_machine_used_up_meanwhile_is_not_ordered(
    slow: Sandbox,
    workspace: Workspace,
    clock: FakeClock,
    elsewhere: Callable[[], dict[str, Target]],
) -> None:
    mark = str(elsewhere()["alpha/ja"].mark)
    for moment in (100, 200):
        clock.plan(
            moment,
            lambda: slow.fail_job(slow.add_foreign_job("Japanese", callback_id=mark), "No"),
        )
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "failed 2 times: No" in ran.out
    assert creates(slow) == 1


def test_a_list_that_cannot_be_read_anew_is_asked_for_again(
    slow: Sandbox, workspace: Workspace
) -> None:
    slow.set_faults(f"html_502=1 on GET {LIST} after 1 times 4")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0
    assert "could not be listed, asking again" in ran.err
    assert_one_job_each(slow, workspace, 2)


# Titles


@pytest.fixture
def titled(rendered: Sandbox, workspace: Workspace) -> Sandbox:
    """Have a rendered video that is to be called otherwise."""
    text = workspace.manifest.read_text()
    workspace.write(text.replace("alpha.mp4'", "alpha.mp4', title: 'All in {{ language.tag }}'"))
    return rendered


def patches(account: Sandbox) -> list[Any]:
    return [note.body for note in account.requests() if note.method == "PATCH"]


def test_a_title_is_changed_in_place(titled: Sandbox, workspace: Workspace) -> None:
    assert actions(workspace)["alpha/ja"] == ("retitle", "title_changed")
    assert workspace.run("apply").code == 0
    assert patches(titled) == [{"title": "All in fr-FR"}, {"title": "All in ja"}]
    assert {job.title for job in titled.jobs()} == {"All in fr-FR", "All in ja"}
    assert creates(titled) == 2
    assert workspace.lock()["targets"]["alpha/ja"]["title"] == "All in ja"
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_title_that_cannot_be_changed_fails_that_target_alone(
    titled: Sandbox, workspace: Workspace
) -> None:
    titled.set_faults("http_500_before=1 on PATCH times 2")
    ran = workspace.run("apply")
    assert ran.code == 1
    assert re.search(r"! Something went wrong on our side.\n\s+alpha/fr-FR\n", ran.out)
    assert [job.title for job in titled.jobs()] == [None, "All in ja"]
    assert workspace.run("apply").code == 0
    assert creates(titled) == 2


def test_a_title_refused_with_the_key_ends_the_run(titled: Sandbox, workspace: Workspace) -> None:
    titled.set_faults("unauthorized=1 on PATCH")
    assert workspace.run("apply").code == 7
    assert len(patches(titled)) == 1


# Parts, and shares


def test_a_part_leaves_the_rest_to_the_byte(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", "beta")
    workspace.run("apply", "--yes", "--no-wait")
    account.advance(100)
    before = workspace.lock()["targets"]
    text = workspace.manifest.read_text().replace("beta.mp4'", "beta.mp4', mode: precision")
    workspace.write(text.replace("alpha.mp4'", "alpha.mp4', mode: precision"))
    assert workspace.run("apply", "--yes", "--target", "alpha/ja").code == 0
    after = workspace.lock()["targets"]
    assert creates(account) == 7
    assert after.pop("alpha/ja") != before.pop("alpha/ja")
    assert json.dumps(after) == json.dumps(before)


def test_one_content_is_one_job_for_all_who_want_it(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", "beta", "gamma", languages=("ja",))
    text = workspace.manifest.read_text().replace("/beta.mp4", "/alpha.mp4")
    workspace.write(text)
    assert actions(workspace)["beta/ja"] == ("adopt", "shares_job")
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == 2
    entries = workspace.lock()["targets"]
    shared = [entries[name] for name in ("alpha/ja", "beta/ja")]
    assert shared[0] == shared[1]
    assert shared[0]["status"] == "completed"
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_shared_job_that_fails_fails_all_who_want_it(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", "beta", languages=("ja",))
    workspace.write(workspace.manifest.read_text().replace("/beta.mp4", "/alpha.mp4"))
    account.set_faults("fail_job=1:Bad luck on POST")
    ran = workspace.run("apply", "--yes", "--format", "json")
    assert ran.code == 1
    (group,) = ran.json()["failures"]
    assert group["addresses"] == ["alpha/ja", "beta/ja"]


def test_a_renamed_video_takes_its_entry_along_even_where_it_is_ordered_anew(
    rendered: Sandbox, workspace: Workspace
) -> None:
    old = workspace.lock()["targets"]
    rendered.delete_job(old["alpha/ja"]["translation_id"])
    workspace.write(workspace.manifest.read_text().replace("  alpha:", "  omega:"))
    assert workspace.run("apply", "--yes", "--recreate").code == 0
    new = workspace.lock()["targets"]
    assert new.keys() == {"omega/fr-FR", "omega/ja"}
    assert new["omega/fr-FR"] == old["alpha/fr-FR"]
    assert new["omega/ja"]["superseded"] == [old["alpha/ja"]["translation_id"]]
    assert creates(rendered) == 4
    assert len(rendered.jobs()) == 3


def test_sharers_too_adopt_what_another_machine_ordered_meanwhile(
    start: Start,
    workspace: Workspace,
    clock: FakeClock,
    elsewhere: Callable[[], dict[str, Target]],
) -> None:
    account = start(render_seconds=400)
    workspace.write_videos("alpha", "beta", "gamma", languages=("ja",), extra=ONE_PLACE)
    workspace.write(workspace.manifest.read_text().replace("/gamma.mp4", "/beta.mp4"))
    mark = str(elsewhere()["gamma/ja"].mark)
    clock.plan(200, lambda: account.add_foreign_job("Japanese", callback_id=mark))
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == 1
    entries = workspace.lock()["targets"]
    assert entries["beta/ja"]["translation_id"] == account.jobs()[1].id
    assert entries["beta/ja"] == entries["gamma/ja"]


# Consent and limits


def test_without_anybody_to_ask_nothing_is_paid(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha")
    ran = workspace.run("apply")
    assert ran.code == 2
    assert "localize apply --yes" in ran.err
    assert creates(account) == 0
    assert not workspace.lockfile.exists()


@pytest.mark.parametrize(
    ("value", "code"), [("true", 0), ("1", 0), ("false", 2), ("False", 2), ("0", 2), ("", 2)]
)
def test_ci_stands_for_yes_where_it_is_not_a_no(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    code: int,
) -> None:
    monkeypatch.setenv("CI", value)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--no-wait").code == code
    assert creates(account) == (1 if code == 0 else 0)


def test_yes_is_not_taken_from_the_environment(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALIZE_APPLY_YES", "1")
    workspace.write_videos("alpha")
    assert workspace.run("apply").code == 2
    assert creates(account) == 0


def test_what_costs_nothing_needs_no_consent(rendered: Sandbox, workspace: Workspace) -> None:
    workspace.lockfile.unlink()
    assert workspace.run("apply").code == 0
    assert len(ids(workspace)) == 2


def test_more_jobs_than_the_limit_are_refused_whole(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", extra="limits: {max_new: 2}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 3
    assert "the plan orders 3 jobs, limits.max_new is 2" in ran.err
    assert "--max-new 3" in ran.err
    assert creates(account) == 0
    assert workspace.run("apply", "--yes", "--max-new", "3", "--no-wait").code == 0
    assert creates(account) == 3


def test_more_money_than_the_limit_is_refused_whole(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", extra="limits: {max_cost: 5}\ndefaults: {duration: 100}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 3
    assert "the plan costs about 9.99 USD, limits.max_cost is 5.00" in ran.err
    assert "--max-cost 9.99" in ran.err
    assert creates(account) == 0
    assert workspace.run("apply", "--yes", "--max-cost", "15", "--no-wait").code == 0
    assert creates(account) == 3


def test_a_length_that_nobody_knows_is_refused_unless_allowed(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", extra="limits: {max_cost: 10}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 3
    assert "alpha/es-MX" in ran.err
    assert "unknown_duration: allow" in ran.err
    assert creates(account) == 0
    workspace.write_videos("alpha", extra="limits: {max_cost: 10, unknown_duration: allow}")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert creates(account) == 3
