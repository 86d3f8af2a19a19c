"""`localize prune` and the account's proofread sessions: which go, which stay, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fake_clock import FakeClock
from repositories import MANIFEST, Repository, generated, proposed
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

SESSIONS = "/v3/video-translations/proofreads"
JOBS = "/v3/video-translations"
DAY = 24 * 3600.0
ONE = MANIFEST.replace("[es-MX, ja]", "[es-MX]")
NOTHING = "Nothing to delete\n"
DELETED = "Deleted 1 of 1 proofread session\n"


@pytest.fixture
def sandbox(
    start: Callable[..., Sandbox], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Sandbox:
    """A sandbox whose sessions outlive the keys that they were ordered under."""
    monkeypatch.setattr("heygen_localize.cli.prune.SystemClock", lambda: clock)
    return start(session_seconds=30 * DAY)


@pytest.fixture
def repository(workspace: Workspace, sandbox: Sandbox) -> Repository:
    repository = Repository(workspace)
    repository.manifest()
    return repository


def held(repository: Repository) -> dict[str, str]:
    """Give the ids of the lockfile's sessions."""
    proofreads = repository.workspace.lock().get("proofreads", {})
    return {address: item["proofread_id"] for address, item in proofreads.items()}


def alive(sandbox: Sandbox) -> set[str]:
    return {note.id for note in sandbox.proofreads() if not note.deleted and not note.expired}


def deletions(sandbox: Sandbox) -> int:
    return sum(note.method == "DELETE" for note in sandbox.requests())


def planned(repository: Repository) -> tuple[list[tuple[str, str]], Any]:
    """Give what a plan would do, and what it would cost."""
    document = repository.workspace.run("plan", "--format", "json").json()
    actions = [(item["address"], item["action"]) for item in document["actions"]]
    return actions, document["estimate"]


def leave(repository: Repository, clock: FakeClock) -> tuple[str, str]:
    """Propose subtitles in two languages, and take one out; give both sessions' ids."""
    repository.apply()
    ids = held(repository)
    repository.manifest(ONE)
    repository.text("intro/ja").unlink()
    clock.sleep(400)
    return ids["intro/es-MX"], ids["intro/ja"]


def test_the_session_of_a_target_that_left_goes(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    stays, goes = leave(repository, clock)
    before = planned(repository)
    told = repository.workspace.run("prune", "--dry-run")
    assert f"- intro/ja  orphan session  {goes}  under an hour old" in told.out
    assert "1 proofread session to delete" in told.out
    assert alive(sandbox) == {stays, goes}
    ran = repository.workspace.run("prune", "--yes")
    assert (ran.code, ran.out) == (0, DELETED), ran.err
    assert f"intro/ja: deleted {goes}" in ran.err
    assert alive(sandbox) == {stays}
    assert held(repository) == {"intro/es-MX": stays}
    assert repository.workspace.lock()["deleted"].keys() == {goes}
    assert planned(repository) == before
    assert repository.workspace.run("prune", "--yes").out == NOTHING
    repository.apply()
    assert (proposed(sandbox), deletions(sandbox)) == (2, 1)


@pytest.mark.parametrize("hours", [0, 30])
def test_a_target_that_comes_back_is_ordered_as_the_plan_says_and_once(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, hours: int
) -> None:
    stays, goes = leave(repository, clock)
    assert repository.workspace.run("prune", "--yes").out == DELETED
    clock.sleep(hours * 3600)
    repository.manifest()
    actions, estimate = planned(repository)
    assert ("intro/ja", "propose") in actions
    assert (estimate["jobs"], estimate["proofreads"]) == (0, 1)
    repository.apply()
    assert len(sandbox.proofreads()) == 3
    assert held(repository)["intro/es-MX"] == stays
    # Within a day the order's first key is answered with the session that was deleted.
    assert held(repository)["intro/ja"] not in {stays, goes}
    assert repository.text("intro/ja").exists()
    posts = proposed(sandbox)
    repository.apply()
    assert proposed(sandbox) == posts


def test_without_the_lockfile_that_remembers_it_the_second_run_orders_one(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    stays, goes = leave(repository, clock)
    assert repository.workspace.run("prune", "--yes").out == DELETED
    repository.workspace.lockfile.unlink()
    repository.text().unlink()
    repository.manifest()
    repository.apply(code=1)  # the order's key was answered with the session that is gone
    assert len(sandbox.proofreads()) == 2
    repository.apply()
    assert len(sandbox.proofreads()) == 3
    assert held(repository)["intro/es-MX"] == stays
    assert held(repository)["intro/ja"] not in {stays, goes}


def test_nothing_of_what_counts_goes_at_any_stage(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    def assert_kept(ending: str = NOTHING) -> None:
        ran = repository.workspace.run("prune", "--yes")
        assert (ran.code, ran.out) == (0, ending), ran.err

    repository.apply("--no-wait")
    clock.sleep(3600)
    assert_kept()  # ready, and not fetched yet
    repository.apply()
    assert_kept()  # in review
    repository.commit()
    assert_kept()  # approved
    repository.apply("--no-wait")
    assert_kept()  # renders
    repository.apply()
    assert_kept()  # rendered
    repository.manifest(MANIFEST.replace("proofread: true", "proofread: true, mode: precision"))
    assert_kept()  # of another content by now, and perhaps soon of this one again
    assert deletions(sandbox) == 0
    assert len(alive(sandbox)) == 2


def test_what_is_new_or_under_way_is_kept(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    repository.apply("--no-wait")
    (repository.folder / "localize.yaml").write_text(ONE)
    ran = repository.workspace.run("prune", "--yes", "--format", "json").json()
    assert [(item["address"], item["why"]) for item in ran["kept_sessions"]] == [
        ("intro/ja", "rendering")
    ]
    clock.sleep(200)
    ran = repository.workspace.run("prune", "--yes")
    assert ran.out == "Nothing to delete; kept 1 too new to be sure of\n"
    clock.sleep(200)
    assert repository.workspace.run("prune", "--yes").out == DELETED


def test_a_session_is_kept_while_its_render_goes_on(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    repository.apply()
    repository.commit()
    clock.sleep(400)
    repository.apply("--no-wait")
    repository.manifest(ONE)
    ran = repository.workspace.run("prune", "--yes")
    assert ran.out == "Nothing to delete; kept 2 still rendering\n"
    clock.sleep(400)
    ran = repository.workspace.run("prune", "--yes")
    assert ran.out == "Deleted 1 of 1 job and 1 of 1 proofread session\n"
    assert held(repository).keys() == {"intro/es-MX"}
    assert repository.workspace.lock()["targets"].keys() == {"intro/es-MX"}


@pytest.mark.parametrize(("failures", "action"), [(1, "propose"), (3, "blocked")])
def test_failed_sessions_go_and_the_plan_stays(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, failures: int, action: str
) -> None:
    repository.manifest(ONE)
    sandbox.set_faults(f"fail_proofread=1:no speech on POST {SESSIONS}")
    for _ in range(failures):
        repository.apply(code=1)
    clock.sleep(400)
    before = planned(repository)
    lock = repository.workspace.lock()
    told = repository.workspace.run("prune", "--yes", "--format", "json").json()
    assert [(item["kind"], item["cost_usd"]) for item in told["sessions"]] == [
        ("failed", 0.0)
    ] * failures
    assert not alive(sandbox)
    assert planned(repository) == before
    assert before[0] == [("intro/es-MX", action)]
    after = repository.workspace.lock()
    assert after.pop("deleted").keys() == {note.id for note in sandbox.proofreads()}
    assert after == lock
    sandbox.set_faults()
    assert repository.workspace.run("prune", "--yes").out == NOTHING
    repository.apply(code=1 if action == "blocked" else 0)
    assert len(alive(sandbox)) == (action == "propose")


def test_failed_attempts_that_the_lockfile_does_not_know_stay(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    repository.manifest(ONE)
    sandbox.set_faults(f"fail_proofread=1:no speech on POST {SESSIONS}")
    for _ in range(3):
        repository.apply(code=1)
    repository.workspace.lockfile.unlink()
    clock.sleep(2 * DAY)
    before = planned(repository)
    assert repository.workspace.run("prune", "--yes").out == NOTHING
    assert before[0] == [("intro/es-MX", "blocked")]
    repository.apply(code=1)  # which enters them
    assert repository.workspace.run("prune", "--yes").out == "Deleted 3 of 3 proofread sessions\n"
    assert planned(repository) == before


def replaced(repository: Repository, sandbox: Sandbox, clock: FakeClock) -> tuple[str, str]:
    """Have a later session take the place of one that is there all the same."""
    repository.manifest(ONE)
    repository.apply()
    repository.workspace.lockfile.unlink()
    repository.text().unlink()
    clock.sleep(2 * DAY)
    sandbox.set_faults(f"missing=1 on GET {SESSIONS}")
    repository.apply()
    sandbox.set_faults()
    first, second = (note.id for note in sandbox.proofreads())
    assert held(repository) == {"intro/es-MX": second}
    clock.sleep(400)
    return first, second


def test_a_session_that_a_later_one_took_the_place_of_goes(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    first, second = replaced(repository, sandbox, clock)
    told = repository.workspace.run("prune", "--yes", "--format", "json").json()
    assert [(item["proofread_id"], item["kind"]) for item in told["sessions"]] == [
        (first, "superseded")
    ]
    assert told["cost_usd"] == pytest.approx(60 * 0.0083)
    assert alive(sandbox) == {second}
    assert held(repository) == {"intro/es-MX": second}
    repository.commit()
    repository.apply()
    assert (proposed(sandbox), generated(sandbox)) == (2, 1)


def test_a_session_that_is_younger_than_the_one_that_counts_stays(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    first, second = replaced(repository, sandbox, clock)
    repository.workspace.lockfile.unlink()
    repository.text().unlink()
    repository.apply()  # finds the older one
    assert held(repository) == {"intro/es-MX": first}
    assert repository.workspace.run("prune", "--yes").out == NOTHING
    assert alive(sandbox) == {first, second}


def test_no_session_goes_for_one_that_is_over_by_then(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from heygen_localize.heygen.client import Client

    first, second = replaced(repository, sandbox, clock)
    session, seen = Client.session, list[str]()

    def expiring(self: Client, name: str) -> Any:
        seen.append(name)
        if seen.count(second) == 2:
            sandbox.expire_proofread(second)
        return session(self, name)

    monkeypatch.setattr(Client, "session", expiring)
    ran = repository.workspace.run("prune", "--yes")
    assert ran.code == 1
    assert "was to stay in its place, is not there as it was" in ran.out
    assert alive(sandbox) == {first}
    assert "deleted" not in repository.workspace.lock()


def test_a_listed_session_that_is_over_goes(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    repository.manifest(ONE)
    repository.apply()
    repository.workspace.lockfile.unlink()
    sandbox.set_faults("missing=1 on GET */proofreads/pr_*")
    for hours, ending in ((23, NOTHING), (2, DELETED)):
        clock.sleep(hours * 3600)
        assert repository.workspace.run("prune", "--yes").out == ending
    assert not alive(sandbox)


def test_what_is_over_by_itself_is_forgotten(
    start: Callable[..., Sandbox], workspace: Workspace, clock: FakeClock, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    repository = Repository(workspace)
    repository.manifest()
    _, goes = leave(repository, clock)
    sandbox.expire_proofread(goes)
    assert repository.workspace.run("prune", "--yes").out == NOTHING  # or is the account another?
    assert len(held(repository)) == 2
    clock.sleep(DAY)
    ran = repository.workspace.run("prune", "--yes")
    assert ran.out == "Nothing to delete; forgot 1 proofread session that HeyGen has no more\n"
    assert held(repository).keys() == {"intro/es-MX"}
    assert deletions(sandbox) == 0


def test_sessions_of_another_project_stay(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    repository.manifest(MANIFEST.replace("project: test", "project: other"))
    repository.apply()
    held_before = held(repository)
    repository.workspace.lockfile.unlink()
    for address in held_before:
        repository.text(address).unlink()
    repository.manifest(MANIFEST)
    _, goes = leave(repository, clock)
    others = alive(sandbox) - set(held(repository).values())
    assert repository.workspace.run("prune", "--yes").out == DELETED
    assert len(others) == 2
    assert others <= alive(sandbox)
    assert goes not in alive(sandbox)


def test_what_another_lockfile_counts_on_stays(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    stays, moved = leave(repository, clock)
    other = MANIFEST.replace("[es-MX, ja]", "[ja]")
    (repository.folder / "other.yaml").write_text(other)
    assert repository.workspace.run("apply", "--yes", "-f", "other.yaml").code == 0
    assert proposed(sandbox) == 2
    ran = repository.workspace.run("prune", "--yes")
    assert ran.out == "Nothing to delete; kept 1 that other.lock counts on\n"
    assert alive(sandbox) == {stays, moved}


def test_protect_is_for_sessions_too(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    first, second = replaced(repository, sandbox, clock)
    repository.manifest(ONE.replace("proofread: true", "proofread: true, protect: true"))
    ran = repository.workspace.run("prune", "--yes")
    assert ran.out == "Nothing to delete; kept 1 protected\n"
    assert alive(sandbox) == {first, second}


@pytest.mark.parametrize("fault", ["missing", "empty_body", "access_denied", "http_500_before"])
def test_without_a_list_of_sessions_jobs_go_as_before(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, fault: str
) -> None:
    repository.apply()
    repository.commit()
    repository.apply()
    repository.manifest(ONE)
    clock.sleep(400)
    sandbox.set_faults(f"{fault}=1 on GET {SESSIONS}")
    told = "Proofread sessions could not be listed, so none is deleted: "
    report = repository.workspace.run("prune", "--dry-run", "--format", "json").json()
    assert report["sessions_unseen"]
    assert report["sessions"] == []
    markdown = repository.workspace.run("prune", "--dry-run", "--format", "markdown")
    assert told[:-2] in markdown.out
    ran = repository.workspace.run("prune", "--yes")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "Deleted 1 of 1 job"
    assert told in ran.out
    assert len(alive(sandbox)) == 2


@pytest.mark.parametrize("fault", ["access_denied", "http_500_before"])
def test_what_cannot_be_asked_for_by_its_id_stays(
    repository: Repository,
    sandbox: Sandbox,
    clock: FakeClock,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    stays, goes = leave(repository, clock)
    sandbox.set_faults(f"{fault}=1 on GET */proofreads/pr_*")
    ran = repository.workspace.run("prune", "--yes")
    assert ran.code == 0
    assert ran.out.endswith(NOTHING)
    assert ("none is deleted: " in ran.out) == (fault == "http_500_before")
    assert alive(sandbox) == {stays, goes}


def test_without_reviews_sessions_are_not_asked_about(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    sandbox.set_faults(f"missing=1 on GET {SESSIONS}")
    assert workspace.run("prune", "--yes").out == NOTHING
    assert not any(note.route.startswith(SESSIONS) for note in sandbox.requests())


@pytest.mark.parametrize("fault", ["missing=1", "drop_after=1", "http_500_after=1"])
def test_a_session_that_is_gone_already_counts_as_deleted(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, fault: str
) -> None:
    stays, goes = leave(repository, clock)
    sandbox.set_faults(f"{fault} on DELETE times 1")
    assert repository.workspace.run("prune", "--yes").out == DELETED
    assert held(repository) == {"intro/es-MX": stays}
    assert repository.workspace.lock()["deleted"].keys() == {goes}


def test_what_the_vendor_refuses_is_told_and_nothing_is_forgotten(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    _, goes = leave(repository, clock)
    lock = repository.workspace.lock()
    sandbox.set_faults("access_denied=1:your role may not on DELETE")
    ran = repository.workspace.run("prune", "--yes")
    assert ran.code == 1
    assert f"  ! {goes} (intro/ja): " in ran.out
    assert "your role may not" in ran.out
    assert "Deleted 0 of 1 proofread session" in ran.out
    assert repository.workspace.lock() == lock
    report = repository.workspace.run("prune", "--yes", "--format", "json").json()
    assert report["failures"][0]["proofread_id"] == goes
    assert report["sessions"][0]["deleted"] is False
    markdown = repository.workspace.run("prune", "--yes", "--format", "markdown").out
    assert f"- `{goes}` of `intro/ja` was not deleted" in markdown
    sandbox.set_faults()
    assert repository.workspace.run("prune", "--yes").out == DELETED


def test_a_failing_vendor_ends_it_and_the_next_one_goes_on(
    repository: Repository,
    sandbox: Sandbox,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    stays, goes = leave(repository, clock)
    sandbox.set_faults("http_500_before=1 on DELETE")
    assert repository.workspace.run("prune", "--yes").code == 4
    sandbox.set_faults()
    # The lockfile says that it is deleted, and it is there: it is taken as it is.
    repository.manifest()
    assert ("intro/ja", "fetch") in planned(repository)[0]
    repository.apply()
    assert proposed(sandbox) == 2
    assert held(repository) == {"intro/es-MX": stays, "intro/ja": goes}
    repository.manifest(ONE)
    assert repository.workspace.run("prune", "--yes").out == DELETED


def test_nothing_goes_without_a_yes_nor_beyond_the_limit(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    repository.apply()
    repository.commit()
    repository.apply()
    repository.manifest(ONE)
    clock.sleep(400)
    ran = repository.workspace.run("prune")
    assert ran.code == 2
    assert "prune deletes 1 job and 1 proofread session for good" in ran.err
    ran = repository.workspace.run("prune", "--yes", "--max-delete", "1")
    assert ran.code == 3
    assert "prune would delete 1 job and 1 proofread session, --max-delete is 1" in ran.err
    assert deletions(sandbox) == 0


def test_only_what_is_named_goes(
    repository: Repository, sandbox: Sandbox, clock: FakeClock
) -> None:
    repository.apply()
    repository.manifest(MANIFEST.replace("intro:", "other:"))
    repository.manifest(MANIFEST.replace("intro.mp4", "other.mp4").replace("intro:", "other:"))
    clock.sleep(400)
    assert repository.workspace.run("prune", "--yes", "-t", "intro/ja").out == DELETED
    assert held(repository).keys() == {"intro/es-MX"}
    assert repository.workspace.run("prune", "--yes", "-t", "gamma/*").code == 2
