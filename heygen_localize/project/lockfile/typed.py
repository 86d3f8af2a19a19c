"""A lockfile as localize writes it, decoded in one typed pass. Pure.

It takes nothing that the reader refuses, and gives the same lock. What it does not take is read
again, value by value: that says what is wrong, and mends what need not be refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from heygen_localize.core.kinds import Address, Count, FileKind, Moment, Sha256, VendorId
from heygen_localize.core.lock import Lock, LockedJob, LockedSession, LockEntry
from heygen_localize.core.locked_spec import LockedSpec
from heygen_localize.core.objects import StoredObject
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.spent import SpentOrder
from heygen_localize.core.text import sanitize

VERSION = 5
"""The latest version that this reads: 4 lacks what was spent, 3 objects in buckets, 2 lip syncs
and checks, 1 what jobs were ordered as."""

_NULL = re.compile(rb"[:\[,]\s*null\s*[,\]}]")


class _Entry(LockedJob, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A target's entry as it is written: its job's members beside its own."""

    language: Annotated[str, Meta(min_length=1)]
    attempts: Count
    serving: LockedJob | None = None
    superseded: tuple[VendorId, ...] = ()
    protected: bool = False
    objects: dict[FileKind, StoredObject] = field(default_factory=dict)


class _Session(LockedSession, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A session as it is written: its attempts always stand there."""

    attempts: Count


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    lockfile_version: Annotated[int, Meta(ge=1, le=VERSION)]
    project: Annotated[str, Meta(pattern=r"\A[a-z0-9-]{1,40}\Z")]
    targets: dict[Address, _Entry]
    assets: dict[Sha256, VendorId] = field(default_factory=dict)
    proofreads: dict[Address, _Session] = field(default_factory=dict)
    approvals: dict[Address, Sha256] = field(default_factory=dict)
    deleted: dict[VendorId, Moment] = field(default_factory=dict)
    paid: dict[VendorId, PaidOrder] = field(default_factory=dict)
    spent: dict[VendorId, SpentOrder] = field(default_factory=dict)


_decode = msgspec.json.Decoder(_Document).decode
_members = attrgetter(*LockedJob.__struct_fields__)
_members_of_session = attrgetter(*LockedSession.__struct_fields__)
_clean = lru_cache(maxsize=1024)(sanitize)
"""Few names of languages stand in a lockfile, each many times."""


class _NotPlainError(ValueError):
    """There is something that has to be looked at value by value."""


def decoded(content: bytes) -> Lock | None:
    """Return the lock that a lockfile's bytes hold; None where they need a closer look."""
    # A member that is null is not the same as none.
    if b"null" in content and _NULL.search(content):
        return None
    try:
        document = _decode(content)
        targets = document.targets
        entries = {address: _entry(targets.pop(address)) for address in list(targets)}
        sessions = {address: _session(item) for address, item in document.proofreads.items()}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _NotPlainError):
        return None
    return Lock(
        document.project,
        entries,
        document.assets,
        sessions,
        document.approvals,
        document.deleted,
        document.paid,
        document.spent,
    )


def _entry(item: _Entry) -> LockEntry:
    if len(set(item.superseded)) < len(item.superseded):
        raise _NotPlainError
    return LockEntry(
        _clean(item.language),
        _job(LockedJob(*_members(item))),
        item.attempts,
        item.serving and _job(item.serving),
        item.superseded,
        item.protected,
        item.objects,
    )


def _job(job: LockedJob) -> LockedJob:
    if job.spec is not None and not _is_plain(job.spec):
        raise _NotPlainError
    if job.failure_message is None:
        return job
    return replace(job, failure_message=sanitize(job.failure_message))


def _is_plain(spec: LockedSpec) -> bool:
    values: Mapping[str, object] = spec.options
    return all(isinstance(value, (str, bool)) for value in values.values())


def _session(item: _Session) -> LockedSession:
    session = LockedSession(*_members_of_session(item))
    if session.unusable == "":
        raise _NotPlainError
    return replace(
        session,
        failure_message=session.failure_message and sanitize(session.failure_message),
        unusable=session.unusable and sanitize(session.unusable),
    )
