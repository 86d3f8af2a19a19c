"""Everything that a user may get wrong: what is said of it, where, and the exit code."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

HEAD = "version: 1\nproject: test\nlanguages: [ja]\n"
VIDEO = "videos:\n  intro:\n    source: https://cdn.example.com/intro.mp4\n"
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)


def languages(listed: str) -> str:
    """Write a manifest with these languages."""
    return f"version: 1\nproject: test\nlanguages: {listed}\n{VIDEO}"


def source(address: str) -> str:
    """Write a manifest with a video from this address."""
    return f"{HEAD}videos:\n  intro:\n    source: {address}\n"


@dataclass(frozen=True)
class Mistake:
    """A manifest that is wrong in one way: what it holds, and what should be said of it."""

    name: str
    text: str | None
    code: str
    message: str
    place: tuple[int | None, int | None, str | None] = (None, None, None)
    hint: str | None = None


MISTAKES = (
    Mistake(
        "no manifest",
        None,
        "manifest_missing",
        "there is no localize.yaml here",
        hint="name the manifest with -f, or begin one: localize init",
    ),
    Mistake("empty", "", "manifest_empty", "is empty", hint="begin one: localize init"),
    Mistake(
        "not a mapping",
        "- intro\n",
        "manifest_no_mapping",
        "expected a mapping (version, project, videos), found a list",
        (1, 1, None),
    ),
    Mistake(
        "duplicate key",
        HEAD + VIDEO + "  intro:\n    source: https://cdn.example.com/other.mp4\n",
        "yaml_duplicate_key",
        "videos.intro is here a second time; the first is on line 5",
        (7, 3, "videos.intro"),
        "keep one of them",
    ),
    Mistake(
        "tab indentation",
        HEAD + "videos:\n\tintro:\n",
        "yaml_tab",
        "this line is indented by a tab",
        (5, 1, None),
        "indent by spaces",
    ),
    Mistake(
        "alias bomb",
        HEAD + BOMB + VIDEO,
        "yaml_too_large",
        "a3 holds more than 10,000 values, what aliases stand for included",
        (7, 55, "a3"),
        "repeat no large parts by alias",
    ),
    Mistake(
        "3,000 lists in each other",
        HEAD + "defaults: " + "[" * 3000 + "]" * 3000 + "\n",
        "yaml_too_deep",
        "more than 50 deep in each other",
        (4, 60, "defaults" + "[0]" * 48),
    ),
    Mistake(
        "3,000 mappings in each other",
        HEAD + "videos: " + "{a: " * 3000 + "1" + "}" * 3000 + "\n",
        "yaml_too_deep",
        "more than 50 deep in each other",
        (4, 205, "videos" + ".a" * 48),
    ),
    Mistake(
        "unknown key",
        HEAD + VIDEO + "    enable_captions: true\n",
        "unknown_key",
        "there is no key 'enable_captions' here",
        (7, 5, "videos.intro.enable_captions"),
        "did you mean enable_caption",
    ),
    Mistake(
        "wrong type",
        HEAD + VIDEO + "    enable_caption: yes\n",
        "wrong_type",
        "enable_caption: expected true or false, found the text 'yes'",
        (7, 21, "videos.intro.enable_caption"),
        "YAML 1.2 knows true and false only",
    ),
    Mistake(
        "language that is almost one",
        languages("[jaa]"),
        "language_unknown",
        "'jaa' is not a language that HeyGen offers",
        (3, 13, "languages[0]"),
        "write ja",
    ),
    Mistake(
        "language that is none",
        languages("[Klingon]"),
        "language_unknown",
        "`localize languages` lists them all",
        (3, 13, "languages[0]"),
    ),
    Mistake(
        "one language in two spellings",
        languages("[ja, Japanese]"),
        "language_twice",
        "'ja' and 'Japanese' are both Japanese",
        (3, 17, "languages[1]"),
        "keep one of them",
    ),
    Mistake(
        "include that leaves the folder",
        HEAD + 'include: ["../other.yaml"]\n' + VIDEO,
        "path_leaves_root",
        "'../other.yaml' leads out of",
        (4, 11, "include[0]"),
        "only files of the same repository",
    ),
    Mistake(
        "template with an unknown variable",
        HEAD + VIDEO + '    title: "{{ video.name }}"\n',
        "template_variable",
        "there is no variable 'video.name'",
        (7, 12, "videos.intro.title"),
        "did you mean video.id?",
    ),
    Mistake(
        "template that tries __class__",
        HEAD + VIDEO + '    title: "{{ project.__class__ }}"\n',
        "template_variable",
        "there is no variable 'project.__class__'",
        (7, 12, "videos.intro.title"),
        "what may stand: {{ project }}",
    ),
    Mistake(
        "template that tries __class__ of a literal",
        HEAD + VIDEO + "    title: \"{{ ''.__class__.__mro__ }}\"\n",
        "template_expression",
        "a template may hold variables alone",
        (7, 12, "videos.intro.title"),
        "what may stand: {{ project }}",
    ),
    Mistake(
        "template with a loop",
        HEAD + VIDEO + '    title: "{% for letter in project %}x{% endfor %}"\n',
        "template_statement",
        "a template may hold no statements",
        (7, 12, "videos.intro.title"),
        "what may stand: {{ project }}",
    ),
    Mistake(
        "template without quotes",
        HEAD + VIDEO + "    title: {{ video.id }}\n",
        "template_unquoted",
        "a template must stand in quotes",
        (7, 13, "videos.intro.title"),
        "put the whole value in quotes",
    ),
    Mistake(
        "source in a file",
        source("file:///etc/passwd"),
        "source_form",
        "file:// cannot be used here",
        (6, 13, "videos.intro.source"),
        "an https:// URL, s3://BUCKET/NAME, asset:ID, or a path",
    ),
    Mistake(
        "source by ftp",
        source("ftp://example.com/intro.mp4"),
        "source_form",
        "ftp:// cannot be used here",
        (6, 13, "videos.intro.source"),
        "an https:// URL, s3://BUCKET/NAME, asset:ID, or a path",
    ),
    Mistake(
        "source by plain http",
        source("http://cdn.example.com/intro.mp4"),
        "url_scheme",
        "'http://cdn.example.com/intro.mp4' is not an https address",
        (6, 13, "videos.intro.source"),
        "https only",
    ),
    Mistake(
        "source with a signature in its query",
        source("https://cdn.example.com/intro.mp4?X-Amz-Signature=0f1e2d3c"),
        "url_signed",
        "carries a signature or token in its query",
        (6, 13, "videos.intro.source"),
        "set identity",
    ),
)


def prepare(workspace: Workspace, mistake: Mistake) -> None:
    """Put the mistake into the folder."""
    (workspace.folder.parent / "other.yaml").write_text(VIDEO)
    if mistake.text is not None:
        workspace.write(mistake.text)


each_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)


@pytest.mark.few(12)
@each_mistake
def test_a_mistake_is_told_with_place_and_remedy(workspace: Workspace, mistake: Mistake) -> None:
    prepare(workspace, mistake)
    ran = workspace.run("validate")
    assert ran.code == 2
    assert ran.out == ""
    line, column, path = mistake.place
    place = "localize.yaml" + (f":{line}:{column}" if line else "") + (f" ({path})" if path else "")
    first, _, rest = ran.err.partition("\n")
    assert first.startswith(f"error: {place}: ")
    assert mistake.message in first
    assert "Traceback" not in ran.err
    *shown, last = rest.splitlines()
    assert last == f"More: localize explain {mistake.code}"
    text = (workspace.folder / "localize.yaml").read_text() if line else ""
    if line and text.splitlines()[line - 1].strip() and len(text.splitlines()[line - 1]) < 90:
        gutter = " " * len(str(line))
        number = shown.index(next(row for row in shown if row.startswith(f"{line} | ")))
        assert shown[0] == f"{gutter} |"
        # The mark begins below the column that the place names.
        assert shown[number + 1].index("^") == len(f"{line} | ") + (column or 1) - 1
    if mistake.hint is None:
        assert "help:" not in rest
    else:
        assert mistake.hint in rest


@each_mistake
def test_a_mistake_has_the_designed_shape_for_machines(
    workspace: Workspace, mistake: Mistake
) -> None:
    prepare(workspace, mistake)
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 2
    assert ran.err == ""
    report = ran.json()
    assert list(report) == ["format_version", "errors"]
    assert report["format_version"] == 1
    (error,) = report["errors"]
    assert list(error) == ["code", "message", "where", "hint", "address", "excerpt"]
    assert error["code"] == mistake.code
    assert mistake.message in error["message"]
    line, column, path = mistake.place
    assert error["where"] == {
        "file": "localize.yaml",
        "line": line,
        "column": column,
        "path": path,
    }
    assert (error["hint"] is None) == (mistake.hint is None)
    assert (mistake.hint or "") in (error["hint"] or "")


@pytest.mark.parametrize("command", ["plan", "apply", "status"])
def test_every_command_that_reads_the_manifest_refuses_it_likewise(
    workspace: Workspace, sandbox: Sandbox, command: str
) -> None:
    workspace.use(sandbox)
    workspace.write(languages("[Klingon]"))
    ran = workspace.run(command)
    assert ran.code == 2
    assert "error: localize.yaml:3:13 (languages[0]): 'Klingon' is not a language" in ran.err
    assert creates(sandbox) == 0


def test_no_is_norwegian(workspace: Workspace) -> None:
    workspace.write(languages("[no]"))
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 0
    assert [target["language"] for target in ran.json()["targets"]] == ["Norwegian Bokmål (Norway)"]


def test_fifty_megabytes_are_refused_unread(workspace: Workspace) -> None:
    with workspace.manifest.open("wb") as stream:
        stream.truncate(50_000_000)
    ran = workspace.run("validate")
    assert ran.code == 2
    assert "localize.yaml is larger than 10 MB" in ran.err
    assert "is it really the manifest?" in ran.err


def test_an_id_in_two_included_files_names_both_places(workspace: Workspace) -> None:
    workspace.write(HEAD + 'include: ["videos/*.yaml"]\n')
    folder = workspace.folder / "videos"
    folder.mkdir()
    for name in ("first", "second"):
        (folder / f"{name}.yaml").write_text(VIDEO)
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 2
    (error,) = ran.json()["errors"]
    assert error["code"] == "video_twice"
    assert error["where"] == {
        "file": "videos/second.yaml",
        "line": 2,
        "column": 3,
        "path": "videos.intro",
    }
    assert "is here and at videos/first.yaml:2:3" in error["message"]
    assert error["hint"] == "give one of them another id"


SEVERAL = (
    "version: 2\nproject: Bad Name\nlanguages: [jaa]\nvideos:\n  intro:\n"
    "    source: ftp://example.com/intro\n    mode: fast\n    fps: 25\n"
)


def test_several_mistakes_come_together_in_the_order_of_the_file(workspace: Workspace) -> None:
    workspace.write(SEVERAL)
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 2
    errors = ran.json()["errors"]
    assert [(error["where"]["line"], error["where"]["path"]) for error in errors] == [
        (1, "version"),
        (2, "project"),
        (3, "languages[0]"),
        (6, "videos.intro.source"),
        (7, "videos.intro.mode"),
        (8, "videos.intro.fps"),
    ]
    text = workspace.run("validate")
    assert text.code == 2
    assert text.err.count("error: ") == 6
    assert [text.err.index(error["message"]) for error in errors] == sorted(
        text.err.index(error["message"]) for error in errors
    )


ENTRY = {
    "language": "Japanese",
    "attempts": 1,
    "fingerprint": "0" * 64,
    "translation_id": "tr_1",
    "status": "completed",
    "source": {},
}


@pytest.mark.parametrize(
    ("content", "code", "message", "hint"),
    [
        ("<<<<<<< ours\n", "lockfile_invalid", "the lockfile is not JSON", "restore it from git"),
        ("[" * 100_000, "lockfile_invalid", "the lockfile is not JSON", "restore it from git"),
        ("[]", "lockfile_invalid", "the lockfile is damaged", "restore it from git"),
        (
            json.dumps({"lockfile_version": 6, "project": "test", "targets": {}}),
            "lockfile_newer",
            "the lockfile is of a later version than this localize knows (5)",
            "pip install --upgrade heygen-localize",
        ),
        (
            json.dumps({"lockfile_version": 1, "project": "other", "targets": {}}),
            "lockfile_other_project",
            "the lockfile belongs to another project than 'test', the manifest's",
            "put the old name back",
        ),
        (
            json.dumps(
                {
                    "lockfile_version": 1,
                    "project": "test",
                    "targets": {"intro/ja": ENTRY | {"status": "done"}},
                }
            ),
            "lockfile_invalid",
            "the lockfile is damaged: expected one of pending, running, completed, failed",
            "restore it from git",
        ),
    ],
    ids=["not JSON", "nested", "not a lockfile", "newer", "other project", "unknown status"],
)
def test_a_lockfile_that_cannot_be_used(
    workspace: Workspace, content: str, code: str, message: str, hint: str
) -> None:
    workspace.write(HEAD + VIDEO)
    workspace.lockfile.write_text(content)
    ran = workspace.run("status")
    assert ran.code == 2
    assert ran.err.startswith("error: localize.lock")
    assert message in ran.err
    assert hint in ran.err
    machine = workspace.run("status", "--format", "json")
    assert machine.code == 2
    (error,) = machine.json()["errors"]
    assert error["code"] == code
    assert error["where"]["file"] == "localize.lock"
    assert workspace.lockfile.read_text() == content


@dataclass(frozen=True)
class Outage:
    """An account that cannot be worked with: how, and what is said of it."""

    name: str
    environment: dict[str, str]
    exit_code: int
    code: str
    message: str
    hint: str | None


OUTAGES = (
    Outage("no key", {"HEYGEN_API_KEY": ""}, 7, "key_missing", "no API key", "localize demo"),
    Outage(
        "key with a line break inside",
        {"HEYGEN_API_KEY": "abc\ndef"},
        7,
        "key_invalid",
        "holds characters that no key has",
        "copy it again",
    ),
    Outage(
        "wrong key",
        {"HEYGEN_API_KEY": "mistyped"},
        7,
        "unauthorized",
        "key",
        "check HEYGEN_API_KEY",
    ),
    Outage(
        "base by plain http",
        {"HEYGEN_API_BASE": "http://api.example.com"},
        2,
        "base_insecure",
        "http://api.example.com is plain http: the API key would travel in clear text",
        "HEYGEN_ALLOW_HTTP=1",
    ),
    Outage(
        "base that is no address",
        {"HEYGEN_API_BASE": "api.example.com"},
        2,
        "base_invalid",
        "HEYGEN_API_BASE is not an http(s) address",
        "unset it",
    ),
    *(
        Outage(
            f"base of {name}",
            {"HEYGEN_API_BASE": base},
            2,
            "base_invalid",
            told,
            "unset it",
        )
        for name, base, told in (
            (
                "an empty part",
                "https://api..example.com",
                "HEYGEN_API_BASE has a host with an empty",
            ),
            (
                "a long part",
                f"https://{'x' * 70}.com/",
                "a part of 70 letters, and 63 are the most",
            ),
            ("no IPv4", "https://1.2.3.4.5", "HEYGEN_API_BASE has a host that is no IPv4 address"),
            (
                "no port",
                "https://api.example.com:99999",
                "HEYGEN_API_BASE is not an http(s) address",
            ),
        )
    ),
    Outage(
        "vendor down",
        {"HEYGEN_API_BASE": "http://127.0.0.1:{closed}"},
        4,
        "no_answer",
        "the connection failed or broke off",
        None,
    ),
    Outage(
        "vendor answering HTML",
        {"HEYGEN_API_BASE": "http://127.0.0.1:{html}"},
        4,
        "not_json",
        "not the API's JSON but an HTML page: a proxy, or the wrong address",
        None,
    ),
    Outage(
        "vendor refusing with HTML",
        {"HEYGEN_API_BASE": "http://127.0.0.1:{html}/refuse"},
        4,
        "http_502",
        "HTTP 502, an HTML page: a proxy, or the wrong address",
        None,
    ),
)


class _Page(BaseHTTPRequestHandler):
    """A proxy's page, with status 502 below /refuse."""

    def do_GET(self) -> None:
        self.send_response(502 if self.path.startswith("/refuse/") else 200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html><script>alert('sign in')</script></html>")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def ports() -> Iterator[dict[str, int]]:
    """Give a port that serves pages, and one that nobody listens on."""
    with socket.socket() as taken, ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        taken.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield {"html": server.server_address[1], "closed": taken.getsockname()[1]}
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("command", ["plan", "apply", "validate --online"])
@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.name)
def test_an_account_that_cannot_be_worked_with(
    workspace: Workspace,
    sandbox: Sandbox,
    ports: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
    outage: Outage,
    command: str,
) -> None:
    workspace.use(sandbox)
    workspace.write(HEAD + VIDEO)
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    for name, value in outage.environment.items():
        monkeypatch.setenv(name, value.format(**ports))
    ran = workspace.run(*command.split())
    assert ran.code == outage.exit_code
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert outage.message in ran.err
    assert (outage.hint or "") in ran.err
    assert "<script>" not in ran.err
    machine = workspace.run(*command.split(), "--format", "json")
    assert machine.code == outage.exit_code
    (error,) = machine.json()["errors"]
    assert error["code"] == outage.code
    assert outage.message in error["message"]
    assert creates(sandbox) == 0
    assert not workspace.lockfile.exists()


def test_credentials_that_cannot_be_read_are_named(
    workspace: Workspace, sandbox: Sandbox, fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    monkeypatch.delenv("HEYGEN_API_KEY")
    (fresh_home / ".heygen").mkdir()
    (fresh_home / ".heygen" / "credentials").write_text("not JSON")
    workspace.write(HEAD + VIDEO)
    ran = workspace.run("plan")
    assert ran.code == 2
    assert "credentials cannot be read" in ran.err
    assert "set HEYGEN_API_KEY instead, or correct the file" in ran.err


@pytest.mark.parametrize("command", ["plan", "apply", "validate --online"])
def test_a_mistake_in_the_manifest_comes_before_a_missing_key(
    workspace: Workspace, command: str
) -> None:
    workspace.write(source("ftp://example.com/intro.mp4"))
    ran = workspace.run(*command.split())
    assert ran.code == 2
    assert "ftp:// cannot be used here" in ran.err
    assert "no API key" not in ran.err


@pytest.mark.parametrize(
    "flag", ["", " ", "false", "FALSE", "0", "no", "No", "n", "off", "OFF", "none", "disabled"]
)
def test_nothing_is_ordered_where_nobody_can_be_asked(
    workspace: Workspace,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    flag: str,
) -> None:
    monkeypatch.setenv("CI", flag)
    workspace.use(sandbox)
    workspace.write(HEAD + VIDEO)
    ran = workspace.run("apply")
    assert ran.code == 2
    assert ran.out == ""
    assert "Plan: 1 to create, 0 to adopt, 0 to replace, 0 unchanged\n" in ran.err
    assert "the plan orders 1 job and there is no terminal to ask on" in ran.err
    assert "localize apply --yes" in ran.err
    machine = workspace.run("apply", "--format", "json")
    assert machine.code == 2
    assert machine.json()["errors"][0]["code"] == "consent_needed"
    assert creates(sandbox) == 0
    assert not workspace.lockfile.exists()


@pytest.mark.parametrize("flag", ["true", "1", "yes", "On", "woodpecker"])
def test_a_ci_system_stands_for_yes(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    monkeypatch.setenv("CI", flag)
    workspace.use(sandbox)
    workspace.write(HEAD + VIDEO)
    assert workspace.run("apply").code == 0
    assert creates(sandbox) == 1


@pytest.mark.parametrize("command", ["plan", "apply", "status"])
def test_a_target_that_fits_nothing(
    workspace: Workspace, start_sandbox: Callable[..., Sandbox], command: str
) -> None:
    workspace.use(start_sandbox())
    workspace.write(HEAD + VIDEO)
    ran = workspace.run(command, "--target", "intro/jp")
    assert ran.code == 2
    assert "error: intro/jp fits no target" in ran.err
    assert "did you mean intro/ja?" in ran.err


def test_many_mistakes_of_one_cause_are_told_once(workspace: Workspace) -> None:
    videos = "".join(f"  v{n}: {{source: 'asset:a', enable_caption: true}}\n" for n in range(1000))
    workspace.write(f"version: 1\nproject: acme\nlanguages: [ja]\nvideos:\n{videos}")
    ran = workspace.run("validate")
    assert ran.code == 0
    assert ran.err.count("enable_caption changes nothing") == 3
    assert ran.err.endswith(
        "         997 more: localize.yaml:8:43, localize.yaml:9:43, localize.yaml:10:43, "
        "localize.yaml:11:43, localize.yaml:12:43, …\n"
    )
    workspace.write(workspace.manifest.read_text().replace("enable_caption: true", "moed: speed"))
    ran = workspace.run("validate")
    assert (ran.code, ran.err.count("there is no key 'moed' here")) == (2, 3)
    assert "\n       997 more: localize.yaml:8:27, " in ran.err
    assert len(workspace.run("validate", "--format", "json").json()["errors"]) == 1000
