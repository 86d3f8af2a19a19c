"""The terminal that a report is shown on."""

from __future__ import annotations

import shutil
from typing import TextIO

from heygen_localize.report.screen import Screen


def screen_of(stream: TextIO) -> Screen:
    """Return the size of a stream's terminal; a pipe's lines are not broken."""
    if not stream.isatty():
        return Screen()
    size = shutil.get_terminal_size()
    return Screen(size.columns, size.lines)
