"""The way from `localize.yaml` to a manifest: read, check, resolve, and tell every mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from heygen_localize.core.budgets import Budgets
from heygen_localize.core.errors import Diagnostic, ManifestError, Where
from heygen_localize.core.languages import LanguageCatalog
from heygen_localize.core.model import LockUrls, Manifest, MediaKind, Submission, Target
from heygen_localize.core.option import Layer
from heygen_localize.core.policy import PolicyRules
from heygen_localize.core.rates import Limits, Rates, UnknownDuration
from heygen_localize.core.terms import Term
from heygen_localize.manifest.diagnostics import Diagnostics, EnoughError
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.includes import included_files, read_included
from heygen_localize.manifest.languages import Choices, LanguageIndex, LanguageSelection
from heygen_localize.manifest.lipsync import LipsyncPlan
from heygen_localize.manifest.options import OptionRenderer, read_options
from heygen_localize.manifest.outputs import OutputPlan
from heygen_localize.manifest.paths import ProjectPaths
from heygen_localize.manifest.pins import check_pins
from heygen_localize.manifest.proofread import ReviewPlan, check_sessions
from heygen_localize.manifest.schema import Part, check_structure
from heygen_localize.manifest.sources import SourceResolver
from heygen_localize.manifest.targets import TargetBuilder
from heygen_localize.manifest.terms import read_terms
from heygen_localize.manifest.yaml_bounds import Room
from heygen_localize.manifest.yaml_reader import read_document
from heygen_localize.media.local import FileCache
from heygen_localize.media.objects import ObjectFacts
from heygen_localize.system.clock import SystemClock


def load_manifest(
    path: Path,
    catalog: LanguageCatalog,
    *,
    pinned: Mapping[str, str] | None = None,
    loopback_sources: bool = False,
    files: FileCache | None = None,
    objects: ObjectFacts | None = None,
) -> Manifest:
    """Read a manifest with all that it includes, and resolve every target.

    Nothing is asked of the network; files that are sources are checked and hashed.

    Args:
        path: The manifest, as the user named it; problems name files likewise.
        catalog: HeyGen's languages.
        pinned: Vendor names by tag, as the lockfile recorded them.
        loopback_sources: Whether plain http to this machine may be a source.
        files: What is known of local files; it is saved, whatever becomes of the manifest.
        objects: What is known of sources in buckets.

    Raises:
        ManifestError: with every mistake there is, in the order of files and lines.
    """
    diagnostics = Diagnostics()
    more: tuple[Diagnostic, ...] = ()
    manifest = None
    files = FileCache(None, SystemClock()) if files is None else files
    try:
        index = LanguageIndex(catalog, pinned)
        objects = ObjectFacts() if objects is None else objects
        found = SourceResolver(ProjectPaths.of(path), files, objects, loopback=loopback_sources)
        manifest = _resolved(path, index, diagnostics, found, loopback_sources)
    except EnoughError:
        message = f"there are more mistakes than these {len(diagnostics):,}"
        more = (Diagnostic("too_many_mistakes", message, Where(path.as_posix())),)
    finally:
        # Hashing may have taken long, and a mistake or Ctrl-C should not make it be done again.
        files.save(drop_others=manifest is not None)
    if manifest is None:
        raise ManifestError.of([*diagnostics.errors(), *more])
    return replace(manifest, warnings=diagnostics.warnings())


def _resolved(
    path: Path,
    index: LanguageIndex,
    diagnostics: Diagnostics,
    resolver: SourceResolver,
    loopback: bool,
) -> Manifest | None:
    """Take every step of the way; None where mistakes leave no manifest to speak of."""
    paths = ProjectPaths.of(path)
    documents, included = _documents(path, paths, diagnostics)
    if not documents:
        return None
    document = documents[0]
    index.read_groups(document, diagnostics)
    renderer = OptionRenderer(resolver, diagnostics, loopback)
    outputs = OutputPlan(document, diagnostics)
    targets = _targets(documents, paths, index, renderer, outputs)
    if targets is None:
        return None
    outputs.check_collisions(targets, _read_files(path, included, targets))
    for check in (check_sessions, check_pins):
        check(targets, diagnostics)
    renderer.warn_of_idle_options()
    terms = read_terms(document, index, diagnostics)
    budgets = _budgets(document, index, targets, diagnostics)
    policy = _policy(document, diagnostics)
    index.warn_of_unused(document, diagnostics)
    if diagnostics:
        return None
    return replace(_manifest(path, document, targets, terms, budgets), policy=policy)


def _documents(
    path: Path, paths: ProjectPaths, diagnostics: Diagnostics
) -> tuple[list[Document], tuple[str, ...]]:
    """Read the manifest and what it includes; return the documents, its own first, and the names.

    There is none where the manifest itself cannot be read.
    """
    diagnostics.files.append(path.as_posix())
    room = Room()
    document = read_document(path, path.as_posix(), diagnostics, room=room)
    if document is None:
        return [], ()
    check_structure(document, Part.MANIFEST, diagnostics)
    included = included_files(document, path, paths, diagnostics)
    diagnostics.files.extend(included)
    others = [read_included(name, diagnostics, paths, room) for name in included]
    return [document, *(other for other in others if other is not None)], included


def _targets(
    documents: Sequence[Document],
    paths: ProjectPaths,
    index: LanguageIndex,
    renderer: OptionRenderer,
    outputs: OutputPlan,
) -> list[Target] | None:
    """Return every target, sorted by address; None where mistakes leave none to speak of."""
    document, diagnostics = documents[0], renderer.diagnostics
    selector = LanguageSelection(index, diagnostics)
    builder = TargetBuilder(
        project=str(document.data.get("project", "")),
        defaults=read_options(document, ("defaults",), Layer.DEFAULTS, diagnostics),
        top=selector.read(document, ("languages",), Layer.LANGUAGE),
        selector=selector,
        renderer=renderer,
        outputs=outputs,
        reviews=ReviewPlan(paths, diagnostics),
        lipsyncs=LipsyncPlan(diagnostics),
        diagnostics=diagnostics,
    )
    chosen = builder.chosen(_videos(documents, diagnostics))
    if chosen is None:
        return None
    made = (target for video in chosen for target in builder.targets(*video))
    targets = sorted(made, key=lambda target: target.address)
    return _waves(targets, chosen, index, diagnostics)


def _read_files(path: Path, included: Sequence[str], targets: Sequence[Target]) -> set[str]:
    """Return the files that the manifest reads, from its folder on: nothing is written there."""
    own = (path, path.with_suffix(".lock"), *map(Path, included))
    read = {other.relative_to(path.parent).as_posix() for other in own}
    media = (media for target in targets for media in target.media)
    read.update(one.reference for one in media if one.kind is MediaKind.FILE)
    return read


def _waves(
    targets: list[Target],
    chosen: Sequence[tuple[Document, str, Choices]],
    index: LanguageIndex,
    diagnostics: Diagnostics,
) -> list[Target]:
    settings = {id(target.settings): target.settings for target in targets}
    names = ("canary", "not_before")
    if all(one.value is None for given in settings.values() for one in given if one.name in names):
        return targets
    # Here, since most manifests have none.
    from heygen_localize.manifest.waves import with_waves

    languages = {video: choices for _, video, choices in chosen}
    return with_waves(targets, languages, index, diagnostics)


def _budgets(
    document: Document, index: LanguageIndex, targets: Sequence[Target], diagnostics: Diagnostics
) -> Budgets:
    if not document.data.get("budgets"):
        return Budgets()
    # Here, since most manifests have none.
    from heygen_localize.manifest.budgets import read_budgets

    return read_budgets(document, index, targets, diagnostics)


def _policy(document: Document, diagnostics: Diagnostics) -> PolicyRules:
    if not document.data.get("policy"):
        return PolicyRules()
    # Here, since most manifests have none.
    from heygen_localize.manifest.policy import read_policy

    return read_policy(document, diagnostics)


def _videos(
    documents: Sequence[Document], diagnostics: Diagnostics
) -> Iterator[tuple[Document, str]]:
    """Walk over the videos of all files, reporting an id that two of them use."""
    homes: dict[str, Document] = {}
    for document in documents:
        for video_id in as_mapping(document.data.get("videos")):
            trail = ("videos", video_id)
            home = homes.setdefault(video_id, document)
            if home is document:
                yield document, video_id
                continue
            diagnostics.error(
                "video_twice",
                f"the video {video_id!r} is here and at {home.at_key(trail)}",
                document.at_key(trail),
                "give one of them another id",
            )


def _manifest(
    path: Path,
    document: Document,
    targets: Sequence[Target],
    terms: tuple[Term, ...],
    budgets: Budgets,
) -> Manifest:
    """Put the manifest together; what it leaves out keeps its default."""
    limits = _given(document, "limits")
    if "unknown_duration" in limits:
        limits["unknown_duration"] = UnknownDuration(limits["unknown_duration"])
    return Manifest(
        path=path,
        project=str(document.data["project"]),
        targets=tuple(targets),
        limits=Limits(**limits),
        rates=Rates(**_given(document, "rates")),
        lock_urls=LockUrls(_given(document, "lock").get("urls", LockUrls.KEEP)),
        terms=terms,
        formerly=tuple(name for _, name in document.texts(("formerly",))),
        state=state if isinstance(state := document.data.get("state"), str) else None,
        submission=Submission(document.data.get("submission") or Submission.SINGLE),
        budgets=budgets,
    )


def _given(document: Document, part: str) -> dict[str, Any]:
    """Return what a part of the manifest sets; the schema has checked its types."""
    members = as_mapping(document.data.get(part)).items()
    return {key: value for key, value in members if value is not None}
