"""`localize prune` at a sandbox: what is shown, asked, refused, deleted and forgotten."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_clock import HastyClock
from workspaces import Workspace, creates, write_lock

from heygen_localize.core.errors import LockfileError
from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.model import JobStatus
from heygen_localize.project.lockfile.store import read_lock
from heygen_localize.project.other_lockfiles import counted_on_elsewhere
from heygen_localize.sandbox import Sandbox

TRANSLATIONS = "/v3/video-translations"


def ids(workspace: Workspace) -> dict[str, str]:
    return {name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()}


def alive(sandbox: Sandbox) -> set[str]:
    return {job.id for job in sandbox.jobs() if not job.deleted}


def deletions(sandbox: Sandbox) -> int:
    return sum(note.method == "DELETE" for note in sandbox.requests())


@pytest.fixture
def left(sandbox: Sandbox, workspace: Workspace) -> dict[str, str]:
    """Render two videos in two languages, and take one out of the manifest; give all ids."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", languages=("fr-FR", "ja"))
    assert workspace.run("apply", "--yes").code == 0
    found = ids(workspace)
    workspace.write_videos("alpha", languages=("fr-FR", "ja"))
    return found


def test_orphans_go_and_the_rest_stays(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    ran = workspace.run("prune", "--yes")
    assert ran.code == 0, ran.err
    assert ran.out == "Deleted 2 of 2 jobs\n"
    assert f"- beta/ja     orphan  {left['beta/ja']}  under an hour old  0.10 USD" in ran.err
    assert "2 jobs to delete, which cost about 0.20 USD" in ran.err
    assert f"beta/ja: deleted {left['beta/ja']}" in ran.err
    assert alive(sandbox) == {left["alpha/fr-FR"], left["alpha/ja"]}
    assert ids(workspace).keys() == {"alpha/fr-FR", "alpha/ja"}
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    assert workspace.run("prune", "--dry-run").out == "Nothing to delete\n"
    again = workspace.run("prune")
    assert (again.code, again.out) == (0, "Nothing to delete\n")
    assert deletions(sandbox) == 2
    assert creates(sandbox) == 4


def test_what_was_pruned_and_is_wanted_again_is_ordered_again(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    assert workspace.run("prune", "--yes").code == 0
    sandbox.advance(86400 + 60)  # beyond the vendor's memory of the first order
    workspace.write_videos("alpha", "beta", languages=("fr-FR", "ja"))
    assert workspace.run("apply", "--yes").code == 0
    assert len(alive(sandbox)) == 4


def test_what_was_deleted_is_remembered_for_a_day(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str], hasty_clock: HastyClock
) -> None:
    earliest = int(hasty_clock.now())
    assert workspace.run("prune", "--yes").code == 0
    deleted = workspace.lock()["deleted"]
    assert [*deleted] == sorted((left["beta/fr-FR"], left["beta/ja"]))
    assert all(earliest <= moment <= hasty_clock.now() for moment in deleted.values())
    before = workspace.lockfile.read_bytes()
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lockfile.read_bytes() == before


@pytest.mark.parametrize("ci", [False, True])
def test_nothing_goes_without_a_yes(
    sandbox: Sandbox,
    workspace: Workspace,
    left: dict[str, str],
    ci: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if ci:
        monkeypatch.setenv("CI", "true")
        monkeypatch.setenv("LOCALIZE_PRUNE_YES", "1")
    before = workspace.lockfile.read_bytes()
    ran = workspace.run("prune")
    assert ran.code == 2
    assert "prune deletes 2 jobs for good, and there is no terminal to ask on" in ran.err
    assert workspace.lockfile.read_bytes() == before
    assert deletions(sandbox) == 0


@pytest.mark.parametrize("answer", [True, False])
def test_it_asks_on_a_terminal(
    sandbox: Sandbox,
    workspace: Workspace,
    left: dict[str, str],
    answer: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def confirm(question: str, **_: Any) -> bool:
        asked.append(question)
        return answer

    monkeypatch.setattr("click.confirm", confirm)
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("heygen_localize.cli.consent.sys", _Terminal)
    ran = workspace.run("prune")
    assert asked == ["Delete 2 jobs at HeyGen, for good?"]
    assert ran.code == (0 if answer else 2)
    assert deletions(sandbox) == (2 if answer else 0)


class _Terminal:
    class stdin:  # noqa: N801
        @staticmethod
        def isatty() -> bool:
            return True

    stderr = stdin


def test_a_dry_run_only_tells(sandbox: Sandbox, workspace: Workspace, left: dict[str, str]) -> None:
    before = workspace.lockfile.read_bytes()
    ran = workspace.run("prune", "--dry-run")
    assert ran.code == 0
    assert left["beta/ja"] in ran.out
    assert ran.out.endswith("2 jobs to delete, which cost about 0.20 USD\n")
    report = workspace.run("prune", "--dry-run", "--format", "json").json()
    assert report["format_version"] == 1
    assert report["dry_run"] is True
    assert {(item["address"], item["kind"], item["deleted"]) for item in report["jobs"]} == {
        ("beta/fr-FR", "orphan", False),
        ("beta/ja", "orphan", False),
    }
    assert report["cost_usd"] == pytest.approx(0.2004)
    markdown = workspace.run("prune", "--dry-run", "--format", "markdown").out
    assert f"| `{left['beta/ja']}` | under an hour old | 0.10 USD |" in markdown
    assert workspace.lockfile.read_bytes() == before
    assert deletions(sandbox) == 0


def test_only_what_is_named_goes(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    report = workspace.run("prune", "--yes", "-t", "*/ja", "--format", "json").json()
    assert [item["translation_id"] for item in report["jobs"]] == [left["beta/ja"]]
    assert report["jobs"][0]["deleted"] is True
    assert ids(workspace).keys() == left.keys() - {"beta/ja"}
    assert workspace.run("prune", "-t", "gamma/*").code == 2


def test_more_than_the_limit_is_refused(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    text = workspace.manifest.read_text()
    workspace.write(text + "limits: {max_delete: 1}\n")
    for flags in ((), ("--yes",), ("--dry-run",)):
        ran = workspace.run("prune", *flags)
        assert ran.code == 3
        assert "prune would delete 2 jobs, limits.max_delete is 1" in ran.err
        assert "--max-delete 2" in ran.err
        assert left["beta/ja"] in ran.err
    assert workspace.run("prune", "--yes", "--max-delete", "0").code == 3
    assert deletions(sandbox) == 0
    assert workspace.run("prune", "--yes", "--max-delete", "2").code == 0
    assert deletions(sandbox) == 2


def test_eleven_are_too_many_by_default(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos(*"abcdefghijkl", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos("l", languages=("ja",))
    ran = workspace.run("prune", "--yes")
    assert ran.code == 3
    assert "prune would delete 11 jobs, limits.max_delete is 10" in ran.err
    assert deletions(sandbox) == 0


def test_a_superseded_job_goes_once_its_replacement_is_there(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    first = ids(workspace)["alpha/ja"]
    text = workspace.manifest.read_text()
    workspace.write(text.replace("{source", "{revision: 2, source"))
    sandbox.set_faults("fail_job=1 on POST")
    assert workspace.run("apply", "--yes").code == 1
    assert workspace.run("prune", "--yes").out == "Nothing to delete\n"  # it is served meanwhile
    sandbox.set_faults()
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lock()["targets"]["alpha/ja"]["superseded"] == [first]
    ran = workspace.run("prune", "--yes", "--format", "json").json()
    assert [(item["translation_id"], item["kind"]) for item in ran["jobs"]] == [
        (first, "superseded")
    ]
    assert "superseded" not in workspace.lock()["targets"]["alpha/ja"]
    assert ids(workspace)["alpha/ja"] in alive(sandbox)
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_an_earlier_job_that_is_wanted_again_stays(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    plain = workspace.manifest.read_text()
    assert workspace.run("apply", "--yes").code == 0
    workspace.write(plain.replace("{source", "{revision: 2, source"))
    assert workspace.run("apply", "--yes").code == 0
    workspace.write(plain)
    assert workspace.run("prune", "--yes").out == "Nothing to delete\n"
    assert deletions(sandbox) == 0


def test_a_duplicate_goes_and_the_one_that_counts_stays(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(render_seconds=3600)
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    sandbox.advance(3600)
    assert workspace.run("apply").code == 0
    chosen = ids(workspace)["alpha/ja"]
    mark = next(job.callback_id for job in sandbox.jobs())
    twin = sandbox.add_foreign_job("Japanese", callback_id=mark)
    renders = workspace.run("prune", "--yes")
    assert renders.out == "Nothing to delete; kept 1 still rendering\n"
    sandbox.advance(3600)
    before = workspace.lock()
    ran = workspace.run("prune", "--yes")
    assert (ran.code, ran.out) == (0, "Deleted 1 of 1 job\n")
    assert alive(sandbox) == {chosen}
    assert twin != chosen
    after = workspace.lock()
    assert after.pop("deleted").keys() == after.pop("paid").keys() == {twin}
    assert after == before


def test_a_job_that_renders_is_never_deleted(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(render_seconds=3600)
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", languages=("ja",))
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("prune", "--yes")
    assert (ran.code, ran.out) == (0, "Nothing to delete; kept 1 still rendering\n")
    assert deletions(sandbox) == 0
    sandbox.advance(3600)
    assert workspace.run("prune", "--yes").out == "Deleted 1 of 1 job\n"


def test_what_is_protected_stays_after_its_video_left(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", languages=("ja",))
    text = workspace.manifest.read_text()
    workspace.write(text.replace("beta: {", "beta: {protect: true, "))
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lock()["targets"]["beta/ja"]["protected"] is True
    assert "protected" not in workspace.lock()["targets"]["alpha/ja"]
    before = workspace.lockfile.read_bytes()
    assert workspace.run("apply").code == 0
    assert workspace.lockfile.read_bytes() == before
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply").code == 0
    ran = workspace.run("prune", "--yes")
    assert ran.out == "Nothing to delete; kept 1 protected\n"
    assert deletions(sandbox) == 0
    workspace.write(text)  # back, without protect
    assert workspace.run("apply").code == 0
    assert "protected" not in workspace.lock()["targets"]["beta/ja"]
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("prune", "--yes").out == "Deleted 1 of 1 job\n"


def test_protection_said_later_reaches_the_lockfile(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos("alpha", languages=("ja",), extra="defaults: {protect: true}")
    assert workspace.run("apply").code == 0
    assert workspace.lock()["targets"]["alpha/ja"]["protected"] is True
    lock = read_lock(workspace.lockfile)
    assert lock is not None
    assert lock.entries["alpha/ja"].protected


def test_both_sides_of_a_merge_protect(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    ours = workspace.lockfile.read_text()
    theirs = ours.replace('"language"', '"protected": true,\n      "language"')
    workspace.lockfile.write_text(f"<<<<<<< a\n{ours}=======\n{theirs}>>>>>>> b\n")
    ran = workspace.run("prune", "--yes")
    assert ran.out == "Nothing to delete; kept 2 protected\n"


def test_a_job_deleted_already_is_forgotten(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    sandbox.delete_job(left["beta/ja"])
    ran = workspace.run("prune", "--yes")
    assert ran.out == "Deleted 1 of 1 job; forgot 1 job that HeyGen has no more\n"
    assert ids(workspace).keys() == {"alpha/fr-FR", "alpha/ja"}


def test_in_another_account_nothing_is_forgotten(
    start_sandbox: Callable[..., Sandbox],
    workspace: Workspace,
    left: dict[str, str],
    tmp_path: Path,
) -> None:
    other = start_sandbox(state=tmp_path / "other")
    workspace.use(other)
    before = workspace.lockfile.read_bytes()
    ran = workspace.run("prune", "--yes")
    assert ran.code == 3
    assert "is this another account?" in ran.err
    assert workspace.lockfile.read_bytes() == before


def test_without_a_whole_listing_nothing_goes(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    sandbox.set_faults(f"http_500_before=1 on GET {TRANSLATIONS}")
    ran = workspace.run("prune", "--yes")
    assert ran.code == 4
    assert "without a whole list nothing is deleted" in ran.err
    assert deletions(sandbox) == 0


def test_a_failing_vendor_ends_it_and_what_is_done_is_kept(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    name = left["beta/ja"]
    sandbox.set_faults(f"http_500_before=1 on DELETE {TRANSLATIONS}/{name}")
    ran = workspace.run("prune", "--yes")
    assert ran.code == 4
    assert ids(workspace).keys() == left.keys() - {"beta/fr-FR"}
    sandbox.set_faults()
    assert workspace.run("prune", "--yes").out == "Deleted 1 of 1 job\n"


def test_a_lost_answer_counts_as_deleted(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    sandbox.set_faults("drop_after=1 on DELETE times 1")
    ran = workspace.run("prune", "--yes")
    assert (ran.code, ran.out) == (0, "Deleted 2 of 2 jobs\n")
    assert len(alive(sandbox)) == 2


def test_what_the_vendor_refuses_is_told_and_the_rest_goes(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from heygen_localize.heygen.client import Client
    from heygen_localize.heygen.errors import ApiError

    delete = Client.delete

    def refusing(self: Client, name: str) -> None:
        if name == left["beta/fr-FR"]:
            raise ApiError("it is shared", status=409, code="conflict", from_vendor=True)
        delete(self, name)

    monkeypatch.setattr(Client, "delete", refusing)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ran = workspace.run("prune", "--yes")
    assert ran.code == 1
    assert f"  ! {left['beta/fr-FR']} (beta/fr-FR): it is shared" in ran.out
    assert "Deleted 1 of 2 jobs" in ran.out
    assert "::error ::it is shared" in ran.err.replace("::error::", "::error ::")
    assert "beta/fr-FR" in ids(workspace)
    assert workspace.lock()["deleted"].keys() == {left["beta/ja"]}
    markdown = workspace.run("prune", "--yes", "--format", "markdown").out
    assert f"- `{left['beta/fr-FR']}` of `beta/fr-FR` was not deleted: it is shared" in markdown
    report = workspace.run("prune", "--yes", "--format", "json").json()
    assert report["failures"][0]["code"] == "conflict"


def test_jobs_of_others_stay(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    other = sandbox.add_foreign_job("Japanese")
    sandbox.advance(10)
    text = workspace.manifest.read_text()
    workspace.write(text.replace("alpha: {", f"alpha: {{job: {other}, "))
    assert workspace.run("apply").code == 0
    assert ids(workspace) == {"alpha/ja": other}
    workspace.write_videos("beta", languages=("ja",))
    ran = workspace.run("prune", "--yes")
    assert ran.out == "Nothing to delete; kept 1 without our mark\n"
    assert alive(sandbox) == {other}


def test_a_duplicate_under_an_old_name_stays(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",), extra="formerly: [before]")
    assert workspace.run("apply", "--yes").code == 0
    digest = workspace.lock()["targets"]["alpha/ja"]["fingerprint"]
    twin = sandbox.add_foreign_job("Japanese", callback_id=str(Mark.of("before", digest)))
    sandbox.advance(10)
    assert workspace.run("prune", "--yes").out == "Nothing to delete\n"
    assert twin in alive(sandbox)


MOVED = "version: 1\nproject: test\nlanguages: [ja]\nvideos:\n"
BETA = "  beta: {source: 'https://cdn.example.com/beta.mp4'}\n"


def test_what_moved_to_another_manifest_stays(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", "gamma", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    found = ids(workspace)
    workspace.write_videos("alpha", languages=("ja",))
    (workspace.folder / "other.yaml").write_text(MOVED + BETA)
    (workspace.folder / "composer.lock").write_text('{"packages": []}')
    assert workspace.run("apply", "-f", "other.yaml").code == 0
    other = workspace.folder / "other.lock"
    whole = other.read_text()
    other.write_text(whole[:-20])
    ran = workspace.run("prune", "--yes")
    assert ran.code == 2
    assert "what other.lock counts on is not known" in ran.err
    assert "restore it from git" in ran.err
    assert deletions(sandbox) == 0
    other.write_text(whole)
    told = workspace.run("prune", "--dry-run", "--format", "json").json()["kept"]
    assert [(item["address"], item["why"], item["lockfile"]) for item in told] == [
        ("beta/ja", "elsewhere", "other.lock")
    ]
    ran = workspace.run("prune", "--yes")
    assert ran.out == "Deleted 1 of 1 job; kept 1 that other.lock counts on\n"
    assert alive(sandbox) == {found["alpha/ja"], found["beta/ja"]}
    assert workspace.run("plan", "-f", "other.yaml", "--detailed-exitcode").code == 0
    assert creates(sandbox) == 3


def test_lockfiles_elsewhere_in_the_work_tree_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, name in (("a", "tr_1"), ("b/c", "tr_2"), ("untracked", "tr_3"), ("a/d", "tr_4")):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        known = LockedJob("f" * 64, name, JobStatus.COMPLETED)
        entry = LockEntry("Japanese", known, superseded=("tr_0",))
        write_lock(folder / "localize.lock", Lock("test", {"v/ja": entry}), keep_urls=True)
    own = tmp_path / "a/localize.lock"
    (tmp_path / "a/again.lock").symlink_to(own)
    (tmp_path / "a/circle.lock").symlink_to("circle.lock")
    (tmp_path / "a/folder.lock").mkdir()
    assert counted_on_elsewhere(own) == {}
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "a", "b"], cwd=tmp_path, check=True)
    assert counted_on_elsewhere(own) == {
        "tr_2": "../b/c/localize.lock",
        "tr_4": "d/localize.lock",
    }
    (tmp_path / "a/d/localize.lock").unlink()
    assert counted_on_elsewhere(own).keys() == {"tr_2"}
    refusing = tmp_path / "bin"  # as git does where the folder is another user's
    refusing.mkdir()
    (refusing / "git").write_text("#!/bin/sh\nexit 128\n")
    (refusing / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(refusing))
    with pytest.raises(LockfileError, match="git does not tell which other lockfiles"):
        counted_on_elsewhere(own)


def test_long_thought_is_followed_by_another_look(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody orders what was to be deleted while the question stands."""
    from fake_clock import FakeClock

    clock = FakeClock()
    monkeypatch.setattr("heygen_localize.cli.prune.SystemClock", lambda: clock)
    monkeypatch.setattr("heygen_localize.cli.consent.sys", _Terminal)

    def confirm(*_: Any, **__: Any) -> bool:
        clock.sleep(301)
        sandbox.delete_job(left["beta/ja"])
        return True

    monkeypatch.setattr("click.confirm", confirm)
    ran = workspace.run("prune")
    assert ran.out == "Deleted 1 of 1 job; forgot 1 job that HeyGen has no more\n"


def test_without_a_manifest_it_says_what_to_do(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    assert workspace.run("prune", "--yes").code == 2
    assert not (workspace.folder / ".localize").exists()


def twins(sandbox: Sandbox, workspace: Workspace, other: Path) -> tuple[str, str]:
    """Make two checkouts whose lockfiles name different jobs of one content; the older first."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    older = ids(workspace)["alpha/ja"]
    sandbox.advance(10)
    mark = next(job.callback_id for job in sandbox.jobs())
    younger = sandbox.add_foreign_job("Japanese", callback_id=mark)
    sandbox.advance(10)
    other.mkdir()
    (other / "localize.yaml").write_text(workspace.manifest.read_text())
    text = workspace.lockfile.read_text().replace(older, younger)
    (other / "localize.lock").write_text(text)
    return older, younger


def test_two_checkouts_that_prune_together_leave_one_job(
    sandbox: Sandbox, workspace: Workspace, tmp_path: Path
) -> None:
    older, _ = twins(sandbox, workspace, tmp_path / "other")
    sandbox.set_faults("slow=1:0.5 on GET")
    command = (sys.executable, "-m", "heygen_localize", "prune", "--yes")
    processes = [
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for folder in (workspace.folder, tmp_path / "other")
    ]
    said = [process.communicate(timeout=60)[0] for process in processes]
    # The one that comes late may find all of its lockfile's jobs gone, and asks what account it is.
    codes = [process.returncode for process in processes]
    assert set(codes) <= {0, 3}, said
    sandbox.set_faults()
    assert alive(sandbox) == {older}
    for folder, code in zip((workspace.folder, tmp_path / "other"), codes, strict=True):
        workspace.folder = folder
        # Which one it is has to be said; the job is adopted, and nobody has to agree.
        answer = ("--recreate",) if code == 3 else ()
        assert workspace.run("apply", *answer).code == 0
        assert ids(workspace) == {"alpha/ja": older}
    assert creates(sandbox) == 1


def test_a_lockfile_that_counts_on_the_spare_job_counts_on_the_other_one_then(
    sandbox: Sandbox, workspace: Workspace, tmp_path: Path
) -> None:
    older, younger = twins(sandbox, workspace, tmp_path / "other")
    workspace.folder = tmp_path / "other"
    assert workspace.run("prune", "--yes").out == "Deleted 1 of 1 job\n"
    assert alive(sandbox) == {older}
    assert ids(workspace) == {"alpha/ja": older}
    assert workspace.lock()["deleted"].keys() == {younger}


def test_what_stays_is_asked_for_before_its_twin_goes(
    sandbox: Sandbox,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from heygen_localize.operations import prune as pruning

    older, younger = twins(sandbox, workspace, tmp_path / "other")
    survey = pruning.survey

    def late(*arguments: Any) -> Any:
        found = survey(*arguments)
        sandbox.delete_job(older)
        return found

    monkeypatch.setattr(pruning, "survey", late)
    ran = workspace.run("prune", "--yes")
    assert ran.code == 1
    assert f"{older}, which was to stay in its place, is not there as it was" in ran.out
    assert alive(sandbox) == {younger}


def cost_so_far(workspace: Workspace, *options: str) -> Any:
    ran = workspace.run("report", "-o", "r.html", "--force", "--format", "json", *options)
    assert ran.code == 0, ran.err
    return ran.json()["cost"]


def test_what_was_spent_stays_known(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    """Orphans and an earlier version are deleted; their money is spent all the same."""
    workspace.write_videos("alpha", languages=("fr-FR", "ja"), extra="defaults: {revision: 2}")
    assert workspace.run("apply", "--yes").code == 0
    before = cost_so_far(workspace)
    assert (before["jobs"], before["unknown_durations"]) == (6, 2)
    assert workspace.run("prune", "--yes").out == "Deleted 4 of 4 jobs\n"
    after = cost_so_far(workspace)
    assert (after["jobs"], after["unknown_durations"]) == (6, 0)  # earlier ones have a length now
    assert after["least_usd"] >= before["least_usd"]
    assert workspace.lock()["paid"][left["beta/ja"]] == {"address": "beta/ja", "seconds": 6.0}
    assert cost_so_far(workspace, "--target", "alpha/ja")["jobs"] == 2
    before_apply = workspace.lockfile.read_bytes()
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lockfile.read_bytes() == before_apply


def test_what_could_not_be_deleted_counts_once(
    sandbox: Sandbox, workspace: Workspace, left: dict[str, str]
) -> None:
    before = cost_so_far(workspace)
    sandbox.set_faults("access_denied=1 on DELETE")
    ran = workspace.run("prune", "--yes")
    assert "paid" not in workspace.lock(), ran.err
    assert cost_so_far(workspace) == before
