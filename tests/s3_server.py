"""An S3 server on which conditional writes work: versitygw, which `script/s3-server` builds."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
_VERSION = re.search(r"version=(\S+)", (ROOT / "script/s3-server").read_text())
_HOME = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
SERVER = _HOME / "heygen-localize" / f"versitygw-{_VERSION and _VERSION[1]}"
"""Looked up as this is imported: tests have a home of their own."""

WHY_NOT = "no S3 server here: script/s3-server builds it with Go"
ACCESS, SECRET = "AKIATEST", "secret-of-the-bucket"
BUCKET = "dubs"


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """Serve `folder` with one bucket in it; give the address."""
    (folder / BUCKET).mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "ROOT_ACCESS_KEY": ACCESS, "ROOT_SECRET_KEY": SECRET}
    command = [str(SERVER), "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(folder)]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the S3 server does not start")
