"""How a target's files were found, judged anew from what the lock has of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from heygen_localize.core.checks import Severity
from heygen_localize.core.lock import LockedJob, LockEntry
from heygen_localize.core.locked_check import LockedCheck
from heygen_localize.core.measurement import MEASURING
from heygen_localize.core.model import Target
from heygen_localize.planning.check import (
    CheckFiles,
    CheckState,
    Expected,
    Finding,
    Subject,
    files_of_target,
    state_of,
)
from heygen_localize.planning.pull import CAPTIONS, wanted


class Checked(Struct, frozen=True):
    """How a job's files were found. `problem` is the code of why they could not be measured."""

    state: CheckState
    findings: tuple[Finding, ...] = ()
    problem: str | None = None

    @property
    def errors(self) -> int:
        """Count what is wrong by a rule of severity error."""
        return _count(self.findings, Severity.ERROR) + (self.problem is not None)

    @property
    def warnings(self) -> int:
        """Count what is wrong by a rule that only warns."""
        return _count(self.findings, Severity.WARN)


def checked(target: Target, job: LockedJob) -> Checked | None:
    """Return how a completed job's files were found; None where there is nothing to look at."""
    known = job.check
    if known is None:
        any_media = any(output.kind not in CAPTIONS for output in target.outputs)
        return Checked(CheckState.UNCHECKED) if any_media else None
    files = files_of_target(target, wanted(target, job))
    if files is None:
        return None
    if not is_current(known, files):
        return Checked(CheckState.UNCHECKED)
    found = judged(known, files)
    return Checked(state_of(found, known.problem is not None), found, known.problem)


def rejected(target: Target, entry: LockEntry) -> bool:
    """Return whether a target's newest render is not used, since its check failed."""
    if entry.held is None or target.skip:
        return False
    found = checked(target, entry.held)
    return found is not None and found.state is CheckState.FAILED


def is_current(known: LockedCheck, files: CheckFiles) -> bool:
    """Return whether it is about the very files that were pulled, as they are measured now."""
    media = files.media.known
    return (
        known.measuring == MEASURING
        and (known.media is not None or known.problem is not None)
        and media is not None
        and media.sha256 == known.sha256
        and files.captions_sha256 == known.captions_sha256
    )


def judged(known: LockedCheck, files: CheckFiles) -> tuple[Finding, ...]:
    """Return what is wrong with files, by the rules of the manifest as they are now."""
    if known.media is None:
        return ()
    # Here, since a status without checks needs no rules.
    from heygen_localize.planning.check_rules import findings

    subject = Subject(Expected.of(files.target), known.media, known.captions, known.source)
    return findings(subject, files.rules)


def _count(found: Sequence[Finding], severity: Severity) -> int:
    return sum(one.severity is severity for one in found)
