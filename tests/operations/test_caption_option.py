"""`enable_caption` means nothing any more: however it was and is set, no job is bought again."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product

import pytest
import requests
from workspaces import Workspace, creates

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.model import Target
from heygen_localize.project.project import load_manifest
from heygen_localize.sandbox import Sandbox

VIDEOS = ("alpha", "beta", "gamma", "delta")
ON, OFF, ABSENT = "defaults: {enable_caption: true}", "defaults: {enable_caption: false}", ""
NOTICE = "enable_caption changes nothing any more"


def older(target: Target) -> str:
    """Give the mark that jobs with captions were ordered under."""
    return str(Mark.of(target.mark.project, target.older[0]))


def order(sandbox: Sandbox, target: Target, mark: str, key: str = "") -> str:
    """Order a job as an earlier version did."""
    body = {
        "video": {"type": "url", "url": target.source.reference},
        "output_languages": [target.language.name],
        "callback_id": mark,
    }
    headers = {"x-api-key": sandbox.api_key, "Idempotency-Key": key or mark}
    url = f"{sandbox.base_url}/v3/video-translations"
    answer = requests.post(url, json=body, headers=headers, timeout=10)
    return str(answer.json()["data"]["video_translation_ids"][0])


def targets(workspace: Workspace) -> tuple[Target, ...]:
    return load_manifest(workspace.manifest).targets


@pytest.mark.parametrize("with_captions", [True, False])
def test_switching_the_option_orders_nothing(
    with_captions: bool, start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(max_jobs=None)
    workspace.use(sandbox)
    workspace.write_videos(*VIDEOS)
    wanted = {target.address: target for target in targets(workspace)}
    for target in wanted.values():
        order(sandbox, target, older(target) if with_captions else str(target.mark))
    assert workspace.run("apply", "--yes").code == 0
    before = workspace.lockfile.read_bytes()
    for address, entry in workspace.lock()["targets"].items():
        assert entry["fingerprint"] == wanted[address].fingerprints[with_captions]
    for option, lost in product((ON, OFF, ABSENT), (False, True)):
        workspace.write_videos(*VIDEOS, extra=option)
        if lost:
            workspace.lockfile.unlink()
        else:
            plan = workspace.run("plan", "--detailed-exitcode")
            assert plan.code == 0, plan.out
            assert (NOTICE in plan.err) is (option != ABSENT)
        assert workspace.run("apply", "--yes").code == 0
        assert creates(sandbox) == 12
        if not lost:
            assert workspace.lockfile.read_bytes() == before
        assert _fingerprints(workspace.lockfile.read_bytes()) == _fingerprints(before)
        workspace.lockfile.write_bytes(before)


def _fingerprints(lockfile: bytes) -> dict[str, str]:
    entries = json.loads(lockfile)["targets"]
    return {address: entry["fingerprint"] for address, entry in entries.items()}


def test_a_rename_of_what_was_rendered_with_captions_is_free(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    [target] = targets(workspace)
    order(sandbox, target, older(target))
    assert workspace.run("apply", "--yes").code == 0
    url = target.source.reference
    workspace.write(
        f"version: 1\nproject: test\nlanguages: [ja]\nvideos: {{omega: {{source: '{url}'}}}}\n"
    )
    assert workspace.run("apply", "--yes").code == 0
    entry = workspace.lock()["targets"]["omega/ja"]
    assert (entry["fingerprint"], creates(sandbox)) == (target.older[0], 1)


def test_one_of_two_jobs_is_chosen_and_the_other_is_a_duplicate(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(render_seconds=0)  # What still renders is no duplicate yet.
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    [target] = targets(workspace)
    first = order(sandbox, target, older(target))
    second = order(sandbox, target, str(target.mark))
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lock()["targets"]["alpha/ja"]["translation_id"] in (first, second)
    chosen = workspace.lock()["targets"]["alpha/ja"]["translation_id"]
    other = ({first, second} - {chosen}).pop()
    assert other in workspace.run("plan").out
    assert workspace.run("prune", "--yes").code == 0
    kept = [job.id for job in sandbox.jobs() if not job.deleted]
    assert kept == [workspace.lock()["targets"]["alpha/ja"]["translation_id"]]
    assert creates(sandbox) == 2
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_what_failed_under_either_mark_counts(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(faults=("fail_job=1 on POST",))
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    [target] = targets(workspace)
    order(sandbox, target, older(target))
    order(sandbox, target, older(target), "another")
    for orders in (2, 3):  # the first waits for those two to fail
        assert workspace.run("apply", "--yes").code == 1
        assert creates(sandbox) == orders
    plan = workspace.run("plan", "--format", "json").json()
    assert [action["reason"] for action in plan["actions"]] == ["attempts_used_up"]


def test_a_job_ordered_with_captions_can_be_entered(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    [target] = targets(workspace)
    job = order(sandbox, target, older(target))
    assert workspace.run("import", "alpha/ja", job).code == 0
    assert workspace.lock()["targets"]["alpha/ja"]["fingerprint"] == target.older[0]


def test_a_lasting_link_stays(sandbox: Sandbox, workspace: Workspace) -> None:
    link = "outputs: {public_url: 'https://media.example.com/{{ fingerprint }}.mp4'}"
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",), extra=link)
    [target] = targets(workspace)
    order(sandbox, target, older(target))
    assert workspace.run("apply", "--yes").code == 0
    # As the earlier version wrote it.
    text = workspace.lockfile.read_text().replace(
        f"{target.fingerprint}.mp4", f"{target.older[0]}.mp4"
    )
    workspace.lockfile.write_text(text)
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lockfile.read_text() == text


def test_captions_are_pulled_whatever_the_option_says(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    files = "outputs: {srt: 's/{{ language.tag }}.srt', vtt: 's/{{ language.tag }}.vtt'}"
    workspace.write_videos("alpha", languages=("ja",), extra=f"{OFF}\n{files}")
    assert workspace.run("apply", "--yes", "--pull").code == 0
    assert sorted(path.name for path in (workspace.folder / "s").iterdir()) == ["ja.srt", "ja.vtt"]
    assert workspace.run("pull", "--check").code == 0
