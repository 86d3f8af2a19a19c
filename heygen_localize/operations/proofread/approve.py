"""Approving texts by command: their hashes go to the lockfile, a reviewable line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic, LocalizeError, LockfileError, UsageError, Where
from heygen_localize.core.lock import Lock
from heygen_localize.operations.proofread.machine_text import MachineTextSource, no_account
from heygen_localize.operations.proofread.selection import ProofreadSelection, Request
from heygen_localize.planning.proofread_status import ProofreadTarget, mistakes_of
from heygen_localize.project.project import Project


class Approved(Struct, frozen=True):
    """A text that counts as approved now; `fresh` where it did not before."""

    address: str
    path: str
    sha256: str
    fresh: bool


class Approvals(Struct, frozen=True):
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
    with Project.locked(request.manifest, loopback=request.loopback) as project:
        selection = ProofreadSelection(project, MachineTextSource(request.manifest, no_account))
        items = selection.chosen(request.targets)
        _refuse(selection, items, request.targets)
        # As it is written, without what reading has moved: a line a text, and no other.
        lock = project.state.read() or Lock(project.manifest.project)
        if lock.merged:
            raise LockfileError(
                "the lockfile holds a merge conflict",
                where=Where(file=project.manifest.lock_path.name),
                hint="resolve it, or let localize apply do so; then approve",
            )
        approvals = _approvals(selection, items, lock.approvals)
        fresh = {item.address: item.sha256 for item in approvals.approved if item.fresh}
        if fresh:
            project.save(replace(lock, approvals={**lock.approvals, **fresh}))
    return approvals


def _refuse(
    selection: ProofreadSelection, items: Sequence[ProofreadTarget], asked: Sequence[str]
) -> None:
    for item in items:
        if item.address in asked and item.review.text is None:
            path = selection.shown(item.review.path)
            raise UsageError(
                f"{item.address} has no text to approve: {path} is not there",
                code="text_missing",
                hint="localize apply fetches it",
            )
    mistakes: list[Diagnostic] = []
    for item in items:
        mistakes += map(selection.placed, mistakes_of(item, selection.lock))
    if mistakes:
        raise LocalizeError.of(mistakes)


def _approvals(
    selection: ProofreadSelection, items: Sequence[ProofreadTarget], known: Mapping[str, str]
) -> Approvals:
    approved: list[Approved] = []
    without: list[str] = []
    for item in items:
        text, address = item.review.text, item.address
        if text is None:
            without.append(address)
        else:
            fresh = known.get(address) != text.sha256
            path = selection.shown(item.review.path)
            approved.append(Approved(address, path, text.sha256, fresh))
    return Approvals(tuple(approved), tuple(without))
