"""examples/dagster, run by Dagster: pass by pass, each content once."""

from __future__ import annotations

import time
from typing import Any

import pytest
from engine_examples import example
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

dg = pytest.importorskip("dagster")


def run(workspace: Workspace, **settings: Any) -> Any:
    """Materialize the asset with its check, once."""
    found = example("dagster/localize_defs.py")
    resource = found.Localize(manifest=str(workspace.manifest), **settings)
    return dg.materialize(
        [found.dubs, found.nothing_failed],
        resources={"localize": resource},
        raise_on_error=False,
    )


def metadata(ran: Any) -> dict[str, Any]:
    (event,) = ran.asset_materializations_for_node("dubs")
    return {name: value.value for name, value in event.metadata.items()}


def test_passes_until_all_is_rendered(workspace: Workspace, account: Sandbox) -> None:
    first = run(workspace)
    assert first.success
    told = metadata(first)
    assert (told["ordered"], told["unfinished"], told["failed"]) == (4, 4, {})
    time.sleep(1.1)
    last = metadata(run(workspace))
    assert (last["ordered"], last["unfinished"]) == (0, 0)
    assert len(account.jobs()) == 4


def test_a_target_that_failed_for_good_fails_the_check(
    workspace: Workspace, account: Sandbox
) -> None:
    workspace.write(workspace.manifest.read_text() + "limits: {max_attempts: 1}\n")
    account.set_faults("fail_job=1 on POST times 1")
    run(workspace)
    time.sleep(1.1)
    ran = run(workspace)
    (told,) = ran.get_asset_check_evaluations()
    assert (ran.success, told.passed) == (True, False)
    assert len(told.metadata["failed"].value) == 1
    assert len(metadata(ran)["failed"]) == 1


def test_a_limit_is_not_tried_again(workspace: Workspace, account: Sandbox) -> None:
    ran = run(workspace, max_usd=0.01)
    assert not ran.success
    (event,) = [event for event in ran.all_events if event.is_step_failure]
    failure = event.step_failure_data.user_failure_data
    assert "max_cost" in failure.description
    assert not any(event.is_step_up_for_retry for event in ran.all_events)
    assert account.jobs() == []


def test_what_passes_by_itself_may_be_tried_again(
    workspace: Workspace, account: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    account.set_faults("http_500_before=1 on GET")
    found = example("dagster/localize_defs.py")
    with pytest.raises(dg.Failure) as told:
        found.dubs(found.Localize(manifest=str(workspace.manifest)))
    assert told.value.allow_retries


def test_the_definitions_load() -> None:
    dg.Definitions.validate_loadable(example("dagster/localize_defs.py").defs)
