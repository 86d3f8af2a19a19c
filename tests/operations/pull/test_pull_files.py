"""`localize pull` where nothing goes wrong: what is fetched, what is not, what is said."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest
from pull_scene import CAPTIONS, Scene, sha256

ALPHA = ("alpha/es-MX", "alpha/fr-FR", "alpha/ja")


def test_files_come_to_their_places_and_into_the_lockfile(scene: Scene) -> None:
    scene.render("alpha")
    ran = scene.pull()
    assert ran.code == 0, ran.err
    for address in ALPHA:
        content = scene.content(f"localized/{address}.mp4")
        assert content == scene.served(address)
        locked = scene.workspace.lock()["targets"][address]["files"]
        assert locked == {"video": {"sha256": sha256(content), "size": len(content)}}
    assert not scene.parts()
    assert not scene.sandbox.key_leaks()
    last = ran.out.splitlines()[-1]
    assert last.startswith("3 files pulled (")
    assert last.endswith(" Under localized/alpha/")
    assert "localized/alpha/ja.mp4: pulled" in ran.err


def test_a_second_pull_asks_nothing_and_changes_nothing(scene: Scene) -> None:
    scene.render("alpha")
    scene.pull()
    before, lock = scene.count(), scene.workspace.lockfile.read_bytes()
    ran = scene.pull()
    assert (ran.code, ran.out) == (0, "0 files pulled, 3 unchanged. Under localized/alpha/\n")
    assert scene.count() == before
    assert scene.workspace.lockfile.read_bytes() == lock


def test_a_second_pull_reads_no_file(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.render("alpha")
    scene.pull()
    monkeypatch.setattr("heygen_localize.operations.pull.local_files._PIECE", "no length to read")
    assert scene.report()["summary"]["unchanged"] == 3


@pytest.mark.parametrize("cache", [True, False], ids=["with the cache", "without"])
def test_what_was_changed_or_removed_is_fetched_again(scene: Scene, cache: bool) -> None:
    scene.render("alpha")
    scene.pull()
    if not cache:
        (scene.workspace.folder / ".localize/localize/cache/pulled.jsonl").unlink()
    good = scene.content("localized/alpha/ja.mp4")
    scene.path("localized/alpha/es-MX.mp4").unlink()
    # As long as it was, but other bytes.
    scene.path("localized/alpha/ja.mp4").write_bytes(good[:-1] + b"!")
    since = scene.count()
    states = {row["address"]: row["state"] for row in scene.report()["files"]}
    assert states == dict(zip(ALPHA, ["pulled", "unchanged", "pulled"], strict=True))
    assert len(scene.fetches(since)) == 2
    assert scene.content("localized/alpha/ja.mp4") == good


def test_a_file_that_was_hashed_is_not_hashed_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.render("alpha")
    scene.pull()
    cache = scene.workspace.folder / ".localize/localize/cache/pulled.jsonl"
    cache.write_bytes(b'{"torn": \n[1]\n{"path": 1}\n\xff')
    assert scene.pull("--check").code == 0
    assert cache.stat().st_size > 500
    monkeypatch.setattr("heygen_localize.operations.pull.local_files._PIECE", "no length to read")
    assert scene.pull("--check").code == 0


def test_a_file_of_this_very_moment_is_hashed_again(scene: Scene) -> None:
    """What was written just now may be written again and keep its time."""
    scene.render("alpha", languages=("ja",))
    scene.pull()
    path = scene.path("localized/alpha/ja.mp4")
    cache = scene.workspace.folder / ".localize/localize/cache/pulled.jsonl"
    cache.unlink()
    os.utime(path)
    assert scene.pull("--check").code == 0
    assert not cache.exists()


def test_check_tells_and_fetches_nothing(scene: Scene) -> None:
    scene.render("alpha")
    since = scene.count()
    ran = scene.pull("--check")
    assert ran.code == 5
    assert ran.out.splitlines() == [
        "- localized/alpha/es-MX.mp4  missing",
        "- localized/alpha/fr-FR.mp4  missing",
        "- localized/alpha/ja.mp4  missing",
        "3 files to pull. Under localized/alpha/",
    ]
    assert not scene.path("localized").exists()
    scene.pull()
    assert scene.pull("--check").code == 0
    scene.path("localized/alpha/ja.mp4").write_bytes(b"another")
    scene.path("localized/alpha/fr-FR.mp4").unlink()
    lock, asked = scene.workspace.lockfile.read_bytes(), scene.count()
    report = scene.report("--check")
    assert [row["state"] for row in report["files"]] == ["unchanged", "missing", "differs"]
    assert report["exit_code"] == 5
    assert scene.workspace.lockfile.read_bytes() == lock
    assert scene.count() == asked
    assert scene.content("localized/alpha/ja.mp4") == b"another"
    assert since


def test_check_needs_neither_key_nor_network(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.render("alpha")
    scene.sandbox.close()
    monkeypatch.delenv("HEYGEN_API_KEY")
    assert scene.pull("--check").code == 5


def test_no_key_is_needed_while_the_links_are_good(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.render("alpha")
    monkeypatch.delenv("HEYGEN_API_KEY")
    assert scene.pull().code == 0


def test_targets_that_are_chosen(scene: Scene) -> None:
    scene.render("alpha", "beta")
    assert scene.pull("--target", "beta/*").code == 0
    found = sorted(path.name for path in scene.path("localized").rglob("*.mp4"))
    assert found == ["es-MX.mp4", "fr-FR.mp4", "ja.mp4"]
    assert not scene.path("localized/alpha").exists()
    assert scene.pull("--target", "gamma/*").code == 2


def test_what_is_not_rendered_is_counted(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    scene.write_videos("alpha", languages=("ja", "fr-FR"))
    ran = scene.pull()
    assert ran.code == 0
    assert ", 1 target not rendered yet." in ran.out
    report = scene.report()
    assert (report["not_rendered"], report["summary"]["not_rendered"]) == (["alpha/fr-FR"], 1)


def test_nothing_was_ever_applied(scene: Scene) -> None:
    scene.write_videos("alpha", languages=("ja",))
    ran = scene.pull()
    assert (ran.code, ran.out) == (0, "0 files pulled, 1 target not rendered yet\n")
    assert not scene.workspace.lockfile.exists()


def test_no_manifest(scene: Scene) -> None:
    assert scene.pull().code == 2
    assert not scene.path(".localize").exists()


def test_skipped_targets_are_not_pulled(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("source:", "skip: legal hold, source:"))
    report = scene.report()
    assert report["files"] == report["not_rendered"] == []


def test_captions(scene: Scene) -> None:
    extra = "outputs: {srt: 'subs/{{ video.id }}.{{ language.tag }}.srt', vtt: 'subs/x.vtt'}"
    scene.render("alpha", languages=("ja",), extra=extra)
    assert scene.pull().code == 0
    assert scene.content("subs/alpha.ja.srt") == scene.served("alpha/ja", "srt_caption_url")
    assert scene.content("subs/x.vtt") == scene.served("alpha/ja", "vtt_caption_url")
    assert not scene.path("localized").exists()
    assert scene.workspace.lock()["targets"]["alpha/ja"]["files"].keys() == {"srt", "vtt"}


def test_captions_that_only_their_own_endpoint_tells_of(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",), extra=CAPTIONS)
    scene.edit_lock(lambda targets: targets["alpha/ja"]["outputs"].pop("srt_caption_url"))
    scene.as_ordered_with_captions("alpha/ja")
    lock = scene.workspace.lock()["targets"]["alpha/ja"]["outputs"]
    assert scene.pull().code == 0
    assert b"-->" in scene.content("localized/alpha/ja.srt")
    routes = [note.route for note in scene.sandbox.requests()]
    assert routes.count("/v3/video-translations/{video_translation_id}/caption") == 1
    # The list has no such link: kept in the lockfile, it would make every plan a change.
    assert scene.workspace.lock()["targets"]["alpha/ja"]["outputs"] == lock
    assert scene.workspace.run("plan", "--detailed-exitcode").code in (0, 5)


def test_sound_alone(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",), extra="defaults: {translate_audio_only: true}")
    assert scene.pull().code == 0
    assert scene.content("localized/alpha/ja.mp3") == scene.served("alpha/ja", "audio_url")
    assert not scene.path("localized/alpha/ja.mp4").exists()


def test_sound_alone_with_the_picture_where_there_is_one(scene: Scene) -> None:
    extra = (
        "defaults: {translate_audio_only: true}\n"
        "outputs: {video: '{{ video.id }}.mp4', audio: '{{ video.id }}.mp3'}"
    )
    scene.render("alpha", languages=("ja",), extra=extra)
    scene.edit_lock(lambda targets: targets["alpha/ja"]["outputs"].pop("video_url"))
    assert scene.pull("--check").out.splitlines()[-1].startswith("1 file to pull")
    report = scene.report()
    assert {row["kind"]: row["state"] for row in report["files"]} == {
        "video": "absent",
        "audio": "pulled",
    }
    assert report["exit_code"] == 0
    assert scene.pull("--check").code == 0


def test_links_that_are_not_in_the_lockfile(scene: Scene) -> None:
    scene.render("alpha", extra="lock: {urls: none}")
    since = scene.count()
    assert scene.pull().code == 0
    asked = [note.route for note in scene.sandbox.requests()[since:]]
    assert asked.count("/v3/video-translations/{video_translation_id}") == 3
    assert "outputs" not in scene.workspace.lock()["targets"]["alpha/ja"]
    since = scene.count()
    assert scene.report()["summary"]["unchanged"] == 3
    assert scene.count() == since


def test_one_question_for_all_files_of_a_job(scene: Scene) -> None:
    extra = f"{CAPTIONS}\nlock: {{urls: none}}"
    scene.render("alpha", languages=("ja",), extra=extra)
    since = scene.count()
    assert scene.report()["summary"]["pulled"] == 2
    asked = [note.route for note in scene.sandbox.requests()[since:]]
    assert asked.count("/v3/video-translations/{video_translation_id}") == 1


@pytest.mark.parametrize("ended", ["renders", "failed"])
def test_the_earlier_files_while_a_replacement(ended: str, new_scene: Callable[..., Scene]) -> None:
    scene = new_scene(render_seconds=0.4 if ended == "renders" else 0.01)
    scene.render("alpha", languages=("ja",))
    earlier = scene.served("alpha/ja")
    text = scene.workspace.manifest.read_text().replace("source:", "revision: 2, source:")
    scene.workspace.write(text)
    # Between edit and apply, too.
    assert scene.report()["summary"]["pulled"] == 1
    scene.path("localized/alpha/ja.mp4").unlink()
    if ended == "failed":
        scene.sandbox.set_faults("fail_job=1 on POST")
        assert scene.workspace.run("apply", "--yes", "--quiet").code == 1
        scene.sandbox.set_faults()
    else:
        scene.workspace.run("apply", "--yes", "--quiet", "--no-wait")
    entry = scene.workspace.lock()["targets"]["alpha/ja"]
    assert entry["status"] in (("failed",) if ended == "failed" else ("pending", "running"))
    assert scene.report()["summary"]["pulled"] == 1
    assert scene.content("localized/alpha/ja.mp4") == earlier
    assert scene.workspace.lock()["targets"]["alpha/ja"]["serving"]["files"]["video"]
    assert scene.report()["summary"]["unchanged"] == 1
    args = ("--retry-failed",) if ended == "failed" else ()
    assert scene.workspace.run("apply", "--yes", "--quiet", *args).code == 0
    assert scene.pull("--check").code == 5
    assert scene.report()["summary"]["pulled"] == 1
    assert scene.content("localized/alpha/ja.mp4") == scene.served("alpha/ja") != earlier


def test_a_manifest_elsewhere(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    folder = scene.workspace.folder
    scene.workspace.folder = folder.parent
    ran = scene.pull("-f", f"{folder.name}/localize.yaml")
    assert ran.out.splitlines()[-1].endswith(f". Under {folder.name}/localized/alpha/")
    assert (folder / "localized/alpha/ja.mp4").exists()


def test_reports(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    ran = scene.pull("--format", "markdown", "--quiet")
    assert ran.err == ""
    assert ran.out.startswith("1 file pulled (")
    assert "| localized/alpha/ja.mp4 | `alpha/ja` video | pulled, " in ran.out
    report = scene.report()
    content = scene.content("localized/alpha/ja.mp4")
    assert report == {
        "format_version": 1,
        "files": [
            {
                "address": "alpha/ja",
                "kind": "video",
                "path": "localized/alpha/ja.mp4",
                "state": "unchanged",
                "sha256": sha256(content),
                "size": len(content),
            }
        ],
        "failures": [],
        "not_rendered": [],
        "summary": {
            "pulled": 0,
            "unchanged": 1,
            "failed": 0,
            "missing": 0,
            "differs": 0,
            "absent": 0,
            "bytes": 0,
            "not_rendered": 0,
        },
        "exit_code": 0,
    }


def test_a_lockfile_in_conflict_is_for_apply(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    text = scene.workspace.lockfile.read_text()
    scene.workspace.lockfile.write_text(f"<<<<<<< a\n{text}=======\n{text}>>>>>>> b\n")
    (problem,) = scene.report()["errors"]
    assert problem["code"] == "lockfile_conflict"


def test_files_that_nothing_names_are_forgotten_in_time(scene: Scene) -> None:
    scene.render("alpha", languages=("ja",))
    scene.pull()
    cache = scene.workspace.folder / ".localize/localize/cache/pulled.jsonl"
    line = json.loads(cache.read_text())
    old = json.dumps(line | {"path": "old.mp4"}) + "\n"
    cache.write_text(json.dumps(line) + "\n" + old * 200)
    scene.pull("--target", "alpha/ja")
    assert len(cache.read_text().splitlines()) == 201
    scene.pull()
    assert json.loads(cache.read_text())["path"] == "localized/alpha/ja.mp4"
