"""Titles through a vendor that fails half of the time: changed like a read is repeated."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox


@pytest.mark.parametrize(
    "fault", ["http_500_before", "http_500_after", "html_502", "drop_after", "empty_body"]
)
def test_every_title_is_changed_though_half_of_the_calls_fail(
    start: Callable[..., Sandbox], workspace: Workspace, fault: str
) -> None:
    account = start(max_jobs=None, seed=7)
    videos = [f"video-{number}" for number in range(7)]
    workspace.write_videos(*videos)
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos(*videos, extra="defaults: {title: 'New {{ language.tag }}'}")
    account.set_faults(f"{fault}=0.5 on PATCH")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert {job.title for job in account.jobs()} == {"New es-MX", "New fr-FR", "New ja"}
    entries = workspace.lock()["targets"].values()
    assert {entry["title"] for entry in entries} == {"New es-MX", "New fr-FR", "New ja"}
