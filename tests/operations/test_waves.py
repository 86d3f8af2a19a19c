"""Canaries and dates through the command line: what waits is never ordered, by any path."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fake_clock import FakeClock
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

CANARY = "defaults: {canary: [es-MX], duration: 60}"
DUE = "defaults: {not_before: 2027-01-15T09:00+00:00, duration: 60}"
"""An hour after the clock's beginning."""

Start = Callable[..., Sandbox]


@pytest.fixture
def account(start: Start) -> Sandbox:
    return start(balance=1e6, render_seconds=60)


def test_a_canary_is_ordered_accepted_and_followed(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("intro", extra=CANARY)
    first = workspace.run("apply", "--yes")
    assert (first.code, creates(account)) == (0, 1)
    assert "2 held for a canary" in first.out
    clock.sleep(86400 * 12)
    waiting = workspace.run("plan", "--detailed-exitcode")
    assert waiting.code == 0
    assert "‖ intro        fr-FR, ja  held" in waiting.out
    assert "which is rendered (ordered 12 days ago), and not accepted yet" in waiting.out
    assert "localize accept intro/es-MX" in waiting.out
    assert "Nothing that apply can do: 2 targets wait for canaries." in waiting.out
    document = workspace.run("plan", "--format", "json").json()
    held = next(one for one in document["actions"] if one["address"] == "intro/ja")
    assert (held["reason"], held["canaries"]) == ("awaiting_canary", ["intro/es-MX"])
    assert (held["costs"], held["cost_usd"]) == (False, 0.0)
    for form in ("text", "markdown", "json"):
        told = workspace.run("status", "--format", form).out
        assert "not accepted yet; look at it, then: localize accept intro/es-MX" in told or (
            form == "json" and '"code": "awaiting_canary"' in told
        )
    assert workspace.run("status", "--fail-if-incomplete").code == 5
    for more in ((), ("--target", "intro/ja"), ("--state", "held"), ("--retry-failed",)):
        ran = workspace.run("apply", "--yes", *more)
        assert (ran.code, creates(account)) == (0, 1), (more, ran.err)
    assert workspace.run("report", "--html", "page.html").code == 0
    assert "and not accepted yet" in (workspace.folder / "page.html").read_text()
    before = workspace.lock()

    accepted = workspace.run("accept", "*/es-MX")
    assert accepted.code == 0
    assert "2 targets waited for this: localize apply orders" in accepted.out
    # The lockfile has one line more, beside the job.
    after = workspace.lock()
    entry = after["targets"]["intro/es-MX"]
    assert entry.pop("accepted") == entry["fingerprint"]
    assert (after.pop("lockfile_version"), before.pop("lockfile_version")) == (3, 2)
    assert after == before
    assert workspace.run("plan", "--detailed-exitcode").code == 5
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == 3
    again = workspace.run("accept", "intro/es-MX")
    assert again.code == 2
    assert "no canary that waits to be accepted" in again.err

    # What changes has to be accepted anew; what is there stays.
    workspace.write_videos("intro", extra=CANARY.replace("duration", "mode: precision, duration"))
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == 4
    assert workspace.run("accept", "intro/es-MX").code == 0
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == 6


def test_a_saved_plan_orders_nothing_that_waits_now_nor_what_it_does_not_show(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("intro", extra=CANARY.partition(" ")[0] + " {duration: 60}")
    assert workspace.run("plan", "--out", "all.json").code == 0
    workspace.write_videos("intro", extra=CANARY)
    assert workspace.run("plan", "--out", "first.json").code == 0
    ran = workspace.run("apply", "all.json", "--yes")
    assert (ran.code, creates(account)) == (0, 1)
    assert workspace.run("accept", "intro/es-MX").code == 0
    ran = workspace.run("apply", "first.json", "--yes", "--format", "json")
    assert (ran.code, ran.json()["errors"][0]["code"]) == (3, "plan_outgrown")
    assert creates(account) == 1


def test_what_another_lock_has_accepted_is_not_forgotten_by_plan_diff(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("intro", extra=CANARY, languages=("es-MX",))
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos("intro", extra=CANARY)
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == 1
    # A lost lockfile has lost what was accepted: it is asked for again, and nothing is ordered.
    assert workspace.run("accept", "intro/es-MX").code == 0
    workspace.lockfile.unlink()
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == 1


def test_a_date_that_comes_is_noticed_by_what_knows_that_nothing_is_to_be_done(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    """Neither the account that is remembered nor an answer that is kept holds it up."""
    workspace.write_videos("intro", extra=DUE)
    for _ in range(3):
        ran = workspace.run("apply", "--yes")
        assert (ran.code, creates(account)) == (0, 0)
        assert "3 held until a date" in ran.out
        told = workspace.run("plan", "--detailed-exitcode")
        assert (told.code, "3 targets wait for a date." in told.out) == (0, True)
        clock.sleep(1000)
    clock.sleep(590)
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    clock.sleep(30)
    assert workspace.run("plan", "--detailed-exitcode").code == 5
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == 3


def test_a_date_in_an_account_with_many_pages_is_noticed_in_steady_state(
    start: Start, workspace: Workspace, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from heygen_localize.heygen import client, listing
    from heygen_localize.project import seen_account

    monkeypatch.setattr(listing, "PAGE_SIZE", 3)
    monkeypatch.setattr(client, "IDS_PER_CALL", 4)
    monkeypatch.setattr("heygen_localize.project.account_view.IDS_PER_CALL", 4)
    monkeypatch.setattr(seen_account, "_NEWEST", 6)
    account = start(max_jobs=None, balance=1e6, render_seconds=1)
    names = [f"video-{number}" for number in range(5)]
    workspace.write_videos(*names, extra="defaults: {duration: 60}")
    assert workspace.run("apply", "--yes").code == 0
    text = workspace.manifest.read_text().replace("[es-MX,", "[ko, es-MX,")
    late = "languages: {ko: {not_before: '2027-01-15T09:00Z'}, es-MX: , fr-FR: , ja: }"
    workspace.write(text.replace("languages: [ko, es-MX, fr-FR, ja]", late))
    ordered = creates(account)
    for _ in range(4):
        assert workspace.run("plan").code == 0
        assert workspace.run("apply", "--yes").code == 0
        clock.sleep(300)
    assert creates(account) == ordered
    clock.sleep(3600)
    assert workspace.run("plan", "--detailed-exitcode").code == 5
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == ordered + 5


def test_the_earlier_of_two_clocks_counts_and_a_distant_year_is_doubted(
    account: Sandbox, workspace: Workspace, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write_videos("intro", extra=DUE)
    ahead = FakeClock(clock.now() + 7200)  # this machine's; HeyGen's is an hour short of it
    for user in ("cli.apply", "cli.plan"):
        monkeypatch.setattr(f"heygen_localize.{user}.SystemClock", lambda: ahead)
    ran = workspace.run("apply", "--yes")
    assert (ran.code, creates(account)) == (0, 0), ran.out
    workspace.write_videos("intro", extra=DUE.replace("2027", "2072"))
    told = workspace.run("plan")
    assert "is its year right?" in told.err


def test_an_accepted_file_is_named_by_its_hash_and_a_failed_check_is_taken_too(
    account: Sandbox, workspace: Workspace
) -> None:
    extra = CANARY + '\noutputs: {video: "out/{{ video.id }}.{{ language.tag }}.mp4"}'
    workspace.write_videos("intro", extra=extra)
    assert workspace.run("apply", "--yes", "--pull").code == 0
    ran = workspace.run("accept", "intro/es-MX", "--format", "json")
    (item,) = ran.json()["accepted"]
    files = workspace.lock()["targets"]["intro/es-MX"]["files"]
    assert item["sha256"] == files["video"]["sha256"]
    assert item["waiting"] == ["intro/fr-FR", "intro/ja"]


def test_mistakes_leave_with_2_and_are_told_together(workspace: Workspace) -> None:
    workspace.write_videos("intro", extra="defaults: {canary: [ko], not_before: 2027-02-30T09:00Z}")
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 2
    errors = json.loads(ran.out)["errors"]
    assert [one["code"] for one in errors] == ["canary_absent", "not_before_invalid"]
    assert {one["where"]["line"] for one in errors} == {4}
