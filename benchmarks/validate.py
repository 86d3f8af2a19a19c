"""Validating 1,000 videos × 10 languages: seconds, peak memory, and the ratio to 100 videos.

Wanted: under 2 s and 150 MB; and a ratio well below 10, since starting up costs the same.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

LANGUAGES = ["es-MX", "fr-FR", "ja", "de-DE", "pt-BR", "it-IT", "ko-KR", "zh-CN", "nl-NL", "pl-PL"]
RUNS = 5


def manifest(folder: Path, videos: int) -> Path:
    """Write a manifest of so many videos."""
    lines = ["version: 1", "project: bench", f"languages: [{', '.join(LANGUAGES)}]", "videos:"]
    lines += [
        f"  v{number:04}: {{source: 'https://cdn.example.com/{number}.mp4', enable_caption: true}}"
        for number in range(videos)
    ]
    path = folder / f"videos-{videos}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(path: Path) -> tuple[float, float]:
    """Validate once in a process of its own; give its seconds and its peak in MB."""
    command = [sys.executable, "-m", "heygen_localize", "validate", "-f", str(path)]
    began = time.perf_counter()
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawn(sys.executable, command, os.environ, file_actions=silent)
    _, status, usage = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def main() -> None:
    """Measure both sizes in turn."""
    with tempfile.TemporaryDirectory() as folder:
        large, small = manifest(Path(folder), 1000), manifest(Path(folder), 100)
        pairs = [(run(large), run(small)) for _ in range(RUNS)]
    print(f"1,000 × 10: median {median(big[0] for big, _ in pairs):.2f} s, ", end="")
    print(f"peak {max(big[1] for big, _ in pairs):.0f} MB; ", end="")
    print(f"ratio to 100 × 10: {median(big[0] / little[0] for big, little in pairs):.1f}")


if __name__ == "__main__":
    main()
