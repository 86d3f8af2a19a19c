"""Any sequence of runs, kills and lost answers ends in the same lockfile, in files or a database.

More of them: LOCALIZE_HISTORIES=100.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_clock import HastyClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_server import Server
from starters import APPLY, Starter, started
from workspaces import run_in

from heygen_localize.sandbox import Sandbox, SandboxSettings

HISTORIES = int(os.environ.get("LOCALIZE_HISTORIES", "5"))
FAULTS = {
    "lost": ("drop_after=0.5 on POST", "list_lag=1:1 on GET"),
    "refused": ("rate_limit=0.5:1 on POST", "html_502=0.3 on POST"),
    "well": (),
}
MANIFEST = """\
version: 1
project: test
lock: {urls: none}
limits: {max_concurrent_jobs: 8}
languages: [es-MX, ja]
videos:
"""

run = st.tuples(st.just("run"), st.sampled_from(sorted(FAULTS)))
kill = st.tuples(st.just("kill"), st.integers(1, 40))
add = st.tuples(st.just("add"), st.just(0))
change = st.tuples(st.just("change"), st.integers(0, 2))
histories = st.lists(st.one_of(run, kill, add, change), min_size=2, max_size=6)


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    with started() as starter:
        yield starter


def manifest(sources: list[int]) -> str:
    lines = (
        f"  video-{number}: {{source: 'https://cdn.example.com/{number}-{revision}.mp4'}}\n"
        for number, revision in enumerate(sources)
    )
    return MANIFEST + "".join(lines)


def lived(history: list[tuple[str, Any]], folder: Path, starter: Starter, account: Sandbox) -> None:
    """Let a history happen in a folder, and a last run without any fault."""
    sources = [0, 0]
    (folder / "localize.yaml").write_text(manifest(sources))
    for what, how in history:
        if what == "add":
            sources.append(0)
        elif what == "change":
            sources[how % len(sources)] += 1
        elif what == "kill":
            starter.start(str(how), folder / ".steps.log", folder)
            starter.wait()
        else:
            account.set_faults(*FAULTS[how])
            run_in(folder, *APPLY, "--timeout", "0.5")
        (folder / "localize.yaml").write_text(manifest(sources))
    account.set_faults()
    for _ in range(2):  # What a lost answer made, and the list did not show yet, comes to light.
        ran = run_in(folder, *APPLY)
        assert ran.code == 0, ran.err
    counts = Counter(job.callback_id for job in account.jobs())
    assert set(counts.values()) <= {1}


def plain(text: str) -> Any:
    """Return a lockfile without what differs from run to run: ids, dates, what was sent along."""
    document = json.loads(text)
    for address, entry in document["targets"].items():
        for job in (entry, entry.get("serving", {})):
            for told in ("created_at", "sent"):  # An adopted job's `sent` nobody knows.
                job.pop(told, None)
            if "translation_id" in job:
                job["translation_id"] = address
        entry.pop("superseded", None)  # A kill may come before an order here, and after it there.
    return document


def test_both_end_in_the_same_lockfile(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    starter: Starter,
    server: Server,
    hasty_clock: HastyClock,
) -> None:
    monkeypatch.setenv("LOCALIZE_APPLY_POLL_INTERVAL", "0.05")
    monkeypatch.setenv("LOCALIZE_APPLY_CHECK_SOURCES", "0")

    @given(histories)
    @settings(max_examples=HISTORIES, suppress_health_check=[HealthCheck.too_slow])
    def check(history: list[tuple[str, Any]]) -> None:
        texts = []
        for kind in ("files", "database"):
            folder = tmp_path_factory.mktemp(kind)
            sandbox = SandboxSettings(folder / "sandbox", render_seconds=0.1)
            with (
                Sandbox(sandbox, hasty_clock.now) as account,
                pytest.MonkeyPatch.context() as patched,
            ):
                patched.setenv("HEYGEN_API_BASE", account.base_url)
                patched.setenv("HEYGEN_API_KEY", account.api_key)
                work = folder / "work"
                work.mkdir()
                (work / "localize.yaml").write_text(manifest([0, 0]))
                if kind == "database":
                    patched.setenv("LOCALIZE_STATE", server.database())
                    assert run_in(work, "state", "init").code == 0
                lived(history, work, starter, account)
                lockfile = work / "localize.lock"
                if kind == "database":
                    assert not lockfile.exists()
                    assert run_in(work, "state", "export").code == 0
                texts.append(lockfile.read_text())
        assert plain(texts[0]) == plain(texts[1])
        # And to the byte, where it goes the other way round.
        patched_url = server.database()
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("LOCALIZE_STATE", patched_url)
            folder = tmp_path_factory.mktemp("round")
            (folder / "localize.yaml").write_text(manifest([0, 0]))
            (folder / "localize.lock").write_text(texts[0])
            for command in ("init", "import", "export"):
                assert run_in(folder, "state", command).code == 0
            assert (folder / "localize.lock").read_text() == texts[0]

    check()
