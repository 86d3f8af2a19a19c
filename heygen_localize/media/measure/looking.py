"""Looking at one file, or at captions: the way in for the rooms above."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import BinaryIO

from heygen_localize.core.errors import SubtitleError
from heygen_localize.core.measurement import CaptionMeasurement, Measurement
from heygen_localize.media.measure.captions import cues_of, measure_cues, spoken_text
from heygen_localize.media.measure.messages import Language, Measured, Refused
from heygen_localize.media.measure.parent import answer_of
from heygen_localize.media.measure.refusals import missing, refusal
from heygen_localize.subtitles import Cue


def require() -> None:
    """Make sure that the extra is installed, before anything is fetched for it.

    Raises:
        UsageError: it is not; says how to get it.
    """
    if find_spec("av") is None or find_spec("py3langid") is None:
        raise missing()


def measure(
    file: BinaryIO, shown_name: str, reached: Callable[[float], None] | None = None
) -> Measurement:
    """Return what a media file was found to be, decoded to its end in a child of its own.

    Args:
        file: Opened by whoever knows how (`system.opened`); a file of the disk. It is read from
            its beginning.
        shown_name: What it is called in messages.
        reached: Is told how many seconds of it are done, twice a second.

    Raises:
        FileError: it cannot be measured; says why.
        UsageError: PyAV or py3langid is not installed.
    """
    require()
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise refusal(Refused("ends_early"), shown_name)
    file.seek(0)
    answer = answer_of(file, shown_name, size, reached)
    if not isinstance(answer, Measured):
        raise refusal(Refused("crashed"), shown_name)
    return answer.measurement


def identify(texts: Sequence[str]) -> list[Language]:
    """Return what each text is written in.

    Raises:
        UsageError: py3langid is not installed, or cannot be used.
    """
    require()
    if not texts:
        return []
    try:
        from heygen_localize.media.measure.language import identify_text
    except ImportError as error:
        raise missing(str(error)) from None
    return [identify_text(text) for text in texts]


def captions_of(
    texts: Mapping[str, bytes], sounds: Mapping[str, Measurement | None]
) -> dict[str, CaptionMeasurement]:
    """Return what captions were found to be, by the name of each.

    What cannot be read has no cue.

    Raises:
        UsageError: py3langid is not installed, or cannot be used.
    """
    cues = {name: _cues(content) for name, content in texts.items()}
    spoken = {name: spoken_text(found) for name, found in cues.items() if found}
    languages = dict(zip(spoken, identify(list(spoken.values())), strict=True))
    return {
        name: measure_cues(found, sounds.get(name), languages.get(name, Language()))
        for name, found in cues.items()
    }


def _cues(content: bytes) -> tuple[Cue, ...]:
    try:
        return cues_of(content)
    except SubtitleError:
        return ()


def measure_captions(content: bytes, sound: Measurement | None) -> CaptionMeasurement:
    """Return what captions (SubRip or WebVTT) were found to be, beside a whole measurement.

    Raises:
        SubtitleError: they cannot be read.
        UsageError: py3langid is not installed, or cannot be used.
    """
    cues = cues_of(content)
    language = identify([spoken_text(cues)])[0] if cues else Language()
    return measure_cues(cues, sound, language)
