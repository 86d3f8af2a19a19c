"""Runs plan or apply: the report for people into the summary, the numbers into the outputs."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from reports import (
    NumbersOfRun,
    document_of,
    is_settled,
    no_report,
    numbers_of_apply,
    numbers_of_plan,
    offline_note,
)
from settled import remember
from workflow import (
    StepError,
    add_summary,
    annotate,
    given,
    manifest,
    put_outputs,
    run_step,
    say,
    switch,
    targets,
)

CHANGES, STILL_RUNNING = 5, 6
"""Exit codes of localize: docs/exit-codes.md."""

_INTERRUPTED = (130, 143)
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 180.0
"""Seconds over the time-out in which apply ends by itself; uploads are not cut by it."""


class Localize:
    """The command line, with what every call of this step has in common."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._program = str(Path(os.environ["LOCALIZE_BIN"]) / "localize")
        self._environment = environment
        self._common = ["--file", str(manifest())]
        for target in targets():
            self._common += ["--target", target]

    def run(self, *arguments: str, seconds: float | None = None) -> tuple[int, str, str]:
        """Run one command; give its exit code, what it reported, and its Markdown if any.

        A signal to this step is handed on. After `seconds` the command is asked to
        leave, which it does as after Ctrl-C: nothing is lost.
        """
        command, *options = arguments
        markdown = _place("localize-run.md")
        markdown.unlink(missing_ok=True)
        options += ["--format", "json", "--markdown", str(markdown)]
        started: list[subprocess.Popen[bytes]] = []
        early: list[int] = []

        def hand_on(number: int, _: FrameType | None) -> None:
            if started:
                started[0].send_signal(number)
            else:
                early.append(number)

        before = {number: signal.signal(number, hand_on) for number in _SIGNALS}
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [self._program, command, *self._common, *options],
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        for number in early:
            process.send_signal(number)
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.terminate()
            output, _ = process.communicate()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        report = markdown.read_text(encoding="utf-8") if markdown.exists() else ""
        return process.returncode, output.decode("utf-8", "replace"), report


def plan(localize: Localize, because: str) -> tuple[int, str, NumbersOfRun]:
    """Plan; give the exit code, the Markdown and the numbers."""
    offline = ("--offline",) if because else ()
    code, told, report = localize.run("plan", *offline, "--detailed-exitcode")
    document = document_of(told)
    numbers = numbers_of_plan(document, changes=code == CHANGES)
    note = offline_note(because) if numbers.changes is not None else ""
    return 0 if code == CHANGES else code, note + (report or no_report(code)), numbers


def apply(localize: Localize) -> tuple[int, str, NumbersOfRun]:
    """Apply; give the exit code, the Markdown and the numbers."""
    waits = switch("WAIT")
    limit = _minutes() * 60
    code, told, report = localize.run(
        "apply",
        "--yes",
        *(("--timeout", f"{limit:g}") if waits else ("--no-wait",)),
        seconds=limit + _GRACE,
    )
    document = document_of(told)
    # A review after the merge is no commit.
    waits_for_reviews = bool(os.environ.get("LOCALIZE_HOLD_BACK"))
    remember(manifest(), code == 0 and is_settled(document) and not waits_for_reviews)
    numbers = numbers_of_apply(document, cut=code == STILL_RUNNING or code in _INTERRUPTED)
    return code, report or no_report(code), numbers


def _minutes() -> float:
    told = given("TIMEOUT_MINUTES", "45")
    try:
        minutes = float(told)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes <= 24 * 60:
        raise StepError(f"timeout-minutes is {told!r}; it is a number of minutes")
    return minutes


def _environment(because: str) -> dict[str, str]:
    """Give localize the key under its own name; none where it must do without."""
    key = given("API_KEY") or os.environ.get("HEYGEN_API_KEY", "")
    hidden = ("INPUT_API_KEY", "INPUT_TOKEN", "HEYGEN_API_KEY")
    environment = {name: text for name, text in os.environ.items() if name not in hidden}
    if key and not because:
        environment["HEYGEN_API_KEY"] = key
    return environment


def _place(name: str) -> Path:
    return Path(os.environ.get("RUNNER_TEMP", ".")).resolve() / name


def _keep(report: str) -> str:
    """Keep the report for the comment; give its path."""
    path = _place("localize-report.md")
    path.write_text(report, encoding="utf-8", newline="\n")
    return str(path)


def main() -> int:
    """Run what was decided; the exit code is localize's, but for 6, which is no failure."""
    because = os.environ.get("OFFLINE_BECAUSE", "")
    localize = Localize(_environment(because))
    planning = os.environ.get("COMMAND") == "plan"
    code, report, numbers = plan(localize, because) if planning else apply(localize)
    add_summary(report)
    outputs = numbers.outputs()
    put_outputs(report=_keep(report), **outputs)
    say(", ".join(f"{name}: {text}" for name, text in outputs.items()))
    if code == STILL_RUNNING:
        annotate("notice", "localize: time is up, jobs still render; the next run picks them up")
        return 0
    return code


if __name__ == "__main__":
    run_step(main)
