"""What shells complete, and the scripts that make them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from workspaces import Workspace

from heygen_localize.cli import shell_complete as completing
from heygen_localize.cli.main import run

Complete = Callable[..., list[str]]


@pytest.fixture
def complete(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Complete:
    """Complete the last word of a command line as bash would, in the workspace."""

    def completed(*words: str) -> list[str]:
        monkeypatch.chdir(workspace.folder)
        monkeypatch.setenv("_LOCALIZE_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(("localize", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run(())
        captured = capsys.readouterr()
        assert (ended.value.code, captured.err) == (0, "")
        return [line.partition(",")[2] for line in captured.out.splitlines() if line]

    return completed


# Addresses


@pytest.mark.parametrize("command", ["plan", "apply", "status", "pull", "refresh"])
def test_targets_of_the_manifest_are_completed(
    workspace: Workspace, complete: Complete, command: str
) -> None:
    workspace.write_videos("alpha", "beta", languages=("es-MX", "ja"))
    assert complete(command, "--target", "al") == ["alpha/es-MX", "alpha/ja"]
    assert complete(command, "-t", "beta/e") == ["beta/es-MX"]


@pytest.mark.parametrize("command", ["import", "forget"])
def test_addresses_that_stand_alone_are_completed(
    workspace: Workspace, complete: Complete, command: str
) -> None:
    workspace.write_videos("alpha", languages=("es-MX", "ja"))
    assert complete(command, "al") == ["alpha/es-MX", "alpha/ja"]


@pytest.mark.parametrize("command", ["approve", "diff", "export", "fix-times", "import x.csv"])
def test_addresses_under_review_are_completed(
    workspace: Workspace, complete: Complete, command: str
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    assert complete("proofread", *command.split(), "al") == ["alpha/ja"]


def test_sources_are_not_looked_at(workspace: Workspace, complete: Complete) -> None:
    workspace.write(
        "version: 1\nproject: p\nlanguages: [ja]\nvideos: {a: {source: ./missing.mp4}}\n"
    )
    assert complete("plan", "--target", "a") == ["a/ja"]


def test_groups_changes_and_included_files_count(workspace: Workspace, complete: Complete) -> None:
    workspace.write(
        "version: 1\nproject: p\ninclude: [more.yaml]\ngroups: {latam: [es-MX, pt-BR]}\n"
        "languages: [latam, ja]\nvideos:\n  a: {source: 'asset:1', except_languages: [latam]}\n"
    )
    (workspace.folder / "more.yaml").write_text(
        "videos: {b: {source: 'asset:2', languages: [French]}}\n"
    )
    assert complete("plan", "--target", "") == ["a/ja", "b/fr"]


def test_the_lockfile_tells_of_what_the_manifest_no_longer_has(
    workspace: Workspace, complete: Complete
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    workspace.lockfile.write_text(json.dumps({"targets": {"old/ja": {}, "bad\x1b[31m/ja": {}}}))
    assert complete("status", "--target", "") == ["alpha/ja", "old/ja"]


@pytest.mark.parametrize("lock", ["<<<<<<< ours", "[]", '{"targets": 3}', '{"targets": [1]}'])
@pytest.mark.parametrize("text", ["a: [", "version: 1\nlanguages: 3\nvideos: [x]\n", "\x00"])
def test_what_is_broken_completes_nothing_and_says_nothing(
    workspace: Workspace, complete: Complete, lock: str, text: str
) -> None:
    workspace.write(text)
    workspace.lockfile.write_text(lock)
    assert complete("plan", "--target", "") == []


def test_the_manifest_that_the_line_names_is_read(workspace: Workspace, complete: Complete) -> None:
    workspace.write_videos("other", languages=("ja",))
    workspace.manifest.rename(workspace.folder / "talks.yaml")
    assert complete("plan", "-f", "talks.yaml", "--target", "") == ["other/ja"]
    assert complete("plan", "--target", "") == []


def test_of_a_large_manifest_the_lockfile_is_enough(
    workspace: Workspace, complete: Complete, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    monkeypatch.setattr(completing, "_MAX_MANIFEST_BYTES", 10)
    assert complete("plan", "--target", "") == ["alpha/ja"]
    workspace.lockfile.write_text(json.dumps({"targets": {"locked/ja": {}}}))
    assert complete("plan", "--target", "") == ["locked/ja"]


# Languages and commands


@pytest.mark.parametrize("words", [("languages",), ("init", "--language"), ("init", "-l")])
def test_languages_are_completed(complete: Complete, words: tuple[str, ...]) -> None:
    assert complete(*words, "es-m") == ["es-MX"]
    assert complete(*words, "EN-G") == ["en-GB"]
    assert len(complete(*words, "")) == 178


def test_commands_are_completed_without_importing_any(complete: Complete) -> None:
    module = "heygen_localize.cli.demo"
    sys.modules.pop(module, None)
    assert {"plan", "proofread", "demo"} <= set(complete(""))
    assert module not in sys.modules
    assert complete("glo") == ["glossaries"]
    assert "--version" in complete("--")
    assert "--help" in complete("--")


def test_subcommands_are_completed(complete: Complete) -> None:
    assert complete("proofread", "app") == ["approve"]


def test_subcommands_are_told_of_in_whole_sentences(workspace: Workspace) -> None:
    listed = workspace.run("proofread", "--help").out.partition("Commands:")[2]
    assert "..." not in listed
    assert "what is wrong with each text: no key, no network." in " ".join(listed.split())


# The scripts


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "complete -o nosort -F _localize_completion localize"),
        ("zsh", "#compdef localize"),
        ("fish", "complete --no-files --command localize"),
    ],
)
def test_each_shell_gets_its_script(workspace: Workspace, shell: str, line: str) -> None:
    ran = workspace.run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert line in ran.out
    assert f"_LOCALIZE_COMPLETE={shell}_complete" in ran.out
    other = workspace.run("completion", shell, "--program", "heygen-localize").out
    renamed = line.replace("_localize", "_heygen_localize")
    assert renamed.replace(" localize", " heygen-localize") in other
    assert f"_LOCALIZE_COMPLETE={shell}_complete" in other


def test_another_shell_is_refused(workspace: Workspace) -> None:
    ran = workspace.run("completion", "tcsh")
    assert ran.code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in ran.err


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("program", ["localize", "heygen-localize"])
def test_bash_completes_with_the_script(workspace: Workspace, program: str) -> None:
    workspace.write_videos("alpha", languages=("es-MX", "ja"))
    script = workspace.run("completion", "bash", "--program", program).out
    name = f"_{program.replace('-', '_')}_completion"
    found = Path(sys.executable).parent / program
    ask = (
        f"COMP_WORDS=({program} statu); COMP_CWORD=1\n"
        f'{name} {found}; echo "${{COMPREPLY[@]}}"; complete -p {program}\n'
    )
    ended = subprocess.run(
        ["bash", "--norc", "-c", script + ask],
        cwd=workspace.folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.stdout.splitlines()[0] == "status", ended.stderr
    assert name in ended.stdout.splitlines()[1]
