"""The lockfile of an open pull request: the next run begins with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import take_along
from action_origin import Origin, lock
from action_runner import Runner
from github_stand_in import GitHub
from workflow import StepError


@pytest.fixture
def proposed(step: Callable[..., int], origin: Origin, github: GitHub) -> Callable[[str], None]:
    """Let an earlier run have opened a pull request with a lockfile."""

    def propose(text: str) -> None:
        step(text, "pull-request")
        origin.git(origin.folder / "checkout", "checkout", "--quiet", "--", "localize.lock")

    github.common = origin.common
    return propose


@pytest.mark.parametrize(
    ("review", "theirs", "taken"),
    [
        (lock(intro="completed", outro="running"), {}, {"intro": "completed", "outro": "running"}),
        (  # the branch went on: what it did not touch is as in review
            lock(intro="failed"),
            {"localize_lock": lock(intro="running", zoom="completed")},
            {"intro": "failed", "zoom": "completed"},
        ),
        (  # a conflict
            lock(intro="completed"),
            {"localize_lock": lock(intro="failed", zoom="running")},
            {"intro": "completed", "zoom": "running"},
        ),
    ],
    ids=["more", "moved", "conflict"],
)
def test_a_run_begins_with_the_lockfile_in_review(
    proposed: Callable[[str], None],
    step: Callable[..., int],
    origin: Origin,
    others: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    review: str,
    theirs: dict[str, str],
    taken: dict[str, str],
) -> None:
    proposed(review)
    others(**theirs or {"README": "moved\n"})
    place = origin.clone("next", "--depth=1")
    monkeypatch.chdir(place)
    assert take_along.main() == 0
    found = json.loads((place / "localize.lock").read_text())["targets"]
    assert {name.split("/")[0]: entry["status"] for name, entry in found.items()} == taken


def test_what_is_in_review_is_not_approved_yet(
    proposed: Callable[[str], None], checkout: Path
) -> None:
    hashes = {"intro/ja": "1" * 64, "zoom/ja": "2" * 64}
    proposed(json.dumps(json.loads(lock(zoom="running")) | {"approvals": hashes}))
    assert take_along.main() == 0
    assert "approvals" not in json.loads((checkout / "localize.lock").read_text())


def test_nothing_is_ordered_without_the_lockfile_in_review(
    proposed: Callable[[str], None],
    github: GitHub,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    proposed(lock(intro="completed"))
    github.refuses["GET"] = 403
    with pytest.raises(StepError, match="in review cannot be had: GitHub answers 403"):
        take_along.main()
    monkeypatch.setenv("COMMAND", "plan")
    assert take_along.main() == 0
    assert "::warning::the lockfile in review cannot be had" in capsys.readouterr().out
    assert (checkout / "localize.lock").read_text() == lock(intro="running")


def test_a_lockfile_in_review_that_nobody_can_read_is_not_passed_over(
    proposed: Callable[[str], None], origin: Origin
) -> None:
    proposed(lock(intro="completed"))
    place = origin.clone("reviewer", "--branch", "localize/localize-lock")
    (place / "localize.lock").write_text("not a lockfile\n")
    origin.git(place, "commit", "--quiet", "--all", "--message", "by hand")
    origin.git(place, "push", "--quiet")
    with pytest.raises(StepError, match="that of pull request #8 cannot be read"):
        take_along.main()


def test_the_action_begins_so_but_on_a_pull_request(
    runner: Runner, origin: Origin, github: GitHub, stub: Callable[[str], Path], tmp_path: Path
) -> None:
    github.common = origin.common
    seen = tmp_path / "seen"
    stub(f"cp localize.lock {seen}; echo '{lock(intro='running')}' > localize.lock; echo {{}}")
    for name in ("first", "second", "third"):
        runner.workspace = origin.clone(name, "--depth=1")
        if name == "third":
            runner.pull_request()
        assert not seen.exists()
        done = runner.run(api_key="key", commit="pull-request", comment="false")
        assert done.code == 0, done.log
        assert seen.exists() == (name == "second")
        seen.unlink(missing_ok=True)
    assert github.count("POST") == 1
