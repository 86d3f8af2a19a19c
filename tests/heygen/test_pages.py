"""A list is whole only when it says so: any JSON in its place is a whole list or a flaw."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_in import Asked, Reply, StandIn
from workspaces import Workspace, creates

from heygen_localize.core.job_kind import JobKind
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.messages import listed_job, valid_id
from heygen_localize.heygen.pages import page_of
from heygen_localize.heygen.transport import Transport
from heygen_localize.sandbox import Sandbox

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["tr_1-es", "statuses", "..", "a/b", ""]) | JSON,
        "status": JSON,
        "callback_id": JSON,
        "something_new": JSON,
    },
)
DATA = st.lists(ITEM, max_size=4) | JSON
MISSING = object()


def is_whole_item(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and valid_id(item.get("id")) is not None
        and isinstance(item.get("callback_id"), (str, type(None)))
    )


@given(
    has_more=st.booleans() | JSON | st.just(MISSING),
    token=JSON | st.just(MISSING) | st.text(min_size=1, max_size=5),
    data=DATA | st.just(MISSING),
    extra=st.dictionaries(st.sampled_from(["total", "page"]), JSON),
)
def test_any_page_is_whole_by_the_rule_or_has_a_flaw(
    has_more: Any, token: Any, data: Any, extra: dict[str, Any]
) -> None:
    named = {"has_more": has_more, "next_token": token, "data": data}
    answer = extra | {name: value for name, value in named.items() if value is not MISSING}
    page = page_of(answer, partial(listed_job, kind=JobKind.TRANSLATION))

    ends = has_more is False and (token is MISSING or token in (None, ""))
    goes_on = has_more is True and isinstance(token, str) and token and token.isprintable()
    items = data if isinstance(data, list) else []
    whole = isinstance(data, list) and all(map(is_whole_item, items)) and (ends or goes_on)
    assert (page.flaw is None) == bool(whole)
    assert page.flaw is None or page.flaw.isprintable()
    assert [job.id for job in page.items] == [it["id"] for it in items if is_whole_item(it)]
    assert page.token == (token if goes_on and isinstance(data, list) else None)


GOOD = {"id": "tr_1-es", "status": "running", "something_new": [1]}
FLAWS: dict[str, tuple[dict[str, Any], str]] = {
    "has_more is missing": ({"has_more": MISSING}, "has_more is missing"),
    "has_more is null": ({"has_more": None}, "has_more is null"),
    "has_more is 1": ({"has_more": 1}, "has_more is a number"),
    "has_more is 0": ({"has_more": 0}, "has_more is a number"),
    "has_more is text": ({"has_more": "false"}, "has_more is “false”"),
    "false beside a token": ({"next_token": "t"}, "names the next: “t”"),
    "false beside a number": ({"next_token": 7}, "names the next: a number"),
    "a token is missing": ({"has_more": True}, "not where"),
    "a token is a number": ({"has_more": True, "next_token": 7}, "no text"),
    "a token is a list": ({"has_more": True, "next_token": ["t"]}, "a list, which is no text"),
    "a token half a letter": ({"has_more": True, "next_token": "\ud800"}, "no token"),
    "a token without end": ({"has_more": True, "next_token": "t" * 9999}, "no token"),
    "no data": ({"data": None}, "no list of items but null"),
    "data is an object": ({"data": {"0": GOOD}}, "no list of items but an object"),
    "a null item": ({"data": [GOOD, None]}, "item 2 of a page is null"),
    "an item that is a text": ({"data": ["tr_1-es", GOOD]}, "item 1 of a page is “tr_1-es”"),
    "no id": ({"data": [GOOD, {"status": "failed"}]}, "item 2 of a page has no id"),
    "an id of null": ({"data": [GOOD, {"id": None}]}, "an id that is no text: null"),
    "an id of 7": ({"data": [GOOD, {"id": 7}]}, "an id that is no text: a number"),
    "a path for an id": ({"data": [GOOD, {"id": "../../users/me"}]}, "an id that cannot be one"),
    "a word of the API": ({"data": [GOOD, {"id": "statuses"}]}, "cannot be one: “statuses”"),
    "nobody's mark": ({"data": [GOOD, {"id": "tr_2", "callback_id": 7}]}, "callback_id"),
}


def page(changes: dict[str, Any]) -> bytes:
    whole = {"data": [GOOD], "has_more": False, "next_token": None} | changes
    return json.dumps({name: it for name, it in whole.items() if it is not MISSING}).encode()


@pytest.fixture
def listed() -> Iterator[Callable[[Callable[[Asked], Reply]], Client]]:
    with ExitStack() as stack:

        def made(script: Callable[[Asked], Reply]) -> Client:
            server = stack.enter_context(closing(StandIn(script)))
            way = Transport(Connection(server.base, "k", "a test", 0), backoff=0)
            return Client(stack.enter_context(closing(way)))

        yield made


Listed = Callable[[Callable[[Asked], Reply]], Client]


@pytest.mark.parametrize(("changes", "told"), FLAWS.values(), ids=FLAWS)
@pytest.mark.parametrize("after", [0, 1])
def test_a_flaw_is_told_with_its_reason(
    listed: Listed, changes: dict[str, Any], told: str, after: int
) -> None:
    first = page({"data": [{"id": "tr_0"}], "has_more": True, "next_token": "2"})
    replies = [first] * after + [page(changes)]
    listing = listed(lambda _: Reply(200, replies.pop(0))).listing([JobKind.TRANSLATION])
    assert not listing.complete
    assert told in (listing.flaw or "")
    seen = {job.id for job in listing.jobs}
    assert seen >= {"tr_0"} if after else True
    assert ("tr_1-es" in seen) == isinstance(changes.get("data", []), list)


def test_pages_behind_a_broken_item_are_seen_too(listed: Listed) -> None:
    replies = [
        page({"data": [None], "has_more": True, "next_token": "2"}),
        page({"data": [GOOD]}),
    ]
    listing = listed(lambda _: Reply(200, replies.pop(0))).listing([JobKind.TRANSLATION])
    assert listing.flaw == "item 1 of a page is null"
    assert [job.id for job in listing.jobs] == ["tr_1-es"]


def test_an_empty_page_is_no_overlap(listed: Listed) -> None:
    newest = page({"data": [{"id": "tr_9"}, GOOD], "has_more": False})
    client = listed(lambda _: Reply(200, replies.pop(0)))
    replies = [page({})]
    known = client.listing([JobKind.TRANSLATION])
    replies = [page({"data": [], "has_more": True, "next_token": "2"}), newest]
    assert [job.id for job in client.listing([JobKind.TRANSLATION], known).jobs] == [
        "tr_1-es",
        "tr_9",
    ]


def test_a_list_that_leads_back_is_flawed(listed: Listed) -> None:
    tokens = ["2", "3", "2"]
    client = listed(lambda _: Reply(200, page({"has_more": True, "next_token": tokens.pop(0)})))
    assert (
        client.listing([JobKind.TRANSLATION]).flaw
        == "the list leads back to a page that was read before"
    )


@pytest.mark.few(10)
@pytest.mark.parametrize(("changes", "told"), FLAWS.values(), ids=FLAWS)
def test_nothing_is_ordered_on_a_flawed_list(
    workspace: Workspace,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    told: str,
) -> None:
    """What the list says goes through a gateway, everything else to the sandbox."""
    workspace.use(sandbox)
    workspace.write_videos("intro")
    before = sandbox.base_url
    with closing(StandIn(lambda asked: relayed(before, asked, page(changes)))) as gateway:
        monkeypatch.setenv("HEYGEN_API_BASE", gateway.base)
        ran = workspace.run("apply", "--yes")
    assert ran.code == 4
    assert told in ran.err
    assert creates(sandbox) == 0


def relayed(base: str, asked: Asked, listing: bytes) -> Reply:
    import requests

    if asked.method == "GET" and asked.path.partition("?")[0] == "/v3/video-translations":
        return Reply(200, listing)
    names = ("x-api-key", "content-type", "idempotency-key")
    headers = {name: asked.headers[name] for name in names if name in asked.headers}
    answer = requests.request(
        asked.method, base + asked.path, headers=headers, data=asked.body, timeout=10
    )
    return Reply(answer.status_code, answer.content)
