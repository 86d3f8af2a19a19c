"""What a plan will cost, action by action and altogether. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.lock import Lock, LockedJob
from heygen_localize.core.locked_target import source_of
from heygen_localize.core.model import Target
from heygen_localize.core.rates import Rates
from heygen_localize.core.sources import Reports
from heygen_localize.core.text import pluralize
from heygen_localize.planning.lengths import told_length
from heygen_localize.planning.plan import Order, Plan, SessionOrder, TargetAction
from heygen_localize.planning.reasons import ActionKind, SessionStep


class Price(Struct, frozen=True):
    """What an action costs: seconds of output video and USD; None where the length is unknown.

    `later` is what the render costs once people have approved the subtitles.
    """

    seconds: float | None = 0.0
    cost: float | None = 0.0
    later: float | None = 0.0

    def document(self) -> dict[str, Any]:
        """Return the price as JSON has it beside an action."""
        told = {"cost_usd": self.cost, "seconds": self.seconds}
        return told if self.later == 0.0 else told | {"after_approval_usd": self.later}


FREE = Price()


class Estimate(Struct, frozen=True):
    """Jobs, seconds of output video, and USD at the rates named.

    `lipsyncs` of the jobs are lip syncs. `sessions` are proofread sessions, which cost by the
    second of video too; `later` is what their renders cost once people have approved the
    subtitles. `unknown` are addresses whose source's length nobody has told; `seconds` and `cost`
    leave them out. `prices` are those of the actions that cost, now or later, by address.
    """

    jobs: int
    seconds: float
    cost: float
    rates: Rates
    unknown: tuple[str, ...] = ()
    sessions: int = 0
    later: float = 0.0
    prices: Mapping[str, Price] = field(default_factory=dict)
    lipsyncs: int = 0

    def price(self, address: str) -> Price:
        """Return what the action at an address costs."""
        return self.prices.get(address, FREE)

    @property
    def later_unknown(self) -> int:
        """How many renders follow an approval whose cost nobody knows, and that is not told yet."""
        unknown = (name for name, price in self.prices.items() if price.later is None)
        return len({*unknown} - {*self.unknown})

    def document(self) -> dict[str, Any]:
        """Return the estimate as JSON has it."""
        return {
            "jobs": self.jobs,
            "lipsyncs": self.lipsyncs,
            "proofreads": self.sessions,
            "seconds": self.seconds,
            "cost_usd": self.cost,
            "after_approval_usd": self.later,
            "unknown_durations": list(self.unknown),
            "rates_usd_per_second": {
                "speed": self.rates.speed,
                "precision": self.rates.precision,
                "proofread": self.rates.proofread,
                "speed_audio_only": self.rates.second("speed", True),
                "precision_audio_only": self.rates.second("precision", True),
                "lipsync_speed": self.rates.lipsync_speed,
                "lipsync_precision": self.rates.lipsync_precision,
            },
            "rates_from": self.rates.origin,
        }


_RENDERED_LATER = (ActionKind.PROPOSE, ActionKind.FETCH, ActionKind.REVIEW)


def estimate(
    plan: Plan, targets: Iterable[Target], lock: Lock, rates: Rates, reports: Reports
) -> Estimate:
    """Add up a plan's costly actions.

    A length comes from `duration` in the manifest, else from the source's own
    bytes, else from a job of the same source in another language, as HeyGen or
    the lock tells it.
    """
    known = _known_lengths(plan, targets, lock)
    seconds = cost = later = 0.0
    prices: dict[str, Price] = {}
    costly = plan.costly
    for action in plan.of_targets:
        if not action.costs and action.kind not in _RENDERED_LATER:
            continue
        length = told_length(action.target, reports)
        if length is None:
            length = known.get(cut(action.target))
        price = _price(action, length, rates)
        prices[action.address] = Price(*map(_rounded, price))
        seconds += price[0] or 0.0
        cost += price[1] or 0.0
        later += price[2] or 0.0
    return Estimate(
        jobs=sum(action.orders for action in costly),
        lipsyncs=sum(action.orders and action.target.kind is JobKind.LIPSYNC for action in costly),
        seconds=round(seconds, 3),
        cost=round(cost, 4),
        rates=rates,
        unknown=tuple(item.address for item in costly if prices[item.address].cost is None),
        sessions=sum(_makes_session(action) for action in costly),
        later=round(later, 4),
        prices=prices,
    )


def _makes_session(action: TargetAction) -> bool:
    return isinstance(action, SessionOrder) and action.session is SessionStep.CREATE


def _price(
    action: TargetAction, length: float | None, rates: Rates
) -> tuple[float | None, float | None, float | None]:
    """Return seconds, USD now and USD later of an action; what it does not order is 0."""
    orders = isinstance(action, Order) and action.orders
    later = action.kind in _RENDERED_LATER
    if length is None:
        return None if orders else 0.0, None if action.costs else 0.0, None if later else 0.0
    render = length * price_of(action.target, rates)
    session = length * rates.proofread if _makes_session(action) else 0.0
    return (
        length if orders else 0.0,
        session + (render if orders else 0.0),
        render if later else 0.0,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def ordered(expected: Estimate) -> str:
    """Count what a plan orders: `3 jobs`, `1 job and 2 proofread sessions`."""
    parts = [(expected.jobs, "job"), (expected.sessions, "proofread session")]
    told = [pluralize(number, noun) for number, noun in parts if number or noun == "job"]
    return " and ".join(told if expected.jobs else told[-1:])


def price_of(target: Target, rates: Rates) -> float:
    """Return what a second of a target's output costs, in USD."""
    mode, alone = target.option("mode"), target.option("translate_audio_only")
    return rates.second(mode, alone, target.kind)


Cut = tuple[str, object, object]
"""A stretch of video: its source, and from where to where."""


def cut(target: Target) -> Cut:
    """Name the stretch of video that a target renders."""
    return (target.source.identity, target.option("start_time"), target.option("end_time"))


def _known_lengths(plan: Plan, targets: Iterable[Target], lock: Lock) -> dict[Cut, float]:
    """Collect the lengths that finished jobs tell of the stretches they were made from."""
    jobs = {action.address: action.job for action in plan.of_targets}
    lengths: dict[Cut, float] = {}
    for target in targets:
        job = jobs.get(target.address)
        entry = lock.entries.get(target.address)
        if job is not None and job.duration:
            lengths.setdefault(cut(target), job.duration)
        elif entry is not None and entry.job.duration and _same_stretch(target, entry.job):
            lengths.setdefault(cut(target), entry.job.duration)
    return lengths


def _same_stretch(target: Target, job: LockedJob) -> bool:
    """Return whether a job of the lock was made from what the target wants now."""
    if target.is_of(job.fingerprint):
        return True
    return job.source.same_place(source_of(target, {})) and cut(target)[1:] == (None, None)
