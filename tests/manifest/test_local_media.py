"""Local files as sources: what cannot be one is told with its line; what is known is not read."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import media_samples
import pytest
from fake_clock import FakeClock
from manifest_project import Project

from heygen_localize.core.errors import FileError, ManifestError
from heygen_localize.media import MediaType, Role
from heygen_localize.media.local import FileCache
from heygen_localize.project.process_lock import state_folder
from heygen_localize.system import UnsafePathError

VIDEOS = "languages: [ja, de-DE]\nvideos: {a: {source: a.mp4}, b: {source: b.mp4}}\n"
CHANGED = 1_750_000_000.0


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tell which files are opened for reading, apart from the manifest's own."""
    names: list[str] = []
    usual = os.open

    def noting(path: Any, *arguments: Any, **named: Any) -> int:
        if Path(path).suffix in (".mp4", ".mov", ".wav", ".srt"):
            names.append(Path(path).name)
        return usual(path, *arguments, **named)

    monkeypatch.setattr(os, "open", noting)
    return names


def put(project: Project, content: bytes, name: str, *, changed: float = CHANGED) -> Path:
    """Write a file that was changed at some moment (seconds since 1970)."""
    path = project.write(content, name)
    os.utime(path, (changed, changed))
    return path


def cache_file(project: Project) -> Path:
    return state_folder(project.path) / "cache" / "files.json"


def cache(project: Project, *, now: float = CHANGED + 10) -> FileCache:
    return FileCache(cache_file(project), FakeClock(now))


def kept(project: Project) -> dict[str, Any]:
    document = json.loads(cache_file(project).read_text())
    assert document["version"] == 1
    files: dict[str, Any] = document["files"]
    return files


def hashes(project: Project, files: FileCache | None = None, text: str = VIDEOS) -> set[str | None]:
    return {target.source.sha256 for target in project.body(text, files=files).targets}


def two_videos(project: Project) -> set[str | None]:
    put(project, media_samples.mp4("a"), "a.mp4")
    put(project, media_samples.mp4("b"), "b.mp4")
    return hashes(project)


def test_every_mistake_is_told_at_once_with_its_line(project: Project) -> None:
    project.write(media_samples.mov(), "clips/a.mov")
    project.write(media_samples.LFS_POINTER, "b.mp4")
    project.write(b"", "c.mp4")
    project.write(b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n", "subs/ja.srt")
    project.write(media_samples.mp4(), "d.mp4")
    problems = project.mistakes(
        """
        languages: [ja, de-DE]
        videos:
          a: {source: clips/a.mov}
          b: {source: b.mp4}
          c:
            source: c.mp4
          d: {source: d.mp4, audio: d.mp4, languages: {ja: {srt: "subs/{{ language.tag }}.srt"}}}
          e: {source: e.mp4}
        """
    )
    assert [(problem.code, str(problem.where)) for problem in problems] == [
        ("source_type", "localize.yaml:6:15 (videos.a.source)"),
        ("source_lfs_pointer", "localize.yaml:7:15 (videos.b.source)"),
        ("source_empty", "localize.yaml:9:13 (videos.c.source)"),
        ("source_type", "localize.yaml:10:29 (videos.d.audio)"),
        ("source_type", "localize.yaml:10:58 (videos.d.languages.ja.srt)"),
        ("source_missing", "localize.yaml:11:15 (videos.e.source)"),
    ]
    assert problems[0].hint == (
        "convert it: ffmpeg -i clips/a.mov -c:v libx264 -c:a aac -movflags +faststart clips/a.mp4"
    )


def test_webm_and_mp3_pass_whatever_their_names(project: Project) -> None:
    project.write(media_samples.webm(), "a.mp4")
    project.write(media_samples.mp3(), "sound")
    project.write(media_samples.srt(), "words.txt")
    target = project.video("source: a.mp4\naudio: sound\nsrt: words.txt\nsrt_role: output")
    found = [(media.media_type, media.seconds) for media in target.media]
    assert found == [
        ("video/webm", media_samples.WEBM_SECONDS),
        ("audio/mpeg", pytest.approx(media_samples.MP3_SECONDS)),
        ("application/x-subrip", None),
    ]


def test_a_wrong_type_is_told_before_gigabytes_are_read(project: Project) -> None:
    os.truncate(project.write(media_samples.mov(), "a.mov"), 10**12)
    assert project.video_mistake("source: a.mov").code == "source_type"


def test_no_file_is_read_whole(project: Project) -> None:
    path = project.write(media_samples.mp4(), "a.mp4")
    os.truncate(path, 30_000_000)
    cache(project).facts(path, "a.mp4", Role.VIDEO)
    tracemalloc.start()
    try:
        assert cache(project).facts(path, "a.mp4", Role.VIDEO).size == 30_000_000
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_what_is_known_is_not_read_again(project: Project, opened: list[str]) -> None:
    expected = two_videos(project)
    assert len(expected) == 2
    opened.clear()
    first = project.body(VIDEOS, files=cache(project))
    assert sorted(opened) == ["a.mp4", "b.mp4"]
    assert cache_file(project).parents[2].joinpath(".gitignore").read_text() == "*\n"
    opened.clear()
    assert project.body(VIDEOS, files=cache(project)).targets == first.targets
    assert opened == []
    assert {target.source.sha256 for target in first.targets} == expected


def test_nothing_is_kept_on_disk_unless_asked(project: Project) -> None:
    two_videos(project)
    assert not Path(".localize").exists()


def test_a_change_is_noticed(project: Project, opened: list[str]) -> None:
    before = two_videos(project)
    hashes(project, cache(project))
    put(project, media_samples.mp4("a"), "a.mp4", changed=CHANGED + 1)
    opened.clear()
    assert hashes(project, cache(project)) == before
    assert opened == ["a.mp4"]
    put(project, media_samples.mp4("c"), "a.mp4", changed=CHANGED + 2)
    put(project, media_samples.mp4("long"), "b.mp4")
    opened.clear()
    assert not hashes(project, cache(project)) & before
    assert sorted(opened) == ["a.mp4", "b.mp4"]
    assert hashes(project, cache(project)) == hashes(project)


@pytest.mark.parametrize(
    ("age", "trusted"), [(1.9, False), (0.0, False), (-50.0, False), (2.0, True)]
)
def test_a_file_that_changed_just_now_is_not_kept(
    project: Project, age: float, trusted: bool
) -> None:
    two_videos(project)
    hashes(project, cache(project, now=CHANGED + age))
    assert cache_file(project).exists() == trusted
    put(project, media_samples.mp4("z"), "a.mp4")
    known = hashes(project, cache(project))
    assert (known == hashes(project)) == (not trusted)


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_videos(project)
    usual = os.fstat
    seen: list[int] = []

    def later(handle: int) -> os.stat_result:
        seen.append(handle)
        if len(seen) > 2:
            os.utime(handle, (CHANGED + 1, CHANGED + 1))
        return usual(handle)

    monkeypatch.setattr(os, "fstat", later)
    files = cache(project)
    files.facts(project.folder / "a.mp4", "a.mp4", Role.VIDEO)
    files.save()
    assert len(seen) == 3
    assert not cache_file(project).exists()


def test_what_is_not_named_any_more_is_forgotten(project: Project) -> None:
    two_videos(project)
    hashes(project, cache(project))
    assert sorted(kept(project)) == ["a.mp4", "b.mp4"]
    hashes(project, cache(project), VIDEOS.replace("b.mp4", "a.mp4"))
    assert sorted(kept(project)) == ["a.mp4"]


def test_a_mistake_in_the_manifest_forgets_nothing(project: Project) -> None:
    two_videos(project)
    hashes(project, cache(project))
    put(project, media_samples.mp4("c"), "c.mp4")
    wrong = "languages: [ja]\nvideos: {a: {source: b.mp4, mode: fast}, c: {source: c.mp4}}\n"
    with pytest.raises(ManifestError):
        project.body(wrong, files=cache(project))
    assert sorted(kept(project)) == ["a.mp4", "b.mp4", "c.mp4"]
    put(project, b"words", "b.mp4")
    with pytest.raises(ManifestError):
        project.body(VIDEOS, files=cache(project))
    assert sorted(kept(project)) == ["a.mp4", "c.mp4"]


def test_hashing_that_was_interrupted_is_not_lost(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_videos(project)
    usual = os.open

    def interrupted(path: Any, *arguments: Any, **named: Any) -> int:
        if Path(path).name == "b.mp4":
            raise KeyboardInterrupt
        return usual(path, *arguments, **named)

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hashes(project, cache(project))
    assert sorted(kept(project)) == ["a.mp4"]


def test_the_cache_is_written_only_where_it_differs(project: Project) -> None:
    two_videos(project)
    hashes(project, cache(project))
    before = cache_file(project).stat()
    files = cache(project)
    hashes(project, files)
    files.save()
    assert cache_file(project).stat().st_ino == before.st_ino


def test_a_known_file_in_another_role(project: Project) -> None:
    two_videos(project)
    hashes(project, cache(project))
    text = VIDEOS + "defaults: {audio: a.mp4}\n"
    with pytest.raises(ManifestError, match="is an MP4 video; audio can be mp3 or wav"):
        project.body(text, files=cache(project))
    assert sorted(kept(project)) == ["a.mp4", "b.mp4"]


def test_subtitles_are_always_read(project: Project) -> None:
    text = "languages: [ja]\nvideos: {a: {source: asset:a, srt: a.srt, srt_role: output}}\n"
    seen = set()
    for words in ("Hello", "Salut"):
        put(project, media_samples.srt(words), "a.srt")
        (target,) = project.body(text, files=cache(project)).targets
        seen.add(target.option("srt"))
    assert len(seen) == 2
    assert not cache_file(project).exists()


ENTRY = {
    "size": len(media_samples.mp4("a")),
    "mtime_ns": int(CHANGED * 1e9),
    "sha256": "f" * 64,
    "media_type": "video/mp4",
    "seconds": 9.5,
}


def entry(**changed: Any) -> str:
    return json.dumps({"version": 1, "files": {"a.mp4": ENTRY | changed}})


def test_what_the_cache_says_is_believed(project: Project) -> None:
    two_videos(project)
    cache_file(project).parent.mkdir(parents=True)
    for seconds in (9.5, None):
        cache_file(project).write_text(entry(seconds=seconds))
        facts = cache(project).facts(project.folder / "a.mp4", "a.mp4", Role.VIDEO)
        assert (facts.sha256, facts.seconds) == ("f" * 64, seconds)
        assert (facts.size, facts.media_type) == (ENTRY["size"], MediaType.MP4)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        "\ud800",
        "[" * 100_000,
        "[]",
        "{}",
        '{"version": 2, "files": {}}',
        '{"version": 1, "files": []}',
        '{"version": 1, "files": {"a.mp4": 1}}',
        entry().replace('"version": 1', '"version": 2'),
        entry(size="7"),
        entry(size=0),
        entry(mtime_ns=None),
        entry(mtime_ns=CHANGED),
        entry(sha256="F" * 64),
        entry(sha256=7),
        entry(media_type="video/quicktime"),
        entry(media_type=[]),
        entry(seconds="9"),
        entry(seconds=-1.0),
        entry(seconds=float("inf")),
        entry(seconds=float("nan")),
    ],
)
def test_a_cache_that_makes_no_sense_is_no_cache(project: Project, content: str) -> None:
    expected = two_videos(project)
    cache_file(project).parent.mkdir(parents=True)
    cache_file(project).write_bytes(content.encode("utf-8", "surrogatepass"))
    assert hashes(project, cache(project)) == expected
    assert kept(project)["a.mp4"]["seconds"] == media_samples.MP4_SECONDS


def _a_folder(path: Path) -> None:
    path.mkdir()


def _huge(path: Path) -> None:
    path.write_text(entry())
    os.truncate(path, 17 * 1024 * 1024)


def test_a_pipe_in_the_place_of_the_cache_is_an_error(project: Project) -> None:
    two_videos(project)
    cache_file(project).parent.mkdir(parents=True)
    os.mkfifo(cache_file(project))
    with pytest.raises(UnsafePathError, match=r"files\.json: this is no regular file"):
        hashes(project, cache(project))


@pytest.mark.parametrize("made", [_a_folder, _huge])
def test_what_is_no_cache_file(project: Project, made: Callable[[Path], None]) -> None:
    expected = two_videos(project)
    cache_file(project).parent.mkdir(parents=True)
    made(cache_file(project))
    assert hashes(project, cache(project)) == expected


def test_a_disk_that_takes_no_cache_is_borne(project: Project) -> None:
    expected = two_videos(project)
    Path(".localize").write_text("in the way")
    assert hashes(project, cache(project)) == expected
    assert Path(".localize").read_text() == "in the way"


def test_the_ignore_file_of_others_stays(project: Project) -> None:
    two_videos(project)
    Path(".localize").mkdir()
    Path(".localize/.gitignore").write_text("mine")
    hashes(project, cache(project))
    assert Path(".localize/.gitignore").read_text() == "mine"
    elsewhere = FileCache(Path("other") / "files.json", FakeClock(CHANGED + 10))
    hashes(project, elsewhere)
    assert [path.name for path in Path("other").iterdir()] == ["files.json"]


def test_a_pipe_put_in_a_files_place_holds_nothing_up(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(project, media_samples.mp4(), "a.mp4")
    usual = os.open

    def racing(name: Any, *arguments: Any, **named: Any) -> int:
        if Path(name).name == "a.mp4":
            path.unlink()
            os.mkfifo(path)
        return usual(name, *arguments, **named)

    monkeypatch.setattr(os, "open", racing)
    with pytest.raises(FileError, match="is not a file"):
        cache(project).facts(path, "a.mp4", Role.VIDEO)


def test_devices_are_not_opened(project: Project, opened: list[str]) -> None:
    for path in (Path("/dev/zero"), project.folder):
        for role in Role:
            with pytest.raises(FileError, match="is not a file"):
                cache(project).facts(path, "x", role)
    os.mkfifo("a.mp4")
    assert project.video_mistake("source: a.mp4").code == "source_not_file"
    assert opened == []
