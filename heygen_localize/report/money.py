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
    if price.later:
        now = f"now {price.cost:.2f}, " if costs else ""
        return f"{now}after approval {price.later:.2f} USD"
    return f"{price.cost:.2f} USD" if costs else ""


def cost_line(expected: Estimate) -> str:
    """Say what a plan costs: in jobs, and as far as lengths are known in minutes and money."""
    rates = expected.rates.told(proofread=expected.sessions > 0)
    if not expected.jobs and not expected.sessions:
        if expected.later:
            return f"Cost: nothing now, after approval about {expected.later:.2f} USD (at {rates})"
        return "Cost: nothing"
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
        now = " now" if expected.later else ""
        asked += f" for about {expected.cost:.2f} USD{now}"
        if expected.later:
            asked += f", after approval about {expected.later:.2f} USD"
        if expected.unknown:
            asked += f", not counting {len(expected.unknown)} of unknown length"
    told = _told(balance).removesuffix(" USD") if balance is not None else ""
    return f"{asked} (balance {told})?" if told else f"{asked}?"


def _amount(expected: Estimate) -> str:
    if not expected.later:
        return f"{expected.cost:.2f} USD"
    return f"now {expected.cost:.2f} USD, after approval about {expected.later:.2f} USD"


def _told(balance: Balance) -> str:
    """Return what is left: USD as an amount, credits in HeyGen's words."""
    if balance.remaining is not None and balance.currency == "usd":
        return f"{balance.remaining:.2f} USD"
    return (balance.left or "").removesuffix(" left")
