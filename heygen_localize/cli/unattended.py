"""What the commands share that go on ordering while nobody looks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from heygen_localize.cli.consent import ask
from heygen_localize.cli.shell import Shell
from heygen_localize.cli.streams import in_ci
from heygen_localize.core.names import DEFAULT_MANIFEST
from heygen_localize.operations.request import SourceCheck

CHECKS = {None: SourceCheck.COSTLY, True: SourceCheck.ALL, False: SourceCheck.NONE}
"""What --check-sources, its opposite and neither of them mean."""


def nearest(shell: Shell) -> Path:
    """Return the manifest here or in a folder above, and say where it was found."""
    from heygen_localize.project.manifests import nearest_manifest

    found = nearest_manifest(DEFAULT_MANIFEST)
    if found != Path(DEFAULT_MANIFEST):
        shell.say(f"The manifest is {found}.")
    return found


def agree(yes: bool, projects: Iterable[str], *, who: str, hint: str) -> None:
    """Make sure that somebody agreed to what will be ordered from now on.

    Raises:
        ConsentError: nobody did, and there is no terminal to ask on.
    """
    if not yes and not in_ci():
        ask(
            f"Order what {', '.join(projects)} lacks, within its limits, from now on?",
            nobody=f"{who} orders, and there is no terminal to ask on",
            hint=hint,
            refused="nothing ordered",
        )
