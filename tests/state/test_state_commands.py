"""`localize state`: tables made, a lockfile taken over and written out the same to the byte."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from postgres_server import Server
from workspaces import Workspace, creates

from heygen_localize.project.state import sql
from heygen_localize.sandbox import Sandbox


@pytest.fixture
def applied(workspace: Workspace, sandbox: Sandbox) -> bytes:
    """Give the lockfile of a run with files: some done, one failed, one replaced, a pull."""
    workspace.use(sandbox)
    outputs = "outputs: {video: 'out/{{ video.id }}/{{ language.tag }}.mp4'}"
    workspace.write_videos("alpha", "beta", extra=outputs)
    sandbox.set_faults("fail_job=0.3 on POST")
    assert workspace.run("apply", "--yes", "--pull").code == 1
    sandbox.set_faults()
    workspace.write(workspace.manifest.read_text().replace("alpha.mp4", "other.mp4"))
    assert workspace.run("apply", "--yes", "--pull").code == 0
    return workspace.lockfile.read_bytes()


def test_a_lockfile_comes_out_as_it_went_in(
    workspace: Workspace,
    applied: bytes,
    database: str,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCALIZE_STATE", database)
    made = workspace.run("state", "init")
    assert (made.code, made.out.endswith(f"the tables are of version {sql.VERSION}\n")) == (0, True)
    assert workspace.run("state", "init").out.endswith(
        f"the tables are of version {sql.VERSION} already\n"
    )
    empty = workspace.run("state", "export")
    assert (empty.code, "state_empty" in empty.err) == (2, True)
    assert workspace.run("state", "import").out.endswith("6 targets of test\n")
    assert workspace.run("state", "import").code == 0
    out = workspace.folder / "copy.lock"
    assert workspace.run("state", "export", "--links", "-o", str(out)).code == 0
    assert out.read_bytes() == applied
    assert workspace.run("state", "export", "--links").out == "localize.lock: as it was\n"
    assert workspace.run("state", "export", "-o", str(out)).code == 0
    assert (b"video_url" in applied, b"video_url" in out.read_bytes()) == (True, False)
    # The plan is as it was, too: nothing is ordered, and nothing written.
    sent = creates(sandbox)
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    assert workspace.run("apply", "--yes").code == 0
    assert creates(sandbox) == sent
    assert workspace.run("state", "export", "--links").out == "localize.lock: as it was\n"


def test_import_merges_with_what_is_there(
    workspace: Workspace, shared: str, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    assert workspace.run("apply", "--yes", "--target", "alpha/*").code == 0
    assert workspace.run("state", "export").code == 0
    document = workspace.lock()
    entry = document["targets"].pop("alpha/ja")
    document["targets"]["gone/ja"] = entry | {"translation_id": "tr_gone-ja"}
    workspace.lockfile.write_text(json.dumps(document))
    assert workspace.run("state", "import").code == 0
    assert workspace.run("state", "export").code == 0
    assert {"alpha/ja", "gone/ja", "alpha/es-MX"} <= workspace.lock()["targets"].keys()


def test_an_export_by_file_has_the_targets_of_each(
    workspace: Workspace, shared: str, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    (workspace.folder / "teams").mkdir()
    included = workspace.folder / "teams" / "one.yaml"
    included.write_text("videos: {one: {source: 'https://cdn.example.com/one.mp4'}}\n")
    workspace.write_videos("alpha", extra="include: [teams/*.yaml]", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    ran = workspace.run("state", "export", "--by-file")
    assert (ran.code, ran.out) == (0, "localize.lock: written\nteams/one.lock: written\n")
    team = included.with_suffix(".lock")
    assert list(workspace.lock()["targets"]) == ["alpha/ja"]
    assert list(json.loads(team.read_text())["targets"]) == ["one/ja"]
    again = workspace.run("state", "export", "--by-file").out
    assert again == "localize.lock: as it was\nteams/one.lock: as it was\n"

    # An export keeps no job alive: what nobody wants any more is pruned.
    subprocess.run(["git", "init", "-q"], cwd=workspace.folder, check=True)
    subprocess.run(["git", "add", "."], cwd=workspace.folder, check=True)
    included.write_text("videos: {}\n")
    pruned = workspace.run("prune", "--yes")
    assert (pruned.code, [job.deleted for job in sandbox.jobs()]) == (0, [False, True]), pruned.err

    # What is no export of this project is not written over.
    team.write_text(team.read_text().replace('"project": "test"', '"project": "other"'))
    included.write_text("videos: {one: {source: 'https://cdn.example.com/one.mp4'}}\n")
    kept = team.read_bytes()
    refused = workspace.run("state", "export", "--by-file")
    assert (refused.code, "belongs to another project" in refused.err) == (2, True)
    assert team.read_bytes() == kept
    assert workspace.run("state", "export", "--by-file", "-o", "x.lock").code == 2


def test_check_tells_how_it_stands(
    workspace: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    workspace.use(sandbox)
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("state", "export").code == 0
    told = workspace.run("state", "check")
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[1].startswith("test: 6 targets, written ")
    assert lines[-1] == "the lockfile is what localize state export would write"
    assert workspace.run("state", "check", "--format", "json").json()["exported"] is True
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    workspace.write_videos("alpha", "beta", "more", languages=("ja",))
    workspace.run("apply", "--yes", "--timeout", "1")
    server.execute("UPDATE localize.intents SET sent_at = now() - interval '2 days'", url=shared)
    told = workspace.run("state", "check")
    assert "more/ja: its job's order was never answered; may be paid for" in told.out


def test_doctor_asks_it_too(
    workspace: Workspace, shared: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    found = workspace.run("doctor", "--format", "json").json()["checks"]
    assert {"name": "state", "health": "ok"}.items() <= next(
        check for check in found if check["name"] == "state"
    ).items()
    monkeypatch.setenv("LOCALIZE_STATE", shared.replace("/test_", "/nowhere_"))
    told = workspace.run("doctor")
    assert (told.code, "no such database" in told.out) == (2, True)


def test_another_project_is_not_seen_and_a_renamed_one_moves_along(
    workspace: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    workspace.use(sandbox)
    assert workspace.run("apply", "--yes").code == 0
    text = workspace.manifest.read_text()
    workspace.write(text.replace("project: test", "project: other"))
    status = workspace.run("status", "--format", "json").json()["targets"]
    assert {target["status"] for target in status} == {"missing"}
    workspace.write(text.replace("project: test", "project: other\nformerly: [test]"))
    status = workspace.run("status", "--format", "json").json()["targets"]
    assert {target["status"] for target in status} == {"completed"}
    assert workspace.run("apply", "--yes").code == 0
    assert len(sandbox.jobs()) == 6
    assert server.execute("SELECT name FROM localize.projects", url=shared) == [("other",)]


def test_the_manifest_may_name_the_database(
    workspace: Workspace,
    shared: str,
    sandbox: Sandbox,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace.use(sandbox)
    monkeypatch.delenv("LOCALIZE_STATE")
    unnamed = workspace.run("state", "check")
    assert (unnamed.code, "state_unnamed" in unnamed.err) == (2, True)
    workspace.write_videos("alpha", "beta", extra=f"state: {server.on_tcp(shared)}")
    assert workspace.run("apply", "--yes").code == 0
    assert not workspace.lockfile.exists()
    assert "test: 6 targets" in workspace.run("state", "check").out
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    # Who needs no key asks nobody that a manifest names.
    pages = (("plan", "--offline"), ("report", "--html", "page.html"), ("pull", "--check"))
    for command in (("status",), ("check",), *pages):
        told = workspace.run(*command)
        assert (told.code, "state_not_asked" in told.err) == (2, True), command
    assert workspace.run("validate").code == 0
    with monkeypatch.context() as without:
        without.delenv("HEYGEN_API_KEY")
        told = workspace.run("apply", "--yes")
        assert (told.code, "key_missing" in told.err) == (7, True), told.err
    # The environment goes first.
    monkeypatch.setenv("LOCALIZE_STATE", server.database())
    other = workspace.run("status")
    assert (other.code, "state_not_initialized" in other.err) == (2, True)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://user:secret-word@db.example.com/localize",
        "postgresql://db.example.com/localize?passfile=/etc/passwd",
        "postgresql://db.example.com/localize?sslmode=disable",
        "mysql://db.example.com/localize",
    ],
)
def test_a_manifest_holds_no_password_and_no_option(workspace: Workspace, address: str) -> None:
    workspace.write_videos("alpha", extra=f"state: '{address}'")
    ran = workspace.run("validate")
    assert ran.code == 2
    assert "PGPASSWORD" in ran.err
    told = workspace.run("validate", "--format", "json")
    assert "secret-word" not in told.out + ran.err


def test_an_export_needs_no_second_look_at_paths(workspace: Workspace, shared: str) -> None:
    over = workspace.run("state", "export", "-o", "localize.yaml")
    assert (over.code, "would write over" in over.err) == (2, True)


def test_without_a_database_nothing_of_psycopg_is_loaded(
    workspace: Workspace, sandbox: Sandbox, tmp_path: Path
) -> None:
    import subprocess
    import sys

    workspace.use(sandbox)
    workspace.write_videos("alpha")
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "heygen_localize", "apply", "--yes"],
        cwd=workspace.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert not [name for name in loaded if name.startswith("psycopg")]
    assert not [name for name in loaded if name.startswith("heygen_localize.project.state")]


def test_a_project_is_not_renamed_while_somebody_writes_it(
    workspace: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    import psycopg

    workspace.use(sandbox)
    assert workspace.run("apply", "--yes").code == 0
    text = workspace.manifest.read_text()
    workspace.write(text.replace("project: test", "project: other\nformerly: [test]"))
    with psycopg.connect(shared, autocommit=True) as another:
        another.execute(sql.TRY_LOCK, ("localize project test",))
        ran = workspace.run("apply", "--yes")
        assert (ran.code, "works on test" in ran.err) == (2, True), ran.err
        assert server.execute("SELECT name FROM localize.projects", url=shared) == [("test",)]
    assert workspace.run("apply", "--yes").code == 0
    assert server.execute("SELECT name FROM localize.projects", url=shared) == [("other",)]


@pytest.mark.parametrize("name", ["Other", "'a\\0b'", "x" * 41, "other\nformerly: [Test]"])
def test_nothing_is_kept_under_what_is_no_name(
    workspace: Workspace, shared: str, sandbox: Sandbox, server: Server, name: str
) -> None:
    workspace.use(sandbox)
    text = workspace.manifest.read_text()
    workspace.write(text.replace("project: test", f"project: {name}"))
    ran = workspace.run("apply", "--yes")
    assert (ran.code, "localize.yaml" in ran.err) == (2, True), ran.err
    assert server.execute("SELECT name FROM localize.projects", url=shared) == []
