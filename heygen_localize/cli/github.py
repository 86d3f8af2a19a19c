"""What GitHub Actions tells of where it runs us."""

from __future__ import annotations

import os
from pathlib import Path


def path_here() -> str:
    """Return where we are, counted from the folder that GitHub Actions checked out."""
    root = os.environ.get("GITHUB_WORKSPACE")
    try:
        return Path.cwd().relative_to(Path(root).resolve()).as_posix() if root else ""
    except (OSError, ValueError):
        return ""
