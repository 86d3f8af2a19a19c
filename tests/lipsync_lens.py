"""Lets the tests of paying once run over lip syncs: an account looked at as through a lens.

Manifests that a test writes ask for lip syncs, and what the sandbox tells of them reads as if
they were translations: their list, their routes, the routes of fault rules. So a test says
nothing of kinds, and holds both to the same.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import Any

import pytest
from workspaces import Workspace

from heygen_localize.core.job_kind import LIPSYNC_PREFIX
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.records import JobNote, RequestNote

TRANSLATIONS, LIPSYNCS = "/v3/video-translations", "/v3/lipsyncs"
ORDERS = TRANSLATIONS
"""Where the orders of a test go."""

_OURS = re.compile(rf"{TRANSLATIONS}(?!/(?:languages|proofreads|batches)\b)")
_SOUND = "https://cdn.example.com/{{ language.tag }}.mp3"
_VIDEO = re.compile(r"(source: *'https[^,}\n]*)(?!.*kind: lipsync)")


def look_through(patch: pytest.MonkeyPatch) -> None:
    """Put the lens before the sandbox and the manifests of a test."""
    write, requests, jobs = Workspace.write, Sandbox.requests, Sandbox.jobs
    set_faults = Sandbox.set_faults

    def told(note: RequestNote) -> RequestNote:
        route = note.route.replace("{lipsync_id}", "{video_translation_id}")
        return replace(
            note,
            route=route.replace(LIPSYNCS, TRANSLATIONS),
            path=note.path.replace(LIPSYNCS, TRANSLATIONS),
        )

    def shown(job: JobNote) -> JobNote:
        return replace(job, id=LIPSYNC_PREFIX + job.id)

    def of_id(method: Any) -> Any:
        return lambda self, job_id, *more: method(self, job_id.removeprefix(LIPSYNC_PREFIX), *more)

    patch.setattr(Workspace, "write", lambda self, text: write(self, as_lipsyncs(text)))
    patch.setattr(
        Sandbox,
        "requests",
        # A project of both kinds lists its translations too; the tests count one list.
        lambda self: [told(note) for note in requests(self) if not _lists_translations(note)],
    )
    patch.setattr(Sandbox, "jobs", lambda self: [*map(shown, self.lipsyncs()), *jobs(self)])
    patch.setattr(
        Sandbox, "set_faults", lambda self, *rules: set_faults(self, *map(of_lipsyncs, rules))
    )
    patch.setattr(Sandbox, "delete_job", of_id(Sandbox.delete_job))
    patch.setattr(Sandbox, "fail_job", of_id(Sandbox.fail_job))
    patch.setattr(Sandbox, "deny", denied)
    patch.setattr(Sandbox, "add_foreign_job", add_foreign)
    patch.setattr(sys.modules[__name__], "ORDERS", LIPSYNCS)


def denied(self: Sandbox, *resources: str) -> None:
    """Let these resources belong to somebody else."""
    names = (name.removeprefix(LIPSYNC_PREFIX) for name in resources)
    self._account.access.resources = frozenset(names)


def add_foreign(
    self: Sandbox, language: str = "", title: str = "Made in the web app", **options: object
) -> str:
    """Make a lip sync as a person in the web app would."""
    return LIPSYNC_PREFIX + self._account.lipsyncs.add_foreign(title, **options).id


def plain(path: str) -> str:
    """Return the path of a request as the tests know it."""
    return path.replace(LIPSYNCS, TRANSLATIONS)


def of_lipsyncs(text: str) -> str:
    """Return a path or a rule about translations as one about lip syncs."""
    return _OURS.sub(LIPSYNCS, text).replace("/tr_", "/ls_")


def _lists_translations(note: RequestNote) -> bool:
    return note.method == "GET" and note.route == TRANSLATIONS


def manifest(text: str) -> str:
    """Return a manifest as a test should write it that does so by itself."""
    return as_lipsyncs(text) if ORDERS == LIPSYNCS else text


def as_lipsyncs(text: str) -> str:
    """Return a manifest whose videos are lip-synced to a sound that each has."""
    if "proofread" in text:
        return text
    return _VIDEO.sub(rf"\1, kind: lipsync, audio: '{_SOUND}'", text)
