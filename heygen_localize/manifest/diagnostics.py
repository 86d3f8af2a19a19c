"""Mistakes, gathered, so that all of them are reported together in the order of the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

from heygen_localize.core.errors import NOWHERE, Problem, Where
from heygen_localize.core.text import pluralize

MOST_ERRORS = 1000
"""How many are told; a generated file may have millions, each of which costs time."""


class MistakeError(Exception):
    """A value that cannot stand; whoever knows its place reports it.

    `where` is given only by those that know it better than their caller.
    """

    def __init__(
        self, code: str, message: str, hint: str | None = None, where: Where = NOWHERE
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.where = where


class FileMistakeError(MistakeError):
    """A file that is missing or unfit: each is one to mend, whatever names them all."""


class EnoughError(Exception):
    """There are so many mistakes that telling more of them would help nobody."""


class Findings:
    """What is wrong with a manifest, and what is merely odd; each said once.

    `files` are the files of the manifest, in the order in which problems are told.
    """

    def __init__(self) -> None:
        self.files: list[str] = []
        self._errors: dict[Problem, None] = {}
        self._warnings: dict[Problem, None] = {}
        self._shared: dict[tuple[str, Where], Problem] = {}
        self._more: Counter[Problem] = Counter()

    def __len__(self) -> int:
        """Count the errors so far."""
        return len(self._errors)

    def error(self, code: str, message: str, where: Where, hint: str | None = None) -> None:
        """Note what keeps the manifest from being applied.

        Raises:
            EnoughError: there are `MOST_ERRORS` already.
        """
        if len(self._errors) >= MOST_ERRORS:
            raise EnoughError
        self._errors[Problem(code, message, where, hint)] = None

    def warn(self, code: str, message: str, where: Where, hint: str | None = None) -> None:
        """Note what does no harm, and is hardly meant."""
        self._warnings[Problem(code, message, where, hint)] = None

    def mistake(self, mistake: MistakeError, where: Where = NOWHERE) -> None:
        """Note a mistake at its own place, or else at the one given."""
        place = where if mistake.where == NOWHERE else mistake.where
        self.error(mistake.code, mistake.message, place, mistake.hint)

    def of_target(self, mistake: MistakeError, where: Where) -> None:
        """Note a mistake of one target at a place that many share, such as a template.

        What is wrong is the place: the first target is told, the others are counted.
        """
        if isinstance(mistake, FileMistakeError):
            self.mistake(mistake, where)
            return
        first = self._shared.get((mistake.code, where))
        if first is None:
            self.mistake(mistake, where)
            told = Problem(mistake.code, mistake.message, where, mistake.hint)
            self._shared[mistake.code, where] = told
        else:
            self._more[first] += 1

    def errors(self) -> tuple[Problem, ...]:
        """Give the errors in the order of files and lines."""
        return self._in_order(self._with_count(problem) for problem in self._errors)

    def _with_count(self, problem: Problem) -> Problem:
        more = self._more[problem]
        if not more:
            return problem
        return replace(problem, message=f"{problem.message} (and {pluralize(more, 'more target')})")

    def warnings(self) -> tuple[Problem, ...]:
        """Give the warnings in the order of files and lines."""
        return self._in_order(self._warnings)

    def _in_order(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        rank = {file: position for position, file in enumerate(self.files)}

        def place(problem: Problem) -> tuple[int, int, int]:
            where = problem.where
            return rank.get(where.file or "", -1), where.line or 0, where.column or 0

        return tuple(sorted(problems, key=place))


def did_you_mean(text: str, candidates: Iterable[str]) -> str | None:
    """Suggest the candidates that `text` may have been meant for; None where none is near."""
    spellings = {candidate.casefold(): candidate for candidate in candidates}
    near = get_close_matches(text.casefold(), spellings, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(spellings[match] for match in near)}?" if near else None


def listed(words: Iterable[str]) -> str:
    """Write words as they stand in a sentence: `a, b, c`."""
    return ", ".join(words)
