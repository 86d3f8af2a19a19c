"""`localize schema`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.places import FILE
from heygen_localize.cli.shell import Shell, output_options
from heygen_localize.core.errors import UsageError
from heygen_localize.core.names import DEFAULT_MANIFEST
from heygen_localize.project.protected import refuse_overwriting
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import write_atomically
from heygen_localize.system.resources import schema_text


@click.command("schema")
@click.option("--lockfile", is_flag=True, help="The lockfile's schema instead of the manifest's.")
@click.option(
    "-o",
    "--output",
    type=FILE,
    help="Write it to this file instead of standard output.",
)
@output_options("text", "json")
def command(shell: Shell, lockfile: bool, output: Path | None) -> None:
    """Print or write the JSON schema, with which editors complete and check the manifest.

    \b
    Example:
      localize schema -o localize.schema.json
    """
    text = schema_text("lockfile.schema.json" if lockfile else "localize.schema.json")
    if output is None:
        shell.report(text)
        return
    refuse_overwriting("--output", output, Path(DEFAULT_MANIFEST))
    # Other manifests may be there, of which no option tells.
    for manifest in (output.with_suffix(".yaml"), output.with_suffix(".yml")):
        if manifest.exists():
            refuse_overwriting("--output", output, manifest)
    try:
        write_atomically(output, text)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {cause_of(error)}") from None
    shell.say(f"Written to {output}.")
