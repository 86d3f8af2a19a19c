"""Connecting to the account that the environment names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection, connection
from heygen_localize.heygen.transport import Transport
from heygen_localize.project.project import Account


def connect(
    environment: Mapping[str, str] | None = None, home: str | Path | None = None
) -> Account:
    """Find key and base in the environment (the process's own), or the vendor client's file.

    Raises:
        AccountError: there is no key.
        UsageError: the base cannot be used.
    """
    given = os.environ if environment is None else environment
    found = connection(given, Path(home) if home else Path.home())
    return account_of(found)


def account_of(found: Connection) -> Account:
    """Open an account for a connection that was found."""
    return Account(Client(Transport(found)), found.loopback)
