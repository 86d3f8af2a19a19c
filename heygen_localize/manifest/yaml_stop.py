"""Where a YAML parser gave up, and the mistake that made it: what rules look at, and tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from heygen_localize.core.excerpts import without_secrets

_SHORT = 60
"""Characters of somebody's text that a mend repeats."""

PAIR = re.compile(
    r"""(?P<indent>\s*(?:-\s+)*)(?P<key>"[^"]*"|'[^']*'|[^\s:#"'{\[-][^:#]*?)\s*:\s+(?P<value>\S.*)$"""
)
"""A key with its value on one line."""


class Mistake(Struct, frozen=True):
    """What was done at a place (from 0), as much of it as is marked, and how to mend it."""

    message: str
    line: int
    column: int
    hint: str | None
    width: int | None = None
    code: str = "yaml_syntax"
    other: tuple[int, int, int | None, str] | None = None
    """Another place that explains it: line, column, width, and what it is."""


class Stop(Struct, frozen=True):
    """Where a parser gave up (from 0), what it said, and where the thing it was in began."""

    lines: Sequence[str]
    line: int
    column: int
    told: str
    within: str
    began: tuple[int, int] | None

    @property
    def text(self) -> str:
        """The line it gave up at."""
        return self.lines[self.line]

    def above(self) -> int | None:
        """Return the nearest line above that says something."""
        return self.before(self.line)

    def lines_of_interest(self) -> Iterator[int]:
        """Walk over the line it gave up at and the one above, which may be the cause."""
        above = self.above()
        yield self.line
        if above is not None:
            yield above

    def before(self, line: int) -> int | None:
        """Return the nearest line above another that says something."""
        return next((at for at in range(line - 1, -1, -1) if _says(self.lines[at])), None)


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def quoted(text: str) -> str:
    """Put a text in quotes that leave it as it is, without the comment behind it."""
    bare = short(re.sub(r"\s+#.*$", "", text.rstrip()))
    if '"' in bare:
        return "'" + bare.replace("'", "''") + "'"
    return json.dumps(bare, ensure_ascii=False)


def short(text: str) -> str:
    """Return as much of somebody's text as a mend repeats, without what may be a secret."""
    bare = without_secrets(text.rstrip())
    return bare if len(bare) <= _SHORT else f"{bare[: _SHORT - 1]}…"
