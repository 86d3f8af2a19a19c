"""CPU that `localize apply` takes for a new target, from its order to the end of its job.

The emulator runs in a process of its own, and is not counted. Run it with the development
environment: python benchmarks/apply.py [TARGETS]
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from projects import LANGUAGES
from rows import LOCALIZE, Row, Spent, show, spent

SMALL, LARGE = 300, 3_000
AT_ONCE = 100
"""Places of the account; jobs end after a tenth of a second, so that some always do."""


def run(large: int = LARGE) -> list[Row]:
    """Apply a small and a large project; what starting up costs drops out of the difference."""
    small, great = applied(SMALL), applied(large)
    each = (great.cpu - small.cpu) / (large - SMALL) * 1000
    return [
        Row(f"apply of {large:,} new targets: CPU a target", each, "ms", "≤ 1.8"),
        Row(f"apply of {large:,} new targets: memory", great.memory / 1e6, "MB", ""),
    ]


def applied(targets: int) -> Spent:
    """Order so many targets from an empty account, and see them through."""
    with tempfile.TemporaryDirectory() as name, emulator(Path(name)) as environment:
        folder = Path(name)
        limits = f"{{max_new: {targets}, max_cost: 1000000, max_concurrent_jobs: {AT_ONCE}}}"
        lines = ["version: 1", "project: bench", f"languages: [{', '.join(LANGUAGES)}]"]
        lines += ["lock: {urls: none}", f"limits: {limits}", "videos:"]
        lines += [
            f"  v{number}: {{source: 'https://cdn.example.com/{number}.mp4', duration: 6}}"
            for number in range(targets // len(LANGUAGES))
        ]
        (folder / "localize.yaml").write_text("\n".join(lines) + "\n")
        options = ("--yes", "--quiet", "--no-check-sources", "--poll-interval", "0.2")
        return spent([LOCALIZE, "apply", *options], folder, environment)


@contextmanager
def emulator(folder: Path) -> Iterator[dict[str, str]]:
    """Run the emulator in a process of its own; give what leads a command there."""
    options = ("--render-seconds", "0.1", "--max-jobs", "0", "--balance", "1000000000", "--quiet")
    command = [LOCALIZE, "sandbox", "--state", str(folder / "sandbox"), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        exports = (process.stdout.readline() for _ in range(2))
        found = (re.match(r"export (\w+)=(\S+)", line) for line in exports)
        try:
            yield {one[1]: one[2].strip("'\"") for one in found if one}
        finally:
            process.terminate()


if __name__ == "__main__":
    show(run(*map(int, sys.argv[1:])))
