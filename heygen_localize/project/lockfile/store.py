"""Writing a lockfile that others may change meanwhile: what they wrote is merged, never lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from heygen_localize.core.deletions import without_old_deletions
from heygen_localize.core.errors import LockfileError, Where
from heygen_localize.core.lock import Lock
from heygen_localize.project.lockfile.files import (
    lock_content,
    lock_text,
    parsed_lock,
    says,
    write_lock,
)
from heygen_localize.project.lockfile.merge import merge
from heygen_localize.project.lockfile.reader import other_project

_TRIES = 10
_PAUSE = 0.1
"""Seconds. Git does not write in one step: a file that is half there is whole in a moment."""


class LockStore:
    """The lockfile of one command, from its reading on.

    `lock` is as it was read: what is written is compared with that, and then with what was
    written last. Other commands of this machine are kept away by `only_one`; a
    `git pull`, a merge or an editor is not.
    """

    def __init__(
        self,
        path: Path,
        lock: Lock,
        keep_urls: bool,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path, self._keep_urls, self._pause = path, keep_urls, pause
        self._known = lock.content

    def write(self, lock: Lock, now: float | None = None) -> Lock:
        """Write the lockfile, unless it would stay the same to the byte; return what it holds now.

        With `now`, in seconds since 1970, deletions of more than a day ago are left out of
        what is written.

        Raises:
            LockfileError: it cannot be written, or others made something of it that cannot be
                read; what stands there is left as it is.
        """
        for _ in range(_TRIES):
            found, theirs = self._found()
            wanted = lock if theirs is None else self._merged(lock, theirs)
            if found is not None and says(found, lock_text(wanted, self._keep_urls)):
                self._known = found
                return wanted
            if now is not None:
                wanted = without_old_deletions(wanted, now)
            text = lock_text(wanted, self._keep_urls)
            if write_lock(self._path, text, partial(self._holds, found)):
                self._known = text.encode()
                return wanted
            self._pause(_PAUSE)
        raise self._error("changes all the time")

    def _holds(self, content: bytes | None) -> bool:
        """Tell whether the file is still as it was found."""
        return lock_content(self._path) == content

    def _found(self) -> tuple[bytes | None, Lock | None]:
        """Return what the file holds, and that as a lock where others changed it.

        A file that is gone is no change: nobody empties a lockfile by removing it.
        """
        tries = 0
        while True:
            tries += 1
            try:
                found = lock_content(self._path)
                if found == self._known or (found is None and tries == _TRIES):
                    return found, None
                if found is not None:
                    return found, parsed_lock(found, self._path)
            except LockfileError as error:
                if tries == _TRIES:
                    raise self._error(f"cannot be read: {error.problems[0].message}") from None
            self._pause(_PAUSE)

    def _merged(self, ours: Lock, theirs: Lock) -> Lock:
        known = self._known
        base = Lock(ours.project) if known is None else parsed_lock(known, self._path)
        if theirs.project not in (base.project, ours.project):
            raise other_project(ours.project, Where(file=self._path.name))
        return merge(base, ours, replace(theirs, project=ours.project))

    def _error(self, what: str) -> LockfileError:
        return LockfileError(
            f"the lockfile was changed by others meanwhile, and {what}",
            code="lockfile_changed",
            where=Where(file=self._path.name),
            hint="it was left as it is; mend it, then run the same command again: what was "
            "ordered is in the journal and in the account, and is not paid twice",
        )
