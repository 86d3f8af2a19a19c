"""Sessions at the vendor: each paid once, expired ones made anew only for approved texts."""

from __future__ import annotations

import pytest
from repositories import MANIFEST, Repository, generated, proposed
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

ONE = MANIFEST.replace("[es-MX, ja]", "[es-MX]")


@pytest.fixture
def reviewed(repository: Repository, sandbox: Sandbox) -> Repository:
    """One target whose text is there and edited, but not approved."""
    repository.manifest(ONE)
    repository.apply()
    first = repository.text().read_text().splitlines()[2]
    repository.edit(first, "Revisado")
    return repository


def expire(sandbox: Sandbox) -> None:
    for note in sandbox.proofreads():
        if not note.expired:
            sandbox.expire_proofread(note.id)


def test_an_expired_session_is_made_anew_only_for_an_approved_text(
    reviewed: Repository, sandbox: Sandbox
) -> None:
    expire(sandbox)
    sandbox.advance(25 * 3600)
    reviewed.apply()
    assert (proposed(sandbox), generated(sandbox)) == (1, 0)
    reviewed.commit()
    told = reviewed.workspace.run("plan")
    assert "rendered from the reviewed text, by a new session" in told.out
    assert "Cost: 1 job and 1 proofread session, about 1.0 minutes of video, 2.50 USD" in told.out
    text = reviewed.text().read_bytes()
    reviewed.apply()
    assert (proposed(sandbox), generated(sandbox)) == (2, 1)
    assert "Revisado" in sandbox.jobs()[0].body["srt_text"]
    assert reviewed.text().read_bytes() == text


def test_a_text_that_went_missing_after_its_session_is_not_paid_for_again(
    reviewed: Repository, sandbox: Sandbox
) -> None:
    """It may wait on a branch; only somebody who knows better has it made anew."""
    reviewed.text().unlink()
    expire(sandbox)
    sandbox.advance(25 * 3600)
    told = reviewed.workspace.run("plan")
    assert "subtitles/intro/es-MX.srt was written once and is missing" in told.out
    ran = reviewed.apply(code=1)
    assert "bring the file back, perhaps from the branch where it is reviewed" in ran.out
    assert proposed(sandbox) == 1
    reviewed.apply("--recreate")
    assert proposed(sandbox) == 2
    assert reviewed.text().exists()


def test_other_cues_in_the_new_session_stop_the_target(
    reviewed: Repository, sandbox: Sandbox
) -> None:
    reviewed.commit()
    expire(sandbox)
    sandbox.advance(25 * 3600)
    sandbox.set_faults("other_cues=1 on POST /v3/video-translations/proofreads")
    text = reviewed.text().read_bytes()
    ran = reviewed.apply(code=1)
    assert "other cues than the reviewed text" in ran.out
    assert (proposed(sandbox), generated(sandbox)) == (2, 0)
    assert reviewed.text().read_bytes() == text
    ran = reviewed.workspace.run("plan", "--format", "json")
    assert ran.json()["actions"][0]["reason"] == "needs_re_review"
    assert reviewed.apply(code=1)
    assert proposed(sandbox) == 2

    machine = reviewed.machine()
    reviewed.text().write_bytes(machine.replace(b"[Spanish", b"(Spanish", 1))
    reviewed.commit()
    reviewed.apply()
    assert (proposed(sandbox), generated(sandbox)) == (2, 1)


def test_shifted_times_are_refused_with_the_line(
    reviewed: Repository, sandbox: Sandbox, workspace: Workspace
) -> None:
    times = reviewed.text().read_text().splitlines()[1]
    reviewed.edit(times, times.replace("00:00:00,000", "00:00:00,100"))
    reviewed.commit()
    ran = reviewed.apply(code=1)
    assert "fix-times" in ran.out
    assert generated(sandbox) == 0
    ran = workspace.run("plan", "--format", "json")
    problem = ran.json()["actions"][0]["problem"]
    assert problem["where"]["file"] == "subtitles/intro/es-MX.srt"
    assert problem["where"]["line"] == 1 or problem["where"]["line"] == 2


def test_without_the_machines_text_its_cues_are_still_known(
    reviewed: Repository, sandbox: Sandbox
) -> None:
    for path in reviewed.folder.glob(".localize/*/proofreads/*"):
        path.unlink()
    times = reviewed.text().read_text().splitlines()[1]
    reviewed.edit(times, times.replace("00:00:00,000", "00:00:00,100"))
    reviewed.commit()
    ran = reviewed.apply(code=1)
    assert "other cues or times than HeyGen's version" in ran.out
    assert generated(sandbox) == 0


def test_an_edit_after_the_render_is_a_replacement(
    reviewed: Repository, sandbox: Sandbox, workspace: Workspace
) -> None:
    reviewed.commit()
    reviewed.apply()
    reviewed.edit("Revisado", "Otra vez")
    ran = workspace.run("plan")
    assert "review  after approval 2.00 USD  awaits review" in ran.out
    reviewed.apply()
    assert generated(sandbox) == 1
    reviewed.commit()
    ran = workspace.run("plan")
    assert "replace  2.00 USD  subtitles sha256 " in ran.out
    assert "Cost: 1 job, about 1.0 minutes of video, 2.00 USD" in ran.out
    reviewed.apply()
    assert (proposed(sandbox), generated(sandbox)) == (1, 2)
    assert "Otra vez" in sandbox.jobs()[-1].body["srt_text"]
    assert len(workspace.lock()["targets"]["intro/es-MX"]["superseded"]) == 1


def test_the_text_set_back_costs_nothing(
    reviewed: Repository, sandbox: Sandbox, workspace: Workspace
) -> None:
    reviewed.commit()
    reviewed.apply()
    reviewed.edit("Revisado", "Otra vez")
    reviewed.commit()
    reviewed.apply()
    reviewed.edit("Otra vez", "Revisado")
    reviewed.commit()
    reviewed.apply()
    assert generated(sandbox) == 2


def test_a_lost_lockfile_pays_for_nothing(reviewed: Repository, sandbox: Sandbox) -> None:
    reviewed.commit()
    reviewed.apply()
    reviewed.workspace.lockfile.unlink()
    reviewed.apply()
    assert (proposed(sandbox), generated(sandbox)) == (1, 1)


def test_a_lost_lockfile_before_the_render_finds_the_session(
    reviewed: Repository, sandbox: Sandbox
) -> None:
    reviewed.workspace.lockfile.unlink()
    reviewed.apply()
    assert proposed(sandbox) == 1
    reviewed.commit()
    reviewed.apply()
    assert len(sandbox.proofreads()) == 1  # the second order was answered with the first session
    assert generated(sandbox) == 1


@pytest.mark.few(4)
@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "http_500_after", "rate_limit"])
@pytest.mark.parametrize("path", ["/v3/video-translations/proofreads", "*/generate"])
def test_a_lost_answer_makes_no_second_one(
    fault: str, path: str, repository: Repository, sandbox: Sandbox
) -> None:
    repository.manifest(ONE)
    sandbox.set_faults(f"{fault}=1 on POST {path} times 2")
    repository.apply()
    repository.commit()
    repository.apply()
    assert len(sandbox.proofreads()) == 1
    assert len(sandbox.jobs()) == 1


def test_a_session_that_fails_is_tried_again_by_the_next_run(
    repository: Repository, sandbox: Sandbox, workspace: Workspace
) -> None:
    repository.manifest(ONE)
    sandbox.set_faults("fail_proofread=1:no speech on POST /v3/video-translations/proofreads")
    for number in range(3):
        ran = repository.apply(code=1)
        assert "no speech" in ran.out
        assert len(sandbox.proofreads()) == number + 1
    ran = repository.apply(code=1)
    assert "its proofread session failed 3 times: no speech" in ran.out
    assert len(sandbox.proofreads()) == 3
    sandbox.set_faults()
    repository.apply("--retry-failed")
    assert len(sandbox.proofreads()) == 4
    assert repository.text().exists()


def test_a_renamed_video_keeps_its_session(repository: Repository, sandbox: Sandbox) -> None:
    repository.manifest(ONE)
    repository.apply()
    repository.manifest(ONE.replace("intro:", "welcome:"))
    repository.apply()
    assert proposed(sandbox) == 1
    assert repository.text("welcome/es-MX").exists()


def test_one_pass_at_a_time(repository: Repository, sandbox: Sandbox) -> None:
    repository.manifest(ONE)
    repository.apply("--no-wait")
    assert not repository.text().exists()
    while not repository.text().exists():
        repository.apply("--no-wait")
    assert proposed(sandbox) == 1


def test_a_file_of_somebodys_is_never_written_over(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.manifest(ONE)
    repository.text().parent.mkdir(parents=True)
    (repository.text().parent / "source.srt").write_text("mine")
    repository.apply()
    assert (repository.text().parent / "source.srt").read_text() == "mine"


def test_a_folder_that_leads_elsewhere_is_refused(repository: Repository, sandbox: Sandbox) -> None:
    repository.manifest(ONE)
    outside = repository.folder.parent / "outside"
    outside.mkdir()
    (repository.folder / "subtitles").symlink_to(outside)
    ran = repository.apply(code=2)
    assert "leads out of" in ran.err
    assert not list(outside.iterdir())


def test_the_limits_count_sessions(repository: Repository, sandbox: Sandbox) -> None:
    ran = repository.apply("--max-new", "1", code=3)
    assert "the plan orders 2 proofread sessions, limits.max_new is 1" in ran.err
    repository.apply("--max-cost", "0.5", code=3)
    assert proposed(sandbox) == 0


def test_a_source_on_disk_is_uploaded_for_its_session(
    repository: Repository, sandbox: Sandbox
) -> None:
    from media_samples import mp4

    (repository.folder / "intro.mp4").write_bytes(mp4("intro"))
    repository.manifest(ONE.replace('"https://cdn.example.com/intro.mp4"', "intro.mp4"))
    repository.apply()
    repository.commit()
    repository.apply()
    assert generated(sandbox) == 1
    # The text goes to the session although it was left as it was: no lockfile is believed there.
    assert [note.mime_type for note in sandbox.assets()] == ["video/mp4", "application/x-subrip"]


def test_a_session_that_cannot_be_seen_yet_is_not_ordered_again(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.manifest(ONE)
    repository.apply("--no-wait")
    sandbox.set_faults("get_lag=1:600 on GET /v3/video-translations/proofreads/*")
    told = repository.workspace.run("plan")
    assert "fetch  after approval 2.00 USD  its subtitles are being made" in told.out
    repository.apply("--no-wait")
    assert proposed(sandbox) == 1


def test_a_new_session_that_cannot_be_paid_ends_the_run(
    reviewed: Repository, sandbox: Sandbox
) -> None:
    reviewed.commit()
    expire(sandbox)
    sandbox.advance(25 * 3600)
    sandbox.set_faults("stored_402=1 on POST /v3/video-translations/proofreads")
    ran = reviewed.apply("--timeout", "30", code=7)
    assert "nothing more could be ordered" in ran.out
    assert generated(sandbox) == 0


def test_a_run_that_paid_for_sessions_alone_says_so(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.manifest(ONE)
    asked = repository.workspace.run("apply")
    assert asked.code == 2
    assert "the plan orders 1 proofread session and there is no terminal to ask on" in asked.err
    ran = repository.apply()
    assert ran.out.endswith(
        "1 proofread session ordered: 0 of 1 target rendered, 1 awaiting review. "
        "Lockfile: localize.lock\n"
    )
    assert (proposed(sandbox), generated(sandbox)) == (1, 0)
    told = repository.workspace.run("apply", "--format", "json").json()
    assert (told["ordered"], told["proofreads_ordered"]) == (0, 0)
