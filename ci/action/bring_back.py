"""Brings the lockfile back into git: that file alone, whatever else the job left behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

from gitting import Git, GitError
from lockfiles import Lockfile, base_branch, merged, proposing_branch
from regular import NotRegularError, read
from workflow import StepError, annotate, given, manifest, run_step, say

_TRIES = 5
_PAUSE = 1.0
"""Seconds before the second try; twice as long before each further one."""


def commit_on(tip: str, lockfile: Lockfile, git: Git) -> str | None:
    """Make a commit on a branch's tip that changes the lockfile alone; None without need."""
    theirs = git.content(tip, lockfile.path)
    content = merged(lockfile, theirs, "--over-damaged")
    if content == theirs:
        return None
    message = f"Update {lockfile.path}\n\nWritten by localize apply."
    return git.commit([tip], {lockfile.path: content}, message)


def push(lockfile: Lockfile, branch: str, git: Git) -> str:
    """Push the lockfile to the branch, again where others were faster; say what was done.

    Raises:
        StepError: the branch does not take it.
    """
    refusal, before = "", ""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE * 2 ** (attempt - 1))
        tip = git.fetch(branch)
        if tip == before:
            break  # refused for another reason than that somebody was faster
        before = tip
        made = commit_on(tip, lockfile, git)
        if made is None:
            return f"{lockfile.path} is in {branch} already"
        refusal = git.push(made, branch)
        if not refusal:
            return f"{lockfile.path} pushed to {branch}"
    raise StepError(
        f"{lockfile.path} could not be pushed to {branch}: {refusal}",
        hint="the job needs contents: write; where the branch is protected, commit: pull-request. "
        "Nothing is lost: the next apply finds every job in the account",
        code=1,
    )


def propose(lockfile: Lockfile, base: str, git: Git) -> str:
    """Open a pull request with the lockfile, or bring the open one up to date; say which.

    Raises:
        StepError: the branch does not take it.
        GitHubRefused: no pull request could be made.
    """
    from github import GitHubRefused, Repository

    repository = Repository()
    branch = proposing_branch(lockfile.path)
    onto = git.fetch(base)
    made = commit_on(onto, lockfile, git)
    if made is None:
        return f"{lockfile.path} is in {base} already"
    number = repository.open_pull(branch, base)
    if number is None or _differs(lockfile.path, made, onto, branch, git):
        # Nobody else's branch: jobs and sessions that it held, this run began with
        # (take_along.py).
        refusal = git.push(made, branch, force=True)
        if refusal:
            problem = f"{branch} could not be pushed: {refusal}"
            raise StepError(problem, hint="contents: write", code=1)
    if number is not None:
        return f"pull request #{number} is up to date"
    told = {
        "title": f"Update {lockfile.path}",
        "head": branch,
        "base": base,
        "body": "`localize apply` ordered or finished jobs; the lockfile remembers them.",
    }
    try:
        pull = repository.call("POST", "pulls", json=told)
    except GitHubRefused as refused:
        if not refused.forbidden:
            raise
        raise StepError(
            f"{branch} is pushed, but the job's token may not open a pull request",
            hint="permissions: pull-requests: write, and in the repository's settings: allow "
            "GitHub Actions to create pull requests",
            code=1,
        ) from None
    return f"pull request #{pull['number']} opened"


def _differs(path: str, made: str, onto: str, branch: str, git: Git) -> bool:
    """Tell whether a push would change anything: one for nothing takes approvals away.

    It does too where the base's lockfile has moved on, which the branch may conflict with.
    """
    from github import Repository

    if git.content(git.fetch(branch), path) != git.content(made, path):
        return True
    common = Repository().common(onto, branch)
    git.have(common)
    return git.content(common, path) != git.content(onto, path)


def left_behind(path: Path, git: Git) -> Lockfile | None:
    """Give the lockfile as the run left it; None where it is as it was.

    Raises:
        NotRegularError: it is no regular file of the checkout.
    """
    lock = path.with_suffix(".lock")
    after = read(lock)
    if after is None:
        return None
    name = git.name_of(lock)
    before = git.content("HEAD", name)
    return None if after == before else Lockfile(name, after, before)


def main() -> int:
    """Bring the lockfile back in the way that was chosen."""
    how = given("COMMIT", "push")
    if how not in ("push", "pull-request"):
        raise StepError(f"commit is {how!r}; it is push, pull-request or none")
    if os.environ.get("GITHUB_REF_TYPE", "branch") != "branch":
        annotate("warning", "the lockfile stays here: this run is of a tag, not of a branch")
        return 0
    path = manifest()
    try:
        git = Git(path.parent, given("TOKEN"))
        lockfile = left_behind(path, git)
        if lockfile is None:
            say("the lockfile is as it was")
            return 0
        bring = push if how == "push" else propose
        said = bring(lockfile, base_branch(), git)
    except (GitError, NotRegularError) as error:
        raise StepError(f"the lockfile is not committed: {error}", code=1) from None
    say(said)
    return 0


if __name__ == "__main__":
    run_step(main)
