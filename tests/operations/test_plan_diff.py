"""`plan --diff REV`: what a change of the manifest orders, without asking anybody."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import media_samples
import pytest
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

DURATION = "defaults: {duration: 60}"


def git(folder: Path, *arguments: str) -> None:
    """Run git as somebody."""
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a change")


@pytest.fixture
def committed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A manifest of two videos, committed; no key in the environment."""
    monkeypatch.delenv("HEYGEN_API_KEY", raising=False)
    git(workspace.folder, "init", "-q")
    workspace.write_videos("alpha", "beta", extra=DURATION)
    commit(workspace.folder)
    return workspace


def test_what_a_change_orders_is_told_with_its_price(committed: Workspace) -> None:
    text = committed.manifest.read_text()
    committed.write(
        text.replace("[es-MX, fr-FR, ja]", "[es-MX, fr-FR, ja, ko]").replace(
            "beta.mp4'", "beta.mp4', mode: precision"
        )
    )
    ran = committed.run("plan", "--diff", "HEAD", "--detailed-exitcode")
    assert ran.code == 5
    assert "From the manifest at HEAD to this one: the account was not asked." in ran.err
    rows = ran.out.splitlines()
    assert rows[0].split()[:6] == ["✓", "alpha", "es-MX,", "fr-FR,", "ja", "unchanged"]
    assert rows[1].split() == ["+", "alpha/ko", "create", "2.00", "USD"]
    assert "beta" in rows[2]
    assert "12.01 USD  mode: speed → precision" in rows[2]
    assert "Plan: 2 to create, 0 to adopt, 3 to replace, 3 unchanged" in ran.out
    told = committed.run("plan", "--diff", "HEAD", "--format", "json").json()
    assert told["since"] == "HEAD"
    assert {action["translation_id"] for action in told["actions"]} == {None}
    shown = committed.run("plan", "--diff", "HEAD", "--format", "markdown").out
    assert "From the manifest at `HEAD` to this one" in shown


def test_what_left_is_told_and_nothing_is_written(committed: Workspace) -> None:
    committed.write_videos("alpha", extra=DURATION)
    commit(committed.folder)
    ran = committed.run("plan", "--diff", "HEAD~1")
    assert ran.code == 0
    assert "- beta   3 languages  orphan" in ran.out
    assert not committed.lockfile.exists()
    ran = committed.run("plan", "--diff", "HEAD", "--detailed-exitcode")
    assert ran.code == 0
    assert "Nothing to do: the manifest wants what it wanted at HEAD." in ran.out


def test_included_files_and_subtitles_are_those_of_the_revision(committed: Workspace) -> None:
    folder = committed.folder
    (folder / "videos").mkdir()
    (folder / "subs").mkdir()
    cue = "1\n00:00:00,000 --> 00:00:02,000\n{}\n"
    (folder / "subs/alpha.ja.srt").write_text(cue.format("one"))
    (folder / "videos/alpha.yaml").write_text(
        "videos:\n  alpha: {source: 'https://cdn.example.com/a.mp4', "
        "srt: 'subs/{{ video.id }}.{{ language.tag }}.srt'}\n"
    )
    committed.write(
        "version: 1\nproject: test\ninclude: ['videos/*.yaml']\nlanguages: [ja]\nvideos: {}\n"
    )
    commit(folder)
    assert committed.run("plan", "--diff", "HEAD", "--detailed-exitcode").code == 0
    (folder / "subs/alpha.ja.srt").write_text(cue.format("two"))
    ran = committed.run("plan", "--diff", "HEAD")
    assert "replace" in ran.out
    assert "srt" in ran.out
    assert "srt sha256" in ran.out or "srt:" in ran.out


def test_texts_in_review_are_no_change_of_the_manifest(committed: Workspace) -> None:
    committed.write_videos("alpha", languages=("ja",), extra="defaults: {proofread: true}")
    commit(committed.folder)
    assert committed.run("plan", "--diff", "HEAD", "--detailed-exitcode").code == 0
    ran = committed.run("plan", "--diff", "HEAD~1")
    assert ran.code == 0


@pytest.mark.parametrize(
    ("revision", "code", "told"),
    [
        ("nowhere", "revision_unknown", "git knows no revision 'nowhere'"),
        ("--all", "revision_unknown", "'--all' is no revision of git"),
        ("HEAD..HEAD", "revision_unknown", "'HEAD..HEAD' is no revision of git"),
        ("^HEAD", "revision_unknown", "'^HEAD' is no revision of git"),
        ("empty", "revision_lacks_manifest", "empty has no localize.yaml"),
    ],
)
def test_a_revision_that_is_none_is_a_mistake(
    committed: Workspace, revision: str, code: str, told: str
) -> None:
    git(committed.folder, "checkout", "-q", "--orphan", "empty")
    git(committed.folder, "rm", "-q", "--cached", "-r", ".")
    git(committed.folder, "commit", "-q", "--allow-empty", "-m", "nothing")
    ran = committed.run("plan", f"--diff={revision}", "--format", "json")
    assert ran.code == 2
    (problem,) = ran.json()["errors"]
    assert (problem["code"], problem["message"]) == (code, told)


def test_mistakes_of_then_are_told_with_the_revision(committed: Workspace) -> None:
    good = committed.manifest.read_text()
    committed.write(good.replace("beta:", "Beta!:"))
    commit(committed.folder)
    committed.write(good)
    ran = committed.run("plan", "--diff", "HEAD")
    assert ran.code == 2
    assert "HEAD:localize.yaml:" in ran.err


def test_no_repository_has_no_revisions(workspace: Workspace) -> None:
    workspace.write_videos("alpha")
    ran = workspace.run("plan", "--diff", "HEAD")
    assert ran.code == 2
    assert "is in no git repository" in ran.err


def test_what_the_account_has_does_not_count(
    start_sandbox: Callable[..., Sandbox], committed: Workspace
) -> None:
    sandbox = start_sandbox()
    committed.use(sandbox)
    assert committed.run("apply", "--yes").code == 0
    seen = len(sandbox.requests())
    committed.write_videos("alpha", "beta", "gamma", extra=DURATION)
    ran = committed.run("plan", "--diff", "HEAD")
    assert "+ gamma  3 languages" in ran.out
    assert len(sandbox.requests()) == seen
    assert committed.run("plan", "--diff", "HEAD", "--out", "plan.json").code == 2


@pytest.mark.parametrize(
    "option", [("--out", "plan.json"), ("--replace", "alpha/ja"), ("--state", "failed")]
)
def test_what_has_no_part_in_it_is_refused(committed: Workspace, option: tuple[str, str]) -> None:
    ran = committed.run("plan", "--diff", "HEAD", *option)
    assert ran.code == 2
    assert f"{option[0]} does not go with --diff" in ran.err


def test_files_that_are_no_text_are_those_of_the_revision(committed: Workspace) -> None:
    """Byte for byte, or every video of the work tree would be told as changed."""
    (committed.folder / "own.mp4").write_bytes(media_samples.mp4() + bytes(range(256)) * 10)
    committed.write(committed.manifest.read_text().replace("https://cdn.example.com/beta", "own"))
    commit(committed.folder)
    ran = committed.run("plan", "--diff", "HEAD", "--format", "json")
    assert ran.code == 0, ran.err
    assert {action["action"] for action in ran.json()["actions"]} == {"none"}


def test_limits_refuse_what_a_change_orders(committed: Workspace) -> None:
    committed.write_videos("alpha", "beta", "gamma", extra=DURATION)
    ran = committed.run("plan", "--diff", "HEAD", "--max-new", "2", "--format", "markdown")
    assert ran.code == 3
    assert "**A merge orders nothing: the plan is refused. It would order 3 jobs" in ran.out
    assert "> **Refused:** the plan orders 3 jobs" in ran.out
    assert "localize explain max_new_exceeded" in ran.err
    ran = committed.run("plan", "--diff", "HEAD", "--max-cost", "1", "--format", "json")
    assert (ran.code, ran.json()["errors"][0]["code"]) == (3, "max_cost_exceeded")
    assert committed.run("plan", "--diff", "HEAD", "--max-new", "3").code == 0
    committed.write(committed.manifest.read_text() + "limits: {max_new: 1}\n")
    assert committed.run("plan", "--diff", "HEAD").code == 3
