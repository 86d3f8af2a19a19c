"""Sessions in trouble: services that fail, full disks, sessions that end at a bad moment."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repositories import MANIFEST, Repository, generated, proposed
from workspaces import Workspace

from heygen_localize.heygen import session_texts as fetching
from heygen_localize.operations.apply.pending import PendingOrder
from heygen_localize.operations.apply.queue import Preparer
from heygen_localize.operations.apply.uploads import Uploader
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.endpoints import proofreads as proofread_endpoints
from heygen_localize.sandbox.media.files import Padded

ONE = MANIFEST.replace("[es-MX, ja]", "[es-MX]")
SESSIONS = "/v3/video-translations/proofreads"


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox whose time passes only where the command line sleeps."""
    return start()


@pytest.fixture
def repository(workspace: Workspace, sandbox: Sandbox) -> Repository:
    repository = Repository(workspace)
    repository.manifest(ONE)
    return repository


@pytest.fixture
def edited(repository: Repository, sandbox: Sandbox) -> Repository:
    """One target whose text was edited and approved."""
    repository.apply()
    repository.edit(repository.text().read_text().splitlines()[2], "Revisado")
    repository.commit()
    return repository


def expire(sandbox: Sandbox) -> None:
    for note in sandbox.proofreads():
        if not note.expired:
            sandbox.expire_proofread(note.id)


def check_the_next_apply(repository: Repository, sandbox: Sandbox, sessions: int = 1) -> None:
    """It ends well, with so many sessions in all, and one job where the text is approved."""
    sandbox.set_faults()
    repository.apply()
    assert len(sandbox.proofreads()) == sessions
    repository.commit()
    repository.apply()
    assert len(sandbox.proofreads()) == sessions
    (job,) = sandbox.jobs()
    assert job.body["srt_text"].encode() == repository.text().read_bytes()
    assert repository.workspace.run("plan", "--detailed-exitcode").code == 0


# While subtitles are made


@pytest.mark.few(2)
@pytest.mark.parametrize(
    "fault",
    [
        "forbid_file=1 on GET /proofreads/*",
        "empty_body=1 on GET */srt",
        "drop_before=1 on GET */proofreads/pr_*",
    ],
)
def test_nothing_but_failures_end_after_a_while(
    repository: Repository, sandbox: Sandbox, fault: str
) -> None:
    sandbox.set_faults(fault)
    ran = repository.apply(code=1)
    assert "its session's status is not known" in ran.err
    assert not repository.text().exists()
    check_the_next_apply(repository, sandbox)


@pytest.mark.few(3)
@pytest.mark.parametrize(
    "fault",
    [
        "forbid_file=1 on GET /proofreads/* times 2",
        "http_500_before=1 on GET /proofreads/* times 3",
        "cut_download=1:40 on GET /proofreads/* times 1",
        "http_500_before=1 on GET */srt times 3",
        "get_lag=1:100 on GET */proofreads/pr_*",
        "slow=1:0.01 on GET */srt",
    ],
)
def test_what_passes_is_waited_for(repository: Repository, sandbox: Sandbox, fault: str) -> None:
    sandbox.set_faults(fault)
    repository.apply()
    check_the_next_apply(repository, sandbox)


def test_a_session_that_never_comes_is_given_up(repository: Repository, sandbox: Sandbox) -> None:
    sandbox.set_faults("get_lag=1:100000 on GET */proofreads/pr_*")
    ran = repository.apply(code=1)
    assert "its proofread session has expired" in ran.out


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"caf\xe9", b"", b"<html>busy</html>"])
def test_a_text_that_is_none_is_not_taken(
    repository: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(proofread_endpoints, "Padded", lambda _: Padded(content))
        ran = repository.apply(code=1)
    assert "its text cannot be taken" in ran.out
    assert not repository.text().exists()
    check_the_next_apply(repository, sandbox)


def test_a_text_larger_than_any_is_not_taken(
    repository: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(fetching, "LARGEST", 20)
        ran = repository.apply(code=1)
    assert "a text is larger than any true one" in ran.out
    check_the_next_apply(repository, sandbox)


@pytest.mark.parametrize("route", ["*/proofreads/pr_*", "*/srt"])
def test_a_key_that_is_refused_stops_the_run(
    repository: Repository, sandbox: Sandbox, route: str
) -> None:
    sandbox.set_faults(f"unauthorized=1 on GET {route}")
    repository.apply(code=7)
    check_the_next_apply(repository, sandbox)


# Disks


class Full:
    """A disk that takes none of the files whose paths bear a word, from a moment on."""

    def __init__(self, patch: pytest.MonkeyPatch, word: str, since: Callable[[], bool]) -> None:
        fsync = os.fsync

        def failing(handle: int) -> None:
            if word in str(Path(f"/proc/self/fd/{handle}").readlink()) and since():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fsync(handle)

        patch.setattr(os, "fsync", failing)


def test_a_session_that_no_lockfile_takes_is_found_again(
    repository: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        Full(patch, ".localize.lock", lambda: proposed(sandbox) > 0)
        ran = repository.apply(code=2)
    assert "No space left on device" in ran.err
    assert (proposed(sandbox), len(sandbox.proofreads())) == (1, 1)
    check_the_next_apply(repository, sandbox)


@pytest.mark.parametrize("word", ["/proofreads/", "/.es-MX.srt", "/.source.srt"])
def test_a_text_that_no_disk_takes_comes_with_the_next_run(
    repository: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    with monkeypatch.context() as patch:
        Full(patch, word, lambda: proposed(sandbox) > 0)
        ran = repository.apply(code=1)
    assert "its text cannot be taken" in ran.out
    assert not repository.text().exists()
    check_the_next_apply(repository, sandbox)
    assert (repository.text().parent / "source.srt").exists()


# Something in the text's place


def test_no_session_is_paid_for_where_its_text_could_not_be_written(
    repository: Repository, sandbox: Sandbox
) -> None:
    repository.text().mkdir(parents=True)
    ran = repository.apply(code=1)
    assert "something stands at subtitles/intro/es-MX.srt" in ran.out
    assert proposed(sandbox) == 0
    repository.text().rmdir()
    check_the_next_apply(repository, sandbox)


# On the way to the render


@pytest.mark.parametrize(
    "fault", ["rate_limit=1:5", "http_500_before=1", "drop_after=1", "http_500_after=1"]
)
def test_no_render_is_ordered_from_the_session_before(
    edited: Repository, sandbox: Sandbox, fault: str
) -> None:
    """Its new session has to wait its turn, and the old one has the very cues of the text."""
    expire(sandbox)
    sandbox.set_faults(f"{fault} on POST {SESSIONS} times 2")
    edited.apply()
    assert len(sandbox.proofreads()) == 2
    assert generated(sandbox) == 1
    check_the_next_apply(edited, sandbox, sessions=2)


def test_a_session_that_expires_before_its_text_comes(
    edited: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring = Uploader.bring

    def late(self: Uploader, media: Any) -> Any:
        sent = bring(self, media)
        expire(sandbox)
        return sent

    with monkeypatch.context() as patch:
        patch.setattr(Uploader, "bring", late)
        ran = edited.apply(code=1)
    assert "its proofread session has expired" in ran.out
    assert generated(sandbox) == 0
    check_the_next_apply(edited, sandbox, sessions=2)


def test_a_session_that_expires_before_its_render(
    edited: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_ready = Preparer.ready

    def late(self: Preparer, item: PendingOrder) -> bool:
        ready = is_ready(self, item)
        if ready:
            expire(sandbox)
        return ready

    with monkeypatch.context() as patch:
        patch.setattr(Preparer, "ready", late)
        ran = edited.apply(code=1)
    assert "not found" in ran.out
    assert not sandbox.jobs()
    check_the_next_apply(edited, sandbox, sessions=2)


def test_a_session_that_expires_while_it_is_waited_for(
    repository: Repository, sandbox: Sandbox, clock: Any
) -> None:
    repository.apply("--no-wait")
    sandbox.set_faults("http_500_before=1 on GET */srt")
    clock.plan(clock.monotonic() + 60, lambda: expire(sandbox))
    ran = repository.apply(code=1)
    assert "its proofread session has expired" in ran.out
    clock.sleep(300)
    check_the_next_apply(repository, sandbox, sessions=2)


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        ("unauthorized=1 on PUT *", 7, ""),
        ("http_500_before=1 on PUT *", 1, "could not be given to its session"),
        ("drop_after=1 on PUT *", 1, "could not be given to its session"),
        ("drop_after=1 on PUT * times 1", 0, ""),
        ("http_500_after=1 on PUT * times 1", 0, ""),
        ("unauthorized=1 on POST /v3/assets", 7, ""),
    ],
)
def test_a_text_that_does_not_arrive(
    edited: Repository, sandbox: Sandbox, fault: str, code: int, told: str
) -> None:
    sandbox.set_faults(fault)
    ran = edited.apply(code=code)
    assert told in ran.out
    assert generated(sandbox) == (code == 0)
    check_the_next_apply(edited, sandbox)


def test_a_text_that_may_have_arrived_is_not_taken_for_the_machines(
    edited: Repository, sandbox: Sandbox
) -> None:
    sandbox.set_faults("drop_after=1 on PUT *")
    edited.apply(code=1)
    edited.text().write_bytes(edited.machine())
    edited.commit()
    check_the_next_apply(edited, sandbox)


def test_a_text_that_changes_before_it_is_sent(
    edited: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring = Uploader.bring

    def late(self: Uploader, media: Any) -> Any:
        edited.edit("Revisado", "Otra vez")
        return bring(self, media)

    with monkeypatch.context() as patch:
        patch.setattr(Uploader, "bring", late)
        ran = edited.apply(code=1)
    assert "has changed since the plan was made" in ran.out
    assert generated(sandbox) == 0
    check_the_next_apply(edited, sandbox)


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("until", "code"), [(0, 0), (600, 0), (2000, 4)], ids=["listed", "later", "never"]
)
def test_a_render_that_waits_long_is_ordered_on_a_fresh_listing(
    start: Callable[..., Sandbox], workspace: Workspace, clock: Any, until: float, code: int
) -> None:
    sandbox = start(proofread_seconds=400)
    repository = Repository(workspace)
    repository.manifest(ONE)
    repository.apply()
    repository.commit()
    expire(sandbox)
    begun = clock.monotonic()
    clock.plan(begun + 100, lambda: sandbox.set_faults("http_500_before=1 on GET */*translations"))
    clock.plan(begun + max(until, 101), sandbox.set_faults)
    repository.apply(code=code)
    assert generated(sandbox) == (code == 0)
    check_the_next_apply(repository, sandbox, sessions=2)
