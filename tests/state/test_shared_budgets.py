"""Budgets of a project whose state many machines share: one ledger, spent once."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from postgres_server import Server
from workspaces import Workspace, creates, run_in

from heygen_localize.sandbox import Sandbox

pytestmark = pytest.mark.of_translations

MANIFEST = """\
version: 1
project: test
lock: {urls: none}
languages: [ja, fr-FR]
budgets: {total: 1/month}
defaults: {duration: 6, team: docs}
videos:
"""
APPLY = ("apply", "--yes", "--within-budget")


def write(folder: Path, videos: int) -> None:
    lines = (
        f"  v{number}: {{source: 'https://cdn.example.com/{number}.mp4'}}\n"
        for number in range(videos)
    )
    (folder / "localize.yaml").write_text(MANIFEST + "".join(lines))


def test_the_ledger_goes_the_way_of_the_entries(
    workspace: Workspace,
    shared: str,
    sandbox: Sandbox,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace.use(sandbox)
    write(workspace.folder, 1)
    assert workspace.run(*APPLY).code == 0
    rows = server.execute("SELECT count(*) FROM localize.entries WHERE part = 'spent'", url=shared)
    assert rows == [(2,)]
    ran = workspace.run("state", "export")
    assert ran.code == 0, ran.err
    exported = workspace.lockfile.read_text()
    # With files, the same account and the same content: the export is theirs to the byte.
    monkeypatch.delenv("LOCALIZE_STATE")
    files = tmp_path / "files"
    files.mkdir()
    write(files, 1)
    (files / "localize.lock").write_text(exported)
    assert run_in(files, *APPLY).code == 0
    assert (files / "localize.lock").read_text() == exported
    (files / "localize.lock").unlink()
    assert run_in(files, *APPLY).code == 0
    again = (files / "localize.lock").read_text()
    assert '"spent"' in again
    assert sorted(set(re.findall(r'"usd": .*', again))) == ['"usd": 0.1998']
    assert creates(sandbox) == 2


def test_runs_at_once_of_one_project_spend_its_budget_once(
    workspace: Workspace, shared: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Five jobs fit; each run knows of other videos, as branches do."""
    workspace.use(sandbox)
    folders = []
    for number in range(3):
        folder = tmp_path / f"machine-{number}"
        folder.mkdir()
        text = MANIFEST + "".join(
            f"  v{number}-{video}: {{source: 'https://cdn.example.com/{number}-{video}.mp4'}}\n"
            for video in range(2)
        )
        (folder / "localize.yaml").write_text(text)
        folders.append(folder)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "heygen_localize", *APPLY, "--no-check-sources"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for folder in folders
    ]
    ends = [process.communicate()[0] and process.returncode for process in started]
    assert set(ends) <= {0, 2}, ends  # the one that is not alone is told so
    for folder in folders:
        assert run_in(folder, *APPLY).code == 0
    assert creates(sandbox) == 5


def test_an_order_whose_answer_was_lost_counts_and_goes_out_again(
    workspace: Workspace, shared: str, sandbox: Sandbox
) -> None:
    """It may be paid for: nothing else takes its money, and its own key needs none."""
    workspace.use(sandbox)
    write(workspace.folder, 1)
    text = workspace.manifest.read_text().replace("total: 1", "total: 0.20")
    workspace.manifest.write_text(text.replace("[ja, fr-FR]", "[ja]"))
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert workspace.run(*APPLY, "--timeout", "1").code == 6
    sandbox.set_faults("list_lag=1:999999 on GET")
    text = workspace.manifest.read_text().replace(
        "videos:\n", "videos:\n  a: {source: asset:1, priority: 9}\n"
    )
    workspace.manifest.write_text(text)
    found = workspace.run("plan", "--within-budget", "--format", "json").json()
    assert {item["address"]: item["action"] for item in found["actions"]} == {
        "a/ja": "held",
        "v0/ja": "create",
    }
    assert workspace.run(*APPLY).code == 0
    assert len(sandbox.jobs()) == 1
