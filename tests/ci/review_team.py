"""People and runs around texts under review: what happens at GitHub between runs of the Action."""

from __future__ import annotations

import shutil

from action_origin import Origin, manifest
from action_runner import Finished, Runner
from github_stand_in import GitHub

from heygen_localize.sandbox import Sandbox

BRANCH = "localize/subtitles"


class Team:
    """Runs of the Action, each in a fresh checkout, and what people do at GitHub meanwhile."""

    def __init__(self, runner: Runner, origin: Origin, github: GitHub, account: Sandbox) -> None:
        self.runner, self.origin, self.github, self.account = runner, origin, github, account
        self.runs = 0
        github.git = lambda *arguments: origin.git(origin.bare, *arguments)
        # GitHub takes one from the job; no run may need it.
        origin.git(origin.bare, "config", "receive.denyNonFastForwards", "true")

    def run(self, event: str = "push", ends: int = 0, **inputs: str) -> Finished:
        self.runs += 1
        cache = self.runner.workspace / ".localize" / "localize" / "cache"
        place = self.runner.workspace = self.origin.clone(f"run-{self.runs}", "--depth=1")
        if cache.exists():
            shutil.copytree(cache, place / ".localize" / "localize" / "cache", symlinks=True)
        self.runner.event(event)
        wanted = {"subtitles": "pull-request", "comment": "false"} | inputs
        done = self.runner.run(api_key=self.account.api_key, **wanted)
        assert done.code == ends, done.log
        return done

    def write(self, branch: str, **files: str | None) -> None:
        """Let somebody commit on a branch; None deletes."""
        self.runs += 1
        place = self.origin.clone(f"person-{self.runs}", "--branch", branch)
        for name, text in files.items():
            if text is None:
                (place / name).unlink()
            else:
                (place / name).write_text(text)
        self.origin.git(place, "add", "--all")
        self.origin.git(place, "commit", "--quiet", "--message", "by a reviewer")
        self.origin.git(place, "push", "--quiet")

    def close(self, number: int, merge: bool) -> None:
        """Merge a pull request as one commit, or close it."""
        pull = next(pull for pull in self.github.pulls if pull["number"] == number)
        branch = pull["from"].split(":")[1]
        head = self.origin.git(self.origin.bare, "rev-parse", branch).strip()
        pull |= {"state": "closed", "head": {"sha": head}}
        if merge:
            self.runs += 1
            place = self.origin.clone(f"merge-{self.runs}")
            self.origin.git(place, "merge", "--quiet", "--squash", f"origin/{branch}")
            self.origin.git(place, "commit", "--quiet", "--message", f"Merge #{number}")
            self.origin.git(place, "push", "--quiet")
            sha = self.origin.git(place, "rev-parse", "HEAD").strip()
            pull |= {"merged_at": "2026-11-28T00:00:00Z", "commits": [sha]}

    def review(self, number: int, login: str, state: str = "APPROVED", at: str = BRANCH) -> None:
        commit = self.origin.git(self.origin.bare, "rev-parse", at).strip()
        review = {"pull": number, "state": state, "commit_id": commit}
        association = "NONE" if login == "stranger" else "MEMBER"
        review |= {"user": {"login": login}, "author_association": association}
        self.github.reviews.append(review)

    def files(self, branch: str = "main") -> set[str]:
        told = self.origin.git(self.origin.bare, "ls-tree", "-r", "--name-only", branch)
        return {name for name in told.split() if name.endswith(".srt")}

    def branches(self) -> set[str]:
        told = self.origin.git(self.origin.bare, "for-each-ref", "--format=%(refname:short)")
        return set(told.split()) - {"main"}

    def rendered(self) -> list[str]:
        """Give the texts that were rendered, by when they were ordered."""
        return [note.text or "" for note in self.account.proofreads() if note.job_ids]

    def expire(self) -> None:
        """Let a review take longer than a session lives."""
        for note in self.account.proofreads():
            self.account.expire_proofread(note.id)
        self.account.advance(25 * 3600)


def proofread(*videos: str) -> str:
    return manifest(*videos).replace("videos:", "defaults: {proofread: true}\nvideos:")
