"""The faults that a sandbox can be told to have, and what a rule may say of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Stage(IntEnum):
    """Where in the course of a request a fault strikes, in that order."""

    BEFORE = 1
    """Instead of everything, even the check of the key."""
    STORED = 2
    """Instead of the work, and kept under the ``Idempotency-Key``."""
    DURING = 3
    """In the work itself."""
    AFTER = 4
    """On the way back, the work being done."""


class Parameter(IntEnum):
    """What a rule may write after the probability."""

    NONE = 0
    SECONDS = 1
    TEXT = 2
    BYTES = 3


@dataclass(frozen=True)
class FaultKind:
    """One kind of misbehaviour.

    Attributes:
        stage: When it strikes.
        parameter: What its parameter is.
        default: The parameter where a rule gives none.
        endpoints: The endpoints it means anything to; empty for all.
        later_pages: Whether it means anything only to a page after the first.
    """

    stage: Stage
    parameter: Parameter = Parameter.NONE
    default: str = ""
    endpoints: frozenset[str] = frozenset()
    later_pages: bool = False


# By the operations of the contract, and the names of other paths in `http.routing`.
_LIST = frozenset({"videoTranslateList", "lipsyncList"})
_LISTS = _LIST | {"videoTranslateProofreadsList"}
_READS = _LIST | {"videoTranslateGet", "lipsyncGet"}
_MAKES_JOBS = frozenset(
    {
        "videoTranslateCreate",
        "videoTranslateProofreadsGenerate",
        "videoTranslateBatchesCreate",
        "lipsyncCreate",
        "lipsyncBatchesCreate",
    }
)
_MAKES_SESSIONS = frozenset({"videoTranslateProofreadsCreate"})
_BY_ID = frozenset(
    {
        "videoTranslateGet",
        "videoTranslateStatusesList",
        "lipsyncGet",
        "lipsyncStatusesList",
        "videoTranslateCaptionGet",
        "videoTranslateProofreadsGet",
        "videoTranslateProofreadsSrtGet",
    }
)
_SIGNING_ASSETS = frozenset({"assetDirectUploadsCreate", "assetGet", "assetList"})
_SIGNING = (_READS | _SIGNING_ASSETS) | {
    "lipsyncUpdate",
    "videoTranslateCaptionGet",
    "videoTranslateUpdate",
    "videoTranslateProofreadsSrtGet",
}
_USES_ASSETS = frozenset(
    {
        "videoTranslateCreate",
        "lipsyncCreate",
        "videoTranslateProofreadsCreate",
        "videoTranslateProofreadsSrtUpdate",
        "assetGet",
    }
)
_FILES = frozenset({"file", "asset_file", "proofread_file"})
_DOWNLOADS = _FILES | {"source"}
_NO_ACCESS = "You do not have access to this resource."
_BROKEN_AUDIO = "Your video's audio is missing or corrupted, please try with another video"

FAULTS: Mapping[str, FaultKind] = {
    "drop_before": FaultKind(Stage.BEFORE),
    "http_500_before": FaultKind(Stage.BEFORE),
    "html_502": FaultKind(Stage.BEFORE),
    "rate_limit": FaultKind(Stage.BEFORE, Parameter.SECONDS, "1"),
    "unauthorized": FaultKind(Stage.BEFORE),
    "access_denied": FaultKind(Stage.BEFORE, Parameter.TEXT, _NO_ACCESS),
    "missing": FaultKind(Stage.BEFORE),
    "redirect": FaultKind(Stage.BEFORE, Parameter.TEXT, "/elsewhere"),
    "stored_429": FaultKind(Stage.STORED, Parameter.SECONDS, "1"),
    "stored_402": FaultKind(Stage.STORED),
    "stored_500": FaultKind(Stage.STORED),
    "slow": FaultKind(Stage.DURING, Parameter.SECONDS, "1"),
    "list_lag": FaultKind(Stage.DURING, Parameter.SECONDS, "2", _LISTS),
    "get_lag": FaultKind(Stage.DURING, Parameter.SECONDS, "2", _BY_ID),
    "shift_pages": FaultKind(Stage.DURING, endpoints=_LIST, later_pages=True),
    "repeat_token": FaultKind(Stage.DURING, endpoints=_LIST, later_pages=True),
    "no_token": FaultKind(Stage.DURING, endpoints=_LIST),
    "asset_lag": FaultKind(Stage.DURING, Parameter.SECONDS, "2", _USES_ASSETS),
    "not_visible": FaultKind(Stage.DURING, endpoints=frozenset({"assetCompleteCreate"})),
    "no_video_url": FaultKind(Stage.DURING, Parameter.SECONDS, "5", _READS),
    "fail_job": FaultKind(Stage.DURING, Parameter.TEXT, _BROKEN_AUDIO, _MAKES_JOBS),
    "fail_proofread": FaultKind(Stage.DURING, Parameter.TEXT, _BROKEN_AUDIO, _MAKES_SESSIONS),
    "other_cues": FaultKind(Stage.DURING, Parameter.SECONDS, "0", _MAKES_SESSIONS),
    "expired_url": FaultKind(Stage.DURING, endpoints=_SIGNING),
    "forbid_file": FaultKind(Stage.DURING, endpoints=_FILES),
    "change_etag": FaultKind(Stage.DURING, endpoints=_DOWNLOADS),
    "cut_download": FaultKind(Stage.DURING, Parameter.BYTES, endpoints=_DOWNLOADS),
    "drop_after": FaultKind(Stage.AFTER),
    "http_500_after": FaultKind(Stage.AFTER),
    "html_502_after": FaultKind(Stage.AFTER),
    "cut_body": FaultKind(Stage.AFTER),
    "empty_body": FaultKind(Stage.AFTER),
}
