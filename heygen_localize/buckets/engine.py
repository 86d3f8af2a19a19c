"""The engine, obstore: loaded where a bucket is used, told what to do where it is not installed.

It takes credentials from the environment by itself, and speaks to hosts by itself: how long it
may try is said here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from heygen_localize.core.environment import says_yes
from heygen_localize.core.errors import BucketError, UsageError
from heygen_localize.core.objects import ObjectAddress
from heygen_localize.core.urls import is_loopback
from heygen_localize.core.version import __version__

NOT_INSTALLED = "buckets_missing"
FOLDERS = "LOCALIZE_FILE_BUCKETS"
"""The folders that `file://` may lead into: a manifest may come from anybody."""

RETRY: dict[str, Any] = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {
        "init_backoff": timedelta(milliseconds=200),
        "max_backoff": timedelta(seconds=5),
        "base": 2,
    },
}
TIMEOUTS: dict[str, Any] = {
    "connect_timeout": timedelta(seconds=10),
    "timeout": timedelta(seconds=120),
}
"""A part of a file has to go out within these."""

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_FILLED = (
    *_ENDPOINTS,
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)
"""What the engine takes in earnest where it is empty, as CI sets what it does not know."""

_SENT = {"s3": (*_FILLED, "AWS_SESSION_TOKEN", "AWS_TOKEN"), "az": ("AZURE_STORAGE_",)}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def require() -> None:
    """Make sure that the extra is installed, before anything is ordered or fetched.

    Raises:
        UsageError: it is not; says how to get it.
    """
    if find_spec("obstore") is None:
        raise UsageError(
            "buckets need obstore, which is not installed",
            code=NOT_INSTALLED,
            hint="pip install 'heygen-localize[scale]'",
        )


@cache
def obstore() -> ModuleType:
    """Return the engine.

    Raises:
        UsageError: it is not installed.
    """
    require()
    import obstore as engine
    import obstore.exceptions
    import obstore.store

    return engine


def open_store(address: ObjectAddress, copying: str | None = None) -> Any:
    """Return what reaches a bucket; with `copying`, files of that type are copied in it.

    Raises:
        UsageError: the engine is not installed, or its settings in the environment are wrong.
        BucketError: `file://` leads to a folder that nobody allowed.
    """
    stores = obstore().store
    if address.of_disk:
        return stores.LocalStore(_folder_of(address), mkdir=True)
    client: dict[str, Any] = {**TIMEOUTS, "user_agent": f"heygen-localize/{__version__}"}
    if copying is not None:
        client["default_content_type"] = copying
    options: dict[str, Any] = {"client_options": client, "retry_config": RETRY}
    _refuse_settings(os.environ, address.scheme)
    try:
        if address.scheme == "s3":
            config = {}
            endpoint = _endpoint(os.environ)
            if endpoint is not None:
                config["endpoint"] = endpoint
                client["allow_http"] = is_loopback(urlsplit(endpoint).hostname or "") or says_yes(
                    os.environ, "AWS_ALLOW_HTTP"
                )
            # By completing an upload of parts, which S3 does on condition.
            config["copy_if_not_exists"] = "multipart"
            config["conditional_put"] = "etag"  # whatever the environment says
            return stores.S3Store(address.bucket, config=config, **options)
        kind = stores.GCSStore if address.scheme == "gs" else stores.AzureStore
        return kind(address.bucket, **options)
    except BaseException as error:
        known = (obstore().exceptions.BaseError, ValueError, TypeError)
        if not isinstance(error, known) and not is_panic(error):
            raise
        raise UsageError(
            f"the environment's settings for {address.bucket_name} cannot be used",
            code="bucket_settings",
            hint="look at AWS_*, GOOGLE_* or AZURE_*: docs/buckets.md names them",
        ) from None


def is_panic(error: BaseException) -> bool:
    """Return whether the engine gave up in the middle: the class cannot be imported."""
    return type(error).__module__ == "pyo3_runtime"


def _refuse_settings(environment: Mapping[str, str], scheme: str) -> None:
    """Make sure that the engine can live with the environment: some of it makes it panic.

    Raises:
        UsageError: it cannot; names the variable, and not what is in it.
    """
    for name, value in sorted(environment.items()):
        if not name.startswith(_SENT.get(scheme, ())):
            continue
        if _CONTROL.search(value):
            raise _unusable(name, "holds a line break, or another control character")
        if name in _FILLED and not value:
            raise _unusable(name, "is empty: unset it, or give it its value")
        if name in _ENDPOINTS and not _leads_to_host(value):
            raise _unusable(name, "is not the address of a host: https://HOST or https://HOST:PORT")


def _unusable(name: str, why: str) -> UsageError:
    return UsageError(
        f"the environment's {name} {why}",
        code="bucket_settings",
        hint="docs/buckets.md names what leads to a bucket",
    )


def _leads_to_host(text: str) -> bool:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = "@" not in parts.netloc and not parts.query and not parts.fragment
    return named and plain and parts.scheme in ("http", "https") and not re.search(r"\s", text)


def _endpoint(environment: Mapping[str, str]) -> str | None:
    return next((found for name in _ENDPOINTS if (found := environment.get(name))), None)


def _folder_of(address: ObjectAddress) -> Path:
    """Return the allowed folder that an address of `file://` leads into."""
    allowed = [Path(text) for text in os.environ.get(FOLDERS, "").split(os.pathsep) if text]
    place = Path("/", address.key)
    for folder in allowed:
        if folder.is_absolute() and ".." not in folder.parts and place.is_relative_to(folder):
            if place.resolve().is_relative_to(folder.resolve()):
                return folder
            raise BucketError(
                f"{address} leads through a link, out of the folder that is allowed",
                code="bucket_folder",
                hint=f"replace the link by a folder, or name where it leads in {FOLDERS}",
            )
    raise BucketError(
        f"{address} leads into a folder that is not allowed on this machine",
        code="bucket_folder",
        hint=f"set {FOLDERS} to the folders that file:// may lead into",
    )


def key_in(address: ObjectAddress) -> str:
    """Return what an object is called in its store."""
    if not address.of_disk:
        return address.key
    return Path("/", address.key).relative_to(_folder_of(address)).as_posix()
