"""One family of errors: what went wrong, where, how to mend it, and the exit code.

Anything a user can cause, or HeyGen can answer, is a `LocalizeError`; whatever else
reaches the command line is our own bug. The whole family is here, with exit codes where they
change, but for two that are made of more than a diagnostic: `system.UnsafePathError`, of a
path, and `heygen.errors.ApiError` (4, its `AccountRefused` 7), of an HTTP answer.

* LocalizeError (2)
    * UsageError: InputError: FileError
    * ManifestError, LockfileError, JournalError, FrozenError (5), NotTextError
    * SubtitleError, TextError, MachineTextError
    * BusyError, DiskError, GitError, DownloadError: LinkRefused, UploadRefused
    * BucketError: BucketUnreachable (4): TakenError, AbsentError
    * ConsentError, DemoError, LimitError (3), AccountError (7)
    * VendorError (4): JobGone, JobForeign; StateError: StateGoneError (4)
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, ClassVar

from msgspec import Struct
from msgspec.structs import asdict

from heygen_localize.core.excerpts import Excerpt
from heygen_localize.core.exit_codes import ExitCode as ExitCode


class Where(Struct, frozen=True, order=True):
    """The place a problem stands, as far as it is known; lines and columns count from 1.

    `path` is the way through the document (`videos.intro.mode`), `file` as the user types it.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        """Render as `file:line:column (path)`, the form that editors make a link of."""
        parts = (self.file, self.line, self.column)
        place = ":".join(str(part) for part in parts if part is not None)
        return f"{place} ({self.path})" if self.path and place else place or self.path or ""


NOWHERE = Where()


class Severity(Enum):
    """Whether a diagnostic stops what was asked for."""

    ERROR = "error"
    WARNING = "warning"


class Diagnostic(Struct, frozen=True):
    """One mistake or failure, ready to be shown to a person or as JSON.

    `code` is stable and machine-readable; `hint` tells how to mend it. `address` is the
    target or video that it is about, `excerpt` the lines where it stands, the place first.
    """

    code: str
    message: str
    where: Where = NOWHERE
    hint: str | None = None
    severity: Severity = Severity.ERROR
    address: str | None = None
    excerpt: tuple[Excerpt, ...] = ()

    @property
    def placed(self) -> str:
        """The message behind its place, for where one line is all that is told."""
        place = str(self.where)
        return f"{place}: {self.message}" if place else self.message

    def document(self) -> dict[str, Any]:
        """Return the diagnostic as JSON has it."""
        told = asdict(self) | {"where": asdict(self.where), "excerpt": [*map(asdict, self.excerpt)]}
        del told["severity"]
        return told


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
        super().__init__(message)
        only = Diagnostic(code or self.default_code, message, where, hint)
        self.problems: tuple[Diagnostic, ...] = (only,)

    @classmethod
    def of(cls, problems: Iterable[Diagnostic]) -> LocalizeError:
        """Return one error of several problems, so that they are reported together."""
        first, *others = problems
        error = cls(first.message)
        error.problems = (first, *others)
        return error

    @property
    def first(self) -> Diagnostic:
        """What is wrong first of all."""
        return self.problems[0]

    def __str__(self) -> str:
        """Join the messages, each behind its place."""
        return "\n".join(problem.placed for problem in self.problems)


class UsageError(LocalizeError):
    """The command line or the environment asks for something that cannot be done."""

    default_code = "usage"


class InputError(UsageError):
    """A value that cannot be used; whoever knows its place adds it, where it is `NOWHERE`."""

    def __init__(self, code: str, message: str, hint: str | None = None, where: Where = NOWHERE):
        super().__init__(message, code=code, where=where, hint=hint)


class FileError(InputError):
    """A file that is missing or unfit: each is one to mend, whatever names them all."""


class ManifestError(LocalizeError):
    """The manifest is not one that can be applied."""

    default_code = "manifest_invalid"


class LockfileError(LocalizeError):
    """The lockfile cannot be read, or is not this manifest's."""

    default_code = "lockfile_invalid"


class FrozenError(LocalizeError):
    """The lockfile would change, and nobody wants it to."""

    exit_code = ExitCode.CHANGES
    default_code = "lockfile_not_current"


class JournalError(LocalizeError):
    """The journal of answers cannot be read or written."""

    default_code = "journal_invalid"


class NotTextError(LocalizeError):
    """Bytes that are no text: of another encoding, or a Git LFS pointer (`encoding.POINTER`)."""

    default_code = "not_utf8"


class SubtitleError(LocalizeError):
    """Subtitles, or a sheet of them, that cannot be used; the `line` of a sheet is its row."""

    default_code = "subtitles_invalid"


class TextError(LocalizeError):
    """A subtitle file that cannot be read or written."""

    default_code = "subtitles_unwritable"


class MachineTextError(LocalizeError):
    """HeyGen's text of a proofread session cannot be had."""

    default_code = "machine_text_missing"


class StateError(LocalizeError):
    """The shared state cannot be used as it is set up."""

    default_code = "state_refused"


class StateGoneError(StateError):
    """The shared state does not answer, or no longer: it may another time."""

    exit_code = ExitCode.VENDOR
    default_code = "state_unreachable"


class BusyError(LocalizeError):
    """Another process works on the same manifest, or on the same project elsewhere."""

    default_code = "apply_running"


class DiskError(LocalizeError):
    """The disk does not take what must be kept."""

    default_code = "disk_unwritable"


class GitError(LocalizeError):
    """There is a repository, and git could not be asked about it."""

    default_code = "git_failed"


class DownloadError(LocalizeError):
    """A file that could not be fetched."""

    default_code = "download_refused"


class LinkRefused(DownloadError):
    """The link opens nothing (any more): a new one may."""


class UploadRefused(LocalizeError):
    """A file that cannot be sent; other targets go on."""

    default_code = "upload_failed"


class BucketError(LocalizeError):
    """A bucket, or an object in it, that cannot be used as it is; other targets go on."""

    default_code = "bucket_refused"


class BucketUnreachable(BucketError):
    """A bucket that does not answer, or goes on answering that it cannot."""

    exit_code = ExitCode.VENDOR
    default_code = "bucket_unreachable"


class TakenError(BucketUnreachable):
    """Something else stands there than what was expected to, or so the bucket says."""


class AbsentError(BucketUnreachable):
    """There is no such object, or no such bucket."""


class ConsentError(LocalizeError):
    """Nobody agreed to pay: no terminal to ask on, and neither `--yes` nor `CI`."""

    default_code = "consent_needed"


class DemoError(LocalizeError):
    """A step of the demo did not end as it should."""

    default_code = "demo_failed"


class LimitError(LocalizeError):
    """A limit of the manifest, or a safety check, refuses the plan before it costs."""

    exit_code = ExitCode.LIMIT
    default_code = "limit_exceeded"


class VendorError(LocalizeError):
    """HeyGen or the network failed, and went on failing."""

    exit_code = ExitCode.VENDOR
    default_code = "vendor_failed"


class JobGone(VendorError):
    """The job whose files are wanted was deleted at HeyGen."""

    default_code = "job_gone"


class JobForeign(VendorError):
    """The job whose files are wanted bears another project's mark."""

    default_code = "job_foreign"


class AccountError(LocalizeError):
    """HeyGen refuses the key (401, 403) or the balance (402)."""

    exit_code = ExitCode.ACCOUNT
    default_code = "account_refused"
