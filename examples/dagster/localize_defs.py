"""Dubbed videos as an asset of Dagster: each run of it is one pass, with a check and a schedule.

Set up: `pip install heygen-localize` beside your code, HEYGEN_API_KEY in its environment, and a
pool with a limit of one, for one submitter an account: `dagster instance concurrency set heygen 1`.
Where runs are on several hosts, LOCALIZE_STATE too.
"""

import os
from typing import Any

import dagster as dg


class Localize(dg.ConfigurableResource):
    """A manifest, and how much one pass may cost, in USD."""

    manifest: str = os.environ.get("LOCALIZE_MANIFEST", "/srv/acme-docs/localize.yaml")
    max_usd: float = 50.0


def agree(_: Any) -> None:
    """Agree to what a plan costs: `max_cost` and the manifest's limits refuse what is too much."""


@dg.asset(
    pool="heygen",
    group_name="localization",
    retry_policy=dg.RetryPolicy(max_retries=3, delay=60, backoff=dg.Backoff.EXPONENTIAL),
)
def dubs(localize: Localize) -> dg.MaterializeResult:
    """Make one pass: collect what ended, order what fits. A retry orders nothing twice."""
    from heygen_localize import Conduct, LocalizeError, Request, RunOptions, apply, connect

    request = Request(localize.manifest, max_cost=localize.max_usd)
    # Without `wait` no run sits there while HeyGen renders.
    conduct = Conduct(review=agree, options=RunOptions(wait=False))
    try:
        applied = apply(request, connect(), conduct)
        if applied.result.stopped is not None:  # no credit, or no quota
            raise applied.result.stopped
    except LocalizeError as error:
        codes = {problem.code for problem in error.problems}
        # HeyGen or the network, or another run: they pass. A mistake, a limit, a key do not.
        again = error.exit_code == 4 or "apply_running" in codes
        raise dg.Failure(
            "; ".join(f"{problem.message} ({problem.hint})" for problem in error.problems),
            allow_retries=again,
        ) from error
    return dg.MaterializeResult(
        metadata={
            "ordered": applied.result.ordered,
            "unfinished": len(applied.result.unfinished),
            "failed": {item.address: item.problem.message for item in applied.result.failures},
            "estimated_usd": applied.planned.estimate.cost,
        }
    )


@dg.asset_check(asset=dubs)
def nothing_failed(localize: Localize) -> dg.AssetCheckResult:
    """Look at the state, without asking HeyGen: pass while nothing has failed."""
    from heygen_localize import status

    failed = [row.address for row in status(localize.manifest, states=("failed",))]
    return dg.AssetCheckResult(passed=not failed, metadata={"failed": failed})


passes = dg.ScheduleDefinition(
    name="passes",
    target=dg.AssetSelection.assets(dubs),
    cron_schedule="*/10 * * * *",
)

defs = dg.Definitions(
    assets=[dubs],
    asset_checks=[nothing_failed],
    schedules=[passes],
    resources={"localize": Localize()},
)
