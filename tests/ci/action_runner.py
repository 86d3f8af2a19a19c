"""Runs the Action's steps as a runner would: action.yml's own shell lines, inputs and conditions.

What needs the network is left out: setting up Python, the cache, and the installation, in
whose place stands the environment that the tests run in.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from github_stand_in import REPOSITORY, TOKEN, GitHub
from starters import fast_programs

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BIN = Path(sys.executable).parent
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass
class Finished:
    """How a run of the Action ended."""

    code: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)


class Runner:
    """A machine with a checkout, an event, and the job's environment."""

    def __init__(self, folder: Path, workspace: Path, github: GitHub) -> None:
        self.workspace, self._folder = workspace, folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": github.base,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_WORKSPACE": str(workspace),
            "RUNNER_TEMP": str(folder),
            "LOCALIZE_APPLY_POLL_INTERVAL": "0.05",
            "LOCALIZE_APPLY_CHECK_SOURCES": "0",
            "LOCALIZE_PLAN_CHECK_SOURCES": "0",
        }
        self.bin = fast_programs()

    def event(self, name: str, ref: str = "refs/heads/main", **payload: Any) -> None:
        """Say what started the job."""
        path = self._folder / "event.json"
        repository = {"full_name": REPOSITORY, "default_branch": "main"}
        path.write_text(json.dumps({"repository": repository} | payload))
        self.environment |= {
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REF": ref,
            "GITHUB_REF_NAME": ref.split("/", 2)[2],
            "GITHUB_REF_TYPE": "tag" if ref.startswith("refs/tags/") else "branch",
        }

    def pull_request(self, head: str | None = REPOSITORY, name: str = "pull_request") -> None:
        """Let the job be one of pull request 7."""
        pull = {"number": 7, "head": {"repo": {"full_name": head} if head else None}}
        self.event(name, "refs/pull/7/merge", pull_request=pull)

    def run(self, **inputs: str) -> Finished:
        """Run every step whose condition holds; inputs with hyphens are named with underscores."""
        usual = {name: str(item.get("default", "")) for name, item in ACTION["inputs"].items()}
        usual["token"] = TOKEN
        given = usual | {name.replace("_", "-"): text for name, text in inputs.items()}
        done = Finished()
        done.steps = {"python": {"python-path": sys.executable}}
        summary = self._folder / "summary.md"
        summary.unlink(missing_ok=True)
        for step in ACTION["runs"]["steps"]:
            if "run" not in step:
                continue
            condition = step.get("if", "success()")
            if not re.search(r"always\(|cancelled\(|success\(", condition):
                condition = f"success() && ({_EXPRESSION.sub(lambda found: found[1], condition)})"
            if not _holds(condition, done, given):
                continue
            if step.get("id") == "install":
                done.steps["install"] = {"bin": str(self.bin)}
                continue
            self._run_step(step, done, given, summary)
        done.summary = summary.read_text(encoding="utf-8") if summary.exists() else ""
        outputs = ACTION["outputs"].items()
        done.outputs = {name: _filled(item["value"], done, given) for name, item in outputs}
        return done

    def _run_step(
        self, step: dict[str, Any], done: Finished, given: dict[str, str], summary: Path
    ) -> None:
        output = self._folder / "output.txt"
        output.write_text("")
        named = {name: _filled(text, done, given) for name, text in step.get("env", {}).items()}
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env=self.environment | files | named,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        done.ran.append(step["name"])
        done.log += ended.stdout
        done.code = done.code or ended.returncode
        pairs = (line.split("=", 1) for line in output.read_text().splitlines())
        done.steps.setdefault(step.get("id", ""), {}).update(dict(pairs))


def _lookup(name: str, done: Finished, given: dict[str, str]) -> str:
    match name.split("."):
        case ["inputs", key]:
            return given[key]
        case ["steps", step, "outputs", key]:
            return done.steps.get(step, {}).get(key, "")
    raise AssertionError(f"the runner knows no {name}")


def _value(expression: str, done: Finished, given: dict[str, str]) -> Any:
    """Evaluate as much of GitHub's expressions as action.yml uses."""
    told = re.sub(
        r"(?:inputs|steps)\.[\w.-]+", lambda found: repr(_lookup(found[0], done, given)), expression
    )
    told = told.replace("&&", " and ").replace("!cancelled()", "True")
    told = told.replace("always()", "True").replace("success()", str(done.code == 0))
    return eval(told, {"__builtins__": {}})  # our own file's lines


def _filled(text: str, done: Finished, given: dict[str, str]) -> str:
    def put(found: re.Match[str]) -> str:
        value = _value(found[1], done, given)
        return str(value).lower() if isinstance(value, bool) else str(value)

    return _EXPRESSION.sub(put, str(text))


def _holds(condition: str, done: Finished, given: dict[str, str]) -> bool:
    found = _EXPRESSION.fullmatch(condition)
    return bool(_value(found[1] if found else condition, done, given))
