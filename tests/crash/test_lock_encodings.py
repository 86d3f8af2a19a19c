"""A lockfile as editors and git leave it: read whatever its encoding, and rewritten with cause."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from media_samples import LFS_POINTER
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

FORMS: dict[str, Callable[[str], bytes]] = {
    "BOM": lambda text: text.encode("utf-8-sig"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "BOM and CRLF": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    "UTF-16": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
}


@pytest.fixture
def applied(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("es-MX", "ja"))
    assert workspace.run("apply", "--yes").code == 0
    return workspace


@pytest.mark.parametrize("form", FORMS)
def test_it_is_read_and_an_idle_run_leaves_it(
    applied: Workspace, sandbox: Sandbox, form: str
) -> None:
    plain = applied.lockfile.read_text(encoding="utf-8")
    written = FORMS[form](plain)
    applied.lockfile.write_bytes(written)
    for command in ("validate", "plan", "status", "doctor"):
        assert applied.run(command).code == 0, command
    before = applied.lockfile.stat()
    assert applied.run("apply", "--yes").out.startswith("Nothing to do")
    assert applied.lockfile.read_bytes() == written
    assert applied.lockfile.stat().st_ino == before.st_ino
    assert creates(sandbox) == 2
    # With something to say, it is written in the one form.
    applied.write_videos("alpha", languages=("es-MX", "fr-FR", "ja"))
    assert applied.run("apply", "--yes").code == 0
    assert applied.lockfile.read_bytes().startswith(b"{\n")
    assert b"\r" not in applied.lockfile.read_bytes()
    assert creates(sandbox) == 3


@pytest.mark.parametrize("command", ["plan", "apply", "status", "validate"])
def test_a_pointer_of_git_lfs_is_named(applied: Workspace, sandbox: Sandbox, command: str) -> None:
    applied.lockfile.write_bytes(LFS_POINTER)
    ran = applied.run(command, *(["--yes"] if command == "apply" else []))
    assert ran.code == 2
    assert "the lockfile is a Git LFS pointer" in ran.err
    assert "git lfs pull" in ran.err
    assert applied.lockfile.read_bytes() == LFS_POINTER
    assert creates(sandbox) == 2


@pytest.mark.parametrize("form", ["UTF-16", "pointer"])
def test_nothing_is_deleted_that_another_lockfile_may_count_on(
    applied: Workspace, sandbox: Sandbox, form: str
) -> None:
    text = applied.lockfile.read_text(encoding="utf-8")
    content = LFS_POINTER if form == "pointer" else FORMS[form](text)
    (applied.folder / "other.lock").write_bytes(content)
    applied.write_videos("beta", languages=("ja",))
    ran = applied.run("prune", "--yes")
    assert len(sandbox.jobs()) == 2
    assert "other.lock" in ran.out + ran.err
