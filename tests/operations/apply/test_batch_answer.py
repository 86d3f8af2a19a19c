"""What is told of a batch: an order whose job may exist never counts as one that was not made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from heygen_localize.core.model import Job, JobStatus
from heygen_localize.heygen.batches import BatchItem, BatchItems
from heygen_localize.heygen.errors import refusal
from heygen_localize.operations.apply.batch_answer import Answer, answer_of

DIGESTS = tuple(f"{number:032x}" for number in range(6))
OUTCOMES = ("made", "refused", "queued")


def job(digest: str, project: str = "test") -> Job:
    return Job(f"tr_{digest[-2:]}", JobStatus.PENDING, f"lz1:{project}:{digest}")


def item(digest: str, outcome: str) -> BatchItem:
    if outcome == "made":
        return BatchItem(job(digest).id)
    return BatchItem(None, refusal(digest, 403, "forbidden") if outcome == "refused" else None)


def told(outcomes: dict[str, str]) -> list[BatchItem]:
    return [item(digest, outcome) for digest, outcome in outcomes.items()]


def answer(items: list[BatchItem], *sizes: int, hidden: str = "", dead: str = "") -> Answer:
    jobs = {job(digest).id: job(digest) for digest in DIGESTS if digest != hidden}
    names = {job(dead).id} if dead else set()
    return answer_of(DIGESTS, sizes, BatchItems(tuple(items)), jobs, ("test",), names)


batches = some.fixed_dictionaries({digest: some.sampled_from(OUTCOMES) for digest in DIGESTS})


@given(
    batches, some.permutations(range(6)), some.sampled_from(["", "drop", "twice", "more", "odd"])
)
def test_no_made_order_counts_as_not_made(
    outcomes: dict[str, str], order: list[int], lie: str
) -> None:
    items = [told(outcomes)[place] for place in order]
    if lie == "drop":
        del items[0]
    elif lie == "twice":
        items[0] = next((entry for entry in items if entry.job_id), items[0])
    elif lie == "more":
        items.append(BatchItem("tr_stranger"))
    elif lie == "odd":
        items[0] = BatchItem("tr_stranger")
    jobs = {job(digest).id: job(digest) for digest in DIGESTS}
    jobs["tr_stranger"] = job(DIGESTS[0], "another")
    found = answer_of(DIGESTS, (6,), BatchItems(tuple(items)), jobs, ("test",))
    ordered = {digest for digest, outcome in outcomes.items() if outcome != "refused"}
    assert not ordered & found.not_made.keys()
    shown = {entry.job_id for entry in items}
    assert found.made == {name: job(name).id for name in DIGESTS if job(name).id in shown}
    if not lie and not found.queued:
        refused = {digest for digest, outcome in outcomes.items() if outcome == "refused"}
        assert found.not_made.keys() == refused
        assert not found.lost


def test_each_refusal_is_told_to_its_order() -> None:
    outcomes = dict(
        zip(DIGESTS, ("made", "refused", "made", "refused", "made", "made"), strict=True)
    )
    found = answer(told(outcomes), 6)
    assert {name: str(failure) for name, failure in found.not_made.items()} == {
        DIGESTS[1]: DIGESTS[1],
        DIGESTS[3]: DIGESTS[3],
    }


def test_what_was_sent_of_it_last_may_be_all_that_there_is() -> None:
    """The first sending never came, and the second one had two of the orders."""
    items = [item(DIGESTS[1], "made"), item(DIGESTS[4], "refused")]
    assert answer(items, 6).not_made == {}
    assert answer(items, 6).lost == tuple(name for name in DIGESTS if name != DIGESTS[1])
    assert answer(items, 6, 2).not_made.keys() == set(DIGESTS) - {DIGESTS[1]}


def test_what_is_flawed_proves_nothing() -> None:
    items = BatchItems(
        (item(DIGESTS[1], "refused"),), "a page of it does not say whether more follows"
    )
    found = answer_of(DIGESTS, (6, 1), items, {}, ("test",))
    assert (found.not_made, found.lost, found.unclear) == ({}, (), items.flaw)


def test_a_job_that_cannot_be_read_yet_may_be_of_any_order() -> None:
    items = told(dict.fromkeys(DIGESTS, "made"))
    found = answer(items, 6, hidden=DIGESTS[2])
    assert (found.not_made, found.lost, len(found.made)) == ({}, (), 5)
    assert found.unclear == "1 of its jobs cannot be read yet"


def test_a_job_that_we_deleted_is_none() -> None:
    items = told(dict.fromkeys(DIGESTS, "made"))
    found = answer(items, 6, hidden=DIGESTS[2], dead=DIGESTS[2])
    assert found.not_made == {DIGESTS[2]: None}
