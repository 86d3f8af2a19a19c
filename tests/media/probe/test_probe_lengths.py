"""How much of a file is asked for to learn its length, and what is remembered of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_clock import FakeClock
from media_samples import mp4
from stand_in import Asked, Reply, Script, StandIn, file_reply

from heygen_localize.core.sources import SourceReport
from heygen_localize.media import Role
from heygen_localize.media.probe import Prober
from heygen_localize.media.probe.ranges import RemoteFile
from heygen_localize.sandbox import Sandbox
from heygen_localize.system.web import Web

Serve = Callable[[Script], StandIn]
DAY = 86_400.0


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def with_index_at_end(size: int) -> bytes:
    """Give an MP4 whose index stands behind so many bytes, as cameras write it."""
    video = mp4()
    start = video.index(b"moov") - 4
    length = int.from_bytes(video[start : start + 4], "big")
    brands = int.from_bytes(video[:4], "big")
    return video[:brands] + box(b"mdat", bytes(size)) + video[start : start + length]


def ask(prober: Prober, url: str, role: Role = Role.VIDEO) -> SourceReport:
    return prober.ask({url: role})[url]


def remembering(path: Path, clock: FakeClock | None = None) -> Prober:
    return Prober(loopback=True, cache=path, clock=clock or FakeClock())


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / ".localize" / "localize" / "cache" / "sources.json"


def test_an_index_at_the_end_takes_one_more_range(prober: Prober, serve: Serve) -> None:
    content = with_index_at_end(5_000_000)
    server = serve(lambda asked: file_reply(asked, content))
    report = ask(prober, f"{server.base}/v.mp4")
    assert report.seconds == pytest.approx(2.0, abs=0.2)
    assert report.size == len(content)
    assert (server.count("HEAD"), server.count("GET")) == (1, 2)
    assert server.connections == 1
    assert server.asked[1].headers["range"] == "bytes=0-65535"
    assert server.asked[2].headers["if-range"] == '"v1"'


def test_ranges_go_where_redirects_ended(prober: Prober, serve: Serve) -> None:
    def script(asked: Asked) -> Reply:
        if asked.path == "/v.mp4":
            return Reply(302, headers={"Location": "/there.mp4"})
        return file_reply(asked, with_index_at_end(200_000))

    server = serve(script)
    assert ask(prober, f"{server.base}/v.mp4").seconds is not None
    gets = [asked.path for asked in server.asked if asked.method == "GET"]
    assert gets == ["/v.mp4", "/there.mp4", "/there.mp4"]


def test_what_ignores_ranges_is_not_read_on(prober: Prober, serve: Serve) -> None:
    content = with_index_at_end(30_000_000)
    server = serve(lambda asked: Reply(200, content))
    report = ask(prober, f"{server.base}/v.mp4")
    assert (report.seconds, report.problem, report.silence) == (None, None, None)
    assert report.size == len(content)
    assert server.count("GET") == 1


def test_a_file_in_many_pieces_costs_a_bounded_number_of_requests(
    prober: Prober, serve: Serve
) -> None:
    scattered = mp4() + box(b"free", bytes(300_000)) * 100
    server = serve(lambda asked: file_reply(asked, scattered))
    assert ask(prober, f"{server.base}/v.mp4").seconds == pytest.approx(2.0, abs=0.2)
    assert server.count("GET") == 1 + 12


def test_a_damaged_size_is_not_asked_for() -> None:
    asked: list[tuple[int, int]] = []

    def ask(start: int, end: int) -> bytes:
        asked.append((start, end))
        return bytes(end - start)

    file = RemoteFile(ask, bytes(10), 50_000_000)
    with pytest.raises(OSError, match=r"^$"):
        file.read(9_000_000)
    assert asked == []
    assert not file.broken


def _changed(asked: Asked, content: bytes) -> Reply:
    return file_reply(asked, content, ETag='"v2"')


def _exchanged(asked: Asked, content: bytes) -> Reply:
    reply = file_reply(asked, content)
    return Reply(206, reply.body, {**reply.headers, "ETag": '"v2"'})


def _refused(asked: Asked, content: bytes) -> Reply:
    return Reply(403)


def _short(asked: Asked, content: bytes) -> Reply:
    reply = file_reply(asked, content)
    return Reply(206, reply.body[:10], reply.headers)


def _cut(asked: Asked, content: bytes) -> Reply:
    reply = file_reply(asked, content)
    return Reply(206, reply.body[:10], reply.headers, len(reply.body))


def _elsewhere(asked: Asked, content: bytes) -> Reply:
    reply = file_reply(asked, content)
    size = len(content)
    return Reply(206, reply.body, {**reply.headers, "Content-Range": f"bytes 1-9/{size}"})


@pytest.mark.parametrize("later", [_changed, _exchanged, _refused, _short, _cut, _elsewhere])
def test_a_length_that_failed_is_tried_again(
    serve: Serve, cache: Path, later: Callable[[Asked, bytes], Reply]
) -> None:
    content, well = with_index_at_end(200_000), False

    def script(asked: Asked) -> Reply:
        first = well or asked.headers.get("range", "bytes=0-").startswith("bytes=0-")
        return file_reply(asked, content) if first else later(asked, content)

    server = serve(script)
    report = ask(remembering(cache), f"{server.base}/v.mp4")
    assert (report.seconds, report.problem, report.silence) == (None, None, None)
    assert (report.etag, report.size) == ('"v1"', len(content))
    assert not cache.exists()
    well = True
    assert ask(remembering(cache), f"{server.base}/v.mp4").seconds is not None


@pytest.mark.parametrize("total", ["*", "none"])
def test_an_unknown_size_leaves_the_length_unknown(
    prober: Prober, serve: Serve, total: str
) -> None:
    headers = {"Content-Range": f"bytes 0-99/{total}"} if total == "*" else {}
    server = serve(lambda asked: Reply(206, mp4(), headers))
    report = ask(prober, f"{server.base}/v.mp4")
    expected = None if total == "*" else "its answer cannot be read"
    assert (report.seconds, report.silence) == (None, expected)


def test_a_second_plan_reads_nothing_again(
    start_sandbox: Callable[..., Sandbox], cache: Path
) -> None:
    sandbox = start_sandbox()
    urls = {f"{sandbox.base_url}/source/{n}/changing.mp4": Role.VIDEO for n in range(3)}

    def gets() -> int:
        return sum(note.method == "GET" for note in sandbox.requests())

    first = remembering(cache).ask(urls)
    assert gets() == 6, "the first block and the one behind it"
    assert remembering(cache).ask(urls) == first
    assert gets() == 6
    sandbox.change_source()
    second = remembering(cache).ask(urls)
    assert gets() == 12
    for url in urls:
        assert first[url].etag != second[url].etag
        assert second[url].seconds == pytest.approx(6.0, abs=0.1)


def test_the_cache_serves_where_head_is_refused(serve: Serve, cache: Path) -> None:
    content = with_index_at_end(200_000)
    server = serve(
        lambda asked: Reply(405) if asked.method == "HEAD" else file_reply(asked, content)
    )
    first = ask(remembering(cache), f"{server.base}/v.mp4")
    assert server.count("GET") == 2
    assert ask(remembering(cache), f"{server.base}/v.mp4") == first
    assert server.count("GET") == 3


def test_another_role_is_judged_anew(serve: Serve, cache: Path) -> None:
    server = serve(lambda asked: file_reply(asked, mp4()))
    ask(remembering(cache), f"{server.base}/v.mp4")
    report = ask(remembering(cache), f"{server.base}/v.mp4", Role.AUDIO)
    assert report.problem is not None


def test_without_validators_nothing_is_taken_from_the_cache(serve: Serve, cache: Path) -> None:
    server = serve(lambda asked: Reply(200, mp4()))
    for _ in range(2):
        assert ask(remembering(cache), f"{server.base}/v.mp4").seconds is not None
    assert server.count("GET") == 2


def test_the_cache_keeps_no_address_and_no_failure(serve: Serve, cache: Path) -> None:
    server = serve(lambda asked: Reply(404) if "gone" in asked.path else file_reply(asked, mp4()))
    urls = [f"{server.base}/v.mp4?token=s3cret", f"{server.base}/gone.mp4"]
    remembering(cache).ask(dict.fromkeys(urls, Role.VIDEO))
    text = cache.read_text(encoding="utf-8")
    assert "s3cret" not in text
    assert "127.0.0.1" not in text
    assert len(json.loads(text)["sources"]) == 1
    assert (cache.parents[2] / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_what_nobody_asks_for_is_forgotten(serve: Serve, cache: Path) -> None:
    clock = FakeClock()
    server = serve(lambda asked: file_reply(asked, mp4()))

    def kept() -> int:
        return len(json.loads(cache.read_text(encoding="utf-8"))["sources"])

    ask(remembering(cache, clock), f"{server.base}/old.mp4")
    ask(remembering(cache, clock), f"{server.base}/used.mp4")
    assert kept() == 2
    clock.sleep(60 * DAY)
    ask(remembering(cache, clock), f"{server.base}/used.mp4")
    clock.sleep(60 * DAY)
    ask(remembering(cache, clock), f"{server.base}/new.mp4")
    assert kept() == 2


def test_an_unchanged_cache_is_not_written(serve: Serve, cache: Path) -> None:
    server = serve(lambda asked: file_reply(asked, mp4()))
    ask(remembering(cache), f"{server.base}/v.mp4")
    before = cache.stat()
    ask(remembering(cache), f"{server.base}/v.mp4")
    assert cache.stat().st_mtime_ns == before.st_mtime_ns
    assert cache.stat().st_ino == before.st_ino


DAMAGE = (
    "",
    "{",
    "[" * 100_000,
    "[]",
    '{"version": 2, "sources": {}}',
    '{"version": 1, "sources": []}',
)


@pytest.mark.parametrize("text", DAMAGE, ids=range(len(DAMAGE)))
def test_a_damaged_cache_is_as_good_as_none(serve: Serve, cache: Path, text: str) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text(text, encoding="utf-8")
    server = serve(lambda asked: file_reply(asked, mp4()))
    assert ask(remembering(cache), f"{server.base}/v.mp4").seconds is not None
    assert json.loads(cache.read_text(encoding="utf-8"))["version"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"etag": 1},
        {"size": 0},
        {"size": True},
        {"size": 1.5},
        {"seconds": -1.0},
        {"seconds": "6"},
        {"seconds": float("nan")},
        {"seen": None},
        {"seen": float("inf")},
        {"media_type": "text/html"},
        {"media_type": []},
        None,
    ],
)
def test_a_damaged_entry_is_left_out(
    serve: Serve, cache: Path, change: dict[str, object] | None
) -> None:
    server = serve(lambda asked: file_reply(asked, mp4()))
    good = ask(remembering(cache), f"{server.base}/v.mp4")
    document = json.loads(cache.read_text(encoding="utf-8"))
    (key,) = document["sources"]
    entry = document["sources"][key]
    document["sources"][key] = None if change is None else entry | change
    cache.write_text(json.dumps(document), encoding="utf-8")
    assert ask(remembering(cache), f"{server.base}/v.mp4") == good
    assert server.count("GET") == 2


def test_a_huge_cache_is_not_read(serve: Serve, cache: Path) -> None:
    server = serve(lambda asked: file_reply(asked, mp4()))
    ask(remembering(cache), f"{server.base}/v.mp4")
    with cache.open("a", encoding="utf-8") as file:
        file.write(" " * 17_000_000)
    ask(remembering(cache), f"{server.base}/v.mp4")
    assert server.count("GET") == 2


def test_a_cache_that_cannot_be_written_is_no_failure(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / ".localize").write_text("a file", encoding="utf-8")
    server = serve(lambda asked: file_reply(asked, mp4()))
    prober = remembering(tmp_path / ".localize" / "x" / "cache" / "sources.json")
    assert ask(prober, f"{server.base}/v.mp4").seconds is not None


def test_another_way_out_may_be_given(serve: Serve) -> None:
    server = serve(lambda asked: file_reply(asked, mp4()))
    web = Web(loopback=True)
    prober = Prober(loopback=False, cache=None, clock=FakeClock(), web=web)
    assert ask(prober, f"{server.base}/v.mp4").seconds is not None
    web.close()
