"""GitLab's template: its shell lines run as a runner would, against stubs and a real origin."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from action_origin import Origin, held, lock, manifest
from action_runner import BIN, ROOT
from hostile_files import HOSTILE, SECRET, everything
from starters import fast_programs

from heygen_localize.sandbox import Sandbox

TEMPLATE = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))
HOST, TOKEN = "gitlab.example.com", "glpat-secret"


class GitLab:
    """A runner of one job, with a stub in the place of localize."""

    def __init__(self, origin: Origin, stub: Path) -> None:
        self.checkout = origin.clone("checkout")
        remote = f"https://localize:{TOKEN}@{HOST}/acme/videos.git"
        self.environment = {
            "PATH": os.pathsep.join(map(str, (stub, fast_programs(), BIN, os.environ["PATH"]))),
            "HOME": os.environ["HOME"],
            "CI_SERVER_HOST": HOST,
            "CI_PROJECT_PATH": "acme/videos",
            "CI_COMMIT_BRANCH": "main",
            "HEYGEN_API_KEY": "key",
            # Lead git to the origin instead of the network.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{origin.bare.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": remote,
        } | {name: str(text) for name, text in TEMPLATE["variables"].items()}
        self._stub = stub

    def run(
        self, job: str | dict[str, Any], part: str, localize: str = "exit 0"
    ) -> subprocess.CompletedProcess[str]:
        program = self._stub / "localize"
        program.write_text(
            "#!/usr/bin/env bash\n"
            f'if [ "$1" = lock ]; then exec {fast_programs()}/localize "$@"; fi\n'
            f'if [ "$1" = proofread ]; then exec {fast_programs()}/localize "$@"; fi\n'
            "shown=/dev/stdout\n"
            'find() { while [ $# -gt 0 ]; do [ "$1" != --markdown ] || shown=$2; shift; done; }\n'
            f'find "$@"; echo "$*" >> "$shown"\n{localize}\n'
        )
        program.chmod(0o755)
        wanted = TEMPLATE[f"localize:{job}"] if isinstance(job, str) else job
        lines = "\n".join(wanted[part])
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", lines],
            cwd=self.checkout,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def gitlab(origin: Origin, tmp_path: Path) -> GitLab:
    """Give a runner with a checkout of the repository."""
    stub = tmp_path / "stub"
    stub.mkdir()
    origin.git(origin.bare, "config", "receive.advertisePushOptions", "true")
    return GitLab(origin, stub)


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


TEXT = "subtitles/intro/es-MX.srt"


def test_texts_go_to_a_merge_request_and_are_rendered_once_they_are_merged(
    gitlab: GitLab, origin: Origin, sandbox: Sandbox, tmp_path: Path
) -> None:
    video = manifest("intro").replace("videos:", "defaults: {proofread: true}\nvideos:")
    origin.commit(localize_yaml=video, _gitignore=".localize/\n")
    origin.git(origin.bare, "config", "receive.denyNonFastForwards", "true")
    options = tmp_path / "options"
    hook = origin.bare / "hooks" / "pre-receive"
    hook.write_text(f'#!/bin/sh\necho "$GIT_PUSH_OPTION_0 $GIT_PUSH_OPTION_2" >> {options}\n')
    hook.chmod(0o755)
    gitlab.environment |= {
        "LOCALIZE_SUBTITLES": "merge-request-per-language",
        "LOCALIZE_PUSH_TOKEN": TOKEN,
        "HEYGEN_API_BASE": sandbox.base_url,
        "HEYGEN_API_KEY": sandbox.api_key,
        "LOCALIZE_APPLY_POLL_INTERVAL": "0.05",
        "LOCALIZE_APPLY_CHECK_SOURCES": "0",
    }
    runs = iter(range(99))

    def run() -> str:
        gitlab.checkout = origin.clone(f"run-{next(runs)}", "--depth=1")
        said = ""
        for part in ("script", "after_script"):
            ended = gitlab.run("apply", part, f'exec {fast_programs()}/localize "$@"')
            assert ended.returncode == 0, ended.stdout + ended.stderr
            said += ended.stdout + ended.stderr
        assert TOKEN not in said
        return said

    def commit(branch: str, edit: Callable[[Path], object]) -> None:
        place = origin.clone(f"person-{next(runs)}", "--branch", branch)
        edit(place)
        origin.git(place, "add", "--all")
        origin.git(place, "commit", "--quiet", "--message", "by a reviewer")
        origin.git(place, "push", "--quiet")

    def rendered() -> list[str]:
        return [note.text or "" for note in sandbox.proofreads() if note.job_ids]

    es, ja = "localize/subtitles-es-MX", "localize/subtitles-ja"
    run()
    assert origin.changed(es) == ["subtitles/intro/es-MX.srt", "subtitles/intro/source.srt"]
    offered = "merge_request.create merge_request.title=Review subtitles\n"
    assert options.read_text().count(offered) == 2
    machine = origin.show(TEXT, es)
    commit(es, lambda place: (place / TEXT).write_text(machine.replace("[Spanish", "[Mexican", 1)))
    commit(ja, lambda place: (place / TEXT.replace("es-MX", "ja")).unlink())
    commit(ja, lambda place: (place / "notes.txt").write_text("by people"))
    tips = [origin.git(origin.bare, "rev-parse", branch) for branch in (es, ja)]
    gitlab.environment["LOCALIZE_SUBTITLES"] = "merge-request"
    origin.git(origin.bare, "push", "--quiet", ".", f"{ja}~2:refs/heads/{ja}-old")
    said = run()
    assert f"{TEXT} is in review on {es}" in said
    assert [origin.git(origin.bare, "rev-parse", branch) for branch in (es, ja)] == tips
    assert len(sandbox.proofreads()) == 2
    assert "localize/subtitles\n" in origin.git(
        origin.bare, "for-each-ref", "--format=%(refname:short)"
    ), "a text that is on no branch is offered once more"

    def merge(place: Path) -> None:
        origin.git(place, "merge", "--quiet", "--squash", f"origin/{es}")

    commit("main", merge)
    run()
    assert [text.count("[Mexican") for text in rendered()] == [1]

    # The same once more, on a branch that was merged as another commit.
    gitlab.environment["LOCALIZE_SUBTITLES"] = "merge-request-per-language"
    more = manifest("intro", "outro").replace("videos:", "defaults: {proofread: true}\nvideos:")
    origin.commit(localize_yaml=more)
    run()
    diff = origin.git(origin.bare, "diff", "--name-only", f"main...{es}").split()
    assert diff == ["subtitles/outro/es-MX.srt", "subtitles/outro/source.srt"]
    assert origin.show("notes.txt", ja) == "by people"
    edit = origin.show(TEXT, "main").replace("[Mexican", "[Later", 1)
    commit("main", merge)
    commit("main", lambda place: (place / TEXT).write_text(edit))
    run()
    assert sum(len(note.job_ids) for note in sandbox.proofreads()) == 3
    origin.commit(localize_yaml=more + manifest("last").partition("videos:\n")[2])
    run()
    diff = origin.git(origin.bare, "diff", "--name-only", f"main...{es}").split()
    assert diff == ["subtitles/last/es-MX.srt", "subtitles/last/source.srt"]


@pytest.mark.parametrize("kind", ["link", "large"])
def test_no_text_of_a_branch_leads_elsewhere(
    gitlab: GitLab, origin: Origin, tmp_path: Path, kind: str
) -> None:
    video = manifest("intro").replace("videos:", "defaults: {proofread: true}\nvideos:")
    origin.commit(localize_yaml=video)
    outside = tmp_path / "outside"
    outside.write_text(SECRET)
    place = origin.clone("stranger")
    (place / TEXT).parent.mkdir(parents=True)
    if kind == "link":
        (place / TEXT).symlink_to(outside)
    else:
        (place / TEXT).write_text("x" * 2_000_001)
    origin.git(place, "add", "--all")
    origin.git(place, "commit", "--quiet", "--message", "hostile")
    origin.git(place, "push", "--quiet", "origin", "HEAD:refs/heads/localize/subtitles")
    gitlab.environment |= {"LOCALIZE_SUBTITLES": "merge-request", "LOCALIZE_PUSH_TOKEN": TOKEN}
    gitlab.checkout = origin.clone("run", "--depth=1")
    ended = gitlab.run("apply", "script")
    assert ended.returncode == 0, ended.stderr
    assert f"{TEXT} of localize/subtitles is no file of subtitles: passed over" in ended.stdout
    assert not (gitlab.checkout / "subtitles").exists()
    (gitlab.checkout / "subtitles").symlink_to(tmp_path)
    assert gitlab.run("apply", "script").returncode == 1
    gitlab.environment["LOCALIZE_SUBTITLES"] = "$(id)"
    assert gitlab.run("apply", "script").returncode == 2


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
