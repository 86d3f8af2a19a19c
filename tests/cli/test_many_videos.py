"""Many videos and manifests: init with several, add, the nearest manifest, and --all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from workspaces import Workspace, run_in

from heygen_localize.sandbox import Sandbox

TINY = (Path(__file__).parent.parent / "data" / "tiny.mp4").read_bytes()
MANIFEST = """\
version: 1
project: acme
languages:
- ja
- fr  # the usual

videos:
  # first
  a:
    source: asset:x
    languages:
      ja: {mode: precision}
      fr:

  # second
  b:
    source: asset:y
  c: asset:z  # short
limits: {max_new: 50}
"""

OUTPUTS = "outputs: {video: 'out/{{ video.id }}/{{ language.tag }}.mp4'}\n"


def films(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(TINY + name.encode())


# init


def test_init_takes_several_sources_and_patterns(workspace: Workspace) -> None:
    films(workspace.folder, "v/b.mp4", "v/a.mp4", "v/deep/a.mp4")
    sources = ("--source", "./v/*.mp4", "--source", "v/deep/a.mp4", "https://x.example/talk.mp4")
    ran = workspace.run("init", "--no-input", "-l", "ja", *sources)
    assert ran.code == 0, ran.err
    assert yaml.safe_load(workspace.manifest.read_text())["videos"] == {
        "a": "./v/a.mp4",
        "b": "./v/b.mp4",
        "a-2": "v/deep/a.mp4",
        "talk": "https://x.example/talk.mp4",
    }
    assert "4 videos: a, b, a-2, talk" in ran.out
    assert "4 targets, 4 videos" in workspace.run("validate").out


def test_init_names_each_video_as_told(workspace: Workspace) -> None:
    ran = workspace.run(
        *(
            "init",
            "--no-input",
            "-l",
            "ja",
            "asset:x",
            "asset:y",
            "--video",
            "one",
            "--video",
            "two",
        )
    )
    assert ran.code == 0, ran.err
    assert yaml.safe_load(workspace.manifest.read_text())["videos"] == {
        "one": "asset:x",
        "two": "asset:y",
    }


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        (("v/*.mov",), "no file matches 'v/*.mov'"),
        (("https://www.loom.com/share/1",), "a Loom page about the video"),
        (("cdn.example.com/talk.mp4",), "begin with https://: https://cdn.example.com/talk.mp4"),
        (("asset:x", "--video", "a", "--video", "b"), "more ids than videos"),
        (("asset:x", "asset:y", "--video", "a", "--video", "a"), "there is a video 'a' already"),
    ],
)
def test_init_refuses_what_is_no_video(
    workspace: Workspace, sources: tuple[str, ...], told: str
) -> None:
    ran = workspace.run("init", "--no-input", "-l", "ja", *sources)
    assert ran.code == 2
    assert told in ran.err
    assert not workspace.manifest.exists()


# add


def test_add_leaves_what_people_wrote_and_adds_a_line(workspace: Workspace) -> None:
    workspace.write(MANIFEST)
    assert workspace.run("add", "de", "asset:q", "--id", "q").code == 0
    assert workspace.run("add", "es-MX", "--video", "a").code == 0
    assert workspace.run("add", "es-MX", "pl", "--video", "b").code == 0
    ran = workspace.run("add", "es-MX", "--video", "c")
    assert ran.out.startswith("localize.yaml  extended by 1 target: c/es-MX\n")
    assert workspace.manifest.read_text() == (
        MANIFEST.replace("  # the usual\n", "  # the usual\n- de\n")
        .replace("      fr:\n", "      fr:\n      es-MX:\n")
        .replace("asset:y\n", "asset:y\n    add_languages: [es-MX, pl]\n")
        .replace("asset:z  #", '{source: "asset:z", add_languages: [es-MX]}  #')
        .replace("limits", "  q: asset:q\nlimits")
    )


def test_the_next_step_can_be_copied(workspace: Workspace) -> None:
    made = workspace.run("init", "--no-input", "-f", "my videos.yaml", "asset:x", "-l", "ja")
    assert "\n  localize plan -f 'my videos.yaml'     # shows" in made.out
    assert "\n  localize apply -f 'my videos.yaml'    # asks" in made.out
    ran = workspace.run("add", "de", "-f", "my videos.yaml")
    assert "\nNext: localize plan -f 'my videos.yaml'     # shows" in ran.out
    workspace.write(MANIFEST)
    assert "\nNext: localize plan     # shows" in workspace.run("add", "de").out
    (workspace.folder / "deep").mkdir()
    ran = run_in(workspace.folder / "deep", "add", "pl")
    assert "\nNext: localize plan     # shows" in ran.out


def test_add_keeps_a_byte_order_mark_and_line_ends(workspace: Workspace) -> None:
    written = b"\xef\xbb\xbf" + MANIFEST.replace("\n", "\r\n").encode()
    workspace.manifest.write_bytes(written)
    ran = workspace.run("add", "de", "asset:q", "--id", "q")
    assert ran.code == 0, ran.err
    expected = written.replace(b"  # the usual\r\n", b"  # the usual\r\n- de\r\n")
    expected = expected.replace(b"# short\r\n", b"# short\r\n  q: asset:q\r\n")
    assert workspace.manifest.read_bytes() == expected


@pytest.mark.parametrize(
    ("languages", "videos", "after"),
    [
        ("[ja]", "{a: {source: asset:x}}", ("[ja, fr]", "{a: {source: asset:x}, q: asset:q}")),
        ("[ja,]", "{a: asset:x}", ("[ja, fr]", "{a: asset:x, q: asset:q}")),
        ("{ja: {mode: speed}}", "{a: asset:x}", ("{ja: {mode: speed}, fr: }", None)),
        ("[\n  'ja',  # [first]\n]", "{a: asset:x}", ("[\n  'ja', fr  # [first]\n]", None)),
    ],
)
def test_add_within_brackets(
    workspace: Workspace, languages: str, videos: str, after: tuple[str, str | None]
) -> None:
    text = "version: 1\nproject: acme\nlanguages: {}\nvideos: {}\n"
    workspace.write(text.replace("{}", languages, 1).replace("{}", videos))
    ran = workspace.run("add", "fr", "asset:q", "--id", "q")
    assert ran.code == 0, ran.err
    expected = text.replace("{}", after[0], 1)
    expected = expected.replace("{}", after[1] or "{a: asset:x, q: asset:q}")
    assert workspace.manifest.read_text() == expected


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("fr",), "every video has fr already"),
        (("asset:x",), "asset:x is the source of a already"),
        (("de", "--video", "d"), "there is no video 'd'"),
        (("klingon",), "'klingon' is not a language"),
        (("asset:q", "--id", "a"), "there is a video 'a' already"),
        (("./none.mp4",), "there is no file 'none.mp4'"),
        (("asset:q", "--video", "a"), "--video names the video that languages are added to"),
        (("de", "--id", "x"), "--id names a video to add"),
    ],
)
def test_add_refuses_what_is_there_or_none(
    workspace: Workspace, arguments: tuple[str, ...], told: str
) -> None:
    workspace.write(MANIFEST)
    ran = workspace.run("add", *arguments)
    assert ran.code == 2
    assert told in ran.err
    assert workspace.manifest.read_text() == MANIFEST


def test_add_gives_the_lines_where_it_cannot_write_them(workspace: Workspace) -> None:
    text = "version: 1\nproject: acme\nlanguages: &l [ja]\nvideos: {a: asset:x}\ngroups: {g: *l}\n"
    workspace.write(text)
    ran = workspace.run("add", "fr")
    assert ran.code == 2
    assert "by hand:\n       languages:\n         - fr\n" in ran.err
    assert workspace.manifest.read_text() == text
    assert [path.name for path in workspace.folder.iterdir() if "localize-add" in path.name] == []


# Which manifest


def test_the_nearest_manifest_is_found_up_to_the_root_of_the_repository(
    workspace: Workspace,
) -> None:
    workspace.write(MANIFEST)
    deep = workspace.folder / "docs" / "deep"
    deep.mkdir(parents=True)
    (workspace.folder / ".git").mkdir()
    ran = run_in(deep, "validate")
    assert ran.code == 0
    assert "The manifest is ../../localize.yaml." in ran.err
    assert ran.out.startswith("../../localize.yaml is valid")
    assert run_in(deep, "validate", "--quiet").err == ""
    # A name that was given is taken as it is, and a new manifest is begun here.
    assert run_in(deep, "validate", "-f", "localize.yaml").code == 2
    assert run_in(deep, "init", "--no-input", "-l", "ja", "--source", "asset:x").code == 0
    (deep / "localize.yaml").unlink()
    (deep / ".git").mkdir()
    assert "there is no localize.yaml here" in run_in(deep, "validate").err


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="nothing tells whose a folder is")
@pytest.mark.parametrize("repository", [False, True])
def test_above_this_folder_only_ones_own_are_searched(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, repository: bool
) -> None:
    """Whoever may write in /tmp can put a repository there as well."""
    workspace.write(MANIFEST)
    if repository:
        (workspace.folder / ".git").mkdir()
    deep = workspace.folder / "deep"
    deep.mkdir()
    assert run_in(deep, "validate").code == 0
    monkeypatch.setattr(os, "getuid", lambda: workspace.folder.stat().st_uid + 1)
    assert "there is no localize.yaml here" in run_in(deep, "validate").err


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid(), reason="only root gives files away")
def test_a_stranger_s_manifest_in_a_folder_of_ones_own_is_none(workspace: Workspace) -> None:
    workspace.write(MANIFEST)
    (workspace.folder / "deep").mkdir()
    os.chown(workspace.manifest, 65534, 65534)
    assert "there is no localize.yaml here" in run_in(workspace.folder / "deep", "validate").err


def test_all_manifests_of_a_repository(workspace: Workspace) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", workspace.folder, *arguments], check=True, capture_output=True)

    git("init", "-q")
    workspace.write(MANIFEST)
    talks = workspace.folder / "talks" / "all.yml"
    talks.parent.mkdir()
    talks.write_text(MANIFEST.replace("acme", "talks").replace("mode: ", "moed: "))
    (talks.parent / "ci.yaml").write_text("version: 2\njobs: {}\n")
    git("add", "--all")
    ran = workspace.run("validate", "--all")
    assert ran.code == 2
    assert ran.out.startswith("localize.yaml:\nlocalize.yaml is valid: 6 targets")
    assert "\ntalks/all.yml:\n" in ran.out
    assert "error: talks/all.yml:12:12 (videos.a.languages.ja.moed): there is no key" in ran.err
    report = workspace.run("plan", "--offline", "--all", "--format", "json")
    assert report.code == 2
    first, second = report.json()["manifests"]
    assert (first["manifest"], first["summary"]) == ("localize.yaml", {"create": 6})
    assert second["errors"][0]["code"] == "unknown_key"
    assert run_in(talks.parent, "status", "--all").out.startswith("../localize.yaml:\n")
    for both in (("--file", "x.yaml"), ("--markdown", "x.md"), ("--out", "x.json")):
        ran = workspace.run("plan", "--offline", "--all", *both)
        assert (ran.code, "do not go together" in ran.err) == (2, True)


def test_all_manifests_are_ordered_refreshed_and_pulled(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    for name, fresh in (("one", "acme"), ("two", "talks")):
        folder = workspace.folder / name
        folder.mkdir()
        (folder / "localize.yaml").write_text(MANIFEST.replace("acme", fresh) + OUTPUTS)
    for arguments in (("init", "-q"), ("add", "--all")):
        subprocess.run(["git", "-C", workspace.folder, *arguments], check=True, capture_output=True)
    assert workspace.run("apply", "--all", "--yes").code == 0
    refreshed = workspace.run("refresh", "--all", "--format", "json").json()["manifests"]
    assert [report["targets"] for report in refreshed] == [6, 6]
    assert workspace.run("pull", "--all", "--check").code == 5
    assert workspace.run("pull", "--all").out.count("localize.yaml:\n") == 2
    assert workspace.run("pull", "--all", "--check").code == 0


def test_a_link_leads_all_to_no_other_repository(workspace: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "other" / "localize.yaml"
    other.parent.mkdir()
    other.write_text(MANIFEST)
    workspace.write(MANIFEST)
    (workspace.folder / "x").mkdir()
    (workspace.folder / "x" / "localize.yaml").symlink_to(other)
    for arguments in (("init", "-q"), ("add", "--all")):
        subprocess.run(["git", "-C", workspace.folder, *arguments], check=True, capture_output=True)
    report = workspace.run("plan", "--offline", "--all", "--format", "json").json()
    assert [item["manifest"] for item in report["manifests"]] == ["localize.yaml"]


def test_all_of_no_manifest(workspace: Workspace) -> None:
    ran = workspace.run("validate", "--all")
    assert ran.code == 2
    assert "this repository has no manifest" in ran.err


@pytest.mark.parametrize(
    "line",
    [
        "validate -f a.yaml -f b.yaml",
        "plan --file=a.yaml -f b.yaml",
        "init --project a --project b",
        "proofread status -f a.yaml -f b.yaml",
    ],
)
def test_an_option_given_twice_is_refused(workspace: Workspace, line: str) -> None:
    ran = workspace.run(*line.split())
    assert ran.code == 2
    assert "is given more than once; keep one of them" in ran.err
