"""Where a target's subtitles stand on the way to its render, and what a plan makes of it. Pure.

A function of the lock's session, the file in the repository, and what the vendor
says of the session. The table stands in docs/proofread.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from types import MappingProxyType

from heygen_localize.core.errors import Problem
from heygen_localize.core.fingerprint import Mark, Spec, fingerprint, older_fingerprints
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import Proofread, ReviewText, SessionStatus
from heygen_localize.core.waits import EVENTUAL_CONSISTENCY_SECONDS
from heygen_localize.planning.plan import Action, ActionKind, Plan, Reason, SessionStep
from heygen_localize.planning.proofread_blocking import (
    mistaken,
    text_lost,
    to_review_again,
    used_up,
)
from heygen_localize.planning.reconcile import Policy

Remote = Mapping[str, SessionStatus | None]
"""What the vendor says of sessions, by their ids; None where it no longer knows one."""


class Stage(Enum):
    """Where a target's subtitles stand."""

    NEW = "new"
    PROCESSING = "processing"
    READY = "ready"
    IN_REVIEW = "in_review"
    MISTAKEN = "mistaken"
    RE_REVIEW = "needs_re_review"
    APPROVED = "approved"
    EXPIRED = "expired"
    FAILED = "failed"


def stage_of(wanted: Proofread, session: LockedSession | None, remote: Remote) -> Stage:
    """Tell where a target stands.

    Text leads: once there is a file, no session is made before people approved it,
    since each costs, and none is ever written over. A session of which the vendor
    was not asked counts as the lock has it.
    """
    text = wanted.text
    if session is not None and not _is_of(session, wanted):
        session = None
    if text is not None:
        if _made_for_earlier(text, session):
            return Stage.RE_REVIEW
        if text.mistakes or _other_cues(text, session):
            return Stage.MISTAKEN
        if not text.approved:
            return Stage.IN_REVIEW
    if session is None:
        return Stage.EXPIRED if text is not None else Stage.NEW
    state = remote.get(session.proofread_id, session.status)
    if state is None and session.status is not SessionStatus.FAILED:
        return Stage.EXPIRED if text is not None else Stage.NEW
    if state is SessionStatus.COMPLETED:
        fetched = session.cues is not None
        return Stage.APPROVED if text is not None and fetched else Stage.READY
    return Stage.PROCESSING if state is SessionStatus.PROCESSING else Stage.FAILED


def _is_of(session: LockedSession, wanted: Proofread) -> bool:
    """Tell whether a session was made from what is wanted now."""
    return session.fingerprint == wanted.session


def _other_cues(text: ReviewText, session: LockedSession | None) -> bool:
    return session is not None and session.cues is not None and session.cues != text.cues


def _made_for_earlier(text: ReviewText, session: LockedSession | None) -> bool:
    """Tell whether the text fits the session before this one, whose cues were others."""
    return session is not None and _other_cues(text, session) and session.earlier == text.cues


def move_renamed_sessions(
    targets: Iterable[Target], sessions: Mapping[str, LockedSession]
) -> dict[str, LockedSession]:
    """Give the sessions by the addresses that want them now: a renamed video keeps its own."""
    wanted = {
        target.address: target.proofread.session
        for target in targets
        if target.proofread is not None
    }
    moved = dict(sessions)
    orphans: dict[str, list[str]] = {}
    for address in sorted(sessions.keys() - wanted.keys(), reverse=True):
        orphans.setdefault(sessions[address].fingerprint, []).append(address)
    for address, fingerprint_wanted in sorted(wanted.items()):
        if address not in sessions and orphans.get(fingerprint_wanted):
            moved[address] = moved.pop(orphans[fingerprint_wanted].pop())
    return moved


def unseen(session: LockedSession, now: float) -> bool:
    """Tell whether a session is so new that a 404 says nothing. `now` in seconds since 1970."""
    if session.status is not SessionStatus.PROCESSING or session.created_at is None:
        return False
    return 0 <= now - session.created_at < EVENTUAL_CONSISTENCY_SECONDS


def to_ask(plan: Plan, lock: Lock) -> tuple[str, ...]:
    """Name the sessions that a plan has to know the state of, by their ids.

    One whose text lies in the repository matters only once that is approved, and
    not yet rendered. That one failed is not believed of a lockfile: it may live.
    """
    ids = set()
    for action in plan.actions:
        review = action.target.proofread if action.target is not None else None
        session = lock.sessions.get(action.address)
        if review is None or session is None or not _is_of(session, review):
            continue
        if review.text is None or (review.text.approved and action.costs):
            ids.add(session.proofread_id)
    return tuple(sorted(ids))


def with_approved_text(target: Target) -> Target:
    """Give an approved target the fingerprint of what it is rendered from: text and all."""
    review = target.proofread
    if review is None or review.text is None or not review.text.approved:
        return target
    spec = replace(spec_of(target), proofread=review.text.sha256)
    digest = fingerprint(spec)
    # The lasting link is a template's text by now; of that the fingerprint alone changes.
    link = target.public_url and target.public_url.replace(target.fingerprint, digest)
    mark, older = Mark.of(target.mark.project, digest), older_fingerprints(spec)
    return replace(target, fingerprint=digest, mark=mark, older=older, public_url=link)


def spec_of(target: Target) -> Spec:
    """Give what decides a target's pixels and sound, but for the reviewed text."""
    options = {option.name: option.value for option in target.options}
    return Spec(target.language.tag, target.source.identity, target.revision, options)


def apply_proofread(
    plan: Plan,
    lock: Lock,
    remote: Remote,
    policy: Policy,
    denied: Mapping[str, Problem] = MappingProxyType({}),
) -> Plan:
    """Bring the proofread workflow into a plan: nothing is rendered before its text is approved.

    `denied` says by their ids which sessions may not be read, and why.
    """
    actions = (_reviewed(action, lock, remote, policy, denied) for action in plan.actions)
    return replace(plan, actions=tuple(actions))


def _reviewed(
    action: Action, lock: Lock, remote: Remote, policy: Policy, denied: Mapping[str, Problem]
) -> Action:
    target = action.target
    if target is None or target.proofread is None or target.skip:
        return action
    text = target.proofread.text
    approved = text is not None and text.approved
    if approved and not action.costs:
        return action  # rendered from this very text, or on the way
    session = lock.sessions.get(action.address)
    if session is not None and session.proofread_id in denied:
        return _blocked(action, Reason.SESSION_DENIED, denied[session.proofread_id])
    stage = stage_of(target.proofread, session, remote)
    if stage is Stage.MISTAKEN:
        return _blocked(action, Reason.TEXT_MISTAKEN, mistaken(target, target.proofread))
    if stage is Stage.RE_REVIEW:
        return _blocked(action, Reason.NEEDS_RE_REVIEW, to_review_again(target, target.proofread))
    spent = session is not None and _is_of(session, target.proofread)
    if session is not None and spent and _is_used_up(stage, session, target.proofread, policy):
        return _blocked(action, *used_up(session, failed=stage is Stage.FAILED))
    failed = stage is Stage.FAILED
    if failed:
        stage = Stage.EXPIRED if approved else Stage.NEW
    fetched = session is not None and session.cues is not None
    if stage is Stage.NEW and session is not None and spent and (fetched or not failed):
        # What was fetched once lies somewhere, such as on a branch: no order without being asked.
        if fetched and not policy.recreate:
            return _blocked(action, Reason.TEXT_LOST, text_lost(target, target.proofread))
        return _without_approval(action, stage, Reason.SESSION_LOST)
    if approved:
        step = _STEPS[stage]
        afresh = policy.recreate and step is SessionStep.CREATE
        return replace(action, session=step, afresh=afresh)
    return _without_approval(action, stage)


def _is_used_up(stage: Stage, session: LockedSession, wanted: Proofread, policy: Policy) -> bool:
    """Tell whether sessions came to nothing so often that no more is paid for unasked.

    One that still lives is asked for its text, or its render, again: its session costs nothing
    more. Not so where the text was had and cannot be used.
    """
    asked = policy.retry_failed or policy.recreate
    if asked or session.attempts < policy.max_attempts or stage is Stage.IN_REVIEW:
        return False
    if stage is Stage.FAILED or session.unusable is not None:
        return True
    return stage in (Stage.NEW, Stage.EXPIRED) and session.in_vain(wanted.approved)


def _without_approval(action: Action, stage: Stage, because: Reason | None = None) -> Action:
    kind, usual, step = _WITHOUT_APPROVAL[stage]
    reason = because or usual
    return replace(action, kind=kind, reason=reason, job=None, retitle=None, session=step)


def _blocked(action: Action, reason: Reason, problem: Problem) -> Action:
    kind = ActionKind.BLOCKED
    return replace(action, kind=kind, reason=reason, problem=problem, job=None, retitle=None)


_STEPS = {
    Stage.APPROVED: SessionStep.USE,
    Stage.EXPIRED: SessionStep.CREATE,
    Stage.PROCESSING: SessionStep.AWAIT,
    Stage.READY: SessionStep.AWAIT,
}

_WITHOUT_APPROVAL = {
    Stage.NEW: (ActionKind.PROPOSE, Reason.NEW_SUBTITLES, SessionStep.CREATE),
    Stage.PROCESSING: (ActionKind.FETCH, Reason.PROOFREADING, SessionStep.AWAIT),
    Stage.READY: (ActionKind.FETCH, Reason.TEXT_READY, SessionStep.AWAIT),
    Stage.IN_REVIEW: (ActionKind.REVIEW, Reason.AWAITING_REVIEW, None),
}
