"""Lip syncs beside translations, through the command line, from the order to its deletion."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from stand_in import Reply, Script, StandIn
from workspaces import Workspace, creates

from heygen_localize.project.journal import Answer, Journal
from heygen_localize.sandbox import Sandbox

LIPSYNCS = "/v3/lipsyncs"
VIDEOS = """\
version: 1
project: test
languages: [es-MX, ja]
outputs:
  video: "out/{{ video.id }}.{{ language.tag }}.mp4"
  srt: "out/{{ video.id }}.{{ language.tag }}.srt"
  vtt: "out/{{ video.id }}.{{ language.tag }}.vtt"
videos:
  tour: {source: 'https://cdn.example.com/tour.mp4', duration: 30}
  talk:
    source: https://cdn.example.com/talk.mp4
    duration: 10
    %s
"""
SOUND = 'audio: "sound/{{ language.tag }}.wav"'
LIPS = f"kind: lipsync\n    {SOUND}"


def sound(seconds: float, level: int) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes([level]) * int(8000 * seconds))
    return held.getvalue()


@pytest.fixture
def project(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """Give a project of two translations and two lip syncs, and nothing ordered."""
    workspace.use(sandbox)
    (workspace.folder / "sound").mkdir()
    for level, tag in enumerate(("es-MX", "ja")):
        (workspace.folder / f"sound/{tag}.wav").write_bytes(sound(10, level))
    workspace.write(VIDEOS % LIPS)
    return workspace


@pytest.fixture
def stand_in() -> Iterator[Callable[[Script], StandIn]]:
    """Start servers that end with the test."""
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(closing(StandIn(script)))


def synced(account: Sandbox) -> list[dict[str, Any]]:
    """Give the bodies of the orders of lip syncs."""
    notes = account.requests()
    return [note.body for note in notes if note.method == "POST" and note.route == LIPSYNCS]


def ids(workspace: Workspace) -> dict[str, str]:
    return {name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()}


def actions(workspace: Workspace, *options: str) -> dict[str, Any]:
    document = workspace.run("plan", "--format", "json", *options).json()
    return {action["address"]: action for action in document["actions"]}


def test_both_kinds_are_planned_ordered_and_pulled(project: Workspace, sandbox: Sandbox) -> None:
    plan = project.run("plan", "--format", "json").json()
    assert plan["estimate"]["jobs"] == 4
    assert plan["estimate"]["lipsyncs"] == 2
    assert plan["estimate"]["cost_usd"] == pytest.approx(2 * 30 * 0.0333 + 2 * 10 * 0.0333)
    assert "lip sync 0.0333, in precision 0.0667" in project.run("plan").out

    ran = project.run("apply", "--yes")
    assert ran.code == 0, ran.err
    assert creates(sandbox) == 2
    for body in synced(sandbox):
        assert body.keys() == {
            *("video", "audio", "mode", "callback_id", "enable_dynamic_duration"),
            *("disable_music_track", "enable_speech_enhancement", "enable_watermark"),
        }
        assert body["audio"]["type"] == "asset_id"
        assert body["callback_id"].startswith("lz1:test:")
    assert project.lock()["lockfile_version"] == 3
    assert {name for name, found in ids(project).items() if found.startswith("lipsync:")} == {
        "talk/es-MX",
        "talk/ja",
    }
    assert project.run("plan", "--detailed-exitcode").code == 0

    ran = project.run("pull")
    assert ran.code == 0, ran.err
    files = {path.name for path in (project.folder / "out").iterdir()}
    # HeyGen makes no WebVTT of a lip sync.
    assert files == {
        *(f"tour.{tag}.{end}" for tag in ("es-MX", "ja") for end in ("mp4", "srt", "vtt")),
        *(f"talk.{tag}.{end}" for tag in ("es-MX", "ja") for end in ("mp4", "srt")),
    }
    assert project.run("pull").code == 0


def test_a_lost_lockfile_is_found_again_in_both_lists(project: Workspace, sandbox: Sandbox) -> None:
    assert project.run("apply", "--yes").code == 0
    before = ids(project)
    project.lockfile.unlink()
    assert {one["action"] for one in actions(project).values()} == {"adopt"}
    assert project.run("apply", "--yes").code == 0
    assert ids(project) == before
    assert len(sandbox.lipsyncs()) == len(sandbox.jobs()) == 2


def test_a_project_without_lip_syncs_asks_for_no_list_of_them(
    project: Workspace, sandbox: Sandbox
) -> None:
    project.write(VIDEOS % "")
    assert project.run("apply", "--yes").code == 0
    assert project.run("plan").code == 0
    assert not [note for note in sandbox.requests() if note.path.startswith(LIPSYNCS)]


def test_a_kind_that_changes_replaces_and_says_so(project: Workspace, sandbox: Sandbox) -> None:
    project.write(VIDEOS % SOUND)
    assert project.run("apply", "--yes").code == 0
    old = ids(project)
    project.write(VIDEOS % LIPS)
    found = actions(project)["talk/ja"]
    assert (found["action"], found["reason"]) == ("replace", "spec_changed")
    assert found["changes"] == [{"name": "kind", "before": "translation", "after": "lipsync"}]
    assert "kind: translation → lipsync" in project.run("plan").out
    assert project.run("apply", "--yes").code == 0
    assert project.lock()["targets"]["talk/ja"]["superseded"] == [old["talk/ja"]]
    # And back: the translation is there.
    project.write(VIDEOS % SOUND)
    assert actions(project)["talk/ja"]["action"] == "adopt"
    assert project.run("apply", "--yes").code == 0
    assert ids(project) == old
    assert (creates(sandbox), len(synced(sandbox))) == (4, 2)


def test_what_is_not_needed_is_pruned_from_both_lists(project: Workspace, sandbox: Sandbox) -> None:
    assert project.run("apply", "--yes").code == 0
    project.write((VIDEOS % LIPS).replace("[es-MX, ja]", "[es-MX]"))
    ran = project.run("prune", "--dry-run", "--format", "json")
    gone = {item["translation_id"] for item in ran.json()["jobs"]}
    assert gone == {found for name, found in ids(project).items() if name.endswith("/ja")}
    assert project.run("prune", "--yes").code == 0
    assert [job.deleted for job in sandbox.lipsyncs()].count(True) == 1
    assert [job.deleted for job in sandbox.jobs()].count(True) == 1
    assert project.run("plan", "--detailed-exitcode").code == 0


def test_refresh_status_jobs_and_report_know_them(project: Workspace, sandbox: Sandbox) -> None:
    assert project.run("apply", "--yes").code == 0
    name = ids(project)["talk/ja"]
    assert project.run("refresh").code == 0
    assert name in project.run("status").out
    listed = project.run("jobs", "--format", "json").json()["jobs"]
    assert {job["translation_id"] for job in listed} == {*ids(project).values()}
    assert project.run("report", "--html", "report.html").code == 0
    assert "lip sync 0.0333" in (project.folder / "report.html").read_text()
    sandbox.delete_job(name.removeprefix("lipsync:"))
    ran = project.run("refresh")
    assert f"{name} was deleted at HeyGen" in ran.out
    assert actions(project)["talk/ja"]["action"] == "gone"


def test_a_title_is_changed_without_an_order(project: Workspace, sandbox: Sandbox) -> None:
    assert project.run("apply", "--yes").code == 0
    project.write((VIDEOS % LIPS).replace("project: test", "project: test\ndefaults: {title: New}"))
    assert project.run("apply", "--yes").code == 0
    assert {job.title for job in sandbox.lipsyncs()} == {"New"}
    assert len(sandbox.lipsyncs()) == 2


def test_one_that_failed_is_tried_again_under_the_next_key(
    project: Workspace, sandbox: Sandbox
) -> None:
    sandbox.set_faults(f"fail_job=1:no on POST {LIPSYNCS} times 1")
    assert project.run("apply", "--yes").code == 1
    assert project.run("apply", "--yes").code == 0
    keys = [note.idempotency_key for note in sandbox.requests() if note.route == LIPSYNCS]
    assert len({key for key in keys if key}) == 3


def test_a_job_may_be_entered_by_its_id(project: Workspace, sandbox: Sandbox) -> None:
    assert project.run("apply", "--yes").code == 0
    before = ids(project)
    project.lockfile.unlink()
    ran = project.run("import", "talk/ja", before["talk/ja"])
    assert ran.code == 0, ran.err
    assert ids(project) == {"talk/ja": before["talk/ja"]}
    bare = before["talk/ja"].removeprefix("lipsync:")
    assert project.run("import", "talk/es-MX", bare).code == 2


def test_a_job_of_the_other_kind_is_doubted_before_it_is_pinned(
    project: Workspace, sandbox: Sandbox
) -> None:
    name = f"lipsync:{sandbox._account.lipsyncs.add_foreign('theirs').id}"
    told = project.run("import", "tour/ja", name).err
    assert "it is a lipsync, and a translation is wanted" in told
    assert "does not tell its language" not in told
    assert "is wanted" not in project.run("import", "talk/ja", name).err


@pytest.mark.parametrize(("seconds", "told"), [(10, False), (11, False), (12, True), (3, True)])
def test_an_unlikely_length_is_told_before_it_costs(
    project: Workspace, seconds: float, told: bool
) -> None:
    (project.folder / "sound/ja.wav").write_bytes(sound(seconds, 1))
    ran = project.run("plan")
    message = f"the audio is {seconds:.1f} seconds long and the video 10.0 seconds: talk/ja"
    assert (message in ran.err) is told
    assert project.run("apply", "--yes").code == 0
    # What is rendered is not told of any more.
    assert message not in project.run("plan").err


def test_lengths_of_web_addresses_count_as_well(
    project: Workspace, stand_in: Callable[[Script], StandIn]
) -> None:
    content = sound(42, 0)
    server = stand_in(lambda _: Reply(200, content, {"Content-Type": "audio/wav"}))
    project.write(VIDEOS % f"kind: lipsync\n    audio: {server.base}/a.wav")
    ran = project.run("plan", "--check-sources")
    # One sound for two languages is one job, and told once.
    assert "the audio is 42.0 seconds long and the video 10.0 seconds: talk/es-MX\n" in ran.err
    assert actions(project)["talk/ja"]["action"] == "adopt"


def test_an_account_without_lip_sync_blocks_these_alone(
    project: Workspace, sandbox: Sandbox
) -> None:
    sandbox.leave_out("lipsync")
    found = actions(project)
    assert {name: one["reason"] for name, one in found.items()} == {
        "talk/es-MX": "lipsync_denied",
        "talk/ja": "lipsync_denied",
        "tour/es-MX": "new",
        "tour/ja": "new",
    }
    ran = project.run("apply", "--yes")
    assert ran.code == 1
    assert "Your plan does not include lipsync" in ran.out
    assert "your plan may not include lip sync" in ran.out
    assert creates(sandbox) == 2
    assert synced(sandbox) == []
    sandbox.leave_out()
    assert project.run("apply", "--yes").code == 0
    assert len(synced(sandbox)) == 2


def test_prune_says_that_lip_syncs_were_not_listed(project: Workspace, sandbox: Sandbox) -> None:
    assert project.run("apply", "--yes").code == 0
    sandbox.leave_out("lipsync")
    told = "Lip syncs could not be listed, so none is deleted: "
    for options in ((), ("--dry-run",), ("--format", "markdown")):
        assert told in project.run("prune", "--yes", *options).out
    assert "lipsync" in project.run("prune", "--yes", "--format=json").json()["lipsyncs_unseen"]


def test_the_id_of_a_lip_sync_is_named_with_its_kind(project: Workspace) -> None:
    assert project.run("apply", "--yes").code == 0
    named = project.lock()["targets"]["talk/ja"]["translation_id"]
    bare = named.removeprefix("lipsync:")
    ran = project.run("import", "talk/ja", bare)
    assert ran.code == 2
    assert f"localize import talk/ja {named}" in ran.err
    assert project.run("import", "talk/ja", named).code == 0
    text = project.manifest.read_text()
    project.write(
        text.replace("kind: lipsync", f"kind: lipsync\n    languages: {{ja: {{job: {bare}}}}}")
    )
    ran = project.run("plan")
    assert f"the id of a lip sync is written {named}" in ran.out + ran.err


def test_a_plan_reads_the_journal_once(project: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Journal] = []
    read = Journal.read

    def noted(journal: Journal) -> tuple[Answer, ...]:
        reads.append(journal)
        return read(journal)

    monkeypatch.setattr(Journal, "read", noted)
    assert project.run("plan").code == 0
    assert len(reads) == 1
