"""Buckets that tests pull into: a folder that stands for one, or one of a true S3 server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from proxy import proxy_to
from s3_server import ACCESS, BUCKET, SECRET
from stand_in import Asked, Reply

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.core.objects import read_address

Script = Callable[[Asked, Callable[[], Reply]], "Reply | None"]
NAME = "{{ video.id }}/{{ language.tag }}.mp4"


class Store:
    """A bucket as a person sees it: its address, its files on the disk, what it was asked."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder
        self.asked: list[tuple[str, str]] = []
        self.script: Script | None = None

    @property
    def outputs(self) -> str:
        return f"outputs: {{video: '{self.address}/{NAME}'}}"

    def at(self, target: str) -> str:
        return f"{self.address}/{target}.mp4"

    def content(self, target: str) -> bytes:
        return (self.folder / f"{target}.mp4").read_bytes()

    def put(self, target: str, content: bytes) -> None:
        """Put somebody else's object there."""
        address = read_address(self.at(target))
        place = self.folder / f"{target}.mp4"
        place.unlink(missing_ok=True)
        Buckets().put(address, content, None, "video/mp4")
        assert place.read_bytes() == content

    def names(self) -> list[str]:
        """Give all files, and what is left of others."""
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file()
        )


def use_s3(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    """Lead the engine to a server, with its credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", base)
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@contextmanager
def s3_store(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """Give a folder of the server's bucket, that counts what it is asked."""
    base, bucket = server
    folder = bucket / tmp_path.name
    folder.mkdir()
    found = Store(f"s3://{BUCKET}/{tmp_path.name}", folder)

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply | None:
        found.asked.append((asked.method, asked.path))
        return forward() if found.script is None else found.script(asked, forward)

    with proxy_to(base, script) as front:
        use_s3(monkeypatch, front)
        yield found


def film(size: int, seed: int = 0) -> bytes:
    """Make what is an MP4 by its boxes, its index behind much that is no index."""

    def box(name: bytes, content: bytes) -> bytes:
        return (len(content) + 8).to_bytes(4, "big") + name + content

    head = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
    # Version, flags, times, 1,000 units a second, 95 seconds.
    times = bytes(12) + (1000).to_bytes(4, "big") + (95_000).to_bytes(4, "big") + bytes(80)
    index = box(b"moov", box(b"mvhd", times))
    rest = size - len(head) - len(index) - 16
    pattern = bytes((number * 7 + seed) % 256 for number in range(4096))
    return head + box(b"free", b"") + box(b"mdat", (pattern * (rest // 4096 + 1))[:rest]) + index
