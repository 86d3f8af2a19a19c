"""What was learned of the files behind source URLs, and what a plan makes of it. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Media, MediaKind, Target
from heygen_localize.core.sources import Reports
from heygen_localize.core.text import pluralize
from heygen_localize.planning.plan import (
    Action,
    Plan,
    RefusedOrder,
    SessionOrder,
    SharedJob,
    TargetAction,
)
from heygen_localize.planning.reasons import ActionKind, Reason


def urls_of(target: Target) -> tuple[str, ...]:
    """Return the web addresses that a target is made from."""
    return tuple(media.reference for media in target.media if media.kind is MediaKind.URL)


def apply_source_checks(plan: Plan, lock: Lock, reports: Reports, denied: str | None) -> Plan:
    """Bring what the sources answered into a plan.

    A target that would cost is blocked by a definite answer. One that is rendered
    is shown as drifted where the file behind its URL is another by now. `denied` is why HeyGen
    shows no lip syncs: it would take no order of one either.
    """
    judged = [
        _judged(action, lock, reports, denied) if isinstance(action, TargetAction) else action
        for action in plan.actions
    ]
    refused = {item.address: item for item in judged if isinstance(item, RefusedOrder)}
    actions = (
        _refused(action, refused[action.shares].problem, refused[action.shares].reason)
        if isinstance(action, SharedJob) and action.shares in refused
        else action
        for action in judged
    )
    return replace(plan, actions=tuple(actions))


_HINT_DENIED = (
    "your plan may not include lip sync: ask HeyGen, or leave these targets out: skip: true"
)


def _refused(action: TargetAction, problem: Diagnostic, reason: Reason) -> RefusedOrder:
    return RefusedOrder(
        action.address,
        reason=reason,
        facts=action.facts,
        job=action.job,
        records=action.records,
        problem=problem,
        session=action.session if isinstance(action, SessionOrder) else None,
    )


def _judged(action: TargetAction, lock: Lock, reports: Reports, denied: str | None) -> Action:
    if action.costs and denied is not None and action.target.kind is JobKind.LIPSYNC:
        told = Diagnostic("lipsync_denied", denied, hint=_HINT_DENIED)
        return _refused(action, told, Reason.LIPSYNC_DENIED)
    found = [reports[url] for url in urls_of(action.target) if url in reports]
    problem = next((report.problem for report in found if report.problem is not None), None)
    if action.costs and problem is not None:
        return _refused(action, problem, Reason.SOURCE_REFUSED)
    entry = lock.entries.get(action.address)
    report = reports.get(action.target.source.reference)
    if action.kind is not ActionKind.NONE or entry is None or report is None:
        return action
    if entry.job.source.changed_from(report.etag, report.last_modified):
        return replace(action, kind=ActionKind.DRIFT, reason=Reason.SOURCE_CHANGED)
    return action


def length_of(media: Media, reports: Reports) -> float | None:
    """Return the seconds that a source is known to last, from its bytes; None where untold."""
    if media.seconds is not None:
        return media.seconds
    report = reports.get(media.reference) if media.kind is MediaKind.URL else None
    return report.seconds if report is not None else None


def silences(reports: Reports) -> tuple[Diagnostic, ...]:
    """Say what is doubtful about sources, and of which hosts nothing could be learned."""
    # Of pages about a video the manifest's own warnings tell, with their lines.
    doubts = {
        report.warning: None
        for _, report in sorted(reports.items())
        if report.warning and report.warning.code != "source_share_page"
    }
    found: dict[str, list[str]] = {}
    for url in sorted(reports):
        silence = reports[url].silence
        if silence is not None:
            found.setdefault(urlsplit(url).netloc, []).append(silence)
    silent = tuple(
        Diagnostic(
            "source_silent",
            f"{host} could not be asked about {pluralize(len(reasons), 'source')}: {reasons[0]}",
            hint="HeyGen may reach it all the same; --no-check-sources asks nobody",
        )
        for host, reasons in sorted(found.items())
    )
    return (*doubts, *silent)
