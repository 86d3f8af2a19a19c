#!/usr/bin/env python3
"""Refuses to commit a lockfile that is not whole: `localize-lock-check` of pre-commit.

Standard library alone: pre-commit runs it without installing anything. `apply`
would heal such a file; whoever else reads it, such as a website's build, cannot.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "action"))

from regular import NotRegularError, read
from workflow import inert

_MARKERS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")


def faults(text: str) -> list[str]:
    """Give all that is wrong with a lockfile's text; nothing where it is whole."""
    lines = text.splitlines()
    marked = [number for number, line in enumerate(lines, 1) if line.startswith(_MARKERS)]
    if marked:
        places = ", ".join(map(str, marked[:6]))
        return [f"git's conflict markers in line {places}: run localize apply, which heals it"]
    twice: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                twice.append(key)
            seen[key] = value
        return seen

    try:
        document = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        return [f"not JSON ({error}): restore it from git, or delete it and run localize apply"]
    told = [f"{key!r} stands in it twice, as after a merge: run localize apply" for key in twice]
    wanted = {"lockfile_version": int, "project": str, "targets": dict}
    for key, kind in wanted.items():
        if not isinstance(document, dict) or not isinstance(document.get(key), kind):
            told.append(f"{key!r} is missing: this is no whole lockfile")
    return told


def main(paths: list[str]) -> int:
    """Check the lockfiles that are to be committed; 1 where one is not whole."""
    code = 0
    for path in paths:
        try:
            content = read(Path(path))
            found = ["is not there"] if content is None else faults(content.decode("utf-8"))
        except (NotRegularError, UnicodeDecodeError) as error:
            found = [f"cannot be read: {error}"]
        for fault in found:
            sys.stdout.write(inert(f"{path}: {fault}") + "\n")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
