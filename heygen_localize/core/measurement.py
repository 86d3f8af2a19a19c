"""What a dubbed file was measured to be: pictures, sound, captions. Pure.

Every number is rounded, so that two machines write the same one: decoders and filters may differ
in the last bits (other vector instructions, other versions of FFmpeg), and people hear or see
none of it. Times are rounded to 0.1 s, loudness to 0.1 LU, peaks to 0.1 dB, frame rates to 0.001
a second, shares to 0.001. Only a value that lies on the border between two may still differ.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

MEASURING = 2
"""Counts up where the same file would be measured otherwise: older measurements are made anew."""

SHORTEST_SILENCE = 0.5
"""Seconds: no stretch of silence below this is told, so no rule can ask for less."""
SHORTEST_BLACK = 0.5
SHORTEST_FREEZE = 2.0
SILENT_BELOW = -50.0
"""dBFS: what stays below it is silence."""

LONGEST_MEASURED = 4 * 60 * 60
"""Seconds; longer files are refused, so that a measurement is always one of the whole file."""

MOST_STRETCHES = 2_000
MOST_MOMENTS = 20
MOST_POINTS = 600
MOST_CHANNELS = 64
SUMMARY_STRETCHES = 10
SUMMARY_MOMENTS = 3

_EDGE = 0.2
"""Seconds from the beginning or the end that a stretch may be away from it, and still be there."""

Seconds = Annotated[float, Meta(ge=0, le=1e6)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=10**12)]
Name = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]{1,40}\Z")]
Decibels = Annotated[float, Meta(ge=-200, le=200)]


class Place(Enum):
    """Where in a file a stretch is."""

    WHOLE = "whole"
    START = "start"
    END = "end"
    WITHIN = "within"


class Stretch(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A part of a file, from one moment to another; in JSON `[start, end]`."""

    start: Seconds
    end: Seconds

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return round(self.end - self.start, 1)

    def place(self, length: float) -> Place:
        """Return where it is in a file of a length."""
        ends = self.end >= length - _EDGE
        if self.start <= _EDGE:
            return Place.WHOLE if ends else Place.START
        return Place.END if ends else Place.WITHIN


Stretches = Annotated[tuple[Stretch, ...], Meta(max_length=MOST_STRETCHES)]
FewStretches = Annotated[tuple[Stretch, ...], Meta(max_length=SUMMARY_STRETCHES)]


class VideoStream(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The pictures of a file. `frames` are those decoded, `seconds` the length they have.

    `frame_rate` is pictures a second; None where one picture has none. `variable` says that
    the time between pictures is not always the same.
    """

    codec: Name
    width: Count
    height: Count
    frames: Count
    seconds: Seconds
    frame_rate: Annotated[float, Meta(ge=0.001, le=10_000)] | None = None
    variable: bool = False


class AudioStream(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The sound of a file. `seconds` is the length of what was decoded.

    `silent_channels` are those, from 1, that stay silent throughout while another does not.
    `correlation` is that of two channels, to 0.01: 1 where they are the same, below 0 where they
    cancel each other out; None where there are not two, or one is silent.
    """

    codec: Name
    sample_rate: Count
    channels: Count
    seconds: Seconds
    silent_channels: Annotated[tuple[Count, ...], Meta(max_length=MOST_CHANNELS)] = ()
    correlation: Annotated[float, Meta(ge=-1, le=1)] | None = None


class Loudness(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """EBU R128: `integrated` in LUFS, `range` in LU, `true_peak` in dBTP.

    None where there is nothing to measure: all of it is below the gate, or it is too short.
    """

    integrated: Decibels | None = None
    range: Decibels | None = None
    true_peak: Decibels | None = None


class Clipping(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Samples at full scale: at least three in a row, as recordings that were too loud have them.

    `share` is that of all samples, to 0.000001, and `runs` are how often it happens; `moments`
    are the first ones, a second apart at least.
    """

    share: Share = 0.0
    runs: Count = 0
    moments: Annotated[tuple[Seconds, ...], Meta(max_length=MOST_MOMENTS)] = ()


class MediaSummary(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A media file as it was found, decoded from its beginning to its end: what rules look at.

    Attributes:
        seconds: The length: what its container says, else what was decoded.
        video: Its pictures; None where it has none.
        audio: Its sound; None where it has none.
        broke_at: Where decoding failed, or the file ended before it should; None where it
            could be decoded to its end.
        errors: How many packets could not be decoded; those behind the first may be more
            or less by another version of FFmpeg.
        loudness: None where there is no sound.
        clipping: None where there is no sound.
        silence: From SHORTEST_SILENCE on, below SILENT_BELOW.
        black: Pictures that are black, from SHORTEST_BLACK on.
        frozen: Pictures that do not change, from SHORTEST_FREEZE on. Slides and title cards are
            so by design; what the source has too is no defect.
    """

    seconds: Seconds
    video: VideoStream | None = None
    audio: AudioStream | None = None
    broke_at: Seconds | None = None
    errors: Count = 0
    loudness: Loudness | None = None
    clipping: Clipping | None = None
    silence: FewStretches = ()
    black: FewStretches = ()
    frozen: FewStretches = ()

    @property
    def complete(self) -> bool:
        """Whether it could be decoded to its end."""
        return self.broke_at is None


class Measurement(MediaSummary, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """All that a media file was measured to be.

    Attributes:
        speech: Where it is about as loud as speech in this file, by its energy in the band
            of voices alone: music or noise counts too, so this is a rough envelope.
        waveform: Peaks of equal parts of the length, 0 to 100; at most MOST_POINTS.
    """

    silence: Stretches = ()
    black: Stretches = ()
    frozen: Stretches = ()
    speech: Stretches = ()
    waveform: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=100)], ...], Meta(max_length=MOST_POINTS)
    ] = ()

    @property
    def speech_onset(self) -> float | None:
        """When speech, or what is as loud, begins; None where there is none."""
        return self.speech[0].start if self.speech else None

    def summary(self) -> MediaSummary:
        """Return what a lockfile keeps, and rules look at: the longest stretches of each kind.

        Of each place the longest stays: whether a rule is broken follows from it.
        """
        clipping = self.clipping and replace(
            self.clipping, moments=self.clipping.moments[:SUMMARY_MOMENTS]
        )
        return MediaSummary(
            self.seconds,
            self.video,
            self.audio,
            self.broke_at,
            self.errors,
            self.loudness,
            clipping,
            _longest(self.silence, self.seconds),
            _longest(self.black, self.seconds),
            _longest(self.frozen, self.seconds),
        )


class CaptionMeasurement(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Captions as they were found, beside the sound that they belong to.

    Attributes:
        cues: How many there are.
        first_cue: When the first is shown; None where there is no cue.
        last_cue: When the last ends.
        overlap: The most seconds by which a cue begins before the one before it ends.
        overlap_at: When that is; None where no two overlap.
        offset: Seconds from the onset of speech to the first cue, below 0 where the cue is
            early; None without either.
        in_silence: The share of cues with no speech in any part of them; None without sound.
        fastest: The most characters a second that a cue asks to be read, to 0.1.
        fastest_cue: Which one that is, from 1.
        longest_line: Characters of the longest line.
        longest_line_cue: The cue that has it.
        language: What they are written in, as `language_group` names it; None where there
            is too little text to tell.
        probability: How sure that is, to 0.01.
    """

    cues: Count
    first_cue: Seconds | None = None
    last_cue: Seconds | None = None
    offset: Annotated[float, Meta(ge=-1e6, le=1e6)] | None = None
    in_silence: Share | None = None
    fastest: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    fastest_cue: Count | None = None
    longest_line: Count = 0
    longest_line_cue: Count | None = None
    language: Name | None = None
    probability: Share | None = None
    overlap: Seconds = 0.0
    overlap_at: Seconds | None = None


def _longest(stretches: tuple[Stretch, ...], length: float) -> tuple[Stretch, ...]:
    by_length = sorted(stretches, key=lambda one: (-one.seconds, one.start))
    first: dict[Place, Stretch] = {}
    for one in by_length:
        first.setdefault(one.place(length), one)
    kept = list(first.values())
    kept += [one for one in by_length if one not in kept][: SUMMARY_STRETCHES - len(kept)]
    return tuple(sorted(kept, key=lambda one: (one.start, one.end)))


LANGUAGES_TOLD = frozenset(
    (
        *("af", "am", "ar", "az", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es"),
        *("et", "eu", "fa", "fi", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id"),
        *("is", "it", "ja", "jv", "ka", "kk", "km", "kn", "ko", "lo", "lt", "lv", "mk", "ml"),
        *("mn", "mr", "mt", "my", "ne", "nl", "no", "pl", "ps", "pt", "ro", "ru", "si", "sk"),
        *("sl", "so", "sq", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi"),
        *("zh", "zu"),
    )
)
"""What captions are told apart by: HeyGen's languages that py3langid knows, groups as one."""

_GROUPS = {
    **dict.fromkeys(("nb", "nn"), "no"),
    **dict.fromkeys(("bs", "sr", "sh"), "hr"),
    "ms": "id",
    **dict.fromkeys(("cmn", "yue", "wuu", "cjy", "cpx", "hak", "nan"), "zh"),
    **dict.fromkeys(("arz", "ary", "apc", "arb"), "ar"),
    "fil": "tl",
    "uzs": "uz",
    "jw": "jv",
    "iw": "he",
    "in": "id",
}


def language_group(tag: str) -> str:
    """Return what a language is told as: languages written almost alike have one name.

    A text cannot say whether it is Bosnian, Croatian or Serbian in Latin letters, Indonesian or
    Malay, and where Spanish or Chinese is spoken.
    """
    language = tag.replace("_", "-").split("-")[0].lower()
    return _GROUPS.get(language, language)


def expected_language(tag: str) -> str | None:
    """Return what captions in a target's language are told as; None where nothing can tell."""
    group = language_group(tag)
    return group if group in LANGUAGES_TOLD else None
