"""`localize pull` beside `curl --parallel`: the wall of whole processes, over the same files.

Ours reads and checks manifest and lockfile first, hashes, and keeps parts to go on with.
Needs curl. Run it with the development environment: python benchmarks/pull.py
"""

from __future__ import annotations

import json
import math
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Process
from pathlib import Path
from statistics import median
from typing import Any

from rows import LOCALIZE, Row, show, spent

BOXES = (24).to_bytes(4, "big") + b"ftypisom\0\0\2\0isomiso2" + (8).to_bytes(4, "big") + b"moov"
"""What a video begins with: nothing else is taken for one."""

PAIRS = 3


class Handler(SimpleHTTPRequestHandler):
    """Sends files by the system's own call, over connections that stay."""

    protocol_version = "HTTP/1.1"

    disable_nagle_algorithm = True

    def copyfile(self, source: Any, outputfile: Any) -> None:
        outputfile.flush()
        self.connection.sendfile(source)

    def end_headers(self) -> None:
        self.send_header("ETag", f'"{self.path}"')
        super().end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


def serve(folder: Path, listening: socket.socket) -> None:
    handler = partial(Handler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.serve_forever()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder from a process of its own; give its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        process = Process(target=serve, args=(folder, listening), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.terminate()
            process.join()


def workspace(folder: Path, base: str, names: list[str]) -> Path:
    """Write a manifest and a lockfile whose jobs are done; their files are these."""
    lines = ["version: 1", "project: bench", "languages: [ja]"]
    lines += ["outputs: {video: 'alle/für-{{ video.id }}.mp4'}", "videos:"]
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


def pull(folder: Path, base: str, names: list[str]) -> float:
    """Pull all files into one folder, under names that are not ASCII; return the wall."""
    here = workspace(folder / "ours", base, names)
    used = spent([LOCALIZE, "pull", "--quiet"], here, {"HEYGEN_API_BASE": base})
    return _checked(here, names, used.wall)


def curl(folder: Path, base: str, names: list[str]) -> float:
    """Fetch all files by curl; return the wall."""
    here = folder / "curl"
    here.mkdir()
    lines = [f'url = "{base}/{name}"\noutput = "{name}.mp4"\n' for name in names]
    (here / "urls").write_text("".join(lines), encoding="utf-8")
    command = ["curl", "--parallel", "--parallel-max", "8", "--fail", "--silent", "-K", "urls"]
    return _checked(here, names, spent(command, here).wall)


def _checked(here: Path, names: list[str], wall: float) -> float:
    assert len(list(here.rglob("*.mp4"))) == len(names)
    shutil.rmtree(here)
    return wall


@contextmanager
def files(count: int, size: int) -> Iterator[tuple[Path, str, list[str]]]:
    """Serve so many videos of one size."""
    free = size - len(BOXES)
    body = BOXES + free.to_bytes(4, "big") + b"free" + os.urandom(free - 8)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "source").mkdir()
        names = [f"v{number:05}" for number in range(count)]
        for file in names:
            (folder / "source" / file).write_bytes(body)
        with served(folder / "source") as base:
            yield folder, base, names


def run() -> list[Row]:
    """Measure large files and small ones beside curl, and many in one folder as they grow."""
    rows = []
    for count, size, shown, goal in ((200, 5_000_000, "5 MB", 0.9), (2000, 50_000, "50 KB", 0.5)):
        with files(count, size) as sides:
            ratio = median(curl(*sides) / pull(*sides) for _ in range(PAIRS))
        rows.append(Row(f"pull, {count:,} × {shown}: curl's wall ÷ ours", ratio, "×", f"≥ {goal}"))
    few, many = 1000, 8000
    with files(many, 1000) as (folder, base, names):
        short, long = pull(folder, base, names[:few]), pull(folder, base, names)
    exponent = math.log(long / short) / math.log(many / few)
    rows.append(Row("pull, 1,000 → 8,000 files into one folder", exponent, "exponent", "≤ 1.05"))
    rows.append(Row("the same: 8,000 files", long, "s", ""))
    return rows


if __name__ == "__main__":
    show(run())
