"""Links to a page about a video, known by their host: no file, whatever they answer. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.sources import SourceReport
from heygen_localize.media.types import Role

NOUNS = {Role.VIDEO: "the source", Role.AUDIO: "the audio", Role.SUBTITLES: "the subtitles file"}
"""What problems call a file, by its role."""


class _Site(Struct, frozen=True):
    """A site of share links; some words in a query make them lead to the file after all."""

    hosts: tuple[str, ...]
    name: str
    hint: str
    leading_to_files: tuple[str, ...] = ()
    perhaps_taken: bool = False


_DOWNLOAD = "download the video and put it beside the manifest (source: ./video.mp4)"
_SITES = (
    _Site(
        ("drive.google.com", "docs.google.com"),
        "Google Drive",
        f"{_DOWNLOAD}; Drive asks for a click before it gives large files",
        ("export=download",),
        perhaps_taken=True,
    ),
    _Site(
        ("dropbox.com", "www.dropbox.com"),
        "Dropbox",
        "end the link with dl=1 instead of dl=0: then it leads to the file itself",
        ("dl=1", "raw=1"),
    ),
    _Site(("loom.com", "www.loom.com"), "Loom", _DOWNLOAD),
    _Site(
        ("youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be"),
        "YouTube",
        f"{_DOWNLOAD}, from where it was made",
        perhaps_taken=True,
    ),
    _Site(("vimeo.com", "www.vimeo.com"), "Vimeo", _DOWNLOAD, perhaps_taken=True),
)
"""Sites whose links lead to a page (docs/vendor/behaviour.md, "Source files")."""


_ANY_SITE = re.compile(
    "|".join(re.escape(host) for site in _SITES for host in site.hosts), re.IGNORECASE
)
"""What an address of one of them cannot be without."""


def share_page(url: str, role: Role = Role.VIDEO) -> SourceReport | None:
    """Recognise a link to a page about a video, by its host; None for any other.

    HeyGen may take public pages of some sites since May 2026, and its pages disagree
    (docs/vendor/behaviour.md, "Source files"): that is for people to know, and no refusal.
    """
    if _ANY_SITE.search(url) is None:
        return None
    parts = urlsplit(url)
    for site in _SITES:
        leads_to_file = not {*parts.query.split("&")}.isdisjoint(site.leading_to_files)
        if parts.hostname not in site.hosts or leads_to_file:
            continue
        told = f"{NOUNS[role]} is a {site.name} page about the video, not the file itself"
        if site.perhaps_taken:
            doubt = "HeyGen's pages disagree on whether it takes public ones; a job may fail"
            warning = Diagnostic("source_share_page", f"{told}: {doubt}", hint=site.hint)
            return SourceReport(url, warning=warning)
        return SourceReport(url, Diagnostic("source_share_page", told, hint=site.hint))
    return None
