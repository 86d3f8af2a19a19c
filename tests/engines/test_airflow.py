"""examples/airflow, run by Airflow: passes of a sensor until nothing renders, each content once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from engine_examples import EXAMPLES
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

pytest.importorskip("airflow")


def airflow(home: Path, *arguments: str, **environment: str) -> str:
    """Run a command line of Airflow's, as a process of its own; give what it says."""
    ended = subprocess.run(
        (sys.executable, "-m", "airflow", *arguments),
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLES / "airflow"),
            **environment,
        },
        timeout=300,
        check=False,
    )
    return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make Airflow's home with its database and the pool; give the folder."""
    folder = tmp_path_factory.mktemp("airflow")
    airflow(folder, "db", "migrate")
    assert "created" in airflow(folder, "pools", "set", "heygen", "1", "HeyGen orders")
    return folder


def run(home: Path, workspace: Workspace, **environment: str) -> str:
    """Run the DAG once; give what Airflow says."""
    settings = {"LOCALIZE_MANIFEST": str(workspace.manifest), "LOCALIZE_PASS_EVERY": "1"}
    return airflow(home, "dags", "test", "localize", **settings, **environment)


def test_passes_until_all_is_rendered(home: Path, workspace: Workspace, account: Sandbox) -> None:
    told = run(home, workspace)
    assert "state=success" in told, told
    assert "up_for_reschedule" in told  # No worker sat there meanwhile.
    assert len(account.jobs()) == 4
    rows = workspace.run("status", "--format", "json").json()["targets"]
    assert {row["status"] for row in rows} == {"completed"}


def test_targets_that_failed_for_good_fail_the_run(
    home: Path, workspace: Workspace, account: Sandbox
) -> None:
    workspace.write(workspace.manifest.read_text() + "limits: {max_attempts: 1}\n")
    account.set_faults("fail_job=1 on POST times 1")
    told = run(home, workspace)
    assert "state=failed" in told, told
    assert "AirflowFailException" in told
    assert len(account.jobs()) == 4


def test_a_limit_is_not_tried_again(home: Path, workspace: Workspace, account: Sandbox) -> None:
    told = run(home, workspace, LOCALIZE_MAX_USD="0.01")
    assert "state=failed" in told, told
    assert "max_cost" in told
    assert "up_for_retry" not in told
    assert account.jobs() == []
