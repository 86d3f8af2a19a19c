"""Subtitle files on a real disk: read as they are, never written over, never beyond the folder."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from core_builders import PROJECT, digest, target

from heygen_localize.core.errors import TextError
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Manifest
from heygen_localize.core.proofread import Approval, Proofread, ReviewText, SessionStatus
from heygen_localize.project import subtitle_files as texts
from heygen_localize.project.subtitle_files import MachineTexts, content_of, with_texts, write_text

PATH = "subtitles/intro/es-MX.srt"
ADDRESS = "intro/es-MX"
TEXT = "1\n00:00:00,000 --> 00:00:01,000\nHola\n\n2\n00:00:01,000 --> 00:00:02,000\n¿Qué?\n"
SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()


def review(**fields: Any) -> Proofread:
    made = {"source_path": "subtitles/intro/source.srt", "session": digest("S")}
    return Proofread(PATH, **(made | fields))


def session(**fields: Any) -> LockedSession:
    return LockedSession(digest("S"), "pr_1", SessionStatus.COMPLETED, **fields)


def read(folder: Path, lock: Lock | None = None, **fields: Any) -> ReviewText | None:
    """Read the one target's text, as a plan does."""
    wanted = target(ADDRESS, "S", proofread=review(**fields))
    manifest = Manifest(folder / "localize.yaml", PROJECT, (wanted, target("plain/ja", "P")))
    found, plain = with_texts(manifest, lock or Lock(PROJECT)).targets
    assert plain == target("plain/ja", "P")
    assert found.proofread is not None
    text = found.proofread.text
    assert (found.fingerprint != wanted.fingerprint) is (text is not None and text.approved)
    return text


def put(folder: Path, content: bytes = TEXT.encode()) -> Path:
    path = folder / PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def unreadable(text: ReviewText | None) -> bool:
    return text is not None and [one.code for one in text.mistakes] == ["subtitles_unreadable"]


# Reading


def test_a_text_and_none(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    put(tmp_path)
    text = read(tmp_path)
    assert text is not None
    assert (text.sha256, text.size, text.approved) == (SHA256, len(TEXT.encode()), False)
    assert (text.mistakes, text.warnings) == ((), ())


@pytest.mark.parametrize("lead", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
def test_what_editors_change_unseen_changes_nothing(
    tmp_path: Path, lead: bytes, ends: bytes
) -> None:
    put(tmp_path, lead + TEXT.encode().replace(b"\n", ends))
    text = read(tmp_path)
    assert text is not None
    assert text.sha256 == SHA256
    assert not text.mistakes
    assert content_of(review(), tmp_path) == TEXT.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        TEXT.encode("utf-16-le"),
        b"1\n00:00:00,000 --> 00:00:01,000\ncaf\xe9\n",
        b"hm\n",
    ],
)
def test_what_is_no_subtitles_is_a_mistake(tmp_path: Path, content: bytes) -> None:
    put(tmp_path, content)
    text = read(tmp_path)
    assert text is not None
    assert text.mistakes
    assert text.cues == ""
    assert all(one.where.file == PATH for one in text.mistakes)


def test_mistakes_name_line_and_cue_and_warnings_stand_apart(tmp_path: Path) -> None:
    put(tmp_path, TEXT.replace("00:00:01,000 --> 00:00:02", "00:00:00,500 --> 00:00:02").encode())
    text = read(tmp_path, max_line_length=3)
    assert text is not None
    mistake, *_ = text.mistakes
    assert mistake.where.line in (5, 6)
    assert mistake.message.startswith("cue 2: ")
    assert any("cue 1: " in one.message for one in text.warnings)


def test_the_machines_text_is_what_times_are_held_against(tmp_path: Path) -> None:
    kept = MachineTexts(tmp_path / "localize.yaml").keep(TEXT.encode())
    put(tmp_path, TEXT.replace("00:00:02,000", "00:00:02,100").encode())
    known = Lock(PROJECT, sessions={ADDRESS: session(machine=kept)})
    found, alone = read(tmp_path, known), read(tmp_path)
    assert found is not None
    assert found.mistakes
    assert alone is not None
    assert not alone.mistakes
    other = Lock(
        PROJECT, sessions={ADDRESS: LockedSession("T", "pr", SessionStatus.COMPLETED, machine=kept)}
    )
    assert read(tmp_path, other) == alone, "a session of something else says nothing"


# Approval


def test_a_commands_approval_counts_without_git(tmp_path: Path) -> None:
    put(tmp_path)
    for approval in Approval:
        text = read(tmp_path, Lock(PROJECT, approvals={ADDRESS: SHA256}), approval=approval)
        assert text is not None
        assert text.approved
    text = read(tmp_path, Lock(PROJECT, approvals={ADDRESS: digest("another")}))
    assert text is not None
    assert not text.approved


# What stands in the way is neither read nor taken for nothing: that would pay for a session


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / PATH).mkdir(parents=True)
    assert unreadable(read(tmp_path))


def test_a_file_where_its_folder_would_be(tmp_path: Path) -> None:
    (tmp_path / "subtitles").write_text("mine")
    assert unreadable(read(tmp_path))


def test_a_huge_file(tmp_path: Path) -> None:
    path = put(tmp_path)
    with path.open("r+b") as file:
        file.truncate(2_000_001)
    assert unreadable(read(tmp_path))
    assert content_of(review(), tmp_path) is None


@pytest.mark.parametrize("there", [True, False], ids=["there", "dangling"])
def test_a_link_that_leads_out(tmp_path: Path, there: bool) -> None:
    outside = tmp_path / "outside.srt"
    if there:
        outside.write_text(TEXT)
    folder = tmp_path / "work"
    place = folder / PATH
    place.parent.mkdir(parents=True)
    place.symlink_to(outside)
    text = read(folder, Lock(PROJECT, approvals={ADDRESS: ""}))
    assert unreadable(text)
    assert text is not None
    assert not text.approved, "not even where an approval is of nothing"


def test_links_in_a_circle(tmp_path: Path) -> None:
    place = tmp_path / PATH
    place.parent.mkdir(parents=True)
    place.symlink_to(place)
    assert unreadable(read(tmp_path))


def test_a_link_inside_is_not_followed_either(tmp_path: Path) -> None:
    put(tmp_path).rename(tmp_path / "elsewhere.srt")
    (tmp_path / PATH).symlink_to(tmp_path / "elsewhere.srt")
    assert unreadable(read(tmp_path))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path)
    usual = os.open

    def refusing(name: object, *arguments: object, **named: object) -> int:
        if name == path.name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return usual(name, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refusing)  # root may read everything
    assert unreadable(read(tmp_path))


# The vendor's text


def test_the_vendors_text_is_kept_by_its_hash(tmp_path: Path) -> None:
    machines = MachineTexts(tmp_path / "localize.yaml")
    assert machines.of(session(machine=SHA256)) is None, "there is no folder yet"
    assert machines.keep(TEXT.encode()) == SHA256
    assert machines.keep(TEXT.encode()) == SHA256
    assert machines.of(session(machine=SHA256)) == TEXT.encode()
    assert (tmp_path / ".localize/.gitignore").read_text() == "*\n"


@pytest.mark.parametrize("name", [None, "", "../../localize", "a" * 63, "A" * 64, f"{SHA256}\n"])
def test_a_name_from_a_lockfile_is_not_trusted(tmp_path: Path, name: str | None) -> None:
    machines = MachineTexts(tmp_path / "localize.yaml")
    machines.keep(TEXT.encode())
    assert machines.of(session(machine=name)) is None
    assert machines.of(None) is None


def test_a_kept_text_that_was_changed_counts_for_nothing(tmp_path: Path) -> None:
    machines = MachineTexts(tmp_path / "localize.yaml")
    name = machines.keep(TEXT.encode())
    (tmp_path / f".localize/localize/proofreads/{name}.srt").write_text("other")
    assert machines.of(session(machine=name)) is None


# Writing


def test_a_text_is_written_once(tmp_path: Path) -> None:
    manifest = tmp_path / "localize.yaml"
    assert write_text(manifest, PATH, b"first")
    assert not write_text(manifest, PATH, b"second")
    assert (tmp_path / PATH).read_bytes() == b"first"
    assert (tmp_path / PATH).stat().st_mode & 0o777 == 0o644
    assert [path.name for path in (tmp_path / PATH).parent.iterdir()] == ["es-MX.srt"]


def test_a_text_is_never_written_through_a_link(tmp_path: Path) -> None:
    folder, outside = tmp_path / "work", tmp_path / "outside"
    place = folder / PATH
    place.parent.mkdir(parents=True)
    place.symlink_to(outside)
    assert not write_text(folder / "localize.yaml", PATH, b"mine")
    assert not outside.exists()


def test_a_folder_that_leads_out(tmp_path: Path) -> None:
    folder, outside = tmp_path / "work", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "subtitles").symlink_to(outside)
    with pytest.raises(TextError, match="subtitles is a link, and none is followed"):
        write_text(folder / "localize.yaml", PATH, b"mine")
    assert not list(outside.iterdir())


def test_a_disk_that_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TextError, match="No space left on device"):
        write_text(tmp_path / "localize.yaml", PATH, b"mine")
    assert not list((tmp_path / PATH).parent.iterdir())


def test_a_manifest_without_reviews_asks_no_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("git was asked")

    monkeypatch.setattr(texts, "committed", asked)
    manifest = Manifest(tmp_path / "localize.yaml", PROJECT, (target(),))
    assert with_texts(manifest, Lock(PROJECT)) is manifest
