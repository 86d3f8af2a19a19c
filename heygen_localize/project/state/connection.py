"""The one place that talks to PostgreSQL: opened late, bounded in time, opened again if it broke.

psycopg is loaded here alone, and only where a state is shared.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from heygen_localize.core.errors import StateError
from heygen_localize.core.state_address import StateAddress
from heygen_localize.project.state import sql
from heygen_localize.project.state.refusals import (
    gone,
    other_encoding,
    passing,
    refused,
    unreadable,
)

if TYPE_CHECKING:
    import psycopg

Cursor = Any
"""What statements are executed by: psycopg's, whose types are those of what is asked."""

_Result = TypeVar("_Result")

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 30
LOCK_SECONDS = 10
PATIENCE_SECONDS = 20.0
"""For so long a database that went away is waited for, as long as it takes to restart."""

_PAUSE_SECONDS = 0.5
_ENCODINGS = ("UTF8", "SQL_ASCII")
"""Those of databases that keep every text; the second one takes it as it comes."""

_MARGIN_SECONDS = 5.0
"""How much later than PostgreSQL itself we end a statement that it does not end."""


class Database:
    """A database, by one connection. `again` is called on each that is opened after the first.

    `session` counts them: what a session held is lost with it.
    """

    def __init__(self, address: StateAddress) -> None:
        self.address = address
        self.again: Callable[[Cursor], None] | None = None
        self.session = 0
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._known = False
        self._alone = threading.Lock()
        self._patience = PATIENCE_SECONDS

    def run(self, work: Callable[[Cursor], _Result], *, checked: bool = True) -> _Result:
        """Do some work in a transaction, from its start again where the connection breaks.

        It must be such that it may be done twice: whether a commit that broke came to pass,
        nobody knows. With `checked`, the schema has to be of our version.

        Raises:
            StateError: the database refuses, or is not set up.
            StateGoneError: it does not answer, nor after a while.
        """
        began = time.monotonic()
        while True:
            try:
                return self._once(work, checked)
            except _errors() as error:  # noqa: PERF203 - each try is a statement sent
                if not (self._known and passing(error)):
                    raise refused(error, self.address) from None
                self.close()
                if time.monotonic() - began >= self._patience:
                    # It was waited for once: what is still to be written is told at once.
                    self._patience = 0.0
                    raise gone(error, self.address) from None
                time.sleep(_PAUSE_SECONDS)

    def _once(self, work: Callable[[Cursor], _Result], checked: bool) -> _Result:
        # Files that are pulled meanwhile are noted by threads of their own.
        with self._alone:
            connection = self._opened(checked)
            try:
                with self._ended_in_time(connection), connection.transaction():
                    return work(connection.cursor())
            except Exception:
                raise
            except BaseException:  # A signal: a statement may be under way, and be in the way.
                self.close()
                raise

    def _opened(self, checked: bool) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        connection = _connected(self.address)
        try:
            with self._ended_in_time(connection):
                statements, locks = f"{STATEMENT_SECONDS}s", f"{LOCK_SECONDS}s"
                connection.execute(sql.SETTINGS, (statements, locks, "60s"))
                encoding = connection.info.parameter_status("server_encoding")
                if encoding not in _ENCODINGS:
                    raise other_encoding(self.address, encoding)
                if checked:
                    self._check(connection)
                if self.again is not None:
                    self.again(connection.cursor())
        except BaseException:
            connection.close()
            raise
        self._connection, self._known = connection, True
        self.session += 1
        self._patience = PATIENCE_SECONDS
        return connection

    def _check(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        row = connection.execute(sql.SCHEMA_VERSION).fetchone()
        found = row[0] if row is not None else None
        if found is not None and found > sql.VERSION:
            raise newer(self.address, found)
        if found is None or found < sql.VERSION:
            raise StateError(
                f"the tables in {self.address.shown} are of version {found or 0}, and this "
                f"localize needs {sql.VERSION}",
                code="state_older",
                hint="localize state init brings them up to date, and loses nothing",
            )

    @contextmanager
    def _ended_in_time(self, connection: psycopg.Connection[tuple[Any, ...]]) -> Iterator[None]:
        """Break the connection where the server is silent for longer than any statement may take.

        The server's own limits hold only while it lives: one that hangs would be waited for
        without end.
        """
        if os.name == "nt":  # There a connection is no file that could be named a second time.
            yield
            return
        handle = socket.socket(fileno=os.dup(connection.fileno()))
        late = threading.Timer(STATEMENT_SECONDS + _MARGIN_SECONDS, _shut, (handle,))
        late.daemon = True
        late.start()
        try:
            yield
        finally:
            late.cancel()
            handle.close()

    def close(self) -> None:
        """Close the connection; whatever it held is let go."""
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        """Close it, for commands that read a little and end."""
        self.close()


def newer(address: StateAddress, found: int) -> StateError:
    """Say that a later version made the tables."""
    return StateError(
        f"the tables in {address.shown} are of version {found}, and this localize knows "
        f"{sql.VERSION}",
        code="state_newer",
        hint="pip install --upgrade heygen-localize; nothing was ordered",
    )


def _shut(handle: socket.socket) -> None:
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _errors() -> tuple[type[Exception], ...]:
    try:
        import psycopg
    except ImportError:  # Whoever wants to connect says so.
        return ()
    return (psycopg.Error,)


def _connected(address: StateAddress) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a connection, with what the URL does not say by itself.

    Raises:
        StateError: psycopg is not installed, or the address cannot be used.
    """
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise StateError(
            "a shared state needs psycopg, which is not installed",
            code="state_driver_missing",
            hint="pip install 'heygen-localize[scale]'",
        ) from None
    # It warns of what a connection that broke could not undo, which goes without saying.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    try:
        given = None if address.torn else conninfo_to_dict(address.url)
    except (psycopg.Error, UnicodeError):  # It would quote the address, and the password in it.
        given = None
    if given is None:
        raise unreadable()
    usual: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": f"localize {os.getpid()} on {socket.gethostname()}"[:63],
        "tcp_user_timeout": int(STATEMENT_SECONDS * 1000),
        "keepalives_idle": 30,
        "keepalives_interval": 10,
    }
    if address.of_manifest:
        # Who changes the manifest may lead us to a server of his own: it gets no password.
        usual["require_auth"] = "scram-sha-256,gss,sspi,none"
    options = usual | {name: value for name, value in given.items() if value is not None}
    # Names and what HeyGen says are in every language, whatever PGCLIENTENCODING is.
    options["client_encoding"] = "UTF8"
    try:
        return psycopg.connect(**options, autocommit=True)
    except UnicodeError:  # No host can have such a name.
        raise unreadable() from None
