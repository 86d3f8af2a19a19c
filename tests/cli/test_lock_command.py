"""`localize lock`: lockfiles checked against their manifest, and merged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from workspaces import Workspace

DRIVER = f"{Path(sys.executable).parent}/localize lock merge --ours %A --base %O --theirs %B"


def lock(project: str = "test", approvals: dict[str, str] | None = None, **statuses: str) -> str:
    """Write a lockfile of these videos in Japanese, as localize does."""
    targets = {
        f"{video}/ja": {
            "attempts": 1,
            "fingerprint": "0" * 64,
            "language": "Japanese",
            "source": {},
            "status": status,
            "translation_id": f"tr_{video}",
        }
        for video, status in statuses.items()
    }
    document = {"lockfile_version": 1, "project": project, "targets": targets}
    document |= {"approvals": approvals} if approvals else {}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


@pytest.fixture(autouse=True)
def project(workspace: Workspace) -> None:
    """Let there be a manifest of which only the project can be used."""
    workspace.write("version: 1\nproject: test\nformerly: [old]\nvideos: {intro: {nonsense: 1}}\n")


def test_a_whole_lockfile_of_the_project_passes(workspace: Workspace) -> None:
    for name in ("test", "old"):
        workspace.lockfile.write_text(lock(name, intro="running"))
        ran = workspace.run("lock", "check")
        assert (ran.code, ran.out) == (0, f"localize.lock: 1 target of {name}\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "there is no lockfile localize.lock here"),
        (lock("another"), "of another project than 'test'"),
        ("{}\n", "damaged"),
        ("root:x:0:0\n", "not JSON"),
    ],
)
def test_anything_else_is_refused_unquoted(
    workspace: Workspace, text: str | None, told: str
) -> None:
    if text is not None:
        workspace.lockfile.write_text(text)
    for arguments in (("check",), ("merge", "--output", "made.lock")):
        ran = workspace.run("lock", *arguments)
        assert ran.code == 2
        assert told in ran.err
        assert "another'" not in ran.err
        assert "root:x" not in ran.err
    assert not (workspace.folder / "made.lock").exists()


def test_a_merge_takes_both_sides_and_only_approvals_that_are_wanted(workspace: Workspace) -> None:
    folder, approved = workspace.folder, {"zoom/ja": "1" * 64}
    (folder / "base").write_text(lock(intro="running"))
    (folder / "theirs").write_text(lock(approvals=approved, intro="completed", zoom="running"))
    states = ("--base", "base", "--theirs", "theirs", "--ours", "ours")
    for options, kept in (((), approved), (("--own-approvals",), None)):
        (folder / "ours").write_text(lock(about="running", intro="running"))
        assert workspace.run("lock", "merge", *states, *options).code == 0
        made = json.loads((folder / "ours").read_text())
        assert {name: item["status"] for name, item in made["targets"].items()} == {
            "about/ja": "running",
            "intro/ja": "completed",
            "zoom/ja": "running",
        }
        assert made.get("approvals") == kept


def test_theirs_is_passed_over_only_where_it_is_no_lockfile(workspace: Workspace) -> None:
    workspace.lockfile.write_text(lock(intro="running"))
    theirs = workspace.folder / "theirs"
    for text, plain, over in (("nonsense\n", 2, 0), (lock("another", zoom="running"), 2, 2)):
        theirs.write_text(text)
        for options, code in (((), plain), (("--over-damaged",), over)):
            ran = workspace.run("lock", "merge", "--theirs", "theirs", *options)
            assert ran.code == code, ran.err
            assert workspace.lockfile.read_text() == lock(intro="running")


def test_git_merges_with_it(workspace: Workspace) -> None:
    """Both sides add the last entry: merged by lines that would be no JSON."""

    def git(*arguments: str) -> None:
        named = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
        command = ["git", *named, *arguments]
        subprocess.run(command, cwd=workspace.folder, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=main")
    git("config", "merge.localize.driver", DRIVER)
    (workspace.folder / ".gitattributes").write_text("localize.lock merge=localize\n")
    states = {"main": {}, "theirs": {"zoom": "running"}, "ours": {"outro": "completed"}}
    for branch, more in states.items():
        git("checkout", "--quiet", *(("-b", branch, "main") if branch != "main" else ("-b", "x")))
        workspace.lockfile.write_text(lock(intro="running", **more))
        git("add", ".")
        git("commit", "--quiet", "--message", branch)
        if branch == "main":
            git("branch", "--force", "main")
    git("merge", "--quiet", "theirs")
    assert workspace.lock()["targets"].keys() == {"intro/ja", "outro/ja", "zoom/ja"}
