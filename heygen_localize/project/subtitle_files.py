"""The subtitle files of the proofread workflow: HeyGen's text kept, the people's text read."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from heygen_localize.core.errors import (
    Diagnostic,
    Severity,
    SubtitleError,
    TextError,
    UsageError,
    Where,
)
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Manifest, Target
from heygen_localize.core.proofread import Approval, Proofread, ReviewText, addressed
from heygen_localize.core.text import subtitle_bytes
from heygen_localize.planning.proofread import with_approved_text
from heygen_localize.project.process_lock import state_folder
from heygen_localize.subtitles import CheckLimits, Finding, canonical, check, cues_digest, read
from heygen_localize.system import UnsafePathError, root_of
from heygen_localize.system import read as read_file
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import (
    make_folder,
    make_state_folder,
    remove,
    write_atomically,
    write_new,
)
from heygen_localize.system.git import committed
from heygen_localize.system.unicode_names import mend_name, twin

_MAX_TEXT_BYTES = 2_000_000
"""Bytes of a text: some 25,000 cues, and as much as may be checked in a moment."""

_TRIAL = b" " * 4096

HOLD_BACK = "LOCALIZE_HOLD_BACK"
"""Names a file with the paths of texts, one a line, that count as not approved by git.

For CI that knows of reviews what git does not: it can hold back, and approve nothing.
"""

_MAX_LIST_BYTES = 32 * 1024 * 1024

_NAME = re.compile("[0-9a-f]{64}")


class MachineTexts:
    """HeyGen's texts by their SHA-256, in `.localize/NAME/proofreads`: diffs need them."""

    def __init__(self, manifest: Path) -> None:
        self._folder = state_folder(manifest) / "proofreads"

    def keep(self, content: bytes) -> str:
        """Keep a text, and give its SHA-256.

        Raises:
            OSError: the disk does not take it.
        """
        name = hashlib.sha256(content).hexdigest()
        make_state_folder(self._folder)
        write_atomically(self._folder / f"{name}.srt", content.decode("utf-8"))
        return name

    def of(self, session: LockedSession | None) -> bytes | None:
        """Return the text of a session; None where this machine never had it."""
        if session is None or session.machine is None or not _NAME.fullmatch(session.machine):
            return None
        try:
            content = read_file(self._folder / f"{session.machine}.srt", _MAX_TEXT_BYTES)
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == session.machine else None


def with_texts(manifest: Manifest, lock: Lock, *, all_committed: bool = False) -> Manifest:
    """Read the subtitle files of all targets, and settle which are approved.

    `approval: git` takes what is committed as it stands for approved, unless `HOLD_BACK` names
    it; a command's approval, kept in the lock by the text's hash, counts everywhere. With
    `all_committed`, git need not be asked: the files are those of a commit.

    Raises:
        GitError: there are texts that git approves, and it does not tell of them.
        UsageError: `HOLD_BACK` names what cannot be read.
    """
    reviews = [target.proofread for target in manifest.targets if target.proofread is not None]
    if not reviews:
        return manifest
    folder = manifest.path.parent
    by_git = {one.path for one in reviews if one.approval is Approval.GIT}
    clean = frozenset(by_git) if all_committed else committed(folder, by_git)
    if clean and (held := _held_back()):
        clean = frozenset(path for path in clean if (folder / path).resolve() not in held)
    machines = MachineTexts(manifest.path)
    targets = tuple(
        _with_text(target, folder, lock, machines, clean) for target in manifest.targets
    )
    return replace(manifest, targets=targets)


def _with_text(
    target: Target, folder: Path, lock: Lock, machines: MachineTexts, clean: frozenset[str]
) -> Target:
    review = target.proofread
    if review is None:
        return target
    session = lock.sessions.get(target.address)
    if session is not None and session.fingerprint != review.session:
        session = None
    text = _text(target.address, review, folder, machines.of(session))
    if text is not None:
        by_git = review.approval is Approval.GIT and review.path in clean
        approved = by_git or lock.approvals.get(target.address) == text.sha256
        text = replace(text, approved=approved and bool(text.sha256))
    return with_approved_text(replace(target, proofread=replace(review, text=text)))


def _held_back() -> frozenset[Path]:
    name = os.environ.get(HOLD_BACK, "").strip()
    if not name:
        return frozenset()
    try:
        lines = read_file(Path(name), _MAX_LIST_BYTES).decode("utf-8").splitlines()
    except (OSError, UnsafePathError, UnicodeDecodeError) as error:
        told = cause_of(error) if isinstance(error, OSError) else "no regular file of text"
        raise UsageError(
            f"{HOLD_BACK} names {name}, which cannot be read: {told}",
            hint="name a file with the paths of subtitles, one a line, or unset it",
        ) from None
    return frozenset(Path(line).resolve() for line in lines if line.strip())


def content_of(review: Proofread, folder: Path) -> bytes | None:
    """Read a reviewed file as it is sent; None where there is none, or it may not be read."""
    try:
        return subtitle_bytes(
            read_file(folder / review.path, _MAX_TEXT_BYTES, root_of(folder / "x"))
        )
    except (OSError, UnsafePathError):
        return None


def _text(
    address: str, review: Proofread, folder: Path, machine: bytes | None
) -> ReviewText | None:
    content = content_of(review, folder)
    if content is None:
        other = twin(folder / review.path)
        if other is not None:
            message = f"there is no {review.path}, but one that is named almost so"
            hint = mend_name(review.path, other)
            return _unusable("subtitles_misnamed", message, review.path, hint)
        if not _in_the_way(review.path, folder):
            return None
        message = f"something stands at {review.path} that cannot be read as subtitles of this "
        message += "folder"
        hint = "it must be a file inside the manifest's folder, not too large, and open to reading"
        return _unusable("subtitles_unreadable", message, review.path, hint)
    findings = check(content, machine, CheckLimits(max_line_length=review.max_line_length))
    problems = tuple(problem_of(finding, review.path, address) for finding in findings)
    try:
        cues = cues_digest(read(content))
    except SubtitleError:
        cues = ""
    sent = canonical(content)
    return ReviewText(
        sha256=hashlib.sha256(content).hexdigest(),
        sent=hashlib.sha256(sent).hexdigest(),
        size=len(sent),
        cues=cues,
        mistakes=tuple(one for one in problems if one.severity is Severity.ERROR),
        warnings=tuple(one for one in problems if one.severity is Severity.WARNING),
    )


def _in_the_way(path: str, folder: Path) -> bool:
    place = folder / path
    while not os.path.lexists(place) and place.parent != place:
        place = place.parent
    return place == folder / path or not place.is_dir()


def _unusable(code: str, message: str, path: str, hint: str) -> ReviewText:
    """Return a text that nobody can read, so that no session is paid for in its place."""
    return ReviewText("", "", 0, "", mistakes=(Diagnostic(code, message, Where(path), hint),))


def problem_of(finding: Finding, path: str, address: str) -> Diagnostic:
    """Return a finding as a problem of the target that it was found in."""
    cue = f"cue {finding.cue}: " if finding.cue is not None else ""
    where = Where(path, finding.where.line)
    code, message = f"subtitles_{finding.code}", f"{cue}{finding.message}"
    return addressed(Diagnostic(code, message, where, finding.hint, finding.severity), address)


def write_text(manifest: Path, path: str, content: bytes) -> bool:
    """Write a subtitle file, but never over one that is there; return whether it was written.

    Raises:
        TextError: a link is in the way, or the disk does not take it.
    """
    return _write(manifest, path, manifest.parent / path, content)


def _write(manifest: Path, path: str, place: Path, content: bytes) -> bool:
    """Write a file where none is, on behalf of the subtitles at `path`."""
    root = root_of(manifest)
    try:
        make_folder(place.parent, root)
        return write_new(place, content, root, _workshop(manifest, place.parent))
    except UnsafePathError as unsafe:
        raise TextError(f"{path} cannot be written: {unsafe.told}") from None
    except OSError as error:
        cause = cause_of(error)
        raise TextError(f"{path} cannot be written: {cause}", hint=cause.hint) from None


def refuse_unwritable(manifest: Path, paths: Iterable[str]) -> None:
    """Write and remove a file beside each of these, where none is yet: see what a disk refuses.

    Raises:
        TextError: a link is in the way, or the disk does not take it.
    """
    for path in paths:
        place = manifest.parent / path
        if not os.path.lexists(place):
            # As long, and of the same letters: some disks take no colons.
            trial = place.with_name(f"~{place.name[1:]}")
            _write(manifest, path, trial, _TRIAL)
            with suppress(OSError, UnsafePathError):
                if read_file(trial, len(_TRIAL)) == _TRIAL:  # also what a kill has left
                    remove(trial)


def _workshop(manifest: Path, goal: Path) -> Path | None:
    """Return where a file is made before it is linked to its place: what a kill leaves is ours.

    None where that is another disk, which knows no such links.
    """
    folder = state_folder(manifest) / "proofreads"
    make_state_folder(folder)
    return folder if folder.stat().st_dev == goal.stat().st_dev else None
