"""What stands between us and the vendor may answer in its place: that is no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from stand_in import Asked, Reply, StandIn
from workspaces import Workspace

from heygen_localize.heygen.client import Client
from heygen_localize.heygen.config import Connection
from heygen_localize.heygen.errors import AccountRefused, ApiError
from heygen_localize.heygen.transport import Transport

RETRIES = 3
PAGE = b"<html><h1>Not Found</h1></html>"
JUNK = [
    PAGE,
    b"",
    b"null",
    b"[]",
    b'{"error": "not_found"}',
    b'{"error": {"code": 404, "message": "none"}}',
    b'{"error": {"code": "", "message": "none"}}',
    b'{"error": {"code": "not_found", "message": null}}',
    b'{"error": {"code": "not_found", "messa',
    b'{"message": "no Route matched with those values"}',
]
"""Bodies that are not the vendor's error envelope, whatever the status beside them."""

Start = Callable[[Callable[[Asked], Reply]], tuple[Client, StandIn]]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def made(script: Callable[[Asked], Reply]) -> tuple[Client, StandIn]:
            server = stack.enter_context(closing(StandIn(script)))
            way = Transport(Connection(server.base, "k", "a test", RETRIES), backoff=0)
            return Client(stack.enter_context(closing(way))), server

        yield made


CALLS: dict[str, Callable[[Client], object]] = {
    "job": lambda client: client.job("tr_1-fr"),
    "session": lambda client: client.session("pr_1"),
    "caption": lambda client: client.caption_url("tr_1-fr", "srt"),
    "delete": lambda client: client.delete("tr_1-fr"),
    "asset": lambda client: client.assets.name("as_1"),
}


@pytest.mark.parametrize("body", JUNK)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_gateways_404_takes_nothing_for_gone(
    start: Start, call: Callable[[Client], object], body: bytes
) -> None:
    client, server = start(lambda _: Reply(404, body))
    with pytest.raises(ApiError, match="HTTP 404"):
        call(client)
    assert len(server.asked) == 1 + RETRIES


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_vendors_404_is_believed_at_once(
    start: Start, call: Callable[[Client], object]
) -> None:
    told = b'{"error": {"code": "not_found", "message": "There is no such thing."}}'
    client, server = start(lambda _: Reply(404, told))
    assert not call(client)
    assert len(server.asked) == 1


@pytest.mark.few(40)
@pytest.mark.parametrize("body", JUNK)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 402, 403, 404, 409, 413, 429, 502])
def test_a_read_is_repeated_until_the_api_answers(start: Start, status: int, body: bytes) -> None:
    replies = [Reply(status, body), Reply(status, body), Reply(200, b'{"data": {"id": "tr_1"}}')]
    client, server = start(lambda _: replies.pop(0))
    found = client.job("tr_1")
    assert found is not None
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_gateways_refusal_is_not_the_keys(start: Start, status: int) -> None:
    client, _ = start(lambda _: Reply(status, PAGE))
    with pytest.raises(ApiError, match=f"HTTP {status}, an HTML page") as caught:
        client.job("tr_1")
    assert not isinstance(caught.value, AccountRefused)
    assert not caught.value.refuses_account
    assert not caught.value.unauthorized
    assert not caught.value.from_vendor


@pytest.mark.parametrize("status", [401, 403])
def test_a_gateway_that_lets_nobody_through_is_told_as_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with closing(StandIn(lambda _: Reply(status, PAGE))) as server:
        monkeypatch.setenv("HEYGEN_API_KEY", "k")
        monkeypatch.setenv("HEYGEN_API_BASE", server.base)
        monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
        workspace.write_videos("intro")
        ran = workspace.run("plan")
    assert ran.code == 4
    assert f"HTTP {status}, an HTML page" in ran.err
    assert "a proxy or gateway stands between" in ran.err
    assert "HEYGEN_API_KEY" not in ran.err
