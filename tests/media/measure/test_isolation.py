"""The process that decodes: what it may do, how it ends, and what its parent makes of that."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("av", reason="the extra [check] is not installed")

from clips import Clip, made

from heygen_localize.core.errors import FileError, UsageError
from heygen_localize.core.measurement import LONGEST_MEASURED
from heygen_localize.media.measure import looking, measure, parent
from heygen_localize.media.measure.limits import decoding_seconds
from heygen_localize.media.measure.refusals import _REFUSALS
from heygen_localize.report.explanations import explanations
from heygen_localize.system.resources import errors_page

CHILD = "import sys; sys.path[:] = sys.argv[1:]; "


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(made(Clip()))
    return path


def refused(path: Path) -> FileError:
    with path.open("rb") as file, pytest.raises(FileError) as raised:
        measure(file, "dub.mp4")
    return raised.value


def test_a_file_is_measured_and_the_parent_imports_no_decoder(clip: Path) -> None:
    code = (
        "import sys\n"
        "from heygen_localize.media.measure import measure\n"
        "found = measure(open(sys.argv[1], 'rb'), 'dub.mp4')\n"
        "assert found.video and found.video.frames == 60 and found.complete\n"
        "assert not {'av', 'numpy', 'py3langid'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(clip)], check=True, timeout=60)


def started(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have another child started, which says and does what it likes."""
    monkeypatch.setattr(parent, "_START", CHILD + code)


STUMBLED = """
import av
from heygen_localize.media.measure import child
def stumbled(): raise av.error.InvalidDataError(1094995529, "Invalid data found", "clip")
child._measured = lambda memory: stumbled()
child.main("media")
"""


def test_what_ffmpeg_stumbles_over_is_told_in_our_words(
    monkeypatch: pytest.MonkeyPatch, clip: Path
) -> None:
    started(monkeypatch, f"exec({STUMBLED!r})")
    assert str(refused(clip)) == f"{'dub.mp4'!r} made the decoder fail"


PROBE = """
import os, socket, resource, msgspec, av.subtitles.stream
from heygen_localize.media.measure import child, limits
from heygen_localize.media.measure.messages import MeasureRefused
def tried():
    limits.confine()
    told = []
    for attempt in (lambda: open("/etc/hostname"), lambda: open("written", "w"), socket.socket,
                    lambda: av.open("/etc/hostname"), lambda: resource.setrlimit(
                        resource.RLIMIT_NOFILE, (9, 9)) if os.getuid() else open("/dev/null")):
        try:
            attempt()
            told.append("done")
        except (OSError, ValueError, av.error.FFmpegError):
            told.append("refused")
    raise MeasureRefused("fault", " ".join(told) + " " + " ".join(sorted(os.environ)))
child._measured = lambda memory: tried()
child.main()
"""


def test_the_child_opens_nothing_and_knows_nothing_of_ours(
    monkeypatch: pytest.MonkeyPatch, clip: Path
) -> None:
    monkeypatch.setenv("HEYGEN_API_KEY", "secret")
    started(monkeypatch, f"exec({PROBE!r})")
    told = str(refused(clip))
    assert "refused refused refused refused refused" in told
    assert "OPENBLAS_NUM_THREADS" in told
    assert "HEYGEN" not in told
    assert "HOME" not in told


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "media_crashed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "media_too_slow"),
        ("print('{}')", "media_crashed"),
        ("print('x' * 3_000_000)", "media_crashed"),
        ('print(\'{"type":"measured","measurement":{"seconds":-1}}\')', "media_crashed"),
        ('print(\'{"type":"identified","languages":[]}\')', "media_crashed"),
        ('print(\'{"type":"refused","code":"fault","detail":"\\\\u001b[2J"}\')', "media_crashed"),
    ],
)
def test_whatever_the_child_does_the_parent_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, clip: Path, code: str, expected: str
) -> None:
    started(monkeypatch, code)
    error = refused(clip)
    assert error.first.code == expected
    assert "\x1b" not in str(error)


def test_a_child_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch, clip: Path) -> None:
    monkeypatch.setattr(parent, "OPENING_SECONDS", 0.3)
    started(monkeypatch, "import time; time.sleep(60)")
    began = time.monotonic()
    assert refused(clip).first.code == "media_too_slow"
    assert time.monotonic() - began < 10


def test_the_limits_of_processor_and_memory_end_it(
    monkeypatch: pytest.MonkeyPatch, clip: Path
) -> None:
    busy = (
        "from heygen_localize.media.measure import limits; limits.OPENING_SECONDS = 1\n"
        "limits.confine()\nwhile True: pass"
    )
    started(monkeypatch, f"exec({busy!r})")
    assert refused(clip).first.code == "media_too_slow"
    small = "from heygen_localize.media.measure.child import main; main(32 << 20)"
    started(monkeypatch, small)
    assert refused(clip).first.code in ("media_too_large", "media_crashed")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_the_child_ends_with_its_parent(tmp_path: Path, clip: Path) -> None:
    """Which is killed while it decodes: here a file that is read over and over."""
    code = (
        "import sys\n"
        "from heygen_localize.media.measure import parent, measure\n"
        "parent._START = sys.argv[2]\n"
        "measure(open(sys.argv[1], 'rb'), 'dub.mp4', lambda at: print(round(at), flush=True))\n"
    )
    loop = CHILD + (
        "exec('import os, time\\nfrom heygen_localize.media.measure import child\\n"
        "while True:\\n child._tell(child.Reached(os.getpid())); time.sleep(0.1)')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(clip), loop], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and alive(child):
        time.sleep(0.05)
    assert not alive(child)


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "media_ends_early"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "media_unreadable"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "media_unreadable"),
        (b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>', "media_unreadable"),
    ],
)
def test_what_is_no_media_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "dub.mp4"
    path.write_bytes(content)
    error = refused(path)
    assert error.first.code == expected
    assert str(error).startswith("'dub.mp4' ")
    # In our words: what the decoder calls it helps nobody.
    assert not re.search("Errno|avcodec|Invalid data", str(error))


def test_a_file_that_says_to_be_eight_hours_long_is_refused(tmp_path: Path) -> None:
    content = bytearray(made(Clip(container="wav", video=None, audio="pcm_s16le")))
    content[28:32] = (10).to_bytes(4, "little")  # bytes a second
    content[24:28] = (5).to_bytes(4, "little")  # samples a second: 144,000 last for 8 hours
    path = tmp_path / "dub.wav"
    path.write_bytes(content)
    error = refused(path)
    assert error.first.code == "media_too_long"
    assert "4 hours" in str(error)


def test_without_the_extra_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, clip: Path
) -> None:
    monkeypatch.setattr(
        looking, "find_spec", lambda name: None if name == "av" else find_spec(name)
    )
    with clip.open("rb") as file, pytest.raises(UsageError) as raised:
        measure(file, "dub.mp4")
    assert raised.value.exit_code == 2
    assert raised.value.first.hint == "pip install 'heygen-localize[check]'"


def test_time_grows_with_length_up_to_a_bound() -> None:
    assert decoding_seconds(600, 1) == 960
    assert decoding_seconds(None, 2_000_000) == 1560
    assert decoding_seconds(1e6, 1) == decoding_seconds(None, 1 << 50) == LONGEST_MEASURED


def test_every_refusal_is_explained() -> None:
    known = explanations(errors_page())
    assert {code for code, _, _ in _REFUSALS.values()} - known.keys() == set()
