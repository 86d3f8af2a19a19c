"""One order, one key (docs/design.md, "Applying"): one live job, whatever comes."""

from __future__ import annotations

from typing import Any

import pytest
from accounts import (
    BULK,
    DAY,
    LIST,
    Another,
    Start,
    assert_one_job_each,
    chain,
    ids,
    keep_refusal,
    keys,
    mark,
    orders,
    ours,
    points,
    statuses,
)
from fake_clock import FakeClock
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.errors import in_flight
from heygen_localize.sandbox.http.idempotency import Keys

AFTER = ("drop_after", "http_500_after", "cut_body", "empty_body", "html_502_after")
BEFORE = ("drop_before", "http_500_before", "html_502", "rate_limit")


# Answers that are lost


@pytest.mark.parametrize("fault", AFTER + BEFORE)
def test_one_key_a_target_until_it_is_answered(
    account: Sandbox, workspace: Workspace, fault: str
) -> None:
    workspace.write_videos("alpha")
    account.set_faults(f"{fault}=1 on POST times 7")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    # What was made and shows in the list is adopted instead of being asked for again.
    assert len(orders(account)) == (3 if fault in AFTER else 10)
    expected = {str(chain(workspace, address)) for address in ids(workspace)}
    assert set(keys(orders(account))) == expected
    assert_one_job_each(account, workspace, 3)


@pytest.mark.few(5)
@pytest.mark.both_kinds
@pytest.mark.parametrize("fault", AFTER)
def test_an_answer_that_never_came_is_found_by_a_machine_that_does_not_see_the_job(
    account: Sandbox, workspace: Workspace, machine: Another, fault: str
) -> None:
    workspace.write_videos("alpha")
    account.set_faults(f"{fault}=1 on POST")
    workspace.run("apply", "--yes", "--no-wait")
    assert not ids(workspace)
    paid = {job.id for job in ours(account)}
    assert paid
    account.set_faults(f"list_lag=1:100000 on GET {LIST}")
    for place in (workspace, machine(workspace)):
        assert place.run("apply", "--yes", "--no-wait").code == 0
        assert paid <= set(ids(place).values())
    assert len(ours(account)) == 3


# Somebody orders the same at this moment


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Give the keys whose first order is still under way at the vendor."""
    under_way: set[str] = set()
    hold = Keys.hold

    def guarded(self: Keys, scope: str, key: str, now: float) -> Any:
        if key in under_way:
            raise in_flight()
        return hold(self, scope, key, now)

    monkeypatch.setattr(Keys, "hold", guarded)
    return under_way


def test_an_order_under_way_is_waited_for_and_then_shared(
    account: Sandbox, workspace: Workspace, clock: FakeClock, held: set[str]
) -> None:
    workspace.write_videos("alpha")
    key = str(chain(workspace, "alpha/fr-FR"))
    held.add(key)
    clock.plan(200, held.clear)
    assert workspace.run("apply", "--yes").code == 0
    mine = [note for note in orders(account) if note.idempotency_key == key]
    assert {note.status for note in mine} == {409, 200}
    assert 10 <= len(mine) <= 60
    assert len(set(keys(orders(account)))) == 3
    assert_one_job_each(account, workspace, 3)


def test_an_order_under_way_elsewhere_is_looked_for_and_adopted(
    account: Sandbox, workspace: Workspace, clock: FakeClock, held: set[str]
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    held.add(str(chain(workspace, "alpha/ja")))
    callback_id = mark(workspace, "alpha/ja")
    clock.plan(100, lambda: account.add_foreign_job("Japanese", "Theirs", callback_id=callback_id))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert 100 < clock.monotonic() < 300
    (job,) = account.jobs()
    assert ids(workspace) == {"alpha/ja": job.id}
    assert set(points(orders(account))) == {"0"}


def test_an_order_under_way_for_ever_ends_the_run_with_four_and_without_a_job(
    account: Sandbox, workspace: Workspace, clock: FakeClock, held: set[str]
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    held.add(str(chain(workspace, "alpha/ja")))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 4
    assert 290 < clock.monotonic() < 420
    assert len(set(keys(orders(account)))) == 1
    assert not account.jobs()
    held.clear()
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 1)


# Answers that name a job which is no more, or not yet


@pytest.mark.both_kinds
def test_a_failed_job_is_the_new_point_for_every_machine(
    account: Sandbox, workspace: Workspace, machine: Another
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults("fail_job=1:Bad luck on POST times 1")
    assert workspace.run("apply", "--yes").code == 1
    failed = ids(workspace)["alpha/ja"]
    other = machine(workspace)
    account.set_faults()
    before = len(account.requests())
    assert other.run("apply", "--yes").code == 0
    # The first machine does not see yet that the other was here, and asks for the same.
    account.set_faults(f"list_lag=1:400 on GET {LIST} times 1")
    assert workspace.run("apply", "--yes").code == 0
    assert set(keys(orders(account, since=before))) == {
        str(chain(workspace, "alpha/ja", previous=failed))
    }
    assert len(ours(account)) == 2
    assert ids(workspace) == ids(other) == {"alpha/ja": ours(account)[1].id}
    assert statuses(workspace) == {"alpha/ja": "completed"}


def test_an_order_answered_with_a_job_that_failed_unseen_is_tried_by_the_next_run(
    account: Sandbox, workspace: Workspace, machine: Another
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults("fail_job=1:Bad luck on POST times 1")
    assert workspace.run("apply", "--yes").code == 1
    other = machine(workspace)
    account.set_faults(f"list_lag=1:100000 on GET {LIST}")
    assert other.run("apply", "--yes").code == 1
    assert ids(other) == ids(workspace)
    assert len(ours(account)) == 1
    account.set_faults()
    for place in (other, workspace):
        assert place.run("apply", "--yes").code == 0
    assert len(ours(account)) == 2
    assert ids(other) == ids(workspace) == {"alpha/ja": ours(account)[1].id}


def test_a_job_deleted_elsewhere_is_passed_by_and_ordered_once(
    account: Sandbox, workspace: Workspace, machine: Another
) -> None:
    workspace.write_videos("alpha", languages=("ja", "fr-FR"))
    assert workspace.run("apply", "--yes").code == 0
    other = machine(workspace)
    other.lockfile.write_bytes(workspace.lockfile.read_bytes())
    gone = ids(workspace)["alpha/ja"]
    account.delete_job(gone)
    for place in (workspace, other):
        assert place.run("apply", "--yes", "--recreate").code == 0
    live = ours(account)[2]
    assert len(ours(account)) == 3
    assert ids(workspace)["alpha/ja"] == ids(other)["alpha/ja"] == live.id
    assert str(chain(workspace, "alpha/ja", previous=gone)) in keys(orders(account))


@pytest.mark.both_kinds
@pytest.mark.parametrize("where", [f"{LIST}/*", BULK])
def test_a_job_that_is_not_found_for_a_while_counts_as_pending(
    account: Sandbox, workspace: Workspace, where: str
) -> None:
    workspace.write_videos("alpha")
    account.set_faults(f"get_lag=1:200 on GET {where}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert len(orders(account)) == 3
    assert_one_job_each(account, workspace, 3)


def test_a_job_that_neither_list_nor_get_knows_is_not_gone_for_five_minutes(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    account.set_faults("get_lag=1:250 on GET", "list_lag=1:250 on GET")
    for _ in range(4):
        clock.sleep(60)
        ran = workspace.run("apply", "--yes", "--no-wait", "--recreate")
        assert ran.code == 0, ran.out
        assert set(statuses(workspace).values()) == {"pending"}
    clock.sleep(60)
    assert workspace.run("apply", "--yes").code == 0
    assert len(orders(account)) == 3
    assert_one_job_each(account, workspace, 3)


# Refusals that the vendor keeps


@pytest.mark.few(3)
@pytest.mark.both_kinds
@pytest.mark.parametrize(
    ("refusal", "how_many", "code"),
    [  # Two orders refused for want of money are believed: see below.
        ("stored_402=1", 1, 1),
        ("stored_429=1:2", 3, 4),
        ("stored_500=1", 1, 4),
    ],
)
def test_a_kept_refusal_starts_no_other_key_unless_somebody_says_so(
    account: Sandbox,
    workspace: Workspace,
    machine: Another,
    refusal: str,
    how_many: int,
    code: int,
) -> None:
    workspace.write_videos("alpha", "beta")
    account.set_faults(f"{refusal} on POST times {how_many}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == code, ran.out
    assert "--retry-refused" in ran.out
    assert set(points(orders(account))) == {"0"}
    assert len(ours(account)) == 6 - how_many
    assert workspace.run("apply", "--yes", "--retry-refused").code == 0
    assert sorted(set(points(orders(account)))) == ["0", "2027-01-15"]
    assert_one_job_each(account, workspace, 6)
    # A machine without memory, blind for what was made, ends at the same jobs.
    other = machine(workspace)
    account.set_faults(f"list_lag=1:100000 on GET {LIST}")
    assert other.run("apply", "--yes", "--retry-refused").code == 0
    assert ids(other) == ids(workspace)
    assert len(ours(account)) == 6


@pytest.mark.parametrize(
    ("refusal", "code", "least"), [("stored_429=1:2", 4, 290), ("stored_500=1", 4, 290)]
)
def test_a_kept_refusal_alone_proves_nothing(
    account: Sandbox, workspace: Workspace, clock: FakeClock, refusal: str, code: int, least: int
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults(f"{refusal} on POST times 1")
    ran = workspace.run("apply", "--yes")
    assert ran.code == code
    assert least < clock.monotonic() < 420
    assert "nothing more could be ordered" in ran.out
    assert set(keys(orders(account))) == {str(chain(workspace, "alpha/ja"))}
    assert not account.jobs()
    clock.sleep(DAY)
    assert workspace.run("apply", "--yes").code == 0
    assert set(points(orders(account))) == {"0"}
    assert_one_job_each(account, workspace, 1)


def test_a_kept_refusal_for_want_of_money_alone_ends_with_seven_and_a_hint(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults("stored_402=1 on POST times 1")
    for turn in range(3):
        ran = workspace.run("apply", "--yes")
        assert ran.code == 7
        assert "top up" in ran.out
        # Who topped it up meanwhile may still get the old answer.
        assert ("--retry-refused" in ran.out) is (turn > 0)
    assert keys(orders(account)) == [str(chain(workspace, "alpha/ja"))] * 3
    clock.sleep(DAY)
    assert workspace.run("apply", "--yes").code == 0
    assert_one_job_each(account, workspace, 1)


def test_a_kept_server_fault_whose_work_was_done_is_not_passed_by(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha", "beta")
    key = str(chain(workspace, "alpha/ja"))
    keep_refusal(account, key, 500, "internal_error", clock.now())
    callback_id = mark(workspace, "alpha/ja")
    # The work of that order is done, but the list does not show it at once.
    clock.plan(1, lambda: account.add_foreign_job("Japanese", "Made", callback_id=callback_id))
    account.set_faults(f"list_lag=1:45 on GET {LIST}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert set(points(orders(account))) == {"0"}
    assert len(account.jobs()) == 6
    assert len(set(ids(workspace).values())) == 6
    assert [job.id for job in account.jobs() if job.foreign] == [ids(workspace)["alpha/ja"]]


@pytest.mark.of_translations
def test_an_account_that_is_full_is_never_taken_for_a_kept_refusal(
    start: Start, workspace: Workspace
) -> None:
    account = start(max_jobs=2, render_seconds=200)
    workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 6}")
    assert workspace.run("apply", "--yes").code == 0
    assert len([note for note in orders(account) if note.status == 429]) > 5
    assert set(points(orders(account))) == {"0"}
    assert_one_job_each(account, workspace, 6)


# Money that is really gone


def test_an_empty_wallet_is_believed_after_two_orders_and_the_lock_is_whole(
    start: Start, workspace: Workspace, clock: FakeClock
) -> None:
    account = start(balance=0.4 + 0.01, job_seconds=6)
    workspace.write_videos("alpha", "beta", extra="limits: {max_concurrent_jobs: 1}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 7
    assert "top up" in ran.out
    # The price is taken when a job completes, so the third order is the first without money.
    assert [note.status for note in orders(account)] == [200, 200, 402, 402]
    assert set(points(orders(account))) == {"0"}
    assert_one_job_each(account, workspace, 2)


def test_no_money_at_all_is_two_orders_whatever_the_number_of_targets(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", "beta", "gamma")
    account.set_faults("stored_402=1 on POST")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 7
    assert len(orders(account)) == 2
    assert workspace.lock()["targets"] == {}
    assert "9 not finished" in ran.out


# Requests that are malformed


def test_a_400_mended_by_the_title_may_need_a_fresh_key(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    key = str(chain(workspace, "alpha/ja"))
    keep_refusal(account, key, 400, "invalid_parameter", clock.now())
    # The title is no part of the fingerprint, so the key gives the old refusal for a day.
    workspace.write_videos("alpha", languages=("ja",), extra="defaults: {title: 'Good'}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "Refused some time ago." in ran.out
    assert keys(orders(account)) == [key]
    clock.sleep(DAY)
    assert workspace.run("apply", "--yes").code == 0
    assert set(keys(orders(account))) == {key}
    assert_one_job_each(account, workspace, 1)


def test_a_failure_elsewhere_found_before_a_fresh_key_starts_its_own(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write_videos("alpha")
    keep_refusal(account, str(chain(workspace, "alpha/es-MX")), 400, "told", clock.now())
    failed: list[str] = []

    def another_machine_fails() -> None:
        failed.append(
            account.add_foreign_job("Spanish (Mexico)", callback_id=mark(workspace, "alpha/es-MX"))
        )
        account.fail_job(failed[0], "Bad luck")

    clock.plan(15, another_machine_fails)
    assert workspace.run("apply", "--yes", "--retry-refused").code == 0
    # Whoever sees that failure orders under its first key; so must we, or two are paid for.
    answered = {note.idempotency_key for note in orders(account) if note.status == 200}
    assert str(chain(workspace, "alpha/es-MX", failed[0])) in answered
    assert set(points(orders(account))) == {"0"}
