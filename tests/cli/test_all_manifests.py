"""`--all`: what was done for one manifest is told, whatever happens with another."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_clock import FakeClock
from workspaces import Workspace, creates

from heygen_localize.core.errors import ExitCode
from heygen_localize.sandbox import Sandbox

_MANIFEST = """\
version: 1
project: {project}
languages: [ja]
videos:
{videos}
"""
_DOCS = Path(__file__).parent.parent.parent / "docs"


def _write(workspace: Workspace, name: str, videos: int = 1, duration: int = 60) -> None:
    folder = workspace.folder / name
    folder.mkdir()
    lines = "\n".join(
        f"  v{number}: {{source: asset:{name[:3]}{number}, duration: {duration}}}"
        for number in range(videos)
    )
    project = re.sub(r"\W+", "", name)
    (folder / "localize.yaml").write_text(_MANIFEST.format(project=project, videos=lines))


def _track(workspace: Workspace) -> None:
    for arguments in (("init", "-q"), ("add", "--all")):
        subprocess.run(["git", "-C", workspace.folder, *arguments], check=True, capture_output=True)


def test_a_manifest_too_dear_hides_nothing_of_the_others(
    workspace: Workspace, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox(balance=5.0)
    workspace.use(sandbox)
    for name, duration in (("a", 60), ("b", 36000), ("c", 60)):
        _write(workspace, name, duration=duration)
    _track(workspace)
    ran = workspace.run("apply", "--all", "--yes", "--format", "json")
    assert ran.code == 7
    first, second, third = ran.json()["manifests"]
    assert first["ordered"] == third["ordered"] == 1
    assert second["errors"][0]["code"] == "balance_too_low"
    assert creates(sandbox) == 2


def test_a_refused_key_ends_the_run_and_says_who_was_left(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    monkeypatch.setenv("HEYGEN_API_KEY", "another")
    for name in "abc":
        _write(workspace, name)
    _track(workspace)
    ran = workspace.run("plan", "--all", "--format", "json")
    assert ran.code == 7
    (only,) = ran.json()["manifests"]
    assert (only["manifest"], len(only["errors"])) == ("a/localize.yaml", 1)
    assert "since the key is refused: b/localize.yaml, c/localize.yaml" in ran.err
    monkeypatch.delenv("HEYGEN_API_KEY")
    assert len(workspace.run("plan", "--all", "--format", "json").json()["manifests"]) == 1


def test_ctrl_c_leaves_the_reports_of_what_was_done(
    workspace: Workspace,
    start: Callable[..., Sandbox],
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox = start()
    _write(workspace, "a")
    _write(workspace, "b")
    _track(workspace)
    sleep = clock.sleep

    def interrupted(seconds: float) -> None:
        if creates(sandbox) == 2:
            signal.raise_signal(signal.SIGINT)
        sleep(seconds)

    monkeypatch.setattr(clock, "sleep", interrupted)
    ran = workspace.run("apply", "--all", "--yes", "--format", "json")
    assert ran.code == 130
    assert [report["manifest"] for report in json.loads(ran.out)["manifests"]] == [
        "a/localize.yaml"
    ]


def test_a_folder_s_name_steers_neither_markdown_nor_a_terminal(workspace: Workspace) -> None:
    _write(workspace, "a\n# <b>[x](http:y)\x1b[31m")
    _track(workspace)
    written = workspace.run("plan", "--offline", "--all", "--format", "markdown").out
    heading = next(line for line in written.splitlines() if line.startswith("## "))
    assert heading.startswith("## a \\#")
    assert "\\<b\\>\\[x\\]" in heading
    shown = workspace.run("plan", "--offline", "--all").out
    assert shown.startswith("a # <b>[x](http:y)[31m/localize.yaml:\n")


def test_only_what_git_tracks_is_taken_in_a_repository(workspace: Workspace) -> None:
    _write(workspace, "a")
    _track(workspace)
    workspace.write(_MANIFEST.format(project="x", videos="  y: asset:y"))
    report = workspace.run("plan", "--offline", "--all", "--format", "json").json()
    assert [item["manifest"] for item in report["manifests"]] == ["a/localize.yaml"]


def test_without_a_repository_the_manifests_of_the_folder_are_taken(workspace: Workspace) -> None:
    workspace.write(_MANIFEST.format(project="x", videos="  y: asset:y"))
    report = workspace.run("plan", "--offline", "--all", "--format", "json").json()
    assert [item["manifest"] for item in report["manifests"]] == ["localize.yaml"]


def test_exit_codes_apply_in_the_order_of_their_page() -> None:
    page = (_DOCS / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| ([\d, ]+) \|", page)
    told = [int(number) for row in rows for number in row.split(",")]
    assert told == [int(code) for code in ExitCode]


def test_a_wrong_manifest_goes_before_a_limit(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    _write(workspace, "a", videos=2)
    _write(workspace, "b")
    (workspace.folder / "b" / "localize.yaml").write_text("version: 1\nvideos: 3\n")
    _track(workspace)
    assert workspace.run("plan", "--all", "--max-new", "1").code == 2
    subprocess.run(["git", "-C", workspace.folder, "rm", "-fq", "b/localize.yaml"], check=True)
    assert workspace.run("plan", "--all", "--max-new", "1").code == 3
