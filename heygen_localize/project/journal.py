"""Answers that were paid for and are not in the lockfile yet: one line each, synced at once.

A line is written before the next order is placed; the lockfile follows every few
seconds, and only when it is safe on disk the journal is emptied. What stands here
counts as jobs seen at HeyGen, never as edits of the lock, so a journal left
behind by another branch does no harm.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from heygen_localize.core.errors import JournalError, Where
from heygen_localize.core.model import Job, JobStatus
from heygen_localize.core.text import sanitize, valid_id
from heygen_localize.core.waits import EVENTUAL_CONSISTENCY_SECONDS
from heygen_localize.system import read, status
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import append, step, truncate, write_atomically

_LATEST = 1e11
"""Seconds since 1970 that no clock shows: thousands of years away, or no number at all."""

_MAX_JOURNAL_BYTES = 8_000_000
"""Bytes: some 25,000 answers, and no run leaves as many unsettled."""

_KEYS = {"address", "callback_id", "language", "title", "translation_id", "answered_at"}


class Answer(Struct, frozen=True):
    """A job that HeyGen said it has taken on. `answered_at` in seconds since 1970."""

    address: str
    translation_id: str
    callback_id: str
    language: str
    title: str | None
    answered_at: float

    def fresh(self, now: float) -> bool:
        """Whether the job counts as pending, whatever HeyGen says of it by now.

        An answer from the future comes of a clock that was wrong: by as much as that
        one may be off, it is fresh as well, and no longer.
        """
        return abs(now - self.answered_at) < EVENTUAL_CONSISTENCY_SECONDS

    def as_job(self) -> Job:
        """Return the job as it was when the answer came."""
        return Job(
            id=self.translation_id,
            status=JobStatus.PENDING,
            callback_id=self.callback_id,
            language=self.language,
            title=self.title,
            created_at=int(self.answered_at),
        )


class Journal:
    """The file beside which nothing is ordered unless the last answer is in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ends_whole = False

    def read(self) -> tuple[Answer, ...]:
        """Read what a run before this one could not bring into the lockfile.

        A torn last line is what a crash leaves behind: its answer comes again
        under the same key. Anything else that is not ours to read is an error.

        Raises:
            JournalError: it cannot be read, or is damaged before its last line.
        """
        try:
            content = read(self._path, _MAX_JOURNAL_BYTES)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._error(f"cannot be read: {cause_of(error)}") from None
        answers = []
        for number, line in enumerate(io.BytesIO(content), 1):
            if not line.strip(b"\0 \n"):
                continue
            answer = read_line(line)
            if answer is not None:
                answers.append(answer)
            elif line.endswith(b"\n"):
                raise self._error("is damaged", number)
        return tuple(answers)

    def append(self, answers: Iterable[Answer]) -> None:
        """Keep answers for good: they are on the disk when this returns.

        Raises:
            OSError: the disk is full, the folder is gone…
        """
        if not self._ends_whole and status(self._path) is not None:
            self._cut_torn_end()
        self._ends_whole = False
        append(self._path, "".join(map(line_of, answers)), sync=True)
        self._ends_whole = True
        step("journal.synced")

    def settle(self, ended: Collection[str], now: float) -> None:
        """Forget the answers, now that the lockfile is on the disk.

        Those of the last minutes stay unless their jobs have ended: a job may be
        missing from the list, and even answer 404, just after it was taken on; and
        the lockfile that a run for other targets wrote may lack it too.

        Raises:
            OSError: the file cannot be changed.
        """
        there = status(self._path)
        if there is None or not there.st_size:
            return
        young = [
            answer
            for answer in self.read()
            if answer.fresh(now) and answer.translation_id not in ended
        ]
        if young:
            write_atomically(self._path, "".join(map(line_of, young)))
        else:
            truncate(self._path, 0)
        step("journal.settled")

    def _cut_torn_end(self) -> None:
        """Take off what a crash left of a line, lest the next one be taken for its end.

        Once for a run: after that the file is as long as the orders since the last writing.
        """
        content = read(self._path, _MAX_JOURNAL_BYTES)
        torn = content[content.rfind(b"\n") + 1 :]
        if torn and read_line(torn) is not None:
            write_atomically(self._path, content.decode() + "\n")
        elif torn:
            truncate(self._path, len(content) - len(torn))

    def _error(self, what: str, line: int | None = None) -> JournalError:
        return JournalError(
            f"the journal {what}",
            where=Where(file=str(self._path), line=line),
            hint="move it away and run localize apply: every job that was ordered is found in "
            "the account by its mark, and none is paid twice",
        )


def line_of(answer: Answer) -> str:
    """Write an answer as a line of JSON."""
    return json.dumps(asdict(answer), sort_keys=True, ensure_ascii=False) + "\n"


def read_line(line: bytes) -> Answer | None:
    """Read one line; None where it is not a whole answer."""
    try:
        item: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if (
        not isinstance(item, dict)
        or item.keys() != _KEYS
        or valid_id(item["translation_id"]) is None
    ):
        return None
    texts = (item["address"], item["callback_id"], item["language"], item["title"] or "")
    if not all(isinstance(text, str) for text in texts):
        return None
    moment = item["answered_at"]
    if not isinstance(moment, (int, float)) or not 0 <= moment < _LATEST:
        return None
    shown = {name: sanitize(item[name]) for name in ("address", "callback_id", "language")}
    return Answer(**item | shown)
