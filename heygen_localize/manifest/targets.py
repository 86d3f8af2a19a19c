"""From a video of the manifest to its targets: one for each language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from heygen_localize.core.errors import InputError, Where
from heygen_localize.core.fingerprint import (
    LZ1_DEFAULTS,
    Counted,
    Mark,
)
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import Media, Target
from heygen_localize.core.option import Layer, Option
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import Document
from heygen_localize.manifest.languages import Choice, Choices, LanguageSelection
from heygen_localize.manifest.lipsync import LipsyncPlan
from heygen_localize.manifest.options import (
    SETTINGS,
    TEMPLATED,
    OptionRenderer,
    Options,
    agreed,
    overlaid,
    read_options,
)
from heygen_localize.manifest.outputs import OutputPlan
from heygen_localize.manifest.places import Trail
from heygen_localize.manifest.proofread import ReviewPlan, reviewed
from heygen_localize.manifest.sources import share_page_of
from heygen_localize.manifest.templates import Values, Variable

_BUILT_IN = Layer.BUILT_IN

MOST_TARGETS = 100_000
"""Targets of one manifest; a small file can name a hundred times as many."""

MOST_LOOKED_AT = 2_000_000
"""Languages that all videos name, a group counted as what it holds, to have or to leave out."""


class _Settled(Struct, frozen=True):
    """The options of targets; `every` one of the fingerprint's, and how these are hashed."""

    options: Options
    every: tuple[Option, ...]
    settings: tuple[Option, ...]
    counted: Counted
    templated: tuple[Option, ...]
    revision: int

    @classmethod
    def of(cls, options: Options) -> _Settled:
        every = tuple(options[name] for name in LZ1_DEFAULTS)
        # What is left out of a spec has its default: most options of most targets.
        given = {option.name: option.value for option in every if option.layer is not _BUILT_IN}
        settings = tuple(options[name] for name in SETTINGS)
        texts = (options[name] for name in TEMPLATED)
        templated = tuple(option for option in texts if isinstance(option.value, str))
        revision = options["revision"].value
        revision = revision if isinstance(revision, int) else 1
        counted = Counted.of(given, JobKind(options["kind"].value))
        return cls(options, every, settings, counted, templated, revision)

    def filled(self, values: Options) -> _Settled:
        """Return these options with the values of some that were templates."""
        if values.keys() <= SETTINGS.keys():
            settings = tuple([values.get(one.name, one) for one in self.settings])
            return replace(self, settings=settings)
        return _Settled.of({**self.options, **values})


class TargetBuilder(Struct, frozen=True):
    """Makes the targets of one manifest; mistakes go to `diagnostics`.

    `defaults` are the options of every target, `top` the top-level languages.
    """

    project: str
    defaults: Options
    top: Choices
    selector: LanguageSelection
    renderer: OptionRenderer
    outputs: OutputPlan
    reviews: ReviewPlan
    lipsyncs: LipsyncPlan
    diagnostics: Diagnostics
    _shared: dict[str | None, _Settled] = field(default_factory=dict)
    """Options of videos that have none of their own: of every language, and of single ones."""

    def chosen(
        self, videos: Iterable[tuple[Document, str]]
    ) -> list[tuple[Document, str, Choices]] | None:
        """Settle the languages of every video; None where that makes too many targets."""
        chosen, count = [], 0
        for document, video_id in videos:
            choices = self.selector.for_video(document, ("videos", video_id), self.top)
            count += len(choices.by_tag)
            told = f"more than {MOST_TARGETS:,} targets (videos × languages)"
            if self.selector.looked > MOST_LOOKED_AT:
                told = f"more than {MOST_LOOKED_AT:,} languages named, by groups too"
            if count > MOST_TARGETS or self.selector.looked > MOST_LOOKED_AT:
                self.diagnostics.error(
                    "too_many_targets",
                    f"there are {told}",
                    document.at_key(("videos", video_id)),
                    "divide the manifest into several, each with a project of its own",
                )
                return None
            chosen.append((document, video_id, choices))
        return chosen

    def targets(self, document: Document, video_id: str, choices: Choices) -> Iterator[Target]:
        """Return the targets of a video, leaving out those with mistakes."""
        trail = ("videos", video_id)
        options = read_options(document, trail, Layer.VIDEO, self.diagnostics)
        source = self._source(document, trail, options)
        shared = {} if options else self._shared
        for choice in choices.by_tag.values():
            where = choices.where or choice.where
            try:
                target = self._target(video_id, source, options, choice, where, shared)
            except InputError as mistake:
                self.diagnostics.mistake(mistake)
                continue
            if target is not None:
                yield target

    def _source(self, document: Document, trail: Trail, options: Options) -> Media | None:
        text = document.get((*trail, "source"))
        if not isinstance(text, str):
            return None
        identity = _text(options["identity"]) if "identity" in options else None
        try:
            found = self.renderer.resolver.find(text, identity=identity)
        except InputError as mistake:
            self.diagnostics.mistake(mistake, document.at((*trail, "source")))
            return None
        page = share_page_of(found)
        if page is not None:
            self.diagnostics.doubt(replace(page, where=document.at((*trail, "source"))))
        return found

    def _settled(
        self, address: str, own: Options, choice: Choice, shared: dict[str | None, _Settled]
    ) -> _Settled:
        """Put together the options of one target, before its templates are filled in.

        They are the same for all languages of a video that have none of their own, and for all
        videos that have none: those go into `shared`, and are put together once.
        """
        top = self.top.by_tag.get(choice.language.tag)
        key = choice.language.tag if top is not None and top.options else None
        if not choice.options and key in shared:
            return shared[key]
        together = overlaid(self.defaults, top.options if top else {}, own, choice.options)
        fitted = self.lipsyncs.fitted(together, address)
        self.reviews.check_options(fitted, address)
        settled = _Settled.of(agreed(fitted))
        self.renderer.note_idle(settled.options)
        if not choice.options:
            shared[key] = settled
        return settled

    def _target(
        self,
        video_id: str,
        source: Media | None,
        own: Options,
        choice: Choice,
        where: Where,
        shared: dict[str | None, _Settled],
    ) -> Target | None:
        """Make one target; None where mistakes, already told, keep it from being one."""
        tag = choice.language.tag
        settled = self._settled(f"{video_id}/{tag}", own, choice, shared)
        values: Values = {
            Variable.PROJECT: self.project,
            Variable.VIDEO_ID: video_id,
            Variable.LANGUAGE_TAG: tag,
            Variable.LANGUAGE_NAME: choice.language.name,
        }
        media: dict[str, Media] | None = {}
        if settled.templated:
            found = self.renderer.fill(settled.templated, values)
            media, filled = found or (None, {})
            settled = settled.filled(filled) if filled else settled
        outputs = self.outputs.outputs(values, settled.options)
        files = self.reviews.files(values, settled.options)
        if source is None or media is None:
            return None
        digest, older = settled.counted.fingerprints(tag, source.identity, settled.revision)
        target = Target(
            video=video_id,
            language=choice.language,
            source=source,
            options=settled.every,
            settings=settled.settings,
            fingerprint=digest,
            mark=Mark.of(self.project, digest),
            older=older,
            audio=media.get("audio"),
            srt=media.get("srt"),
            outputs=outputs,
            where=where,
        )
        if files is not None:
            target = reviewed(target, *files)
        link = self.outputs.public_url(values, target.fingerprint)
        return target if link is None else replace(target, public_url=link)


def _text(option: Option) -> str | None:
    return option.value if isinstance(option.value, str) else None
