"""How long small commands take beside `pre-commit --version`: ratios of paired runs.

Run it with the development environment: python benchmarks/startup.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from rows import LOCALIZE, Row, show, spent

PAIRS = 9
PRE_COMMIT = (str(Path(sys.executable).parent / "pre-commit"), "--version")
MANIFEST = """\
version: 1
project: small
languages: [es-MX, fr-FR, ja]
videos:
  intro: {source: 'https://cdn.example.com/intro.mp4'}
  tour: {source: 'https://cdn.example.com/tour.mp4'}
"""
GOALS = {
    ("--version",): "≤ 0.3",
    ("validate",): "≤ 1.0",
    ("status",): "≤ 1.2",
    ("plan", "--offline"): "≤ 1.2",
}


def run() -> list[Row]:
    """Measure each command in turn with the peer, in a project of six targets."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "localize.yaml").write_text(MANIFEST, encoding="utf-8")
        for arguments, goal in GOALS.items():
            command = (LOCALIZE, *arguments)
            spent(command, folder)
            pairs = [(spent(command, folder), spent(PRE_COMMIT, folder)) for _ in range(PAIRS)]
            ratio = median(ours.wall / peer.wall for ours, peer in pairs)
            rows.append(Row(f"{' '.join(arguments)} ÷ pre-commit --version", ratio, "×", goal))
    return rows


if __name__ == "__main__":
    show(run())
