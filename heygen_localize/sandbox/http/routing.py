"""The paths of the sandbox, and a request on its way to one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request

from heygen_localize.sandbox.account.uploads import Received
from heygen_localize.sandbox.faults.rules import Struck

_TRANSLATIONS = "/v3/video-translations"
_TRANSLATION = f"{_TRANSLATIONS}/<video_translation_id>"
_PROOFREADS = f"{_TRANSLATIONS}/proofreads"
_PROOFREAD = f"{_PROOFREADS}/<proofread_id>"
_LIPSYNCS = "/v3/lipsyncs"
_LIPSYNC = f"{_LIPSYNCS}/<lipsync_id>"
_ASSETS = "/v3/assets"
_ASSET = f"{_ASSETS}/<asset_id>"
_UPLOADS = f"{_ASSETS}/direct-uploads"
_WEBHOOKS = "/v3/webhooks"
_WEBHOOK = f"{_WEBHOOKS}/endpoints/<endpoint_id>"
_GLOSSARIES = "/v3/brand-glossaries"
_GLOSSARY = f"{_GLOSSARIES}/<brand_glossary_id>"

_TABLE = (
    ("POST", _TRANSLATIONS, "create"),
    ("GET", _TRANSLATIONS, "list"),
    ("GET", f"{_TRANSLATIONS}/languages", "languages"),
    ("GET", f"{_TRANSLATIONS}/statuses", "statuses"),
    ("POST", f"{_TRANSLATIONS}/batches", "create_batch"),
    ("GET", f"{_TRANSLATIONS}/batches/<batch_id>", "get_batch"),
    ("GET", _TRANSLATION, "get"),
    ("PATCH", _TRANSLATION, "rename"),
    ("DELETE", _TRANSLATION, "delete"),
    ("GET", f"{_TRANSLATION}/caption", "caption"),
    ("POST", _PROOFREADS, "create_proofread"),
    ("GET", _PROOFREADS, "list_proofreads"),
    ("GET", _PROOFREAD, "get_proofread"),
    ("DELETE", _PROOFREAD, "delete_proofread"),
    ("GET", f"{_PROOFREAD}/srt", "get_subtitles"),
    ("PUT", f"{_PROOFREAD}/srt", "put_subtitles"),
    ("POST", f"{_PROOFREAD}/generate", "generate"),
    ("POST", _LIPSYNCS, "create_lipsync"),
    ("GET", _LIPSYNCS, "list_lipsyncs"),
    ("GET", f"{_LIPSYNCS}/statuses", "lipsync_statuses"),
    ("POST", f"{_LIPSYNCS}/batches", "create_lipsync_batch"),
    ("GET", f"{_LIPSYNCS}/batches/<batch_id>", "get_lipsync_batch"),
    ("GET", _LIPSYNC, "get_lipsync"),
    ("PATCH", _LIPSYNC, "rename_lipsync"),
    ("DELETE", _LIPSYNC, "delete_lipsync"),
    ("GET", "/v3/users/me", "user"),
    ("GET", _GLOSSARIES, "glossaries"),
    ("POST", _GLOSSARIES, "create_glossary"),
    ("GET", _GLOSSARY, "get_glossary"),
    ("PATCH", _GLOSSARY, "change_glossary"),
    ("DELETE", _GLOSSARY, "delete_glossary"),
    ("POST", _ASSETS, "upload"),
    ("GET", _ASSETS, "list_assets"),
    ("GET", f"{_ASSETS}/statuses", "asset_statuses"),
    ("POST", _UPLOADS, "begin_upload"),
    ("POST", f"{_UPLOADS}/batches", "begin_upload_batch"),
    ("POST", f"{_ASSETS}/complete/batches", "complete_upload_batch"),
    ("GET", f"{_ASSETS}/batches/<batch_id>", "get_upload_batch"),
    ("GET", _ASSET, "get_asset"),
    ("DELETE", _ASSET, "delete_asset"),
    ("POST", f"{_ASSET}/complete", "complete_upload"),
    ("POST", f"{_WEBHOOKS}/endpoints", "create_webhook"),
    ("GET", f"{_WEBHOOKS}/endpoints", "list_webhooks"),
    ("PATCH", _WEBHOOK, "change_webhook"),
    ("DELETE", _WEBHOOK, "delete_webhook"),
    ("POST", f"{_WEBHOOK}/rotate-secret", "rotate_webhook"),
    ("GET", f"{_WEBHOOKS}/event-types", "webhook_event_types"),
    ("GET", f"{_WEBHOOKS}/events", "webhook_events"),
    ("PUT", "/uploads/<asset_id>", "put_upload"),
    ("GET", "/files/<job_id>/<name>", "file"),
    ("GET", "/proofreads/<proofread_id>/<name>", "proofread_file"),
    ("GET", "/assets/<asset_id>", "asset_file"),
    ("GET", "/source/<path:name>", "source"),
)
ROUTES = tuple(Rule(path, methods=[method], endpoint=name) for method, path, name in _TABLE)
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
