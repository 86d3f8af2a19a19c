"""`localize explain`, how a mistake looks on a terminal, and what GitHub is told of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from workspaces import Workspace

from heygen_localize.core.errors import Diagnostic, Where
from heygen_localize.core.excerpts import Excerpt, excerpt
from heygen_localize.report.excerpts import excerpt_text
from heygen_localize.report.explanations import explanations
from heygen_localize.report.problems import github_annotations
from heygen_localize.system.resources import errors_page

PACKAGE = Path(__file__).parents[2] / "heygen_localize"
MAKERS = {"InputError", "FileError", "Diagnostic", "Mistake", "Finding"}
METHODS = {"error", "warn", "warning", "_report", "_refused"}
HEAD = "version: 1\nproject: acme\nlanguages: [ja]\n"


def codes_in(path: Path) -> Iterator[str]:
    """Walk over the codes that a module gives to errors."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        values: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            values = [word.value for word in node.keywords if word.arg == "code"]
            if called in MAKERS | METHODS:
                values += node.args[:1]
        elif (isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "default_code") or (
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code"
        ):
            values = [node.value]
        for value in values:
            parts = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            for part in parts:
                text = part.value if isinstance(part, ast.Constant) else None
                if isinstance(text, str) and re.fullmatch("[a-z][a-z0-9_]*", text):
                    yield text


def test_every_code_of_the_source_is_explained() -> None:
    modules = (path for path in PACKAGE.rglob("*.py") if "sandbox" not in path.parts)
    found = {code for path in modules for code in codes_in(path)}
    assert len(found) > 150
    known = explanations(errors_page())
    assert sorted(found - known.keys()) == []
    assert all(len(text) > 15 for text in known.values())


def test_a_code_is_explained_and_one_that_is_none_leads_to_the_nearest(
    workspace: Workspace,
) -> None:
    ran = workspace.run("explain", "yaml_tab", "unknown_key")
    assert ran.code == 0
    assert "indented by a tab" in ran.out
    assert "docs/manifest-reference.md says for each key" in ran.out
    assert len(workspace.run("explain").out.splitlines()) == len(explanations(errors_page()))
    ran = workspace.run("explain", "yaml_tabs")
    assert ran.code == 2
    assert "did you mean yaml_tab" in ran.err


def test_a_mistake_is_shown_with_its_line_and_mark(workspace: Workspace) -> None:
    workspace.write(HEAD + "videos:\n  intro:\n    source: ./a.mp4\n    title: Hello: world\n")
    ran = workspace.run("validate")
    assert ran.err == (
        "error: localize.yaml:7:12: a text with a colon and a space in it needs quotes\n"
        "  |\n"
        "7 |     title: Hello: world\n"
        "  |            ^^^^^^^^^^^^\n"
        "  |\n"
        '  = help: put the text in quotes: title: "Hello: world"\n'
        "More: localize explain yaml_syntax\n"
    )
    assert "More:" not in workspace.run("validate", "--quiet").err
    (error,) = workspace.run("validate", "--format", "json").json()["errors"]
    assert error["excerpt"] == [
        {
            "line": 7,
            "text": "    title: Hello: world",
            "column": 12,
            "width": 12,
            "label": None,
        }
    ]


@pytest.mark.parametrize("width", [20, 40, 60])
@pytest.mark.parametrize("at", [1, 30, 90])
def test_a_long_line_is_cut_around_its_mark(width: int, at: int) -> None:
    line = "x" * (at - 1) + "MARK" + "x" * (100 - at)
    shown = excerpt_text([Excerpt(7, line, at, 4)], None, width=width)
    _, text, marks = shown.splitlines()
    assert len(text) <= max(width, 24)
    assert text[marks.index("^") :].startswith("MARK"[: marks.count("^")])


def test_wide_characters_and_tabs_keep_the_mark_in_place() -> None:
    shown = excerpt_text([Excerpt(7, "題名:\tx: y", 5, 1)], None)
    assert shown.splitlines()[1:] == ["7 | 題名:→x: y", "  |       ^"]
    hostile = excerpt_text([Excerpt(7, "a\x1b[31m\u202eb", 1, 1)], None)
    assert "\x1b" not in hostile
    assert "\u202e" not in hostile


def test_secrets_are_left_out_of_lines() -> None:
    for text in ("a: https://u:pw@x.example/v", "a: https://x.example/v?pw=1", "api-key: pw"):
        shown = excerpt([text], 1, 4)
        assert shown is not None
        assert "pw" not in shown.text
        assert shown.column == 4
    assert excerpt(["x" * 100_000], 1, 1) is None


def test_github_gets_one_annotation_for_a_cause_with_its_address() -> None:
    same = [
        Diagnostic("a", "gone", Where("v/x.yaml", line, 3), "mend", address=f"v{line}/ja")
        for line in range(1, 9)
    ]
    other = Diagnostic("b", "wrong", Where("v/x.yaml", 2))
    assert github_annotations([*same, other], "sub").splitlines() == [
        "::error file=sub/v/x.yaml,line=1,col=3,title=v1/ja::gone; also: v2/ja, v3/ja, v4/ja, "
        "v5/ja, v6/ja, and 2 more places (mend)",
        "::error file=sub/v/x.yaml,line=2::wrong",
    ]


def test_annotations_are_counted_from_the_root_of_the_repository(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(workspace.folder.parent))
    workspace.write(HEAD + "videos:\n  a: {source: ./none.mp4}\n  b: {source: ./none.mp4}\n")
    ran = workspace.run("validate")
    name = workspace.folder.name
    (line,) = [line for line in ran.err.splitlines() if line.startswith("::")]
    assert line.startswith(f"::error file={name}/localize.yaml,line=5,col=15,title=a::there is no")
    assert "; also: b (" in line
