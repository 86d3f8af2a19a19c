"""What decides a target's pixels and sound, hashed; and the mark that says whose a job is.

The scheme is frozen: an option that a later version learns joins `LZ1_DEFAULTS`
with HeyGen's default, so that no fingerprint already in a lockfile moves.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from json.encoder import encode_basestring as quoted
from types import MappingProxyType

import rfc8785
from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.job_kind import JobKind

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

SCHEME = "lz1"

LZ1_DEFAULTS: Mapping[str, Json] = MappingProxyType(
    {
        "mode": "speed",
        "input_language": None,
        "speaker_num": None,
        "translate_audio_only": False,
        "enable_dynamic_duration": True,
        "disable_music_track": False,
        "enable_speech_enhancement": False,
        "enable_watermark": False,
        "keep_the_same_format": None,
        "start_time": None,
        "end_time": None,
        "brand_glossary_id": None,
        "stock_voice_config": None,
        "audio": None,
        "srt": None,
        "srt_role": None,
        "fps_mode": None,
    }
)
"""Every option that changes the output, with the default it had when `lz1` was frozen.

Source: docs/vendor/heygen-v3.openapi.yaml, `videoTranslateCreate`.
"""

LIPSYNC_DEFAULTS: Mapping[str, Json] = MappingProxyType(
    {
        name: LZ1_DEFAULTS[name]
        for name in (
            "mode",
            "enable_dynamic_duration",
            "disable_music_track",
            "enable_speech_enhancement",
            "enable_watermark",
            "keep_the_same_format",
            "start_time",
            "end_time",
            "audio",
            "fps_mode",
        )
    }
)
"""Those of them that a lip sync has, with the same defaults.

Source: docs/vendor/heygen-v3.openapi.yaml, `lipsyncCreate`.
"""

_DEFAULTS = {JobKind.TRANSLATION: LZ1_DEFAULTS, JobKind.LIPSYNC: LIPSYNC_DEFAULTS}

RETIRED: Mapping[str, Json] = MappingProxyType({"enable_caption": True})
"""Options that change no output any more, with what older fingerprints were made with.

Source: docs/vendor/changes-2026-11.md, "Translations and captions": captions are always made.
"""

_COUNTS_ONLY_WITH = {"srt_role": "srt", "fps_mode": "audio"}
"""Options that do nothing without another (docs/vendor/behaviour.md, "Video translations")."""

_MARK = re.compile(r"(lz[0-9]+):([a-z0-9-]{1,40}):([0-9a-f]{32})(\+?)(?::|\Z)")


class Spec(Struct, frozen=True):
    """What decides the pixels and the sound of a target, and nothing else.

    `source` and the options `audio` and `srt` are identities: what stands for
    the content, not where it may be fetched today. `proofread` is what stands for
    the subtitles that it is rendered from, where people review them first. A lip sync has
    no language: it is made from a video and a sound, whatever is spoken there.
    """

    language: str
    source: str
    revision: int
    options: Mapping[str, Json]
    proofread: str | None = None
    kind: JobKind = JobKind.TRANSLATION


class Mark(Struct, frozen=True):
    """The start of every `callback_id` that we send: scheme, project, fingerprint."""

    scheme: str
    project: str
    digest: str

    @classmethod
    def of(cls, project: str, fingerprint: str) -> Mark:
        """Make the mark of a fingerprint (64 hex) in a project."""
        return cls(SCHEME, project, fingerprint[:32])

    @classmethod
    def parse(cls, callback_id: str | None) -> Mark | None:
        """Read the mark at the start of a `callback_id`; None where there is none of ours."""
        found = _MARK.match(callback_id or "")
        return cls(*found.groups()[:3]) if found else None

    @property
    def content(self) -> tuple[str, str]:
        """What was ordered, whatever the project was called."""
        return self.scheme, self.digest

    def __str__(self) -> str:
        return f"{self.scheme}:{self.project}:{self.digest}"

    def in_place_of_older(self) -> str:
        """Return the mark with the sign that `--replace` sends.

        It is in the account that the sign has to be: whoever has no lockfile, or another one,
        must not take the older job to be the one that stays.
        """
        return f"{self}+"


def stands_before_older(callback_id: str | None) -> bool:
    """Return whether older jobs of the content give way to the one of this `callback_id`."""
    if callback_id is None or "+" not in callback_id:
        return False
    found = _MARK.match(callback_id)
    return found is not None and bool(found[4])


def fingerprint(spec: Spec) -> str:
    """Hash a spec: 64 hex digits that stay the same for as long as the output would.

    Raises:
        ValueError: an option that is not in the table, or a number that JSON
            cannot carry exactly.
    """
    return fingerprints(spec)[0]


def fingerprints(spec: Spec) -> tuple[str, tuple[str, ...]]:
    """Return the fingerprint of a spec, and its older ones.

    Raises:
        ValueError: as `fingerprint`.
    """
    counted = Counted.of(spec.options, spec.kind)
    return counted.fingerprints(spec.language, spec.source, spec.revision, spec.proofread)


def older_fingerprints(spec: Spec) -> tuple[str, ...]:
    """Return what the same output was hashed to while options of `RETIRED` counted.

    Jobs and lockfiles that bear one are of this spec. Without such an option the
    fingerprint was what it is now.
    """
    counting = defaults_of(spec.kind)
    known = {name: value for name, value in spec.options.items() if name in counting}
    return fingerprints(replace(spec, options=known))[1]


def defaults_of(kind: JobKind) -> Mapping[str, Json]:
    """Return the options that change the output of a job of this kind, with their defaults."""
    return _DEFAULTS[kind]


class Counted(Struct, frozen=True):
    """Options as they are hashed, which very many targets share: canonical JSON (RFC 8785).

    `older` are those texts with each option of `RETIRED`.
    """

    now: str
    older: tuple[str, ...]
    kind: JobKind = JobKind.TRANSLATION

    @classmethod
    def of(cls, options: Mapping[str, Json], kind: JobKind = JobKind.TRANSLATION) -> Counted:
        """Write the options that count.

        Raises:
            ValueError: as `fingerprint`.
        """
        unknown = options.keys() - defaults_of(kind).keys()
        if unknown:
            raise ValueError(f"not options of the fingerprint: {', '.join(sorted(unknown))}")
        changed = changed_options(options, kind)
        # No lip sync was ever ordered while those counted.
        retired = RETIRED.items() if kind is JobKind.TRANSLATION else ()
        older = tuple(_written({**changed, name: value}) for name, value in retired)
        return cls(_written(changed), older, kind)

    def fingerprints(
        self, language: str, source: str, revision: int, proofread: str | None = None
    ) -> tuple[str, tuple[str, ...]]:
        """Return the fingerprint of a spec with these options, and its older ones."""
        small = type(revision) is int and abs(revision) < _LARGEST_EXACT
        number = revision if small else rfc8785.dumps(revision).decode()
        session = "" if proofread is None else f'"proofread":{quoted(proofread)},'
        head = f'{SCHEME}\n{{"language":{quoted(_normalised_text(language))},"options":'
        if self.kind is JobKind.LIPSYNC:
            head = f'{SCHEME} lipsync\n{{"options":'
        tail = f',{session}"revision":{number},"source":{quoted(_normalised_text(source))}}}'
        older = [_sha256(f"{head}{held}{tail}".encode()).hexdigest() for held in self.older]
        return _sha256(f"{head}{self.now}{tail}".encode()).hexdigest(), tuple(older)


_sha256 = hashlib.sha256
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_LARGEST_EXACT = 2**53


def _written(options: Mapping[str, Json]) -> str:
    """Return canonical JSON of options.

    Of names in ASCII, texts and truth values Python's own encoder writes the same, many times
    as fast.
    """
    if all(isinstance(value, (str, bool)) for value in options.values()):
        return _encode(dict(options)) if options else "{}"
    return rfc8785.dumps(dict(options)).decode()


def changed_options(
    options: Mapping[str, Json], kind: JobKind = JobKind.TRANSLATION
) -> dict[str, Json]:
    """Keep the options of a kind of job that differ from the frozen defaults, canonically."""
    changed: dict[str, Json] = {}
    defaults = defaults_of(kind)
    for name in defaults if options else ():
        value = options.get(name)
        if value is None:
            continue
        needed = _COUNTS_ONLY_WITH.get(name)
        if needed and options.get(needed) is None:
            continue
        value = _normalised(value)
        if name == "stock_voice_config":
            value = _stock_voice(value)
        if value != defaults[name]:
            changed[name] = value
    return changed


def _stock_voice(value: Json) -> Json:
    """Reduce a stock voice to what it changes: None where it only writes out the defaults."""
    if not isinstance(value, dict):
        raise ValueError("stock_voice_config is a mapping")
    reduced: dict[str, Json] = {}
    if value.get("use_stock_voice"):
        reduced["use_stock_voice"] = True
    voices = value.get("preferred_stock_voice_ids")
    if isinstance(voices, list) and voices:
        reduced["preferred_stock_voice_ids"] = [*sorted({str(voice) for voice in voices})]
    return reduced or None


def _normalised_text(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _normalised(value: Json) -> Json:
    """Write one value one way: text in NFC, a whole number without a fraction."""
    if isinstance(value, str):
        return _normalised_text(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_normalised(item) for item in value]
    if isinstance(value, dict):
        return {str(_normalised(key)): _normalised(item) for key, item in value.items()}
    return value
