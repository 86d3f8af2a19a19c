"""What people see of subtitles under review: their progress, and what was edited. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic, Where
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import JobStatus, Target
from heygen_localize.core.proofread import Proofread
from heygen_localize.core.terms import Term
from heygen_localize.planning.proofread import Stage, stage_of
from heygen_localize.subtitles import CueChange, TermFinding, Transcript, check_terms, compare
from heygen_localize.subtitles.alignment import shown_together
from heygen_localize.subtitles.timing import Times

_AFTER_ORDER = {
    JobStatus.PENDING: Stage.GENERATING,
    JobStatus.RUNNING: Stage.GENERATING,
    JobStatus.COMPLETED: Stage.COMPLETED,
    JobStatus.FAILED: Stage.FAILED,
}


class ProofreadTarget(Struct, frozen=True):
    """A target whose subtitles are reviewed, and how they are."""

    target: Target
    review: Proofread

    @property
    def address(self) -> str:
        """The target's name: `intro/es-MX`."""
        return self.target.address


class ProofreadStatusRow(Struct, frozen=True):
    """How far one target's review is, and what is wrong with its text as it stands.

    `mistakes` keep it from being rendered; `warnings` do not, and neither do `terms`
    that were not kept, which are told by cue and line.
    """

    address: str
    path: str
    progress: Stage
    mistakes: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    terms: tuple[TermFinding, ...] = ()


class CueEdit(Struct, frozen=True):
    """A cue whose text is not HeyGen's, with what is said in the video meanwhile."""

    change: CueChange
    source: str | None


class TextDiff(Struct, frozen=True):
    """One target's text as reviewed, held against HeyGen's.

    `trouble` says why they could not be compared; then there are neither `edits` nor
    `unchanged` cues.
    """

    row: ProofreadStatusRow
    edits: tuple[CueEdit, ...] = ()
    unchanged: int = 0
    trouble: str | None = None


def under_review(targets: Sequence[Target]) -> tuple[ProofreadTarget, ...]:
    """Return the targets whose subtitles are reviewed."""
    return tuple(
        ProofreadTarget(target, target.proofread)
        for target in targets
        if target.proofread is not None
    )


def progress_of(reviewed: ProofreadTarget, lock: Lock) -> Stage:
    """Return how far a review is, as the lock has it: nobody is asked."""
    review, entry = reviewed.review, lock.entries.get(reviewed.address)
    text = review.text
    ordered = entry.job if entry is not None and text is not None and text.approved else None
    if ordered is not None and reviewed.target.is_of(ordered.fingerprint):
        return _AFTER_ORDER[ordered.status]
    session = lock.sessions.get(reviewed.address)
    stage = stage_of(review, session, {})
    has_text = session is not None and text is not None and session.uploaded == text.sha256
    return Stage.UPLOADED if stage is Stage.APPROVED and has_text else stage


def mistakes_of(reviewed: ProofreadTarget, lock: Lock) -> tuple[Diagnostic, ...]:
    """Return all that keeps a text from being rendered.

    Where this machine lacks HeyGen's text, the lock still knows its cues and times.
    """
    review = reviewed.review
    if review.text is None:
        return ()
    if review.text.mistakes:
        return review.text.mistakes
    stage, address = stage_of(review, lock.sessions.get(reviewed.address), {}), reviewed.address
    if stage is Stage.RE_REVIEW:
        code = "needs_re_review"
        message = "HeyGen's new session has other cues than the one that was reviewed"
        hint = f"see localize proofread diff {address}, and bring the text to the new cues"
    elif stage is Stage.MISTAKEN:
        code = "subtitles_times"
        message = "has other cues or times than HeyGen's version, which ruins the render"
        hint = f"localize proofread fix-times {address} restores them and keeps the text"
    else:
        return ()
    return (Diagnostic(code, message, Where(review.path), hint),)


def terms_of(
    reviewed: ProofreadTarget,
    source: Transcript | None,
    text: Transcript | None,
    terms: Sequence[Term],
) -> tuple[TermFinding, ...]:
    """Find the cues in which terms of the manifest were not kept."""
    if text is None:
        return ()
    return check_terms(source, text, terms, reviewed.target.language.tag)


def term_problem(finding: TermFinding, path: str) -> Diagnostic:
    """Return a term that was not kept as a problem like all other warnings."""
    return Diagnostic("subtitles_term", finding.message, Where(path, finding.line))


def diff_of(
    row: ProofreadStatusRow, machine: Transcript, text: Transcript, source: Transcript | None
) -> TextDiff:
    """Hold a text against HeyGen's, cue by cue, with the source beside it."""
    changes = compare(machine, text)
    said: Sequence[str | None] = [None] * len(changes)
    if source is not None:
        times = [cue.times for cue in source.cues]
        together = shown_together([Times(change.start, change.end) for change in changes], times)
        said = ["\n".join(source.cues[place].text for place in sorted(found)) for found in together]
    edits = tuple(
        CueEdit(change, words or None) for change, words in zip(changes, said, strict=True)
    )
    edited = sum(change.machine is not None for change in changes)
    return TextDiff(row, edits, len(machine.cues) - edited)
