"""What no linter holds: one room opens files, one guard prints, and no file grows too long.

Who may import whom stands in pyproject.toml, `tool.importlinter`; how long a function may be, there
too.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "heygen_localize"
FILES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_no_file_grows_too_long() -> None:
    long = [name(path) for path in FILES if path.read_text(encoding="utf-8").count("\n") > 300]
    assert not long


PRINTING = {"echo", "secho", "print", "write", "StreamHandler"}


def test_what_is_printed_goes_through_one_guard() -> None:
    """`write` keeps it from being a command to a CI system."""
    allowed = {"cli/streams.py:write_commands", "cli/proofread/sheets.py:_write_bytes"}
    found = {
        f"{name(path)}:{function.name}"
        for path in FILES
        for function in ast.walk(tree(path))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in PRINTING
        and re.fullmatch(
            r"click\.s?echo|print|sys\.std(out|err)\.(buffer\.)?write|logging\.StreamHandler",
            ast.unparse(node.func),
        )
    }
    assert found == allowed
    unguarded = {
        name(path) for path in FILES if "write_commands" in path.read_text(encoding="utf-8")
    }
    assert unguarded == {"cli/shell.py", "cli/streams.py"}


OPENING = {
    *("read_text", "read_bytes", "write_text", "write_bytes", "unlink", "rename", "touch"),
    *("glob", "rglob", "iterdir", "symlink_to", "hardlink_to", "rmdir", "mkdir", "mkstemp"),
    *("scandir", "listdir", "NamedTemporaryFile", "rmtree", "copyfile", "truncate"),
}
MAY_OPEN = {
    "system/folder.py": "the one place that does",
    "system/paths.py": "looks where folders lead",
    "system/files.py": "writes by way of it",
    "system/resources.py": "reads what was installed with the code",
    "sandbox": "the emulator shares no code with the client, and serves a folder of its own",
    "operations/init/create.py": "reads what was installed with the code",
    "heygen/config.py": "reads the user's credentials, which lie in no checkout",
    "media/measure/decode.py": "has PyAV read what its parent opened",
    "cli/demo.py": "fills a new folder that it makes for itself",
    "operations/pull/part_file.py": "opens by `Place.open`",
    "cli/streams.py": "opens the null device",
    "cli/proofread/sheets.py": "opens the null device",
}


def opening(node: ast.Call) -> bool:
    """Tell whether a call opens, lists or changes files; `append` and others of `files` do not."""
    if isinstance(node.func, ast.Name):
        return node.func.id == "open"
    if not isinstance(node.func, ast.Attribute):
        return False
    called = ast.unparse(node.func)
    return (
        node.func.attr in OPENING
        or (node.func.attr == "open" and called not in ("Project.open", "cls.open"))
        or (node.func.attr == "replace" and called.startswith(("os.", "Path(")))
    )


def test_files_are_opened_in_one_room() -> None:
    """Whatever a checkout holds is opened without following a link (`system.folder`)."""
    found = {
        f"{name(path)}:{node.lineno}: {ast.unparse(node.func)}"
        for path in FILES
        if room(path) not in MAY_OPEN and name(path) not in MAY_OPEN
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and opening(node)
    }
    assert not found


def test_all_errors_stand_on_one_page() -> None:
    """But for those of a path and of an HTTP answer, which know more than a diagnostic says."""
    members = {
        node.name
        for node in tree(PACKAGE / "core/errors.py").body
        if isinstance(node, ast.ClassDef)
        and node.name.endswith(("Error", "Refused", "Gone", "Foreign"))
    }
    elsewhere = {
        f"{name(path)}:{node.name}"
        for path in FILES
        if name(path) != "core/errors.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in members for base in node.bases)
    }
    assert elsewhere == {"system/paths.py:UnsafePathError", "heygen/errors.py:ApiError"}


def test_no_two_test_files_have_one_name() -> None:
    """pytest imports them by their names alone, so the second could not be collected."""
    names = Counter(path.name for path in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
