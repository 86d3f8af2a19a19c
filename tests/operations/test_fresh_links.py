"""Links that the lockfile does not keep: asked for by what shows them, and written nowhere."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable

import pytest
from fake_clock import FakeClock
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

LIST = "/v3/video-translations"
NO_LINKS = "lock: {urls: none}"
Start = Callable[..., Sandbox]


@pytest.fixture
def rendered(start: Start, workspace: Workspace) -> Callable[[int], Sandbox]:
    def render(videos: int) -> Sandbox:
        account = start(max_jobs=None, render_seconds=1, balance=1e6)
        names = (f"v{number:03}" for number in range(videos))
        extra = f"limits: {{max_new: 1000, max_concurrent_jobs: 1000}}\n{NO_LINKS}"
        workspace.write_videos(*names, languages=("ja",), extra=extra)
        assert workspace.run("apply", "--yes").code == 0
        assert "video_url" not in workspace.lockfile.read_text()
        return account

    return render


def urls(workspace: Workspace, *options: str) -> list[str | None]:
    ran = workspace.run("status", "--format", "json", *options)
    assert ran.code == 0, ran.err
    return [row["outputs"]["video_url"] for row in ran.json()["targets"]]


def test_a_status_for_machines_has_links_and_changes_no_file(
    rendered: Callable[[int], Sandbox], workspace: Workspace
) -> None:
    account = rendered(2)
    before, asked = workspace.lockfile.read_bytes(), len(account.requests())
    assert all(url and url.startswith("http") for url in urls(workspace))
    assert len(account.requests()) - asked == 2
    assert workspace.lockfile.read_bytes() == before
    # People are shown no links, so HeyGen is not asked; nor is it for what is not shown.
    assert workspace.run("status").code == 0
    assert len(urls(workspace, "--target", "v000/ja")) == 1
    assert len(account.requests()) - asked == 3


def test_many_are_asked_for_through_the_list(
    rendered: Callable[[int], Sandbox], workspace: Workspace
) -> None:
    account = rendered(150)
    asked = len(account.requests())
    found = urls(workspace)
    assert len(found) == 150
    assert all(found)
    notes = account.requests()[asked:]
    assert [note.route for note in notes] == [LIST, LIST]

    # Where others have ordered since, the walk goes on for as long as it costs less than asking
    # for each by its id.
    for number in range(600):
        account.add_foreign_job(title=f"theirs {number}")
    asked = len(account.requests())
    assert all(urls(workspace))
    routes = Counter(note.route for note in account.requests()[asked:])
    assert routes == {LIST: 8}


@pytest.mark.parametrize("urls", ["none", "keep"])
def test_a_pull_asks_for_many_through_the_list(
    sandbox: Sandbox, workspace: Workspace, urls: str
) -> None:
    """Links that the lockfile lacks, and those that have expired."""
    workspace.use(sandbox)
    names = [f"v{number}" for number in range(12)]
    extra = f"lock: {{urls: {urls}}}\noutputs: {{video: 'out/{{{{ video.id }}}}.mp4'}}"
    workspace.write_videos(*names, languages=("ja",), extra=extra)
    assert workspace.run("apply", "--yes").code == 0
    document = workspace.lock()
    for entry in document["targets"].values():
        if urls == "keep":
            entry["outputs"]["expires_at"] = int(time.time()) + 10
    workspace.lockfile.write_text(json.dumps(document))
    asked = len(sandbox.requests())
    assert workspace.run("pull").code == 0
    assert len(list((workspace.folder / "out").iterdir())) == 12
    routes = Counter(note.route for note in sandbox.requests()[asked:] if "/v3/" in note.route)
    assert routes == {LIST: 1}


def test_without_a_key_there_are_none_and_that_is_told(
    rendered: Callable[[int], Sandbox], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(1)
    monkeypatch.delenv("HEYGEN_API_KEY")
    ran = workspace.run("status", "--format", "json")
    assert ran.code == 0
    assert "links are not in the lockfile" in ran.err
    assert json.loads(ran.out)["targets"][0]["outputs"]["video_url"] is None


def test_a_report_has_links_where_heygen_can_be_asked(
    rendered: Callable[[int], Sandbox], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = rendered(1)
    assert workspace.run("report", "--html", "a.html").code == 0
    page = (workspace.folder / "a.html").read_text()
    assert f"{account.base_url}/files/" in page

    asked = len(account.requests())
    assert workspace.run("report", "--html", "b.html", "--no-links").code == 0
    assert len(account.requests()) == asked
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    account.set_faults("html_502=1 on GET")
    ran = workspace.run("report", "--html", "c.html")
    assert ran.code == 0
    assert "could not be had" in ran.err
    assert "/files/" not in (workspace.folder / "c.html").read_text()


def test_a_report_asks_for_the_newest_which_stand_first(
    rendered: Callable[[int], Sandbox],
    workspace: Workspace,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = rendered(250)
    clock.sleep(100)
    manifest = workspace.folder / "localize.yaml"
    added = "".join(f"  z{n}: {{source: 'https://cdn.example.com/z{n}.mp4'}}\n" for n in range(5))
    manifest.write_text(manifest.read_text() + added)
    assert workspace.run("apply", "--yes").code == 0
    monkeypatch.setattr("heygen_localize.cli.report._MOST_ASKED", 5)
    asked = len(account.requests())
    assert workspace.run("report", "--html", "report.html").code == 0
    assert len(account.requests()) - asked == 1
    page = (workspace.folder / "report.html").read_text()
    jobs = [workspace.lock()["targets"][f"z{n}/ja"]["translation_id"] for n in range(5)]
    assert all(f"/files/{job}/" in page for job in jobs)


def test_a_job_of_another_project_has_no_link(
    rendered: Callable[[int], Sandbox], workspace: Workspace
) -> None:
    account = rendered(1)
    theirs = account.add_foreign_job("Japanese", "theirs", callback_id=f"lz1:other:{'0' * 32}")
    lock = workspace.lock()
    lock["targets"]["v000/ja"]["translation_id"] = theirs
    workspace.lockfile.write_text(json.dumps(lock))
    assert urls(workspace) == [None]
