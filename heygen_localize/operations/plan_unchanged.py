"""Whether the answer of a plan, or of an apply, may be given again, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heygen_localize.core.version import __version__
from heygen_localize.core.waits import LINKS_TOLD_SECONDS
from heygen_localize.heygen.glossaries import uses_glossaries
from heygen_localize.operations.request import Request, SourceCheck
from heygen_localize.planning.reasons import ActionKind
from heygen_localize.project.file_state import is_shared
from heygen_localize.project.process_lock import only_one
from heygen_localize.project.seen_account import WHOLE_WITHIN, SeenAccount, load_seen, seen_path
from heygen_localize.project.unchanged import Unchanged, unchanged_path
from heygen_localize.system.clock import Clock
from heygen_localize.system.trace import Trace

if TYPE_CHECKING:
    # An answer that is given again needs nothing of what made it.
    from heygen_localize.planning.results import Planned
    from heygen_localize.project.account import Account

_QUIET = frozenset({ActionKind.NONE, ActionKind.SKIP})


def earlier_plan(request: Request, account: Account, clock: Clock, form: str) -> Unchanged | None:
    """Return the answer to a request for a plan, if one is kept; `form` is that of the output.

    None where the request is about more than what is traced: every source's host.
    """
    return _earlier("plan", request, account, clock, form)


def earlier_apply(
    request: Request, account: Account, clock: Clock, form: str
) -> tuple[Unchanged | None, str | None]:
    """Return what keeps the answer of an `apply`, and the one that is kept and still holds.

    Other processes are kept away while that is looked at, as from an `apply`.

    Raises:
        BusyError, DiskError: as `apply`.
        AccountRefused: the key is not accepted.
    """
    earlier = _earlier("apply", request, account, clock, form)
    if earlier is None or not unchanged_path(request.path, "apply").exists():
        return earlier, None
    with only_one(request.path):
        return earlier, earlier.answer()


def _earlier(
    command: str, request: Request, account: Account, clock: Clock, form: str
) -> Unchanged | None:
    if request.check_sources is SourceCheck.ALL or is_shared():
        return None  # What others write into a database leaves no trace here.
    question = f"{command} {__version__} {request!r} {form}"
    return Unchanged(request.path, account.client, question, clock.now())


def keep_plan(
    earlier: Unchanged, planned: Planned, account: Account, trace: Trace, answer: str
) -> None:
    """Keep what was said of a plan, where it says that nothing is to be done."""
    seen = _seen(planned, account)
    quiet = all(action.kind in _QUIET and not action.changes for action in planned.plan.actions)
    plain = not (planned.warnings or planned.lock.merged or planned.plan.duplicates)
    # Texts are approved by git, and a glossary's terms may change at HeyGen.
    more = uses_glossaries(planned.plan) or any(
        target.proofread is not None for target in planned.manifest.targets
    )
    more = more or planned.manifest.state is not None
    if seen is None or not quiet or not plain or more or planned.refusals:
        return
    # Links that end are told of a day before that.
    ends = (
        entry.served.outputs.expires_at - LINKS_TOLD_SECONDS
        for entry in planned.lock.entries.values()
        if entry.served is not None and entry.served.outputs.expires_at is not None
    )
    # What a budget has left is told of the period that runs.
    turns = (item.ends for item in planned.budgets if item.ends is not None)
    ends_then = (end for end in (*ends, *turns) if end > planned.made_at)
    until = min([seen.whole_at + WHOLE_WITHIN, *ends_then])
    earlier.keep(answer, seen, trace, until)


def _seen(planned: Planned, account: Account) -> SeenAccount | None:
    """Return the account as it was seen, where the plan stands on that."""
    if not planned.listing.partial:
        return None
    manifest = planned.manifest
    names = (manifest.project, *manifest.formerly)
    path, kinds = seen_path(manifest.path), planned.listing.kinds
    return load_seen(path, account.client, names, kinds, planned.made_at)
