"""Files of our own that no one else can have written: signed with the API key.

They lie in the checkout, where a stranger may put what he likes; what is not signed with the
key that is used now is not read.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from heygen_localize.system.files import make_state_folder, write_atomically
from heygen_localize.system.folder import read

if TYPE_CHECKING:
    from heygen_localize.heygen.client import Client

_Content = TypeVar("_Content", bound=msgspec.Struct)

_MAX_BYTES = 64 * 1024 * 1024
"""What a project of 100,000 targets takes, three times."""


def load_signed(path: Path, client: Client, form: type[_Content]) -> _Content | None:
    """Return what was written for this account; None where nothing of that form is there."""
    try:
        signature, _, content = read(path, _MAX_BYTES).partition(b"\n")
    except OSError:
        return None
    if not hmac.compare_digest(signature, _signature(path, client, content)):
        return None
    try:
        return msgspec.json.decode(content, type=form)
    except msgspec.DecodeError:
        return None  # an earlier version's


def save_signed(path: Path, client: Client, value: msgspec.Struct) -> None:
    """Write a file, where the disk takes it and it can be read again."""
    content = msgspec.json.encode(value)
    if len(content) > _MAX_BYTES - 100:
        return
    with suppress(OSError):  # A folder that is read-only, a full disk: all is asked for again.
        make_state_folder(path.parent)
        write_atomically(path, _signature(path, client, content) + b"\n" + content)


def _signature(path: Path, client: Client, content: bytes) -> bytes:
    """Return the signature of a file of that name: one does not stand for another."""
    return client.signature(path.name.encode() + b"\n" + content).encode()
