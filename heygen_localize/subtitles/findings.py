"""What a check says of subtitles: one finding each, gathered and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong. `line` counts from 1: a line of subtitles, a row of a sheet."""

    message: str
    line: int | None = None
    hint: str | None = None


class SubtitleError(Exception):
    """Subtitles, or a sheet of them, that cannot be used; with all mistakes that were found.

    `message`, `line` and `hint` are those of the first.
    """

    def __init__(self, message: str, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.mistakes: tuple[Mistake, ...] = (Mistake(message, line, hint),)

    @classmethod
    def of(cls, mistakes: Sequence[Mistake]) -> SubtitleError:
        """Make one error of several mistakes, so that they are told together."""
        first = mistakes[0]
        error = cls(first.message, first.line, first.hint)
        error.mistakes = tuple(mistakes)
        return error

    @property
    def message(self) -> str:
        """What is wrong first of all."""
        return self.mistakes[0].message

    @property
    def line(self) -> int | None:
        """Where the first mistake stands, where that is known."""
        return self.mistakes[0].line

    @property
    def hint(self) -> str | None:
        """How to mend the first mistake."""
        return self.mistakes[0].hint


class Severity(Enum):
    """Whether a finding stops the upload."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or may be.

    Attributes:
        code: Stable and machine-readable.
        line: In the file, from 1; None where it is about the whole file.
        cue: Its place among the cues, from 1: its number where they are numbered rightly.
        hint: How to mend it.
    """

    severity: Severity
    code: str
    message: str
    line: int | None = None
    cue: int | None = None
    hint: str | None = None


@dataclass(frozen=True)
class CheckLimits:
    """What a check holds subtitles against.

    Attributes:
        max_line_length: Columns of the longest line; a wide character takes two.
        max_lines: Lines of a cue; None for as many as one likes.
        max_findings: How many findings are told one by one.
        max_bytes: What the vendor takes as an asset (docs/vendor/behaviour.md, Assets).
    """

    max_line_length: int = 80
    max_lines: int | None = None
    max_findings: int = 1000
    max_bytes: int = 32 * 1024 * 1024


DEFAULT_LIMITS = CheckLimits()


class Findings:
    """Gathers findings; of those that are too many it keeps errors before warnings."""

    def __init__(self, limits: CheckLimits) -> None:
        self._most = limits.max_findings
        self._kept: dict[Severity, list[Finding]] = {severity: [] for severity in Severity}
        self._dropped = 0

    def error(
        self,
        code: str,
        message: str,
        line: int | None = None,
        cue: int | None = None,
        hint: str | None = None,
    ) -> None:
        """Add what stops the upload."""
        self._add(Finding(Severity.ERROR, code, message, line, cue, hint))

    def warning(
        self,
        code: str,
        message: str,
        line: int | None = None,
        cue: int | None = None,
        hint: str | None = None,
    ) -> None:
        """Add what a reviewer should look at."""
        self._add(Finding(Severity.WARNING, code, message, line, cue, hint))

    def _add(self, finding: Finding) -> None:
        kept = self._kept[finding.severity]
        if len(kept) < self._most:
            kept.append(finding)
        else:
            self._dropped += 1

    def sorted(self) -> tuple[Finding, ...]:
        """Give them by line; what is about the whole file comes first."""
        errors, warnings = self._kept[Severity.ERROR], self._kept[Severity.WARNING]
        room = self._most - len(errors)
        dropped = self._dropped + max(0, len(warnings) - room)
        told = sorted(errors + warnings[:room], key=lambda finding: finding.line or 0)
        if dropped:
            severity = Severity.ERROR if errors else Severity.WARNING
            told.append(Finding(severity, "too_many", f"and {dropped} findings more"))
        return tuple(told)
