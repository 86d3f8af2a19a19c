"""A large document in pieces, for a validator that makes all errors before it tells the first."""

from __future__ import annotations

from collections.abc import Iterator

from heygen_localize.core.fingerprint import Json
from heygen_localize.manifest.document import Document

AT_ONCE = 20_000
"""Values of one piece, or nearly."""


def of(document: Document) -> Iterator[dict[str, Json]]:
    """Cut a document into itself with some of its videos, and the others."""
    videos = document.data.get("videos")
    if not isinstance(videos, dict):
        yield document.data
        return
    room = AT_ONCE
    some: dict[str, Json] = {}
    around = document.data
    for name, video in videos.items():
        some[name] = video
        room -= size(video) + 1
        if room <= 0:
            yield {**around, "videos": some}
            room, some, around = AT_ONCE, {}, {}
    if some or around:
        yield {**around, "videos": some}


def size(value: Json) -> int:
    """Count the values in one, itself and its keys included."""
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(size, value.values()))
    return 1 + sum(map(size, value)) if isinstance(value, list) else 1
