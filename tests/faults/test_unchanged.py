"""Where nothing changed since nothing was to be done, a plan says so without reading on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from accounts import BULK, LIST, Start, ours
from fake_clock import FakeClock
from media_samples import mp4
from workspaces import Workspace

from heygen_localize.core.job_kind import JobKind
from heygen_localize.heygen import listing
from heygen_localize.project import seen_account
from heygen_localize.project.process_lock import only_one
from heygen_localize.sandbox import Sandbox

MANIFEST = """\
version: 1
project: test
languages: [es-MX, fr-FR, ja]
include: [more/*.yaml]
videos:
  one: {source: 'https://cdn.example.com/one.mp4'}
  two: {source: 'https://cdn.example.com/two.mp4'}
  three: {source: ./three.mp4}
"""
INCLUDED = "videos:\n  four: {source: 'https://cdn.example.com/four.mp4'}\n"
KEPT = ".localize/localize/cache/unchanged.json"

Change = Callable[[Workspace, Sandbox, FakeClock], object]


@pytest.fixture
def account(
    start: Start, workspace: Workspace, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Sandbox:
    """Give the account of a project that is done, of which a plan has said so."""
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)
    monkeypatch.setattr(seen_account, "_NEWEST", 6)
    account = start(max_jobs=None)
    workspace.write(MANIFEST)
    (workspace.folder / "three.mp4").write_bytes(mp4("three"))
    (workspace.folder / "more").mkdir()
    (workspace.folder / "more" / "a.yaml").write_text(INCLUDED)
    assert workspace.run("apply", "--yes").code == 0
    clock.sleep(3600)
    for _ in range(2):
        assert workspace.run("plan").code == 0
    assert (workspace.folder / KEPT).exists()
    return account


def quick(account: Sandbox, workspace: Workspace, *options: str) -> bool:
    """Plan, and return whether that was answered by what is kept."""
    before = len(account.requests())
    assert workspace.run("plan", *options).code == 0
    return routes_since(account, before) == answered_by(account)


def routes_since(account: Sandbox, before: int) -> list[str]:
    return [note.route for note in account.requests()[before:]]


def answered_by(account: Sandbox) -> list[str]:
    """Give the routes of an answer that is kept; states are asked for by kind."""
    both = any(JobKind.of(job.id) is JobKind.LIPSYNC for job in account.jobs())
    return [LIST, BULK, BULK] if both else [LIST, BULK]


def test_the_answer_is_that_of_a_whole_look(account: Sandbox, workspace: Workspace) -> None:
    assert quick(account, workspace)
    kept = workspace.run("plan")
    (workspace.folder / KEPT).unlink()
    whole = workspace.run("plan")
    assert (kept.code, kept.out, kept.err) == (whole.code, whole.out, whole.err)
    assert "Nothing to do" in kept.out


def file(name: str, content: str | bytes) -> Change:
    """Write a file of the checkout."""

    def write(workspace: Workspace, *_: object) -> None:
        made = content if isinstance(content, bytes) else content.encode()
        (workspace.folder / name).write_bytes(made)

    return write


def without(name: str) -> Change:
    """Remove a file of the checkout."""
    return lambda workspace, *_: (workspace.folder / name).unlink()


@pytest.mark.few(5)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(file("localize.yaml", MANIFEST + "  five: asset:five\n"), id="the manifest"),
        pytest.param(file("more/a.yaml", INCLUDED + "  five: asset:five\n"), id="an included file"),
        pytest.param(file("more/b.yaml", "videos:\n  b: asset:b\n"), id="one more included file"),
        pytest.param(file("three.mp4", mp4("otherwise")), id="a local video"),
        pytest.param(without("localize.lock"), id="no lockfile"),
        pytest.param(without("more/a.yaml"), id="an included file less"),
        pytest.param(file("localize.yml", MANIFEST), id="a twin of the manifest"),
        pytest.param(
            lambda _, account, __: [account.delete_job(job.id) for job in ours(account)],
            id="jobs deleted at HeyGen",
        ),
        pytest.param(
            lambda _, account, __: account.delete_job(ours(account)[0].id), id="one job deleted"
        ),
        pytest.param(lambda _, account, __: account.add_foreign_job(), id="somebody's job"),
    ],
)
def test_whatever_changes_is_seen(
    account: Sandbox, workspace: Workspace, clock: FakeClock, change: Change
) -> None:
    before = workspace.run("plan")
    change(workspace, account, clock)
    clock.sleep(60)
    after = workspace.run("plan")
    assert (after.code, after.out, after.err) != (before.code, before.out, before.err)
    (workspace.folder / KEPT).unlink(missing_ok=True)
    whole = workspace.run("plan")
    assert (after.code, after.out, after.err) == (whole.code, whole.out, whole.err)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _, __, clock: clock.sleep(86_400), id="a day"),
        pytest.param(file(KEPT, b""), id="nothing kept"),
        pytest.param(file(KEPT, b"0" * 64 + b"\n{}"), id="not signed"),
        pytest.param(
            lambda workspace, *_: os.utime(workspace.folder / "three.mp4", (1, 1)), id="a date"
        ),
    ],
)
def test_where_it_may_have_changed_all_is_looked_at(
    account: Sandbox, workspace: Workspace, clock: FakeClock, change: Change
) -> None:
    before = workspace.run("plan", "--format", "json").json()["actions"]
    change(workspace, account, clock)
    assert not quick(account, workspace)
    assert workspace.run("plan", "--format", "json").json()["actions"] == before


@pytest.mark.parametrize(
    "options",
    [
        ("-v",),
        ("--format", "json"),
        ("--format", "markdown"),
        ("--target", "one/*"),
        ("--recreate",),
    ],
)
def test_another_question_has_no_such_answer(
    account: Sandbox, workspace: Workspace, options: tuple[str, ...]
) -> None:
    assert not quick(account, workspace, *options)


def test_a_refresh_forgets_the_answer(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("refresh").code == 0
    assert not quick(account, workspace)


def test_a_folder_that_became_a_link_is_looked_at_again(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    folder = workspace.folder / "videos"
    folder.mkdir()
    (workspace.folder / "three.mp4").rename(folder / "three.mp4")
    workspace.write(MANIFEST.replace("./three", "./videos/three"))
    clock.sleep(60)
    for _ in range(2):
        assert "Nothing to do" in workspace.run("plan").out
    assert quick(account, workspace)
    folder.rename(workspace.folder / "films")
    folder.symlink_to("films")
    after = workspace.run("plan")
    (workspace.folder / KEPT).unlink(missing_ok=True)
    whole = workspace.run("plan")
    assert (after.code, after.out, after.err) == (whole.code, whole.out, whole.err)


def test_terms_of_a_glossary_are_asked_for_each_time(
    account: Sandbox, workspace: Workspace, clock: FakeClock
) -> None:
    workspace.write(MANIFEST + "defaults: {brand_glossary_id: glossary-1}\n")
    assert workspace.run("apply", "--yes").code == 0
    clock.sleep(3600)
    for _ in range(3):
        assert workspace.run("plan").code == 0
    assert not quick(account, workspace)


def test_nothing_is_kept_where_something_is_to_be_done(
    account: Sandbox, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.write(MANIFEST.replace("three: {", "three: {title: Three, "))
    for _ in range(3):
        assert "retitle" in workspace.run("plan").out
    assert workspace.run("apply", "--yes").code == 0
    assert "Nothing to do" in workspace.run("plan").out


APPLIED = ".localize/localize/cache/unchanged-apply.json"


def applied_quickly(account: Sandbox, workspace: Workspace, *options: str) -> bool:
    before, lockfile = len(account.requests()), workspace.lockfile.read_bytes()
    assert workspace.run("apply", "--yes", *options).code == 0
    assert workspace.lockfile.read_bytes() == lockfile
    return routes_since(account, before) == answered_by(account)


def test_an_apply_with_nothing_to_do_says_so_again(account: Sandbox, workspace: Workspace) -> None:
    whole = workspace.run("apply", "--yes")
    assert (workspace.folder / APPLIED).exists()
    assert applied_quickly(account, workspace)
    kept = workspace.run("apply", "--yes")
    assert (kept.code, kept.out, kept.err) == (whole.code, whole.out, whole.err)
    assert "Nothing to do" in kept.out
    for options in (("--format", "json"), ("--pull",), ("--recreate",), ("--no-wait",)):
        before = len(account.requests())
        assert workspace.run("apply", "--yes", *options).code == 0
        assert routes_since(account, before) != answered_by(account), options


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(file("localize.yaml", MANIFEST + "  five: {source: asset:five}\n"), id="more"),
        pytest.param(file("three.mp4", mp4("otherwise")), id="a local video"),
        pytest.param(without("localize.lock"), id="no lockfile"),
        pytest.param(
            lambda workspace, *_: workspace.lockfile.write_text(
                workspace.lockfile.read_text().replace("  ", "    ")
            ),
            id="a lockfile written otherwise",
        ),
        pytest.param(
            lambda _, account, __: account.delete_job(ours(account)[0].id), id="one job deleted"
        ),
    ],
)
def test_an_apply_sees_whatever_changed(
    account: Sandbox, workspace: Workspace, clock: FakeClock, change: Change
) -> None:
    assert workspace.run("apply", "--yes").code == 0
    assert applied_quickly(account, workspace)
    change(workspace, account, clock)
    clock.sleep(60)
    before = len(account.requests())
    ran = workspace.run("apply", "--yes")
    assert routes_since(account, before) != answered_by(account)
    (workspace.folder / APPLIED).unlink(missing_ok=True)
    assert workspace.run("apply", "--yes").code in (0, ran.code)


def test_an_apply_keeps_others_away_while_it_looks(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("apply", "--yes").code == 0
    with only_one(workspace.folder / "localize.yaml"):
        ran = workspace.run("apply", "--yes")
    assert ran.code == 2
    assert "another localize applies" in ran.err


def test_a_refresh_forgets_that_of_an_apply(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("refresh").code == 0
    assert not (workspace.folder / APPLIED).exists()
