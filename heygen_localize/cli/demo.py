"""`localize demo`."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import click

from heygen_localize.cli.places import FOLDER
from heygen_localize.cli.shell import Shell, output_options
from heygen_localize.core.errors import DemoError, ExitCode, UsageError
from heygen_localize.sandbox import Sandbox, SandboxSettings
from heygen_localize.system.causes import cause_of
from heygen_localize.system.resources import example_text, schema_text

_RENDER_SECONDS = 3.0
_STEPS = (
    ("Is the manifest right? (no key, no network)", ("validate",)),
    (
        "What would happen, and what would it cost? (the example's addresses lead nowhere)",
        ("plan", "--no-check-sources"),
    ),
    ("Do it.", ("apply", "--yes", "--no-check-sources", "--poll-interval", "0.5")),
    ("Where does everything stand?", ("status",)),
    ("Fetch the files.", ("pull",)),
    ("Once more: everything is there, so nothing is ordered.", ("apply", "--yes")),
)


@click.command("demo")
@click.option(
    "--folder",
    type=FOLDER,
    help="A new folder to work in; a temporary one otherwise.",
)
@output_options("text")
def command(shell: Shell, folder: Path | None) -> None:
    """Show every step on the sandbox: plan, apply, lockfile. No key, no network.

    Every step is the real command line against real HTTP on this machine; only
    HeyGen is an emulator, and its videos are test pictures.

    \b
    Examples:
      localize demo
      localize demo --folder try-it
    """
    began = time.monotonic()
    try:
        place = _fresh_folder(folder)
        manifest = _written(place)
    except OSError as error:
        where = f"--folder {folder}" if folder is not None else "the temporary folder"
        raise UsageError(f"{where} cannot be used: {cause_of(error)}") from None
    state = place / ".localize" / "sandbox"
    with Sandbox(SandboxSettings(state=state, render_seconds=_RENDER_SECONDS)) as sandbox:
        shell.report(f"A sandbox of HeyGen's API runs at {sandbox.base_url}.")
        shell.report(f"The manifest is {manifest}; look into it: it explains itself.")
        for title, arguments in _STEPS:
            shell.report(f"\n{shell.paint('# ' + title, 'dim')}")
            shell.report(shell.paint("$ localize " + shlex.join(arguments), "cyan"))
            sys.stdout.flush()
            _run(arguments, place, sandbox)
        requests = Counter(
            note.method for note in sandbox.requests() if note.route == "/v3/video-translations"
        )
    shell.report(
        f"\nThe sandbox was asked for {requests['POST']} jobs in all, each of them once, "
        f"in {time.monotonic() - began:.0f} seconds.\n"
        f"The files, which play: {place / 'localized'}\n"
        f"The lockfile, to be committed beside the manifest: {place / 'localize.lock'}\n\n"
        "Next, with a real key: put your own videos into a localize.yaml, then\n"
        "  export HEYGEN_API_KEY=…\n"
        "  localize plan      # costs nothing\n"
        "  localize apply     # asks before it pays"
    )


def _fresh_folder(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="localize-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", hint="name a new folder for the demo")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _written(place: Path) -> Path:
    """Write what a demo begins with; return its manifest."""
    manifest, schema = place / "localize.yaml", place / "localize.schema.json"
    manifest.write_text(example_text(), encoding="utf-8")
    schema.write_text(schema_text(schema.name), encoding="utf-8")
    return manifest


def _run(arguments: tuple[str, ...], place: Path, sandbox: Sandbox) -> None:
    ours = {"HEYGEN_API_BASE": sandbox.base_url, "HEYGEN_API_KEY": sandbox.api_key}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCALIZE_")}
    ended = subprocess.run(  # noqa: S603 - our own program with our own words
        [sys.executable, "-m", "heygen_localize", *arguments],
        cwd=place,
        env=kept | ours,
        check=False,
    )
    if ended.returncode not in (ExitCode.OK, ExitCode.UNWRITTEN):
        raise DemoError(
            f"localize {shlex.join(arguments)} ended with {ended.returncode} in {place}",
            hint="please report this with what is shown above",
        )
