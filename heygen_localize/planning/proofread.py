"""Where a target's subtitles stand on the way to its render, and what a plan makes of it. Pure.

A function of the lock's session, the file in the repository, and what HeyGen
says of the session. The table stands in docs/proofread.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.fingerprint import Mark, fingerprint, older_fingerprints
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import Proofread, ReviewText, SessionStatus
from heygen_localize.core.waits import EVENTUAL_CONSISTENCY_SECONDS
from heygen_localize.planning.blocking import mistaken, text_lost, to_review_again, used_up
from heygen_localize.planning.changes import spec_of
from heygen_localize.planning.plan import Action, Blocked, Order, Plan, SessionOrder, TargetAction
from heygen_localize.planning.reasons import ActionKind, Reason, SessionStep
from heygen_localize.planning.reconcile import Policy

Remote = Mapping[str, SessionStatus | None]
"""What HeyGen says of sessions, by their ids; None where it no longer knows one."""


class Stage(Enum):
    """Where a target's subtitles stand: the words of `proofread status`.

    A plan knows nothing of the three that come after the approval.
    """

    NEW = "new"
    PROCESSING = "processing"
    READY = "ready"
    IN_REVIEW = "in_review"
    MISTAKEN = "has_errors"
    RE_REVIEW = "needs_re_review"
    APPROVED = "approved"
    UPLOADED = "uploaded"
    GENERATING = "generating"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"


def stage_of(wanted: Proofread, session: LockedSession | None, remote: Remote) -> Stage:
    """Return where a target stands.

    Text leads: once there is a file, no session is made before people approved it,
    since each costs, and none is ever written over. A session of which HeyGen
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
    """Return whether a session was made from what is wanted now."""
    return session.fingerprint == wanted.session


def _other_cues(text: ReviewText, session: LockedSession | None) -> bool:
    return session is not None and session.cues is not None and session.cues != text.cues


def _made_for_earlier(text: ReviewText, session: LockedSession | None) -> bool:
    """Return whether the text fits the session before this one, whose cues were others."""
    return session is not None and _other_cues(text, session) and session.earlier == text.cues


def unseen(session: LockedSession, now: float) -> bool:
    """Return whether a session is so new that a 404 says nothing. `now` in seconds since 1970."""
    if session.status is not SessionStatus.PROCESSING or session.created_at is None:
        return False
    return 0 <= now - session.created_at < EVENTUAL_CONSISTENCY_SECONDS


def to_ask(plan: Plan, lock: Lock) -> tuple[str, ...]:
    """Name the sessions that a plan has to know the state of, by their ids.

    One whose text lies in the repository matters only once that is approved, and
    not yet rendered. That one failed is not believed of a lockfile: it may live.
    """
    ids = set()
    for action in plan.of_targets:
        review, session = action.target.proofread, lock.sessions.get(action.address)
        if review is None or session is None or not _is_of(session, review):
            continue
        if review.text is None or (review.text.approved and action.costs):
            ids.add(session.proofread_id)
    return tuple(sorted(ids))


def with_approved_text(target: Target) -> Target:
    """Return an approved target with the fingerprint of what it is rendered from: text and all."""
    review = target.proofread
    if review is None or review.text is None or not review.text.approved:
        return target
    spec = replace(spec_of(target), proofread=review.text.sha256)
    digest = fingerprint(spec)
    # The lasting link is a template's text by now; of that the fingerprint alone changes.
    link = target.public_url and target.public_url.replace(target.fingerprint, digest)
    mark, older = Mark.of(target.mark.project, digest), older_fingerprints(spec)
    return replace(target, fingerprint=digest, mark=mark, older=older, public_url=link)


def apply_proofread(
    plan: Plan,
    lock: Lock,
    remote: Remote,
    policy: Policy,
    denied: Mapping[str, Diagnostic] = MappingProxyType({}),
) -> Plan:
    """Bring the proofread workflow into a plan: nothing is rendered before its text is approved.

    `denied` says by their ids which sessions may not be read, and why.
    """
    actions = (_reviewed(action, lock, remote, policy, denied) for action in plan.actions)
    made = replace(plan, actions=tuple(actions))
    if not made.waits:
        return made
    # Here, since most manifests have no waves.
    from heygen_localize.planning.waves import hold

    return hold(made)


def _reviewed(
    action: Action, lock: Lock, remote: Remote, policy: Policy, denied: Mapping[str, Diagnostic]
) -> Action:
    if not isinstance(action, TargetAction):
        return action
    target, review = action.target, action.target.proofread
    if review is None or target.skip:
        return action
    approved = review.approved is not None
    if approved and not isinstance(action, Order):
        return action  # rendered from this very text, or on the way
    session = lock.sessions.get(action.address)
    stage = stage_of(review, session, remote)
    refusal = _refusal(target, review, session, stage, policy, denied)
    if refusal is not None:
        reason, problem = refusal
        return Blocked(action.address, reason, facts=action.facts, job=None, problem=problem)
    failed = stage is Stage.FAILED
    if approved:
        step = _STEPS[Stage.EXPIRED if failed else stage]
        return SessionOrder(
            action.address,
            action.kind,
            action.reason,
            facts=action.facts,
            job=action.job,
            records=action.records,
            session=step,
            review=review,
            afresh=policy.recreate and step is SessionStep.CREATE,
        )
    if stage is Stage.IN_REVIEW:
        kind, reason = ActionKind.REVIEW, Reason.AWAITING_REVIEW
        return TargetAction(action.address, kind, reason, facts=action.facts, job=None)
    kind, reason, step = _WITHOUT_APPROVAL[Stage.NEW if failed else stage]
    if kind is ActionKind.PROPOSE and session is not None and _is_lost(session, review, failed):
        reason = Reason.SESSION_LOST
    facts = action.facts
    return SessionOrder(
        action.address, kind, reason, facts=facts, job=None, session=step, review=review
    )


def _refusal(
    target: Target,
    review: Proofread,
    session: LockedSession | None,
    stage: Stage,
    policy: Policy,
    denied: Mapping[str, Diagnostic],
) -> tuple[Reason, Diagnostic] | None:
    """Return why nothing may be ordered, or waited for, at a stage."""
    if session is not None and session.proofread_id in denied:
        return Reason.SESSION_DENIED, denied[session.proofread_id]
    if stage is Stage.MISTAKEN:
        return Reason.TEXT_MISTAKEN, mistaken(target, review)
    if stage is Stage.RE_REVIEW:
        return Reason.NEEDS_RE_REVIEW, to_review_again(target, review)
    if session is None or not _is_of(session, review):
        return None
    failed = stage is Stage.FAILED
    # What was fetched once lies somewhere, such as on a branch: no order without being asked.
    new = stage is Stage.NEW or (failed and review.approved is None)
    if new and session.cues is not None and not policy.recreate:
        return Reason.TEXT_LOST, text_lost(target, review)
    if _is_used_up(stage, session, review, policy):
        return used_up(session, failed=failed)
    return None


def _is_lost(session: LockedSession, review: Proofread, failed: bool) -> bool:
    """Return whether a session of what is wanted now is gone, and did not just fail."""
    return _is_of(session, review) and (session.cues is not None or not failed)


def _is_used_up(stage: Stage, session: LockedSession, wanted: Proofread, policy: Policy) -> bool:
    """Return whether sessions came to nothing so often that no more is paid for unasked.

    One that still lives is asked for its text, or its render, again: its session costs nothing
    more. Not so where the text was had and cannot be used.
    """
    asked = policy.retry_failed or policy.recreate
    if asked or session.attempts < policy.max_attempts or stage is Stage.IN_REVIEW:
        return False
    if stage is Stage.FAILED or session.unusable is not None:
        return True
    return stage in (Stage.NEW, Stage.EXPIRED) and session.in_vain(wanted.approved)


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
}
