"""The whole way of reviewed subtitles: proposed, edited, committed, rendered from the edit."""

from __future__ import annotations

import hashlib

from repositories import Repository, generated, proposed
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox


def test_the_whole_story(repository: Repository, workspace: Workspace, sandbox: Sandbox) -> None:
    repository.commit()
    ran = workspace.run("plan")
    assert "  ¶ intro  2 languages  propose  now 1.00, after approval 4.00 USD  its" in ran.out
    assert (
        "Cost: 2 proofread sessions, now 1.00 USD, after approval about 4.00 USD (at speed"
        in ran.out
    )

    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err
    assert "Awaiting review: subtitles/intro/es-MX.srt, subtitles/intro/ja.srt" in ran.out
    assert (proposed(sandbox), generated(sandbox), creates(sandbox)) == (2, 0, 0)
    assert (repository.folder / "subtitles/intro/source.srt").is_file()
    assert workspace.lock()["proofreads"]["intro/ja"]["status"] == "completed"

    ran = workspace.run("plan", "--detailed-exitcode")
    assert ran.code == 0
    assert "? intro/ja     review  after approval 2.00 USD  awaits review: subtitles/" in ran.out
    assert "subtitles/intro/ja.srt; commit it" in ran.out
    assert workspace.run("apply", "--yes").code == 0
    assert (proposed(sandbox), generated(sandbox)) == (2, 0)

    cues = repository.text().read_text().split("\n\n")
    first, second = (cue.splitlines()[2] for cue in cues[:2])
    repository.edit(first, "Hola, mundo")
    repository.edit(second, "Otra vez")
    repository.commit()
    ran = workspace.run("plan")
    assert "  + intro  2 languages  create  4.00 USD  new; rendered from the reviewed" in ran.out
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err
    assert "2 jobs ordered: 2 of 2 targets rendered" in ran.out
    assert (proposed(sandbox), generated(sandbox), creates(sandbox)) == (2, 2, 0)
    job = next(job for job in sandbox.jobs() if job.language.startswith("Spanish"))
    assert "Hola, mundo" in job.body["srt_text"]
    assert job.body["srt_sha256"] == hashlib.sha256(repository.text().read_bytes()).hexdigest()

    lock, seen = workspace.lockfile.read_bytes(), len(sandbox.requests())
    ran = workspace.run("apply", "--yes")
    assert ran.out.startswith("Nothing to do")
    assert workspace.lockfile.read_bytes() == lock
    assert not [note for note in sandbox.requests()[seen:] if note.method in ("POST", "PUT")]
