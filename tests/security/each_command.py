"""Runs command lines one after another, beside a clock that ends the one that waits, and measures.

Each line of standard input is JSON: the `folder` and `environment` to run in, and `commands`, a
list of argument lists. Each answer is a line of JSON: for each command its exit code (None where
it had to be killed), seconds of processor time, the most memory in MB until its end, and what it
said on both streams. Most of a start is imports, done once here and shared by fork: the commands
of one line share a fork too, until one of them has to be killed.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

PATIENCE = 60.0
"""Seconds on the clock; a command that waits for a pipe waits for ever."""


def ran(commands: list[list[str]], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    while len(answers) < len(commands):
        answers += _ran_until_one_waits(commands[len(answers) :], wanted)
    return answers


def _ran_until_one_waits(commands: list[list[str]], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    receiver, sender = os.pipe()
    process = os.fork()
    if not process:
        os.close(receiver)
        os.chdir(wanted["folder"])
        os.environ.clear()
        os.environ.update(wanted["environment"])
        for arguments in commands:
            os.write(sender, (json.dumps(_measured(arguments)) + "\n").encode())
        os._exit(0)
    os.close(sender)
    answers = []
    with open(receiver, "rb") as stream:  # noqa: PTH123
        while len(answers) < len(commands):
            if not select.select([stream], [], [], PATIENCE)[0]:
                os.kill(process, signal.SIGKILL)
            line = stream.readline()
            answers.append(json.loads(line) if line else {"code": None, "said": ""})
            if not line:
                break
    _, _, used = os.wait4(process, 0)
    if answers[-1]["code"] is None:
        answers[-1] |= {
            "seconds": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1024
        }  # fmt: skip
    return answers


def _measured(arguments: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as both:
        for handle in (1, 2):
            os.dup2(both.fileno(), handle)
        before = resource.getrusage(resource.RUSAGE_SELF)
        code = _code(arguments)
        used = resource.getrusage(resource.RUSAGE_SELF)
        both.seek(0)
        return {
            "code": code,
            "seconds": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
            "megabytes": used.ru_maxrss / 1024,
            "said": both.read().decode("utf-8", "replace"),
        }


def _code(arguments: list[str]) -> int:
    from heygen_localize.cli.main import run

    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    try:
        code = int(run(arguments))
    except BaseException:
        code = 99
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent.parent))
    from preloading import preload

    preload()
    for line in sys.stdin:
        wanted = json.loads(line)
        print(json.dumps(ran(wanted["commands"], wanted)), flush=True)  # noqa: T201 - it is what we are asked for
