"""One setting of a target, where it came from, and the files that `pull` writes for it. Pure."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from heygen_localize.core.errors import NOWHERE, Where
from heygen_localize.core.fingerprint import Json


class Layer(Enum):
    """Where an option's value came from; a later one wins over an earlier one."""

    BUILT_IN = "built-in default"
    DEFAULTS = "defaults"
    LANGUAGE = "languages"
    VIDEO = "video"
    VIDEO_LANGUAGE = "language of the video"


class Option(Struct, frozen=True):
    """One setting of a target under the API's name, with its origin."""

    name: str
    value: Json
    layer: Layer
    where: Where = NOWHERE


class Output(Struct, frozen=True):
    """A file that `pull` writes: its kind (`video`, `srt`…) and path from the manifest."""

    kind: str
    path: str
