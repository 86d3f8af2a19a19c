"""What files are by their bytes, what may stand where, and how long it is."""

from __future__ import annotations

import io
import shlex
from time import process_time

import filetype
import media_samples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heygen_localize.core.errors import Diagnostic, FileError
from heygen_localize.media import (
    HTML,
    LFS_POINTER,
    MediaType,
    Role,
    check,
    recognise,
    seconds_of,
)

MP4, WEBM, MP3, WAV, SRT = MediaType
KINDS = {
    MP4: media_samples.mp4(),
    WEBM: media_samples.webm(),
    MP3: media_samples.mp3(),
    WAV: media_samples.wav(),
}
DURATION = b"\x44\x89\x88"
AVI = b"RIFF\x00\x00\x00\x00AVI LIST" + bytes(50)
M4A = b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00M4A mp42isom" + bytes(50)
FLAC = b"fLaC" + bytes(50)
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n"
ASS = b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n"


def unfit(content: bytes, role: Role, name: str = "a.bin") -> Diagnostic:
    with pytest.raises(FileError) as caught:
        check(content, len(content), role, name)
    return caught.value.first


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_real_media_is_recognised(kind: MediaType) -> None:
    assert recognise(KINDS[kind]) == kind.value
    assert recognise(KINDS[kind][:64]) == kind.value


@given(
    st.binary(min_size=4, max_size=4) | st.integers(8, 255).map(lambda n: n.to_bytes(4, "big")),
    st.sampled_from([b"isom", b"mp41", b"mp42", b"M4V ", b"heic", b"mif1", b"avif", b"qt  "]),
    st.lists(st.sampled_from([b"isom", b"heic", b"avif", b"mp42", bytes(4)])).map(b"".join),
    st.binary(max_size=300),
)
def test_usual_videos_are_recognised_as_the_library_has_it(
    length: bytes, brand: bytes, more: bytes, rest: bytes
) -> None:
    head = length + b"ftyp" + brand + bytes(4) + more + rest
    known = filetype.guess_mime(head)
    assert known is None or recognise(head) == known


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"", None),
        (b"a", None),
        (b"\xff", None),
        (b"words and nothing more", None),
        (bytes(5000), None),
        (media_samples.srt(), None),
        (media_samples.LFS_POINTER, LFS_POINTER),
        (b"version https://hawser.github.com/spec/v1\n", LFS_POINTER),
        (b"version https://example.com/\n", None),
        (media_samples.mov(), "video/quicktime"),
        (b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat" + bytes(20), "video/quicktime"),
        (b"not skip", None),
        (media_samples.mkv(), "video/x-matroska"),
        (AVI, "video/x-msvideo"),
        (M4A, "audio/mp4"),
        (FLAC, "audio/x-flac"),
        (b"OggS" + bytes(50), "audio/ogg"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "image/png"),
        (b"\x00\x00\x00\x18ftypiso5\x00\x00\x02\x00iso6dash" + bytes(50), "video/mp4"),
        (b"\x00\x00\x00\x18ftypxxxx\x00\x00\x02\x00yyyydash" + bytes(50), "video/mp4"),
        (b"\x00\x00\x00\x18ftypxxxx\x00\x00\x02\x00yyyyzzzzdash" + bytes(50), None),
        (b"\xff\xfa\x90\x00" + bytes(50), "audio/mpeg"),
        (b"\xff\xe3\x38\xc0" + bytes(50), "audio/mpeg"),
        (b"\xff\xea\x38\xc0" + bytes(50), None),
        (b"\xff\xfe1\x00", None),
        (b"ID3\x04" + bytes(50), "audio/mpeg"),
        (b"<!DOCTYPE html>", HTML),
        (b"\xef\xbb\xbf\r\n  <HTML lang='en'>", HTML),
        (b"<?xml version='1.0'?>\n<!-- a --> <!--<b>-->\n<!doctype\nhtml>", HTML),
        (b"<head><title>Sign in", HTML),
        (b"<headless>", None),
        (b"<!-- never closed <html>", None),
        (b"<svg><title>", None),
    ],
)
def test_first_bytes(head: bytes, found: str | None) -> None:
    assert recognise(head) == found


def test_recognising_a_hostile_page_takes_no_time() -> None:
    began = process_time()
    for head in (b"<!---->" * 100_000, b"<!--" * 100_000, b" " * 1_000_000, b"<?xml ?>" * 100_000):
        assert recognise(head) is None
    assert process_time() - began < 1


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\x00\x00\x00\x20ftyp", b"PK\x03\x04", b"<"])
)
def test_any_bytes_are_recognised_or_not(rest: bytes, start: bytes) -> None:
    assert recognise(start + rest) is None or recognise(start + rest)


@pytest.mark.parametrize(
    ("kind", "role"),
    [(MP4, Role.VIDEO), (WEBM, Role.VIDEO), (MP3, Role.AUDIO), (WAV, Role.AUDIO)],
)
def test_what_fits_whatever_its_name(kind: MediaType, role: Role) -> None:
    for name in ("a.mp4", "a.txt", "a"):
        assert check(KINDS[kind], len(KINDS[kind]), role, name) is kind
    assert kind in role.accepts
    for other in set(Role) - {role}:
        assert unfit(KINDS[kind], other).code == "source_type"


MAKE_MP4 = "-c:v libx264 -c:a aac -movflags +faststart"


@pytest.mark.parametrize(
    ("content", "role", "name", "message", "hint"),
    [
        (
            media_samples.mov(),
            Role.VIDEO,
            "videos/intro.mov",
            "'videos/intro.mov' is a QuickTime movie; a video can be mp4 or webm",
            f"convert it: ffmpeg -i videos/intro.mov {MAKE_MP4} videos/intro.mp4",
        ),
        (
            media_samples.mov(),
            Role.VIDEO,
            "my intro.mp4",
            "'my intro.mp4' is a QuickTime movie; a video can be mp4 or webm",
            f"convert it: ffmpeg -i 'my intro.mp4' {MAKE_MP4} 'my intro-converted.mp4'",
        ),
        (
            media_samples.mkv(),
            Role.VIDEO,
            "-i.mkv",
            "'-i.mkv' is a Matroska video; a video can be mp4 or webm",
            f"convert it: ffmpeg -i ./-i.mkv {MAKE_MP4} ./-i.mp4",
        ),
        (
            AVI,
            Role.VIDEO,
            "a.b/old",
            "'a.b/old' is an AVI video; a video can be mp4 or webm",
            f"convert it: ffmpeg -i a.b/old {MAKE_MP4} a.b/old.mp4",
        ),
        (
            b"\x47\x40\x00\x10" + bytes(50),
            Role.VIDEO,
            "a.ts",
            "'a.ts' begins like no video, audio or other file that is known",
            f"a video can be mp4 or webm; if it is another kind: ffmpeg -i a.ts {MAKE_MP4} a.mp4",
        ),
        (KINDS[MP3], Role.VIDEO, "a.mp3", "'a.mp3' is MP3 audio; a video can be mp4 or webm", None),
        (
            FLAC,
            Role.AUDIO,
            "a.flac",
            "'a.flac' is audio/x-flac; audio can be mp3 or wav",
            "convert it: ffmpeg -i a.flac -vn a.mp3",
        ),
        (
            M4A,
            Role.AUDIO,
            "a.m4a",
            "'a.m4a' is M4A audio; audio can be mp3 or wav",
            "convert it: ffmpeg -i a.m4a -vn a.mp3",
        ),
        (
            KINDS[MP4],
            Role.AUDIO,
            "a.mp4",
            "'a.mp4' is an MP4 video; audio can be mp3 or wav",
            "convert it: ffmpeg -i a.mp4 -vn a.mp3",
        ),
        (
            VTT,
            Role.SUBTITLES,
            "a.vtt",
            "'a.vtt' holds WebVTT subtitles; subtitles can be srt",
            "convert them: ffmpeg -i a.vtt a.srt",
        ),
        (
            b"\xef\xbb\xbf" + ASS,
            Role.SUBTITLES,
            "a.srt",
            "'a.srt' holds ASS subtitles; subtitles can be srt",
            "convert them: ffmpeg -i a.srt a-converted.srt",
        ),
        (KINDS[MP4], Role.SUBTITLES, "a", "'a' is an MP4 video; subtitles can be srt", None),
        (b"%PDF-1.7\n", Role.SUBTITLES, "a", "'a' is application/pdf; subtitles can be srt", None),
        (
            b"<html>Sign in</html>",
            Role.SUBTITLES,
            "a.srt",
            "'a.srt' is a web page (HTML); subtitles can be srt",
            "download the file itself; this is a page about it",
        ),
        (
            b"<!doctype html>",
            Role.VIDEO,
            "a.mp4",
            "'a.mp4' is a web page (HTML); a video can be mp4 or webm",
            "download the file itself; this is a page about it",
        ),
    ],
)
def test_what_does_not_fit(
    content: bytes, role: Role, name: str, message: str, hint: str | None
) -> None:
    mistake = unfit(content, role, name)
    assert (mistake.code, mistake.message, mistake.hint) == ("source_type", message, hint)


def test_names_in_commands_are_quoted() -> None:
    name = "a';rm -rf $HOME\n.mov"
    hint = unfit(media_samples.mov(), Role.VIDEO, name).hint
    assert hint is not None
    assert shlex.split(hint.removeprefix("convert it: "))[2] == name


@pytest.mark.parametrize("role", Role)
def test_nothing_at_all_and_pointers(role: Role) -> None:
    assert unfit(b"", role).code == "source_empty"
    pointer = unfit(media_samples.LFS_POINTER, role)
    assert pointer.code == "source_lfs_pointer"
    assert "git lfs pull" in (pointer.hint or "")


def test_subtitles() -> None:
    for content in (
        media_samples.srt("こんにちは"),
        b"\xef\xbb\xbf" + media_samples.srt(),
        media_samples.srt().replace(b"\n", b"\r\n"),
        media_samples.srt("¿Qué?").decode().encode("utf-16"),
        b"ID3 is what this text begins with\n" + media_samples.srt(),
    ):
        assert check(content, len(content), Role.SUBTITLES, "a.txt") is SRT
    for content in (b"1\n00:00 --> 00:01\nHi\n", b"words", b"{}", b"\n\n"):
        mistake = unfit(content, Role.SUBTITLES)
        assert mistake.code == "source_no_cue"
        assert "00:00:01,000 --> 00:00:02,500" in (mistake.hint or "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hola\0", "line 3, cue 1: U+0000 NULL"),
        ("Caf\ufffd", "line 3, cue 1: U+FFFD REPLACEMENT CHARACTER"),
        ("<<<<<<< HEAD\nA\n=======\nB\n>>>>>>> topic", "line 3, cue 1: git's conflict markers"),
    ],
)
def test_subtitles_that_nobody_can_mean(text: str, told: str) -> None:
    mistake = unfit(media_samples.srt(text), Role.SUBTITLES, "a.srt")
    assert mistake.code == "source_damaged"
    assert told in mistake.message
    assert mistake.hint is not None


@pytest.mark.parametrize(
    ("encoding", "line", "name"),
    [("cp1252", 3, "WINDOWS-1252"), ("utf-16-be", 1, "UTF-16BE"), ("utf-32", 1, "UTF-32")],
)
def test_subtitles_in_other_encodings(encoding: str, line: int, name: str) -> None:
    content = media_samples.srt("¿Qué?").decode().encode(encoding)
    mistake = unfit(content, Role.SUBTITLES, "a.srt")
    assert mistake.code == "source_encoding"
    assert mistake.message == f"'a.srt' is not UTF-8 (line {line})"
    command = f"iconv -f {name} -t UTF-8 a.srt > a-converted.srt"
    assert mistake.hint == f"save it as UTF-8, or: {command}"


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        (MP4, media_samples.MP4_SECONDS),
        (WEBM, media_samples.WEBM_SECONDS),
        (MP3, media_samples.MP3_SECONDS),
        (WAV, media_samples.WAV_SECONDS),
    ],
)
def test_lengths(kind: MediaType, seconds: float) -> None:
    stream = io.BytesIO(KINDS[kind])
    stream.seek(100)
    assert seconds_of(stream, kind) == pytest.approx(seconds)


def test_a_recording_through_a_pipe_claims_no_hours() -> None:
    content = bytearray(media_samples.wav())
    content[40:44] = b"\xff\xff\xff\xff"
    assert seconds_of(io.BytesIO(content), WAV) == pytest.approx(media_samples.WAV_SECONDS, 0.05)


def test_lengths_that_are_not_told() -> None:
    content = media_samples.mp4()
    header = content.index(b"mvhd") + 16
    for duration, seconds in ((60, 60.0), (0, None), (0xFFFFFFFF, None)):
        numbers = (1).to_bytes(4, "big") + duration.to_bytes(4, "big")
        told = content[:header] + numbers + content[header + 8 :]
        assert seconds_of(io.BytesIO(told), MP4) == seconds
    live = media_samples.webm()
    at = live.index(DURATION)
    void = b"\xec\x89" + bytes(9)
    assert seconds_of(io.BytesIO(live[:at] + void + live[at + 11 :]), WEBM) is None
    assert seconds_of(io.BytesIO(media_samples.srt()), SRT) is None


def test_damaged_media_has_no_length() -> None:
    for kind, content in KINDS.items():
        for damaged in (b"", content[:3], b"words", b"\xff" * 5000):
            assert seconds_of(io.BytesIO(damaged), kind) is None
    at = KINDS[WEBM].index(DURATION) + 3
    infinite = KINDS[WEBM][:at] + b"\x7f\xf0" + bytes(6) + KINDS[WEBM][at + 8 :]
    assert seconds_of(io.BytesIO(infinite), WEBM) is None


@given(st.sampled_from(MediaType), st.binary(max_size=200), st.integers(0, 3000))
def test_any_damage_is_borne(kind: MediaType, damage: bytes, at: int) -> None:
    content = KINDS.get(kind, b"")
    content = content[:at] + damage + content[at + len(damage) :]
    seconds = seconds_of(io.BytesIO(content), kind)
    assert seconds is None or 0 < seconds <= 1_000_000


class Endless(io.RawIOBase):
    """A file of 10 TB that begins as given, and counts what is read of it."""

    def __init__(self, start: bytes, filling: bytes) -> None:
        self.start, self.filling = start, filling
        self.position = self.taken = self.reads = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        self.reads += 1
        assert 0 <= size < 65 * 1024 * 1024, "more is read at once than is bearable"
        begin, self.position = self.position, self.position + size
        return self.start[begin : self.position].ljust(size, self.filling)

    def seek(self, offset: int, whence: int = 0) -> int:
        self.position = offset + (0, self.position, 10**13)[whence]
        return self.position

    def tell(self) -> int:
        return self.position


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        (MP3, b"ID3\x04\x00\x00\x00\x00\x00\x00"),
        (MP4, KINDS[MP4][:32] + b"\xff\xff\xff\xffmoov\xff\xff\xff\xfemvhd"),
        (MP4, KINDS[MP4][:32] + b"\x00\x00\x00\x08free" * 10_000),
        (WAV, b"RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff"),
        (WEBM, KINDS[WEBM][:40]),
        (WEBM, KINDS[WEBM][:45] + b"\x01" + bytes(7)),
    ],
)
@pytest.mark.parametrize("filling", [b"\x00", b"\x80"])
def test_reading_damage_is_bounded(kind: MediaType, start: bytes, filling: bytes) -> None:
    endless = Endless(start, filling)
    seconds_of(endless, kind)  # type: ignore[arg-type]
    assert endless.taken <= 64 * 1024 * 1024
    assert endless.reads <= 20_000
