"""Hosts that answer 200 with what is not the file: nothing of it is taken, and all is mended."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pull_scene import Scene
from stand_in import Asked, Reply, StandIn

from heygen_localize.operations.pull.nature import fault_of
from heygen_localize.sandbox.media.outputs import MediaFile, sample

DATA = Path(__file__).parents[2] / "data/not_the_file"
GOOD = sample(MediaFile.VIDEO)
PAGE = b"<!doctype html><html><body>Sign in</body></html>"
VIDEO = {"Content-Type": "video/mp4"}
NAME = "localized/alpha/ja.mp4"

BODIES: dict[str, tuple[Reply, str]] = {
    "nothing": (Reply(200, (DATA / "empty.mp4").read_bytes(), VIDEO), "nothing at all"),
    "JSON": (Reply(200, (DATA / "json.mp4").read_bytes(), VIDEO), "JSON"),
    "XML": (Reply(200, (DATA / "xml.mp4").read_bytes(), VIDEO), "XML"),
    "text": (Reply(200, b"upstream connect error", VIDEO), "text"),
    "HTML": (Reply(200, PAGE, VIDEO), "an HTML page"),
    "zeros": (Reply(200, bytes(5000), VIDEO), "zeros"),
    "cut": (Reply(200, GOOD[: len(GOOD) // 2], VIDEO, length=-1), "a file that is cut off"),
}


class Host:
    """Serves one reply for whatever is asked."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.server = StandIn(self._answer)

    def _answer(self, _: Asked) -> Reply:
        return self.reply


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.server.close()


@pytest.fixture
def rendered(scene: Scene, host: Host) -> Scene:
    """One finished dub, whose link in the lockfile leads to the host."""
    scene.render("alpha", languages=("ja",))

    def lead_away(targets: Any) -> None:
        targets["alpha/ja"]["outputs"]["video_url"] = f"{host.server.base}/a.mp4"

    scene.edit_lock(lead_away)
    return scene


@pytest.mark.parametrize("name", BODIES)
def test_nothing_that_is_not_the_file_is_taken(rendered: Scene, host: Host, name: str) -> None:
    host.reply, told = BODIES[name]
    ran = rendered.pull()
    assert ran.code == 1
    assert f"the file host answers with {told}" in ran.out
    assert len(host.server.asked) == 3, "tried again, and not without end"
    assert not rendered.path(NAME).exists()
    assert rendered.parts() == []
    assert "files" not in rendered.workspace.lock()["targets"]["alpha/ja"]
    assert rendered.pull("--check").code == 5

    host.reply = Reply(200, GOOD, VIDEO)
    assert rendered.pull().code == 0
    assert rendered.content(NAME) == GOOD
    assert rendered.pull("--check").code == 0


def test_one_bad_answer_is_mended_in_the_same_run(rendered: Scene, host: Host) -> None:
    replies = iter([BODIES["JSON"][0], Reply(200, GOOD, VIDEO)])
    host._answer = lambda _: next(replies)  # type: ignore[method-assign]
    host.server.close()
    host.server = StandIn(host._answer)
    base = host.server.base

    def lead_away(targets: Any) -> None:
        targets["alpha/ja"]["outputs"]["video_url"] = f"{base}/a.mp4"

    rendered.edit_lock(lead_away)
    assert rendered.pull().code == 0
    assert rendered.content(NAME) == GOOD


def test_what_was_there_stays(rendered: Scene, host: Host) -> None:
    rendered.path(NAME).parent.mkdir(parents=True)
    rendered.path(NAME).write_bytes(b"mine")
    host.reply = BODIES["XML"][0]
    assert rendered.pull().code == 1
    assert rendered.content(NAME) == b"mine"


def test_what_an_older_version_took_is_found_and_mended(rendered: Scene, host: Host) -> None:
    page = b'{"error":"expired"}'
    rendered.path(NAME).parent.mkdir(parents=True)
    rendered.path(NAME).write_bytes(page)
    taken = {"video": {"sha256": hashlib.sha256(page).hexdigest(), "size": len(page)}}

    def note(targets: Any) -> None:
        targets["alpha/ja"]["files"] = taken

    rendered.edit_lock(note)
    ran = rendered.pull("--check")
    assert ran.code == 5
    assert f"{NAME} holds JSON instead of the file" in ran.out
    (failure,) = rendered.report("--check")["failures"]
    assert failure["code"] == "download_not_a_file"
    host.reply = Reply(200, GOOD, VIDEO)
    assert rendered.pull().code == 0
    assert rendered.content(NAME) == GOOD
    assert rendered.pull("--check").code == 0


# The judge alone

SRT, VTT = sample(MediaFile.SRT), sample(MediaFile.VTT)
WAV = b"RIFF" + (1000).to_bytes(4, "little") + b"WAVEfmt " + bytes(992)


@pytest.mark.parametrize(
    ("content", "kind", "seconds"),
    [
        (GOOD, "video", 6.0),
        (GOOD, "video", None),
        (GOOD + b"\0\0\0", "video", 6.0),
        (GOOD, "audio", None),
        (sample(MediaFile.AUDIO), "audio", 6.0),
        (WAV, "audio", None),
        (SRT, "srt", 6.0),
        (b"\xef\xbb\xbf" + SRT.replace(b"\n", b"\r\n"), "srt", None),
        (VTT, "vtt", None),
        (b"WEBVTT\n", "vtt", None),
    ],
)
def test_what_is_the_file(content: bytes, kind: str, seconds: float | None) -> None:
    assert fault_of(io.BytesIO(content), len(content), kind, seconds) is None


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        (GOOD[:-1], "video", "cut off"),
        (GOOD, "srt", "another type"),
        (sample(MediaFile.AUDIO), "video", "another type"),
        (WAV[:-10], "audio", "cut off"),
        (PAGE, "srt", "HTML"),
        (PAGE, "vtt", "HTML"),
        (VTT.removeprefix(b"WEBVTT"), "vtt", "text"),
        (b"{}", "srt", "JSON"),
        (b"", "vtt", "nothing"),
        (GOOD[:8], "video", "bytes of no known type"),
        (b"\xfe\xdc" * 5000, "video", "bytes of no known type"),
    ],
)
def test_what_is_not(content: bytes, kind: str, told: str) -> None:
    fault = fault_of(io.BytesIO(content), len(content), kind, None)
    assert fault is not None
    assert told in fault


def test_a_video_of_a_tenth_of_the_job_is_not_its_dub() -> None:
    fault = fault_of(io.BytesIO(GOOD), len(GOOD), "video", 60.0)
    assert fault == "6 seconds of the 60 that the job has"


@pytest.mark.parametrize("cut", range(0, len(GOOD), max(1, len(GOOD) // 40)))
def test_no_cut_is_taken(cut: int) -> None:
    assert fault_of(io.BytesIO(GOOD[:cut]), cut, "video", 6.0) is not None
