"""What holds for every manifest: what changes a fingerprint, and that nothing crashes."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heygen_localize.core.errors import Diagnostic, ManifestError
from heygen_localize.core.fingerprint import LZ1_DEFAULTS
from heygen_localize.core.languages import LanguageCatalog
from heygen_localize.manifest import load_manifest
from heygen_localize.manifest import yaml_reader as reader
from heygen_localize.system.resources import language_names

relaxed = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CATALOG = LanguageCatalog(language_names())

OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "mode": st.sampled_from(["speed", "precision"]),
    "input_language": st.sampled_from(["English", "Türkçe", "日本語"]),
    "speaker_num": st.integers(1, 9),
    "translate_audio_only": st.booleans(),
    "enable_dynamic_duration": st.booleans(),
    "disable_music_track": st.booleans(),
    "enable_speech_enhancement": st.booleans(),
    "enable_caption": st.booleans(),
    "enable_watermark": st.booleans(),
    "keep_the_same_format": st.booleans(),
    "start_time": st.integers(0, 9),
    "end_time": st.integers(10, 99),
    "brand_glossary_id": st.sampled_from(["g_1", "g_é"]),
    "stock_voice_config": st.fixed_dictionaries(
        {"use_stock_voice": st.booleans(), "preferred_stock_voice_ids": st.just(["a", "b"])}
    ),
    "audio": st.just("asset:sound"),
    "srt": st.just("asset:words"),
    "srt_role": st.sampled_from(["input", "output"]),
    "fps_mode": st.sampled_from(["vfr", "cfr"]),
    "revision": st.integers(1, 5),
    "title": st.sampled_from(["{{ video.id }}", "é"]),
}
options = st.fixed_dictionaries({}, optional=OPTIONS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def fingerprints(folder: Path, document: Mapping[str, Any]) -> dict[str, str]:
    path = folder / "localize.yaml"
    path.write_text(json.dumps({"version": 1, "project": "acme", **document}), "utf-8")
    return {target.address: target.fingerprint for target in load_manifest(path, CATALOG).targets}


def one(folder: Path, given: Mapping[str, Any], language: str = "ja") -> str:
    video = {"source": "https://x.example/é.mp4", "languages": [language], **given}
    (fingerprint,) = fingerprints(folder, {"videos": {"a": video}}).values()
    return fingerprint


@relaxed
@given(st.data(), options, options, options)
def test_the_order_of_keys_changes_nothing(
    folder: Path, data: st.DataObject, defaults: Any, japanese: Any, video: Any
) -> None:
    document = {
        "defaults": defaults,
        "groups": {"x": ["ja", "de-DE"]},
        "languages": {"x": {"speaker_num": 3}, "ja": japanese, "fr-FR": None},
        "videos": {
            "a": {"source": "asset:a", **video},
            "b": {"source": "asset:b", "languages": {"ja": video, "x": {"revision": 9}}},
        },
    }

    def shuffled(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        keys = data.draw(st.permutations([*value]))
        return {key: shuffled(value[key]) for key in keys}

    assert fingerprints(folder, document) == fingerprints(folder, shuffled(document))


def test_the_spelling_of_a_language_changes_nothing(folder: Path) -> None:
    for spellings in (
        ("es-MX", "ES_mx", "Spanish (Mexico)", "spanish (mexico)"),
        ("tr-TR", "Turkish (Türkiye)", unicodedata.normalize("NFD", "Turkish (Türkiye)")),
    ):
        assert len({one(folder, {}, spelling) for spelling in spellings}) == 1


@relaxed
@given(options)
def test_a_default_written_out_changes_nothing(folder: Path, video: Any) -> None:
    written = {name: value for name, value in LZ1_DEFAULTS.items() if name not in video}
    assert one(folder, video) == one(folder, {**written, **video})


@relaxed
@given(options)
def test_the_way_of_writing_changes_nothing(folder: Path, video: Any) -> None:
    def rewritten(value: Any) -> Any:
        if isinstance(value, str):
            return unicodedata.normalize("NFD", value)
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, list):
            return [rewritten(item) for item in value]
        if isinstance(value, dict):
            return {key: rewritten(item) for key, item in value.items()}
        return value

    address = unicodedata.normalize("NFD", "https://x.example/é.mp4")
    assert one(folder, video) == one(folder, {**rewritten(video), "source": address})


def test_what_leaves_the_output_as_it_is(folder: Path) -> None:
    others = {
        "title": "x",
        "callback_url": "https://h.example",
        "callback_id": "x",
        "folder_id": "x",
        "skip": True,
        "duration": 3,
        "protect": True,
        "job": "tr_1",
        "srt_role": "input",
        "fps_mode": "cfr",
    }
    assert one(folder, {}) == one(folder, others)


def test_each_option_of_the_output_changes_the_fingerprint(folder: Path) -> None:
    changes: dict[str, Any] = {
        "mode": "precision",
        "input_language": "English",
        "speaker_num": 2,
        "translate_audio_only": True,
        "enable_dynamic_duration": False,
        "disable_music_track": True,
        "enable_speech_enhancement": True,
        "enable_watermark": True,
        "keep_the_same_format": True,
        "start_time": 1,
        "end_time": 9,
        "brand_glossary_id": "g",
        "stock_voice_config": {"use_stock_voice": True},
        "audio": "asset:x",
        "srt": "asset:x",
        "srt_role": "input",
        "fps_mode": "cfr",
    }
    assert changes.keys() == LZ1_DEFAULTS.keys()
    needs = {"srt_role": {"srt": "asset:y"}, "fps_mode": {"audio": "asset:y"}}
    seen = {one(folder, {}), one(folder, {}, "de-DE"), one(folder, {"revision": 2})}
    seen |= {one(folder, {"identity": "x"}), one(folder, {"source": "asset:x1"})}
    seen |= {one(folder, {name: value, **needs.get(name, {})}) for name, value in changes.items()}
    assert len(seen) == 5 + len(changes)


KEYS = ("version", "project", "videos", "languages", "groups", "defaults", "include", "outputs")
TEXTS = ("limits", "intro", "source", "mode", "title", "skip", "ja", "es-MX", "latam", "1", "2")
ODDITIES = ("https://x.example/a.mp4", "asset:a", "{{ video.id }}", "{{ x", "{% x %}", "../x", "*")
VIDEO_KEYS = ("source", "languages", "identity", "proofread")
NEWER = ("terms", "proofread", "srt", "keep")
words = st.sampled_from((*KEYS, *TEXTS, *ODDITIES, *NEWER, "acme", "speed", "no", "~", "<<", "\0"))
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=9)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(words | st.text(), inner, max_size=4)
    ),
    max_leaves=8,
)


def loads_or_tells(folder: Path, content: bytes) -> None:
    path = folder / "localize.yaml"
    path.write_bytes(content)
    problems: tuple[Diagnostic, ...] | None = None
    try:
        load_manifest(path, CATALOG)
    except ManifestError as error:
        problems = error.problems
    assert problems != ()
    for problem in problems or ():
        assert problem.message
        assert problem.where.file == path.as_posix()


@relaxed
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes(folder: Path, content: bytes) -> None:
    loads_or_tells(folder, content)


@relaxed
@given(st.text("ab:{}[]&*!|>-?%@#,'\"\\ \n\t0.1~<{{", max_size=60))
def test_any_yaml(folder: Path, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for loader in (yaml.SafeLoader, yaml.CSafeLoader):
            patch.setattr(reader, "_Loader", loader)
            loads_or_tells(folder, text.encode())


@settings(relaxed, max_examples=60)
@given(st.dictionaries(words, trees, max_size=6))
def test_any_document(folder: Path, tree: Any) -> None:
    document = {"version": 1, "project": "acme", "languages": ["ja"], **tree}
    loads_or_tells(folder, yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "replace"))


@settings(relaxed, max_examples=60)
@given(st.dictionaries(st.sampled_from([*OPTIONS, *VIDEO_KEYS]), trees))
def test_any_video(folder: Path, video: Any) -> None:
    document = {
        "version": 1,
        "project": "acme",
        "groups": {"latam": ["es-MX"]},
        "languages": ["ja"],
        "videos": {"a": {"source": "asset:a", **video}},
    }
    loads_or_tells(folder, json.dumps(document).encode())


@relaxed
@given(st.text(max_size=80), st.sampled_from(["source", "title", "srt", "callback_id", "skip"]))
def test_any_text(folder: Path, text: str, name: str) -> None:
    video = {"source": "asset:a", "languages": ["ja"], name: text}
    document = {"version": 1, "project": "acme", "videos": {"a": video}, "outputs": {"vtt": text}}
    loads_or_tells(folder, json.dumps(document).encode())
