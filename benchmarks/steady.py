"""What a run with nothing to do costs: in a large project, and in a large account.

The floor is a bare loop that lists the account. Run it with the development environment:
python benchmarks/steady.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from projects import project
from rows import LOCALIZE, Row, Spent, show, spent

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


if __name__ == "__main__":
    show(run())
