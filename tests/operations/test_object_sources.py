"""Sources in buckets: signed or uploaded, paid for once a content, told when they change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from bucket_scene import Store, s3_store
from fake_clock import FakeClock
from media_samples import mp4, wav
from s3_server import ACCESS, SECRET
from stand_in import Asked, Reply
from workspaces import Ran, Workspace, creates

from heygen_localize.buckets import buckets, engine
from heygen_localize.buckets.buckets import Buckets
from heygen_localize.core.errors import TakenError
from heygen_localize.core.objects import Seen, identity_of, read_address, seen_in
from heygen_localize.heygen import listing
from heygen_localize.operations.apply import object_sources
from heygen_localize.project import seen_account
from heygen_localize.sandbox import Sandbox

pytest.importorskip("obstore")


def manifest(source: str, languages: str = "es-MX, ja", more: str = "") -> str:
    return (
        f"version: 1\nproject: test\nlanguages: [{languages}]\n"
        f"videos: {{intro: {{source: '{source}', duration: 6{more}}}}}\n"
    )


def write(store: Store, name: str, content: bytes) -> None:
    """Put an object, whatever stood there."""
    address = read_address(f"{store.address}/{name}")
    (store.folder / name).unlink(missing_ok=True)
    Buckets().put(address, content, None, "video/mp4")


@pytest.fixture
def store(s3: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with s3_store(s3, tmp_path, monkeypatch) as found:
        yield found


@pytest.fixture
def project(workspace: Workspace, sandbox: Sandbox, store: Store) -> Workspace:
    workspace.use(sandbox)
    write(store, "in/intro.mp4", mp4("one" * 1000))
    workspace.write(manifest(f"{store.address}/in/intro.mp4"))
    return workspace


def apply(workspace: Workspace, *more: str) -> Ran:
    return workspace.run("apply", "--yes", "--quiet", *more)


def test_each_content_is_ordered_once(project: Workspace, sandbox: Sandbox, store: Store) -> None:
    ran = apply(project)
    assert ran.code == 0, ran.err + ran.out
    assert creates(sandbox) == 2
    again = apply(project)
    assert again.code == 0, again.err
    assert creates(sandbox) == 2
    project.lockfile.unlink()
    assert apply(project).code == 0
    assert creates(sandbox) == 2  # found again by its mark: signing is no part of it
    write(store, "in/intro.mp4", mp4("two" * 1000))
    shown = project.run("plan")
    assert "source" in shown.out
    assert apply(project).code == 0
    assert creates(sandbox) == 4
    apply(project)
    assert creates(sandbox) == 4
    assert sandbox.assets() == []


def test_heygen_is_given_what_opens_the_object(
    project: Workspace, sandbox: Sandbox, store: Store
) -> None:
    assert apply(project).code == 0
    content = (store.folder / "in/intro.mp4").read_bytes()
    video = sandbox.jobs()[0].body["video"]
    assert video["type"] == "url"
    answer = requests.get(video["url"], timeout=10)
    assert answer.content == content
    assert "X-Amz-Expires=86400" in video["url"]
    text = project.lockfile.read_text()
    for secret in ("X-Amz", ACCESS, SECRET):
        assert secret not in text
    for path in project.folder.rglob("*"):
        assert not path.is_file() or b"X-Amz" not in path.read_bytes(), path


def test_the_lockfile_says_what_it_was_made_from(project: Workspace, store: Store) -> None:
    assert apply(project).code == 0
    locked = project.lock()["targets"]["intro/ja"]
    address = f"{store.address}/in/intro.mp4"
    seen = Buckets().look(read_address(address))
    assert seen is not None
    assert locked["source"] == {"url": address, "etag": seen.etag}
    assert locked["spec"]["source"] == identity_of(address, seen)


def test_without_a_bucket_to_ask_the_lockfile_is_believed(
    project: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert apply(project).code == 0
    monkeypatch.setattr(Buckets, "look", None)
    assert project.run("validate").code == 0
    assert project.run("status", "--fail-if-incomplete").code == 0
    offline = project.run("plan", "--offline", "--detailed-exitcode")
    assert offline.code == 0, offline.out


def test_one_head_a_source_and_none_a_target(
    workspace: Workspace, sandbox: Sandbox, store: Store
) -> None:
    workspace.use(sandbox)
    for number in range(5):
        write(store, f"in/{number}.mp4", mp4("x" * (100 + number)))
    tags = "es-MX, ja, de-DE, fr-FR"
    lines = ["version: 1", "project: test", f"languages: [{tags}]", "videos:"]
    lines += [f"  v{n}: {{source: '{store.address}/in/{n}.mp4', duration: 6}}" for n in range(5)]
    workspace.write("\n".join(lines))
    assert apply(workspace).code == 0
    assert creates(sandbox) == 20
    store.asked.clear()
    assert apply(workspace).code == 0
    assert sorted(method for method, _ in store.asked) == ["HEAD"] * 5


def test_an_object_that_is_not_there_is_told_before_anything(
    project: Workspace, sandbox: Sandbox, store: Store
) -> None:
    project.write(manifest(f"{store.address}/in/none.mp4"))
    ran = apply(project)
    assert ran.code == 2
    assert f"there is no object {store.address}/in/none.mp4" in ran.err
    assert creates(sandbox) == 0


def test_one_that_changes_after_the_plan_is_not_ordered(
    project: Workspace, sandbox: Sandbox, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = object_sources.ObjectSources.settle

    def late(self: Any, media: Any) -> bool:
        write(store, "in/intro.mp4", mp4("two" * 1000))
        return settle(self, media)

    monkeypatch.setattr(object_sources.ObjectSources, "settle", late)
    ran = apply(project)
    assert ran.code == 1
    assert "has changed since the plan was made" in ran.out
    assert creates(sandbox) == 0


def test_what_heygen_cannot_reach_is_uploaded(
    project: Workspace, sandbox: Sandbox, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a bucket stands on a host of the company's own network."""
    monkeypatch.setattr(object_sources.ObjectSources, "_opens", lambda self, link: False)
    assert apply(project).code == 0
    (asset,) = sandbox.assets()
    assert asset.size_bytes == (store.folder / "in/intro.mp4").stat().st_size
    assert {job.body["video"]["asset_id"] for job in sandbox.jobs()} == {asset.id}
    project.lockfile.unlink()
    assert apply(project).code == 0
    project.write(manifest(f"{store.address}/in/intro.mp4", "es-MX, ja, de-DE"))
    assert apply(project).code == 0
    assert (len(sandbox.assets()), creates(sandbox)) == (1, 3)


def test_what_is_no_film_is_not_uploaded(
    project: Workspace, sandbox: Sandbox, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_sources.ObjectSources, "_opens", lambda self, link: False)
    write(store, "in/intro.mp4", b"<html><body>Not found</body></html>" * 100)
    ran = apply(project)
    assert ran.code == 1
    assert "is nothing that HeyGen takes (text/html)" in ran.out
    assert (len(sandbox.assets()), creates(sandbox)) == (0, 0)


def test_an_object_of_no_bytes_is_told_before_anything(
    project: Workspace, sandbox: Sandbox, store: Store
) -> None:
    """As one that somebody is about to fill: a link would open it all the same."""
    write(store, "in/intro.mp4", b"")
    for command in (("plan",), ("apply", "--yes", "--quiet")):
        ran = project.run(*command)
        assert ran.code == 2
        assert f"{store.address}/in/intro.mp4 is empty" in ran.err
    assert creates(sandbox) == 0
    assert list(Buckets().pieces(read_address(f"{store.address}/in/intro.mp4"))) == []


def test_a_lip_sync_takes_its_sound_from_a_bucket(
    project: Workspace, sandbox: Sandbox, store: Store
) -> None:
    write(store, "in/ja.wav", wav())
    address = f"{store.address}/in"
    more = f", kind: lipsync, audio: '{address}/{{{{ language.tag }}}}.wav'"
    project.write(manifest(f"{address}/intro.mp4", "ja", more))
    assert apply(project).code == 0
    assert apply(project).code == 0
    route = [note for note in sandbox.requests() if note.method == "POST"]
    assert sum(note.route == "/v3/lipsyncs" for note in route) == 1
    write(store, "in/ja.wav", wav() + b"\0\0")
    assert apply(project).code == 0
    route = [note for note in sandbox.requests() if note.method == "POST"]
    assert sum(note.route == "/v3/lipsyncs" for note in route) == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (", srt: 's3://dubs/a.srt', srt_role: input", "source_form"),
        (", proofread: true", "proofread_object"),
        (", audio: 'file:///etc/passwd'", "source_form"),
    ],
)
def test_where_an_object_cannot_stand(workspace: Workspace, more: str, code: str) -> None:
    workspace.write(manifest("s3://dubs/a.mp4", more=more))
    ran = workspace.run("validate", "--format", "json")
    assert {item["code"] for item in ran.json()["errors"]} == {code}


def test_an_identity_is_read_back() -> None:
    seen = Seen(12, '"a&size=1"')
    assert seen_in(identity_of("s3://dubs/a b&c.mp4", seen)) == ("s3://dubs/a b&c.mp4", seen)
    assert seen_in("https://a.b/c?etag=1&size=2") is None


def test_no_answer_of_an_earlier_run_hides_a_change(
    start: Callable[..., Sandbox],
    clock: FakeClock,
    workspace: Workspace,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nothing is to be done that is kept, but for what the checkout alone cannot tell."""
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)
    monkeypatch.setattr(seen_account, "_NEWEST", 6)
    start(max_jobs=None)
    write(store, "in/intro.mp4", mp4("one" * 1000))
    lines = ["version: 1", "project: test", "languages: [es-MX, fr-FR, ja]", "videos:"]
    lines += [f"  v{n}: {{source: 'https://a.example.com/{n}.mp4'}}" for n in range(3)]
    plain = "\n".join(lines)
    other = f"\n  intro: {{source: '{store.address}/in/intro.mp4', duration: 6}}\n"
    kept = workspace.folder / ".localize/localize/cache/unchanged.json"
    for text in (plain, plain + other):
        kept.unlink(missing_ok=True)
        workspace.write(text)
        assert apply(workspace).code == 0
        clock.sleep(3600)
        for _ in range(2):
            assert workspace.run("plan").code == 0
        assert kept.exists() is (text == plain)
    write(store, "in/intro.mp4", mp4("two" * 1000))
    assert workspace.run("plan", "--detailed-exitcode").code == 5


def test_a_reader_that_is_slow_gets_the_whole_object(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large one takes longer to reach HeyGen than any one answer of the bucket may take."""
    content = mp4("x" * 3_000_000)
    write(store, "in/large.mp4", content)
    monkeypatch.setattr(buckets, "_PIECE", 500_000)
    monkeypatch.setitem(engine.TIMEOUTS, "timeout", timedelta(seconds=1))
    monkeypatch.setitem(engine.RETRY, "retry_timeout", timedelta(seconds=1))
    found, began = bytearray(), time.monotonic()
    for piece in Buckets().pieces(read_address(f"{store.address}/in/large.mp4")):
        found += piece
        time.sleep(0.3)
    assert time.monotonic() - began > 1.5
    assert bytes(found) == content


def test_an_object_that_changes_while_it_is_read_is_not_read_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the bucket passes over the condition."""
    write(store, "in/large.mp4", mp4("x" * 3_000_000))
    pieces = Buckets().pieces(read_address(f"{store.address}/in/large.mp4"))
    next(pieces)

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        reply = forward()
        others = {name: text for name, text in reply.headers.items() if name.lower() != "etag"}
        return Reply(reply.status, reply.body, {**others, "ETag": '"another"'}, reply.length)

    store.script = script
    with pytest.raises(TakenError):
        next(pieces)


def test_a_link_that_heygen_quotes_is_kept_nowhere(
    project: Workspace, sandbox: Sandbox, store: Store
) -> None:
    """As where it could not fetch the object: whoever reads the lockfile could open it."""
    link = f"https://dubs.s3.amazonaws.com/in.mp4?X-Amz-Credential={ACCESS}&X-Amz-Signature=beef"
    sandbox.set_faults(f"fail_job=1:Cannot fetch {link} on POST /v3/video-translations")
    for command in (("apply", "--yes"), ("status",), ("status", "--format", "json"), ("plan",)):
        ran = project.run(*command)
        assert "X-Amz" not in ran.out + ran.err
        assert ACCESS not in ran.out + ran.err
    assert "Cannot fetch https://dubs.s3.amazonaws.com/in.mp4" in project.lockfile.read_text()
    for path in project.folder.rglob("*"):
        assert not path.is_file() or b"X-Amz" not in path.read_bytes(), path
