"""Runs command lines one after another, each in a process of its own, and measures them.

Each line of standard input is JSON: the `folder` and `environment` to run in, and `commands`, a
list of argument lists. Each answer is a line of JSON: for each command its exit code (None where
it had to be killed), seconds of processor time, most memory in MB, and what it said on both
streams. Most of a start is imports, done once here and shared by fork.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PATIENCE = 60.0
"""Seconds on the clock; a command that waits for a pipe waits for ever."""


def ran(arguments: list[str], folder: str, environment: dict[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = os.fork()
        if not process:
            for handle, stream in ((1, out), (2, err)):
                os.dup2(stream.fileno(), handle)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            os._exit(_code(arguments))
        deadline, ended = time.monotonic() + PATIENCE, 0
        while not ended:
            ended, status, used = os.wait4(process, os.WNOHANG)
            if not ended and time.monotonic() > deadline:
                os.kill(process, signal.SIGKILL)
                _, _, used = os.wait4(process, 0)
                break
            time.sleep(0.01)
        said = [stream.seek(0) or stream.read().decode("utf-8", "replace") for stream in (out, err)]
    return {
        "code": os.waitstatus_to_exitcode(status) if ended else None,
        "seconds": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
        "said": "".join(said),
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
        place = (wanted["folder"], wanted["environment"])
        answer = [ran(arguments, *place) for arguments in wanted["commands"]]
        print(json.dumps(answer), flush=True)  # noqa: T201 - it is what we are asked for
