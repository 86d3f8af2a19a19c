"""A lockfile that is wrong about a session pays for no second one, even where none are listed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fake_clock import FakeClock
from repositories import MANIFEST, Repository, generated
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

ONE = MANIFEST.replace("[es-MX, ja]", "[es-MX]")
SESSIONS = "/v3/video-translations/proofreads"
UNLISTED = f"missing=1 on GET {SESSIONS}"
LIED = {
    "failed": {"status": "failed", "failure_message": "no speech"},
    "failed too often": {"status": "failed", "attempts": 3},
    "junk id": {"proofread_id": "pr_junk"},
    "junk id, long ago": {"proofread_id": "pr_junk", "created_at": 1_000_000_000},
    "junk id, failed": {"proofread_id": "pr_junk", "status": "failed"},
}


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    sandbox = start()
    sandbox.set_faults(UNLISTED)
    return sandbox


@pytest.fixture
def repository(workspace: Workspace, sandbox: Sandbox) -> Repository:
    repository = Repository(workspace)
    repository.manifest(ONE)
    return repository


def change_the_lockfile(workspace: Workspace, **values: Any) -> None:
    lock = workspace.lock()
    lock["proofreads"]["intro/es-MX"] |= values
    workspace.lockfile.write_text(json.dumps(lock), encoding="utf-8")


@pytest.mark.parametrize("lie", LIED)
def test_a_session_that_is_made_is_not_paid_for_again(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, lie: str
) -> None:
    repository.apply("--no-wait")
    assert len(sandbox.proofreads()) == 1
    change_the_lockfile(repository.workspace, **LIED[lie])
    clock.sleep(600)
    repository.apply()
    assert len(sandbox.proofreads()) == 1
    assert repository.text().exists()
    held = repository.workspace.lock()["proofreads"]["intro/es-MX"]
    assert held["proofread_id"] == sandbox.proofreads()[0].id


@pytest.mark.parametrize("lie", LIED)
def test_an_approved_text_is_rendered_by_the_session_that_lives(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, lie: str
) -> None:
    repository.apply()
    repository.commit()
    change_the_lockfile(repository.workspace, **LIED[lie])
    clock.sleep(600)
    repository.apply()
    assert (len(sandbox.proofreads()), generated(sandbox)) == (1, 1)


def test_a_session_of_which_heygen_says_that_it_failed_is_followed_by_another(
    repository: Repository, sandbox: Sandbox
) -> None:
    sandbox.set_faults(UNLISTED, f"fail_proofread=1:no speech on POST {SESSIONS} times 1")
    repository.apply(code=1)
    repository.apply()
    assert len(sandbox.proofreads()) == 2
    assert repository.text().exists()


@pytest.mark.parametrize("failures", [0, 1])
def test_a_session_that_is_gone_is_followed_by_another(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, failures: int
) -> None:
    """Though the key of its order is still answered with it."""
    rule = f"fail_proofread=1:no speech on POST {SESSIONS} times {failures}"
    sandbox.set_faults(*((UNLISTED, rule) if failures else (UNLISTED,)))
    for number in range(failures + 1):
        repository.apply("--no-wait", code=0)
        clock.sleep(3600 * 25 if number < failures else 600)
    sandbox.expire_proofread(sandbox.proofreads()[-1].id)
    repository.apply()
    assert len(sandbox.proofreads()) == failures + 2
    assert repository.text().exists()


def test_a_failed_session_that_heygen_no_longer_knows_has_still_failed(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    sandbox.set_faults(UNLISTED, f"fail_proofread=1:no speech on POST {SESSIONS}")
    for _ in range(4):
        ran = repository.apply(code=1)
        clock.sleep(26 * 3600)
    assert "its proofread session failed 3 times: no speech" in ran.out
    assert len(sandbox.proofreads()) == 3
