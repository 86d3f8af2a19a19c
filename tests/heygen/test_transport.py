"""The one way out, over real HTTP: against the sandbox, or a server that misbehaves as told."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from stand_in import Reply, StandIn
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from heygen_localize import __version__
from heygen_localize.core.errors import ExitCode, UsageError
from heygen_localize.heygen import responses as answers
from heygen_localize.heygen import transport
from heygen_localize.heygen.config import Connection, connection
from heygen_localize.heygen.errors import AccountRefused, ApiError
from heygen_localize.heygen.transport import Transport
from heygen_localize.sandbox import Sandbox

KEY = "hg-8f1e2d3c-not-for-your-eyes"
TRANSLATIONS = "/v3/video-translations"
ORDER: dict[str, Any] = {
    "video": {"type": "url", "url": "https://cdn.example.com/a.mp4"},
    "output_languages": ["Spanish"],
}
Answer = Callable[[Request], Response]


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Server:
    """A server on loopback that gives the answers it is told, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.bodies: list[bytes] = []
        self.answers: list[Answer] = []
        self._server = make_server(
            "127.0.0.1", 0, self._application, threaded=True, request_handler=_Quiet
        )
        self.base = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def _application(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.bodies.append(request.get_data())
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request)(environ, start_response)

    def say(self, *answers: Response | Answer) -> None:
        self.answers = [
            answer if not isinstance(answer, Response) else _always(answer) for answer in answers
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _always(response: Response) -> Answer:
    content, headers = response.get_data(), response.headers

    def answer(_: Request) -> Response:
        return Response(content, status=response.status, headers=headers)

    return answer


@pytest.fixture
def start_server() -> Iterator[Callable[[], Server]]:
    with ExitStack() as stack:

        def start() -> Server:
            return stack.enter_context(closing(Server()))

        yield start


@pytest.fixture
def server(start_server: Callable[[], Server]) -> Server:
    server = start_server()
    server.say(ok({}))
    return server


@pytest.fixture
def reach() -> Iterator[Callable[..., Transport]]:
    """Make transports, without any pause between repeats."""
    with ExitStack() as stack:

        def make(base: str, key: str = KEY, retries: int = 0) -> Transport:
            made = Transport(Connection(base, key, "a test", retries), backoff=0)
            return stack.enter_context(closing(made))

        yield make


@pytest.fixture
def way(server: Server, reach: Callable[..., Transport]) -> Transport:
    return reach(server.base)


def ok(data: object) -> Response:
    return Response(json.dumps({"data": data}), content_type="application/json")


def refusal(status: int, code: str, message: str, **headers: str) -> Response:
    body = json.dumps({"error": {"code": code, "message": message}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status=status, headers=named, content_type="application/json")


def failing(call: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value


def test_requests_say_who_asks_and_bear_the_key(server: Server, way: Transport) -> None:
    server.say(ok([1]))
    assert way.get("/v3/x", {"limit": "5"}) == [1]
    request = server.requests[0]
    assert request.headers["User-Agent"] == f"heygen-localize/{__version__}"
    assert request.headers["x-api-key"] == KEY
    assert request.headers["Accept"] == "application/json"
    assert "Idempotency-Key" not in request.headers
    assert request.full_path == "/v3/x?limit=5"


def test_a_proxy_and_certificates_come_from_the_environment(
    server: Server, reach: Callable[..., Transport], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(StandIn(lambda _: Reply(200, b'{"data": 7}'))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.base)
        monkeypatch.setenv("no_proxy", "")
        assert reach("http://api.example.com").get("/v3/x") == 7
        assert [asked.path for asked in proxy.asked] == ["http://api.example.com/v3/x"]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    assert reach(server.base).get("/v3/x") == {}, "which needs none"
    with pytest.raises(UsageError, match=r"no certificates at /no/such/bundle\.pem"):
        reach("https://127.0.0.1:9")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_asked_without_a_proxy(
    server: Server,
    reach: Callable[..., Transport],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    host: str,
) -> None:
    with closing(StandIn(lambda _: Reply(200, b'{"data": 7}'))) as proxy:
        monkeypatch.setenv(variable, proxy.base)
        monkeypatch.setenv("no_proxy", "")
        assert reach(server.base.replace("127.0.0.1", host)).get("/v3/x") == {}
    assert not proxy.asked
    assert server.requests[0].headers["x-api-key"] == KEY


def test_a_post_bears_its_idempotency_key_and_its_body(server: Server, way: Transport) -> None:
    assert way.post("/v3/x", {"title": "naïve"}, "lz1:a:b:0") == {}
    assert server.requests[0].method == "POST"
    assert server.requests[0].headers["Idempotency-Key"] == "lz1:a:b:0"
    assert json.loads(server.bodies[0]) == {"title": "naïve"}


def test_a_patch_bears_its_body_and_no_idempotency_key(server: Server, way: Transport) -> None:
    assert way.patch("/v3/x", {"title": "b"}) == {}
    assert server.requests[0].method == "PATCH"
    assert "Idempotency-Key" not in server.requests[0].headers
    assert json.loads(server.bodies[0]) == {"title": "b"}


def test_the_envelope_may_be_had_whole(server: Server, way: Transport) -> None:
    server.say(Response('{"data": [], "next_token": "t"}'))
    assert way.get_whole("/v3/x") == {"data": [], "next_token": "t"}


def test_a_base_in_capitals_is_given_the_key(
    server: Server, reach: Callable[..., Transport], tmp_path: Path
) -> None:
    base = server.base.replace("http://127.0.0.1", "HTTP://LocalHost")
    found = connection({"HEYGEN_API_BASE": base, "HEYGEN_API_KEY": KEY}, tmp_path)
    with closing(Transport(found)) as made:
        made.get("/v3/x")
    assert server.requests[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_redirect_is_followed_and_no_other_server_sees_the_key(
    start_server: Callable[[], Server],
    server: Server,
    way: Transport,
    status: int,
    method: str,
) -> None:
    other = start_server()
    other.say(ok({}))
    server.say(Response("", status=status, headers={"Location": f"{other.base}/v3/x"}))
    call = {"GET": lambda: way.get("/v3/x"), "POST": lambda: way.post("/v3/x", {}, "k")}[method]
    failure = failing(call)
    assert failure.status == status
    assert failure.code == f"http_{status}"
    assert not other.requests
    assert len(server.requests) == 1


def test_a_redirect_of_the_sandbox_is_an_error(
    sandbox: Sandbox, reach: Callable[..., Transport]
) -> None:
    sandbox.set_faults("redirect=1 on GET")
    way = reach(sandbox.base_url, sandbox.api_key)
    assert failing(lambda: way.get(TRANSLATIONS)).status == 302
    assert [note.path for note in sandbox.requests()] == [TRANSLATIONS]
    assert not sandbox.key_leaks()


@pytest.mark.parametrize("base", ["http://127.0.0.1:{port}/api", "http://localhost:{port}"])
def test_the_key_goes_below_the_base_alone(
    server: Server, reach: Callable[..., Transport], base: str
) -> None:
    base = base.format(port=server.base.rpartition(":")[2])
    way = reach(base)
    way.get("/v3/x")
    assert server.requests[0].headers["x-api-key"] == KEY
    # Whatever is asked for, the host is the base's.
    for elsewhere in ("//example.com/v3/x", "https://example.com/v3/x", "@example.com/v3/x"):
        asked = len(server.requests)
        with suppress(ApiError):
            way.get(elsewhere)
        assert len(server.requests) == asked + 1
        host = server.requests[-1].headers["Host"]
        assert host.rpartition(":")[0] == base.partition("://")[2].partition(":")[0]


def test_a_netrc_of_the_user_is_not_used(fresh_home: Path, server: Server, way: Transport) -> None:
    netrc = fresh_home / ".netrc"
    netrc.write_text("machine 127.0.0.1\nlogin somebody\npassword secret-word\n")
    netrc.chmod(0o600)
    way.get("/v3/x")
    assert "Authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "invalid_parameter"),
        (401, "unauthorized"),
        (402, "insufficient_credit"),
        (403, "forbidden"),
        (404, "not_found"),
        (409, "request_in_progress"),
        (413, "payload_too_large"),
        (429, "quota_exceeded"),
        (500, "internal_error"),
    ],
)
def test_an_error_envelope_is_read(server: Server, way: Transport, status: int, code: str) -> None:
    server.say(refusal(status, code, "No, for a reason."))
    failure = failing(lambda: way.post("/v3/x", {}, "k"))
    assert (failure.status, failure.code) == (status, code)
    assert str(failure) == failure.problems[0].message == "No, for a reason."
    assert failure.problems[0].code == code
    account = status in (401, 402)
    assert failure.refuses_account is account
    # A used up quota is the account's affair too, though reads may well go on.
    account |= code == "quota_exceeded"
    assert isinstance(failure, AccountRefused) is account
    assert failure.unauthorized is (status == 401)
    assert failure.denied is (status == 403)
    assert failure.exit_code == (ExitCode.ACCOUNT if account else ExitCode.VENDOR)
    assert bool(failure.problems[0].hint) is (account or status in (403, 429))


@pytest.mark.parametrize(
    ("path", "of_account"),
    [
        ("/v3/users/me", True),
        ("/v3/video-translations", True),
        ("/v3/video-translations/languages", True),
        ("/v3/video-translations/statuses", True),
        ("/v3/video-translations/tr_1", False),
        ("/v3/video-translations/proofreads/pr_1", False),
        ("/v3/assets/a_1", False),
        ("/v3/brand-glossaries", False),
    ],
)
def test_a_403_is_about_the_key_only_where_the_account_is_asked(
    server: Server, way: Transport, path: str, of_account: bool
) -> None:
    server.say(refusal(403, "forbidden", "No."))
    failure = failing(lambda: way.get(path, {"limit": "1"}))
    assert (failure.denied, failure.unauthorized) == (not of_account, of_account)
    assert failure.refuses_account is isinstance(failure, AccountRefused) is of_account


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "an empty body"),
        (b" \r\n", "an empty body"),
        (b"  <html><b>secret-word</b></html>", "an HTML page: a proxy, or the wrong address"),
        (b'{"error": {"code": "secret-word"', "a body that is cut off or not JSON"),
        (b"\xff\xfe\x00", "a body that is cut off or not JSON"),
        (b"[" * 100_000, "a body with more in it, or deeper nested, than any true answer has"),
        (b'{"error": "secret-word"}', "a body that is cut off or not JSON"),
        (b'{"error": {"code": "secret-word"}}', "a body that is cut off or not JSON"),
        (b'["secret-word"]', "a body that is cut off or not JSON"),
        (b"null", "a body that is cut off or not JSON"),
    ],
)
def test_an_error_without_an_envelope_is_described_not_quoted(
    server: Server, way: Transport, body: bytes, told: str
) -> None:
    server.say(Response(body, status=502))
    failure = failing(lambda: way.post("/v3/x", {}, "k"))
    assert (failure.status, failure.code) == (502, "http_502")
    assert str(failure) == f"HTTP 502, {told}"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "an empty body"),
        (b"<html>secret-word</html>", "an HTML page"),
        (b'{"data": [1, 2', "cut off or not JSON"),
        (b"[" * 100_000, "deeper nested"),
        (b'{"data": [' + b"0," * 500_000 + b"0]}", "with more in it"),
        (b'{"data": NaN}', "cut off or not JSON"),
        (b'{"data": ' + b"9" * 4000 + b"}", "cut off or not JSON"),
        (b'{"data": 1, "data": 2}', "cut off or not JSON"),
        ('{"data": "ä"}'.encode("latin-1"), "cut off or not JSON"),
        (b"\xff\xfe\x00", "cut off or not JSON"),
        (b"[]", "cut off or not JSON"),
        (b'"secret-word"', "cut off or not JSON"),
        (b"{}", "cut off or not JSON"),
        (b'{"error": {"code": "a", "message": "secret-word"}}', "cut off or not JSON"),
    ],
)
def test_a_success_that_is_not_the_apis_json_is_a_failure(
    server: Server, way: Transport, body: bytes, told: str
) -> None:
    server.say(Response(body, status=200))
    failure = failing(lambda: way.get("/v3/x"))
    assert failure.status is None
    assert failure.code == "not_json"
    assert told in str(failure)
    assert str(failure).startswith("GET /v3/x: not the API's JSON but ")
    assert "secret-word" not in str(failure)


@pytest.mark.parametrize("fault", ["cut_body", "drop_after", "drop_before"])
def test_an_answer_that_breaks_off_is_no_answer(
    sandbox: Sandbox, reach: Callable[..., Transport], fault: str
) -> None:
    sandbox.set_faults(f"{fault}=1 on *")
    way = reach(sandbox.base_url, sandbox.api_key)
    for failure in (
        failing(lambda: way.get(TRANSLATIONS)),
        failing(lambda: way.post(TRANSLATIONS, ORDER, "k")),
    ):
        assert failure.status is None
        assert "broke off" in str(failure)
        assert sandbox.base_url.partition("://")[2] in str(failure)
        assert failure.exit_code == ExitCode.VENDOR


@pytest.mark.parametrize("squeezed", [False, True])
def test_a_body_larger_than_any_true_one_is_let_go(
    server: Server, way: Transport, monkeypatch: pytest.MonkeyPatch, squeezed: bool
) -> None:
    monkeypatch.setattr(answers, "_LARGEST_ANSWER", 200_000)
    fits, bursts = (json.dumps({"data": "x" * size}).encode() for size in (190_000, 5_000_000))
    for body in (fits, bursts):
        headers = {"Content-Encoding": "gzip"} if squeezed else {}
        server.say(Response(gzip.compress(body) if squeezed else body, headers=headers))
        if body is fits:
            assert len(way.get("/v3/x")) == 190_000
        else:
            assert "the answer is too large" in str(failing(lambda: way.get("/v3/x")))


def _in(seconds: float) -> str:
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("7", 7, 7),
        (" 7 ", 7, 7),
        ("0", 0, 0),
        pytest.param(3600.0, 3000, 3601, id="a date to come"),
        pytest.param(-3600.0, 0, 0, id="a date gone by"),
    ],
)
def test_retry_after_is_read_as_seconds(
    server: Server, way: Transport, value: str | float, least: float, most: float
) -> None:
    header = value if isinstance(value, str) else _in(value)
    server.say(refusal(429, "rate_limit_exceeded", "Wait.", Retry_After=header))
    told = failing(lambda: way.post("/v3/x", {}, "k")).retry_after
    assert told is not None
    assert least <= told <= most


@pytest.mark.parametrize(
    "value", [None, "", "soon", "-5", "1.5", "Mon, 99 Foo 2027", "9" * 5000, "1 Jan 99999 1:1 +1"]
)
def test_a_retry_after_that_is_none_is_none(
    server: Server, way: Transport, value: str | None
) -> None:
    headers = {} if value is None else {"Retry_After": value}
    server.say(refusal(429, "rate_limit_exceeded", "Wait.", **headers))
    failure = failing(lambda: way.post("/v3/x", {}, "k"))
    assert failure.status == 429
    assert failure.retry_after is None


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note how long a read would sleep, and do not."""
    slept: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", slept.append)
    return slept


@pytest.mark.parametrize("value", ["soon", pytest.param("9" * 5000, id="a long number")])
def test_a_read_is_repeated_whatever_the_retry_after(
    server: Server, reach: Callable[..., Transport], naps: list[float], value: str
) -> None:
    server.say(refusal(429, "rate_limit_exceeded", "Wait.", Retry_After=value), ok([1]))
    assert reach(server.base, retries=1).get("/v3/x") == [1]
    assert naps == [0]


@pytest.mark.parametrize("value", ["86400", pytest.param(_in(86400), id="a date")])
def test_a_read_never_sleeps_for_a_day(
    server: Server, reach: Callable[..., Transport], naps: list[float], value: str
) -> None:
    server.say(
        refusal(429, "rate_limit_exceeded", "Wait.", Retry_After=value),
        refusal(503, "internal_error", "Wait.", Retry_After="3"),
        ok([1]),
    )
    assert reach(server.base, retries=2).get("/v3/x") == [1]
    assert naps == [60, 3]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reads_are_repeated_and_in_the_end_tell_the_vendors_words(
    server: Server, reach: Callable[..., Transport], status: int
) -> None:
    way = reach(server.base, retries=2)
    server.say(refusal(status, "a", "b"), refusal(status, "a", "b"), ok([1]))
    assert way.get("/v3/x") == [1]
    assert len(server.requests) == 3
    server.say(refusal(status, "internal_error", "On our side."))
    failure = failing(lambda: way.get("/v3/x"))
    assert (failure.status, str(failure)) == (status, "On our side.")
    assert len(server.requests) == 6


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409])
def test_a_refused_read_is_not_repeated(
    server: Server, reach: Callable[..., Transport], status: int
) -> None:
    server.say(refusal(status, "a", "b"))
    assert failing(lambda: reach(server.base, retries=5).get("/v3/x")).status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_post_is_sent_once(server: Server, reach: Callable[..., Transport], status: int) -> None:
    way = reach(server.base, retries=5)
    server.say(refusal(status, "a", "b", Retry_After="0"))
    assert failing(lambda: way.post("/v3/x", {}, "k")).status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_what_may_be_sent_twice_is_repeated_like_a_read(
    server: Server, reach: Callable[..., Transport], method: str
) -> None:
    way = reach(server.base, retries=3)
    calls: dict[str, Callable[[], object]] = {
        "PATCH": lambda: way.patch("/v3/x", {"title": "b"}),
        "PUT": lambda: way.put("/v3/x", {"title": "b"}),
        "DELETE": lambda: way.delete("/v3/x"),
    }
    failures = (refusal(429, "a", "b"), Response("<html>", status=404), refusal(503, "a", "b"))
    server.say(*failures, ok([1]))
    assert calls[method]() == [1]
    assert [request.method for request in server.requests] == [method] * 4
    assert len(set(server.bodies)) == 1
    server.say(refusal(404, "not_found", "b"))
    assert failing(calls[method]).gone
    assert len(server.requests) == 5


def test_a_reset_read_is_repeated_and_a_reset_post_is_not(
    sandbox: Sandbox, reach: Callable[..., Transport]
) -> None:
    way = reach(sandbox.base_url, sandbox.api_key, retries=3)
    sandbox.set_faults("drop_after=1 on * times 2")
    assert way.get(TRANSLATIONS) == []
    assert [note.method for note in sandbox.requests()] == ["GET"] * 3
    sandbox.set_faults("drop_after=1 on *")
    failing(lambda: way.post(TRANSLATIONS, ORDER, "k"))
    assert [note.method for note in sandbox.requests()[3:]] == ["POST"]


@pytest.mark.parametrize(("method", "retries"), [("POST", 5), ("GET", 0), ("GET", 1)])
def test_what_takes_too_long_is_told_as_such(
    server: Server,
    reach: Callable[..., Transport],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    retries: int,
) -> None:
    hold, answered = threading.Event(), threading.Semaphore(0)

    def slow(_: Request) -> Response:
        hold.wait(10)
        answered.release()
        return ok({})

    server.say(slow)
    monkeypatch.setattr(transport, "CREATE_SECONDS", 0.05)
    monkeypatch.setitem(Transport._call.__kwdefaults__ or {}, "seconds", 0.05)
    way = reach(server.base, retries=retries)
    try:
        failure = failing(
            lambda: way.get("/v3/x") if method == "GET" else way.post("/v3/x", {}, "k")
        )
    finally:
        hold.set()
    assert failure.status is None
    assert str(failure).endswith("no answer in time")
    sent = retries + 1 if method == "GET" else 1
    assert all(answered.acquire(timeout=10) for _ in range(sent))
    assert len(server.requests) == sent


def test_the_time_outs_are_those_of_the_vendors_client() -> None:
    assert (transport.CONNECT_SECONDS, transport.READ_SECONDS) == (10, 30)
    assert transport.CREATE_SECONDS == 120
    assert (Transport._call.__kwdefaults__ or {})["seconds"] == 30


def test_a_refused_connection_names_the_host(reach: Callable[..., Transport]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    way = reach(f"http://127.0.0.1:{port}")
    failure = failing(lambda: way.get("/v3/x"))
    assert str(failure) == f"GET /v3/x: 127.0.0.1:{port}: the connection failed or broke off"
    assert failure.exit_code == ExitCode.VENDOR


def test_what_is_no_tls_is_told(reach: Callable[..., Transport], server: Server) -> None:
    failure = failing(lambda: reach(server.base.replace("http", "https")).get("/v3/x"))
    assert "its certificate is not trusted" in str(failure)


@pytest.mark.parametrize(
    "message",
    [
        f"key {KEY} is not valid, {KEY}",
        "x" * 1990 + KEY,
        f"{KEY[:9]}\x1b{KEY[9:]}",
        f"{KEY[:9]}\u200b{KEY[9:]}",
    ],
)
def test_a_key_in_a_message_is_masked(server: Server, way: Transport, message: str) -> None:
    server.say(refusal(401, f"bad_{KEY}", message))
    failure = failing(lambda: way.get("/v3/x"))
    shown = f"{failure!r} {failure} {failure.problems}"
    assert "[API key]" in shown
    assert KEY[:8] not in shown


def test_a_signed_link_in_a_message_opens_nothing(server: Server, way: Transport) -> None:
    link = "https://dubs.example.com/in.mp4?X-Amz-Date=1&X-Amz-Signature=beef"
    server.say(refusal(400, "invalid_url", f"cannot fetch {link}, is it there?"))
    failure = failing(lambda: way.get("/v3/x"))
    assert "cannot fetch https://dubs.example.com/in.mp4?… is it there?" in str(failure)
    assert "X-Amz" not in f"{failure!r} {failure} {failure.problems}"


def test_a_long_code_is_cut_without_a_piece_of_the_key(server: Server, way: Transport) -> None:
    server.say(refusal(400, "c" * 50 + KEY, "No."))
    failure = failing(lambda: way.get("/v3/x"))
    assert KEY[:8] not in failure.code
    assert len(failure.code) <= 64


def test_what_could_steer_a_terminal_is_taken_out(server: Server, way: Transport) -> None:
    server.say(refusal(400, "a\x1b[2J\nb", "one\x1b]0;owned\x07\r\ntwo\u202e\tthree\x00"))
    failure = failing(lambda: way.get("/v3/x"))
    assert failure.code == "a[2J b"
    assert str(failure) == "one]0;owned two three"


def test_a_message_without_end_is_cut(server: Server, way: Transport) -> None:
    server.say(refusal(400, "a", "y" * 100_000))
    assert len(str(failing(lambda: way.get("/v3/x")))) == 2000
