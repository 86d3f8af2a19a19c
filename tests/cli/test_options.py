"""What holds for the options of every command: their variables, and the places they name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from workspaces import Workspace

from heygen_localize.cli.main import cli
from heygen_localize.sandbox import Sandbox

_NEVER = {
    *("apply --yes", "prune --yes", "import --yes", "worker --yes"),
    *("apply --replace", "plan --replace", "apply --retry-refused", "sandbox --fault"),
    *("worker --yes", "listen --yes"),
}
"""What the environment may not say: whoever pays or deletes says it each time."""


def _commands(group: click.Group, words: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield " ".join((*words, name)), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*words, name))


_OPTIONS = [
    pytest.param(words, option, id=f"{words} {max(option.opts, key=len)}")
    for words, command in _commands(cli, ())
    for option in command.params
    if isinstance(option, click.Option)
]


@pytest.mark.parametrize(("words", "option"), _OPTIONS)
def test_a_variable_is_named_after_its_flag(
    monkeypatch: pytest.MonkeyPatch, words: str, option: click.Option
) -> None:
    for name in [name for name in os.environ if name.startswith("LOCALIZE_")]:
        monkeypatch.delenv(name)
    flag = next(text for text in option.opts if text.startswith("--"))
    variable = f"localize {words} {flag[2:]}".upper().replace(" ", "_").replace("-", "_")
    monkeypatch.setenv(variable, "1")
    context = click.Context(click.Command(words), info_name=words, **cli.context_settings)
    read = option.resolve_envvar_value(context)
    assert read == (None if f"{words} {flag}" in _NEVER else "1")


def test_variables_are_heeded(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",), extra="outputs: {video: 'out/ja.mp4'}")
    monkeypatch.setenv("LOCALIZE_PULL_CHECK", "1")
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("pull").code == 5
    monkeypatch.setenv("LOCALIZE_APPLY_PULL", "1")
    assert workspace.run("apply", "--yes").code == 0
    assert (workspace.folder / "out/ja.mp4").exists()
    monkeypatch.setenv("LOCALIZE_PLAN_DIFF", "HEAD")
    assert "is in no git repository" in workspace.run("plan").err


@pytest.mark.parametrize(
    "line",
    [
        "report --html --help",
        "plan --offline --out --format",
        "plan --offline --markdown --quiet",
        "schema --output --quiet",
        "lock merge --output --quiet",
        "init --file --quiet",
        "demo --folder --quiet",
        "sandbox --state --quiet",
        "proofread export --output --force",
    ],
)
def test_an_option_is_no_place(workspace: Workspace, line: str) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run(*line.split())
    assert ran.code == 2
    option = line.split()[-1]
    assert f"{option!r} is an option; a file of that name is ./{option}" in ran.err
    assert [path.name for path in workspace.folder.iterdir()] == ["localize.yaml"]


@pytest.fixture
def denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Deny every look below a folder, as a stranger's folder does; root is denied nothing."""
    place, real = f"{tmp_path}/denied", os.stat

    def stat(path: str | Path, *given: object, **named: object) -> os.stat_result:
        if isinstance(path, (str, Path)) and str(path).startswith(place):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", stat)
    # Python 3.10 keeps the functions of os that pathlib calls.
    monkeypatch.setattr(Path, "stat", lambda self, **named: stat(self, **named))
    return lambda name: f"{place}/{name}"


@pytest.mark.parametrize(
    "line",
    [
        "status --file",
        "init --file",
        "report --html",
        "plan --offline --out",
        "plan --offline --markdown",
        "schema --output",
        "demo --folder",
        "sandbox --state",
    ],
)
def test_a_place_that_may_not_be_looked_at_is_told(
    workspace: Workspace, denied: Callable[[str], str], line: str
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run(*line.split(), denied("x"))
    assert ran.code == 2, ran.err
    assert "Permission denied" in ran.err


def test_a_demo_in_a_folder_that_cannot_be_made_says_why(workspace: Workspace) -> None:
    (workspace.folder / "file").write_text("")
    ran = workspace.run("demo", "--folder", "file/demo")
    assert ran.code == 2
    assert "error: --folder file/demo cannot be used: " in ran.err
