"""How long `localize --version` takes beside `pre-commit --version`: ratios of paired runs.

Wanted: at most 0.5. Run it with the development environment: python benchmarks/startup.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

PAIRS = 15


def seconds(program: str) -> float:
    """Time one whole process."""
    command = [str(Path(sys.executable).parent / program), "--version"]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Run both in turn, and print the ratio of each pair's times."""
    for program in ("localize", "pre-commit"):
        seconds(program)
    ratios = sorted(seconds("localize") / seconds("pre-commit") for _ in range(PAIRS))
    print(f"localize / pre-commit: median {median(ratios):.2f}, {ratios[0]:.2f}–{ratios[-1]:.2f}")


if __name__ == "__main__":
    main()
