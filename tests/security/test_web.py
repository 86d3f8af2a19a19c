"""Hosts that are not the API: whom they lead to, what they are told, what is read of them."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
import requests
from stand_in import Asked, Reply, Script, StandIn

from heygen_localize.system.web import Refused, Web, WebRefusal

Serve = Callable[[Script], StandIn]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that end with the test."""
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(closing(StandIn(script)))


@pytest.fixture
def here() -> Iterator[Web]:
    """Give a way out that may lead to this machine."""
    with closing(Web(loopback=True)) as web:
        yield web


@pytest.fixture
def outside() -> Iterator[Web]:
    """Give a way out that may not."""
    with closing(Web(loopback=False)) as web:
        yield web


def refusal(web: Web, url: str, method: str = "GET") -> Refused:
    with pytest.raises(WebRefusal) as caught, web.asked(method, url):
        pass
    return caught.value.why


PRIVATE = (
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[fd00::1]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff0e::1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::10.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:a9fe:a9fe::1]",
    "[2001:db8::1]",
)
LOOPBACK = ("127.0.0.1", "127.8.9.1", "localhost", "[::1]", "[::ffff:127.0.0.1]")


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_not_asked(here: Web, outside: Web, host: str, scheme: str) -> None:
    assert refusal(here, f"{scheme}://{host}/") is Refused.PRIVATE
    assert refusal(outside, f"{scheme}://{host}/") is Refused.PRIVATE


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("host", LOOPBACK)
def test_this_machine_is_asked_only_where_told(outside: Web, host: str, scheme: str) -> None:
    assert refusal(outside, f"{scheme}://{host}/") is Refused.PRIVATE


NAMES = (
    "localhost.",
    "a.localhost",
    "LOCALHOST",
    "loca\u00adlhost",
    "\uff4cocalhost",
    "metadata.google.internal",
    "internal",
    "printer.local",
    "printer.local.",
    "router.home.arpa",
    "intranet",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "0177.0.0.1",
    "010.8.8.8",
    "10.0.0.1.",
    "127.0.0.1.",
    "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021",
    "\u2460\u2461\u2466.0.0.1",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:10.0.0.1]",
)
"""Names and spellings that a resolver, or a proxy's, makes a private address of."""


@pytest.fixture
def proxy(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Lead whatever may go through a proxy through one that answers all itself."""
    server = serve(lambda asked: Reply(200, b"from the proxy"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, server.base)
        monkeypatch.setenv(name.lower(), server.base)
    monkeypatch.setenv("no_proxy", "")
    return server


@pytest.mark.parametrize("host", [*PRIVATE, *LOOPBACK, *NAMES, "user:pw@10.0.0.1", "a@localhost"])
def test_nothing_private_is_asked_of_a_proxy(outside: Web, proxy: StandIn, host: str) -> None:
    for url in (f"https://{host}/", f"https://{host}:8443/a?b"):
        assert refusal(outside, url) in (Refused.PRIVATE, Refused.ADDRESS)
        with pytest.raises(WebRefusal):
            outside.put(url, io.BytesIO(b"x"), {}, 1)
    assert not proxy.connections


@pytest.mark.parametrize("host", [*PRIVATE, *NAMES])
def test_no_redirect_leads_there_through_a_proxy(
    outside: Web, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    place = f"https://{host}/latest/meta-data".encode().decode("latin-1")

    def moved(self: Any, request: requests.PreparedRequest, **options: Any) -> Any:
        assert request.url == "https://cdn.example.com/", "asked before it was looked at"
        answer = requests.Response()
        answer.raw = io.BytesIO()
        answer.status_code, answer.headers["Location"] = 302, place
        return answer

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", moved)
    assert refusal(outside, "https://cdn.example.com/") in (Refused.PRIVATE, Refused.ADDRESS)


@pytest.mark.parametrize("host", ["cdn.example.com", "8.8.8.8", "b\xfccher.example"])
def test_public_names_go_through_the_proxy(outside: Web, proxy: StandIn, host: str) -> None:
    """It answers no CONNECT, so that is where it ends."""
    with pytest.raises(requests.RequestException), outside.asked("GET", f"https://{host}/"):
        pass
    assert proxy.connections


def test_this_machine_is_asked_without_the_proxy(here: Web, serve: Serve, proxy: StandIn) -> None:
    server = serve(lambda asked: Reply(200, b"here"))
    for base in (server.base, f"http://localhost:{server.port}"):
        with here.asked("GET", base) as response:
            assert response.content == b"here"
        assert here.put(base, io.BytesIO(b"x"), {}, 5) == 200
    assert not proxy.connections


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", Refused.SCHEME),
        ("ftp://example.com/", Refused.SCHEME),
        ("file:///etc/passwd", Refused.SCHEME),
        ("/etc/passwd", Refused.SCHEME),
        ("https://[x", Refused.ADDRESS),
    ],
)
def test_other_addresses_that_are_not_asked(here: Web, url: str, why: Refused) -> None:
    assert refusal(here, url) is why


@pytest.mark.parametrize("url", ["https://", "https:///x", f"https://{'a' * 70}.example.com/"])
def test_what_no_host_can_be_called(here: Web, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*arguments: Any, **options: Any) -> Any:
        raise AssertionError("not even looked up")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises((WebRefusal, requests.RequestException)), here.asked("GET", url):
        pass
    with pytest.raises((WebRefusal, requests.RequestException)):
        here.put(url, io.BytesIO(b"x"), {}, 1)


@pytest.mark.parametrize("method", ["asked", "put"])
@pytest.mark.parametrize("name", ["internal.example.com", "127.0.0.1.nip.io"])
def test_a_name_that_leads_to_a_private_address(
    outside: Web, monkeypatch: pytest.MonkeyPatch, name: str, method: str
) -> None:
    """Whom a name leads to is seen on the open connection: no second look-up can differ."""
    ways: dict[str, Callable[[Web, str], object]] = {
        "put": lambda web, url: web.put(url, io.BytesIO(b"x"), {}, 1),
        "asked": lambda web, url: web.asked("GET", url).__enter__(),
    }
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", server.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: found)
        with pytest.raises(WebRefusal) as caught:
            ways[method](outside, f"https://{name}/")
        connection, _ = server.accept()
        with connection:
            assert connection.recv(100) == b"", "nothing was said"
    assert caught.value.why is Refused.PRIVATE
    assert name in str(caught.value)


@pytest.mark.parametrize("number", ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"])
def test_the_peer_decides(here: Web, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = lambda self: (number, 443)  # noqa: E731
        monkeypatch.setattr(socket.socket, "getpeername", peer)
        url = f"https://localhost:{server.getsockname()[1]}/"
        assert refusal(here, url) is Refused.PRIVATE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "place",
    ["http://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "//192.168.0.1/admin"],
)
def test_redirects_to_private_addresses(here: Web, serve: Serve, status: int, place: str) -> None:
    server = serve(lambda asked: Reply(status, headers={"Location": place}))
    assert refusal(here, server.base) is Refused.PRIVATE


def test_the_way_of_redirects(here: Web, serve: Serve) -> None:
    def script(asked: Asked) -> Reply:
        left = int(asked.path.strip("/"))
        return Reply(302, headers={"Location": f"{left - 1}"}) if left else Reply(body=b"there")

    base = serve(script).base
    with here.asked("GET", f"{base}/5") as response:
        assert response.content == b"there"
        assert response.url == f"{base}/0"
        way = [passed.url for passed in response.history]
        assert way == [f"{base}/{left}" for left in range(5, 0, -1)]
    with here.asked("GET", f"{base}/0") as response:
        assert response.history == []
    assert refusal(here, f"{base}/6") is Refused.REDIRECTS


def test_a_circle(here: Web, serve: Serve) -> None:
    def script(asked: Asked) -> Reply:
        return Reply(302, headers={"Location": "/b" if asked.path == "/a" else "/a"})

    server = serve(script)
    assert refusal(here, f"{server.base}/a") is Refused.CIRCLE
    assert len(server.asked) == 2


@pytest.mark.parametrize("place", ["https://[x", "http://[::1", "https://"])
def test_a_redirect_to_nowhere(here: Web, serve: Serve, place: str) -> None:
    server = serve(lambda asked: Reply(302, headers={"Location": place}))
    with (
        pytest.raises((WebRefusal, requests.RequestException)),
        here.asked("GET", server.base),
    ):
        pass


def test_a_redirect_in_utf_8(here: Web, serve: Serve) -> None:
    def script(asked: Asked) -> Reply:
        place = "/v%C3%ADdeo.mp4"
        if asked.path == place:
            return Reply(body=b"there")
        return Reply(302, headers={"Location": "/vídeo.mp4".encode().decode("latin-1")})

    with here.asked("GET", serve(script).base) as response:
        assert response.content == b"there"


def test_the_body_of_a_redirect_is_not_read(here: Web, serve: Serve) -> None:
    """Else who redirects could fill the memory, or hold the connection for ever."""
    endless = Reply(302, b"x" * 1000, {"Location": "/there"}, length=10**12)

    def script(asked: Asked) -> Reply:
        return Reply(body=b"there") if asked.path == "/there" else endless

    with here.asked("GET", serve(script).base) as response:
        assert response.content == b"there"


def test_nothing_of_the_user_goes_along(
    here: Web, serve: Serve, monkeypatch: pytest.MonkeyPatch, fresh_home: Any
) -> None:
    (fresh_home / ".netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
    (fresh_home / ".netrc").chmod(0o600)
    monkeypatch.setenv("HEYGEN_API_KEY", "s3cret-key")

    def script(asked: Asked) -> Reply:
        if asked.path == "/there":
            return Reply(200)
        place = f"http://me:s3cret@127.0.0.1:{server.port}/there"
        return Reply(302, headers={"Location": place, "Set-Cookie": "a=s3cret; Path=/"})

    server = serve(script)
    for _ in range(2):
        with here.asked("GET", f"{server.base}/here"):
            pass
    here.put(f"{server.base}/there", io.BytesIO(b"x"), {}, 5)
    assert [asked.path for asked in server.asked] == ["/here", "/there"] * 2 + ["/there"]
    for asked in server.asked:
        assert not {"authorization", "cookie", "referer", "x-api-key"} & asked.headers.keys()
        assert "s3cret" not in str(dict(asked.headers))


def test_a_put_is_not_led_elsewhere(here: Web, serve: Serve) -> None:
    server = serve(lambda asked: Reply(307, headers={"Location": "/there"}))
    assert here.put(f"{server.base}/here", io.BytesIO(b"body"), {"X-Given": "1"}, 5) == 307
    (asked,) = server.asked
    assert (asked.path, asked.headers["x-given"]) == ("/here", "1")
