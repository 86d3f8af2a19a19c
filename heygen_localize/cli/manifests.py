"""Which manifests a command is for: `--file`, the nearest one, or `--all`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from heygen_localize.cli.places import FILE
from heygen_localize.cli.shell import Shell
from heygen_localize.core.errors import AccountError, ExitCode, LocalizeError, UsageError
from heygen_localize.core.names import DEFAULT_MANIFEST
from heygen_localize.core.text import strip_controls

_Command = TypeVar("_Command", bound=Callable[..., Any])


def file_option(command: _Command) -> _Command:
    """Add `-f/--file`: without it, the manifest here or in the nearest folder above."""
    return click.option(
        "-f",
        "--file",
        type=FILE,
        default=DEFAULT_MANIFEST,
        show_default=f"{DEFAULT_MANIFEST}, here or in a folder above",
        callback=_nearest,
        help="The manifest.",
    )(command)


def new_file_option(command: _Command) -> _Command:
    """Add `-f/--file` for a manifest that is to be written: here, whatever lies above."""
    option = click.option(
        *("-f", "--file"),
        type=FILE,
        default=DEFAULT_MANIFEST,
        show_default=True,
        help="The manifest.",
    )
    return option(command)


def _nearest(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
    if context.get_parameter_source(str(parameter.name)) is not ParameterSource.DEFAULT:
        return value
    from heygen_localize.project.manifests import nearest_manifest

    found = nearest_manifest(DEFAULT_MANIFEST)
    if found != value and not context.resilient_parsing and not context.params.get("every"):
        context.ensure_object(Shell).say(f"The manifest is {found}.")
    return found


def invocation(words: str, file: Path) -> str:
    """Write a command that can be copied: with `-f` where it would not find this manifest."""
    from heygen_localize.project.manifests import nearest_manifest

    found = file == nearest_manifest(DEFAULT_MANIFEST)
    return f"localize {words}" if found else f"localize {words} -f {shlex.quote(str(file))}"


def all_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--all` to a command with `file`: it runs for each manifest of the repository."""

    @wraps(command)
    def repeated(every: bool, **given: Any) -> int:
        if not every:
            return int(command(**given) or ExitCode.OK)
        shell = click.get_current_context().ensure_object(Shell)
        _refuse_one_file(shell, given)
        from heygen_localize.project.manifests import every_manifest

        gathered = _Gathered(shell)
        paths = every_manifest(Path())
        try:
            return gathered.run_all(command, paths, given)
        finally:  # what was ordered is told, whatever came then
            gathered.finish()

    return click.option(
        "--all",
        "every",
        is_flag=True,
        is_eager=True,
        help="Every manifest of the repository that git tracks, one after another.",
    )(repeated)


def _refuse_one_file(shell: Shell, given: dict[str, Any]) -> None:
    """Make sure that nothing was asked for that is one manifest's alone."""
    context = click.get_current_context()
    if context.get_parameter_source("file") is ParameterSource.COMMANDLINE:
        raise UsageError("--all and --file do not go together", hint="keep one of them")
    single = {"--markdown": shell.markdown, "--out": given.get("out")}
    single["PLAN"] = given.get("saved_plan")
    for name, value in single.items():
        if value is not None:
            raise UsageError(f"--all and {name} do not go together: it is one manifest's")


class _Gathered:
    """What a command says of several manifests: below a heading each, or in one JSON document."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._reports: list[tuple[str, str]] = []

    def run_all(
        self, command: Callable[..., Any], paths: list[Path], given: dict[str, Any]
    ) -> ExitCode:
        """Run the command for each manifest; where the key is refused, the others are left."""
        codes: set[ExitCode] = set()
        for number, path in enumerate(paths):
            self._begin(path.as_posix())
            try:
                codes.add(ExitCode(int(command(**{**given, "file": path}) or ExitCode.OK)))
            except LocalizeError as error:
                self._shell.show_problems(error.problems)
                codes.add(error.exit_code)
                if _refuses_key(error):
                    self._tell_left(paths[number + 1 :])
                    break
            finally:
                self._shell.divert = None
        return ExitCode.first_of(codes)

    def _begin(self, name: str) -> None:
        if self._shell.wants_json:
            self._shell.divert = lambda text: self._reports.append((name, text))
            return
        self._shell.report(f"{'' if not self._reports else chr(10)}{self._heading(name)}")
        self._reports.append((name, ""))

    def _heading(self, name: str) -> str:
        if self._shell.format != "markdown":
            return f"{strip_controls(' '.join(name.split()))}:"
        from heygen_localize.report.markdown import code

        return f"## {code(name)}"

    def _tell_left(self, paths: list[Path]) -> None:
        if paths:
            names = ", ".join(path.as_posix() for path in paths)
            self._shell.say(strip_controls(f"Not looked at, since the key is refused: {names}"))

    def finish(self) -> None:
        """Write the one document of all, where a machine reads it."""
        if not self._shell.wants_json:
            return
        import json

        from heygen_localize.report.render import to_json

        told = [{"manifest": name, **json.loads(text)} for name, text in self._reports]
        self._shell.report(to_json({"manifests": told}))


def _refuses_key(error: LocalizeError) -> bool:
    """Return whether there is no key that HeyGen takes: it would be refused for each manifest."""
    from heygen_localize.heygen.errors import ApiError

    if isinstance(error, ApiError):
        return error.unauthorized
    return isinstance(error, AccountError) and error.first.code.startswith("key_")
