"""What the lock remembers, how it is written and read, and what `status` makes of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from core_builders import (
    ADDRESS,
    NOW,
    PROJECT,
    digest,
    entry,
    files_of,
    job,
    lock,
    locked,
    target,
    url_media,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from workspaces import write_lock

from heygen_localize.core.errors import ExitCode, LockfileError, Where
from heygen_localize.core.gates import release, sync_gates
from heygen_localize.core.lock import (
    Lock,
    LockedJob,
    LockedSource,
    LockEntry,
    PulledFile,
    counting_on,
    follow,
    observe,
)
from heygen_localize.core.locked_check import LockedCheck
from heygen_localize.core.locked_target import source_of
from heygen_localize.core.measurement import (
    CaptionMeasurement,
    Loudness,
    Measurement,
    Stretch,
    VideoStream,
)
from heygen_localize.core.model import (
    NO_OUTPUTS,
    JobStatus,
    LockUrls,
    Manifest,
    Media,
    MediaKind,
    OutputUrls,
)
from heygen_localize.core.text import sanitize, valid_id
from heygen_localize.planning.status import StatusRow, TargetStatus, target_statuses
from heygen_localize.project.lockfile import store as lockfile
from heygen_localize.project.lockfile.store import lock_text, read_lock
from heygen_localize.system.files import write_atomically

# Following a target from job to job.


def followed(known: LockEntry | None, job: LockedJob) -> tuple[str, str | None, tuple[str, ...]]:
    made = follow(known, "German", job, 2)
    assert (made.language, made.attempts, made.job) == ("German", 2, job)
    return (
        made.job.translation_id,
        made.serving.translation_id if made.serving is not None else None,
        made.superseded,
    )


FOLLOWED: dict[str, tuple[LockEntry | None, LockedJob, tuple[str, str | None, tuple[str, ...]]]] = {
    "the first": (None, locked("j1", status="pending"), ("j1", None, ())),
    "its end": (entry("j1", "A", "pending"), locked("j1"), ("j1", None, ())),
    "its failure": (
        entry("j1", "A", "pending"),
        locked("j1", "A", "failed"),
        ("j1", None, ()),
    ),
    "a replacement on its way": (
        entry("j1"),
        locked("j2", "B", "pending"),
        ("j2", "j1", ()),
    ),
    "a replacement completed": (
        entry("j2", "B", "running", serving=locked("j1")),
        locked("j2", "B"),
        ("j2", None, ("j1",)),
    ),
    "a replacement failed": (
        entry("j2", "B", "running", serving=locked("j1")),
        locked("j2", "B", "failed"),
        ("j2", "j1", ()),
    ),
    "a first one that is held": (
        entry("j1", "A", "running", held=True),
        locked("j1", "A", held=True),
        ("j1", None, ()),
    ),
    "a replacement that is held": (
        entry("j2", "B", "running", serving=locked("j1"), held=True),
        locked("j2", "B", held=True),
        ("j2", "j1", ()),
    ),
    "a replacement completed at once, and held": (
        entry("j1"),
        locked("j2", "B", held=True),
        ("j2", "j1", ()),
    ),
    "one that is held no more": (
        entry("j2", "B", serving=locked("j1"), held=True),
        locked("j2", "B"),
        ("j2", None, ("j1",)),
    ),
    "a replacement of a held one": (
        entry("j2", "B", serving=locked("j1"), held=True),
        locked("j3", "C", "pending", held=True),
        ("j3", "j1", ("j2",)),
    ),
    "back to the serving one from a held one": (
        entry("j2", "B", serving=locked("j1"), held=True),
        locked("j1"),
        ("j1", None, ("j2",)),
    ),
    "a replacement of a failed replacement": (
        entry("j2", "B", "failed", serving=locked("j1"), superseded=("j0",)),
        locked("j3", "C", "pending"),
        ("j3", "j1", ("j0",)),
    ),
    "a replacement of one on its way": (
        entry("j2", "B", "running", serving=locked("j1")),
        locked("j3", "C", "pending"),
        ("j3", "j1", ("j2",)),
    ),
    "a replacement completed at once": (entry("j1"), locked("j2", "B"), ("j2", None, ("j1",))),
    "back to the one that still serves": (
        entry("j2", "B", "running", serving=locked("j1")),
        locked("j1"),
        ("j1", None, ("j2",)),
    ),
    "back to the serving one, seen running again": (
        entry("j2", "B", "running", serving=locked("j1")),
        locked("j1", "A", "running"),
        ("j1", None, ("j2",)),
    ),
    "back to a superseded one": (
        entry("j2", "B", superseded=("j0", "j1")),
        locked("j1"),
        ("j1", None, ("j0", "j2")),
    ),
    "a retry of a failure": (
        entry("j1", "A", "failed"),
        locked("j2", "A", "pending"),
        ("j2", None, ()),
    ),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_replacement_never_takes_the_old_dub_down(name: str) -> None:
    known, job, expected = FOLLOWED[name]
    assert followed(known, job) == expected


def test_superseded_ids_stand_in_order() -> None:
    many = tuple(f"j{number}" for number in range(8))
    made = follow(entry("j9", superseded=many[::-1]), "German", locked("k1"), 1)
    assert made.superseded == (*many, "j9")


def test_what_serves_is_the_newest_completed_job() -> None:
    old = locked("j1")
    assert entry("j2").served == locked("j2")
    assert entry("j2", "B", "running", serving=old).served == old
    assert entry("j2", "B", "failed").served is None
    assert entry("j2", "B", "running", serving=old).ids() == {"j1", "j2"}
    assert entry("j2").ids() == {"j2"}


def test_the_tag_of_a_locked_address_keeps_its_name() -> None:
    assert lock({"a/es-MX": entry("j1")}).languages() == {"es-MX": "Spanish (Mexico)"}


def test_the_lock_stands_beside_the_manifest() -> None:
    manifest = Manifest(Path("folder/films.yaml"), PROJECT, ())
    assert manifest.lock_path == Path("folder/films.lock")
    assert manifest.lock_urls is LockUrls.KEEP


# Observing.


def test_news_of_a_job_are_taken_in() -> None:
    known = locked("j1", "A", "running", title="Title", source=LockedSource(url="u"))
    found = job("j1", duration=9.5, created_at=5, title="Folded", failure_message="odd")
    assert observe(known, found) == replace(
        known,
        status=JobStatus.COMPLETED,
        duration=9.5,
        created_at=5,
        failure_message="odd",
        outputs=files_of("j1", JobStatus.COMPLETED),
    )


def test_what_an_answer_does_not_tell_is_kept() -> None:
    known = locked("j1", "A", "failed", duration=9.5, created_at=5, failure_message="old")
    seen = observe(known, job("j1", "A", "running", created_at=None))
    assert (seen.duration, seen.created_at, seen.failure_message) == (9.5, 5, None)


def test_zero_is_told() -> None:
    known = locked("j1", duration=9.5, created_at=5)
    seen = observe(known, job("j1", duration=0.0, created_at=0))
    assert (seen.duration, seen.created_at) == (0.0, 0)


def test_links_change_only_where_they_name_another_file() -> None:
    known = locked("j1", outputs=OutputUrls(video_url="https://one.example.com/v.mp4?Expires=1"))
    again = OutputUrls(video_url="https://two.example.com/v.mp4?Expires=2", expires_at=2)
    other = OutputUrls(video_url="https://one.example.com/w.mp4?Expires=1")
    assert observe(known, job("j1", outputs=again)).outputs == known.outputs
    assert observe(known, job("j1", outputs=other)).outputs == other


@pytest.mark.parametrize(
    ("source", "identity", "expected"),
    [
        (url_media("https://x.example.com/v?a=1#f"), None, "https://x.example.com/v?a=1#f"),
        (url_media("https://x.example.com/v?sig=1#f"), "film", "https://x.example.com/v"),
    ],
)
def test_a_url_is_remembered_without_its_signature(
    source: Media, identity: str | None, expected: str
) -> None:
    wanted = target(source=source, settings={"identity": identity, "title": "Title"})
    assert source_of(wanted, {}) == LockedSource(url=expected)


def test_assets_and_files_are_remembered_by_what_they_are() -> None:
    asset = Media(MediaKind.ASSET, "asset_1", "keynote")
    file = Media(MediaKind.FILE, "v.mp4", "keynote", "f" * 64)
    assert source_of(target(source=asset), {}) == LockedSource(asset_id="asset_1")
    assert source_of(target(source=file), {}) == LockedSource(sha256="f" * 64)


# Writing and reading.

FULL = lock(
    {
        "b/ja": entry("j3", "B", "failed", attempts=3, failure_message="kein Ton – 音声なし"),
        ADDRESS: entry(
            "j2",
            "A",
            "running",
            serving=locked("j1", "Z", title="Old"),
            superseded=("j0",),
            title="Title",
            duration=12.5,
            created_at=NOW,
            source=LockedSource(url="https://cdn.example.com/intro.mp4"),
        ),
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "localize.lock"


def test_a_lockfile_is_the_same_to_the_byte(path: Path) -> None:
    write_lock(path, FULL, keep_urls=True)
    assert (
        path.read_bytes().decode()
        == f"""\
{{
  "lockfile_version": 1,
  "project": "acme",
  "targets": {{
    "b/ja": {{
      "attempts": 3,
      "failure_message": "kein Ton – 音声なし",
      "fingerprint": "{digest("B")}",
      "language": "Spanish (Mexico)",
      "source": {{}},
      "status": "failed",
      "translation_id": "j3"
    }},
    "intro/es-MX": {{
      "attempts": 1,
      "created_at": 1760000000,
      "duration": 12.5,
      "fingerprint": "{digest("A")}",
      "language": "Spanish (Mexico)",
      "serving": {{
        "fingerprint": "{digest("Z")}",
        "outputs": {{
          "video_url": "https://files.example.com/j1.mp4?Expires=1760000000"
        }},
        "source": {{}},
        "status": "completed",
        "title": "Old",
        "translation_id": "j1"
      }},
      "source": {{
        "url": "https://cdn.example.com/intro.mp4"
      }},
      "status": "running",
      "superseded": [
        "j0"
      ],
      "title": "Title",
      "translation_id": "j2"
    }}
  }}
}}
"""
    )


def test_the_order_of_entries_does_not_reach_the_file() -> None:
    turned = Lock(PROJECT, dict(reversed(FULL.entries.items())))
    assert lock_text(turned) == lock_text(FULL)


def test_a_lockfile_that_would_stay_the_same_is_not_written(path: Path) -> None:
    assert write_lock(path, FULL, keep_urls=True)
    before = path.stat()
    assert not write_lock(path, FULL, keep_urls=True)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert write_lock(path, lock(), keep_urls=True)
    assert read_lock(path) == lock()


def test_without_urls_no_link_reaches_the_file(path: Path) -> None:
    write_lock(path, lock({ADDRESS: entry("j2", serving=locked("j1"))}), keep_urls=False)
    assert "https:" not in path.read_text()
    found = read_lock(path)
    assert found is not None
    assert found.entries[ADDRESS].job.outputs == NO_OUTPUTS


whole = st.integers(0, 253_402_300_799)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
cleaned = texts.map(sanitize).filter(bool)
names = st.from_regex(r"[A-Za-z0-9._:-]{1,20}", fullmatch=True).filter(valid_id)
urls = st.from_regex(r"https?://[a-z]{1,9}/[a-z]{0,5}(\?[A-Za-z]=[0-9]{0,9})?", fullmatch=True)
moments, counts = st.floats(0, 1e6), st.integers(0, 10**12)
checks = st.builds(
    LockedCheck,
    sha256=st.just(digest("A")),
    measuring=st.just(1),
    media=st.none()
    | st.builds(
        Measurement,
        moments,
        video=st.none()
        | st.builds(VideoStream, st.just("h264"), counts, counts, counts, moments, st.just(25.0)),
        loudness=st.none() | st.builds(Loudness, st.none() | st.floats(-200, 200)),
        silence=st.lists(st.builds(Stretch, moments, moments), max_size=9).map(tuple),
    ).map(Measurement.summary),
    captions=st.none() | st.builds(CaptionMeasurement, counts, st.none() | moments),
)
jobs = st.builds(
    LockedJob,
    fingerprint=st.sampled_from("ABC").map(digest),
    translation_id=names,
    status=st.sampled_from(JobStatus),
    title=st.none() | texts,
    duration=st.none() | st.floats(0, 1e9),
    created_at=st.none() | whole,
    failure_message=st.none() | cleaned,
    source=st.builds(
        LockedSource,
        url=st.none() | texts,
        asset_id=st.none() | texts,
        sha256=st.none() | st.just(digest("A")),
    ),
    outputs=st.builds(
        OutputUrls,
        *[st.none() | urls] * 4,
        expires_at=st.none() | whole,
    ),
    check=st.none() | checks,
    held=st.booleans(),
    accepted=st.none() | st.just(digest("A")),
)
locks = st.builds(
    Lock,
    project=st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True),
    entries=st.dictionaries(
        st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}/[A-Za-z0-9-]{1,9}", fullmatch=True),
        st.builds(
            LockEntry,
            language=cleaned,
            job=jobs,
            attempts=st.integers(1, 9),
            serving=st.none() | jobs,
            superseded=st.lists(names, unique=True, max_size=3).map(tuple),
        ),
        max_size=3,
    ),
)


@settings(deadline=None, max_examples=50)
@given(known=locks)
def test_what_is_written_is_read_back(
    known: Lock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.lock"
    write_lock(path, known, keep_urls=True)
    content = path.read_bytes()
    assert read_lock(path, known.project) == known
    assert not write_lock(path, known, keep_urls=True)
    assert content.endswith(b"}\n")
    assert b"\r\n" not in content


# What cannot be read.


def refused(path: Path, content: str | bytes, project: str | None = None) -> LockfileError:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LockfileError) as caught:
        read_lock(path, project)
    assert caught.value.exit_code is ExitCode.USAGE
    assert {problem.where.file for problem in caught.value.problems} == {"localize.lock"}
    return caught.value


def test_there_may_be_no_lockfile_yet(path: Path) -> None:
    assert read_lock(path) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "<<<<<<< ours\n{\n=======\n{\n>>>>>>> theirs\n",
        b"\xff\xfe\xfd",
        "[" * 100_000,
        '{"duration": NaN}',
        '{"duration": -Infinity}',
    ],
)
def test_what_is_not_json_says_how_to_get_it_back(path: Path, content: str | bytes) -> None:
    (problem,) = refused(path, content).problems
    assert problem.message == "the lockfile is not JSON"
    assert "restore it from git" in (problem.hint or "")


def test_a_lockfile_of_a_later_version_asks_for_an_upgrade(path: Path) -> None:
    (problem,) = refused(path, '{"lockfile_version": 6, "new": true}').problems
    assert problem.code == "lockfile_newer"
    assert "a later version" in problem.message
    assert "pip install --upgrade" in (problem.hint or "")


def test_a_lockfile_of_another_project_is_refused_and_of_the_same_is_read(path: Path) -> None:
    (problem,) = refused(path, lock_text(FULL), "zebra").problems
    assert problem.code == "lockfile_other_project"
    assert "'zebra'" in problem.message
    assert "acme" not in problem.message
    assert read_lock(path, "acme") == read_lock(path) == FULL


def test_everything_that_is_wrong_is_told_at_once(path: Path) -> None:
    document = json.loads(lock_text(FULL))
    document["targets"]["b/ja"]["status"] = "sleeping"
    document["targets"][ADDRESS]["fingerprint"] = "short"
    document["extra"] = 1
    error = refused(path, json.dumps(document))
    assert [(problem.code, problem.where.path) for problem in error.problems] == [
        ("lockfile_invalid", ""),
        ("lockfile_invalid", "targets.b/ja.status"),
        ("lockfile_invalid", "targets.intro/es-MX.fingerprint"),
    ]
    told = "localize.lock (targets.b/ja.status): the lockfile is damaged: expected one of pending,"
    assert told in str(error)
    assert "sleeping" not in str(error)
    assert all("restore it from git" in (problem.hint or "") for problem in error.problems)


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(lock_text(FULL))
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "null",
        "{}",
        changed(lambda document: document.update(lockfile_version=0)),
        changed(lambda document: document.update(lockfile_version="1")),
        changed(lambda document: document.update(lockfile_version=True)),
        changed(lambda document: document.update(project="../up")),
        changed(
            lambda document: document["targets"].update({"../up/de": document["targets"]["b/ja"]})
        ),
        changed(lambda document: document["targets"]["b/ja"].update(translation_id="a/../b")),
        changed(lambda document: document["targets"]["b/ja"].update(duration=-1)),
        changed(lambda document: document["targets"]["b/ja"].update(attempts=0)),
        changed(lambda document: document["targets"]["b/ja"].update(serving={})),
    ],
)
def test_what_is_no_lockfile_is_damaged(path: Path, content: str) -> None:
    assert "damaged" in refused(path, content).problems[0].message


@pytest.mark.parametrize(
    "link", ["https://[half/v.mp4", "javascript:alert(1)", "https://", "file:///etc/passwd", ""]
)
def test_a_link_that_is_none_is_damage_and_no_crash_later(path: Path, link: str) -> None:
    content = changed(
        lambda document: document["targets"]["b/ja"].update(outputs={"video_url": link})
    )
    (problem,) = refused(path, content).problems
    assert problem.where.path == "targets.b/ja.outputs.video_url"


def test_a_link_of_another_type_is_told_once(path: Path) -> None:
    content = changed(lambda document: document["targets"]["b/ja"].update(outputs={"video_url": 7}))
    (problem,) = refused(path, content).problems
    assert "expected a text" in problem.message


def test_a_file_too_large_to_be_a_lockfile_is_not_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = lock_text(FULL)
    monkeypatch.setattr(lockfile, "MAX_LOCKFILE_BYTES", len(text.encode()))
    path.write_text(text, encoding="utf-8")
    assert read_lock(path) == FULL
    (problem,) = refused(path, text + " ").problems
    assert "too large" in problem.message


def test_a_lockfile_that_cannot_be_read_says_why(path: Path) -> None:
    path.mkdir()
    with pytest.raises(LockfileError, match="cannot be read: Is a directory"):
        read_lock(path)


# What cannot be written.


def leftovers(folder: Path) -> list[str]:
    return sorted(found.name for found in folder.iterdir())


def test_a_lockfile_that_cannot_be_written_says_what_to_do(path: Path) -> None:
    path.mkdir()
    with pytest.raises(LockfileError, match="cannot be written: Is a directory") as caught:
        write_lock(path, FULL, keep_urls=True)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("lockfile_unwritable", Where(file="localize.lock"))
    assert "not paid twice" in (problem.hint or "")


@pytest.mark.parametrize("broken", ["replace", "fsync"])
def test_a_failed_write_leaves_the_old_file_whole_and_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path.write_text("old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, broken, fail)
        with pytest.raises(LockfileError, match="cannot be written: No space left on device"):
            write_lock(path, FULL, keep_urls=True)
    assert path.read_text() == "old"
    assert leftovers(path.parent) == ["localize.lock"]


def test_an_interrupted_write_leaves_nothing_either(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(path, "new")
    assert leftovers(path.parent) == []


def test_a_write_that_lost_its_temporary_file_tells_the_first_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(made: str, _: object, **__: object) -> None:
        (path.parent / made).unlink()
        raise OSError("first")

    monkeypatch.setattr(os, "replace", lose)
    with pytest.raises(OSError, match="first"):
        write_atomically(path, "new")


def test_a_file_is_synced_before_it_takes_its_place_and_the_folder_after(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []
    sync, put = os.fsync, os.replace

    def fsync(handle: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")  # noqa: PTH112
        sync(handle)

    def put_in_place(made: str, other: str, **folders: int) -> None:
        steps.append("rename")
        put(made, other, **folders)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", put_in_place)
    write_atomically(path, "new")
    assert steps == ["file", "rename", "folder"]


def test_permissions_stay_and_line_ends_are_kept(path: Path) -> None:
    write_atomically(path, "a\nb\r\n")
    assert path.read_bytes() == b"a\nb\r\n"
    assert path.stat().st_mode & 0o777 == 0o644
    path.chmod(0o600)
    write_atomically(path, "c")
    assert path.stat().st_mode & 0o777 == 0o600
    assert leftovers(path.parent) == ["localize.lock"]


def test_a_folder_that_cannot_be_synced_is_no_failure(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = os.open

    def refusing(name: Any, *arguments: Any, **named: Any) -> int:
        if name == ".":
            raise PermissionError(13, "Permission denied")
        return usual(name, *arguments, **named)

    monkeypatch.setattr(os, "open", refusing)
    write_atomically(path, "a")
    assert path.read_text() == "a"


# Standings.


def test_standings_of_the_manifest_and_of_what_else_the_lock_has() -> None:
    targets = [
        target("a/de", "A"),
        target("b/de", "B"),
        target("c/de", "C", skip="x"),
        target("d/de", "D"),
        target("e/de", "E", skip="x"),
        target("f/de", "F"),
    ]
    old = locked("j4", "Y")
    entries = {
        "a/de": entry("j1", "A"),
        "d/de": entry("j3", "Z", "running", serving=old),
        "e/de": entry("j5", "X", "failed", failure_message="no sound"),
        "f/de": entry("j6", "F", "pending"),
        "0/de": entry("j7", "Q", "failed"),
    }
    named = {"language": "Spanish (Mexico)"}
    expected = [
        StatusRow("0/de", standing=TargetStatus.ORPHAN, translation_id="j7", **named),
        StatusRow(
            "a/de",
            standing=TargetStatus.COMPLETED,
            translation_id="j1",
            outputs=files_of("j1", JobStatus.COMPLETED),
            **named,
        ),
        StatusRow("b/de", "Language de", TargetStatus.MISSING),
        StatusRow("c/de", "Language de", TargetStatus.SKIPPED, skip="x"),
        StatusRow(
            "d/de",
            standing=TargetStatus.RUNNING,
            translation_id="j3",
            outputs=old.outputs,
            serving_earlier=True,
            stale=True,
            **named,
        ),
        StatusRow(
            "e/de",
            standing=TargetStatus.FAILED,
            translation_id="j5",
            failure_message="no sound",
            **named,
        ),
        StatusRow("f/de", standing=TargetStatus.PENDING, translation_id="j6", **named),
    ]
    found = target_statuses(targets, lock(entries))
    assert [replace(row, wanted=True) for row in found] == expected


def test_a_place_is_written_as_far_as_it_is_known() -> None:
    assert str(Where("localize.yaml", 7, 3, "videos.intro")) == "localize.yaml:7:3 (videos.intro)"
    assert str(Where("localize.yaml")) == "localize.yaml"
    assert str(Where(path="videos.intro")) == "videos.intro"
    assert str(Where()) == ""
    assert str(LockfileError("no good")) == "no good"


def test_another_job_of_the_same_content_is_unchecked() -> None:
    check = LockedCheck(digest("A"), 1)
    known = entry("j1", "A", "running", files={"video": PulledFile(digest("A"), 1)}, check=check)
    found = counting_on(known, job("j2", "A", "running"))
    assert (found.job.translation_id, found.job.check, found.job.files) == ("j2", None, {})


def test_what_is_held_is_not_served_and_the_earlier_one_is() -> None:
    old = locked("j1")
    waiting = entry("j2", "B", serving=old, held=True)
    assert (waiting.served, waiting.held) == (old, waiting.job)
    assert waiting.ids() == {"j1", "j2"}
    alone = entry("j2", "B", held=True)
    assert (alone.served, alone.held) == (None, alone.job)
    assert entry("j2", "B", "running", held=True).held is None
    taken = release(waiting, digest("A"))
    assert (taken.served, taken.held, taken.superseded) == (taken.job, None, ("j1",))
    assert taken.job.accepted == digest("A")


def test_the_manifest_says_what_is_held() -> None:
    gate = target(settings={"publish_after": "check"})
    waiting = entry("j2", "B", serving=locked("j1"), held=True)
    for made, known, held in (
        (gate, waiting, True),
        (target(), waiting, False),
        (gate, entry("j2"), False),  # it is in use already
        (gate, entry("j2", "A", "running"), True),
        (gate, entry("j2", "A", "failed"), False),
        (target(), entry("j2", "A", "running"), False),
    ):
        found = sync_gates([made], lock({ADDRESS: known})).entries[ADDRESS]
        assert found.job.held is held
        assert found.ids() >= {"j2"}
    kept = lock({ADDRESS: waiting})
    assert sync_gates([gate], kept) is kept
