"""Lays the texts that are in review into the checkout: so that nobody pays for them again.

They are not committed there, and hence not approved. Without them `apply` would order a
session for each text anew once its session is over.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from gitting import Git, GitError
from regular import NotRegularError, read, write
from reviews import LARGEST, in_review, reviews, way
from workflow import StepError, annotate, given, manifest, put_outputs, run_step, say


def take_along(path: Path) -> dict[str, str]:
    """Lay what the branch lacks into the checkout; give the tips it was taken from, by branch.

    What is there already is what people merged: nothing is put over it.
    """
    found = reviews(path)
    git = Git(path.parent, given("TOKEN"))
    seen: dict[str, str] = {}
    for branch, tip, paths in in_review(git, found):
        seen[branch] = tip
        theirs = git.files(tip)
        for name in paths:
            entry, place = theirs.get(name), Path(name)
            if entry is None or read(place, LARGEST) is not None:
                continue
            if not entry.regular or entry.size > LARGEST:
                annotate("warning", f"{name} of {branch} is no file of subtitles: passed over")
                continue
            _lay(place, git.blob(entry.name))
            say(f"{name} is in review on {branch}")
    return seen


def _lay(place: Path, content: bytes) -> None:
    """Put a file where `read` has found none: it leads over no link."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write(place, content)
    except OSError as error:
        raise NotRegularError(f"{place.as_posix()} cannot be written ({error.strerror})") from None


def main() -> int:
    """Begin with what is in review; a plan is made without it where it cannot be had."""
    if os.environ.get("GITHUB_REF_TYPE", "branch") != "branch":
        return 0
    way()
    try:
        put_outputs(seen=json.dumps(take_along(manifest())))
    except (GitError, NotRegularError, StepError) as error:
        told = f"the texts in review cannot be had: {error}"
        if os.environ.get("COMMAND") != "plan":
            hint = "without them something might be ordered twice"
            raise StepError(told, hint, code=1) from None
        annotate("warning", told)
    return 0


if __name__ == "__main__":
    run_step(main)
