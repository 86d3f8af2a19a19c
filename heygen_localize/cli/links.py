"""Links for a command that shows them, where the lockfile keeps none."""

from __future__ import annotations

from collections.abc import Collection

from heygen_localize.cli.shell import Shell, open_account
from heygen_localize.core.errors import AccountError
from heygen_localize.operations.fresh_links import keeps_links_out, with_fresh_links
from heygen_localize.project.project import Project


def with_links(
    shell: Shell, project: Project, selected: Collection[str] | None, most: int | None = None
) -> Project:
    """Return the project with links that HeyGen signs now; as it is where there is no key.

    Of no more than `most` jobs.

    Raises:
        ApiFailure: HeyGen could not be asked.
    """
    if not keeps_links_out(project):
        return project
    try:
        account = open_account(shell)
    except AccountError as error:
        shell.say(f"links are not in the lockfile, and not asked for: {error}")
        return project
    return with_fresh_links(project, account.client, selected, most)
