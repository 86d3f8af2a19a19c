"""What a plan costs and what the account has, in words."""

from __future__ import annotations

from heygen_localize.core.balance import Balance
from heygen_localize.core.text import pluralize
from heygen_localize.planning.estimate import FREE, Estimate, Price, ordered
from heygen_localize.planning.results import Planned


def price_cell(price: Price, costs: bool) -> str:
    """Say what a row of a plan costs: `37.80 USD`; nothing where it costs nothing."""
    if price == FREE:
        return ""
    if price.cost is None:
        return "length unknown"
    now = f"now {price.cost:.2f}, " if costs else ""
    if price.later is None:
        return f"{now}after approval, length unknown"
    if price.later:
        return f"{now}after approval {price.later:.2f} USD"
    return f"{price.cost:.2f} USD" if costs else ""


def cost_line(expected: Estimate) -> str:
    """Say what a plan costs: in jobs, and as far as lengths are known in minutes and money."""
    rates = expected.rates.told(proofread=expected.sessions > 0, lipsync=expected.lipsyncs > 0)
    if not expected.jobs and not expected.sessions:
        later = _later(expected)
        if not later:
            return "Cost: nothing"
        at = f" (at {rates})" if expected.later else ""
        return f"Cost: nothing now, {later}{at}"
    told = ordered(expected)
    if not expected.cost and expected.unknown:
        return f"Cost: {told} of unknown length"
    parts = [f"Cost: {told}"]
    if expected.jobs:
        parts.append(f"about {expected.seconds / 60:.1f} minutes of video")
    parts.append(f"{_amount(expected)} (at {rates})")
    if expected.unknown:
        noun = "job" if not expected.sessions else "order"
        parts.append(f"not counting {pluralize(len(expected.unknown), noun)} of unknown length")
    return ", ".join(parts)


def orders(expected: Estimate, verb: str = "orders") -> str:
    """Say what is ordered: `orders 3 jobs: about 4.8 minutes of video, 14.25 USD`."""
    if not expected.jobs and not expected.sessions:
        return ""
    told = f"{verb} {ordered(expected)}"
    if expected.unknown and not expected.cost:
        return f"{told} of unknown length"
    parts = [f"about {expected.seconds / 60:.1f} minutes of video"] if expected.jobs else []
    parts.append(_amount(expected))
    if expected.unknown:
        parts.append(f"not counting {len(expected.unknown)} of unknown length")
    return f"{told}: {', '.join(parts)}"


def balance_line(planned: Planned) -> str:
    """Say what the account has, and what the plan leaves of it; empty where nobody asked."""
    balance, expected = planned.balance, planned.estimate
    if balance is None or not _told(balance):
        return ""
    line, left = f"Balance: {_told(balance)}", balance.after(expected.cost)
    if left is None or not expected.cost:
        return line
    if left < 0:
        less = f"{line}, {-left:.2f} USD less than this plan costs"
        return f"{less} (the wallet reloads itself)" if balance.reloads else less
    return f"{line}, about {left:.2f} USD after this plan"


def question(planned: Planned) -> str:
    """Ask for consent: `Order 3 jobs for about 0.90 USD (balance 99.10)?`."""
    expected, balance = planned.estimate, planned.balance
    asked = f"Order {ordered(expected)}"
    if expected.unknown and not expected.cost:
        asked += " of unknown length"
    else:
        later = _later(expected)
        asked += f" for about {expected.cost:.2f} USD"
        asked += f" now, {later}" if later else ""
        if expected.unknown:
            asked += f", not counting {len(expected.unknown)} of unknown length"
    told = _told(balance).removesuffix(" USD") if balance is not None else ""
    return f"{asked} (balance {told})?" if told else f"{asked}?"


def _amount(expected: Estimate) -> str:
    later = _later(expected)
    return f"now {expected.cost:.2f} USD, {later}" if later else f"{expected.cost:.2f} USD"


def _later(expected: Estimate) -> str:
    """Say what approvals lead to: `after approval about 0.90 USD and 2 jobs of unknown length`."""
    told = [f"about {expected.later:.2f} USD"] if expected.later else []
    if expected.later_unknown:
        told.append(f"{pluralize(expected.later_unknown, 'job')} of unknown length")
    return f"after approval {' and '.join(told)}" if told else ""


def _told(balance: Balance) -> str:
    """Return what is left: USD as an amount, credits in HeyGen's words."""
    if balance.remaining is not None and balance.currency == "usd":
        return f"{balance.remaining:.2f} USD"
    return (balance.left or "").removesuffix(" left")
