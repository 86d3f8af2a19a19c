"""What an `apply` does on this machine as its targets grow tenfold: ten times as much, not more."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_clock import FakeClock
from workspaces import Workspace, creates

from heygen_localize.project import journal
from heygen_localize.project.lockfile import store, text
from heygen_localize.sandbox import Sandbox

SLOW_DISK = 2.5e-5
"""Seconds for a byte of the lockfile: it takes a while even where it is small."""


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Counter[str]:
    """Count what is done, on a disk that is slow by the run's clock."""
    done: Counter[str] = Counter()
    write, read, opened = store.write_atomically, journal.read, os.open
    entry_json = text.entry_json

    def counted_write(path: Path, content: bytes, **options: Any) -> bool:
        done["written"] += 1
        done["bytes written"] += len(content)
        clock.sleep(len(content) * SLOW_DISK)
        return write(path, content, **options)

    def counted_read(path: Path, most: int) -> bytes:
        content = read(path, most)
        done["bytes of the journal"] += len(content)
        return content

    def counted_entry(*arguments: Any) -> dict[str, Any]:
        done["entries encoded"] += 1
        return entry_json(*arguments)

    def counted_open(*arguments: Any, **options: Any) -> int:
        if threading.current_thread() is threading.main_thread():
            done["opened"] += 1
        return opened(*arguments, **options)

    monkeypatch.setattr(store, "write_atomically", counted_write)
    monkeypatch.setattr(journal, "read", counted_read)
    monkeypatch.setattr(text, "entry_json", counted_entry)
    monkeypatch.setattr(os, "open", counted_open)
    return done


def test_ten_times_the_targets_are_ten_times_the_work(
    start: Callable[..., Sandbox],
    workspace: Workspace,
    work: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCALIZE_APPLY_POLL_INTERVAL", "0.2")
    account = start(max_jobs=None, render_seconds=2, balance=1e6)

    def applied(targets: int) -> Counter[str]:
        before, ordered = Counter(work), creates(account)
        workspace.lockfile.unlink(missing_ok=True)
        workspace.write_videos(
            *(f"v{targets}-{number:03}" for number in range(targets)),
            languages=("ja",),
            extra="limits: {max_new: 200, max_concurrent_jobs: 5}",
        )
        ran = workspace.run("apply", "--yes", "--no-balance-check")
        assert ran.code == 0, ran.out
        assert creates(account) - ordered == targets
        assert len(workspace.lock()["targets"]) == targets
        return work - before

    few, many = applied(20), applied(200)
    assert few["written"] >= 4, "the lockfile follows the run"
    assert many["entries encoded"] <= 3 * 200, many
    for kind in ("bytes written", "bytes of the journal", "opened"):
        assert many[kind] <= 15 * few[kind], (kind, few, many)
    assert many["written"] <= 3 * few["written"], "the larger it is, the more seldom it is written"
