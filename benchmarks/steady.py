"""What a run with nothing to do costs: in a large project, and in a large account.

The floor is a bare loop that lists the account. Run it with the development environment:
python benchmarks/steady.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from rows import Row, Spent, spent

from heygen_localize.project.project import load_manifest
from heygen_localize.sandbox import Sandbox, SandboxSettings

LANGUAGES = ("es-MX", "fr-FR", "ja", "de-DE", "it-IT", "ko", "pl", "tr", "nl", "sv")
LOCALIZE = str(Path(sys.executable).parent / "localize")
LOOP = """
import os, requests
session, token, found = requests.Session(), None, []
url = os.environ["HEYGEN_API_BASE"] + "/v3/video-translations"
session.headers["X-Api-Key"] = os.environ["HEYGEN_API_KEY"]
while True:
    query = {"limit": 100} | ({"token": token} if token else {})
    page = session.get(url, params=query).json()
    found += page["data"]
    token = page.get("next_token")
    if not token:
        break
print(len(found))
"""
RUNS = 5


def run() -> list[Row]:
    """Measure a project of 10,000 targets, and one of 1,000 in an account of 100,000 jobs."""
    rows = []
    with project(videos=1000) as (folder, environment, _):
        pairs = [
            (spent([LOCALIZE, "plan"], folder, environment), loop(folder, environment))
            for _ in range(RUNS)
        ]
        ratio = median(ours.wall / floor.wall for ours, floor in pairs)
        rows.append(Row("plan, nothing to do, 10,000 targets ÷ listing loop", ratio, "×", "≤ 0.25"))
        cpu = median(ours.cpu for ours, _ in pairs)
        rows.append(Row("the same: CPU", cpu, "s", ""))
    with project(videos=100, others=99_000) as (folder, environment, account):
        runs = []
        for _ in range(RUNS):
            before = len(account.requests())
            runs.append(spent([LOCALIZE, "plan"], folder, environment))
        calls = len(account.requests()) - before
        name = "plan, 1,000 targets in an account of 100,000 jobs"
        rows.append(Row(f"{name}: requests", calls, "", "≤ 3"))
        rows.append(Row(f"{name}: CPU", median(one.cpu for one in runs), "s", "≤ 0.4"))
    return rows


def loop(folder: Path, environment: dict[str, str]) -> Spent:
    """List the account by the least that can do it."""
    return spent([sys.executable, "-c", LOOP], folder, environment)


@contextmanager
def project(videos: int, others: int = 0) -> Iterator[tuple[Path, dict[str, str], Sandbox]]:
    """Make a project that is rendered, adopted and seen, an hour ago, and run its account."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = ["version: 1", "project: steady", f"languages: [{', '.join(LANGUAGES)}]"]
        lines += ["lock: {urls: none}", "videos:"]
        lines += [f"  v{n}: {{source: 'https://cdn.example.com/{n}.mp4'}}" for n in range(videos)]
        (folder / "localize.yaml").write_text("\n".join(lines) + "\n")
        now = [time.time() - 86_400.0]

        def clock() -> float:
            now[0] += 0.1
            return now[0]

        settings = SandboxSettings(state=folder / "sandbox", render_seconds=1, max_jobs=None)
        with Sandbox(settings, clock) as account:
            for number in range(others):
                account.add_foreign_job(title=f"theirs {number}")
            for target in load_manifest(folder / "localize.yaml").targets:
                account.add_foreign_job(
                    target.language.name, target.title or "", callback_id=str(target.mark)
                )
            now[0] = time.time() - 3600.0
            environment = {
                "HEYGEN_API_BASE": account.base_url,
                "HEYGEN_API_KEY": account.api_key,
            }
            spent([LOCALIZE, "apply", "--yes"], folder, environment)
            spent([LOCALIZE, "plan"], folder, environment)
            yield folder, environment, account


if __name__ == "__main__":
    for row in run():
        print(f"{row.name}: {row.value:.2f} {row.unit} (goal {row.goal})")
