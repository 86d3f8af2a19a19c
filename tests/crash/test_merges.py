"""Lockfiles that git merged, well and badly: both sides are hints, and the vendor settles."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

LANGUAGES = ("fr-FR", "ja")
STYLES = ("merge", "diff3", "zdiff3")
LINE = "The lockfile holds a merge conflict: both sides are read, and checked with HeyGen."


class Repository:
    """A real git repository around a workspace, with an account that orders for real."""

    def __init__(self, sandbox: Sandbox, workspace: Workspace) -> None:
        self.sandbox, self.workspace = sandbox, workspace
        workspace.use(sandbox)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, fails: bool = False) -> str:
        ran = subprocess.run(
            ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com", *arguments],
            cwd=self.workspace.folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (ran.returncode != 0) is fails, ran.stdout + ran.stderr
        return ran.stdout

    def write(self, **videos: str) -> None:
        """Write the manifest: each video with more options of its own, apart from each other."""
        lines = ["version: 1", "project: test", f"languages: [{', '.join(LANGUAGES)}]", "videos:"]
        for name, more in sorted(videos.items()):
            lines += [f"  {name}:", f"    source: https://cdn.example.com/{name}.mp4"]
            lines += [f"    {more}"] if more else []
            lines += ["    # --", "    # --", "    # --", "    # --"]
        self.workspace.write("\n".join(lines) + "\n")

    def apply(self) -> None:
        ran = self.workspace.run("apply", "--yes")
        assert ran.code == 0, ran.err

    def commit(self, **videos: str) -> None:
        """Write the manifest, apply it, and commit all."""
        self.write(**videos)
        self.apply()
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "videos")

    def branch(self, name: str) -> None:
        self.git("checkout", "--quiet", "-b", name, "main")

    def entries(self) -> Any:
        return self.workspace.lock()["targets"]

    def check_all_is_well(self, orders: int, *videos: str) -> None:
        """Every target counts on the job that bears its mark, and nothing was ordered."""
        assert creates(self.sandbox) == orders
        marks = {job.id: str(job.callback_id) for job in self.sandbox.jobs()}
        entries = self.entries()
        assert sorted(entries) == sorted(f"{name}/{tag}" for name in videos for tag in LANGUAGES)
        for address, entry in entries.items():
            job_id = entry["translation_id"]
            assert marks[job_id].split(":")[2] == entry["fingerprint"][:32], address
            assert job_id in entry["outputs"]["video_url"], address
            assert entry["status"] == "completed"
        used = {entry["translation_id"] for entry in entries.values()}
        superseded = {name for entry in entries.values() for name in entry.get("superseded", ())}
        assert not used & superseded, "a job that is counted on is never superseded"
        assert self.workspace.run("plan", "--detailed-exitcode").code == 0
        healed = self.workspace.lockfile.read_bytes()
        ran = self.workspace.run("apply", "--yes")
        assert "Nothing to do" in ran.out
        assert LINE not in ran.err
        assert self.workspace.lockfile.read_bytes() == healed


@pytest.fixture
def repository(
    sandbox: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Repository]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    return Repository(sandbox, workspace)


def test_the_journal_is_kept_from_git(repository: Repository) -> None:
    repository.commit(alpha="")
    assert repository.git("ls-files").split() == ["localize.lock", "localize.yaml"]
    assert repository.git("status", "--porcelain") == ""


def test_a_clean_merge_needs_nothing(repository: Repository) -> None:
    repository.commit(mike="", november="", oscar="")
    repository.branch("left")
    repository.commit(alpha="", mike="mode: precision", november="", oscar="")
    repository.branch("right")
    repository.commit(mike="", november="", oscar="", zulu="")
    repository.git("merge", "--quiet", "--no-edit", "left")
    assert "mode: precision" in repository.workspace.manifest.read_text()
    before = repository.workspace.lockfile.read_bytes()
    assert repository.workspace.run("plan", "--detailed-exitcode").code == 0
    repository.check_all_is_well(12, "alpha", "mike", "november", "oscar", "zulu")
    assert repository.workspace.lockfile.read_bytes() == before


@pytest.mark.parametrize("clean", [True, False], ids=["clean", "conflict"])
def test_after_a_merge_only_what_is_new_is_paid_for(repository: Repository, clean: bool) -> None:
    """A branch was applied, the other only adds to the manifest: its videos alone are new."""
    repository.commit(alpha="", mike="", november="")
    repository.branch("left")
    repository.commit(alpha="mode: precision", beta="", mike="", november="")
    repository.branch("right")
    if not clean:
        repository.commit(alpha="translate_audio_only: true", gamma="", mike="", november="")
    repository.write(alpha="", mike="", november="", yankee="", zulu="")
    repository.git("commit", "--quiet", "--all", "--message", "not applied")
    ordered = creates(repository.sandbox)
    repository.git("merge", "--quiet", "--no-edit", "left", fails=not clean)
    repository.write(alpha="mode: precision", beta="", mike="", november="", yankee="", zulu="")
    planned = repository.workspace.run("plan", "--format", "json").json()["actions"]
    costly = [action["address"] for action in planned if action["costs"]]
    assert costly == ["yankee/fr-FR", "yankee/ja", "zulu/fr-FR", "zulu/ja"]
    repository.apply()
    assert creates(repository.sandbox) == ordered + 4
    healed = repository.workspace.lockfile.read_bytes()
    assert "Nothing to do" in repository.workspace.run("apply").out
    assert repository.workspace.lockfile.read_bytes() == healed


@pytest.fixture
def conflict(repository: Repository) -> Callable[[str], Repository]:
    """Let two branches add a video at one place and change another, and merge them."""

    def merge(style: str) -> Repository:
        repository.commit(alpha="")
        repository.branch("left")
        repository.commit(alpha="mode: precision", beta="")
        repository.branch("right")
        repository.commit(alpha="translate_audio_only: true", gamma="")
        assert creates(repository.sandbox) == 10
        repository.git("-c", f"merge.conflictStyle={style}", "merge", "left", fails=True)
        text = repository.workspace.lockfile.read_text()
        assert "<<<<<<< HEAD\n" in text
        assert ("||||||| " in text) is (style != "merge")
        return repository

    return merge


@pytest.mark.few(4)
@pytest.mark.parametrize("chosen", ["mode: precision", "translate_audio_only: true", ""])
@pytest.mark.parametrize("style", STYLES)
def test_conflict_markers_are_both_sides_and_apply_heals_them(
    conflict: Callable[[str], Repository], style: str, chosen: str
) -> None:
    repository = conflict(style)
    repository.write(alpha=chosen, beta="", gamma="")
    workspace = repository.workspace
    before = workspace.lockfile.read_bytes()

    planned = workspace.run("plan", "--format", "json")
    assert planned.code == 0, planned.err
    assert planned.err.count(LINE) == 1
    assert not [action for action in planned.json()["actions"] if action["costs"]]
    status = workspace.run("status", "--format", "json")
    assert status.code == 0, status.err
    assert len(status.json()["targets"]) == 6
    assert workspace.lockfile.read_bytes() == before, "to look changes nothing"

    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err
    assert ran.err.count(LINE) == 1
    repository.check_all_is_well(10, "alpha", "beta", "gamma")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "merged")


def test_a_conflict_with_nothing_else_to_do_is_healed_without_consent(
    conflict: Callable[[str], Repository],
) -> None:
    repository = conflict("merge")
    repository.write(alpha="mode: precision", beta="", gamma="")
    assert repository.workspace.run("apply").code == 0
    repository.check_all_is_well(10, "alpha", "beta", "gamma")


def test_windows_line_ends_in_a_conflict(conflict: Callable[[str], Repository]) -> None:
    repository = conflict("diff3")
    repository.write(alpha="", beta="", gamma="")
    file = repository.workspace.lockfile
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    repository.apply()
    assert b"\r" not in file.read_bytes()
    repository.check_all_is_well(10, "alpha", "beta", "gamma")


@pytest.mark.parametrize(
    "swapped",
    [
        ("translation_id",),
        ("fingerprint",),
        ("outputs",),
        ("translation_id", "outputs"),
        ("translation_id", "fingerprint"),
        ("fingerprint", "outputs"),
    ],
    ids=" and ".join,
)
def test_what_a_bad_merge_paired_is_settled_by_the_mark(
    repository: Repository, swapped: tuple[str, ...]
) -> None:
    repository.commit(alpha="", beta="")
    document = repository.workspace.lock()
    one, other = document["targets"]["alpha/ja"], document["targets"]["beta/fr-FR"]
    for name in swapped:
        one[name], other[name] = other[name], one[name]
    repository.workspace.lockfile.write_text(json.dumps(document), encoding="utf-8")
    planned = repository.workspace.run("plan", "--format", "json").json()["actions"]
    assert not [action for action in planned if action["costs"]]
    assert [action["address"] for action in planned if action["action"] != "none"] == [
        "alpha/ja",
        "beta/fr-FR",
    ]
    repository.apply()
    repository.check_all_is_well(4, "alpha", "beta")


def test_one_sides_job_for_both_is_settled_by_the_mark(repository: Repository) -> None:
    repository.commit(alpha="", beta="")
    document = repository.workspace.lock()
    document["targets"]["alpha/ja"] = document["targets"]["beta/ja"]
    repository.workspace.lockfile.write_text(json.dumps(document), encoding="utf-8")
    repository.apply()
    repository.check_all_is_well(4, "alpha", "beta")


def broken_side(text: str) -> str:
    return text.replace("=======\n", "{{{\n=======\n", 1)


def marker_lost(text: str) -> str:
    return text.replace("=======\n", "", 1)


@pytest.mark.parametrize("damage", [broken_side, marker_lost])
def test_sides_that_cannot_be_read_are_an_error_that_says_how_to_go_on(
    conflict: Callable[[str], Repository], damage: Callable[[str], str]
) -> None:
    repository = conflict("merge")
    repository.write(alpha="", beta="", gamma="")
    workspace = repository.workspace
    broken = damage(workspace.lockfile.read_text())
    workspace.lockfile.write_text(broken)
    for command in (("plan",), ("status",), ("apply", "--yes")):
        ran = workspace.run(*command)
        assert ran.code == 2, command
        assert "error: localize.lock" in ran.err
        assert "delete it: apply finds every job again" in ran.err
    assert workspace.lockfile.read_text() == broken
    workspace.lockfile.unlink()
    repository.apply()
    repository.check_all_is_well(10, "alpha", "beta", "gamma")
