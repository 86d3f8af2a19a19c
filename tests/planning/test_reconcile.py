"""The table of docs/design.md, "Reconciling", row by row."""

from __future__ import annotations

import pytest
from core_builders import (
    ADDRESS,
    NOW,
    PROJECT,
    action_of,
    entry,
    job,
    lock,
    locked,
    make_action,
    mark,
    part,
    plan_of,
    target,
)
from msgspec.structs import replace

from heygen_localize.core.lock import LockEntry
from heygen_localize.core.model import Job, Listing, OutputUrls
from heygen_localize.planning.besides import Duplicate
from heygen_localize.planning.candidates import choose
from heygen_localize.planning.plan import Action, Plan, TargetAction
from heygen_localize.planning.reasons import ActionKind


def row(action: Action) -> tuple[str, str]:
    return action.kind.value, action.reason.value


def rows(plan: Plan) -> dict[str, tuple[str, str]]:
    return {action.address: row(action) for action in plan.actions}


NO_JOB: list[Job] = []

TABLE: dict[str, tuple[LockEntry | None, list[Job], tuple[str, str]]] = {
    "completed, the lock says so": (entry("j1"), [job("j1")], ("none", "up_to_date")),
    "running, the lock says so": (
        entry("j1", "A", "running"),
        [job("j1", "A", "running")],
        ("wait", "rendering"),
    ),
    "pending, the lock says so": (
        entry("j1", "A", "pending"),
        [job("j1", "A", "pending")],
        ("wait", "rendering"),
    ),
    "running, the lock still has it pending": (
        entry("j1", "A", "pending"),
        [job("j1", "A", "running")],
        ("wait", "rendering"),
    ),
    "completed, the lock still has it running": (
        entry("j1", "A", "running"),
        [job("j1")],
        ("record", "state_changed"),
    ),
    "completed with other files": (
        entry("j1", outputs=OutputUrls(video_url="https://files.example.com/old.mp4")),
        [job("j1")],
        ("record", "outputs_changed"),
    ),
    "completed, the lock lacks it": (None, [job("j1")], ("adopt", "not_in_lock")),
    "running, the lock lacks it": (None, [job("j1", "A", "running")], ("adopt", "not_in_lock")),
    "completed, the lock has an earlier content": (
        entry("j0", "B"),
        [job("j0", "B"), job("j1")],
        ("adopt", "spec_rendered_before"),
    ),
    "completed, the lock has another job of the content": (
        entry("j2", "A", "failed"),
        [job("j2", "A", "failed"), job("j1")],
        ("adopt", "other_job_chosen"),
    ),
    "failed once": (
        entry("j1", "A", "failed"),
        [job("j1", "A", "failed")],
        ("retry", "job_failed"),
    ),
    "failed, the lock lacks it": (None, [job("j1", "A", "failed")], ("retry", "job_failed")),
    "failed twice": (
        None,
        [job("j1", "A", "failed"), job("j2", "A", "failed")],
        ("retry", "job_failed"),
    ),
    "failed max_attempts times": (
        None,
        [job("j1", "A", "failed"), job("j2", "A", "failed"), job("j3", "A", "failed")],
        ("blocked", "attempts_used_up"),
    ),
    "failed max_attempts times, then completed": (
        None,
        [*(job(f"j{number}", "A", "failed") for number in range(3)), job("j9")],
        ("adopt", "not_in_lock"),
    ),
    "none, the lock has another content": (
        entry("j0", "B"),
        [job("j0", "B")],
        ("replace", "spec_changed"),
    ),
    "none, nothing in the lock": (None, NO_JOB, ("create", "new")),
    "none, the lock's job bears the mark of another content": (
        entry("j0", "A"),
        [job("j0", "B")],
        ("create", "lock_mispaired"),
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_table(name: str) -> None:
    known, jobs, expected = TABLE[name]
    action = action_of(target(), known, jobs)
    assert row(action) == expected
    assert action.costs == (expected[0] in ("create", "replace", "retry", "recreate"))
    assert action.changes == (expected[0] not in ("none", "blocked"))


@pytest.mark.parametrize("name", TABLE)
def test_skip_is_shown_and_never_paid(name: str) -> None:
    known, jobs, _ = TABLE[name]
    action = action_of(target(skip="legal hold", title="A title"), known, jobs)
    assert row(action) == ("skip", "skipped")
    assert not action.costs
    assert part(action, "retitle") is None


def test_a_skipped_job_that_ended_is_recorded_all_the_same() -> None:
    wanted = target(skip="legal hold")
    assert part(action_of(wanted, entry("j1", "A", "running"), [job("j1")]), "records")
    assert not action_of(wanted, entry("j1"), [job("j1")]).changes


def test_a_skipped_target_keeps_its_own_job_where_another_stands_for_the_content() -> None:
    jobs = [job("j1", created_at=NOW - 9), job("j2", "A", "running")]
    action = action_of(target(skip="x"), entry("j2", "A", "pending"), jobs)
    assert (action.translation_id, part(action, "records")) == ("j2", True)


# Which job stands for a content.


def failed(name: str, at: int | None) -> Job:
    return job(name, "A", "failed", created_at=at)


@pytest.mark.parametrize(
    ("jobs", "known", "chosen"),
    [
        ([], {"j1"}, None),
        ([failed("j1", 1), failed("j2", 2)], set(), "j2"),
        ([failed("j1", 2), failed("j2", 1)], {"j2"}, "j1"),
        ([failed("j1", None), failed("j2", 2)], set(), "j1"),
        ([failed("j1", 1), failed("j2", 1)], set(), "j2"),
        ([failed("j1", 9), job("j2", "A", "pending", created_at=1)], {"j1"}, "j2"),
        ([job("j1", "A", "running", created_at=1), job("j2", created_at=9)], {"j1"}, "j2"),
        ([job("j1", created_at=2), job("j2", created_at=1)], set(), "j2"),
        ([job("j1", created_at=2), job("j2", created_at=1)], {"j1"}, "j1"),
        ([job("j1", created_at=2), job("j2", created_at=1)], {"j1", "j2"}, "j2"),
        ([job("j1", created_at=None), job("j2", created_at=1)], set(), "j2"),
        ([job("j2", created_at=1), job("j1", created_at=1)], set(), "j1"),
        (
            [
                job("j1", "A", "pending", created_at=1),
                job("j2", "A", "running", created_at=2),
            ],
            set(),
            "j1",
        ),
        (
            [
                job("j1", "A", "pending", created_at=1),
                job("j2", "A", "running", created_at=2),
            ],
            {"j2"},
            "j2",
        ),
    ],
)
def test_choose_prefers_completed_then_in_progress_then_the_newest_failed(
    jobs: list[Job], known: set[str], chosen: str | None
) -> None:
    for listed in (jobs, jobs[::-1]):
        found = choose(listed, known)
        assert (found.id if found is not None else None) == chosen


def test_the_dub_that_still_serves_counts_as_the_locks() -> None:
    known = entry("j9", "B", "running", serving=locked("j2", "A"))
    jobs = [job("j9", "B", "running"), job("j1", created_at=1), job("j2", created_at=2)]
    action = action_of(target(), known, jobs)
    assert (action.kind, action.translation_id) == (ActionKind.ADOPT, "j2")


# Attempts.


def test_attempts_are_counted_for_the_order_that_follows() -> None:
    jobs = [failed("j2", 2), failed("j1", 1), job("x", "B", "failed", created_at=9)]
    action = action_of(target(), None, jobs)
    assert (part(action, "failures"), part(action, "newest_failure")) == (2, "j2")
    fresh = action_of(target())
    assert (part(fresh, "failures"), part(fresh, "newest_failure")) == (0, None)


def test_retry_failed_opens_a_blocked_target_and_another_content_does_too() -> None:
    jobs = [failed("j1", 1)]
    blocked = action_of(target(), None, jobs, max_attempts=1)
    assert row(blocked) == ("blocked", "attempts_used_up")
    assert row(action_of(target(), None, jobs, max_attempts=1, retry_failed=True)) == (
        "retry",
        "job_failed",
    )
    assert row(action_of(target(content="B"), None, jobs, max_attempts=1)) == ("create", "new")


def test_a_blocked_target_gets_its_failure_recorded_once() -> None:
    jobs = [failed("j1", 1)]
    action = action_of(target(), entry("j1", "A", "running"), jobs, max_attempts=1)
    assert (action.kind, part(action, "records"), action.changes) == (
        ActionKind.BLOCKED,
        True,
        True,
    )
    again = action_of(target(), entry("j1", "A", "failed"), jobs, max_attempts=1)
    assert (again.kind, part(again, "records"), again.changes) == (ActionKind.BLOCKED, False, False)


def test_a_blocked_target_is_not_left_running_in_the_lock() -> None:
    """The lock waits for j1; another machine's j2 failed after it."""
    jobs = [failed("j1", 1), failed("j2", 2)]
    action = action_of(target(), entry("j1", "A", "running"), jobs, max_attempts=2)
    assert (action.kind, action.translation_id) == (ActionKind.BLOCKED, "j2")
    assert part(action, "records")
    assert not part(action_of(target(), entry("j0", "B"), jobs, max_attempts=2), "records")


def test_the_lock_adds_nothing_to_the_history_that_an_order_is_keyed_by() -> None:
    """A machine without this lock orders under the same key, so nothing is paid twice."""
    unmarked = job("j1", None, "failed")
    action = action_of(target(), entry("j1", "A", "failed"), [unmarked], max_attempts=1)
    assert row(action) == ("retry", "job_failed")
    assert (part(action, "failures"), part(action, "newest_failure")) == (0, None)
    bare = action_of(target(), None, [unmarked], max_attempts=1)
    assert (part(bare, "failures"), part(bare, "newest_failure")) == (0, None)


def test_a_skipped_targets_lock_is_never_paired_anew() -> None:
    """Found by test_convergence: it changed which job stood for b."""
    targets = [target("b/de", "A"), target("c/de", "A", skip="x")]
    jobs = [job("j2", "A", "running"), job("j5", "A", "running")]
    plan = plan_of(targets, {"c/de": entry("j2", "B", "pending")}, jobs)
    assert [(action.kind, action.changes) for action in plan.actions] == [
        (ActionKind.ADOPT, True),
        (ActionKind.SKIP, False),
    ]


def test_what_another_entry_says_of_an_unmarked_failure_blocks_nobody() -> None:
    """Found by test_convergence: c was blocked until d was replaced, then ordered."""
    plan = plan_of(
        [target("c/de", "A"), target("d/de", "B")],
        {"d/de": entry("j2", "A")},
        [job("j2", None, "failed")],
        max_attempts=1,
    )
    assert [action.kind for action in plan.actions] == [ActionKind.RETRY, ActionKind.REPLACE]


# Gone.


def test_only_a_404_means_gone_and_only_recreate_orders_anew() -> None:
    known = entry("j1")
    gone = action_of(target(), known, gone=["j1"])
    assert row(gone) == ("gone", "job_gone")
    assert (gone.translation_id, gone.changes) == ("j1", False)
    assert row(action_of(target(), known, gone=["j1"], recreate=True)) == ("recreate", "job_gone")
    assert row(action_of(target(), known, gone=["another"])) == ("create", "lock_mispaired")
    assert row(action_of(target(content="B"), known, gone=["j1"])) == ("replace", "spec_changed")


def test_a_gone_job_is_adopted_over_where_another_covers_the_content() -> None:
    action = action_of(target(), entry("j1"), [job("j2")], gone=["j1"])
    assert row(action) == ("adopt", "other_job_chosen")


@pytest.mark.parametrize("status", ["pending", "running", "completed"])
def test_a_deleted_job_is_not_paid_again_because_an_earlier_attempt_failed(status: str) -> None:
    jobs = [failed("j1", 1)]
    gone = action_of(target(), entry("j2", "A", status), jobs, gone=["j2"])
    assert row(gone) == ("gone", "job_gone")
    assert (gone.translation_id, gone.costs, gone.changes) == ("j2", False, False)
    again = action_of(target(), entry("j2", "A", status), jobs, gone=["j2"], recreate=True)
    assert row(again) == ("recreate", "job_gone")
    assert part(again, "newest_failure") == "j1"


def test_a_deleted_failure_leaves_the_others_to_be_retried() -> None:
    action = action_of(target(), entry("j2", "A", "failed"), [failed("j1", 1)], gone=["j2"])
    assert row(action) == ("retry", "job_failed")
    alone = action_of(target(), entry("j2", "A", "failed"), gone=["j2"])
    assert row(alone) == ("gone", "job_gone")


def test_all_gone_says_another_account() -> None:
    targets = [target("a/de", "A"), target("b/de", "B")]
    entries = {"a/de": entry("j1", "A"), "b/de": entry("j2", "B")}
    assert plan_of(targets, entries, gone=["j1", "j2", "j3"]).all_gone
    assert not plan_of(targets, entries, [job("j1")], gone=["j2"]).all_gone
    assert not plan_of(targets, entries, gone=["j1", "j2"], recreate=True).all_gone
    assert not plan_of(targets).all_gone


# Titles.


def test_a_title_is_changed_where_the_locks_differs() -> None:
    known, jobs = entry("j1", title="Old"), [job("j1", title="Old")]
    action = action_of(target(title="New"), known, jobs)
    assert row(action) == ("retitle", "title_changed")
    assert (part(action, "retitle"), action.changes, action.costs) == ("New", True, False)
    assert part(action_of(target(title="Old"), known, jobs), "retitle") is None


def test_the_locks_title_outranks_what_the_vendor_shows() -> None:
    action = action_of(target(title="A  title"), entry("j1", title="A  title"), [job("j1")])
    assert row(action) == ("none", "up_to_date")


def test_no_title_wanted_changes_none() -> None:
    assert not action_of(target(), entry("j1", title="Old"), [job("j1", title="Old")]).changes


@pytest.mark.parametrize(
    ("known", "found", "kind"),
    [
        (entry("j1", "A", "running", title="Old"), job("j1"), ActionKind.RECORD),
        (
            entry("j1", "A", "running", title="Old"),
            job("j1", "A", "running"),
            ActionKind.WAIT,
        ),
        (None, job("j1", title="Old"), ActionKind.ADOPT),
        (entry("j0", "B", title="New"), job("j1", title="Old"), ActionKind.ADOPT),
    ],
)
def test_a_title_changes_beside_what_else_is_done(
    known: LockEntry | None, found: Job, kind: ActionKind
) -> None:
    action = action_of(target(title="New"), known, [found])
    assert (action.kind, part(action, "retitle")) == (kind, "New")


def test_an_adopted_job_that_bears_the_title_keeps_it() -> None:
    known = entry("j0", "B", title="Old")
    assert part(action_of(target(title="New"), known, [job("j1", title="New")]), "retitle") is None


def test_a_failed_job_gets_no_title_but_its_successor_does() -> None:
    action = action_of(target(title="New"), None, [job("j1", "A", "failed", title="Old")])
    assert (part(action, "retitle"), part(action, "title")) == (None, "New")


def test_the_first_address_that_is_not_skipped_owns_the_title_of_a_shared_job() -> None:
    targets = [
        target("a/de", title="Skipped", skip="x"),
        target("b/de", title="First"),
        target("c/de", title="Second"),
    ]
    entries = {wanted.address: entry("j1", title="Old") for wanted in targets}
    plan = plan_of(targets, entries, [job("j1", title="Old")])
    assert [part(action, "retitle") for action in plan.actions] == [None, "First", None]
    assert rows(plan)["c/de"] == ("none", "up_to_date")
    assert [part(action, "title") for action in plan_of(targets).actions] == ["First"] * 3


def test_a_job_is_renamed_by_its_mark_or_its_pin_never_by_the_locks_word() -> None:
    targets = [target("b/de", "C", title="one"), target("d/de", "A", title="two")]
    entries = {"b/de": entry("j1", "C", title="other"), "d/de": entry("j1", "A", title="other")}
    assert not plan_of(targets, entries, [job("j1", None)]).changes
    marked = plan_of(targets, entries, [job("j1", "C"), job("j2", "A")])
    assert [part(action, "retitle") for action in marked.actions] == ["one", "two"]


def test_claiming_one_failed_job_leaves_every_order_its_title() -> None:
    targets = [target("b/de", "C", title="one"), target("d/de", "A", title="two")]
    entries = {"b/de": entry("j1", "C"), "d/de": entry("j1", "A")}
    plan = plan_of(targets, entries, [job("j1", None, "failed")])
    assert [(action.kind, part(action, "title")) for action in plan.actions] == [
        (ActionKind.RETRY, "one"),
        (ActionKind.RETRY, "two"),
    ]


# Shared contents.


def test_one_content_is_ordered_once_by_its_first_address() -> None:
    targets = [target("a/de", title="First"), target("b/de", title="Second"), target("c/de", "B")]
    plan = plan_of(targets)
    assert rows(plan) == {
        "a/de": ("create", "new"),
        "b/de": ("adopt", "shares_job"),
        "c/de": ("create", "new"),
    }
    first, second, third = plan.actions
    assert (part(first, "shares"), part(second, "shares"), part(third, "shares")) == (
        None,
        "a/de",
        None,
    )
    assert (part(first, "title"), part(second, "job")) == ("First", None)
    assert [action.address for action in plan.costly] == ["a/de", "c/de"]


def test_a_shared_content_is_retried_and_replaced_once() -> None:
    targets = [target("a/de"), target("b/de")]
    retried = plan_of(targets, {}, [job("j1", "A", "failed")])
    assert rows(retried)["b/de"] == ("adopt", "shares_job")
    assert retried.actions[1].job is None
    replaced = plan_of(targets, {"a/de": entry("j0", "B"), "b/de": entry("j0", "B")})
    assert [row(action) for action in replaced.actions] == [
        ("replace", "spec_changed"),
        ("adopt", "shares_job"),
    ]


def test_a_gone_target_takes_the_job_that_another_orders() -> None:
    targets = [target("a/de"), target("b/de"), target("c/de", skip="x")]
    plan = plan_of(targets, {"a/de": entry("j1")}, gone=["j1"])
    assert rows(plan) == {
        "a/de": ("adopt", "shares_job"),
        "b/de": ("create", "new"),
        "c/de": ("skip", "skipped"),
    }
    assert part(plan.actions[0], "shares") == "b/de"


def test_a_blocked_target_takes_the_job_that_another_orders() -> None:
    """Found by test_convergence: it was adopted only by the next run."""
    plan = plan_of(
        [target("c/de"), target("d/de")],
        {"c/de": entry("j1")},
        [job("j5", "A", "failed")],
        gone=["j1"],
        recreate=True,
        max_attempts=1,
    )
    assert rows(plan) == {"c/de": ("recreate", "job_gone"), "d/de": ("adopt", "shares_job")}


def test_a_skipped_target_orders_nothing_for_others() -> None:
    plan = plan_of([target("a/de", skip="x"), target("b/de")])
    assert rows(plan) == {"a/de": ("skip", "skipped"), "b/de": ("create", "new")}


# Renames and orphans.


def test_a_rename_moves_the_entry() -> None:
    plan = plan_of([target("new/de")], {"old/de": entry("j1")}, [job("j1")])
    (action,) = plan.actions
    assert row(action) == ("adopt", "renamed")
    assert (part(action, "moved_from"), part(action, "entry")) == ("old/de", entry("j1"))
    assert action.changes


@pytest.mark.parametrize(
    ("status", "found"),
    [("running", job("j1", "A", "running")), ("running", job("j1"))],
)
def test_a_rename_while_it_renders_moves_the_entry(status: str, found: Job) -> None:
    plan = plan_of([target("new/de")], {"old/de": entry("j1", "A", status)}, [found])
    assert rows(plan) == {"new/de": ("adopt", "renamed")}


def test_a_rename_that_changes_the_title_does_both() -> None:
    known = entry("j1", title="old")
    (action,) = plan_of([target("new/de", title="new")], {"old/de": known}, [job("j1")]).actions
    assert row(action) == ("adopt", "renamed")
    assert (part(action, "moved_from"), part(action, "retitle")) == ("old/de", "new")


@pytest.mark.parametrize(
    ("known", "jobs", "gone", "skip", "expected"),
    [
        (entry("j1", "A", "failed"), [failed("j1", 1)], [], None, ("retry", "job_failed")),
        (entry("j1"), [], ["j1"], None, ("gone", "job_gone")),
        (entry("j1"), [job("j1")], [], "x", ("skip", "skipped")),
        (entry("j9"), [job("j1"), job("j9", "B")], [], None, ("adopt", "other_job_chosen")),
    ],
)
def test_a_rename_carries_the_entry_whatever_became_of_its_job(
    known: LockEntry,
    jobs: list[Job],
    gone: list[str],
    skip: str | None,
    expected: tuple[str, str],
) -> None:
    wanted = target("new/de", skip=skip)
    (action,) = plan_of([wanted], {"old/de": known}, jobs, gone=gone).actions
    assert row(action) == expected
    assert (part(action, "moved_from"), action.changes) == ("old/de", True)


def test_renames_pair_in_the_order_of_addresses_and_leave_the_rest_an_orphan() -> None:
    targets = [target("a/de"), target("c/de")]
    entries = {address: entry("j1") for address in ("z/de", "x/de", "y/de")}
    plan = plan_of(targets, entries, [job("j1")])
    assert {action.address: part(action, "moved_from") for action in plan.actions} == {
        "a/de": "x/de",
        "c/de": "y/de",
        "z/de": None,
    }
    assert rows(plan)["z/de"] == ("orphan", "not_in_manifest")


def test_nothing_moves_from_an_address_that_is_still_wanted_or_to_one_that_is_known() -> None:
    targets = [target("a/de"), target("b/de")]
    copied = plan_of(targets, {"a/de": entry("j1")}, [job("j1")])
    assert rows(copied) == {"a/de": ("none", "up_to_date"), "b/de": ("adopt", "not_in_lock")}
    known = {"a/de": entry("j1"), "b/de": entry("j1"), "old/de": entry("j1")}
    assert rows(plan_of(targets, known, [job("j1")]))["old/de"] == ("orphan", "not_in_manifest")


def test_an_orphan_is_kept_and_shown() -> None:
    plan = plan_of([], {"old/de": entry("j1")}, [job("j1")])
    (action,) = plan.actions
    assert row(action) == ("orphan", "not_in_manifest")
    assert (action.translation_id, part(action, "target"), action.costs) == ("j1", None, False)
    assert not plan.changes


# Jobs of others, and marks against the lock.


def test_jobs_of_others_are_counted_and_left_alone() -> None:
    jobs = [
        job("j1", callback_id=mark("A", project="other")),
        job("j2", None),
        job("j3", callback_id="order 66"),
        job("j4", "B"),
        job("j5", callback_id=mark("A", scheme="lz0")),
    ]
    plan = plan_of([target()], {}, jobs)
    assert plan.foreign == 3
    assert rows(plan) == {ADDRESS: ("create", "new")}
    assert plan.project == PROJECT


@pytest.mark.parametrize("callback_id", [None, "order 66"])
def test_the_lock_vouches_for_a_job_without_a_mark(callback_id: str | None) -> None:
    imported = job("j1", callback_id=callback_id)
    assert row(action_of(target(), entry("j1"), [imported])) == ("none", "up_to_date")
    other = replace(imported, language="Japanese")
    assert row(action_of(target(), entry("j1"), [other])) == ("create", "lock_mispaired")


@pytest.mark.parametrize("status", ["completed", "running", "failed"])
def test_a_job_of_another_project_is_never_ours_whatever_the_lock_says(status: str) -> None:
    theirs = job("j1", status=status, callback_id=mark("A", project="other"), title="Theirs")
    wanted = target(title="Ours")
    for known in (entry("j1"), entry("j2", "B", "running", serving=locked("j1"))):
        action = action_of(wanted, known, [theirs])
        assert part(action, "job") is None
        assert part(action, "retitle") is None
        assert part(action, "failures") == 0
        assert part(action, "newest_failure") is None
    plan = plan_of([wanted], {ADDRESS: entry("j1")}, [theirs])
    assert plan.foreign == 1
    assert plan.duplicates == ()
    known = plan_of([wanted], {ADDRESS: entry("j1")}, [theirs], formerly=("other",))
    assert known.foreign == 0


def test_our_mark_is_read_with_a_users_callback_id_behind_it() -> None:
    found = job("j1", callback_id=f"{mark('A')}:their own")
    assert row(action_of(target(), entry("j1"), [found])) == ("none", "up_to_date")


def test_the_mark_outranks_what_a_bad_merge_paired() -> None:
    targets = [target("a/de", "A"), target("b/de", "B")]
    swapped = {"a/de": entry("j2", "A"), "b/de": entry("j1", "B")}
    plan = plan_of(targets, swapped, [job("j1", "A"), job("j2", "B")])
    assert {action.address: action.translation_id for action in plan.actions} == {
        "a/de": "j1",
        "b/de": "j2",
    }
    assert set(rows(plan).values()) == {("adopt", "other_job_chosen")}


def test_a_fingerprint_that_a_bad_merge_exchanged_is_put_right() -> None:
    action = action_of(target(content="A"), entry("j1", "B"), [job("j1", "A")])
    assert row(action) == ("adopt", "spec_rendered_before")
    assert action.translation_id == "j1"


# Duplicates.


def test_live_jobs_beyond_the_chosen_one_are_reported_once() -> None:
    targets = [target("a/de"), target("b/de"), target("c/de", "B"), target("d/de", "C")]
    jobs = [
        job("j3", "A", "running"),
        job("j2", created_at=2),
        job("j1", created_at=1),
        failed("j0", 0),
        job("k1", "B"),
        job("k2", "B", "pending"),
        job("c1", "C"),
        job("z1", "Z"),
        job("z2", "Z"),
    ]
    plan = plan_of(targets, {}, jobs)
    assert plan.duplicates == (
        Duplicate("a/de", "j1", ("j2", "j3")),
        Duplicate("c/de", "k1", ("k2",)),
    )


# Stuck jobs.


@pytest.mark.parametrize(
    ("created_at", "reason"),
    [
        (NOW - 100, "rendering"),
        (NOW - 101, "stuck"),
        (None, "rendering"),
        (NOW + 50, "rendering"),
    ],
)
def test_a_job_that_runs_too_long_is_stuck_and_only_waited_for(
    created_at: int | None, reason: str
) -> None:
    found = job("j1", "A", "running", created_at=created_at)
    action = action_of(target(), entry("j1", "A", "running"), [found], stuck_after=100)
    assert row(action) == ("wait", reason)


# Outputs.


def test_a_new_signature_is_no_change() -> None:
    signed = OutputUrls(video_url="https://files.example.com/j1.mp4?Expires=1", expires_at=1)
    assert not action_of(target(), entry("j1", outputs=signed), [job("j1")]).changes


def test_without_urls_in_the_lock_no_output_is_a_change() -> None:
    known = entry("j1", outputs=OutputUrls())
    assert row(action_of(target(), known, [job("j1")])) == ("record", "outputs_changed")
    assert not action_of(target(), known, [job("j1")], keep_urls=False).changes


# Selections.


def test_a_selection_leaves_the_rest_untouched_and_makes_no_orphan() -> None:
    targets = [target("a/de", "A"), target("b/de", "B")]
    entries = {"b/de": entry("j9", "Z"), "old/de": entry("j1")}
    plan = plan_of(targets, entries, [job("j1")], selected=["a/de", "old/de"])
    (action,) = plan.actions
    assert (action.address, row(action)) == ("a/de", ("adopt", "not_in_lock"))
    assert part(action, "moved_from") is None


def test_a_selected_target_orders_for_itself_under_the_owners_title() -> None:
    targets = [target("a/de", title="First"), target("b/de", title="Second")]
    (action,) = plan_of(targets, selected=["b/de"]).actions
    assert (row(action), part(action, "title")) == (("create", "new"), "First")


def test_an_empty_selection_plans_nothing() -> None:
    assert plan_of([target()], {"old/de": entry("j1")}, selected=[]).actions == ()


# The plan itself.


def test_actions_stand_in_the_order_of_addresses_orphans_among_them() -> None:
    targets = [target("a/de", "A"), target("c/de", "B")]
    plan = plan_of(targets, {"b/de": entry("z", "Z")}, [job("z", "Z")])
    assert [action.address for action in plan.actions] == ["a/de", "b/de", "c/de"]


def test_the_summary_counts_by_kind_in_the_order_of_kinds() -> None:
    targets = [target("a/de", "A"), target("b/de", "B"), target("c/de", "C", skip="x")]
    plan = plan_of([*targets, target("d/de", "D")], {"d/de": entry("j1", "D")}, [job("j1", "D")])
    assert list(plan.summary().items()) == [("none", 1), ("create", 2), ("skip", 1)]
    assert lock().entries == {}


def test_only_a_listing_without_a_flaw_is_complete() -> None:
    assert Listing().complete
    assert not Listing(flaw="cut off").complete


def test_an_action_names_the_job_that_it_is_about() -> None:
    assert action_of(target()).translation_id is None
    assert action_of(target(), entry("j0", "B")).translation_id == "j0"
    assert action_of(target(), entry("j0", "B"), [job("j1")]).translation_id == "j1"


@pytest.mark.parametrize("kind", ActionKind)
def test_every_kind_of_action_says_whether_it_changes_anything(kind: ActionKind) -> None:
    made = make_action(kind)
    idle = kind.value in ("none", "blocked", "gone", "skip", "orphan", "review", "held")
    assert made.changes != idle
    if isinstance(made, TargetAction):
        assert replace(made, records=True).changes
        assert replace(made, facts=replace(made.facts, moved_from="old/de")).changes
