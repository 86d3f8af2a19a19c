"""Names of files that look alike and are not: one letter may be one character or two.

macOS writes é as e and an accent (NFD) where most keyboards give one character (NFC);
a file system may take the two for one name, for two, or for whatever it was first given.
"""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

from heygen_localize.system import UnsafePathError
from heygen_localize.system import names as listed

Listings = dict[Path, dict[str, str]]
"""The names in folders, by themselves in NFC: who asks for many paths lists each folder once."""


def twin(path: Path, listings: Listings | None = None) -> Path | None:
    """Return what is there under a name that differs in Unicode form only; None where nothing is.

    None too where the very path is there. `listings` are kept between calls, as long as
    nothing changes there.
    """
    if path.as_posix().isascii():
        return None
    found = Path(path.anchor)
    for name in path.relative_to(path.anchor).parts:
        if os.path.lexists(found / name):
            found /= name
            continue
        other = _same_but_form(name, found, {} if listings is None else listings)
        if other is None:
            return None
        found /= other
    return found if found != path else None


def mend_name(written: str, found: Path) -> str:
    """Return how to bring a path in a manifest and the one found on the disk together."""
    there = Path(*found.parts[-len(Path(written).parts) :]).as_posix()
    form = "NFD" if unicodedata.normalize("NFC", there) != there else "NFC"
    return (
        f"the two differ in Unicode form only, and the disk has {form}: rename that, or write "
        f"{json.dumps(there)} in place of {json.dumps(written)}"
    )


def _same_but_form(name: str, folder: Path, listings: Listings) -> str | None:
    if folder not in listings:
        try:
            beside = listed(folder)
        except (OSError, UnsafePathError):
            beside = []
        # The first of several, as they are sorted.
        named = {unicodedata.normalize("NFC", one): one for one in reversed(beside)}
        listings[folder] = named
    return listings[folder].get(unicodedata.normalize("NFC", name))
