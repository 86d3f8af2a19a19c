"""Decides between plan and apply, and refuses what would hand the key to strangers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from regular import NotRegularError, linked, read
from workflow import StepError, event, given, manifest, put_outputs, run_step, say, switch

PULL_REQUEST = "pull_request"
APPLYING_EVENTS = ("push", "workflow_dispatch", "repository_dispatch")
OF_STRANGERS = ("pull_request", "pull_request_target")


@dataclass(frozen=True)
class Decision:
    """What the job is to do. `offline_because` says why there is no key, where there is none."""

    command: str
    offline_because: str = ""
    comment: bool = False


def decide(
    event_name: str,
    payload: Mapping[str, Any],
    wanted: str,
    has_key: bool,
    ref: str,
    repository: str,
) -> Decision:
    """Decide what to do for an event; `wanted` is `auto`, `plan` or `apply`.

    Raises:
        StepError: the event runs strangers' files with our secrets, or what is
            wanted does not fit it.
    """
    if wanted not in ("auto", "plan", "apply"):
        raise StepError(f"command is {wanted!r}; it is auto, plan or apply")
    begun_by = (payload.get("workflow_run") or {}).get("event")
    if event_name == "pull_request_target" or begun_by in OF_STRANGERS:
        raise StepError(
            f"{event_name} runs with this repository's secrets for what a stranger wrote",
            hint="use pull_request: forks get a plan from the lockfile alone, without a key",
        )
    if event_name == PULL_REQUEST:
        if wanted == "apply":
            raise StepError(
                "apply on a pull request would pay for what nobody has merged",
                hint="leave command at auto: it plans here, and applies on the default branch",
            )
        return _for_pull_request(payload, has_key, repository)
    if wanted != "auto":
        return Decision(wanted)
    default = (payload.get("repository") or {}).get("default_branch")
    applies = event_name == "schedule" or (  # which is always of the default branch
        event_name in APPLYING_EVENTS and bool(default) and ref == f"refs/heads/{default}"
    )
    return Decision("apply" if applies else "plan")


def _for_pull_request(payload: Mapping[str, Any], has_key: bool, repository: str) -> Decision:
    pull = payload.get("pull_request") or {}
    # The head is null once a fork was deleted.
    head = ((pull.get("head") or {}).get("repo") or {}).get("full_name")
    because = ""
    if head != repository:
        because = "this pull request comes from a fork, which gets no key"
    elif not has_key:
        because = "there is no API key here"
    return Decision("plan", because, comment=True)


def _cache(decision: Decision, path: Path) -> str:
    """Say what may be done with the cache: `keep`, `restore`, or nothing.

    What a run of a branch that is not merged has learned, none that pays shall believe:
    plans are made with what `apply` kept, and keep nothing. Where the state's folder
    is a link, its cache would be written elsewhere.
    """
    if decision.offline_because or linked(path.parent / ".localize"):
        return ""
    return "keep" if decision.command == "apply" else "restore"


def _scheduled(decision: Decision, path: Path) -> bool:
    """Tell whether the run may be needless: one that nobody asked for, of what is known before."""
    by_itself = os.environ.get("GITHUB_EVENT_NAME") == "schedule"
    return by_itself and decision.command == "apply" and _cache(decision, path) == "keep"


def main() -> int:
    """Decide, from what GitHub says of the event, and tell the steps that follow."""
    path = manifest()
    try:
        for file in (path, path.with_suffix(".lock")):
            read(file)
    except NotRegularError as error:
        raise StepError(str(error)) from None
    decision = decide(
        os.environ.get("GITHUB_EVENT_NAME", ""),
        event(),
        given("COMMAND", "auto"),
        switch("HAS_KEY", False) or bool(os.environ.get("HEYGEN_API_KEY")),
        os.environ.get("GITHUB_REF", ""),
        os.environ.get("GITHUB_REPOSITORY", ""),
    )
    because = decision.offline_because
    name = sha256(path.as_posix().encode()).hexdigest()[:12]
    put_outputs(
        command=decision.command,
        offline_because=because,
        comment="true" if decision.comment else "false",
        scheduled="true" if _scheduled(decision, path) else "false",
        cache=_cache(decision, path),
        cache_path=(path.parent / ".localize" / "*" / "cache").as_posix(),
        cache_key=f"localize-apply-{os.environ.get('RUNNER_OS', '')}-{name}",
    )
    say(f"localize {decision.command}" + (f": {because}" if because else ""))
    return 0


if __name__ == "__main__":
    run_step(main)
