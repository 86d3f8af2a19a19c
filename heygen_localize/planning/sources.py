"""What was learned of the files behind source URLs, and what a plan makes of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from heygen_localize.core.errors import Problem
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Media, MediaKind, Target
from heygen_localize.core.text import counted
from heygen_localize.planning.plan import Action, ActionKind, Plan, Reason


@dataclass(frozen=True)
class SourceReport:
    """What a URL answered.

    `problem` is a definite answer that no job can be made from it. `silence` says
    why there was no answer to judge by: the vendor may reach what this machine
    cannot. `etag` and `last_modified` are the server's words; `seconds` is the
    length of the video, `size` its bytes, where they could be read. `warning` is what people
    should know before they pay all the same.
    """

    url: str
    problem: Problem | None = None
    silence: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    seconds: float | None = None
    size: int | None = None
    warning: Problem | None = None


Reports = Mapping[str, SourceReport]
"""Reports by the URL as the manifest writes it."""


@dataclass(frozen=True)
class _Site:
    """A site of share links; some words in a query make them lead to the file after all."""

    hosts: tuple[str, ...]
    name: str
    hint: str
    leading_to_files: tuple[str, ...] = ()
    perhaps_taken: bool = False


_UPLOAD = "download the video and put it beside the manifest (source: ./video.mp4)"
_SITES = (
    _Site(
        ("drive.google.com", "docs.google.com"),
        "Google Drive",
        f"{_UPLOAD}; Drive asks for a click before it gives large files",
        ("export=download",),
        perhaps_taken=True,
    ),
    _Site(
        ("dropbox.com", "www.dropbox.com"),
        "Dropbox",
        "end the link with dl=1 instead of dl=0: then it leads to the file itself",
        ("dl=1", "raw=1"),
    ),
    _Site(("loom.com", "www.loom.com"), "Loom", _UPLOAD),
    _Site(
        ("youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be"),
        "YouTube",
        f"{_UPLOAD}, from where it was made",
        perhaps_taken=True,
    ),
    _Site(("vimeo.com", "www.vimeo.com"), "Vimeo", _UPLOAD, perhaps_taken=True),
)
"""Sites whose links lead to a page (docs/vendor/behaviour.md, "Source files")."""


def share_page(url: str) -> SourceReport | None:
    """Recognise a link to a page about a video, by its host; None for any other.

    HeyGen may take public pages of some sites since May 2026, and its pages disagree
    (docs/vendor/behaviour.md, "Source files"): that is for people to know, and no refusal.
    """
    parts = urlsplit(url)
    for site in _SITES:
        leads_to_file = not {*parts.query.split("&")}.isdisjoint(site.leading_to_files)
        if parts.hostname not in site.hosts or leads_to_file:
            continue
        told = f"the source is a {site.name} page about the video, not the file itself"
        if site.perhaps_taken:
            doubt = "HeyGen's pages disagree on whether it takes public ones; a job may fail"
            warning = Problem("source_share_page", f"{told}: {doubt}", hint=site.hint)
            return SourceReport(url, warning=warning)
        return SourceReport(url, Problem("source_share_page", told, hint=site.hint))
    return None


def urls_of(target: Target) -> tuple[str, ...]:
    """Give the web addresses that a target is made from."""
    return tuple(media.reference for media in target.media if media.kind is MediaKind.URL)


def with_sources(plan: Plan, lock: Lock, reports: Reports) -> Plan:
    """Bring what the sources answered into a plan.

    A target that would cost is blocked by a definite answer. One that is rendered
    is shown as drifted where the file behind its URL is another by now.
    """
    judged = [_judged(action, lock, reports) for action in plan.actions]
    blocked = {action.address: action for action in judged if action.problem is not None}
    actions = [
        _blocked(action, blocked[action.shares].problem) if action.shares in blocked else action
        for action in judged
    ]
    return replace(plan, actions=tuple(actions))


def _blocked(action: Action, problem: Problem | None) -> Action:
    return replace(
        action,
        kind=ActionKind.BLOCKED,
        reason=Reason.SOURCE_REFUSED,
        problem=problem,
        shares=None,
    )


def _judged(action: Action, lock: Lock, reports: Reports) -> Action:
    if action.target is None:
        return action
    found = [reports[url] for url in urls_of(action.target) if url in reports]
    problem = next((report.problem for report in found if report.problem is not None), None)
    if action.costs and problem is not None:
        return _blocked(action, problem)
    entry = lock.entries.get(action.address)
    report = reports.get(action.target.source.reference)
    if action.kind is not ActionKind.NONE or entry is None or report is None:
        return action
    if entry.job.source.changed_from(report.etag, report.last_modified):
        return replace(action, kind=ActionKind.DRIFT, reason=Reason.SOURCE_CHANGED)
    return action


def length_of(media: Media, reports: Reports) -> float | None:
    """Give the seconds that a source is known to last, from its bytes; None where untold."""
    if media.seconds is not None:
        return media.seconds
    report = reports.get(media.reference) if media.kind is MediaKind.URL else None
    return report.seconds if report is not None else None


def silences(reports: Reports) -> tuple[Problem, ...]:
    """Say what is doubtful about sources, and of which hosts nothing could be learned."""
    doubts = {report.warning: None for _, report in sorted(reports.items()) if report.warning}
    found: dict[str, list[str]] = {}
    for url in sorted(reports):
        silence = reports[url].silence
        if silence is not None:
            found.setdefault(urlsplit(url).netloc, []).append(silence)
    silent = tuple(
        Problem(
            "source_silent",
            f"{host} could not be asked about {counted(len(reasons), 'source')}: {reasons[0]}",
            hint="the vendor may reach it all the same; --no-check-sources asks nobody",
        )
        for host, reasons in sorted(found.items())
    )
    return (*doubts, *silent)
