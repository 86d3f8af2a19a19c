"""Dubbed video as code: a manifest in git, a plan, each translation paid for once.

What stands in `__all__` is for Python callers too (docs/python.md); the command line
is made of the same. It is imported on use: `localize --version` in a git hook should
cost no more than Python's own start.
"""

from __future__ import annotations

from heygen_localize.core.version import __version__ as __version__

# Nothing is imported before `__main__` has said what Ctrl-C does, typing neither.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from heygen_localize.core.errors import ConsentError, LocalizeError
    from heygen_localize.operations.apply.apply import Conduct, apply
    from heygen_localize.operations.apply.context import RunOptions
    from heygen_localize.operations.plan import plan
    from heygen_localize.operations.request import Request, SourceCheck
    from heygen_localize.operations.status import status
    from heygen_localize.planning.plan import Action, Plan
    from heygen_localize.planning.reasons import ActionKind, Reason
    from heygen_localize.planning.results import Applied, Planned
    from heygen_localize.project.account import Account, connect
    from heygen_localize.project.project import load_manifest

__all__ = [
    "Account",
    "Action",
    "ActionKind",
    "Applied",
    "Conduct",
    "ConsentError",
    "LocalizeError",
    "Plan",
    "Planned",
    "Reason",
    "Request",
    "RunOptions",
    "SourceCheck",
    "apply",
    "connect",
    "load_manifest",
    "plan",
    "status",
]

_ROOMS = {
    "planning.plan": ("Action", "Plan"),
    "planning.reasons": ("ActionKind", "Reason"),
    "operations.apply.apply": ("Conduct", "apply"),
    "operations.status": ("status",),
    "project.account": ("Account", "connect"),
    "core.errors": ("ConsentError", "LocalizeError"),
    "operations.apply.context": ("RunOptions",),
    "project.project": ("load_manifest",),
    "planning.results": ("Applied", "Planned"),
    "operations.plan": ("plan",),
    "operations.request": ("Request", "SourceCheck"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    import importlib

    room = next((room for room, names in _ROOMS.items() if name in names), None)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{room}"), name)
