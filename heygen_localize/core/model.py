"""The words that the layers speak: the manifest's targets and HeyGen's jobs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import force_setattr

from heygen_localize.core.budgets import Budgets
from heygen_localize.core.errors import NOWHERE, Diagnostic, Where
from heygen_localize.core.fingerprint import Json, Mark, stands_before_older
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.kinds import Link, Moment
from heygen_localize.core.languages import Language
from heygen_localize.core.option import Option, Output
from heygen_localize.core.policy import PolicyRules
from heygen_localize.core.proofread import Proofread
from heygen_localize.core.rates import Limits, Rates
from heygen_localize.core.rates import LockUrls as LockUrls
from heygen_localize.core.rates import Submission as Submission
from heygen_localize.core.terms import Term


class MediaKind(Enum):
    """The forms that `source`, `audio` and `srt` may take."""

    URL = "url"
    ASSET = "asset"
    FILE = "file"
    OBJECT = "object"


class Media(Struct, frozen=True):
    """Where some bytes are, and what stands for them in the fingerprint.

    `reference` is the URL or object's address as written, the asset's id, or the file's path
    relative to the manifest's folder. Of files the bytes are known: their `sha256`, `size`,
    `media_type`, and `seconds` where they could be read; of objects, once asked, `etag` and `size`.
    """

    kind: MediaKind
    reference: str
    identity: str
    sha256: str | None = None
    size: int | None = None
    media_type: str | None = None
    seconds: float | None = None
    etag: str | None = None


class Target(Struct, frozen=True):
    """One video in one language: what the plan, the lock and the filters are about.

    `options` holds every option of `fingerprint.LZ1_DEFAULTS`, defaults included; `settings` all
    others. `older` are the fingerprints that the same output had in earlier versions. It waits for
    the languages `canaries` of its video, by tag, and until `not_before` (in seconds since 1970).
    `public_url` is where the team itself will serve the pulled video; `address` is `intro/es-MX`.
    """

    video: str
    language: Language
    source: Media
    options: tuple[Option, ...]
    settings: tuple[Option, ...]
    fingerprint: str
    mark: Mark
    older: tuple[str, ...] = ()
    audio: Media | None = None
    srt: Media | None = None
    outputs: tuple[Output, ...] = ()
    public_url: str | None = None
    proofread: Proofread | None = None
    where: Where = NOWHERE
    canaries: tuple[str, ...] = ()
    not_before: int | None = None
    address: str = ""

    def __post_init__(self) -> None:
        force_setattr(self, "address", f"{self.video}/{self.language.tag}")

    @property
    def media(self) -> tuple[Media, ...]:
        """All that the target is made from: its source, and its own audio and subtitles."""
        return tuple(media for media in (self.source, self.audio, self.srt) if media is not None)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """What the target's output is hashed to, and was in earlier versions."""
        return (self.fingerprint, *self.older)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that jobs of this target's output bear, the present one first."""
        return (self.mark, *(Mark.of(self.mark.project, digest) for digest in self.older))

    @property
    def public_urls(self) -> tuple[str | None, ...]:
        """Where the team may serve the video: a link may hold an older fingerprint."""
        link = self.public_url
        older = (link and link.replace(self.fingerprint, digest) for digest in self.older)
        return (link, *older)

    def fingerprint_of(self, mark: Mark | None) -> str:
        """Return the fingerprint that a job of this output was ordered for, by its mark."""
        digest = mark.digest if mark is not None else self.fingerprint
        return next((name for name in self.older if name[:32] == digest), self.fingerprint)

    def is_of(self, fingerprint: str) -> bool:
        """Return whether a fingerprint stands for this target's output."""
        return fingerprint in self.fingerprints

    def option(self, name: str) -> Json:
        """Return the value of an option of the fingerprint."""
        return next((option.value for option in self.options if option.name == name), None)

    def setting(self, name: str) -> Json:
        """Return the value of an option that the fingerprint leaves out."""
        return next((one.value for one in self.settings if one.name == name), None)

    def _text(self, name: str) -> str | None:
        value = self.setting(name)
        return value if isinstance(value, str) else None

    @property
    def kind(self) -> JobKind:
        """What HeyGen is asked for."""
        return JobKind.LIPSYNC if self.setting("kind") == "lipsync" else JobKind.TRANSLATION

    @property
    def title(self) -> str | None:
        """What the job is called at HeyGen."""
        return self._text("title")

    @property
    def callback_id(self) -> str | None:
        """What people's own programs know the job by; it goes behind our mark."""
        return self._text("callback_id")

    @property
    def job(self) -> str | None:
        """The id of HeyGen's job that the manifest pins to the target."""
        return self._text("job")

    @property
    def skip(self) -> str | None:
        """Why the target is not wanted; None where it is."""
        return "no reason given" if self.setting("skip") is True else self._text("skip")

    @property
    def duration(self) -> float | None:
        """The length of the source in seconds, where the manifest tells it."""
        value = self.setting("duration")
        return float(value) if isinstance(value, (int, float)) else None

    @property
    def protect(self) -> bool:
        """Whether nothing of the target may be deleted."""
        return self.setting("protect") is True

    @property
    def checks(self) -> Mapping[str, Json]:
        """What the manifest says of how the target's files are checked, by rule."""
        value = self.setting("checks")
        return value if isinstance(value, dict) else {}

    @property
    def revision(self) -> int:
        """What people raise to have the same content rendered anew."""
        value = self.setting("revision")
        return value if isinstance(value, int) else 1


class Manifest(Struct, frozen=True):
    """A manifest, resolved: every target with every option, in the order of addresses.

    `formerly` are earlier names of the project, whose marks are ours too; `state` its database.
    `submission` says how its jobs are ordered.
    """

    path: Path
    project: str
    targets: tuple[Target, ...]
    limits: Limits = field(default_factory=Limits)
    rates: Rates = field(default_factory=Rates)
    lock_urls: LockUrls = LockUrls.KEEP
    terms: tuple[Term, ...] = ()
    formerly: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    state: str | None = None
    submission: Submission = Submission.SINGLE
    budgets: Budgets = Budgets()
    policy: PolicyRules = PolicyRules()

    @property
    def lock_path(self) -> Path:
        """Name the lockfile: `localize.lock` beside `localize.yaml`."""
        return self.path.with_suffix(".lock")


class JobStatus(Enum):
    """The states of a job at HeyGen."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def in_progress(self) -> bool:
        """Whether the job still holds one of the account's places."""
        return self in (JobStatus.PENDING, JobStatus.RUNNING)

    @property
    def live(self) -> bool:
        """Whether the job covers its target: rendered, or on the way."""
        return self is not JobStatus.FAILED


class OutputUrls(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a finished job's files are. The links are signed and open to whoever has them.

    `expires_at` is in seconds since 1970, read from the links themselves.
    """

    video_url: Link | None = None
    audio_url: Link | None = None
    srt_caption_url: Link | None = None
    vtt_caption_url: Link | None = None
    expires_at: Moment | None = None

    @property
    def reachable(self) -> bool:
        """Whether the main file has a link."""
        return bool(self.video_url or self.audio_url)

    def same_files(self, other: OutputUrls) -> bool:
        """Return whether both name the same files, however signed and from whichever host."""
        kinds = ("video_url", "audio_url", "srt_caption_url", "vtt_caption_url")
        pairs = ((getattr(self, kind), getattr(other, kind)) for kind in kinds)
        return all((a and urlsplit(a).path) == (b and urlsplit(b).path) for a, b in pairs)


NO_OUTPUTS = OutputUrls()


class Job(Struct, frozen=True):
    """A translation or lip sync at HeyGen; `created_at` in seconds since 1970."""

    id: str
    status: JobStatus
    callback_id: str | None = None
    language: str | None = None
    title: str | None = None
    created_at: int | None = None
    duration: float | None = None
    failure_message: str | None = None
    outputs: OutputUrls = NO_OUTPUTS
    mark: Mark | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "mark", Mark.parse(self.callback_id))

    @property
    def kind(self) -> JobKind:
        """In which of HeyGen's lists it stands."""
        return JobKind.of(self.id)

    @property
    def in_place_of_older(self) -> bool:
        """Whether `--replace` ordered it: older jobs of the same content give way to it."""
        return stands_before_older(self.callback_id)


class Listing(Struct, frozen=True):
    """What the account holds, as far as it was seen.

    `kinds` are those of the lists that were read; `lipsyncs_denied` is why lip syncs, asked for,
    are not among them, in HeyGen's words. `flaw` says why not every page could be read,
    `partial` that only what is new was asked for: then absence proves nothing, and nothing may
    be created. `gone` are ids of the lock that HeyGen answered 404 for, `denied` those that it
    may not show us, with its words. `others` counts jobs of other projects, not in `jobs`.
    """

    jobs: tuple[Job, ...] = ()
    flaw: str | None = None
    gone: frozenset[str] = frozenset()
    denied: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    others: int = 0
    kinds: tuple[JobKind, ...] = (JobKind.TRANSLATION,)
    lipsyncs_denied: str | None = None

    @property
    def complete(self) -> bool:
        """Whether all of the account's jobs were seen."""
        return self.flaw is None and not self.partial
