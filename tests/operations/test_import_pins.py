"""Jobs made elsewhere: `localize import` asks and pins, `job:` adopts, and nothing is paid for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from workspaces import Workspace, creates

from heygen_localize.operations import import_job as imports
from heygen_localize.sandbox import Sandbox

HEAD = "version: 1\nproject: test\n"
SOURCE = "source: https://cdn.example.com/alpha.mp4"


@pytest.fixture
def made(sandbox: Sandbox, workspace: Workspace) -> str:
    """Make a finished Japanese job in the web app; give its id."""
    workspace.use(sandbox)
    name = sandbox.add_foreign_job("Japanese", title="Intro, by hand")
    sandbox.advance(10)
    return name


def actions(workspace: Workspace) -> dict[str, tuple[str, str]]:
    report = workspace.run("plan", "--format", "json").json()
    return {item["address"]: (item["action"], item["reason"]) for item in report["actions"]}


PLACES = {
    "language, empty": (
        f"videos:\n  alpha:\n    {SOURCE}\n    languages:\n      ja:  # Tokyo\n      es-MX:\n",
        "      ja:  # Tokyo\n        job: ID\n      es-MX:\n",
    ),
    "last line": (
        f"videos:\n  alpha:\n    {SOURCE}\n    languages:\n      es-MX:\n      ja:",
        "      ja:\n        job: ID\n",
    ),
    "language, block": (
        f"videos:\n  alpha:\n    {SOURCE}\n    languages:\n"
        "      es-MX:\n      ja:\n\n          # why\n          title: x\n",
        "      ja:\n          job: ID\n\n          # why\n          title: x\n",
    ),
    "language, flow": (
        f"videos:\n  alpha:\n    {SOURCE}\n    languages: {{es-MX: {{}}, ja: {{title: x}}}} # 2\n",
        "languages: {es-MX: {}, ja: {job: ID, title: x}} # 2\n",
    ),
    "language, flow, empty": (
        f"videos:\n  alpha:\n    {SOURCE}\n    languages:\n      Japanese: {{ }}\n      es-MX:\n",
        "      Japanese: {job: ID }\n",
    ),
    "language, by its name in quotes": (
        f"videos:\n  alpha:\n    {SOURCE}\n    languages:\n      'Japanese':\n      es-MX:\n",
        "      'Japanese':\n        job: ID\n",
    ),
    "video of one language": (
        f"languages: [ja]\nvideos:\n  # ours\n  alpha:\n    {SOURCE}\n  # end\n",
        f"  alpha:\n    job: ID\n    {SOURCE}\n  # end\n",
    ),
    "video of one language, flow": (
        "languages: [ja]\nvideos: {alpha: {source: https://cdn.example.com/alpha.mp4}}",
        "videos: {alpha: {job: ID, source: https://cdn.example.com/alpha.mp4}}",
    ),
    "languages of the top level": (
        f"languages: [es-MX, ja]\nvideos:\n  alpha:\n    {SOURCE}",
        f"  alpha:\n    add_languages: {{ja: {{job: ID}}}}\n    {SOURCE}",
    ),
    "languages of the top level, flow": (
        f"languages: [es-MX, ja]\nvideos:\n  alpha: {{{SOURCE}}}\n",
        f"  alpha: {{add_languages: {{ja: {{job: ID}}}}, {SOURCE}}}\n",
    ),
    "added language": (
        f"languages: [es-MX]\nvideos:\n  alpha:\n    {SOURCE}\n    add_languages: {{ja: {{}}}}\n",
        "    add_languages: {ja: {job: ID}}\n",
    ),
    "carriage returns": (
        f"languages: [ja]\r\nvideos:\r\n  alpha:\r\n    {SOURCE}\r\n",
        f"  alpha:\r\n    job: ID\r\n    {SOURCE}\r\n",
    ),
}


@pytest.mark.parametrize(("text", "expected"), PLACES.values(), ids=PLACES)
def test_a_pin_is_written_by_the_line(
    workspace: Workspace, sandbox: Sandbox, made: str, text: str, expected: str
) -> None:
    workspace.manifest.write_bytes((HEAD + text).encode())
    ran = workspace.run("import", "alpha/ja", made, "--yes")
    assert ran.code == 0, ran.err
    assert ran.out == (
        f"localize.yaml pins alpha/ja to {made}, which is completed. "
        "localize apply adopts it, and pays for nothing.\n"
    )
    after = workspace.manifest.read_bytes().decode()
    assert expected.replace("ID", made) in after
    assert after.count(made) == 1
    pinned = after.replace(f"job: {made}, ", "").replace(f"job: {made}", "")
    assert len(pinned.splitlines()) - len((HEAD + text).splitlines()) in (0, 1)
    assert actions(workspace)["alpha/ja"] == ("adopt", "pinned")
    assert creates(sandbox) == 0


PRINTED = {
    "list": (f"languages: [ja]\nvideos:\n  alpha:\n    {SOURCE}\n    languages: [es-MX, ja]\n",),
    "group": (
        "groups: {all: [es-MX, ja]}\nvideos:\n  alpha:\n"
        f"    {SOURCE}\n    languages:\n      all:\n        title: x\n",
    ),
    "alias": (
        f"languages: [es-MX]\nvideos:\n  alpha:\n    {SOURCE}\n    languages: &l {{ja: &o {{}}, "
        "es-MX: *o}\n",
    ),
    "null in flow": (f"videos: {{alpha: {{{SOURCE}, languages: {{ja: , es-MX: }}}}}}\n",),
    "anchor": (f"languages: [ja, es-MX]\nvideos:\n  alpha: &a\n    {SOURCE}\n  beta: *a\n",),
}


@pytest.mark.parametrize("text", [text for (text,) in PRINTED.values()], ids=PRINTED)
def test_lines_to_paste_where_no_line_says_it_all(
    workspace: Workspace, made: str, text: str
) -> None:
    workspace.write(HEAD + text)
    ran = workspace.run("import", "alpha/ja", made, "--yes")
    assert ran.code == 0, ran.err
    assert f"Bring these lines into localize.yaml to pin alpha/ja to {made}:" in ran.out
    assert f"{{job: {made}}}" in ran.out
    assert workspace.manifest.read_text() == HEAD + text


def test_an_included_file_is_edited_where_the_video_stands(workspace: Workspace, made: str) -> None:
    workspace.write(HEAD + "languages: [ja]\ninclude: ['more/*.yaml']\n")
    more = workspace.folder / "more"
    more.mkdir()
    (more / "a.yaml").write_text(f"videos:\n  alpha:\n    {SOURCE}\n")
    ran = workspace.run("import", "alpha/ja", made, "--yes")
    assert ran.out.startswith("more/a.yaml pins alpha/ja")
    assert f"    job: {made}\n" in (more / "a.yaml").read_text()
    again = workspace.run("import", "alpha/ja", made, "--yes")
    assert again.code == 0
    assert (more / "a.yaml").read_text().count(made) == 1


def test_a_link_to_a_manifest_stays_one(workspace: Workspace, made: str) -> None:
    real = workspace.folder / "real.yaml"
    real.write_text(f"{HEAD}languages: [ja]\nvideos:\n  alpha:\n    {SOURCE}\n")
    workspace.manifest.symlink_to(real)
    assert workspace.run("import", "alpha/ja", made, "--yes").code == 0
    assert workspace.manifest.is_symlink()
    assert made in real.read_text()


def test_it_says_what_it_cannot_know(workspace: Workspace, made: str) -> None:
    workspace.write_videos(
        "alpha",
        extra="defaults: {mode: precision, disable_music_track: true, title: Ours, duration: 95}",
    )
    before = workspace.manifest.read_bytes()
    ran = workspace.run("import", "alpha/ja", made)
    assert ran.code == 2
    assert f"{made}: completed, Japanese, “Intro, by hand”, 6 seconds" in ran.err
    assert "source   https://cdn.example.com/alpha.mp4" in ran.err
    assert "options  mode: precision, disable_music_track: true\n" in ran.err
    assert "Mind: it is 6 seconds long, the source 95." in ran.err
    assert "Note: apply will give it the title “Ours”." in ran.err
    assert "bears no mark of this project, and there is no terminal to ask on" in ran.err
    assert workspace.manifest.read_bytes() == before


@pytest.mark.parametrize("answer", [True, False])
def test_it_asks_on_a_terminal(
    workspace: Workspace, made: str, answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal:
        class stdin:  # noqa: N801
            @staticmethod
            def isatty() -> bool:
                return True

        stderr = stdin

    def confirm(question: str, **_: Any) -> bool:
        assert question == "Is it alpha/ja as the manifest wants it?"
        return answer

    monkeypatch.setattr("heygen_localize.cli.consent.sys", Terminal)
    monkeypatch.setattr("click.confirm", confirm)
    workspace.write_videos("alpha")
    assert workspace.run("import", "alpha/ja", made).code == (0 if answer else 2)
    assert (made in workspace.manifest.read_text()) is answer


def test_what_cannot_be_the_target_is_refused(
    workspace: Workspace, sandbox: Sandbox, made: str
) -> None:
    workspace.write_videos("alpha")
    before = workspace.manifest.read_bytes()
    other = workspace.run("import", "alpha/fr-FR", made, "--yes")
    assert other.code == 2
    assert f"{made} is in Japanese, alpha/fr-FR in French (France)" in other.err
    sandbox.fail_job(made, "no sound")
    failed = workspace.run("import", "alpha/ja", made, "--yes")
    assert failed.code == 2
    assert f"{made} failed: no sound" in failed.err
    assert workspace.manifest.read_bytes() == before


def test_a_target_that_is_pinned_or_reviewed_is_left_alone(
    workspace: Workspace, sandbox: Sandbox, made: str
) -> None:
    workspace.write_videos("alpha", languages=("ja",), extra="defaults: {proofread: true}")
    ran = workspace.run("import", "alpha/ja", made, "--yes")
    assert ran.code == 2
    assert "alpha/ja has proofread" in ran.err
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("import", "alpha/ja", made, "--yes").code == 0
    other = sandbox.add_foreign_job("Japanese")
    ran = workspace.run("import", "alpha/ja", other, "--yes")
    assert ran.code == 2
    assert f"alpha/ja is pinned to job {made} already" in ran.err


def test_the_mark_of_another_project_is_told(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    name = workspace.lock()["targets"]["alpha/ja"]["translation_id"]
    workspace.lockfile.unlink()
    text = workspace.manifest.read_text().replace("project: test", "project: new")
    workspace.write(text)
    ran = workspace.run("import", "alpha/ja", name)
    assert "bears the mark of project 'test'; if that was this project's name" in ran.err
    workspace.write(text.replace("project: new", "project: new\nformerly: [test]"))
    assert workspace.run("import", "alpha/ja", name).code == 0
    assert workspace.lock()["targets"]["alpha/ja"]["translation_id"] == name


def pin(workspace: Workspace, name: str, extra: str = "") -> None:
    workspace.write_videos("alpha", languages=("ja",), extra=extra)
    text = workspace.manifest.read_text()
    workspace.write(text.replace("alpha: {", f"alpha: {{job: {name}, "))


def test_a_pinned_job_is_adopted_and_stays(
    workspace: Workspace, sandbox: Sandbox, made: str
) -> None:
    pin(workspace, made)
    ran = workspace.run("plan")
    assert "adopt" in ran.out
    assert "the manifest pins this job" in ran.out
    assert "other job" not in ran.out  # it is not left alone
    offline = workspace.run("plan", "--offline", "--format", "json").json()
    assert [item["reason"] for item in offline["actions"]] == ["pinned"]
    status = workspace.run("status", "--fail-if-incomplete")
    assert status.code == 5
    assert f"missing    the manifest pins {made}: localize apply adopts it\n" in status.out
    assert workspace.run("apply").code == 0
    before = workspace.lockfile.read_bytes()
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    assert workspace.run("apply").code == 0
    assert workspace.lockfile.read_bytes() == before
    workspace.write(workspace.manifest.read_text().replace("source:", "mode: precision, source:"))
    assert actions(workspace)["alpha/ja"] == ("adopt", "pinned")
    assert workspace.run("apply").code == 0
    assert creates(sandbox) == 0
    workspace.write(workspace.manifest.read_text().replace(f"job: {made}, ", "revision: 2, "))
    assert actions(workspace)["alpha/ja"] == ("replace", "spec_changed")


def test_a_pin_outranks_a_job_that_bears_the_mark(
    workspace: Workspace, sandbox: Sandbox, made: str
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    pin(workspace, made)
    assert actions(workspace)["alpha/ja"] == ("adopt", "pinned")
    assert f"the manifest pins {made}: localize apply" in workspace.run("status").out
    assert workspace.run("status", "--fail-if-incomplete").code == 5
    assert workspace.run("apply").code == 0
    assert workspace.run("status", "--fail-if-incomplete").code == 0
    assert workspace.lock()["targets"]["alpha/ja"]["translation_id"] == made
    assert workspace.run("plan", "--detailed-exitcode").code == 0


FLAGS = [(), ("--recreate",), ("--retry-failed",)]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
@pytest.mark.parametrize("locked", [False, True], ids=["not in lock", "in lock"])
@pytest.mark.parametrize("end", ["failed", "deleted"])
def test_a_pinned_job_that_came_to_nothing_orders_nothing(
    workspace: Workspace,
    sandbox: Sandbox,
    made: str,
    end: str,
    locked: bool,
    flags: tuple[str, ...],
) -> None:
    pin(workspace, made)
    if locked:
        assert workspace.run("apply").code == 0
        workspace.write(workspace.manifest.read_text() + "  beta: {source: 'asset:b'}\n")
        assert workspace.run("apply", "--yes").code == 0
    ordered = creates(sandbox)
    if end == "failed":
        sandbox.fail_job(made, "no sound")
    else:
        sandbox.delete_job(made)
    ran = workspace.run("apply", "--yes", *flags)
    assert ran.code == 1
    reason = "pinned_job_failed" if end == "failed" else "pinned_job_unknown"
    assert actions(workspace)["alpha/ja"] == ("blocked", reason)
    told = "failed: no sound" if end == "failed" else "was not found"
    assert f"job {made}, pinned by the manifest, {told}" in ran.out
    assert "take job: out of the manifest to order it" in ran.out
    assert creates(sandbox) == ordered
    pin(workspace, "x", extra="rates: {}")
    workspace.write(workspace.manifest.read_text().replace("job: x, ", ""))
    if not locked or end == "failed":
        assert actions(workspace)["alpha/ja"][0] in ("create", "retry")


def test_without_a_manifest_it_says_what_to_do(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    assert workspace.run("import", "alpha/ja", "tr_1", "--yes").code == 2
    assert not (workspace.folder / ".localize").exists()


def test_a_pattern_is_no_address(workspace: Workspace, made: str) -> None:
    workspace.write_videos("alpha")
    ran = workspace.run("import", "alpha/*", made, "--yes")
    assert ran.code == 2
    assert "alpha/* is not in the manifest" in ran.err


def test_a_manifest_that_cannot_be_written_gets_the_lines_printed(
    workspace: Workspace, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("heygen_localize.operations.import_job.write_atomically", full)
    workspace.write_videos("alpha", languages=("ja",))
    before = workspace.manifest.read_bytes()
    ran = workspace.run("import", "alpha/ja", made, "--yes")
    assert ran.code == 0
    assert ran.out.startswith("Bring these lines into localize.yaml")
    assert workspace.manifest.read_bytes() == before


def test_a_running_job_is_awaited(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    name = sandbox.add_foreign_job("Japanese")
    pin(workspace, name)
    assert workspace.run("apply").code == 0
    assert workspace.lock()["targets"]["alpha/ja"]["status"] == "completed"
    assert creates(sandbox) == 0


def test_the_report_for_machines_of_a_pin_that_is_not_found(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    pin(workspace, "tr_none")
    told = workspace.run("plan").out
    assert told.endswith(
        "Nothing that apply can do: 1 target marked !, × or ? above waits for you.\n"
    )
    report = workspace.run("plan", "--format", "json").json()
    assert report["actions"][0]["problem"]["code"] == "pinned_job_unknown"
    assert report["estimate"]["jobs"] == 0
    json.dumps(report)


@pytest.mark.parametrize("step", ["with_pin", "_means"])
@pytest.mark.parametrize("ending", ["done", "refused", "stopped"])
def test_what_somebody_writes_into_the_manifest_meanwhile_stays(
    workspace: Workspace, made: str, monkeypatch: pytest.MonkeyPatch, step: str, ending: str
) -> None:
    manifest = f"{HEAD}languages: [ja]\nvideos:\n  alpha:\n    {SOURCE}\n"
    workspace.write(manifest)
    theirs = manifest + "  beta:\n    source: https://cdn.example.com/beta.mp4\n"
    asked: Callable[..., Any] = getattr(imports, step)

    def meanwhile(*given: Any) -> Any:
        found = asked(*given)
        workspace.write(theirs)
        if ending == "stopped":
            raise KeyboardInterrupt
        return found if ending == "done" or step == "with_pin" else False

    monkeypatch.setattr(imports, step, meanwhile)
    ran = workspace.run("import", "alpha/ja", made, "--yes")
    assert workspace.manifest.read_text() == theirs
    assert "Traceback" not in ran.err


def test_a_pin_that_means_something_else_is_taken_back(
    workspace: Workspace, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = f"{HEAD}languages: [ja]\nvideos:\n  alpha:\n    {SOURCE}\n"
    workspace.write(manifest)
    monkeypatch.setattr(imports, "_means", lambda *_: False)
    workspace.run("import", "alpha/ja", made, "--yes")
    assert workspace.manifest.read_text() == manifest
