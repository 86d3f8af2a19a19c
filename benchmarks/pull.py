"""`localize pull` beside `curl --parallel`: ratios of paired runs over the same 200 files of 5 MB.

Throughput is what the file server sees: from the first request to the last byte. Wanted: at
least 0.8 of curl's; and under 100 MB of memory for a file of 1 GB. The ratio of the whole
processes stands beside it: ours reads and checks manifest and lockfile first, and hashes.
Needs curl. Run it with the development environment: python benchmarks/pull.py
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Array, Process
from pathlib import Path
from statistics import median
from typing import Any

FILES = 200
SIZE = 5_000_000
LARGE = 1_000_000_000
PAIRS = 7


class Handler(SimpleHTTPRequestHandler):
    """Sends files by the system's own call, over connections that stay."""

    protocol_version = "HTTP/1.1"

    def __init__(self, times: Any, *arguments: Any, **options: Any) -> None:
        self.times = times
        super().__init__(*arguments, **options)

    def copyfile(self, source: Any, outputfile: Any) -> None:
        with self.times.get_lock():
            self.times[0] = min(self.times[0], time.perf_counter())
        outputfile.flush()
        self.connection.sendfile(source)
        with self.times.get_lock():
            self.times[1] = time.perf_counter()

    def end_headers(self) -> None:
        self.send_header("ETag", f'"{self.path}"')
        super().end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


def serve(folder: Path, listening: socket.socket, times: Any) -> None:
    handler = partial(Handler, times, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.serve_forever()


@contextmanager
def served(folder: Path, times: Any) -> Iterator[str]:
    """Serve a folder from a process of its own; give its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        process = Process(target=serve, args=(folder, listening, times), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.terminate()
            process.join()


def workspace(folder: Path, base: str, names: list[str]) -> Path:
    """Write a manifest and a lockfile whose jobs are done; their files are these."""
    lines = ["version: 1", "project: bench", "languages: [ja]", "videos:"]
    lines += [f"  {name}: {{source: 'https://cdn.example.com/{name}.mp4'}}" for name in names]
    folder.mkdir()
    (folder / "localize.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    entries = {
        f"{name}/ja": {
            "language": "Japanese",
            "attempts": 1,
            "fingerprint": "0" * 64,
            "translation_id": f"tr_{name}-ja",
            "status": "completed",
            "source": {},
            "outputs": {"video_url": f"{base}/{name}"},
        }
        for name in names
    }
    document = {"lockfile_version": 1, "project": "bench", "targets": entries}
    (folder / "localize.lock").write_text(json.dumps(document), encoding="utf-8")
    return folder


def run(command: list[str], folder: Path, base: str) -> tuple[float, float]:
    """Run a process; give its seconds and its peak in MB."""
    environment = os.environ | {"HEYGEN_API_BASE": base}
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def pull(folder: Path, base: str, names: list[str]) -> tuple[float, float]:
    here = workspace(folder / "ours", base, names)
    command = [sys.executable, "-m", "heygen_localize", "pull", "--quiet"]
    measured = run(command, here, base)
    assert len(list(here.rglob("*.mp4"))) == len(names)
    shutil.rmtree(here)
    return measured


def curl(folder: Path, base: str, names: list[str]) -> float:
    here = folder / "curl"
    here.mkdir()
    lines = [f'url = "{base}/{name}"\noutput = "{name}.mp4"\n' for name in names]
    (here / "urls").write_text("".join(lines), encoding="utf-8")
    command = ["curl", "--parallel", "--parallel-max", "8", "--fail", "--silent", "-K", "urls"]
    seconds, _ = run(command, here, base)
    assert len(list(here.rglob("*.mp4"))) == len(names)
    shutil.rmtree(here)
    return seconds


def timed(times: Any, whole: Callable[[], float]) -> tuple[float, float]:
    """Run one side; give the seconds of the transfer and of the whole process."""
    times[0], times[1] = float("inf"), 0.0
    seconds = whole()
    return times[1] - times[0], seconds


def shown(name: str, ratios: list[float]) -> str:
    return f"{name}: median {median(ratios):.2f}, {min(ratios):.2f}–{max(ratios):.2f}"


def main() -> None:
    """Run both in turn, and print the ratio of each pair's throughputs."""
    times = Array("d", 2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source"
        source.mkdir()
        names = [f"v{number:03}" for number in range(FILES)]
        for file in names:
            (source / file).write_bytes(os.urandom(SIZE))
        with (source / "large").open("wb") as file:
            file.truncate(LARGE)
        with served(source, times) as base:
            curl(folder, base, names)
            pairs = [
                (
                    timed(times, lambda: curl(folder, base, names)),
                    timed(times, lambda: pull(folder, base, names)[0]),
                )
                for _ in range(PAIRS)
            ]
            seconds, peak = pull(folder, base, ["large"])
    print(shown("throughput, pull / curl", [theirs[0] / ours[0] for theirs, ours in pairs]))
    print(shown("whole process, pull / curl", [theirs[1] / ours[1] for theirs, ours in pairs]))
    print(f"1 GB: {seconds:.1f} s, peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
