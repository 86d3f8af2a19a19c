"""Lays the lockfile of the open pull request into the checkout, so that the run begins with it.

What it alone knows, such as a proofread session, the vendor cannot list: a run that
began without it would order that again once the vendor has forgotten the key.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from github import Repository
from gitting import Git, GitError
from lockfiles import Lockfile, base_branch, merged, proposing_branch, read
from workflow import StepError, annotate, given, manifest, run_step, say


def brought_together(lockfile: Lockfile, theirs: bytes | None, git: Git) -> str | None:
    """Merge the pull request's lockfile into the checkout's; None where it brings nothing."""
    from heygen_localize.lockfile import lock_text

    found = merged(lockfile, theirs, git)
    lock, own = read(found), read(lockfile.after)
    if found == lockfile.after or lock is None:
        return None
    # What a pull request calls approved is so once it is merged.
    approved = {} if own is None else own.approvals
    kept = {name: text for name, text in lock.approvals.items() if approved.get(name) == text}
    return lock_text(replace(lock, approvals=kept))


def take_along(path: Path) -> str:
    """Lay the lockfile in review into the checkout; say what was done."""
    lock = path.with_suffix(".lock")
    git, repository = Git(path.parent, given("TOKEN")), Repository()
    name = git.name_of(lock)
    branch = proposing_branch(name)
    number = repository.open_pull(branch, base_branch())
    if number is None:
        return "no pull request holds a lockfile"
    # Only here: most runs find no pull request, and it takes time to load.
    from heygen_localize.files import write_atomically

    # GitHub knows where the two part; a checkout seldom reaches that far.
    base = repository.common(git.head(), branch)
    git.have(base)
    tip = git.fetch_alone(branch)
    ours = lock.read_bytes() if lock.is_file() else b""
    lockfile, theirs = Lockfile(name, ours, git.content(base, name)), git.content(tip, name)
    if theirs is not None and read(theirs) is None:
        raise StepError(f"that of pull request #{number} cannot be read")
    text = brought_together(lockfile, theirs, git)
    if text is None:
        return f"{name} holds all of pull request #{number}"
    write_atomically(lock, text)
    return f"{name} of pull request #{number} is taken along"


def main() -> int:
    """Begin with what is in review; a plan is made without it where it cannot be had."""
    if os.environ.get("GITHUB_REF_TYPE", "branch") != "branch":
        return 0
    path = manifest()
    try:
        say(take_along(path))
    except (GitError, StepError) as error:
        told = f"the lockfile in review cannot be had: {error}"
        if os.environ.get("COMMAND") != "plan":
            hint = "without it something might be ordered twice"
            raise StepError(told, hint, code=1) from None
        annotate("warning", told)
    return 0


if __name__ == "__main__":
    run_step(main)
