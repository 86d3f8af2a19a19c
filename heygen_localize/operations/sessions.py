"""The proofread workflow's part of a plan: what HeyGen says of sessions, and which it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sessions import Session
from heygen_localize.heygen.errors import PROOFREADING_HINT, ApiError
from heygen_localize.planning.plan import Plan, SessionOrder
from heygen_localize.planning.proofread import Remote, apply_proofread, to_ask, unseen
from heygen_localize.planning.reasons import ActionKind, Reason, SessionStep
from heygen_localize.planning.reconcile import Policy
from heygen_localize.planning.session_search import found_session, sessions_of
from heygen_localize.project.account import Account

if TYPE_CHECKING:
    from heygen_localize.heygen.client import Client


class Reviews(Struct, frozen=True):
    """A plan with its reviews, and what it was made from.

    `lock` lacks the sessions that are another target's, and has those that were found.
    `remote` is what HeyGen says of sessions. `warnings` are what a reader should know.
    """

    plan: Plan
    lock: Lock
    remote: Remote = field(default_factory=dict)
    warnings: tuple[Diagnostic, ...] = ()


def reviewed_plan(
    made: Plan, lock: Lock, account: Account | None, now: float, policy: Policy
) -> Reviews:
    """Bring reviews into a plan, as HeyGen says that their sessions are.

    Where a session would be ordered, the account's are listed first: one that the
    lockfile lacks is taken. `now` in seconds since 1970.

    Raises:
        ApiFailure: a session could not be asked for.
    """
    if account is None:
        return Reviews(apply_proofread(made, lock, {}, policy), lock)
    asked = _Asked(account.client, now)
    lock = asked.known(made, lock)
    plan = apply_proofread(made, lock, asked.states, policy, asked.denied)
    lacking = [
        action.target
        for action in plan.actions
        if isinstance(action, SessionOrder) and action.session is SessionStep.CREATE
    ]
    if not lacking:
        return Reviews(plan, lock, asked.states)
    listed = account.client.sessions()
    found: dict[str, LockedSession] = {}
    for target in lacking:
        held = lock.sessions.get(target.address)
        theirs = sessions_of(target, listed.sessions, policy.formerly)
        session = asked.found(target, held, theirs)
        if session is not None:
            found[target.address] = session
    lock = replace(lock, sessions={**lock.sessions, **found})
    plan = apply_proofread(made, lock, asked.states, policy, asked.denied)
    actions = tuple(
        replace(action, reason=Reason.SESSION_FOUND)
        if action.address in found and action.kind is ActionKind.FETCH
        else action
        for action in plan.actions
    )
    warnings = (_unlisted(listed.flaw),) if listed.flaw is not None else ()
    return Reviews(replace(plan, actions=actions), lock, asked.states, warnings)


def _unlisted(flaw: str) -> Diagnostic:
    return Diagnostic(
        "sessions_unlisted",
        f"the account's proofread sessions could not be listed: {flaw}",
        hint="one that the lockfile lacks is still not paid for twice within HeyGen's 24 hours: "
        "its order has the same key",
    )


class _Asked(Struct):
    """What HeyGen said of sessions. Those that may not be read are in `denied`."""

    client: Client
    now: float
    states: dict[str, SessionStatus | None] = field(default_factory=dict)
    denied: dict[str, Diagnostic] = field(default_factory=dict)

    def known(self, made: Plan, lock: Lock) -> Lock:
        """Ask how the lock's sessions are; return it without those that are plainly another's.

        No text is given to such a one, and nothing is rendered from it; the right one comes
        back under its order's first key. One that was just ordered may not be found yet.
        """
        found: dict[str, Session | None] = {}
        for name in to_ask(made, lock):
            with self._noted(name):
                found[name] = self.client.session(name)
        self.states |= {
            name: session.status if session else None for name, session in found.items()
        }
        contents: dict[str, set[str]] = {}
        for known in lock.sessions.values():
            contents.setdefault(known.proofread_id, set()).add(known.fingerprint)
        strangers = {
            address
            for address, known in lock.sessions.items()
            if len(contents[known.proofread_id]) > 1
        }
        for action in made.of_targets:
            held = lock.sessions.get(action.address)
            session = found.get(held.proofread_id) if held is not None else None
            if session is not None and not session.may_be(action.target):
                strangers.add(action.address)
        kept = {name: known for name, known in lock.sessions.items() if name not in strangers}
        for held in kept.values():
            self._wait_if_young(held)
        return replace(lock, sessions=kept)

    def found(
        self, target: Target, known: LockedSession | None, sessions: tuple[Session, ...]
    ) -> LockedSession | None:
        """Return the session of a target that a list showed, unless it is gone by now."""
        failed = (item for item in sessions if item.status is SessionStatus.FAILED)
        self.states |= {item.id: item.status for item in failed}
        gone = {name for name, state in self.states.items() if state is None}
        while True:
            held = found_session(target, known, sessions, gone)
            if held is None or held.proofread_id in self.states:
                return held
            with self._noted(held.proofread_id):
                session = self.client.session(held.proofread_id)
                self.states[held.proofread_id] = session.status if session is not None else None
                self._wait_if_young(held)
            if self.states.get(held.proofread_id, held.status) is not None:
                return held
            gone.add(held.proofread_id)

    def _wait_if_young(self, held: LockedSession) -> None:
        """Count a session as on the way that is too new for a 404 to say anything."""
        state = self.states.get(held.proofread_id, held.status)
        if state is None and unseen(held, self.now):
            self.states[held.proofread_id] = SessionStatus.PROCESSING

    @contextmanager
    def _noted(self, name: str) -> Iterator[None]:
        """Note a session that may not be read: that concerns its target alone."""
        try:
            yield
        except ApiError as failure:
            if not failure.denied:
                raise
            message = f"its proofread session {name} is denied: {failure}"
            self.denied[name] = Diagnostic("session_denied", message, hint=PROOFREADING_HINT)
