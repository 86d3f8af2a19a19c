"""Fingerprints never move, and marks tell whose a job is."""

from __future__ import annotations

import hashlib
import unicodedata
from types import MappingProxyType

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core import fingerprint as module
from heygen_localize.core.fingerprint import (
    LIPSYNC_DEFAULTS,
    LZ1_DEFAULTS,
    Json,
    Mark,
    Spec,
    changed_options,
    fingerprint,
    older_fingerprints,
)
from heygen_localize.core.job_kind import JobKind

URL = "https://cdn.example.com/intro.mp4"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ACCENTS = "\u00e9te\u0301-\ud55c\uad6d"


def spec(
    options: dict[str, Json] | None = None,
    language: str = "es-MX",
    source: str = URL,
    revision: int = 1,
) -> Spec:
    return Spec(language, source, revision, options or {})


# These stand in lockfiles and in the accounts of users. They must never change: a
# digest that moves makes every team pay for every video again. A new option of a
# later version joins LZ1_DEFAULTS with the vendor's default, and this table stays.
GOLDEN = {
    "plain": (spec(), "9b47ec922223cf015d71cf95338ec8b4df8aeccf38b3f16f92c5fef590780168"),
    "another language": (
        spec(language="klingon-slug"),
        "109b2eccdc02c7893c46f08a1807a171f6ab40c0534d0e5b4fc42c2c8ea0fb21",
    ),
    "a revision": (
        spec(revision=2),
        "1a01601f11fc9755afd1bc8980d3d54fdd29c234aec0be064c23cfd41b2a85a5",
    ),
    "a file": (
        spec(source=SHA256),
        "035f86b066ed519c258ae3b4f9111cfc41edecdf98733ee6dd522e1d9622877e",
    ),
    "a source with accents": (
        spec(source=ACCENTS),
        "2e5b5571adec1ca8b1def3d09c58e72151e5209c5a640bdf00cf071cf4a7cb57",
    ),
    "precision": (
        spec({"mode": "precision"}),
        "0e9d5ff1072222cff04c567ab7a57f4405b9f37c501bc8a09d991dd8cafa5f46",
    ),
    "options of every type": (
        spec(
            {
                "input_language": "English",
                "speaker_num": 2,
                "enable_dynamic_duration": False,
                "disable_music_track": True,
                "keep_the_same_format": False,
                "start_time": 1.5,
                "end_time": 90.0,
                "brand_glossary_id": "g_ja",
            }
        ),
        "ed0b082bf99fced1a85008b1b3e112f28f7250bb8fea23e07a4b8d5ae1870adf",
    ),
    "sound and subtitles": (
        spec(
            {
                "audio": "asset_1",
                "fps_mode": "cfr",
                "srt": SHA256,
                "srt_role": "output",
            }
        ),
        "40211c4f37e8e2dccb7bd8f5d8521f81ac018e89054f63731c5db55cf59a5e27",
    ),
    "a stock voice": (
        spec(
            {
                "stock_voice_config": {
                    "use_stock_voice": True,
                    "preferred_stock_voice_ids": ["b", ACCENTS, "a", "b"],
                }
            }
        ),
        "69dfc61ea1c0a678271c3d59ba3e106b5aa895b374770496d0b8ca5fa896e029",
    ),
}


def lipsync(options: dict[str, Json]) -> Spec:
    return Spec("es-MX", URL, 1, options, kind=JobKind.LIPSYNC)


GOLDEN_LIPSYNCS = {
    "plain": (
        lipsync({"audio": "asset_1"}),
        "659e1fb0c8aee7e054e356298f1916758b385159614d4266786b253feb0b96bc",
    ),
    "options": (
        lipsync({"audio": SHA256, "mode": "precision", "fps_mode": "cfr", "end_time": 9.0}),
        "ff2feb26973e4218147503f15027fae9bb41dd5ff9ccc03ad0849494de497180",
    ),
}

# What was hashed with enable_caption: true, while HeyGen made captions only on demand.
GOLDEN_WITH_CAPTIONS = {
    "plain": "9d91fe976a45ec0f486cbe2acdfa50520b4ef12426e2fc1606a254c37fa7a682",
    "sound and subtitles": "84a03ed4bee4ff8caca8f1232cfac4512589912b4e39fe69c66287606f653e26",
}

CHANGES: dict[str, dict[str, Json]] = {
    "mode": {"mode": "precision"},
    "input_language": {"input_language": "English"},
    "speaker_num": {"speaker_num": 1},
    "translate_audio_only": {"translate_audio_only": True},
    "enable_dynamic_duration": {"enable_dynamic_duration": False},
    "disable_music_track": {"disable_music_track": True},
    "enable_speech_enhancement": {"enable_speech_enhancement": True},
    "enable_watermark": {"enable_watermark": True},
    "keep_the_same_format": {"keep_the_same_format": False},
    "start_time": {"start_time": 0},
    "end_time": {"end_time": 10},
    "brand_glossary_id": {"brand_glossary_id": "g"},
    "stock_voice_config": {"stock_voice_config": {"preferred_stock_voice_ids": ["v"]}},
    "audio": {"audio": "asset_1"},
    "srt": {"srt": "asset_2"},
    "srt_role": {"srt": "asset_2", "srt_role": "input"},
    "fps_mode": {"audio": "asset_1", "fps_mode": "cfr"},
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_fingerprints_stay(name: str) -> None:
    golden, digest = GOLDEN[name]
    assert fingerprint(golden) == digest


@pytest.mark.parametrize("name", GOLDEN_WITH_CAPTIONS)
def test_fingerprints_of_targets_with_captions_still_stand_for_them(name: str) -> None:
    golden, _ = GOLDEN[name]
    assert older_fingerprints(golden) == (GOLDEN_WITH_CAPTIONS[name],)


def test_the_recipe_is_the_one_of_the_design() -> None:
    text = (
        'lz1\n{"language":"es-MX","options":{"enable_dynamic_duration":false,"end_time":90,'
        '"stock_voice_config":{"preferred_stock_voice_ids":["a","\u00e9"],"use_stock_voice":true}},'
        f'"revision":3,"source":"{URL}"}}'
    )
    voices: Json = ["e\u0301", "a"]
    config: Json = {"use_stock_voice": True, "preferred_stock_voice_ids": voices}
    options: dict[str, Json] = {
        "stock_voice_config": config,
        "end_time": 90.0,
        "enable_dynamic_duration": False,
        "mode": "speed",
    }
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert fingerprint(spec(options, revision=3)) == expected


def test_golden_fingerprints_differ_from_each_other() -> None:
    golden = {**GOLDEN, **GOLDEN_LIPSYNCS}
    assert len({digest for _, digest in golden.values()}) == len(golden)


@pytest.mark.parametrize("name", GOLDEN_LIPSYNCS)
def test_a_golden_fingerprint_of_a_lip_sync(name: str) -> None:
    golden, digest = GOLDEN_LIPSYNCS[name]
    assert fingerprint(golden) == digest
    assert older_fingerprints(golden) == ()
    # Whatever is spoken there: HeyGen is not told.
    assert fingerprint(replace(golden, language="ja")) == digest


def test_a_lip_sync_is_hashed_in_a_scheme_of_its_own() -> None:
    document = {"options": {"audio": "asset_1"}, "revision": 1, "source": URL}
    hashed = hashlib.sha256(b"lz1 lipsync\n" + rfc8785.dumps(document)).hexdigest()
    assert hashed == GOLDEN_LIPSYNCS["plain"][1]


@pytest.mark.parametrize("name", sorted(LZ1_DEFAULTS.keys() - LIPSYNC_DEFAULTS.keys()))
def test_an_option_of_translations_is_none_of_a_lip_sync(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        fingerprint(lipsync({name: LZ1_DEFAULTS[name]}))


@pytest.mark.parametrize("name", LIPSYNC_DEFAULTS)
def test_each_option_of_a_lip_sync_counts(name: str) -> None:
    given = {"audio": "asset_1", **CHANGES[name]}
    changed = {**given, "audio": "asset_9"} if name == "audio" else given
    assert fingerprint(lipsync(changed)) != GOLDEN_LIPSYNCS["plain"][1]


def test_an_option_of_a_later_version_moves_no_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    later = MappingProxyType({"a_new_option": "usual", **LZ1_DEFAULTS, "zoom": None})
    monkeypatch.setitem(module._DEFAULTS, JobKind.TRANSLATION, later)
    for golden, digest in GOLDEN.values():
        assert fingerprint(golden) == digest
        written_out = {**golden.options, "a_new_option": "usual", "zoom": None}
        assert fingerprint(spec(written_out, golden.language, golden.source, golden.revision)) == (
            digest
        )
        changed = {**golden.options, "a_new_option": "other"}
        assert fingerprint(spec(changed, golden.language, golden.source, golden.revision)) != digest


def test_every_option_of_the_table_has_a_change_to_be_tested_with() -> None:
    assert CHANGES.keys() == LZ1_DEFAULTS.keys()


@pytest.mark.parametrize("name", LZ1_DEFAULTS)
def test_every_option_that_changes_the_output_changes_the_fingerprint(name: str) -> None:
    changed = CHANGES[name]
    without = {key: value for key, value in changed.items() if key != name}
    assert fingerprint(spec(changed)) != fingerprint(spec(without))


@pytest.mark.parametrize("name", LZ1_DEFAULTS)
def test_a_default_written_out_and_null_change_nothing(name: str) -> None:
    needed = {key: value for key, value in CHANGES[name].items() if key != name}
    assert fingerprint(spec({**needed, name: LZ1_DEFAULTS[name]})) == fingerprint(spec(needed))
    assert fingerprint(spec({**needed, name: None})) == fingerprint(spec(needed))


@pytest.mark.parametrize(("name", "needed"), [("srt_role", "srt"), ("fps_mode", "audio")])
def test_an_option_that_does_nothing_alone_counts_only_with_the_other(
    name: str, needed: str
) -> None:
    assert changed_options({name: "cfr"}) == {}
    assert changed_options({name: "cfr", needed: None}) == {}
    assert changed_options({name: "cfr", needed: "asset_1"}) == {name: "cfr", needed: "asset_1"}


@pytest.mark.parametrize(
    "idle",
    [
        {},
        {"use_stock_voice": False},
        {"use_stock_voice": False, "preferred_stock_voice_ids": []},
        {"preferred_stock_voice_ids": None},
    ],
)
def test_a_stock_voice_that_only_writes_out_its_defaults_is_none(idle: dict[str, Json]) -> None:
    assert changed_options({"stock_voice_config": idle}) == {}


def test_a_stock_voice_is_used_with_or_without_preferred_voices() -> None:
    digests = {
        fingerprint(spec({"stock_voice_config": config}))
        for config in (
            None,
            {"use_stock_voice": True},
            {"preferred_stock_voice_ids": ["a"]},
            {"use_stock_voice": True, "preferred_stock_voice_ids": ["a"]},
            {"use_stock_voice": True, "preferred_stock_voice_ids": ["a", "b"]},
        )
    }
    assert len(digests) == 5


options_of_text = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(("speed", "precision")),
        "input_language": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
        "brand_glossary_id": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
        "audio": st.text("ae\u0301\u00e9", min_size=1),
        "fps_mode": st.sampled_from(("cfr", "vfr")),
        "start_time": st.floats(0, 1e6),
        "speaker_num": st.none() | st.integers(1, 100),
        "enable_dynamic_duration": st.none() | st.booleans(),
        "stock_voice_config": st.fixed_dictionaries(
            {},
            optional={
                "use_stock_voice": st.booleans(),
                "preferred_stock_voice_ids": st.lists(
                    st.text("ae\u0301\u00e9\u212b", max_size=4), max_size=5
                ),
            },
        ),
    },
)


@given(options_of_text, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_defaults_change_nothing(
    options: dict[str, Json], random: object
) -> None:
    names = [*options]
    random.shuffle(names)  # type: ignore[attr-defined]
    shuffled = {name: options[name] for name in names}
    assert fingerprint(spec(shuffled)) == fingerprint(spec(options))
    assert fingerprint(spec({**LZ1_DEFAULTS, **options})) == fingerprint(spec(options))


@given(options_of_text, st.sampled_from(("NFC", "NFD")))
def test_the_form_of_accents_changes_nothing(options: dict[str, Json], form: str) -> None:
    def formed(value: Json) -> Json:
        if isinstance(value, str):
            return unicodedata.normalize(form, value)  # type: ignore[arg-type]
        if isinstance(value, list):
            return [formed(item) for item in value]
        if isinstance(value, dict):
            return {formed(key): formed(item) for key, item in value.items()}  # type: ignore[misc]
        return value

    written = {name: formed(value) for name, value in options.items()}
    text = unicodedata.normalize(form, ACCENTS)  # type: ignore[arg-type]
    assert fingerprint(spec(written, text, text)) == fingerprint(spec(options, ACCENTS, ACCENTS))


def test_text_that_only_looks_alike_counts() -> None:
    assert fingerprint(spec(source="\ufb01lm")) != fingerprint(spec(source="film"))


@given(st.lists(st.text("abc\u00e9", min_size=1), min_size=1), st.randoms(use_true_random=False))
def test_stock_voices_are_a_set(voices: list[str], random: object) -> None:
    def with_voices(listed: list[str]) -> str:
        config: Json = {"use_stock_voice": True, "preferred_stock_voice_ids": [*listed]}
        return fingerprint(spec({"stock_voice_config": config}))

    again = [*voices, *voices[:2]]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert with_voices(again) == with_voices(voices)
    assert with_voices([*voices, "another"]) != with_voices(voices)


@given(st.integers(0, 2**53 - 1))
def test_a_whole_number_is_itself_with_and_without_a_fraction(number: int) -> None:
    assert fingerprint(spec({"end_time": float(number)})) == fingerprint(spec({"end_time": number}))
    assert changed_options({"end_time": float(number)}) == {"end_time": number}
    assert isinstance(changed_options({"end_time": float(number)})["end_time"], int)


@given(st.floats(0.001, 1e6).filter(lambda number: not number.is_integer()))
def test_fractions_count(number: float) -> None:
    assert fingerprint(spec({"end_time": number})) != fingerprint(spec({"end_time": int(number)}))


def test_language_source_and_revision_count() -> None:
    assert (
        len(
            {
                fingerprint(each)
                for each in (
                    spec(),
                    spec(language="es"),
                    spec(source=f"{URL}?v=2"),
                    spec(revision=2),
                )
            }
        )
        == 4
    )


def test_an_unknown_option_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"not options of the fingerprint: more, title"):
        fingerprint(spec({"title": "A title", "more": 1}))


@pytest.mark.parametrize(
    "options",
    [
        {"end_time": float("nan")},
        {"end_time": float("inf")},
        {"end_time": 2**53},
        {"input_language": "\ud800"},
        {"stock_voice_config": "a voice"},
    ],
)
def test_what_json_cannot_carry_exactly_is_a_value_error(options: dict[str, Json]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the wording is rfc8785's
        fingerprint(spec(options))


DIGEST = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("callback_id", "mark"),
    [
        (f"lz1:acme:{DIGEST}", Mark("lz1", "acme", DIGEST)),
        (f"lz1:acme:{DIGEST}:their:own", Mark("lz1", "acme", DIGEST)),
        (f"lz1:acme:{DIGEST}:", Mark("lz1", "acme", DIGEST)),
        (f"lz0:acme:{DIGEST}", Mark("lz0", "acme", DIGEST)),
        (f"lz12:acme-docs:{DIGEST}", Mark("lz12", "acme-docs", DIGEST)),
        (f"lz1:{'a' * 40}:{DIGEST}", Mark("lz1", "a" * 40, DIGEST)),
        (f"lz1:{'a' * 41}:{DIGEST}", None),
        (f"lz1:acme:{DIGEST}0", None),
        (f"lz1:acme:{DIGEST}\n", None),
        (f"lz1:acme:{DIGEST[:-1]}", None),
        (f"lz1:acme:{DIGEST.upper()}", None),
        (f"lz1:ACME:{DIGEST}", None),
        (f"lz1::{DIGEST}", None),
        (f" lz1:acme:{DIGEST}", None),
        (f"lz:acme:{DIGEST}", None),
        ("order 66", None),
        ("", None),
        (None, None),
    ],
)
def test_a_mark_is_read_from_the_start_of_a_callback_id(
    callback_id: str | None, mark: Mark | None
) -> None:
    assert Mark.parse(callback_id) == mark


def test_an_older_scheme_is_another_mark() -> None:
    assert Mark.parse(f"lz0:acme:{DIGEST}") != Mark.parse(f"lz1:acme:{DIGEST}")


@given(
    st.text("abz09-", min_size=1, max_size=40),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.none() | st.text(),
)
def test_a_mark_written_is_the_mark_read(project: str, digest: str, own: str | None) -> None:
    mark = Mark.of(project, digest)
    assert mark.digest == digest[:32]
    assert str(mark) == f"lz1:{project}:{digest[:32]}"
    assert Mark.parse(str(mark) if own is None else f"{mark}:{own}") == mark


SIMPLE = st.dictionaries(
    st.sampled_from(sorted(LZ1_DEFAULTS)), st.booleans() | st.text(), max_size=5
)


@given(
    st.text().map(module._normalised_text),
    st.text().map(module._normalised_text),
    st.integers(-(2**60), 2**60),
    SIMPLE,
    st.none() | st.text(),
)
def test_the_hashed_text_is_canonical(
    language: str, source: str, revision: int, options: dict[str, Json], proofread: str | None
) -> None:
    """Python's own encoder may stand in for the library only where both write the same."""
    document: dict[str, Json] = {
        "language": language,
        "options": dict(options),
        "revision": revision,
        "source": source,
    }
    if proofread is not None:
        document["proofread"] = proofread
    counted = module.Counted(module._written(options), ())
    try:
        expected = hashlib.sha256(b"lz1\n" + rfc8785.dumps(document)).hexdigest()
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - the wording is the library's
            counted.fingerprints(language, source, revision, proofread)
    else:
        assert counted.fingerprints(language, source, revision, proofread) == (expected, ())
