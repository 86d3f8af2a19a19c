"""`localize forget`: orphans alone, offline, and the jobs stay at the vendor."""

from __future__ import annotations

import pytest
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox


@pytest.fixture
def left(sandbox: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Render, take videos out of the manifest, and lose the key; give the ids."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", "gamma", languages=("fr-FR", "ja"))
    assert workspace.run("apply", "--yes").code == 0
    found = {name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()}
    workspace.write_videos("alpha", languages=("fr-FR", "ja"))
    monkeypatch.delenv("HEYGEN_API_KEY")
    return found


def test_an_orphan_is_forgotten(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    asked = len(sandbox.requests())
    ran = workspace.run("forget", "beta/ja")
    assert ran.code == 0, ran.err
    assert ran.out == f"beta/ja: forgotten; {left['beta/ja']} stays at HeyGen\n"
    assert workspace.lock()["targets"].keys() == left.keys() - {"beta/ja"}
    assert not any(job.deleted for job in sandbox.jobs())
    assert len(sandbox.requests()) == asked


def test_globs_fit_orphans_alone(workspace: Workspace, left: dict[str, str]) -> None:
    report = workspace.run("forget", "*/ja", "gamma/*", "--format", "json").json()
    assert [item["address"] for item in report["forgotten"]] == [
        "beta/ja",
        "gamma/fr-FR",
        "gamma/ja",
    ]
    assert workspace.lock()["targets"].keys() == {"alpha/fr-FR", "alpha/ja", "beta/fr-FR"}


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("alpha/ja", "alpha/ja is in the manifest"),
        ("alpha/*", "alpha/* fits only what is in the manifest, such as alpha/fr-FR"),
        ("delta/ja", "fits nothing that the lockfile has and the manifest does not"),
        ("bta/ja", "did you mean beta/ja"),
    ],
)
def test_what_is_no_orphan_is_refused(
    workspace: Workspace, left: dict[str, str], pattern: str, told: str
) -> None:
    before = workspace.lockfile.read_bytes()
    ran = workspace.run("forget", "beta/ja", pattern)
    assert ran.code == 2
    assert told in ran.err
    assert workspace.lockfile.read_bytes() == before


def test_everything_of_an_address_goes(workspace: Workspace, left: dict[str, str]) -> None:
    lock = workspace.lockfile.read_text()
    hashed = "0" * 64
    session = (
        f'{{"fingerprint": "{hashed}", "proofread_id": "p", "status": "failed", "attempts": 1}}'
    )
    extra = f'"approvals": {{"old/ja": "{hashed}"}}, "proofreads": {{"old/ja": {session}}},'
    workspace.lockfile.write_text(
        lock.replace("{", "{" + extra, 1).replace(
            '"language"', '"protected": true, "superseded": ["tr_0"], "language"'
        )
    )
    ran = workspace.run("forget", "old/ja", "beta/ja")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        f"beta/ja: forgotten; {left['beta/ja']}, tr_0 stay at HeyGen, and was protected",
        "old/ja: forgotten; it had no job",
    ]
    assert workspace.lock().keys() == {"lockfile_version", "project", "targets"}


def test_without_a_manifest_it_says_what_to_do(workspace: Workspace) -> None:
    assert workspace.run("forget", "a/ja").code == 2
    assert not (workspace.folder / ".localize").exists()
