"""Options in layers: what each part of a manifest sets, and what a target ends up with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from heygen_localize.core.checks import rules_of
from heygen_localize.core.errors import InputError, Where
from heygen_localize.core.fingerprint import LZ1_DEFAULTS, RETIRED, Json
from heygen_localize.core.model import Media, Target
from heygen_localize.core.option import Layer, Option
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.places import Trail
from heygen_localize.manifest.sources import SourceResolver, share_page_of, web_address
from heygen_localize.manifest.templates import Values, address_of, read_template
from heygen_localize.media import Role

PROOFREAD = "proofread"
CHECKS = "checks"

SETTINGS: Mapping[str, Json] = MappingProxyType(
    {
        "kind": "translation",
        CHECKS: None,
        "publish_after": None,
        "enable_caption": False,
        "title": None,
        "callback_url": None,
        "callback_id": None,
        "folder_id": None,
        "revision": 1,
        "identity": None,
        "skip": None,
        "duration": None,
        "protect": False,
        "team": None,
        "priority": 0,
        "canary": None,
        "not_before": None,
        "job": None,
        PROOFREAD: False,
    }
)
"""What does not belong to `fingerprint.LZ1_DEFAULTS`, with its default."""

TEMPLATED = frozenset({"title", "callback_url", "callback_id", "audio", "srt"})

_GLOSSARY = "brand_glossary_id"
LEGACY_GLOSSARY = "brand_voice_id"
_DEFAULTS: Mapping[str, Json] = MappingProxyType(
    {**LZ1_DEFAULTS, **SETTINGS, LEGACY_GLOSSARY: None}
)

Options = Mapping[str, Option]

BUILT_IN: Options = MappingProxyType(
    {name: Option(name, value, Layer.BUILT_IN) for name, value in _DEFAULTS.items()}
)


def read_options(
    document: Document, trail: Trail, layer: Layer, diagnostics: Diagnostics
) -> Options:
    """Read the options that stand at a trail; other keys there are left alone.

    `null` unsets: it gives the built-in default, with the place of the `null`.
    """
    options: dict[str, Option] = {}
    for name, value in as_mapping(document.get(trail)).items():
        if name not in _DEFAULTS:
            continue
        where = document.at((*trail, name))
        if value is None:
            options[name] = Option(name, _DEFAULTS[name], Layer.BUILT_IN, where)
            continue
        if name in RETIRED:
            diagnostics.warn(
                "option_deprecated",
                f"{name} changes nothing any more: HeyGen makes captions of every job, and "
                "calls the option deprecated and ignored",
                where,
                "take it out; no video is rendered anew for it, and pull brings the captions",
            )
        if name in TEMPLATED and not _is_template(document, (*trail, name), value, diagnostics):
            # It stands here all the same: what needs it is not told to miss it.
            options[name] = Option(name, None, layer, where)
            continue
        if name == PROOFREAD:
            value, where = _read_proofread(document, (*trail, name), value, diagnostics)
        options[name] = Option(name, value, layer, where)
    return _both_names_unset(options)


def _read_proofread(
    document: Document, trail: Trail, value: Json, diagnostics: Diagnostics
) -> tuple[Json, Where]:
    """Return the option without a path that is no template, and the place of what sets the path."""
    place = (*trail, "srt")
    given = as_mapping(value)
    if given.get("srt") is None:
        return value, document.at(trail)
    if _is_template(document, place, given["srt"], diagnostics):
        return value, document.at(place)
    # Still on: what does not go with it is to be told as well.
    return {name: member for name, member in given.items() if name != "srt"}, document.at(trail)


def _is_template(document: Document, trail: Trail, value: Json, diagnostics: Diagnostics) -> bool:
    """Return whether a value is a template; one that is none is told, and counts as taken out."""
    try:
        read_template(str(value))
    except InputError as mistake:
        diagnostics.mistake(mistake, document.at(trail))
        document.count_as_broken(trail)
        return False
    return True


def _both_names_unset(options: dict[str, Option]) -> Options:
    """Let `null` under one name of the glossary unset the other one of a farther layer too."""
    for name, other in ((_GLOSSARY, LEGACY_GLOSSARY), (LEGACY_GLOSSARY, _GLOSSARY)):
        if name in options and options[name].value is None and other not in options:
            unset = options[name]
            options[other] = Option(other, None, unset.layer, unset.where)
    return options


def setting(target: Target, name: str) -> Option:
    """Return an option of `SETTINGS` as a target has it."""
    return next(option for option in target.settings if option.name == name)


def overlaid(*layers: Options) -> dict[str, Option]:
    """Put layers over the built-in defaults, the nearest last."""
    merged = dict(BUILT_IN)
    for layer in layers:
        farther = merged[CHECKS].value
        merged.update(layer)
        nearer = merged[CHECKS]
        if CHECKS in layer and isinstance(farther, dict) and isinstance(nearer.value, dict):
            # Rule by rule: a video that is held otherwise in one is held as all in the others.
            merged[CHECKS] = replace(nearer, value={**farther, **nearer.value})
    return merged


def agreed(overlaid: Options) -> dict[str, Option]:
    """Return the options of a target, by their present names.

    Raises:
        InputError: both names of the glossary are set, a part of the video is wanted that ends
            before it starts, or thresholds of checks contradict each other.
    """
    merged = dict(overlaid)
    legacy = merged.pop(LEGACY_GLOSSARY)
    if legacy.value is not None:
        if merged[_GLOSSARY].value is not None:
            raise InputError(
                "glossary_twice",
                f"{LEGACY_GLOSSARY} is the old name of {_GLOSSARY}, and both are set "
                f"({merged[_GLOSSARY].where} and {legacy.where})",
                f"keep {_GLOSSARY}",
                _nearer(legacy, merged[_GLOSSARY]).where,
            )
        merged[_GLOSSARY] = Option(_GLOSSARY, legacy.value, legacy.layer, legacy.where)
    _check_times(merged["start_time"], merged["end_time"])
    _check_rules(merged[CHECKS])
    return merged


def _check_rules(checks: Option) -> None:
    if isinstance(checks.value, dict):
        try:
            rules_of(checks.value)
        except InputError as mistake:
            told = mistake.first
            raise InputError(told.code, told.message, told.hint, checks.where) from None


def _check_times(start: Option, end: Option) -> None:
    first = start.value if isinstance(start.value, (int, float)) else 0
    if isinstance(end.value, (int, float)) and first >= end.value:
        raise InputError(
            "times_reversed",
            f"start_time ({first}) should be before end_time ({end.value})",
            "both are seconds from the beginning of the source",
            _nearer(start, end).where,
        )


def _nearer(one: Option, other: Option) -> Option:
    order = [*Layer]
    return max(other, one, key=lambda option: order.index(option.layer))


_LONGEST_CALLBACK_ID = 200
"""Characters; with the mark before it, it stays below the 255 that receivers often keep."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MEDIA = {"audio": Role.AUDIO, "srt": Role.SUBTITLES}
_NEEDS = (("srt_role", "srt"), ("fps_mode", "audio"))


class OptionRenderer(Struct, frozen=True):
    """Fills in the options of one target after another; mistakes go to `diagnostics`.

    With `loopback`, callbacks may go to this machine by plain http.
    """

    resolver: SourceResolver
    diagnostics: Diagnostics
    loopback: bool
    _idle: dict[Where, tuple[str, str]] = field(default_factory=dict)
    _useful: set[Where] = field(default_factory=set)

    def fill(
        self, templated: Iterable[Option], values: Values
    ) -> tuple[dict[str, Media], dict[str, Option]] | None:
        """Fill in templates; return the media that `audio` and `srt` name, and what changed.

        Their options then hold the identity of the media. None where there were
        mistakes.
        """
        media: dict[str, Media] = {}
        filled: dict[str, Option] = {}
        sound = True
        for option in templated:
            name = option.name
            try:
                text = self._text(name, str(option.value), values)
                if name in _MEDIA:
                    media[name] = self.resolver.find(text, role=_MEDIA[name])
                    page = share_page_of(media[name], _MEDIA[name])
                    if page is not None:
                        self.diagnostics.doubt(replace(page, where=option.where))
                    text = media[name].identity
            except InputError as mistake:
                self.diagnostics.of_target(mistake, option.where, address_of(values))
                sound = False
                continue
            if text != option.value:
                filled[name] = Option(name, text, option.layer, option.where)
        return (media, filled) if sound else None

    def warn_of_idle_options(self) -> None:
        """Warn of options that do nothing in any target for want of another."""
        for where, (name, needed) in self._idle.items():
            if where not in self._useful:
                message = f"{name} does nothing without {needed}"
                self.diagnostics.warn("option_idle", message, where)

    def _text(self, name: str, value: str, values: Values) -> str:
        template = read_template(value)
        if name in _MEDIA:
            return template.render_path(values)
        text = template.render(values)
        if name == "callback_url":
            web_address(text, loopback=self.loopback)
        if name == "callback_id" and (len(text) > _LONGEST_CALLBACK_ID or _CONTROL.search(text)):
            raise InputError(
                "callback_id_invalid",
                f"callback_id should be one line of at most {_LONGEST_CALLBACK_ID} characters, "
                f"and here is one of {len(text)}",
            )
        return text

    def note_idle(self, options: Options) -> None:
        """Note which options of a target do nothing for want of another."""
        for name, needed in _NEEDS:
            if options[name].value is None:
                continue
            if options[needed].value is None and options[needed].layer is Layer.BUILT_IN:
                self._idle[options[name].where] = (name, needed)
            else:
                self._useful.add(options[name].where)
