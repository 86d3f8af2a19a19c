"""Buckets that refuse, lag, lie or break off: told plainly, nothing paid, nothing half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from bucket_scene import Store, film
from pull_scene import Scene
from s3_server import ACCESS, SECRET
from stand_in import Asked, Reply
from test_bucket_parts import LARGE, part_of, send
from workspaces import creates

from heygen_localize.buckets import engine
from heygen_localize.core.errors import BucketError, BucketUnreachable

pytest.importorskip("obstore")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    backoff = {"init_backoff": timedelta(milliseconds=1), "max_backoff": timedelta(milliseconds=2)}
    monkeypatch.setitem(engine.RETRY, "max_retries", 2)
    monkeypatch.setitem(engine.RETRY, "backoff", {**backoff, "base": 2})


def xml(status: int, code: str) -> Reply:
    text = f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>"
    return Reply(status, text.encode(), {"Content-Type": "application/xml"})


def apply(scene: Scene) -> Any:
    return scene.workspace.run("apply", "--yes", "--quiet", "--pull")


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        (xml(403, "AccessDenied"), 2, "refuses these credentials: AccessDenied"),
        (xml(503, "SlowDown"), 4, "does not answer as it should (HTTP 503: SlowDown), after 3"),
        (xml(404, "NoSuchBucket"), 2, "there is no bucket s3://dubs"),
        (xml(400, "ExpiredToken"), 2, "there are no credentials for s3://dubs"),
        (None, 4, "does not answer as it should"),
    ],
)
def test_nothing_is_ordered_where_the_bucket_lets_nobody_in(
    scene: Scene, bucket: Store, answer: Reply | None, code: int, told: str
) -> None:
    scene.write_videos("alpha", extra=bucket.outputs)
    bucket.script = lambda asked, forward: answer
    ran = apply(scene)
    assert ran.code == code, ran.err
    assert told in ran.err
    assert SECRET not in ran.err + ran.out
    assert ACCESS not in ran.err + ran.out
    assert creates(scene.sandbox) == 0
    bucket.script = None
    assert apply(scene).code == 0
    assert creates(scene.sandbox) == 3
    assert len(bucket.names()) == 3


def test_a_bucket_that_closes_while_jobs_run_loses_nothing(scene: Scene, bucket: Store) -> None:
    scene.write_videos("alpha", extra=bucket.outputs)
    refuse = xml(403, "AccessDenied")
    bucket.script = lambda asked, go: go() if asked.method in ("GET", "HEAD") else refuse
    ran = apply(scene)
    assert ran.code == 1
    assert "refuses these credentials: AccessDenied" in ran.out
    assert creates(scene.sandbox) == 3
    assert bucket.names() == []
    bucket.script = None
    assert scene.pull().code == 0
    assert len(bucket.names()) == 3
    assert creates(scene.sandbox) == 3


def test_an_answer_that_is_lost_is_no_second_file(scene: Scene, bucket: Store) -> None:
    """The object is there, and the answer to its writing was not: it is known for ours."""
    scene.render("alpha", languages=("ja",), extra=bucket.outputs)
    lost = []

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply | None:
        reply = forward()
        if asked.method == "PUT" and not lost:
            lost.append(asked)
            return None
        return reply

    bucket.script = script
    ran = scene.pull()
    assert ran.code == 0, ran.out
    assert bucket.content("alpha/ja") == scene.served("alpha/ja")
    bucket.script = None
    assert scene.report()["summary"]["unchanged"] == 1


def test_a_bucket_that_lies_about_etags_is_not_believed(scene: Scene, bucket: Store) -> None:
    scene.render("alpha", languages=("ja",), extra=bucket.outputs)
    turn = count()

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        reply = forward()
        others = {name: text for name, text in reply.headers.items() if name.lower() != "etag"}
        lie = {**others, "ETag": f'"lie-{next(turn)}"'} if reply.status < 300 else reply.headers
        return Reply(reply.status, reply.body, lie, reply.length)

    bucket.script = script
    ran = scene.pull()
    assert ran.code == 1
    assert "does not say twice the same" in ran.out
    assert "objects" not in scene.workspace.lock()["targets"]["alpha/ja"]
    assert bucket.content("alpha/ja") == scene.served("alpha/ja")
    bucket.script = None
    assert scene.pull().code == 0  # it is the very file, and is taken for ours
    assert scene.report()["summary"]["unchanged"] == 1


@pytest.mark.parametrize("broken", ["once", "always"])
def test_an_upload_that_breaks_off_leaves_no_half_object(bucket: Store, broken: str) -> None:
    content, cuts = film(LARGE), []

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply | None:
        if "partNumber=2" in asked.path and "copy-source" not in str(asked.headers):
            cuts.append(asked)
            if broken == "always" or len(cuts) == 1:
                return None
        return forward()

    bucket.script = script
    if broken == "once":
        send(part_of(bucket), content)
        assert bucket.content("alpha/ja") == content
        return
    with pytest.raises(BucketUnreachable):
        send(part_of(bucket), content)
    assert bucket.names() == []


def overtake(bucket: Store, content: bytes) -> None:
    """Have somebody put another object there right before ours comes."""

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        if asked.method == "PUT":
            bucket.script = None
            bucket.put("alpha/ja", content)
        return forward()

    bucket.script = script


def test_another_that_comes_first_is_not_overwritten(bucket: Store) -> None:
    """It comes between the look and the writing; only the server can tell."""

    overtake(bucket, b"first")
    with pytest.raises(BucketError, match="left as it is"):
        send(part_of(bucket), film(100_000))
    assert bucket.content("alpha/ja") == b"first"


def test_one_that_takes_the_place_of_ours_meanwhile_is_not_overwritten(bucket: Store) -> None:
    """Ours was there when it was looked at; the server alone can tell that it is no more."""
    first = part_of(bucket)
    send(first, film(100_000))

    overtake(bucket, b"somebody else's")
    with pytest.raises(BucketError, match="left as it is"):
        send(part_of(bucket, first.seen), film(100_000, seed=3))
    assert bucket.content("alpha/ja") == b"somebody else's"


def test_without_the_engine_one_line_says_how_to_get_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = engine.find_spec
    monkeypatch.setattr(engine, "find_spec", lambda name: None if name == "obstore" else find(name))
    scene.write_videos(
        "alpha", extra="outputs: {video: 's3://dubs/{{ video.id }}.{{ language.tag }}.mp4'}"
    )
    assert scene.workspace.run("validate").code == 0
    assert scene.workspace.run("plan", "--offline").code == 0
    assert apply(scene).code == 2
    assert creates(scene.sandbox) == 0
    scene.apply()  # what is not pulled needs no bucket
    for command in (("apply", "--yes", "--quiet", "--pull"), ("pull",), ("pull", "--check")):
        ran = scene.workspace.run(*command)
        assert ran.code == 2, ran.out
        assert "buckets need obstore, which is not installed" in ran.err
        assert "pip install 'heygen-localize[scale]'" in ran.err


def test_a_folder_that_nobody_allowed_is_not_written_to(scene: Scene, tmp_path: Path) -> None:
    scene.write_videos("alpha", extra=Store(f"file://{tmp_path}", tmp_path).outputs)
    ran = apply(scene)
    assert ran.code == 2
    assert "set LOCALIZE_FILE_BUCKETS to the folders that file:// may lead into" in ran.err
    assert creates(scene.sandbox) == 0
    assert not (tmp_path / "alpha").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_ENDPOINT_URL", "geheim"),
        ("AWS_ENDPOINT_URL", "https://"),
        ("AWS_ENDPOINT_URL", "http://[::1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:99999"),
        ("AWS_ENDPOINT_URL", "file:///geheim"),
        ("AWS_ENDPOINT_URL", "http://user:geheim@127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_ACCESS_KEY_ID", "AKIA\ngeheim"),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_SECRET_ACCESS_KEY", "geheim\n"),
        ("AWS_SESSION_TOKEN", "geh\x01geheim"),
        ("AWS_REGION", ""),
        ("AWS_REGION", "geheim\r\nX: y"),
    ],
)
def test_settings_that_the_engine_panics_at_are_named(
    scene: Scene, bucket: Store, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    scene.write_videos("alpha", extra=bucket.outputs)
    monkeypatch.setenv(name, value)
    ran = apply(scene)
    assert ran.code == 2, ran.err
    assert f"the environment's {name} " in ran.err
    assert "geheim" not in ran.err
    assert creates(scene.sandbox) == 0


def test_a_panic_of_the_engine_is_told(
    scene: Scene, bucket: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.write_videos("alpha", extra=bucket.outputs)
    monkeypatch.setattr(engine, "_refuse_settings", lambda environment, scheme: None)
    monkeypatch.setenv("AWS_REGION", "geheim\r\nX: y")
    ran = apply(scene)
    assert ran.code in (2, 4), ran.err
    assert "Traceback" not in ran.err
    assert creates(scene.sandbox) == 0


def test_the_environment_cannot_take_the_conditions_away(
    scene: Scene, bucket: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    scene.render("alpha", languages=("ja",), extra=bucket.outputs)
    bucket.script = None
    assert scene.pull().code == 0
    bucket.put("alpha/ja", b"somebody else's")
    assert scene.pull().code == 1
    assert bucket.content("alpha/ja") == b"somebody else's"


def test_plain_http_elsewhere_is_refused(
    scene: Scene, bucket: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://minio.invalid:9000")
    scene.write_videos("alpha", extra=bucket.outputs)
    ran = apply(scene)
    assert ran.code == 2, ran.err
    assert "is asked without https" in ran.err
    assert bucket.asked == []
