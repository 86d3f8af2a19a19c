"""With nothing to do, a run costs what changed; and what it remembers never orders anything.

Pages are small here, so that an account of a few dozen jobs has many.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from accounts import BULK, LIST, Start, ours
from fake_clock import FakeClock
from workspaces import Workspace

from heygen_localize.heygen import client, listing
from heygen_localize.heygen.config import Connection
from heygen_localize.project import seen_account
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.records import JobNote

LANGUAGES = ("es-MX", "fr-FR", "ja")
EXTRA = "limits: {max_new: 200, max_concurrent_jobs: 100, max_attempts: 2}"
VIDEOS = tuple(f"video-{number}" for number in range(4))
HISTORIES = int(os.environ.get("LOCALIZE_HISTORIES", "2"))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)
    monkeypatch.setattr(client, "IDS_PER_CALL", 4)
    monkeypatch.setattr("heygen_localize.project.account_view.IDS_PER_CALL", 4)
    monkeypatch.setattr(seen_account, "_NEWEST", 6)


def cache(workspace: Workspace) -> Path:
    return workspace.folder / ".localize" / "localize" / "cache" / "account.json"


def filled(start: Start, workspace: Workspace, clock: FakeClock, videos: int = 4) -> Sandbox:
    """Start an account with a finished project in it, seen whole a minute ago."""
    account = start(max_jobs=None, balance=1e6)
    names = [f"video-{number}" for number in range(videos)]
    workspace.write_videos(*names, languages=LANGUAGES, extra=EXTRA)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err
    assert workspace.run("plan").code == 0
    clock.sleep(3600)
    return account


def asked(account: Sandbox, work: Callable[[], object]) -> list[str]:
    """Return the routes that were asked while something worked."""
    before = len(account.requests())
    work()
    return [note.route for note in account.requests()[before:]]


@pytest.mark.parametrize("videos", [4, 40])
def test_nothing_to_do_costs_a_page_and_a_call_however_many_jobs_there_are(
    start: Start, workspace: Workspace, clock: FakeClock, small_pages: None, videos: int
) -> None:
    account = filled(start, workspace, clock, videos)
    whole = workspace.run("plan", "--format", "json")
    cold = cache(workspace).read_bytes()
    cache(workspace).unlink()
    routes = asked(account, lambda: workspace.run("plan"))
    assert routes.count(LIST) == videos  # 3 jobs of each video, and 3 on a page
    cache(workspace).write_bytes(cold)
    for command in (("plan",), ("apply", "--yes"), ("apply", "--frozen")):
        routes = asked(account, partial(workspace.run, *command, "-v"))
        assert (routes.count(LIST), routes.count(BULK)) == (1, 1), routes
        assert len(routes) == 3  # the languages too
    assert workspace.run("plan", "--format", "json").out == whole.out


def test_jobs_of_others_are_seen_page_by_page_and_counted(
    start: Start, workspace: Workspace, clock: FakeClock, small_pages: None
) -> None:
    account = filled(start, workspace, clock)
    for number in range(7):
        account.add_foreign_job(title=f"theirs {number}")
    for _ in range(2):
        assert workspace.run("plan", "--format", "json").json()["foreign_jobs"] == 7
        clock.sleep(3600)
    # Seen once, they are not walked over again.
    assert asked(account, lambda: workspace.run("plan")).count(LIST) == 1


def order_german(workspace: Workspace) -> None:
    """Add a language, order it, and let a plan see that it renders."""
    workspace.write_videos(*VIDEOS, languages=(*LANGUAGES, "de-DE"), extra=EXTRA)
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert workspace.run("plan").code == 0


def test_what_renders_is_asked_for_and_written_down(
    start: Start, workspace: Workspace, clock: FakeClock, small_pages: None
) -> None:
    account = filled(start, workspace, clock)
    order_german(workspace)
    clock.sleep(3600)
    routes = asked(account, lambda: workspace.run("apply", "--yes"))
    assert routes.count(LIST) < 4
    assert {entry["status"] for entry in workspace.lock()["targets"].values()} == {"completed"}
    assert len(ours(account)) == 16


def test_a_title_is_sent_on_a_whole_view_alone(
    start: Start, workspace: Workspace, clock: FakeClock, small_pages: None
) -> None:
    account = filled(start, workspace, clock)
    order_german(workspace)
    workspace.write_videos(
        *VIDEOS,
        languages=(*LANGUAGES, "de-DE"),
        extra=EXTRA + "\ndefaults: {title: 'Another {{ language.tag }}'}",
    )
    assert asked(account, lambda: workspace.run("plan")).count(LIST) > 4


def test_a_deletion_is_noticed_by_the_sample_by_refresh_and_within_a_day(
    start: Start, workspace: Workspace, clock: FakeClock, small_pages: None
) -> None:
    account = filled(start, workspace, clock)
    seen = cache(workspace).read_bytes()
    account.delete_job(min(ours(account), key=lambda job: job.created_at).id)

    def gone() -> int:
        return int(workspace.run("plan", "--format", "json").json()["summary"].get("gone", 0))

    looks = 1
    while not gone():  # four of twelve are asked for at each look
        clock.sleep(600)
        looks += 1
    assert looks < 25
    put(workspace, seen)
    assert workspace.run("refresh").code == 0
    assert gone() == 1
    put(workspace, seen)
    clock.sleep(86_400)
    assert gone() == 1


@pytest.mark.parametrize("change", ["future", "old", "another project", "another version", "text"])
def test_what_was_seen_is_of_no_use_in_another_case(
    start: Start, workspace: Workspace, clock: FakeClock, small_pages: None, change: str
) -> None:
    account = filled(start, workspace, clock)
    seen = document(workspace)
    if change == "future":
        seen["looked_at"] = seen["whole_at"] = clock.now() + 60
    elif change == "old":
        seen["looked_at"] = seen["whole_at"] = clock.now() - 86_401
    elif change == "another project":
        seen["names"] = ["another"]
    elif change == "another version":
        seen["version"] -= 1
    else:
        seen["jobs"] = "none"
    sign(workspace, account, seen)
    ran: list[str] = []
    routes = asked(account, lambda: ran.append(workspace.run("plan").out))
    assert routes.count(LIST) == 4
    assert "Nothing to do" in ran[0]


@pytest.mark.parametrize("change", ["signature", "content", "key", "nothing", "no line"])
def test_what_was_seen_is_read_where_our_key_signed_it(
    start: Start, workspace: Workspace, clock: FakeClock, small_pages: None, change: str
) -> None:
    account = filled(start, workspace, clock)
    signature, _, content = cache(workspace).read_bytes().partition(b"\n")
    made = {
        "signature": b"0" * 64 + b"\n" + content,
        "content": signature + b"\n" + content.replace(b"completed", b"failed"),
        "key": signed("another key", account, content),
        "nothing": b"",
        "no line": signature,
    }
    put(workspace, made[change])
    assert asked(account, lambda: workspace.run("plan")).count(LIST) == 4


@pytest.mark.both_kinds
def test_a_view_that_is_wrong_orders_adopts_and_writes_nothing(
    start: Start, workspace: Workspace, clock: FakeClock, small_pages: None
) -> None:
    account = filled(start, workspace, clock)
    seen, lock = document(workspace), workspace.lockfile.read_bytes()
    oldest = seen["jobs"][-1]
    another = "lz1:another:" + "0" * 32
    for wrong in (
        [*oldest[:1], "failed", *oldest[2:]],  # to be retried, for money
        [*oldest[:1], "completed", another, *oldest[3:]],  # not ours: to be created
        ["tr_stranger", *oldest[1:]],  # to be adopted
        [*oldest[:1], "failed", *oldest[2:7], "a lie"],
    ):
        seen["jobs"][-1] = wrong
        sign(workspace, account, seen)
        for _ in range(2):
            ran = workspace.run("apply", "--yes")
            assert ran.code == 0, ran.err
            assert workspace.lockfile.read_bytes() == lock
    assert len(ours(account)) == 12


class History:
    """Random things that happen to an account, a lockfile and what was seen."""

    def __init__(self, account: Sandbox, workspace: Workspace, clock: FakeClock, seed: int) -> None:
        self._account, self._workspace, self._clock = account, workspace, clock
        self._chance = random.Random(seed)
        self._languages, self._options = list(LANGUAGES), ""
        self._lockfiles = [workspace.lockfile.read_bytes()]
        self._caches = [cache(workspace).read_bytes()]

    def step(self) -> str:
        """Let one thing happen; return its name."""
        happen = self._chance.choice(
            [
                self.others_order,
                self.one_is_deleted,
                self.one_fails,
                self.time_passes,
                self.a_language_is_added,
                self.an_option_changes,
                self.another_branch,
                self.the_lockfile_is_lost,
                self.an_older_view,
                self.a_run,
                self.a_run,
            ]
        )
        happen()
        self._workspace.write_videos(
            *VIDEOS, languages=tuple(self._languages), extra=EXTRA + self._options
        )
        return happen.__name__

    def keep(self, seen: bytes | None) -> None:
        """Put back what was seen, and remember it and the lockfile for later."""
        if seen is not None:
            put(self._workspace, seen)
            self._caches.append(seen)
        if self._workspace.lockfile.exists():
            self._lockfiles.append(self._workspace.lockfile.read_bytes())

    def others_order(self) -> None:
        for number in range(self._chance.randrange(1, 9)):
            self._account.add_foreign_job(title=f"theirs {number}")

    def one_is_deleted(self) -> None:
        self._account.delete_job(self._chance.choice(there(self._account)).id)

    def one_fails(self) -> None:
        moving = [job for job in there(self._account) if job.status in ("pending", "running")]
        if moving:
            self._account.fail_job(self._chance.choice(moving).id, "it failed")

    def time_passes(self) -> None:
        self._clock.sleep(self._chance.choice((5, 120, 7200, 50_000)))

    def a_language_is_added(self) -> None:
        new = [tag for tag in ("de-DE", "it-IT", "ko", "pl") if tag not in self._languages]
        self._languages += new[:1]

    def an_option_changes(self) -> None:
        choices = ("", "\ndefaults: {mode: precision}", "\ndefaults: {revision: 2}")
        self._options = self._chance.choice(choices)

    def another_branch(self) -> None:
        self._workspace.lockfile.write_bytes(self._chance.choice(self._lockfiles))

    def the_lockfile_is_lost(self) -> None:
        self._workspace.lockfile.unlink(missing_ok=True)

    def an_older_view(self) -> None:
        put(self._workspace, self._chance.choice(self._caches))

    def a_run(self) -> None:
        wait = self._chance.choice(([], ["--no-wait"]))
        ran = self._workspace.run("apply", "--yes", "--no-balance-check", *wait)
        assert ran.code in (0, 1), ran.err


@pytest.mark.both_kinds
@pytest.mark.parametrize("seed", range(HISTORIES))
def test_any_history_orders_the_same_with_what_was_seen_and_without(
    start: Start, workspace: Workspace, clock: FakeClock, small_pages: None, seed: int
) -> None:
    account = filled(start, workspace, clock)
    history = History(account, workspace, clock, seed)
    plans: list[object] = []
    lists = [asked(account, lambda: workspace.run("plan")).count(LIST)]
    for _ in range(16):
        step = history.step()
        plans.clear()
        lists.append(asked(account, lambda: plans.append(costly(workspace))).count(LIST))
        seen = cache(workspace).read_bytes() if cache(workspace).exists() else None
        shutil.rmtree(cache(workspace).parent, ignore_errors=True)
        assert plans == [costly(workspace)], step
        history.keep(seen)
    live = [job.callback_id for job in there(account) if job.status != "failed"]
    assert len(live) == len(set(live))
    assert 1 in lists  # else there was nothing to try


def document(workspace: Workspace) -> Any:
    """Return what was seen, as JSON."""
    return json.loads(cache(workspace).read_bytes().partition(b"\n")[2])


def signed(key: str, account: Sandbox, content: bytes) -> bytes:
    connection = Connection(account.base_url, key, "test")
    return connection.signature(b"account.json\n" + content).encode() + b"\n" + content


def sign(workspace: Workspace, account: Sandbox, seen: Any) -> None:
    """Put what was seen as if this machine had seen it so."""
    put(workspace, signed(account.api_key, account, json.dumps(seen).encode()))


def put(workspace: Workspace, seen: bytes) -> None:
    cache(workspace).parent.mkdir(parents=True, exist_ok=True)
    cache(workspace).write_bytes(seen)


def there(account: Sandbox) -> list[JobNote]:
    return [job for job in ours(account) if not job.deleted]


def costly(workspace: Workspace) -> object:
    """Return what a plan would order, and how it ended."""
    ran = workspace.run("plan", "--format", "json")
    actions = ran.json()["actions"] if ran.code == 0 else []
    return ran.code, [
        (action["address"], action["action"], action["reason"])
        for action in actions
        if action["costs"]
    ]
