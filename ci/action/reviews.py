"""The texts under review: which the manifest has, and the branches on which they are reviewed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gitting import Git
from lockfiles import HIDDEN, slug
from workflow import StepError, given, manifest

LARGEST = 2_000_000
"""Bytes of a text; `localize` reads none that is larger."""

WAYS = ("none", "pull-request", "pull-request-per-language")

_PATIENCE = 300.0
"""Seconds for the texts of the largest manifest."""

_TAG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+){0,5}")


@dataclass(frozen=True)
class Review:
    """A target's text. `path` leads there from the root of the repository; `stage` is its word."""

    address: str
    path: str
    stage: str

    @property
    def tag(self) -> str:
        """The language's tag."""
        return self.address.partition("/")[2]

    @property
    def paths(self) -> tuple[str, ...]:
        """Its file, and the two names that the transcript beside it may have."""
        video, beside = self.address.partition("/")[0], PurePosixPath(self.path).parent
        names = ("source.srt", f"{video}.source.srt")
        return (self.path, *((beside / name).as_posix() for name in names))


def way() -> str:
    """Return how texts are brought to people.

    Raises:
        StepError: there is no such way.
    """
    told = given("SUBTITLES", "none")
    if told not in WAYS:
        raise StepError(f"subtitles is {told!r}; it is one of {', '.join(WAYS)}")
    return told


def reviews(path: Path) -> list[Review]:
    """Return the texts that the manifest has reviewed, by their addresses.

    Raises:
        StepError: `localize` cannot tell.
    """
    program = str(Path(os.environ["LOCALIZE_BIN"]) / "localize")
    command = [program, "proofread", "status", "--file", str(path), "--format", "json"]
    try:
        ended = subprocess.run(  # noqa: S603 - our own program, no shell
            command,
            env={name: text for name, text in os.environ.items() if name not in HIDDEN},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=_PATIENCE,
        )
        rows = json.loads(ended.stdout)["targets"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        raise StepError("localize proofread status does not tell of the texts", code=1) from None
    return [review for row in rows if (review := _review(row)) is not None]


def _review(row: Mapping[str, Any]) -> Review | None:
    path = PurePosixPath(str(row["path"]))
    inside = not path.is_absolute() and ".." not in path.parts and str(path).isprintable()
    review = Review(str(row["address"]), str(path), str(row["stage"]))
    return review if inside and _TAG.fullmatch(review.tag) else None


def branch_of(review: Review | None = None) -> str:
    """Return the branch for one language's texts, or for all; its name has checked words only."""
    own = slug(manifest().with_suffix("").as_posix())
    beginning = "localize/" + ("" if own == "localize" else f"{own}-") + "subtitles"
    return beginning if review is None else f"{beginning}-{review.tag}"


def in_review(git: Git, found: Sequence[Review]) -> Iterator[tuple[str, str, list[str]]]:
    """Give each branch of texts that there is, its tip, and the paths whose texts it may have.

    Also those of the other way: somebody may have changed it while a review was open.
    """
    paths: dict[str, list[str]] = {}
    for review in found:
        for branch in (branch_of(), branch_of(review)):
            paths.setdefault(branch, []).extend(review.paths)
    tips = git.tips(paths)
    for branch in sorted(tips):
        yield branch, git.fetch_alone(branch), list(dict.fromkeys(paths[branch]))
