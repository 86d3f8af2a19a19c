"""How long what is rendered will be, as far as the manifest or its sources tell. Pure."""

from __future__ import annotations

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import Target
from heygen_localize.core.sources import Reports
from heygen_localize.core.text import pluralize
from heygen_localize.planning.plan import Plan
from heygen_localize.planning.sources import length_of

_ALIKE = 0.15
"""By so much of the video's length its sound may differ, or the lip sync fails.

Source: docs/vendor/changes-2026-11.md, "Lipsyncs": one reseller's word, which HeyGen's pages
neither confirm nor deny.
"""


def told_length(target: Target, reports: Reports) -> float | None:
    """Return the seconds to render, as far as the manifest or the source tells.

    An `end_time` bounds them even where nobody told how long the source is. Where nothing
    would be left to render, somebody is wrong, and nobody knows the length: no job is free.
    """
    start, end = target.option("start_time"), target.option("end_time")
    first = float(start) if isinstance(start, (int, float)) else 0.0
    length = target.duration
    if length is None:
        length = length_of(target.source, reports)
    ends = [length, float(end) if isinstance(end, (int, float)) else None]
    last = min((moment for moment in ends if moment is not None), default=None)
    length = None if last is None else last - first
    return length if length is not None and length > 0 else None


def unlike_lengths(plan: Plan, reports: Reports) -> tuple[Diagnostic, ...]:
    """Warn of lip syncs to order whose sound is much longer or shorter than their video."""
    found: dict[tuple[str, str], list[str]] = {}
    for action in plan.costly:
        target, audio = action.target, action.target.audio
        if target.kind is not JobKind.LIPSYNC or audio is None:
            continue
        video, sound = told_length(target, reports), length_of(audio, reports)
        if video and sound and abs(sound - video) > _ALIKE * video:
            lengths = f"{sound:.1f} seconds", f"{video:.1f} seconds"
            found.setdefault(lengths, []).append(action.address)
    return tuple(
        Diagnostic(
            "lipsync_lengths",
            f"the audio is {sound} long and the video {video}: {_named(addresses)}",
            hint="HeyGen may fail a lip sync whose lengths are more than 15 % apart; is it the "
            "right audio? start_time and end_time cut the video",
        )
        for (sound, video), addresses in found.items()
    )


def _named(addresses: list[str]) -> str:
    more = len(addresses) - 3
    return ", ".join(addresses[:3]) + (f" and {pluralize(more, 'more target')}" if more > 0 else "")
