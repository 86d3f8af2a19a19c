"""An order whose answer was lost: held after a day, asked about, and never ordered again."""

from __future__ import annotations

from typing import Any

import pytest
from postgres_server import Server
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

DAY_AND_AN_HOUR = 25 * 3600.0
APPLY = ("apply", "--yes", "--timeout", "1")


@pytest.fixture
def one_target(workspace: Workspace, shared: str, sandbox: Sandbox) -> Workspace:
    """Give a workspace with one target, led to the sandbox."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    return workspace


def later(sandbox: Sandbox, server: Server, url: str) -> None:
    """Let a day and an hour pass, at HeyGen and in the database."""
    sandbox.advance(DAY_AND_AN_HOUR)
    server.execute(
        "UPDATE localize.intents SET sent_at = sent_at - make_interval(secs => %s)",
        DAY_AND_AN_HOUR,
        url=url,
    )
    server.execute(
        "UPDATE localize.places SET taken_at = taken_at - make_interval(secs => %s)",
        DAY_AND_AN_HOUR,
        url=url,
    )


def action(workspace: Workspace) -> Any:
    (found,) = workspace.run("plan", "--format", "json").json()["actions"]
    return found


def test_a_day_later_it_is_held_and_found_when_the_list_shows_it(
    one_target: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert one_target.run(*APPLY).code == 6
    assert len(sandbox.jobs()) == 1
    later(sandbox, server, shared)
    sandbox.set_faults("list_lag=1:999999 on GET")
    sent = creates(sandbox)
    held = action(one_target)
    assert (held["action"], held["reason"], held["costs"]) == ("blocked", "order_unanswered", False)
    assert "localize forget alpha/ja" in held["problem"]["hint"]
    ran = one_target.run("apply", "--yes")
    assert ran.code == 1
    assert "may be paid for" in ran.err + ran.out
    assert creates(sandbox) == sent
    sandbox.set_faults()
    assert action(one_target)["action"] == "adopt"
    assert one_target.run("apply", "--yes").code == 0
    assert (creates(sandbox), len(sandbox.jobs())) == (sent, 1)
    assert server.execute("SELECT count(*) FROM localize.intents", url=shared) == [(0,)]


def test_an_order_that_comes_of_age_after_the_plan_is_held_before_it_is_sent(
    one_target: Workspace,
    shared: str,
    sandbox: Sandbox,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert one_target.run(*APPLY).code == 6
    later(sandbox, server, shared)
    sent = creates(sandbox)
    sandbox.set_faults("list_lag=1:999999 on GET")
    monkeypatch.setattr("heygen_localize.planning.unanswered.hold_back", lambda plan, _: plan)
    ran = one_target.run("apply", "--yes")
    assert (ran.code, "may be paid for" in ran.out + ran.err) == (1, True)
    assert (creates(sandbox), len(sandbox.jobs())) == (sent, 1)


def test_within_the_day_the_same_key_goes_out_again(
    one_target: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert one_target.run(*APPLY).code == 6
    sandbox.set_faults("list_lag=1:999999 on GET")
    assert action(one_target)["action"] == "create"
    assert one_target.run("apply", "--yes").code == 0
    assert len(sandbox.jobs()) == 1
    assert server.execute("SELECT count(*) FROM localize.intents", url=shared) == [(0,)]
    told = server.execute("SELECT what FROM localize.audit ORDER BY number", url=shared)
    assert told == [("sent",), ("ordered",)]


def test_forget_lets_go_of_an_order_that_came_to_nothing(
    one_target: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    sandbox.set_faults("drop_before=1 on POST")
    assert one_target.run(*APPLY).code == 6
    sandbox.set_faults()
    early = one_target.run("forget", "alpha/ja")
    assert early.code == 2
    assert "is in the manifest" in early.err
    later(sandbox, server, shared)
    text = one_target.manifest.read_text()
    one_target.write(text.replace("  alpha:", "  renamed:"))
    held = action(one_target)
    assert (held["address"], held["reason"]) == ("renamed/ja", "order_unanswered")
    told = one_target.run("forget", "renamed/ja")
    assert told.code == 0, told.err
    assert told.out == "renamed/ja: its order is let go; the next apply orders it (this costs)\n"
    assert one_target.run("apply", "--yes").code == 0
    assert len(sandbox.jobs()) == 1
    what = server.execute("SELECT what FROM localize.audit ORDER BY number", url=shared)
    assert [word for (word,) in what] == ["sent", "let go", "sent", "ordered"]


def test_what_left_the_manifest_is_not_said_to_be_ordered_again(
    one_target: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    sandbox.set_faults("drop_before=1 on POST")
    assert one_target.run(*APPLY).code == 6
    later(sandbox, server, shared)
    one_target.write(one_target.manifest.read_text().replace("alpha", "other"))
    told = one_target.run("forget", "alpha/ja")
    assert (told.code, told.out) == (0, "alpha/ja: its order is let go\n"), told.err


def test_a_plan_under_a_new_name_sees_what_was_ordered_under_the_old(
    one_target: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert one_target.run(*APPLY).code == 6
    later(sandbox, server, shared)
    text = one_target.manifest.read_text()
    one_target.write(text.replace("project: test", "project: new\nformerly: [test]"))
    sandbox.set_faults("list_lag=1:999999 on GET")
    assert action(one_target)["reason"] == "order_unanswered"
    assert "alpha/ja: its job's order was never answered" in one_target.run("state", "check").out
    assert one_target.run(*APPLY).code == 1
    assert action(one_target)["reason"] == "order_unanswered"
    assert len(sandbox.jobs()) == 1


def test_import_enters_the_job_that_the_list_does_not_show(
    one_target: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert one_target.run(*APPLY).code == 6
    later(sandbox, server, shared)
    sandbox.set_faults("list_lag=1:999999 on GET")
    (job,) = sandbox.jobs()
    sent = creates(sandbox)
    assert one_target.run("import", "alpha/ja", job.id).code == 0
    assert one_target.run("apply", "--yes").code == 0
    assert creates(sandbox) == sent
    assert server.execute("SELECT count(*) FROM localize.intents", url=shared) == [(0,)]


def test_what_heygen_refuses_is_not_held(
    one_target: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    sandbox.set_faults("access_denied=1:no on POST")
    assert one_target.run(*APPLY).code == 1
    assert server.execute("SELECT count(*) FROM localize.intents", url=shared) == [(0,)]
    later(sandbox, server, shared)
    sandbox.set_faults()
    assert one_target.run("apply", "--yes").code == 0
    assert len(sandbox.jobs()) == 1


def test_without_a_shared_state_it_is_ordered_again(workspace: Workspace, sandbox: Sandbox) -> None:
    """The limit that docs/guarantees.md names first, and that a shared state closes."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert workspace.run(*APPLY).code == 6
    sandbox.advance(DAY_AND_AN_HOUR)
    sandbox.set_faults("list_lag=1:999999 on GET")
    assert workspace.run("apply", "--yes", "--timeout", "5").code == 0
    assert len(sandbox.jobs()) == 2


def test_each_job_is_told_once_in_the_audit_whatever_was_lost(
    one_target: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    told = "SELECT count(*), count(DISTINCT translation_id) FROM localize.audit"
    told += " WHERE what IN ('ordered', 'found')"
    sandbox.set_faults("drop_after=1 on POST", "fail_job=1 on POST")
    one_target.run("apply", "--yes", "--timeout", "6")
    sandbox.set_faults()
    for _ in range(3):
        one_target.run("apply", "--yes", "--retry-failed", "--timeout", "5")
    jobs = len(sandbox.jobs())
    assert jobs > 1
    assert server.execute(told, url=shared) == [(jobs, jobs)]
    assert server.execute("SELECT count(*) FROM localize.intents", url=shared) == [(0,)]
