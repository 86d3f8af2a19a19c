"""HeyGen's lists, walked page by page: bounded in number and memory, whole or with a flaw."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator
from functools import partial
from itertools import pairwise
from math import inf
from sys import getsizeof
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import NO_OUTPUTS, Job, Listing
from heygen_localize.core.sessions import Session, SessionList
from heygen_localize.core.waits import LIST_LAG_SECONDS
from heygen_localize.heygen.errors import NOT_JSON, ApiError
from heygen_localize.heygen.glossaries import GLOSSARY_ID, Glossary, glossary_of
from heygen_localize.heygen.messages import has_links, listed_job
from heygen_localize.heygen.pages import Item, Page, page_of
from heygen_localize.heygen.proofreads import session_of
from heygen_localize.heygen.transport import Transport

PAGE_SIZE = 100
"""The most that one page holds (docs/vendor/behaviour.md, "Calls")."""

_MOST_PAGES = 10_000
PATHS = {JobKind.TRANSLATION: "/v3/video-translations", JobKind.LIPSYNC: "/v3/lipsyncs"}
"""Where the jobs of each kind stand."""

_GLOSSARIES = "/v3/brand-glossaries"
_SESSIONS = f"{PATHS[JobKind.TRANSLATION]}/proofreads"

_MOST_KEPT = 160_000_000
"""Bytes of memory for what is kept of all jobs; 100,000 of the usual size take two thirds."""

_MOST_LINKS = 50_000_000
"""Bytes after which links are not kept: they are most of a job, and each can be asked for."""

_MOST_NEW = 20_000
"""Jobs, after which what is new is not looked for any more: all are to be listed."""

_MOST_GLOSSARIES = 10_000
_MOST_SESSIONS = 10_000
"""Sessions of ours; each lives for a day."""

_TOO_MANY, _SERVER_FAULT = 429, 500
_NO_LIST = (400, 404, 405, 410)
"""What HeyGen may say where the path is taken for a translation's, or for none."""

_A_JOB = 600
"""Bytes that a job takes beside its texts."""


class Named(Struct, frozen=True):
    """Jobs by their ids, and which have links; `flaw` says why the list is not whole."""

    jobs: dict[str, Job]
    reachable: frozenset[str]
    flaw: str | None = None


class Lists:
    """The account's lists. Where there is no usable answer, reading one raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def listing(self, kinds: Collection[JobKind], known: Listing | None = None) -> Listing:
        """List all of the account's jobs of these kinds, the newest of each kind first.

        With a complete listing of the same kinds that is `known`, only what is newer: from the
        newest back to a page that holds nothing new.

        A page that fails or contradicts itself makes the listing incomplete, with the reason:
        what was seen is still true, but what was not seen proves nothing. Of very many jobs,
        the older ones come without their links.

        Raises:
            AccountRefused: the key is not accepted.
        """
        jobs = {job.id: job for job in known.jobs} if known is not None else {}
        room = _Room()
        flaw = denied = None
        for kind in kinds:
            failure = self._listed(kind, jobs, room, known is not None)
            if isinstance(failure, ApiError) and failure.denied and kind is JobKind.LIPSYNC:
                denied = str(failure)
            elif failure is not None:
                flaw = flaw or str(failure)
        seen = tuple(kind for kind in kinds if denied is None or kind is not JobKind.LIPSYNC)
        return Listing(tuple(jobs.values()), flaw, kinds=seen, lipsyncs_denied=denied)

    def _listed(
        self, kind: JobKind, jobs: dict[str, Job], room: _Room, onward: bool
    ) -> str | ApiError | None:
        """Add the jobs of a kind to those known, `onward` from them; return what is missing."""
        flaw = None
        try:
            for page in self._jobs(kind):
                flaw = flaw or page.flaw
                overlap = onward and all(job.id in jobs for job in page.items)
                # A page may shift while it is read; the newest answer of an id counts.
                jobs.update((job.id, room.fitted(job)) for job in page.items)
                if room.used > _MOST_KEPT:
                    return flaw or _too_large(len(jobs))
                if overlap and page.items:
                    break
        except ApiError as failure:
            if failure.refuses_account:
                raise
            return flaw or failure
        return flaw

    def since(self, kinds: Collection[JobKind], known: Container[str], moment: float) -> Listing:
        """List the jobs of these kinds, each from the newest back to a page with nothing new.

        `known` are the ids seen at a `moment`, in seconds since 1970. A walk ends at a page
        of these alone, from before that moment and the time that a list may lag, as long as
        the list has been in the order of time: then the listing is `partial`. Else it is all.

        Raises:
            AccountRefused: the key is not accepted.
        """
        jobs: dict[str, Job] = {}
        partial_view, flaw = False, None
        try:
            for kind in kinds:
                ended, flaw = self._new(kind, jobs, known, moment - LIST_LAG_SECONDS)
                if flaw is not None:
                    break
                partial_view = partial_view or ended
        except ApiError as failure:
            if failure.refuses_account:
                raise
            flaw = str(failure)
        of_some = partial_view and flaw is None
        return Listing(tuple(jobs.values()), flaw, partial=of_some, kinds=tuple(kinds))

    def _new(
        self, kind: JobKind, jobs: dict[str, Job], known: Container[str], before: float
    ) -> tuple[bool, str | None]:
        """Add what is new of a kind; return whether the walk could end early, and its flaw."""
        last = inf
        for page in self._jobs(kind):
            jobs.update((job.id, job) for job in page.items)
            times = [inf if job.created_at is None else job.created_at for job in page.items]
            ordered = all(later >= time for later, time in pairwise([last, *times]))
            # What is out of order, or without a date, makes all that follows uncertain.
            last = times[-1] if ordered and times else -inf
            if page.flaw is not None:
                return False, page.flaw
            if len(jobs) > _MOST_NEW:
                return False, "more is new than is worth a look"
            old = ordered and bool(times) and times[0] < before
            if old and page.token is not None and all(job.id in known for job in page.items):
                return True, None
        return False, None

    def recent(self, wanted: Iterable[str], pages: int | None = None) -> dict[str, Job]:
        """Read jobs through the lists, newest first, until all wanted ids were seen.

        Many jobs that ended together cost a page of a hundred, not a call each; the walk ends
        where it has cost as much as asking for those that are missing would, or so many `pages`
        of a kind. What a flawed page does not show is left out.
        """
        found: dict[str, Job] = {}
        asked = set(wanted)
        for kind in JobKind:
            missing = {name for name in asked if JobKind.of(name) is kind}
            most = 2 + len(missing) // PAGE_SIZE * 2
            for number, page in enumerate(self._jobs(kind) if missing else (), 1):
                found.update((job.id, job) for job in page.items if job.id in missing)
                missing -= found.keys()
                if not missing or number >= (pages or most + len(missing)):
                    break
        return found

    def named(self, wanted: Collection[str], links: bool) -> Named:
        """List all of the account's jobs of the kinds that are wanted, and keep these.

        Without `links`, of these is only kept which ones have any: they are most of a job.

        Raises:
            AccountRefused: the key is not accepted.
        """
        jobs: dict[str, Job] = {}
        reachable: set[str] = set()
        room, flaw = _Room(inf), None
        for kind in JobKind.of_all(wanted):

            def read(item: dict[str, Any], kind: JobKind = kind) -> Job:
                job = listed_job(item, kind, links)
                if has_links(item):
                    reachable.add(job.id)
                return job

            try:
                for page in walk(self._transport, PATHS[kind], read):
                    flaw = flaw or page.flaw
                    kept = [job for job in page.items if job.id in wanted]
                    jobs.update((job.id, room.fitted(job)) for job in kept)
                    if room.used > _MOST_KEPT:
                        return Named(jobs, frozenset(reachable), _too_large(len(jobs)))
            except ApiError as failure:
                if failure.refuses_account:
                    raise
                if not (failure.denied and kind is JobKind.LIPSYNC):
                    flaw = flaw or str(failure)
        return Named(jobs, frozenset(reachable), flaw)

    def _jobs(self, kind: JobKind) -> Iterator[Page[Job]]:
        return walk(self._transport, PATHS[kind], partial(listed_job, kind=kind))

    def glossaries(self) -> tuple[Glossary, ...]:
        """List the account's brand glossaries, in HeyGen's order."""
        found: list[Glossary] = []
        for page in walk(self._transport, _GLOSSARIES, glossary_of, GLOSSARY_ID):
            found += page.items
            flaw = page.flaw
            if len(found) > _MOST_GLOSSARIES:
                flaw = flaw or f"the list has more than {_MOST_GLOSSARIES} glossaries"
            if flaw:
                raise ApiError(flaw)
        return tuple(found)

    def sessions(self) -> SessionList:
        """List the account's proofread sessions that bear a mark of ours.

        Raises:
            ApiError: the key is not accepted.
        """
        found: dict[str, Session] = {}
        answered = False
        try:
            for page in walk(self._transport, _SESSIONS, session_of):
                answered = True
                found.update((item.id, item) for item in page.items if item and item.title_mark)
                if page.flaw:
                    return SessionList(flaw=page.flaw)
                if len(found) > _MOST_SESSIONS:
                    return SessionList(flaw=f"the list has more than {_MOST_SESSIONS} sessions")
        except ApiError as failure:
            if failure.unauthorized:
                raise
            if not answered and _is_no_list(failure):
                return SessionList(missing=True)
            return SessionList(flaw=str(failure))
        return SessionList(tuple(found.values()))


def walk(
    transport: Transport, path: str, read: Callable[[Any], Item], key: str = "id"
) -> Iterator[Page[Item]]:
    """Walk over the pages of a list, until it ends or nobody can tell how it goes on."""
    token: str | None = None
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        query = {"limit": str(PAGE_SIZE)} | ({"token": token} if token else {})
        page = page_of(transport.get_whole(path, query), read, key)
        if page.token in seen:
            back = "the list leads back to a page that was read before"
            page = replace(page, token=None, flaw=page.flaw or back)
        yield page
        token = page.token
        if token is None:
            return
        seen.add(token)
    yield Page((), None, f"the list does not end after {_MOST_PAGES} pages")


def _is_no_list(failure: ApiError) -> bool:
    if failure.from_vendor:
        return failure.status in _NO_LIST
    odd = failure.status is not None and failure.status < _SERVER_FAULT
    return failure.code == NOT_JSON or (odd and failure.status != _TOO_MANY)


def _too_large(jobs: int) -> str:
    return f"the list takes more than 160 MB of memory after {jobs} jobs"


class _Room:
    """The memory that a listing takes, in bytes, as far as it is `used`."""

    def __init__(self, links: float | None = None) -> None:
        self.used = 0
        self._links = _MOST_LINKS if links is None else links

    def fitted(self, job: Job) -> Job:
        """Return a job as it is kept: without its links where half of the room is gone."""
        if self.used > self._links:
            job = replace(job, outputs=NO_OUTPUTS)
        links = job.outputs
        texts = (job.id, job.callback_id, job.language, job.title, job.failure_message)
        urls = (links.video_url, links.audio_url, links.srt_caption_url, links.vtt_caption_url)
        self.used += _A_JOB + sum(getsizeof(text) for text in texts + urls if text)
        return job
