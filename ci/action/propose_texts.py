"""Brings new texts to people: a branch and a pull request, for all or for each language.

Files are only ever added there, on top of what the branch has, and never by force: what people
wrote, renamed or deleted stays as they left it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from github import GitHubRefused, Repository
from gitting import Entry, Git, GitError
from lockfiles import base_branch
from regular import NotRegularError, read
from reviews import LARGEST, WAYS, Review, branch_of, reviews, way
from workflow import StepError, annotate, given, manifest, run_step, say

_TRIES = 5
_PAUSE = 1.0
"""Seconds before the second try; twice as long before each further one."""

_BODY = """\
`localize apply` wrote these subtitles from HeyGen's translation. Edit their text here: numbers \
and times stay as they are. Merging approves them, and the next run renders them.

Further texts are added to this branch; what stands on it is never changed.
"""


def new_texts(path: Path, git: Git, seen: Mapping[str, str]) -> dict[str, dict[str, bytes]]:
    """Return what of the checkout is to be reviewed, by branch and path: what HEAD has not.

    A text that is in review on a branch stays there.
    """
    committed = git.files(git.head())
    at = {branch: git.files(tip) for branch, tip in seen.items()}
    found: dict[str, dict[str, bytes]] = {}
    for review in reviews(path):
        for name in review.paths:
            if name in committed:
                continue
            content = read(Path(name), LARGEST)
            if content is not None:
                found.setdefault(_home(review, at), {})[name] = content
    return found


def _home(review: Review, at: Mapping[str, Mapping[str, Entry]]) -> str:
    homes = [branch for branch in sorted(at) if review.path in at[branch]]
    return homes[0] if homes else branch_of(review if way() == WAYS[2] else None)


class Proposal:
    """One branch with texts, and its pull request."""

    def __init__(self, branch: str, seen: str | None, git: Git, repository: Repository) -> None:
        self._branch, self._git, self._repository = branch, git, repository
        self._taken = git.files(seen) if seen else {}
        self._base = base_branch()

    def offer(self, texts: Mapping[str, bytes]) -> str:
        """Add texts to the branch where they are new, and see to its pull request; say so.

        Raises:
            StepError: the branch does not take them.
            GitHubRefused: no pull request could be made.
        """
        refusal = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE * 2 ** (attempt - 1))
            tip = self._git.tips([self._branch]).get(self._branch)
            pulls = self._repository.pulls(self._branch, self._base)
            number = next((int(pull["number"]) for pull in pulls if pull["state"] == "open"), None)
            if number is None:
                base = self._git.files(self._git.fetch(self._base))
                texts = {name: text for name, text in texts.items() if name not in base}
                if not texts:
                    return "nothing is left to review"
            made = self._commit(texts, tip, number is not None)
            if made is None:
                if number is not None:
                    return f"pull request #{number} has all texts"
                if any((pull.get("head") or {}).get("sha") == tip for pull in pulls):
                    return f"{self._branch} has all texts; its pull request was closed"
                return self._open()  # an earlier run ended before it could
            refusal = self._git.push(made, self._branch)
            if not refusal:
                return f"pull request #{number} is up to date" if number else self._open()
        raise StepError(
            f"the texts could not be pushed to {self._branch}: {refusal}",
            hint="the job needs contents: write",
            code=1,
        )

    def _commit(self, texts: Mapping[str, bytes], tip: str | None, is_open: bool) -> str | None:
        """Make a commit with what is new; None where nothing is.

        Where no pull request is open it begins at the base's tip, which has what was merged. The
        branch's own tip is its other parent: no push is by force, and nothing is lost.
        """
        git = self._git
        there: dict[str, Entry] = {}
        if tip is not None:
            git.have(tip)
            there = git.files(tip)
        new = {
            name: content
            for name, content in texts.items()
            if name not in there and not self._was_taken_away(name, content)
        }
        if not new:
            return None
        parents = [tip] if tip is not None else []
        if not is_open:
            parents = [git.fetch(self._base), *parents]
            new |= {name: git.blob(there[name].name) for name in texts if _is_text(there, name)}
        return git.commit(parents, new, "Propose subtitles\n\nWritten by localize apply.")

    def _was_taken_away(self, name: str, content: bytes) -> bool:
        """Tell whether people deleted a file while this run had it from the branch."""
        entry = self._taken.get(name)
        return entry is not None and self._git.blob(entry.name) == content

    def _open(self) -> str:
        beginning = branch_of()
        tag = self._branch.removeprefix(beginning).removeprefix("-")
        told: dict[str, Any] = {
            "title": "Review subtitles" + (f": {tag}" if tag else ""),
            "head": self._branch,
            "base": self._base,
            "body": _BODY,
        }
        try:
            pull = self._repository.call("POST", "pulls", json=told)
        except GitHubRefused as refused:
            if not refused.forbidden:
                raise
            raise StepError(
                f"{self._branch} is pushed, but the job's token may not open a pull request",
                hint="permissions: pull-requests: write, and in the repository's settings: allow "
                "GitHub Actions to create pull requests",
                code=1,
            ) from None
        return f"pull request #{pull['number']} opened"


def _is_text(there: Mapping[str, Entry], name: str) -> bool:
    return name in there and there[name].regular and there[name].size <= LARGEST


def _offer(branch: str, texts: Mapping[str, bytes], seen: str | None, git: Git) -> int:
    try:
        say(f"{branch}: {Proposal(branch, seen, git, Repository()).offer(texts)}")
    except (GitError, StepError) as error:
        hint = getattr(error, "hint", "")
        annotate("error", f"{branch}: {error}" + (f" ({hint})" if hint else ""))
        return 1
    return 0


def main() -> int:
    """Offer all new texts for review; each branch has its try, whatever became of another."""
    if os.environ.get("GITHUB_REF_TYPE", "branch") != "branch":
        annotate("warning", "texts stay here: this run is of a tag, not of a branch")
        return 0
    way()
    seen: dict[str, str] = json.loads(os.environ.get("SEEN") or "{}")
    try:
        git, path = Git(manifest().parent, given("TOKEN")), manifest()
        texts = new_texts(path, git, seen)
    except (GitError, NotRegularError, StepError) as error:
        raise StepError(f"no text is offered for review: {error}", code=1) from None
    if not texts:
        say("no text is new")
    return max(
        (_offer(name, texts[name], seen.get(name), git) for name in sorted(texts)), default=0
    )


if __name__ == "__main__":
    run_step(main)
