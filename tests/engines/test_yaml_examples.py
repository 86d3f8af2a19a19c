"""The examples that are files: what they run is run here, as they say it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from engine_examples import EXAMPLES
from workspaces import Workspace

from heygen_localize.core.exit_codes import ExitCode
from heygen_localize.sandbox import Sandbox


def loaded(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def jobs_of(name: str) -> Any:
    """Give the spec of a Kubernetes Job, by itself or in a CronJob."""
    document = loaded(f"kubernetes/{name}")
    spec = document["spec"]
    return spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec


@pytest.mark.parametrize("name", ["job.yaml", "cronjob.yaml"])
def test_what_a_pod_runs_orders_once(name: str, workspace: Workspace, sandbox: Sandbox) -> None:
    spec = jobs_of(name)
    (container,) = spec["template"]["spec"]["containers"]
    workspace.use(sandbox)
    manifest = (EXAMPLES / "kubernetes" / "localize.yaml").read_text(encoding="utf-8")
    workspace.write(manifest)
    for _ in range(2):  # A pod that is started again orders nothing more.
        ran = workspace.run(*container["args"], "--no-check-sources")
        assert ran.code == 0, ran.err
        assert len(sandbox.jobs()) == 6


@pytest.mark.parametrize("name", ["job.yaml", "cronjob.yaml"])
def test_a_pod_is_safe(name: str) -> None:
    spec = jobs_of(name)
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
    # A failure policy takes nothing else.
    assert pod["restartPolicy"] == "Never"
    final = spec["podFailurePolicy"]["rules"][0]["onExitCodes"]
    assert set(final["values"]) == {ExitCode.USAGE, ExitCode.LIMIT, ExitCode.ACCOUNT}
    assert final["containerName"] == container["name"]
    assert pod["terminationGracePeriodSeconds"] > 5
    # Where it is no file, localize does not read it.
    (manifest,) = [mount for mount in container["volumeMounts"] if mount["name"] == "manifest"]
    assert manifest["subPath"] == "localize.yaml"
    assert manifest["mountPath"] == f"{container['workingDir']}/localize.yaml"


def test_no_pass_is_cut_short_or_doubled() -> None:
    document = loaded("kubernetes/cronjob.yaml")
    assert document["spec"]["concurrencyPolicy"] == "Forbid"
    assert jobs_of("job.yaml")["parallelism"] == 1
    made = loaded("kubernetes/kustomization.yaml")
    (generated,) = made["configMapGenerator"]
    (volume,) = [
        volume
        for volume in jobs_of("cronjob.yaml")["template"]["spec"]["volumes"]
        if volume["name"] == "manifest"
    ]
    assert volume["configMap"]["name"] == generated["name"]
    assert [(EXAMPLES / "kubernetes" / name).exists() for name in made["resources"]] == [True]


def commands(job: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Walk over what a job of the matrix runs: a command line of localize, and its variables."""
    described = loaded("ci/matrix.yml")["jobs"][job]
    matrix = described["strategy"]["matrix"]
    combinations = matrix.get("include") or [{"manifest": name} for name in matrix["manifest"]]
    (step,) = [step for step in described["steps"] if "localize " in step.get("run", "")[:9]]
    for values in combinations:
        variables = {
            name: values[found[1]]
            for name, value in step["env"].items()
            if (found := re.fullmatch(r"\$\{\{ matrix\.(\w+) }}", value))
        }
        line = step["run"].partition(" >> ")[0]
        for name, value in variables.items():
            line = line.replace(f"${name}", value)
        yield shlex.split(line)[1:], variables


def test_the_matrix_plans_and_orders_each_project_once(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    for project, videos in (("docs", ("intro", "tour")), ("ads", ("spot",))):
        (workspace.folder / project).mkdir()
        workspace.write_videos(*videos, languages=("ja",))
        text = workspace.manifest.read_text().replace("project: test", f"project: {project}")
        (workspace.folder / project / "localize.yaml").write_text(text)
    workspace.manifest.unlink()
    planned = [workspace.run(*line) for line, _ in commands("plan")]
    assert [ran.code for ran in planned] == [0, 0, 0]
    assert [("intro/ja" in ran.out, "spot/ja" in ran.out) for ran in planned] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    for _ in range(2):
        assert [workspace.run(*line).code for line, _ in commands("apply")] == [0, 0]
        assert len(sandbox.jobs()) == 3
