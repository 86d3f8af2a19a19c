"""What the words of environment variables mean: yes, no, or nothing of the kind. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_YES = frozenset({"1", "true", "t", "yes", "y", "on"})
_NO = frozenset({"", "0", "false", "f", "no", "n", "off", "none", "null", "never", "disabled"})
"""The words of click, by which `LOCALIZE_*` is read, and some that mean no just as plainly."""


def says_yes(environment: Mapping[str, str], name: str, *, otherwise: bool = False) -> bool:
    """Return whether a variable says yes, in any case; what is not set says no.

    `otherwise` is what a word means that is neither a yes nor a no.
    """
    word = environment.get(name, "").strip().casefold()
    return word in _YES or (otherwise and word not in _NO)


def in_ci(environment: Mapping[str, str]) -> bool:
    """Return whether a CI system runs us; some put their name into `CI`."""
    return says_yes(environment, "CI", otherwise=True)


def is_dumb(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal knows neither colours nor how to move its cursor."""
    return environment.get("TERM", "").strip().casefold() in ("dumb", "unknown")


LABELS = "LOCALIZE_LABELS"


def labels_of(given: Iterable[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the labels of a run, sorted: those given, and those of `LOCALIZE_LABELS`.

    There they stand in one line, commas between them, as CI joins them, or a line each.
    """
    listed = environment.get(LABELS, "").replace("\n", ",").split(",")
    texts = (text.encode("utf-8", "replace").decode() for text in (*given, *listed))
    return tuple(sorted({text.strip() for text in texts} - {""}))
