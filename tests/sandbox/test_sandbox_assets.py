"""Files that callers send: in one piece, and straight to the storage."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import requests
from sandbox_caller import ASSETS, Caller, Clock

from heygen_localize.sandbox import AssetStatus, Sandbox
from heygen_localize.sandbox.account.assets import MOST_BYTES

MP4 = b"\0\0\0\x20ftypisom" + b"film" * 100
SRT = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"
SAMPLES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "video/mp4": MP4,
    "video/webm": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm",
    "audio/mpeg": b"ID3\x04",
    "audio/wav": b"RIFF\0\0\0\0WAVEfmt ",
    "application/pdf": b"%PDF-1.7",
    "application/x-subrip": SRT,
}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def asset_id(caller: Caller) -> str:
    text: str = caller.upload(MP4).json()["data"]["asset_id"]
    return text


@pytest.mark.parametrize("mime_type", SAMPLES)
def test_the_type_is_read_from_the_bytes(caller: Caller, sandbox: Sandbox, mime_type: str) -> None:
    content = SAMPLES[mime_type]
    fields = caller.upload(content, "misleading.txt").json()["data"]
    assert (fields["mime_type"], fields["size_bytes"]) == (mime_type, len(content))
    (note,) = sandbox.assets()
    assert (note.id, note.name, note.deleted) == (fields["asset_id"], "misleading.txt", False)
    assert (note.sha256, note.status) == (_sha256(content), AssetStatus.COMPLETED)
    assert (note.mime_type, note.size_bytes) == (mime_type, len(content))
    assert caller.file(fields["url"]).content == content
    assert sandbox.key_leaks() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"version https://git-lfs.github.com/spec/v1\n",
        b"\0\0\0\x14ftypqt  \0\0\2\0",
        b"\x1a\x45\xdf\xa3\x9fB\x82\x88matroska",
        b"\xff\xf1\x50\x80",
        b"RIFF\0\0\0\0AVI ",
        b"WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello\n",
    ],
)
def test_other_types_are_refused(caller: Caller, sandbox: Sandbox, content: bytes) -> None:
    answer = caller.upload(content, "video.mp4")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "invalid_parameter", "file")
    assert sandbox.assets() == []
    assert list((sandbox.settings.state / "assets").iterdir()) == []


def test_other_forms_of_a_type_are_known(caller: Caller) -> None:
    with_mark = b"\xef\xbb\xbf" + SRT.replace(b"\n", b"\r\n")
    for content in (b"\xff\xfb\x90\x64", with_mark):
        assert caller.upload(content).status_code == 200


def test_the_limit_is_32_megabytes(caller: Caller, sandbox: Sandbox) -> None:
    content = MP4 + bytes(MOST_BYTES - len(MP4))
    assert caller.upload(content).json()["data"]["size_bytes"] == 32_000_000
    refused = caller.upload(content + b"\0")
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "payload_too_large")
    (note,) = sandbox.assets()
    assert note.sha256 == _sha256(content)
    assert len(list((sandbox.settings.state / "assets").iterdir())) == 1


def test_a_form_without_a_file_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    bodies: list[dict[str, Any]] = [
        {"files": {"other": MP4}},
        {"data": {"file": "text"}},
        {"data": MP4, "headers": {"Content-Type": "video/mp4"}},
    ]
    for body in bodies:
        answer = caller("POST", ASSETS, **body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")
    assert list((sandbox.settings.state / "assets").iterdir()) == []


def test_one_key_takes_one_file(caller: Caller, sandbox: Sandbox) -> None:
    headers = {"Idempotency-Key": "k"}
    first = caller.upload(MP4, headers=headers)
    assert caller.upload(SRT, headers=headers).content == first.content
    assert len(sandbox.assets()) == 1
    assert caller.upload(SRT, headers={"Idempotency-Key": "other"}).status_code == 200


def test_an_upload_that_is_refused_on_purpose_leaves_nothing(
    caller: Caller, sandbox: Sandbox
) -> None:
    sandbox.set_faults("stored_500=1 on POST times 1")
    assert caller.upload(MP4, headers={"Idempotency-Key": "k"}).status_code == 500
    assert caller.upload(MP4, headers={"Idempotency-Key": "k"}).status_code == 500
    sandbox.set_faults("drop_after=1 on POST times 1")
    with pytest.raises(requests.ConnectionError):
        caller.upload(MP4, headers={"Idempotency-Key": "l"})
    assert caller.upload(MP4, headers={"Idempotency-Key": "l"}).status_code == 200
    assert len(sandbox.assets()) == 1


def test_the_body_of_an_upload_is_not_noted(caller: Caller, sandbox: Sandbox) -> None:
    caller.put(caller.begin_upload(SRT), b'{"a": 1}')
    caller.upload(b"1")
    assert [note.body is None for note in sandbox.requests()] == [False, True, True]


def test_a_direct_upload(caller: Caller, sandbox: Sandbox) -> None:
    begun = caller.begin_upload(MP4, checksum_sha256=_sha256(MP4).upper())
    assert (begun["status"], begun["max_bytes"]) == ("pending_upload", 5_000_000_000)
    assert sandbox.assets()[0].sha256 is None
    early = caller.complete(begun)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "conflict")
    assert caller.put(begun, b"x" * len(MP4)).status_code == 200
    assert caller.complete(begun).json()["error"]["param"] == "checksum_sha256"
    # What was wrong may be sent again.
    assert caller.put(begun, MP4).status_code == 200
    done = caller.complete(begun, checksum_sha256=_sha256(MP4))
    assert (done.status_code, done.json()["data"]["status"]) == (200, "processing")
    assert caller.complete(begun).status_code == 200
    assert caller.put(begun, MP4).status_code == 403
    assert caller.file(done.json()["data"]["url"]).content == MP4
    assert sandbox.key_leaks() == []
    (note,) = sandbox.assets()
    assert (note.status, note.sha256) == (AssetStatus.COMPLETED, _sha256(MP4))


def test_an_upload_must_be_as_it_was_signed(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    begun = caller.begin_upload(MP4)
    (meta,) = (name for name in begun["upload_headers"] if name.startswith("x-amz-meta-"))
    assert caller.put(begun, MP4, **{meta: "other"}).status_code == 403
    assert caller.put(begun, MP4, **{"Content-Type": "text/plain"}).status_code == 403
    lacking = begun | {"upload_headers": {"Content-Type": "video/mp4"}}
    assert caller.put(lacking, MP4).status_code == 403
    altered = begun | {"upload_url": begun["upload_url"].replace("Nonce=", "Nonce=0")}
    assert caller.put(altered, MP4).status_code == 403
    assert caller.put(begun, MP4 + b"x").status_code == 400
    assert caller.put(begun, MP4[:-1]).status_code == 400
    assert caller.put(begun, iter([MP4])).status_code == 411
    clock.now += begun["expires_in_seconds"] + 1
    assert caller.put(begun, MP4).status_code == 403
    assert sandbox.assets()[0].status is AssetStatus.PENDING


def test_an_api_key_at_the_storage_is_noted(caller: Caller, sandbox: Sandbox) -> None:
    caller.put(caller.begin_upload(MP4), MP4, **{"x-api-key": sandbox.api_key})
    assert [note.route for note in sandbox.key_leaks()] == ["/uploads/{asset_id}"]


@pytest.mark.parametrize(
    ("changes", "status", "param"),
    [
        ({"content_type": "video/quicktime"}, 400, "content_type"),
        ({"size_bytes": 0}, 400, "size_bytes"),
        ({"size_bytes": "9"}, 400, "size_bytes"),
        ({"checksum_sha256": "abc"}, 400, "checksum_sha256"),
        ({"filename": None}, 400, "filename"),
        ({"size_bytes": 1001}, 413, None),
    ],
)
def test_a_direct_upload_is_refused_before_it_begins(
    start: Callable[..., Caller], changes: dict[str, Any], status: int, param: str | None
) -> None:
    caller = start(max_upload_bytes=1000)
    body = {"filename": "a", "content_type": "video/mp4", "size_bytes": 9}
    answer = caller("POST", f"{ASSETS}/direct-uploads", json=body | changes)
    assert (answer.status_code, answer.json()["error"].get("param")) == (status, param)
    assert caller.sandbox.assets() == []


def test_the_bytes_must_be_of_the_type_that_was_declared(caller: Caller) -> None:
    for content, kind in ((b"nothing known", "video/mp4"), (MP4, "audio/mp3")):
        begun = caller.begin_upload(content, content_type=kind)
        assert caller.put(begun, content).status_code == 200
        error = caller.complete(begun).json()["error"]
        assert (error["code"], error["param"]) == ("invalid_parameter", "content_type")
    begun = caller.begin_upload(SRT, content_type="text/srt")
    caller.put(begun, SRT)
    assert caller.complete(begun).json()["data"]["mime_type"] == "application/x-subrip"


def test_assets_are_listed_and_deleted(caller: Caller, sandbox: Sandbox, asset_id: str) -> None:
    second = caller.upload(SRT, "b.srt").json()["data"]["asset_id"]
    caller.begin_upload(MP4)
    query = {"username": "sandbox", "limit": 1}
    page = caller("GET", ASSETS, params=query).json()
    assert [item["id"] for item in page["data"]] == [second]
    assert (page["data"][0]["name"], page["data"][0]["type"]) == ("b.srt", "srt")
    rest = caller("GET", ASSETS, params=query | {"token": page["next_token"]}).json()
    assert [item["id"] for item in rest["data"]] == [asset_id]
    assert (rest["has_more"], rest["next_token"]) == (False, None)
    for more in ({"username": "other"}, {"folder_id": "f"}):
        assert caller("GET", ASSETS, params=query | more).json()["data"] == []

    url = rest["data"][0]["url"]
    assert caller("DELETE", f"{ASSETS}/{asset_id}").json()["data"] == {"id": asset_id}
    sandbox.delete_asset(second)
    assert caller("GET", f"{ASSETS}/{asset_id}").status_code == 404
    assert caller("GET", ASSETS, params=query).json()["data"] == []
    assert caller.file(url).status_code == 404
    assert [note.deleted for note in sandbox.assets()] == [True, True, False]


def test_jobs_are_made_from_assets(caller: Caller, sandbox: Sandbox, asset_id: str) -> None:
    def order(use: str, value: str) -> tuple[int, str | None, str | None]:
        answer = caller.post(**{use: {"type": "asset_id", "asset_id": value}})
        error = answer.json().get("error", {})
        return answer.status_code, error.get("code"), error.get("param")

    missing = "asset_" + "0" * 32
    waiting = caller.begin_upload(MP4)["asset_id"]
    subtitles = caller.upload(SRT).json()["data"]["asset_id"]
    assert order("video", asset_id) == (200, None, None)
    assert order("srt", subtitles) == (200, None, None)
    assert order("video", "8f2c41d7a90b") == (200, None, None)
    for use in ("video", "audio", "srt"):
        assert order(use, missing) == (404, "asset_not_found", use)
    assert order("video", waiting) == (404, "asset_not_found", "video")
    assert order("audio", asset_id) == (400, "invalid_parameter", "audio")
    sandbox.delete_asset(asset_id)
    assert order("video", asset_id) == (404, "asset_not_found", "video")
    assert len(sandbox.jobs()) == 3


def test_assets_survive_a_restart(
    caller: Caller, sandbox: Sandbox, clock: Clock, asset_id: str
) -> None:
    begun = caller.begin_upload(MP4)
    before = sandbox.assets()
    sandbox.close()
    with Sandbox(sandbox.settings, clock) as restarted:
        caller = Caller(restarted)
        assert restarted.assets() == before
        moved = begun["upload_url"].removeprefix(sandbox.base_url)
        begun["upload_url"] = restarted.base_url + moved
        assert caller.put(begun, MP4).status_code == 200
        assert caller.complete(begun).status_code == 200
        caller.create(video={"type": "asset_id", "asset_id": asset_id})


def test_an_asset_is_served_by_range(caller: Caller, asset_id: str) -> None:
    url = caller("GET", f"{ASSETS}/{asset_id}").json()["data"]["url"]
    part = caller.file(url, Range="bytes=4-7")
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert caller.file(url.replace("Nonce=", "Nonce=0")).status_code == 403
