"""What is told of an attempt that was the last one: nothing promises another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_clock import FakeClock
from repositories import MANIFEST, Repository
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.endpoints import proofreads as proofread_endpoints
from heygen_localize.sandbox.media.files import Padded

ORDERS = "POST /v3/video-translations"
SESSIONS = "/v3/video-translations/proofreads"
RETRY = "localize apply --retry-failed"
PROMISES = (
    "localize apply tries it again",
    "localize apply makes another",
    "run localize apply again",
    "for another once that session is over",
)


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    return start()


def check(told: str, most: int, attempt: int) -> None:
    """A promise stands exactly where it is kept."""
    promised = any(promise in told for promise in PROMISES)
    assert (promised, RETRY in told) == ((True, False) if attempt < most else (False, True)), told


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("said", ["Bad luck", "Failed to download video from url, please check"])
def test_a_failed_job(workspace: Workspace, sandbox: Sandbox, most: int, said: str) -> None:
    limits = f"limits: {{max_attempts: {most}}}"
    workspace.write_videos("alpha", languages=("ja",), extra=limits)
    sandbox.set_faults(f"fail_job=1:{said} on {ORDERS}")
    for attempt in range(1, most + 2):
        ran = workspace.run("apply", "--yes")
        assert ran.code == 1
        if attempt <= most:
            check(ran.out, most, attempt)
    assert len(sandbox.jobs()) == most
    ran = workspace.run("apply", "--yes", "--retry-failed")
    assert len(sandbox.jobs()) == most + 1
    check(ran.out, most, most + 1)


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("trouble", ["fails", "is unusable", "expires"])
def test_a_session(
    workspace: Workspace,
    sandbox: Sandbox,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    trouble: str,
) -> None:
    repository = Repository(workspace)
    repository.manifest(
        MANIFEST.replace("[es-MX, ja]", "[es-MX]") + f"limits: {{max_attempts: {most}}}\n"
    )
    if trouble == "fails":
        sandbox.set_faults(f"fail_proofread=1:no speech on POST {SESSIONS}")
    elif trouble == "is unusable":
        monkeypatch.setattr(proofread_endpoints, "Padded", lambda _: Padded(b""))
    else:
        sandbox.set_faults("missing=1 on GET */proofreads/pr_*")
    for attempt in range(1, most + 2):
        ran = repository.apply(code=1)
        assert len(sandbox.proofreads()) == min(attempt, most)
        if attempt <= most:
            check(ran.out, most, attempt)
        clock.sleep(26 * 3600)


def test_a_pinned_job_that_fails_is_not_tried_again(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    sandbox.set_faults(f"fail_job=1:Bad luck on {ORDERS}")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    (job,) = sandbox.jobs()
    workspace.lockfile.unlink()
    plain = workspace.manifest.read_text()
    pinned = f"languages: {{ja: {{job: {job.id}}}}}, source:"
    workspace.write(plain.replace("source:", pinned))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "pin another one, or take job: out of the manifest" in ran.out
    assert not any(promise in ran.out for promise in PROMISES)
    workspace.run("apply", "--yes")
    assert len(sandbox.jobs()) == 1
