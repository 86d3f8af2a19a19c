"""What the Action's steps share: inputs, outputs, the summary, and messages in GitHub's forms.

Standard library alone: the first step runs before anything is installed. The
names and forms are GitHub's: https://docs.github.com/actions/reference.
"""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

WIDEST = 65_000
"""Characters of a comment; GitHub refuses more than 65,536."""


class StepError(Exception):
    """A step that cannot go on. `hint` says how to mend it; `code` is its exit code."""

    def __init__(self, message: str, hint: str = "", code: int = 2) -> None:
        self.hint, self.code = hint, code
        super().__init__(message)


def given(name: str, fallback: str = "") -> str:
    """Read an input, without the blanks around it."""
    return os.environ.get(f"INPUT_{name}", "").strip() or fallback


def switch(name: str, fallback: bool = True) -> bool:
    """Read an input that is on or off.

    Raises:
        StepError: it is neither.
    """
    told = given(name, str(fallback)).lower()
    if told not in ("true", "false"):
        raise StepError(f"{name.lower().replace('_', '-')} is {told!r}; it is true or false")
    return told == "true"


def manifest() -> Path:
    """Give the manifest's path, from the root of the repository.

    Raises:
        StepError: it leads out of the repository.
    """
    path = Path(given("MANIFEST", "localize.yaml"))
    if path.is_absolute() or ".." in path.parts or not path.as_posix().isprintable():
        raise StepError(f"the manifest {str(path)!r} is not a path inside of the repository")
    return path


def targets() -> list[str]:
    """Give the globs of the addresses that are wanted; none where all are."""
    return [line.strip() for line in given("TARGETS").splitlines() if line.strip()]


def event() -> dict[str, Any]:
    """Read what started the workflow."""
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    document = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    return document if isinstance(document, dict) else {}


def put_outputs(**values: str) -> None:
    """Set outputs of the step; underscores become hyphens."""
    lines = (
        f"{name.replace('_', '-')}={' '.join(text.split())}\n" for name, text in values.items()
    )
    _append("GITHUB_OUTPUT", "".join(lines))


def add_summary(markdown: str) -> None:
    """Add Markdown to the job's summary."""
    _append("GITHUB_STEP_SUMMARY", markdown.rstrip("\n") + "\n")


def inert(message: str) -> str:
    """Give a text as one line that no log takes for a command, as `localize` does for its own.

    `::name::` at its beginning and `##[name]`, `##vso[…]` anywhere are broken apart, also where
    characters that show nothing stand between their signs.
    """
    told = "".join(char if char.isprintable() else " " for char in message)
    told = re.sub(r"^([^!-~]*):([^ -~]*):", r"\1: \2:", told)
    return re.sub(r"#([^ -~]*)#(?=(?:[^ -~]*[A-Za-z0-9_.-])*[^ -~]*\[)", r"#\1 #", told)


def say(message: str) -> None:
    """Write a line to the job's log, which no text of others may take for a command."""
    sys.stdout.write(inert(message) + "\n")
    sys.stdout.flush()


def annotate(level: str, message: str) -> None:
    """Write an annotation: `notice`, `warning` or `error`. Others' words may stand in it."""
    told = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::{level}::{inert(told)}\n")
    sys.stdout.flush()


def run_step(main: Callable[[], int]) -> NoReturn:
    """Run a step, and leave with its exit code."""
    try:
        code = main()
    except StepError as error:
        annotate("error", f"{error}{f' ({error.hint})' if error.hint else ''}")
        code = error.code
    except Exception as error:
        for line in traceback.format_exc().splitlines():
            say(line)
        annotate("error", f"this is a bug of the Action: {type(error).__name__}")
        code = 70
    sys.exit(code)


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
