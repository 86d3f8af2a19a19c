"""`localize.lock` on the disk: read, and written so that what others wrote meanwhile is merged.

JSON, sorted, the same to the byte for the same content.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.deletions import without_old_deletions
from heygen_localize.core.encoding import as_edited, text_of
from heygen_localize.core.errors import LockfileError, NotTextError, Where
from heygen_localize.core.lock import Lock, LockOrigin
from heygen_localize.project.lockfile.merge import merge
from heygen_localize.project.lockfile.reader import decode_lock, other_project
from heygen_localize.project.lockfile.text import LockText
from heygen_localize.system import TooLargeError, read
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import step, write_atomically

MAX_LOCKFILE_BYTES = 64 * 1024 * 1024
"""Bytes: some 30,000 targets with links, 120,000 without."""

_TRIES = 10
_PAUSE = 0.1
"""Seconds. Git does not write in one step: a file that is half there is whole in a moment."""


def read_lock(path: Path, project: str | None = None) -> Lock | None:
    """Read a lockfile; None where there is none yet.

    One with git's conflict markers in it is read from both sides.

    Raises:
        LockfileError: it cannot be read, is not one, was written by a later
            version, or belongs to another project than `project`.
    """
    content = _content(path)
    return None if content is None else _parsed(content, path, project)


def _content(path: Path) -> bytes | None:
    where = Where(file=path.name)
    try:
        return read(path, MAX_LOCKFILE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except TooLargeError:
        raise LockfileError("the lockfile is too large to be one", where=where) from None
    except OSError as error:
        raise LockfileError(
            f"the lockfile cannot be read: {cause_of(error)}", where=where
        ) from None


def _parsed(content: bytes, path: Path, project: str | None = None) -> Lock:
    lock = decode_lock(content, Where(file=path.name), project)
    return replace(lock, origin=LockOrigin(_digest(content), lock))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def says(path: Path, content: bytes) -> bool:
    """Return whether a lockfile has this content; one that cannot be read has not.

    A byte order mark or other line ends, as editors and git put them, make no difference.
    """
    try:
        found = read(path, MAX_LOCKFILE_BYTES)
    except OSError:
        return False
    return found == content or _plain(found) == content


def write_lock(path: Path, content: bytes, still: Callable[[], bool] = lambda: True) -> bool:
    """Put a lockfile's content in its place, unless `still` says no; return whether.

    Raises:
        LockfileError: it cannot be written; the old one is whole.
    """
    refuse_too_large(path, len(content))
    try:
        written = write_atomically(path, content, still=still)
    except OSError as error:
        raise LockfileError(
            f"the lockfile cannot be written: {cause_of(error)}",
            code="lockfile_unwritable",
            where=Where(file=path.name),
            hint="make room or give this user permission to write, then run the command again: "
            "jobs already ordered are found in the account and not paid twice",
        ) from None
    if written:
        step("lock.written")
    return written


def is_too_large(size: int) -> bool:
    """Return whether a lockfile of so many bytes could not be read again."""
    return size > MAX_LOCKFILE_BYTES


def refuse_too_large(path: Path, size: int) -> None:
    """Refuse to make a lockfile that could not be read again.

    Raises:
        LockfileError: so many bytes are too many.
    """
    if is_too_large(size):
        raise LockfileError(
            f"the lockfile would have more than {MAX_LOCKFILE_BYTES // 2**20} MB, "
            "and is not written",
            code="lockfile_too_large",
            where=Where(file=path.name),
            hint="keep links out of it (lock: {urls: none}), or part the manifest in two",
        )


def _plain(content: bytes) -> bytes | None:
    """Return a file's content without what an editor or git has made of it; None where nothing."""
    if not as_edited(content):
        return None
    try:
        return text_of(content).replace("\r\n", "\n").encode()
    except NotTextError:
        return None


class _Found(Struct, frozen=True):
    """What a lockfile holds by now, by the SHA-256 of its bytes, and by that of its plain text.

    The bytes themselves are let go of: of a large project they are some 50 MB.
    """

    digest: bytes
    plain: bytes

    @classmethod
    def of(cls, content: bytes) -> _Found:
        digest, plain = _digest(content), _plain(content)
        return cls(digest, digest if plain is None else _digest(plain))


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
        self._path, self._pause = path, pause
        self._text = LockText(keep_urls)
        origin = lock.origin
        self._known = None if origin is None else origin.digest
        self._base = partial(_as_read, lock)

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
            pieces = self._text.pieces(wanted)
            if found is not None and _digest_of(pieces) == found.plain:
                self._note(found.digest, pieces)
                return wanted
            if now is not None and wanted.deleted:
                wanted = without_old_deletions(wanted, now)
                pieces = self._text.pieces(wanted)
            if write_lock(self._path, b"".join(pieces), partial(self._holds, found)):
                self._note(_digest_of(pieces), pieces)
                return wanted
            self._pause(_PAUSE)
        raise self._error("changes all the time")

    def _note(self, digest: bytes, pieces: tuple[bytes, ...]) -> None:
        """Remember what the file holds now; the pieces are those that the text keeps anyway."""
        self._known, self._base = digest, partial(_as_written, pieces, self._path)

    def _holds(self, found: _Found | None) -> bool:
        content = _content(self._path)
        return (content and _digest(content)) == (found and found.digest)

    def _found(self) -> tuple[_Found | None, Lock | None]:
        """Return what the file holds, and that as a lock where others changed it.

        A file that is gone is no change: nobody empties a lockfile by removing it.
        """
        tries = 0
        while True:
            tries += 1
            try:
                content = _content(self._path)
                found = None if content is None else _Found.of(content)
                if (found and found.digest) == self._known or (found is None and tries == _TRIES):
                    return found, None
                if content is not None:
                    return found, _parsed(content, self._path)
            except LockfileError as error:
                if tries == _TRIES:
                    raise self._error(f"cannot be read: {error.problems[0].message}") from None
            self._pause(_PAUSE)

    def _merged(self, ours: Lock, theirs: Lock) -> Lock:
        base = self._base()
        if theirs.project not in (base.project, ours.project):
            raise other_project(ours.project, Where(file=self._path.name))
        return merge(base, ours, replace(theirs, project=ours.project))

    def _error(self, what: str) -> LockfileError:
        return LockfileError(
            f"the lockfile was changed by others meanwhile, and {what}",
            code="lockfile_changed",
            where=Where(file=self._path.name),
            hint="it was left as it is; fix it, then run the same command again: what was "
            "ordered is in the journal and in the account, and is not paid twice",
        )


def _as_read(lock: Lock) -> Lock:
    return Lock(lock.project) if lock.origin is None else lock.origin.lock


def _as_written(pieces: Iterable[bytes], path: Path) -> Lock:
    return _parsed(b"".join(pieces), path)


def _digest_of(pieces: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


def lock_text(lock: Lock, keep_urls: bool = True) -> str:
    """Write a lock out: sorted, two spaces, LF, no times but HeyGen's."""
    return LockText(keep_urls).of(lock).decode()


def lock_size(lock: Lock, keep_urls: bool) -> int:
    """Return how many bytes a lockfile takes."""
    return sum(map(len, LockText(keep_urls).pieces(lock)))
