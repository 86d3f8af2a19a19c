"""Proofread sessions in the vendor's JSON: requests out, answers in."""

from __future__ import annotations

from typing import Any

import pytest
from core_builders import digest, target, url_media

from heygen_localize.executor.orders import session_key
from heygen_localize.lock import LockedSession
from heygen_localize.model import Media, MediaKind
from heygen_localize.proofreads import (
    Session,
    SubtitleLinks,
    generate_body,
    links_of,
    session_body,
    session_of,
)
from heygen_localize.review import Proofread, SessionStatus

PLAIN = {
    "disable_music_track": False,
    "enable_speech_enhancement": False,
    "enable_video_stretching": True,
    "keep_the_same_format": False,
    "mode": "speed",
    "output_languages": ["Language es-MX"],
    "title": "intro [es-MX]",
    "video": {"type": "url", "url": "https://cdn.example.com/intro.mp4"},
}


def test_every_default_is_said_out_loud() -> None:
    assert session_body(target(), None, {}) == PLAIN


def test_options_bear_the_names_that_sessions_have() -> None:
    options = {"mode": "precision", "enable_dynamic_duration": False, "speaker_num": 2}
    subtitles = url_media("https://cdn.example.com/intro.srt")
    wanted = target(options=options, folder_id="f_1", srt=subtitles, title="Intro")
    assert session_body(wanted, None, {}) == PLAIN | {
        "enable_video_stretching": False,
        "folder_id": "f_1",
        "mode": "precision",
        "speaker_num": 2,
        "srt": {"type": "url", "url": "https://cdn.example.com/intro.srt"},
        "title": "Intro",
    }
    assert session_body(wanted, "Chosen", {})["title"] == "Chosen"


def test_a_file_must_be_uploaded() -> None:
    wanted = target(source=Media(MediaKind.FILE, "intro.mp4", digest("x"), digest("x")))
    assert session_body(wanted, None, {digest("x"): "a_1"})["video"] == {
        "type": "asset_id",
        "asset_id": "a_1",
    }
    with pytest.raises(ValueError, match="not uploaded"):
        session_body(wanted, None, {})


def test_the_render_bears_the_mark() -> None:
    plain = target()
    wishes = {"callback_id": str(plain.mark), "translate_audio_only": False}
    assert generate_body(plain) == wishes
    full = target(
        options={"translate_audio_only": True},
        callback_id="mine",
        callback_url="https://hooks.example.com/",
    )
    assert generate_body(full) == {
        "callback_id": f"{full.mark}:mine",
        "callback_url": "https://hooks.example.com/",
        "translate_audio_only": True,
    }


@pytest.mark.parametrize(
    ("answer", "session"),
    [
        ({"id": "pr_1", "status": "completed"}, Session("pr_1", SessionStatus.COMPLETED)),
        (
            {"id": "pr_1", "status": "Failed", "failure_message": "no\x1b speech", "created_at": 7},
            Session("pr_1", SessionStatus.FAILED, 7, "no speech"),
        ),
        ({"id": "pr_1", "status": "novel"}, Session("pr_1", SessionStatus.PROCESSING)),
        ({"id": "pr_1", "created_at": True}, Session("pr_1", SessionStatus.PROCESSING)),
        ({"id": "pr_1", "failure_message": 5}, Session("pr_1", SessionStatus.PROCESSING)),
        ({"status": "completed"}, None),
        ({"id": "../pr_1"}, None),
        ({"id": 5}, None),
        (None, None),
        (["pr_1"], None),
    ],
)
def test_answers_about_a_session(answer: Any, session: Session | None) -> None:
    assert session_of(answer) == session


@pytest.mark.parametrize(
    ("answer", "links"),
    [
        (
            {"srt_url": "https://a.example/1", "original_srt_url": "https://a.example/2"},
            SubtitleLinks("https://a.example/1", "https://a.example/2"),
        ),
        ({"srt_url": "https://a.example/1"}, SubtitleLinks("https://a.example/1", None)),
        ({"srt_url": None, "original_srt_url": "https://a.example/2"}, None),
        ({"srt_url": ""}, None),
        ({"srt_url": 5}, None),
        ({}, None),
        (None, None),
        ("https://a.example/1", None),
    ],
)
def test_answers_about_texts(answer: Any, links: SubtitleLinks | None) -> None:
    assert links_of(answer) == links


def test_a_sessions_key_is_of_all_but_the_text() -> None:
    review = Proofread("a.srt", "source.srt", digest("S"))
    wanted = target(proofread=review)
    first = session_key(wanted, None)
    assert session_key(target(content="B", proofread=review), None) == first
    earlier = LockedSession(digest("S"), "pr_1", SessionStatus.FAILED)
    assert session_key(wanted, earlier) != first
    other = LockedSession(digest("T"), "pr_1", SessionStatus.FAILED)
    assert session_key(wanted, other) == first
    with pytest.raises(ValueError, match="has no proofread session"):
        session_key(target(), None)
