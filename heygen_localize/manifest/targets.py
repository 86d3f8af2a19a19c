"""From a video of the manifest to its targets: one for each language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import InputError
from heygen_localize.core.fingerprint import (
    LZ1_DEFAULTS,
    Counted,
    Mark,
)
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import Media, Target
from heygen_localize.core.option import Layer, Option, Output
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import Document
from heygen_localize.manifest.languages import Choice, Choices, LanguageSelection
from heygen_localize.manifest.lipsync import LipsyncPlan
from heygen_localize.manifest.options import (
    SETTINGS,
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

MOST_TARGETS = 200_000
"""Targets of one manifest; a small file can name a hundred times as many."""


class _Settled(Struct, frozen=True):
    """The options of targets; `every` one of the fingerprint's, and how these are hashed."""

    options: Options
    every: tuple[Option, ...]
    settings: tuple[Option, ...]
    counted: Counted

    @classmethod
    def of(cls, options: Options) -> _Settled:
        every = tuple(options[name] for name in LZ1_DEFAULTS)
        # What is left out of a spec has its default: most options of most targets.
        given = {option.name: option.value for option in every if option.layer is not _BUILT_IN}
        settings = tuple(options[name] for name in SETTINGS)
        counted = Counted.of(given, JobKind(options["kind"].value))
        return cls(options, every, settings, counted)


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

    def chosen(
        self, videos: Iterable[tuple[Document, str]]
    ) -> list[tuple[Document, str, Choices]] | None:
        """Settle the languages of every video; None where that makes too many targets."""
        chosen, count = [], 0
        for document, video_id in videos:
            choices = self.selector.for_video(document, ("videos", video_id), self.top)
            count += len(choices.by_tag)
            if count > MOST_TARGETS:
                self.diagnostics.error(
                    "too_many_targets",
                    f"there are more than {MOST_TARGETS:,} targets (videos × languages)",
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
        plain: list[_Settled] = []
        for choice in choices.by_tag.values():
            try:
                target = self._target(video_id, source, options, choice, plain)
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
        where = document.at((*trail, "source"))
        try:
            found = self.renderer.resolver.find(text, identity=identity)
        except InputError as mistake:
            self.diagnostics.mistake(mistake, where)
            return None
        page = share_page_of(found)
        if page is not None:
            self.diagnostics.doubt(replace(page, where=where))
        return found

    def _settled(
        self, address: str, own: Options, choice: Choice, plain: list[_Settled]
    ) -> _Settled:
        """Put together the options of one target, before its templates are filled in.

        They are the same for all languages of a video that have none of their own: those go
        into `plain`, and are put together once.
        """
        top = self.top.by_tag.get(choice.language.tag)
        is_plain = not (choice.options or (top and top.options))
        if is_plain and plain:
            return plain[0]
        together = overlaid(self.defaults, top.options if top else {}, own, choice.options)
        fitted = self.lipsyncs.fitted(together, address)
        self.reviews.check_options(fitted, address)
        settled = _Settled.of(agreed(fitted))
        if is_plain:
            plain.append(settled)
        return settled

    def _target(
        self,
        video_id: str,
        source: Media | None,
        own: Options,
        choice: Choice,
        plain: list[_Settled],
    ) -> Target | None:
        """Make one target; None where mistakes, already told, keep it from being one."""
        tag = choice.language.tag
        settled = self._settled(f"{video_id}/{tag}", own, choice, plain)
        options = dict(settled.options)
        values: Values = {
            Variable.PROJECT: self.project,
            Variable.VIDEO_ID: video_id,
            Variable.LANGUAGE_TAG: tag,
            Variable.LANGUAGE_NAME: choice.language.name,
        }
        media = self.renderer.fill(options, values)
        outputs = self.outputs.outputs(values, options)
        files = self.reviews.files(values, options)
        if source is None or media is None:
            return None
        if options != settled.options:
            settled = _Settled.of(options)
        target = self._assembled(video_id, source, choice, settled, media, outputs)
        if files is not None:
            target = reviewed(target, *files)
        link = self.outputs.public_url(values, target.fingerprint)
        return target if link is None else replace(target, public_url=link)

    def _assembled(
        self,
        video_id: str,
        source: Media,
        choice: Choice,
        settled: _Settled,
        media: dict[str, Media],
        outputs: tuple[Output, ...],
    ) -> Target:
        revision = settled.options["revision"].value
        revision = revision if isinstance(revision, int) else 1
        digest, older = settled.counted.fingerprints(choice.language.tag, source.identity, revision)
        return Target(
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
            where=choice.where,
        )


def _text(option: Option) -> str | None:
    return option.value if isinstance(option.value, str) else None
