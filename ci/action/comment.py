"""Keeps one comment of a pull request up to date with the plan, found by a hidden marker."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from github import GitHubRefused, Repository
from workflow import WIDEST, annotate, event, manifest, run_step, say, targets

_PAGE = 100
_MOST_PAGES = 30
_INSIDERS = ("OWNER", "MEMBER", "COLLABORATOR")
CUT = "\n\n… cut here; the whole report stands in the job's summary.\n"


def marker(path: Path, wanted: Iterable[str] = ()) -> str:
    """Give the line that tells our comment on these targets of a manifest from all others."""
    # Two hyphens would end an HTML comment.
    told = quote(path.as_posix()).replace("-", "%2D")
    if globs := sorted(set(wanted)):
        told += " " + sha256("\n".join(globs).encode()).hexdigest()[:12]
    return f"<!-- heygen-localize {told} -->"


def body(report: str, mark: str) -> str:
    """Write the comment: the marker, and as much of the report as GitHub takes."""
    text = f"{mark}\n{report}"
    if len(text) <= WIDEST:
        return text
    kept = text[: WIDEST - len(CUT)]
    return kept[: kept.rfind("\n")] + CUT


def find(repository: Repository, number: int, mark: str) -> Mapping[str, Any] | None:
    """Give our comment, with its `id` and `body`; None where there is none yet.

    A stranger's comment is never ours, whatever stands in it.
    """
    for page in range(1, _MOST_PAGES + 1):
        path = f"issues/{number}/comments?per_page={_PAGE}&page={page}"
        comments = repository.call("GET", path)
        for comment in comments:
            trusted = (comment.get("user") or {}).get("type") == "Bot"
            trusted = trusted or comment.get("author_association") in _INSIDERS
            if trusted and (comment.get("body") or "").startswith(mark):
                return dict(comment)
        if len(comments) < _PAGE:
            break
    return None


def publish(repository: Repository, number: int, text: str, mark: str, news: bool) -> str:
    """Make the comment, or bring it up to date; say what was done.

    Where there is no news, a comment is brought up to date but none is made; one that says
    the same already is left alone.
    """
    existing = find(repository, number, mark)
    if existing is not None:
        if _same(str(existing.get("body")), text):
            return "the comment says so already"
        repository.call("PATCH", f"issues/comments/{int(existing['id'])}", json={"body": text})
        return "the comment is up to date"
    if not news:
        return "nothing would change: no comment"
    repository.call("POST", f"issues/{number}/comments", json={"body": text})
    return "commented"


def _same(one: str, other: str) -> bool:
    """Tell whether two comments read the same: GitHub changes ends of lines and blanks."""
    return one.split() == other.split()


def main() -> int:
    """Publish the report; whatever GitHub says, the job goes on: the summary has it too."""
    report = Path(os.environ["REPORT"]).read_text(encoding="utf-8")
    mark = marker(manifest(), targets())
    number = int(event()["pull_request"]["number"])
    news = os.environ.get("CHANGES") != "0"
    try:
        say(publish(Repository(), number, body(report, mark), mark, news))
    except GitHubRefused as refused:
        if refused.forbidden:
            annotate(
                "notice",
                "The plan stands in the job's summary alone: the job's token may not comment "
                "(permissions: pull-requests: write; forks never may).",
            )
        else:
            annotate("warning", f"The plan stands in the job's summary alone: {refused}")
    return 0


if __name__ == "__main__":
    run_step(main)
