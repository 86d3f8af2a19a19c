"""Texts under review in GitLab's template: to a merge request, and back beside each apply."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from action_origin import Origin, manifest
from gitlab_runner import TOKEN, GitLab
from hostile_files import SECRET
from starters import fast_programs

from heygen_localize.sandbox import Sandbox

TEXT = "subtitles/intro/es-MX.srt"


def test_texts_go_to_a_merge_request_and_are_rendered_once_they_are_merged(
    gitlab: GitLab, origin: Origin, sandbox: Sandbox, tmp_path: Path
) -> None:
    video = manifest("intro").replace("videos:", "defaults: {proofread: true}\nvideos:")
    origin.commit(localize_yaml=video, _gitignore=".localize/\n")
    origin.git(origin.bare, "config", "receive.denyNonFastForwards", "true")
    options = tmp_path / "options"
    hook = origin.bare / "hooks" / "pre-receive"
    hook.write_text(f'#!/bin/sh\necho "$GIT_PUSH_OPTION_0 $GIT_PUSH_OPTION_2" >> {options}\n')
    hook.chmod(0o755)
    gitlab.environment |= {
        "LOCALIZE_SUBTITLES": "merge-request-per-language",
        "LOCALIZE_PUSH_TOKEN": TOKEN,
        "HEYGEN_API_BASE": sandbox.base_url,
        "HEYGEN_API_KEY": sandbox.api_key,
        "LOCALIZE_APPLY_POLL_INTERVAL": "0.05",
        "LOCALIZE_APPLY_CHECK_SOURCES": "0",
    }
    runs = iter(range(99))

    def run() -> str:
        gitlab.checkout = origin.clone(f"run-{next(runs)}", "--depth=1")
        said = ""
        for part in ("script", "after_script"):
            ended = gitlab.run("apply", part, f'exec {fast_programs()}/localize "$@"')
            assert ended.returncode == 0, ended.stdout + ended.stderr
            said += ended.stdout + ended.stderr
        assert TOKEN not in said
        assert "not finished" not in said, said
        return said

    def commit(branch: str, edit: Callable[[Path], object]) -> None:
        place = origin.clone(f"person-{next(runs)}", "--branch", branch)
        edit(place)
        origin.git(place, "add", "--all")
        origin.git(place, "commit", "--quiet", "--message", "by a reviewer")
        origin.git(place, "push", "--quiet")

    def rendered() -> list[str]:
        return [note.text or "" for note in sandbox.proofreads() if note.job_ids]

    es, ja = "localize/subtitles-es-MX", "localize/subtitles-ja"
    run()
    assert origin.changed(es) == ["subtitles/intro/es-MX.srt", "subtitles/intro/source.srt"]
    offered = "merge_request.create merge_request.title=Review subtitles\n"
    assert options.read_text().count(offered) == 2
    machine = origin.show(TEXT, es)
    commit(es, lambda place: (place / TEXT).write_text(machine.replace("[Spanish", "[Mexican", 1)))
    commit(ja, lambda place: (place / TEXT.replace("es-MX", "ja")).unlink())
    commit(ja, lambda place: (place / "notes.txt").write_text("by people"))
    tips = [origin.git(origin.bare, "rev-parse", branch) for branch in (es, ja)]
    gitlab.environment["LOCALIZE_SUBTITLES"] = "merge-request"
    origin.git(origin.bare, "push", "--quiet", ".", f"{ja}~2:refs/heads/{ja}-old")
    said = run()
    assert f"{TEXT} is in review on {es}" in said
    assert [origin.git(origin.bare, "rev-parse", branch) for branch in (es, ja)] == tips
    assert len(sandbox.proofreads()) == 2
    assert "localize/subtitles\n" in origin.git(
        origin.bare, "for-each-ref", "--format=%(refname:short)"
    ), "a text that is on no branch is offered once more"

    def merge(place: Path) -> None:
        origin.git(place, "merge", "--quiet", "--squash", f"origin/{es}")

    commit("main", merge)
    run()
    assert [text.count("[Mexican") for text in rendered()] == [1]

    # The same once more, on a branch that was merged as another commit.
    gitlab.environment["LOCALIZE_SUBTITLES"] = "merge-request-per-language"
    more = manifest("intro", "outro").replace("videos:", "defaults: {proofread: true}\nvideos:")
    origin.commit(localize_yaml=more)
    said = run()
    diff = origin.git(origin.bare, "diff", "--name-only", f"main...{es}").split()
    assert diff == ["subtitles/outro/es-MX.srt", "subtitles/outro/source.srt"], said
    assert origin.show("notes.txt", ja) == "by people"
    edit = origin.show(TEXT, "main").replace("[Mexican", "[Later", 1)
    commit("main", merge)
    commit("main", lambda place: (place / TEXT).write_text(edit))
    run()
    assert sum(len(note.job_ids) for note in sandbox.proofreads()) == 3
    origin.commit(localize_yaml=more + manifest("last").partition("videos:\n")[2])
    run()
    diff = origin.git(origin.bare, "diff", "--name-only", f"main...{es}").split()
    assert diff == ["subtitles/last/es-MX.srt", "subtitles/last/source.srt"]


@pytest.mark.few(1)
@pytest.mark.parametrize("kind", ["link", "large"])
def test_no_text_of_a_branch_leads_elsewhere(
    gitlab: GitLab, origin: Origin, tmp_path: Path, kind: str
) -> None:
    video = manifest("intro").replace("videos:", "defaults: {proofread: true}\nvideos:")
    origin.commit(localize_yaml=video)
    outside = tmp_path / "outside"
    outside.write_text(SECRET)
    place = origin.clone("stranger")
    (place / TEXT).parent.mkdir(parents=True)
    if kind == "link":
        (place / TEXT).symlink_to(outside)
    else:
        (place / TEXT).write_text("x" * 2_000_001)
    origin.git(place, "add", "--all")
    origin.git(place, "commit", "--quiet", "--message", "hostile")
    origin.git(place, "push", "--quiet", "origin", "HEAD:refs/heads/localize/subtitles")
    gitlab.environment |= {"LOCALIZE_SUBTITLES": "merge-request", "LOCALIZE_PUSH_TOKEN": TOKEN}
    gitlab.checkout = origin.clone("run", "--depth=1")
    ended = gitlab.run("apply", "script")
    assert ended.returncode == 0, ended.stderr
    assert f"{TEXT} of localize/subtitles is no file of subtitles: passed over" in ended.stdout
    assert not (gitlab.checkout / "subtitles").exists()
    (gitlab.checkout / "subtitles").symlink_to(tmp_path)
    assert gitlab.run("apply", "script").returncode == 1
    gitlab.environment["LOCALIZE_SUBTITLES"] = "$(id)"
    assert gitlab.run("apply", "script").returncode == 2
