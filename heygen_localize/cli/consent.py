"""Consent: somebody's yes, asked for on a terminal before anything costs or is deleted."""

from __future__ import annotations

import sys

import click

from heygen_localize.core.errors import ConsentError


def ask(question: str, *, nobody: str, hint: str, refused: str) -> None:
    """Get somebody's yes.

    Args:
        question: What is asked, with its question mark.
        nobody: What is told where there is no terminal to ask on.
        hint: How to say yes without a terminal.
        refused: What is told after a no.

    Raises:
        ConsentError: there is nobody to ask, or the answer is no.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConsentError(nobody, hint=hint)
    if not click.confirm(question, err=True):
        raise ConsentError(refused, code="consent_refused")
