"""One family of errors: what went wrong, where, how to mend it, and the exit code.

Anything a user can cause, or a vendor can answer, is a `LocalizeError`. Whatever
else reaches the command line is our own bug.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process tells its caller; the table stands in docs/exit-codes.md."""

    OK = 0
    TARGETS_FAILED = 1
    USAGE = 2
    LIMIT = 3
    VENDOR = 4
    CHANGES = 5
    STILL_RUNNING = 6
    ACCOUNT = 7
    BUG = 70
    UNWRITTEN = 74
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143

    # As from Python 3.11 on; before, str() gives the name.
    __str__ = int.__repr__


@dataclass(frozen=True, order=True)
class Where:
    """The place a problem stands: as much of it as is known.

    `line` and `column` count from 1. `path` is the way through the document
    (`videos.intro.mode`), `file` as the user would type it.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        """Render as `file:line:column (path)`, the form that editors make a link of."""
        numbers = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        place = ":".join(numbers)
        if self.path and place:
            return f"{place} ({self.path})"
        return place or self.path or ""


NOWHERE = Where()


@dataclass(frozen=True)
class Problem:
    """One mistake or failure, ready to be shown to a person or as JSON.

    `code` is stable and machine-readable; `hint` tells how to mend it.
    """

    code: str
    message: str
    where: Where = NOWHERE
    hint: str | None = None


class LocalizeError(Exception):
    """One or more problems that end the command with `exit_code`."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE
    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        where: Where = NOWHERE,
        hint: str | None = None,
    ) -> None:
        self.problems: tuple[Problem, ...] = (
            Problem(code or self.default_code, message, where, hint),
        )
        super().__init__(message)

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> LocalizeError:
        """Make one error of several problems, so that they are reported together."""
        gathered = tuple(problems)
        error = cls(gathered[0].message)
        error.problems = gathered
        return error

    def __str__(self) -> str:
        """Join the messages, each behind its place."""
        lines = []
        for problem in self.problems:
            place = str(problem.where)
            lines.append(f"{place}: {problem.message}" if place else problem.message)
        return "\n".join(lines)


class UsageError(LocalizeError):
    """The command line or the environment asks for something that cannot be done."""

    default_code = "usage"


class ManifestError(LocalizeError):
    """The manifest is not one that can be applied."""

    default_code = "manifest_invalid"


class LockfileError(LocalizeError):
    """The lockfile cannot be read, or is not this manifest's."""

    default_code = "lockfile_invalid"


class JournalError(LocalizeError):
    """The journal of answers cannot be read or written."""

    default_code = "journal_invalid"


class ConsentError(LocalizeError):
    """Nobody agreed to pay: no terminal to ask on, and neither `--yes` nor `CI`."""

    default_code = "consent_needed"


class LimitError(LocalizeError):
    """A limit of the manifest, or a safety check, refuses the plan before it costs."""

    exit_code = ExitCode.LIMIT
    default_code = "limit_exceeded"


class AccountError(LocalizeError):
    """The vendor refuses the key (401, 403) or the balance (402)."""

    exit_code = ExitCode.ACCOUNT
    default_code = "account_refused"


class VendorError(LocalizeError):
    """The vendor or the network failed, and went on failing."""

    exit_code = ExitCode.VENDOR
    default_code = "vendor_failed"
