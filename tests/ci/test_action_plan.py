"""The Action on pull requests: the comment, forks, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import comment
import pytest
from action_runner import Runner
from decide import Decision, decide
from github_stand_in import REPOSITORY, TOKEN, GitHub
from reports import no_report, numbers_of_apply, numbers_of_plan
from workflow import StepError

from heygen_localize.sandbox import Sandbox

PLANNED = {
    "actions": [{"address": "intro/ja", "action": "create"}],
    "estimate": {"jobs": 1, "cost_usd": 3.0},
}


def writing(report: str) -> str:
    """Write the lines of a stub that leave a report in Markdown, as --markdown asks."""
    return f"""while [ "$1" != --markdown ]; do shift; done; echo '{report}' > "$2"\n"""


STUB = f"{writing('### The plan')}echo '{json.dumps(PLANNED)}'; exit 5"


def test_a_comment_is_made_once_and_updated(
    runner: Runner, account: Sandbox, github: GitHub, stub: Callable[[str], Path]
) -> None:
    runner.pull_request()
    first = runner.run(api_key=account.api_key)
    assert first.code == 0, first.log
    assert (first.outputs["created"], first.outputs["cost"]) == ("2", "4.00")
    assert (first.outputs["changes"], first.outputs["pending"]) == ("2", "false")
    (made,) = github.comments
    assert made["body"].startswith("<!-- heygen-localize localize.yaml -->\n### Localization plan")
    assert "`intro` | 2 languages | create | 4.00 USD" in made["body"]
    assert "`intro` | 2 languages | create | 4.00 USD" in first.summary

    assert account.jobs() == []
    assert account.api_key not in first.log + made["body"]
    stub(STUB)  # another push, another plan
    assert runner.run(api_key=account.api_key).code == 0
    assert github.comments == [made]
    assert made["body"] == "<!-- heygen-localize localize.yaml -->\n### The plan\n"
    runner.run(api_key=account.api_key, targets="intro/*")
    assert len(github.comments) == 2, "other targets, another comment"


def test_a_comment_that_is_forbidden_leaves_the_summary(
    runner: Runner, github: GitHub, stub: Callable[[str], Path]
) -> None:
    stub(STUB)
    runner.pull_request()
    github.refuses["POST"] = 403
    done = runner.run(api_key="key")
    assert done.code == 0
    assert "### The plan" in done.summary
    assert "::notice::The plan stands in the job's summary alone" in done.log
    github.refuses["POST"] = 500
    again = runner.run(api_key="key")
    assert again.code == 0
    assert "::warning::The plan stands in the job's summary alone: GitHub answers 500" in again.log
    assert github.comments == []


@pytest.mark.parametrize("head", ["stranger/videos", None])
def test_a_fork_is_planned_from_the_lockfile_alone(
    runner: Runner, github: GitHub, stub: Callable[[str], Path], head: str | None
) -> None:
    """Even where a key is there: a stranger's files must not be read with it."""
    calls = stub(STUB)
    runner.pull_request(head)
    runner.environment["HEYGEN_API_KEY"] = "key-of-the-job"
    done = runner.run(api_key="key-of-the-input")
    assert done.code == 0, done.log
    for line in calls.read_text().splitlines():
        assert line.startswith("plan --file localize.yaml --offline")
        assert line.endswith("key=")
    (made,) = github.comments
    assert "> **Without a key:** this pull request comes from a fork" in made["body"]
    assert "> **Without a key:**" in done.summary


def test_without_a_key_it_is_said_why(runner: Runner, stub: Callable[[str], Path]) -> None:
    calls = stub(STUB)
    runner.pull_request()
    assert "there is no API key here" in runner.run(comment="false").summary
    assert "--offline" in calls.read_text()
    runner.environment["HEYGEN_API_KEY"] = "key-of-the-job"
    calls.unlink()
    runner.run(comment="false", targets="intro/*\n\n*/ja\n")
    (call,) = calls.read_text().splitlines()
    common = "plan --file localize.yaml --target intro/* --target */ja --detailed-exitcode"
    assert call.startswith(f"{common} --format json --markdown /")
    assert call.endswith(" key=key-of-the-job")


def test_a_mistake_reaches_the_comment(runner: Runner, account: Sandbox, github: GitHub) -> None:
    place = runner.workspace / "localize.yaml"
    place.write_text(place.read_text().replace("ja]", "no such | language]"))
    runner.pull_request()
    done = runner.run(api_key=account.api_key)
    assert (done.code, done.outputs["changes"]) == (2, "")
    assert r"localize.yaml:3:20 (languages\[1\]): " in github.comments[0]["body"]
    assert r"no such \| language" in github.comments[0]["body"]
    assert done.summary.count("**Failed:**") == 1


def test_a_refused_plan_is_shown_and_fails(
    runner: Runner, github: GitHub, stub: Callable[[str], Path]
) -> None:
    stub(f"""{writing("> **Refused:**")}echo '{{"errors": []}}'; exit 3""")
    runner.pull_request()
    assert runner.run(api_key="key").code == 3
    assert "> **Refused:**" in github.comments[0]["body"]


def test_pull_request_target_is_refused_before_anything_runs(
    runner: Runner, stub: Callable[[str], Path]
) -> None:
    calls = stub(STUB)
    runner.pull_request("stranger/videos", name="pull_request_target")
    done = runner.run(api_key="key")
    assert done.code == 2
    assert done.ran == ["Decide between plan and apply"]
    assert "::error::pull_request_target runs with this repository's secrets" in done.log
    assert not calls.exists()


OWN = {"pull_request": {"head": {"repo": {"full_name": REPOSITORY}}}}
MAIN = {"repository": {"default_branch": "main"}}


@pytest.mark.parametrize(
    ("event", "payload", "wanted", "ref", "decision"),
    [
        ("pull_request", OWN, "auto", "refs/pull/7/merge", Decision("plan", comment=True)),
        ("pull_request", OWN, "plan", "refs/pull/7/merge", Decision("plan", comment=True)),
        ("push", MAIN, "auto", "refs/heads/main", Decision("apply")),
        ("push", MAIN, "auto", "refs/heads/other", Decision("plan")),
        ("push", {}, "auto", "refs/heads/None", Decision("plan")),
        ("push", MAIN, "auto", "refs/tags/main", Decision("plan")),
        ("push", MAIN, "apply", "refs/heads/other", Decision("apply")),
        ("push", MAIN, "plan", "refs/heads/main", Decision("plan")),
        ("schedule", {}, "auto", "refs/heads/main", Decision("apply")),
        ("workflow_dispatch", MAIN, "auto", "refs/heads/main", Decision("apply")),
        ("issue_comment", MAIN, "auto", "refs/heads/main", Decision("plan")),
        ("merge_group", MAIN, "auto", "refs/heads/main", Decision("plan")),
        (
            "workflow_run",
            {"workflow_run": {"event": "push"}} | MAIN,
            "apply",
            "",
            Decision("apply"),
        ),
    ],
)
def test_what_is_done_for_an_event(
    event: str, payload: dict[str, Any], wanted: str, ref: str, decision: Decision
) -> None:
    assert decide(event, payload, wanted, True, ref, REPOSITORY) == decision


@pytest.mark.parametrize(
    ("event", "payload", "wanted", "told"),
    [
        ("workflow_run", {"workflow_run": {"event": "pull_request"}}, "auto", "a stranger wrote"),
        ("pull_request_target", OWN, "plan", "a stranger wrote"),
        ("pull_request", OWN, "apply", "nobody has merged"),
        ("push", MAIN, "deploy", "auto, plan or apply"),
    ],
)
def test_what_is_refused(event: str, payload: dict[str, Any], wanted: str, told: str) -> None:
    with pytest.raises(StepError, match=told):
        decide(event, payload, wanted, True, "refs/heads/main", REPOSITORY)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"manifest": "../localize.yaml"}, "not a path inside of the repository"),
        ({"timeout_minutes": "soon"}, "timeout-minutes is 'soon'"),
        ({"timeout_minutes": "-1"}, "it is a number of minutes"),
        ({"wait": "maybe"}, "wait is 'maybe'; it is true or false"),
    ],
)
def test_inputs_are_checked(
    runner: Runner, stub: Callable[[str], Path], inputs: dict[str, str], told: str
) -> None:
    calls = stub("exit 0")
    done = runner.run(api_key="key", **inputs)
    assert done.code == 2
    assert told in done.log
    assert not calls.exists()


def test_no_comment_is_made_for_a_plan_without_news(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = repository_at(github, monkeypatch)
    mark = comment.marker(Path("localize.yaml"))
    said = comment.publish(repository, 7, f"{mark}\nnothing", mark, news=False)
    assert said == "nothing would change: no comment"
    github.add_comment(f"{mark}\nold")
    comment.publish(repository, 7, f"{mark}\nnothing", mark, news=False)
    assert [item["body"] for item in github.comments] == [f"{mark}\nnothing"]
    github.comments[0]["body"] = f"{mark}\r\nnothing"  # as GitHub gives it back
    said = comment.publish(repository, 7, f"{mark}\nnothing\n", mark, news=True)
    assert (said, github.count("PATCH")) == ("the comment says so already", 1)


def repository_at(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("GITHUB_API_URL", github.base)
    monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
    monkeypatch.setenv("INPUT_TOKEN", TOKEN)
    return comment.Repository()


def test_our_comment_is_found_among_many_and_never_a_strangers(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = repository_at(github, monkeypatch)
    mark = comment.marker(Path("localize.yaml"))
    stranger = {"user": {"type": "User"}, "author_association": "NONE"}
    github.add_comment(f"{mark}\nmine!", **stranger)
    for number in range(99):
        github.add_comment(f"comment {number}, with {mark}")
    assert comment.find(repository, 7, mark) is None
    assert github.count("GET") == 2
    github.add_comment(f"{comment.marker(Path('other.yaml'))}\nplan")
    ours = github.add_comment(f"{mark}\nplan", **stranger | {"author_association": "MEMBER"})
    assert comment.find(repository, 7, mark) == ours


def test_a_comment_is_cut_at_what_github_takes() -> None:
    mark = comment.marker(Path("a--b/localize.yaml"))
    assert mark == "<!-- heygen-localize a%2D%2Db/localize.yaml -->"
    chosen = [comment.marker(Path("a.yaml"), globs) for globs in (["b", "a"], ["a", "b"], ["a"])]
    assert chosen[0] == chosen[1] != chosen[2]
    text = comment.body("line of a report\n" * 10_000, mark)
    assert len(text) <= 65_000
    assert text.endswith("line of a report" + comment.CUT)
    assert text.startswith(mark)


def test_a_github_that_is_away_is_told(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("github._PAUSE", 0.0)
    repository = repository_at(github, monkeypatch)
    github.refuses["GET"] = 503
    with pytest.raises(StepError, match="GitHub answers 503"):
        comment.find(repository, 7, "")
    assert github.count("GET") == 4
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    with pytest.raises(StepError, match="GitHub cannot be asked: ConnectionError"):
        comment.Repository().call("POST", "pulls", json={})


def test_numbers_and_errors() -> None:
    actions = [{"action": "none"}, {"action": "none", "retitle": "New"}, {"action": "skip"}]
    actions += [{"action": "wait"}, {"action": "orphan"}, {"action": "none", "moved_from": "a/ja"}]
    plan = {"actions": actions, "estimate": {"jobs": 0, "cost_usd": 0.0}}
    assert numbers_of_plan(plan, changes=True).outputs()["changes"] == "3"
    none = {"actions": [{"action": "blocked"}], "estimate": plan["estimate"]}
    assert numbers_of_plan(none, changes=True).changes == 1
    assert numbers_of_plan({}, changes=False).outputs()["cost"] == ""
    failure = {"message": "a | b", "hint": None, "addresses": [f"v{n}/ja" for n in range(30)]}
    document = {
        "project": "test",
        "plan": plan,
        "ordered": 1,
        "unfinished": ["a/ja"],
        "failures": [failure],
        "stopped": {"message": "no money", "hint": "top up"},
    }
    numbers = numbers_of_apply(document, cut=False)
    assert (numbers.failed, numbers.pending) == (30, True)
    assert "ended with 70 before it could report" in no_report(70)


def test_a_stranger_without_an_account_gets_a_real_plan(runner: Runner, github: GitHub) -> None:
    """No stub: the flag exists, and asks nobody. Port 1 is where nobody answers."""
    runner.pull_request("stranger/videos")
    runner.environment["HEYGEN_API_BASE"] = "http://127.0.0.1:1"
    done = runner.run()
    assert done.code == 0, done.log
    assert (done.outputs["created"], done.outputs["changes"]) == ("2", "2")
    body = github.comments[0]["body"]
    assert "`intro` | 2 languages | create |" in body
    assert body.count("From the lockfile alone") == 1
    assert body.count("no key") == 1
