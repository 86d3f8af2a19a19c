"""Disks that take nothing: found out before paying, and survived after it."""

from __future__ import annotations

import errno
import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from workspaces import Workspace, creates

from heygen_localize.project.journal import Journal
from heygen_localize.sandbox import Sandbox


@pytest.fixture
def account(sandbox: Sandbox, workspace: Workspace) -> Sandbox:
    workspace.use(sandbox)
    workspace.write_videos("alpha")
    return sandbox


@pytest.fixture
def journal_file(workspace: Workspace) -> Path:
    return workspace.folder / ".localize/localize/journal.jsonl"


class Disk:
    """A disk that can be told to take no more of the files that bear a name.

    Python's own calls are what fails, so that nothing of the product is replaced.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._full: tuple[str, ...] = ()
        self._from: Callable[[], bool] = lambda: True
        fsync, replace = os.fsync, Path.replace

        def failing_fsync(handle: int) -> None:
            self._check(str(Path(f"/proc/self/fd/{handle}").readlink()))
            fsync(handle)

        def failing_replace(path: Path, target: Path) -> Path:
            self._check(str(target))
            return replace(path, target)

        monkeypatch.setattr(os, "fsync", failing_fsync)
        monkeypatch.setattr(Path, "replace", failing_replace)

    def fill(self, *names: str, once: Callable[[], bool] = lambda: True) -> None:
        """Refuse what is written to files with these in their names, once that is true."""
        self._full, self._from = names, once

    def _check(self, path: str) -> None:
        if any(name in Path(path).name for name in self._full) and self._from():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs to tell files by their handles")
    with monkeypatch.context() as patch:
        yield Disk(patch)


def check_the_next_apply(account: Sandbox, workspace: Workspace) -> None:
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err
    assert len(account.jobs()) == len({job.callback_id for job in account.jobs()}) == 3
    entries = workspace.lock()["targets"].values()
    assert {entry["translation_id"] for entry in entries} == {job.id for job in account.jobs()}
    assert workspace.run("plan", "--detailed-exitcode").code == 0


# Before paying


@pytest.mark.parametrize("name", ["probe", "localize.lock"])
def test_a_full_disk_is_found_out_before_paying(
    account: Sandbox, workspace: Workspace, disk: Disk, name: str
) -> None:
    disk.fill(name)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 2
    assert "No space left on device" in ran.err
    assert creates(account) == 0
    assert not workspace.lockfile.exists()
    left = [path.name for path in workspace.folder.rglob("*") if path.is_file()]
    assert sorted(left) == [".gitignore", "apply.lock", "localize.yaml"]
    disk.fill()
    check_the_next_apply(account, workspace)
    assert creates(account) == 3


def test_the_journals_folder_is_probed_too(
    account: Sandbox, workspace: Workspace, journal_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from heygen_localize.project import process_lock as guard

    write = guard.write_atomically

    def failing_write(path: Path, text: str) -> None:
        if path.parent == journal_file.parent.relative_to(workspace.folder) and "probe" in str(
            path
        ):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        write(path, text)

    monkeypatch.setattr(guard, "write_atomically", failing_write)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 2
    assert "Read-only file system" in ran.err
    assert "nothing was ordered" in ran.err
    assert creates(account) == 0


@pytest.mark.parametrize(
    "obstacle", [".localize", ".localize/localize"], ids=["folder", "folder of the manifest"]
)
def test_a_file_where_the_folder_shall_be(
    account: Sandbox, workspace: Workspace, obstacle: str
) -> None:
    path = workspace.folder / obstacle
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 2
    assert "cannot be written to" in ran.err
    assert path.read_text() == "mine"
    assert creates(account) == 0
    path.unlink()
    check_the_next_apply(account, workspace)


@pytest.mark.parametrize(
    "obstacle",
    ["localize.lock", ".localize/localize/journal.jsonl", ".localize/localize/apply.lock"],
)
def test_a_folder_where_a_file_shall_be(
    account: Sandbox, workspace: Workspace, obstacle: str
) -> None:
    path = workspace.folder / obstacle
    path.mkdir(parents=True)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 2, ran.err
    assert "Traceback" not in ran.err
    assert creates(account) == 0
    path.rmdir()
    check_the_next_apply(account, workspace)
    assert creates(account) == 3


# After paying


@pytest.mark.parametrize("orders", [1, 2, 3])
def test_a_lockfile_that_cannot_be_replaced_leaves_the_answers_in_the_journal(
    account: Sandbox, workspace: Workspace, disk: Disk, journal_file: Path, orders: int
) -> None:
    disk.fill("localize.lock", once=lambda: creates(account) >= orders)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 2
    assert "the lockfile cannot be written: No space left on device" in ran.err
    ordered = {job.id for job in account.jobs()}
    assert len(ordered) >= orders
    assert {answer.translation_id for answer in Journal(journal_file).read()} == ordered
    assert workspace.lock()["targets"] == {}, "the old lockfile is whole"
    assert not list(workspace.folder.glob(".localize.lock.*")), "nothing is left beside it"
    # Nothing is lost even where the list does not show the jobs yet.
    disk.fill()
    account.set_faults("list_lag=1:600 on GET", "get_lag=1:600 on GET")
    summary = workspace.run("plan", "--format", "json").json()["summary"]
    assert summary["adopt"] == len(ordered)
    account.set_faults()
    check_the_next_apply(account, workspace)
    assert creates(account) == 3


def test_where_the_journal_takes_nothing_the_lockfile_does(
    account: Sandbox, workspace: Workspace, disk: Disk
) -> None:
    disk.fill("journal.jsonl")
    ran = workspace.run("apply", "--yes", "--no-wait")
    assert ran.code == 0, ran.err
    assert creates(account) == 3
    entries = workspace.lock()["targets"].values()
    assert {entry["translation_id"] for entry in entries} == {job.id for job in account.jobs()}
    disk.fill()
    check_the_next_apply(account, workspace)
    assert creates(account) == 3


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
def test_where_neither_takes_it_the_answer_is_told(
    account: Sandbox, workspace: Workspace, disk: Disk, shared: bool
) -> None:
    if shared:
        text = workspace.manifest.read_text()
        twin = "  twin: {source: 'https://cdn.example.com/alpha.mp4'}\n"
        workspace.write(text + twin)
    disk.fill("journal.jsonl", "localize.lock", once=lambda: creates(account) > 0)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 2
    assert creates(account) == 1, "no more is ordered"
    assert "nor can the journal" in ran.err
    (job,) = account.jobs()
    told = re.findall(r"localize (import -f localize.yaml \S+ [\w:-]+)", ran.err)
    assert len(told) == (2 if shared else 1)
    assert all(line.endswith(job.id) for line in told)
    disk.fill()
    (workspace.folder / ".localize/localize/journal.jsonl").unlink(missing_ok=True)
    for line in told:
        ran = workspace.run(*shlex.split(line))
        assert ran.code == 0, ran.err
    entries = workspace.lock()["targets"]
    assert sorted(entries) == sorted(line.split()[3] for line in told)
    assert {entry["translation_id"] for entry in entries.values()} == {job.id}
    assert creates(account) == 1
    assert workspace.run("apply", "--yes").code == 0
    assert len(account.jobs()) == creates(account) == 3


def test_the_told_line_names_the_manifest(
    account: Sandbox, workspace: Workspace, disk: Disk
) -> None:
    """Where the manifest has another name, the line works as well."""
    workspace.manifest.rename(workspace.folder / "my site.yaml")
    disk.fill("journal.jsonl", "my site.lock", once=lambda: creates(account) > 0)
    ran = workspace.run("apply", "--yes", "-f", "my site.yaml")
    assert ran.code == 2
    (job,) = account.jobs()
    told = re.search(rf"localize (import .*{job.id})", ran.err)
    assert told is not None, ran.err
    disk.fill()
    ran = workspace.run(*shlex.split(told[1]))
    assert ran.code == 0, ran.err
    assert job.id in (workspace.folder / "my site.lock").read_text()


def test_what_a_killed_run_left_half_written_is_swept_away(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    left = [".localize.lock.a1b2.tmp", ".localize-probe-99", "..localize-probe-99.x.tmp"]
    for name in left:
        (workspace.folder / name).write_text("half", encoding="utf-8")
    (workspace.folder / "mine.tmp").write_text("kept", encoding="utf-8")
    assert workspace.run("apply", "--yes").code == 0
    assert sorted(path.name for path in workspace.folder.glob("*.tmp")) == ["mine.tmp"]
    assert not [name for name in left if (workspace.folder / name).exists()]
