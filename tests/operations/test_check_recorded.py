"""What `localize check` leaves in the lockfile, and `status` says of it without decoding."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_check_command import MANIFEST, Clip, made, plant, pulled, told
from workspaces import Workspace

from heygen_localize.media.measure import looking
from heygen_localize.operations import check as checking
from heygen_localize.project.process_lock import only_one
from heygen_localize.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("decoded_once")
__all__ = ["pulled"]


def statuses(workspace: Workspace) -> dict[str, Any]:
    rows = workspace.run("status", "--format", "json").json()["targets"]
    return {row["address"]: row["check"] for row in rows}


@pytest.fixture
def without_pyav(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take PyAV away once the test asks for it, and any child that would decode."""

    def none(*arguments: Any, **more: Any) -> Any:
        raise AssertionError("nothing is to be decoded")

    monkeypatch.setattr(looking, "find_spec", lambda name: None)
    monkeypatch.setattr(looking, "answer_of", none)


def test_figures_are_kept_and_a_second_check_changes_no_byte(pulled: Workspace) -> None:
    assert pulled.run("check").code == 0
    first = pulled.lockfile.read_bytes()
    lock = pulled.lock()
    assert lock["lockfile_version"] == 3
    kept = lock["targets"]["intro/ja"]
    assert kept["check"]["sha256"] == kept["files"]["video"]["sha256"]
    assert kept["check"]["captions_sha256"] == kept["files"]["srt"]["sha256"]
    assert kept["check"]["media"]["video"]["width"] == 320
    assert not {"speech", "waveform"} & set(kept["check"]["media"])
    assert "findings" not in json.dumps(kept)
    changed = pulled.lockfile.stat().st_mtime_ns
    assert pulled.run("check").code == 0
    assert pulled.lockfile.read_bytes() == first
    assert pulled.lockfile.stat().st_mtime_ns == changed
    assert pulled.run("apply", "--yes").code == 0
    assert pulled.run("refresh").code == 0
    assert pulled.lock()["targets"]["intro/ja"]["check"] == kept["check"]


def test_status_says_the_same_without_pyav(
    pulled: Workspace, request: pytest.FixtureRequest
) -> None:
    plant(pulled, made(Clip(seconds=12.0, silent=((2.0, 11.0),), black=((4.0, 8.0),))))
    assert statuses(pulled)["intro/ja"]["state"] == "unchecked"
    found = told(pulled)
    request.getfixturevalue("without_pyav")
    rows = statuses(pulled)
    assert {name: row["state"] for name, row in rows.items()} == {
        "intro/es-MX": "ok",
        "intro/ja": "failed",
    }
    assert rows["intro/ja"]["findings"] == found["intro/ja"]["findings"]
    errors, warnings = rows["intro/ja"]["errors"], rows["intro/ja"]["warnings"]
    assert (errors, warnings >= 2) == (1, True)
    note = f"its check found 1 error, {warnings} warnings: localize check"
    text = pulled.run("status").out
    assert note in text
    assert "of their files 1 checked, 1 failed the check" in text
    assert note in pulled.run("status", "--format", "markdown").out.replace("\\", "")


def test_a_changed_threshold_shows_without_another_look(
    pulled: Workspace, request: pytest.FixtureRequest
) -> None:
    told(pulled)
    request.getfixturevalue("without_pyav")
    before = pulled.lockfile.read_bytes()
    pulled.write(MANIFEST + "    checks: {loudness: {target: -16, severity: error}}\n")
    assert statuses(pulled)["intro/ja"]["state"] == "failed"
    pulled.write(MANIFEST + "    checks: {loudness: {target: -16}}\n")
    assert statuses(pulled)["intro/ja"]["state"] == "warned"
    assert pulled.lockfile.read_bytes() == before


def test_another_file_is_unchecked_and_one_that_cannot_be_measured_failed(
    pulled: Workspace,
) -> None:
    told(pulled)
    whole = made(Clip())
    header = whole.index(b"moov")
    no_tracks = whole[: header + 4] + bytes(len(whole) - header - 4)
    for content, code in ((no_tracks, "media_"), (b"<html></html>", "download_not_a_file")):
        plant(pulled, content)
        assert statuses(pulled)["intro/ja"]["state"] == "unchecked"
        found = told(pulled)["intro/ja"]
        row = statuses(pulled)["intro/ja"]
        assert row["state"] == found["state"] == "failed"
        assert row["problem"] == found["problem"]["code"]
        assert row["problem"].startswith(code)
        assert pulled.lock()["targets"]["intro/ja"]["check"]["problem"] == row["problem"]
    plant(pulled, whole)
    told(pulled)
    assert "problem" not in pulled.lock()["targets"]["intro/ja"]["check"]


def test_what_is_not_here_keeps_what_was_found_of_it(pulled: Workspace) -> None:
    told(pulled)
    before = pulled.lockfile.read_bytes()
    (pulled.folder / "out/intro.ja.srt").unlink()
    (pulled.folder / "out/intro.es-MX.mp4").unlink()
    told(pulled)
    assert pulled.lockfile.read_bytes() == before
    assert {row["state"] for row in statuses(pulled).values()} == {"ok"}


def test_a_job_that_is_replaced_takes_its_check_along(pulled: Workspace, sandbox: Sandbox) -> None:
    told(pulled)
    kept = pulled.lock()["targets"]["intro/ja"]["check"]
    pulled.write(MANIFEST + "    revision: 2\n")
    assert pulled.run("apply", "--yes", "--no-wait").code == 0
    found = pulled.lock()["targets"]["intro/ja"]
    assert "check" not in found
    assert found["serving"]["check"] == kept
    assert statuses(pulled)["intro/ja"]["state"] == "ok"
    assert pulled.run("apply", "--yes").code == 0
    found = pulled.lock()["targets"]["intro/ja"]
    assert "check" not in found
    assert "serving" not in found
    assert statuses(pulled)["intro/ja"]["state"] == "unchecked"


def test_while_another_works_the_report_is_told_and_the_lockfile_left(pulled: Workspace) -> None:
    before = pulled.lockfile.read_bytes()
    with only_one(pulled.manifest):
        ran = pulled.run("check")
        document = pulled.run("check", "--format", "json").json()
    assert ran.code == document["exit_code"] != 0
    assert "✓ intro/es-MX" in ran.out
    assert "The lockfile does not have it: another localize applies" in ran.out
    assert document["unsaved"]["code"] == "apply_running"
    assert pulled.lockfile.read_bytes() == before
    assert pulled.run("check").code == 0
    with only_one(pulled.manifest):  # there is nothing to write by now
        assert pulled.run("check").code == 0


def test_what_others_write_meanwhile_is_merged(
    pulled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    captions_of = checking.captions_of

    def meanwhile(*arguments: Any) -> Any:
        lock = pulled.lock()
        lock["targets"]["intro/ja"]["title"] = "another title"
        pulled.lockfile.write_text(json.dumps(lock))
        return captions_of(*arguments)

    monkeypatch.setattr(checking, "captions_of", meanwhile)
    assert pulled.run("check").code == 0
    found = pulled.lock()["targets"]["intro/ja"]
    assert found["title"] == "another title"
    assert found["check"]["media"]["seconds"] == 6.0
