"""A git that cannot be asked is never taken for one that says no: real git, real processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repositories import Repository, generated
from workspaces import Workspace, run_in

from heygen_localize.core.errors import GitError
from heygen_localize.sandbox import Sandbox
from heygen_localize.system import git as asked
from heygen_localize.system.git import committed, tracked

Fault = Callable[[Repository, pytest.MonkeyPatch], None]


@pytest.fixture
def approved(repository: Repository) -> Repository:
    """Give a repository whose two texts are reviewed and committed."""
    repository.apply()
    repository.commit()
    return repository


def untrusted(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")


def missing(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.folder / "nothing"))


def cut_index(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    index = repository.folder / ".git/index"
    index.write_bytes(index.read_bytes()[:60])


def empty_index(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository.folder / ".git/index").write_bytes(b"")


def no_index(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository.folder / ".git/index").unlink()


def no_head(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository.folder / ".git/HEAD").write_bytes(b"\0")


def led_nowhere(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository.folder / ".git").rename(repository.folder.parent / "moved")
    (repository.folder / ".git").write_text("gitdir: ../elsewhere\n")


def killed(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = repository.folder.parent / "bin"
    programs.mkdir()
    (programs / "git").write_text("#!/bin/sh\nkill -9 $$\n")
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))


FAULTS = {
    untrusted: "git_untrusted",
    missing: "git_missing",
    cut_index: "git_index_damaged",
    empty_index: "git_index_damaged",
    no_index: "git_index_damaged",
    no_head: "git_failed",
    led_nowhere: "git_failed",
    killed: "git_failed",
}


@pytest.mark.parametrize(
    ("fault", "code"), FAULTS.items(), ids=lambda value: getattr(value, "__name__", value)
)
def test_a_git_that_fails_ends_plan_and_apply_and_is_told_by_doctor(
    approved: Repository,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    code: str,
) -> None:
    fault(approved, monkeypatch)
    before = len(sandbox.requests())
    for arguments in (("plan",), ("apply", "--yes")):
        ended = run_in(approved.folder, *arguments, "--format", "json")
        assert ended.code == 2, ended.err
        (problem,) = ended.json()["errors"]
        assert problem["code"] == code
        assert problem["hint"]
    posts = [note for note in sandbox.requests()[before:] if note.method != "GET"]
    assert not posts
    told = run_in(approved.folder, "doctor")
    assert told.code == 2
    assert re.search(r"(?m)^fail  git  ", told.out), told.out


COMMANDS = (
    ("status",),
    ("validate",),
    ("plan", "--offline"),
    ("pull",),
    ("refresh",),
    ("report", "-o", "page.html"),
    ("prune", "--dry-run"),
    ("proofread", "status"),
    ("proofread", "diff"),
    ("proofread", "approve", "--all"),
    ("proofread", "export", "-o", "sheets"),
)


@pytest.mark.few(5)
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_that_asks_tells(
    approved: Repository,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    untrusted(approved, monkeypatch)
    ran = workspace.run(*arguments)
    assert ran.code == 2, ran.out
    assert "git config --global --add safe.directory" in ran.err


@pytest.mark.parametrize("fault", [untrusted, cut_index, empty_index, no_index])
def test_the_hint_mends_it(
    approved: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    fault(approved, monkeypatch)
    (problem,) = run_in(approved.folder, "plan", "--format", "json").json()["errors"]
    command = problem["hint"].partition(": ")[2]
    subprocess.run(["sh", "-c", command], cwd=approved.folder.parent, check=True)
    ended = run_in(approved.folder, "apply", "--yes")
    assert ended.code == 0, ended.err
    assert generated(sandbox) == 2


def test_where_no_repository_is_no_git_is_needed(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(workspace)
    repository.manifest()
    workspace.use(sandbox)
    repository.apply()
    (repository.folder / ".git").rename(repository.folder / "no-git")
    monkeypatch.setenv("PATH", str(repository.folder / "nothing"))
    for arguments in (("plan",), ("status",), ("apply", "--yes")):
        assert workspace.run(*arguments).code == 0
    assert "git" not in workspace.run("doctor").out


def test_texts_that_commands_approve_need_no_git(
    approved: Repository, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = workspace.manifest.read_text()
    workspace.write(text.replace("proofread: true", "proofread: {approval: explicit}"))
    missing(approved, monkeypatch)
    assert workspace.run("plan").code == 0
    ran = workspace.run("doctor")
    assert ran.code == 0, "only prune asks git"
    assert re.search(r"(?m)^warn  git ", ran.out)


# What a hook's git says in variables


HOOK: dict[str, Callable[[Path], str]] = {
    "GIT_DIR": lambda other: str(other / ".git"),
    "GIT_WORK_TREE": str,
    "GIT_INDEX_FILE": lambda other: str(other / ".git/index"),
    "GIT_OBJECT_DIRECTORY": lambda other: str(other / ".git/objects"),
    "GIT_COMMON_DIR": lambda other: str(other / ".git"),
    "GIT_CEILING_DIRECTORIES": lambda other: str(other.parent / "work"),
    "GIT_NAMESPACE": lambda other: "other",
    "GIT_PREFIX": lambda other: "sub/",
    "GIT_GLOB_PATHSPECS": lambda other: "1",
    "GIT_ICASE_PATHSPECS": lambda other: "1",
    "GIT_CONFIG_PARAMETERS": lambda other: "'core.worktree'='/'",
    "GIT_CONFIG_COUNT": lambda other: "none",
    "GIT_TRACE": lambda other: "1",
}


def surroundings(tmp_path: Path) -> dict[str, str]:
    other = tmp_path / "other"
    other.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=other, check=True)
    return {name: value(other) for name, value in HOOK.items()}


@pytest.mark.parametrize(
    "names", [*((name,) for name in HOOK), tuple(HOOK)], ids=lambda one: one[0]
)
def test_variables_of_a_hook_reach_no_git_of_ours(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    repository = Repository(workspace)
    folder = repository.folder / "sub"
    folder.mkdir()
    for name in ("a.srt", "b.lock"):
        (folder / name).write_text("text\n")
    repository.commit()
    values = surroundings(tmp_path)
    for name in names:
        monkeypatch.setenv(name, values[name])
    assert committed(folder, {"a.srt"}) == {"a.srt"}
    assert tracked(folder, "*.lock") == (folder / "b.lock",)


def test_a_hook_of_a_linked_worktree(approved: Repository, sandbox: Sandbox) -> None:
    """A pre-commit hook there has GIT_DIR, GIT_INDEX_FILE and a folder that is not the root."""
    inner = approved.folder / "sub"
    inner.mkdir()
    for name in ("localize.yaml", "localize.lock", "subtitles"):
        (approved.folder / name).rename(inner / name)
    approved.commit()
    hook = approved.folder / ".git/hooks/pre-commit"
    hook.write_text(
        f'#!/bin/sh\ncd sub && "{sys.executable}" -m heygen_localize proofread status'
        ' --format json > "$TOLD"\n'
    )
    hook.chmod(0o755)
    tree, told = approved.folder.parent / "tree", approved.folder.parent / "told.json"
    approved.git("worktree", "add", "--quiet", str(tree))
    (tree / "new.txt").write_text("new\n")
    subprocess.run(["git", "add", "new.txt"], cwd=tree, check=True)
    environment = {**os.environ, "TOLD": str(told)}
    subprocess.run(["git", "commit", "-qm", "x"], cwd=tree, check=True, env=environment)
    rows: Any = json.loads(told.read_text())["targets"]
    assert {row["stage"] for row in rows} == {"approved"}


def test_folders_that_variables_declare_safe_stay_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(workspace)
    (repository.folder / "a.srt").write_text("text\n")
    repository.commit()
    untrusted(repository, monkeypatch)
    with pytest.raises(GitError, match="dubious ownership"):
        committed(repository.folder, {"a.srt"})
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    assert committed(repository.folder, {"a.srt"}) == {"a.srt"}


@pytest.mark.parametrize("place", ["here", "it's here!", "a=b 'c'\\'"])
@pytest.mark.parametrize("safe", ["*", "{root}", "{root}/"])
def test_a_folder_that_the_calling_git_declares_safe_is_so(
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    safe: str,
) -> None:
    """As under `git -c safe.directory=… commit`, whose hook runs localize."""
    trap, folder = tmp_path / "trap", tmp_path / place
    folder.mkdir()
    monkeypatch.setattr(workspace, "folder", folder)
    repository = Repository(workspace)
    (folder / "a.srt").write_text("text\n")
    repository.commit()
    untrusted(repository, monkeypatch)
    if safe.endswith("/"):  # of another folder
        safe += "elsewhere"
    program = f"touch '{trap}'; exit 1"
    settings = {
        "core.fsmonitor": program,
        "core.editor": program,
        "Safe.Directory": safe.format(root=folder),
        "core.sshCommand": program,
        "alias.asked": "!env -0",
    }
    given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    told = subprocess.run(["git", *given, "asked"], cwd=tmp_path, check=True, capture_output=True)
    variables = dict(os.fsdecode(pair).split("=", 1) for pair in told.stdout.split(b"\0")[:-1])
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", variables["GIT_CONFIG_PARAMETERS"])
    if safe.endswith("elsewhere"):
        with pytest.raises(GitError, match="dubious ownership"):
            committed(folder, {"a.srt"})
    else:
        assert committed(folder, {"a.srt"}) == {"a.srt"}
    assert not trap.exists()


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("'safe.directory'='/a b'", ["/a b"]),
        ("'safe.directory=/a=b'", ["/a=b"]),
        ("'safe.directory'= 'safe.directory'='*'", ["", "*"]),
        ("'safe.directory'", [""]),
        ("'core.fsmonitor'='safe.directory=*'", []),
        ("'core.fsmonitor=safe.directory=*'", []),
        ("'safe.directory.x'='*'", []),
        ("'safe.directory'='*' 'cut", []),
        ("safe.directory=*", []),
        ("'a'" * 20_000 + "!", []),
    ],
)
def test_only_what_declares_folders_safe_is_taken(told: str, taken: list[str]) -> None:
    variables = {"GIT_CONFIG_PARAMETERS": told, "GIT_CONFIG_COUNT": "9" * 5000}
    found = asked._trusted(variables)
    assert list(found) == [f"safe.directory={folder}" for folder in taken]


# What git would run, wait for or choke on


def test_more_names_than_a_command_line_takes(workspace: Workspace) -> None:
    repository = Repository(workspace)
    long = "/".join(letter * 250 for letter in "abc")
    names = {f"{long}/{number}.srt" for number in range(3000)}
    (repository.folder / long).mkdir(parents=True)
    for name in names:
        (repository.folder / name).write_text("text\n")
    repository.commit()
    assert committed(repository.folder, names) == names


def test_no_program_of_a_configuration_runs(workspace: Workspace, tmp_path: Path) -> None:
    repository = Repository(workspace)
    (repository.folder / "a.srt").write_text("text\n")
    repository.commit()
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "pager.status", "core.editor"):
        repository.git("config", name, str(trap))
    (repository.folder / ".git/hooks/post-index-change").write_bytes(trap.read_bytes())
    (repository.folder / ".git/hooks/post-index-change").chmod(0o755)
    (repository.folder / "a.srt").touch()
    assert committed(repository.folder, {"a.srt"}) == {"a.srt"}
    assert not (tmp_path / "ran").exists()


def test_a_repository_that_a_checkout_holds_as_files_is_none(workspace: Workspace) -> None:
    repository = Repository(workspace)
    inner = repository.folder / "inner"
    inner.mkdir()
    subprocess.run(["git", "init", "--quiet", "--bare"], cwd=inner, check=True)
    (inner / "a.srt").write_text("text\n")
    assert committed(inner, {"a.srt"}) == set()
    repository.commit()
    assert committed(inner, {"a.srt"}) == {"a.srt"}


def test_a_git_that_hangs(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(workspace)
    (repository.folder / "a.srt").write_text("text\n")
    programs = repository.folder.parent / "bin"
    programs.mkdir()
    (programs / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(asked, "_GIT_TIMEOUT", 0.2)
    with pytest.raises(GitError, match="does not answer within"):
        committed(repository.folder, {"a.srt"})
