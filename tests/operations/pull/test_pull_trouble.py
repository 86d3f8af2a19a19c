"""`localize pull` where connections break, links expire and hosts misbehave."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pull_scene import CAPTIONS, Scene, sha256

from heygen_localize.project.lockfile import store

MANY = tuple(f"v{number:02}" for number in range(20))


def problem_of(report: Any) -> Any:
    (failure,) = report["failures"]
    return failure


def test_sixty_files_over_connections_that_break(new_scene: Callable[..., Scene]) -> None:
    scene = new_scene(output_bytes=300_000)
    scene.render(*MANY)
    since = scene.count()
    scene.sandbox.set_faults("cut_download=0.34 on GET")
    report = scene.report()
    scene.sandbox.set_faults()
    assert report["summary"]["pulled"] == 60, report["failures"]
    for row in report["files"]:
        content = scene.content(row["path"])
        assert sha256(content) == row["sha256"]
        assert len(content) == row["size"] == 300_000
    for address in ("v00/ja", "v07/es-MX", "v19/fr-FR"):
        assert scene.content(f"localized/{address}.mp4") == scene.served(address)
    broken = Counter(name for note in scene.fetches(since) for name in note.faults)
    assert broken["cut_download"] >= 15
    starts = Counter(note.path for note in scene.fetches(since)[:-3] if note.status == 200)
    assert set(starts.values()) == {1}
    assert not scene.parts()


def test_a_download_that_gets_on_is_never_given_up(scene: Scene, no_pauses: list[float]) -> None:
    scene.render("alpha", languages=("ja",))
    scene.sandbox.set_faults("cut_download=1:1000 on GET times 20")
    assert scene.report()["summary"]["pulled"] == 1
    assert len(no_pauses) == 20
    assert set(no_pauses) == {0.0}


def test_one_that_does_not_is_in_the_end(scene: Scene, no_pauses: list[float]) -> None:
    scene.render("alpha", "beta", languages=("ja",))
    job = scene.workspace.lock()["targets"]["alpha/ja"]["translation_id"]
    scene.sandbox.set_faults(f"drop_before=1 on GET /files/{job}/*")
    ran = scene.pull()
    assert ran.code == 1
    assert len(no_pauses) == 8
    assert max(no_pauses) <= 20
    assert "! the connection to the file host fails or breaks off\n    alpha/ja\n" in ran.out
    assert "1 file pulled" in ran.out
    # What came is in the lockfile although something failed.
    assert "files" in scene.workspace.lock()["targets"]["beta/ja"]
    assert "files" not in scene.workspace.lock()["targets"]["alpha/ja"]


def test_a_later_pull_goes_on_where_the_last_one_was(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    content = scene.served("alpha/ja")
    scene.sandbox.set_faults("cut_download=1:9000 on GET times 1", "drop_before=1 on GET after 1")
    assert scene.pull().code == 1
    (part,) = scene.parts()
    assert 0 < part.stat().st_size <= 9000
    assert part.read_bytes() == content[: part.stat().st_size]
    scene.sandbox.set_faults()
    since = scene.count()
    assert scene.pull().code == 0
    assert [note.status for note in scene.fetches(since)] == [206]
    assert scene.content("localized/alpha/ja.mp4") == content
    assert not scene.parts()


def test_a_part_that_is_whole_already(scene: Scene) -> None:
    """The run was killed between the last byte and the renaming."""
    scene.render("alpha", languages=("ja",))
    content = scene.served("alpha/ja")
    scene.sandbox.set_faults("cut_download=1:9000 on GET times 1", "drop_before=1 on GET after 1")
    scene.pull()
    scene.sandbox.set_faults()
    scene.put_part(content)
    since = scene.count()
    assert scene.pull().code == 0
    assert [note.status for note in scene.fetches(since)] == [206]
    assert scene.content("localized/alpha/ja.mp4") == content


@pytest.mark.parametrize("moment", ["between two pulls", "within one"])
def test_another_etag_begins_anew(scene: Scene, moment: str) -> None:
    scene.render("alpha", languages=("ja",))
    first = scene.served("alpha/ja")
    if moment == "within one":
        scene.sandbox.set_faults(
            "cut_download=1:9000 on GET times 1", "change_etag=1 on GET after 1 times 1"
        )
        since = scene.count()
    else:
        scene.sandbox.set_faults(
            "cut_download=1:9000 on GET times 1", "drop_before=1 on GET after 1"
        )
        assert scene.pull().code == 1
        scene.sandbox.set_faults("change_etag=1 on GET times 1")
        since = scene.count()
    assert scene.pull().code == 0
    statuses = [note.status for note in scene.fetches(since)]
    # With the ETag in hand, the host begins anew by itself.
    assert statuses == ([200, 200] if moment == "within one" else [200])
    content = scene.content("localized/alpha/ja.mp4")
    assert content == scene.served("alpha/ja") != first
    assert not scene.parts()


def test_a_part_that_is_longer_than_the_file(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    content = scene.served("alpha/ja")
    scene.sandbox.set_faults("cut_download=1:9000 on GET times 1", "drop_before=1 on GET after 1")
    scene.pull()
    scene.sandbox.set_faults()
    scene.put_part(content + b"more")
    assert scene.pull().code == 0
    assert scene.content("localized/alpha/ja.mp4") == content


def test_a_part_planted_beside_an_output_is_never_resumed(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    content = scene.served("alpha/ja")
    folder = scene.path("localized/alpha")
    folder.mkdir(parents=True)
    planted = folder / f"ja.mp4.{'a' * 16}.part"
    planted.write_bytes(b"planted" + content[7:-1])
    assert scene.pull().code == 0
    assert scene.content("localized/alpha/ja.mp4") == content
    assert planted.exists()


def test_expired_links_are_signed_anew(new_scene: Callable[..., Scene]) -> None:
    scene = new_scene(url_seconds=100)
    scene.render("alpha", extra=CAPTIONS)
    before = scene.workspace.lock()["targets"]
    scene.edit_lock(lambda targets: [_expire(entry) for entry in targets.values()])
    since = scene.count()
    assert scene.report()["summary"]["pulled"] == 6
    routes = Counter(note.route for note in scene.sandbox.requests()[since:])
    assert routes == {
        "/v3/video-translations/{video_translation_id}": 3,
        "/files/{job_id}/{name}": 6,
    }
    after = scene.workspace.lock()["targets"]
    for address, entry in after.items():
        assert entry["outputs"]["video_url"] != before[address]["outputs"]["video_url"]
        assert entry["outputs"]["expires_at"] > time.time() + 60
    assert not scene.sandbox.key_leaks()


def _expire(entry: Any) -> None:
    entry["outputs"]["expires_at"] = int(time.time()) + 50


def test_links_that_ended_without_a_word(new_scene: Callable[..., Scene]) -> None:
    scene = new_scene(url_seconds=100)
    scene.render("alpha", languages=("ja",))
    scene.edit_lock(lambda targets: targets["alpha/ja"]["outputs"].pop("expires_at"))
    scene.sandbox.advance(200)
    since = scene.count()
    assert scene.report()["summary"]["pulled"] == 1
    assert [note.status for note in scene.sandbox.requests()[since:]] == [403, 200, 200]
    assert not scene.sandbox.key_leaks()


def test_a_new_link_is_asked_for_once(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    scene.sandbox.set_faults("forbid_file=1 on GET")
    since = scene.count()
    report = scene.report()
    assert problem_of(report)["code"] == "download_refused"
    assert problem_of(report)["message"] == "the file host answers HTTP 403"
    assert [note.status for note in scene.sandbox.requests()[since:]] == [403, 200, 403]
    # The link that the vendor gave is as good as any: kept.
    scene.sandbox.set_faults("forbid_file=1 on GET times 1")
    assert scene.pull().code == 0


def test_captions_that_are_refused_are_asked_for_again(scene: Scene) -> None:
    extra = "outputs: {srt: x.srt}"
    scene.render("alpha", languages=("ja",), extra=extra)
    scene.edit_lock(lambda targets: targets["alpha/ja"]["outputs"].pop("srt_caption_url"))
    scene.as_ordered_with_captions("alpha/ja")
    scene.sandbox.set_faults("forbid_file=1 on GET times 1")
    assert scene.pull().code == 0
    assert b"-->" in scene.content("x.srt")


def test_a_job_that_was_deleted(scene: Scene) -> None:
    scene.render("alpha", "beta", languages=("ja",))
    entry = scene.workspace.lock()["targets"]["alpha/ja"]
    scene.sandbox.delete_job(entry["translation_id"])
    scene.edit_lock(lambda targets: _expire(targets["alpha/ja"]))
    report = scene.report()
    assert report["exit_code"] == 1
    failure = problem_of(report)
    assert (failure["code"], failure["addresses"]) == ("job_gone", ["alpha/ja"])
    assert "--recreate" in failure["hint"]
    assert [row["state"] for row in report["files"]] == ["failed", "pulled"]


@pytest.mark.parametrize("key", [None, "another-key-of-somebody"])
def test_expired_links_and_no_key_that_is_good(
    scene: Scene, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.render("alpha", "beta", languages=("ja", "fr-FR"))
    scene.edit_lock(lambda targets: [_expire(targets[f"alpha/{tag}"]) for tag in ("ja", "fr-FR")])
    if key is None:
        monkeypatch.delenv("HEYGEN_API_KEY")
    else:
        monkeypatch.setenv("HEYGEN_API_KEY", key)
    since = scene.count()
    report = scene.report()
    assert report["exit_code"] == 7
    assert problem_of(report)["addresses"] == ["alpha/fr-FR", "alpha/ja"]
    assert (report["summary"]["pulled"], report["summary"]["failed"]) == (2, 2)
    refused = [note for note in scene.sandbox.requests()[since:] if note.path.startswith("/v3")]
    assert len(refused) == (0 if key is None else 1)
    assert "files" in scene.workspace.lock()["targets"]["beta/ja"]


def test_a_vendor_that_cannot_be_asked(scene: Scene) -> None:
    scene.render("alpha", "beta", languages=("ja",))
    scene.edit_lock(lambda targets: [_expire(entry) for entry in targets.values()])
    scene.sandbox.set_faults("http_500_before=1 on GET /v3/*")
    since = scene.count()
    report = scene.report()
    assert report["exit_code"] == 4
    assert len(problem_of(report)["addresses"]) == 2
    # What one job's question found out holds for the next.
    assert len(scene.sandbox.requests()[since:]) == 6


def test_a_job_that_the_vendor_gives_no_file_of(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    scene.edit_lock(lambda targets: targets["alpha/ja"]["outputs"].pop("video_url"))
    scene.sandbox.set_faults("no_video_url=1:60 on GET")
    report = scene.report()
    assert (report["exit_code"], problem_of(report)["code"]) == (1, "file_missing")
    assert "video" in problem_of(report)["message"]


@pytest.mark.parametrize("most", [100, 8_000])
def test_files_have_a_bound(most: int, scene: Scene) -> None:
    scene.render("alpha", languages=("ja",), extra=f"limits: {{max_download: {most}}}")
    report = scene.report()
    failure = problem_of(report)
    assert failure["code"] == "download_too_large"
    assert str(most) in failure["message"]
    assert "limits.max_download" in failure["hint"]
    assert not [path for path in scene.path("localized").rglob("*") if path.is_file()]


def test_a_disk_that_refuses(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.render("alpha", languages=("ja",))

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("heygen_localize.operations.pull.part_file.Part.add", full)
    failure = problem_of(scene.report())
    assert failure["code"] == "output_unwritable"
    assert failure["message"].endswith("No space left on device")


def test_a_bug_of_ours_is_told_as_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.render("alpha", languages=("ja",))
    monkeypatch.setattr("heygen_localize.operations.pull.workers.fetch", None)
    ran = scene.pull()
    assert ran.code == 70
    assert "TypeError" in ran.err


def test_failures_are_marked_in_github(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.render("alpha", languages=("ja",))
    scene.sandbox.set_faults("forbid_file=1 on GET")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ran = scene.pull("--format", "markdown")
    assert "::error file=localize.yaml,line=" in ran.err
    assert "| the file host answers HTTP 403 | `alpha/ja` |" in ran.out
    assert "localized/alpha/ja.mp4: failed\n" in ran.err


def test_the_lockfile_is_written_while_files_come(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.render("alpha")
    monkeypatch.setattr("heygen_localize.operations.pull.delivery._SAVED_EVERY", 0.0)
    written: list[int] = []
    kept = store.write_atomically

    def counting(path: Path, content: bytes, **options: Any) -> bool:
        written.append(content.count(b'"files"'))
        return kept(path, content, **options)

    monkeypatch.setattr(store, "write_atomically", counting)
    assert scene.pull().code == 0
    assert written[-1] == 3
