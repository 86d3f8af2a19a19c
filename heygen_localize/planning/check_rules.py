"""What is wrong with a dubbed file, rule by rule, from what it was measured to be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from heygen_localize.core.checks import (
    ANY_LENGTH,
    SAME_LENGTH,
    Rule,
    Rules,
    RuleSetting,
    Severity,
)
from heygen_localize.core.measurement import MediaSummary, Place, Stretch, expected_language
from heygen_localize.planning.check import Finding, Subject
from heygen_localize.planning.comparison import (
    other_rate,
    other_shape,
    smaller,
)

_LEAST_DIFFERENCE = 0.5
"""Seconds by which a length may always differ: containers round, and end on whole frames."""


class _Broken(Struct, frozen=True):
    """What is wrong; it is as grave as the rule, unless it says how grave it is itself."""

    message: str
    at: float | None = None
    until: float | None = None
    severity: Severity | None = None


def findings(subject: Subject, rules: Rules) -> tuple[Finding, ...]:
    """Return what is wrong with a target's files, in the order of the rules and of time."""
    found: list[Finding] = []
    for rule, judge in _JUDGES.items():
        setting = rules[rule]
        if setting.severity is Severity.OFF:
            continue
        found += (
            Finding(
                rule, broken.severity or setting.severity, broken.message, broken.at, broken.until
            )
            for broken in judge(subject, setting)
        )
    return tuple(found)


def _decodes(subject: Subject, _: RuleSetting) -> Iterator[_Broken]:
    at = subject.file.broke_at
    if at is not None:
        yield _Broken(f"cannot be decoded beyond {at:.1f} s", at)
    elif subject.file.errors:
        yield _Broken(f"{subject.file.errors} parts of it cannot be decoded")


def _streams(subject: Subject, _: RuleSetting) -> Iterator[_Broken]:
    if subject.file.audio is None:
        yield _Broken("it has no sound")
    if subject.file.video is None and not subject.expected.sound_alone:
        yield _Broken("it has no picture")


def _duration(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    wanted, found = subject.expected.seconds, subject.file.seconds
    if wanted is None and subject.source is not None:
        wanted = subject.source.seconds
    video, audio = subject.file.video, subject.file.audio
    share = setting.threshold("tolerance")
    if share is None:
        share = ANY_LENGTH if subject.expected.dynamic else SAME_LENGTH
    if wanted is not None:
        allowed = max(share * wanted, _LEAST_DIFFERENCE)
        if abs(found - wanted) > allowed:
            yield _Broken(
                f"it is {found:.1f} s long, the source {wanted:.1f} s: more than "
                f"{allowed:.1f} s apart"
            )
    if video is not None and audio is not None:
        allowed = max(SAME_LENGTH * found, _LEAST_DIFFERENCE)
        if abs(video.seconds - audio.seconds) > allowed:
            yield _Broken(
                f"its picture is {video.seconds:.1f} s long and its sound {audio.seconds:.1f} s",
                min(video.seconds, audio.seconds),
            )


def _picture(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    yield from _unlike_source(subject, setting)
    video = subject.file.video
    if video is None:
        return
    sizes = (("min_width", video.width, "wide"), ("min_height", video.height, "high"))
    for name, found, word in sizes:
        least = setting.threshold(name)
        if least is not None and found < least:
            yield _Broken(f"it is {found} pixels {word}, {least:g} are wanted at least")
    rate = video.frame_rate
    least, most = setting.threshold("min_frame_rate"), setting.threshold("max_frame_rate")
    if rate is None:
        return
    if least is not None and rate < least:
        yield _Broken(f"it has {rate:g} frames a second, {least:g} are wanted at least")
    if most is not None and rate > most:
        yield _Broken(f"it has {rate:g} frames a second, {most:g} are wanted at most")


def _unlike_source(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    if subject.source is None or setting.like_source is Severity.OFF:
        return
    for differs in (smaller, other_shape, other_rate):
        told = differs(subject.source, subject.file)
        if told is not None:
            yield _Broken(f"it {told}", severity=setting.like_source)


def _sound(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    audio = subject.file.audio
    if audio is None:
        return
    sizes = (
        ("min_channels", audio.channels, "channels"),
        ("min_sample_rate", audio.sample_rate, "samples a second"),
    )
    for name, found, word in sizes:
        wanted = setting.threshold(name)
        if wanted is not None and found < wanted:
            yield _Broken(f"it has {found} {word}, {wanted:g} are wanted at least")
    source = subject.source.audio if subject.source is not None else None
    same = source is not None and source.channels == audio.channels
    for channel in audio.silent_channels:
        if source is None or not same or channel not in source.silent_channels:
            yield _Broken(f"channel {channel} of {audio.channels} is silent")
    least = setting.threshold("min_correlation")
    if least is not None and audio.correlation is not None and audio.correlation < least:
        yield _Broken("its two channels cancel each other out where they are played as one")


def _loudness(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    loudness = subject.file.loudness
    if loudness is None:
        return
    target, tolerance = setting.threshold("target"), setting.threshold("tolerance") or 0.0
    whole, peak = loudness.integrated, loudness.true_peak
    if target is not None and whole is None:
        yield _Broken(f"it is too quiet to measure, {target:g} LUFS are wanted")
    elif target is not None and whole is not None and abs(whole - target) > tolerance:
        yield _Broken(f"its loudness is {whole:.1f} LUFS, {target:g} ± {tolerance:g} are wanted")
    most = setting.threshold("max_true_peak")
    if most is not None and peak is not None and peak > most:
        yield _Broken(f"its true peak is {peak:.1f} dBTP, {most:g} are allowed")


def _clipping(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    clipping, most = subject.file.clipping, setting.threshold("max_share")
    if clipping is None or most is None or clipping.share <= most:
        return
    at = clipping.moments[0] if clipping.moments else None
    yield _Broken(f"{clipping.share:.2%} of its samples are clipped", at)


def _silence(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    return _stretches(subject.file, subject.file.silence, setting, "silent")


def _black(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    return _stretches(subject.file, subject.file.black, setting, "black")


_TOLD_PLACES = {
    Place.START: "at the start",
    Place.END: "at the end",
    Place.WITHIN: "in a row",
}


def _stretches(
    file: MediaSummary, stretches: tuple[Stretch, ...], setting: RuleSetting, word: str
) -> Iterator[_Broken]:
    for one in stretches:
        place = one.place(file.seconds)
        if place is Place.WHOLE:
            yield _Broken(f"all of it is {word}", one.start, one.end)
            continue
        told = _TOLD_PLACES[place]
        most = setting.threshold(place.value)
        if most is not None and one.seconds > most:
            yield _Broken(
                f"{one.seconds:.1f} s are {word} {told}, {most:g} are allowed", one.start, one.end
            )


def _frozen(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    most = setting.threshold("longest")
    for one in subject.file.frozen:
        if most is not None and one.seconds > most:
            yield _Broken(
                f"the picture stands still for {one.seconds:.1f} s, {most:g} are allowed",
                one.start,
                one.end,
            )


def _caption_timing(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    captions = subject.captions
    if captions is None:
        return
    most = setting.threshold("max_offset")
    offset = captions.offset
    if most is not None and offset is not None and abs(offset) > most:
        word = "after" if offset > 0 else "before"
        yield _Broken(
            f"the first caption comes {abs(offset):.1f} s {word} speech begins, "
            f"{most:g} are allowed",
            captions.first_cue,
        )
    if not captions.cues:
        yield _Broken("its captions hold no cue that can be read")
    share = setting.threshold("max_in_silence")
    if share is not None and captions.in_silence is not None and captions.in_silence > share:
        yield _Broken(f"{captions.in_silence:.0%} of the captions stand where nobody speaks")
    longest = setting.threshold("max_overlap")
    if longest is not None and captions.overlap > longest:
        yield _Broken(
            f"two captions are shown at once for {captions.overlap:.1f} s, {longest:g} are allowed",
            captions.overlap_at,
        )
    end = captions.last_cue
    if most is not None and end is not None and end > subject.file.seconds + most:
        yield _Broken(f"the captions end {end - subject.file.seconds:.1f} s after the video", end)


def _caption_language(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    captions, least = subject.captions, setting.threshold("min_probability")
    if captions is None or captions.language is None or captions.probability is None:
        return
    if least is None or captions.probability < least:
        return
    ordered = subject.expected.language
    wanted = expected_language(ordered)
    if wanted is not None and wanted != captions.language:
        yield _Broken(f"the captions are in {captions.language}, {ordered} was ordered")


def _caption_reading(subject: Subject, setting: RuleSetting) -> Iterator[_Broken]:
    captions = subject.captions
    if captions is None:
        return
    most, longest = setting.threshold("max_speed"), setting.threshold("max_line_length")
    if most is not None and captions.fastest is not None and captions.fastest > most:
        yield _Broken(
            f"caption {captions.fastest_cue} asks to read {captions.fastest:.0f} characters a "
            f"second, {most:g} are allowed"
        )
    if longest is not None and captions.longest_line > longest:
        yield _Broken(
            f"caption {captions.longest_line_cue} has a line of {captions.longest_line} "
            f"characters, {longest:g} are allowed"
        )


_JUDGES: dict[Rule, Callable[[Subject, RuleSetting], Iterator[_Broken]]] = {
    Rule.DECODES: _decodes,
    Rule.STREAMS: _streams,
    Rule.DURATION: _duration,
    Rule.PICTURE: _picture,
    Rule.SOUND: _sound,
    Rule.LOUDNESS: _loudness,
    Rule.CLIPPING: _clipping,
    Rule.SILENCE: _silence,
    Rule.BLACK: _black,
    Rule.FROZEN: _frozen,
    Rule.CAPTION_TIMING: _caption_timing,
    Rule.CAPTION_LANGUAGE: _caption_language,
    Rule.CAPTION_READING: _caption_reading,
}
