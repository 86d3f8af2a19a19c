"""The state on disk: jobs, assets, sessions, requests and kept answers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from heygen_localize.sandbox.account.database import DATABASE_NAME, Database
from heygen_localize.sandbox.proofread_records import Session
from heygen_localize.sandbox.records import Asset, AssetStatus, Job, KeptAnswer, RequestNote

__all__ = ["DATABASE_NAME", "Store"]

_JOB_COLUMNS = tuple(field.name for field in fields(Job))


def _job(row: sqlite3.Row) -> Job:
    values = {name: row[name] for name in _JOB_COLUMNS}
    return Job(
        **values | {"order": json.loads(values["order"]), "foreign": bool(values["foreign"])}
    )


def _job_values(job: Job) -> dict[str, Any]:
    values = {name: getattr(job, name) for name in _JOB_COLUMNS}
    return values | {"order": json.dumps(job.order)}


def _request_note(row: sqlite3.Row) -> RequestNote:
    values = json.loads(row["note"])
    return RequestNote(**values | {"faults": tuple(values["faults"]), "status": row["status"]})


def _asset(row: sqlite3.Row) -> Asset:
    values = json.loads(row["asset"])
    return Asset(**values | {"status": AssetStatus(values["status"])})


def _session(row: sqlite3.Row) -> Session:
    values = json.loads(row["session"])
    return Session(**values | {"job_ids": tuple(values["job_ids"])})


class Store(Database):
    """Everything that a sandbox remembers, safe to use from many threads."""

    def add_job(self, job: Job) -> None:
        """Adds a job, newer than every other."""
        with self.lock:
            self.connection.execute(
                'INSERT INTO jobs (id, language, title, "order", created_at, started_at, '
                'finished_at, price, failure_message, deleted_at, "foreign") '
                "VALUES (:id, :language, :title, :order, :created_at, :started_at, "
                ":finished_at, :price, :failure_message, :deleted_at, :foreign)",
                _job_values(job),
            )

    def save_job(self, job: Job) -> None:
        """Writes what may change of a job: its title, its end, its deletion."""
        with self.lock:
            self.connection.execute(
                "UPDATE jobs SET title = :title, finished_at = :finished_at, "
                "failure_message = :failure_message, deleted_at = :deleted_at WHERE id = :id",
                _job_values(job),
            )

    def job(self, job_id: str) -> Job | None:
        """Gives a job, deleted or not, or None if there never was one."""
        rows = self.rows("SELECT * FROM jobs WHERE id = ?", job_id)
        return _job(rows[0]) if rows else None

    def jobs_named(self, ids: Sequence[str]) -> list[Job]:
        """Return those of many jobs that were not deleted, in any order."""
        marks = ",".join("?" * len(ids))
        query = f"SELECT * FROM jobs WHERE id IN ({marks}) AND deleted_at IS NULL"  # noqa: S608
        return [_job(row) for row in self.rows(query, *ids)]

    def jobs_ended(self, since: float, until: float) -> list[Job]:
        """Return the jobs that ended between two times, both included, and were not deleted."""
        query = (
            "SELECT * FROM jobs WHERE finished_at BETWEEN ? AND ? AND deleted_at IS NULL "
            "ORDER BY finished_at, sequence"
        )
        return [_job(row) for row in self.rows(query, since, until)]

    def spans_after(self, since: float) -> list[tuple[float, float]]:
        """Return from when to when each job held its place that was in progress after a time."""
        query = (
            "SELECT created_at, min(finished_at, ifnull(deleted_at, finished_at)) AS ended "
            "FROM jobs WHERE finished_at > ? AND ended > ?"
        )
        return [(row[0], row[1]) for row in self.rows(query, since, since)]

    def jobs(self) -> list[Job]:
        """Gives every job ever made, the oldest first."""
        return [_job(row) for row in self.rows("SELECT * FROM jobs ORDER BY sequence")]

    def job_count(self) -> int:
        """Gives the number of jobs ever made."""
        count: int = self.rows("SELECT count(*) FROM jobs")[0][0]
        return count

    def page_of_jobs(self, created_before: float, offset: int, limit: int) -> list[Job]:
        """Gives jobs that are not deleted, the newest first.

        Args:
            created_before: Only jobs made at this time or earlier.
            offset: How many of them to pass over.
            limit: How many to give at most.
        """
        rows = self.rows(
            "SELECT * FROM jobs WHERE deleted_at IS NULL AND created_at <= ? "
            "ORDER BY sequence DESC LIMIT ? OFFSET ?",
            created_before,
            limit,
            offset,
        )
        return [_job(row) for row in rows]

    def ends_after(self, now: float) -> list[float]:
        """Gives the ends of the jobs in progress at a time, the soonest first."""
        rows = self.rows(
            "SELECT finished_at FROM jobs WHERE finished_at > ? AND deleted_at IS NULL "
            "ORDER BY finished_at",
            now,
        )
        return [row[0] for row in rows]

    def charged_by(self, now: float) -> float:
        """Gives the US dollars that all jobs completed by a time cost together."""
        rows = self.rows(
            "SELECT total(price) FROM jobs WHERE finished_at <= ? AND failure_message IS NULL", now
        )
        total: float = rows[0][0]
        return total

    def add_asset(self, asset: Asset) -> None:
        """Adds an asset, newer than every other."""
        text = json.dumps(asdict(asset))
        self.rows(
            "INSERT INTO assets (id, asset, listed) VALUES (?, ?, ?)", asset.id, text, asset.usable
        )

    def save_asset(self, asset: Asset) -> None:
        """Writes what has changed of an asset."""
        text = json.dumps(asdict(asset))
        self.rows(
            "UPDATE assets SET asset = ?, listed = ? WHERE id = ?", text, asset.usable, asset.id
        )

    def asset(self, asset_id: str) -> Asset | None:
        """Gives an asset, deleted or not, or None if there never was one."""
        rows = self.rows("SELECT asset FROM assets WHERE id = ?", asset_id)
        return _asset(rows[0]) if rows else None

    def assets(self) -> list[Asset]:
        """Gives every asset ever begun, the oldest first."""
        return [_asset(row) for row in self.rows("SELECT asset FROM assets ORDER BY sequence")]

    def page_of_assets(self, offset: int, limit: int) -> list[Asset]:
        """Gives assets that are complete and not deleted, the newest first.

        Args:
            offset: How many of them to pass over.
            limit: How many to give at most.
        """
        rows = self.rows(
            "SELECT asset FROM assets WHERE listed ORDER BY sequence DESC LIMIT ? OFFSET ?",
            limit,
            offset,
        )
        return [_asset(row) for row in rows]

    def save_session(self, session: Session) -> None:
        """Adds a proofread session, or writes what has changed of one."""
        self.rows(
            "INSERT INTO sessions (id, session) VALUES (?, ?) "
            "ON CONFLICT (id) DO UPDATE SET session = excluded.session",
            session.id,
            json.dumps(asdict(session)),
        )

    def session(self, session_id: str) -> Session | None:
        """Gives a session, expired or not, or None if there never was one."""
        rows = self.rows("SELECT session FROM sessions WHERE id = ?", session_id)
        return _session(rows[0]) if rows else None

    def sessions(self) -> list[Session]:
        """Gives every session ever made, the oldest first."""
        return [_session(row) for row in self.rows("SELECT * FROM sessions ORDER BY sequence")]

    def add_request(self, note: RequestNote) -> int:
        """Notes a request on its arrival and gives the number of the note."""
        values = {field.name: getattr(note, field.name) for field in fields(note)}
        with self.lock:
            cursor = self.connection.execute(
                "INSERT INTO requests (note) VALUES (?)", (json.dumps(values),)
            )
            return cursor.lastrowid or 0

    def set_request_status(self, number: int, status: int) -> None:
        """Notes the status that a request was answered with."""
        self.rows("UPDATE requests SET status = ? WHERE sequence = ?", status, number)

    def requests(self) -> list[RequestNote]:
        """Gives every request in the order of arrival."""
        return [_request_note(row) for row in self.rows("SELECT * FROM requests ORDER BY sequence")]

    def answer(self, scope: str, key: str, kept_since: float) -> KeptAnswer | None:
        """Gives the answer kept under a key since a time, or None."""
        rows = self.rows(
            "SELECT * FROM answers WHERE scope = ? AND key = ? AND kept_at > ?",
            scope,
            key,
            kept_since,
        )
        if not rows:
            return None
        row = rows[0]
        return KeptAnswer(row["status"], row["body"], json.loads(row["headers"]))

    def keep_answer(self, scope: str, key: str, now: float, answer: KeptAnswer) -> None:
        """Keeps an answer under a key, in place of one that was kept before."""
        self.rows(
            "REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            scope,
            key,
            now,
            answer.status,
            answer.body,
            json.dumps(dict(answer.headers)),
        )
