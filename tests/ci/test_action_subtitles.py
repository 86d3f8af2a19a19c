"""Texts for proofreading: from HeyGen's session to people, to the merge, to the render."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from action_origin import Origin
from action_runner import Runner
from github_stand_in import REPOSITORY, GitHub
from hostile_files import SECRET, everything
from review_team import BRANCH, Team, proofread

from heygen_localize.sandbox import Sandbox

ES, JA = "subtitles/intro/es-MX.srt", "subtitles/intro/ja.srt"
SOURCE = "subtitles/intro/source.srt"


@pytest.fixture
def team(runner: Runner, origin: Origin, github: GitHub, account: Sandbox) -> Team:
    origin.commit(localize_yaml=proofread("intro"))
    return Team(runner, origin, github, account)


def test_from_a_session_to_people_to_the_merge_to_the_render_twice(
    team: Team, origin: Origin, github: GitHub
) -> None:
    two = {"approvals": "1", "approvals_from": "acme/editors"}
    github.teams["acme/editors"] = {"editor"}
    team.run(**two)
    assert (team.files(), team.files(BRANCH)) == (set(), {ES, JA, SOURCE})
    assert len(team.account.proofreads()) == 2
    assert github.pulls[0]["title"] == "Review subtitles"

    machine = origin.show(ES, BRANCH)
    edited = machine.replace("[Spanish (Mexico)] ", "", 1)
    before = origin.git(origin.bare, "rev-parse", BRANCH).strip()
    team.write(BRANCH, **{ES: edited})
    team.expire()
    again = team.run("schedule", **two)
    assert "pull request #8 has all texts" in again.log
    assert origin.log(BRANCH)[0] == "by a reviewer"
    assert len(team.account.proofreads()) == 2, "what is in review is not paid for again"

    team.review(8, "stranger")
    team.review(8, "editor", at=before)
    team.close(8, merge=True)
    held = team.run(**two)
    told = f"::notice::{ES} is held back: 0 of 1 approvals, in pull request #8"
    assert told in held.log
    assert f"{JA} is held back" not in held.log, "its text was approved as it was merged"
    assert len(team.rendered()) == 1
    for _ in range(2):
        ran = team.run("schedule", **two).ran
        assert "Run localize" in ran, "a review may come after the merge"

    team.review(8, "editor")
    team.run("schedule", **two)
    assert [text.count("[Spanish (Mexico)]") for text in team.rendered()] == [
        0,
        machine.count("[Spanish (Mexico)]") - 1,
    ]

    # The same once more: the branch is still there, and was merged as another commit.
    origin.commit(localize_yaml=proofread("intro", "outro"))
    team.run()
    assert [pull["number"] for pull in github.pulls] == [8, 9]
    new = {name.replace("intro", "outro") for name in (ES, JA, SOURCE)}
    diff = origin.git(origin.bare, "diff", "--name-only", f"main...{BRANCH}").split()
    assert set(diff) == new
    outro = ES.replace("intro", "outro")
    team.write(BRANCH, **{outro: origin.show(outro, BRANCH).replace("[Spanish", "[Mexican", 1)})
    team.close(9, merge=True)
    team.run()
    assert sum("[Mexican" in text for text in team.rendered()) == 1
    assert len(team.rendered()) == 4
    assert team.run("schedule").log.count("no text is new") == 1
    assert "Run localize" not in team.run("schedule").ran
    assert len(github.pulls) == 2


def test_each_language_has_a_branch_and_what_people_closed_or_deleted_stays_so(
    team: Team, origin: Origin, github: GitHub
) -> None:
    per = {"subtitles": "pull-request-per-language"}
    team.run(**per)
    es, ja = f"{BRANCH}-es-MX", f"{BRANCH}-ja"
    assert team.branches() == {es, ja}
    assert (team.files(es), team.files(ja)) == ({ES, SOURCE}, {JA, SOURCE})
    assert [pull["title"] for pull in github.pulls] == [
        "Review subtitles: es-MX",
        "Review subtitles: ja",
    ]
    team.close(8, merge=True)
    team.write(ja, **{"notes.txt": "by people", JA: origin.show(JA, ja) + "\n"})
    team.close(9, merge=False)
    # After it was closed somebody went on: that is asked about once more, and then left alone.
    team.write(ja, **{"more.txt": "later"})
    assert "pull request #10 opened" in team.run(**per).log
    team.close(10, merge=False)
    closed = origin.git(origin.bare, "rev-parse", ja)
    assert f"{ja} has all texts; its pull request was closed" in team.run("schedule", **per).log
    assert len(team.account.proofreads()) == 2
    assert len(team.rendered()) == 1

    # The other way now: what is in review stays where it is, what is new goes to all.
    origin.commit(localize_yaml=proofread("intro", "outro"))
    team.run()
    assert origin.git(origin.bare, "rev-parse", ja) == closed
    assert JA not in team.files(BRANCH)
    assert team.files(BRANCH) - team.files() == {
        name.replace("intro", "outro") for name in (ES, JA, SOURCE)
    }


def test_a_reviewer_who_is_faster_keeps_what_was_written(team: Team, origin: Origin) -> None:
    """Between our look and our push: an edit, a file under a name of ours, and a deletion."""
    team.run()
    origin.commit(localize_yaml=proofread("intro", "outro"))
    outro = ES.replace("intro", "outro")
    hook = origin.bare / "hooks" / "pre-receive"
    person = origin.clone("person", "--branch", BRANCH)
    (person / outro).parent.mkdir()
    (person / outro).write_text("mine\n")
    (person / JA).unlink()
    (person / ES).write_text("edited\n")
    origin.git(person, "add", "--all")
    origin.git(person, "commit", "--quiet", "--message", "by a reviewer")
    origin.git(person, "push", "--quiet", "origin", "HEAD:refs/heads/faster")
    hook.write_text(
        "#!/bin/sh\nunset GIT_QUARANTINE_PATH\nread old new ref\n"
        f'case "$ref" in */subtitles) rm "$0"; git update-ref refs/heads/{BRANCH} faster; '
        "echo somebody was faster >&2; exit 1;; esac\n"
    )
    hook.chmod(0o755)
    team.run()
    assert not hook.exists()
    assert (origin.show(ES, BRANCH), origin.show(outro, BRANCH)) == ("edited\n", "mine\n")
    assert team.files(BRANCH) == {
        ES,
        SOURCE,
        outro,
        JA.replace("intro", "outro"),
        SOURCE.replace("intro", "outro"),
    }
    assert origin.log(BRANCH)[:2] == ["Propose subtitles", "by a reviewer"]


def put_link(place: Path, outside: Path) -> None:
    place.unlink()
    place.symlink_to(outside)


def put_large(place: Path, outside: Path) -> None:
    del outside
    place.write_text("x" * 2_000_001)


@pytest.mark.few(1)
@pytest.mark.parametrize("put", [put_link, put_large])
def test_what_stands_on_a_branch_in_the_place_of_a_text_is_passed_over(
    team: Team, origin: Origin, tmp_path: Path, put: Callable[[Path, Path], None]
) -> None:
    team.run()
    outside = tmp_path / "outside"
    outside.write_text(SECRET)
    place = origin.clone("stranger", "--branch", BRANCH)
    put(place / ES, outside)
    origin.git(place, "commit", "--quiet", "--all", "--message", "hostile")
    origin.git(place, "push", "--quiet")
    team.expire()
    tip = origin.git(origin.bare, "rev-parse", BRANCH)
    done = team.run(ends=1)
    assert "bring the file back, perhaps from the branch where it is reviewed" in done.log
    assert len(team.account.proofreads()) == 2
    assert f"::warning::{ES} of {BRANCH} is no file of subtitles: passed over" in done.log
    assert origin.git(origin.bare, "rev-parse", BRANCH) == tip
    assert SECRET not in done.log + everything(origin)
    assert outside.read_text() == SECRET


def test_a_folder_of_the_checkout_that_is_a_link_ends_the_run_before_anything_is_ordered(
    team: Team, origin: Origin, tmp_path: Path
) -> None:
    team.run()
    outside = tmp_path / "outside"
    outside.mkdir()
    place = origin.clone("stranger")
    (place / "subtitles").symlink_to(outside)
    origin.git(place, "add", "--all")
    origin.git(place, "commit", "--quiet", "--message", "a link")
    origin.git(place, "push", "--quiet")
    team.expire()
    assert "texts in review cannot be had" in team.run(ends=1).log
    assert list(outside.iterdir()) == []
    assert len(team.account.proofreads()) == 2


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"subtitles": "mail"}, "subtitles is 'mail'; it is one of none, pull-request"),
        ({"approvals": "many"}, "approvals is 'many'; it is a number from 0 to 10"),
        ({"approvals": "1", "approvals_from": "$(id)"}, "it takes logins and teams"),
    ],
)
def test_inputs_about_subtitles_are_checked(
    runner: Runner, stub: Callable[[str], Path], inputs: dict[str, str], told: str
) -> None:
    calls = stub("exit 0")
    done = runner.run(api_key="key", **inputs)
    assert done.code == 2
    assert told in done.log
    assert not calls.exists()


def test_where_github_does_not_tell_of_approvals_texts_are_held_back(
    team: Team, github: GitHub
) -> None:
    team.run()
    team.close(8, merge=True)
    github.refuses["GET"] = 403
    done = team.run(subtitles="none", approvals="1")
    assert (
        len(re.findall(r"::warning::subtitles/\S+ is held back: GitHub answers 403", done.log)) == 2
    )
    assert team.rendered() == []


def test_a_pull_request_that_could_not_be_opened_is_opened_by_the_next_run(
    team: Team, github: GitHub
) -> None:
    github.refuses["POST"] = 403
    assert "may not open a pull request" in team.run(ends=1).log
    del github.refuses["POST"]
    assert "pull request #8 opened" in team.run("schedule").log
    assert REPOSITORY.startswith(github.pulls[0]["from"].split(":")[0])
