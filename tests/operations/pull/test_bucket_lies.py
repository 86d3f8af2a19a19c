"""Buckets that contradict themselves, or answer what nobody asked: told, believed in nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from bucket_scene import Script, Store, film
from pull_scene import Scene, sha256
from stand_in import Asked, Reply
from test_bucket_parts import LARGE, part_of, send
from workspaces import creates

pytest.importorskip("obstore")


def answering(method: str, status: int) -> Script:
    """Answer a method with a status, and leave the others to the server."""
    return lambda asked, forward: Reply(status) if asked.method == method else forward()


@pytest.mark.parametrize("status", [304, 412])
def test_an_answer_to_a_condition_that_nobody_made_is_told(
    scene: Scene, bucket: Store, status: int
) -> None:
    scene.render("alpha", languages=("ja",), extra=bucket.outputs)
    bucket.script = answering("HEAD", status)
    for command in (("pull",), ("pull", "--check"), ("apply", "--yes", "--quiet", "--pull")):
        ran = scene.workspace.run(*command)
        assert ran.code == 1, ran.err
        assert "alpha/ja.mp4 is not as it was asked for" in ran.out
    scene.workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\n"
        f"videos: {{alpha: {{source: '{bucket.address}/in.mp4', duration: 6}}}}\n"
    )
    ran = scene.workspace.run("plan")
    assert ran.code == 4
    assert "in.mp4 is not as it was asked for" in ran.err


@pytest.mark.parametrize("status", [409, 412])
@pytest.mark.parametrize("size", [100_000, LARGE])
def test_what_stands_in_the_way_and_is_not_there_is_not_called_foreign(
    bucket: Store, status: int, size: int
) -> None:
    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        conditional = "if-none-match" in asked.headers
        return Reply(status) if conditional else forward()

    bucket.script = script
    with pytest.raises(Exception, match=r"is there, and that it is not") as error:
        send(part_of(bucket), film(size))
    assert error.value.exit_code.value == 4  # type: ignore[attr-defined]
    assert bucket.names() == []
    bucket.script = None
    send(part_of(bucket), film(size))
    assert bucket.content("alpha/ja") == film(size)


@pytest.mark.parametrize("etag", ['"a b"', '"' + "a" * 300 + '"'])
def test_an_etag_that_the_lockfile_cannot_hold_does_not_get_into_it(
    scene: Scene, bucket: Store, etag: str
) -> None:
    scene.render("alpha", languages=("ja",), extra=bucket.outputs)

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        reply = forward()
        others = {name: text for name, text in reply.headers.items() if name.lower() != "etag"}
        return Reply(reply.status, reply.body, {**others, "ETag": etag}, reply.length)

    bucket.script = script
    ran = scene.pull()
    assert ran.code == 1
    assert "no ETag, or none that a lockfile can keep" in ran.out
    bucket.script = None
    ran = scene.pull()  # by a lockfile that can be read
    assert ran.code == 0, ran.err
    assert bucket.content("alpha/ja") == scene.served("alpha/ja")
    scene.apply()
    assert creates(scene.sandbox) == 1


def test_a_job_that_takes_the_place_of_another_within_one_run_finds_it_for_ours(
    scene: Scene, bucket: Store
) -> None:
    """The earlier one's file is on its way while the new one renders, and no lockfile has it."""
    lines = "version: 1\nproject: test\nlanguages: [ja]\n"
    source = "videos: {{alpha: {{source: 'https://a.example.com/{}.mp4', duration: 6}}}}\n"
    scene.workspace.write(lines + source.format(1))
    scene.apply()

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        if asked.method == "PUT":
            time.sleep(0.3)
        return forward()

    bucket.script = script
    scene.workspace.write(lines + source.format(2) + bucket.outputs)
    ran = scene.workspace.run("apply", "--yes", "--quiet", "--pull")
    assert ran.code == 0, ran.out
    assert bucket.content("alpha/ja") == scene.served("alpha/ja")
    assert bucket.names() == ["alpha/ja.mp4"]
    assert scene.report()["summary"]["unchanged"] == 1


def test_of_two_runs_one_may_take_away_what_both_have_staged(bucket: Store) -> None:
    """The other one copies it to its place and cleans up, right before this one copies it."""
    content = film(LARGE)
    other: list[str] = []

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        if "x-amz-copy-source" in asked.headers and not other:
            bucket.script = None
            other.append(send(part_of(bucket), content))
        return forward()

    bucket.script = script
    assert send(part_of(bucket), content) == sha256(content)
    assert other == [sha256(content)]
    assert bucket.content("alpha/ja") == content
    assert bucket.names() == ["alpha/ja.mp4"]


def test_an_object_of_another_size_is_not_ours_whatever_its_etag(
    scene: Scene, bucket: Store
) -> None:
    scene.render("alpha", languages=("ja",), extra=bucket.outputs)
    assert scene.workspace.run("pull").code == 0
    place = bucket.folder / "alpha/ja.mp4"
    with place.open("r+b") as file:  # The server goes on telling the ETag that it knows.
        file.truncate(7)
    left = place.read_bytes()
    ran = scene.workspace.run("pull")
    assert (ran.code, "left as it is" in ran.err + ran.out) == (1, True), ran.err
    assert place.read_bytes() == left
