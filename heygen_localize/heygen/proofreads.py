"""HeyGen's proofread sessions in our words: requests out, answers in.

Shapes: docs/vendor/heygen-v3.openapi.yaml, `/v3/video-translations/proofreads*`. What a
schema cannot say: docs/vendor/behaviour.md, "Proofread sessions".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from heygen_localize.core.fingerprint import SCHEME, Json, Mark, changed_options
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sessions import Session, title_mark
from heygen_localize.core.text import valid_id
from heygen_localize.heygen.messages import link_of, media_body, members, moment, reason_of, text_of

_OPTIONS = (
    "brand_glossary_id",
    "disable_music_track",
    "enable_speech_enhancement",
    "keep_the_same_format",
    "mode",
    "speaker_num",
)
_DEFAULTS: Mapping[str, Json] = {
    "disable_music_track": False,
    "enable_speech_enhancement": False,
    "keep_the_same_format": False,
    "mode": "speed",
}
_STATUSES = {status.value: status for status in SessionStatus}
_TITLE_MARK = re.compile(rf" \[{SCHEME}-([0-9a-f]{{12}})\]\Z")


class SubtitleLinks(Struct, frozen=True):
    """Where a session's texts are: the one to be reviewed, and the source's transcript."""

    text: str
    source: str | None


def plain_title(target: Target, title: str | None) -> str:
    """Return a title without a mark; one is required: the address, where there is none."""
    return title or target.title or f"{target.video} [{target.language.tag}]"


def session_body(target: Target, title: str | None, assets: Mapping[str, str]) -> dict[str, Json]:
    """Write the request for one target's session, every default said out loud.

    `enable_video_stretching` is what `enable_dynamic_duration` is elsewhere, and has
    another default. The title ends in the session's mark, by which a list shows it as ours.

    Raises:
        ValueError: a local file that is not uploaded, or a target without a review.
    """
    if target.proofread is None:
        raise ValueError(f"{target.address} has no proofread session")
    mark = title_mark(Mark.of(target.mark.project, target.proofread.session))
    wanted = changed_options({option.name: option.value for option in target.options})
    body = {**_DEFAULTS, **{name: wanted[name] for name in _OPTIONS if name in wanted}}
    body["enable_video_stretching"] = wanted.get("enable_dynamic_duration", True)
    body["output_languages"] = [target.language.name]
    body["title"] = f"{plain_title(target, title)} [{SCHEME}-{mark}]"
    body["video"] = media_body(target.source, assets)
    if target.srt is not None:
        body["srt"] = media_body(target.srt, assets)
    if target.setting("folder_id") is not None:
        body["folder_id"] = target.setting("folder_id")
    return body


def generate_body(target: Target) -> dict[str, Json]:
    """Write the request that renders a session. Captions are made unasked."""
    follows = f":{target.callback_id}" if target.callback_id else ""
    body: dict[str, Json] = {
        "callback_id": f"{target.mark}{follows}",
        "translate_audio_only": target.option("translate_audio_only") is True,
    }
    callback = target.setting("callback_url")
    return body | ({"callback_url": callback} if callback else {})


def session_of(answer: Any) -> Session | None:
    """Read a session; an unknown status counts as still processing."""
    name = valid_id(members(answer).get("id"))
    if name is None:
        return None
    title = answer.get("title")
    marked = _TITLE_MARK.search(title) if isinstance(title, str) else None
    return Session(
        name,
        _STATUSES.get(str(answer.get("status")).lower(), SessionStatus.PROCESSING),
        moment(answer.get("created_at")),
        reason_of(answer.get("failure_message")),
        text_of(answer.get("output_language")),
        marked.group(1) if marked else None,
    )


def links_of(answer: Any) -> SubtitleLinks | None:
    """Read where a session's texts are; None where the answer has no usable link."""
    found = members(answer)
    text = link_of(found.get("srt_url"))
    return None if text is None else SubtitleLinks(text, link_of(found.get("original_srt_url")))
