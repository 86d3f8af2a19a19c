"""What looking at a dubbed video costs: a 10-minute file of 1080p, as a share of its length.

The file is made here: ten seconds of a picture in which a tenth moves, encoded once and
written sixty times. Its decoding alone is the floor that the rest is held against.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from rows import Row, show, spent

SIZE, RATE, PART, TIMES = (1920, 1080), 25, 10, 60
SECONDS = PART * TIMES

MEASURE = """
import sys
from heygen_localize.media.measure import measure
found = measure(open(sys.argv[1], "rb"), "dub.mp4")
assert found.complete and found.video.frames == int(sys.argv[2]), found.summary()
"""
DECODE = """
import sys, av
with av.open(sys.argv[1]) as media:
    for stream in media.streams:
        stream.codec_context.thread_count = 1
    frames = sum(len(packet.decode()) for packet in media.demux())
"""


def pictures() -> Iterator[av.VideoFrame]:
    """Yield ten seconds of somebody talking before a still background."""
    random = np.random.default_rng(1)
    width, height = SIZE
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    still = 128 + 50 * np.sin(across / 90) * np.cos(down / 70) + random.normal(0, 3, across.shape)
    face = 120 + random.normal(0, 25, (420, 500)).cumsum(axis=1) / 20
    for number in range(PART * RATE):
        luma = still + random.normal(0, 1)
        y, x = 300 + round(20 * np.sin(number / 9)), 700 + round(30 * np.cos(number / 13))
        luma[y : y + 420, x : x + 500] = np.roll(face, number, axis=1)
        chroma = np.full((height // 2, width), 128)
        planes = np.vstack([luma.clip(16, 235), chroma]).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        yield frame


def make(path: Path) -> None:
    """Write the file: every part the same packets, later."""
    sound = (0.2 * np.random.default_rng(2).standard_normal(PART * 48000)).clip(-1, 1)
    with av.open(path, "w") as out:
        video = out.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "bf": "0"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.bit_rate = 4_000_000
        audio = out.add_stream("aac", rate=48000, layout="stereo")
        shown = [packet for frame in chain(pictures(), (None,)) for packet in video.encode(frame)]
        heard = []
        for start in range(0, len(sound) - 1023, 1024):
            block = np.stack([sound[start : start + 1024]] * 2).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
            heard += audio.encode(frame)
        kept = [
            (stream, packet.pts * packet.time_base, bytes(packet), packet.is_keyframe)
            for stream, packets in ((video, shown), (audio, heard))
            for packet in packets
            if packet.pts is not None and packet.pts >= 0
        ]
        kept.sort(key=lambda one: one[1])
        for part in range(TIMES):
            for stream, moment, content, is_keyframe in kept:
                packet = av.Packet(content)
                packet.stream, packet.is_keyframe = stream, is_keyframe
                packet.time_base = Fraction(1, 48000)
                packet.pts = packet.dts = round((moment + part * PART) * 48000)
                out.mux(packet)


def main() -> None:
    """Measure, and show the rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dub.mp4"
        began = time.perf_counter()
        # In a process of its own: what this one takes would count as memory of those it starts.
        subprocess.run([sys.executable, __file__, str(path)], check=True)
        sys.stderr.write(
            f"{path.stat().st_size / 1e6:.0f} MB made in {time.perf_counter() - began:.0f} s\n"
        )
        quiet = {"PYTHONDONTWRITEBYTECODE": "1", **os.environ}
        frames = str(PART * RATE * TIMES)
        place = Path(folder)
        ours = spent([sys.executable, "-c", MEASURE, str(path), frames], place, quiet)
        floor = spent([sys.executable, "-c", DECODE, str(path)], place, quiet)
        show(
            [
                Row(
                    "`check`, 10 minutes of 1080p ÷ their length: CPU",
                    ours.cpu / SECONDS,
                    "×",
                    "≤ 0.25",
                ),
                Row("the same ÷ decoding it and nothing else", ours.cpu / floor.cpu, "×", ""),
                Row("the same: memory", ours.memory / 1e6, "MB", "≤ 300 MB"),
            ]
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        make(Path(sys.argv[1]))
    else:
        main()
