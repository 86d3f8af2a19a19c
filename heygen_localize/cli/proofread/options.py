"""What the subcommands share: the account, opened only where it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heygen_localize.cli.shell import Shell, loopback_base, open_account
from heygen_localize.desk.originals import Opener
from heygen_localize.desk.papers import Request
from heygen_localize.errors import AccountError
from heygen_localize.facts import Account


def request_of(file: Path, targets: Sequence[str]) -> Request:
    """Gather what a subcommand is asked for."""
    return Request(file, tuple(targets), loopback_base())


def opener(shell: Shell) -> Opener:
    """Give what opens the account; without a key it gives none."""

    def opened() -> Account | None:
        try:
            return open_account(shell)
        except AccountError:
            return None

    return opened
