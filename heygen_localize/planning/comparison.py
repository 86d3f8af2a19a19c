"""A dubbed file beside its source: what they differ in, and what both have. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.measurement import Measurement, MediaSummary, Stretch
from heygen_localize.core.model import Target

_LEAST_SECONDS = 0.2
_LEAST_LOUDNESS = 1.0
"""Below it nobody hears a difference in loudness, in LU."""

_RATES_ALIKE = 0.01
"""The share by which frame rates may differ: 29.97 is taken for 30, and 24 not for 25."""

_SHAPES_ALIKE = 0.02
_SIDES_ALIKE = 2
"""Pixels: encoders want even sides."""

_LENGTHS_ALIKE = 0.35
"""Of the logarithm: lengths as 5 to 7. HeyGen stretches a dub by less."""

_APART = 0.5
"""Seconds by which the same moment may be elsewhere in the dub."""

_LEAST_SILENCE = 1.0
_MOST_TOLD = 20


class Difference(Struct, frozen=True):
    """One thing in which a dub is otherwise than its source.

    Attributes:
        what: In a word: length, loudness, silence, size, shape, frame rate, picture or sound.
        message: The same for people.
        at: Where it begins, in seconds of the file that has it; None where it is of the whole.
        until: Where it ends.
        in_source: Whether the source has it, and the dub does not.
    """

    what: str
    message: str
    at: float | None = None
    until: float | None = None
    in_source: bool = False


def as_rendered(source: Measurement, target: Target) -> Measurement:
    """Return the part of a source that a target is made from, its times from there on.

    Loudness and clipping are known of the whole source only.
    """
    start, end = (target.option(name) for name in ("start_time", "end_time"))
    first = float(start) if isinstance(start, (int, float)) else 0.0
    last = float(end) if isinstance(end, (int, float)) else source.seconds
    last = min(last, source.seconds)
    if (first <= 0 and last >= source.seconds) or first >= last:
        return source
    points = len(source.waveform)
    shares = (round(moment / source.seconds * points) for moment in (first, last))
    return replace(
        source,
        seconds=round(last - first, 1),
        loudness=None,
        clipping=None,
        silence=_within(source.silence, first, last),
        black=_within(source.black, first, last),
        frozen=_within(source.frozen, first, last),
        speech=_within(source.speech, first, last),
        waveform=source.waveform[slice(*shares)],
    )


def _within(stretches: Sequence[Stretch], first: float, last: float) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(round(max(one.start, first) - first, 1), round(min(one.end, last) - first, 1))
        for one in stretches
        if one.start < last and one.end > first
    )


def smaller(source: MediaSummary, dub: MediaSummary) -> str | None:
    """Say that a dub's picture has fewer pixels than its source's, if it has.

    A picture that was turned is as large as before: phones write the turn beside the pixels.
    """
    if source.video is None or dub.video is None:
        return None
    here, there = (sorted((video.width, video.height)) for video in (dub.video, source.video))
    if all(one >= other - _SIDES_ALIKE for one, other in zip(here, there, strict=True)):
        return None
    return (
        f"is {dub.video.width}×{dub.video.height}, "
        f"the source {source.video.width}×{source.video.height}"
    )


def other_shape(source: MediaSummary, dub: MediaSummary) -> str | None:
    """Say that a dub's picture is not of its source's shape: it was cut, stretched or padded."""
    if source.video is None or dub.video is None:
        return None
    sides = (sorted((one.width, one.height)) for one in (dub.video, source.video))
    here, there = (long / short if short else 0.0 for short, long in sides)
    if abs(here - there) <= _SHAPES_ALIKE * there:
        return None
    return (
        f"has another shape, {dub.video.width}×{dub.video.height}, than the source, "
        f"{source.video.width}×{source.video.height}"
    )


def other_rate(source: MediaSummary, dub: MediaSummary) -> str | None:
    """Say that a dub's frame rate is not that of its source, where that has one.

    Of a file that cannot be decoded whole, pictures are missing.
    """
    if source.video is None or dub.video is None or source.video.variable:
        return None
    if not (source.complete and dub.complete):
        return None
    here, there = dub.video.frame_rate, source.video.frame_rate
    if here is None or there is None or abs(here / there - 1) <= _RATES_ALIKE:
        return None
    return f"has {here:g} frames a second, the source {there:g}"


def only_here(
    stretches: Sequence[Stretch], others: Sequence[Stretch], scale: float = 1.0
) -> tuple[Stretch, ...]:
    """Return the stretches of one file that the other has nothing of the kind for.

    `scale` is how much longer the first file is: where a dub follows its speech, the same
    moment comes later in it. Both must be sorted; each is looked at once. Nothing is the same
    moment in files of quite another length.
    """
    if abs(math.log(scale)) > _LENGTHS_ALIKE:
        return tuple(stretches)
    found, place = [], 0
    for one in stretches:
        while place < len(others) and others[place].end * scale + _APART < one.end:
            place += 1
        covered = place < len(others) and others[place].start * scale - _APART <= one.start
        if not covered:
            found.append(one)
    return tuple(found)


def told_of(dub: Measurement, source: Measurement | None) -> MediaSummary:
    """Return what rules look at of a dub."""
    return (dub if source is None else of_its_own(source, dub)).summary()


def outline(source: Measurement | None) -> MediaSummary | None:
    """Return what rules look at of a source: its length, its picture and its sound."""
    if source is None:
        return None
    return MediaSummary(source.seconds, source.video, source.audio, source.broke_at)


def scale_of(source: Measurement, dub: Measurement) -> float:
    """Return how much longer a dub is than its source."""
    return dub.seconds / source.seconds if source.seconds > 0 and dub.seconds > 0 else 1.0


def of_its_own(source: Measurement, dub: Measurement) -> Measurement:
    """Return a dub without the stretches that its source has too: slides stand still in both."""
    scale = scale_of(source, dub)
    return replace(
        dub,
        silence=only_here(dub.silence, source.silence, scale),
        black=only_here(dub.black, source.black, scale),
        frozen=only_here(dub.frozen, source.frozen, scale),
    )


def differences(source: Measurement, dub: Measurement) -> tuple[Difference, ...]:
    """Return what a dub differs in from its source: the whole first, then silences by time."""
    return (*_of_the_whole(source, dub), *_silences(source, dub))


def _of_the_whole(source: Measurement, dub: Measurement) -> Iterator[Difference]:
    for what, here, there in (
        ("picture", dub.video, source.video),
        ("sound", dub.audio, source.audio),
    ):
        if (here is None) != (there is None):
            yield Difference(what, f"only the {'source' if here is None else 'dub'} has {what}")
    apart = round(dub.seconds - source.seconds, 1)
    if abs(apart) >= _LEAST_SECONDS:
        word = "longer" if apart > 0 else "shorter"
        yield Difference("length", f"the dub is {abs(apart):.1f} s {word}")
    for what, told in (
        ("size", smaller(source, dub)),
        ("shape", other_shape(source, dub)),
        ("frame rate", other_rate(source, dub)),
    ):
        if told is not None:
            yield Difference(what, f"the dub {told}")
    level, of_source = (
        None if file.loudness is None else file.loudness.integrated for file in (dub, source)
    )
    if level is None or of_source is None or abs(level - of_source) < _LEAST_LOUDNESS:
        return
    word = "louder" if level > of_source else "quieter"
    yield Difference("loudness", f"the dub is {abs(level - of_source):.1f} LU {word}")


def _silences(source: Measurement, dub: Measurement) -> Iterator[Difference]:
    """Tell the longest silences that only one of the two has, by time."""
    if source.audio is None or dub.audio is None:
        return
    scale = scale_of(source, dub)
    if abs(math.log(scale)) > _LENGTHS_ALIKE:
        return
    alone = [(one, False) for one in only_here(dub.silence, source.silence, scale)]
    alone += [(one, True) for one in only_here(source.silence, dub.silence, 1 / scale)]
    told = [one for one in alone if one[0].seconds >= _LEAST_SILENCE]
    longest = sorted(told, key=lambda one: -one[0].seconds)[:_MOST_TOLD]
    for one, in_source in sorted(longest, key=lambda one: one[0].start):
        name, other = ("source", "dub") if in_source else ("dub", "source")
        message = f"the {name} is silent for {one.seconds:.1f} s where the {other} is not"
        yield Difference("silence", message, one.start, one.end, in_source)
