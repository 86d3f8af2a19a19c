"""What HeyGen's answer about a batch tells of its orders. Pure.

Which order an item is of, its job's mark tells, never its place. That there is no job of an
order is believed only where nothing contradicts it: all items are there, as many as were sent,
each with a job of ours or with a failure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest

from msgspec import Struct

from heygen_localize.core.model import Job
from heygen_localize.heygen.batches import BatchItems
from heygen_localize.heygen.errors import ApiError


class Answer(Struct, frozen=True):
    """What is known of a batch's orders, by the digests of their marks.

    `made` are the ids of their jobs; `not_made` those that no job was made of, with why: None
    where they were not among what HeyGen took. `lost` are those that nobody knows of, though all
    was told; `queued` says that HeyGen is still to make jobs. `unclear` says why a later look may
    tell more.
    """

    made: Mapping[str, str]
    not_made: Mapping[str, ApiError | None] = {}
    lost: tuple[str, ...] = ()
    queued: bool = False
    unclear: str | None = None


def answer_of(
    orders: Sequence[str],
    sizes: Collection[int],
    told: BatchItems,
    jobs: Mapping[str, Job],
    projects: Collection[str],
    dead: Collection[str] = (),
) -> Answer:
    """Return what the items of a batch mean for its orders.

    `orders` are the digests of their marks, in the order in which they were sent; `sizes` of how
    many the batch was, each time. `jobs` are those of the items that could be read, by id, and
    `projects` the names whose marks are ours. What is `dead` and cannot be read was deleted by us.
    """
    made: dict[str, str] = {}
    failures = [item.failure for item in told.items if item.failure is not None]
    given = [item.job_id for item in told.items if item.job_id is not None]
    ids = [name for name in given if name in jobs or name not in dead]
    odd = len(told.items) not in sizes
    seen: set[str] = set()
    for name in ids:
        mark = jobs[name].mark if name in jobs else None
        if name not in jobs:
            continue
        if mark is None or mark.project not in projects or mark.digest in seen:
            odd = True
            continue
        seen.add(mark.digest)
        if mark.digest in orders:
            made[mark.digest] = name
    rest = [digest for digest in orders if digest not in made]
    queued = len(told.items) > len(failures) + len(given)
    unseen = sum(name not in jobs for name in ids)
    unclear = told.flaw or (f"{unseen} of its jobs cannot be read yet" if unseen else None)
    if not rest:
        return Answer(made)
    if queued or unclear is not None:
        return Answer(made, queued=queued, unclear=unclear)
    if odd:
        return Answer(made, lost=tuple(rest))
    return Answer(made, not_made=dict(zip_longest(rest, failures[: len(rest)])))
