"""Plans kept as files: what `plan --out` wrote, and `apply` may not go beyond."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from heygen_localize.core.decoding import TooMuch, parse_json
from heygen_localize.core.errors import LimitError, UsageError, Where
from heygen_localize.core.text import pluralize
from heygen_localize.operations.request import Request
from heygen_localize.planning.held import Held
from heygen_localize.planning.plan import Order, Plan, SessionOrder
from heygen_localize.planning.reasons import Reason, SessionStep
from heygen_localize.project.protected import refuse_overwriting
from heygen_localize.system import TooLargeError, read
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import write_atomically

VERSION = 1
_MAX_PLAN_BYTES = 16 * 1024 * 1024
_MOST_VALUES = 500_000
_FLAGS = {"recreate": bool, "retry_failed": bool}


class PlannedOrder(Struct, frozen=True, order=True):
    """One thing that a plan pays for: a target's job, or its proofread session."""

    address: str
    fingerprint: str
    what: str


class SavedPlan(Struct, frozen=True):
    """What a file allows to be paid for, and how it was planned.

    `targets` and `states` are what the plan was narrowed to, `held` the addresses that it held
    over for the budgets.
    """

    project: str
    orders: frozenset[PlannedOrder]
    targets: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    recreate: bool = False
    retry_failed: bool = False
    within_budget: bool = False
    held: frozenset[str] = frozenset()


def orders_of(plan: Plan) -> tuple[PlannedOrder, ...]:
    """Name everything that a plan pays for, in order."""
    return tuple(sorted(order for action in plan.costly for order in _orders(action)))


def _orders(action: Order) -> Iterable[PlannedOrder]:
    if action.orders:
        yield PlannedOrder(action.address, action.target.fingerprint, _what(action))
    if isinstance(action, SessionOrder) and action.session is SessionStep.CREATE:
        yield PlannedOrder(action.address, action.review.session, "proofread")


def _what(action: Order) -> str:
    """Name what is ordered; in place of a job only while that one stands."""
    asked = action.reason is Reason.REPLACE_ASKED
    return f"job in place of {action.facts.newest_failure}" if asked else "job"


def save_plan(path: Path, plan: Plan, request: Request) -> None:
    """Write what a plan pays for to a file.

    Raises:
        UsageError: the file cannot be written, or is one of the project's own.
    """
    refuse_overwriting("--out", path, request.path)
    document = {
        "localize_plan": VERSION,
        "project": plan.project,
        "targets": list(request.targets),
        "states": list(request.states),
        "replace": list(request.replace),
        "recreate": request.recreate,
        "retry_failed": request.retry_failed,
        "orders": [asdict(order) for order in orders_of(plan)],
    }
    if request.within_budget:
        held = sorted(action.address for action in plan.actions if isinstance(action, Held))
        document |= {"within_budget": True, "held": held}
    try:
        write_atomically(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {cause_of(error)}") from None


def read_plan(path: Path) -> SavedPlan:
    """Read a file that `plan --out` wrote.

    Raises:
        UsageError: it is not one.
    """
    where = Where(file=str(path))
    try:
        document = parse_json(read(path, _MAX_PLAN_BYTES), _MOST_VALUES)
    except (TooLargeError, TooMuch):
        raise UsageError("too large to be a plan", where=where) from None
    except OSError as error:
        raise UsageError(
            f"the plan cannot be read: {cause_of(error)}",
            where=where,
            hint="apply takes a file that localize plan --out wrote; addresses go behind --target",
        ) from None
    except ValueError:
        document = None
    try:
        return _saved(document)
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            "this is not a plan that localize has written",
            code="plan_invalid",
            where=where,
            hint="write one with: localize plan --out plan.json",
        ) from None


def _saved(document: Any) -> SavedPlan:
    if document["localize_plan"] != VERSION:
        raise ValueError
    orders = {
        PlannedOrder(str(item["address"]), str(item["fingerprint"]), str(item["what"]))
        for item in document["orders"]
    }
    if not all(isinstance(document[name], kind) for name, kind in _FLAGS.items()):
        raise TypeError
    return SavedPlan(
        str(document["project"]),
        frozenset(orders),
        tuple(str(pattern) for pattern in document["targets"]),
        tuple(str(state) for state in document.get("states", ())),
        tuple(str(address) for address in document.get("replace", ())),
        document["recreate"],
        document["retry_failed"],
        document.get("within_budget") is True,
        frozenset(str(address) for address in document.get("held", ())),
    )


def as_planned(request: Request, saved: SavedPlan) -> Request:
    """Ask for what the saved plan was made for.

    Raises:
        UsageError: the request is narrowed otherwise.
    """
    if request.targets and request.targets != saved.targets:
        raise UsageError("--target does not go with a saved plan, which has its own")
    if request.replace and request.replace != saved.replace:
        raise UsageError("--replace does not go with a saved plan, which has its own")
    if request.states and request.states != saved.states:
        raise UsageError("--state does not go with a saved plan, which has its own")
    return replace(
        request,
        targets=saved.targets,
        states=saved.states,
        replace=saved.replace,
        recreate=request.recreate or saved.recreate,
        retry_failed=request.retry_failed or saved.retry_failed,
        within_budget=request.within_budget or saved.within_budget,
        held=saved.held,
    )


def refuse_more(saved: SavedPlan, plan: Plan) -> None:
    """Make sure that a plan pays for nothing that a saved one does not show.

    Less is fine: jobs may have been ordered, or rendered, meanwhile.

    Raises:
        UsageError: it is another project's.
        LimitError: it pays for more; nothing was paid.
    """
    if saved.project != plan.project:
        raise UsageError(
            f"the plan is of project {saved.project!r}, the manifest of {plan.project!r}",
            code="plan_other_project",
        )
    more = [order for order in orders_of(plan) if order not in saved.orders]
    if not more:
        return
    shown = ", ".join(order.address for order in more[:5]) + (", …" if len(more) > 5 else "")
    raise LimitError(
        f"{pluralize(len(more), 'order')} would be paid for that the saved plan does not "
        f"show: {shown}",
        code="plan_outgrown",
        hint="make a new one and review it: localize plan --out plan.json",
    )
