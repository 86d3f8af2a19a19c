"""Which proofread sessions came to nothing, and may be deleted at HeyGen. Pure.

Only those are looked at whose mark follows from the manifest or from the lockfile; and of
those that a target counts on, none goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set

from msgspec import Struct, field

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.rates import Rates
from heygen_localize.core.sessions import Seen, Session, title_mark
from heygen_localize.core.waits import EVENTUAL_CONSISTENCY_SECONDS
from heygen_localize.planning.candidates import age
from heygen_localize.planning.prune import (
    Kept,
    KeptWhy,
    PrunableSession,
    PruneKind,
    SessionPrunes,
)

_LIFE = 86_400
"""Seconds that a session lives (docs/vendor/behaviour.md, "Proofread sessions")."""


class Bounds(Struct, frozen=True):
    """What a survey keeps to, besides manifest and lockfile.

    `formerly` are earlier names of the project, `selected` the addresses that count (None for
    all), `elsewhere` the ids that other lockfiles count on, and which. `rendering` are the
    addresses whose jobs are in progress.
    """

    formerly: Sequence[str] = ()
    selected: Set[str] | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    rendering: Collection[str] = ()


class _Content(Struct):
    """What sessions are made from: its marks, who wants it, and who has one in the lock."""

    marks: tuple[str, ...]
    wants: list[Target] = field(default_factory=list)
    held: dict[str, LockedSession] = field(default_factory=dict)

    @property
    def addresses(self) -> list[str]:
        return list(dict.fromkeys([*(target.address for target in self.wants), *self.held]))

    def bears_our_name(self, session: Session) -> bool:
        """Return whether it is of the present name; somebody may go on under an old one."""
        return session.title_mark == self.marks[0]


class SessionSurvey:
    """Finds the sessions that may be deleted; `targets` are all of the manifest's."""

    def __init__(self, targets: Sequence[Target], lock: Lock, rates: Rates, bounds: Bounds) -> None:
        self.targets = {target.address: target for target in targets}
        self.lock, self.rates, self.bounds = lock, rates, bounds
        self._contents = _contents(targets, lock, bounds.formerly)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to look for: no session that we would know as ours."""
        return not self._contents

    def to_ask(self, seen: Seen, now: float) -> tuple[str, ...]:
        """Name the sessions to be asked for by their ids before `prunes` decides."""
        found = self._look(seen, now)
        stays = (item.stays for item in found.doomed.values())
        return tuple(sorted(found.orphaned.union(found.doomed, *stays)))

    def prunes(self, seen: Seen, now: float) -> SessionPrunes:
        """Say what may be deleted; `now` in seconds since 1970."""
        found = self._look(seen, now)
        doomed = [item for item in found.doomed.values() if item.id in seen.asked]
        # The oldest first: the next order's key follows the newest failed one.
        doomed.sort(key=lambda item: (item.address, item.created_at or 0, item.id))
        return SessionPrunes(tuple(doomed), tuple(found.kept.values()), tuple(found.gone))

    def _look(self, seen: Seen, now: float) -> _Look:
        look, chosen = _Look(self, seen, now), self.bounds.selected
        for content in self._contents.values():
            if chosen is None or not chosen.isdisjoint(content.addresses):
                look.judge(content)
        return look


def _contents(
    targets: Iterable[Target], lock: Lock, formerly: Sequence[str]
) -> dict[str, _Content]:
    contents: dict[str, _Content] = {}

    def content(digest: str) -> _Content:
        marks = (title_mark(Mark.of(name, digest)) for name in (lock.project, *formerly))
        return contents.setdefault(digest, _Content(tuple(marks)))

    for target in targets:
        if target.proofread is not None:
            content(target.proofread.session).wants.append(target)
    for address, known in sorted(lock.sessions.items()):
        content(known.fingerprint).held[address] = known
    return contents


class _Look:
    """Judges one content after another, by what was seen so far."""

    def __init__(self, survey: SessionSurvey, seen: Seen, now: float) -> None:
        targets, lock = survey.targets, survey.lock
        self._targets, self._lock, self._rates = targets, lock, survey.rates
        self._bounds, self._seen, self._now = survey.bounds, seen, now
        contents: dict[str, set[str]] = {}
        for known in lock.sessions.values():
            contents.setdefault(known.proofread_id, set()).add(known.fingerprint)
        # Of one that the lock names for two contents nobody knows whose it is.
        self._doubtful = {name for name, found in contents.items() if len(found) > 1}
        # Of one that failed the lock keeps all that counts.
        failed = {item.id for item in seen.listed.values() if item.status is SessionStatus.FAILED}
        self._counted = self._doubtful | {
            known.proofread_id
            for address, known in lock.sessions.items()
            if address in targets
            and not (known.status is SessionStatus.FAILED and known.proofread_id in failed)
        }
        self.orphaned: set[str] = set()
        self.doomed: dict[str, PrunableSession] = {}
        self.kept: dict[str, Kept] = {}
        self.gone: dict[str, None] = {}

    def judge(self, content: _Content) -> None:
        """Decide about the sessions of a content."""
        listed = [
            item
            for item in self._seen.listed.values()
            if item.title_mark in content.marks
            and item.id not in self._counted
            and all(map(item.may_be, content.wants))
        ]
        # What is listed as failed counts as an attempt, be it there by its id or not.
        found = ((self._seen.of(item.id), item) for item in listed)
        there = [now or item for now, item in found if now or item.status is SessionStatus.FAILED]
        if content.wants:
            self._spare(content, sorted(there, key=age))
        elif self._targets.keys().isdisjoint(content.held):
            self._judge_orphans(content, filter(content.bears_our_name, there))
        for session in filter(content.bears_our_name, listed):
            if self._is_expired(session):
                self._doom(session, PruneKind.EXPIRED, content)

    def _judge_orphans(self, content: _Content, there: Iterable[Session]) -> None:
        """Let go of all that left the manifest, with what the list has of it besides."""
        for address, known in content.held.items():
            name = known.proofread_id
            self.orphaned.add(name)
            found = self._seen.of(name)
            if name in self._counted:
                continue
            if found is None and name in self._seen.asked:
                old = self._is_old(known.created_at) and name not in self._seen.listed
                if old or name in self._lock.deleted:
                    self.gone[name] = None
            elif found is not None and found.title_mark not in content.marks:
                self._keep(found, PruneKind.ORPHAN, address, KeptWhy.FOREIGN)
            elif found is not None:
                self._doom(found, PruneKind.ORPHAN, content, address)
        for session in there:
            self._doom(session, PruneKind.ORPHAN, content)

    def _spare(self, content: _Content, there: Sequence[Session]) -> None:
        """Find what a wanted content has in vain: what failed, and what a later one replaced.

        Which order comes next, and whether one does, must be the same without them.
        """
        holders = [self._lock.sessions.get(target.address) for target in content.wants]
        known = [item for item in holders if item is not None and item in content.held.values()]
        if len(known) < len(holders) or any(i.proofread_id in self._doubtful for i in known):
            return
        failed = [item for item in there if item.status is SessionStatus.FAILED]
        if failed and all(_remembers(item, failed) for item in known):
            for session in failed if all(map(content.bears_our_name, failed)) else ():
                self._doom(session, PruneKind.FAILED, content)
                if session.id in self.kept:
                    return  # or an older one would be the newest
            return
        stays = [self._seen.of(item.proofread_id) for item in known if _is_good(item)]
        ready = [item for item in stays if item is not None and _stands(item, content)]
        if len(ready) < len(known):
            return
        ids = tuple(sorted({item.id for item in ready}))
        for session in filter(content.bears_our_name, there):
            # A younger one lives longer, and may be needed once this one is over.
            if age(session) < min(map(age, ready)):
                dead = session.status is SessionStatus.FAILED
                kind = PruneKind.FAILED if dead else PruneKind.SUPERSEDED
                self._doom(session, kind, content, stays=ids)

    def _is_old(self, created_at: int | None) -> bool:
        """Return whether a session is so old that it cannot be alive."""
        return created_at is not None and self._now - created_at >= _LIFE

    def _is_expired(self, session: Session) -> bool:
        """Return whether a listed session is over, or may be as far as nobody was asked."""
        over = self._seen.asked.get(session.id) is None and session.id not in self._lock.deleted
        failed = session.status is SessionStatus.FAILED
        return over and not failed and self._is_old(session.created_at)

    def _doom(
        self,
        session: Session,
        kind: PruneKind,
        content: _Content,
        address: str | None = None,
        stays: tuple[str, ...] = (),
    ) -> None:
        """Let a session go, unless there is a reason to keep it."""
        address = address or content.addresses[0]
        if session.id in self.doomed:
            return
        why = self._why_kept(session, kind, content)
        if why is not None:
            self._keep(session, kind, address, why)
            return
        length = self._length(address)
        cost = None if length is None else round(length * self._rates.proofread, 4)
        if session.status is SessionStatus.FAILED:
            cost = 0.0  # failed sessions are not charged
        self.doomed[session.id] = PrunableSession(
            session.id,
            kind,
            address,
            session.status,
            session.created_at,
            cost,
            length,
            stays,
        )

    def _why_kept(self, session: Session, kind: PruneKind, content: _Content) -> KeptWhy | None:
        addresses, known = content.addresses, content.held.values()
        ordered = (item.created_at for item in known if item.proofread_id == session.id)
        created = session.created_at or next(ordered, None)
        entries = (self._lock.entries.get(address) for address in addresses)
        if any(item.protect for item in content.wants) or any(e and e.protected for e in entries):
            return KeptWhy.PROTECTED
        if session.id in self._bounds.elsewhere:
            return KeptWhy.ELSEWHERE
        working = session.status is SessionStatus.PROCESSING and kind is not PruneKind.EXPIRED
        if working or not set(addresses).isdisjoint(self._bounds.rendering):
            return KeptWhy.RENDERING
        if created is None or self._now - created < EVENTUAL_CONSISTENCY_SECONDS:
            return KeptWhy.FRESH
        return None

    def _keep(self, session: Session, kind: PruneKind, address: str, why: KeptWhy) -> None:
        other = self._bounds.elsewhere.get(session.id) if why is KeptWhy.ELSEWHERE else None
        self.kept[session.id] = Kept(session.id, kind, address, why, other)

    def _length(self, address: str) -> float | None:
        entry, target = self._lock.entries.get(address), self._targets.get(address)
        if target is not None and target.duration is not None:
            return target.duration
        return entry.job.duration if entry is not None else None


def _remembers(known: LockedSession, failed: Sequence[Session]) -> bool:
    """Return whether a lock's session says all that failed ones do, the newest last."""
    same = known.status is SessionStatus.FAILED and known.proofread_id == failed[-1].id
    return same and known.attempts >= len(failed)


def _is_good(known: LockedSession) -> bool:
    """Return whether a session's text was had."""
    done = known.status is SessionStatus.COMPLETED
    return done and known.cues is not None and known.unusable is None


def _stands(session: Session, content: _Content) -> bool:
    done = session.status is SessionStatus.COMPLETED
    return done and session.title_mark in content.marks and session.created_at is not None
