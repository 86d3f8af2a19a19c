"""Where a project's shared state is, as a person wrote it. Pure."""

from __future__ import annotations

import re

from msgspec import Struct

from heygen_localize.core.errors import StateError

VARIABLE = "LOCALIZE_STATE"
_SCHEMES = ("postgresql://", "postgres://")
_PLACE = re.compile(r"[A-Za-z0-9.,:_\[\]-]*(/[A-Za-z0-9_.-]*)?")
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

    @property
    def torn(self) -> bool:
        """Whether libpq would take the end of a password for a host, and tell it in its errors."""
        who, _, _ = self.url.partition("://")[2].partition("?")[0].rpartition("@")
        return "@" in who or "/" in who

    def __repr__(self) -> str:
        """Return it without the password, which may end in a log."""
        return f"StateAddress({self.shown!r})"


def state_address(text: str, *, of_manifest: bool = False) -> StateAddress:
    """Read the address of a shared state.

    Raises:
        StateError: it is none; nothing of it is quoted.
    """
    if not text.strip().startswith(_SCHEMES):
        raise StateError(
            f"{'state' if of_manifest else VARIABLE} is no address of a PostgreSQL database",
            code="state_address",
            hint="it looks like postgresql://user@host:5432/database",
        )
    if of_manifest and not is_plain(text):
        raise StateError(
            "the manifest's state may hold a user, a host, a port, a database and sslmode alone",
            code="state_address",
            hint=f"the password comes from PGPASSWORD or ~/.pgpass, anything else by {VARIABLE}",
        )
    return StateAddress(text.strip(), _shown(text.strip()), of_manifest)


def _shown(url: str) -> str:
    """Return the hosts and the name of a database, where none of that can be a password.

    It stands before the last `@`, or in the query; of which it may be the start, if it has a
    question mark in it.
    """
    before, _, query = url.partition("://")[2].partition("?")
    place = before.rpartition("@")[2]
    if "@" in query or not _PLACE.fullmatch(place):
        return f"the database of {VARIABLE}"
    return f"postgresql://{place}"


def is_plain(text: str) -> bool:
    """Return whether a manifest may name this address."""
    return _PLAIN.fullmatch(text) is not None
