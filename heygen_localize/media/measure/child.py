"""The process that decodes: it has one open file, little memory and little time.

Its standard input is the file, its standard output leads to its parent, in lines of JSON. All that
it needs is imported before it gives up opening files.
"""

from __future__ import annotations

import io
import os
import time

import msgspec

from heygen_localize.media.measure.limits import allow_decoding, confine, decoding_seconds
from heygen_localize.media.measure.messages import (
    MOST_BYTES,
    Measured,
    MeasureRefused,
    Message,
    Opened,
    Reached,
    Refused,
)

_TELL_EVERY = 0.5
"""Seconds between two signs of life; the first that cannot be written ends the process."""

_lines = msgspec.json.Encoder()


def main(memory: int | None = None) -> None:
    """Do one thing, tell it, and end: the process is not cleaned up, which costs time alone."""
    try:
        message = _measured(memory)
    except MeasureRefused as refused:
        message = Refused(refused.code, refused.detail[:300])
    except MemoryError:
        message = Refused("memory")
    except ImportError as missing:
        message = Refused("missing", str(missing)[:300])
    except BrokenPipeError:
        os._exit(1)
    except Exception as error:  # A library stumbles over damaged bytes.
        # What FFmpeg says of them is a number and a text for programmers.
        ours = type(error).__module__.partition(".")[0] != "av"
        message = Refused("fault", str(error)[:300] if ours else "")
    _tell(message)
    os._exit(0)


def _measured(memory: int | None) -> Message:
    from heygen_localize.media.measure.decode import Decoding

    size = os.fstat(0).st_size
    stream = io.BufferedReader(io.FileIO(0, "rb", closefd=False), 1 << 16)
    confine(*(() if memory is None else (memory,)))
    told = time.monotonic()

    def opened(seconds: float | None) -> None:
        allow_decoding(decoding_seconds(seconds, size))
        _tell(Opened(seconds))

    def reached(seconds: float) -> None:
        nonlocal told
        if time.monotonic() >= told + _TELL_EVERY:
            told = time.monotonic()
            _tell(Reached(round(seconds, 1)))

    return Measured(Decoding(stream).measure(opened, reached))


def _tell(message: Message) -> None:
    line = _lines.encode(message) + b"\n"
    if len(line) > MOST_BYTES:
        line = _lines.encode(Refused("fault", "too much was found")) + b"\n"
    while line:
        line = line[os.write(1, line) :]
