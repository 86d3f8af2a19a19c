"""Mistakes, gathered, so that all of them are reported together in the order of the files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from msgspec.structs import replace

from heygen_localize.core.errors import NOWHERE, Diagnostic, FileError, InputError, Severity, Where
from heygen_localize.core.excerpts import Excerpt, Lines, excerpt
from heygen_localize.core.text import pluralize

MOST_ERRORS = 1000
"""How many are told; a generated file may have millions, each of which costs time."""

MOST_WARNINGS = 1000

_MOST_CANDIDATES = 1000
_LONGEST = 200
"""Characters of a text that may have been meant for another."""


class EnoughError(Exception):
    """There are so many mistakes that telling more of them would help nobody."""


class Diagnostics:
    """What is wrong with a manifest, and what is merely odd; each said once.

    `files` are the files of the manifest, in the order in which problems are told, and `lines`
    what stands in those that could be read.
    """

    def __init__(self) -> None:
        self.files: list[str] = []
        self.lines: dict[str, Lines] = {}
        self._errors: dict[object, Diagnostic] = {}
        self._warnings: dict[Diagnostic, None] = {}
        self._shared: dict[tuple[str, Where], Diagnostic] = {}
        self._more: Counter[Diagnostic] = Counter()
        self._kept: Counter[Severity] = Counter()
        self._untold = 0

    def __len__(self) -> int:
        """Count the errors so far."""
        return len(self._errors)

    def error(
        self,
        code: str,
        message: str,
        where: Where,
        hint: str | None = None,
        also: tuple[Where, str] | None = None,
    ) -> None:
        """Note what keeps the manifest from being applied.

        `also` is another place of the same file that explains it, and what it is.

        Raises:
            EnoughError: there are `MOST_ERRORS` already.
        """
        problem = Diagnostic(code, message, where, hint)
        if also is not None:
            shown = (self._excerpt(where), self._excerpt(*also))
            problem = replace(problem, excerpt=tuple(part for part in shown if part is not None))
        self.add(problem)

    def add(self, problem: Diagnostic) -> None:
        """Note an error, as `error` does."""
        if len(self._errors) >= MOST_ERRORS:
            raise EnoughError
        # The same of another target is the same.
        self._errors.setdefault((problem.code, problem.message, problem.where), problem)

    def warn(self, code: str, message: str, where: Where, hint: str | None = None) -> None:
        """Note what does no harm, and is hardly meant."""
        if self._kept[Severity.WARNING] >= MOST_WARNINGS:
            self._untold += 1
            return
        self.doubt(Diagnostic(code, message, where, hint, Severity.WARNING))

    def doubt(self, problem: Diagnostic) -> None:
        """Note what keeps the manifest from nothing; as an error, it stops one target."""
        if problem in self._warnings:
            return
        if self._kept[problem.severity] >= MOST_WARNINGS:
            self._untold += 1
            return
        self._kept[problem.severity] += 1
        self._warnings[problem] = None

    def mistake(self, mistake: InputError, where: Where = NOWHERE) -> None:
        """Note a mistake at its own place, or else at the one given."""
        told = mistake.first
        self.add(replace(told, where=where) if told.where == NOWHERE else told)

    def of_target(self, mistake: InputError, where: Where, address: str) -> None:
        """Note a mistake of one target at a place that many share, such as a template.

        What is wrong is the place: the first target is told, the others are counted.
        """
        told = replace(mistake.first, where=where, address=address)
        each = isinstance(mistake, FileError)
        first = told if each else self._shared.setdefault((told.code, where), told)
        if first is told:
            self.add(told)
        else:
            self._more[first] += 1

    def errors(self) -> tuple[Diagnostic, ...]:
        """Return the errors in the order of files and lines."""
        return self._in_order(self._with_count(problem) for problem in self._errors.values())

    def _with_count(self, problem: Diagnostic) -> Diagnostic:
        more = self._more[problem]
        if not more:
            return problem
        return replace(problem, message=f"{problem.message} (and {pluralize(more, 'more target')})")

    def warnings(self) -> tuple[Diagnostic, ...]:
        """Return the warnings in the order of files and lines."""
        told = self._in_order(self._warnings)
        if not self._untold:
            return told
        more = f"and {pluralize(self._untold, 'more warning')}, which are not told one by one"
        where = Where(self.files[0])
        return (*told, Diagnostic("more_warnings", more, where, severity=Severity.WARNING))

    def _in_order(self, problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        rank = {file: position for position, file in enumerate(self.files)}

        def place(problem: Diagnostic) -> tuple[int, int, int]:
            where = problem.where
            return rank.get(where.file or "", -1), where.line or 0, where.column or 0

        return tuple(self._shown(problem) for problem in sorted(problems, key=place))

    def _shown(self, problem: Diagnostic) -> Diagnostic:
        """Add the line that a problem stands on, and the video or target that it is about."""
        where = problem.where
        address = problem.address or _address(where.path or "")
        if problem.excerpt:
            return replace(problem, address=address)
        shown = self._excerpt(where)
        return replace(problem, address=address, excerpt=() if shown is None else (shown,))

    def _excerpt(self, where: Where, label: str | None = None) -> Excerpt | None:
        lines = self.lines.get(where.file or "")
        if lines is None or where.line is None:
            return None
        return excerpt(lines, where.line, where.column or 1, label=label)


_MEMBER = r'(?:\.([\w-]+)|\["([^"]+)"\])'
_ADDRESS = re.compile(rf"videos{_MEMBER}(?:\.(?:add_)?languages{_MEMBER})?(?=[.\[]|$)")


def _address(path: str) -> str | None:
    """Return the video or target that a way through the document leads to."""
    found = _ADDRESS.match(path)
    return None if found is None else "/".join(part for part in found.groups() if part)


def did_you_mean(text: str, candidates: Iterable[str]) -> str | None:
    """Suggest the candidates that `text` may have been meant for; None where none is near."""
    from difflib import get_close_matches

    if len(text) > _LONGEST:
        return None
    few = islice(candidates, _MOST_CANDIDATES)
    spellings = {candidate.casefold(): candidate for candidate in few}
    near = get_close_matches(text.casefold(), spellings, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(spellings[match] for match in near)}?" if near else None
