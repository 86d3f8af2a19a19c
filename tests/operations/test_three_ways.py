"""One manifest with a translated, a proofread and a lip-synced target, from init to the report."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import pytest
from report_reading import row_of, write_report
from repositories import Repository, generated, proposed
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

VIDEO = resources.files("heygen_localize.sandbox.media").joinpath("video.mp4").read_bytes()
SOUND = resources.files("heygen_localize.sandbox.media").joinpath("audio.mp3").read_bytes()
ADDRESSES = ("intro/es-MX", "keynote/es-MX", "talk/es-MX")


@pytest.fixture
def begun(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """Give what init writes for three videos, of which one is reviewed and one lip-synced."""
    workspace.use(sandbox)
    for name in ("videos/intro.mp4", "videos/talk.mp4", "videos/keynote.mp4"):
        path = workspace.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(VIDEO)
    (workspace.folder / "sound").mkdir()
    (workspace.folder / "sound/es-MX.mp3").write_bytes(SOUND)
    ran = workspace.run(
        "init", "--source", "videos/*.mp4", "-l", "es-MX", "--project", "test", "--no-input"
    )
    assert ran.code == 0, ran.err
    written = workspace.manifest.read_text("utf-8")
    for line, more in {
        "  talk: videos/talk.mp4": "proofread: true",
        "  keynote: videos/keynote.mp4": "kind: lipsync, audio: 'sound/{{ language.tag }}.mp3'",
    }.items():
        name, _, source = line.partition(": ")
        assert line in written
        written = written.replace(line, f"{name}: {{source: {source}, {more}}}")
    workspace.write(written)
    return workspace


def orders(account: Sandbox) -> dict[str, int]:
    lipsyncs = [
        note for note in account.requests() if (note.method, note.route) == ("POST", "/v3/lipsyncs")
    ]
    return {
        "translations": creates(account),
        "sessions": proposed(account),
        "renders": generated(account),
        "lip syncs": len(lipsyncs),
    }


def actions(workspace: Workspace) -> dict[str, Any]:
    document = workspace.run("plan", "--format", "json").json()
    return {action["address"]: action["action"] for action in document["actions"]}


def test_three_ways_to_a_dub_go_together(begun: Workspace, sandbox: Sandbox) -> None:
    repository = Repository(begun)
    repository.commit()
    assert begun.run("validate").code == 0
    assert actions(begun) == dict(zip(ADDRESSES, ("create", "create", "propose"), strict=True))

    ran = begun.run("apply", "--yes")
    assert ran.code == 0, ran.err
    assert orders(sandbox) == {"translations": 1, "sessions": 1, "renders": 0, "lip syncs": 1}
    assert actions(begun) == dict(zip(ADDRESSES, ("none", "none", "review"), strict=True))

    # The sandbox only marks its English text; check is to find Spanish.
    machine = repository.text("talk/es-MX")
    machine.write_text(re.sub(r"(?m)^\[.*$", "El perro de la vecina duerme.", machine.read_text()))
    assert begun.run("proofread", "approve", "talk/es-MX").code == 0
    assert actions(begun)["talk/es-MX"] == "create"
    ran = begun.run("apply", "--yes")
    assert ran.code == 0, ran.err
    every = {"translations": 1, "sessions": 1, "renders": 1, "lip syncs": 1}
    assert orders(sandbox) == every
    assert begun.run("plan", "--detailed-exitcode").code == 0

    lock = begun.lockfile.read_bytes()
    ran = begun.run("apply", "--yes")
    assert ran.out.startswith("Nothing to do")
    assert (begun.lockfile.read_bytes(), orders(sandbox)) == (lock, every)

    shown(begun)
    assert orders(sandbox) == every
    assert begun.run("apply", "--yes").out.startswith("Nothing to do")


def shown(workspace: Workspace) -> None:
    """Pull, check and report; every target is there, and as it should be."""
    ran = workspace.run("pull")
    assert ran.code == 0, ran.err
    for address in ADDRESSES:
        assert (workspace.folder / f"localized/{address}.mp4").is_file()
        assert (workspace.folder / f"localized/{address}.srt").is_file()
    document = workspace.run("check", "--format", "json").json()
    assert {row["address"]: row["state"] for row in document["targets"]} == dict.fromkeys(
        ADDRESSES, "ok"
    )
    assert document["exit_code"] == 0
    assert "3 targets checked" in workspace.run("check", "--format", "markdown").out
    status = workspace.run("status", "--format", "markdown").out
    assert all(name.partition("/")[0] in status for name in ADDRESSES)
    page = write_report(workspace, name="report.html")
    for address in ADDRESSES:
        assert "completed" in row_of(page, address).text
    assert len(page.all("section", class_="video")) == 3
