"""The command line's own reports: a matrix on a terminal, lines in a pipe, links after a run."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator

import pytest
from markdown_scenes import assert_harmless, links, tables
from workspaces import Workspace

from heygen_localize.report.wrapping import wrapped
from heygen_localize.sandbox import Sandbox


@pytest.fixture(autouse=True)
def no_log_of_another_test() -> Iterator[None]:
    """Take away the handler that -v leaves, which writes to this test's standard error."""
    yield
    logging.getLogger("heygen_localize").handlers = []


@pytest.fixture
def rendered(start_sandbox: Callable[..., Sandbox], workspace: Workspace) -> Workspace:
    """Two videos in three languages; one of them is rendered but for a job that failed."""
    sandbox = start_sandbox(max_jobs=None, render_seconds=0)
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta")
    sandbox.set_faults("fail_job=1:no sound on POST")
    assert workspace.run("apply", "--yes", "--target", "alpha/es-MX").code == 1
    sandbox.set_faults()
    assert (
        workspace.run("apply", "--yes", "--target", "alpha/fr-FR", "--target", "alpha/ja").code == 0
    )
    return workspace


def terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))


def test_status_is_a_matrix_on_a_terminal_alone(
    rendered: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = rendered.run("status").out
    assert listed.startswith("alpha/es-MX  Spanish (Mexico)  ")
    terminal(monkeypatch, 80)
    shown = rendered.run("status").out
    assert shown.splitlines()[0] == "       es-MX    fr-FR      ja"
    assert shown.splitlines()[1].split() == ["alpha", "failed", "completed", "completed"]
    assert "\nno sound\n    alpha/es-MX\n" in shown
    assert rendered.run("status", "-v").out == listed
    terminal(monkeypatch, 30)
    assert "\n✓ completed  ! failed\n+ missing\n" in rendered.run("status").out
    terminal(monkeypatch, 20)
    apart = rendered.run("status").out.split("\n\n")
    assert [part.splitlines()[0].split() for part in apart[:2]] == [["es-MX", "fr-FR"], ["ja"]]
    terminal(monkeypatch, 11)
    assert rendered.run("status").out == wrapped(listed, 11)


def test_a_run_leads_to_its_files(rendered: Workspace) -> None:
    ran = rendered.run("apply", "--yes", "--format", "markdown")
    assert ran.code == 0
    assert_harmless(ran.out)
    assert tables(ran.out)[0][1:] == [["alpha", *"✓✓✓"], ["beta", *"✓✓✓"]]
    locked = rendered.lock()["targets"]
    # What this run brought comes first.
    order = ["alpha/es-MX", "beta/es-MX", "beta/fr-FR", "beta/ja", "alpha/fr-FR", "alpha/ja"]
    assert links(ran.out) == [locked[name]["outputs"]["video_url"] for name in order]


def test_a_lockfile_without_links_has_a_report_without_links(rendered: Workspace) -> None:
    text = rendered.manifest.read_text() + "lock: {urls: none}\n"
    rendered.write(text)
    ran = rendered.run("apply", "--yes", "--format", "markdown")
    assert ran.code == 0
    assert links(ran.out) == []
    assert "127.0.0.1" not in ran.out
    address = "https://media.acme.example/{{ video.id }}/{{ language.tag }}-{{ fingerprint }}.mp4"
    rendered.write(f"{text}outputs: {{public_url: '{address}'}}\n")
    ran = rendered.run("apply", "--yes", "--format", "markdown")
    assert ran.code == 0
    assert len(links(ran.out)) == 6
    assert {url.partition("/alpha/")[0] for url in links(ran.out) if "alpha" in url} == {
        "https://media.acme.example"
    }


def test_a_plan_groups_what_failed_for_good(rendered: Workspace) -> None:
    rendered.write(rendered.manifest.read_text() + "limits: {max_attempts: 1}\n")
    shown = rendered.run("plan", "--format", "markdown").out
    matrix, failures, changes = tables(shown)
    assert matrix[1:] == [["alpha", "!", "✓", "✓"], ["beta", "+", "+", "+"]]
    assert failures[1][:2] == ["failed 1 time: no sound", "alpha/es-MX"]
    assert "--retry-failed" in failures[1][2]
    assert {row[3] for row in changes[1:]} == {"create"}
