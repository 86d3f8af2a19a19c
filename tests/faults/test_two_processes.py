"""Two real processes on one account that refuses most orders in passing: paid once, ended whole.

The whole of it: LOCALIZE_REFUSED=50x20, targets and seeds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from accounts import orders
from lipsync_lens import manifest

from heygen_localize.sandbox import Sandbox, SandboxSettings

TARGETS, SEEDS = map(int, os.environ.get("LOCALIZE_REFUSED", "4x1").split("x"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_plain_429s_never_make_a_duplicate(tmp_path: Path, seed: int) -> None:
    lag = (0, 1, 3, 20)[seed % 4]
    faults = ("rate_limit=0.6:1 on POST", "drop_after=0.05 on POST", f"list_lag=1:{lag} on GET")
    settings = SandboxSettings(
        tmp_path / "sandbox", render_seconds=1, max_jobs=None, faults=faults, seed=seed
    )
    text = (
        "version: 1\nproject: test\nlanguages: [ja]\nlimits: {max_concurrent_jobs: 99}\nvideos:\n"
    )
    text += "".join(
        f"  video-{number}: {{source: 'https://cdn.example.com/{number}.mp4'}}\n"
        for number in range(TARGETS)
    )
    command = (sys.executable, "-m", "heygen_localize", "apply", "--yes", "--quiet")
    with Sandbox(settings) as account:
        environment = {
            **os.environ,
            "HEYGEN_API_BASE": account.base_url,
            "HEYGEN_API_KEY": account.api_key,
            "LOCALIZE_APPLY_CHECK_SOURCES": "0",
        }
        processes = []
        for name in ("first", "second"):
            folder = tmp_path / name
            folder.mkdir()
            (folder / "localize.yaml").write_text(manifest(text), encoding="utf-8")
            processes.append(
                subprocess.Popen(
                    (*command, "--poll-interval", "0.2"),
                    cwd=folder,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
        told = [process.communicate(timeout=60 + 20 * TARGETS)[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0], told
        marks = Counter(job.callback_id for job in account.jobs())
        assert sorted(marks.values()) == [1] * TARGETS
        locks = [
            json.loads((tmp_path / name / "localize.lock").read_text())["targets"]
            for name in ("first", "second")
        ]
        ids = [{name: entry["translation_id"] for name, entry in lock.items()} for lock in locks]
        assert ids[0] == ids[1]
        assert {entry["status"] for lock in locks for entry in lock.values()} == {"completed"}
        assert any(note.status == 429 for note in orders(account))
        assert len({note.idempotency_key for note in orders(account)}) == TARGETS
