"""What PostgreSQL's errors mean, in our words: never an address with its password."""

from __future__ import annotations

import re
from typing import Any

from heygen_localize.core.errors import StateError, StateGoneError
from heygen_localize.core.state_address import StateAddress
from heygen_localize.core.text import sanitize

_PASSING = ("08", "57P01", "57P02", "57P03", "53300", "40")
"""Kinds of errors that pass: broken connections, restarts, too many clients, collisions."""

_SLOW = ("57014", "55P03", "25P03")
_WRONG_PASSWORD = ("password authentication failed", "no password supplied", "authentication fail")
_NO_TABLES = ("42P01", "3F000")

_MISTAKES = re.compile(
    r"invalid (port number|integer value|\w+ value)|bad value for|Servname not supported"
    r"|definition of service"
)
"""What libpq and psycopg say of an address that no server can mend."""

NOTHING_LOST = (
    "run the same command again once it is back: what was ordered is in .localize or found in "
    "the account, and is not paid twice"
)


def passing(error: Exception) -> bool:
    """Return whether the same may succeed over another connection."""
    import psycopg

    state = getattr(error, "sqlstate", None)
    if state is None:
        told = str(error)
        return isinstance(error, psycopg.OperationalError) and not _of_password(told)
    return bool(state.startswith(_PASSING))


def gone(error: Exception, address: StateAddress) -> StateGoneError:
    """Say that a database that was there does not answer any more."""
    return StateGoneError(
        f"the shared state in {address.shown} does not answer any more: {_cause(error)}",
        code="state_lost",
        hint=NOTHING_LOST,
    )


def refused(error: Exception, address: StateAddress) -> StateError:
    """Say what is in the way, with what to do about it."""
    state, told = getattr(error, "sqlstate", None) or "", str(error)
    shown = address.shown
    denial = _denied(error, state, shown)
    if denial is not None:
        return denial
    if state in _SLOW:
        return StateGoneError(
            f"the shared state in {shown} is too slow: {_cause(error)}",
            code="state_slow",
            hint=NOTHING_LOST,
        )
    if not state and _MISTAKES.search(told):
        return StateError(
            f"the address of the shared state cannot be used: {_cause(error)}",
            code="state_address",
            hint="look at LOCALIZE_STATE, and at the PG… variables of the environment",
        )
    if not state or passing(error):
        return StateGoneError(
            f"the shared state in {shown} cannot be reached: {_cause(error)}",
            hint="look whether the server runs and lets this machine in; nothing was ordered",
        )
    return StateError(f"PostgreSQL refuses in {shown}: {_cause(error)}", hint=NOTHING_LOST)


def _denied(error: Exception, state: str, shown: str) -> StateError | None:
    """Say what its owner has to set right in a database that answers; None of all else."""
    told = str(error)
    if state.startswith("28") or _of_password(told):
        return StateError(
            f"PostgreSQL lets nobody in by this user and password: {shown}",
            code="state_login",
            hint="set both in LOCALIZE_STATE, or PGUSER and PGPASSWORD, or ~/.pgpass",
        )
    if state == "3D000" or ('database "' in told and "does not exist" in told):
        return StateError(
            f"there is no such database: {shown}",
            code="state_login",
            hint="make it: createdb; then localize state init",
        )
    if state in _NO_TABLES:
        return StateError(
            f"there are no tables of localize in {shown}",
            code="state_not_initialized",
            hint="make them once: localize state init; then localize state import takes over "
            "the lockfile",
        )
    if state == "25006":
        return StateError(
            f"the shared state in {shown} is read-only",
            code="state_read_only",
            hint="lead LOCALIZE_STATE to the primary server; nothing was ordered",
        )
    if state == "42501":
        return StateError(
            f"PostgreSQL denies this user what localize needs in {shown}: {_cause(error)}",
            code="state_denied",
            hint="grant it usage of the schema localize and of its tables",
        )
    return None


def unreadable() -> StateError:
    """Say that an address cannot be used, without a word of it."""
    return StateError(
        "the address of the shared state cannot be read",
        code="state_address",
        hint="it looks like postgresql://user@host:5432/database; %, @ and / in a password "
        "are written %25, %40 and %2F",
    )


def other_encoding(address: StateAddress, encoding: str | None) -> StateError:
    """Say that a database cannot keep every text."""
    return StateError(
        f"the database of {address.shown} is in {sanitize(encoding or 'no encoding', 40)}, which "
        "cannot keep every text",
        code="state_encoding",
        hint="make one that can: createdb --encoding=UTF8 --template=template0",
    )


def _of_password(told: str) -> bool:
    return any(word in told for word in _WRONG_PASSWORD)


def _cause(error: Any) -> str:
    """Return the first line of what libpq or the server says: no line of it has the password."""
    said = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return sanitize(lines[0], 200) if lines else "no reason given"
