"""The paths of the sandbox, and a request on its way to one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request

from heygen_localize.sandbox.receiving import Received
from heygen_localize.sandbox.rules import Struck

_TRANSLATIONS = "/v3/video-translations"
_TRANSLATION = f"{_TRANSLATIONS}/<video_translation_id>"
_PROOFREADS = f"{_TRANSLATIONS}/proofreads"
_PROOFREAD = f"{_PROOFREADS}/<proofread_id>"
_ASSETS = "/v3/assets"
_ASSET = f"{_ASSETS}/<asset_id>"

ROUTES = (
    Rule(_TRANSLATIONS, methods=["POST"], endpoint="create"),
    Rule(_TRANSLATIONS, methods=["GET"], endpoint="list"),
    Rule(f"{_TRANSLATIONS}/languages", methods=["GET"], endpoint="languages"),
    Rule(f"{_TRANSLATIONS}/statuses", methods=["GET"], endpoint="statuses"),
    Rule(_TRANSLATION, methods=["GET"], endpoint="get"),
    Rule(_TRANSLATION, methods=["PATCH"], endpoint="rename"),
    Rule(_TRANSLATION, methods=["DELETE"], endpoint="delete"),
    Rule(f"{_TRANSLATION}/caption", methods=["GET"], endpoint="caption"),
    Rule(_PROOFREADS, methods=["POST"], endpoint="create_proofread"),
    Rule(_PROOFREAD, methods=["GET"], endpoint="get_proofread"),
    Rule(f"{_PROOFREAD}/srt", methods=["GET"], endpoint="get_subtitles"),
    Rule(f"{_PROOFREAD}/srt", methods=["PUT"], endpoint="put_subtitles"),
    Rule(f"{_PROOFREAD}/generate", methods=["POST"], endpoint="generate"),
    Rule("/v3/users/me", methods=["GET"], endpoint="user"),
    Rule("/v3/brand-glossaries", methods=["GET"], endpoint="glossaries"),
    Rule(_ASSETS, methods=["POST"], endpoint="upload"),
    Rule(_ASSETS, methods=["GET"], endpoint="list_assets"),
    Rule(f"{_ASSETS}/direct-uploads", methods=["POST"], endpoint="begin_upload"),
    Rule(_ASSET, methods=["GET"], endpoint="get_asset"),
    Rule(_ASSET, methods=["DELETE"], endpoint="delete_asset"),
    Rule(f"{_ASSET}/complete", methods=["POST"], endpoint="complete_upload"),
    Rule("/uploads/<asset_id>", methods=["PUT"], endpoint="put_upload"),
    Rule("/files/<job_id>/<name>", methods=["GET"], endpoint="file"),
    Rule("/proofreads/<proofread_id>/<name>", methods=["GET"], endpoint="proofread_file"),
    Rule("/assets/<asset_id>", methods=["GET"], endpoint="asset_file"),
    Rule("/source/<path:name>", methods=["GET"], endpoint="source"),
)
URLS = Map(ROUTES, merge_slashes=False)

# The endpoints whose body is a file: it goes to the disk in pieces.
UPLOADS = frozenset({"upload", "put_upload"})


@dataclass(frozen=True)
class Call:
    """One request on its way to an endpoint.

    Attributes:
        request: The request itself.
        body: Its body parsed as JSON, or None; None for an upload.
        arguments: The variable parts of its path.
        struck: The faults that strike it.
        received: The file in its body, if it is an upload that has one.
    """

    request: Request
    body: Any
    arguments: Mapping[str, str]
    struck: Struck
    received: Received | None = None
