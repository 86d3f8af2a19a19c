"""What stands one level too far out, and the short way to write a video."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from heygen_localize.core.fingerprint import Json
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.places import Trail

_VIDEOS: Trail = ("videos",)


def expand_sources(document: Document) -> None:
    """Write out the videos that say nothing but a source: `two: https://…`."""
    videos = as_mapping(document.data.get("videos"))
    for video, source in videos.items():
        if isinstance(source, str):
            videos[video] = {"source": source}


def report_members_beside(
    document: Document, schema: dict[str, Any], diagnostics: Diagnostics
) -> None:
    """Report members that stand beside the empty key they are meant for, and take both out.

    As one mistake: neither is the key empty, nor is there a video called `source`.
    """
    options = schema["$defs"]["video"]["properties"]
    outer, videos = document.data, as_mapping(document.data.get("videos"))
    strangers = {key for key in outer if key not in schema["properties"]}
    _report(document, (), strangers, diagnostics)
    members = {key for key, value in videos.items() if key in options and not _video(value)}
    _report(document, _VIDEOS, members, diagnostics)


def _report(
    document: Document, trail: Trail, members: Collection[str], diagnostics: Diagnostics
) -> None:
    owner: str | None = None
    for key, value in list(as_mapping(document.get(trail)).items()):
        if key not in members:
            owner = key if value is None else None
        elif owner is not None:
            here, there = document.at_key((*trail, key)), document.at_key((*trail, owner))
            message = f"{key} stands beside {owner}, which is empty, not in it"
            hint = f"indent {key} by two spaces more than {owner}"
            diagnostics.error("misplaced_key", message, here, hint, (there, "empty"))
            document.take_out((*trail, key))
            document.take_out((*trail, owner))


def _video(value: Json) -> bool:
    """Return whether a value is a video with more than a source."""
    return isinstance(value, dict) and list(value) != ["source"]
