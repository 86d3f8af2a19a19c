"""The lockfile back in git: that file alone, merged where others were faster."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import bring_back
import pytest
from action_origin import Origin, held, lock, manifest
from github_stand_in import TOKEN, GitHub
from gitting import Git, GitError
from workflow import StepError, run_step


def test_only_the_lockfile_is_committed(
    step: Callable[..., int], origin: Origin, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "localize.yaml").write_text(manifest("intro") + "# changed by the job\n")
    (checkout / "subtitles.srt").write_text("left by the job\n")
    for name in ("pre-commit", "commit-msg", "pre-push"):
        hook = checkout / ".git" / "hooks" / name
        hook.write_text("#!/bin/sh\necho 'not to be run' >&2; exit 1\n")
        hook.chmod(0o755)
    assert step(lock(intro="completed")) == 0
    assert origin.changed() == ["localize.lock"]
    assert held(origin) == {"intro": "completed"}
    author = origin.git(origin.bare, "log", "-1", "--format=%an", "main").strip()
    assert author == "github-actions[bot]"
    assert step(None) == 0
    assert "localize.lock is in main already" in capsys.readouterr().out
    assert len(origin.log()) == 3


def test_an_unchanged_lockfile_is_left_alone(step: Callable[..., int], origin: Origin) -> None:
    assert step(None) == 0
    assert len(origin.log()) == 2


def test_a_run_before_the_first_lockfile_leaves_nothing(
    step: Callable[..., int], checkout: Path, origin: Origin
) -> None:
    (checkout / "localize.lock").unlink()
    assert step(None) == 0
    assert len(origin.log()) == 2


@pytest.mark.parametrize(
    ("theirs", "ours", "merged"),
    [
        (  # git merges the lines by itself
            lock(intro="running", zoom="completed"),
            lock(about="completed", intro="running"),
            {"about": "completed", "intro": "running", "zoom": "completed"},
        ),
        (  # a conflict: both sides are read, and the job that is further along goes first
            lock(intro="failed", keynote="completed"),
            lock(intro="completed", outro="completed"),
            {"intro": "completed", "keynote": "completed", "outro": "completed"},
        ),
        ("not a lockfile\n", lock(intro="completed"), {"intro": "completed"}),
    ],
)
def test_a_lockfile_that_others_changed_is_merged(
    step: Callable[..., int],
    origin: Origin,
    others: Callable[..., None],
    theirs: str,
    ours: str,
    merged: dict[str, str],
) -> None:
    others(localize_lock=theirs, README="theirs\n")
    assert step(ours) == 0
    assert held(origin) == merged
    assert origin.show("README") == "theirs\n"
    assert origin.changed() == ["localize.lock"]


def test_a_push_that_lost_the_race_is_made_again(
    step: Callable[..., int],
    origin: Origin,
    others: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    push, races = Git.push, []

    def late(self: Git, commit: str, branch: str, force: bool = False) -> str:
        if len(races) < 2:
            races.append(commit)
            others(README=f"{len(races)}\n")
        return push(self, commit, branch, force)

    monkeypatch.setattr(Git, "push", late)
    assert step(lock(intro="completed")) == 0
    assert held(origin) == {"intro": "completed"}
    assert origin.log()[:3] == ["Update localize.lock", "by hand", "by hand"]


def test_a_branch_that_takes_no_push_is_told_with_the_way_out(
    step: Callable[..., int], origin: Origin
) -> None:
    hook = origin.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2; exit 1\n")
    hook.chmod(0o755)
    with pytest.raises(StepError, match=r"could not be pushed to main: GH006") as caught:
        step(lock(intro="completed"))
    assert "commit: pull-request" in caught.value.hint
    assert caught.value.code == 1
    with pytest.raises(StepError, match="localize/localize-lock could not be pushed"):
        step(None, "pull-request")


def test_what_a_remote_says_steers_no_terminal(
    step: Callable[..., int], origin: Origin, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = origin.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nprintf 'red \\033[31m \\302\\233 100%%\\n' >&2; exit 1\n")
    hook.chmod(0o755)
    (origin.folder / "checkout" / "localize.lock").write_text(lock(intro="completed"))
    with pytest.raises(SystemExit):
        run_step(bring_back.main)
    (line,) = capsys.readouterr().out.splitlines()
    assert "red  [31m   100%25" in line
    assert line.isprintable()


def test_a_pull_request_is_opened_once_and_kept_up_to_date(
    step: Callable[..., int],
    origin: Origin,
    github: GitHub,
    others: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    branch, github.common = "localize/localize-lock", origin.common
    assert step(lock(intro="completed"), "pull-request") == 0
    assert [(pull["from"], pull["base"]) for pull in github.pulls] == [(f"acme:{branch}", "main")]
    assert held(origin) == {"intro": "running"}
    assert held(origin, branch) == {"intro": "completed"}

    others(README="moved\n")
    assert step(lock(intro="completed", outro="running"), "pull-request") == 0
    assert held(origin, branch) == {"intro": "completed", "outro": "running"}
    assert origin.log(branch)[:2] == ["Update localize.lock", "by hand"]
    assert origin.changed(branch) == ["localize.lock"]
    assert github.count("POST") == 1
    assert "pull request #8 is up to date" in capsys.readouterr().out
    tip = origin.git(origin.bare, "rev-parse", branch)
    others(README="moved on\n")
    assert step(None, "pull-request") == 0
    assert "pull request #8 is up to date" in capsys.readouterr().out
    assert origin.git(origin.bare, "rev-parse", branch) == tip, "an approval would be taken away"
    others(localize_lock=lock(intro="completed"))
    assert step(lock(intro="completed", outro="running"), "pull-request") == 0
    assert origin.git(origin.bare, "rev-parse", branch) != tip, "it may conflict by now"
    assert held(origin, branch) == {"intro": "completed", "outro": "running"}

    others(localize_lock=lock(intro="completed", outro="running"))
    assert step(None, "pull-request") == 0
    assert "is in main already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "told"), [(403, "may not open a pull request"), (500, "GitHub answers 500")]
)
def test_a_pull_request_that_github_refuses_fails_the_step(
    step: Callable[..., int], github: GitHub, status: int, told: str
) -> None:
    github.refuses["POST"] = status
    with pytest.raises(StepError, match=told):
        step(lock(intro="completed"), "pull-request")


def test_a_tag_gets_no_commit(
    step: Callable[..., int], origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REF_TYPE", "tag")
    assert step(lock(intro="completed")) == 0
    assert held(origin) == {"intro": "running"}


def test_what_commit_may_be(step: Callable[..., int]) -> None:
    with pytest.raises(StepError, match="push, pull-request or none"):
        step(None, "yes")


def test_a_lockfile_in_a_folder_of_its_own(
    step: Callable[..., int], origin: Origin, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "größe").mkdir()
    (checkout / "größe" / "x.yaml").write_text(manifest("intro"))
    (checkout / "größe" / "x.lock").write_text(lock(intro="completed"))
    monkeypatch.setenv("INPUT_MANIFEST", "größe/x.yaml")
    assert step(None) == 0
    assert json.loads(origin.show("größe/x.lock"))["project"] == "test"


def test_no_repository_is_told(
    step: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "localize.lock").write_text(lock())
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with pytest.raises(StepError, match="the lockfile is not committed: there is no repository"):
        step(None)


def test_git_that_is_not_there_is_told(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = Git(checkout, "")
    monkeypatch.setattr(git, "_top", checkout / "nowhere")
    with pytest.raises(GitError, match="FileNotFoundError"):
        git.fetch("main")


class AskedByGit(BaseHTTPRequestHandler):
    """A server that lets nobody in, and remembers how each tried."""

    def do_GET(self) -> None:
        self.server.headers.append(self.headers.get_all("Authorization"))  # type: ignore[attr-defined]
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


def test_git_signs_in_with_the_token_at_github_alone(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub refuses two headers, so the one that the checkout left is dropped."""
    with HTTPServer(("127.0.0.1", 0), AskedByGit) as server:
        server.headers = []  # type: ignore[attr-defined]
        base = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        serving.start()
        monkeypatch.setenv("GITHUB_SERVER_URL", base)
        git = Git(checkout, TOKEN)
        git._run("config", f"http.{base}/.extraheader", "AUTHORIZATION: basic of-the-checkout")
        for place in (base, base.replace("127.0.0.1", "localhost")):
            git._run("remote", "set-url", "origin", f"{place}/acme/videos")
            with pytest.raises(GitError, match="403") as caught:
                git.fetch("main")
            assert TOKEN not in str(caught.value)
        server.shutdown()
    header = b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    assert server.headers == [[f"basic {header}"], None]  # type: ignore[attr-defined]
