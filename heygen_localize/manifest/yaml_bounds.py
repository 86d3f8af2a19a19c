"""What a manifest may hold at most: it may be a stranger's, and takes neither memory nor time."""

from __future__ import annotations

from msgspec import Struct

from heygen_localize.core.errors import InputError, Where

MAX_BYTES = 10_000_000
"""Bytes of one file."""

MAX_BYTES_TOGETHER = 40_000_000
"""Bytes of all files of a manifest."""

MAX_FILES = 2_000
"""Files that a manifest includes."""

MAX_DEPTH = 50
MAX_VALUES = 500_000
"""Values in all files of a manifest, each alias counted as all that it stands for."""

MAX_PART = 10_000
"""Values in one video, and in each part of the manifest beside `videos`."""


class Room(Struct):
    """What all files of a manifest have taken so far."""

    values: int = 0
    bytes: int = 0


def too_many_values(where: Where) -> InputError:
    """Return the error of more than `MAX_VALUES` values."""
    return InputError(
        "yaml_too_large",
        f"more than {MAX_VALUES:,} values, what aliases stand for included",
        "spread the videos over several manifests, and repeat no large parts by alias",
        where,
    )


def too_large_part(name: str, where: Where) -> InputError:
    """Return the error of a part with more than `MAX_PART` values."""
    return InputError(
        "yaml_too_large",
        f"{name} holds more than {MAX_PART:,} values, what aliases stand for included",
        "name files by patterns, and repeat no large parts by alias",
        where,
    )


def too_deep(where: Where) -> InputError:
    """Return the error of nesting deeper than `MAX_DEPTH`."""
    message = f"lists and mappings lie more than {MAX_DEPTH} deep in each other"
    return InputError("yaml_too_deep", message, where=where)
