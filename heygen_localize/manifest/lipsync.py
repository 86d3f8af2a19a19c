"""What a manifest asks of lip syncs: the options that they have, and a sound for each."""

from __future__ import annotations

from heygen_localize.core.errors import Where
from heygen_localize.core.fingerprint import LIPSYNC_DEFAULTS, LZ1_DEFAULTS
from heygen_localize.core.option import Layer, Option
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.options import BUILT_IN, LEGACY_GLOSSARY, PROOFREAD, Options

_LACKING = (*(name for name in LZ1_DEFAULTS if name not in LIPSYNC_DEFAULTS), LEGACY_GLOSSARY)
_OWN = (Layer.VIDEO, Layer.VIDEO_LANGUAGE)


class LipsyncPlan:
    """Fits options to lip syncs; mistakes go to `diagnostics`, each place once."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self._diagnostics = diagnostics
        self._told: set[tuple[str, Where]] = set()

    def fitted(self, options: Options, address: str) -> Options:
        """Return a target's options; of a lip sync without those that it does not have.

        What the whole manifest or a language says of translations is passed over. What is said
        of the video itself, or nearer, is a mistake, unless its `kind` stands nearer still.
        """
        kind = options["kind"]
        if kind.value != "lipsync":
            return options
        for name in (*_LACKING, PROOFREAD):
            # What a video says is for its translations, where one language alone is a lip sync.
            own = options[name].layer in _OWN and not _is_farther(options[name], kind)
            if own and options[name].value != BUILT_IN[name].value:
                self._refuse(name, options[name], address, kind)
        if options["audio"].value is None and options["audio"].layer is Layer.BUILT_IN:
            self._tell_no_audio(address, kind)
        return {**options, **{name: BUILT_IN[name] for name in (*_LACKING, PROOFREAD)}}

    def _refuse(self, name: str, option: Option, address: str, kind: Option) -> None:
        if self._is_new(name, option.where):
            self._diagnostics.error(
                "lipsync_option",
                f"{name} does nothing for a lip sync, which {address} is ({kind.where}): it is "
                "made from the video and the audio as they are",
                option.where,
                f"leave {name} out, or kind: lipsync",
            )

    def _tell_no_audio(self, address: str, kind: Option) -> None:
        if self._is_new("audio", kind.where):
            self._diagnostics.error(
                "lipsync_audio",
                f"{address} is a lip sync, and has no audio to move the lips to",
                kind.where,
                'name one for each language: audio: "audio/{{ video.id }}.{{ language.tag }}.mp3"',
            )

    def _is_new(self, name: str, where: Where) -> bool:
        told = (name, where) in self._told
        self._told.add((name, where))
        return not told


def _is_farther(option: Option, kind: Option) -> bool:
    order = [*Layer]
    return order.index(option.layer) < order.index(kind.layer)
