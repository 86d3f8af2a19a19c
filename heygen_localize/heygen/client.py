"""HeyGen's endpoints, typed: what goes in, what comes out, what may go wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote

from heygen_localize.core.balance import Balance
from heygen_localize.core.fingerprint import Json
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import Job, JobStatus
from heygen_localize.core.sessions import Session
from heygen_localize.core.text import sanitize, valid_id
from heygen_localize.heygen.assets import Assets
from heygen_localize.heygen.balances import balance_of
from heygen_localize.heygen.batches import Batches
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.glossaries import GLOSSARY_ID, Glossary, glossary_of
from heygen_localize.heygen.listing import PATHS, Lists
from heygen_localize.heygen.messages import id_of, job_of, link_of, members, states_of
from heygen_localize.heygen.pages import IDS_PER_CALL
from heygen_localize.heygen.proofreads import SubtitleLinks, links_of, session_of
from heygen_localize.heygen.transport import Transport
from heygen_localize.heygen.webhooks import Webhooks

_log = logging.getLogger(__name__)
_Found = TypeVar("_Found", Glossary, Job, Session)


_NO_CAPTION = (400, 403, 404, 405, 410)
_TRANSLATIONS = PATHS[JobKind.TRANSLATION]
_PROOFREADS = f"{_TRANSLATIONS}/proofreads"
_IDS = {JobKind.TRANSLATION: "video_translation_ids", JobKind.LIPSYNC: "lipsync_ids"}
"""How a call for the states of many jobs names them."""


class Client(Lists):
    """The part of the API that localization uses; `assets` are uploads, `webhooks` events.

    Every call raises `ApiError` where there is no usable answer; what costs may have been
    done all the same. A list that is not whole says so by its `flaw`, or raises as well.
    """

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self.assets = Assets(transport)
        self.batches = Batches(transport)
        self.webhooks = Webhooks(transport)
        self.signature = transport.signature

    def languages(self) -> tuple[str, ...]:
        """List the names that a translation may be ordered in."""
        names = members(self._transport.get(f"{_TRANSLATIONS}/languages")).get("languages")
        if not isinstance(names, list):
            raise ApiError("the list of languages has no names in it")
        return tuple(sanitize(name) for name in names if isinstance(name, str) and name.strip())

    def glossary(self, glossary_id: str) -> Glossary | None:
        """Read one glossary with its terms; None where HeyGen answers 404."""

        def read(answer: Any) -> Glossary | None:
            return glossary_of(answer) if GLOSSARY_ID in members(answer) else None

        path = f"/v3/brand-glossaries/{quote(glossary_id, safe='')}"
        return self._find(path, glossary_id, read, "glossary ")

    def job(self, job_id: str) -> Job | None:
        """Read one translation or lip sync; None where HeyGen answers 404: it is gone."""
        if valid_id(job_id) is None:
            return None  # nothing can be of that name
        return self._find(_path(job_id), job_id, partial(job_of, kind=JobKind.of(job_id)))

    def statuses(self, ids: Iterable[str]) -> dict[str, JobStatus | None]:
        """Ask for the states of many jobs, 100 a call; None where one is not found.

        Ids of which the answer says nothing, or two different things, are left out.
        """
        states: dict[str, JobStatus | None] = {}
        asked = list(ids)
        for kind in JobKind:
            remaining = (name for name in asked if JobKind.of(name) is kind)
            while batch := list(islice(remaining, IDS_PER_CALL)):
                query = {_IDS[kind]: ",".join(map(kind.name_of, batch))}
                answer = self._transport.get(f"{PATHS[kind]}/statuses", query)
                told, flaw = states_of(answer, batch, kind)
                if flaw is not None:
                    _log.warning("%s", flaw)
                if not told:
                    raise ApiError(flaw or "the answer about states tells of none of the jobs")
                states |= told
        return states

    def create(self, kind: JobKind, body: dict[str, Json], key: str) -> str:
        """Order one job of a kind and give its id. This is the call that costs money."""
        answer = members(self._transport.post(PATHS[kind], body, key))
        if kind is JobKind.LIPSYNC:
            return _only_id([answer.get("lipsync_id")], kind)
        return _only_id(answer.get("video_translation_ids"))

    def propose(self, body: dict[str, Json], key: str) -> str:
        """Order one proofread session and give its id. This costs, though less than a job."""
        answer = self._transport.post(_PROOFREADS, body, key)
        return _only_id(members(answer).get("proofread_ids"))

    def session(self, proofread_id: str) -> Session | None:
        """Read one proofread session; None where HeyGen answers 404: it has expired."""
        return self._find(f"{_PROOFREADS}/{proofread_id}", proofread_id, session_of)

    def _find(
        self, path: str, name: str, read: Callable[[Any], _Found | None], kind: str = ""
    ) -> _Found | None:
        """Read what is of that name at a path; None for a 404."""
        whole = self._transport.find(path)
        if whole is None:
            return None
        found = read(whole["data"])
        if found is None or found.id != name:
            raise ApiError(f"the answer for {kind}{name} is about something else")
        return found

    def delete_session(self, proofread_id: str) -> None:
        """Delete a proofread session for good; one that is gone already is no failure."""
        self._delete(f"{_PROOFREADS}/{proofread_id}")

    def subtitles(self, proofread_id: str) -> SubtitleLinks:
        """Ask where a finished session's texts are."""
        found = links_of(self._transport.get(f"{_PROOFREADS}/{proofread_id}/srt"))
        if found is None:
            raise ApiError(f"the session {proofread_id} has no text")
        return found

    def upload_subtitles(self, proofread_id: str, asset_id: str) -> None:
        """Put an uploaded text in place of a session's own; may be repeated."""
        body: dict[str, Json] = {"srt": {"type": "asset_id", "asset_id": asset_id}}
        self._transport.put(f"{_PROOFREADS}/{proofread_id}/srt", body)

    def generate(self, proofread_id: str, body: dict[str, Json], key: str) -> str:
        """Order the render of a session and give the translation's id. This costs."""
        answer = self._transport.post(f"{_PROOFREADS}/{proofread_id}/generate", body, key)
        return _only_id([members(answer).get("video_translation_id")])

    def retitle(self, job_id: str, title: str) -> None:
        """Change a job's title, the one thing that can be changed."""
        self._transport.patch(_path(job_id), {"title": title})

    def delete(self, job_id: str) -> None:
        """Delete a job and its files for good; one that is gone already is no failure."""
        self._delete(_path(job_id))

    def _delete(self, path: str) -> None:
        try:
            self._transport.delete(path)
        except ApiError as failure:
            if not failure.gone:
                raise

    def caption_url(self, translation_id: str, form: str) -> str | None:
        """Ask for a link to a finished job's captions, `srt` or `vtt`; None where it has none.

        The endpoint is gone from HeyGen's schema, and may be gone: then there is none. Lip
        syncs never had one.
        """
        if JobKind.of(translation_id) is JobKind.LIPSYNC:
            return None
        try:
            answer = self._transport.get(
                f"{_TRANSLATIONS}/{translation_id}/caption", {"format": form}
            )
        except ApiError as failure:
            if failure.from_vendor and failure.status in _NO_CAPTION:
                return None
            raise
        return link_of(members(answer).get("caption_url"))

    def balance(self) -> Balance:
        """Ask what the account can still spend."""
        return balance_of(self._transport.get("/v3/users/me"))

    def clock_skew(self, now: float) -> float | None:
        """Tell by how many seconds `now` is ahead of HeyGen's clock; None where untold."""
        theirs = self._transport.server_time
        return None if theirs is None else now - theirs


def _path(job_id: str) -> str:
    kind = JobKind.of(job_id)
    return f"{PATHS[kind]}/{kind.name_of(job_id)}"


def _only_id(ids: object, kind: JobKind = JobKind.TRANSLATION) -> str:
    """Return the one id that an order is answered with, where it is one."""
    name = id_of(ids[0], kind) if isinstance(ids, list) and len(ids) == 1 else None
    if name is None:
        raise ApiError("a create was answered without the one id that it should bring")
    return name
