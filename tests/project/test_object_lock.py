"""The lock in a bucket: one process on all machines, told who holds it, broken only when asked."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from bucket_scene import Store, s3_store
from fake_clock import FakeClock
from s3_server import SECRET
from stand_in import Asked, Reply
from workspaces import Workspace, creates

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.core.errors import BucketError, BusyError, TakenError
from heygen_localize.core.objects import read_address
from heygen_localize.operations.lock import break_lock
from heygen_localize.project import object_lock
from heygen_localize.project.object_lock import Holder, ObjectLock
from heygen_localize.sandbox import Sandbox

pytest.importorskip("obstore")


@pytest.fixture
def store(s3: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with s3_store(s3, tmp_path, monkeypatch) as found:
        monkeypatch.setenv(object_lock.VARIABLE, f"{found.address}/lock")
        yield found


def lock(store: Store) -> ObjectLock:
    return ObjectLock(read_address(f"{store.address}/lock"), FakeClock(), Buckets())


def test_one_at_a_time_and_the_next_after_it(store: Store) -> None:
    first, second = lock(store), lock(store)
    first.acquire("localize.yaml")
    with pytest.raises(BusyError) as busy:
        second.acquire("localize.yaml")
    told = busy.value.first
    assert told.code == "lock_held"
    assert f"{store.address}/lock is held by process" in told.message
    assert "localize.yaml, since 20" in told.message
    first.release()
    assert second.held() is None
    second.acquire("localize.yaml")
    assert lock(store).held() is not None
    second.release()


def test_of_many_at_once_one_gets_it(store: Store) -> None:
    """Whether the object is new, or was given back."""
    for _ in range(2):
        got: list[ObjectLock] = []
        refused: list[BusyError] = []
        start = threading.Barrier(8)

        def try_it(
            got: list[ObjectLock], refused: list[BusyError], start: threading.Barrier
        ) -> None:
            one = lock(store)
            start.wait()
            try:
                one.acquire("localize.yaml")
                got.append(one)
            except BusyError as error:
                refused.append(error)

        threads = [threading.Thread(target=try_it, args=(got, refused, start)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(got), len(refused)) == (1, 7)
        got[0].release()


def test_apply_is_kept_away_and_orders_nothing(
    workspace: Workspace, sandbox: Sandbox, store: Store
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    other = lock(store)
    other.acquire("other.yaml")
    ran = workspace.run("apply", "--yes", "--quiet")
    assert ran.code == 2
    assert "other.yaml, since" in ran.err
    assert "localize lock break" in ran.err
    assert SECRET not in ran.err
    assert creates(sandbox) == 0
    other.release()
    assert workspace.run("apply", "--yes", "--quiet").code == 0
    assert creates(sandbox) == 1
    assert other.held() is None


def test_a_heart_that_beats_is_not_broken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_lock, "BEAT", 0.02)
    holder = lock(store)
    holder.acquire("localize.yaml")
    clock = FakeClock()
    beat = threading.Event()
    monkeypatch.setattr(clock, "sleep", lambda seconds: beat.wait(0.5))
    with pytest.raises(BusyError, match="its holder lives"):
        break_lock(f"{store.address}/lock", clock)
    holder.release()


def test_one_that_was_killed_is_broken_when_asked(
    workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = lock(store)
    killed.acquire("localize.yaml")
    slept: list[float] = []
    monkeypatch.setattr(
        "heygen_localize.system.clock.SystemClock.sleep",
        lambda self, seconds: slept.append(seconds),
    )
    ran = workspace.run("lock", "break")
    assert ran.code == 0, ran.err
    assert "Broken: the lock was held by process" in ran.out + ran.err
    assert slept == [object_lock.EXPIRES]
    assert "Nobody holds the lock" in str(workspace.run("lock", "break"))
    after = lock(store)
    after.acquire("localize.yaml")
    killed.release()  # it wakes up, and takes nothing away from who holds it by now
    held = lock(store).held()
    assert held is not None
    after.release()


def test_who_lost_the_lock_is_told_to_stop(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    monkeypatch.setattr(object_lock, "BEAT", 0.3)
    monkeypatch.setattr(object_lock, "stop_this_process", stopped.set)
    holder = lock(store)
    holder.acquire("localize.yaml")
    broken = False
    while not broken:  # the heart beats between the look and the writing, now and then
        held = lock(store).held()
        assert held is not None
        with suppress(TakenError):
            lock(store).break_it(held[0])
            broken = True
    assert stopped.wait(10)
    holder.release()


def test_to_stop_is_as_if_somebody_had_asked() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    try:
        object_lock.stop_this_process()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


def test_an_answer_that_is_lost_loses_no_lock(store: Store) -> None:
    """The engine writes once more, and is told that something stands there: its own."""
    lost: list[str] = []

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply | None:
        reply = forward()
        if asked.method == "PUT" and not lost:
            lost.append(asked.path)
            return None
        return reply

    store.script = script
    holder = lock(store)
    holder.acquire("localize.yaml")
    assert lost
    holder.release()
    assert holder.held() is None


def test_a_lock_that_was_taken_and_could_not_be_tried_is_given_back(store: Store) -> None:
    """The bucket fails right after the first writing: nobody holds what nobody got."""
    written: list[str] = []

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        if asked.method == "PUT" and len(written) == 1:
            written.append("refused")
            return Reply(403)
        written.extend([asked.path] * (asked.method == "PUT"))
        return forward()

    store.script = script
    with pytest.raises(BucketError):
        lock(store).acquire("localize.yaml")
    store.script = None
    assert written
    assert lock(store).held() is None


def test_a_heartbeat_whose_answer_is_lost_keeps_no_lock_from_being_given_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_lock, "BEAT", 0.02)
    holder = lock(store)
    holder.acquire("localize.yaml")
    beaten = threading.Event()

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        reply = forward()
        if asked.method != "PUT" or beaten.is_set():
            return reply
        monkeypatch.setattr(object_lock, "BEAT", 60.0)
        beaten.set()
        return Reply(403)

    store.script = script
    assert beaten.wait(10)
    holder.release()
    assert lock(store).held() is None


def test_a_bucket_without_conditions_keeps_no_lock(store: Store) -> None:
    """Some that speak S3's language pass over the headers."""

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        if asked.method != "PUT":
            return forward()
        place = store.folder / "lock"
        place.unlink(missing_ok=True)
        return unconditional(store)

    def unconditional(store: Store) -> Reply:
        store.script = None
        address = read_address(f"{store.address}/lock")
        seen = Buckets().put(address, b'{"free": false}', None, "application/json")
        store.script = script
        return Reply(200, b"", {"ETag": seen.etag})

    store.script = script
    with pytest.raises(BucketError) as error:
        lock(store).acquire("localize.yaml")
    assert error.value.first.code in ("bucket_unconditional", "object_unsure")


def test_what_is_larger_than_it_was_said_to_be_is_not_read_to_its_end(store: Store) -> None:
    address = read_address(f"{store.address}/lock")
    Buckets().put(address, b" " * 20_000_000, None, "application/json")

    def script(asked: Asked, forward: Callable[[], Reply]) -> Reply:
        reply = forward()
        small = {name: text for name, text in reply.headers.items() if "length" not in name.lower()}
        return Reply(200, b"", small, 100) if asked.method == "HEAD" else reply

    store.script = script
    store.asked.clear()
    with pytest.raises(BucketError, match="is no lock of localize's"):
        lock(store).held()
    assert [method for method, _ in store.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize("text", ["s3://dubs", "file:///mnt/lock", "lock", "https://a.b/c"])
def test_what_names_no_lock_is_told(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha")
    monkeypatch.setenv(object_lock.VARIABLE, text)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 2
    assert creates(sandbox) == 0


def test_without_a_name_there_is_none_to_break(workspace: Workspace) -> None:
    ran = workspace.run("lock", "break")
    assert ran.code == 2
    assert "LOCALIZE_LOCK names no lock" in ran.err


def test_what_stands_there_is_shown_without_harm() -> None:
    shown = str(Holder(False, "t", "a\x1b[31mb", 1, "x\n::error::", 10**30))
    assert "\x1b" not in shown
    assert "\n" not in shown


@pytest.mark.parametrize(
    "given", ["https://u:a-secret@h/x?sig=a-secret", "s3://b-b/k?sig=a-secret"]
)
def test_an_address_that_is_none_is_not_shown(
    workspace: Workspace, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(object_lock.VARIABLE, given)
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("pull")
    assert ran.code == 2
    assert "a-secret" not in ran.err + ran.out
