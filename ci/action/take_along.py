"""Lays the lockfile of the open pull request into the checkout, so that the run begins with it.

What it alone knows, such as a proofread session, HeyGen cannot list: a run that
began without it would order that again once HeyGen has forgotten the key.
"""

from __future__ import annotations

import os
from pathlib import Path

from github import Repository
from gitting import Git, GitError
from lockfiles import Lockfile, base_branch, merged, proposing_branch
from regular import NotRegularError, read, write
from workflow import StepError, annotate, given, manifest, run_step, say


def take_along(path: Path) -> str:
    """Lay the lockfile in review into the checkout; say what was done.

    What a pull request calls approved is so once it is merged.
    """
    lock = path.with_suffix(".lock")
    ours = read(lock)
    git, repository = Git(path.parent, given("TOKEN")), Repository()
    name = git.name_of(lock)
    branch = proposing_branch(name)
    number = repository.open_pull(branch, base_branch())
    if number is None:
        return "no pull request holds a lockfile"
    # GitHub knows where the two part; a checkout seldom reaches that far.
    base = repository.common(git.head(), branch)
    git.have(base)
    tip = git.fetch_alone(branch)
    theirs = git.content(tip, name)
    if theirs is None:
        return f"pull request #{number} holds no lockfile"
    lockfile = Lockfile(name, ours or b"", git.content(base, name))
    try:
        text = merged(lockfile, theirs, "--own-approvals")
    except StepError as error:
        raise StepError(f"that of pull request #{number} cannot be read: {error}") from None
    if text == ours:
        return f"{name} holds all of pull request #{number}"
    write(lock, text)
    return f"{name} of pull request #{number} is taken along"


def main() -> int:
    """Begin with what is in review; a plan is made without it where it cannot be had."""
    if os.environ.get("GITHUB_REF_TYPE", "branch") != "branch":
        return 0
    path = manifest()
    try:
        say(take_along(path))
    except (GitError, NotRegularError, StepError) as error:
        told = f"the lockfile in review cannot be had: {error}"
        if os.environ.get("COMMAND") != "plan":
            hint = "without it something might be ordered twice"
            raise StepError(told, hint, code=1) from None
        annotate("warning", told)
    return 0


if __name__ == "__main__":
    run_step(main)
