"""One address asked: whether it leads to a file that will do, and how long that lasts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import BinaryIO, cast

import requests
from msgspec import Struct
from msgspec.structs import replace
from urllib3.exceptions import NameResolutionError, NewConnectionError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as Late

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.sources import SourceReport
from heygen_localize.media import MediaType, Role, seconds_of
from heygen_localize.media.probe.cache import Known, SourceCache, Validators
from heygen_localize.media.probe.ranges import (
    NO_ANSWER,
    OddAnswer,
    RemoteFile,
    is_encoded,
    read_body,
    start_of,
    unpacked,
    validators_of,
)
from heygen_localize.media.probe.verdicts import (
    FIRST_BYTES,
    Answer,
    is_login,
    login,
    of_bytes,
    of_length,
    of_status,
    refused,
)
from heygen_localize.system.causes import cause_of
from heygen_localize.system.web import Web, WebRefusal

LATE = "no answer in time"

_WORDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((requests.exceptions.SSLError, SSLError), "its certificate is not trusted"),
    ((NameResolutionError,), "its host has no address here"),
    ((NewConnectionError,), "the connection failed"),
    ((requests.Timeout, TimeoutError, Late), LATE),
    ((requests.exceptions.InvalidURL,), "it leads to what is not a web address"),
    ((OddAnswer,), "its answer cannot be read"),
)
"""What kept an answer away, in our own words. NewConnectionError is one of urllib3's time-outs."""


class Outcome(Struct, frozen=True):
    """How the asking of one address ended.

    `known` is what is worth remembering. `unreachable`: there was no answer at
    all, so that others at the same host would hardly get one.
    """

    report: SourceReport
    known: Known | None = None
    unreachable: bool = False


class Probe:
    """Asks one address at a time; several threads may use it.

    Args:
        web: The way out.
        cache: Lengths that were read before.
        patience: Seconds to wait for a connection, and again for each piece.
        over: Tells that nobody waits any more.
    """

    def __init__(
        self, web: Web, cache: SourceCache, patience: float, over: Callable[[], bool]
    ) -> None:
        self._web = web
        self._cache = cache
        self._timeout = (patience, patience)
        self._over = over

    def ask(self, url: str, role: Role, tell: Callable[[SourceReport], None]) -> Outcome:
        """Ask an address; `tell` is given what is sure already, before the length is read."""
        try:
            return self._ask(url, role, tell)
        except WebRefusal as refusal:
            problem = refused(refusal.why, role)
            silence = None if problem else f"not asked: it leads to {refusal.why.value}"
            return Outcome(SourceReport(url, problem, silence))
        except NO_ANSWER as error:
            return _no_answer(url, role, error)

    def _ask(self, url: str, role: Role, tell: Callable[[SourceReport], None]) -> Outcome:
        validators = self._head(url)
        known = self._known(url, role, validators)
        if known is not None:
            return _good(url, known)
        answer = self._first(url)
        problem = of_status(answer, role)
        if problem is not None:
            return Outcome(SourceReport(url, problem))
        if not 200 <= answer.status < 300 and answer.size != 0:
            return Outcome(SourceReport(url, silence=f"it answers HTTP {answer.status}"))
        verdict = of_bytes(answer, role)
        if isinstance(verdict, Diagnostic):
            return Outcome(SourceReport(url, verdict))
        report = _report(url, answer.validators)
        tell(report)
        if verdict is None:
            return Outcome(report)
        known = self._known(url, role, answer.validators)
        return _good(url, known) if known else self._measured(answer, role, verdict)

    def _known(self, url: str, role: Role, validators: Validators) -> Known | None:
        known = self._cache.known(url, validators)
        return known if known is not None and known.media_type in role.accepts else None

    def _head(self, url: str) -> Validators:
        """Ask what the file is; empty where the server would not say.

        Signed addresses and odd servers refuse to: only `GET` is judged.
        """
        try:
            with self._web.asked("HEAD", url, timeout=self._timeout) as response:
                read_body(response, 1, self._over)  # Nothing: gives the connection back.
                return validators_of(response) if response.status_code == 200 else Validators()
        except requests.ConnectionError as error:
            if not _is_cut(error):
                raise
            return Validators()

    def _first(self, url: str) -> Answer:
        """Ask for the first bytes; once more where a connection from before had ended."""
        try:
            return self._first_bytes(url)
        except NO_ANSWER as error:
            if not _is_cut(error) or self._over():
                raise
            return self._first_bytes(url)

    def _first_bytes(self, url: str) -> Answer:
        headers = {"Range": f"bytes=0-{FIRST_BYTES - 1}"}
        with self._web.asked("GET", url, headers=headers, timeout=self._timeout) as response:
            status, validators = response.status_code, validators_of(response)
            head, encoded = b"", is_encoded(response)
            if 200 <= status < 300:
                head = read_body(response, FIRST_BYTES, self._over)
                if status == 206 and start_of(response) != 0:
                    raise OddAnswer
            if len(head) < FIRST_BYTES and status == 200 and not encoded:
                validators = replace(validators, size=len(head))
            etag = response.headers.get("ETag", "")
            strong = etag if etag.startswith('"') else None
            return Answer(
                url,
                response.url or url,
                bool(response.history),
                status,
                unpacked(head) if encoded else head,
                validators,
                status == 206 and not encoded,
                strong or response.headers.get("Last-Modified"),
            )

    def _measured(self, answer: Answer, role: Role, media_type: MediaType) -> Outcome:
        """Read the length, by as few more ranges as it takes; not without the file's size."""
        url, file, seconds = answer.asked, None, None
        if answer.size is not None:
            ask = partial(self._part, answer) if answer.ranges else None
            ending = media_type is MediaType.MP4
            file = RemoteFile(ask, answer.head, answer.size, ending=ending)
            seconds = seconds_of(cast(BinaryIO, file), media_type)
        problem = of_length(seconds, role)
        if problem is not None:
            return Outcome(SourceReport(url, problem))
        outcome = _good(url, Known(answer.validators, media_type, seconds))
        return replace(outcome, known=None) if file is not None and file.broken else outcome

    def _part(self, answer: Answer, start: int, end: int) -> bytes:
        """Ask for a range of the file that an answer was of, while it is the same file.

        Raises:
            WebRefusal, or those of `NO_ANSWER`.
        """
        headers = {"Range": f"bytes={start}-{end - 1}"}
        if answer.condition is not None:
            headers["If-Range"] = answer.condition
        with self._web.asked("GET", answer.url, headers=headers, timeout=self._timeout) as response:
            same = validators_of(response) == answer.validators and start_of(response) == start
            if response.status_code != 206 or not same:
                raise OddAnswer
            piece = read_body(response, end - start, self._over)
        if len(piece) != end - start:
            raise OddAnswer
        return piece


def _good(url: str, known: Known) -> Outcome:
    return Outcome(_report(url, known.validators, known.seconds), known)


def _report(url: str, validators: Validators, seconds: float | None = None) -> SourceReport:
    etag, changed = validators.etag, validators.last_modified
    return SourceReport(
        url, etag=etag, last_modified=changed, seconds=seconds, size=validators.size
    )


def _no_answer(url: str, role: Role, error: BaseException) -> Outcome:
    """Say why there was no answer; a login page that cannot be reached is one still."""
    request = getattr(error, "request", None)
    asked = getattr(request, "url", None) or url
    if asked != url and is_login(asked) and not is_login(url):
        return Outcome(SourceReport(url, login(role)))
    unreachable = not isinstance(error, OddAnswer)
    return Outcome(SourceReport(url, silence=_words(error, asked)), unreachable=unreachable)


def _words(error: BaseException, url: str) -> str:
    """Name what kept an answer away, by the error or by the one that it was made of."""
    told = cause_of(error, url)
    if told.ours or isinstance(error, requests.exceptions.ProxyError):
        return told.message
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    for kinds, words in _WORDS:
        if isinstance(error, kinds) or isinstance(reason, kinds):
            return words
    return "the connection broke off"


def _is_cut(error: BaseException) -> bool:
    """Return whether a connection stood, and broke off."""
    cause = error.args[0] if error.args else None
    return isinstance(error, ProtocolError) or isinstance(cause, ProtocolError)
