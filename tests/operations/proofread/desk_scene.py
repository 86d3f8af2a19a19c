"""Reviews in any stage, written by hand: a manifest, a lockfile, texts, the vendor's texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace
from workspaces import Workspace, write_lock

from heygen_localize.core.lock import Lock, LockedJob, LockedSession, LockEntry
from heygen_localize.core.model import JobStatus, Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.project.lockfile.store import read_lock
from heygen_localize.project.project import Project
from heygen_localize.project.subtitle_files import MachineTexts
from heygen_localize.subtitles import Cue, Transcript, cues_digest, read, write

ES, JA = "intro/es-MX", "intro/ja"
WORDS = ("Hola a HeyGen", "El tren sale", "Adiós")
SOURCE = ("Hello at HeyGen", "The train leaves", "Goodbye")
MANIFEST = """\
version: 1
project: test
languages: [es-MX, ja]
defaults: {proofread: {approval: explicit}}
terms: {HeyGen: keep, train: {es: tren}}
videos:
  intro: {source: "https://cdn.example.com/intro.mp4", duration: 60}
"""


def srt(*texts: str, shift: int = 0) -> bytes:
    """Write cues of a second and a half, one each two seconds."""
    return write(
        Transcript(
            tuple(
                Cue(place + 1, place * 2000 + shift, place * 2000 + 1500 + shift, text, 1)
                for place, text in enumerate(texts)
            )
        )
    )


class Scene:
    """A workspace whose reviews are where a test wants them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.folder = workspace.folder
        self.run = workspace.run
        workspace.write(MANIFEST)

    def path(self, address: str = ES) -> Path:
        return self.folder / f"subtitles/{address}.srt"

    def text(self, content: bytes, address: str = ES) -> None:
        """Write a reviewed text."""
        path = self.path(address)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def source(self, content: bytes) -> None:
        path = self.folder / "subtitles/intro/source.srt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def target(self, address: str = ES) -> Target:
        manifest = Project.open(self.workspace.manifest).manifest
        return next(target for target in manifest.targets if target.address == address)

    @property
    def lock(self) -> Lock:
        return read_lock(self.workspace.lockfile) or Lock("test")

    def write_lock(self, lock: Lock) -> None:
        write_lock(self.workspace.lockfile, lock, keep_urls=True)

    def session(
        self,
        vendor: bytes | None = None,
        address: str = ES,
        *,
        kept: bool = True,
        status: str = "completed",
        **fields: Any,
    ) -> LockedSession:
        """Write a session; with the vendor's text as one that was fetched."""
        review = self.target(address).proofread
        assert review is not None
        session = LockedSession(review.session, f"pr_{address[-2:]}", SessionStatus(status))
        if vendor is not None:
            texts = MachineTexts(self.workspace.manifest)
            session = replace(session, machine=texts.keep(vendor), cues=cues_digest(read(vendor)))
            if not kept:
                self.forget()
        session = replace(session, **fields)
        lock = self.lock
        self.write_lock(replace(lock, sessions={**lock.sessions, address: session}))
        return session

    def forget(self) -> None:
        """Take the vendor's texts off this machine."""
        for kept in (self.folder / ".localize/localize/proofreads").glob("*.srt"):
            kept.unlink()

    def approve(self, address: str = ES) -> None:
        assert self.run("proofread", "approve", address).code == 0

    def job(self, status: str, address: str = ES) -> None:
        """Write a job that was ordered for what the manifest wants now."""
        job = LockedJob(self.target(address).fingerprint, "tr_1", JobStatus(status))
        lock = self.lock
        entries = {**lock.entries, address: LockEntry("Spanish (Mexico)", job)}
        self.write_lock(replace(lock, entries=entries))

    def stage(self, address: str = ES) -> str:
        """Ask the command line how far a review is."""
        ran = self.run("proofread", "status", "--target", address, "--format", "json")
        assert ran.code == 0, ran.out
        (row,) = ran.json()["targets"]
        return str(row["stage"])
