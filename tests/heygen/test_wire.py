"""The vendor's JSON, sent and read; the texts and keys that go with it."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import pytest
from core_builders import PROJECT, digest, job, mark, target, url_media
from hypothesis import given
from hypothesis import strategies as st

from heygen_localize.core.fingerprint import LZ1_DEFAULTS, Json, Mark
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import NO_OUTPUTS, Job, JobStatus, Media, MediaKind, OutputUrls
from heygen_localize.core.text import redacted, sanitize
from heygen_localize.heygen.messages import (
    create_body,
    expiry,
    job_of,
    media_body,
    status_of,
    valid_id,
)

URL = "https://cdn.example.com/intro.mp4"
ASSET = Media(MediaKind.ASSET, "asset_1", "asset_1")
FILE = Media(MediaKind.FILE, "videos/intro.mp4", "f" * 64, "f" * 64)

# Orders.

PLAIN: dict[str, Json] = {
    "mode": "speed",
    "translate_audio_only": False,
    "enable_dynamic_duration": True,
    "disable_music_track": False,
    "enable_speech_enhancement": False,
    "enable_watermark": False,
    "video": {"type": "url", "url": URL},
    "output_languages": ["Language es-MX"],
    "callback_id": mark("A"),
}


def test_a_plain_order_says_the_frozen_defaults_and_no_null() -> None:
    assert create_body(target(), None) == PLAIN


def test_an_order_with_everything() -> None:
    wanted = target(
        options={
            "mode": "precision",
            "enable_dynamic_duration": False,
            "start_time": 2.0,
            "stock_voice_config": {"preferred_stock_voice_ids": ["b", "a", "b"]},
            "audio": "asset_1",
            "fps_mode": "cfr",
            "srt": URL,
            "srt_role": "output",
        },
        source=ASSET,
        audio=ASSET,
        srt=url_media(),
        title="not this one",
        folder_id="folder_1",
        callback_url="https://hooks.example.com",
        callback_id="their:own",
    )
    assert create_body(wanted, "Title") == {
        **PLAIN,
        "mode": "precision",
        "enable_dynamic_duration": False,
        "start_time": 2,
        "stock_voice_config": {"preferred_stock_voice_ids": ["a", "b"]},
        "video": {"type": "asset_id", "asset_id": "asset_1"},
        "audio": {"type": "asset_id", "asset_id": "asset_1"},
        "fps_mode": "cfr",
        "srt": {"type": "url", "url": URL},
        "srt_role": "output",
        "callback_id": f"{mark('A')}:their:own",
        "title": "Title",
        "folder_id": "folder_1",
        "callback_url": "https://hooks.example.com",
    }


def test_every_default_that_is_not_null_is_said_out_loud() -> None:
    said = {name: value for name, value in LZ1_DEFAULTS.items() if value is not None}
    assert said.items() <= create_body(target(), None).items()


def test_the_mark_of_an_order_is_read_back_from_its_callback_id() -> None:
    for own in (None, "their:own"):
        body = create_body(target(callback_id=own), None)
        assert Mark.parse(str(body["callback_id"])) == target().mark


def test_a_local_file_cannot_be_named_to_the_vendor() -> None:
    with pytest.raises(ValueError, match=r"videos/intro\.mp4 is a local file"):
        media_body(FILE, {})
    for wanted in (target(source=FILE), target(audio=FILE), target(srt=FILE)):
        with pytest.raises(ValueError, match="local file"):
            create_body(wanted, None)


# Answers.

FILES = {
    "video_url": "https://files.example.com/v.mp4?Expires=300",
    "audio_url": "https://files.example.com/a.wav?Expires=200",
    "srt_caption_url": "https://files.example.com/c.srt",
    "vtt_caption_url": "https://files.example.com/c.vtt?Expires=400",
}
ANSWER = {
    "id": "tr_abc123-es",
    "status": "completed",
    "callback_id": mark("A"),
    "output_language": "Spanish",
    "title": "Title",
    "created_at": 1_760_000_000,
    "duration": 12.5,
    "failure_message": None,
    **FILES,
}


def test_an_answer_is_read() -> None:
    assert job_of(ANSWER, JobKind.TRANSLATION) == Job(
        id="tr_abc123-es",
        status=JobStatus.COMPLETED,
        callback_id=mark("A"),
        language="Spanish",
        title="Title",
        created_at=1_760_000_000,
        duration=12.5,
        failure_message=None,
        outputs=OutputUrls(**FILES, expires_at=200),
    )


@pytest.mark.parametrize("status", ["pending", "running", "failed"])
def test_only_a_completed_job_has_files(status: str) -> None:
    found = job_of({**ANSWER, "status": status}, JobKind.TRANSLATION)
    assert found is not None
    assert found.outputs == NO_OUTPUTS


def test_a_failure_keeps_the_vendors_words() -> None:
    found = job_of(
        {"id": "j1", "status": "failed", "failure_message": "no\nsound\x1b[31m"},
        JobKind.TRANSLATION,
    )
    assert found is not None
    assert found.failure_message == "no sound[31m"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", JobStatus.PENDING),
        ("queued", JobStatus.PENDING),
        ("running", JobStatus.RUNNING),
        ("processing", JobStatus.RUNNING),
        ("completed", JobStatus.COMPLETED),
        ("succeeded", JobStatus.COMPLETED),
        ("Completed", JobStatus.COMPLETED),
        ("failed", JobStatus.FAILED),
        ("FAILED", JobStatus.FAILED),
        ("reticulating", JobStatus.RUNNING),
        ("", JobStatus.RUNNING),
        (None, JobStatus.RUNNING),
        (["failed"], JobStatus.RUNNING),
    ],
)
def test_words_of_status(word: object, status: JobStatus) -> None:
    assert status_of(word) is status


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        7,
        "a" * 201,
        "../up",
        "a/b",
        "a b",
        "a\n",
        "a?b",
        "\u00e9",
        "a%2fb",
        ["j1"],
    ],
)
def test_an_id_that_may_not_go_into_a_path_is_none(name: object) -> None:
    assert valid_id(name) is None
    assert job_of({**ANSWER, "id": name}, JobKind.TRANSLATION) is None


@pytest.mark.parametrize("name", ["j1", "tr_abc123-es", "a.b:c", "a" * 200])
def test_usable_ids(name: str) -> None:
    assert valid_id(name) == name


@pytest.mark.parametrize("item", [None, [], "j1", 7, {}, {"status": "completed"}])
def test_an_answer_that_names_no_job_is_none(item: Any) -> None:
    assert job_of(item, JobKind.TRANSLATION) is None


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://files.example.com/v.mp4",
        "//files.example.com/v.mp4",
        "https://",
        "https:///v.mp4",
        "https://[::1/v.mp4",
        "https://files.example.com/\x1b[31m",
        "https://files.example.com/\n",
        "https://files.example.com/\u202egp4",
        "https://files.example.com/" + "a" * 8192,
        "",
        None,
        7,
        {"url": "https://files.example.com"},
    ],
)
def test_what_is_no_link_is_dropped(link: Any) -> None:
    found = job_of({**ANSWER, "video_url": link}, JobKind.TRANSLATION)
    assert found is not None
    assert found.outputs.video_url is None
    assert found.outputs.audio_url == FILES["audio_url"]


def test_plain_http_and_the_longest_link_are_links() -> None:
    longest = "http://127.0.0.1:8080/".ljust(8192, "a")
    found = job_of({**ANSWER, "video_url": longest}, JobKind.TRANSLATION)
    assert found is not None
    assert found.outputs.video_url == longest


@pytest.mark.parametrize("value", [True, "12", -1, 1e12, float("nan"), float("inf"), [], {}, None])
def test_numbers_that_are_none_or_beyond_reason_are_dropped(value: Any) -> None:
    found = job_of({**ANSWER, "duration": value, "created_at": value}, JobKind.TRANSLATION)
    assert found is not None
    assert (found.duration, found.created_at) == (None, None)


def test_times_are_whole_and_lengths_are_not() -> None:
    found = job_of({**ANSWER, "duration": 0, "created_at": 12.9}, JobKind.TRANSLATION)
    assert found is not None
    assert (found.duration, found.created_at) == (0.0, 12)
    assert isinstance(found.created_at, int)
    assert isinstance(found.duration, float)


@pytest.mark.parametrize("value", ["", 7, None, ["x"], {"x": 1}])
def test_text_that_is_none_is_dropped(value: Any) -> None:
    names = ("callback_id", "output_language", "title", "failure_message")
    found = job_of({**ANSWER, **dict.fromkeys(names, value)}, JobKind.TRANSLATION)
    assert found is not None
    assert (found.callback_id, found.language, found.title) == (None, None, None)
    assert found.failure_message is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
links = st.builds(
    "{}://{}/{}?{}={}".format,
    st.sampled_from(("https", "http", "javascript", "")),
    st.text(max_size=8),
    st.text(max_size=8),
    st.sampled_from(("Expires", "X-Amz-Date=20250101T000000Z&X-Amz-Expires", "X-Amz-Date")),
    st.text(max_size=8) | st.integers().map(str),
)
hostile = st.fixed_dictionaries(
    {"id": st.sampled_from(("j1", "j/1"))},
    optional={
        "status": st.just("completed") | anything,
        **dict.fromkeys(ANSWER.keys() - FILES.keys() - {"id", "status"}, anything),
        **dict.fromkeys(FILES, links | anything),
    },
)


@given(anything | hostile)
def test_no_answer_breaks_the_reading_of_a_job(answer: Any) -> None:
    found = job_of(answer, JobKind.TRANSLATION)
    if found is not None:
        assert re.fullmatch(r"[A-Za-z0-9._:-]{1,200}", found.id)
        for text in (found.callback_id, found.language, found.title, found.failure_message):
            assert text is None or text.isprintable()
        for name in FILES:
            link = getattr(found.outputs, name)
            assert link is None or link.startswith(("http://", "https://"))
        json.dumps([found.duration, found.created_at, found.outputs.expires_at], allow_nan=False)


@pytest.mark.parametrize("word", ["statuses", "Languages", "proofreads", "batches", ".", ".."])
def test_a_word_of_the_apis_paths_is_no_id(word: str) -> None:
    assert valid_id(word) is None
    assert valid_id(f"{word}-es") == f"{word}-es"


@pytest.mark.parametrize(
    ("query", "expires_at"),
    [
        ("Expires=1760000000&Signature=x", 1_760_000_000),
        ("X-Amz-Date=20250102T030405Z&X-Amz-Expires=604800", 1_735_787_045 + 604_800),
        ("Expires=5&X-Amz-Date=20250102T030405Z&X-Amz-Expires=1", 5),
        ("Expires=soon", None),
        ("X-Amz-Date=20250102T030405Z", None),
        ("X-Amz-Expires=604800", None),
        ("X-Amz-Date=yesterday&X-Amz-Expires=604800", None),
        ("X-Amz-Date=20250102T030405Z&X-Amz-Expires=long", None),
        ("", None),
    ],
)
def test_the_end_of_a_signed_link(query: str, expires_at: int | None) -> None:
    assert expiry(f"{URL}?{query}") == expires_at


# Links of one file.


def test_the_same_file_is_told_by_its_path_however_signed_and_served() -> None:
    one = OutputUrls(video_url="https://one.example.com/v.mp4?Expires=1", expires_at=1)
    assert one.same_files(OutputUrls(video_url="https://two.example.com/v.mp4?Expires=2"))
    assert not one.same_files(OutputUrls(video_url="https://one.example.com/w.mp4?Expires=1"))
    assert not one.same_files(NO_OUTPUTS)
    assert not one.same_files(OutputUrls(audio_url=one.video_url))


@pytest.mark.parametrize("name", FILES)
def test_every_link_counts_and_the_main_ones_are_the_file(name: str) -> None:
    one = OutputUrls(**{name: FILES[name]})
    assert not one.same_files(NO_OUTPUTS)
    assert one.reachable == (name in ("video_url", "audio_url"))


def test_the_states_of_a_job() -> None:
    assert [status for status in JobStatus if status.in_progress] == [
        JobStatus.PENDING,
        JobStatus.RUNNING,
    ]
    assert [status for status in JobStatus if not status.live] == [JobStatus.FAILED]
    assert job("j1").mark == Mark("lz1", PROJECT, digest("A")[:32])


# Text.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("  two\n\n lines\tand \r\n tabs ", "two lines and tabs"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\u202eb\u200bc\ud800d\ue000e\x00f\x9bg", "abcdefg"),
        ("caf\u00e9 \u65e5\u672c \U0001f600", "caf\u00e9 \u65e5\u672c \U0001f600"),
        ("", ""),
    ],
)
def test_text_is_made_printable(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_text_is_cut_at_its_longest() -> None:
    assert sanitize("a" * 2000) == "a" * 2000
    assert sanitize("a" * 2001) == "a" * 1999 + "…"
    assert sanitize("abcdef", 4) == "abc…"
    assert sanitize("abcd", 4) == "abcd"
    assert sanitize(" " * 15 + "abcdef", 4) == "a"


@given(st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Lu"])))
def test_printable_text_steers_no_terminal_and_keeps_every_letter(text: str) -> None:
    shown = sanitize(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    letters = [char for char in text if unicodedata.category(char) == "Lu"]
    assert [char for char in shown if unicodedata.category(char) == "Lu"] == letters


def test_a_secret_is_masked_wherever_it_stands() -> None:
    assert redacted("key sk_1 and sk_1.", "sk_1") == "key [API key] and [API key]."
    assert redacted("nothing here", "sk_1") == "nothing here"
    assert redacted("no key", "") == "no key"
