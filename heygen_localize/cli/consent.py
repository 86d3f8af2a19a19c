"""Consent: somebody's yes, asked for on a terminal before anything costs or is deleted."""

from __future__ import annotations

import signal
import sys

import click

from heygen_localize.core.errors import ConsentError
from heygen_localize.system.signals import Interrupted


class Cancelled(Interrupted):
    """Somebody left at the question; `outcome` is what that comes to."""

    def __init__(self, number: int, outcome: str) -> None:
        super().__init__(number)
        self.outcome = outcome


def ask(question: str, *, nobody: str, hint: str, refused: str) -> None:
    """Get somebody's yes.

    Args:
        question: What is asked, with its question mark.
        nobody: What is told where there is no terminal to ask on.
        hint: How to say yes without a terminal.
        refused: What a no comes to: "nothing ordered".

    Raises:
        ConsentError: there is nobody to ask, or the answer is no.
        Cancelled: Ctrl-C, Ctrl-D or another signal in place of an answer.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConsentError(nobody, hint=hint)
    try:
        agreed = click.confirm(question, err=True)
    except Interrupted as interrupted:
        raise Cancelled(interrupted.number, refused) from None
    except click.Abort:
        raise Cancelled(signal.SIGINT, refused) from None
    if not agreed:
        raise ConsentError(f"cancelled: {refused}", code="consent_refused")
