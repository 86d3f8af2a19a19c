"""The house: imports go downward, files and functions stay small, only the command line prints."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "heygen_localize"
FILES = sorted(PACKAGE.rglob("*.py"))

FLOORS = (
    # The pure rooms: each line may import from itself and from those above it.
    (
        "errors",
        "text",
        "decoding",
        "encoding",
        "characters",
        "environment",
        "fingerprint",
        "languages",
        "rates",
        "subtitles",
    ),
    ("review",),
    ("model", "keys", "refusal"),
    ("lock",),
    ("deletions", "lockchecks"),
    ("actions", "contents", "standing", "merging"),
    ("lockreading",),
    ("sources", "pulls"),
    (
        "blocking",
        "review_blocking",
        "reconcile",
        "reviewing",
        "failures",
        "estimate",
        "balances",
        "wire",
        "pages",
    ),
    ("limits", "outcome", "drift", "proofreads", "glossaries", "prunes", "review_desk"),
    ("prune_survey", "session_search"),
    ("session_survey",),
    # Rooms that touch the machine.
    ("system",),
    ("report",),
    (
        "resources",
        "names",
        "files",
        "causes",
        "clock",
        "settings",
        "media",
        "git",
        "hosts",
        "answers",
    ),
    ("deadlines", "sessions"),
    ("journal", "guard", "refusals", "filecache", "web"),
    ("manifest", "lockfile", "transport", "probing"),
    ("assets", "listing", "client", "lockstore", "fetching"),
    ("texts", "neighbours", "session_facts"),
    ("facts", "executor", "proofreading", "deleting"),
    ("connecting", "planning", "pulling"),
    ("sparing",),
    ("savedplans",),
    (
        "app",
        "desk",
        "starting",
        "diagnosis",
        "imports",
        "refreshing",
        "pruning",
        "forgetting",
        "lock_merge",
    ),
    ("cli",),
)
PURE_FLOORS = 11
NOT_IN_PURE_ROOMS = {"requests", "os", "time", "click", "rich", "random", "subprocess", "socket"}
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
ROOFLESS = {"__init__", "__main__", "sandbox"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> set[str]:
    """Give the full names of all that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports by full name only"
            assert node.module is not None
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def our_rooms(path: Path) -> set[str]:
    names = (name.split(".") for name in imports(path))
    return {parts[1] for parts in names if parts[0] == "heygen_localize"} - {"__version__"}


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_room_has_a_floor() -> None:
    assert {room(path) for path in FILES} - ROOFLESS == FLOOR_OF.keys()


def test_imports_go_downward() -> None:
    upward = {
        name(path): above
        for path in FILES
        if room(path) not in ROOFLESS
        and (
            above := {
                other
                for other in our_rooms(path) - {room(path)}
                if FLOOR_OF.get(other, len(FLOORS)) > FLOOR_OF[room(path)]
                and (room(path), other) not in (("cli", "sandbox"), ("cli", "__main__"))
            }
        )
    }
    assert not upward


def test_the_sandbox_shares_no_code_with_the_client() -> None:
    for path in FILES:
        if room(path) == "sandbox":
            assert our_rooms(path) <= {"sandbox", "data"}, name(path)


def test_pure_rooms_stay_pure() -> None:
    for path in FILES:
        if FLOOR_OF.get(room(path), PURE_FLOORS) < PURE_FLOORS:
            roots = {imported.split(".")[0] for imported in imports(path)}
            assert not roots & NOT_IN_PURE_ROOMS, name(path)


def test_nothing_grows_too_long() -> None:
    long = []
    for path in FILES:
        if path.read_text(encoding="utf-8").count("\n") > 300:
            long.append(name(path))
        for node in ast.walk(tree(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno + 1 > 50:
                    long.append(f"{name(path)}: {node.name}")
    assert not long


def test_only_the_command_line_prints_and_leaves() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in FILES
        if room(path) not in ("cli", "__main__")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, (ast.Name, ast.Attribute))
        and ast.unparse(node.func) in ("print", "sys.exit", "exit", "quit")
    ]
    assert not found


def test_what_is_printed_goes_through_one_guard() -> None:
    """`write` keeps it from being a command to a CI system."""
    allowed = {"cli/streams.py:write_commands", "cli/proofread/export.py:_write_bytes"}
    found = {
        f"{name(path)}:{function.name}"
        for path in FILES
        for function in ast.walk(tree(path))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
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
    "system": "the one room that does",
    "files": "writes by way of it",
    "sandbox": "the emulator shares no code with the client, and serves a folder of its own",
    "resources": "reads what was installed with the code",
    "starting/beginning.py": "reads what was installed with the code",
    "settings": "reads the user's credentials, which lie in no checkout",
    "cli/demo.py": "fills a new folder that it makes for itself",
    "pulling/parts.py": "opens by `Place.open`",
    "cli/streams.py": "opens the null device",
    "cli/proofread/export.py": "opens the null device",
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
        or node.func.attr == "open"
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


def test_no_two_test_files_have_one_name() -> None:
    """pytest imports them by their names alone, so the second could not be collected."""
    names = Counter(path.name for path in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
