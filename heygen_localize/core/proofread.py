"""The words of the proofread workflow: subtitles that people review before the render."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic


class SessionStatus(Enum):
    """The states of a proofread session at HeyGen."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Approval(Enum):
    """What makes a reviewed text approved: being committed, or a command."""

    GIT = "git"
    EXPLICIT = "explicit"


class ReviewText(Struct, frozen=True):
    """A subtitle file of the repository, as people wrote it and as it is sent.

    `sha256` stands for what was written, without BOM and with LF. `sent` is the SHA-256
    and `size` the bytes of the canonical form that HeyGen gets. `cues` stands for
    the number of cues and their times. `approved` says that people agreed to exactly
    this text. `mistakes` keep it from being rendered, `warnings` do not.
    """

    sha256: str
    sent: str
    size: int
    cues: str
    approved: bool = False
    mistakes: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


class Proofread(Struct, frozen=True):
    """How a target's subtitles are reviewed before it is rendered.

    `path` is the reviewed file, `source_path` the transcript beside it, both from
    the manifest's folder. `session` is the fingerprint of what HeyGen's session
    is made from: everything but the text.
    """

    path: str
    source_path: str
    session: str
    approval: Approval = Approval.GIT
    max_line_length: int = 80
    text: ReviewText | None = None

    @property
    def approved(self) -> str | None:
        """The SHA-256 of the text, where people agreed to it."""
        return self.text.sha256 if self.text is not None and self.text.approved else None


def addressed(problem: Diagnostic, address: str) -> Diagnostic:
    """Put a target's name into a hint that says only where one belongs."""
    hint = problem.hint and problem.hint.replace("ADDRESS", address)
    return replace(problem, hint=hint)
