"""`localize explain`."""

from __future__ import annotations

from difflib import get_close_matches

import click

from heygen_localize.cli.shell import Shell, output_options
from heygen_localize.core.errors import UsageError
from heygen_localize.core.text import strip_controls
from heygen_localize.report.explanations import explanation_text, explanations, summary_of
from heygen_localize.system.resources import errors_page


@click.command("explain")
@click.argument("code", nargs=-1)
@output_options("text")
def command(shell: Shell, code: tuple[str, ...]) -> None:
    """Explain error codes: what happened, and how to fix it. Without one, list them all.

    A code is the last word of an error's last line, and `code` in JSON.

    \b
    Examples:
      localize explain yaml_syntax
      localize explain unknown_key wrong_type
      localize explain
    """
    known = explanations(errors_page())
    for name in code:
        if name not in known:
            near = get_close_matches(name, known, n=3)
            raise UsageError(
                f"no error has the code {strip_controls(name)[:80]!r}",
                hint=f"did you mean {' or '.join(near)}?"
                if near
                else "localize explain lists them; others are HeyGen's own",
            )
    if not code:
        width = max(map(len, known))
        lines = [f"{name:{width}}  {summary_of(text)}" for name, text in known.items()]
        shell.report("\n".join(lines))
        return
    shell.report("\n".join(explanation_text(name, known[name]) for name in code))
