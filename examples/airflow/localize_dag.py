"""Dub what a manifest lacks, pass by pass: a DAG for Apache Airflow 3.

Set up: `pip install heygen-localize` where tasks run, HEYGEN_API_KEY in their environment, a pool
`heygen` with one slot (one submitter an account): `airflow pools set heygen 1 "HeyGen orders"`.
Where tasks run on several hosts, LOCALIZE_STATE too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.sdk import PokeReturnValue, dag, task
from airflow.sdk.exceptions import AirflowFailException

MANIFEST = os.environ.get("LOCALIZE_MANIFEST", "/srv/acme-docs/localize.yaml")
MAX_USD = float(os.environ.get("LOCALIZE_MAX_USD", "50"))
PASS_EVERY = float(os.environ.get("LOCALIZE_PASS_EVERY", "300"))


def agree(_: Any) -> None:
    """Agree to what a plan costs: `max_cost` and the manifest's limits refuse what is too much."""


@contextmanager
def told() -> Iterator[None]:
    """Let Airflow try again what may pass by itself, and no mistake, limit or refused key."""
    from heygen_localize import LocalizeError

    try:
        yield
    except LocalizeError as error:
        codes = {problem.code for problem in error.problems}
        if error.exit_code == 4 or "apply_running" in codes:  # HeyGen or the network; another run
            raise
        hints = "; ".join(f"{problem.message} ({problem.hint})" for problem in error.problems)
        raise AirflowFailException(hints) from error


@dag(
    schedule="@hourly",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
    tags=["localization"],
)
def localize() -> None:
    """Plan, order and collect until nothing renders any more, and fail for what failed."""

    @task
    def plan() -> dict[str, Any]:
        """Show what would be ordered, and what it would cost: it orders nothing."""
        from heygen_localize import Request, connect, plan

        with told():
            planned = plan(Request(MANIFEST), connect())
        return {"summary": planned.plan.summary(), "usd": planned.estimate.cost}

    @task.sensor(poke_interval=PASS_EVERY, timeout=6 * 3600, mode="reschedule", pool="heygen")
    def rendered() -> PokeReturnValue:
        """Make one pass: collect what ended, order what fits. A retry orders nothing twice."""
        from heygen_localize import Conduct, Request, RunOptions, apply, connect

        request = Request(MANIFEST, max_cost=MAX_USD)
        # Without `wait` no worker sits there while HeyGen renders.
        conduct = Conduct(review=agree, options=RunOptions(wait=False))
        with told():
            applied = apply(request, connect(), conduct)
            if applied.result.stopped is not None:  # no credit, or no quota
                raise applied.result.stopped
        failed = {item.address: item.problem.message for item in applied.result.failures}
        return PokeReturnValue(is_done=not applied.result.unfinished, xcom_value=failed)

    @task(retries=0)
    def check(failed: dict[str, str]) -> None:
        """Fail for the targets that failed; all others are done."""
        if failed:
            raise AirflowFailException("; ".join(f"{name}: {why}" for name, why in failed.items()))

    passes = rendered()
    plan() >> passes
    check(passes)


localize()
