"""What YAML may and may not hold; both parsers say the same, and so does a stricter one."""

from __future__ import annotations

import codecs
import os
import time
from pathlib import Path

import pytest
import yaml
from manifest_project import HEAD, Project

from heygen_localize.manifest import yaml_reader as reader

VIDEO = "languages: [ja]\nvideos: {a: {source: https://x.example/a.mp4}}\n"


class StrictLoader(yaml.SafeLoader):
    """Refuses deep nesting while it reads ahead, as newer builds of libyaml do."""

    def fetch_flow_collection_start(self, token: type[yaml.Token]) -> None:
        if self.flow_level > 60:
            raise yaml.scanner.ScannerError(None, None, "too deep for me", self.get_mark())
        super().fetch_flow_collection_start(token)


LOADERS = {"c": yaml.CSafeLoader, "python": yaml.SafeLoader, "strict": StrictLoader}


@pytest.fixture(autouse=True, params=LOADERS)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_Loader", LOADERS[request.param])


BAD = {
    "empty": ("", "manifest_empty", None, "is empty"),
    "comment": ("# nothing\n", "manifest_empty", None, "is empty"),
    "null": ("---\n", "manifest_empty", None, "is empty"),
    "list": ("- a\n", "manifest_no_mapping", 1, "found a list"),
    "text": ("\nhello\n", "manifest_no_mapping", 2, "a single value"),
    "duplicate": (HEAD + "project: b\n", "yaml_duplicate_key", 3, "the first is on line 2"),
    "tab": (HEAD + "videos:\n\tintro: 1\n", "yaml_tab", 4, "forbids tabs"),
    "tab in a list": (HEAD + "languages:\n - a\n\t- b\n", "yaml_tab", 5, "forbids tabs"),
    "python tag": (HEAD + "x: !!python/object/apply:os.system [id]\n", "yaml_tag", 3, "tags"),
    "plain tag": (HEAD + "x: !!str 1\n", "yaml_tag", 3, "tag:yaml.org,2002:str"),
    "own tag": (HEAD + "x: !mine {a: 1}\n", "yaml_tag", 3, "!mine"),
    "two documents": (HEAD + "---\na: 1\n", "yaml_documents", 3, "second document"),
    "deep flow": ("a: " + "[" * 3000, "yaml_too_deep", 1, "more than 50 deep"),
    "deep flow ended": ("a: " + "[" * 3000 + "]" * 3000, "yaml_too_deep", 1, "more than 50 deep"),
    "deep braces": ("b: 1\na: " + "{" * 3000, "template_unquoted", 2, "in quotes"),
    "deep behind brackets in quotes": (
        "a:\n- ['it''s [[', \"\\\"[[\", [], {}, " + "[" * 900, "yaml_too_deep", 2, "more than 50",
    ),
    "brackets in quotes": ("a: ['" + "[" * 3000 + "', b: }", "yaml_syntax", 1, "not YAML"),
    "brackets in a word": ("a: b" + "[" * 3000 + "\n  c: d", "yaml_syntax", 2, "not YAML"),
    "deep map": ("a: " + "{a: " * 3000, "yaml_too_deep", 1, "more than 50 deep"),
    "deep block": ("- " * 3000 + "a", "yaml_too_deep", 1, "more than 50 deep"),
    "deep alias": (
        "a: &a " + "[" * 30 + "]" * 30 + "\nb: &b " + "[" * 15 + "*a" + "]" * 15
        + "\nc: " + "[" * 10 + "*b" + "]" * 10,
        "yaml_too_deep", 3, "more than 50 deep",
    ),
    "no alias": ("a: *b\n", "yaml_alias", 1, "names nothing"),
    "circle": ("a: &a [*a]\n", "yaml_alias", 1, "stands inside what it names"),
    "merge": ("a: &a {b: 1}\nc:\n  <<: *a\n", "yaml_merge", 3, "merge keys"),
    "number key": ("1: a\n", "yaml_key", 1, "a number"),
    "true key": ("true: a\n", "yaml_key", 1, "this one is true"),
    "null key": ("~: a\n", "yaml_key", 1, "this one is empty"),
    "list key": ("? [a, b]\n: c\n", "yaml_key", 1, "a list"),
    "map key": ("? {a: [1, {b: c}]}\n: {d: e}\n", "yaml_key", 1, "a mapping"),
    "alias key": ("a: &a [x]\n*a : b\n", "yaml_key", 2, "a list"),
    "infinite": ("a: .inf\n", "yaml_number", 1, "finite"),
    "not a number": ("a: .NaN\n", "yaml_number", 1, "finite"),
    "overflow": ("a: 1e999\n", "yaml_number", 1, "finite"),
    "long number": ("a: " + "9" * 5000 + "\n", "yaml_number", 1, "at most 40"),
    "control": (b"a: \x07\n", "yaml_control", 1, "U+0007 BELL"),
    "escaped control": ('a: "x\\0"\n', "yaml_control", 1, "control character"),
    "not utf-8": (b"a: 1\nb: \xff\n", "yaml_not_utf8", 2, "byte 0xFF"),
    "utf-16 without mark": ("a: 1".encode("utf-16-le"), "yaml_not_utf8", 1, "this is UTF-16LE"),
    "utf-16 cut off": ("a: 1\n".encode("utf-16") + b"x", "yaml_not_utf8", 2, "cut off"),
    "lfs pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "yaml_lfs_pointer", 1, "Git LFS pointer",
    ),
    "conflict": (
        HEAD + "languages:\n<<<<<<< HEAD\n- ja\n=======\n- fr\n>>>>>>> topic\n",
        "yaml_conflict", 4, "git's conflict markers",
    ),
    "line separator in a comment": ("a: 1\n# x\u2028b: 2\n", "yaml_line_end", 2, "LINE SEPARATOR"),
    "paragraph separator": ("a: 1 # x\u2029y\n", "yaml_line_end", 1, "U+2029 PARAGRAPH SEPARATOR"),
    "next line": ("a: 1\nb: x\x85y\n", "yaml_line_end", 2, "U+0085 NEXT LINE"),
    "mark inside": ("a: 1\n\ufeffb: 2\n", "yaml_control", 2, "U+FEFF ZERO WIDTH NO-BREAK"),
    "syntax": ("a: [1\nb: 2\n", "yaml_syntax", 1, "the bracket [ that opens here"),
    "indentation": ("a: 1\n  b: 2\n", "yaml_syntax", 2, "indented below a, which has a value"),
    "unclosed": ('a: "x\n', "yaml_syntax", 1, 'the quote " that opens here'),
    "template": ("title: {{ video.id }}\n", "template_unquoted", 1, "in quotes"),
    "template and text": ("a:\n  srt: {{ video.id }}.srt\n", "template_unquoted", 2, "in quotes"),
    "statement": ("title: {% if a %}\n", "template_unquoted", 1, "in quotes"),
    "template with text inside": ("a: {{ b }} [{{ c }}]\n", "template_unquoted", 1, "in quotes"),
}  # fmt: skip


@pytest.mark.few(60)
@pytest.mark.parametrize("name", BAD)
def test_yaml_that_is_refused(project: Project, name: str) -> None:
    text, code, line, part = BAD[name]
    (problem, *_) = [problem for problem in project.problems(text) if problem.code == code]
    assert problem.where.line == line
    assert part in problem.message
    assert problem.where.file == "localize.yaml"


@pytest.mark.parametrize("text", ['a: "\\ud800"\n', 'a: "\\UFFFFFFFF"\n', "a: !%ff%fe b\n"])
def test_what_no_character_stands_for(project: Project, text: str) -> None:
    codes = {problem.code for problem in project.problems(text)}
    assert codes & {"yaml_syntax", "yaml_control", "yaml_tag"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_unicode_and_line_end_is_read(project: Project, encoding: str, ends: str) -> None:
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""

    def written(text: str) -> bytes:
        return mark + text.replace("\n", ends).encode(encoding)

    part = "videos: {vidéo: {source: 'https://x.example/é.mp4'}}\n".replace("vidéo", "video")
    project.write(written(part), "more.yaml")
    head = HEAD + 'include: [more.yaml]\nlanguages: [ja]\ndefaults: {title: "\\L é"}\n'
    (target,) = project.load(written(head)).targets
    assert (target.source.reference, target.title) == ("https://x.example/é.mp4", "\u2028 é")


def test_alias_bomb(project: Project) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    began = time.monotonic()
    (problem,) = project.problems("\n".join(lines))
    assert problem.code == "yaml_too_large"
    assert time.monotonic() - began < 5


def test_a_file_of_fifty_megabytes_is_not_read(project: Project) -> None:
    project.write(b"")
    os.truncate("localize.yaml", 50_000_000)
    (problem,) = project.problems()
    assert (problem.code, problem.message) == (
        "yaml_too_large",
        "localize.yaml is larger than 10 MB",
    )


def test_several_mistakes_of_yaml_are_told_together(project: Project) -> None:
    problems = project.problems("a: 1\na: 2\n1: x\nb: !!str c\nd: {{ e }}\n")
    assert [(p.code, p.where.line) for p in problems if p.where.line == 1] == [("unknown_key", 1)]
    problems = tuple(problem for problem in problems if problem.where.line != 1)
    assert [(problem.code, problem.where.line) for problem in problems] == [
        ("yaml_duplicate_key", 2),
        ("yaml_key", 3),
        ("yaml_tag", 4),
        ("template_unquoted", 5),
    ]
    assert problems[0].where.path == "a"


def test_an_alias_may_repeat_a_value(project: Project) -> None:
    manifest = project.body(
        """
        languages: [ja]
        defaults: {mode: &mode precision}
        videos:
          a: {source: https://x.example/a.mp4, stock_voice_config: &voice {use_stock_voice: true}}
          b: {source: https://x.example/b.mp4, stock_voice_config: *voice, mode: *mode}
        """
    )
    assert [target.option("stock_voice_config") for target in manifest.targets] == [
        {"use_stock_voice": True}
    ] * 2


def test_a_mistake_inside_an_alias_is_placed_at_the_alias(project: Project) -> None:
    problems = project.mistakes(
        """\
        languages: [ja]
        videos:
          a: &a {source: https://x.example/a.mp4, mode: fast}
          b: *a
        """
    )
    assert [(p.where.line, p.where.column, p.where.path) for p in problems] == [
        (5, 49, "videos.a.mode"),
        (6, 6, "videos.b.mode"),
    ]


def test_a_root_alias_and_bom_and_directive(project: Project) -> None:
    assert project.load(b"\xef\xbb\xbf" + (HEAD + VIDEO).encode()).project == "acme"
    assert project.load("%YAML 1.2\n---\n" + HEAD + VIDEO + "...\n").project == "acme"
    assert project.problems("*a\n")[0].code == "yaml_alias"


def test_core_schema(project: Project) -> None:
    target = project.video(
        """
        start_time: 010
        end_time: 0x1f
        speaker_num: 0o17
        title: 1:30
        callback_id: 2001-12-14
        folder_id: no
        input_language: ~
        duration: +1.5e1
        enable_watermark: TRUE
        """
    )
    assert [target.option(name) for name in ("start_time", "end_time", "speaker_num")] == [
        10,
        31,
        15,
    ]
    assert (target.title, target.callback_id, target.setting("folder_id")) == (
        "1:30",
        "2001-12-14",
        "no",
    )
    assert (target.duration, target.option("enable_watermark")) == (15.0, True)


def test_missing_file(project: Project) -> None:
    (problem,) = project.problems()
    assert (problem.code, problem.message) == (
        "manifest_missing",
        "there is no localize.yaml here",
    )
    assert problem.hint is not None
    assert "localize init" in problem.hint
    project.write("a: 1", "localise.yml")
    assert project.problems()[0].hint == "did you mean localise.yml?"
    project.path = Path("nowhere/x.yaml")
    assert project.problems()[0].message == "there is no nowhere/x.yaml"


def test_a_folder_is_no_manifest(project: Project) -> None:
    project.path.mkdir()
    (problem,) = project.problems()
    assert (problem.code, problem.message) == (
        "manifest_unreadable",
        "cannot read localize.yaml: Is a directory",
    )
