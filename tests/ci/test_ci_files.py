"""The files that others include: linted, pinned, documented, and safe from injected text."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from action_runner import ACTION, BIN, ROOT

from heygen_localize.operations.init.create import workflow_text

DOCS = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = [
    yaml.safe_load(text)
    for text in re.findall(r"^```yaml\n(.*?)^```", DOCS, re.DOTALL | re.MULTILINE)
]
WORKFLOW = next(block for block in BLOCKS if "jobs" in block)
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
OWN = ROOT / ".github"
MATRIX = ROOT / "examples" / "ci" / "matrix.yml"
WITH_WORKFLOWS = ("ci", "proofread")
# A program of Go's; .ci/run installs it (its Python package would download one by itself).
ACTIONLINT = shutil.which("actionlint", path=f"{BIN}{os.pathsep}{os.environ['PATH']}")


def checked(*command: str | Path, folder: Path = ROOT) -> str:
    """Run a linter of ours; give what it says, which must be praise."""
    program, *arguments = map(str, command)
    ended = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=folder,
        env={"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    """Give a folder with the workflows that our pages show and that init writes."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    pages = {name: (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in WITH_WORKFLOWS}
    texts = {
        name: found[1]
        for name, page in pages.items()
        if (found := re.search(r"^```yaml\n(name: .*?)^```", page, re.DOTALL | re.MULTILINE))
    }
    for name, text in (texts | {"init": workflow_text(tmp_path / "localize.yaml")}).items():
        # The place that a reader puts in; pinned, as the page says.
        pinned = re.sub(r"(uses: [\w/-]+)@v[\d.]+", rf"\1@{'0' * 40} # v1", text)
        (folder / f"{name}.yml").write_text(pinned, encoding="utf-8")
    assert len(list(folder.iterdir())) == 3
    return folder


def test_the_action_and_the_documented_workflows_pass_the_linters(workflows: Path) -> None:
    own = sorted(OWN.glob("workflows/*.yml"))
    linted = (ROOT / "action.yml", workflows / "ci.yml", OWN, MATRIX)
    checked("zizmor", "--offline", "--quiet", *linted)
    checked("check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml")
    schema = ("check-jsonschema", "--builtin-schema", "vendor.github-workflows")
    checked(*schema, *workflows.iterdir(), *own, MATRIX)
    checked("check-jsonschema", "--builtin-schema", "vendor.dependabot", OWN / "dependabot.yml")


@pytest.mark.skipif(not ACTIONLINT, reason="actionlint is not here")
def test_the_documented_workflows_pass_actionlint(workflows: Path) -> None:
    files = sorted((*workflows.iterdir(), *OWN.glob("workflows/*.yml"), MATRIX))
    ended = subprocess.run([str(ACTIONLINT), *files], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_the_gitlab_template_passes_its_schema() -> None:
    options = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    checked("check-jsonschema", *options, ROOT / "ci" / "gitlab.yml")


def test_no_text_of_others_gets_into_a_shell_line() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", ""), step["name"]


def test_what_others_wrote_is_pinned_to_a_commit() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert len(used) == 3
    assert all(re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40}", name) for name in used)


def test_our_own_workflows_are_pinned_and_run_what_is_here() -> None:
    files = sorted(OWN.glob("workflows/*.yml"))
    assert len(files) == 3
    for file in files:
        text = file.read_text(encoding="utf-8")
        used = re.findall(r"uses: (.+)", text)
        assert used
        assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", name) for name in used), file
        for name in re.findall(r"(script/[\w-]+|\.ci/run)", text):
            assert os.access(ROOT / name, os.X_OK), name
        # Only what publishes may identify itself; nothing may write to the repository.
        assert "contents: write" not in text
        assert "secrets." not in text
        assert ("id-token" in text) == (file.name == "release.yml")


def test_the_cache_holds_nothing_but_caches(tmp_path: Path) -> None:
    steps = [step for step in STEPS if "actions/cache" in step.get("uses", "")]
    assert len(steps) == 2
    assert {step["with"]["path"] for step in steps} == {"${{ steps.decide.outputs.cache-path }}"}
    output = tmp_path / "output.txt"
    told = {"GITHUB_OUTPUT": str(output), "INPUT_MANIFEST": "videos/localize.yaml"}
    script = ROOT / "ci" / "action" / "decide.py"
    subprocess.run([BIN / "python", script], env=told, check=True, stdout=subprocess.DEVNULL)
    assert "cache-path=videos/.localize/*/cache\n" in output.read_text()


def test_the_key_goes_to_one_step_alone() -> None:
    holders = [step["name"] for step in STEPS if "INPUT_API_KEY" in step.get("env", {})]
    assert holders == ["Run localize"]


def test_every_step_finds_its_script() -> None:
    named = re.findall(r"\$GITHUB_ACTION_PATH/(ci/\S+?)\"", json.dumps(STEPS).replace("\\", ""))
    assert len(named) == 10
    for name in named:
        assert (ROOT / name).is_file()
        assert name.endswith(".py") or os.access(ROOT / name, os.X_OK)


def test_every_input_and_output_is_documented_with_its_default() -> None:
    rows = {cells[0]: cells[1:] for cells in re.findall(r"^\| `([\w-]+)` \| (.*?) ?\|", DOCS, re.M)}
    for name, item in ACTION["inputs"].items():
        told = rows[name][0].strip("`")
        default = item.get("default", "")
        assert told == (default if "${{" not in default else "the job's"), name
    assert ACTION["outputs"].keys() <= rows.keys()


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block)[:30])
def test_examples_use_inputs_that_exist(block: Any) -> None:
    steps = block if isinstance(block, list) else []
    for job in (block.get("jobs", {}) if isinstance(block, dict) else {}).values():
        steps = [*steps, *job["steps"]]
    for step in steps:
        if "heygen-localize" in step.get("uses", ""):
            assert step.get("with", {}).keys() <= ACTION["inputs"].keys()


def test_the_documented_workflow_lets_nobody_cut_a_run() -> None:
    assert WORKFLOW["concurrency"]["cancel-in-progress"] is False
    assert "schedule" in WORKFLOW[True]  # YAML 1.1 reads `on` so
    assert WORKFLOW["jobs"]["apply"]["permissions"] == {"contents": "write"}
    assert WORKFLOW["jobs"]["plan"]["permissions"]["contents"] == "read"
    inner = float(WORKFLOW["jobs"]["apply"]["steps"][1]["with"]["timeout-minutes"])
    assert inner < WORKFLOW["jobs"]["apply"]["timeout-minutes"]


@pytest.mark.parametrize("text", ["documented", "init"])
def test_a_workflow_runs_for_what_it_is_about_and_hourly(text: str, tmp_path: Path) -> None:
    written = workflow_text(tmp_path / "localize.yaml")
    events = (WORKFLOW if text == "documented" else yaml.safe_load(written))[True]
    for event in ("pull_request", "push"):
        paths = events[event]["paths"]
        assert {"localize.yaml", "localize.lock", "subtitles/**"} <= set(paths)
    minute, hour, *_ = events["schedule"][0]["cron"].split()
    assert hour == "*"
    assert 0 < int(minute) < 60, "at the full hour everybody's runs begin"


def test_the_pages_count_of_minutes_is_that_of_the_schedule() -> None:
    """One look an hour, of which each counts as a minute; three an hour before."""
    assert f"{24 * 30} minutes a month" in DOCS


def test_the_installation_trusts_no_file_of_the_repository(tmp_path: Path) -> None:
    """All calls are isolated, and what is installed is the Action's own version."""
    calls = tmp_path / "calls.txt"
    python = tmp_path / "python"
    python.write_text(
        f'#!/usr/bin/env bash\necho "$*" >> {calls}\n'
        'if [ "$3" = venv ]; then mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; '
        'cp "$0" "$4/bin/localize"; fi\n'
    )
    python.chmod(0o755)
    output = tmp_path / "output.txt"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHON": str(python),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(output),
    }
    subprocess.run([str(ROOT / "ci/action/install.sh")], env=environment, check=True)
    made, locked, installed, version = calls.read_text().splitlines()
    assert made.startswith("-I -m venv ")
    for call in (locked, installed):
        assert call.startswith("-I -m pip install ")
        assert "--no-deps" in call
    assert locked.endswith(f"--require-hashes -r {ROOT}/requirements/run.txt")
    assert installed.endswith(f"--no-build-isolation {ROOT}")
    assert version == "--version"
    name, place = output.read_text().strip().split("=")
    assert (name, place) == ("bin", f"{made.split()[-1]}/bin")
