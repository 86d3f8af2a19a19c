"""HeyGen's texts, which reviewed ones are held against: kept here, or still in the account."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from heygen_localize.core.errors import MachineTextError, SubtitleError
from heygen_localize.core.lock import LockedSession
from heygen_localize.core.proofread import Proofread, SessionStatus
from heygen_localize.core.text import subtitle_bytes
from heygen_localize.heygen.errors import ApiError
from heygen_localize.project.account import Account
from heygen_localize.project.subtitle_files import MachineTexts
from heygen_localize.subtitles import as_subrip

Opener = Callable[[], Account | None]
"""Opens the account once it is needed; None where there is no key."""

_NOT_HERE = "HeyGen's text is not on this machine"


def no_account() -> None:
    """Open no account: what is not on this machine is not looked for."""


class MachineTextSource:
    """Finds HeyGen's text of a target."""

    def __init__(self, manifest: Path, opener: Opener) -> None:
        self._machines = MachineTexts(manifest)
        self._open_account = cache(opener)
        self._silence: str | None = None

    def of(self, review: Proofread, session: LockedSession | None) -> bytes:
        """Return the text that a session came with.

        Raises:
            MachineTextError: it is not here, and cannot be had from the account either.
        """
        if session is None or session.fingerprint != review.session:
            raise MachineTextError(
                "HeyGen has made no text for it yet",
                hint="localize apply asks for one",
            )
        kept = self._machines.of(session)
        if kept is not None:
            return kept
        if session.uploaded is not None:
            raise MachineTextError(
                f"{_NOT_HERE}, and its session now holds the reviewed one",
                hint="run this where localize apply fetched it",
            )
        account = self._open_account()
        if account is None:
            raise MachineTextError(
                f"{_NOT_HERE}, and there is no key to ask for it",
                hint="set HEYGEN_API_KEY, or run this where localize apply fetched it",
            )
        return self._fetched(account, session)

    def _fetched(self, account: Account, session: LockedSession) -> bytes:
        if self._silence is not None:
            raise MachineTextError(self._silence)
        try:
            found = account.client.session(session.proofread_id)
            state = found.status if found is not None else None
            if state is not SessionStatus.COMPLETED:
                message = f"is {state.value}" if state is not None else "has expired"
                raise MachineTextError(f"{_NOT_HERE}, and its session {message}")
            url = account.client.subtitles(session.proofread_id).text
        except ApiError as failure:
            message = f"{_NOT_HERE}, and HeyGen could not be asked for it: {failure}"
            if failure.refuses_account or not failure.from_vendor:
                self._silence = message  # the next one would be answered no better
            raise MachineTextError(message, hint=failure.problems[0].hint) from None
        content = _download(url, account.loopback)
        if session.machine is None:
            return content
        if hashlib.sha256(content).hexdigest() != session.machine:
            raise MachineTextError(f"{_NOT_HERE}, and its session now holds another one")
        with suppress(OSError, UnicodeDecodeError):
            self._machines.keep(content)
        return content


def _download(url: str, loopback: bool) -> bytes:
    # Here, since most of what is compared lies on this machine.
    from heygen_localize.heygen.session_texts import fetched
    from heygen_localize.system.web import Web

    web = Web(loopback=loopback)
    try:
        return as_subrip(subtitle_bytes(fetched(web, url)))
    except ApiError as failure:
        hint = failure.problems[0].hint
        raise MachineTextError(f"{_NOT_HERE}, and {failure}", hint=hint) from None
    except SubtitleError as error:
        raise MachineTextError(f"HeyGen's text cannot be used: {error.first.message}") from None
    finally:
        web.close()
