"""`localize report` as a command: what it says, what it refuses, what it never writes over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_reading import entry, fingerprints, lock_targets, write_report
from workspaces import Workspace

from heygen_localize.core.lock import Lock, LockedJob, LockedSession, LockEntry
from heygen_localize.core.model import JobStatus
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.rates import Rates
from heygen_localize.planning.cost import Spending, spending_line, spent

OLDER = Rates(0.05, 0.1)


@pytest.fixture
def rendered(workspace: Workspace) -> Workspace:
    workspace.write_videos("alpha", "beta", languages=("es-MX", "ja"))
    lock_targets(workspace, {"alpha/es-MX": entry("es-MX", duration=60.0), "alpha/ja": entry("ja")})
    return workspace


def test_it_needs_no_key_and_says_what_it_wrote(rendered: Workspace) -> None:
    ran = rendered.run("report", "--html", "out.html")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "2 completed, 2 missing\n"
        "Cost so far: 2 jobs, 1.1 minutes of video, about 2.20 USD\n"
        "Written to out.html\n"
    )


def test_it_says_so_to_machines(rendered: Workspace) -> None:
    ran = rendered.run("report", "-o", "out.html", "--format", "json")
    assert ran.code == 0
    assert ran.json() == {
        "format_version": 1,
        "path": "out.html",
        "summary": {"completed": 2, "missing": 2},
        "cost": {
            "jobs": 2,
            "proofreads": 0,
            "seconds": 66.0,
            "least_usd": 2.1978,
            "most_usd": 2.1978,
            "unknown_durations": 0,
        },
        "causes_of_failure": 0,
        "holds_signed_links": False,
        "links_left_out": 0,
        "checks": {"unchecked": 2},
        "checks_left_out": 0,
    }


def test_only_these_targets(rendered: Workspace) -> None:
    ran = rendered.run("report", "--html", "out.html", "--target", "*/ja")
    assert ran.out.startswith("1 completed, 1 missing\nCost so far: 1 job, 0.1 minutes")
    page = write_report(rendered, "--target", "*/ja")
    assert [line.cells for line in page.one("table", id="matrix").all("tr")] == [
        ["Video", "ja Japanese"],
        ["alpha", "completed"],
        ["beta", "missing"],
    ]
    assert rendered.run("report", "--html", "x.html", "--target", "no/*").code == 2
    assert not (rendered.folder / "x.html").exists()


def test_a_report_takes_the_place_of_the_last(rendered: Workspace) -> None:
    write_report(rendered)
    (rendered.folder / "localize.lock").unlink()
    page = write_report(rendered)
    assert "4 missing" in page.one("main").text
    assert not list(rendered.folder.glob(".out.html*"))


def test_another_file_is_kept_unless_told(rendered: Workspace) -> None:
    theirs = rendered.folder / "out.html"
    for content in ("<html>mine</html>", ""):
        theirs.write_text(content)
        ran = rendered.run("report", "--html", "out.html")
        assert ran.code == 2
        assert "out.html is there already, and is no report of localize" in ran.err
        assert "--force" in ran.err
        assert theirs.read_text() == content
    assert rendered.run("report", "--html", "out.html", "--force").code == 0
    assert "heygen-localize report" in theirs.read_text()
    assert rendered.run("report", "--html", "out.html").code == 0


@pytest.mark.parametrize("name", ["localize.yaml", "localize.lock", "linked.html"])
def test_the_manifest_and_its_lockfile_are_kept_whatever_is_told(
    rendered: Workspace, name: str
) -> None:
    (rendered.folder / "linked.html").symlink_to("localize.lock")
    before = rendered.manifest.read_bytes(), rendered.lockfile.read_bytes()
    ran = rendered.run("report", "--html", name, "--force")
    assert ran.code == 2
    assert f"{name} is the manifest or its lockfile" in ran.err
    assert (rendered.manifest.read_bytes(), rendered.lockfile.read_bytes()) == before


def test_a_place_that_takes_no_file(rendered: Workspace) -> None:
    ran = rendered.run("report", "--html", "no/such/folder/out.html")
    assert ran.code == 2
    assert "cannot be written: No such file or directory" in ran.err
    ran = rendered.run("report", "--html", "localize.yaml/out.html")
    assert ran.code == 2
    assert "cannot be read: Not a directory" in ran.err
    ran = rendered.run("report", "--html", ".")
    assert ran.code == 2
    assert rendered.run("report").code == 2


def test_a_conflict_in_the_lockfile_is_told(rendered: Workspace) -> None:
    text = rendered.lockfile.read_text()
    marked = f"<<<<<<< ours\n{text}\n=======\n{text}\n>>>>>>> theirs\n"
    rendered.lockfile.write_text(marked)
    ran = rendered.run("report", "--html", "out.html")
    assert ran.code == 0
    assert "The lockfile holds a merge conflict" in ran.err


# What was spent


def job(name: str, seconds: float | None = 10.0, **parts: str) -> LockedJob:
    status = JobStatus(parts.pop("status", "completed"))
    return LockedJob(parts.pop("fingerprint", "f"), name, status, duration=seconds)


def spending(lock: Lock, *addresses: str) -> Spending:
    return spent((), lock, OLDER, set(addresses or lock.entries))


def test_a_job_counts_once_and_the_one_before_it_too() -> None:
    entries = {
        "a/ja": LockEntry("Japanese", job("tr_1")),
        "b/ja": LockEntry("Japanese", job("tr_1")),
        "c/ja": LockEntry("Japanese", job("tr_3", status="running"), serving=job("tr_2", 20.0)),
        "d/ja": LockEntry("Japanese", job("tr_5", None), superseded=("tr_4", "tr_1")),
        "e/ja": LockEntry("Japanese", job("tr_6", status="failed")),
    }
    total = spending(Lock("test", entries))
    assert total == Spending(4, 0, 30.0, 1.5, 3.0, 2)
    assert spending_line(total) == (
        "4 jobs, 0.5 minutes of video, 1.50 to 3.00 USD, not counting 2 orders of unknown length"
    )
    assert spending(Lock("test", entries), "c/ja").seconds == 20.0


def test_a_mode_that_any_target_tells_is_known(workspace: Workspace) -> None:
    workspace.write_videos("alpha", languages=("ja",), extra="defaults: {mode: precision}")
    wanted = fingerprints(workspace)["alpha/ja"]
    item = entry("ja", duration=10.0, translation_id="tr_1", fingerprint=wanted)
    lock_targets(workspace, {"alpha/ja": item, "old/ja": item})
    assert "about 0.67 USD" in workspace.run("report", "--html", "out.html").out


def test_proofread_sessions_cost_by_the_second_too(workspace: Workspace) -> None:
    done = LockedSession("f", "pr_1", SessionStatus.COMPLETED)
    under_way = LockedSession("f", "pr_2", SessionStatus.PROCESSING)
    entries = {"a/ja": LockEntry("Japanese", job("tr_1", 100.0))}
    sessions = {"a/ja": done, "b/ja": done, "c/ja": under_way}
    lock = Lock("test", entries, sessions=sessions)
    total = spent((), lock, OLDER, {"a/ja", "b/ja", "c/ja"})
    assert total == Spending(1, 2, 100.0, 5.83, 10.83, 1)
    assert "1 job, 2 proofread sessions, 1.7 minutes" in spending_line(total)
    alone = spent((), Lock("test", sessions={"b/ja": done}), Rates(), {"b/ja"})
    assert spending_line(alone) == ("1 proofread session, not counting 1 order of unknown length")
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\n"
        "videos: {alpha: {source: 'https://cdn.example.com/a.mp4', duration: 100}}\n"
    )
    session = {"fingerprint": "2" * 64, "proofread_id": "p", "status": "completed", "attempts": 1}
    lock_targets(workspace, {}, proofreads={"alpha/ja": session})
    out = workspace.run("report", "--html", "out.html", "--format", "json").out
    assert json.loads(out)["cost"]["least_usd"] == 0.83


def test_a_page_stays_small(tmp_path: Path) -> None:
    """A thousand videos in ten languages are checked by hand; fifty tell the rate."""
    from heygen_localize.core.model import Manifest, OutputUrls
    from heygen_localize.planning.status import target_statuses
    from heygen_localize.report.html.page import PageInput, page
    from heygen_localize.system.checkout import Checkout

    link = "https://files.example.com/" + "x" * 500
    done = LockedJob("f", "tr", JobStatus.COMPLETED, "A title", 95.0, outputs=OutputUrls(link))
    lock = Lock(
        "test",
        {f"video-{n}/l{m}": LockEntry("A language", done) for n in range(50) for m in range(10)},
    )
    rows = target_statuses((), lock)
    manifest = Manifest(tmp_path / "localize.yaml", "test", ())
    made = page(
        PageInput(
            manifest, lock, rows, tmp_path / "out.html", Checkout(tmp_path), 0.0, signed=False
        )
    )
    assert len(made.html) / len(rows) < 420
