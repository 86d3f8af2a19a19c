"""A repository at a stand-in of GitHub, and a runner with a checkout of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from action_origin import Origin, lock, manifest
from action_runner import BIN, ROOT, Runner
from github_stand_in import REPOSITORY, TOKEN, GitHub, Serving
from gitlab_runner import GitLab
from starters import fast_programs

from heygen_localize.sandbox import Sandbox

sys.path.insert(0, str(ROOT / "ci" / "action"))


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    """Give a repository with a manifest of one video."""
    origin = Origin(tmp_path)
    origin.commit(localize_yaml=manifest("intro"), _gitignore=".localize/\n")
    return origin


@pytest.fixture
def github() -> Iterator[GitHub]:
    """Serve a stand-in of GitHub."""
    serving = Serving()
    yield serving.github
    serving.close()


@pytest.fixture
def runner(tmp_path: Path, origin: Origin, github: GitHub) -> Runner:
    """Give a machine with a shallow checkout of the repository, for a push to main."""
    folder = tmp_path / "runner"
    folder.mkdir()
    runner = Runner(folder, origin.clone("checkout", "--depth=1"), github)
    runner.event("push")
    return runner


@pytest.fixture
def account(runner: Runner, sandbox: Sandbox) -> Sandbox:
    """Lead the runner to a sandbox."""
    runner.environment["HEYGEN_API_BASE"] = sandbox.base_url
    return sandbox


@pytest.fixture
def stub(tmp_path: Path, runner: Runner) -> Callable[[str], Path]:
    """Put a shell script in the place of localize; its calls stand in a file."""

    def put(script: str) -> Path:
        folder, calls = tmp_path / "stub", tmp_path / "calls.txt"
        folder.mkdir(exist_ok=True)
        telling = f'if [ "$1" = lock ]; then exec {fast_programs()}/localize "$@"; fi\n'
        telling += f'echo "$* key=${{HEYGEN_API_KEY-}}" >> {calls}\n'
        for name, text in (("localize", telling + script), ("python", f'exec {BIN}/python "$@"')):
            (folder / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
            (folder / name).chmod(0o755)
        runner.bin = folder
        return calls

    return put


@pytest.fixture
def checkout(origin: Origin) -> Path:
    """Give a checkout whose lockfile knows one job."""
    origin.commit(localize_lock=lock(intro="running"))
    return origin.clone("checkout", "--depth=1")


@pytest.fixture
def others(origin: Origin, checkout: Path) -> Callable[..., None]:
    """Let somebody else push while our job ran."""
    return origin.commit


@pytest.fixture
def step(checkout: Path, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Leave a lockfile behind, as a run does, and bring it back."""
    import bring_back

    for name, text in {
        "GITHUB_API_URL": github.base,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_REF_NAME": "main",
        "GITHUB_WORKSPACE": str(checkout),
        "LOCALIZE_BIN": str(fast_programs()),
        "INPUT_TOKEN": TOKEN,
    }.items():
        monkeypatch.setenv(name, text)
    monkeypatch.chdir(checkout)
    monkeypatch.setattr(bring_back, "_PAUSE", 0.0)

    def run(text: str | None, how: str = "push") -> int:
        if text is not None:
            (checkout / "localize.lock").write_text(text)
        monkeypatch.setenv("INPUT_COMMIT", how)
        return bring_back.main()

    return run


@pytest.fixture
def gitlab(origin: Origin, tmp_path: Path) -> Iterator[GitLab]:
    """Give a runner with a checkout of the repository."""
    stub = tmp_path / "stub"
    stub.mkdir()
    origin.git(origin.bare, "config", "receive.advertisePushOptions", "true")
    gitlab = GitLab(origin, stub)
    yield gitlab
    Path(f"/tmp/localize-seen-{gitlab.environment['CI_JOB_ID']}").unlink(missing_ok=True)
