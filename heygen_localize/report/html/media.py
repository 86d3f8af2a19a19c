"""What a page can play and link to: pulled files where they are there, links otherwise.

Only https, paths from the page's folder and, for the sandbox, http to this machine
become links: whatever else a manifest or a lockfile holds stays out of the page.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from msgspec import Struct

from heygen_localize.core.errors import SubtitleError
from heygen_localize.core.lock import LockedJob
from heygen_localize.core.model import Media, MediaKind, Target
from heygen_localize.core.urls import may_open
from heygen_localize.planning.pull import CAPTIONS, link
from heygen_localize.subtitles import read

_MOST_LINKS = 700_000
_MOST_CAPTIONS = 400_000
_LARGEST_CAPTIONS = 100_000
"""Bytes in a page of all links, of all captions, and of one target's captions."""

_NAMES = {"video": "video", "audio": "sound", "vtt": "captions (vtt)", "srt": "captions (srt)"}


class Link(Struct, frozen=True):
    """Something to open. `plays` what fills a player, `track` what is its captions.

    `captions` is the text of a track, as WebVTT, where the page itself holds it.
    """

    name: str
    href: str
    plays: bool = False
    track: bool = False
    captions: str | None = None


class Files(Struct, frozen=True):
    """A target's files. `expires_at`, in seconds since 1970, where links to them end."""

    links: tuple[Link, ...] = ()
    expires_at: int | None = None


class Disk(Protocol):
    """The checkout's files, as far as a page needs them; those of `Checkout`."""

    @property
    def root(self) -> Path:
        """The manifest's folder."""

    def size(self, path: Path) -> int | None:
        """Return a file's size in bytes; None where there is none."""

    def read(self, path: Path, most: int) -> bytes | None:
        """Return a file's content; None where it cannot be read, or is larger."""


class PageMedia:
    """Finds the files of one target after another, as many as a page can hold.

    `signed` says whether links that open a file to whoever has them may stand in the
    page; `dropped` counts the links that it had no room for.
    """

    def __init__(self, page: Path, disk: Disk, *, signed: bool, loopback: bool) -> None:
        self._from, self._root, self._disk = page.parent.resolve(), disk.root.resolve(), disk
        self._signed, self._loopback = signed, loopback
        self._links_left, self._captions_left = _MOST_LINKS, _MOST_CAPTIONS
        self.dropped = 0
        self.holds_signed = False

    def source(self, media: Media) -> Link | None:
        """Return a video's source; None where it cannot be opened from the page."""
        if media.kind is MediaKind.FILE:
            return self._source(self._relative(self._root / media.reference))
        return self.source_at(media.reference) if media.kind is MediaKind.URL else None

    def source_at(self, address: str) -> Link | None:
        """Return the source at an address; a query may be a signature."""
        signed = "?" in address
        found = self._source(self._web(address)) if self._signed or not signed else None
        self.holds_signed |= signed and found is not None
        return found

    def _source(self, href: str | None) -> Link | None:
        return self._kept(Link("source", href, plays=True)) if href else None

    def files(self, target: Target | None, job: LockedJob | None) -> Files:
        """Return the files of the job whose files are good to use now."""
        if job is None:
            return Files()
        wanted = {output.kind: output.path for output in target.outputs} if target else {}
        pulled = {
            kind: place for kind, path in wanted.items() if (place := self._pulled(job, kind, path))
        }
        found = [self._file(kind, pulled.get(kind), job) for kind in ("video", "audio")]
        links = [item for item in found if item is not None]
        # One player a target; the sound alone is one where there is no picture.
        links = [*links[:1], *(Link(item.name, item.href) for item in links[1:])]
        captions = next((kind for kind in ("vtt", "srt") if kind in pulled), None)
        if captions is None:
            captions = next((kind for kind in ("vtt", "srt") if link(job.outputs, kind)), None)
        track = self._file(captions, pulled.get(captions), job) if captions else None
        links += [track] if track else []
        kept = tuple(item for item in links if self._kept(item))
        signed = {link(job.outputs, kind) for kind in _NAMES}
        ends = any(item.href in signed for item in kept)
        self.holds_signed |= ends
        return Files(kept, job.outputs.expires_at if ends else None)

    def _file(self, kind: str, pulled: Path | None, job: LockedJob) -> Link | None:
        """Return the pulled file, else HeyGen's link, else where the team serves it."""
        is_captions = kind in CAPTIONS
        if pulled is not None and (href := self._relative(pulled)):
            text = self._embedded(kind, pulled) if is_captions else None
            return Link(_NAMES[kind], href, not is_captions, text is not None, text)
        address = self._web(link(job.outputs, kind)) if self._signed else None
        if address is None and kind == "video":
            address = self._web(job.public_url)
        if address is None:
            return None
        return Link(_NAMES[kind], address, not is_captions, kind == "vtt")

    def _kept(self, item: Link) -> Link | None:
        size = len(item.href.encode())
        if size > self._links_left:
            self.dropped += 1
            return None
        self._links_left -= size
        return item

    def _web(self, text: str | None) -> str | None:
        return text if text and may_open(text, self._loopback) else None

    def _relative(self, path: Path) -> str | None:
        try:
            way = Path(os.path.relpath(path, self._from)).as_posix()
        except ValueError:
            return None  # Another drive of Windows.
        # Quoted, and from a dot, no name is taken for a scheme, a host or a query.
        named = way if way.startswith("../") else f"./{way}"
        # A name need not be UTF-8: its bytes are what a browser asks the disk for.
        return quote(named, safe="/", errors="surrogateescape")

    def _pulled(self, job: LockedJob, kind: str, name: str) -> Path | None:
        """Return a file if it is there as it was pulled, as far as its size tells."""
        known = job.files.get(kind)
        if known is None:
            return None
        path = self._root / name
        return path if self._disk.size(path) == known.size else None

    def _embedded(self, kind: str, path: Path) -> str | None:
        """Return captions as WebVTT, while there is room: a page from the disk loads no track."""
        content = self._disk.read(path, _LARGEST_CAPTIONS)
        text = None if content is None else web_captions(kind, content)
        size = len((text or "").encode())
        if text is None or size > self._captions_left:
            return None
        self._captions_left -= size
        return text


def web_captions(kind: str, content: bytes) -> str | None:
    """Return captions as WebVTT; None where the bytes are none."""
    if kind == "vtt":
        text = content.decode("utf-8-sig", errors="replace")
        return text if text.startswith("WEBVTT") else None
    try:
        cues = read(content).cues
    except SubtitleError:
        return None
    blocks = [
        f"{_time(cue.start)} --> {_time(cue.end)}\n{_cue_text(cue.text)}\n"
        for cue in cues
        if cue.text.strip()
    ]
    return "\n".join(["WEBVTT\n", *blocks])


_MARKUP = re.compile(r"<(?!/?[ibu]>)")
"""What begins no tag that SubRip and WebVTT share."""


def _cue_text(text: str) -> str:
    """Write a cue's text for WebVTT, where a blank line ends it and `-->` begins another."""
    kept = "\n".join(line for line in text.split("\n") if line.strip())
    return _MARKUP.sub("&lt;", kept.replace("&", "&amp;")).replace("-->", "--&gt;")


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
