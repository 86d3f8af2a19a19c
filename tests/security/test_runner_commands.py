"""Nothing that others wrote reaches the log of a CI system as a command, on either stream."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from workspaces import Workspace

from heygen_localize.cli.shell import Shell
from heygen_localize.cli.streams import write
from heygen_localize.core.errors import Diagnostic, Where
from heygen_localize.core.text import inert, steers
from heygen_localize.report.markdown import markdown_cell
from heygen_localize.report.problems import github_annotations, problems_json, problems_markdown
from heygen_localize.sandbox import Sandbox

sys.path.insert(0, str(Path(__file__).parents[2] / "ci" / "action"))

COMMANDS = (
    "::add-mask::x",
    "::stop-commands::x",
    "  ::error file=a,line=1::x",
    "\u200b::add-mask::x",
    ":\u00ad:add-mask::x",
    "##[add-mask]x",
    "text ##[error]x",
    "#\u200b#[error]x",
    "###[group]x",
    "##vso[task.setvariable variable=PATH]x",
    "##teamcity[buildStatus status='SUCCESS']",
    "\x1b[0Ksection_start:1560896352:name\r\x1b[0Kx",
    "section_end:1560896352:name\r\x1b[0K",
    "#\x1b[0m#[error]x",
    ":\x1b[0m:error::x",
)
BREAKS = ("", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", " ", "a\n \t")
_COMMAND = re.compile(
    # As the runners look for them, whatever they take for the end of a line, and for nothing.
    r"(?:^|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])[\s\u00ad\u200b-\u200f\u2060\ufeff]*"
    r":[\u00ad\u200b-\u200f\u2060\ufeff]*:"
    r"|#[\u00ad\u200b-\u200f\u2060\ufeff]*#[\w.\u00ad\u200b-\u200f\u2060\ufeff]*\["
    r"|section_(?:start|end):\d+:[^\r\n]*\r\x1b"
    r"|\x1b",
)
OWN = re.compile(r"^::(?:error|warning|notice)(?: [a-z]+=[^:,\n]*(?:,[a-z]+=[^:,\n]*)*)?::", re.M)


def commands(text: str) -> list[str]:
    """Give what a runner would obey, but for annotations that are ours."""
    return [found[0] for found in _COMMAND.finditer(OWN.sub("OURS ", text))]


PIECES = st.sampled_from([":", "::", "#", "##", "[", "\n", "\r", " ", "\x1b", *COMMANDS])
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12).map("".join)


@given(TEXTS)
@example("\n::add-mask::x")
@example(":\u2028::")
@example("a \u2028:\u2028:\u2029::")
def test_an_inert_text_holds_no_command_and_stays_so(text: str) -> None:
    found = inert(text)
    assert commands(found) == []
    assert not steers(found)
    assert inert(found) == found


@given(TEXTS)
def test_a_step_of_the_action_says_nothing_else(text: str) -> None:
    from workflow import inert as of_step

    assert commands(of_step(text)) == []
    assert "\n" not in of_step(text)


@pytest.mark.parametrize(
    "text",
    ["a::b", "http://[::1]:80/x ok", "### Localization\n\n- x", "# 1 [a](b)", "C::D\tx\n", "é: x"],
)
def test_what_is_no_command_stays_as_it_is(text: str) -> None:
    assert inert(text) == text
    assert not steers(text)


@given(TEXTS)
def test_an_annotation_is_one_line_with_one_command(text: str) -> None:
    problem = Diagnostic("code", text, Where(file=text or None, line=3), hint=text)
    told = github_annotations([problem])
    assert len(told.splitlines()) == 1
    assert commands(told) == []
    head = OWN.match(told)
    assert head is not None
    assert head[0].count("::") == 2


@given(TEXTS)
def test_json_and_markdown_hold_none_and_json_keeps_its_values(text: str) -> None:
    problem = Diagnostic("code", text, Where(file=text), hint=text)
    told = problems_json([problem])
    assert inert(told) == told
    assert commands(told) == []
    assert json.loads(told)["errors"][0]["message"] == text
    assert commands(inert(problems_markdown([problem]))) == []
    assert commands("| " + markdown_cell(text)) == []


@pytest.fixture(autouse=True)
def runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let GitHub Actions run us."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("CI", "true")


@pytest.fixture
def obeyed(capfd: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    """Give what the runner would have obeyed so far."""

    def look() -> list[str]:
        told = capfd.readouterr()
        return commands(told.out) + commands(told.err)

    return look


@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_both_streams_go_through_the_guard(command: str, obeyed: Callable[[], list[str]]) -> None:
    for end in BREAKS:
        text = f"{end}{command}{end}"
        for err in (False, True):
            write(text + "\n", err=err)
        shell = Shell()
        shell.say(text)
        shell.report(text)
        shell.show_problems([Diagnostic("code", text, Where(file=text), hint=text)])
        assert obeyed() == [], ascii(text)


def _fields(text: str) -> Iterator[str]:
    """Write manifests with a text in each place that some error quotes."""
    told = json.dumps(text)
    head = "version: 1\nproject: test\nlanguages: [ja]\n"
    video = "  intro: {source: 'https://cdn.example.com/intro.mp4'"
    yield f"version: 1\nproject: {told}\nlanguages: [ja]\nvideos:\n{video}}}\n"
    yield f"version: 1\nproject: test\nlanguages: [{told}]\nvideos:\n{video}}}\n"
    yield f"{head}videos:\n{video}, title: {told}}}\n"
    yield f"{head}videos:\n  intro: {{source: {told}}}\n"
    yield f"{head}videos:\n{video}, {told}: 1}}\n"
    yield f"{head}videos:\n  {told}: {{source: 'https://cdn.example.com/intro.mp4'}}\n"
    yield f"{head}include: [{told}]\nvideos:\n{video}}}\n"
    yield f"{head}outputs: {{video: {told}}}\nvideos:\n{video}}}\n"
    yield f"{head}groups: {{{told}: [ja]}}\nvideos:\n{video}}}\n"
    yield f"{head}videos: # {text}\n{video}, mode: {told}}}\n"
    yield f"{head}{text}\n"


@pytest.mark.few(20)
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_no_field_of_a_manifest_gives_a_command(
    command: str, form: str, workspace: Workspace
) -> None:
    # Each field with each command and each form, and with each way to begin a line.
    texts = (command, f"\n{command}\n", f"\u2028{command}")
    turn = COMMANDS.index(command)
    manifests = (tuple(_fields(text)) for text in texts)
    for place, written in enumerate(zip(*manifests, strict=True)):
        workspace.write(written[(turn + place) % len(texts)])
        ran = workspace.run("plan", "--offline", "--format", form)
        assert commands(ran.out) == [], workspace.manifest.read_text()
        assert commands(ran.err) == [], workspace.manifest.read_text()


@pytest.mark.few(8)
@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_no_argument_path_or_variable_gives_a_command(
    command: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"\n{command}\n"
    workspace.write_videos("intro")
    lines = [
        ("plan", "--offline", "--file", text),
        ("plan", "--offline", "--target", text),
        ("plan", "--offline", text),
        (text,),
        (f"--{text}",),
        ("plan", f"--{text}"),
        ("plan", "--offline", "--format", text),
        ("plan", "--offline", "--out", f"{text}/x"),
        ("forget", text),
        ("import", text, text),
        ("lock", "check", "-f", text),
        ("proofread", "diff", text),
        ("apply", text),
    ]
    for arguments in lines:
        ran = workspace.run(*arguments)
        assert commands(ran.out) + commands(ran.err) == [], arguments
    for name in ("HEYGEN_API_BASE", "LOCALIZE_APPLY_TIMEOUT", "LOCALIZE_PLAN_FILE"):
        with monkeypatch.context() as patched:
            patched.setenv("HEYGEN_API_KEY", "key")
            patched.setenv(name, text)
            for arguments in (("plan",), ("apply", "--yes")):
                ran = workspace.run(*arguments)
                assert commands(ran.out) + commands(ran.err) == [], name


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_what_the_vendor_says_of_failures_gives_no_command(
    form: str, workspace: Workspace, start_sandbox: Callable[..., Sandbox]
) -> None:
    workspace.write_videos("intro")
    sandbox = start_sandbox(faults=("fail_job=1 on POST times 3",))
    workspace.use(sandbox)
    ran = workspace.run("apply", "--yes", "--poll-interval", "0.05", "-v", "--format", form)
    assert ran.code == 1
    lock = workspace.lock()
    for number, entry in enumerate(lock["targets"].values()):
        entry["failure_message"] = "\n" + COMMANDS[number]
        entry["title"] = "\u2028" + COMMANDS[number + 5]
    workspace.lockfile.write_text(json.dumps(lock))
    for arguments in (("status",), ("plan",), ("refresh",), ("plan", "--offline", "-v")):
        shown = workspace.run(*arguments, *(("--format", form) if form != "markdown" else ()))
        assert commands(shown.out) + commands(shown.err) == [], arguments
    assert commands(ran.out) + commands(ran.err) == []


def test_what_a_library_warns_of_gives_no_command(
    obeyed: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging

    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    logging.getLogger("some.library").warning("\n::add-mask::x")
    logging.getLogger("some.library").warning("##[error]x")
    assert obeyed() == []


def test_a_sheet_that_a_log_would_obey_goes_into_files_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from heygen_localize.cli.proofread.sheets import _write_bytes
    from heygen_localize.core.errors import UsageError

    with pytest.raises(UsageError, match="would run a part of this sheet"):
        _write_bytes(b'1,"\r\n::add-mask::x"\r\n')
    _write_bytes(b"1,plain\r\n")
    assert capsys.readouterr().out == "1,plain\r\n"
