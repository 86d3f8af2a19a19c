"""The page of the documentation that each command's help leads to."""

from __future__ import annotations

import click

SITE = "https://heygen-localize.readthedocs.io/"
"""Where the site of docs/ is published; `site_url` of zensical.toml says the same."""

PAGES = {
    "init": "install.md",
    "add": "manifest.md",
    "explain": "errors.md",
    "validate": "manifest.md",
    "plan": "plan.md",
    "apply": "apply.md",
    "status": "lockfile.md#statuses",
    "jobs": "adopt.md",
    "costs": "budgets.md",
    "pull": "outputs.md",
    "check": "check.md",
    "accept": "check.md#before-it-is-published",
    "policy": "policy.md",
    "refresh": "outputs.md#links-that-last",
    "proofread": "proofread.md",
    "report": "report.md",
    "import": "adopt.md",
    "lock": "lockfile.md",
    "state": "shared-state.md",
    "worker": "workers.md",
    "fleet": "workers.md#look-at-the-fleet",
    "listen": "listen.md",
    "webhooks": "listen.md#register-the-address",
    "forget": "prune.md#forget",
    "prune": "prune.md",
    "doctor": "troubleshooting.md",
    "languages": "languages.md",
    "glossaries": "manifest.md#glossaries",
    "completion": "completion.md",
    "schema": "manifest-reference.md",
    "sandbox": "sandbox.md",
    "demo": "tour.md",
}
"""Pages of docs/ by the command, or by the group of commands."""


def guided(command: click.Command, page: str) -> click.Command:
    """Let the help of a command, and of those below it, end with the address of a page."""
    name, _, anchor = page.partition("#")
    command.epilog = f"\b\nDocs: {SITE}{name.removesuffix('.md')}/{'#' if anchor else ''}{anchor}"
    if isinstance(command, click.Group):
        for below in command.commands.values():
            guided(below, page)
    return command
