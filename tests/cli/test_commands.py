"""The commands one by one: their help, their options, and how a command line may end."""

from __future__ import annotations

import json
import logging
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from workspaces import Workspace, creates

from heygen_localize import __version__
from heygen_localize.sandbox import Sandbox

COMMANDS = (
    "init",
    "add",
    "validate",
    "plan",
    "apply",
    "status",
    "jobs",
    "costs",
    "pull",
    "check",
    "accept",
    "policy",
    "refresh",
    "proofread",
    "report",
    "import",
    "lock",
    "state",
    "worker",
    "fleet",
    "listen",
    "webhooks",
    "forget",
    "prune",
    "doctor",
    "explain",
    "languages",
    "glossaries",
    "completion",
    "schema",
    "sandbox",
    "demo",
)
NO_CHOICE = (
    "init",
    "add",
    "explain",
    "import",
    "completion",
    "sandbox",
    "demo",
    "worker",
    "listen",
)
KEY = "sk_live_0f1e2d3c4b5a"


@pytest.fixture(autouse=True)
def no_log_of_another_test() -> Iterator[None]:
    """Take away the handler that -v leaves, which writes to this test's standard error."""
    yield
    logging.getLogger("heygen_localize").handlers = []


# Help and usage


def test_version(workspace: Workspace) -> None:
    ran = workspace.run("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"localize {__version__}\n", "")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command(workspace: Workspace, flag: str) -> None:
    ran = workspace.run(flag)
    assert ran.code == 0
    listed = re.findall(r"^  ([a-z]+)  +[A-Z]", ran.out, re.MULTILINE)
    assert tuple(listed) == COMMANDS
    assert "Try it without a key: localize demo" in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_keeps_the_lines_of_its_examples(
    workspace: Workspace, command: str
) -> None:
    ran = workspace.run(command, "--help")
    assert ran.code == 0
    assert ran.err == ""
    assert ran.out.startswith(f"Usage: localize {command} [OPTIONS]")
    assert "\b" not in ran.out
    _, _, rest = ran.out.partition("  Example")
    examples = rest.split("\n\n")[0].splitlines()[1:]
    assert examples
    assert all(line.startswith(f"    localize {command}") for line in examples)


@pytest.mark.parametrize(
    "command",
    [
        name
        for name in COMMANDS
        if name not in ("proofread", "lock", "state", "fleet", "webhooks", "policy")
    ],
)
def test_a_form_is_offered_only_where_there_is_a_choice(workspace: Workspace, command: str) -> None:
    text = workspace.run(command, "--help").out
    assert ("--format" in text) is (command not in NO_CHOICE)
    assert "--quiet" in text
    assert "--verbose" in text


WRONG = [
    (("frobnicate",), "No such command 'frobnicate'", "localize"),
    (("stauts",), "No such command 'stauts'. Did you mean 'status'?", "localize"),
    (("run",), "No such command 'run'.\n", "localize"),
    (("pruen",), "No such command 'pruen'. Did you mean 'prune'?", "localize"),
    (("plan", "--frobnicate"), "No such option '--frobnicate'", "localize plan"),
    (("plan", "extra"), "Got unexpected extra argument", "localize plan"),
    (("plan", "--max-new", "many"), "'many' is not a valid integer", "localize plan"),
    (("apply", "--timeout", "-1"), "-1", "localize apply"),
    (("status", "--format", "xml"), "'xml' is not one of 'text', 'json', 'markdown'", None),
    (("sandbox", "--port", "70000"), "70000", "localize sandbox"),
    (("validate", "-f", "."), "'.' is a directory", "localize validate"),
]


@pytest.mark.parametrize(("arguments", "message", "path"), WRONG, ids=lambda value: str(value))
def test_a_command_line_that_is_none(
    workspace: Workspace, arguments: tuple[str, ...], message: str, path: str | None
) -> None:
    ran = workspace.run(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert message in ran.err.replace("No such option: --", "No such option '--")
    assert "--help" in ran.err
    if path is None:
        return
    for flag in (("--format", "json"), ("--format=json",)):
        machine = workspace.run(*arguments, *flag)
        assert machine.code == 2
        assert machine.err == ""
        (error,) = machine.json()["errors"]
        assert error["code"] == "usage"
        assert error["hint"] == f"see {path} --help"


def test_no_command_at_all_shows_the_help(workspace: Workspace) -> None:
    ran = workspace.run()
    assert "Usage: localize [OPTIONS] COMMAND" in ran.out + ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("words", "completed"),
    [("localize statu", "status"), ("localize plan --det", "--detailed-exitcode")],
)
def test_shells_complete_commands_and_options(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
    completed: str,
) -> None:
    monkeypatch.setenv("_LOCALIZE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    with pytest.raises(SystemExit) as ended:
        workspace.run()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"plain,{completed}\n"


def test_shells_complete_nothing_after_a_slip(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_LOCALIZE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "localize stauts --")
    monkeypatch.setenv("COMP_CWORD", "2")
    with pytest.raises(SystemExit) as ended:
        workspace.run()
    assert ended.value.code == 0
    assert capsys.readouterr().err == ""


# validate


def test_validate_counts_what_it_found(workspace: Workspace) -> None:
    workspace.write_videos("alpha", "beta")
    ran = workspace.run("validate")
    assert ran.code == 0
    assert ran.out == "localize.yaml is valid: 6 targets, 2 videos, 3 languages.\n"
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("validate")
    assert ran.out == "localize.yaml is valid: 1 target, 1 video, 1 language.\n"


LAYERED = """\
version: 1
project: test
defaults: {mode: precision, title: "{{ video.id }}!"}
languages:
  ja: {speaker_num: 2}
videos:
  alpha:
    source: asset:8f2c
    disable_music_track: true
    languages: {ja: {revision: 3}}
outputs: {video: "out/{{ video.id }}.mp4"}
"""


def test_validate_shows_every_option_with_its_origin(workspace: Workspace) -> None:
    workspace.write(LAYERED)
    ran = workspace.run("validate", "--show")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "alpha/ja  Japanese"
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in lines[1:-2]}
    document = workspace.run("validate", "--format", "json").json()
    (target,) = document["targets"]
    assert list(rows) == ["source", "fingerprint", *target["options"], "outputs.video"]
    assert rows["source"] == "asset:8f2c"
    assert rows["fingerprint"] == target["fingerprint"][:32]
    assert rows["mode"] == '"precision" defaults localize.yaml:3:18 (defaults.mode)'
    assert rows["title"] == '"alpha!" defaults localize.yaml:3:36 (defaults.title)'
    assert rows["speaker_num"] == "2 languages localize.yaml:5:21 (languages.ja.speaker_num)"
    track = "true video localize.yaml:9:26 (videos.alpha.disable_music_track)"
    assert rows["disable_music_track"] == track
    assert rows["revision"] == (
        "3 language of the video localize.yaml:10:32 (videos.alpha.languages.ja.revision)"
    )
    assert rows["srt"] == "null built-in default"
    assert rows["outputs.video"] == "out/alpha.mp4"
    assert lines[-1] == "localize.yaml is valid: 1 target, 1 video, 1 language."


def test_validate_for_machines(workspace: Workspace) -> None:
    workspace.write(LAYERED + "include: ['more/*.yaml']\n")
    document = workspace.run("validate", "--format", "json").json()
    assert document["format_version"] == 1
    assert document["project"] == "test"
    (target,) = document["targets"]
    assert target["address"] == "alpha/ja"
    assert target["language"] == "Japanese"
    assert target["source"] == {"kind": "asset", "reference": "8f2c"}
    assert target["options"]["mode"] == {
        "value": "precision",
        "from": "defaults",
        "file": "localize.yaml",
        "line": 3,
    }
    assert target["outputs"] == {"video": "out/alpha.mp4"}
    (warning,) = document["warnings"]
    assert warning["code"] == "include_no_match"
    assert warning["where"]["line"] == 12


def test_validate_online_takes_the_vendors_languages(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja", "Klingon"))
    assert workspace.run("validate").code == 2
    assert workspace.run("validate", "--online").code == 2
    names = ("Japanese", "Klingon")
    monkeypatch.setattr(
        "heygen_localize.sandbox.endpoints.translations.language_names", lambda: names
    )
    ran = workspace.run("validate", "--online")
    assert ran.code == 0
    assert "2 targets" in ran.out
    workspace.write_videos("alpha", languages=("ja", "fr-FR"))
    assert workspace.run("validate").code == 0
    assert workspace.run("validate", "--online").code == 2


# languages


def test_languages_are_listed_by_tag_and_name(workspace: Workspace) -> None:
    ran = workspace.run("languages")
    assert ran.code == 0
    rows = [re.split(r"  +", line, maxsplit=1) for line in ran.out.splitlines()]
    assert ["ja", "Japanese"] in [[tag.strip(), name] for tag, name in rows]
    assert len(rows) > 100
    assert "af-ZA       Afrikaans (South Africa)\n" in ran.out


def test_languages_are_narrowed_by_a_query(workspace: Workspace) -> None:
    ran = workspace.run("languages", "mexico")
    assert (ran.code, ran.out) == (0, "es-MX  Spanish (Mexico)\n")
    report = workspace.run("languages", "MEXICO", "--format", "json").json()
    assert report == {
        "format_version": 1,
        "languages": [{"tag": "es-MX", "name": "Spanish (Mexico)", "bcp47": True}],
    }


def test_a_language_that_is_not_there(workspace: Workspace) -> None:
    ran = workspace.run("languages", "klingon")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == (
        "'klingon' is not a language that HeyGen offers; `localize languages` lists them all\n"
    )
    told = workspace.run("languages", "Deutsch").err
    assert told.endswith('offers; did you mean de "German"?\n')
    assert workspace.run("languages", "klingon", "--quiet").err == ""
    report = workspace.run("languages", "klingon", "--format", "json").json()
    assert report == {"format_version": 1, "languages": []}


def test_languages_of_today(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workspace.run("languages", "--online").code == 7
    workspace.use(sandbox)
    names = ("Japanese", "Klingon")
    monkeypatch.setattr(
        "heygen_localize.sandbox.endpoints.translations.language_names", lambda: names
    )
    ran = workspace.run("languages", "--online")
    assert (ran.code, ran.out) == (0, "ja   Japanese\ntlh  Klingon\n")


# schema


@pytest.mark.parametrize("flags", [(), ("--lockfile",), ("--format", "json")])
def test_schema_is_printed(workspace: Workspace, flags: tuple[str, ...]) -> None:
    ran = workspace.run("schema", *flags)
    assert ran.code == 0
    assert ran.err == ""
    schema = json.loads(ran.out)
    Draft202012Validator.check_schema(schema)
    assert ("lockfile_version" in schema["properties"]) is (flags == ("--lockfile",))


def test_schema_is_written(workspace: Workspace) -> None:
    ran = workspace.run("schema", "-o", "localize.schema.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "Written to localize.schema.json.\n")
    written = (workspace.folder / "localize.schema.json").read_text()
    assert written == workspace.run("schema").out


def test_schema_that_cannot_be_written(workspace: Workspace) -> None:
    (workspace.folder / "file").write_text("")
    ran = workspace.run("schema", "-o", "file/localize.schema.json")
    assert ran.code == 2
    assert ran.err.startswith("error: file/localize.schema.json cannot be written: ")


# status, files elsewhere, and options from the environment


def test_status_before_any_apply_needs_no_account(workspace: Workspace) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("status")
    assert ran.code == 0
    note = "localize apply orders it if needed"
    assert ran.out == f"alpha/ja  Japanese  missing    {note}\n\n1 missing (not ordered yet)\n"
    assert not workspace.lockfile.exists()


def test_the_lockfile_lies_beside_a_manifest_elsewhere(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    elsewhere = workspace.folder / "teams" / "docs"
    elsewhere.mkdir(parents=True)
    workspace.manifest.rename(elsewhere / "x.yaml")
    ran = workspace.run("apply", "--yes", "-f", "teams/docs/x.yaml")
    assert ran.code == 0
    assert ran.out.endswith("Lockfile: x.lock\n")
    assert (elsewhere / "x.lock").is_file()
    assert not list(workspace.folder.glob("*.lock"))
    status = workspace.run("status", "--file", "teams/docs/x.yaml")
    assert "alpha/ja  Japanese  completed" in status.out


def test_options_come_from_the_environment_too(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("fr-FR", "ja"))
    monkeypatch.setenv("LOCALIZE_PLAN_FORMAT", "json")
    monkeypatch.setenv("LOCALIZE_PLAN_TARGET", "*/ja")
    workspace.manifest.rename(workspace.folder / "x.yaml")
    monkeypatch.setenv("LOCALIZE_PLAN_FILE", "x.yaml")
    ran = workspace.run("plan")
    assert [action["address"] for action in ran.json()["actions"]] == ["alpha/ja"]
    monkeypatch.setenv("LOCALIZE_PLAN_MAX_NEW", "0")
    assert workspace.run("plan").code == 3
    assert workspace.run("plan", "--max-new", "1").code == 0
    monkeypatch.setenv("LOCALIZE_PLAN_MAX_NEW", "many")
    refused = workspace.run("plan")
    assert refused.code == 2


def test_consent_never_comes_from_the_environment(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    for name in ("LOCALIZE_APPLY_YES", "LOCALIZE_YES", "LOCALIZE_APPLY_Y"):
        monkeypatch.setenv(name, "1")
    assert workspace.run("apply").code == 2
    assert creates(sandbox) == 0


# Ends that nobody wants


def crash(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let `localize validate` come upon a bug."""

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("heygen_localize.cli.validate.Project.open", broken)


@pytest.mark.parametrize("stored", [False, True], ids=["environment", "credentials file"])
def test_a_bug_ends_with_a_report_without_the_key(
    workspace: Workspace, fresh_home: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    if stored:
        (fresh_home / ".heygen").mkdir()
        (fresh_home / ".heygen" / "credentials").write_text(json.dumps({"api_key": KEY}))
    else:
        monkeypatch.setenv("HEYGEN_API_KEY", f" {KEY}\n")
    crash(monkeypatch, RuntimeError(f"cannot be, with {KEY} in hand"))
    ran = workspace.run("validate")
    assert ran.code == 70
    assert ran.out == ""
    assert ran.err.startswith("This is a bug in localize, not a mistake of yours.")
    assert f"localize {__version__}, Python 3." in ran.err
    assert "RuntimeError: cannot be, with [API key] in hand" in ran.err
    assert "test_commands.py" in ran.err
    assert KEY not in ran.err


@pytest.mark.parametrize("base", ["", "http://api.example.com"], ids=["usable", "unusable"])
def test_a_bug_report_needs_no_account(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    monkeypatch.setenv("HEYGEN_API_BASE", base)
    if base:
        monkeypatch.setenv("HEYGEN_API_KEY", f"\t{KEY}\t")
    crash(monkeypatch, ZeroDivisionError(f"nothing {KEY if base else ''}"))
    ran = workspace.run("validate")
    assert ran.code == 70
    assert "ZeroDivisionError: nothing" in ran.err
    assert KEY not in ran.err


def test_an_interrupt_is_no_bug(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(monkeypatch, KeyboardInterrupt())
    ran = workspace.run("validate")
    assert ran.code == 130
    assert ran.err.strip() == "Interrupted."


def test_an_interrupt_before_any_command(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("heygen_localize.cli.main.cli.main", interrupted)
    assert workspace.run("validate").code == 130


# -v


def test_verbose_logs_requests_without_the_key(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = start_sandbox(api_key=KEY)
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    silent = workspace.run("plan")
    assert "GET" not in silent.err
    ran = workspace.run("apply", "--yes", "-v")
    assert ran.code == 0
    assert f"API {sandbox.base_url}, key from HEYGEN_API_KEY\n" in ran.err
    assert re.search(r"^\d\d:\d\d:\d\d GET /v3/video-translations: 200$", ran.err, re.MULTILINE)
    assert re.search(r"^\d\d:\d\d:\d\d POST /v3/video-translations: 20\d$", ran.err, re.MULTILINE)
    assert KEY not in ran.out + ran.err
    assert "GET" not in ran.out
    monkeypatch.setenv("HEYGEN_API_BASE", "http://127.0.0.1:1")
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    down = workspace.run("plan", "-v")
    assert down.code == 4
    assert "GET /v3/video-translations/languages: the connection failed" in down.err


def test_the_key_of_the_vendors_client_is_found(
    workspace: Workspace, sandbox: Sandbox, fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    monkeypatch.delenv("HEYGEN_API_KEY")
    credentials = fresh_home / ".heygen" / "credentials"
    credentials.parent.mkdir()
    credentials.write_text(json.dumps({"api_key": sandbox.api_key}))
    os.chmod(credentials, stat.S_IRUSR)  # noqa: PTH101
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("plan", "-v")
    assert ran.code == 0
    assert f"key from {credentials}\n" in ran.err
    assert sandbox.api_key not in ran.err


def test_a_listing_that_breaks_off_makes_no_plan(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(start_sandbox(faults=("http_500_before=1 on GET /v3/video-translations",)))
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("plan")
    assert ran.code == 4
    assert ran.out == ""
    assert "the account could not be listed to its end" in ran.err


# After a rename


def test_a_renamed_target_is_neither_missing_nor_an_orphan(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    job = workspace.lock()["targets"]["alpha/ja"]["translation_id"]
    workspace.write(workspace.manifest.read_text().replace("alpha:", "omega:"))
    told = workspace.run("status")
    moves = "was alpha/ja: localize apply moves it, and orders nothing"
    assert told.out == f"omega/ja  Japanese  completed  {job}  {moves}\n\n1 completed\n"
    assert workspace.run("status", "--fail-if-incomplete").code == 0
    cost = "Cost so far: 1 job, 0.1 minutes of video, about 0.20 USD\n"
    assert cost in workspace.run("report", "--html", "page.html").out
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("status").out == f"omega/ja  Japanese  completed  {job}\n\n1 completed\n"
    assert cost in workspace.run("report", "--html", "page.html", "--force").out
    assert creates(sandbox) == 1


def test_a_plan_from_the_lockfile_alone_claims_nothing_of_the_account(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    offline = workspace.run("plan", "--offline")
    assert offline.out.endswith(
        "\nNothing to do, as far as the lockfile tells: the account was not asked.\n"
    )
    assert "the account and the lockfile are" in workspace.run("plan").out
