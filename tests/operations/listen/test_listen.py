"""`localize listen`: what HeyGen tells wakes one pass, whatever else is sent wakes none."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_clock import HastyClock
from starters import Starter, started
from webhook_sender import PATH, Hook, Spy, event, listen, wait_for
from workspaces import Workspace, creates

from heygen_localize.heygen import deliveries
from heygen_localize.operations.listen import listen as module
from heygen_localize.operations.listen.memory import Memory
from heygen_localize.sandbox import Sandbox

OUTPUTS = "outputs: {video: 'out/{{ video.id }}/{{ language.tag }}.mp4'}"
SECRET = "whsec_of_these_tests_alone"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no listener of this process wait for long."""
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.05)
    monkeypatch.setenv("LOCALIZE_LISTEN_CHECK_SOURCES", "0")


@pytest.fixture
def project(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """A project of six targets, two of which are rendered at once."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", extra=f"{OUTPUTS}\nlimits: {{max_concurrent_jobs: 2}}")
    return workspace


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Hook:
    """Deliveries by hand, signed with the secret in the environment."""
    monkeypatch.setenv("LOCALIZE_WEBHOOK_SECRET", SECRET)
    return Hook(SECRET)


@pytest.fixture
def registered(project: Workspace, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> Hook:
    """The sandbox's own deliveries."""
    made = project.run("webhooks", "register", hook.url)
    assert made.code == 0, made.err
    hook.secret = made.out.strip()
    monkeypatch.setenv("LOCALIZE_WEBHOOK_SECRET", hook.secret)
    return hook


@pytest.fixture
def starters() -> Iterator[Callable[[], Starter]]:
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda: stack.enter_context(started())


def done(workspace: Workspace, targets: int = 6) -> bool:
    """Tell whether the lockfile says that all is rendered."""
    if not workspace.lockfile.exists():
        return False
    entries = workspace.lock()["targets"].values()
    return [entry["status"] for entry in entries] == ["completed"] * targets


def statuses(sandbox: Sandbox) -> set[str]:
    return {job.status for job in sandbox.jobs()}


def test_each_end_wakes_a_pass_until_all_is_rendered_and_pulled(
    project: Workspace, registered: Hook, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = Spy(monkeypatch)

    def pulled() -> bool:
        return len(list(project.folder.rglob("*.mp4"))) == 6 and spy.began == spy.ended

    ran = listen(project, registered, lambda: wait_for(pulled), "--pull")
    assert ran.code == 128 + signal.SIGTERM, ran.err
    assert creates(sandbox) == 6
    assert done(project)
    assert project.run("pull", "--check").code == 0
    assert project.run("plan", "--detailed-exitcode").code == 0
    assert f"listening on {registered.url} for test" in ran.err
    assert "pass test: ordered 2 jobs" in ran.err
    assert "Interrupted; nothing is lost." in ran.err
    assert registered.secret not in ran.out + ran.err


UNREAL = {
    "another's signature": (401, {"heygen_signature": "0" * 64}),
    "no signature": (401, {"heygen_signature": None}),
    "a signature that is none": (401, {"heygen_signature": "\xff\x00".replace("\x00", "\xe9") * 9}),
    "six minutes old": (401, {"heygen_timestamp": str(int(time.time()) - 360)}),
    "of the future": (401, {"heygen_timestamp": str(int(time.time()) + 9000)}),
    "without a time": (401, {"heygen_timestamp": None}),
    "with a time that is none": (401, {"heygen_timestamp": "-1; rm"}),
    "of a type that is not JSON": (415, {"content_type": "text/plain"}),
}
BODIES = [b"", b"{", b"[]", b"null", b'{"event_type": "video_translate.success"}', b"\xff" * 9]
BODIES += [b'{"event_type": "../x", "event_data": {}}', b"[" * 9000, b'{"a": 1, "a": 2}']
POST = f"POST {PATH} HTTP/1.1\r\nHost: a\r\n".encode()
RAW = {
    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n": b"400",
    b"GET\r\n\r\n": b"400",
    b"POST / HTTP/9.9\r\n\r\n": b"505",
    POST + b"\r\n": b"411",
    POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n": b"411",
    POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}": b"400",
    POST + b"Content-Length: -1\r\n\r\n{}": b"400",
    POST + b"Content-Length: 1_0\r\n\r\n{}": b"400",
    POST + b"Content-Length: 999999999\r\n\r\n{}": b"413",
    POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}": b"413",
    POST + b"Content-Length: 999999999\r\nExpect: 100-continue\r\n\r\n": b"413",
    POST + b"A: " + b"a" * 40_000 + b"\r\n\r\n": b"431",
    POST + b"".join(b"A%d: b\r\n" % n for n in range(400)) + b"\r\n": b"431",
    b"POST /" + b"a" * 90_000 + b" HTTP/1.1\r\n\r\n": b"431",
}


def test_nothing_but_what_heygen_signed_wakes_anybody(
    project: Workspace, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy, receivers = Spy(monkeypatch), []
    true = module.Receiver
    monkeypatch.setattr(
        module, "Receiver", lambda *given: receivers.append(true(*given)) or receivers[0]
    )

    def refused() -> None:
        wait_for(lambda: spy.ended == 1)
        receiver = receivers[0]
        for name, (status, changed) in UNREAL.items():
            assert hook.send(event(name), name.replace(" ", "-"), **changed) == status, name
        for number, body in enumerate(BODIES):
            assert hook.send(body, f"evt_bad_{number}") == 400, body
        for content, status in RAW.items():
            assert hook.raw(content).split(b" ")[1] == status, content[:80]
        assert hook.send(b" " * 256 * 1024 + event()) == 413
        for method, path, status in (
            ("GET", PATH, 405),
            ("PUT", PATH, 501),
            ("POST", "/", 404),
            ("POST", f"{PATH}/", 404),
            ("POST", "/healthz", 405),
            ("HEAD", "/healthz", 200),
        ):
            assert hook.ask(method, path, b"{}", hook.headers(b"{}")) == status, (method, path)
        avatar = event(word="avatar_video.success")
        assert hook.send(avatar, "evt_other") == 200  # HeyGen's, and no concern of ours
        assert (len(receiver.events), len(receiver.ended), spy.began) == (0, 0, 1)
        assert hook.send(event("tr_\x1b[31m"), "evt_good") == 200
        wait_for(lambda: spy.ended == 2)
        assert (len(receiver.events), len(receiver.ended)) == (2, 0)

    ran = listen(project, hook, refused)
    told = ran.err + ran.out
    assert ran.code == 128 + signal.SIGTERM, told
    for line in (
        "refused 3 deliveries without a signature by the secret",
        "refused 4 deliveries signed, with a time more than 5 minutes from this machine's: "
        "is its clock right?",
        "refused 1 delivery signed, and no application/json",
        f"refused {len(BODIES)} deliveries signed, and no event",
    ):
        assert line in total(ran.err), line
    for piece in ("\x1b", "rm", "avatar", "evt_", "signature that is none", SECRET):
        assert piece not in told


def total(text: str) -> str:
    """Add up the lines that tell of the same refusal at different times."""
    counts: dict[str, int] = {}
    for line in text.splitlines():
        words = line.split(" ", 3)
        if words[0] == "refused" and len(words) == 4:
            counts[words[3]] = counts.get(words[3], 0) + int(words[1])
    return "\n".join(
        f"refused {number} {'delivery' if number == 1 else 'deliveries'} {rest}"
        for rest, number in counts.items()
    )


def test_what_comes_twice_or_while_a_pass_runs_leads_to_one_more(
    project: Workspace, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = Spy(monkeypatch)

    def play() -> None:
        wait_for(lambda: spy.ended == 1)
        spy.free.clear()
        assert hook.send(event("tr_1"), "evt_1") == 200
        wait_for(lambda: spy.began == 2)
        for number in range(40):
            assert hook.send(event(f"tr_{number}"), f"evt_{number}") == 200
        spy.free.set()
        wait_for(lambda: spy.ended == 3)
        for number in range(40):
            assert hook.send(event(f"tr_{number}"), f"evt_{number}") == 200  # HeyGen tries again
            assert hook.send(event(f"tr_{number}"), f"evt_new_{number}") == 200  # a replay
        assert hook.send(event("tr_1", url="https://signed.anew"), "evt_1") == 200
        time.sleep(0.3)
        assert spy.began == 3

    ran = listen(project, hook, play, "-v")
    assert ran.code == 128 + signal.SIGTERM, ran.err


def test_both_secrets_of_a_rotation_are_taken(
    project: Workspace, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALIZE_WEBHOOK_SECRET", f"whsec_new_one {SECRET}")

    def play() -> None:
        assert hook.send(event("tr_1"), "evt_1") == 200
        assert Hook("whsec_new_one", hook.port).send(event("tr_2"), "evt_2") == 200
        assert Hook("whsec_third_one", hook.port).send(event("tr_3"), "evt_3") == 401

    assert listen(project, hook, play).code == 128 + signal.SIGTERM


def test_an_end_that_the_account_does_not_show_yet_is_looked_for_again(
    project: Workspace, hook: Hook, start_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    slow = start_sandbox(render_seconds=1.0, state=tmp_path / "slow")
    project.use(slow)
    project.write_videos("alpha", languages=("ja",))

    def play() -> None:
        wait_for(slow.jobs)
        assert hook.send(event(slow.jobs()[0].id)) == 200
        wait_for(lambda: done(project, 1))

    assert listen(project, hook, play, "--every", "900").code == 128 + signal.SIGTERM
    assert creates(slow) == 1


def test_a_key_that_is_refused_ends_it_at_the_start_and_is_waited_for_later(
    project: Workspace, hook: Hook, sandbox: Sandbox
) -> None:
    sandbox.set_faults("unauthorized=1 on *")
    ran = project.run("listen", "--yes", "--port", str(hook.port))
    assert (ran.code, "HEYGEN_API_KEY" in ran.err) == (7, True), ran.err
    sandbox.set_faults()

    def play() -> None:
        wait_for(lambda: creates(sandbox) == 2)
        sandbox.set_faults("unauthorized=1 on *")
        asked = len(sandbox.requests())
        assert hook.send(event("tr_1"), "evt_1") == 200
        wait_for(lambda: len(sandbox.requests()) > asked)
        assert hook.send(event("tr_2"), "evt_2") == 200
        sandbox.set_faults()
        wait_for(lambda: creates(sandbox) > 2)

    ran = listen(project, hook, play)
    assert (ran.code, "; again in " in ran.err) == (143, True), ran.err


def rounds(clock: HastyClock, workspace: Workspace) -> Callable[[], None]:
    """Let one quarter of an hour after another go by, until all is rendered."""

    def play() -> None:
        while not done(workspace):
            clock.sleep(901)
            time.sleep(0.1)

    return play


def test_a_round_is_made_though_nothing_is_told(
    project: Workspace, hook: Hook, sandbox: Sandbox, hasty_clock: HastyClock
) -> None:
    listing = "GET /v3/webhooks/events"
    sandbox.set_faults(f"missing=1 on {listing}")
    ran = listen(project, hook, rounds(hasty_clock, project))
    assert (ran.code, ran.err.count("HeyGen's list of events: ")) == (143, 1), ran.err
    assert creates(sandbox) == 6


def test_events_that_got_lost_on_their_way_are_found_in_the_list(
    project: Workspace,
    registered: Hook,
    sandbox: Sandbox,
    hasty_clock: HastyClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCALIZE_WEBHOOK_SECRET", SECRET)  # all deliveries are refused
    ran = listen(project, registered, rounds(hasty_clock, project))
    assert re.search("HeyGen lists [246] events that had not come here", ran.err)
    assert "without a signature by the secret" in ran.err
    assert creates(sandbox) == 6


def test_a_listener_that_is_killed_finds_what_it_missed(
    project: Workspace,
    registered: Hook,
    sandbox: Sandbox,
    starters: Callable[[], Starter],
    tmp_path: Path,
) -> None:
    starter, log = starters(), tmp_path / "steps.log"
    options = ("listen", "--yes", "--port", str(registered.port), "--pause", "0.2")
    for number in range(3):
        process = starter.start("count", log, project.folder, options)
        wait_for(lambda number=number: creates(sandbox) >= 2 * number + 2)
        os.kill(process, signal.SIGKILL)
        assert starter.wait() == -signal.SIGKILL
        wait_for(lambda: statuses(sandbox) == {"completed"})  # and nobody is told
    process = starter.start("count", log, project.folder, options)
    wait_for(lambda: done(project))
    os.kill(process, signal.SIGTERM)
    assert starter.wait() == 128 + signal.SIGTERM
    assert len({job.callback_id for job in sandbox.jobs()}) == len(sandbox.jobs()) == 6


def test_two_listeners_of_one_project_double_nothing(
    project: Workspace,
    registered: Hook,
    sandbox: Sandbox,
    starters: Callable[[], Starter],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = Hook("")
    made = project.run("webhooks", "register", other.url)
    secrets = f"{registered.secret} {made.out.strip()}"
    monkeypatch.setenv("LOCALIZE_WEBHOOK_SECRET", secrets)
    both = []
    for number, hook in enumerate((registered, other)):
        starter = starters()
        options = ("listen", "--yes", "--port", str(hook.port), "--pause", "0.1")
        log = tmp_path / f"{number}.log"
        both.append((starter, starter.start("count", log, project.folder, options)))
    wait_for(lambda: done(project) and registered.is_up() and other.is_up())
    for _, process in both:
        os.kill(process, signal.SIGTERM)
    assert [starter.wait() for starter, _ in both] == [128 + signal.SIGTERM] * 2
    assert creates(sandbox) == 6
    assert project.run("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    ("secret", "options", "code"),
    [
        ("", (), "webhook_secret_missing"),
        ("short", (), "webhook_secret_invalid"),
        ('"whsec_in_quotes"', (), "webhook_secret_invalid"),
        (" ".join(["whsec_of_many"] * 6), (), "webhook_secret_invalid"),
        (SECRET, ("--path", "heygen"), "listen_path"),
        (SECRET, ("--path", "/healthz"), "listen_path"),
        (SECRET, ("--path", "/a b"), "listen_path"),
        (SECRET, ("--host", "203.0.113.7"), "listen_address"),
        (SECRET, ("--host", "no..host"), "listen_address"),
        (SECRET, ("-f", "localize.yaml", "-f", "other.yaml"), "project_twice"),
    ],
)
def test_what_cannot_be_listened_with_is_told(
    project: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    secret: str,
    options: tuple[str, ...],
    code: str,
) -> None:
    monkeypatch.setenv("LOCALIZE_WEBHOOK_SECRET", secret)
    (project.folder / "other.yaml").write_text(project.manifest.read_text())
    ran = project.run("listen", "--yes", *options)
    assert (ran.code, f"({code})" in ran.err or code in ran.err) == (2, True), ran.err
    assert secret not in ran.err or not secret


def test_a_manifest_with_a_mistake_ends_it_at_the_start_and_not_later(
    project: Workspace, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = project.manifest.read_text()
    project.write("version: 1")
    assert project.run("listen", "--yes").code == 2
    project.write(good.replace("ja]", "Klingon]"))  # which the account might know
    spy = Spy(monkeypatch)

    def correct() -> None:
        wait_for(lambda: spy.ended == 1)
        project.write("version: 1")
        wait_for(lambda: spy.ended == 2)
        project.write(good)
        wait_for(project.lockfile.exists)

    ran = listen(project, hook, correct, "--every", "1")
    assert ran.code == 128 + signal.SIGTERM, ran.err
    assert ran.err.count("Klingon") == 1
    assert "pass test: localize.yaml:3:27 (languages[2]): 'Klingon' " in ran.err


def test_nobody_agreed(project: Workspace, hook: Hook) -> None:
    ran = project.run("listen")
    assert (ran.code, "localize listen --yes" in ran.err) == (2, True)


def test_a_signature_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Any] = []
    true = deliveries.hmac.compare_digest
    monkeypatch.setattr(
        deliveries.hmac, "compare_digest", lambda *pair: compared.append(pair) or true(*pair)
    )
    secrets = (b"whsec_first", b"whsec_second")
    for signature in (
        "",
        "0" * 64,
        "é" * 64,
        deliveries.hmac.new(secrets[0], b"", "sha256").hexdigest(),
    ):
        compared.clear()
        deliveries.told_by({"heygen-signature": signature}, b"", secrets, 0)
        assert len(compared) == 2


def test_the_latest_events_are_remembered_and_no_more_than_there_is_room_for() -> None:
    memory = Memory(3)
    assert [memory.add((name,)) for name in "abab"] == [True, True, False, False]
    assert memory.keep("bcd") == 2
    assert (len(memory), memory.known("a"), memory.known("d")) == (3, False, True)
    assert not memory.add(("e", "d"))
    assert not memory.known("e")  # where one is known, the others are not taken for seen
