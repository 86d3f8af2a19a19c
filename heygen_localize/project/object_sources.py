"""Sources in buckets: what the lockfile knows of them, and what the buckets say now."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from heygen_localize.core.lock import Lock
from heygen_localize.core.objects import Seen, read_address, seen_in
from heygen_localize.system.trace import current

_AT_ONCE = 16


def locked_objects(lock: Lock | None) -> dict[str, Seen | None]:
    """Return what objects were when the newest jobs were ordered from them.

    Good enough to show what stands in the lockfile; nothing is ordered by it.
    """
    entries = lock.entries.values() if lock is not None else ()
    known: dict[str, Seen | None] = {}
    for entry in entries:
        for job in (entry.serving, entry.job):
            if job is not None and job.spec is not None:
                known.update(_objects_in(job.spec.source))
                known.update(_objects_in(job.spec.options.get("audio")))
    return known


def _objects_in(identity: object) -> Iterator[tuple[str, Seen]]:
    found = seen_in(identity) if isinstance(identity, str) else None
    if found is not None:
        yield found


def objects_now(addresses: Collection[str]) -> dict[str, Seen | None]:
    """Ask the buckets for the heads of objects, a few at once; None is what is not there.

    Raises:
        UsageError: the engine is not installed.
        BucketError, BucketUnreachable: a bucket does not say.
    """
    # Here, since few manifests name a bucket.
    from concurrent.futures import ThreadPoolExecutor

    from heygen_localize.buckets.buckets import Buckets

    buckets = Buckets()
    buckets.require()
    trace = current()
    if trace is not None:
        trace.unsteady.update(addresses)  # no later run can tell by its files that all is the same
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda text: buckets.look(read_address(text)), addresses)
        return dict(zip(addresses, found, strict=True))
