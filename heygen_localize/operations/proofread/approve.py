"""Approving texts by command: their hashes go to the lockfile, a reviewable line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from heygen_localize.core.errors import LocalizeError, LockfileError, Problem, UsageError, Where
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import LockUrls
from heygen_localize.operations.proofread.selection import ProofreadSelection, Request
from heygen_localize.planning.proofread_status import ProofreadTarget, mistakes_of
from heygen_localize.project.lockfile.files import read_lock
from heygen_localize.project.lockfile.store import LockStore
from heygen_localize.project.process_lock import only_one
from heygen_localize.project.project import load


@dataclass(frozen=True)
class Approved:
    """A text that counts as approved now; `fresh` where it did not before."""

    address: str
    path: str
    sha256: str
    fresh: bool


@dataclass(frozen=True)
class Approvals:
    """What was approved, and the targets that have no text yet."""

    approved: tuple[Approved, ...]
    without_text: tuple[str, ...]


def approve(request: Request) -> Approvals:
    """Approve texts as they stand; without targets all there are.

    Raises:
        UsageError: a pattern that fits no target under review, or names one without text.
        LocalizeError: texts with mistakes, all told; nothing is approved.
        BusyError: another process writes the lockfile.
        ManifestError, LockfileError: they cannot be read or written.
    """
    if not request.manifest.exists():
        load(request.manifest)  # which says what to do
    with only_one(request.manifest):
        desk = ProofreadSelection.of(request)
        papers = desk.chosen(request.targets)
        _refuse(desk, papers, request.targets)
        # As it is written, without what reading has moved: a line a text, and no other.
        lock = read_lock(desk.manifest.lock_path) or Lock(desk.manifest.project)
        if lock.merged:
            raise LockfileError(
                "the lockfile holds a merge conflict",
                where=Where(file=desk.manifest.lock_path.name),
                hint="resolve it, or let localize apply do so; then approve",
            )
        approvals = _approvals(desk, papers, lock.approvals)
        fresh = {item.address: item.sha256 for item in approvals.approved if item.fresh}
        if fresh:
            lock = replace(lock, approvals={**lock.approvals, **fresh})
            keep_urls = desk.manifest.lock_urls is LockUrls.KEEP
            LockStore(desk.manifest.lock_path, lock, keep_urls).write(lock)
    return approvals


def _refuse(
    desk: ProofreadSelection, papers: Sequence[ProofreadTarget], asked: Sequence[str]
) -> None:
    """Make sure that what was named is there, and that no text has mistakes."""
    for paper in papers:
        if paper.address in asked and paper.review.text is None:
            path = desk.shown(paper.review.path)
            raise UsageError(
                f"{paper.address} has no text to approve: {path} is not there",
                code="text_missing",
                hint="localize apply fetches it",
            )
    mistakes: list[Problem] = []
    for paper in papers:
        mistakes += map(desk.placed, mistakes_of(paper, desk.lock))
    if mistakes:
        raise LocalizeError.of(mistakes)


def _approvals(
    desk: ProofreadSelection, papers: Sequence[ProofreadTarget], known: Mapping[str, str]
) -> Approvals:
    approved: list[Approved] = []
    without: list[str] = []
    for paper in papers:
        text, address = paper.review.text, paper.address
        if text is None:
            without.append(address)
        else:
            fresh = known.get(address) != text.sha256
            path = desk.shown(paper.review.path)
            approved.append(Approved(address, path, text.sha256, fresh))
    return Approvals(tuple(approved), tuple(without))
