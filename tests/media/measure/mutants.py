"""Containers with damage in them, the same ones for the same seed."""

from __future__ import annotations

import random

from clips import Clip, made

SHORT = Clip(seconds=2.0)
SOUND = SHORT.but(video=None)
BASES = (
    SHORT.but(audio="aac"),
    SHORT.but(fragments=True),
    SHORT.but(container="webm", video="libvpx", audio="libopus"),
    SHORT.but(container="matroska", video="mpeg4"),
    SOUND.but(container="wav", audio="pcm_s16le"),
    SOUND.but(container="mp3", audio="libmp3lame"),
    SOUND.but(container="ogg", audio="libopus"),
    SOUND.but(container="flac"),
)
EXTREMES = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x01")


def mutant(seed: int) -> bytes:
    """Return a file with one to six damages; heads are damaged more often than the rest."""
    chance = random.Random(seed)
    content = bytearray(made(BASES[seed % len(BASES)]))
    for _ in range(chance.randint(1, 6)):
        within = len(content) if chance.random() < 0.6 else min(len(content), 2_000)
        place = chance.randrange(max(1, within))
        length = chance.randint(1, 300)
        part = slice(place, place + length)
        kind = chance.randrange(7)
        if kind == 0:
            content[part] = chance.randbytes(len(content[part]))
        elif kind == 1:
            content[place : place + 4] = chance.choice(EXTREMES)
        elif kind == 2:
            del content[part]
        elif kind == 3:
            content[place:place] = content[part]
        elif kind == 4:
            content[part] = bytes(len(content[part]))
        elif kind == 5 and chance.random() < 0.3:
            del content[max(place, 100) :]
        else:
            for _ in range(20):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)
