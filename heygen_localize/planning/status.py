"""Where every target stands, from the manifest and the lock alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import NO_OUTPUTS, JobStatus, OutputUrls, Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.planning.checked import Checked, checked, rejected
from heygen_localize.planning.renames import renamed


class TargetStatus(Enum):
    """The words of `status`: HeyGen's, and six of ours."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    MISSING = "missing"
    HELD = "held"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    ORPHAN = "orphan"


OUTDATED = "outdated"
"""The word for targets of which the manifest wants another job than the lockfile has."""

STATES = (*(status.value for status in TargetStatus), OUTDATED)
"""What targets can be chosen by."""


class StatusRow(Struct, frozen=True):
    """One target's standing.

    `outputs` and `public_url` are of the job whose files are good to use now: the earlier one
    while a replacement renders (`serving_earlier`). `stale` says that the
    manifest wants something else by now, `skip` why it is not wanted, `in_review` that
    its subtitles wait for people, or for HeyGen to make them. `pinned` is the job that
    the manifest names and the lock does not have yet; `moved_from` the address under which
    the lock has what is wanted. `check` is how its newest files were found, `held`
    that they are not used before that is well. `waits` says for what it waits until anything is
    ordered, where anything is to be.
    """

    address: str
    language: str
    standing: TargetStatus
    translation_id: str | None = None
    failure_message: str | None = None
    outputs: OutputUrls = NO_OUTPUTS
    public_url: str | None = None
    serving_earlier: bool = False
    stale: bool = False
    skip: str | None = None
    in_review: bool = False
    pinned: str | None = None
    moved_from: str | None = None
    wanted: bool = True
    check: Checked | None = None
    held: bool = False
    waits: Diagnostic | None = None

    @property
    def incomplete(self) -> bool:
        """Whether the manifest wants something that is not rendered as it wants it."""
        rendered = self.standing is TargetStatus.COMPLETED
        return self.wanted and (not rendered or self.stale or self.held)

    @property
    def told(self) -> str:
        """The one of `STATES` that people read: what is rendered may be in review, or outdated."""
        rendered = self.standing is TargetStatus.COMPLETED
        if rendered and self.stale and not self.in_review:
            return OUTDATED
        shown = TargetStatus.IN_REVIEW if rendered and self.in_review else self.standing
        return str(shown.value)

    def is_one_of(self, states: Collection[str]) -> bool:
        """Return whether one of `STATES` is the target's: what is held is missing as well."""
        if self.standing is TargetStatus.HELD and TargetStatus.MISSING.value in states:
            return True
        return self.standing.value in states or (self.stale and OUTDATED in states)


def chosen(
    selected: frozenset[str] | None,
    states: Collection[str],
    targets: Iterable[Target],
    lock: Lock,
    now: float,
) -> frozenset[str] | None:
    """Return those of the selected addresses that are in one of the states; None stands for all.

    Without states the selection stays as it is; with some it may come to nothing, which is
    not None.
    """
    if not states:
        return selected
    rows = target_statuses(targets, lock, now)
    found = frozenset(row.address for row in rows if row.is_one_of(states))
    return found if selected is None else found & selected


def target_statuses(
    targets: Iterable[Target], lock: Lock, now: float = 0.0
) -> tuple[StatusRow, ...]:
    """Return where every target of the manifest and every entry of the lock stands.

    `now` is in seconds since 1970: what waits for a moment does so until then.
    """
    targets, rows = tuple(targets), {}
    waiting = _waiting(targets, lock, now)
    moves = renamed(targets, lock)
    for target in targets:
        moved_from = moves.get(target.address)
        entry = lock.entries.get(moved_from or target.address)
        review, wait = _in_review(target, lock), waiting.get(target.address)
        if entry is None:
            lacking = TargetStatus.MISSING if wait is None else TargetStatus.HELD
            standing = TargetStatus.IN_REVIEW if review else lacking
            rows[target.address] = StatusRow(
                target.address,
                target.language.name,
                TargetStatus.SKIPPED if target.skip else standing,
                skip=target.skip,
                in_review=review,
                pinned=None if target.skip else target.job,
                wanted=not target.skip,
                waits=wait,
            )
        else:
            pin = None if target.skip or target.job == entry.job.translation_id else target.job
            other = pin is not None or not target.is_of(entry.job.fingerprint)
            stale = other and not target.skip
            refused = not stale and rejected(target, entry)
            row = _row(target.address, entry, TargetStatus.REJECTED if refused else None, stale)
            in_review = review and stale  # else it is rendered from this very text
            rows[target.address] = replace(
                row,
                in_review=in_review,
                pinned=pin,
                moved_from=moved_from,
                wanted=not target.skip,
                check=_checked(target, entry),
                held=not target.skip and entry.held is not None,
                waits=wait if stale or row.standing is TargetStatus.FAILED else None,
            )
    for address in lock.entries.keys() - rows.keys() - set(moves.values()):
        row = _row(address, lock.entries[address], TargetStatus.ORPHAN, False)
        rows[address] = replace(row, wanted=False)
    return tuple(rows[address] for address in sorted(rows))


def _waiting(targets: Sequence[Target], lock: Lock, now: float) -> Mapping[str, Diagnostic]:
    """Return what the targets wait for that wait for a canary or for a moment."""
    if not any(target.canaries or target.not_before for target in targets):
        return {}
    # Here, since most manifests have none.
    from heygen_localize.planning.waves import waits

    return {address: wait.problem for address, wait in waits(targets, lock, now).items()}


def _in_review(target: Target, lock: Lock) -> bool:
    """Return whether subtitles keep a target from its render: nobody agreed, or none are made."""
    review, session = target.proofread, lock.sessions.get(target.address)
    if review is None or target.skip:
        return False
    if session is not None and session.fingerprint != review.session:
        session = None
    text = review.text
    if text is None:
        return session is not None and session.status is not SessionStatus.FAILED
    other_cues = session is not None and session.cues not in (None, text.cues)
    if other_cues or text.mistakes or not text.approved:
        return True
    return session is not None and session.status is SessionStatus.PROCESSING


def _checked(target: Target, entry: LockEntry) -> Checked | None:
    job = entry.held or entry.served
    if target.skip or job is None or job.status is not JobStatus.COMPLETED:
        return None
    return checked(target, job)


def _row(address: str, entry: LockEntry, standing: TargetStatus | None, stale: bool) -> StatusRow:
    served = entry.served
    return StatusRow(
        address=address,
        language=entry.language,
        standing=standing or TargetStatus(entry.job.status.value),
        translation_id=entry.job.translation_id,
        failure_message=entry.job.failure_message,
        outputs=served.outputs if served is not None else NO_OUTPUTS,
        public_url=served.public_url if served is not None else None,
        serving_earlier=served is not None and served is not entry.job,
        stale=stale,
    )
