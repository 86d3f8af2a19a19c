"""What is looked at of dubbed files, and what came of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import Enum

from msgspec import Struct

from heygen_localize.core.checks import Rule, Rules, Severity, rules_of
from heygen_localize.core.errors import Diagnostic, ExitCode, LocalizeError
from heygen_localize.core.measurement import CaptionMeasurement, Measurement, MediaSummary
from heygen_localize.core.model import Media, MediaKind, Target
from heygen_localize.planning.lengths import told_length
from heygen_localize.planning.pull import CAPTIONS, PullFile, PullReport, PullSet


class Expected(Struct, frozen=True):
    """What a target's files ought to be, as far as manifest and lockfile tell.

    `seconds` is the length of the source, None where nobody knows it; `dynamic` that the
    dub's may follow the speech; `language` the tag that was ordered.
    """

    seconds: float | None
    dynamic: bool
    sound_alone: bool
    language: str

    @classmethod
    def of(cls, target: Target) -> Expected:
        """Return what is expected of a target's files."""
        return cls(
            told_length(target, {}),
            target.option("enable_dynamic_duration") is True,
            target.option("translate_audio_only") is True,
            target.language.tag,
        )


class Finding(Struct, frozen=True):
    """One rule that a file breaks; `at` and `until` are the moments that it is about."""

    rule: Rule
    severity: Severity
    message: str
    at: float | None = None
    until: float | None = None


class Subject(Struct, frozen=True):
    """All that the rules look at: of stretches, those that the source has not.

    `source` is as it was to be rendered, where it was measured, without its stretches.
    """

    expected: Expected
    file: MediaSummary
    captions: CaptionMeasurement | None = None
    source: MediaSummary | None = None


class CheckFiles(Struct, frozen=True):
    """The files of a target that are looked at: what is seen or heard, and captions, if any."""

    target: Target
    rules: Rules
    media: PullFile
    captions: PullFile | None

    @property
    def source(self) -> Media | None:
        """The source, where it is a file that can be measured too, and the one of the dub."""
        source, rendered = self.target.source, self.media.job.source.sha256
        if source.kind is not MediaKind.FILE or source.sha256 is None:
            return None
        return source if rendered in (None, source.sha256) else None

    @property
    def captions_sha256(self) -> str | None:
        """The hash of the captions that were pulled, if any."""
        known = self.captions.known if self.captions is not None else None
        return known.sha256 if known is not None else None


def files_to_check(targets: Iterable[Target], pull_set: PullSet) -> tuple[CheckFiles, ...]:
    """Return what is to be looked at of the files that the targets should have."""
    by_address: dict[str, list[PullFile]] = {}
    for file in pull_set.files:
        by_address.setdefault(file.address, []).append(file)
    found = (files_of_target(target, by_address.get(target.address, ())) for target in targets)
    return tuple(files for files in found if files is not None)


def files_of_target(target: Target, pulled: Iterable[PullFile]) -> CheckFiles | None:
    """Return what is to be looked at of a target's files; None where nothing is."""
    files = {file.kind: file for file in pulled}
    sound_alone = target.option("translate_audio_only") is True
    kinds = ("audio", "video") if sound_alone else ("video", "audio")
    media = next((files[kind] for kind in kinds if kind in files), None)
    if media is None:
        return None
    captions = next((files[kind] for kind in sorted(CAPTIONS) if kind in files), None)
    return CheckFiles(target, rules_of(target.checks), media, captions)


class CheckState(Enum):
    """How a target's files were found."""

    OK = "ok"
    WARNED = "warned"
    FAILED = "failed"
    UNPULLED = "unpulled"
    UNCHECKED = "unchecked"


def state_of(found: Sequence[Finding], unmeasured: bool) -> CheckState:
    """Return what comes of findings, or of a file that could not be measured."""
    if unmeasured or any(one.severity is Severity.ERROR for one in found):
        return CheckState.FAILED
    return CheckState.WARNED if found else CheckState.OK


class CheckRow(Struct, frozen=True):
    """What was found of one target, beside its source, where that was measured.

    `problem` is why its file could not be measured, `unfetched` why it is not here although it
    was asked for, `source_problem` why its source was not measured;
    neither `source` nor that where the source is no local file. What is `held` was not used
    before its check; it is `released` where that has passed.
    """

    address: str
    path: str
    findings: tuple[Finding, ...] = ()
    file: Measurement | None = None
    captions: CaptionMeasurement | None = None
    problem: Diagnostic | None = None
    unfetched: Diagnostic | None = None
    source: Measurement | None = None
    source_problem: Diagnostic | None = None
    held: bool = False
    released: bool = False

    @property
    def state(self) -> CheckState:
        """Say in a word how it was found."""
        if self.file is None and self.problem is None:
            return CheckState.UNPULLED
        return state_of(self.findings, self.problem is not None)


class CheckReport(Struct, frozen=True):
    """What a check found.

    `unrendered` are targets that have no files yet, `unnamed` those whose `outputs` name neither
    picture nor sound; `unsaved` is why the lockfile could not be brought up to what was found;
    `fetched` what was fetched for it, where that was asked for.
    """

    rows: tuple[CheckRow, ...]
    unrendered: tuple[str, ...] = ()
    unsaved: LocalizeError | None = None
    unnamed: tuple[str, ...] = ()
    fetched: PullReport | None = None

    @property
    def counts(self) -> Counter[CheckState]:
        """Count the targets by state."""
        return Counter(row.state for row in self.rows)

    @property
    def exit_code(self) -> ExitCode:
        """Say how it ended: with an error wherever a file breaks a rule of that severity."""
        codes = {
            ExitCode.TARGETS_FAILED if self.counts[CheckState.FAILED] else ExitCode.OK,
            self.unsaved.exit_code if self.unsaved is not None else ExitCode.OK,
            self.fetched.exit_code if self.fetched is not None else ExitCode.OK,
        }
        return ExitCode.first_of(codes)
