"""The rules of `prune` for proofread sessions, held against worlds made at random."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from core_builders import part, target_of
from msgspec.structs import replace

from heygen_localize.core.deletions import with_deleted, without_session
from heygen_localize.core.fingerprint import LZ1_DEFAULTS, Mark
from heygen_localize.core.languages import Language
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Listing, Media, MediaKind, Target
from heygen_localize.core.option import Layer, Option
from heygen_localize.core.proofread import Proofread, ReviewText, SessionStatus
from heygen_localize.core.rates import Rates
from heygen_localize.core.sessions import Session, SessionList, title_mark
from heygen_localize.operations.apply.idempotency import session_key
from heygen_localize.operations.prune import look_at_sessions
from heygen_localize.operations.sessions import reviewed_plan
from heygen_localize.planning.plan import Plan
from heygen_localize.planning.prune import KeptWhy, PruneKind, SessionPrunes
from heygen_localize.planning.reconcile import Policy, reconcile
from heygen_localize.planning.session_survey import Bounds, SessionSurvey
from heygen_localize.project.account import Account

NOW = 1_760_000_000
CONTENTS = "AB"
ADDRESSES = ("a/de", "b/de")
IDS = ("p1", "p2", "p3", "p4")
AGES = (10, 299, 300, 4000, 86_399, 86_400, 200_000)
DONE, FAILED, PROCESSING = (
    SessionStatus.COMPLETED,
    SessionStatus.FAILED,
    SessionStatus.PROCESSING,
)


WORLDS = int(os.environ.get("LOCALIZE_WORLDS", "1000"))
READ = ReviewText("a" * 64, "b" * 64, 9, "c" * 64, approved=True)


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def target(address: str, content: str, text: ReviewText | None = None, **more: Any) -> Target:
    video, _, tag = address.partition("/")
    made: dict[str, Any] = {
        "video": video,
        "language": Language("German", tag, True),
        "source": Media(MediaKind.URL, "https://x.example/a.mp4", "https://x.example/a.mp4"),
        "options": tuple(Option(*item, Layer.BUILT_IN) for item in LZ1_DEFAULTS.items()),
        "revision": 1,
        "fingerprint": digest(f"{content} as a job"),
        "mark": Mark.of("acme", digest(f"{content} as a job")),
        "duration": 60.0,
        "proofread": Proofread("t.srt", "s.srt", digest(content), text=text),
    }
    return target_of(made | more)


def session(
    name: str,
    content: str | None,
    status: SessionStatus = DONE,
    age: int | None = 4000,
    project: str = "acme",
) -> Session:
    mark = None if content is None else title_mark(Mark.of(project, digest(content)))
    return Session(name, status, None if age is None else NOW - age, title_mark=mark)


def known(
    name: str, content: str, status: SessionStatus = DONE, *, had: bool = True, attempts: int = 1
) -> LockedSession:
    cues = "c" * 64 if had else None
    return LockedSession(digest(content), name, status, attempts, NOW - 90_000, cues=cues)


class Vendor:
    """What an account answers about sessions: those that it lists, and those that are there."""

    def __init__(self, listed: tuple[Session, ...], gone: frozenset[str] = frozenset()) -> None:
        self._listed, self._gone = listed, gone

    def sessions(self) -> SessionList:
        return SessionList(tuple(item for item in self._listed if item.title_mark))

    def session(self, name: str) -> Session | None:
        there = (item for item in self._listed if item.id not in self._gone)
        return next((item for item in there if item.id == name), None)

    def without(self, names: set[str]) -> Vendor:
        return Vendor(tuple(item for item in self._listed if item.id not in names), self._gone)


World = tuple[tuple[Target, ...], Lock, Vendor]


def world_of(seed: int) -> World:
    """Make a manifest, a lock and an account that mostly agree, and may disagree in every way."""
    chance = random.Random(seed)

    def mostly(usual: Any, *others: Any) -> Any:
        return usual if chance.random() < 0.8 else chance.choice(others)

    texts = (None, READ, replace(READ, approved=False))
    wanted = [address for address in ADDRESSES if chance.random() < 0.5]
    targets = tuple(target(address, mostly("A", "B"), chance.choice(texts)) for address in wanted)
    listed = [
        session(
            name,
            mostly("A", "B", None),
            chance.choice([DONE, DONE, FAILED, FAILED, PROCESSING]),
            mostly(chance.choice(AGES), None),
            mostly("acme", "old", "others"),
        )
        for name in IDS
        if chance.random() < 0.6
    ]
    states = {item.id: item.status for item in listed}
    sessions = {}
    for address in ADDRESSES:
        if chance.random() < 0.4:
            continue
        name = chance.choice(IDS)
        status = mostly(states.get(name, DONE), DONE, FAILED, PROCESSING)
        had, attempts = status is mostly(DONE, FAILED), chance.randint(1, 4)
        held = known(name, mostly("A", "B"), status, had=had, attempts=attempts)
        sessions[address] = replace(held, unusable=mostly(None, "no cue"))
    gone = frozenset(name for name in IDS if chance.random() < 0.1)
    return targets, Lock("acme", sessions=sessions), Vendor(tuple(listed), gone)


def survey(world: World, **bounds: Any) -> SessionPrunes:
    targets, lock, vendor = world
    found = SessionSurvey(targets, lock, Rates(), Bounds(**{"formerly": ("old",)} | bounds))
    return look_at_sessions(vendor, found, NOW)  # type: ignore[arg-type]


def plan(world: World) -> tuple[Plan, Lock]:
    targets, lock, vendor = world
    policy = Policy(formerly=("old",))
    made = reconcile(targets, lock, Listing(()), NOW, policy)
    account = Account(vendor)  # type: ignore[arg-type]
    found = reviewed_plan(made, lock, account, NOW, policy)
    return found.plan, found.lock


def pruned(world: World, prunes: SessionPrunes) -> World:
    """Give the world once a prune is through."""
    targets, lock, vendor = world
    orphans = lock.sessions.keys() - {item.address for item in targets}
    names = {item.id for item in prunes.doomed}
    for name in names:
        lock = with_deleted(lock, name, NOW)
    for name in (*names, *prunes.gone):
        lock = without_session(lock, name, orphans)
    return targets, lock, vendor.without(names)


def assert_that_only_what_came_to_nothing_is_deleted(world: World) -> None:
    targets, lock, vendor = world
    addresses = {item.address for item in targets}
    counted = {
        held.proofread_id
        for address, held in lock.sessions.items()
        if address in addresses and held.status is not FAILED
    }
    wanted = {title_mark(Mark.of("acme", digest(content))) for content in CONTENTS}
    formerly = {title_mark(Mark.of("old", digest(content))) for content in CONTENTS}
    listed = {item.id: item for item in vendor.sessions().sessions}
    named = {held.proofread_id for held in lock.sessions.values()}
    for item in survey(world).doomed:
        found = listed[item.id]
        assert item.id not in counted
        assert found.title_mark in (wanted | formerly if found.id in named else wanted)
        if item.kind is PruneKind.EXPIRED:
            assert vendor.session(found.id) is None
            assert found.status is not FAILED
            assert found.created_at is not None
            assert NOW - found.created_at >= 86_400
            continue
        assert found.status is not PROCESSING
        held_at = next((h for h in lock.sessions.values() if h.proofread_id == found.id), None)
        created = found.created_at or (held_at and held_at.created_at)
        assert created is not None
        assert NOW - created >= 300
        assert (item.kind is PruneKind.FAILED) <= (found.status is FAILED)
        for name in item.stays:
            stays = vendor.session(name)
            assert stays is not None
            assert stays.status is DONE


def assert_that_a_prune_changes_no_plan(world: World) -> None:
    targets, _, _ = world
    before, lock = plan(world)
    after, later = plan(pruned(world, survey(world)))
    facts = [
        [(item.address, item.kind, item.reason, part(item, "session")) for item in found.actions]
        for found in (before, after)
    ]
    assert facts[0] == facts[1]
    for item in targets:
        keys = [session_key(item, found.sessions.get(item.address)) for found in (lock, later)]
        assert keys[0] == keys[1]


def assert_that_a_second_prune_finds_nothing_more(world: World) -> None:
    rest = pruned(world, survey(world))
    assert survey(rest).doomed == ()


@pytest.mark.parametrize(
    "rule",
    [
        assert_that_only_what_came_to_nothing_is_deleted,
        assert_that_a_prune_changes_no_plan,
        assert_that_a_second_prune_finds_nothing_more,
    ],
)
def test_rules_hold_in_every_world(rule: Callable[[World], None]) -> None:
    for seed in range(WORLDS):
        with context(seed):
            rule(world_of(seed))


@contextmanager
def context(seed: int) -> Iterator[None]:
    """Name the world that a rule does not hold in."""
    try:
        yield
    except AssertionError as error:
        pytest.fail(f"world {seed}: {error}")


def test_the_worlds_have_all_that_there_is_to_decide() -> None:
    found = [survey(world_of(seed)) for seed in range(WORLDS)]
    assert {item.kind for prunes in found for item in prunes.doomed} == {
        PruneKind.ORPHAN,
        PruneKind.SUPERSEDED,
        PruneKind.FAILED,
        PruneKind.EXPIRED,
    }
    assert {item.why for prunes in found for item in prunes.kept} == {
        KeptWhy.RENDERING,
        KeptWhy.FOREIGN,
        KeptWhy.FRESH,
    }
    assert any(prunes.gone for prunes in found)


def test_all_of_a_content_that_nobody_wants_goes() -> None:
    lock = Lock("acme", sessions={"z/de": known("p1", "A")})
    listed = (
        session("p1", "A"),
        session("p2", "A"),
        session("p3", "A", FAILED),
        session("p4", "B"),
    )
    prunes = survey(((), lock, Vendor(listed)))
    assert {(item.id, item.kind) for item in prunes.doomed} == {
        ("p1", PruneKind.ORPHAN),
        ("p2", PruneKind.ORPHAN),
        ("p3", PruneKind.ORPHAN),
    }


def test_what_lost_its_mark_is_nobodys_to_delete() -> None:
    lock = Lock("acme", sessions={"z/de": known("p1", "A")})
    prunes = survey(((), lock, Vendor((session("p1", None),))))
    assert prunes.doomed == ()
    assert [(item.id, item.why) for item in prunes.kept] == [("p1", KeptWhy.FOREIGN)]


def test_what_stands_under_an_old_name_goes_only_where_the_lockfile_names_it() -> None:
    lock = Lock("acme", sessions={"z/de": known("p1", "A")})
    listed = (session("p1", "A", project="old"), session("p2", "A", project="old"))
    prunes = survey(((), lock, Vendor(listed)))
    assert [item.id for item in prunes.doomed] == ["p1"]


def test_what_another_lockfile_counts_on_and_what_renders_is_kept() -> None:
    lock = Lock("acme", sessions={"y/de": known("p1", "A"), "z/de": known("p2", "B")})
    world = ((), lock, Vendor((session("p1", "A"), session("p2", "B"))))
    prunes = survey(world, elsewhere={"p1": "other.lock"}, rendering={"z/de"})
    assert [(item.id, item.why, item.lockfile) for item in prunes.kept] == [
        ("p1", KeptWhy.ELSEWHERE, "other.lock"),
        ("p2", KeptWhy.RENDERING, None),
    ]


def test_a_session_at_two_addresses_stays_as_long_as_one_counts_on_it() -> None:
    lock = Lock("acme", sessions={"a/de": known("p1", "A"), "z/de": known("p1", "A")})
    world = ((target("a/de", "A"),), lock, Vendor((session("p1", "A"),)))
    assert survey(world) == SessionPrunes()


def test_failed_sessions_go_once_the_lockfile_counts_all_of_them() -> None:
    listed = (
        session("p1", "A", FAILED, 5000),
        session("p2", "A", FAILED, 4000),
        session("p3", "A", FAILED, 3000, project="others"),
        session("p4", "B", FAILED, 3000),
    )
    wanted = (target("a/de", "A"),)
    for attempts, names in ((1, []), (2, ["p1", "p2"])):
        held = known("p2", "A", FAILED, had=False, attempts=attempts)
        world = (wanted, Lock("acme", sessions={"a/de": held}), Vendor(listed))
        assert [item.id for item in survey(world).doomed] == names
