"""What was learned of the files behind source URLs."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic


class SourceReport(Struct, frozen=True):
    """What a URL answered.

    `problem` is a definite answer that no job can be made from it. `silence` says
    why there was no answer to judge by: HeyGen may reach what this machine
    cannot. `etag` and `last_modified` are the server's words; `seconds` is the
    length of the video, `size` its bytes, where they could be read. `warning` is what people
    should know before they pay all the same.
    """

    url: str
    problem: Diagnostic | None = None
    silence: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    seconds: float | None = None
    size: int | None = None
    warning: Diagnostic | None = None


Reports = Mapping[str, SourceReport]
"""Reports by the URL as the manifest writes it."""
