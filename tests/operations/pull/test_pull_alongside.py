"""`apply --pull`: files come in as their jobs end, and are in the lockfile at the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pull_scene import CAPTIONS, FILES, Scene, sha256
from urllib3.util import Retry
from workspaces import creates


def test_files_come_in_with_the_run(scene: Scene) -> None:
    scene.write_videos("intro", extra=CAPTIONS)
    ran = scene.workspace.run("apply", "--yes", "--pull")
    assert ran.code == 0, ran.err
    assert "3 jobs ordered: 3 of 3 targets rendered" in ran.out
    assert "6 files pulled" in ran.out
    assert "localized/intro/ja.mp4: pulled" in ran.err
    assert "ja.mp4" not in ran.out  # told once, as it came
    for address, entry in scene.workspace.lock()["targets"].items():
        content = scene.content(f"localized/{address}.mp4")
        assert content == scene.served(address)
        assert entry["files"]["video"] == {"sha256": sha256(content), "size": len(content)}
        assert entry["files"]["srt"]
    before, lock = scene.count(), scene.workspace.lockfile.read_bytes()
    ran = scene.workspace.run("apply", "--yes", "--pull")
    assert ran.out.startswith("0 files pulled, 6 unchanged. Under localized/intro/\n")
    assert not scene.fetches(before)
    assert scene.workspace.lockfile.read_bytes() == lock
    assert creates(scene.sandbox) == 3
    assert not scene.sandbox.key_leaks()


def test_a_first_file_is_fetched_before_the_last_job_ends(new_scene: Callable[..., Scene]) -> None:
    scene = new_scene(render_seconds=0.3)
    scene.write_videos("intro", languages=("es-MX", "ja"), extra="limits: {max_concurrent_jobs: 1}")
    assert scene.workspace.run("apply", "--yes", "--pull").code == 0
    notes = scene.sandbox.requests()
    fetched = [number for number, note in enumerate(notes) if note.path.startswith(FILES)]
    polled = [number for number, note in enumerate(notes) if note.route.endswith("statuses")]
    assert len(fetched) == 2
    assert fetched[0] < polled[-1] < fetched[1]


def test_what_earlier_runs_rendered_is_pulled_too(scene: Scene) -> None:
    scene.render("intro")
    report = scene.workspace.run("apply", "--pull", "--format", "json").json()
    assert [file["state"] for file in report["pulled"]["files"]] == ["pulled"] * 3
    ran = scene.workspace.run("apply", "--pull", "--format", "markdown")
    assert "3 unchanged" in ran.out


def test_a_failed_download_fails_the_run_and_nothing_else(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heygen_localize.operations.pull.download._RETRIES", Retry(total=1))
    scene.sandbox.set_faults("http_500_before=1 on GET /files/*")
    scene.write_videos("intro", languages=("ja",))
    ran = scene.workspace.run("apply", "--yes", "--pull")
    assert ran.code == 1
    assert "the file host answers HTTP 500" in ran.out
    assert scene.workspace.lock()["targets"]["intro/ja"]["status"] == "completed"
    scene.sandbox.set_faults()
    assert scene.workspace.run("apply", "--yes", "--pull").code == 0
    assert creates(scene.sandbox) == 1


def test_a_failed_replacement_leaves_the_earlier_files(scene: Scene) -> None:
    scene.render("intro", languages=("ja",))
    earlier = scene.served("intro/ja")
    scene.sandbox.set_faults("fail_job=1 on POST")
    scene.workspace.write(
        scene.workspace.manifest.read_text().replace("{source", "{revision: 2, source")
    )
    ran = scene.workspace.run("apply", "--yes", "--pull")
    assert ran.code == 1
    assert scene.content("localized/intro/ja.mp4") == earlier


def test_an_unsafe_place_is_refused_before_anything_is_paid(scene: Scene) -> None:
    scene.write_videos("intro", languages=("ja",))
    (scene.workspace.folder / "localized").symlink_to(scene.workspace.folder.parent)
    ran = scene.workspace.run("apply", "--yes", "--pull")
    assert ran.code == 2
    assert "localized is a link, and none is followed" in ran.err
    assert creates(scene.sandbox) == 0
