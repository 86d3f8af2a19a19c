"""A checkout that a stranger has filled: no command reads, writes, or waits for what is outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import media_samples
import pytest
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

SECRET = "the-runner-s-own-secret"
ANSWER = {
    "address": "intro/ja",
    "answered_at": 1.0,
    "callback_id": "lz1:test:0",
    "language": "Japanese",
    "title": None,
    "translation_id": "tr_1",
}
MANIFEST = """\
version: 1
project: test
languages: [ja]
videos:
  intro: {source: 'https://cdn.example.com/intro.mp4'}
outputs: {video: 'localized/{{ video.id }}/{{ language.tag }}.mp4'}
"""
FILE = MANIFEST.replace("https://cdn.example.com/intro.mp4", "a.mp4")
REVIEWED = MANIFEST + "defaults: {proofread: true}\n"
STATE = ".localize/localize"

OFFLINE = (
    ("validate",),
    ("plan", "--offline"),
    ("costs", "--offline"),
    ("status",),
    ("report", "--html", "report.html"),
    ("proofread", "status"),
    ("pull", "--check"),
    ("forget", "intro/ja"),
)
WITH_ACCOUNT = (
    ("plan", "--out", "plan.json"),
    ("apply", "--yes", "--no-balance-check"),
    ("pull",),
    ("refresh",),
    ("prune", "--yes"),
    ("doctor",),
    ("apply", "--yes", "plan.json"),
)
INIT = ("init", "-f", "other.yaml", "--source", "https://x.example/a.mp4", "-l", "fr", "--no-input")

Prepare = Callable[[Path, Path], object]


def put(path: Path, content: str | bytes = MANIFEST) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def linked(name: str, target: str = "secret", manifest: str = MANIFEST) -> Prepare:
    """Put a link at a name, to something outside of the checkout."""

    def prepare(folder: Path, outside: Path) -> None:
        put(folder / "localize.yaml", manifest)
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(outside / target)

    return prepare


def piped(name: str, manifest: str = MANIFEST) -> Prepare:
    def prepare(folder: Path, outside: Path) -> None:
        put(folder / "localize.yaml", manifest)
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        os.mkfifo(place)

    return prepare


def twice_named(name: str) -> Prepare:
    """Put a second name of a file outside, as a copy made of hard links has."""

    def prepare(folder: Path, outside: Path) -> None:
        put(folder / "localize.yaml")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).hardlink_to(outside / "answers")

    return prepare


def git_config(folder: Path, outside: Path) -> None:
    put(folder / ".git/config", SECRET)
    put(folder / "localize.yaml", MANIFEST.replace("source: '", "srt: .git/config, source: '"))


def git_config_by_a_link(folder: Path, outside: Path) -> None:
    git_config(folder, outside)
    put(folder / "localize.yaml", MANIFEST.replace("source: '", "srt: x.srt, source: '"))
    (folder / "x.srt").symlink_to(".git/config")


INCLUDING = MANIFEST + "include: ['more/**/*.yaml']\n"
WITH_SRT = MANIFEST.replace("source: '", "srt: x.srt, source: '")
HOSTILE: dict[str, Prepare] = {
    "the manifest is a link": linked("localize.yaml"),
    "the manifest is a device": linked("localize.yaml", "zero"),
    "the manifest is a pipe": piped("localize.yaml"),
    "the lockfile is a link": linked("localize.lock"),
    "the lockfile is a device": linked("localize.lock", "zero"),
    "the lockfile is a pipe": piped("localize.lock"),
    "a neighbour's lockfile is a pipe": piped("other.lock"),
    "a neighbour's lockfile is a device": linked("other.lock", "zero"),
    "an included file is a link": linked("more/x.yaml", manifest=INCLUDING),
    "an included file is a pipe": piped("more/x.yaml", manifest=INCLUDING),
    "an included folder is a link": linked("more", "folder", manifest=INCLUDING),
    "the source is a link": linked("a.mp4", manifest=FILE),
    "the source is a device": linked("a.mp4", "zero", manifest=FILE),
    "the source is a pipe": piped("a.mp4", manifest=FILE),
    "the subtitles are a link": linked("x.srt", manifest=WITH_SRT),
    "the subtitles are git's settings": git_config,
    "the subtitles lead to git's settings": git_config_by_a_link,
    "the reviewed text is a link": linked("subtitles/intro/ja.srt", manifest=REVIEWED),
    "the reviewed text is a pipe": piped("subtitles/intro/ja.srt", manifest=REVIEWED),
    "the reviewed texts' folder is a link": linked("subtitles", "folder", manifest=REVIEWED),
    "an output's folder is a link": linked("localized", "folder"),
    "an output is a link": linked("localized/intro/ja.mp4", "answers"),
    "an output is a pipe": piped("localized/intro/ja.mp4"),
    "the state's folder is a link": linked(".localize", "folder"),
    "the manifest's state is a link": linked(STATE, "folder"),
    "the state's ignore file is a link": linked(".localize/.gitignore", "made"),
    "the cache is a link": linked(f"{STATE}/cache", "folder"),
    "the files' cache is a link": linked(f"{STATE}/cache/files.json", "answers", manifest=FILE),
    "the sources' cache is a link": linked(f"{STATE}/cache/sources.json", "answers"),
    "the landings are a link": linked(f"{STATE}/cache/pulled.jsonl", "answers"),
    "the landings are a pipe": piped(f"{STATE}/cache/pulled.jsonl"),
    "the landings have another name": twice_named(f"{STATE}/cache/pulled.jsonl"),
    "the parts' folder is a link": linked(f"{STATE}/parts", "folder"),
    "the journal is a link": linked(f"{STATE}/journal.jsonl", "answers"),
    "the journal is a pipe": piped(f"{STATE}/journal.jsonl"),
    "the journal has another name": twice_named(f"{STATE}/journal.jsonl"),
    "the owner's note is a link": linked(f"{STATE}/owner.json", "answers"),
    "the process's lock is a link": linked(f"{STATE}/apply.lock", "answers"),
    "the process's lock has another name": twice_named(f"{STATE}/apply.lock"),
    "the report is a link": linked("report.html", "answers"),
    "the report is a pipe": piped("report.html"),
    "the plan is a link": linked("plan.json", "answers"),
    "the plan is a pipe": piped("plan.json"),
    "git's ignore file is a link": linked(".gitignore", "answers"),
    "git's attributes are a link": linked(".gitattributes", "answers"),
    "git's ignore file is a pipe": piped(".gitignore"),
    "the schema is a link": linked("localize.schema.json", "made"),
}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Make what nobody may touch: a secret, files and folders of the runner, a device."""
    folder = tmp_path / "outside"
    put(folder / "secret", f"{SECRET}\n")
    put(folder / "answers", json.dumps(ANSWER | {"title": SECRET}) + "\n")
    put(folder / "folder/.localize.lock.x.tmp", SECRET)
    put(folder / "folder/localize/.x.tmp", SECRET)
    put(folder / "folder/proofreads/.x.tmp", SECRET)
    put(folder / "folder/intro/ja.srt", f"1\n00:00:01,000 --> 00:00:02,000\n{SECRET}\n")
    put(folder / "folder/x.yaml", f"videos: {{{SECRET}: {{source: 'https://x.example/'}}}}\n")
    (folder / "zero").symlink_to("/dev/zero")
    return folder


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "zero"
    }


def texts_inside(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        ours = path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1
        if ours and ".git" not in path.parts:
            yield path.read_text(encoding="utf-8", errors="replace")


Each = Callable[[Path, tuple[tuple[str, ...], ...]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def run_each() -> Iterator[Each]:
    """Run commands in a folder, each in a process of its own."""
    driver = Path(__file__).with_name("each_command.py")
    with subprocess.Popen(
        [sys.executable, str(driver)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def run(folder: Path, commands: tuple[tuple[str, ...], ...]) -> list[dict[str, Any]]:
            environment = {**os.environ, "HEYGEN_MAX_RETRIES": "0"}
            wanted = {"folder": str(folder), "environment": environment, "commands": commands}
            process.stdin.write(json.dumps(wanted) + "\n")
            process.stdin.flush()
            found: list[dict[str, Any]] = json.loads(process.stdout.readline())
            return found

        yield run
        process.stdin.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("name", HOSTILE)
def test_no_command_leaves_the_checkout(
    name: str, workspace: Workspace, outside: Path, sandbox: Sandbox, run_each: Each
) -> None:
    (workspace.folder / ".git").mkdir()
    HOSTILE[name](workspace.folder, outside)
    before = snapshot(outside)
    workspace.use(sandbox)
    commands = (*OFFLINE, *WITH_ACCOUNT, INIT)
    if "LOCALIZE_ALL" not in os.environ:  # each command, but not in each checkout
        commands = commands[list(HOSTILE).index(name) % 3 :: 3]
    for command, ran in zip(commands, run_each(workspace.folder, commands), strict=True):
        assert ran["code"] is not None, f"{command} waits"
        assert ran["code"] in (0, 1, 2, 3, 5), (command, ran)
        assert SECRET not in ran["said"], (command, ran)
        assert ran["megabytes"] < 300, (command, ran)
    assert snapshot(outside) == before
    assert not any(SECRET in text for text in texts_inside(workspace.folder))


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
@pytest.mark.parametrize(
    ("name", "command", "path"),
    [
        ("the lockfile is a link", ("plan", "--offline"), "localize.lock"),
        ("the state's folder is a link", ("apply", "--yes"), ".localize"),
        ("the state's ignore file is a link", ("apply", "--yes"), ".localize/.gitignore"),
        ("the cache is a link", ("plan", "--offline"), f"{STATE}/cache"),
        ("the landings are a link", ("pull",), f"{STATE}/cache/pulled.jsonl"),
        ("the landings are a pipe", ("pull",), f"{STATE}/cache/pulled.jsonl"),
        ("the journal is a link", ("plan", "--offline"), f"{STATE}/journal.jsonl"),
        ("the journal is a pipe", ("apply", "--yes"), f"{STATE}/journal.jsonl"),
        ("the journal has another name", ("apply", "--yes"), f"{STATE}/journal.jsonl"),
        ("the process's lock is a link", ("apply", "--yes"), f"{STATE}/apply.lock"),
        ("the plan is a pipe", ("apply", "--yes", "plan.json"), "plan.json"),
        ("the report is a link", ("report", "--html", "report.html"), "report.html"),
        ("git's ignore file is a link", INIT, ".gitignore"),
    ],
)
def test_what_is_in_the_way_is_an_error_that_names_it(
    name: str, command: tuple[str, ...], path: str, workspace: Workspace, outside: Path,
    sandbox: Sandbox,
) -> None:  # fmt: skip
    HOSTILE[name](workspace.folder, outside)
    workspace.use(sandbox)
    ran = workspace.run(*command)
    assert ran.code == 2
    assert f"error: {path}: this is " in ran.err


def test_links_inside_the_repository_lead_to_sources(workspace: Workspace) -> None:
    """As git-annex keeps large files; a text for git's own folder stays out of reach."""
    (workspace.folder / ".git/annex/objects").mkdir(parents=True)
    put(workspace.folder / ".git/annex/objects/x.mp4", media_samples.mp4())
    (workspace.folder / "a.mp4").symlink_to(".git/annex/objects/x.mp4")
    workspace.write(FILE)
    assert workspace.run("validate").code == 0
