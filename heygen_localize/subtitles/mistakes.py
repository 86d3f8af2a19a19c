"""The one error of this room: what is wrong with subtitles or a sheet, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong. `line` counts from 1: a line of subtitles, a row of a sheet."""

    message: str
    line: int | None = None
    hint: str | None = None


class SubtitleError(Exception):
    """Subtitles, or a sheet of them, that cannot be used; with all mistakes that were found.

    `message`, `line` and `hint` are those of the first.
    """

    def __init__(self, message: str, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.mistakes: tuple[Mistake, ...] = (Mistake(message, line, hint),)

    @classmethod
    def of(cls, mistakes: Sequence[Mistake]) -> SubtitleError:
        """Make one error of several mistakes, so that they are told together."""
        first = mistakes[0]
        error = cls(first.message, first.line, first.hint)
        error.mistakes = tuple(mistakes)
        return error

    @property
    def message(self) -> str:
        """What is wrong first of all."""
        return self.mistakes[0].message

    @property
    def line(self) -> int | None:
        """Where the first mistake stands, where that is known."""
        return self.mistakes[0].line

    @property
    def hint(self) -> str | None:
        """How to mend the first mistake."""
        return self.mistakes[0].hint
