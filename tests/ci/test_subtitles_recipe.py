"""The workflow of docs/proofread.md: subtitles in a pull request, and back beside each apply."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from action_origin import Origin, manifest
from action_runner import BIN, ROOT
from starters import fast_programs

from heygen_localize.sandbox import Sandbox

PAGE = (ROOT / "docs" / "proofread.md").read_text(encoding="utf-8")
FOUND = re.search(r"^```yaml\n(name: .*?)^```", PAGE, re.DOTALL | re.MULTILINE)
assert FOUND is not None
STEPS = [step for step in yaml.safe_load(FOUND[1])["jobs"]["apply"]["steps"] if "run" in step]
BRANCH = "localize/subtitles"
TEXT = "subtitles/intro/es-MX.srt"
GH = """#!/usr/bin/env bash
case "$2" in list) git ls-remote origin refs/heads/localize/subtitles | wc -l;; esac
"""


class Job:
    """The workflow's job, each time in a fresh checkout."""

    def __init__(self, origin: Origin, folder: Path, sandbox: Sandbox) -> None:
        self._origin, self._folder, self._runs = origin, folder, 0
        stubs = folder / "stubs"
        stubs.mkdir()
        (stubs / "gh").write_text(GH)
        (stubs / "gh").chmod(0o755)
        self._environment = {
            "PATH": os.pathsep.join(map(str, (stubs, fast_programs(), BIN, os.environ["PATH"]))),
            "HOME": str(folder),
            "RUNNER_TEMP": str(folder),
            "HEYGEN_API_BASE": sandbox.base_url,
            "HEYGEN_API_KEY": sandbox.api_key,
            "LOCALIZE_APPLY_POLL_INTERVAL": "0.05",
            "LOCALIZE_APPLY_CHECK_SOURCES": "0",
        }

    def run(self) -> None:
        self._runs += 1
        place = self._origin.clone(f"run-{self._runs}")
        told = self._folder / f"environment-{self._runs}"
        told.write_text("")
        for step in STEPS:
            if "pip install" in step["run"]:
                continue
            kept = dict(line.split("=", 1) for line in told.read_text().splitlines())
            ended = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=place,
                env=self._environment | kept | {"GITHUB_ENV": str(told)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=60,
                check=False,
            )
            assert ended.returncode == 0, ended.stdout


def sessions(sandbox: Sandbox) -> int:
    return len(sandbox.proofreads())


@pytest.fixture
def job(origin: Origin, tmp_path: Path, sandbox: Sandbox) -> Job:
    video = manifest("intro").replace("[es-MX, ja]", "[es-MX]")
    text = video.replace("duration: 60", "duration: 60, proofread: true")
    origin.commit(localize_yaml=text)
    return Job(origin, tmp_path, sandbox)


def test_what_is_in_review_is_neither_paid_for_again_nor_written_over(
    job: Job, origin: Origin, sandbox: Sandbox
) -> None:
    job.run()
    assert sessions(sandbox) == 1
    assert origin.log()[0] == "Update localize.lock"
    machine = origin.show(TEXT, BRANCH)

    reviewer = origin.clone("reviewer", "--branch", BRANCH)
    revised = machine.replace("[Spanish (Mexico)] ", "", 1)
    (reviewer / TEXT).write_text(revised)
    origin.git(reviewer, "commit", "--quiet", "--all", "--message", "reviewed")
    origin.git(reviewer, "push", "--quiet")

    for note in sandbox.proofreads():
        sandbox.expire_proofread(note.id)
    sandbox.advance(25 * 3600)
    job.run()
    assert sessions(sandbox) == 1
    assert origin.show(TEXT, BRANCH) == revised
    assert origin.log(BRANCH)[0] == "reviewed"
