"""Videos at addresses of their own, good and bad, as manifests name them."""

from __future__ import annotations

from functools import cache

from werkzeug.exceptions import MethodNotAllowed
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from heygen_localize.sandbox.endpoints.resource import Handlers
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.media.files import Padded, ServedFile, serve, serve_whole, short_hash
from heygen_localize.sandbox.media.outputs import (
    MEDIA_TYPES,
    MediaFile,
    labelled_video,
    sample,
    with_index_at_end,
)
from heygen_localize.sandbox.profile import Account

# When the sources were put there, in seconds since the epoch.
_PUBLISHED = 1_767_225_600
_MINUTE = 60
# Where a request of a cloud machine to itself leads, which no client may follow.
_METADATA = "http://169.254.169.254/latest/meta-data"
_STUMP = b"\0\0\0\x10ftypisom\0\0\2\0"

# Names whose answer is a page with a status.
_PAGES = {
    "page.mp4": (200, "A page about a video"),
    "login": (200, "Sign in"),
    "forbidden.mp4": (403, "Forbidden"),
    "unauthorized.mp4": (401, "Unauthorized"),
    "missing.mp4": (404, "Not found"),
    "broken.mp4": (500, "Broken"),
}


def _page(status: int, title: str) -> Response:
    page = f"<!doctype html><html><head><title>{title}</title></head><body>{title}</body></html>"
    return Response(page, status=status, content_type="text/html; charset=utf-8")


@cache
def _film_with_index_at_end() -> bytes:
    return with_index_at_end(sample(MediaFile.VIDEO))


def _file(path: str, name: str, version: int) -> ServedFile | None:
    kind = MediaFile.VIDEO
    content = labelled_video(f"{path} {version}")
    if name == "end.mp4":
        content = Padded(_film_with_index_at_end())
    elif name == "short.mp4":
        content = Padded(_STUMP)
    elif name.endswith(".mp3"):
        kind, content = MediaFile.AUDIO, Padded(sample(MediaFile.AUDIO))
    elif not name.endswith(".mp4"):
        return None
    etag = short_hash(path, version, content.size)
    return ServedFile(content, MEDIA_TYPES[kind], etag, _PUBLISHED + version * _MINUTE)


class SourceEndpoints:
    """Answers calls under ``/source/``; the last segment decides what is there.

    Args:
        account: The account, which knows what faults and tests have changed.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.handlers: Handlers = {"source": self._answer}

    def _answer(self, call: Call) -> Response:
        request, version = call.request, self._account.file_version(call)
        name = request.path.rpartition("/")[2]
        if name in _PAGES:
            return _page(*_PAGES[name])
        if name == "login.mp4":
            return redirect(f"/source/login?next={request.path}")
        if name == "moved.mp4":
            return redirect(request.path.removesuffix(name) + "good.mp4")
        if name == "private.mp4":
            return redirect(_METADATA)
        if name == "nohead.mp4" and request.method == "HEAD":
            raise MethodNotAllowed(["GET"])
        if name == "changing.mp4":
            version += self._account.context.source_changes()
        file = _file(request.path, name, version)
        if file is None:
            return _page(404, "Not found")
        if name == "norange.mp4":
            return serve_whole(file)
        return serve(file, request, call.faults.text("cut_download"))
