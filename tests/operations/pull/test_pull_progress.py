"""What a pull shows while files come."""

from __future__ import annotations

import io
import sys

import pytest
from pull_scene import Scene
from rich.console import Console

from heygen_localize.cli.progress import LiveTransfers, watch_transfers
from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import LockedJob, PulledFile
from heygen_localize.core.model import JobStatus
from heygen_localize.planning.pull import PullFile, PullRow, PullState
from heygen_localize.report.pull import size_text


def wanted(name: str) -> PullFile:
    return PullFile(name, "video", f"{name}.mp4", LockedJob("0" * 64, "tr_1", JobStatus.COMPLETED))


def test_bytes_rate_and_files_on_a_terminal() -> None:
    screen = io.StringIO()
    with LiveTransfers(Console(file=screen, force_terminal=True, width=120)) as live:
        live.added(wanted("a/ja"))
        live.added(wanted("b/ja"))
        live.moved(wanted("a/ja"), 1_000_000, 4_000_000)
        live.moved(wanted("a/ja"), 4_000_000, 4_000_000)
        live.ended(PullRow("a/ja", "video", "a", PullState.PULLED, PulledFile("0", 4_000_000)))
        problem = Diagnostic("x", "x")
        live.ended(PullRow("b/ja", "video", "b", PullState.FAILED, None, problem))
        live._bar.refresh()
    drawn = screen.getvalue()
    assert "2/2 files, 1 failed" in drawn
    # The file that was not begun counts as large as the one that was.
    assert "4.0/8.0 MB" in drawn
    assert "/s" in drawn


def test_nothing_to_do_draws_nothing() -> None:
    screen = io.StringIO()
    with LiveTransfers(Console(file=screen, force_terminal=True)):
        pass
    assert "files" not in screen.getvalue()


def test_a_terminal_gets_the_live_display(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with watch_transfers(quiet=False) as watcher:
        assert isinstance(watcher, LiveTransfers)
    scene.render("alpha", languages=("ja",))
    assert scene.pull().code == 0


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (84_123_456, "84 MB"),
        (999_600, "1.0 MB"),
        (1_500_000_000, "1.5 GB"),
        (2 * 10**16, "20000 TB"),
    ],
)
def test_sizes(size: int, told: str) -> None:
    assert size_text(size) == told
