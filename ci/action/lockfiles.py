"""The lockfile in git: brought together with what others made of it meanwhile."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gitting import Git
from workflow import event

if TYPE_CHECKING:
    from heygen_localize.lock import Lock


@dataclass(frozen=True)
class Lockfile:
    """The lockfile as the run left it.

    `path` is its way from the root of the repository, `before` what it was when the
    run began; None where there was none.
    """

    path: str
    after: bytes
    before: bytes | None


def merged(lockfile: Lockfile, theirs: bytes | None, git: Git) -> bytes:
    """Bring the run's lockfile together with what the branch holds by now.

    Git does it line by line where it can. Otherwise both sides are read as hints,
    as `apply` does with a conflict; the vendor settles what is left at the next run.
    """
    if theirs is None or theirs == lockfile.before or theirs == lockfile.after:
        return lockfile.after
    # Only here: most runs need none of it, and it takes time to load.
    from heygen_localize.lockfile import lock_text

    lock = read(git.merge_file(lockfile.after, lockfile.before or b"", theirs))
    # What they had is found again in the account.
    return lockfile.after if lock is None else lock_text(lock).encode()


def read(content: bytes) -> Lock | None:
    """Read a lockfile's bytes, from both sides of a conflict; None where they are none."""
    from heygen_localize.errors import LocalizeError
    from heygen_localize.lockfile import read_lock

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "localize.lock"
        path.write_bytes(content)
        try:
            return read_lock(path)
        except LocalizeError:
            return None


def base_branch() -> str:
    """Give the branch that the run is of."""
    return os.environ.get("GITHUB_REF_NAME") or str(event()["repository"]["default_branch"])


def proposing_branch(path: str) -> str:
    """Give the branch by which a lockfile is proposed in a pull request."""
    return "localize/" + re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")
