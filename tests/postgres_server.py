"""A real PostgreSQL for the tests: a server a worker, a database a test, on its own socket."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

OWNER = "postgres"
"""PostgreSQL does not run as root: there it runs as the user that Debian's packages make."""

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB")
PATIENCE = 60.0


def binaries() -> Path | None:
    """Find PostgreSQL's programs: Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return known[-1].parent if known else None


def missing() -> str | None:
    """Say why no PostgreSQL can be started here; None where it can."""
    if binaries() is None:
        return "PostgreSQL is not installed"
    if os.name != "posix":
        return "PostgreSQL is started for POSIX alone"
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            return "PostgreSQL does not run as root, and there is no setpriv"
        import pwd

        try:
            pwd.getpwnam(OWNER)
        except KeyError:
            return f"PostgreSQL does not run as root, and there is no user {OWNER}"
    return None


class Server:
    """A server that may be stopped, started again, and killed."""

    def __init__(self, folder: Path, settings: tuple[str, ...] = FAST) -> None:
        self.folder, self.settings = folder, settings
        self._data = folder / "data"
        self._made = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def _as_owner(self) -> tuple[str, ...]:
        if os.geteuid() != 0:
            return ()
        return ("setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups")

    def make(self) -> None:
        """Make the files of a new server."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, OWNER, OWNER)
        self.folder.chmod(0o755)
        command = (str(self._program("initdb")), "-D", str(self._data), "-U", OWNER)
        options = ("-A", "trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C")
        subprocess.run(
            (*self._as_owner(), *command, *options), check=True, capture_output=True, cwd="/"
        )
        rules = self._data / "pg_hba.conf"
        asked = "host all careful all scram-sha-256\nhost all plain all password\n"
        rules.write_text(asked + rules.read_text())

    def _program(self, name: str) -> Path:
        folder = binaries()
        assert folder is not None
        return folder / name

    def start(self) -> None:
        """Start it, and wait until it lets us in."""
        settings = (
            *self.settings,
            f"unix_socket_directories={self.folder}",
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            "max_connections=80",
            "log_min_messages=fatal",
        )
        options = [part for setting in settings for part in ("-c", setting)]
        command = (str(self._program("postgres")), "-D", str(self._data), *options)
        deadline = time.monotonic() + PATIENCE
        while True:
            # One that was killed leaves its shared memory for a moment, and the next one ends.
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    (*self._as_owner(), *command),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                )
            try:
                self.execute("SELECT 1")
            except Exception:
                assert time.monotonic() < deadline, "PostgreSQL does not start"
                time.sleep(0.05)
            else:
                return

    def stop(self, number: int = signal.SIGINT) -> None:
        """Stop it at once; with SIGKILL, kill the whole of it."""
        if self._process is None:
            return
        children = self._children() if number == signal.SIGKILL else []
        process, self._process = self._process, None
        process.send_signal(number)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.wait(PATIENCE)

    def freeze(self, frozen: bool) -> None:
        """Let its processes stand still, or go on."""
        number = signal.SIGSTOP if frozen else signal.SIGCONT
        assert self._process is not None
        for child in (self._process.pid, *self._children()):
            with suppress(ProcessLookupError):
                os.kill(child, number)

    def _children(self) -> list[int]:
        assert self._process is not None
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(name) for name in listed.read_text().split()]

    def database(self) -> str:
        """Make a fresh database; give its URL."""
        self._made += 1
        name = f"test_{self._made}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, database: str = "postgres", user: str = OWNER) -> str:
        """Give the URL of a database."""
        where = f"host={quote(str(self.folder), safe='')}&port={self.port}"
        return f"postgresql:///{database}?{where}&user={user}"

    def on_tcp(self, url: str, user: str = OWNER) -> str:
        """Give a database's URL as a manifest may have it."""
        database = url.partition(":///")[2].partition("?")[0]
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, *values: Any, url: str | None = None) -> list[Any]:
        """Run a statement by hand; give its rows."""
        import psycopg

        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            found = connection.execute(statement, values or None)
            return found.fetchall() if found.description else []


@contextmanager
def running(settings: tuple[str, ...] = FAST) -> Iterator[Server]:
    """Start a server that ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="localize-pg-"))
    server = Server(folder, settings)
    try:
        server.make()
        server.start()
        yield server
    finally:
        with suppress(Exception):
            server.freeze(False)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
