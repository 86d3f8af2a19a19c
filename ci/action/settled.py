"""Tells whether a scheduled run can have anything to do, before anything is installed for it.

An apply that found nothing to do, and nothing that time alone may change, leaves a mark in the
cache: the tree that it has seen. While the branch has that tree, the next one would find the
same. Where there is no mark, or another tree, it runs.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from gitting import Git, GitError
from regular import NotRegularError, linked, read, write
from workflow import manifest, put_outputs, run_step, say, targets

_LARGEST = 1024
"""Bytes of a mark; an id of git's has 40 or 64."""

_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def mark_of(path: Path) -> Path:
    """Return where the mark stands for a manifest and the targets that are wanted of it."""
    wanted = sha256("\n".join(sorted(set(targets()))).encode()).hexdigest()[:12]
    return path.parent / ".localize" / path.stem / "cache" / f"settled-{wanted}"


def is_settled(path: Path) -> bool:
    """Return whether the branch is as the last apply that found nothing to do has seen it."""
    try:
        mark = read(mark_of(path), _LARGEST)
        return bool(mark and _ID.fullmatch(mark)) and mark == Git(path.parent, "").tree().encode()
    except (GitError, NotRegularError):
        return False


def remember(path: Path, settled: bool) -> None:
    """Leave the mark, or take away that of before; where neither can be done, the next one runs."""
    mark = mark_of(path)
    try:
        if linked(mark.parent):
            return
        if not settled:
            mark.unlink(missing_ok=True)
            return
        tree = Git(path.parent, "").tree().encode()
        mark.parent.mkdir(parents=True, exist_ok=True)
        write(mark, tree)
    except (GitError, OSError):
        say("what this run has seen cannot be kept: the next scheduled one runs")


def main() -> int:
    """Tell the steps that follow whether they are needed."""
    settled = is_settled(manifest())
    put_outputs(settled="true" if settled else "false")
    if settled:
        say("nothing is pending, and nothing has changed since the last run: nothing to do")
    return 0


if __name__ == "__main__":
    run_step(main)
