"""What a report's page plays and links to: pulled files, else links, and captions within it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_reading import Element, entry, lock_targets, put, row_of, write_report
from workspaces import Workspace

from heygen_localize.report.html.media import web_captions
from heygen_localize.sandbox import Sandbox

OUTPUTS = {
    "video_url": "https://files.example.com/v.mp4?Signature=s",
    "vtt_caption_url": "https://files.example.com/c.vtt?Signature=s",
    "srt_caption_url": "https://files.example.com/c.srt?Signature=s",
    "expires_at": 1795937494,
}
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nשלום\u200f <i>עולם</i>\n"
SRT = (
    "1\n00:00:00,500 --> 00:00:01,000\nR&D <i>now</i>\n\n"
    "2\n01:02:03,004 --> 01:02:04,000\na < b --> c\n\nd\n\n"
    "3\n01:03:00,000 --> 01:03:01,000\n"
)
PLACES = (
    "outputs: {video: 'out/{{ video.id }} #1/{{ language.tag }}.mp4', "
    "vtt: 'out/{{ video.id }}/{{ language.tag }}.vtt', "
    "srt: 'out/{{ video.id }}/{{ language.tag }}.srt'}\ndefaults: {enable_caption: true}"
)


@pytest.fixture
def manifest(workspace: Workspace) -> Workspace:
    workspace.write_videos("alpha", languages=("es-MX", "ja"), extra=PLACES)
    return workspace


def links(row: Element) -> dict[str, str]:
    return {link.text: link.attributes["href"] for link in row.all("a")}


def test_links_where_nothing_was_pulled(manifest: Workspace) -> None:
    lock_targets(manifest, {"alpha/ja": entry("ja", outputs=OUTPUTS)})
    page = write_report(manifest)
    row = row_of(page, "alpha/ja")
    assert links(row) == {
        "video": OUTPUTS["video_url"],
        "captions (vtt)": OUTPUTS["vtt_caption_url"],
    }
    video, captions = row.all("a")
    assert "data-p" in video.attributes
    assert captions.attributes["data-t"] == ""
    assert row.one("small", data_x="1795937494").text == "until 2026-11-29"
    assert "The links in this page are signed" in page.one("main").text


def test_pulled_files_go_before_links(manifest: Workspace) -> None:
    files = {
        "video": put(manifest.folder / "out/alpha #1/ja.mp4", b"video"),
        "vtt": put(manifest.folder / "out/alpha/ja.vtt", VTT.encode()),
        "srt": put(manifest.folder / "out/alpha/ja.srt", SRT.encode()),
    }
    lock_targets(manifest, {"alpha/ja": entry("ja", outputs=OUTPUTS, files=files)})
    page = write_report(manifest)
    row = row_of(page, "alpha/ja")
    assert links(row) == {
        "video": "./out/alpha%20%231/ja.mp4",
        "captions (vtt)": "./out/alpha/ja.vtt",
    }
    assert row.all("a")[1].attributes["data-t"] == VTT
    assert not row.all("small")
    assert "signed" not in page.one("main").text


def test_a_folder_whose_name_is_not_utf8_is_linked_to(manifest: Workspace) -> None:
    folder = manifest.folder / os.fsdecode(b"caf\xe9 100%")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes no such name")
    files = {"video": put(manifest.folder / "out/alpha #1/ja.mp4", b"video")}
    lock_targets(manifest, {"alpha/ja": entry("ja", outputs=OUTPUTS, files=files)})
    for path in [*manifest.folder.iterdir()]:
        if path != folder:
            path.rename(folder / path.name)
    ran = manifest.run("report", "-f", str(folder / "localize.yaml"), "--html", "page.html")
    assert ran.code == 0, ran.err
    page = (manifest.folder / "page.html").read_text(encoding="utf-8")
    assert 'href="./caf%E9%20100%25/out/alpha%20%231/ja.mp4"' in page


def test_links_count_from_the_folder_of_the_page(manifest: Workspace) -> None:
    file = put(manifest.folder / "out/alpha #1/ja.mp4", b"video")
    lock_targets(manifest, {"alpha/ja": entry("ja", files={"video": file})})
    (manifest.folder / "pages" / "deep").mkdir(parents=True)
    page = write_report(manifest, name="pages/deep/out.html")
    assert links(row_of(page, "alpha/ja")) == {"video": "../../out/alpha%20%231/ja.mp4"}


def test_pulled_subrip_becomes_a_track(manifest: Workspace) -> None:
    files = {
        "video": put(manifest.folder / "out/alpha #1/ja.mp4", b"video"),
        "srt": put(manifest.folder / "out/alpha/ja.srt", SRT.encode()),
    }
    lock_targets(manifest, {"alpha/ja": entry("ja", files=files)})
    captions = row_of(write_report(manifest), "alpha/ja").all("a")[1]
    assert captions.text == "captions (srt)"
    assert captions.attributes["data-t"] == (
        "WEBVTT\n\n"
        "00:00:00.500 --> 00:00:01.000\nR&amp;D <i>now</i>\n\n"
        "01:02:03.004 --> 01:02:04.000\na &lt; b --&gt; c\nd\n"
    )


@pytest.mark.parametrize(
    ("kind", "content"),
    [("srt", b"root:x:0:0"), ("srt", b"\xff\xfe"), ("vtt", b"<html>"), ("vtt", b"")],
)
def test_bytes_that_are_no_captions(kind: str, content: bytes) -> None:
    assert web_captions(kind, content) is None


def test_captions_too_long_for_the_page_are_linked_alone(manifest: Workspace) -> None:
    long = b"WEBVTT\n" + b"\n" * 100_000
    files = {
        "video": put(manifest.folder / "out/alpha #1/ja.mp4", b"video"),
        "vtt": put(manifest.folder / "out/alpha/ja.vtt", long),
    }
    lock_targets(manifest, {"alpha/ja": entry("ja", files=files)})
    captions = row_of(write_report(manifest), "alpha/ja").all("a")[1]
    assert captions.attributes == {"href": "./out/alpha/ja.vtt"}


def test_a_page_has_room_for_so_many_captions(
    manifest: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heygen_localize.report.html.media._MOST_CAPTIONS", len(VTT.encode()) + 1)
    targets = {}
    for tag in ("es-MX", "ja"):
        files = {
            "video": put(manifest.folder / f"out/alpha #1/{tag}.mp4", b"video"),
            "vtt": put(manifest.folder / f"out/alpha/{tag}.vtt", VTT.encode()),
        }
        targets[f"alpha/{tag}"] = entry(tag, files=files)
    lock_targets(manifest, targets)
    page = write_report(manifest)
    first, second = (row_of(page, address).all("a")[1] for address in targets)
    assert first.attributes["data-t"] == VTT
    assert second.attributes == {"href": "./out/alpha/ja.vtt"}


def test_a_file_that_is_not_the_one_pulled_is_not_shown(manifest: Workspace) -> None:
    path = manifest.folder / "out/alpha #1/ja.mp4"
    file = put(path, b"video")
    lock_targets(manifest, {"alpha/ja": entry("ja", outputs=OUTPUTS, files={"video": file})})

    def shown() -> str:
        return links(row_of(write_report(manifest), "alpha/ja"))["video"]

    assert shown().startswith("./out")
    path.write_bytes(b"an older one")
    assert shown() == OUTPUTS["video_url"]
    path.unlink()
    assert shown() == OUTPUTS["video_url"]
    path.mkdir()
    assert shown() == OUTPUTS["video_url"]


def test_a_file_out_of_the_folder_by_a_link_is_neither_linked_nor_read(
    manifest: Workspace, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.srt"
    file = put(secret, SRT.encode())
    (manifest.folder / "out/alpha").mkdir(parents=True)
    (manifest.folder / "out/alpha/ja.srt").symlink_to(secret)
    lock_targets(manifest, {"alpha/ja": entry("ja", files={"srt": file})})
    assert not row_of(write_report(manifest), "alpha/ja").all("a")
    (manifest.folder / "out/alpha/ja.srt").unlink()
    (manifest.folder / "out/alpha/ja.srt").symlink_to("ja.srt")  # a circle
    assert not row_of(write_report(manifest), "alpha/ja").all("a")


def test_sound_alone_is_played_too(workspace: Workspace) -> None:
    workspace.write_videos(
        "alpha", languages=("ja",), extra="defaults: {translate_audio_only: true}"
    )
    file = put(workspace.folder / "localized/alpha/ja.mp3", b"sound")
    both = {"video_url": OUTPUTS["video_url"], "audio_url": "https://files.example.com/a.mp3"}
    lock_targets(workspace, {"alpha/ja": entry("ja", files={"audio": file})})
    (sound,) = row_of(write_report(workspace), "alpha/ja").all("a")
    assert sound.text == "sound"
    assert sound.attributes == {"href": "./localized/alpha/ja.mp3", "data-p": ""}
    lock_targets(workspace, {"alpha/ja": entry("ja", outputs=both)})
    video, sound = row_of(write_report(workspace), "alpha/ja").all("a")
    assert "data-p" in video.attributes
    assert sound.attributes == {"href": both["audio_url"]}


# Links that open a file to whoever has them


def test_no_links_leaves_the_vendors_out(workspace: Workspace) -> None:
    workspace.write(
        "version: 1\nproject: test\nlanguages: [es-MX, ja]\nvideos:\n"
        "  alpha: {source: 'https://cdn.example.com/a.mp4?Signature=s', identity: a}\n"
        "  beta: {source: 'https://cdn.example.com/b.mp4'}\n"
    )
    public = "https://media.example.com/ja.mp4"
    bare = {"video_url": "https://files.example.com/bare.mp4"}
    lock_targets(
        workspace,
        {
            "alpha/es-MX": entry("es-MX", outputs=bare),
            "alpha/ja": entry("ja", outputs=OUTPUTS, public_url=public),
            "old/ja": entry("ja", source={"url": "https://cdn.example.com/o.mp4?Signature=s"}),
        },
    )
    with_links = workspace.run("report", "--html", "out.html")
    text = (workspace.folder / "out.html").read_text()
    assert text.count("Signature=s") == 4
    assert "(--no-links)" in with_links.out
    without = workspace.run("report", "--html", "out.html", "--no-links")
    assert "(--no-links)" not in without.out
    text = (workspace.folder / "out.html").read_text()
    assert "Signature" not in text
    assert "files.example.com" not in text
    assert "until" not in text.partition("<main")[2].partition("<script")[0]
    page = write_report(workspace, "--no-links")
    assert links(row_of(page, "alpha/ja")) == {"video": public}
    sources = [element.text for element in page.all("p", class_="source")]
    assert sources == [
        "Source: https://cdn.example.com/a.mp4",
        "Source: https://cdn.example.com/b.mp4",
        "Source: https://cdn.example.com/o.mp4",
    ]


def test_links_that_find_no_room_are_counted(
    manifest: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_targets(
        manifest,
        {f"alpha/{tag}": entry(tag, outputs=OUTPUTS) for tag in ("es-MX", "ja")},
    )
    monkeypatch.setattr("heygen_localize.report.html.media._MOST_LINKS", 100)
    ran = manifest.run("report", "--html", "out.html")
    assert "3 links had no room in the page: --target makes one of fewer targets" in ran.out
    assert "3 links had no room" in (manifest.folder / "out.html").read_text()


# Sources


def test_sources_in_all_their_forms(workspace: Workspace) -> None:
    shutil.copy(Path(__file__).parent.parent / "data" / "tiny.mp4", workspace.folder / "a #1?.mp4")
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\nvideos:\n"
        "  alpha: {source: './a #1?.mp4'}\n"
        "  beta: {source: 'asset:abc', identity: b}\n"
        "  gamma: {source: 'https://cdn.example.com/c.mp4'}\n"
    )
    lock_targets(workspace, {"old/ja": entry("ja", source={"asset_id": "x"})})
    page = write_report(workspace)
    sources = {item.text: links(item) for item in page.all("p", class_="source")}
    assert list(sources.values()) == [
        {"a #1?.mp4": "./a%20%231%3F.mp4"},
        {},
        {"https://cdn.example.com/c.mp4": "https://cdn.example.com/c.mp4"},
        {},
    ]
    assert list(sources)[1] == "Source: asset:abc"
    assert list(sources)[3] == "Source: no longer known"


# With the sandbox


def test_what_was_applied_and_pulled_is_on_the_page(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    workspace.use(start_sandbox(render_seconds=0.01, max_jobs=None))
    workspace.write_videos("alpha", "beta", languages=("es-MX", "ja"), extra=PLACES)
    assert workspace.run("apply", "--yes", "--quiet").code == 0
    assert workspace.run("pull", "--quiet", "--target", "alpha/*").code == 0
    page = write_report(workspace)
    lock: Any = json.loads(workspace.lockfile.read_text())["targets"]
    assert links(row_of(page, "alpha/ja"))["video"] == "./out/alpha%20%231/ja.mp4"
    track = row_of(page, "alpha/ja").all("a")[1].attributes["data-t"]
    assert track == (workspace.folder / "out/alpha/ja.vtt").read_text(encoding="utf-8")
    url = lock["beta/ja"]["outputs"]["video_url"]
    assert url.startswith("http://127.0.0.1:")
    assert links(row_of(page, "beta/ja"))["video"] == url
    policy = page.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    assert "http://127.0.0.1:*" in policy
    assert "4 jobs, 0.4 minutes of video, about 0.80 USD" in page.one("main").text


# What the machine does not give


def test_only_the_sandbox_is_linked_to_in_clear(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    for host, linked in (("localhost:1", True), ("127.0.0.1:1", True), ("evil.example", False)):
        source = {"url": f"http://{host}/o.mp4"}
        lock_targets(workspace, {"old/ja": entry("ja", source=source)})
        monkeypatch.setenv("HEYGEN_API_BASE", "http://127.0.0.1:1")
        _, old = write_report(workspace).all("p", class_="source")
        assert old.text == f"Source: http://{host}/o.mp4"
        assert bool(old.all("a")) is linked
        monkeypatch.delenv("HEYGEN_API_BASE")
        _, old = write_report(workspace).all("p", class_="source")
        assert not old.all("a")


def test_captions_that_cannot_be_read_are_linked_alone(
    manifest: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = os.open

    def broken(name: object, *arguments: object, **named: object) -> int:
        if name == "ja.vtt":
            raise PermissionError(name)
        return usual(name, *arguments, **named)  # type: ignore[arg-type]

    file = put(manifest.folder / "out/alpha/ja.vtt", VTT.encode())
    lock_targets(manifest, {"alpha/ja": entry("ja", files={"vtt": file})})
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", broken)
        page = write_report(manifest)
    assert row_of(page, "alpha/ja").one("a").attributes == {"href": "./out/alpha/ja.vtt"}


def test_a_file_on_another_drive_has_no_path_from_the_page(
    manifest: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apart(*_: object) -> str:
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    file = put(manifest.folder / "out/alpha #1/ja.mp4", b"video")
    targets = {"alpha/ja": entry("ja", outputs=OUTPUTS, files={"video": file})}
    lock_targets(manifest, targets)
    monkeypatch.setattr("heygen_localize.report.html.media.os.path.relpath", apart)
    row = row_of(write_report(manifest), "alpha/ja")
    assert links(row)["video"] == OUTPUTS["video_url"]
