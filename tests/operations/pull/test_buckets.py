"""Files that are pulled into buckets: a folder that stands for one, and a true S3 server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bucket_scene import Store
from pull_scene import Scene, sha256
from s3_server import ACCESS, SECRET
from workspaces import creates

pytest.importorskip("obstore")


def objects(scene: Scene, address: str) -> Any:
    return scene.workspace.lock()["targets"][address]["objects"]


def test_files_come_into_the_bucket_and_into_the_lockfile(scene: Scene, store: Store) -> None:
    scene.render("alpha", extra=store.outputs)
    ran = scene.pull()
    assert ran.code == 0, ran.err + ran.out
    assert ran.out.endswith(f" Under {store.address}/alpha/\n")
    for tag in ("es-MX", "fr-FR", "ja"):
        address = f"alpha/{tag}"
        content = store.content(address)
        assert content == scene.served(address)
        locked = scene.workspace.lock()["targets"][address]
        assert locked["files"] == {"video": {"sha256": sha256(content), "size": len(content)}}
        (kind,) = locked["objects"]
        assert kind == "video"
        assert locked["objects"][kind]["at"] == store.at(address)
        assert locked["objects"][kind]["sha256"] == sha256(content)
    assert store.names() == ["alpha/es-MX.mp4", "alpha/fr-FR.mp4", "alpha/ja.mp4"]
    assert scene.workspace.lock()["lockfile_version"] == 4
    # Nothing of it passed over this disk.
    left = [path.name for path in scene.workspace.folder.rglob("*") if path.suffix == ".mp4"]
    assert not left
    text = scene.workspace.lockfile.read_text() + ran.out + ran.err
    assert SECRET not in text
    assert ACCESS not in text
    assert not scene.sandbox.key_leaks()


def test_a_second_pull_asks_for_heads_alone(scene: Scene, store: Store) -> None:
    scene.render("alpha", extra=store.outputs)
    scene.pull()
    before, lock = scene.count(), scene.workspace.lockfile.read_bytes()
    store.asked.clear()
    ran = scene.pull()
    assert (ran.code, ran.out.split(".")[0]) == (0, "0 files pulled, 3 unchanged")
    assert scene.count() == before  # HeyGen and its file host were not asked
    assert scene.workspace.lockfile.read_bytes() == lock
    assert "unchanged" not in ran.err
    if store.address.startswith("s3"):
        assert sorted(method for method, _ in store.asked) == ["HEAD"] * 3
    check = scene.pull("--check")
    assert (check.code, check.out.split(".")[0]) == (0, "0 files to pull, 3 unchanged")
    assert scene.count() == before


def test_what_was_removed_is_sent_again(scene: Scene, store: Store) -> None:
    scene.render("alpha", extra=store.outputs)
    scene.pull()
    (store.folder / "alpha/ja.mp4").unlink()
    assert scene.pull("--check").code == 5
    states = {row["address"]: row["state"] for row in scene.report()["files"]}
    assert states == {
        "alpha/es-MX": "unchanged", "alpha/fr-FR": "unchanged", "alpha/ja": "pulled",
    }  # fmt: skip
    assert store.content("alpha/ja") == scene.served("alpha/ja")


def test_another_object_is_left_as_it_is(scene: Scene, store: Store) -> None:
    scene.render("alpha", languages=("ja",), extra=store.outputs)
    store.put("alpha/ja", b"somebody else's")
    ran = scene.pull()
    assert ran.code == 1
    assert "is not what localize put there: it is left as it is" in ran.out
    assert store.content("alpha/ja") == b"somebody else's"
    assert "objects" not in scene.workspace.lock()["targets"]["alpha/ja"]
    assert scene.pull("--check").code == 5


def test_ours_that_somebody_changed_is_left_as_it_is(scene: Scene, store: Store) -> None:
    scene.render("alpha", languages=("ja",), extra=store.outputs)
    assert scene.pull().code == 0
    store.put("alpha/ja", b"cut by hand")
    ran = scene.pull()
    assert ran.code == 1
    assert "it is left as it is" in ran.out
    assert store.content("alpha/ja") == b"cut by hand"


def test_an_object_of_the_same_size_is_told_apart(scene: Scene, store: Store) -> None:
    scene.render("alpha", languages=("ja",), extra=store.outputs)
    other = bytes(len(scene.served("alpha/ja")))
    store.put("alpha/ja", other)
    assert "it is left as it is" in scene.pull().out
    assert store.content("alpha/ja") == other


@pytest.mark.parametrize("lost", ["objects", "lockfile"])
def test_what_an_earlier_run_put_there_is_taken_as_it_is(
    scene: Scene, store: Store, lost: str
) -> None:
    scene.render("alpha", languages=("ja",), extra=store.outputs)
    assert scene.pull().code == 0
    whole = scene.workspace.lock()
    if lost == "objects":
        scene.edit_lock(lambda entries: entries["alpha/ja"].pop("objects"))
    else:
        scene.workspace.lockfile.unlink()
        scene.apply()
    ran = scene.pull()
    assert ran.code == 0, ran.out
    assert objects(scene, "alpha/ja") == whole["targets"]["alpha/ja"]["objects"]
    assert not [path for method, path in store.asked[-6:] if method == "PUT"][1:]
    assert creates(scene.sandbox) == 1


def test_a_replacement_takes_the_place_of_ours(scene: Scene, store: Store) -> None:
    scene.render("alpha", languages=("ja",), extra=store.outputs)
    assert scene.pull().code == 0
    first = objects(scene, "alpha/ja")["video"]
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("alpha.mp4'", "alpha.mp4', revision: 2"))
    ran = scene.workspace.run("apply", "--yes", "--quiet", "--pull")
    assert ran.code == 0, ran.out + ran.err
    second = objects(scene, "alpha/ja")["video"]
    assert second["etag"] != first["etag"]
    assert store.content("alpha/ja") == scene.served("alpha/ja")
    assert sha256(store.content("alpha/ja")) == second["sha256"]
    assert creates(scene.sandbox) == 2


def test_a_replacement_leaves_what_somebody_put_there_since(scene: Scene, store: Store) -> None:
    scene.render("alpha", languages=("ja",), extra=store.outputs)
    assert scene.pull().code == 0
    store.put("alpha/ja", b"somebody else's")
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("alpha.mp4'", "alpha.mp4', revision: 2"))
    scene.apply()
    assert "it is left as it is" in scene.pull().out
    assert store.content("alpha/ja") == b"somebody else's"


def test_apply_pulls_into_the_bucket(scene: Scene, store: Store) -> None:
    scene.write_videos("alpha", extra=store.outputs)
    ran = scene.workspace.run("apply", "--yes", "--pull", "--format", "json")
    report = json.loads(ran.out)
    assert ran.code == 0, ran.out
    assert {row["path"] for row in report["pulled"]["files"]} == {
        store.at(f"alpha/{tag}") for tag in ("es-MX", "fr-FR", "ja")
    }
    assert creates(scene.sandbox) == 3


def test_what_was_checked_is_what_goes_into_the_bucket(scene: Scene, store: Store) -> None:
    """It stands aside on this disk until then, and is not fetched a second time."""
    pytest.importorskip("av")
    loose = "defaults: {publish_after: check}\nlanguages: [ja]"
    scene.write_videos("alpha", languages=("ja",), extra=store.outputs)
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("languages: [ja]", loose).replace("mp4'}", "mp4'}", 1))
    assert scene.workspace.run("apply", "--yes", "--quiet", "--pull").code == 0
    assert store.names() == []
    checked = scene.workspace.run("check")
    assert "objects" not in scene.workspace.lock()["targets"]["alpha/ja"]
    assert not scene.workspace.lock()["targets"]["alpha/ja"].get("held"), checked.out
    since = scene.count()
    assert scene.pull().code == 0
    assert scene.fetches(since) == []
    assert store.content("alpha/ja") == scene.served("alpha/ja")
    assert scene.report()["summary"]["unchanged"] == 1
    again = scene.workspace.run("check")
    assert "is in a bucket, not here" in again.out
    assert "localize check --fetch" in again.out


def test_what_is_in_a_bucket_is_fetched_for_a_check(scene: Scene, store: Store) -> None:
    pytest.importorskip("av")
    scene.render("alpha", languages=("ja",), extra=store.outputs)
    assert scene.pull().code == 0
    before, lock = store.content("alpha/ja"), objects(scene, "alpha/ja")
    report = scene.workspace.run("check", "--fetch", "--format", "json").json()
    assert report["targets"][0]["state"] != "unpulled"
    assert "check" in scene.workspace.lock()["targets"]["alpha/ja"]
    assert scene.report()["summary"]["unchanged"] == 1
    assert (store.content("alpha/ja"), objects(scene, "alpha/ja")) == (before, lock)


def test_an_empty_object_in_the_way_is_told_as_any(scene: Scene, store: Store) -> None:
    scene.render("alpha", languages=("ja",), extra=store.outputs)
    store.put("alpha/ja", b"")
    for command in (("apply", "--yes", "--quiet", "--pull"), ("pull",)):
        ran = scene.workspace.run(*command)
        assert ran.code == 1, ran.err
        assert "is there, and is not what localize put there" in ran.out
    assert store.content("alpha/ja") == b""


def test_a_folder_that_stands_for_a_bucket_holds_no_file_of_a_path_too(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scene.workspace.folder
    monkeypatch.setenv("LOCALIZE_FILE_BUCKETS", str(folder))
    name = "dubs/{{ video.id }}.{{ language.tag }}"
    scene.write_videos(
        "alpha", extra=f"outputs: {{video: '{name}', srt: 'file://{folder}/{name}'}}"
    )
    ran = scene.workspace.run("apply", "--yes", "--quiet", "--pull")
    assert ran.code == 2
    assert "is the same file as 'file://" in ran.err
    assert creates(scene.sandbox) == 0


def test_a_folder_that_stands_for_a_bucket_is_left_by_no_link(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, elsewhere = tmp_path / "bucket", tmp_path / "elsewhere"
    bucket.mkdir()
    elsewhere.mkdir()
    (bucket / "alpha").symlink_to(elsewhere)
    monkeypatch.setenv("LOCALIZE_FILE_BUCKETS", str(bucket))
    scene.write_videos("alpha", extra=Store(f"file://{bucket}", bucket).outputs)
    ran = scene.workspace.run("apply", "--yes", "--quiet", "--pull")
    assert ran.code == 2
    assert "leads through a link, out of the folder that is allowed" in ran.err
    assert creates(scene.sandbox) == 0
    assert list(elsewhere.iterdir()) == []
