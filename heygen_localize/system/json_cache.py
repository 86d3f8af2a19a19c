"""A file of what was learned, and may be lost: that costs time alone, so nothing here fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from heygen_localize.core.decoding import Misfit, parse_json
from heygen_localize.system.files import make_state_folder, write_atomically
from heygen_localize.system.folder import read

_VERSION = 1
_MAX_BYTES = 16 * 1024 * 1024
_MAX_VALUES = 600_000
"""Some 80,000 entries of seven values, and as much as may be read in a moment."""

Entry = TypeVar("Entry")


class JsonCache(Generic[Entry]):
    """Entries by name, in a file that holds `{"version": 1, SECTION: {NAME: ENTRY}}`.

    Args:
        path: The file, in `.localize/NAME/cache`; None keeps nothing on disk.
        section: The key under which the entries stand.
        decode: Makes an entry of JSON, or raises `Misfit`.
        encode: Makes JSON of an entry.
    """

    def __init__(
        self,
        path: Path | None,
        section: str,
        decode: Callable[[object], Entry],
        encode: Callable[[Entry], Any],
    ) -> None:
        self._path, self._section = path, section
        self._decode, self._encode = decode, encode

    def load(self) -> dict[str, Entry]:
        """Return the entries, without those that do not look right."""
        found: dict[str, Entry] = {}
        if self._path is None:
            return found
        try:
            document = parse_json(read(self._path, _MAX_BYTES), _MAX_VALUES)
        except (OSError, ValueError):
            return found
        sound = isinstance(document, dict) and document.get("version") == _VERSION
        entries = document.get(self._section) if sound else None
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            with suppress(Misfit):
                found[name] = self._decode(entry)
        return found

    def save(self, entries: Mapping[str, Entry]) -> bool:
        """Write the entries in place of the earlier ones; return whether the disk took them."""
        if self._path is None:
            return False
        written = {name: self._encode(entry) for name, entry in sorted(entries.items())}
        document = {"version": _VERSION, self._section: written}
        with suppress(OSError):  # A folder that is read-only, a full disk: all is learned again.
            make_state_folder(self._path.parent)
            write_atomically(self._path, json.dumps(document, indent=0) + "\n")
            return True
        return False
