"""What a check says of subtitles: one finding each, gathered and bounded."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic, Severity, SubtitleError, Where

MOST_MISTAKES = 100
"""As many as are told of one file."""


def mistake(message: str, line: int | None = None, hint: str | None = None) -> Diagnostic:
    """Return one thing that is wrong; `line` counts from 1: of subtitles, a row of a sheet."""
    return Diagnostic(SubtitleError.default_code, message, Where(line=line), hint)


class Finding(Diagnostic, frozen=True):
    """One thing that is wrong, or may be, at a line of a file (None: about the whole of it).

    `cue` is the place among the cues, from 1: the number where they are numbered rightly.
    """

    cue: int | None = None


class CheckLimits(Struct, frozen=True):
    """What a check holds subtitles against.

    Attributes:
        max_line_length: Columns of the longest line; a wide character takes two.
        max_findings: How many findings are told one by one.
        max_bytes: What HeyGen takes as an asset (docs/vendor/behaviour.md, Assets).
    """

    max_line_length: int = 80
    max_findings: int = 1000
    max_bytes: int = 32 * 1024 * 1024


DEFAULT_LIMITS = CheckLimits()


class Findings:
    """Gathers findings; of those that are too many it keeps errors before warnings.

    `error` adds what stops the upload, `warning` what a reviewer should look at.
    """

    def __init__(self, limits: CheckLimits) -> None:
        self._most = limits.max_findings
        self._kept: dict[Severity, list[Finding]] = {severity: [] for severity in Severity}
        self._dropped = 0
        self.error = partial(self._add, Severity.ERROR)
        self.warning = partial(self._add, Severity.WARNING)

    def _add(
        self,
        severity: Severity,
        code: str,
        message: str,
        line: int | None = None,
        cue: int | None = None,
        hint: str | None = None,
    ) -> None:
        kept = self._kept[severity]
        if len(kept) < self._most:
            kept.append(Finding(code, message, Where(line=line), hint, severity, cue=cue))
        else:
            self._dropped += 1

    def sorted(self) -> tuple[Finding, ...]:
        """Return them by line; what is about the whole file comes first."""
        errors, warnings = self._kept[Severity.ERROR], self._kept[Severity.WARNING]
        room = self._most - len(errors)
        dropped = self._dropped + max(0, len(warnings) - room)
        told = sorted(errors + warnings[:room], key=lambda finding: finding.where.line or 0)
        if dropped:
            severity = Severity.ERROR if errors else Severity.WARNING
            told.append(Finding("too_many", f"and {dropped} findings more", severity=severity))
        return tuple(told)
