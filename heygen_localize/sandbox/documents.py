"""What the vendor says, as it stands in `docs/vendor`: the contract, the names of languages."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def vendor_text(name: str) -> str:
    """Return a file of the vendor's, from the package (a wheel) or from beside it (a checkout).

    Raises:
        FileNotFoundError: It is in neither.
    """
    packaged = files("heygen_localize").joinpath("data", name)
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[2] / "docs" / "vendor" / name).read_text("utf-8")
