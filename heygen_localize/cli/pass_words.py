"""What a pass brought, in words that `worker` and `listen` share."""

from __future__ import annotations

from heygen_localize.core.text import pluralize
from heygen_localize.operations.one_pass import not_as_wanted
from heygen_localize.planning.results import Applied


def ordered_words(applied: Applied) -> list[str]:
    """Say what a pass ordered."""
    result = applied.result
    counts = ((result.ordered, "job"), (result.sessions, "proofread session"))
    return [f"ordered {pluralize(number, what)}" for number, what in counts if number]


def open_words(applied: Applied) -> list[str]:
    """Say what a pass leaves to people: subtitles to review, what failed, why it stopped."""
    result, told = applied.result, []
    if result.in_review:
        told.append(f"subtitles of {pluralize(len(result.in_review), 'target')} await review")
    if result.failures:
        told.append(not_as_wanted(result.failures))
    if result.stopped is not None:
        told.append(result.stopped.first.message)
    return told
