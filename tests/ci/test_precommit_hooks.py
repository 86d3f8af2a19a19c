"""The hooks for pre-commit, run by pre-commit in a repository of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from action_runner import BIN, ROOT
from hostile_files import SECRET, UNREADABLE
from starters import fast_programs

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
WHOLE = '{"lockfile_version": 1, "project": "test", "targets": {}}\n'
MANIFEST = """\
version: 1
project: test
languages: [ja]
videos: {intro: {source: "https://cdn.example.com/intro.mp4"}}
"""

specification = importlib.util.spec_from_file_location("lock_check", ROOT / "ci" / "lock_check.py")
assert specification is not None
assert specification.loader is not None
lock_check = importlib.util.module_from_spec(specification)
specification.loader.exec_module(lock_check)


@pytest.fixture
def commit_check(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run all hooks on the files that are given, as a commit would."""
    environment = {
        "PATH": f"{fast_programs()}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
    }
    folder = tmp_path / "repository"
    folder.mkdir()
    # Installed already: the hooks as they are, but for the environment and the clone.
    local = [
        hook | {"language": "system"}
        if hook["language"] == "python"
        else hook | {"entry": str(ROOT / hook["entry"])}
        for hook in HOOKS
    ]
    for hook in local:
        hook.pop("minimum_pre_commit_version")
    config = {"repos": [{"repo": "local", "hooks": local}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)

    def run(**files: str) -> subprocess.CompletedProcess[str]:
        for name, text in files.items():
            (folder / name.replace("_", ".")).write_text(text)
        subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--color", "never"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_hooks_pass_what_is_whole_and_stop_what_is_not(
    commit_check: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    whole = commit_check(localize_yaml=MANIFEST, localize_lock=WHOLE, poetry_lock="<<<<<<<\n")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert whole.stdout.count("Passed") == 2
    broken = commit_check(
        localize_yaml=MANIFEST.replace("ja", "xx-XX"),
        localize_lock=f"<<<<<<< HEAD\n{WHOLE}=======\n{WHOLE}>>>>>>> other\n",
    )
    assert broken.returncode == 1
    assert broken.stdout.count("Failed") == 2
    assert "localize.lock: git's conflict markers in line 1, 3, 5" in broken.stdout
    assert "xx-XX" in broken.stdout


def test_the_manifest_of_hooks_is_one() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"]
    subprocess.run(command, cwd=ROOT, check=True)
    (script,) = (hook for hook in HOOKS if hook["language"] == "script")
    assert os.access(ROOT / script["entry"], os.X_OK)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "'targets' is missing"),
        ('{"lockfile_version": 1, "project": "test", "targets": []}', "'targets' is missing"),
        (WHOLE.replace("{}", '{"a/ja": {}, "a/ja": {}}'), "'a/ja' stands in it twice"),
        ("{}\n||||||| base\n", "git's conflict markers in line 2"),
    ],
)
def test_what_is_wrong_with_a_lockfile_is_told(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "localize.lock"
    path.write_text(text)
    assert lock_check.main([str(path)]) == 1
    assert told in capsys.readouterr().out


def test_a_whole_lockfile_passes_and_one_that_cannot_be_read_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "localize.lock"
    path.write_text(WHOLE)
    assert lock_check.main([str(path)]) == 0
    path.write_bytes(b"\xff")
    assert lock_check.main([str(path), str(tmp_path / "none.lock")]) == 1
    told = capsys.readouterr().out
    assert told.count("cannot be read") == 1
    assert told.count("is not there") == 1


@pytest.mark.parametrize("put", UNREADABLE)
def test_what_is_no_regular_file_is_neither_read_nor_waited_for(
    put: Callable[[Path, Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a\n::add-mask::b.lock"
    put(path, tmp_path / "outside")
    assert lock_check.main([str(path)]) == 1
    told = capsys.readouterr().out
    assert "cannot be read" in told
    assert SECRET not in told
    assert len(told.splitlines()) == 1
