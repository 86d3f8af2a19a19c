"""How the cost of each command grows with the targets of a project, from 1,000 to 100,000.

CPU seconds and memory at the largest, and the exponent of CPU over the number of targets.
Run it with the development environment: python benchmarks/growth.py
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from projects import project
from rows import LOCALIZE, Row, Spent, show, spent

SMALL, LARGE = 1_000, 100_000
COMMANDS = {
    ("validate",): ("", ""),
    ("status",): ("", ""),
    ("plan", "--offline"): ("", ""),
    ("plan",): ("≤ 5", "≤ 400"),
    ("apply", "--yes"): ("≤ 8", "≤ 500"),
    ("refresh",): ("≤ 8", "≤ 500"),
    ("report", "--html", "report.html", "--force"): ("≤ 8", "≤ 500"),
}
"""Goals for CPU in seconds and memory in MB at the largest."""

REPEATED = 5
"""Times that the small project is measured; the median counts."""


def run(large: int = LARGE) -> list[Row]:
    """Measure every command in a small and in a large project."""
    small, great = measured(SMALL, REPEATED), measured(large, 1)
    rows = []
    for command, (cpu, memory) in COMMANDS.items():
        one, many = small[command], great[command]
        name = f"{command[0]}{' --offline' if '--offline' in command else ''}, {large:,} targets"
        exponent = log(many.cpu / one.cpu) / log(large / SMALL)
        rows += [
            Row(f"{name}: CPU", many.cpu, "s", cpu),
            Row(f"{name}: memory", many.memory / 1e6, "MB", memory),
            Row(f"{name}: exponent from {SMALL:,}", exponent, "", "≤ 1.05"),
        ]
    return rows


def measured(targets: int, times: int) -> dict[Sequence[str], Spent]:
    """Run every command with nothing to do in a project of so many targets."""
    with project(targets // 10) as (folder, environment, _):
        found: dict[Sequence[str], Spent] = {}
        for command in COMMANDS:
            runs = [spent([LOCALIZE, *command], folder, environment) for _ in range(times)]
            found[command] = sorted(runs, key=lambda one: one.cpu)[times // 2]
    return found


if __name__ == "__main__":
    show(run())
