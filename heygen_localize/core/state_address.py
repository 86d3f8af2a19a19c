"""Where a project's shared state is, as a person wrote it. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from msgspec import Struct

from heygen_localize.core.errors import StateError
from heygen_localize.core.text import sanitize

VARIABLE = "LOCALIZE_STATE"
_SCHEMES = ("postgresql", "postgres")
_PLAIN = re.compile(
    r"postgres(ql)?://([A-Za-z0-9_.-]+@)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?"
    r"/[A-Za-z0-9_.-]+(\?sslmode=(require|verify-ca|verify-full))?"
)
"""What a manifest may say: nothing that names a file, or has a password in it."""


class StateAddress(Struct, frozen=True):
    """A database. `shown` is what of it stands in messages: host and name, never a password.

    `of_manifest` says that the manifest names it: then it may be a stranger's.
    """

    url: str
    shown: str
    of_manifest: bool = False

    def __repr__(self) -> str:
        """Return it without the password, which may end in a log."""
        return f"StateAddress({self.shown!r})"


def state_address(text: str, *, of_manifest: bool = False) -> StateAddress:
    """Read the address of a shared state.

    Raises:
        StateError: it is none; nothing of it is quoted.
    """
    source = "state" if of_manifest else VARIABLE
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = None, "", None
    if parts is None or parts.scheme not in _SCHEMES:
        raise StateError(
            f"{source} is no address of a PostgreSQL database",
            code="state_address",
            hint="it looks like postgresql://user@host:5432/database",
        )
    if of_manifest and not is_plain(text):
        raise StateError(
            "the manifest's state may hold a user, a host, a port, a database and sslmode alone",
            code="state_address",
            hint=f"the password comes from PGPASSWORD or ~/.pgpass, anything else by {VARIABLE}",
        )
    name = f"{host}:{port}" if port is not None else host
    shown = sanitize(f"postgresql://{name}/{parts.path.lstrip('/')}", 200)
    return StateAddress(text.strip(), shown, of_manifest)


def is_plain(text: str) -> bool:
    """Return whether a manifest may name this address."""
    return _PLAIN.fullmatch(text) is not None
