"""Proofread sessions in the vendor's JSON: requests out, answers in."""

from __future__ import annotations

from typing import Any

import pytest
from core_builders import digest, target, url_media
from msgspec.structs import replace

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.lock import LockedSession
from heygen_localize.core.model import Media, MediaKind
from heygen_localize.core.proofread import Proofread, SessionStatus
from heygen_localize.core.sessions import Session
from heygen_localize.heygen.proofreads import (
    SubtitleLinks,
    generate_body,
    links_of,
    session_body,
    session_of,
)
from heygen_localize.operations.apply.idempotency import session_key
from heygen_localize.planning.session_search import found_session, sessions_of

PLAIN = {
    "disable_music_track": False,
    "enable_speech_enhancement": False,
    "enable_video_stretching": True,
    "keep_the_same_format": False,
    "mode": "speed",
    "output_languages": ["Language es-MX"],
    "title": "intro [es-MX] [lz1-87b2c6b424ed]",
    "video": {"type": "url", "url": "https://cdn.example.com/intro.mp4"},
}


REVIEW = Proofread("subtitles/intro/es-MX.srt", "source.srt", digest("session"))
MARK = "87b2c6b424ed"


def test_every_default_is_said_out_loud() -> None:
    assert session_body(target(proofread=REVIEW), None, {}) == PLAIN


def test_the_title_ends_in_a_mark_of_content_and_project() -> None:
    """Frozen: a later version must find what an earlier one has ordered."""
    body = session_body(target(proofread=REVIEW), "A [lz1-000000000000]", {})
    assert body["title"] == f"A [lz1-000000000000] [lz1-{MARK}]"
    listed = session_of({"id": "pr_1", "status": "completed", "title": body["title"]})
    assert listed is not None
    wanted = target(proofread=REVIEW)
    assert sessions_of(wanted, [listed]) == (listed,)
    for other in (
        replace(listed, title_mark="000000000000"),
        replace(listed, title_mark=None),
        replace(listed, language="Language ja"),
    ):
        assert sessions_of(wanted, [other]) == ()
    renamed = replace(wanted, mark=Mark.of("renamed", digest("A")))
    assert sessions_of(renamed, [listed]) == ()
    assert sessions_of(renamed, [listed], [wanted.mark.project]) == (listed,)
    assert sessions_of(target(), [listed]) == ()


@pytest.mark.parametrize(
    "title",
    [
        None,
        7,
        "Intro",
        "Intro[lz1-0123456789ab]",
        "Intro [lz1-0123456789ab] copy",
        "Intro [lz1-0123456789ab]\n",
        "Intro [lz1-0123456789aB]",
        "Intro [lz1-0123456789abc]",
        "Intro [lz2-0123456789ab]",
    ],
)
def test_no_other_title_has_a_mark(title: Any) -> None:
    found = session_of({"id": "pr_1", "status": "completed", "title": title})
    assert found is not None
    assert found.title_mark is None


COMPLETED, PROCESSING, FAILED = (
    SessionStatus.COMPLETED,
    SessionStatus.PROCESSING,
    SessionStatus.FAILED,
)


@pytest.mark.parametrize(
    ("sessions", "chosen", "attempts"),
    [
        ([], None, None),
        ([("a", PROCESSING, 1), ("b", COMPLETED, 2)], "b", 1),
        ([("a", COMPLETED, 2), ("b", COMPLETED, 1)], "b", 1),
        ([("a", COMPLETED, None), ("b", COMPLETED, 9)], "b", 1),
        ([("a", FAILED, 1), ("b", PROCESSING, 2)], "b", 2),
        ([("a", FAILED, 1), ("b", FAILED, 2)], "b", 2),
        ([("gone", COMPLETED, 1), ("b", PROCESSING, 2)], "b", 1),
    ],
)
def test_which_of_several_sessions_is_taken(
    sessions: list[tuple[str, SessionStatus, int | None]], chosen: str | None, attempts: int | None
) -> None:
    listed = [Session(name, status, created) for name, status, created in sessions]
    found = found_session(target(proofread=REVIEW), None, listed, {"gone"})
    if found is None:
        assert chosen is None
    else:
        assert (found.proofread_id, found.attempts) == (chosen, attempts)
        assert found.fingerprint == REVIEW.session


def test_a_session_in_place_of_one_that_ended_counts_on_from_there() -> None:
    known = LockedSession(REVIEW.session, "pr_1", FAILED, attempts=2, earlier="c")
    wanted = target(proofread=REVIEW)
    assert found_session(wanted, known, [Session("pr_1", FAILED)]) is None
    found = found_session(wanted, known, [Session("pr_1", FAILED), Session("pr_2", COMPLETED)])
    assert found is not None
    assert (found.proofread_id, found.attempts, found.earlier) == ("pr_2", 3, "c")
    unusable = LockedSession(REVIEW.session, "pr_1", COMPLETED, unusable="empty")
    assert found_session(wanted, unusable, [Session("pr_1", COMPLETED, 1)]) is None
    listed = [Session("pr_1", COMPLETED, 1), Session("pr_2", COMPLETED, 2)]
    found = found_session(wanted, unusable, listed)
    assert found is not None
    assert (found.proofread_id, found.attempts) == ("pr_2", 2)


def test_options_bear_the_names_that_sessions_have() -> None:
    options = {"mode": "precision", "enable_dynamic_duration": False, "speaker_num": 2}
    subtitles = url_media("https://cdn.example.com/intro.srt")
    wanted = target(
        options=options, folder_id="f_1", srt=subtitles, title="Intro", proofread=REVIEW
    )
    assert session_body(wanted, None, {}) == PLAIN | {
        "enable_video_stretching": False,
        "folder_id": "f_1",
        "mode": "precision",
        "speaker_num": 2,
        "srt": {"type": "url", "url": "https://cdn.example.com/intro.srt"},
        "title": f"Intro [lz1-{MARK}]",
    }
    assert session_body(wanted, "Chosen", {})["title"] == f"Chosen [lz1-{MARK}]"


def test_a_file_must_be_uploaded() -> None:
    source = Media(MediaKind.FILE, "intro.mp4", digest("x"), digest("x"))
    wanted = target(source=source, proofread=REVIEW)
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
