"""Deliveries by 1, 2 and 4 workers beside `curl --parallel`: 200 files of 5 MB each, to a folder.

Twice: from a file host that gives what it can, and from one that gives each connection 10 MB/s, as
hosts on the internet do. Rates count from the start of the processes to the end of the last, their
half second of imports included. Needs curl and PostgreSQL's programs. Run it with the development
environment: python benchmarks/workers.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pull as single
from rows import LOCALIZE, Row, show

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from postgres_server import Server, running

COUNT, SIZE = 200, 5_000_000
EACH = 10_000_000
"""Bytes a second that a connection gets from the slower host."""

_PIECE = 250_000
WORKERS = (1, 2, 4)
QUIET: Any = {"stdout": subprocess.DEVNULL}
DEFER = "INSERT INTO localize.tasks (project, kind, address) SELECT project, 'deliver', name FROM "
DEFER += "localize.entries"


class SlowHandler(single.Handler):
    """Gives each connection so many bytes a second."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        outputfile.flush()
        began, sent = time.monotonic(), 0
        while piece := source.read(_PIECE):
            self.connection.sendall(piece)
            sent += len(piece)
            time.sleep(max(0.0, sent / EACH - (time.monotonic() - began)))


@contextmanager
def hosted(handler: type[single.Handler]) -> Iterator[tuple[Path, str, list[str]]]:
    """Serve the files by a host of this kind."""
    before, single.Handler = single.Handler, handler  # type: ignore[misc]
    try:
        with single.files(COUNT, SIZE) as sides:
            yield sides
    finally:
        single.Handler = before  # type: ignore[misc]


def delivered(server: Server, sides: tuple[Path, str, list[str]], workers: int) -> float:
    """Have so many workers deliver all files; return the seconds that it took."""
    folder, base, names = sides
    here = single.workspace(folder / f"by-{workers}", base, names)
    environment = {**os.environ, "HEYGEN_API_BASE": base, "LOCALIZE_STATE": server.database()}
    environment["PYTHONDONTWRITEBYTECODE"] = ""
    for command in (("state", "init"), ("state", "import")):
        subprocess.run([LOCALIZE, *command], cwd=here, env=environment, check=True, **QUIET)
    server.execute(DEFER, url=environment["LOCALIZE_STATE"])
    command = [LOCALIZE, "worker", "--only", "deliver", "--until-done", "--quiet"]
    began = time.perf_counter()
    processes = [
        subprocess.Popen(command, cwd=here, env=environment, **QUIET) for _ in range(workers)
    ]
    codes = [process.wait() for process in processes]
    wall = time.perf_counter() - began
    assert not any(codes), codes
    assert len(list(here.rglob("*.mp4"))) == COUNT
    shutil.rmtree(here)
    return wall


def run() -> list[Row]:
    """Measure each number of workers, and curl, from both hosts."""
    rows = []
    total = COUNT * SIZE / 1e6
    with running(("fsync=off", "shared_buffers=32MB")) as server:
        for named, handler in (("as it can", single.Handler), ("10 MB/s each", SlowHandler)):
            with hosted(handler) as sides:
                rate = total / single.curl(*sides)
                rows.append(Row(f"{named}: curl, 8 at a time", rate, "MB/s", ""))
                for workers in WORKERS:
                    rate = total / delivered(server, sides, workers)
                    name = f"{named}: {workers} × localize worker"
                    rows.append(Row(name, rate, "MB/s", ""))
    return rows


if __name__ == "__main__":
    show(run())
