"""`localize jobs`: the account's jobs, their ids for `import`, and whose they are."""

from __future__ import annotations

import re

from workspaces import Workspace

from heygen_localize.sandbox import Sandbox


def test_whose_the_jobs_are(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    ids = {name: item["translation_id"] for name, item in workspace.lock()["targets"].items()}
    foreign = sandbox.add_foreign_job("Japanese")
    other = sandbox.add_foreign_job("French (France)", callback_id=f"lz1:other:{'0' * 32}")
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("jobs")
    assert ran.code == 0, ran.err
    whose = dict(
        re.findall(r"^(\S+)  \w+ +[-0-9]+ [:0-9]+  \S[^:]*?  +(\S.*)$", ran.out, re.MULTILINE)
    )
    assert whose[ids["alpha/ja"]] == "alpha/ja"
    assert whose[ids["beta/ja"]] == "beta/ja"
    assert whose[foreign].startswith("not ordered by localize")
    assert whose[other].startswith("of project other")
    hint = "1 not ordered by localize: localize import ADDRESS ID adopts one"
    assert ran.out.endswith(f"\n\n4 jobs, {hint}\n")
    only = workspace.run("jobs", "--target", "alpha/*").out
    assert only.startswith(ids["alpha/ja"])
    assert only.endswith("\n\n1 job\n")
    assert workspace.run("jobs", "--target", "gamma/*").code == 2


def test_a_job_that_the_lockfile_lacks(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    workspace.lockfile.unlink()
    assert "alpha/ja (not in the lockfile)" in workspace.run("jobs").out
    (job,) = workspace.run("jobs", "--format", "json").json()["jobs"]
    assert (job["project"], job["addresses"], job["in_lockfile"]) == ("test", ["alpha/ja"], False)
    workspace.write_videos("omega", languages=("ja",))
    assert "of this project, and no target's" in workspace.run("jobs").out


def test_without_a_manifest_and_on_a_list_that_breaks_off(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    sandbox.add_foreign_job("Japanese")
    ran = workspace.run("jobs")
    assert (ran.code, ran.out.count("  not ordered by localize")) == (0, 1)
    sandbox.set_faults("missing=1 on GET /v3/video-translations")
    broken = workspace.run("jobs")
    assert broken.code == 4
    assert "could not be listed" in broken.err
    told = workspace.run("jobs", "--format", "json")
    assert told.code == 4
    assert [problem["code"] for problem in told.json()["errors"]] == ["listing_incomplete"]
    assert "jobs" in told.json()
    assert workspace.run("jobs", "--target", "alpha/*").code == 2
