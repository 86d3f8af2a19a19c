"""Proofread sessions as the account tells of them, and the mark that says whose one is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from msgspec import Struct, field

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import SessionStatus


class Session(Struct, frozen=True):
    """A proofread session at HeyGen. `created_at` in seconds since 1970.

    `title_mark` is what its title ends in, where that is a mark of ours.
    """

    id: str
    status: SessionStatus
    created_at: int | None = None
    failure_message: str | None = None
    language: str | None = None
    title_mark: str | None = None

    def may_be(self, target: Target) -> bool:
        """Return whether the session can be the target's, as far as HeyGen tells of it.

        Its language may be a name or a code (docs/vendor/heygen-v3.openapi.yaml,
        `videoTranslateProofreadsGet`).
        """
        language = target.language
        names = (language.name, language.tag, language.tag.partition("-")[0])
        return self.language is None or self.language.casefold() in map(str.casefold, names)


class SessionList(Struct, frozen=True):
    """The account's sessions that bear a mark of ours: all of them, or none.

    `flaw` is why the list could not be read whole; `missing` where HeyGen has no such
    list (it came in October 2026: docs/vendor/changes-2026-11.md, "Proofreads").
    """

    sessions: tuple[Session, ...] = ()
    flaw: str | None = None
    missing: bool = False

    @property
    def whole(self) -> bool:
        """Whether there is a list, and what it lacks is not there."""
        return self.flaw is None and not self.missing


class Seen(Struct, frozen=True):
    """What HeyGen says: the sessions that it lists, and those asked for by their ids.

    Of the latter, None stands for one that HeyGen answers 404 for.
    """

    listed: Mapping[str, Session]
    asked: Mapping[str, Session | None] = field(default_factory=dict)

    def of(self, name: str) -> Session | None:
        """Return a session; None where it is neither listed nor there by its id."""
        return self.asked[name] if name in self.asked else self.listed.get(name)


def title_mark(mark: Mark) -> str:
    """Return what the titles of a mark's sessions end in: 12 hex digits, of the project too.

    A session has no `callback_id`; its title is all that tells whose it is.
    """
    return hashlib.sha256(str(mark).encode()).hexdigest()[:12]
