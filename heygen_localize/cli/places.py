"""Files and folders that a command line names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from heygen_localize.system.causes import cause_of


class _Place(click.Path):
    """A path that can be looked at, and no option: `--html --help` would write such a file."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and value.startswith("--"):
            self.fail(f"{value!r} is an option; a file of that name is ./{value}", param, ctx)
        try:
            Path(value).stat()
        except PermissionError as error:
            self.fail(f"{str(value)!r} cannot be used: {cause_of(error)}", param, ctx)
        except (OSError, ValueError):
            pass  # whoever reads or writes it says so
        return super().convert(value, param, ctx)


FILE = _Place(path_type=Path, dir_okay=False)
FOLDER = _Place(path_type=Path, file_okay=False)
FOLDER_OR_STREAM = _Place(allow_dash=True)
"""A folder, or - for standard output, as a text."""
