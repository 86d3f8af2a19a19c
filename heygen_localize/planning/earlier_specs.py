"""What jobs of earlier specs were ordered as, as far as their marks prove it. Pure.

A job's mark is a hash of what it was ordered as. Of a target whose revision was raised, or whose
mode was changed, the earlier ones are few: the one whose hash is the mark was it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import product

from msgspec import Struct

from heygen_localize.core.fingerprint import Counted, Json, defaults_of
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import Target
from heygen_localize.core.rates import Rates

_REVISIONS = 8
"""Earlier revisions of a target that are tried."""

_MOST_TARGETS = 5_000
"""Of more targets than these none is tried: it would take seconds."""


class EarlierSpec(Struct, frozen=True):
    """A target as it once was: its mode, and whether its sound alone was translated."""

    target: Target
    mode: str
    audio_only: bool

    def price(self, rates: Rates) -> float:
        """Return what a second of it costs, in USD."""
        return rates.second(self.mode, self.audio_only, self.target.kind)


def earlier_specs(targets: Iterable[Target], digests: Collection[str]) -> dict[str, EarlierSpec]:
    """Return what marks prove, by their digests; of others, nothing is known."""
    wanted, known = set(digests), tuple(targets)
    found: dict[str, EarlierSpec] = {}
    if not wanted or len(known) > _MOST_TARGETS:
        return found
    for target in known:
        for digest, spec in _specs(target):
            if digest[:32] in wanted:
                found.setdefault(digest[:32], spec)
    return found


def _specs(target: Target) -> Iterator[tuple[str, EarlierSpec]]:
    given: dict[str, Json] = {option.name: option.value for option in target.options}
    if target.kind is JobKind.LIPSYNC:
        given = {name: value for name, value in given.items() if name in defaults_of(target.kind)}
    revisions = range(target.revision, max(target.revision - _REVISIONS, 0), -1)
    alone = (False, True) if target.kind is JobKind.TRANSLATION else (False,)
    for mode, audio_only in product(("speed", "precision"), alone):
        changed: dict[str, Json] = {"mode": mode}
        if target.kind is JobKind.TRANSLATION:
            changed["translate_audio_only"] = audio_only
        counted = Counted.of({**given, **changed}, target.kind)
        spec = EarlierSpec(target, mode, audio_only)
        for revision in revisions:
            digest, older = counted.fingerprints(
                target.language.tag, target.source.identity, revision
            )
            yield from ((name, spec) for name in (digest, *older))
