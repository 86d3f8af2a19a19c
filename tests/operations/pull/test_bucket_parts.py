"""What passes through memory on its way into a bucket: in parts, judged, on condition."""

from __future__ import annotations

import io
import tracemalloc
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from bucket_scene import Store, film
from hypothesis import given
from hypothesis import strategies as st
from pull_scene import sha256

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.buckets.upload import PART
from heygen_localize.core.errors import BucketError
from heygen_localize.core.objects import Seen, read_address
from heygen_localize.media import MediaType, seconds_of
from heygen_localize.operations.pull.nature import fault_of
from heygen_localize.operations.pull.object_part import ObjectPart
from heygen_localize.operations.pull.part_file import PartOf
from heygen_localize.operations.pull.passing import Passing

pytest.importorskip("obstore")

LARGE = 2 * PART + 12_345
OF = PartOf("alpha/ja", "video", "job")
PIECE = 512 * 1024


def part_of(store: Store, expected: Seen | None = None) -> ObjectPart:
    return ObjectPart(Buckets(), OF, read_address(store.at("alpha/ja")), expected)


def send(part: ObjectPart, content: bytes) -> str:
    part.restart('"one"', len(content))
    for start in range(0, len(content), PIECE):
        part.add(content[start : start + PIECE])
    assert part.fault(partial(fault_of, kind="video", seconds=95.0)) is None
    try:
        return part.land(0.0)
    finally:
        part.close()


def unfinished(store: Store) -> list[Path]:
    """Find what is left of uploads in parts, as S3 would have it paid for."""
    if not store.address.startswith("s3"):
        return []
    return [path for path in store.folder.parent.glob(".sgwtmp/multipart/*/*/*") if path.is_file()]


def test_a_large_file_goes_in_parts_and_is_whole(store: Store) -> None:
    content = film(LARGE)
    part = part_of(store)
    assert send(part, content) == sha256(content)
    assert store.content("alpha/ja") == content
    assert store.names() == ["alpha/ja.mp4"]
    assert part.seen is not None
    assert part.seen.size == LARGE
    if store.asked:
        parts = [path for method, path in store.asked if "partNumber" in path]
        assert len(parts) == 4  # three of the file, and the copy
        signed = Buckets().sign(read_address(store.at("alpha/ja")), 60)
        assert requests.get(str(signed), timeout=10).headers["Content-Type"] == "video/mp4"


def test_a_large_file_is_seen_by_nobody_before_it_is_whole(store: Store) -> None:
    content, before = film(LARGE), unfinished(store)
    part = part_of(store)
    part.restart('"one"', LARGE)
    for start in range(0, LARGE - PIECE, PIECE):
        part.add(content[start : start + PIECE])
    assert Buckets().look(read_address(store.at("alpha/ja"))) is None
    part.close()
    assert [name for name in store.names() if "#" not in name] == []
    assert unfinished(store) == before


def test_a_large_file_goes_over_nothing_of_others(store: Store) -> None:
    store.put("alpha/ja", b"somebody else's")
    with pytest.raises(BucketError, match="left as it is"):
        send(part_of(store), film(LARGE))
    assert store.content("alpha/ja") == b"somebody else's"
    assert store.names() == ["alpha/ja.mp4"]


def test_of_two_that_send_the_same_at_once_both_are_content(store: Store) -> None:
    content = film(LARGE)
    first, second = part_of(store), part_of(store)
    send(first, content)
    send(second, content)
    assert first.seen == second.seen


def test_a_large_file_takes_the_place_of_ours_alone(store: Store) -> None:
    first, second = film(LARGE), film(LARGE + 5, seed=3)
    part = part_of(store)
    send(part, first)
    ours = part.seen
    again = part_of(store, ours)
    send(again, second)
    assert store.content("alpha/ja") == second
    with pytest.raises(BucketError, match="left as it is"):
        send(part_of(store, ours), first)  # it is no more what this one knows
    assert store.content("alpha/ja") == second
    assert store.names() == ["alpha/ja.mp4"]


@pytest.mark.parametrize("times", [2, 20])
def test_memory_does_not_grow_with_the_file(store: Store, times: int) -> None:
    """Counted in Python's memory; the engine holds at most two parts besides."""
    size = times * PART
    content = film(size)
    part = part_of(store)
    tracemalloc.start()
    try:
        send(part, content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * PART  # the proxy before the server is in it


@given(
    st.lists(st.tuples(st.sampled_from([b"free", b"moov", b"mdat", b"uuid", b"ftyp"]),
                       st.integers(0, 60)), max_size=8),
    st.integers(1, 40),
    st.binary(max_size=9),
)  # fmt: skip
def test_what_is_kept_reads_as_the_file(
    boxes: list[tuple[bytes, int]], step: int, tail: bytes
) -> None:
    """All but the content of what is passed over; the head is made small for this."""
    content, told = bytearray(), bytearray()
    for name, length in boxes:
        inside = bytes(range(1, length + 1))
        head = (length + 8).to_bytes(4, "big") + name
        content += head + inside
        shown = inside if name not in (b"free", b"mdat") else inside[:8].ljust(length, b"\0")
        told += head + shown
    content += tail
    passing = Passing(head=0)
    for start in range(0, len(content), step):
        passing.take(bytes(content[start : start + step]))
    assert passing.size == len(content)
    assert passing.read()[: len(told)] == told


def test_a_film_is_judged_as_on_the_disk() -> None:
    content = film(3_000_000)
    passing = Passing()
    for start in range(0, len(content), 70_001):
        passing.take(content[start : start + 70_001])
    whole: Any = passing
    assert seconds_of(whole, MediaType.MP4) == seconds_of(io.BytesIO(content), MediaType.MP4)
    assert fault_of(whole, len(content), "video", 95.0) is None
    assert "95 seconds of the 900" in (fault_of(whole, len(content), "video", 900.0) or "")
    short = Passing()
    short.take(content[:-200])
    cut: Any = short
    assert "cut off" in (fault_of(cut, short.size, "video", 95.0) or "")
