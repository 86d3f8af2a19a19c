"""The key stays where it belongs, and nobody's text steers a terminal or a page.

docs/security.md names what is promised. What a manifest may hold is tested in tests/manifest,
and the transport by itself in tests/heygen.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response
from workspaces import Ran, Workspace

from heygen_localize.core.text import sanitize, strip_controls
from heygen_localize.heygen import responses as answers
from heygen_localize.project.journal import Journal
from heygen_localize.project.lockfile.store import read_lock
from heygen_localize.project.process_lock import journal_path
from heygen_localize.report.markdown import markdown_cell
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.application import Application

KEY = "sk_live_0f1e2d3c4b5a69788796a5b4"
MASK = "[API key]"
TRANSLATIONS = "/v3/video-translations"
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.\u202c\u2066x\u200b\r\n::error::faked"
STEERING = (
    "\x1b]",
    "\x1b[2J",
    "\x07",
    "\x9b",
    "\u202e",
    "\u202c",
    "\u2066",
    "\u200b",
    "\n::error::faked",
)
Answering = Callable[[Request], Response | None]


@pytest.fixture(autouse=True)
def no_log_of_another_test() -> Iterator[None]:
    """Take away the handler that -v leaves, which writes to this test's standard error."""
    yield
    logging.getLogger("heygen_localize").handlers = []


@pytest.fixture
def account(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Sandbox:
    """Lead the command line to a sandbox with a key like a true one, and to one target."""
    sandbox = start_sandbox(api_key=KEY, render_seconds=0.05)
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    return sandbox


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answering], None]:
    """Let the sandbox answer otherwise where the function gives an answer."""
    respond = Application._respond

    def use(answer: Answering) -> None:
        def instead(self: Application, request: Request) -> Response:
            return answer(request) or respond(self, request)

        monkeypatch.setattr(Application, "_respond", instead)

    return use


def refusal(status: int, told: str, **headers: str) -> Response:
    body = json.dumps({"error": {"code": told, "message": f"No: {told}!"}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status=status, headers=named, content_type="application/json")


def success(data: object, **envelope: object) -> Response:
    return Response(json.dumps({"data": data} | envelope), content_type="application/json")


def files_with(folder: Path, secret: str) -> list[str]:
    """Name the files below a folder that hold a text."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return [str(path) for path in found if secret.encode() in path.read_bytes()]


# The key goes to the API base only


COMMANDS = (
    ("plan",),
    ("apply", "--yes"),
    ("doctor",),
    ("validate", "--online"),
    ("languages", "--online"),
    ("import", "alpha/ja", "tr_1"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_another_host_never_sees_the_key(
    account: Sandbox,
    start_sandbox: Callable[..., Sandbox],
    workspace: Workspace,
    tmp_path: Path,
    command: tuple[str, ...],
) -> None:
    other = start_sandbox(state=tmp_path / "other", api_key=KEY)
    account.set_faults(f"redirect=1:{other.base_url}{TRANSLATIONS} on *")
    ran = workspace.run(*command)
    assert ran.code == 4
    assert "302" in ran.out + ran.err
    assert account.requests()
    assert not other.requests()


def test_no_request_of_a_whole_life_carries_the_key_elsewhere(
    account: Sandbox, workspace: Workspace
) -> None:
    for command in (*COMMANDS[:-1], ("status",), ("apply", "--yes")):
        assert workspace.run(*command).code == 0
    (entry,) = workspace.lock()["targets"].values()
    assert workspace.run("import", "alpha/ja", entry["translation_id"]).code == 0
    notes = account.requests()
    assert notes
    assert all(note.path.startswith("/v3/") for note in notes)
    assert not account.key_leaks()
    assert not files_with(workspace.folder, KEY)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_base_with_credentials_is_refused_unquoted(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, command: tuple[str]
) -> None:
    base = account.base_url.replace("http://", "http://somebody:pass-word@")
    monkeypatch.setenv("HEYGEN_API_BASE", base)
    ran = workspace.run(*command)
    assert ran.code == 2
    assert "without credentials" in ran.out + ran.err
    assert "pass-word" not in ran.out + ran.err
    assert KEY not in ran.out + ran.err
    assert not account.requests()


# The key is in no output and in no file


@dataclass(frozen=True)
class Leak:
    """A way to fail with the key in hand: which request, what answer, and whether it is quoted."""

    name: str
    method: str
    answer: Callable[[], Response]
    code: int
    quoted: bool = False


def dropped() -> Response:
    raise ConnectionResetError


def job(**parts: object) -> dict[str, object]:
    return {"id": "tr_1", "status": "failed", "output_language": "Japanese"} | parts


def page(**parts: object) -> Response:
    return success([job(**parts)], has_more=False, next_token=None)


ESCAPED = "".join(f"\\u{ord(char):04x}" for char in KEY)
LEAKS = (
    Leak("401 on a read", "GET", lambda: refusal(401, KEY), 7, True),
    Leak("401 on an order", "POST", lambda: refusal(401, KEY), 7, True),
    Leak("402 on an order", "POST", lambda: refusal(402, KEY), 7, True),
    Leak("400 on an order", "POST", lambda: refusal(400, KEY), 1, True),
    Leak("400 with line breaks", "POST", lambda: refusal(400, f"a\r\n{KEY}\x1b{KEY}"), 1, True),
    Leak(
        "400 in other letters",
        "POST",
        lambda: Response(f'{{"error": {{"code": "x", "message": "{ESCAPED}"}}}}', status=400),
        1,
        True,
    ),
    Leak("429 on a read", "GET", lambda: refusal(429, KEY, Retry_After=KEY), 4, True),
    Leak("500 on a read", "GET", lambda: refusal(500, KEY), 4, True),
    Leak("500 on an order", "POST", lambda: refusal(500, KEY, Retry_After="9"), 6, True),
    Leak("HTML", "GET", lambda: Response(f"<html>{KEY}</html>", status=502), 4),
    Leak("HTML with 200", "GET", lambda: Response(f"<html>{KEY}</html>"), 4),
    Leak("a cut body", "GET", lambda: Response(f'{{"data": ["{KEY}"'), 4),
    Leak("a redirect", "GET", lambda: Response("", 302, {"Location": f"/{KEY}"}), 4),
    Leak("no answer", "GET", dropped, 4),
)


def forms(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ran]:
    """Apply in every form of output: lines, log, JSON, Markdown, annotations, live progress."""
    apply = ("apply", "--yes", "--timeout", "0.3")
    yield workspace.run(*apply, "-v")
    yield workspace.run(*apply, "--format", "json")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    yield workspace.run(*apply, "--format", "markdown")
    with monkeypatch.context() as terminal:
        terminal.setenv("TERM", "xterm-256color")
        terminal.setattr(sys.stderr, "isatty", lambda: True)
        yield workspace.run(*apply)


@pytest.mark.few(6)
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.name)
def test_no_failure_shows_or_keeps_the_key(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answering: Callable[[Answering], None],
    leak: Leak,
) -> None:
    caplog.set_level(logging.DEBUG)

    def answer(request: Request) -> Response | None:
        listed = request.path.endswith(("/languages", "/me"))
        return leak.answer() if request.method == leak.method and not listed else None

    answering(answer)
    for ran in forms(workspace, monkeypatch):
        assert ran.code == leak.code, ran.err
        assert KEY not in ran.out + ran.err
        assert (MASK in ran.out + ran.err) is leak.quoted
    assert KEY not in caplog.text
    assert not files_with(workspace.folder, KEY)


@pytest.mark.parametrize("status", [401, 500])
def test_the_doctor_shows_no_key(
    account: Sandbox,
    workspace: Workspace,
    answering: Callable[[Answering], None],
    status: int,
) -> None:
    answering(lambda _: refusal(status, KEY))
    for flags in ((), ("-v",), ("--format", "json")):
        ran = workspace.run("doctor", *flags)
        assert ran.code == (7 if status == 401 else 4)
        assert MASK in ran.out
        assert KEY not in ran.out + ran.err


def test_what_a_job_says_of_itself_brings_no_key_into_the_lockfile(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    answering: Callable[[Answering], None],
) -> None:
    told = f"refused for {KEY}"

    def answer(request: Request) -> Response | None:
        if request.path == f"{TRANSLATIONS}/tr_1":
            return success(job(failure_message=told, title=KEY))
        if request.path == f"{TRANSLATIONS}/statuses":
            return success([{"video_id": "tr_1", "status": "failed"}])
        if request.method == "POST":
            return success({"video_translation_ids": ["tr_1"]})
        return None

    answering(answer)
    ran = workspace.run("apply", "--yes", "-v")
    assert ran.code == 1
    assert f"refused for {MASK}" in ran.out + ran.err
    assert journal_path(workspace.manifest).exists()
    assert f"refused for {MASK}" in workspace.run("status").out
    assert files_with(workspace.folder, MASK) == [str(workspace.lockfile)]
    assert not files_with(workspace.folder, KEY)
    assert KEY not in ran.out + ran.err


def test_a_key_short_enough_to_stand_in_an_id_masks_no_answer(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(api_key="test")  # the project's name too, so it is in every mark
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    workspace.lockfile.unlink()
    journal_path(workspace.manifest).unlink()
    ran = workspace.run("plan", "--format", "json")
    assert ran.json()["summary"] == {"adopt": 1}


def test_the_journal_holds_no_key(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    journal = journal_path(workspace.manifest)
    assert journal.stat().st_size
    assert not files_with(workspace.folder, KEY)


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("doctor",)])
def test_a_bug_shows_no_key(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, command: tuple[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"with {KEY} in hand{HOSTILE}")

    monkeypatch.setattr("heygen_localize.heygen.client.Client.languages", broken)
    ran = workspace.run(*command, "-v")
    assert ran.code == 70
    assert f"with {MASK} in hand" in ran.err
    assert KEY not in ran.out + ran.err
    assert not [char for char in STEERING[:-1] if char in ran.err]
    assert not files_with(workspace.folder, KEY)


# Texts of others steer no terminal and no page


def assert_steady(ran: Ran) -> None:
    for sequence in STEERING:
        assert sequence not in ran.out + ran.err, repr(ran.out + ran.err)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_refusal_of_the_vendors_is_cleaned(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    answering: Callable[[Answering], None],
    status: int,
) -> None:
    answering(lambda request: refusal(status, HOSTILE) if request.method == "POST" else None)
    for ran in forms(workspace, monkeypatch):
        assert "gnp." in ran.out + ran.err
        assert_steady(ran)


def test_what_a_job_says_of_itself_is_cleaned(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    answering: Callable[[Answering], None],
) -> None:
    workspace.write_videos("alpha", languages=("ja",), extra="limits: {max_attempts: 1}")
    workspace.run("apply", "--yes", "--no-wait")
    (order,) = [note.body for note in account.requests() if note.method == "POST"]
    assert isinstance(order, dict)
    hostile = job(
        failure_message=HOSTILE, title=HOSTILE, callback_id=order["callback_id"], created_at=1
    )

    def answer(request: Request) -> Response | None:
        if request.method == "GET" and request.path == TRANSLATIONS:
            return success([hostile], has_more=False, next_token=None)
        return success(hostile) if request.path.startswith(f"{TRANSLATIONS}/tr_") else None

    answering(answer)
    workspace.lockfile.unlink()
    journal_path(workspace.manifest).unlink()
    for ran in forms(workspace, monkeypatch):
        assert ran.code == 1
        assert "gnp." in ran.out + ran.err
        assert_steady(ran)
    for flags in ((), ("--format", "json"), ("--format", "markdown")):
        ran = workspace.run("plan", *flags)
        assert ran.code == 0
        assert_steady(ran)


def edit_lock(workspace: Workspace, **parts: object) -> None:
    """Change the one entry of the lockfile by hand."""
    document = workspace.lock()
    (entry,) = document["targets"].values()
    entry.update(parts)
    workspace.lockfile.write_text(json.dumps(document), encoding="utf-8")


def test_a_lockfile_edited_by_hand_steers_nothing(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("apply", "--yes").code == 0
    edit_lock(
        workspace,
        status="failed",
        failure_message=HOSTILE,
        title=HOSTILE,
        language=f"Japanese{HOSTILE}",
    )
    for flags in ((), ("--format", "json"), ("--format", "markdown")):
        for command in ("status", "plan"):
            ran = workspace.run(command, *flags)
            assert_steady(ran)
            if command == "status":
                assert ran.code == 0
                assert "Japanese" in ran.out
                assert "gnp." in ran.out
    assert_steady(workspace.run("doctor"))


def test_a_lockfile_is_cleaned_where_it_is_read(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("apply", "--yes").code == 0
    (entry,) = workspace.lock()["targets"].values()
    told = ("fingerprint", "translation_id")
    serving = {name: entry[name] for name in told} | {"status": "completed"}
    edit_lock(
        workspace,
        failure_message=HOSTILE,
        language=HOSTILE,
        serving=serving | {"failure_message": HOSTILE},
    )
    lock = read_lock(workspace.lockfile)
    assert lock is not None
    (read,) = lock.entries.values()
    assert read.language == read.job.failure_message == sanitize(HOSTILE)
    assert read.serving is not None
    assert read.serving.failure_message == sanitize(HOSTILE)


def test_a_cell_of_markdown_is_clean_and_escaped() -> None:
    cell = markdown_cell(HOSTILE)
    assert not [sequence for sequence in STEERING if sequence in cell]
    assert cell.startswith("\\]0;owned\\[2J")


@pytest.mark.parametrize("flags", [(), ("--format", "json")])
def test_a_damaged_lockfile_is_told_without_its_sequences(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    entry = {"status": HOSTILE, HOSTILE: HOSTILE}
    document = {"lockfile_version": 1, "project": "test", "targets": {HOSTILE: entry}}
    workspace.lockfile.write_text(json.dumps(document), encoding="utf-8")
    for command in ("status", "doctor"):
        ran = workspace.run(command, *flags)
        assert ran.code == 2
        assert_steady(ran)


@pytest.mark.parametrize("sequence", ["\x07", "\x9b31m", "\u202e", "\u2066"])
def test_a_link_in_a_lockfile_that_would_steer_is_damage(
    account: Sandbox, workspace: Workspace, sequence: str
) -> None:
    assert workspace.run("apply", "--yes").code == 0
    edit_lock(workspace, outputs={"video_url": f"https://cdn.example.com/{sequence}"})
    ran = workspace.run("status", "--format", "json")
    assert ran.code == 2
    assert sequence not in ran.out


LINE = {
    "address": "alpha/ja",
    "answered_at": 1795332689.0,
    "callback_id": f"lz1:test:{'0' * 32}",
    "language": "Japanese",
    "title": None,
    "translation_id": "tr_1",
}


def test_a_journal_edited_by_hand_steers_nothing(account: Sandbox, workspace: Workspace) -> None:
    path = journal_path(workspace.manifest)
    path.parent.mkdir(parents=True)
    texts = dict.fromkeys(("address", "callback_id", "language", "title"), HOSTILE)
    path.write_text(json.dumps(LINE | texts | {"answered_at": 4e9}) + "\n")
    (answer,) = Journal(path).read()
    assert answer.address == answer.callback_id == answer.language == sanitize(HOSTILE)
    for command in (("plan",), ("apply", "--yes"), ("status",), ("doctor",)):
        ran = workspace.run(*command)
        assert ran.code == 0, ran.err
        assert_steady(ran)


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(LINE | {"answered_at": 1e999}),
        json.dumps(LINE | {"answered_at": float("nan")}),
        json.dumps(LINE | {"answered_at": -1}),
        json.dumps(LINE | {"title": ["Hello"]}),
        json.dumps(LINE | {"translation_id": "../../v3/users/me"}),
        "[" * 100_000,
    ],
    ids=["endless", "no number", "before 1970", "title", "id", "nested"],
)
def test_a_line_that_is_no_answer_is_damage_and_no_crash(
    account: Sandbox, workspace: Workspace, line: str
) -> None:
    path = journal_path(workspace.manifest)
    path.parent.mkdir(parents=True)
    path.write_text(f"{line}\n{json.dumps(LINE)}\n")
    for command in (("plan",), ("apply", "--yes"), ("doctor",)):
        ran = workspace.run(*command)
        assert ran.code == 2, ran.err
        assert "the journal is damaged" in ran.out + ran.err


@pytest.mark.parametrize(
    "text", ["a \u200b b", "a\u202e \x1b b", " \x85a", "\x1c", "x" * 2001, "x " * 2000, HOSTILE]
)
def test_what_was_cleaned_once_stays_as_it_is(text: str) -> None:
    once = sanitize(text)
    assert sanitize(once) == once
    assert "  " not in once
    assert strip_controls(once) == once


def test_a_clean_lockfile_stays_the_same_to_the_byte_whatever_the_vendor_said(
    account: Sandbox, workspace: Workspace
) -> None:
    workspace.write_videos("alpha", languages=("ja",), extra="limits: {max_attempts: 1}")
    account.set_faults("fail_job=1:no \u200b\x1b sound on POST")
    assert workspace.run("apply", "--yes").code == 1
    before = workspace.lockfile.read_bytes()
    (entry,) = workspace.lock()["targets"].values()
    assert entry["failure_message"] == "no sound"
    assert workspace.run("apply", "--yes").code == 1
    assert workspace.lockfile.read_bytes() == before


# Answers without end


def test_an_answer_without_end_is_let_go(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    answering: Callable[[Answering], None],
) -> None:
    assert answers._LARGEST_ANSWER <= 64 * 1024 * 1024
    monkeypatch.setattr(answers, "_LARGEST_ANSWER", 300_000)
    sent: list[int] = []

    def chunks() -> Iterator[bytes]:
        for _ in range(2_000):
            sent.append(1)
            yield b" " * 65_536

    def answer(request: Request) -> Response | None:
        return Response(chunks()) if request.path == TRANSLATIONS else None

    answering(answer)
    ran = workspace.run("plan")
    assert ran.code == 4
    assert "the answer is too large" in ran.err
    assert sum(sent) < 2_000


# A stranger's manifest


def write_hostile(workspace: Workspace, key: str) -> None:
    text = json.dumps("no\u202egnp.\u2066\u200b")
    workspace.write(
        "version: 1\nproject: test\nlanguages: [fr-FR, ja]\nvideos:\n"
        f"  alpha: {{source: 'https://cdn.example.com/a.mp4', {key}: {text}}}\n"
    )


@pytest.mark.parametrize("key", ["skip", "title"])
def test_texts_of_a_manifest_reorder_no_report(
    account: Sandbox, workspace: Workspace, key: str
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    workspace.manifest.write_text(workspace.manifest.read_text().replace("alpha.mp4", "a.mp4"))
    assert workspace.run("apply", "--yes").code == 0
    write_hostile(workspace, key)
    for form in ("text", "json", "markdown"):
        for command in ("plan", "status"):
            ran = workspace.run(command, "--format", form)
            assert ran.code == 0
            assert_steady(ran)
            if form != "json":
                assert ("gnp." in ran.out) is (key == "skip" or command == "plan")
    shown = workspace.run("validate", "--show")
    assert_steady(shown)
    assert "gnp." in shown.out


@pytest.mark.parametrize("flags", [(), ("--format", "json")])
def test_the_name_of_an_included_file_steers_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    name = HOSTILE.replace("\r", "") + ".yaml"
    (workspace.folder / "videos").mkdir()
    (workspace.folder / "videos" / name).write_text("- no mapping\n")
    workspace.write("version: 1\nproject: test\nlanguages: [ja]\ninclude: ['videos/*.yaml']\n")
    ran = workspace.run("validate", *flags)
    assert ran.code == 2
    assert "gnp." in ran.out + ran.err
    for sequence in STEERING[:-1]:
        assert sequence not in ran.out + ran.err
    annotations = [line for line in ran.err.splitlines() if line.startswith("::error ")]
    assert annotations


def test_a_warning_about_an_included_file_steers_nothing(workspace: Workspace) -> None:
    name = HOSTILE.replace("\r", "") + ".yaml"
    (workspace.folder / "videos").mkdir()
    video = "videos:\n  b: {source: 'asset:1', fps_mode: cfr}\n"
    (workspace.folder / "videos" / name).write_text(video)
    workspace.write("version: 1\nproject: test\nlanguages: [ja]\ninclude: ['videos/*.yaml']\n")
    ran = workspace.run("validate")
    assert ran.code == 0, ran.err
    assert "warning: " in ran.err
    assert "gnp." in ran.err
    for sequence in STEERING[:-1]:
        assert sequence not in ran.out + ran.err


def test_where_else_a_strangers_manifest_is_held_in_bounds() -> None:
    """Templates, paths and YAML are tested where they are read; those tests must exist."""
    folder = Path(__file__).parent.parent / "manifest"
    told: dict[str, Any] = {path.name: path.read_text() for path in folder.glob("test_*.py")}
    for name, test in (
        ("test_manifest_mistakes.py", "test_templates_that_are_refused"),
        ("test_manifest_sources.py", "test_a_link_may_not_lead_out_of_the_root"),
        ("test_manifest_sources.py", "test_the_git_root_is_the_bound"),
        ("test_manifest_yaml.py", "test_alias_bomb"),
        ("test_manifest_yaml.py", "test_a_file_of_fifty_megabytes_is_not_read"),
    ):
        assert f"def {test}(" in told[name]
