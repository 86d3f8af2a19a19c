"""What a dubbed file is held against: rules, how grave each is, and their thresholds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from heygen_localize.core.errors import InputError


class Severity(Enum):
    """What comes of a rule that a file breaks."""

    ERROR = "error"
    WARN = "warn"
    OFF = "off"


class Rule(Enum):
    """What is looked at, by the names that the manifest has for it."""

    DECODES = "decodes"
    STREAMS = "streams"
    DURATION = "duration"
    PICTURE = "picture"
    SOUND = "sound"
    LOUDNESS = "loudness"
    CLIPPING = "clipping"
    SILENCE = "silence"
    BLACK = "black"
    FROZEN = "frozen"
    CAPTION_TIMING = "caption_timing"
    CAPTION_LANGUAGE = "caption_language"
    CAPTION_READING = "caption_reading"


class RuleSetting(Struct, frozen=True):
    """How one rule is held; a threshold that is None holds nothing.

    `like_source` is how grave it is where the file is otherwise than its source, as far as the
    rule looks at that.
    """

    severity: Severity
    thresholds: Mapping[str, float | None] = field(default_factory=dict)
    like_source: Severity = Severity.OFF

    def threshold(self, name: str) -> float | None:
        """Return a threshold of the rule."""
        return self.thresholds[name]


DEFAULTS: Mapping[Rule, RuleSetting] = MappingProxyType(
    {
        Rule.DECODES: RuleSetting(Severity.ERROR),
        Rule.STREAMS: RuleSetting(Severity.ERROR),
        Rule.DURATION: RuleSetting(Severity.ERROR, {"tolerance": None}),
        Rule.PICTURE: RuleSetting(
            Severity.ERROR,
            {
                "min_width": None,
                "min_height": None,
                "min_frame_rate": None,
                "max_frame_rate": None,
            },
            Severity.WARN,
        ),
        Rule.SOUND: RuleSetting(
            Severity.WARN,
            {"min_channels": None, "min_sample_rate": None, "min_correlation": -0.5},
        ),
        Rule.LOUDNESS: RuleSetting(
            Severity.WARN, {"target": None, "tolerance": 2.0, "max_true_peak": None}
        ),
        Rule.CLIPPING: RuleSetting(Severity.WARN, {"max_share": 0.001}),
        Rule.SILENCE: RuleSetting(Severity.WARN, {"start": 3.0, "end": 5.0, "within": 8.0}),
        Rule.BLACK: RuleSetting(Severity.WARN, {"start": 1.0, "end": 3.0, "within": 1.0}),
        Rule.FROZEN: RuleSetting(Severity.WARN, {"longest": 10.0}),
        Rule.CAPTION_TIMING: RuleSetting(
            Severity.WARN, {"max_offset": 2.0, "max_in_silence": 0.3, "max_overlap": 0.5}
        ),
        Rule.CAPTION_LANGUAGE: RuleSetting(Severity.ERROR, {"min_probability": 0.9}),
        Rule.CAPTION_READING: RuleSetting(
            Severity.WARN, {"max_speed": 25.0, "max_line_length": 84.0}
        ),
    }
)
"""How each rule is held where the manifest says nothing.

Times in seconds, loudness in LUFS and LU, peaks in dBTP, speed in characters a second. A
`tolerance` of `duration` is a share of the source's length; unset, it is 0.3 where the length
may follow the speech (`enable_dynamic_duration`), else 0.02. HeyGen promises no picture as the
source has it unless `keep_the_same_format` asks for one, so that is a warning.
"""

ANY_LENGTH, SAME_LENGTH = 0.3, 0.02
"""Shares of the source's length by which a dub may differ, where nothing else is said."""


class Rules(Struct, frozen=True):
    """How every rule is held for a target."""

    settings: Mapping[Rule, RuleSetting] = DEFAULTS

    def __getitem__(self, rule: Rule) -> RuleSetting:
        return self.settings[rule]


def rules_of(given: Mapping[str, object]) -> Rules:
    """Return the rules that a manifest's `checks` makes of the defaults.

    A value is a severity, or a mapping of `severity` and thresholds; what is not said, or null,
    is as by default. `given` fits the schema.

    Raises:
        InputError: thresholds that contradict each other.
    """
    if not given:
        return Rules()
    settings = dict(DEFAULTS)
    for name, value in given.items():
        rule = Rule(name)
        settings[rule] = _changed(settings[rule], value)
    _refuse_contradictions(settings)
    return Rules(settings)


def _changed(setting: RuleSetting, value: object) -> RuleSetting:
    if value is None:
        return setting
    if isinstance(value, str):
        return replace(setting, severity=Severity(value))
    said = {name: one for name, one in dict(_mapping(value)).items() if one is not None}
    thresholds = dict(setting.thresholds)
    thresholds.update({name: one for name, one in said.items() if isinstance(one, (int, float))})
    words = {name: Severity(one) for name, one in said.items() if isinstance(one, str)}
    return replace(setting, thresholds=thresholds, **words)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _refuse_contradictions(settings: Mapping[Rule, RuleSetting]) -> None:
    picture = settings[Rule.PICTURE].thresholds
    least, most = picture["min_frame_rate"], picture["max_frame_rate"]
    if least is not None and most is not None and least > most:
        raise InputError(
            "checks_contradict",
            f"checks.picture.min_frame_rate ({least:g}) is above max_frame_rate ({most:g})",
            "no video could be right",
        )
    loudness = settings[Rule.LOUDNESS].thresholds
    target, peak = loudness["target"], loudness["max_true_peak"]
    if target is not None and peak is not None and peak < target:
        raise InputError(
            "checks_contradict",
            f"checks.loudness.max_true_peak ({peak:g} dBTP) is below the target ({target:g} LUFS)",
            "a peak is louder than the whole",
        )
