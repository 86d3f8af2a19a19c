"""The typed endpoints, against the sandbox: pages, batches, and answers that mislead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import JobStatus
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.errors import AccountRefused, ApiError
from heygen_localize.heygen.transport import Transport
from heygen_localize.sandbox import Sandbox
from heygen_localize.system.resources import language_names

LIST = "/v3/video-translations"
VIDEO = {"type": "url", "url": "https://cdn.example.com/intro.mp4"}


@pytest.fixture
def way(sandbox: Sandbox) -> Iterator[Transport]:
    with closing(
        Transport(Connection(sandbox.base_url, sandbox.api_key, "a test", 0), backoff=0)
    ) as made:
        yield made


@pytest.fixture
def client(way: Transport) -> Client:
    return Client(way)


def fill(sandbox: Sandbox, number: int) -> list[str]:
    """Make so many jobs; give their ids, the newest first."""
    return [sandbox.add_foreign_job(title=f"{place}") for place in range(number)][::-1]


def queries(sandbox: Sandbox, path: str = LIST) -> list[str]:
    return [note.query for note in sandbox.requests() if note.path == path]


def answering(monkeypatch: pytest.MonkeyPatch, *answers: object) -> None:
    """Give these answers instead of the vendor's, the last one for ever."""
    left = list(answers)

    def answer(*_: Any, **__: Any) -> Any:
        return {"data": left.pop(0) if len(left) > 1 else left[0], "has_more": False}

    monkeypatch.setattr(Transport, "_call", answer)


@pytest.mark.parametrize("number", [0, 1, 100, 101, 230])
def test_the_list_is_read_to_its_end_in_pages_of_a_hundred(
    sandbox: Sandbox, client: Client, number: int
) -> None:
    ids = fill(sandbox, number)
    listing = client.listing([JobKind.TRANSLATION])
    assert listing.complete
    assert [job.id for job in listing.jobs] == ids
    asked = queries(sandbox)
    assert len(asked) == max(1, -(-number // 100))
    assert all("limit=100" in query for query in asked)


@pytest.mark.parametrize(
    ("fault", "flaw"),
    [
        (f"repeat_token=1 on GET {LIST}", "back to a page"),
        (f"no_token=1 on GET {LIST} after 1", "not where"),
        (f"http_500_before=1 on GET {LIST} after 1", "went wrong"),
        (f"cut_body=1 on GET {LIST} after 1", "broke off"),
        (f"html_502=1 on GET {LIST} after 1", "HTML"),
        (f"empty_body=1 on GET {LIST} after 1", "empty"),
        (f"redirect=1 on GET {LIST} after 1", "302"),
        (f"rate_limit=1 on GET {LIST} after 1", "Too many requests"),
    ],
)
def test_a_page_that_misleads_leaves_the_listing_incomplete_with_a_reason(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch, fault: str, flaw: str
) -> None:
    monkeypatch.setattr("heygen_localize.heygen.listing._MOST_PAGES", 9)
    ids = fill(sandbox, 250)
    sandbox.set_faults(fault)
    listing = client.listing([JobKind.TRANSLATION])
    assert not listing.complete
    assert flaw in (listing.flaw or "")
    seen = [job.id for job in listing.jobs]
    assert seen == ids[: len(seen)]
    assert len(seen) >= 100
    assert len(queries(sandbox)) <= 4


def test_a_list_without_end_is_left(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sandbox, 250)
    monkeypatch.setattr("heygen_localize.heygen.listing._MOST_PAGES", 2)
    listing = client.listing([JobKind.TRANSLATION])
    assert len(listing.jobs) == 200
    assert "does not end" in (listing.flaw or "")


def test_what_can_be_read_of_a_flawed_page_was_seen(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, [{"id": "../a"}, {"status": "failed"}, None, 7, {"id": "tr_1-es"}])
    listing = client.listing([JobKind.TRANSLATION])
    assert listing.flaw == "item 1 of a page has an id that cannot be one: “../a”"
    assert [(job.id, job.status) for job in listing.jobs] == [("tr_1-es", JobStatus.RUNNING)]


def test_a_refused_key_is_no_flaw_of_the_list(sandbox: Sandbox, client: Client) -> None:
    fill(sandbox, 150)
    sandbox.set_faults(f"unauthorized=1 on GET {LIST} after 1")
    with pytest.raises(AccountRefused):
        client.listing([JobKind.TRANSLATION])


def test_jobs_made_while_the_pages_are_read_push_none_out(sandbox: Sandbox, client: Client) -> None:
    ids = fill(sandbox, 250)
    sandbox.set_faults(f"shift_pages=1 on GET {LIST}")
    listing = client.listing([JobKind.TRANSLATION])
    assert listing.complete
    seen = [job.id for job in listing.jobs]
    assert seen == ids
    assert len(sandbox.jobs()) == 252


def test_the_later_answer_of_an_id_counts(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = iter(
        [
            {"data": [_item("a", "running")], "has_more": True, "next_token": "2"},
            {"data": [_item("a", "completed"), _item("b", "failed")], "has_more": False},
        ]
    )
    monkeypatch.setattr(Transport, "_call", lambda *_, **__: next(pages))
    listing = client.listing([JobKind.TRANSLATION])
    assert {job.id: job.status.value for job in listing.jobs} == {"a": "completed", "b": "failed"}


def _item(name: str, status: str) -> dict[str, str]:
    return {"id": name, "status": status}


def test_recent_jobs_cost_a_page_not_a_call_each(sandbox: Sandbox, client: Client) -> None:
    ids = fill(sandbox, 230)
    found = client.recent(ids[5:60])
    assert found.keys() == set(ids[5:60])
    assert len(queries(sandbox)) == 1
    assert client.recent([ids[0], ids[150]]).keys() == {ids[0], ids[150]}
    assert len(queries(sandbox)) == 3


def test_recent_gives_up_where_asking_by_id_costs_less(sandbox: Sandbox, client: Client) -> None:
    ids = fill(sandbox, 330)
    assert client.recent([ids[0], ids[329]]).keys() == {ids[0]}
    assert len(queries(sandbox)) == 3
    assert client.recent([ids[0], *ids[320:]]).keys() == {ids[0], *ids[320:]}
    assert len(queries(sandbox)) == 3 + 4


def test_recent_ends_with_what_is_wanted(sandbox: Sandbox, client: Client) -> None:
    ids = fill(sandbox, 230)
    assert client.recent([ids[0], ids[99]]).keys() == {ids[0], ids[99]}
    assert len(queries(sandbox)) == 1
    many = [*ids[:101], "tr_never"]
    assert client.recent(many).keys() == set(ids[:101])
    assert len(queries(sandbox)) == 1 + 3


def test_recent_ends_with_the_list(sandbox: Sandbox, client: Client) -> None:
    ids = fill(sandbox, 3)
    assert client.recent([*ids, "tr_never"]).keys() == set(ids)
    assert len(queries(sandbox)) == 1


def test_states_are_asked_for_a_hundred_at_a_time(sandbox: Sandbox, client: Client) -> None:
    ids = fill(sandbox, 205)
    sandbox.delete_job(ids[0])
    sandbox.fail_job(ids[1], "no")
    states = client.statuses([*ids, "tr_never"])
    assert states.keys() == {*ids, "tr_never"}
    assert states[ids[0]] is None
    assert states["tr_never"] is None
    assert states[ids[1]] is JobStatus.FAILED
    sizes = [query.count("tr_") for query in queries(sandbox, f"{LIST}/statuses")]
    assert sizes == [100, 100, 6]


def test_no_ids_are_no_call(sandbox: Sandbox, client: Client) -> None:
    assert client.statuses([]) == {}
    assert sandbox.requests() == []


def test_every_word_for_a_state_is_understood(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {
        "queued": JobStatus.PENDING,
        "pending": JobStatus.PENDING,
        "processing": JobStatus.RUNNING,
        "Completed": JobStatus.COMPLETED,
        "succeeded": JobStatus.COMPLETED,
        "failed": JobStatus.FAILED,
        "not_found": None,
        "rendering-in-4k": JobStatus.RUNNING,
    }
    answering(
        monkeypatch,
        [{"video_id": word, "status": word} for word in words]
        + ["junk", {"status": "failed"}, {"video_id": "a/../b", "status": "failed"}],
    )
    assert client.statuses(list(words)) == words


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        "x",
        [],
        [None],
        [{"video_id": "any"}],
        [{"video_id": "other", "status": "failed"}],
        [{"video_id": "any", "status": "failed"}, {"video_id": "any", "status": "completed"}],
        [{"video_id": "any", "status": "failed"}, {"video_id": "any", "status": "not_found"}],
    ],
)
def test_an_answer_that_tells_no_state_is_none(
    client: Client, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    answering(monkeypatch, answer)
    with pytest.raises(ApiError, match="state"):
        client.statuses(["any"])


def test_of_two_states_of_one_job_neither_is_believed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = [{"video_id": "a", "status": word} for word in ("failed", "completed", "failed")]
    answering(monkeypatch, [*torn, {"video_id": "b", "status": "failed"}])
    assert client.statuses(["a", "b"]) == {"b": JobStatus.FAILED}


def test_a_job_is_read(sandbox: Sandbox, client: Client) -> None:
    name = sandbox.add_foreign_job("French", "Bonjour", callback_id="lz1:a:" + "0" * 32)
    sandbox.advance(10)
    job = client.job(name)
    assert job is not None
    assert (job.id, job.status, job.language) == (name, JobStatus.COMPLETED, "French")
    assert (job.title, job.duration) == ("Bonjour", sandbox.settings.job_seconds)
    assert job.mark is not None
    assert job.outputs.reachable


def test_texts_of_a_job_are_cleaned(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    wild = "one\x1b[2J\n\u202etwo"
    answering(
        monkeypatch,
        _item("tr_1-es", "failed")
        | {"title": wild, "failure_message": wild, "output_language": wild, "callback_id": wild},
    )
    job = client.job("tr_1-es")
    assert job is not None
    cleaned = {job.title, job.failure_message, job.language, job.callback_id}
    assert cleaned == {"one[2J two"}


def test_a_job_that_is_gone_is_none(sandbox: Sandbox, client: Client) -> None:
    name = sandbox.add_foreign_job()
    sandbox.delete_job(name)
    assert client.job(name) is None


@pytest.mark.parametrize("fault", ["http_500_before", "drop_after", "unauthorized", "empty_body"])
def test_a_job_that_is_not_answered_for_is_not_gone(
    sandbox: Sandbox, client: Client, fault: str
) -> None:
    name = sandbox.add_foreign_job()
    sandbox.set_faults(f"{fault}=1 on GET")
    with pytest.raises(ApiError):
        client.job(name)


@pytest.mark.parametrize("answer", [None, [], {}, {"id": "other"}, {"id": "/"}])
def test_an_answer_about_another_job_is_none_of_ours(
    client: Client, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    answering(monkeypatch, answer)
    with pytest.raises(ApiError, match="about something else"):
        client.job("tr_1-es")


def test_a_create_gives_the_new_id(sandbox: Sandbox, client: Client) -> None:
    body: dict[str, Any] = {"video": VIDEO, "output_languages": ["French"], "callback_id": "c"}
    first = client.create(JobKind.TRANSLATION, body, "key-1")
    assert client.create(JobKind.TRANSLATION, body, "key-1") == first
    assert client.create(JobKind.TRANSLATION, body, "key-2") != first
    assert [note.idempotency_key for note in sandbox.requests()] == ["key-1", "key-1", "key-2"]
    assert sandbox.jobs()[0].body == body


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "tr_1-es",
        {},
        {"video_translation_ids": "tr_1-es"},
        {"video_translation_ids": []},
        {"video_translation_ids": ["tr_1-es", "tr_2-fr"]},
        {"video_translation_ids": [None]},
        {"video_translation_ids": ["tr_1\n-es"]},
        {"video_translation_ids": ["../../users/me"]},
        {"video_translation_id": "tr_1-es"},
    ],
)
def test_a_strange_answer_to_a_create_is_no_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    answering(monkeypatch, answer)
    with pytest.raises(ApiError, match="the one id") as caught:
        client.create(JobKind.TRANSLATION, {}, "key")
    assert caught.value.status is None


def test_a_title_is_changed(sandbox: Sandbox, client: Client) -> None:
    name = sandbox.add_foreign_job(title="Old")
    client.retitle(name, "New")
    assert [job.title for job in sandbox.jobs()] == ["New"]


def test_the_languages_are_the_vendors(sandbox: Sandbox, client: Client) -> None:
    assert set(client.languages()) == set(language_names())


def test_languages_are_cleaned(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {"languages": ["French", None, " ", 7, "Ger\x1bman "]})
    assert client.languages() == ("French", "German")


@pytest.mark.parametrize("answer", [None, [], {}, {"languages": "French"}])
def test_languages_without_names_are_a_failure(
    client: Client, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    answering(monkeypatch, answer)
    with pytest.raises(ApiError, match="no names"):
        client.languages()
