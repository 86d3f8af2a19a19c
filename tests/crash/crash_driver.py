"""The command line in a process of its own that kills itself at a numbered step.

    python crash_driver.py count LOG apply --yes      write the name of every step to LOG
    python crash_driver.py 17 LOG apply --yes         the same, and SIGKILL at step 17
    python crash_driver.py serve                      do either as often as standard input asks

A step is a moment after which something differs for whoever comes next: a request that
goes out, a change of the lockfile, the journal or a subtitle file, and what the product itself
calls a step (`heygen_localize.system.files.step`). The kill comes before Python acts on it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

KEPT = ("localize.lock", "journal.jsonl", ".srt")
"""The files whose changes are steps; their temporary files bear the same names inside."""

_WRITING = os.O_WRONLY | os.O_RDWR


def named(event: str, arguments: tuple[Any, ...]) -> str | None:
    """Give the name of the step that an audit event stands for; None where it is none."""
    if event == "heygen_localize.step":
        return str(arguments[0])
    if event == "http.client.send":
        head = bytes(arguments[1]).split(b" HTTP/", 1)
        return "send " + (head[0].decode().partition("?")[0] if len(head) == 2 else "a body")
    if event == "open":
        return f"open {_base(arguments[0])}" if arguments[2] & _WRITING else None
    if event in ("os.rename", "os.truncate", "os.link"):
        return f"{event} {_base(arguments[0])}"
    return None


def _base(path: Any) -> str:
    if isinstance(path, int):  # What is cut off is told by its handle.
        path = Path(f"/proc/self/fd/{path}").readlink()
    name = Path(os.fsdecode(path)).name if isinstance(path, (str, bytes, os.PathLike)) else ""
    return next((kept for kept in KEPT if kept in name), "")


class Counter:
    """Counts steps and dies at one of them. What comes of writing its own log is none."""

    def __init__(self, deadly: int | None, log: int) -> None:
        self._deadly, self._log = deadly, log
        self._count = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        name = named(event, arguments)
        if name is None or name.endswith(" "):
            return
        self._count += 1
        os.write(self._log, f"{name}\n".encode())
        if self._count == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def serve() -> int:
    """Start a process for each line that asks for one: most of a start is imports, done once.

    A line is JSON: `step`, `log`, `arguments`, and the `folder` and `environment` to run in.
    The answers are a line with the process's id, and one with how it ended.
    """
    from preloading import preload

    preload()
    for line in sys.stdin:
        wanted = json.loads(line)
        process = os.fork()
        if not process:
            os._exit(_child(wanted))
        print(process, flush=True)  # noqa: T201 - it is what we are asked for
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)  # noqa: T201
    return 0


def _child(wanted: dict[str, Any]) -> int:
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123
        for handle in (0, 1, 2):
            os.dup2(nothing.fileno(), handle)
    return main(wanted["step"], wanted["log"], *wanted["arguments"])


def main(step: str, log: str, *arguments: str) -> int:
    """Run one command line; give its exit code, where it lives to give one."""
    from heygen_localize.cli.main import run

    deadly = None if step == "count" else int(step)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.addaudithook(Counter(deadly, handle))
    return run(arguments)


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent.parent))
    sys.exit(serve() if sys.argv[1:] == ["serve"] else main(*sys.argv[1:]))
