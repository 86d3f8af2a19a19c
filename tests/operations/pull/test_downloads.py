"""One download at a time, from hosts of every kind."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fake_clock import FakeClock
from pull_scene import sha256

from heygen_localize.core.errors import DownloadError, LinkRefused
from heygen_localize.operations.pull.download import Bounds, Fetched, Stopped, fetch
from heygen_localize.operations.pull.part_file import Part, PartOf, Parts
from heygen_localize.system.web import Web, WebRefusal

CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)
ETAG = '"one"'


class Host:
    """Answers with what was scripted: status, headers and body, one after the other."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self._script: list[tuple[int, dict[str, str], bytes]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(dict(self.headers))
                status, headers, body = host._script.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/a.mp4"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def script(self, *answers: tuple[int, dict[str, str], bytes]) -> None:
        self._script = list(answers)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def shared_host() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


@pytest.fixture
def host(shared_host: Host) -> Host:
    shared_host.asked.clear()
    return shared_host


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


Get = Callable[..., Fetched]
OF = PartOf("alpha/ja", "video", "job")


@pytest.fixture
def get(host: Host, tmp_path: Path, clock: FakeClock) -> Iterator[Get]:
    web = Web(loopback=True)

    def get(
        most: int = 10**9,
        name: str = "a.mp4",
        url: str | None = None,
        stop: threading.Event | None = None,
        progress: Callable[[int, int | None], None] = lambda done, total: None,
    ) -> Fetched:
        bounds = Bounds(most, stop or threading.Event())
        parts = tmp_path / ".localize" / "x" / "parts"
        part = Part(Parts(parts), OF, tmp_path / name, tmp_path)
        return fetch(web, url or host.url, part, bounds, clock, progress)

    yield get
    web.close()


def whole(body: bytes = CONTENT, **more: str) -> tuple[int, dict[str, str], bytes]:
    """Announce the whole file; the body may be less."""
    headers = {"Content-Length": str(SIZE), "ETag": ETAG} | _named(more)
    return 200, {name: value for name, value in headers.items() if value}, body


def rest(start: int, **more: str) -> tuple[int, dict[str, str], bytes]:
    headers = {
        "Content-Length": str(SIZE - start),
        "Content-Range": f"bytes {start}-{SIZE - 1}/{SIZE}",
        "ETag": ETAG,
    } | _named(more)
    return 206, {name: value for name, value in headers.items() if value}, CONTENT[start:]


def _named(more: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in more.items()}


def check_whole(folder: Path, fetched: Fetched) -> None:
    assert (folder / "a.mp4").read_bytes() == CONTENT
    assert fetched == Fetched(sha256(CONTENT), SIZE)
    assert [path.name for path in files(folder)] == ["a.mp4"]


def files(folder: Path) -> list[Path]:
    """Give what lies in a folder, the one of parts included."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if path.name != ".gitignore"]


def part_of(folder: Path) -> Path:
    (part,) = folder.rglob("*.part")
    return part


def ranges(host: Host) -> list[str | None]:
    return [asked.get("Range") for asked in host.asked]


def test_the_rest_is_asked_for(host: Host, get: Get, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    host.script(whole(CONTENT[:100]), rest(100))
    fetched = get(progress=lambda done, total: seen.append((done, total)))
    check_whole(tmp_path, fetched)
    assert ranges(host) == [None, "bytes=100-"]
    assert host.asked[1]["If-Range"] == ETAG
    assert (seen[0], seen[-1]) == ((100, SIZE), (SIZE, SIZE))


@pytest.mark.parametrize("etag", ["", 'W/"one"'])
def test_without_a_strong_etag_it_begins_anew(
    etag: str, host: Host, get: Get, tmp_path: Path
) -> None:
    host.script(whole(CONTENT[:100], ETag=etag), whole(ETag=etag))
    check_whole(tmp_path, get())
    assert ranges(host) == [None, None]


@pytest.mark.parametrize(
    "answer",
    [
        rest(100, ETag='"other"'),
        rest(100, ETag=""),
        rest(99),
        rest(100, Content_Range="bytes"),
        (416, {"Content-Length": "0"}, b""),
    ],
    ids=["other ETag", "no ETag", "other start", "no range", "no such range"],
)
def test_an_answer_that_does_not_go_on_there(
    answer: tuple[int, dict[str, str], bytes], host: Host, get: Get, tmp_path: Path
) -> None:
    host.script(whole(CONTENT[:100]), answer, whole())
    check_whole(tmp_path, get())
    assert ranges(host) == [None, "bytes=100-", None]


def test_a_host_that_knows_no_ranges(host: Host, get: Get, tmp_path: Path) -> None:
    host.script(whole(CONTENT[:100]), whole())
    check_whole(tmp_path, get())
    assert len(host.asked) == 2


def test_a_rest_of_unknown_whole(host: Host, get: Get, tmp_path: Path) -> None:
    host.script(whole(CONTENT[:100]), rest(100, Content_Range=f"bytes 100-{SIZE - 1}/*"))
    check_whole(tmp_path, get())


def test_a_host_that_tells_no_length(host: Host, get: Get, tmp_path: Path) -> None:
    host.script(whole(Content_Length=""))
    check_whole(tmp_path, get())


def test_an_empty_file(host: Host, get: Get, tmp_path: Path) -> None:
    host.script(whole(b"", Content_Length="0"))
    assert get() == Fetched(sha256(b""), 0)
    assert (tmp_path / "a.mp4").read_bytes() == b""


def test_what_was_there_stays_until_the_new_one_is_whole(
    host: Host, get: Get, tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"old")
    host.script(whole(CONTENT[:100]), (400, {"Content-Length": "0"}, b""))
    with pytest.raises(DownloadError):
        get()
    assert (tmp_path / "a.mp4").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, LinkRefused),
        (404, LinkRefused),
        (410, LinkRefused),
        (400, DownloadError),
        (401, DownloadError),
        (206, DownloadError),
        (416, DownloadError),
        (304, DownloadError),
    ],
)
def test_refusals(
    status: int, kind: type[DownloadError], host: Host, get: Get, clock: FakeClock
) -> None:
    host.script((status, {"Content-Length": "0"}, b""))
    with pytest.raises(DownloadError) as caught:
        get()
    assert type(caught.value) is kind
    assert caught.value.first.message == f"the file host answers HTTP {status}"
    assert not clock.sleeps


@pytest.mark.parametrize(
    ("told", "least", "most"), [("7", 7, 7), ("9999", 60, 60), ("soon", 0, 0), ("", 0, 0)]
)
def test_a_host_that_asks_for_patience(
    told: str, least: float, most: float, host: Host, get: Get, tmp_path: Path, clock: FakeClock
) -> None:
    headers = {"Content-Length": "0"} | ({"Retry-After": told} if told else {})
    host.script((429, headers, b""), whole())
    check_whole(tmp_path, get())
    (pause,) = clock.sleeps
    assert least <= pause <= most


def test_a_host_that_stays_down(host: Host, get: Get, clock: FakeClock) -> None:
    host.script(*[(503, {"Content-Length": "0"}, b"")] * 9)
    with pytest.raises(DownloadError, match="HTTP 503") as caught:
        get()
    assert caught.value.first.code == "download_broken"
    assert len(clock.sleeps) == 8
    assert all(pause <= 20 for pause in clock.sleeps)


def test_progress_gives_new_patience(host: Host, get: Get, tmp_path: Path) -> None:
    busy = (503, {"Content-Length": "0"}, b"")
    broken = (*rest(100)[:2], CONTENT[100:200])
    host.script(whole(CONTENT[:100]), *[busy] * 7, broken, *[busy] * 7, rest(200))
    check_whole(tmp_path, get())


@pytest.mark.parametrize("length", [str(SIZE), ""], ids=["announced", "not announced"])
def test_too_large(length: str, host: Host, get: Get, tmp_path: Path) -> None:
    host.script(whole(Content_Length=length))
    with pytest.raises(DownloadError) as caught:
        get(most=SIZE - 1)
    assert caught.value.first.code == "download_too_large"
    assert not files(tmp_path)


def test_as_large_as_may_be(host: Host, get: Get, tmp_path: Path) -> None:
    host.script(whole())
    check_whole(tmp_path, get(most=SIZE))


@pytest.mark.parametrize(
    "header", [{"Content_Encoding": "gzip"}, {"Content_Type": "text/HTML; charset=x"}]
)
def test_what_is_not_the_file(header: dict[str, str], host: Host, get: Get) -> None:
    host.script(whole(**header))
    with pytest.raises(DownloadError) as caught:
        get()
    assert caught.value.first.code == "download_not_a_file"


def test_a_stop_leaves_what_came(host: Host, get: Get, tmp_path: Path) -> None:
    stop = threading.Event()
    host.script(whole())
    with pytest.raises(Stopped):
        get(stop=stop, progress=lambda done, total: stop.set())
    assert part_of(tmp_path).stat().st_size
    with pytest.raises(Stopped):
        get(stop=stop)
    assert len(host.asked) == 1


def test_another_process_goes_on(host: Host, get: Get, tmp_path: Path) -> None:
    host.script(whole(CONTENT[:100]), (400, {"Content-Length": "0"}, b""), rest(99))
    with pytest.raises(DownloadError):
        get()
    check_whole(tmp_path, get())
    # Its last byte is asked for again, so that there is one even where it is whole.
    assert ranges(host)[2] == "bytes=99-"


def test_names_that_leave_no_room(host: Host, get: Get, tmp_path: Path) -> None:
    name = "n" * 251 + ".mp4"
    host.script(whole(CONTENT[:100]), (400, {"Content-Length": "0"}, b""), rest(99))
    with pytest.raises(DownloadError):
        get(name=name)
    get(name=name)
    assert [path.name for path in files(tmp_path)] == [name]


def test_the_time_of_a_file_is_a_little_before(
    host: Host, get: Get, tmp_path: Path, clock: FakeClock
) -> None:
    host.script(whole())
    get()
    assert (tmp_path / "a.mp4").stat().st_mtime == clock.now() - 2


def begun(host: Host, get: Get, tmp_path: Path, *answers: Any) -> Path:
    """Leave 100 bytes of the file, with the record of what they are."""
    host.script(whole(CONTENT[:100]), (400, {"Content-Length": "0"}, b""), *answers)
    with pytest.raises(DownloadError):
        get()
    part = part_of(tmp_path)
    assert part.read_bytes() == CONTENT[:100]
    return part


def put(path: Path, content: bytes) -> None:
    """Put other bytes into a file, and leave its time alone."""
    status = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_part_that_is_shorter_by_now(host: Host, get: Get, tmp_path: Path) -> None:
    put(begun(host, get, tmp_path, rest(49)), CONTENT[:50])
    get()
    assert (tmp_path / "a.mp4").read_bytes() == CONTENT
    assert ranges(host)[2] == "bytes=49-"


def test_a_part_that_a_checkout_has_put_there_is_thrown_away(
    host: Host, get: Get, tmp_path: Path
) -> None:
    """Everything fits its record but the time, which no checkout can give a file."""
    part = begun(host, get, tmp_path, whole())
    part.write_bytes(b"planted" * 20)
    check_whole(tmp_path, get())
    assert ranges(host)[2] is None


@pytest.mark.parametrize("change", ["no record", "no JSON", "job", "kind", "address"])
def test_a_part_whose_record_does_not_fit_is_thrown_away(
    host: Host, get: Get, tmp_path: Path, change: str
) -> None:
    part = begun(host, get, tmp_path, whole())
    record = part.with_suffix(".json")
    document = json.loads(record.read_text())
    if change == "no record":
        record.unlink()
    elif change == "no JSON":
        record.write_text("[" * 100_000)
    else:
        document["of"][change] = "another"
        record.write_text(json.dumps(document))
    check_whole(tmp_path, get())
    assert ranges(host)[2] is None


@pytest.mark.parametrize("field", ["etag", "length"])
def test_a_part_of_another_file_of_the_host_is_thrown_away(
    host: Host, get: Get, tmp_path: Path, field: str
) -> None:
    part = begun(host, get, tmp_path, rest(99), whole())
    record = part.with_suffix(".json")
    document = json.loads(record.read_text()) | {field: '"other"' if field == "etag" else 7}
    record.write_text(json.dumps(document))
    check_whole(tmp_path, get())
    assert ranges(host)[2:] == ["bytes=99-", None]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("put_there", [os.mkfifo, lambda path: path.symlink_to("/etc/hosts")])
def test_what_is_no_file_in_a_part_s_place_goes(
    host: Host, get: Get, tmp_path: Path, put_there: Callable[[Path], None]
) -> None:
    part = begun(host, get, tmp_path, whole())
    part.unlink()
    put_there(part)
    check_whole(tmp_path, get())


def test_a_file_for_another_disk_lands_at_once(
    host: Host, get: Get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    usual, crossed = os.replace, []

    def elsewhere(old: str, new: str, **folders: int) -> None:
        if old.endswith(".part"):
            crossed.append(old)
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        usual(old, new, **folders)

    monkeypatch.setattr(os, "replace", elsewhere)
    host.script(whole())
    check_whole(tmp_path, get())
    assert len(crossed) == 1
    assert (tmp_path / "a.mp4").stat().st_mtime == clock.now() - 2


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1/a.mp4", "fails or breaks off"),
        ("http://127.0.0.1:99999/", "not a web address"),
    ],
)
def test_hosts_that_are_none(url: str, told: str, get: Get) -> None:
    with pytest.raises((DownloadError, WebRefusal), match=told):
        get(url=url)


def test_a_host_that_says_nothing(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    def silent(*arguments: Any, **options: Any) -> None:
        raise requests.ReadTimeout

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", silent)
    with pytest.raises(DownloadError, match="does not answer in time"):
        get()
