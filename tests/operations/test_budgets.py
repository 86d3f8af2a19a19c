"""Budgets at a sandbox: what they refuse and hold over, and what nothing gets around."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
import requests
from fake_clock import FakeClock
from workspaces import Ran, Workspace, creates

from heygen_localize.heygen import client, listing
from heygen_localize.project import seen_account
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.records import JobStatus

Start = Callable[..., Sandbox]
SECONDS, PRICE = 60.0, 60 * 0.0333
APPLY = ("apply", "--yes", "--within-budget")

pytestmark = pytest.mark.of_translations


@pytest.fixture
def account(start: Start, monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Sandbox:
    for command in ("prune", "costs"):
        monkeypatch.setattr(f"heygen_localize.cli.{command}.SystemClock", lambda: clock)
    return start(job_seconds=SECONDS, balance=1e6)


def write(
    workspace: Workspace, budgets: str, *videos: str, languages: str = "de-DE, ja", more: str = ""
) -> None:
    lines = ["version: 1", "project: test", f"languages: [{languages}]", f"budgets: {budgets}"]
    lines += [f"defaults: {{duration: {SECONDS:g}}}", *([more] if more else []), "videos:"]
    for video in videos:
        name, _, options = video.partition(" ")
        source = f"https://cdn.example.com/{name}.mp4"
        lines.append(f"  {name}: {{source: '{source}'{', ' + options if options else ''}}}")
    workspace.write("\n".join(lines) + "\n")


def spent(account: Sandbox) -> float:
    """Say what the emulator has charged, or will."""
    return PRICE * sum(job.status is not JobStatus.FAILED for job in account.jobs())


def codes(ran: Ran) -> list[str]:
    return [problem["code"] for problem in ran.json()["errors"]]


def actions(ran: Ran) -> dict[str, str]:
    return {item["address"]: item["action"] for item in ran.json()["actions"]}


def test_a_budget_refuses_before_the_first_order_and_says_what_fits(
    account: Sandbox, workspace: Workspace
) -> None:
    write(workspace, "{total: 6/month}", "alpha", "beta priority: 1")
    for command in (("plan",), ("apply", "--yes")):
        ran = workspace.run(*command)
        assert ran.code == 3
        assert (
            "localize.yaml:4:18 (budgets.total): the plan costs about 7.99 USD, and 6.00 of 6.00 "
            "USD are left of the month's budget: 0.00 spent since 2027-01-01 00:00 UTC" in ran.err
        )
        assert "these fit: beta/de-DE, beta/ja, alpha/de-DE; --within-budget orders" in ran.err
    assert creates(account) == 0
    assert codes(workspace.run("plan", "--format", "json")) == ["budget_exceeded"]
    assert not workspace.lockfile.exists()


def test_a_refusal_shows_what_is_lacking_and_what_would_help(
    account: Sandbox, workspace: Workspace
) -> None:
    """Half a cent too much is to be seen, and no wait helps where nothing begins anew."""
    more = "rates: {speed: 0.1}"
    write(workspace, "{total: 0.3/once}", "a duration: 3.01", languages="ja", more=more)
    ran = workspace.run("plan")
    assert (ran.code, "costs about 0.3010 USD, and 0.3000 of 0.30 USD" in ran.err) == (3, True)
    assert "none of it fits; or narrow it with --target, or raise the budget" in ran.err
    assert "0.3010 USD, and 0.3000 USD are left" in workspace.run("plan", "--within-budget").out


def test_within_the_budget_what_fits_is_ordered_once_and_the_rest_is_held(
    account: Sandbox, workspace: Workspace
) -> None:
    """However often it runs: that is what a limit of one run could not do."""
    write(workspace, "{total: 6/month}", "alpha", "beta priority: 1")
    planned = workspace.run("plan", "--within-budget", "--format", "json")
    assert actions(planned)["alpha/ja"] == "held"
    ran = workspace.run(*APPLY)
    assert (ran.code, creates(account)) == (0, 3)
    assert "3 of 4 targets rendered, 1 held over for the budget" in ran.out
    assert "it costs about 2.00 USD, and 0.00 USD are left of the month's budget" in ran.err
    assert sorted(workspace.lock()["targets"]) == ["alpha/de-DE", "beta/de-DE", "beta/ja"]
    kept = workspace.lockfile.read_bytes()
    for _ in range(3):
        again = workspace.run(*APPLY)
        assert again.code == 0
        assert "Nothing to do: 3 of 4 targets rendered, 1 held over for the budget" in again.out
    told = workspace.run("plan", "--within-budget").out
    assert "Nothing that apply can do: no budget pays for 1 target." in told
    assert (workspace.lockfile.read_bytes(), creates(account)) == (kept, 3)
    assert workspace.run("apply", "--yes").code == 3
    told = workspace.run("plan", "--within-budget", "--format", "markdown").out
    assert "Budget total, 6.00 USD a month: 5.99 spent since 2027-01-01 00:00 UTC, 0.00" in told
    assert "held over" in told


def test_the_ledger_stands_in_the_lockfile_only_where_there_are_budgets(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    assert "spent" not in workspace.lock()
    assert workspace.lock()["lockfile_version"] == 2
    write(workspace, "{total: 60/month}", "alpha team: docs", "beta team: docs", languages="ja")
    before = int(clock.now())
    assert workspace.run(*APPLY).code == 0
    lock = workspace.lock()
    assert lock["lockfile_version"] == 5
    lines = {line["address"]: line for line in lock["spent"].values()}
    assert lines.keys() == {"alpha/ja", "beta/ja"}
    line = lines["beta/ja"]
    assert before <= line.pop("ordered_at") <= clock.now()
    assert line == {"address": "beta/ja", "mode": "speed", "team": "docs", "usd": 1.998}


def test_with_a_lost_lockfile_the_list_tells_and_what_is_adopted_costs_nothing(
    account: Sandbox, workspace: Workspace
) -> None:
    write(workspace, "{total: 4/month}", "alpha")
    assert workspace.run(*APPLY).code == 0
    workspace.lockfile.unlink()
    assert workspace.run("apply", "--yes").code == 0  # not refused, though nothing is left
    assert (creates(account), len(workspace.lock()["spent"])) == (2, 2)
    workspace.lockfile.unlink()
    write(workspace, "{total: 4/month}", "alpha revision: 2")
    assert workspace.run("apply", "--yes").code == 3
    assert creates(account) == 2


def delete(account: Sandbox, job_id: str) -> None:
    """Delete a job as people do in HeyGen's own pages."""
    url = f"{account.base_url}/v3/video-translations/{job_id}"
    requests.delete(url, headers={"x-api-key": account.api_key}, timeout=10).raise_for_status()


@pytest.mark.parametrize("how", ["prune", "forget", "others"])
def test_what_was_deleted_still_counts(account: Sandbox, workspace: Workspace, how: str) -> None:
    write(workspace, "{teams: {docs: 4/month}}", "alpha team: docs", "beta")
    assert workspace.run(*APPLY).code == 0
    ids = [entry["translation_id"] for entry in workspace.lock()["targets"].values()]
    write(workspace, "{teams: {docs: 4/month}}", "beta", "gamma team: docs")
    if how == "prune":
        assert workspace.run("prune", "--yes").code == 0
    else:
        for name in ids[:2]:
            delete(account, name)
    if how == "forget":
        assert workspace.run("forget", "alpha/*").code == 0
    assert sum(job.deleted for job in account.jobs()) == 2
    ran = workspace.run("apply", "--yes")
    assert (ran.code, creates(account)) == (3, 4)
    assert "and 0.00 of 4.00 USD are left of the month's budget of team docs: 4.00 spent" in ran.err
    assert workspace.run("costs", "--by", "team", "--format", "csv").out.splitlines()[1:] == [
        "docs,2,0,0.0,3.9960,0" if how != "others" else "docs,2,0,120.0,3.9960,0",
        "none,2,0,120.0,3.9960,0",
    ]


@pytest.mark.parametrize("when", ["listed", "superseded"])
def test_what_became_longer_than_ordered_counts_so_once_somebody_deletes_it(
    account: Sandbox, workspace: Workspace, when: str
) -> None:
    """Its line was written at the estimate; nothing else tells of it in the end."""
    for revision in (1, 2, 3):
        if (revision, when) == (2, "superseded"):
            delete(account, account.jobs()[0].id)  # the lockfile's entry still has its length
        write(workspace, "{total: 100/month}", f"alpha duration: 1, revision: {revision}")
        assert workspace.run("apply", "--yes", "--recreate", "--target", "alpha/ja").code == 0
    for job in account.jobs()[:-1]:
        if not job.deleted:
            delete(account, job.id)
    assert len(account.jobs()) == 3
    costs = workspace.run("costs", "--format", "json").json()["total"]
    assert costs["cost_usd"] == pytest.approx(spent(account), abs=0.001)


def test_a_failed_session_that_had_a_line_costs_nothing(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    """It was told while it was made, and failed when nobody looked."""
    write(workspace, "{total: 10/month}", "alpha proofread: true", languages="ja")
    workspace.write(workspace.manifest.read_text().replace("cdn.example.com", "x.invalid"))
    assert workspace.run("apply", "--yes", "--no-wait", "--no-check-sources").code == 0
    assert len(workspace.lock()["spent"]) == 1
    clock.sleep(SECONDS)
    workspace.run("apply", "--yes", "--no-check-sources")
    assert "spent" not in workspace.lock()
    assert workspace.run("costs", "--format", "json").json()["total"]["cost_usd"] == 0


def test_failed_jobs_are_not_charged_and_leave_room(account: Sandbox, workspace: Workspace) -> None:
    write(workspace, "{total: 2/month}", "alpha", languages="ja")
    account.set_faults("fail_job=1.0 on POST")
    assert workspace.run(*APPLY).code == 1
    account.set_faults()
    assert "spent" not in workspace.lock()
    assert workspace.run(*APPLY).code == 0
    assert (creates(account), workspace.run(*APPLY).code) == (2, 0)


def test_without_a_whole_list_nothing_is_ordered(account: Sandbox, workspace: Workspace) -> None:
    write(workspace, "{total: 100/month}", "alpha")
    account.set_faults("http_500_before=1.0 on GET /v3/video-translations")
    ran = workspace.run(*APPLY)
    assert (ran.code, creates(account)) == (4, 0)
    assert "could not be listed" in ran.err
    account.set_faults()
    assert (workspace.run(*APPLY).code, creates(account)) == (0, 2)


def test_an_order_of_unknown_length_is_refused_or_held(
    account: Sandbox, workspace: Workspace
) -> None:
    """Also where limits.unknown_duration allows it: the budget would not be one."""
    more = "limits: {unknown_duration: allow}"
    budgets = "{de-DE: 100/month}"
    write(workspace, budgets, "alpha", "beta duration: null", more=more)
    ran = workspace.run("apply", "--yes")
    assert (ran.code, creates(account)) == (3, 0)
    assert (
        "the month's budget of de-DE is set, and nobody knows the length of 1 target: beta/de-DE"
        in ran.err
    )
    held = workspace.run(*APPLY)
    assert (held.code, creates(account)) == (0, 3)
    assert "nobody knows its length, so the month's budget of de-DE cannot be held to" in held.err


def test_what_was_seen_before_is_no_way_around(
    account: Sandbox, workspace: Workspace, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a part of the list remembered, and answers kept: what costs reads it whole."""
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)
    monkeypatch.setattr(client, "IDS_PER_CALL", 4)
    monkeypatch.setattr("heygen_localize.project.account_view.IDS_PER_CALL", 4)
    monkeypatch.setattr(seen_account, "_NEWEST", 6)
    write(workspace, "{total: 24/month}", *(f"v{number}" for number in range(6)))
    assert workspace.run(*APPLY).code == 0
    assert creates(account) == 12
    for _ in range(2):
        clock.sleep(3600)
        told = workspace.run("plan")
        assert "24.00 USD a month: 23.98 spent since 2027-01-01 00:00 UTC, 0.02 left" in told.out
    clock.sleep(3600)
    write(workspace, "{total: 24/month}", *(f"v{number}" for number in range(7)))
    ran = workspace.run("apply", "--yes")
    assert (ran.code, creates(account)) == (3, 12)
    # In the next month a kept answer would tell of this one's budget.
    write(workspace, "{total: 24/month}", *(f"v{number}" for number in range(6)))
    clock.sleep(datetime(2027, 1, 31, 23, 30, tzinfo=timezone.utc).timestamp() - clock.now())
    for month in ("01", "01", "02"):
        told = workspace.run("plan")
        assert f"spent since 2027-{month}-01" in told.out
        assert "Nothing to do" in told.out
        clock.sleep(900)


def test_what_still_renders_and_has_no_length_leaves_nothing(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    write(workspace, "{}", "alpha duration: null", languages="ja")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    write(workspace, "{ja: 100/month}", "alpha duration: null", "beta", languages="ja")
    ran = workspace.run("apply", "--yes")
    assert (ran.code, creates(account)) == (3, 1)
    assert (
        "what was spent of the month's budget of ja is not known: nobody tells what 1 order cost"
        in ran.err
    )
    assert codes(workspace.run("plan", "--format", "json")) == ["budget_unpriced"]
    held = workspace.run(*APPLY, "--no-wait")
    assert (held.code, creates(account)) == (0, 1)
    assert "what was spent of the month's budget of ja is not known" in held.err
    clock.sleep(3600)
    assert (workspace.run("apply", "--yes").code, creates(account)) == (0, 2)


def by_month(account: Sandbox) -> dict[str, float]:
    found: dict[str, float] = {}
    for job in account.jobs():
        if job.status is not JobStatus.FAILED:
            month = datetime.fromtimestamp(job.created_at, timezone.utc).strftime("%Y-%m")
            found[month] = found.get(month, 0.0) + PRICE
    return found


def test_a_run_over_the_turn_of_the_month_and_one_after_it(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    """What the first orders after midnight is the new month's, and the second run counts it."""
    clock.sleep(datetime(2027, 1, 31, 23, 59, tzinfo=timezone.utc).timestamp() - clock.now())
    videos = [f"v{number}" for number in range(8)]
    more = "limits: {max_concurrent_jobs: 1}"
    write(workspace, "{total: 8/month}", *videos, languages="ja", more=more)
    assert workspace.run(*APPLY).code == 0
    assert creates(account) == 4
    assert len(by_month(account)) == 2
    assert workspace.run(*APPLY).code == 0
    assert all(spent <= 8 for spent in by_month(account).values())
    assert by_month(account)["2027-02"] > 8 - PRICE


@pytest.mark.parametrize(("whose", "days"), [("ours", -40), ("ours", 40), ("HeyGen's", 40)])
def test_a_clock_that_lies_never_leaves_more_to_spend(
    account: Sandbox,
    workspace: Workspace,
    whose: str,
    days: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(workspace, "{total: 4/month}", "alpha", "beta")
    assert workspace.run(*APPLY).code == 0
    if whose == "HeyGen's":
        account.advance(days * 86400)
        days = 0
    monkeypatch.setattr(FakeClock, "now", lambda self: self() + days * 86400)
    monkeypatch.setattr(FakeClock, "__call__", lambda self: self._start + self._elapsed)
    assert workspace.run(*APPLY).code == 0
    assert creates(account) == 2


GOOD = {"address": "alpha/ja", "ordered_at": 1_800_000_000, "usd": 1.0}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (GOOD | {"usd": -5}, "a number of 0 or more"),
        (GOOD | {"usd": 1e300}, "an amount in USD"),
        (GOOD | {"usd": "1"}, "a number of 0 or more"),
        (GOOD | {"ordered_at": -1}, "a whole number of 0 or more"),
        (GOOD | {"ordered_at": 10**15}, "a moment in seconds since 1970"),
        (GOOD | {"address": "../x"}, "an address"),
        (GOOD | {"team": "A\nB"}, "the name of a team"),
        (GOOD | {"mode": "free"}, "a mode"),
        ([], "an object"),
        ({"address": "alpha/ja"}, "ordered_at"),
    ],
)
def test_a_ledger_with_what_nothing_true_can_be_is_refused(
    account: Sandbox, workspace: Workspace, line: Any, expected: str
) -> None:
    write(workspace, "{total: 4/month}", "alpha")
    lock = {"lockfile_version": 5, "project": "test", "targets": {}, "spent": {"tr_1": line}}
    workspace.lockfile.write_text(json.dumps(lock), encoding="utf-8")
    ran = workspace.run(*APPLY)
    assert (ran.code, creates(account)) == (2, 0)
    assert expected in ran.err
    assert "1e+300" not in ran.err


def test_a_ledger_that_lies_never_leaves_more_to_spend(
    account: Sandbox, workspace: Workspace
) -> None:
    """Of ids that the account lists, it takes nothing away; ids of others count no less."""
    write(workspace, "{total: 4/month}", "alpha", "beta")
    assert workspace.run(*APPLY).code == 0
    lock = workspace.lock()
    for line in lock["spent"].values():
        line |= {"usd": 0, "ordered_at": 0, "address": "nobodys/ja"}
    lock["spent"]["tr_others"] = GOOD | {"usd": 1e9}
    workspace.lockfile.write_text(json.dumps(lock), encoding="utf-8")
    assert workspace.run(*APPLY).code == 0
    assert workspace.run("apply", "--yes").code == 3
    assert creates(account) == 2


def test_what_was_spent_in_every_form(account: Sandbox, workspace: Workspace) -> None:
    write(
        workspace,
        "{total: 20/month, teams: {docs: 10/quarter}}",
        "alpha team: docs",
        "beta mode: precision",
        languages="ja",
    )
    assert workspace.run(*APPLY).code == 0
    ran = workspace.run("costs", "--by", "month,team,mode")
    assert ran.code == 0
    assert ran.out.splitlines()[:4] == [
        "month    team  mode       jobs  proofreads  minutes   USD",
        "2027-01  docs  speed         1           0      1.0  2.00",
        "2027-01  none  precision     1           0      1.0  4.00",
        "all                          2           0      2.0  6.00",
    ]
    assert "Budget team docs, 10.00 USD a quarter: 2.00 spent" in ran.out
    found = workspace.run("costs", "--by", "video", "--format", "json").json()
    assert [row["video"] for row in found["rows"]] == ["alpha", "beta"]
    assert found["total"]["cost_usd"] == 6.0
    assert found["budgets"][1] | {"begins_at": 0, "ends_at": 0} == {
        "name": "docs",
        "kind": "team",
        "period": "quarter",
        "budget_usd": 10.0,
        "spent_usd": 1.998,
        "left_usd": 8.002,
        "begins_at": 0,
        "ends_at": 0,
        "unpriced": [],
    }
    assert "| **all** | 2 |" in workspace.run("costs", "--format", "markdown").out
    later = workspace.run("costs", "--since", "2027-02-01", "--format", "csv")
    assert later.out == "month,jobs,proofreads,seconds,cost_usd,unpriced\n"
    offline = workspace.run("costs", "--offline", "--by", "language", "--format", "csv")
    assert offline.out.splitlines()[1] == "ja,2,0,120.0,6.0000,0"
    assert workspace.run("report", "--html", "page.html").code == 0
    page = (workspace.folder / "page.html").read_text(encoding="utf-8")
    assert '<th scope="row">team docs</th><td>10.00 USD a quarter</td>' in page
    told = workspace.run("apply", "--yes", "--format", "markdown").out
    assert "Budget total, 20.00 USD a month: 6.00 spent" in told


@pytest.mark.parametrize("given", ["foo", "month,month", "", "month,,team"])
def test_what_costs_are_added_up_by_is_known(workspace: Workspace, given: str) -> None:
    write(workspace, "{total: 4/month}", "alpha")
    ran = workspace.run("costs", "--offline", "--by", given)
    assert ran.code == 2
    assert "--by" in ran.err


def test_proofread_sessions_cost_too_and_their_renders_once_approved(
    account: Sandbox, workspace: Workspace
) -> None:
    """A minute's session is 0.50 USD; the render of it does not fit any more."""
    more = "lock: {urls: none}"
    video = "alpha proofread: {approval: explicit}"
    write(workspace, "{total: 0.4/month}", video, languages="ja", more=more)
    assert actions(workspace.run("plan", "--within-budget", "--format", "json")) == {
        "alpha/ja": "held"
    }
    write(workspace, "{total: 1/month}", video, languages="ja", more=more)
    assert workspace.run(*APPLY).code == 0
    (line,) = workspace.lock()["spent"].values()
    assert (line["mode"], line["usd"]) == ("proofread", 0.498)
    assert workspace.run("proofread", "approve", "alpha/ja").code == 0
    ran = workspace.run("apply", "--yes")
    assert (ran.code, creates(account)) == (3, 0)
    assert "0.50 of 1.00 USD are left of the month's budget: 0.50 spent" in ran.err
    write(workspace, "{total: 3/month}", video, languages="ja", more=more)
    assert workspace.run(*APPLY).code == 0
    rows = workspace.run("costs", "--by", "mode", "--format", "csv").out.splitlines()[1:]
    assert rows == ["proofread,0,1,60.0,0.4980,0", "speed,1,0,60.0,1.9980,0"]


def test_with_a_lost_lockfile_the_list_of_sessions_tells_too(
    account: Sandbox, workspace: Workspace
) -> None:
    """What awaits its review costs nothing again, and leaves as much as before."""
    write(workspace, "{total: 0.9/month}", "alpha proofread: true", languages="ja")
    assert workspace.run(*APPLY).code == 0
    workspace.lockfile.unlink()
    costs = workspace.run("costs", "--by", "mode", "--format", "csv").out.splitlines()[1:]
    assert costs == ["proofread,0,1,60.0,0.4980,0"]
    more = ("alpha proofread: true", "beta proofread: true")
    write(workspace, "{total: 0.9/month}", *more, languages="ja")
    found = actions(workspace.run("plan", "--within-budget", "--format", "json"))
    assert found == {"alpha/ja": "review", "beta/ja": "held"}
    account.set_faults("http_500_before=1 on GET /v3/video-translations/proofreads*")
    ran = workspace.run(*APPLY)
    assert (ran.code, creates(account)) == (4, 0), ran.err


def test_targets_that_share_a_job_are_held_with_it(account: Sandbox, workspace: Workspace) -> None:
    same = "identity: one"
    write(workspace, "{total: 2/month}", "a", f"b {same}", f"c {same}", languages="ja")
    found = actions(workspace.run("plan", "--within-budget", "--format", "json"))
    assert found == {"a/ja": "create", "b/ja": "held", "c/ja": "held"}
    assert (workspace.run(*APPLY).code, creates(account)) == (0, 1)


def test_a_saved_plan_keeps_to_what_it_held_over(account: Sandbox, workspace: Workspace) -> None:
    write(workspace, "{total: 6/month}", "alpha", "beta priority: 1")
    assert workspace.run("plan", "--within-budget", "--out", "plan.json").code == 0
    ran = workspace.run("apply", "plan.json")
    assert (ran.code, creates(account)) == (0, 3)
    # There is room for what it held over by now: others may order that, this plan does not.
    write(workspace, "{total: 60/month}", "alpha", "beta priority: 1")
    ran = workspace.run("apply", "plan.json")
    assert (ran.code, creates(account)) == (0, 3), ran.err
    assert "3 of 4 targets rendered, 1 held over for the budget" in ran.err + ran.out
    assert (workspace.run("apply", "--yes").code, creates(account)) == (0, 4)


def test_what_asks_no_account_says_what_the_lockfile_tells(
    account: Sandbox, workspace: Workspace
) -> None:
    write(workspace, "{total: 6/month}", "alpha")
    assert workspace.run(*APPLY).code == 0
    assert "4.00 spent since" in workspace.run("plan", "--offline").out
    ran = workspace.run("plan", "--diff", "HEAD", "--within-budget")
    assert ran.code == 2
    assert "--within-budget does not go with --diff" in ran.err


@pytest.mark.parametrize("how", ["prune", "forget"])
def test_what_was_ordered_before_there_were_budgets_is_kept_as_it_is_deleted(
    account: Sandbox, workspace: Workspace, clock: FakeClock, how: str
) -> None:
    write(workspace, "{}", "alpha", "beta", languages="ja")
    assert workspace.run("apply", "--yes").code == 0
    (gone, _) = (entry["translation_id"] for entry in workspace.lock()["targets"].values())
    write(workspace, "{total: 4/month}", "beta", "gamma", languages="ja")
    if how == "prune":
        assert workspace.run("prune", "--yes").code == 0
    else:
        assert workspace.run("forget", "alpha/ja").code == 0
        delete(account, gone)
    assert [*workspace.lock()["spent"]] == [gone]
    clock.sleep(2 * 86400)
    ran = workspace.run("apply", "--yes")
    assert (ran.code, creates(account)) == (3, 2)
    assert "0.00 of 4.00 USD are left of the month's budget: 4.00 spent" in ran.err


def test_lip_syncs_that_left_the_manifest_still_count_with_no_lockfile(
    account: Sandbox, workspace: Workspace
) -> None:
    """Nothing names a lip sync any more: their list is read all the same, while there are budgets.

    Whose it was and in which mode nobody knows then: it counts against every team, as precision.
    """
    budgets = "{teams: {docs: 5/month}}"
    sync = "kind: lipsync, audio: 'https://cdn.example.com/ja.mp3'"
    write(workspace, budgets, f"alpha {sync}", "beta team: docs, skip: true", languages="ja")
    assert workspace.run(*APPLY).code == 0
    workspace.lockfile.unlink()
    write(workspace, budgets, "beta team: docs", languages="ja")
    ran = workspace.run("apply", "--yes")
    assert (ran.code, creates(account)) == (3, 0)
    assert "0.99 of 5.00 USD are left of the month's budget of team docs: 4.00 spent" in ran.err
    rows = workspace.run("costs", "--by", "team,mode", "--format", "csv").out.splitlines()
    assert rows[1:] == ["unknown,unknown,1,0,60.0,4.0020,0"]


def test_a_clock_that_is_far_ahead_forgets_nothing(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(workspace, "{total: 5/month}", "alpha", languages="ja")
    assert workspace.run(*APPLY).code == 0
    (gone,) = workspace.lock()["spent"]
    write(workspace, "{total: 5/month}", "beta", languages="ja")
    assert workspace.run("prune", "--yes").code == 0
    monkeypatch.setattr(FakeClock, "now", lambda self: self() + 400 * 86400)
    monkeypatch.setattr(FakeClock, "__call__", lambda self: self._start + self._elapsed)
    assert workspace.run(*APPLY).code == 0
    assert gone in workspace.lock()["spent"]
    assert creates(account) == 2


def test_lines_that_no_budget_looks_back_to_leave(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    """All but what `once` asks for: the ledger does not grow for ever."""
    for budgets, kept in (("{total: 5/month}", 1), ("{total: [5/month, 99/once]}", 2)):
        write(workspace, budgets, f"v{kept}", languages="ja")
        assert workspace.run(*APPLY).code == 0
        assert len(workspace.lock()["spent"]) == kept
        clock.sleep(120 * 86400)
    write(workspace, "{total: 5/month}", "v3", languages="ja")
    assert workspace.run(*APPLY).code == 0
    assert [line["address"] for line in workspace.lock()["spent"].values()] == ["v3/ja"]
