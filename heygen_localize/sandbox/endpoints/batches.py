"""The endpoints about batches and bulk statuses: from a checked call to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.batches import (
    WORDS,
    Batches,
    Standing,
    counts_of,
    word_of,
)
from heygen_localize.sandbox.account.jobs import Machine
from heygen_localize.sandbox.account.lipsyncs import Lipsyncs
from heygen_localize.sandbox.errors import Refusal
from heygen_localize.sandbox.http.pages import page_of
from heygen_localize.sandbox.http.queries import checked_ids
from heygen_localize.sandbox.http.responses import list_success, success
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer

# The page of a batch where a call names no size.
_PAGE = 100
_TRANSLATIONS, _LIPSYNCS = "translations", "lipsyncs"
Standings = Callable[[str], Sequence[Standing]]


class BatchEndpoints:
    """Answers calls about batches of translations and lip syncs, and about their statuses.

    Args:
        batches: The batches of the account.
        machine: The account.
        lipsyncs: Its lip syncs.
        signer: Signs tokens.
    """

    def __init__(
        self, batches: Batches, machine: Machine, lipsyncs: Lipsyncs, signer: Signer
    ) -> None:
        self._batches = batches
        self._machine = machine
        self._lipsyncs = lipsyncs
        self._signer = signer
        self.handlers: Mapping[str, Callable[[Call], Response]] = {
            "create_batch": self._create,
            "get_batch": lambda call: self._get(_TRANSLATIONS, call),
            "statuses": self._statuses,
            "create_lipsync_batch": self._create_lipsyncs,
            "get_lipsync_batch": lambda call: self._get(_LIPSYNCS, call),
            "lipsync_statuses": self._lipsync_statuses,
        }

    def _create(self, call: Call) -> Response:
        orders = [
            {**entry, "output_languages": [language]}
            for entry in call.body["video_translations"]
            for language in entry["output_languages"]
        ]
        return self._created(_TRANSLATIONS, call, orders)

    def _create_lipsyncs(self, call: Call) -> Response:
        return self._created(_LIPSYNCS, call, call.body["lipsyncs"])

    def _created(self, kind: str, call: Call, orders: Sequence[Mapping[str, Any]]) -> Response:
        batch = self._batches.create(kind, call.body, orders, call.struck.text("fail_job"))
        return success({"batch_id": batch.id}, 202)

    def _get(self, kind: str, call: Call) -> Response:
        batch = self._batches.batch(kind, call.arguments["batch_id"])
        standings = self._batches.standings(batch)
        return batch_answer(call, self._signer, batch.title, batch.created_at, standings)

    def _statuses(self, call: Call) -> Response:
        args, unseen = call.request.args, call.struck.seconds("get_lag")
        own, batch_ids = checked_ids(args, "video_translation_ids")
        now = self._machine.now()
        jobs = self._machine.jobs_named(own, unseen)
        words = [WORDS[jobs[name].status_at(now)].value if name in jobs else None for name in own]
        return statuses_answer(own, words, batch_ids, self._standings_of(_TRANSLATIONS))

    def _lipsync_statuses(self, call: Call) -> Response:
        own, batch_ids = checked_ids(call.request.args, "lipsync_ids")
        words = [self._lipsync_word(name) for name in own]
        return statuses_answer(own, words, batch_ids, self._standings_of(_LIPSYNCS))

    def _lipsync_word(self, job_id: str) -> str | None:
        try:
            return WORDS[self._lipsyncs.job(job_id).status_at(self._machine.now())].value
        except Refusal:
            return None

    def _standings_of(self, kind: str) -> Standings:
        return lambda batch_id: self._batches.standings(self._batches.batch(kind, batch_id))


def batch_answer(
    call: Call,
    signer: Signer,
    title: str | None,
    created_at: float,
    standings: Sequence[Standing],
) -> Response:
    """Answer with one page of a batch.

    Raises:
        Refusal: 400 for a token that no list gave.
    """
    page = page_of(call, signer, standings, _PAGE)
    return success(
        {
            "batch_id": call.arguments["batch_id"],
            "title": title,
            "status": word_of(standings).value,
            "total_items": len(standings),
            "counts_by_status": counts_of(standings),
            "created_at": int(created_at),
            "items": [_fields(standing) for standing in page.items],
            "has_more": page.next_token is not None,
            "next_token": page.next_token,
        }
    )


def statuses_answer(
    own: Sequence[str], words: Sequence[str | None], batch_ids: Sequence[str], of_batch: Standings
) -> Response:
    """Answer with the statuses of many ids.

    Args:
        own: The ids that were asked for by themselves.
        words: How far each of them is; None for one that is not there.
        batch_ids: The batches that were asked for.
        of_batch: Gives how far the items of a batch are, or raises a `Refusal`.
    """
    entries: list[dict[str, Any]] = [
        {"video_id": name, "status": word or "not_found"}
        for name, word in zip(own, words, strict=True)
    ]
    for batch_id in batch_ids:
        entries += _entries(batch_id, of_batch)
    return list_success(entries)


def _entries(batch_id: str, of_batch: Standings) -> list[dict[str, Any]]:
    try:
        return [_fields(item) | {"batch_id": batch_id} for item in of_batch(batch_id)]
    except Refusal:
        return [{"batch_id": batch_id, "video_id": None, "status": "not_found"}]


def _fields(standing: Standing) -> dict[str, Any]:
    return {
        "item_index": standing.index,
        "video_id": standing.job_id,
        "status": standing.word.value,
        "error": standing.error,
    }
