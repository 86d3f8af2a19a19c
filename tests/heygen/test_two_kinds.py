"""Translations and lip syncs through one client: two lists, and ids that tell them apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import JobStatus
from heygen_localize.core.text import valid_id
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.transport import Transport
from heygen_localize.sandbox import Sandbox

BOTH = (JobKind.TRANSLATION, JobKind.LIPSYNC)
VIDEO = {"type": "asset_id", "asset_id": "made-in-the-web-app"}


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    with closing(
        Transport(Connection(sandbox.base_url, sandbox.api_key, "a test", 0), backoff=0)
    ) as made:
        yield Client(made)


def synced(client: Client, sandbox: Sandbox, title: str = "") -> str:
    audio = {"type": "url", "url": "https://cdn.example.com/a.mp3"}
    video = {"type": "url", "url": "https://cdn.example.com/a.mp4"}
    body: dict[str, Any] = {"video": video, "audio": audio, "title": title}
    return client.create(JobKind.LIPSYNC, body, f"key-{title}-{len(sandbox.lipsyncs())}")


def answering(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    whole = {"data": answer, "has_more": False}
    monkeypatch.setattr(Transport, "_call", lambda *_, **__: whole)


def test_both_lists_are_read_and_each_job_is_found_by_its_id(
    sandbox: Sandbox, client: Client
) -> None:
    translated = sandbox.add_foreign_job(title="a")
    lips = synced(client, sandbox, "b")
    (note,) = sandbox.lipsyncs()
    assert lips == f"lipsync:{note.id}"
    assert valid_id(lips) == lips
    assert {job.id for job in client.listing(BOTH).jobs} == {translated, lips}
    assert [job.id for job in client.listing(BOTH[:1]).jobs] == [translated]
    assert client.recent([lips, translated]).keys() == {lips, translated}
    job = client.job(lips)
    assert job is not None
    assert (job.id, job.title, job.kind, job.language) == (lips, "b", JobKind.LIPSYNC, None)
    client.retitle(lips, "c")
    assert sandbox.lipsyncs()[0].title == "c"
    sandbox.fail_job(translated, "no")
    sandbox.fail_job(lips.removeprefix("lipsync:"), "no")
    states = client.statuses([lips, translated, "lipsync:ls_never"])
    failed = JobStatus.FAILED
    assert states == {lips: failed, translated: failed, "lipsync:ls_never": None}
    client.delete(lips)
    assert client.job(lips) is None
    assert client.job(translated) is not None


def test_the_list_of_lip_syncs_goes_on_from_what_is_known(sandbox: Sandbox, client: Client) -> None:
    first = synced(client, sandbox, "1")
    known = client.listing(BOTH)
    second = synced(client, sandbox, "2")
    assert {job.id for job in client.listing(BOTH, known).jobs} == {first, second}
    assert {job.id for job in client.since(BOTH, {first}, 0).jobs} == {first, second}


def test_captions_of_a_lip_sync(sandbox: Sandbox, client: Client, monkeypatch: Any) -> None:
    done = {"id": "ls_1", "status": "completed", "video_url": "https://f.example.com/v.mp4"}
    answering(monkeypatch, {**done, "caption_url": "https://f.example.com/c.srt"})
    job = client.job("lipsync:ls_1")
    assert job is not None
    assert job.outputs.srt_caption_url == "https://f.example.com/c.srt"
    assert job.outputs.vtt_caption_url is None
    assert client.caption_url("lipsync:ls_1", "srt") is None


def test_a_translation_is_never_taken_for_a_lip_sync(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"id": "lipsync:x", "status": "completed"}
    answering(monkeypatch, [named])
    listing = client.listing(BOTH[:1])
    assert listing.jobs == ()
    assert listing.flaw == "item 1 of a page has an id that cannot be one"
    answering(monkeypatch, {"video_translation_ids": ["lipsync:x"]})
    with pytest.raises(ApiError):
        client.create(JobKind.TRANSLATION, {}, "key")
    answering(monkeypatch, [{"video_id": "lipsync:x", "status": "failed"}])
    with pytest.raises(ApiError):
        client.statuses(["x"])


@pytest.mark.parametrize("name", ["batches", "statuses", "..", "", "a/b", "x" * 195, None, 7])
def test_an_id_that_cannot_be_one_is_no_lip_sync(
    client: Client, monkeypatch: pytest.MonkeyPatch, name: object
) -> None:
    answering(monkeypatch, {"lipsync_id": name})
    with pytest.raises(ApiError):
        client.create(JobKind.LIPSYNC, {}, "key")
    answering(monkeypatch, [{"id": name, "status": "completed"}])
    assert client.listing(BOTH[1:]).flaw is not None


@pytest.mark.parametrize("name", ["lipsync:batches", "lipsync:statuses", "lipsync:", "lipsync:.."])
def test_a_path_of_the_api_is_never_asked_for_as_a_lip_sync(
    sandbox: Sandbox, client: Client, name: str
) -> None:
    assert client.job(name) is None
    assert sandbox.requests() == []


def test_lip_syncs_that_are_denied_hide_no_translation(sandbox: Sandbox, client: Client) -> None:
    translated = sandbox.add_foreign_job(title="a")
    sandbox.leave_out("lipsync")
    listing = client.listing(BOTH)
    assert listing.complete
    assert [job.id for job in listing.jobs] == [translated]
    assert listing.kinds == BOTH[:1]
    assert "does not include lipsync" in (listing.lipsyncs_denied or "")
    assert client.since(BOTH, (), 0).flaw is not None
