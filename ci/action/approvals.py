"""Holds merged texts back from the render until enough of those who count have approved them.

It can only hold back: what git does not call approved, no review makes so. An approval counts
for the text that it was given for; an edit before the merge asks for another one.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from github import GitHubRefused, Repository
from gitting import Git, GitError
from lockfiles import base_branch
from reviews import Review, reviews
from workflow import StepError, annotate, given, manifest, put_outputs, run_step, say

_MOST = 10
_PAGE = 100
_MOST_PAGES = 10
_INSIDERS = ("OWNER", "MEMBER", "COLLABORATOR")
_ORDERED = ("generating", "completed")
"""Stages of a text that was approved and rendered already."""

_SAYING = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")
_TEAM = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,38})/([a-z0-9][a-z0-9_-]{0,99})")


class Approvers:
    """Whose approvals count: logins and teams; without any, those of the repository's people.

    Raises:
        StepError: one is neither.
    """

    def __init__(self, names: list[str], repository: Repository) -> None:
        for name in names:
            if not _LOGIN.fullmatch(name) and not _TEAM.fullmatch(name):
                problem = f"approvals-from has {name!r}; it takes logins and teams, as acme/editors"
                raise StepError(problem)
        self._logins = {name.casefold() for name in names if "/" not in name}
        self._teams = [found for name in names if (found := _TEAM.fullmatch(name))]
        self._repository = repository
        self._known: dict[str, bool] = {}

    def has(self, review: dict[str, Any]) -> bool:
        """Return whether the one who reviewed counts."""
        login = str((review.get("user") or {}).get("login") or "")
        if not _LOGIN.fullmatch(login):
            return False
        if not self._logins and not self._teams:
            return review.get("author_association") in _INSIDERS
        if login.casefold() in self._logins:
            return True
        if login not in self._known:
            self._known[login] = any(self._is_in(team, login) for team in self._teams)
        return self._known[login]

    def _is_in(self, team: re.Match[str], login: str) -> bool:
        path = f"orgs/{team[1]}/teams/{team[2]}/memberships/{quote(login)}"
        try:
            return bool(self._repository.call_above("GET", path)["state"] == "active")
        except GitHubRefused as refused:
            if refused.status != 404:
                raise
            return False


class Approvals:
    """The approvals of merged texts, as their pull requests have them."""

    def __init__(self, repository: Repository, approvers: Approvers, head: str) -> None:
        self._repository, self._approvers, self._head = repository, approvers, head
        self._base = base_branch()
        self._pulls: dict[str, dict[str, Any] | None] = {}
        self._reviews: dict[int, list[dict[str, Any]]] = {}

    def of(self, path: str, blob: str) -> tuple[int, int | None]:
        """Count the approvals of a text; give the merge's pull request too, where there is one.

        Raises:
            GitHubRefused: it was not told.
        """
        pull = self._merged_by(path)
        if pull is None:
            return 0, None
        number, author = int(pull["number"]), (pull.get("user") or {}).get("login")
        last: dict[str, dict[str, Any]] = {}
        for review in self._reviews_of(number):
            login = (review.get("user") or {}).get("login")
            if login and login != author and review.get("state") in _SAYING:
                last[login] = review
        count = sum(
            review["state"] == "APPROVED"
            and self._approvers.has(review)
            and self._blob(path, str(review.get("commit_id"))) == blob
            for review in last.values()
        )
        return count, number

    def _merged_by(self, path: str) -> dict[str, Any] | None:
        options: dict[str, Any] = {"path": path, "sha": self._head, "per_page": 1}
        commits = self._repository.call("GET", "commits", params=options)
        if not commits:
            return None
        sha = str(commits[0]["sha"])
        if sha not in self._pulls:
            pulls = self._repository.call("GET", f"commits/{quote(sha, safe='')}/pulls")
            self._pulls[sha] = next(filter(self._is_merge, pulls), None)
        return self._pulls[sha]

    def _is_merge(self, pull: dict[str, Any]) -> bool:
        return bool(pull.get("merged_at")) and (pull.get("base") or {}).get("ref") == self._base

    def _reviews_of(self, number: int) -> list[dict[str, Any]]:
        if number not in self._reviews:
            self._reviews[number] = list(self._pages(f"pulls/{number}/reviews"))
        return self._reviews[number]

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            found = self._repository.call("GET", f"{path}?per_page={_PAGE}&page={page}")
            yield from found
            if len(found) < _PAGE:
                return

    def _blob(self, path: str, commit: str) -> str | None:
        try:
            options = {"ref": commit}
            found = self._repository.call("GET", f"contents/{quote(path)}", params=options)
        except GitHubRefused as refused:
            if refused.status != 404:
                raise
            return None
        return str(found["sha"]) if isinstance(found, dict) else None


def required() -> int:
    """Return how many approvals a text needs.

    Raises:
        StepError: it is no such number.
    """
    told = given("APPROVALS", "0")
    if not told.isascii() or not told.isdigit() or int(told) > _MOST:
        raise StepError(f"approvals is {told!r}; it is a number from 0 to {_MOST}")
    return int(told)


def hold_back(found: list[Review], needed: int, git: Git, approvals: Approvals) -> list[Review]:
    """Return the committed texts that lack approvals, each told with what it lacks."""
    held: list[Review] = []
    committed = git.files(git.head())
    for review in found:
        entry = committed.get(review.path)
        if entry is None or review.stage in _ORDERED:
            continue
        try:
            count, number = approvals.of(review.path, entry.name)
        except GitHubRefused as refused:
            annotate("warning", f"{review.path} is held back: {refused}")
            held.append(review)
            continue
        if count < needed:
            where = f"pull request #{number}" if number else "no pull request that was merged"
            told = f"{review.path} is held back: {count} of {needed} approvals, in {where}"
            annotate("notice", told)
            held.append(review)
    return held


def main() -> int:
    """Write down which texts `localize` is to take for not approved, whatever git says."""
    needed = required()
    names = [line.strip() for line in given("APPROVALS_FROM").splitlines() if line.strip()]
    repository, path = Repository(), manifest()
    approvers = Approvers(names, repository)
    try:
        git = Git(path.parent, given("TOKEN"))
        found = reviews(path)
        held = hold_back(found, needed, git, Approvals(repository, approvers, git.head()))
    except GitError as error:
        raise StepError(f"approvals cannot be counted: {error}", code=1) from None
    if held:
        handle, name = tempfile.mkstemp(
            prefix="localize-held-back.", dir=Path(os.environ.get("RUNNER_TEMP", ".")).resolve()
        )
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{Path(review.path).resolve()}\n" for review in held)
        put_outputs(held_back=name)
    say(f"{len(held)} texts are held back for approvals")
    return 0


if __name__ == "__main__":
    run_step(main)
