"""What the subcommands share: the account, opened only where it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heygen_localize.cli.shell import Shell, loopback_base, open_account
from heygen_localize.core.errors import AccountError
from heygen_localize.operations.proofread.machine_text import Opener
from heygen_localize.operations.proofread.selection import Request
from heygen_localize.project.account import Account


def request_of(file: Path, targets: Sequence[str]) -> Request:
    """Gather what a subcommand is asked for."""
    return Request(file, tuple(targets), loopback_base())


def opener(shell: Shell) -> Opener:
    """Return what opens the account; without a key it gives none."""

    def opened() -> Account | None:
        try:
            return open_account(shell)
        except AccountError:
            return None

    return opened
