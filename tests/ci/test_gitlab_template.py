"""GitLab's template: its shell lines run as a runner would, against stubs and a real origin."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from action_origin import Origin, held, lock, manifest
from gitlab_runner import TEMPLATE, TOKEN, GitLab
from hostile_files import HOSTILE, SECRET, everything


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (6, 0), (1, 1), (143, 143)])
def test_apply_takes_only_six_for_success(gitlab: GitLab, code: int, ends: int) -> None:
    ended = gitlab.run("apply", "script", f"exit {code}")
    assert ended.returncode == ends
    wanted = "apply --yes --file localize.yaml --timeout 2700 --format json --markdown "
    assert (gitlab.checkout / "localize-apply.md").read_text().startswith(wanted)


def test_a_scheduled_pipeline_with_nothing_pending_installs_nothing(gitlab: GitLab) -> None:
    look = TEMPLATE[".localize"]["before_script"][0]
    parts = TEMPLATE["localize:apply"] | {"look": [look, "echo INSTALLED"]}
    parts["run"] = [look, *TEMPLATE["localize:apply"]["script"]]
    told = {"ordered": 0, "unfinished": [], "failures": [], "stopped": None, "timed_out": False}

    def run(source: str, part: str, *kinds: str) -> str:
        plan = {"actions": [{"action": kind} for kind in kinds]}
        gitlab.environment["CI_PIPELINE_SOURCE"] = source
        ended = gitlab.run(parts, part, f"echo '{json.dumps(told | {'plan': plan})}'")
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert "INSTALLED" in run("schedule", "look")
    run("schedule", "run", "none", "held")
    assert "INSTALLED" in run("schedule", "look")
    run("push", "run", "none", "review")
    assert "INSTALLED" in run("push", "look")
    assert "INSTALLED" not in run("schedule", "look")
    gitlab.environment["LOCALIZE_ARGUMENTS"] = "--no-wait"
    assert "INSTALLED" in run("schedule", "look")


def test_a_plan_is_an_artifact_and_says_when_there_was_no_key(gitlab: GitLab) -> None:
    report = gitlab.checkout / "localize-plan.md"
    assert gitlab.run("plan", "script").returncode == 0
    assert report.read_text() == "plan --file localize.yaml --format markdown\n"
    report.unlink()
    del gitlab.environment["HEYGEN_API_KEY"]
    assert gitlab.run("plan", "script", "exit 2").returncode == 2
    assert report.read_text() == (
        "> **Without a key:** jobs that exist already may be shown as new, and lengths may be "
        "unknown.\n\n"
        "plan --file localize.yaml --offline --format markdown\n"
    )
    assert TEMPLATE["localize:plan"]["artifacts"]["paths"] == [report.name]


def test_the_lockfile_goes_back_to_a_branch_that_moved(gitlab: GitLab, origin: Origin) -> None:
    (gitlab.checkout / "localize.lock").write_text(lock(intro="running"))
    (gitlab.checkout / "localize.yaml").write_text(manifest("intro") + "# changed by the job\n")
    assert gitlab.run("apply", "after_script").returncode == 0
    assert origin.log() == ["by hand"]  # no token, no push

    origin.commit(README="others were faster\n")
    gitlab.environment["LOCALIZE_PUSH_TOKEN"] = TOKEN
    for _ in range(2):
        ended = gitlab.run("apply", "after_script")
        assert ended.returncode == 0, ended.stderr
        assert TOKEN not in ended.stdout + ended.stderr
    assert origin.log() == ["Update localize.lock", "by hand", "by hand"]
    assert origin.changed() == ["localize.lock"]
    assert origin.show("localize.lock") == lock(intro="running")


@pytest.mark.parametrize(
    ("theirs", "ours", "merged"),
    [
        (  # git merges the lines by itself
            lock(intro="running", zoom="completed"),
            lock(about="completed", intro="running"),
            {"about": "completed", "intro": "running", "zoom": "completed"},
        ),
        (  # a conflict: both sides are read
            lock(intro="failed", keynote="completed"),
            lock(intro="completed", outro="completed"),
            {"intro": "completed", "keynote": "completed", "outro": "completed"},
        ),
        ("not a lockfile\n", lock(intro="completed"), {"intro": "completed"}),
        (lock(intro="completed"), lock(intro="running"), {"intro": "completed"}),
    ],
    ids=["lines", "conflict", "broken", "nothing of ours"],
)
def test_a_lockfile_that_others_changed_is_merged(
    gitlab: GitLab, origin: Origin, theirs: str, ours: str, merged: dict[str, str]
) -> None:
    origin.commit(localize_lock=lock(intro="running"))
    origin.git(gitlab.checkout, "pull", "--quiet")
    (gitlab.checkout / "localize.lock").write_text(ours)
    origin.commit(localize_lock=theirs)
    gitlab.environment["LOCALIZE_PUSH_TOKEN"] = TOKEN
    ended = gitlab.run("apply", "after_script")
    assert ended.returncode == 0, ended.stderr
    assert held(origin) == merged


def test_one_apply_at_a_time_and_only_caches_are_cached() -> None:
    job = TEMPLATE["localize:apply"]
    assert (job["resource_group"], job["interruptible"]) == ("localize-apply", False)
    assert job["cache"]["paths"] == [".localize/*/cache"]
    assert "cache" not in TEMPLATE[".localize"] | TEMPLATE["localize:plan"]


def test_a_script_that_hangs_leaves_time_for_the_lockfile() -> None:
    """The installation is part of the script; GitLab gives after_script five minutes."""
    job = TEMPLATE["localize:apply"]
    script = int(job["variables"]["RUNNER_SCRIPT_TIMEOUT"].removesuffix("m"))
    own = int(TEMPLATE["variables"]["LOCALIZE_TIMEOUT_SECONDS"]) / 60
    whole = 60 * int(job["timeout"].removesuffix(" hour"))
    assert own + 5 <= script <= whole - 5 - 5


@pytest.mark.few(6)
@pytest.mark.parametrize("put", HOSTILE)
@pytest.mark.parametrize("token", ["", TOKEN])
def test_what_is_no_lockfile_of_this_project_is_neither_pushed_nor_an_artifact(
    gitlab: GitLab, origin: Origin, tmp_path: Path, put: Callable[[Path, Path], None], token: str
) -> None:
    before = origin.git(origin.bare, "for-each-ref")
    put(gitlab.checkout / "localize.lock", tmp_path / "outside")
    gitlab.environment["LOCALIZE_PUSH_TOKEN"] = token
    ended = gitlab.run("apply", "after_script")
    assert ended.returncode == 1, ended.stdout
    assert origin.git(origin.bare, "for-each-ref") == before
    assert not (gitlab.checkout / "localize-apply.lock").exists()
    assert SECRET not in ended.stdout + ended.stderr + everything(origin)


def test_the_artifact_is_the_checked_lockfile_and_nothing_is_led_elsewhere(
    gitlab: GitLab, origin: Origin, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_text(SECRET)
    for name in ("localize-apply.lock", "localize-apply.md"):
        (gitlab.checkout / name).symlink_to(outside)
    os.mkfifo(gitlab.checkout / "localize-plan.md")
    (gitlab.checkout / "localize.lock").write_text(lock(intro="running"))
    assert gitlab.run("plan", "script").returncode == 0
    assert gitlab.run("apply", "script").returncode == 0
    assert gitlab.run("apply", "after_script").returncode == 0
    assert outside.read_text() == SECRET
    artifacts = TEMPLATE["localize:apply"]["artifacts"]["paths"] + ["localize-plan.md"]
    for name in artifacts:
        assert (gitlab.checkout / name).is_file()
        assert not (gitlab.checkout / name).is_symlink()
    assert (gitlab.checkout / "localize-apply.lock").read_text() == lock(intro="running")


def test_neither_links_nor_hooks_nor_filters_of_the_checkout_matter_to_gitlab(
    gitlab: GitLab, origin: Origin, tmp_path: Path
) -> None:
    stranger = origin.clone("stranger")
    (stranger / "localize.lock").symlink_to("/etc/hostname")
    (stranger / ".gitattributes").write_text("* filter=evil\n")
    origin.git(stranger, "add", ".")
    origin.git(stranger, "commit", "--quiet", "--message", "a link")
    origin.git(stranger, "push", "--quiet")
    origin.git(gitlab.checkout, "config", "filter.evil.clean", f"touch {tmp_path}/ran; cat")
    hook = gitlab.checkout / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    (gitlab.checkout / "localize.lock").write_text(lock(intro="completed"))
    gitlab.environment["LOCALIZE_PUSH_TOKEN"] = TOKEN
    ended = gitlab.run("apply", "after_script")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert held(origin) == {"intro": "completed"}
    assert origin.git(origin.bare, "ls-tree", "main", "localize.lock").startswith("100644 blob")
    assert not (tmp_path / "ran").exists()


def test_what_the_server_says_is_no_mark_of_a_section(gitlab: GitLab, origin: Origin) -> None:
    hook = origin.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nprintf '\\033[0Ksection_start:1:x\\r\\033[0K\\n' >&2; exit 1\n")
    hook.chmod(0o755)
    (gitlab.checkout / "localize.lock").write_text(lock(intro="completed"))
    (gitlab.checkout.parent / "stub" / "sleep").symlink_to("/bin/true")
    gitlab.environment["LOCALIZE_PUSH_TOKEN"] = TOKEN
    ended = gitlab.run("apply", "after_script")
    assert ended.returncode == 1
    assert "section_start" in ended.stdout
    assert "\x1b" not in ended.stdout + ended.stderr
