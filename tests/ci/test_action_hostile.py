"""What a repository may hold: nothing of the runner's is read aloud, waited for, or pushed."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import regular
import take_along
from action_origin import Origin, held, lock, manifest
from action_runner import Runner
from github_stand_in import GitHub
from gitting import Git, GitError
from hostile_files import HOSTILE, SECRET, UNREADABLE, everything
from workflow import StepError


@pytest.mark.few(6)
@pytest.mark.parametrize("how", ["push", "pull-request"])
@pytest.mark.parametrize("put", HOSTILE)
def test_what_is_no_lockfile_of_this_project_is_not_pushed(
    step: Callable[..., int],
    origin: Origin,
    checkout: Path,
    github: GitHub,
    tmp_path: Path,
    put: Callable[[Path, Path], None],
    how: str,
) -> None:
    github.common = origin.common
    before = origin.git(origin.bare, "for-each-ref")
    (checkout / "localize.lock").unlink()
    put(checkout / "localize.lock", tmp_path / "outside")
    begun, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(StepError) as caught:
        step(None, how)
    assert time.monotonic() - begun < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100_000  # KiB
    assert origin.git(origin.bare, "for-each-ref") == before
    assert "secret" not in everything(origin)
    assert SECRET not in everything(origin) + str(caught.value) + caught.value.hint
    assert github.count("POST") == 0


@pytest.mark.few(5)
@pytest.mark.parametrize("put", UNREADABLE)
@pytest.mark.parametrize("name", ["localize.yaml", "localize.lock"])
def test_the_action_ends_before_localize_where_a_file_is_no_file(
    runner: Runner,
    origin: Origin,
    github: GitHub,
    stub: Callable[[str], Path],
    tmp_path: Path,
    put: Callable[[Path, Path], None],
    name: str,
) -> None:
    calls = stub("echo {}")
    (runner.workspace / name).unlink(missing_ok=True)
    put(runner.workspace / name, tmp_path / "outside")
    for prepare in (lambda: runner.event("push"), runner.pull_request):
        prepare()
        done = runner.run(api_key="key")
        assert done.code == 2, done.log
        assert done.ran[0] == "Decide between plan and apply"
        assert f"::error::{name} " in done.log
        assert SECRET not in done.log + done.summary
    assert not calls.exists()
    assert github.comments == []
    assert SECRET not in everything(origin)


def test_a_folder_that_is_a_link_leads_nowhere(
    step: Callable[..., int],
    origin: Origin,
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "localize.lock").write_text(lock(secret="completed"))
    (outside / "localize.yaml").write_text(manifest("secret"))
    (checkout / "videos").symlink_to(outside)
    monkeypatch.setenv("INPUT_MANIFEST", "videos/localize.yaml")
    with pytest.raises(StepError, match="leads over a link"):
        step(None)
    assert "secret" not in everything(origin)


@pytest.mark.few(4)
@pytest.mark.parametrize("put", HOSTILE)
def test_a_lockfile_is_not_taken_along_into_what_is_none(
    step: Callable[..., int],
    origin: Origin,
    checkout: Path,
    github: GitHub,
    tmp_path: Path,
    put: Callable[[Path, Path], None],
) -> None:
    github.common = origin.common
    step(lock(intro="completed"), "pull-request")
    place, outside = checkout / "localize.lock", tmp_path / "outside"
    place.unlink()
    put(place, outside)
    held_outside = outside.read_text() if outside.exists() else None
    with pytest.raises(StepError, match="in review cannot be had"):
        take_along.main()
    assert (outside.read_text() if outside.exists() else None) == held_outside


def test_a_link_in_git_becomes_a_file_of_what_was_checked(
    step: Callable[..., int], origin: Origin, checkout: Path, tmp_path: Path
) -> None:
    """Somebody pushed a link meanwhile; where it leads, nobody looks."""
    outside = tmp_path / "outside"
    outside.write_text(SECRET)
    place = origin.clone("stranger")
    (place / "localize.lock").unlink()
    (place / "localize.lock").symlink_to(outside)
    origin.git(place, "add", "localize.lock")
    origin.git(place, "commit", "--quiet", "--message", "a link")
    origin.git(place, "push", "--quiet")
    assert step(lock(intro="completed")) == 0
    assert held(origin) == {"intro": "completed"}
    told = origin.git(origin.bare, "ls-tree", "main", "localize.lock")
    assert told.startswith("100644 blob")


def test_a_lockfile_of_a_branch_that_is_another_projects_is_not_written_over(
    step: Callable[..., int], origin: Origin, others: Callable[..., None]
) -> None:
    theirs = lock(intro="running").replace('"test"', '"renamed"')
    others(localize_lock=theirs)
    with pytest.raises(StepError, match="another project"):
        step(lock(intro="completed"))
    assert origin.show("localize.lock") == theirs


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """Give the folder in which each command that must not run would leave a file."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def test_no_command_runs_that_the_checkout_names(
    step: Callable[..., int], origin: Origin, checkout: Path, marks: Path
) -> None:
    for name in ("reference-transaction", "post-index-change", "pre-push", "post-commit"):
        hook = checkout / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {marks}/{name}\n")
        hook.chmod(0o755)
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "core.pager"):
        origin.git(checkout, "config", key, f"touch {marks}/{key}; cat")
    (checkout / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    assert step(lock(intro="completed")) == 0
    assert held(origin) == {"intro": "completed"}
    assert list(marks.iterdir()) == []


def test_a_folder_that_looks_like_a_repository_is_none(
    step: Callable[..., int],
    origin: Origin,
    checkout: Path,
    marks: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """HEAD, objects, refs and config can be committed: git would believe the configuration."""
    folder = checkout / "videos"
    origin.git(checkout, "init", "--quiet", "--bare", "videos")
    origin.git(folder, "config", "core.fsmonitor", f"touch {marks}/fsmonitor")
    origin.git(folder, "config", "core.sshCommand", f"touch {marks}/ssh")
    origin.git(folder, "config", "remote.origin.url", "ssh://evil.example.com/x")
    (folder / "localize.yaml").write_text(manifest("intro"))
    (folder / "localize.lock").write_text(lock(intro="completed"))
    monkeypatch.setenv("INPUT_MANIFEST", "videos/localize.yaml")
    assert step(None) == 0
    assert origin.changed() == ["videos/localize.lock"]
    assert list(marks.iterdir()) == []


def test_a_linked_dot_git_is_no_repository(tmp_path: Path, checkout: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / ".git").symlink_to(checkout / ".git")
    with pytest.raises(GitError, match="no repository"):
        Git(folder, "")


def test_a_commit_with_a_lockfile_that_is_too_large_is_told(
    step: Callable[..., int], others: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    import gitting

    monkeypatch.setattr(gitting, "LARGEST", 1000)
    others(localize_lock=" " * 1001)
    with pytest.raises(StepError, match="too large"):
        step(lock(intro="completed"))


@pytest.mark.parametrize("by_folder", [True, False])
def test_reading_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_folder: bool
) -> None:
    if by_folder is not regular._BY_FOLDER:
        monkeypatch.setattr(regular, "_BY_FOLDER", by_folder)
    monkeypatch.chdir(tmp_path)
    Path("a/b").mkdir(parents=True)
    Path("a/b/file").write_bytes(b"content")
    Path("here").symlink_to("a")
    assert regular.read(Path("a/b/file")) == b"content"
    assert regular.read(Path("a/none")) is None
    assert regular.read(Path("none/none")) is None
    for name in ("here/b/file", "here", "a/b", "a/b/file/x"):
        with pytest.raises(regular.NotRegularError):
            regular.read(Path(name))
    with pytest.raises(regular.NotRegularError, match="larger"):
        regular.read(Path("a/b/file"), largest=3)
    Path("a/b/link").symlink_to("file")
    regular.write(Path("a/b/link"), b"new")
    assert Path("a/b/file").read_bytes() == b"content"
    assert regular.read(Path("a/b/link")) == b"new"


@pytest.mark.parametrize(
    ("event", "linked", "cache"),
    [("push", False, "keep"), ("pull", False, "restore"), ("fork", False, ""), ("push", True, "")],
)
def test_what_a_pull_request_learned_no_apply_believes(
    runner: Runner, stub: Callable[[str], Path], event: str, linked: bool, cache: str
) -> None:
    stub("echo {}")
    if event != "push":
        runner.pull_request(*(["stranger/videos"] if event == "fork" else []))
    if linked:
        (runner.workspace / ".localize").symlink_to("/tmp")
    decided = runner.run(api_key="key", comment="false").steps["decide"]
    assert decided["cache"] == cache
    assert decided["cache-key"].startswith("localize-apply-")


def test_a_bug_of_a_step_is_told_without_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from workflow import run_step

    def broken() -> int:
        raise ValueError("\n::add-mask::x\n##[add-mask]y")

    del monkeypatch
    with pytest.raises(SystemExit) as caught:
        run_step(broken)
    assert caught.value.code == 70
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == "::error::this is a bug of the Action: ValueError"
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)
