"""Sessions that are paid for and whose texts cannot be used: how often, and what is told."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from fake_clock import FakeClock
from repositories import MANIFEST, Repository, proposed
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.endpoints import proofreads as proofread_endpoints
from heygen_localize.sandbox.media.files import Padded

DATA = Path(__file__).parents[2] / "data/session_texts"
SCHEMA = Path(__file__).parents[3] / "schema/lockfile.schema.json"
ONE = MANIFEST.replace("[es-MX, ja]", "[es-MX]")
DAY = 26 * 3600.0

UNUSABLE = {
    "silent.srt": "there is no cue",
    "page.html": "there is no cue",
    "seconds.srt": "line 2: times without milliseconds",
    "hundred-hours.srt": "line 2: a time of 100 hours or more",
    "shifted.vtt": "X-TIMESTAMP-MAP",
}


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    return start()


@pytest.fixture
def repository(workspace: Workspace, sandbox: Sandbox) -> Repository:
    repository = Repository(workspace)
    repository.manifest(ONE + "limits: {max_attempts: 2}\n")
    return repository


def gives(patch: pytest.MonkeyPatch, content: bytes) -> None:
    """Have the vendor give this as every text."""
    patch.setattr(proofread_endpoints, "Padded", lambda _: Padded(content))


@pytest.mark.parametrize("name", UNUSABLE)
def test_six_days_cost_no_more_than_the_attempts(
    repository: Repository,
    sandbox: Sandbox,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    gives(monkeypatch, (DATA / name).read_bytes())
    for day in range(6):
        ran = repository.apply(code=1)
        assert UNUSABLE[name] in ran.out
        assert proposed(sandbox) == len(sandbox.proofreads()) == min(day + 1, 2)
        clock.sleep(DAY)
    assert "a proofread session was paid for 2 times, and its text cannot be used" in ran.out
    assert "proofread: false" in ran.out
    assert "localize apply --retry-failed" in ran.out
    (action,) = repository.workspace.run("plan", "--format", "json").json()["actions"]
    assert (action["action"], action["reason"]) == ("blocked", "session_unusable")
    session = repository.workspace.lock()["proofreads"]["intro/es-MX"]
    assert UNUSABLE[name].rpartition(": ")[2] in session["unusable"]
    assert session["attempts"] == 2
    jsonschema.validate(repository.workspace.lock(), json.loads(SCHEMA.read_text()))
    assert not repository.text().exists()


@pytest.mark.parametrize("timeout", [(), ("--timeout", "60")])
def test_six_days_of_a_text_that_no_host_gives(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, timeout: tuple[str, ...]
) -> None:
    sandbox.set_faults("forbid_file=1 on GET /proofreads/*")
    for day in range(6):
        ran = repository.apply(*timeout, "--poll-interval", "10", code=1)
        assert "the file host answers HTTP 403" in ran.out
        assert proposed(sandbox) == min(day + 1, 2)
        clock.sleep(DAY)
    assert "paid for 2 times" in ran.out


def test_a_session_that_lives_is_asked_again_before_another_is_paid_for(
    repository: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        gives(patch, b"<html>busy</html>")
        repository.apply(code=1)
        repository.apply(code=1)
    repository.apply()
    assert proposed(sandbox) == 1
    session = repository.workspace.lock()["proofreads"]["intro/es-MX"]
    assert "unusable" not in session
    assert "failure_message" not in session


def test_a_person_may_ask_for_another(
    repository: Repository, sandbox: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        gives(patch, b"")
        for _ in range(3):
            repository.apply(code=1)
            clock.sleep(DAY)
    assert proposed(sandbox) == 2
    repository.apply("--retry-failed")
    assert proposed(sandbox) == 3
    assert repository.text().exists()


@pytest.mark.parametrize(
    "name", ["plain.vtt", "points.srt", "some-milliseconds.srt", "hours-of-three-digits.srt"]
)
def test_what_can_be_read_without_doubt_is_converted(
    repository: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with monkeypatch.context() as patch:
        gives(patch, (DATA / name).read_bytes())
        repository.apply()
    assert repository.text().read_bytes() == (DATA / "converted.srt").read_bytes()
    assert repository.machine() == (DATA / "converted.srt").read_bytes()
    repository.commit()
    repository.apply()
    assert proposed(sandbox) == len(sandbox.jobs()) == 1


def test_a_transcript_that_no_host_gives_loses_no_text(
    repository: Repository, sandbox: Sandbox
) -> None:
    sandbox.set_faults("forbid_file=1 on GET /proofreads/*original*")
    repository.apply()
    assert [path.name for path in repository.text().parent.iterdir()] == ["es-MX.srt"]


# Disks


@pytest.fixture
def no_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes no hard links: exFAT, SMB, some FUSE mounts."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("no_hard_links")
def test_a_disk_without_hard_links_takes_the_texts(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.apply()
    assert repository.text().stat().st_size > 0
    assert sorted(path.name for path in repository.text().parent.iterdir()) == [
        "es-MX.srt",
        "source.srt",
    ]
    assert repository.apply().code == 0
    assert proposed(sandbox) == 1


def test_a_disk_that_takes_no_text_is_found_out_before_a_session_is_paid_for(
    repository: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def refuse(old: str, new: str, **folders: int) -> None:
        if new.endswith(".srt"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        link(old, new, **folders)

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refuse)
        ran = repository.apply(code=1)
    assert "Read-only file system" in ran.out
    assert "choose a place that can be written to" in ran.out
    assert proposed(sandbox) == 0
    repository.apply()
    assert proposed(sandbox) == 1
