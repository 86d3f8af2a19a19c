"""What must hold of the proofread workflow, whatever the lock, the file and the vendor say."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from core_builders import NOW, PROJECT, digest, job, part, target
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import Lock, LockedJob, LockedSession, LockEntry, follow, observe
from heygen_localize.core.model import Job, JobStatus, Listing, Target
from heygen_localize.core.proofread import Proofread, ReviewText, SessionStatus
from heygen_localize.planning.plan import Action, JobAction, Order, Plan, SessionOrder, TargetAction
from heygen_localize.planning.proofread import (
    Stage,
    apply_proofread,
    stage_of,
    to_ask,
    unseen,
    with_approved_text,
)
from heygen_localize.planning.reasons import ActionKind, Reason, SessionStep
from heygen_localize.planning.reconcile import Policy, reconcile
from heygen_localize.planning.renames import move_renamed_sessions

MOST = 3
CUES = ("cues one", "cues two")
SPECS = ("S", "T")
IDS = ("pr_1", "pr_2", "pr_3")
ADDRESS = "intro/es-MX"
MISTAKE = Diagnostic("subtitles_overlap", "cue 2: begins before cue 1 ends")
DONE = (JobStatus.COMPLETED, JobStatus.FAILED)

strong = settings(max_examples=int(os.environ.get("LOCALIZE_EXAMPLES", "100")), deadline=None)


def text(
    content: str = "hola", cues: str = CUES[0], approved: bool = True, wrong: bool = False
) -> ReviewText:
    mistakes = (MISTAKE,) if wrong else ()
    return ReviewText(digest(content), digest(content), len(content), cues, approved, mistakes)


def session(
    name: str = "pr_1",
    spec: str = "S",
    status: SessionStatus = SessionStatus.COMPLETED,
    **more: Any,
) -> LockedSession:
    made: dict[str, Any] = {}
    if status is SessionStatus.COMPLETED:
        made = {"machine": digest("machine"), "cues": CUES[0]}
    return LockedSession(digest(spec), name, status, **(made | more))


def reviewed(
    written: ReviewText | None, address: str = ADDRESS, spec: str = "S", **more: Any
) -> Target:
    review = Proofread(f"subtitles/{address}.srt", "source.srt", digest(spec), text=written)
    return with_approved_text(target(address, spec, proofread=review, **more))


@dataclass
class World:
    """One target: its file, what the lock has of it, and what the vendor has."""

    written: ReviewText | None
    known: LockedSession | None
    remote: Mapping[str, SessionStatus | None]
    jobs: tuple[Job, ...] = ()
    entry: LockEntry | None = None
    skip: str | None = None

    @property
    def target(self) -> Target:
        return reviewed(self.written, skip=self.skip)

    @property
    def lock(self) -> Lock:
        entries = {} if self.entry is None else {ADDRESS: self.entry}
        sessions = {} if self.known is None else {ADDRESS: self.known}
        return Lock(PROJECT, entries, sessions=sessions)

    def plain(self) -> Plan:
        """Plan as if there were no reviews."""
        listing = Listing(self.jobs)
        policy = Policy(max_attempts=MOST)
        return reconcile((self.target,), self.lock, listing, NOW, policy, None)

    def planned(
        self, retry_failed: bool = False, remote: Any = None, recreate: bool = False
    ) -> Action:
        asked = self.remote if remote is None else remote
        policy = Policy(recreate=recreate, retry_failed=retry_failed, max_attempts=MOST)
        plan = apply_proofread(self.plain(), self.lock, asked, policy)
        return next(action for action in plan.actions if action.address == ADDRESS)

    def stage(self) -> Stage:
        review = self.target.proofread
        assert review is not None
        return stage_of(review, self.known, self.remote)


texts = st.builds(
    text, st.sampled_from(("hola", "adiós")), st.sampled_from(CUES), st.booleans(), st.booleans()
)
sessions = st.builds(
    LockedSession,
    fingerprint=st.sampled_from([digest(spec) for spec in SPECS]),
    proofread_id=st.sampled_from(IDS),
    status=st.sampled_from(SessionStatus),
    attempts=st.integers(1, MOST),
    machine=st.none() | st.just(digest("machine")),
    cues=st.none() | st.sampled_from(CUES),
    uploaded=st.none() | st.sampled_from((digest("hola"), digest("adiós"))),
    earlier=st.none() | st.sampled_from(CUES),
    approved=st.none() | st.sampled_from((digest("hola"), digest("adiós"))),
)
remotes = st.dictionaries(st.sampled_from(IDS), st.none() | st.sampled_from(SessionStatus))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    written = draw(st.none() | texts)
    contents = [reviewed(text(content)).fingerprint for content in ("hola", "adiós")]
    jobs = tuple(
        replace(
            job(f"j{number}", None, draw(st.sampled_from(JobStatus)).value),
            callback_id=f"lz1:{PROJECT}:{draw(st.sampled_from(contents))[:32]}",
        )
        for number in range(draw(st.integers(0, 2)))
    )
    entry = None
    if jobs and draw(st.booleans()):
        kept = draw(st.sampled_from(jobs))
        fingerprint = draw(st.sampled_from(contents))
        locked = observe(LockedJob(fingerprint, kept.id, kept.status), kept)
        entry = LockEntry("Language es-MX", locked)
    skip = draw(st.sampled_from((None, None, None, "legal")))
    return World(written, draw(st.none() | sessions), draw(remotes), jobs, entry, skip)


# Whatever is the case


@strong
@given(worlds(), st.booleans())
def test_nothing_is_paid_for_beside_a_text_that_is_not_approved(world: World, retry: bool) -> None:
    action = world.planned(retry)
    if world.written is not None and not world.written.approved:
        assert not action.costs
        assert part(action, "session") is None
        assert part(action, "job") is None or action.kind is ActionKind.SKIP


@strong
@given(worlds(), st.booleans())
def test_an_order_has_an_approved_text_without_mistakes(world: World, retry: bool) -> None:
    action = world.planned(retry)
    if isinstance(action, Order) and action.orders:
        assert world.written is not None
        assert world.written.approved
        assert not world.written.mistakes
        assert part(action, "session") is not None
    if action.kind is ActionKind.PROPOSE:
        assert world.written is None
        assert part(action, "session") is SessionStep.CREATE


# A session that failed as often as is allowed, after its text was had.
SPENT = LockedSession(digest("S"), "pr_1", SessionStatus.FAILED, attempts=MOST, cues=CUES[0])


@strong
@example(World(None, SPENT, {"pr_1": None}), False)
@given(worlds(), st.booleans())
def test_what_was_fetched_once_is_never_paid_for_again_unasked(world: World, retry: bool) -> None:
    known = world.known
    lost = known is not None and known.fingerprint == digest("S") and known.cues is not None
    gone = known is not None and world.remote.get(known.proofread_id, known.status) is None
    if lost and gone and world.written is None and not world.skip:
        action = world.planned(retry)
        assert (action.reason, action.costs) == (Reason.TEXT_LOST, False)
        assert "subtitles/intro/es-MX.srt" in str(
            part(action, "problem") and part(action, "problem").message
        )
        asked = world.planned(retry, recreate=True)
        assert (asked.kind, asked.reason) == (ActionKind.PROPOSE, Reason.SESSION_LOST)


@strong
@given(worlds(), st.booleans())
def test_a_session_is_made_only_where_none_serves(world: World, retry: bool) -> None:
    action = world.planned(retry)
    known = world.known if world.known and world.known.fingerprint == digest("S") else None
    state = known and world.remote.get(known.proofread_id, known.status)
    if part(action, "session") is SessionStep.CREATE:
        assert state in (None, SessionStatus.FAILED)
        assert action.costs
    if part(action, "session") in (SessionStep.USE, SessionStep.AWAIT):
        assert state in (SessionStatus.COMPLETED, SessionStatus.PROCESSING)
    if part(action, "session") is SessionStep.USE:
        assert state is SessionStatus.COMPLETED
        assert known is not None
        assert world.written is not None
        assert known.cues == world.written.cues


def test_a_target_under_review_is_no_change_where_apply_has_nothing_to_do() -> None:
    """The job of before ended meanwhile: nobody records it, so nobody is told of a change."""
    ended = job("j1", "S", created_at=NOW)
    known = LockEntry("Spanish", LockedJob(digest("S"), "j1", JobStatus.RUNNING))
    plain = World(None, None, {}, (ended,), known).plain()
    assert [action.kind for action in plain.actions] == [ActionKind.RECORD]
    action = World(text(approved=False), session(), {}, (ended,), known).planned()
    assert (action.kind, action.changes) == (ActionKind.REVIEW, False)


@strong
@given(worlds(), st.booleans())
def test_a_session_that_failed_too_often_is_left_alone(world: World, retry: bool) -> None:
    action = world.planned(retry)
    if world.stage() is not Stage.FAILED or world.skip:
        return
    approved = world.written is not None and world.written.approved
    assert world.known is not None
    if not approved and world.known.cues is not None and not world.written:
        assert action.reason is Reason.TEXT_LOST
        assert action.kind is ActionKind.BLOCKED
    elif not retry and world.known.attempts >= MOST and (not approved or world.plain().costly):
        assert action.reason is Reason.SESSION_FAILED
        assert action.kind is ActionKind.BLOCKED
    elif not approved:
        assert action.kind is ActionKind.PROPOSE


@strong
@given(worlds())
def test_as_many_sessions_in_vain_as_there_are_attempts_are_the_last(world: World) -> None:
    known, review = world.known, world.target.proofread
    if known is None or known.fingerprint != digest("S") or known.attempts < MOST:
        return
    assert review is not None
    if known.in_vain(review.approved):
        assert part(world.planned(), "session") is not SessionStep.CREATE
        assert world.planned(recreate=True).reason is not Reason.SESSION_UNRENDERED


@strong
@given(worlds(), st.booleans())
def test_an_approved_text_with_a_live_session_of_its_cues_is_used(
    world: World, retry: bool
) -> None:
    written = replace(text(), cues=CUES[0])
    known = replace(session(), earlier=world.known.earlier if world.known else None)
    remote = {known.proofread_id: SessionStatus.COMPLETED}
    fit = World(written, known, remote, world.jobs, world.entry, None)
    before, action = fit.plain().actions[0], fit.planned(retry)
    if before.costs:
        assert isinstance(action, SessionOrder)
        assert action.session is SessionStep.USE
        assert action.document() == before.document() | {"session": "use"}
        assert (action.facts, action.job) == (part(before, "facts"), part(before, "job"))
    else:
        assert action == before, "what is rendered from this very text needs no session"


@strong
@given(worlds(), st.booleans())
def test_only_sessions_that_are_asked_for_matter(world: World, retry: bool) -> None:
    asked = set(to_ask(world.plain(), world.lock))
    assert asked <= {world.known.proofread_id if world.known else ""}
    told = {name: state for name, state in world.remote.items() if name in asked}
    assert world.planned(retry) == world.planned(retry, told)


@strong
@given(worlds(), st.booleans())
def test_what_is_blocked_says_why_and_costs_nothing(world: World, retry: bool) -> None:
    action = world.planned(retry)
    if action.reason in (Reason.TEXT_MISTAKEN, Reason.NEEDS_RE_REVIEW, Reason.SESSION_FAILED):
        assert action.kind is ActionKind.BLOCKED
        assert part(action, "problem") is not None
        assert part(action, "problem").hint or (world.written and world.written.mistakes)
        assert (part(action, "session"), action.costs) == (None, False)


@strong
@given(worlds(), remotes)
def test_a_target_without_proofread_is_planned_as_ever(world: World, remote: Any) -> None:
    plain = target(ADDRESS, "S")
    assert with_approved_text(plain) is plain
    plan = reconcile((plain,), world.lock, Listing(world.jobs), NOW, Policy(), None)
    assert apply_proofread(plan, world.lock, remote, Policy()) == plan
    assert to_ask(plan, world.lock) == ()


# Sessions follow their videos


@strong
@given(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from(SPECS)),
    st.dictionaries(st.sampled_from("abcdxyz"), sessions),
)
def test_sessions_follow_and_none_is_lost(
    wanted: dict[str, str], names: dict[str, LockedSession]
) -> None:
    targets = [reviewed(None, f"{name}/de", spec) for name, spec in wanted.items()]
    targets.append(target("e/de", "S"))
    known = {f"{name}/de": found for name, found in names.items()}
    moved = move_renamed_sessions(targets, known)
    assert move_renamed_sessions(targets, moved) == moved
    assert Counter(map(repr, moved.values())) == Counter(map(repr, known.values()))
    for address, found in known.items():
        if address.partition("/")[0] in wanted:
            assert moved[address] == found, "nobody's session is taken away"
    for address, found in moved.items():
        assert known.get(address) == found or found.fingerprint == digest(wanted[address[0]])
    for name, spec in wanted.items():
        if f"{name}/de" not in moved:
            orphans = [one for one in known if one[0] not in wanted and one in moved]
            assert digest(spec) not in {moved[one].fingerprint for one in orphans}


# Fingerprints


@strong
@given(texts, texts)
def test_a_fingerprint_is_of_the_approved_text(one: ReviewText, other: ReviewText) -> None:
    bare, first, second = reviewed(None), reviewed(one), reviewed(other)
    assert (first.fingerprint != bare.fingerprint) is one.approved
    assert first.mark.digest == first.fingerprint[:32]
    assert with_approved_text(first) == first
    if one.approved and other.approved:
        assert (first.fingerprint == second.fingerprint) is (one.sha256 == other.sha256)


def test_the_lasting_link_bears_the_settled_fingerprint() -> None:
    bare = reviewed(None)
    review = replace(bare.proofread, text=text())
    link = f"https://www.example.com/{bare.fingerprint}.mp4"
    found = with_approved_text(replace(bare, proofread=review, public_url=link))
    assert found.public_url == f"https://www.example.com/{found.fingerprint}.mp4"


def test_the_fingerprint_says_more_than_the_text() -> None:
    one, other = reviewed(text()), reviewed(text())
    revised = reviewed(text(), revision=2)
    assert one == other
    assert revised.fingerprint != one.fingerprint


# The table, line by line


@pytest.mark.parametrize(
    ("written", "known", "state", "stage"),
    [
        (None, None, "unasked", Stage.NEW),
        (None, session(spec="T"), "unasked", Stage.NEW),
        (None, session(), None, Stage.NEW),
        (None, session(), SessionStatus.PROCESSING, Stage.PROCESSING),
        (None, session(), "unasked", Stage.READY),
        (None, session(), SessionStatus.FAILED, Stage.FAILED),
        (text(approved=False), None, "unasked", Stage.IN_REVIEW),
        (text(approved=False), session(), None, Stage.IN_REVIEW),
        (text(approved=False), session(status=SessionStatus.FAILED), "unasked", Stage.IN_REVIEW),
        (text(approved=False, cues=CUES[1]), session(), "unasked", Stage.MISTAKEN),
        (text(wrong=True), None, "unasked", Stage.MISTAKEN),
        (text(cues=CUES[1]), session(), None, Stage.MISTAKEN),
        (text(cues=CUES[1]), session(earlier=CUES[1]), "unasked", Stage.RE_REVIEW),
        (text(cues=CUES[1], wrong=True), session(earlier=CUES[1]), "unasked", Stage.RE_REVIEW),
        (text(), None, "unasked", Stage.EXPIRED),
        (text(), session(spec="T", cues=CUES[1]), "unasked", Stage.EXPIRED),
        (text(), session(), None, Stage.EXPIRED),
        (text(), session(cues=None), "unasked", Stage.READY),
        (text(), session(), "unasked", Stage.APPROVED),
        (text(), session(), SessionStatus.FAILED, Stage.FAILED),
    ],
)
def test_the_table(
    written: ReviewText | None, known: LockedSession | None, state: Any, stage: Stage
) -> None:
    remote = {} if state == "unasked" else {"pr_1": state}
    assert World(written, known, remote).stage() is stage


@pytest.mark.parametrize(
    ("written", "known", "state", "wanted"),
    [
        (None, None, "unasked", ("propose", "new_subtitles", "create")),
        (None, session(cues=None), None, ("propose", "session_lost", "create")),
        (None, session(), None, ("blocked", "text_lost", None)),
        (None, session(spec="T"), None, ("propose", "new_subtitles", "create")),
        (None, session(), "unasked", ("fetch", "text_ready", "await")),
        (None, session(), SessionStatus.PROCESSING, ("fetch", "proofreading", "await")),
        (None, session(), SessionStatus.FAILED, ("blocked", "text_lost", None)),
        (None, session(cues=None), SessionStatus.FAILED, ("propose", "new_subtitles", "create")),
        (text(approved=False), session(), None, ("review", "awaiting_review", None)),
        (text(wrong=True), session(), None, ("blocked", "text_mistaken", None)),
        (text(), session(), "unasked", ("create", "new", "use")),
        (text(), session(), SessionStatus.PROCESSING, ("create", "new", "await")),
        (text(), session(), SessionStatus.FAILED, ("create", "new", "create")),
        (text(), session(), None, ("create", "new", "create")),
        (text(), None, "unasked", ("create", "new", "create")),
    ],
)
def test_what_a_plan_makes_of_it(
    written: ReviewText | None, known: LockedSession | None, state: Any, wanted: tuple[str, ...]
) -> None:
    action = World(written, known, {} if state == "unasked" else {"pr_1": state}).planned()
    step = part(action, "session").value if part(action, "session") else None
    assert (action.kind.value, action.reason.value, step) == wanted


@pytest.mark.parametrize(
    ("status", "created_at", "new"),
    [
        (SessionStatus.PROCESSING, NOW, True),
        (SessionStatus.PROCESSING, NOW - 299, True),
        (SessionStatus.PROCESSING, NOW - 300, False),
        (SessionStatus.PROCESSING, NOW + 1, False),
        (SessionStatus.PROCESSING, None, False),
        (SessionStatus.COMPLETED, NOW, False),
    ],
)
def test_a_404_says_nothing_of_a_session_just_ordered(
    status: SessionStatus, created_at: int | None, new: bool
) -> None:
    assert unseen(session(status=status, created_at=created_at), NOW) is new


def test_mistakes_are_told_in_their_own_words() -> None:
    several = replace(text(), mistakes=(MISTAKE, MISTAKE, MISTAKE))
    action = World(several, session(), {}).planned()
    assert part(action, "problem") is not None
    assert part(action, "problem").message == f"{MISTAKE.message} (and 2 more)"
    action = World(text(cues=CUES[1]), session(), {}).planned()
    assert part(action, "problem") is not None
    assert "fix-times intro/es-MX" in (part(action, "problem").hint or "")


# Where it leads to


@dataclass
class Vendor:
    """Sessions and jobs, all of which end well. New sessions have the cues `cues`."""

    cues: str
    sessions: dict[str, SessionStatus] = field(default_factory=dict)
    their_cues: dict[str, str] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    made: list[str] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)


class Story:
    """A target on its way: applied by the machine, approved by people."""

    def __init__(self, world: World, vendor: Vendor) -> None:
        self.world, self.vendor = world, vendor

    def plan(self) -> Action:
        self.world.remote = {name: self.vendor.sessions.get(name) for name in IDS}
        self.world.remote |= self.vendor.sessions
        self.world.jobs = self.vendor.jobs
        return self.world.planned()

    def apply(self) -> None:
        """Do what the plan says, as the executor does."""
        action = self.plan()
        if part(action, "session") is SessionStep.CREATE:
            self._make()
        if part(action, "session") in (SessionStep.CREATE, SessionStep.AWAIT):
            self._fetch()
        known, written = self.world.known, self.world.written
        if (
            isinstance(action, Order)
            and action.orders
            and known
            and written
            and known.cues == written.cues
        ):
            self._render(action)
        elif isinstance(action, JobAction):
            self._count_on(action, action.job)

    def _make(self) -> None:
        known = self.world.known
        same = known is not None and known.fingerprint == digest("S")
        if known is not None and same:
            live = self.vendor.sessions.get(known.proofread_id)
            assert live in (None, SessionStatus.FAILED), "one session for each life"
        name = f"new_{len(self.vendor.made)}"
        self.vendor.made.append(name)
        self.vendor.sessions[name] = SessionStatus.COMPLETED
        earlier = (known.cues or known.earlier) if known is not None and same else None
        self.world.known = LockedSession(
            digest("S"), name, SessionStatus.PROCESSING, earlier=earlier
        )

    def _fetch(self) -> None:
        assert self.world.known is not None
        name = self.world.known.proofread_id
        self.vendor.sessions[name] = SessionStatus.COMPLETED
        cues = self.vendor.their_cues.get(name, self.vendor.cues)
        self.world.known = replace(
            self.world.known, status=SessionStatus.COMPLETED, machine=digest("machine"), cues=cues
        )
        if self.world.written is None:
            self.world.written = text("machine", cues, approved=False)

    def _render(self, action: TargetAction) -> None:
        made = job(f"job_{len(self.vendor.jobs)}", None)
        made = replace(made, callback_id=str(action.target.mark))
        self.vendor.jobs += (made,)
        self.vendor.rendered.append(str(action.target.mark))
        self._count_on(action, made)

    def _count_on(self, action: TargetAction, made: Job) -> None:
        locked = LockedJob(action.target.fingerprint, made.id, made.status)
        language = action.target.language.name
        self.world.entry = follow(self.world.entry, language, observe(locked, made), 1)

    def people_approve(self) -> None:
        """Bring the text to the cues of the newest session, and agree to it."""
        written, known = self.world.written, self.world.known
        if written is None:
            return
        mine = known if known is not None and known.fingerprint == digest("S") else None
        cues = mine.cues if mine is not None and mine.cues is not None else written.cues
        self.world.written = replace(written, approved=True, mistakes=(), cues=cues)


@strong
@given(worlds(), st.data())
def test_from_anywhere_it_ends(world: World, data: st.DataObject) -> None:
    world.skip = None
    if world.known is not None:
        world.known = replace(world.known, attempts=1)
    vendor = Vendor(data.draw(st.sampled_from(CUES), "the cues of new sessions"))
    vendor.sessions = {name: state for name, state in world.remote.items() if state is not None}
    if world.known is not None and world.known.cues is not None:
        vendor.their_cues[world.known.proofread_id] = world.known.cues
    # A failed job is tried again, and one on its way comes to its end.
    vendor.jobs = tuple(one for one in world.jobs if one.status in DONE)
    if world.entry is not None and world.entry.job.status not in DONE:
        world.entry = None
    known = {one.id for one in vendor.jobs}
    if world.entry is not None and world.entry.job.translation_id not in known:
        world.entry = None
    story = Story(world, vendor)
    story.apply()
    for _ in range(2):  # once more where the new session's cues were others
        story.people_approve()
        story.apply()
    last, before = story.plan(), (list(vendor.made), vendor.jobs)
    assert last.kind in (ActionKind.NONE, ActionKind.BLOCKED), last.reason
    if last.kind is ActionKind.BLOCKED:
        assert last.reason in (Reason.ATTEMPTS_USED_UP, Reason.TEXT_LOST)
    assert not last.changes
    story.apply()
    assert (vendor.made, vendor.jobs) == before
    assert len(vendor.made) <= 1, "cues of a session do not change while it is there"
    assert len(vendor.rendered) == len(set(vendor.rendered)), "one job for each text"
