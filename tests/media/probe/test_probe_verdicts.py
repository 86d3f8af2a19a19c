"""What the answer of a source's address is taken for."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator

import pytest
from fake_clock import FakeClock
from media_samples import mov, mp3, mp4, webm
from stand_in import Asked, Reply, Script, StandIn, file_reply

from heygen_localize.core.sources import SourceReport
from heygen_localize.media import Role
from heygen_localize.media.probe import Prober
from heygen_localize.media.probe.ranges import unpacked
from heygen_localize.media.probe.verdicts import FIRST_BYTES
from heygen_localize.sandbox import Sandbox, SandboxSettings

MP4 = mp4()
MP3 = mp3()
WEBM = webm()
SRT = b"1\n00:00:01,000 --> 00:00:02,500\nHello\n"
PAGE = b"<!doctype html><html><title>" + b"A page \x1b[2J" * 400
BOX = mov()
KEY = "sk_live_0f1e2d3c4b5a69788796a5b4"

Serve = Callable[[Script], StandIn]
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Start one sandbox for all that only look at its sources."""
    state = tmp_path_factory.mktemp("sandbox")
    with Sandbox(SandboxSettings(state=state, api_key=KEY)) as sandbox:
        yield sandbox


def code(report: SourceReport) -> str | None:
    assert report.problem is None or report.silence is None
    return report.problem.code if report.problem else None


def ask(prober: Prober, url: str, role: Role = Role.VIDEO) -> SourceReport:
    return prober.ask({url: role})[url]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("page.mp4", "source_page"),
        ("forbidden.mp4", "source_not_public"),
        ("unauthorized.mp4", "source_not_public"),
        ("missing.mp4", "source_not_found"),
        ("login.mp4", "source_login"),
        ("short.mp4", "source_too_short"),
        ("private.mp4", "source_private"),
    ],
)
def test_what_is_definite(prober: Prober, sources: Sandbox, name: str, expected: str) -> None:
    report = ask(prober, f"{sources.base_url}/source/{name}")
    assert code(report) == expected
    assert report.problem is not None
    assert report.problem.hint
    assert report.problem.message.startswith("the source ")
    assert report.etag is report.seconds is None


@pytest.mark.parametrize("name", ["good", "end", "moved", "changing", "nohead", "norange"])
def test_a_file_is_read_for_its_length(prober: Prober, sources: Sandbox, name: str) -> None:
    report = ask(prober, f"{sources.base_url}/source/{name}.mp4")
    assert report.problem is None
    assert report.silence is None
    assert report.seconds == pytest.approx(6.0, abs=0.1)
    assert report.size is not None
    assert report.size > 60_000
    assert report.etag
    assert bool(report.last_modified) == (name != "norange")


def test_no_key_and_no_cookie_leaves(prober: Prober, sources: Sandbox, serve: Serve) -> None:
    def cookies(asked: Asked) -> Reply:
        reply = file_reply(asked, MP4, Set_Cookie="session=1; Path=/")
        return reply if asked.path == "/next" else Reply(302, headers={"Location": "/next"})

    server = serve(cookies)
    prober.ask({f"{sources.base_url}/source/good.mp4": Role.VIDEO})
    prober.ask({f"{server.base}/first": Role.VIDEO})
    assert sources.key_leaks() == []
    assert server.count("GET") == 2
    for asked in server.asked:
        assert not {"x-api-key", "cookie", "authorization", "referer"} & asked.headers.keys()


@pytest.mark.parametrize("status", [429, 500, 503, 400, 405, 304])
def test_what_judges_nothing(prober: Prober, serve: Serve, status: int) -> None:
    server = serve(lambda asked: Reply(status, b"" if status == 304 else PAGE))
    report = ask(prober, f"{server.base}/video.mp4")
    assert report.problem is None
    assert report.silence == f"it answers HTTP {status}"


@pytest.mark.parametrize("status", [401, 403, 404, 405, 500])
def test_a_refused_head_says_nothing(prober: Prober, serve: Serve, status: int) -> None:
    server = serve(
        lambda asked: Reply(status) if asked.method == "HEAD" else file_reply(asked, MP4)
    )
    report = ask(prober, f"{server.base}/video.mp4")
    assert report.problem is None
    assert report.seconds == pytest.approx(2.0, abs=0.2)


def test_a_dropped_head_says_nothing(prober: Prober, serve: Serve) -> None:
    server = serve(lambda asked: None if asked.method == "HEAD" else file_reply(asked, MP4))
    assert ask(prober, f"{server.base}/video.mp4").seconds is not None


@pytest.mark.parametrize("status", [200, 403, 404])
@pytest.mark.parametrize(
    "place", ["/accounts/login?next=x", "/ServiceLogin", "/wp-login.php", "/sso", "/oauth2/x"]
)
def test_a_redirect_to_a_login_page(prober: Prober, serve: Serve, status: int, place: str) -> None:
    def script(asked: Asked) -> Reply:
        if asked.path == "/video.mp4":
            return Reply(302, headers={"Location": place})
        return Reply(status, PAGE)

    assert code(ask(prober, f"{serve(script).base}/video.mp4")) == "source_login"


def test_a_login_page_that_cannot_be_reached_is_one(prober: Prober, serve: Serve) -> None:
    place = "http://127.0.0.1:9/signin"
    server = serve(lambda asked: Reply(302, headers={"Location": place}))
    assert code(ask(prober, f"{server.base}/video.mp4")) == "source_login"


def test_authors_do_not_log_in(prober: Prober, serve: Serve) -> None:
    def script(asked: Asked) -> Reply:
        if asked.path == "/video.mp4":
            return Reply(302, headers={"Location": "/authors/cataloging/designing.mp4"})
        return Reply(404)

    assert code(ask(prober, f"{serve(script).base}/video.mp4")) == "source_not_found"


def test_a_video_behind_a_login_address_is_a_video(prober: Prober, serve: Serve) -> None:
    def script(asked: Asked) -> Reply:
        if asked.path == "/video.mp4":
            return Reply(302, headers={"Location": "/auth/signed.mp4"})
        return file_reply(asked, MP4)

    assert ask(prober, f"{serve(script).base}/video.mp4").seconds is not None


@pytest.mark.parametrize(
    ("body", "role", "expected", "told"),
    [
        (PAGE, Role.VIDEO, "source_page", "a web page"),
        (PAGE, Role.SUBTITLES, "source_page", "the subtitles file gives a web page"),
        (BOX, Role.VIDEO, "source_type", "QuickTime"),
        (b"PK\x03\x04" + bytes(4000), Role.VIDEO, "source_type", "zip"),
        (MP3, Role.VIDEO, "source_type", "MP3 audio"),
        (MP4, Role.AUDIO, "source_type", "MP4 video"),
        (b"no such file, sorry\n" * 100, Role.VIDEO, "source_type", "gives text"),
        (MP4[:1000], Role.VIDEO, "source_too_short", "1000 bytes"),
        (b"", Role.VIDEO, "source_too_short", "0 bytes"),
        (b"", Role.SUBTITLES, "source_empty", "empty"),
        (b"no cues\n", Role.SUBTITLES, "source_no_cue", "no cue"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            Role.VIDEO,
            "source_lfs_pointer",
            "Git LFS",
        ),
    ],
)
def test_the_bytes_decide(
    prober: Prober, serve: Serve, body: bytes, role: Role, expected: str, told: str
) -> None:
    server = serve(lambda asked: file_reply(asked, body, Content_Type="video/mp4"))
    report = ask(prober, f"{server.base}/intro.mov", role)
    assert code(report) == expected
    assert report.problem is not None
    assert told in report.problem.message
    assert "\x1b" not in report.problem.message


def test_a_movie_of_another_kind_comes_with_the_command(prober: Prober, serve: Serve) -> None:
    server = serve(lambda asked: file_reply(asked, BOX))
    problem = ask(prober, f"{server.base}/a/my%20intro.mov?x=secret").problem
    assert problem is not None
    assert problem.hint is not None
    assert "ffmpeg -i 'my intro.mov'" in problem.hint
    assert "secret" not in problem.message + problem.hint


@pytest.mark.parametrize(
    ("body", "role"),
    [(WEBM, Role.VIDEO), (MP3, Role.AUDIO), (SRT, Role.SUBTITLES), (MP4, Role.VIDEO)],
)
def test_what_will_do(prober: Prober, serve: Serve, body: bytes, role: Role) -> None:
    server = serve(lambda asked: file_reply(asked, body, Content_Type="text/html"))
    report = ask(prober, f"{server.base}/file", role)
    assert report.problem is None
    assert report.silence is None
    assert (report.etag, report.size) == ('"v1"', len(body))
    assert (report.seconds is None) == (role is Role.SUBTITLES)


@pytest.mark.parametrize(
    "body", [b"\x80\x81\x00" * 1000, b"\x80\x81caf\xe9" * 1000, b"\x1a\x00plain" * 1000]
)
def test_unknown_bytes_are_left_to_the_vendor(prober: Prober, serve: Serve, body: bytes) -> None:
    report = ask(prober, f"{serve(lambda asked: file_reply(asked, body)).base}/video")
    assert report.problem is None
    assert report.silence is None
    assert report.size == len(body)


def test_less_than_a_second_is_no_video(prober: Prober, serve: Serve) -> None:
    at = MP4.index(b"mvhd")
    version = MP4[at + 4]
    assert version == 0
    brief = MP4[: at + 20] + (100).to_bytes(4, "big") + MP4[at + 24 :]
    report = ask(prober, f"{serve(lambda asked: file_reply(asked, brief)).base}/v.mp4")
    assert code(report) == "source_too_short"
    assert report.problem is not None
    assert "0.10 seconds" in report.problem.message


def test_an_empty_file_that_has_no_ranges(prober: Prober, serve: Serve) -> None:
    empty = Reply(416, headers={"Content-Range": "bytes */0"})
    server = serve(lambda asked: empty if asked.method == "GET" else Reply(200))
    assert code(ask(prober, f"{server.base}/v.mp4")) == "source_too_short"


@pytest.mark.parametrize(
    ("packed", "encoding", "expected"),
    [
        (gzip.compress(PAGE, mtime=0), "gzip", "source_page"),
        (gzip.compress(MP4, mtime=0), "gzip", None),
        (b"\x00\x01" * 600, "br", None),
    ],
)
def test_a_body_packed_for_the_way(
    prober: Prober, serve: Serve, packed: bytes, encoding: str, expected: str | None
) -> None:
    server = serve(lambda asked: Reply(200, packed, {"Content-Encoding": encoding}))
    report = ask(prober, f"{server.base}/v.mp4")
    assert (code(report), report.silence, report.size) == (expected, None, None)


def test_a_packed_body_stays_in_bounds(prober: Prober, serve: Serve) -> None:
    bomb = gzip.compress(bytes(20_000_000), 1)
    assert len(unpacked(bomb)) == FIRST_BYTES
    server = serve(lambda asked: Reply(200, bomb, {"Content-Encoding": "gzip"}))
    assert code(ask(prober, f"{server.base}/v.mp4")) is None


def test_what_a_server_says_cannot_steer(prober: Prober, serve: Serve) -> None:
    etag = '"\x1b[2J\x9b' + "x" * 5000 + '"'
    server = serve(lambda asked: file_reply(asked, MP4, ETag=etag, Last_Modified="\x1b]0;x\x07"))
    report = ask(prober, f"{server.base}/v.mp4")
    assert report.etag is not None
    assert report.etag.isprintable()
    assert len(report.etag) == 200
    assert report.last_modified == "]0;x"


def test_share_links_are_not_asked(prober: Prober) -> None:
    url = "https://www.youtube.com/watch?v=1"
    report = ask(prober, url)  # The fixture of all tests refuses another host.
    assert report.problem is None
    assert report.warning is not None
    assert report.warning.code == "source_share_page"
    assert code(ask(prober, "https://www.loom.com/share/1")) == "source_share_page"


def test_a_circle_of_redirects(prober: Prober, serve: Serve) -> None:
    server = serve(lambda asked: Reply(302, headers={"Location": "/video.mp4"}))
    assert code(ask(prober, f"{server.base}/video.mp4")) == "source_redirects"
    assert len(server.asked) < 5


def test_a_chain_of_redirects(prober: Prober, serve: Serve) -> None:
    def script(asked: Asked) -> Reply:
        left = int(asked.path.strip("/"))
        return Reply(307, headers={"Location": f"/{left - 1}"}) if left else file_reply(asked, MP4)

    base = serve(script).base
    assert ask(prober, f"{base}/5").seconds is not None
    report = ask(prober, f"{base}/6")
    assert (report.problem, report.silence) == (None, "not asked: it leads to too many redirects")


@pytest.mark.parametrize("place", ["http://example.com/v.mp4", "ftp://example.com/", "https://[x"])
def test_a_redirect_to_what_is_not_asked(prober: Prober, serve: Serve, place: str) -> None:
    server = serve(lambda asked: Reply(302, headers={"Location": place}))
    report = ask(prober, f"{server.base}/v.mp4")
    assert report.problem is None
    assert report.silence is not None
    assert report.silence.startswith("not asked")


@pytest.mark.parametrize("host", ["10.0.0.1", "[fd00::1]", "127.0.0.1", "localhost"])
def test_a_private_address_is_never_asked(host: str) -> None:
    prober = Prober(loopback=False, cache=None, clock=FakeClock())
    assert code(ask(prober, f"https://{host}:1/v.mp4")) == "source_private"


def test_a_name_of_a_private_address(prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where a name leads is seen on the open connection, so this one leads to this machine.

    with socket.create_server(("127.0.0.1", 0)) as server:
        here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", server.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: here)
        outside = Prober(loopback=False, cache=None, clock=FakeClock())
        report = ask(outside, "https://videos.example.com/v.mp4")
        server.setblocking(False)
        connection, _ = server.accept()
        with connection:
            assert connection.recv(100) == b"", "nothing was said"
    assert code(report) == "source_private"
