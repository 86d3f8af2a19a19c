"""What the tests of faults ask of an account, and of a lockfile."""

from __future__ import annotations

import json
from collections.abc import Callable

import lipsync_lens
from workspaces import Workspace

from heygen_localize.operations.apply.idempotency import OrderKey
from heygen_localize.project.project import Project
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.records import JobNote, KeptAnswer, RequestNote

LIST = "/v3/video-translations"
BULK = f"{LIST}/statuses"
ONE = LIST + "/{video_translation_id}"
DAY = 86_400.0

Start = Callable[..., Sandbox]
Another = Callable[[Workspace], Workspace]


def statuses(workspace: Workspace) -> dict[str, str]:
    return {name: entry["status"] for name, entry in workspace.lock()["targets"].items()}


def ids(workspace: Workspace) -> dict[str, str]:
    return {name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()}


def orders(account: Sandbox, *, since: int = 0) -> list[RequestNote]:
    """Give the orders among the requests, from the number `since` on."""
    notes = account.requests()[since:]
    return [note for note in notes if note.method == "POST" and note.route == LIST]


def keys(notes: list[RequestNote]) -> list[str]:
    return [note.idempotency_key or "" for note in notes]


def points(notes: list[RequestNote]) -> list[str]:
    """Give the ends of the keys: `0` at first, `1` past a kept refusal, `b…` for a body."""
    return [key.rpartition(":")[2] for key in keys(notes)]


def lists(account: Sandbox, *, since: int = 0) -> list[RequestNote]:
    return [note for note in account.requests()[since:] if note.route == LIST and note.body is None]


def ours(account: Sandbox) -> list[JobNote]:
    return [job for job in account.jobs() if not job.foreign]


def mark(workspace: Workspace, address: str) -> str:
    manifest = Project.open(workspace.manifest).manifest
    (target,) = [target for target in manifest.targets if target.address == address]
    return str(target.mark)


def chain(workspace: Workspace, address: str, previous: str | None = None) -> OrderKey:
    manifest = Project.open(workspace.manifest).manifest
    (target,) = [target for target in manifest.targets if target.address == address]
    return OrderKey(target.mark, previous)


def keep_refusal(account: Sandbox, key: str, status: int, code: str, at: float) -> None:
    """Let the vendor have a refusal under a key, which it replays for 24 hours."""
    body = json.dumps({"error": {"code": code, "message": "Refused some time ago."}})
    account._store.keep_answer(lipsync_lens.ORDERS, key, at, KeptAnswer(status, body, {}))


def assert_one_job_each(account: Sandbox, workspace: Workspace, number: int) -> None:
    """Nothing was paid twice, and everything that was paid for is in the lock."""
    assert len(ours(account)) == number
    assert len(ids(workspace)) == number
    assert {job.id for job in ours(account)} == set(ids(workspace).values())
    assert set(statuses(workspace).values()) == {"completed"}
    assert all(entry["outputs"]["video_url"] for entry in workspace.lock()["targets"].values())
    assert not account.key_leaks()
