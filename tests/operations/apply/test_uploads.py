"""Local files: one upload for each content, one job for each target, whatever happens to either."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from media_samples import mp4, srt, wav
from workspaces import Workspace, creates

from heygen_localize.heygen import transport
from heygen_localize.operations.apply import uploads
from heygen_localize.sandbox import Sandbox

MANIFEST = """\
version: 1
project: test
languages: [es-MX, fr-FR, ja]
videos:
  small: {source: videos/small.mp4}
  large: {source: videos/large.mp4}
"""


@pytest.fixture
def files(workspace: Workspace, sandbox: Sandbox) -> Path:
    workspace.use(sandbox)
    folder = workspace.folder / "videos"
    folder.mkdir()
    (folder / "small.mp4").write_bytes(mp4("s" * 5_000_000))
    (folder / "large.mp4").write_bytes(mp4("l" * 40_000_000))
    workspace.write(MANIFEST)
    return folder


def apply(workspace: Workspace) -> None:
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err


def uploaded(sandbox: Sandbox) -> int:
    """Count the files whose bytes were sent."""
    routes = ("/v3/assets", "/uploads/{asset_id}")
    sent = [note for note in sandbox.requests() if note.route in routes]
    return sum(note.method in ("POST", "PUT") for note in sent)


def test_two_uploads_serve_six_jobs_through_all_that_may_happen(
    workspace: Workspace, sandbox: Sandbox, files: Path
) -> None:
    apply(workspace)
    assert (uploaded(sandbox), creates(sandbox)) == (2, 6)
    assert {note.size_bytes for note in sandbox.assets()} == {
        path.stat().st_size for path in files.iterdir()
    }
    assert not sandbox.key_leaks()

    for path in files.iterdir():
        path.touch()
    (files / "small.mp4").rename(files / "moved.mp4")
    workspace.write(
        MANIFEST.replace("videos/small.mp4", "videos/moved.mp4").replace("large:", "huge:")
    )
    apply(workspace)
    workspace.lockfile.unlink()
    apply(workspace)
    assert (uploaded(sandbox), creates(sandbox)) == (2, 6)

    with (files / "moved.mp4").open("r+b") as video:
        video.seek(-1, 2)
        video.write(b"!")
    apply(workspace)
    assert (uploaded(sandbox), creates(sandbox)) == (3, 9)


def test_what_the_lock_names_is_used_again_if_the_vendor_still_has_it(
    workspace: Workspace, sandbox: Sandbox, files: Path
) -> None:
    apply(workspace)
    workspace.write(MANIFEST.replace("ja]", "ja, de-DE]"))
    apply(workspace)
    assert (uploaded(sandbox), creates(sandbox)) == (2, 8)

    small = workspace.lock()["targets"]["small/ja"]["source"]
    assert workspace.lock()["assets"][small["sha256"]] == small["asset_id"]
    sandbox.delete_asset(small["asset_id"])
    workspace.write(MANIFEST.replace("ja]", "ja, de-DE, it-IT]"))
    apply(workspace)
    assert (uploaded(sandbox), creates(sandbox)) == (3, 10)
    again = workspace.lock()["targets"]["small/it-IT"]["source"]
    assert again["sha256"] == small["sha256"]
    assert again["asset_id"] != small["asset_id"]


def test_every_kind_of_file_arrives_as_it_is_hashed(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    (workspace.folder / "a.mp4").write_bytes(mp4("a"))
    (workspace.folder / "a.wav").write_bytes(wav())
    (workspace.folder / "a.srt").write_bytes(b"\xef\xbb\xbf" + srt().replace(b"\n", b"\r\n"))
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\n"
        "videos: {a: {source: a.mp4, audio: a.wav, srt: a.srt, srt_role: input}}\n"
    )
    apply(workspace)
    assert {note.mime_type: note.sha256 for note in sandbox.assets()}.keys() == {
        "video/mp4",
        "audio/wav",
        "application/x-subrip",
    }
    assert set(workspace.lock()["assets"]) == {note.sha256 for note in sandbox.assets()}
    body = sandbox.jobs()[0].body
    ids = {body[name]["asset_id"] for name in ("video", "audio", "srt")}
    assert ids == {note.id for note in sandbox.assets()}


@pytest.mark.few(3)
@pytest.mark.parametrize("size", [1_000, 33_000_000])
@pytest.mark.parametrize("fault", ["drop_after=1", "http_500_before=1", "drop_before=1"])
def test_a_lost_answer_makes_no_second_asset(
    fault: str, size: int, workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    sandbox.set_faults(f"{fault} on POST /v3/assets* times 1", f"{fault} on PUT /uploads/* times 1")
    (workspace.folder / "a.mp4").write_bytes(mp4("x" * size))
    workspace.write("version: 1\nproject: test\nlanguages: [ja]\nvideos: {a: {source: a.mp4}}\n")
    apply(workspace)
    assert len(sandbox.assets()) == 1
    assert creates(sandbox) == 1


@pytest.mark.few(3)
@pytest.mark.parametrize("size", [1_000, 33_000_000])
@pytest.mark.parametrize("change", ["shorter", "other", "gone"])
def test_a_file_that_changes_under_way_orders_nothing(
    size: int,
    change: str,
    workspace: Workspace,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace.use(sandbox)
    path = workspace.folder / "a.mp4"
    path.write_bytes(mp4("x" * size))
    workspace.write("version: 1\nproject: test\nlanguages: [ja]\nvideos: {a: {source: a.mp4}}\n")
    opened = uploads._File.opened

    def changed(self: uploads._File) -> object:
        if change == "gone":
            path.unlink()
        content = opened(self)
        with path.open("r+b") as video:
            video.truncate(10) if change == "shorter" else video.write(b"\0\0\0\x18ftypXXXX")
        return content

    monkeypatch.setattr(uploads._File, "opened", changed)
    ran = workspace.run("apply", "--yes")
    if size == 1_000 and change != "gone":
        # What goes in one call is held against the plan before it is sent, and sent as it was.
        assert ran.code == 0, ran.err
        assert [note.sha256 for note in sandbox.assets()] == list(workspace.lock()["assets"])
        return
    assert ran.code == 1, ran.err
    assert ("cannot be read" if change == "gone" else "has changed since the plan") in ran.out
    assert creates(sandbox) == 0

    monkeypatch.setattr(uploads._File, "opened", opened)
    path.write_bytes(mp4("x" * size))
    apply(workspace)
    assert creates(sandbox) == 1
    asset = sandbox.jobs()[0].body["video"]["asset_id"]
    sent = next(note for note in sandbox.assets() if note.id == asset)
    assert [sent.sha256] == list(workspace.lock()["assets"])


def test_a_file_that_is_too_large_fails_its_targets_alone(
    workspace: Workspace, sandbox: Sandbox, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = uploads.Assets.begin

    def small(self: uploads.Assets, *arguments: object) -> object:
        from msgspec.structs import replace

        return replace(begin(self, *arguments), most_bytes=39_000_000)  # type: ignore[arg-type]

    monkeypatch.setattr(uploads.Assets, "begin", small)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "videos/large.mp4: expected at most 39 MB, found 40 MB" in ran.out
    assert creates(sandbox) == 3


def test_the_key_refused_for_an_upload_ends_the_run(
    workspace: Workspace, sandbox: Sandbox, files: Path
) -> None:
    sandbox.set_faults("unauthorized=1 on POST /v3/assets*")
    assert workspace.run("apply", "--yes").code == 7
    assert creates(sandbox) == 0


def test_an_upload_address_that_has_expired_is_asked_for_anew(
    workspace: Workspace,
    sandbox: Sandbox,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put, tries = uploads.Web.put, []

    def late(self: uploads.Web, *arguments: Any) -> int:
        tries.append(arguments)
        return 403 if len(tries) == 1 else put(self, *arguments)

    monkeypatch.setattr(uploads.Web, "put", late)
    apply(workspace)
    assert len(tries) == 2
    assert tries[0][0] != tries[1][0]
    assert creates(sandbox) == 6


def large_alone(workspace: Workspace) -> None:
    workspace.write(MANIFEST.replace("  small: {source: videos/small.mp4}\n", ""))


def test_bytes_that_are_not_visible_yet_are_never_sent_again(
    workspace: Workspace, sandbox: Sandbox, files: Path
) -> None:
    large_alone(workspace)
    sandbox.set_faults("not_visible=1 on POST times 2")
    apply(workspace)
    notes = [note for note in sandbox.requests() if note.route.endswith("/complete")]
    assert [note.status for note in notes] == [409, 409, 200]
    assert {note.idempotency_key for note in notes} == {None}
    assert (uploaded(sandbox), creates(sandbox), len(sandbox.assets())) == (1, 3, 1)


def test_bytes_that_never_become_visible_fail_the_targets_in_time(
    workspace: Workspace, sandbox: Sandbox, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(transport.Transport, "pause", lambda self, seconds: pauses.append(seconds))
    sandbox.set_faults("not_visible=1 on POST")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "does not see the bytes that were sent" in ran.out
    assert pauses[:4] == [0.5, 1.0, 1.5, 2.0]
    assert 30 < sum(pauses[:15]) < 120
    assert {entry["status"] for entry in workspace.lock()["targets"].values()} == {"completed"}
    assert creates(sandbox) == 3


def test_an_asset_that_is_not_found_for_a_moment_is_waited_for(
    workspace: Workspace, start_sandbox: Callable[..., Sandbox], sandbox: Sandbox, files: Path
) -> None:
    late = start_sandbox(state=workspace.folder / "late", asset_seconds=1.0)
    workspace.use(late)
    large_alone(workspace)
    apply(workspace)
    assert (uploaded(late), len(late.jobs()), len(late.assets())) == (1, 3, 1)


def test_an_order_waits_for_an_upload_that_it_does_not_find(
    workspace: Workspace, sandbox: Sandbox, files: Path
) -> None:
    large_alone(workspace)
    sandbox.set_faults("asset_lag=1:1 on POST /v3/video-translations")
    apply(workspace)
    assert (uploaded(sandbox), len(sandbox.jobs())) == (1, 3)


LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process between: Linux counts what the parent has into a child's peak."""


@pytest.mark.skipif(os.name == "nt", reason="nothing there tells a child's peak")
def test_memory_does_not_grow_with_the_file(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    path = workspace.folder / "a.mp4"
    with path.open("wb") as video:
        rest = 110_000_000 - len(mp4())
        video.write(mp4() + rest.to_bytes(4, "big") + b"free")
        video.truncate(110_000_000)
    workspace.write("version: 1\nproject: test\nlanguages: [ja]\nvideos: {a: {source: a.mp4}}\n")
    product = [sys.executable, "-m", "heygen_localize", "apply", "--yes", "--quiet"]
    told = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *product, "--format", "markdown"],
        cwd=workspace.folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    code, peak = told.splitlines()[-1].split()
    assert code == "0", told
    assert int(peak) < 100_000, "kilobytes"
    assert creates(sandbox) == 1


def test_an_asset_that_the_lockfile_mispairs_is_not_rendered_from(
    workspace: Workspace, sandbox: Sandbox, files: Path
) -> None:
    apply(workspace)
    document = workspace.lock()
    one, two = document["assets"]
    document["assets"] = {one: document["assets"][two], two: document["assets"][one]}
    workspace.lockfile.write_text(json.dumps(document))
    workspace.write(MANIFEST.replace("ja]", "ja, de-DE]"))
    apply(workspace)
    assert (uploaded(sandbox), creates(sandbox)) == (2, 8)
    contents = {note.id: note.sha256 for note in sandbox.assets()}
    for entry in workspace.lock()["targets"].values():
        (job,) = [job for job in sandbox.jobs() if job.id == entry["translation_id"]]
        assert contents[job.body["video"]["asset_id"]] == entry["source"]["sha256"]
    assert {contents[name]: name for name in contents} == workspace.lock()["assets"]


def test_after_a_lost_lockfile_nothing_is_sent_twice(
    workspace: Workspace, sandbox: Sandbox, files: Path
) -> None:
    apply(workspace)
    workspace.lockfile.unlink()
    workspace.write(MANIFEST.replace("ja]", "ja, de-DE]"))
    apply(workspace)
    assert (uploaded(sandbox), creates(sandbox)) == (2, 8)


def test_where_the_account_cannot_be_looked_through_the_file_is_sent(
    workspace: Workspace, sandbox: Sandbox, files: Path
) -> None:
    apply(workspace)
    workspace.lockfile.unlink()
    workspace.write(MANIFEST.replace("ja]", "ja, de-DE]"))
    sandbox.set_faults("redirect=1 on GET /v3/assets")
    apply(workspace)
    assert (uploaded(sandbox), creates(sandbox)) == (4, 8)
