"""A fleet of workers, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from heygen_localize.core.text import pluralize, sanitize
from heygen_localize.planning.fleet import Fleet, FleetWorker, Queue, Trouble
from heygen_localize.report.pull import size_text
from heygen_localize.report.render import Paint, plain, to_json

_MOST_DOING = 3
_MOST_TROUBLES = 20


def fleet_text(fleet: Fleet, paint: Paint = plain) -> str:
    """Render a fleet for people: queues, workers, places, rates, and what failed and why."""
    parts = (
        list(_queues(fleet, paint)),
        list(_workers(fleet, paint)),
        list(_rates(fleet)),
        list(_troubles(fleet, paint)),
    )
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def fleet_json(fleet: Fleet) -> str:
    """Render a fleet for machines."""
    return to_json(fleet.document())


def _queues(fleet: Fleet, paint: Paint) -> Iterator[str]:
    if not fleet.queues:
        yield "no tasks: start a worker with localize worker"
        return
    width = max(len(f"{queue.project} {queue.kind}") for queue in fleet.queues)
    for queue in fleet.queues:
        name = f"{queue.project} {queue.kind}".ljust(width)
        failed = f"{queue.failed} failed"
        told = paint(failed, "red") if queue.failed else failed
        yield (
            f"{name}  {queue.waiting} waiting  {queue.running} running  {told}"
            f"{_notes(queue, fleet)}"
        )


def _notes(queue: Queue, fleet: Fleet) -> str:
    notes = []
    if queue.keyed:
        notes.append(f"{queue.keyed} for a worker with the key")
    if queue.waiting and queue.project in fleet.unserved:
        notes.append("no worker serves it")
    return f"  ({'; '.join(notes)})" if notes else ""


def _workers(fleet: Fleet, paint: Paint) -> Iterator[str]:
    alive = sum(worker.alive for worker in fleet.workers)
    yield pluralize(alive, "worker")
    for worker in fleet.workers:
        state = paint("alive", "green") if worker.alive else paint("dead", "red")
        yield (
            f"  {worker.id}  {state}  process {worker.pid} on {worker.host}, {worker.version}, "
            f"since {_moment(worker.since)}, heard {worker.silent:.0f} s ago: {_doing(worker)}"
        )
    if len(fleet.versions) > 1:
        yield f"  they are of several versions: {', '.join(fleet.versions)}"


def _doing(worker: FleetWorker) -> str:
    if not worker.doing:
        return "idle"
    told = [
        " ".join(filter(None, (task.kind, task.project, task.address)))
        for task in worker.doing[:_MOST_DOING]
    ]
    more = len(worker.doing) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")


def _rates(fleet: Fleet) -> Iterator[str]:
    for place in fleet.places:
        yield f"account {place.account}: {pluralize(place.held, 'place')} held"
    for name, rate in (("minute", fleet.minute), ("hour", fleet.hour)):
        size = size_text(rate.bytes)
        yield f"delivered in the last {name}: {pluralize(rate.targets, 'target')}, {size}"


def _troubles(fleet: Fleet, paint: Paint) -> Iterator[str]:
    for trouble in fleet.troubles[:_MOST_TROUBLES]:
        sign = paint("!", "red") if trouble.failed else paint("~", "yellow")
        yield f"{sign} {_trouble(trouble)}"
    more = fleet.trouble_count - min(len(fleet.troubles), _MOST_TROUBLES)
    if more > 0:
        yield f"  and {more} more: localize fleet status --format json"
    if any(trouble.failed for trouble in fleet.troubles):
        yield "localize fleet retry, with a project's manifest, has its deliveries tried again"


def _trouble(trouble: Trouble) -> str:
    name = " ".join(filter(None, (trouble.kind, trouble.project, trouble.address)))
    tries = pluralize(trouble.tries, "try", "tries")
    if trouble.failed:
        then = f"given up after {tries}"
    elif trouble.tries:
        then = f"{tries}, again in {trouble.again or 0:.0f} s"
    elif trouble.kind == "pass":
        then = "the next pass looks again"
    else:
        then = "tried again"
    return sanitize(f"{name}: {trouble.reason} ({then})")


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
