"""Sessions that the account has and the lockfile lacks: found by the mark in their titles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from repositories import MANIFEST, Repository, generated, proposed
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

ONE = MANIFEST.replace("[es-MX, ja]", "[es-MX]")
TITLED = ONE.replace("defaults: {", 'defaults: {title: "Intro {{ language.tag }}", ')
SESSIONS = "/v3/video-translations/proofreads"
DAYS = 24 * 3600.0


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox whose sessions outlive the keys that they were ordered under."""
    return start(session_seconds=30 * DAYS)


@pytest.fixture
def repository(workspace: Workspace, sandbox: Sandbox) -> Repository:
    repository = Repository(workspace)
    repository.manifest(ONE)
    return repository


def lose_the_lockfile(repository: Repository, sandbox: Sandbox) -> None:
    """Lose it for so long that no order's key is kept any more, and the texts with it."""
    repository.workspace.lockfile.unlink()
    for path in repository.folder.glob("subtitles/**/*.srt"):
        path.unlink()
    sandbox.advance(2 * DAYS)


def listings(sandbox: Sandbox) -> int:
    return sum(note.method == "GET" and note.path == SESSIONS for note in sandbox.requests())


def test_a_lost_lockfile_finds_its_sessions(repository: Repository, sandbox: Sandbox) -> None:
    repository.manifest()
    repository.apply()
    lose_the_lockfile(repository, sandbox)
    told = repository.workspace.run("plan")
    assert "intro  2 languages  fetch  after approval 4.00 USD  the account has its" in told.out
    assert "Cost: nothing now, after approval about 4.00 USD" in told.out
    assert not repository.workspace.lockfile.exists()
    repository.apply()
    assert proposed(sandbox) == 2
    held = repository.workspace.lock()["proofreads"]
    assert {item["proofread_id"] for item in held.values()} == {
        note.id for note in sandbox.proofreads()
    }
    repository.commit()
    repository.apply()
    assert (proposed(sandbox), generated(sandbox)) == (2, 2)


def test_an_approved_text_is_rendered_by_the_session_that_was_found(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.apply()
    repository.edit(repository.text().read_text().splitlines()[2], "Revisado")
    repository.commit()
    repository.workspace.lockfile.unlink()
    sandbox.advance(2 * DAYS)
    told = repository.workspace.run("plan")
    assert "rendered from the reviewed text\n" in told.out
    assert "Cost: 1 job, " in told.out
    repository.apply()
    assert (proposed(sandbox), generated(sandbox)) == (1, 1)
    assert "Revisado" in sandbox.jobs()[0].body["srt_text"]


def test_a_session_is_found_under_the_projects_former_name(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.apply()
    lose_the_lockfile(repository, sandbox)
    repository.manifest(ONE.replace("project: test", "project: new\nformerly: [test]"))
    repository.apply()
    assert proposed(sandbox) == 1


@pytest.mark.parametrize(
    "other",
    [
        ONE.replace("project: test", "project: other"),
        ONE.replace("es-MX", "es-ES"),
        ONE.replace("defaults: {", "defaults: {mode: precision, "),
    ],
)
def test_a_session_of_another_content_or_project_is_left_alone(
    other: str, repository: Repository, sandbox: Sandbox
) -> None:
    repository.apply()
    lose_the_lockfile(repository, sandbox)
    repository.manifest(other)
    assert "propose" in repository.workspace.run("plan").out
    repository.apply()
    assert proposed(sandbox) == 2


def test_failed_sessions_that_are_found_count_as_attempts(
    repository: Repository, sandbox: Sandbox
) -> None:
    sandbox.set_faults(f"fail_proofread=1:no speech on POST {SESSIONS}")
    for _ in range(3):
        repository.apply(code=1)
        repository.workspace.lockfile.unlink()
        sandbox.advance(2 * DAYS)
    assert len(sandbox.proofreads()) == 3
    told = repository.apply(code=1)
    assert "its proofread session failed 3 times: no speech" in told.out
    assert len(sandbox.proofreads()) == 3


def test_a_failed_session_that_is_found_leads_to_the_same_key_as_everywhere(
    repository: Repository, sandbox: Sandbox
) -> None:
    sandbox.set_faults(f"fail_proofread=1:no speech on POST {SESSIONS} times 1")
    repository.apply(code=1)
    kept = repository.workspace.lockfile.read_bytes()
    repository.workspace.lockfile.unlink()
    repository.apply()
    assert (proposed(sandbox), len(sandbox.proofreads())) == (2, 2)
    repository.workspace.lockfile.write_bytes(kept)
    repository.text().unlink()
    repository.apply()
    assert len(sandbox.proofreads()) == 2


def test_of_a_session_that_is_listed_and_gone_nothing_is_expected(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.apply()
    lose_the_lockfile(repository, sandbox)
    sandbox.set_faults("missing=1 on GET */proofreads/pr_* times 1")
    assert "propose" in repository.workspace.run("plan").out


@pytest.mark.parametrize("fault", ["missing", "empty_body", "redirect"])
def test_without_a_list_all_is_as_before(
    fault: str, repository: Repository, sandbox: Sandbox
) -> None:
    repository.apply()
    repository.workspace.lockfile.unlink()
    repository.text().unlink()
    sandbox.set_faults(f"{fault}=1 on GET {SESSIONS}")
    told = repository.workspace.run("plan")
    assert "propose" in told.out
    assert "listed" not in told.out + told.err
    repository.apply()
    assert len(sandbox.proofreads()) == 1  # the order was answered with the first session
    assert repository.text().exists()


@pytest.mark.parametrize("fault", ["http_500_before", "access_denied:no", "rate_limit:1"])
def test_a_list_with_a_flaw_is_none_and_is_told_once(
    fault: str, repository: Repository, sandbox: Sandbox
) -> None:
    repository.apply()
    repository.workspace.lockfile.unlink()
    repository.text().unlink()
    name, _, parameter = fault.partition(":")
    rule = f"{name}=1{':' if parameter else ''}{parameter} on GET {SESSIONS}"
    sandbox.set_faults(rule)
    told = repository.workspace.run("plan")
    assert "propose" in told.out
    said = told.out + told.err
    assert said.count("the account's proofread sessions could not be listed: ") == 1
    repository.apply()
    assert len(sandbox.proofreads()) == 1


def test_sessions_are_listed_only_where_one_would_be_ordered(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.apply()
    assert listings(sandbox) == 1
    repository.apply()
    repository.commit()
    repository.apply()
    repository.apply()
    assert listings(sandbox) == 1


def test_a_render_gets_its_own_title(repository: Repository, sandbox: Sandbox) -> None:
    repository.manifest(TITLED)
    repository.apply()
    (session,) = sandbox.proofreads()
    assert session.title.startswith("Intro es-MX [lz1-")
    repository.commit()
    repository.apply()
    assert [job.title for job in sandbox.jobs()] == ["Intro es-MX"]
    assert repository.workspace.lock()["targets"]["intro/es-MX"]["title"] == "Intro es-MX"
    assert repository.workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_render_that_kept_its_sessions_title_is_retitled_by_the_next_run(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.manifest(TITLED)
    repository.apply()
    repository.commit()
    sandbox.set_faults("missing=1 on PATCH")
    assert "still ends in its session's mark" in repository.apply().err
    sandbox.set_faults()
    assert "retitle" in repository.workspace.run("plan").out
    repository.apply()
    assert [job.title for job in sandbox.jobs()] == ["Intro es-MX"]
    assert generated(sandbox) == 1
    assert repository.workspace.run("plan", "--detailed-exitcode").code == 0


def days_in_keys(sandbox: Sandbox) -> list[str]:
    orders = (
        note for note in sandbox.requests() if note.method == "POST" and note.path == SESSIONS
    )
    return [(note.idempotency_key or "").rpartition(":")[2] for note in orders]


@pytest.mark.parametrize("fault", ["drop_after", "http_500_after", "html_502_after", "cut_body"])
def test_after_a_lost_answer_the_list_is_asked_before_the_order_is_repeated(
    fault: str, repository: Repository, sandbox: Sandbox
) -> None:
    sandbox.set_faults(f"{fault}=1 on POST {SESSIONS} times 1")
    repository.apply()
    assert (proposed(sandbox), len(sandbox.proofreads())) == (1, 1)
    assert repository.text().exists()
    assert repository.workspace.lock()["proofreads"]["intro/es-MX"]["attempts"] == 1


@pytest.mark.parametrize("fault", ["missing", "http_500_before", "list_lag"])
def test_after_a_lost_answer_without_a_list_the_key_brings_the_session(
    fault: str, repository: Repository, sandbox: Sandbox
) -> None:
    parameter = ":1000" if fault == "list_lag" else ""
    sandbox.set_faults(
        f"drop_after=1 on POST {SESSIONS} times 1", f"{fault}=1{parameter} on GET {SESSIONS}"
    )
    ran = repository.apply()
    assert (proposed(sandbox), len(sandbox.proofreads())) == (2, 1)
    assert ran.err.count("sessions could not be listed") == (fault == "http_500_before") * 2


def test_what_is_kept_refused_is_passed_by_on_a_whole_list_of_sessions(
    repository: Repository, sandbox: Sandbox
) -> None:
    sandbox.set_faults(f"stored_402=1 on POST {SESSIONS} times 1")
    repository.apply(code=7)
    assert "--retry-refused" in repository.apply(code=7).out
    assert not sandbox.proofreads()
    before = listings(sandbox)
    repository.apply("--retry-refused")
    assert len(sandbox.proofreads()) == 1
    assert listings(sandbox) == before + 2
    assert days_in_keys(sandbox)[-1] != "0"


@pytest.mark.parametrize("fault", ["missing", "http_500_before"])
def test_no_kept_refusal_is_passed_by_where_sessions_are_not_listed(
    fault: str, repository: Repository, sandbox: Sandbox
) -> None:
    sandbox.set_faults(f"stored_402=1 on POST {SESSIONS} times 1")
    repository.apply(code=7)
    sandbox.set_faults(f"{fault}=1 on GET {SESSIONS}")
    repository.apply("--retry-refused", code=7)
    assert set(days_in_keys(sandbox)) == {"0"}
    assert not sandbox.proofreads()
