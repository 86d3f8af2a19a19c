"""A folder of a checkout that looks like a repository, and what git sees of us: real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from repositories import Repository
from workspaces import run_in

from heygen_localize.core.errors import GitError
from heygen_localize.system import git as asked
from heygen_localize.system.git import committed, tracked

KEY = "sk_a_secret_key"
MANIFEST = """\
version: 1
project: test
languages: [es-MX]
videos:
  clip: {source: "https://cdn.example.com/clip.mp4", duration: 60, proofread: true}
"""
TEXT = "subtitles/clip/es-MX.srt"
COMMANDS = (
    ("validate",),
    ("plan", "--offline"),
    ("status",),
    ("proofread", "status"),
    ("doctor",),
    ("prune", "--dry-run"),
)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all", "--force")
    who = ("-c", "user.name=R", "-c", "user.email=r@example.com")
    git(folder, *who, "commit", "--quiet", "--message", "all")


def project(folder: Path) -> None:
    text = folder / TEXT
    text.parent.mkdir(parents=True)
    text.write_text("1\n00:00:01,000 --> 00:00:02,000\nHola\n")
    (folder / "localize.yaml").write_text(MANIFEST)


def lookalike(folder: Path, ran: Path) -> None:
    """Make a folder that git would take for a repository, whose configuration runs programs."""
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True)
        (folder / name / ".gitkeep").touch()
    (folder / "HEAD").write_text("ref: refs/heads/master\n")
    (folder / "config").write_text(
        "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\n"
        f'fsmonitor = "touch {ran}; false"\n'
        f'[filter "x"]\nclean = "touch {ran}; cat"\n'
    )
    (folder / ".gitattributes").write_text("* filter=x\n")


def fake_git(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "git"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


def run(folder: Path, arguments: tuple[str, ...]) -> str:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HEYGEN_API_KEY", KEY)
        patched.setenv("HEYGEN_API_BASE", "http://127.0.0.1:9")
        patched.setenv("HEYGEN_MAX_RETRIES", "0")
        ended = run_in(folder, *arguments)
    assert "bug in localize" not in ended.err
    return ended.out + ended.err


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("under_git", [True, False], ids=["repository", "none"])
def test_no_command_obeys_a_folder_that_looks_like_a_repository(
    tmp_path: Path, arguments: tuple[str, ...], under_git: bool
) -> None:
    ran, top = tmp_path / "RAN", tmp_path / "checkout"
    lookalike(top / "sub", ran)
    project(top / "sub")
    if under_git:
        git(top, "init", "--quiet")
        commit(top)
    run(top / "sub", arguments)
    assert not ran.exists()


@pytest.fixture
def old_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a git first that does not know `safe.bareRepository`, as before 2.38, nor obeys us."""
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True)
    text = (
        "for part; do shift; case $part in\n"
        '  safe.bareRepository=*|core.fsmonitor=*) part="x.y=z" ;;\n'
        'esac; set -- "$@" "$part"; done\n'
        f'exec {real.stdout.strip()} "$@"'
    )
    fake_git(tmp_path / "old", text)
    monkeypatch.setenv("PATH", f"{tmp_path / 'old'}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("old_git")
def test_a_git_that_knows_no_safe_repositories_is_kept_from_the_folder(tmp_path: Path) -> None:
    ran, top = tmp_path / "RAN", tmp_path / "checkout"
    lookalike(top / "sub", ran)
    project(top / "sub")
    git(top, "init", "--quiet")
    commit(top)
    assert committed(top / "sub", [TEXT]) == {TEXT}
    assert tracked(top / "sub", "**/es-MX.srt") == (top / "sub" / TEXT,)
    assert not ran.exists()


@pytest.mark.usefixtures("old_git")
def test_an_empty_git_folder_makes_no_repository_of_what_is_beside_it(tmp_path: Path) -> None:
    ran, top = tmp_path / "RAN", tmp_path / "checkout"
    lookalike(top, ran)
    project(top)
    (top / ".git").mkdir()
    with pytest.raises(GitError, match="no repository"):
        committed(top, [TEXT])
    assert not ran.exists()


def test_git_sees_neither_the_key_nor_any_token(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(repository.folder)
    repository.commit()
    seen = tmp_path / "seen"
    fake_git(tmp_path / "bin", f'env >> {seen}; PATH=/usr/bin:/bin:/usr/local/bin exec git "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    for name in ("HEYGEN_API_KEY", "GITHUB_TOKEN", "HEYGEN_ANYTHING", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, KEY)
    assert committed(repository.folder, [TEXT]) == {TEXT}
    assert KEY not in seen.read_text()


@pytest.mark.parametrize("place", [".", ""])
def test_a_program_named_git_in_the_checkout_is_not_run(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    project(repository.folder)
    repository.commit()
    fake_git(repository.folder, f"touch {tmp_path / 'RAN'}")
    monkeypatch.chdir(repository.folder)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    assert committed(repository.folder, [TEXT]) == {TEXT}
    assert not (tmp_path / "RAN").exists()


@pytest.mark.parametrize("name", [".gitignore", ".gitattributes"])
def test_a_pipe_in_the_place_of_a_file_of_gits_makes_nobody_wait(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(asked, "_GIT_TIMEOUT", 5.0)
    project(repository.folder)
    repository.commit()
    text = repository.folder / TEXT
    text.write_text(text.read_text())  # so that git has to look into it
    (repository.folder / name).unlink(missing_ok=True)
    os.mkfifo(repository.folder / name)
    if name == ".gitignore":
        assert committed(repository.folder, [TEXT]) == {TEXT}
    else:
        with pytest.raises(GitError, match="no regular file"):
            committed(repository.folder, [TEXT])
