"""Sessions whose renders HeyGen refuses: how often another is paid for, and what is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from fake_clock import FakeClock
from repositories import MANIFEST, Repository, generated, proposed
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

SCHEMA = Path(__file__).parents[3] / "schema/lockfile.schema.json"
ONE = MANIFEST.replace("[es-MX, ja]", "[es-MX]")
LIMITED = ONE + "limits: {max_attempts: 2}\n"
DENIED = "access_denied=1:not for you on POST */generate"
DAY = 26 * 3600.0


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    return start()


@pytest.fixture
def approved(workspace: Workspace, sandbox: Sandbox) -> Repository:
    """One target whose text is approved while its first session lives."""
    repository = Repository(workspace)
    repository.manifest(LIMITED)
    repository.apply()
    repository.edit(repository.text().read_text().splitlines()[2], "Revisado")
    repository.commit()
    return repository


def six_days(repository: Repository, clock: FakeClock, *arguments: str) -> list[int]:
    """Apply once a day; return the exit codes."""
    codes = []
    for _ in range(6):
        codes.append(repository.workspace.run("apply", "--yes", *arguments).code)
        clock.sleep(DAY)
    return codes


def reason(repository: Repository) -> tuple[str, str]:
    (action,) = repository.workspace.run("plan", "--format", "json").json()["actions"]
    return action["action"], action["reason"]


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        (DENIED, 1, "not for you"),
        ("missing=1 on POST */generate", 1, "not found"),
        ("stored_402=1 on POST */generate", 7, "The balance is too low"),
        ("http_500_before=1 on POST */generate", 4, "Something went wrong on our side"),
        ("rate_limit=1:30 on POST */generate", 4, "Too many requests"),
        ("access_denied=1:not for you on PUT */srt", 1, "not for you"),
        ("http_500_before=1 on PUT */srt", 1, "could not be given to its session"),
    ],
)
def test_six_days_of_refused_renders_cost_no_more_than_the_attempts(
    approved: Repository, sandbox: Sandbox, clock: FakeClock, fault: str, code: int, told: str
) -> None:
    sandbox.set_faults(fault)
    assert six_days(approved, clock) == [code, code, 1, 1, 1, 1]
    assert proposed(sandbox) == len(sandbox.proofreads()) == 2
    assert not sandbox.jobs()
    ran = approved.apply(code=1)
    assert "a proofread session was paid for 2 times, and nothing was rendered from it" in ran.out
    assert told in ran.out
    assert "localize apply --retry-failed" in ran.out
    assert reason(approved) == ("blocked", "session_unrendered")
    session = approved.workspace.lock()["proofreads"]["intro/es-MX"]
    assert session["attempts"] == 2
    assert told in session["failure_message"]
    jsonschema.validate(approved.workspace.lock(), json.loads(SCHEMA.read_text()))


def test_a_render_that_is_never_ordered_in_time_counts_too(
    approved: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    """No place is free before the run's time is up, day after day."""
    sandbox.set_faults("rate_limit=1:30 on POST */generate")
    codes = six_days(approved, clock, "--timeout", "60", "--poll-interval", "10")
    assert codes[-1] == 1
    assert proposed(sandbox) == 2
    assert reason(approved) == ("blocked", "session_unrendered")


def test_a_refused_render_is_ordered_from_the_living_session(
    approved: Repository, sandbox: Sandbox
) -> None:
    sandbox.set_faults(DENIED)
    for _ in range(4):
        approved.apply(code=1)
    sandbox.set_faults()
    approved.apply("--retry-refused")
    assert (proposed(sandbox), len(sandbox.jobs())) == (1, 1)


def test_a_render_that_fails_counts_with_those_that_are_refused(
    approved: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    sandbox.set_faults(DENIED)
    approved.apply(code=1)
    clock.sleep(DAY)
    sandbox.set_faults("fail_job=1:no speech on POST */generate")
    approved.apply(code=1)
    clock.sleep(DAY)
    six_days(approved, clock)
    assert (proposed(sandbox), generated(sandbox)) == (2, 2)


@pytest.mark.few(2)
@pytest.mark.parametrize("way", ["source", "revision", "text", "--recreate", "success"])
def test_what_begins_to_count_anew(
    approved: Repository, sandbox: Sandbox, clock: FakeClock, way: str
) -> None:
    sandbox.set_faults(DENIED)
    if way == "success":
        approved.apply(code=1)
        clock.sleep(DAY)
        sandbox.set_faults()
        approved.apply()
        approved.edit("Revisado", "Otra vez")
        approved.commit()
        clock.sleep(DAY)
        sandbox.set_faults(DENIED)
        paid = 2
    else:
        six_days(approved, clock)
        paid = 2
    if way == "source":
        approved.manifest(LIMITED.replace("intro.mp4", "other.mp4"))
        approved.text().unlink()
        approved.apply()
        approved.commit()
    elif way == "revision":
        approved.manifest(LIMITED.replace("duration: 60", "duration: 60, revision: 2"))
    elif way == "text":
        approved.edit("Revisado", "Otra vez")
        approved.commit()
    arguments = (way,) if way.startswith("--") else ()
    approved.apply(*arguments, code=1)
    assert approved.workspace.lock()["proofreads"]["intro/es-MX"]["attempts"] == 1
    six_days(approved, clock)
    assert proposed(sandbox) == paid + 2


def test_a_person_may_ask_for_one_more(
    approved: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    sandbox.set_faults(DENIED)
    six_days(approved, clock)
    approved.apply("--retry-failed", code=1)
    six_days(approved, clock)
    assert proposed(sandbox) == 3
    sandbox.set_faults()
    approved.apply("--retry-failed")
    assert (proposed(sandbox), len(sandbox.jobs())) == (4, 1)


def test_people_who_take_their_time_use_up_nothing(
    workspace: Workspace, sandbox: Sandbox, clock: FakeClock
) -> None:
    repository = Repository(workspace)
    repository.manifest(ONE + "limits: {max_attempts: 1}\n")
    repository.apply()
    clock.sleep(10 * DAY)
    repository.apply()
    repository.edit(repository.text().read_text().splitlines()[2], "Revisado")
    repository.commit()
    repository.apply()
    assert (proposed(sandbox), len(sandbox.jobs())) == (2, 1)
    clock.sleep(10 * DAY)
    repository.edit("Revisado", "Otra vez")
    clock.sleep(10 * DAY)
    repository.apply()
    repository.commit()
    repository.apply()
    assert (proposed(sandbox), len(sandbox.jobs())) == (3, 2)
    assert workspace.lock()["proofreads"]["intro/es-MX"]["attempts"] == 1
