"""Which manifests a command is for: `--file`, the nearest one, or `--all`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from heygen_localize.cli.shell import DEFAULT_MANIFEST, FILE, Shell
from heygen_localize.core.errors import AccountError, ExitCode, LocalizeError, UsageError

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
        codes = [gathered.run(command, path, given) for path in every_manifest(Path())]
        gathered.finish()
        return _worst(codes)

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

    def run(self, command: Callable[..., Any], path: Path, given: dict[str, Any]) -> ExitCode:
        """Run the command for one manifest; errors are told, and the others go on.

        Raises:
            AccountError: the account itself is refused, which the others would be too.
        """
        name = path.as_posix()
        if self._shell.wants_json:
            self._shell.divert = lambda text: self._reports.append((name, text))
        else:
            self._shell.report(f"{'' if not self._reports else chr(10)}{self._heading(name)}")
            self._reports.append((name, ""))
        try:
            return ExitCode(int(command(**{**given, "file": path}) or ExitCode.OK))
        except AccountError:
            raise
        except LocalizeError as error:
            self._shell.show_problems(error.problems)
            return error.exit_code
        finally:
            self._shell.divert = None

    def _heading(self, name: str) -> str:
        return f"## {name}" if self._shell.format == "markdown" else f"{name}:"

    def finish(self) -> None:
        """Write the one document of all, where a machine reads it."""
        if not self._shell.wants_json:
            return
        import json

        from heygen_localize.report.render import to_json

        told = [{"manifest": name, **json.loads(text)} for name, text in self._reports]
        self._shell.report(to_json({"manifests": told}))


_GRAVEST = (
    *(ExitCode.ACCOUNT, ExitCode.VENDOR, ExitCode.LIMIT, ExitCode.USAGE),
    *(ExitCode.TARGETS_FAILED, ExitCode.STILL_RUNNING, ExitCode.CHANGES),
)


def _worst(codes: list[ExitCode]) -> ExitCode:
    """Return the gravest of several exit codes."""
    return next((code for code in _GRAVEST if code in codes), ExitCode.OK)
