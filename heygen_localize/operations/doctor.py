"""What `localize doctor` looks at: each thing is ok, a warning, or a failure with its mend."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.balance import Balance
from heygen_localize.core.errors import (
    Diagnostic,
    ExitCode,
    GitError,
    LocalizeError,
    LockfileError,
    StateError,
)
from heygen_localize.core.lock import Lock
from heygen_localize.core.text import pluralize, sanitize
from heygen_localize.core.urls import is_loopback
from heygen_localize.core.version import __version__
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection, api_base, connection
from heygen_localize.project.account import Account
from heygen_localize.project.journal import Journal
from heygen_localize.project.process_lock import journal_path
from heygen_localize.project.project import LANGUAGE_CODES, Project
from heygen_localize.system.clock import Clock
from heygen_localize.system.git import answers

_MOST_SKEW = 60.0
"""Seconds by which this machine's clock may differ: stuck jobs and fresh answers are told by it."""

_FEW_LANGUAGES = 100


class Health(Enum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(Struct, frozen=True):
    """One line of the doctor's report."""

    name: str
    health: Health
    message: str
    hint: str | None = None
    exit_code: ExitCode = ExitCode.OK


def diagnose(
    manifest: Path,
    environment: Mapping[str, str],
    home: Path,
    connect: Callable[[Connection], Client],
    clock: Clock,
) -> tuple[Check, ...]:
    """Look at everything that `apply` relies on; costs nothing and changes nothing."""
    checks = [
        Check("version", Health.OK, f"localize {__version__}, Python {platform.python_version()}")
    ]
    try:
        found = connection(environment, home)
    except LocalizeError as error:
        about_base = error.problems[0].code.startswith("base_")
        failed = _failed("base" if about_base else "key", error)
        return (*checks, failed, *_local(manifest, None, _loopback(environment)))
    checks.append(Check("key", Health.OK, f"found in {found.key_source}"))
    checks.append(Check("base", Health.OK, found.base))
    try:
        client = connect(found)
    except LocalizeError as error:
        return (*checks, _failed("account", error), *_local(manifest, None, found.loopback))
    account = Account(client, found.loopback)
    online = _online(client, clock)
    checks += online
    reached = online[0].health is not Health.FAIL
    return (*checks, *_local(manifest, account if reached else None, found.loopback))


def worst(checks: tuple[Check, ...]) -> ExitCode:
    """Return the exit code: that of the first failure, 0 where there is none."""
    failures = (check.exit_code for check in checks if check.health is Health.FAIL)
    return next(failures, ExitCode.OK)


def _online(client: Client, clock: Clock) -> list[Check]:
    try:
        balance = client.balance()
        languages = len(client.languages())
    except LocalizeError as error:
        return [_failed("account", error)]
    whose = f"{balance.holder or 'not told whose'}, plan {balance.plan or 'not told'}"
    return [
        Check("account", Health.OK, f"HeyGen answers and takes the key: {whose}"),
        _skew(client.clock_skew(clock.now())),
        _balance(balance),
        _warn_unless(
            languages >= _FEW_LANGUAGES,
            "languages",
            f"{languages} on offer",
            "fewer than usual: localize languages --online shows them",
        ),
    ]


def _warn_unless(fine: bool, name: str, message: str, hint: str) -> Check:
    return Check(name, Health.OK, message) if fine else Check(name, Health.WARN, message, hint)


def _skew(seconds: float | None) -> Check:
    if seconds is None:
        return Check("clock", Health.WARN, "HeyGen's answers have no date to compare with")
    fine, way = abs(seconds) <= _MOST_SKEW, "ahead" if seconds > 0 else "behind"
    off = f"this machine's clock is {abs(seconds):.0f} s {way}"
    told = "agrees with HeyGen's" if fine else off
    return _warn_unless(fine, "clock", told, "synchronise it (NTP): the age of jobs depends on it")


def _balance(balance: Balance) -> Check:
    if balance.left is None:
        return Check("balance", Health.OK, f"not told (billing: {balance.billing})")
    told = f"{balance.left} ({balance.billing})"
    return _warn_unless(not balance.empty, "balance", told, "top up before the next apply")


def _loopback(environment: Mapping[str, str]) -> bool:
    try:
        return is_loopback(urlsplit(api_base(environment)).hostname or "")
    except LocalizeError:
        return False


def _local(manifest: Path, account: Account | None, loopback: bool) -> list[Check]:
    """Look at what lies here; what only the account can settle is held against nobody."""
    if not manifest.exists():
        hint = "name it with -f, or start one: localize init"
        return [Check("manifest", Health.WARN, f"there is no {sanitize(str(manifest))}", hint)]
    checks = []
    try:
        project = Project.open(manifest, account, loopback=loopback)
        targets = pluralize(len(project.manifest.targets), "target")
        checks.append(Check("manifest", Health.OK, targets))
        checks.append(_lockfile(project.lock))
        if project.state.shared:
            checks.append(Check("state", Health.OK, "a database that answers"))
    except StateError as error:
        checks.append(_failed("state", error))
    except LockfileError as error:
        checks.append(_failed("lockfile", error))
    except GitError as error:
        checks.append(_failed("git", error))
    except LocalizeError as error:
        unsettled = account is None and all(
            problem.code in LANGUAGE_CODES for problem in error.problems
        )
        checks.append(_unsettled(error) if unsettled else _failed("manifest", error))
    if all(check.name != "git" for check in checks):
        checks += _git(manifest)
    return [*checks, _journal(manifest)]


def _unsettled(error: LocalizeError) -> Check:
    """Tell of languages that this version does not know, and HeyGen may by now."""
    hint = "HeyGen's list of today settles it: first let the key be accepted, see above"
    return replace(_failed("manifest", error), health=Health.WARN, hint=hint)


def _git(manifest: Path) -> list[Check]:
    """Look whether git answers, which prune asks even where no approval is git's."""
    try:
        return [Check("git", Health.OK, "answers")] if answers(manifest.parent) else []
    except GitError as error:
        return [replace(_failed("git", error), health=Health.WARN)]


def _lockfile(lock: Lock) -> Check:
    told = pluralize(len(lock.entries), "entry", "entries")
    told += ", and a merge conflict" if lock.merged else ""
    return _warn_unless(not lock.merged, "lockfile", told, "localize apply resolves it")


def _journal(manifest: Path) -> Check:
    try:
        waiting = len(Journal(journal_path(manifest)).read())
    except LocalizeError as error:
        return _failed("journal", error)
    cut_off = f"{pluralize(waiting, 'answer')} of a run that was cut off, or of the last minutes"
    told = cut_off if waiting else "empty"
    return _warn_unless(not waiting, "journal", told, "localize apply takes them in")


def _failed(name: str, error: LocalizeError) -> Check:
    first: Diagnostic = error.problems[0]
    place = f"{first.where}: " if str(first.where) else ""
    more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
    told = sanitize(place + first.message + more)
    return Check(name, Health.FAIL, told, first.hint, error.exit_code)
