"""`localize init`: what it asks, what it writes, and that it writes over nothing."""

from __future__ import annotations

import errno
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from media_samples import mp4
from workspaces import Ran, Workspace

from heygen_localize.cli.main import _Run, cli
from heygen_localize.core.errors import LocalizeError
from heygen_localize.operations.init import create as beginning
from heygen_localize.sandbox import Sandbox
from heygen_localize.system.resources import schema_text

ADDRESS = "https://cdn.example.com/Intro%20Film.mp4"
PRESET = ("--source", ADDRESS, "--project", "a", "--video", "b", "--no-proofread")
LINES = ("localized/", ".localize/")
ATTRIBUTES = "localize.lock text eol=lf merge=text linguist-generated=true\n"


class Keyboard(io.StringIO):
    """Answers typed in advance, on what says that it is a terminal."""

    def isatty(self) -> bool:
        return True


Answers = Callable[..., Ran]


@pytest.fixture
def answer(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Run init on a terminal where somebody types these lines."""

    def run(*lines: str, options: tuple[str, ...] = ()) -> Ran:
        keyboard = Keyboard("".join(f"{line}\n" for line in lines))
        monkeypatch.setattr(sys, "stdin", keyboard)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        ran = workspace.run("init", *options)
        assert keyboard.read() == "", "not every line was asked for"
        return ran

    return run


def begin(workspace: Workspace, *options: str, source: str = ADDRESS) -> Ran:
    return workspace.run("init", "--source", source, "-l", "es-MX", "-l", "Japanese", *options)


def names(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if not name.startswith(".git/"))


def manifest(workspace: Workspace, name: str = "localize.yaml") -> Any:
    return yaml.safe_load((workspace.folder / name).read_text(encoding="utf-8"))


# What is written


def test_it_writes_what_a_project_needs(workspace: Workspace) -> None:
    ran = begin(workspace)
    assert ran.code == 0
    assert names(workspace.folder) == [
        ".gitattributes",
        ".gitignore",
        "localize.schema.json",
        "localize.yaml",
    ]
    found = manifest(workspace)
    assert found["project"] == "work"
    assert list(found["languages"]) == ["es-MX", "ja"]
    assert found["videos"] == {"intro-20film": {"source": ADDRESS}}
    assert found["defaults"] == {"mode": "speed"}
    assert found["outputs"]["video"] == "localized/{{ video.id }}/{{ language.tag }}.mp4"
    assert found["limits"] == {"max_new": 20}
    assert (workspace.folder / ".gitignore").read_text() == "".join(f"{line}\n" for line in LINES)
    assert (workspace.folder / ".gitattributes").read_text() == ATTRIBUTES
    schema = workspace.run("schema").out
    assert (workspace.folder / "localize.schema.json").read_text().strip() == schema.strip()
    assert workspace.run("validate").out == (
        "localize.yaml is valid: 2 targets, 1 video, 2 languages.\n"
    )


def test_it_ends_with_the_next_two_commands_which_work(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    ran = begin(workspace)
    commands = re.findall(r"^  localize (\w+)", ran.out, re.MULTILINE)
    assert commands == ["plan", "apply"]
    workspace.use(sandbox)
    assert "2 to create" in workspace.run(commands[0]).out
    assert "2 of 2 targets rendered" in workspace.run(commands[1], "--yes").out


def test_the_comments_explain_the_file_and_the_lines_are_short(workspace: Workspace) -> None:
    begin(workspace)
    text = workspace.manifest.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=./localize.schema.json\n")
    assert "  es-MX:   # Spanish (Mexico)\n  ja:      # Japanese\n" in text
    assert "<<" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_every_option_counts(workspace: Workspace) -> None:
    options = "--project acme --video talk --outputs ./build/dubs/ --proofread --no-input"
    assert begin(workspace, *options.split()).code == 0
    found = manifest(workspace)
    assert (found["project"], [*found["videos"]]) == ("acme", ["talk"])
    assert found["defaults"]["proofread"] is True
    assert found["outputs"]["srt"] == "build/dubs/{{ video.id }}/{{ language.tag }}.srt"
    assert (workspace.folder / ".gitignore").read_text() == "build/dubs/\n.localize/\n"


def test_another_name_goes_through_everything(workspace: Workspace) -> None:
    ran = begin(workspace, "-f", "talks.yaml")
    assert "localize plan -f talks.yaml" in ran.out
    assert manifest(workspace, "talks.yaml")["version"] == 1
    attributes = (workspace.folder / ".gitattributes").read_text()
    assert attributes.startswith("talks.lock ")
    assert workspace.run("validate", "-f", "talks.yaml").code == 0


@pytest.mark.parametrize(
    ("source", "video"),
    [
        ("./Intro Film.mp4", "intro-film"),
        ("./sub/2024.mp4", "2024"),
        ("./true.mp4", "true"),
        ("./con.mp4", "intro"),
        ("asset:8f2c41d7", "intro"),
        ("https://cdn.example.com/a/B_c.mp4?v=1#t", "b_c"),
        ("https://cdn.example.com/", "intro"),
    ],
)
def test_a_video_is_named_after_its_file(workspace: Workspace, source: str, video: str) -> None:
    if source.startswith("./"):
        place = workspace.folder / source
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(mp4())
    ran = begin(workspace, source=source)
    assert ran.code == 0, ran.err
    assert manifest(workspace)["videos"] == {video: {"source": source}}
    assert workspace.run("validate", "--format", "json").json()["targets"][0]["address"] == (
        f"{video}/es-MX"
    )


def test_languages_may_be_named_together_and_count_once(workspace: Workspace) -> None:
    together = "es-MX,Japanese, Chinese (Cantonese, Traditional),ja"
    workspace.run("init", "--source", ADDRESS, "--language", together)
    assert list(manifest(workspace)["languages"]) == ["es-MX", "ja", "zh-HK"]


def test_many_languages_fit_the_limit(workspace: Workspace) -> None:
    tags = [
        row["tag"] for row in workspace.run("languages", "--format", "json").json()["languages"]
    ]
    ran = workspace.run("init", "--source", ADDRESS, "-l", ",".join(tags[:30]))
    assert ran.code == 0
    assert manifest(workspace)["limits"]["max_new"] == 60


# Nothing is written over


def test_a_manifest_that_is_there_is_refused_before_anything_is_asked(
    workspace: Workspace, answer: Answers
) -> None:
    workspace.write("mine\n")
    ran = answer()
    assert ran.code == 2
    assert "localize.yaml is there already" in ran.err
    assert names(workspace.folder) == ["localize.yaml"]
    assert workspace.manifest.read_text() == "mine\n"


def test_a_link_that_leads_nowhere_is_not_written_through(workspace: Workspace) -> None:
    workspace.manifest.symlink_to("elsewhere.yaml")
    assert begin(workspace).code == 2
    assert names(workspace.folder) == []


def test_other_files_keep_what_they_have(workspace: Workspace) -> None:
    folder = workspace.folder
    (folder / "localize.schema.json").write_text("{}")
    (folder / ".gitignore").write_bytes(b"build/\r\n/.localize")
    (folder / ".gitattributes").write_text("localize.lock -diff\n")
    ran = begin(workspace)
    assert ran.code == 0
    assert (folder / "localize.schema.json").read_text() == "{}"
    assert (folder / ".gitignore").read_bytes() == b"build/\r\n/.localize\r\nlocalized/\r\n"
    assert (folder / ".gitattributes").read_text() == "localize.lock -diff\n"
    told = dict(line.split("  ", 1) for line in ran.out.split("\n\n")[0].splitlines())
    assert told == {
        "localize.yaml": "written",
        "localize.schema.json": "left as it is",
        ".gitignore": "extended by: localized/",
        ".gitattributes": "left as it is",
    }


def test_a_second_manifest_adds_only_its_own_lines(workspace: Workspace) -> None:
    begin(workspace)
    assert begin(workspace, "-f", "talks.yaml").code == 0
    assert (workspace.folder / ".gitignore").read_text().split() == list(LINES)
    assert (workspace.folder / ".gitattributes").read_text() == (
        ATTRIBUTES + ATTRIBUTES.replace("localize.lock", "talks.lock")
    )


# What it refuses


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--source", "./missing.mp4", "-l", "ja"), "source_missing", "there is no file"),
        (("--source", "ftp://a/b.mp4", "-l", "ja"), "source_form", "ftp://"),
        (("--source", ADDRESS, "-l", "klingon"), "language_unknown", "klingon"),
        (("--source", ADDRESS, "-l", "ja", "--project", "A b"), "usage", "A project is of a-z"),
        (("--source", ADDRESS, "-l", "ja", "--video", "../x"), "usage", "A video id is of a-z"),
        (("--source", ADDRESS, "-l", "ja", "--outputs", "../x"), "usage", "no plain folder"),
        (("--source", ADDRESS, "-l", "ja", "--outputs", "."), "usage", "no plain folder"),
        (("--source", ADDRESS, "-l", "ja", "--outputs", "con"), "output_invalid", "device"),
        (("--source", "./dubs/a.mp4", "-l", "ja", "--outputs", "dubs"), "source_in_outputs", "git"),
        (("-f", "a/b.yaml", "--source", ADDRESS, "-l", "ja"), "usage", "there is no folder a"),
        (("-f", "videos.json", "--source", ADDRESS, "-l", "ja"), "usage", "end in .yaml"),
        ((), "usage", "needs --source and --language"),
        (("-l", "ja"), "usage", "so init needs --source\n"),
        (("--source", ADDRESS, "-l", ", "), "usage", "so init needs --language\n"),
    ],
)
def test_a_wish_that_makes_no_manifest_leaves_nothing_behind(
    workspace: Workspace, options: tuple[str, ...], code: str, message: str
) -> None:
    (workspace.folder / "dubs").mkdir()
    (workspace.folder / "dubs" / "a.mp4").write_bytes(mp4())
    ran = workspace.run("init", *options)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""
    assert names(workspace.folder) == ["dubs/a.mp4"]
    with pytest.raises(LocalizeError) as refused:
        cli.main(["init", *options], standalone_mode=False, obj=_Run())
    assert {problem.code for problem in refused.value.problems} == {code}
    assert str(refused.value.problems[0].where) == ""


def test_a_folder_that_cannot_be_written_is_said(workspace: Workspace) -> None:
    (workspace.folder / ".gitignore").mkdir()
    ran = begin(workspace)
    assert ran.code == 2
    assert ".gitignore cannot be written" in ran.err
    assert not workspace.manifest.exists()
    (workspace.folder / ".gitignore").rmdir()
    assert begin(workspace).code == 0


def test_a_place_for_the_workflow_that_is_none_is_said(workspace: Workspace) -> None:
    (workspace.folder / ".github").write_text("a file")
    ran = begin(workspace, "--github")
    assert ran.code == 2
    assert "localize.yml cannot be written" in ran.err
    assert not workspace.manifest.exists()


def test_a_full_disk_is_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ran = begin(workspace)
    assert ran.code == 2
    assert "localize.yaml cannot be written: No space left on device" in ran.err
    assert names(workspace.folder) == []


def test_a_manifest_that_comes_meanwhile_stays(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def somebody_writes(name: str) -> str:
        workspace.write("theirs\n")
        return schema_text(name)

    monkeypatch.setattr(beginning, "schema_text", somebody_writes)
    ran = begin(workspace)
    assert ran.code == 2
    assert "is there already" in ran.err
    assert workspace.manifest.read_text() == "theirs\n"


# A repository


def test_the_workflow_stands_at_the_root_and_names_the_manifest(workspace: Workspace) -> None:
    inside = workspace.folder / "web" / "films"
    inside.mkdir(parents=True)
    (workspace.folder / ".git").mkdir()
    ran = begin(workspace, "-f", "web/films/localize.yaml", "--github")
    assert ran.code == 0
    text = (workspace.folder / ".github" / "workflows" / "localize.yml").read_text()
    steps = [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]]
    with_manifest = [step["with"] for step in steps if "localize" in step["uses"]]
    assert [given["manifest"] for given in with_manifest] == ["web/films/localize.yaml"] * 2
    assert "acme/heygen-localize" in ran.err
    assert manifest(workspace, "web/films/localize.yaml")["project"] == "work"
    assert not (workspace.folder / ".gitignore").exists()


def test_the_workflow_is_the_one_of_the_page(workspace: Workspace) -> None:
    begin(workspace, "--github")
    text = (workspace.folder / ".github" / "workflows" / "localize.yml").read_text()
    page = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(name: localize\n.*?)```", page, re.DOTALL)
    assert block is not None
    written = yaml.safe_load(text)
    for job in written["jobs"].values():
        assert job["steps"][-1]["with"].pop("manifest") == "localize.yaml"
    assert written == yaml.safe_load(block[1])


def test_a_workflow_that_is_there_stays(workspace: Workspace) -> None:
    place = workspace.folder / ".github" / "workflows" / "localize.yml"
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    assert "localize.yml  left as it is" in begin(workspace, "--github").out
    assert place.read_text() == "mine"


def test_git_sees_the_lockfile_and_not_the_videos(workspace: Workspace) -> None:
    begin(workspace)
    folder = workspace.folder

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    git("init", "--quiet")
    paths = ("localized/intro/ja.mp4", ".localize/localize/journal.jsonl", "localize.lock")
    assert git("check-ignore", *paths).split() == list(paths[:2])
    told = git("check-attr", "merge", "eol", "linguist-generated", "--", "localize.lock")
    assert [line.rsplit(": ", 1)[1] for line in told.splitlines()] == ["text", "lf", "true"]


# A terminal


def test_it_asks_for_what_no_option_says(workspace: Workspace, answer: Answers) -> None:
    (workspace.folder / "Film.mp4").write_bytes(mp4())
    ran = answer("", "./Film.mp4", "", "es-MX, ja", "", "", "y")
    assert ran.code == 0, ran.err
    found = manifest(workspace)
    assert (found["project"], list(found["languages"])) == ("work", ["es-MX", "ja"])
    assert found["videos"] == {"film": {"source": "./Film.mp4"}}
    assert found["defaults"]["proofread"] is True
    assert "es-MX  Spanish (Mexico)" in ran.err
    assert "Project [work]" in ran.err
    assert ran.out.startswith("localize.yaml  written\n")


def test_a_wrong_answer_is_asked_for_again(workspace: Workspace, answer: Answers) -> None:
    ran = answer(
        "My Project", "acme", "missing.mp4", ADDRESS, "A B", "ab", "", "ja", "", "../up", "up", "n"
    )
    assert ran.code == 0, ran.err
    found = manifest(workspace)
    assert (found["project"], [*found["videos"]]) == ("acme", ["ab"])
    assert found["outputs"]["video"].startswith("up/")
    for told in ("A project is of a-z", "there is no file", "A video id is of a-z", "no plain"):
        assert told in ran.err


def test_a_part_of_a_name_searches(workspace: Workspace, answer: Answers) -> None:
    ran = answer(
        " ",
        "brazil",
        "1",
        "portug",
        "0",
        "span",
        "0",
        "klingon",
        "mexic",
        "1",
        "",
        options=(*PRESET, "--outputs", "c"),
    )
    assert ran.code == 0, ran.err
    assert "… and 11 more: 0, then more of its name" in ran.err
    assert list(manifest(workspace)["languages"]) == ["pt-BR", "es-MX"]
    assert " 1  pt-BR  Portuguese (Brazil)" in ran.err
    assert "'klingon' is not a language" in ran.err


def test_what_the_options_say_is_not_asked(workspace: Workspace, answer: Answers) -> None:
    ran = answer(options=(*PRESET, "--outputs", "c", "-l", "ja"))
    assert (ran.code, ran.err) == (0, "")
    assert "proofread" not in manifest(workspace)["defaults"]


def test_no_input_asks_nothing_on_a_terminal(workspace: Workspace, answer: Answers) -> None:
    ran = answer(options=("--no-input",))
    assert ran.code == 2
    assert "needs --source and --language" in ran.err


def test_an_end_of_the_answers_leaves_nothing(workspace: Workspace, answer: Answers) -> None:
    assert answer("acme").code == 130
    assert names(workspace.folder) == []


def test_a_real_terminal(workspace: Workspace) -> None:
    master, slave = pty.openpty()
    os.write(master, f"acme\n{ADDRESS}\n\nja\n\n\nn\n".encode())
    ended = subprocess.run(
        [sys.executable, "-m", "heygen_localize", "init"],
        cwd=workspace.folder,
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        timeout=30,
        check=False,
    )
    os.close(slave)
    os.close(master)
    assert ended.returncode == 0
    assert ended.stdout.startswith(b"localize.yaml  written\n")
    assert manifest(workspace)["project"] == "acme"
    assert json.loads((workspace.folder / "localize.schema.json").read_text())["title"]
