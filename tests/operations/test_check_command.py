"""`localize check`, through the command line: the sandbox's files, and damaged ones."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from workspaces import Workspace

from heygen_localize.core.measurement import Measurement
from heygen_localize.media.measure import looking, measure
from heygen_localize.operations import measuring
from heygen_localize.project.project import load_manifest
from heygen_localize.sandbox import Sandbox

sys.path.insert(0, str(Path(__file__).parents[1] / "media/measure"))
from clips import Clip, made

MANIFEST = """\
version: 1
project: test
languages: [es-MX, ja]
outputs:
  video: "out/{{ video.id }}.{{ language.tag }}.mp4"
  srt: "out/{{ video.id }}.{{ language.tag }}.srt"
videos:
  intro:
    source: https://cdn.example.com/intro.mp4
    duration: 6
"""
pytestmark = pytest.mark.usefixtures("decoded_once")
PAGE = Path(__file__).parents[2] / "docs/check.md"


@pytest.fixture
def pulled(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """Give a project whose two files are rendered and pulled."""
    workspace.use(sandbox)
    workspace.write(MANIFEST)
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("pull").code == 0
    return workspace


def plant(workspace: Workspace, content: bytes, tag: str = "ja", kind: str = "video") -> None:
    """Put other bytes in a file's place, as if they had been pulled."""
    end = "mp4" if kind == "video" else kind
    (workspace.folder / f"out/intro.{tag}.{end}").write_bytes(content)
    lock = workspace.lock()
    found = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    lock["targets"][f"intro/{tag}"]["files"][kind] = found
    workspace.lockfile.write_text(json.dumps(lock))


def told(workspace: Workspace, *options: str) -> dict[str, Any]:
    ran = workspace.run("check", "--format", "json", *options)
    document = ran.json()
    assert ran.code == document["exit_code"]
    return {row["address"]: row for row in document["targets"]}


def test_the_files_of_the_sandbox_are_as_they_should_be(pulled: Workspace) -> None:
    ran = pulled.run("check")
    assert ran.code == 0
    assert "✓ intro/es-MX  6.0 s, 320×180, 25 fps, -22.8 LUFS" in ran.out
    assert ran.out.endswith("2 targets checked. The language that is spoken is not checked.\n")
    assert re.search(r"out/intro\.ja\.mp4: measured \([12] of 2\)", ran.err)


def test_what_was_measured_is_not_decoded_again(
    pulled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = told(pulled)
    names = decoded(monkeypatch)
    assert told(pulled) == first
    assert names == []
    for kept in pulled.folder.glob(".localize/localize/cache/measured/*.json"):
        kept.write_text("{}")
    assert told(pulled) == first
    assert sorted(names) == ["out/intro.es-MX.mp4", "out/intro.ja.mp4"]


def test_a_defect_fails_its_target_alone_and_says_where(pulled: Workspace) -> None:
    plant(pulled, made(Clip(seconds=12.0, silent=((2.0, 11.0),), black=((4.0, 8.0),))))
    ran = pulled.run("check")
    assert ran.code == 1
    assert "error  duration: it is 12.0 s long, the source 6.0 s" in ran.out
    assert "warn   silence at 0:02.0 to 0:11.0: 9.0 s are silent in a row" in ran.out
    assert "warn   black at 0:04.0 to 0:08.0: 4.0 s are black in a row" in ran.out
    assert "✓ intro/es-MX" in ran.out
    assert pulled.run("check", "--target", "intro/es-MX").code == 0
    pulled.write(MANIFEST + "    checks: {duration: off, silence: off, black: {within: 5}}\n")
    assert pulled.run("check").code == 0


def test_a_damaged_file_fails_and_says_why(pulled: Workspace) -> None:
    whole = made(Clip())
    plant(pulled, whole[: len(whole) // 2])
    row = told(pulled)["intro/ja"]
    assert row["state"] == "failed"
    assert row["problem"] or row["findings"]
    plant(pulled, b"\x00\x00\x00\x18ftypmp42" + bytes(200))
    row = told(pulled)["intro/ja"]
    assert row["problem"]["code"] in ("media_unreadable", "download_not_a_file")
    assert "localize pull" in pulled.run("check").out


def test_captions_in_another_language(pulled: Workspace) -> None:
    spoken = "The weather is fine today, and so we walk down to the sea and swim."
    text = f"1\n00:00:00,200 --> 00:00:05,000\n{spoken}\n"
    plant(pulled, text.encode(), kind="srt")
    row = told(pulled)["intro/ja"]
    assert [found["rule"] for found in row["findings"]] == ["caption_language"]
    assert row["captions"]["language"] == "en"


def test_what_was_not_pulled_is_said_and_fails_nothing(pulled: Workspace) -> None:
    (pulled.folder / "out/intro.ja.mp4").unlink()
    ran = pulled.run("check")
    assert ran.code == 0
    assert "- intro/ja     out/intro.ja.mp4 is not pulled" in ran.out
    assert "1 not looked at: not pulled (localize pull, or localize check --fetch)" in ran.out


@pytest.mark.parametrize("content", [b"", b"somebody's own", None], ids=["empty", "other", "cut"])
def test_a_file_that_is_not_as_it_was_pulled_fails(
    pulled: Workspace, content: bytes | None
) -> None:
    """Who publishes what has passed is to publish nothing that nobody looked at."""
    before = pulled.lockfile.read_bytes()
    file = pulled.folder / "out/intro.ja.mp4"
    file.write_bytes(file.read_bytes()[:30_000] if content is None else content)
    ran = pulled.run("check")
    assert ran.code == 1
    assert "'out/intro.ja.mp4' is not as it was pulled" in ran.out
    assert "✓ intro/es-MX" in ran.out
    assert json.loads(before)["targets"]["intro/ja"] == pulled.lock()["targets"]["intro/ja"]
    assert pulled.run("pull").code == 0
    assert pulled.run("check").code == 0


def test_a_file_that_changes_while_it_is_looked_at_is_neither_judged_nor_kept(
    pulled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = pulled.folder / "out/intro.ja.mp4"
    whole, measure = file.read_bytes(), measuring.measure

    def changed(opened: BinaryIO, name: str) -> Measurement:
        found = measure(opened, name)
        if "ja" in name:
            file.write_bytes(made(Clip(seconds=12.0)))
        return found

    monkeypatch.setattr(measuring, "measure", changed)
    ran = pulled.run("check")
    assert ran.code == 1
    assert "'out/intro.ja.mp4' changed while it was looked at" in ran.out
    monkeypatch.undo()
    file.write_bytes(whole)
    row = told(pulled)["intro/ja"]
    assert row["state"] == "ok"
    assert row["file"]["seconds"] == 6.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file.unlink(), "'out/intro.ja.srt' is not pulled"),
        (lambda file: file.write_text("1\n"), "'out/intro.ja.srt' is not as it was pulled"),
    ],
    ids=["missing", "other"],
)
def test_captions_that_nobody_looked_at_are_told(
    pulled: Workspace, change: Callable[[Path], object], message: str
) -> None:
    change(pulled.folder / "out/intro.ja.srt")
    ran = pulled.run("check")
    assert ran.code == 0
    assert f"warn   caption_timing: its captions: {message}" in ran.out
    pulled.write(MANIFEST + "    checks: {caption_timing: error}\n")
    assert pulled.run("check").code == 1
    pulled.write(MANIFEST + "    checks: {caption_timing: off}\n")
    assert "captions:" not in pulled.run("check").out


def test_captions_without_anything_in_them_are_told(pulled: Workspace) -> None:
    plant(pulled, b"", kind="srt")
    assert "caption_timing: its captions: " in pulled.run("check").out


def test_a_decoder_that_cannot_be_loaded_is_told_once(
    pulled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = pulled.folder / "broken/av"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('libfoo.so')")
    monkeypatch.setattr(measuring, "measure", measure)
    monkeypatch.syspath_prepend(broken.parent)
    ran = pulled.run("check")
    assert ran.code == 2
    assert ran.err.count("cannot be used here (libfoo.so)") == 1


def test_without_the_extra_a_line_says_how_to_get_it(
    pulled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "find_spec", lambda name: None)
    ran = pulled.run("check")
    assert ran.code == 2
    assert "pip install 'heygen-localize[check]'" in ran.err


def test_markdown_has_what_is_wrong_alone(pulled: Workspace) -> None:
    plant(pulled, made(Clip(seconds=12.0)))
    out = pulled.run("check", "--format", "markdown").out
    assert "| `intro/ja` | failed | error duration" in out
    assert "es-MX" not in out


def test_thresholds_that_contradict_each_other_are_told_with_their_line(
    workspace: Workspace,
) -> None:
    workspace.write(MANIFEST + "    checks: {picture: {min_frame_rate: 30, max_frame_rate: 25}}\n")
    ran = workspace.run("validate")
    assert ran.code == 2
    assert "localize.yaml:11:" in ran.err
    assert "checks.picture.min_frame_rate (30) is above max_frame_rate (25)" in ran.err


@pytest.mark.parametrize(
    "rule",
    [
        "picture: {min_width: 1.5}",
        "picture: {min_height: 1.5}",
        "sound: {min_channels: 1.5}",
        "sound: {min_sample_rate: 8000.5}",
        "caption_reading: {max_line_length: 40.5}",
    ],
)
def test_what_is_counted_is_a_whole_number(workspace: Workspace, rule: str) -> None:
    workspace.write(f"{MANIFEST}    checks: {{{rule}}}\n")
    ran = workspace.run("validate")
    assert ran.code == 2
    assert "a whole number" in ran.err


def test_rules_are_overlaid_one_by_one(workspace: Workspace) -> None:
    workspace.write(
        MANIFEST.replace(
            "videos:", "defaults: {checks: {silence: off, loudness: {target: -16}}}\nvideos:"
        )
        + "    checks: {loudness: error}\n    languages: {ja: {checks: null}, fr-FR: {}}\n"
    )
    found = {target.address: target.checks for target in load_manifest(workspace.manifest).targets}
    assert found == {
        "intro/ja": {},
        "intro/fr-FR": {"silence": "off", "loudness": "error"},
    }


def test_the_page_is_true(pulled: Workspace) -> None:
    text = PAGE.read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    pulled.write(example.replace("project: acme-docs", "project: test"))
    assert pulled.run("validate").code == 0
    shown = text.partition("$ localize check\n")[2].partition("```")[0]
    pulled.write(
        MANIFEST.replace("es-MX, ja", "de-DE")
        + "  tour:\n    source: https://cdn.example.com/tour.mp4\n    duration: 30\n"
        + "    checks: {loudness: {target: -16}}\n"
    )
    assert pulled.run("apply", "--yes").code == 0
    assert pulled.run("pull").code == 0
    assert pulled.run("check").out == shown


LOCAL = MANIFEST.replace("https://cdn.example.com/intro.mp4\n    duration: 6", "videos/intro.mp4")


@pytest.fixture
def local(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """Give a project whose source is a file of another size and rate than the dubs."""
    workspace.use(sandbox)
    return from_local(workspace, made(SOURCE))


def from_local(workspace: Workspace, source: bytes) -> Workspace:
    (workspace.folder / "videos").mkdir()
    (workspace.folder / "videos/intro.mp4").write_bytes(source)
    workspace.write(LOCAL)
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("pull").code == 0
    return workspace


SOURCE = Clip(size=(640, 360), rate=10, silent=((2.0, 3.5),))


def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which files are decoded from now on."""
    names: list[str] = []
    monkeypatch.setattr(measuring, "measure", measure)
    answer_of = looking.answer_of

    def noted(file: Any, name: str, *rest: Any, **more: Any) -> Any:
        names.append(name)
        return answer_of(file, name, *rest, **more)

    monkeypatch.setattr(looking, "answer_of", noted)
    return names


def test_a_local_source_is_measured_once_and_compared(
    local: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = decoded(monkeypatch)
    rows = told(local)
    assert sorted(names) == ["out/intro.es-MX.mp4", "out/intro.ja.mp4", "videos/intro.mp4"]
    for row in rows.values():
        assert [(one["rule"], one["severity"], one["message"]) for one in row["findings"]] == [
            ("picture", "warn", "it is 320×180, the source 640×360"),
            ("picture", "warn", "it has 25 frames a second, the source 10"),
        ]
        (silence,) = [one for one in row["differences"] if one["what"] == "silence"]
        assert (silence["at"], silence["until"], silence["in_source"]) == (2.0, 3.5, True)
    assert told(local) == rows
    assert len(names) == 3
    local.write(LOCAL + "    checks: {picture: {like_source: error}}\n")
    assert local.run("check").code == 1
    local.write(LOCAL + "    checks: {picture: {like_source: off}}\n")
    assert {row["state"] for row in told(local).values()} == {"ok"}


def test_a_source_is_measured_only_for_what_was_pulled(
    local: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in local.folder.glob("out/*.mp4"):
        path.unlink()
    names = decoded(monkeypatch)
    assert {row["state"] for row in told(local).values()} == {"unpulled"}
    assert names == []


def test_a_source_that_cannot_be_measured_is_told_and_fails_nothing(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    local = from_local(workspace, b"\x00\x00\x00\x18ftypmp42" + bytes(2000))
    ran = local.run("check")
    assert ran.code == 0, ran.out
    assert "Not compared with its source: 'videos/intro.mp4'" in ran.out
    assert ran.out.count("Not compared") == 1
    assert "2 targets checked" in ran.out
    assert "Not compared with its source" in local.run("check", "--format", "markdown").out
    row = told(local)["intro/ja"]
    assert row["source_problem"]["code"].startswith("media_")
    assert row["differences"] is None


def test_a_dub_of_an_earlier_source_is_not_compared_with_the_new_one(local: Workspace) -> None:
    (local.folder / "videos/intro.mp4").write_bytes(made(Clip()))
    assert {row["differences"] for row in told(local).values()} == {None}


def test_a_source_at_an_address_is_compared_with_nothing(pulled: Workspace) -> None:
    row = told(pulled)["intro/ja"]
    assert (row["differences"], row["source_problem"]) == (None, None)


@pytest.fixture
def rendered(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """Give a project whose two targets are rendered, and not pulled."""
    workspace.use(sandbox)
    workspace.write(MANIFEST)
    assert workspace.run("apply", "--yes").code == 0
    return workspace


def fetched(sandbox: Sandbox) -> list[str]:
    """Return which files were asked for, each time that they were."""
    return sorted(one.path for one in sandbox.requests() if not one.path.startswith("/v3/"))


def test_what_is_not_pulled_is_fetched_where_that_is_asked_for(
    rendered: Workspace, sandbox: Sandbox
) -> None:
    assert rendered.run("check").code == 0
    assert fetched(sandbox) == []
    ran = rendered.run("check", "--fetch")
    assert ran.code == 0, ran.err
    assert "✓ intro/es-MX  6.0 s, 320×180, 25 fps, -22.8 LUFS" in ran.out
    assert "2 targets checked. " in ran.out
    assert not (rendered.folder / "out").exists()
    lock = rendered.lock()["targets"]["intro/ja"]
    assert lock["check"]["sha256"] == lock["files"]["video"]["sha256"]
    once = fetched(sandbox)
    assert len(once) == len(set(once)) == 4
    before = rendered.lockfile.read_bytes()
    assert {row["state"] for row in told(rendered, "--fetch").values()} == {"ok"}
    assert {row["state"] for row in told(rendered).values()} == {"ok"}
    assert rendered.run("pull").out.startswith("4 files pulled")
    assert rendered.run("check").code == 0
    assert (fetched(sandbox), rendered.lockfile.read_bytes()) == (once, before)
    assert list((rendered.folder / ".localize/localize/staged").glob("*")) == []
    assert len(list((rendered.folder / "out").glob("*"))) == 4


def test_only_what_the_patterns_fit_is_fetched(rendered: Workspace, sandbox: Sandbox) -> None:
    assert list(told(rendered, "--fetch", "--target", "*/ja")) == ["intro/ja"]
    assert len(fetched(sandbox)) == 2


def test_what_is_pulled_is_not_fetched(pulled: Workspace, sandbox: Sandbox) -> None:
    before = fetched(sandbox)
    assert {row["state"] for row in told(pulled, "--fetch").values()} == {"ok"}
    assert fetched(sandbox) == before


def test_a_link_that_is_refused_is_told_and_stops_no_other(
    rendered: Workspace, sandbox: Sandbox
) -> None:
    lock = rendered.lock()
    lock["targets"]["intro/ja"]["outputs"]["video_url"] = "http://10.0.0.1/a.mp4"
    rendered.lockfile.write_text(json.dumps(lock))
    ran = rendered.run("check", "--fetch")
    assert ran.code == 1
    assert (
        "- intro/ja     out/intro.ja.mp4 is not pulled\n      the link is not followed" in ran.out
    )
    assert "✓ intro/es-MX" in ran.out
    assert "1 not looked at: not pulled. " in ran.out
    assert "check" not in rendered.lock()["targets"]["intro/ja"]
    row = told(rendered, "--fetch")["intro/ja"]
    assert (row["state"], row["unfetched"]["code"]) == ("unpulled", "download_refused")
    assert "the link is not followed" in rendered.run("check", "--fetch", "--format=markdown").out


def test_offline_nothing_is_lost(rendered: Workspace, sandbox: Sandbox) -> None:
    assert rendered.run("check", "--fetch", "--target", "*/ja").code == 0
    sandbox.close()
    ran = rendered.run("check", "--fetch")
    assert ran.code == rendered.run("pull", "--target", "*/es-MX").code == 1
    assert "the connection to the file host fails" in ran.out
    assert "✓ intro/ja" in ran.out
    assert "- intro/es-MX  out/intro.es-MX.mp4 is not pulled" in ran.out
    assert rendered.run("check", "--target", "*/ja").code == 0


def test_targets_without_picture_and_sound_among_their_outputs_are_counted(
    rendered: Workspace,
) -> None:
    rendered.write(re.sub(r"  video: .*\n", "", MANIFEST))
    ran = rendered.run("check", "--format", "json")
    assert ran.json()["not_named"] == ["intro/es-MX", "intro/ja"]
    assert "2 not looked at: no video or audio under outputs" in rendered.run("check").out


def test_links_that_must_be_asked_for_need_a_key(
    rendered: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered.write(MANIFEST + "lock: {urls: none}\n")
    assert rendered.run("apply", "--yes").code == 0
    with monkeypatch.context() as without:
        without.delenv("HEYGEN_API_KEY")
        ran = rendered.run("check", "--fetch")
        assert ran.code == 7
        assert ran.out.count("HEYGEN_API_KEY") == 2
        assert "2 not looked at: not pulled. " in ran.out
        assert rendered.run("check").code == 0
    assert rendered.run("check", "--fetch").code == 0
