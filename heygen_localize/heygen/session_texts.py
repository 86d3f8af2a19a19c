"""A session's texts from the hosts that HeyGen names: whole, and within a bound."""

from __future__ import annotations

from heygen_localize.heygen.errors import ApiError
from heygen_localize.system.causes import cause_of
from heygen_localize.system.web import Web, WebRefusal

LARGEST = 32_000_000
_CHUNK = 64 * 1024


def fetched(web: Web, url: str) -> bytes:
    """Return what a file host has.

    Raises:
        ApiError: it could not be had.
    """
    # Here, since most of what is compared lies on this machine.
    import requests

    content = bytearray()
    try:
        with web.asked("GET", url) as response:
            if response.status_code != 200:
                raise ApiError(f"the file host answers HTTP {response.status_code}")
            for piece in response.iter_content(_CHUNK):
                content += piece
                if len(content) > LARGEST:
                    raise ApiError("a text is larger than any true one")
    except (WebRefusal, requests.RequestException, OSError) as error:
        cause = cause_of(error, url)
        raise ApiError(f"a text could not be fetched: {cause}", hint=cause.hint) from None
    return bytes(content)
