"""A lockfile that could not be read again is refused before anything is ordered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workspaces import Workspace, creates

from heygen_localize.project.lockfile import store
from heygen_localize.sandbox import Sandbox

VIDEOS = tuple(f"v{number:02}" for number in range(20))
NO_LINKS = "lock: {urls: none}"


@pytest.fixture
def account(start: Callable[..., Sandbox]) -> Sandbox:
    return start(max_jobs=None, balance=1e6)


def apply(workspace: Workspace, extra: str, most: int, monkeypatch: pytest.MonkeyPatch) -> int:
    workspace.write_videos(*VIDEOS, extra=extra)
    monkeypatch.setattr(store, "MAX_LOCKFILE_BYTES", most)
    ran = workspace.run("apply", "--yes")
    if ran.code:
        assert "the lockfile would have more than" in ran.err
        assert "keep links out of it (lock: {urls: none})" in ran.err
    return ran.code


def test_what_orders_will_add_is_reckoned_before_the_first(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 60 targets of about 500 bytes each, or of 2,300 with links.
    for most in (2_000, 25_000):
        assert apply(workspace, NO_LINKS, most, monkeypatch) == 2
    assert apply(workspace, "", 60_000, monkeypatch) == 2
    assert creates(account) == 0
    assert not workspace.lockfile.exists()

    assert apply(workspace, NO_LINKS, 60_000, monkeypatch) == 0
    assert creates(account) == 60
    assert 25_000 < workspace.lockfile.stat().st_size < 60_000


def test_the_reckoning_is_near_the_truth(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert apply(workspace, NO_LINKS, 10**9, monkeypatch) == 0
    size = workspace.lockfile.stat().st_size
    workspace.lockfile.unlink()
    workspace.write(workspace.manifest.read_text().replace("cdn.example.com", "cdn2.example.com"))
    monkeypatch.setattr(store, "MAX_LOCKFILE_BYTES", int(size * 0.9))
    assert workspace.run("apply", "--yes").code == 2
    monkeypatch.setattr(store, "MAX_LOCKFILE_BYTES", int(size * 1.1))
    assert workspace.run("apply", "--yes").code == 0
