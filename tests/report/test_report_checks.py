"""What a page shows of the checks: waveforms, what is marked and listed, and in what bounds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from report_reading import Element, entry, lock_targets, read_page, row_of, write_report
from workspaces import Workspace

from heygen_localize.core.checks import Rule, Severity
from heygen_localize.core.measurement import (
    MOST_POINTS,
    AudioStream,
    CaptionMeasurement,
    Loudness,
    Measurement,
    Stretch,
    VideoStream,
)
from heygen_localize.operations import measured as operation
from heygen_localize.operations.status import status_of
from heygen_localize.planning.check import CheckRow, Finding
from heygen_localize.project import measured_files
from heygen_localize.project.measured_files import MeasuredFiles
from heygen_localize.project.project import Project
from heygen_localize.report.html.checks import page_checks
from heygen_localize.report.html.page import PageInput, page
from heygen_localize.report.html.waveform import path_of
from heygen_localize.system.checkout import Checkout

FILE = Measurement(
    100.0,
    VideoStream("h264", 1280, 720, frame_rate=25.0, frames=2500, seconds=100.0),
    AudioStream("aac", 48000, 2, 100.0),
    loudness=Loudness(-16.0),
    waveform=tuple(place % 100 for place in range(MOST_POINTS)),
)
QUIET = replace(FILE, silence=(Stretch(20.0, 60.0),), black=(Stretch(70.0, 75.0),))
TINY = (Path(__file__).parents[1] / "data/tiny.mp4").read_bytes()
PLACES = (
    "outputs: {video: 'out/{{ video.id }}.{{ language.tag }}.mp4', "
    "srt: 'out/{{ video.id }}.{{ language.tag }}.srt'}"
)
LOCAL = f"""\
version: 1
project: test
languages: [es-MX, ja]
{PLACES}
videos:
  intro: {{source: videos/intro.mp4}}
"""


def digest(number: int) -> str:
    return f"{number:064x}"


def rendered(workspace: Workspace, *addresses: str) -> dict[str, str]:
    """Write a lockfile with pulled files; give the hash of each."""
    hashes = {address: digest(number) for number, address in enumerate(addresses, 1)}
    files = {name: {"video": {"sha256": one, "size": 9}} for name, one in hashes.items()}
    entries = {
        name: entry(name.partition("/")[2], translation_id=f"tr_{number}", files=found)
        for number, (name, found) in enumerate(files.items())
    }
    lock_targets(workspace, entries)
    return hashes


def keep(workspace: Workspace, **media: Measurement) -> None:
    for sha256, found in media.items():
        MeasuredFiles(workspace.manifest).save(sha256, found)


@pytest.fixture
def project(workspace: Workspace) -> Workspace:
    workspace.write_videos("intro", languages=("es-MX", "ja"), extra=PLACES)
    return workspace


def check_of(shown: Element, address: str) -> Element:
    return shown.one("details", id=f"c{row_of(shown, address).attributes['id']}")


def test_a_page_marks_and_lists_what_was_found(project: Workspace) -> None:
    hashes = rendered(project, "intro/es-MX", "intro/ja")
    keep(project, **{hashes["intro/es-MX"]: QUIET})
    shown = write_report(project)
    assert "Checked: 1 with warnings, 1 unchecked." in shown.text
    assert "Check: 2 warnings" in row_of(shown, "intro/es-MX").text
    assert "Check: unchecked" in row_of(shown, "intro/ja").text
    check = check_of(shown, "intro/es-MX")
    assert [item.text for item in check.one("ol").all("li")] == [
        "warn silence: 40.0 s are silent in a row, 8 are allowed 0:20.0 to 1:00.0",
        "warn black: 5.0 s are black in a row, 1 are allowed 1:10.0 to 1:15.0",
    ]
    marked = [
        (one.attributes["class"], one.attributes["x"], one.attributes["width"])
        for one in check.all("rect")
    ]
    assert marked == [("warn", "20.0%", "40.0%"), ("warn", "70.0%", "5.0%")]
    assert [one.text for one in check.all("text", class_="warn")] == ["1", "2"]
    assert [one.text for one in check.all("text", class_="tick")] == [
        *("0:00.0", "0:25.0", "0:50.0", "1:15.0", "1:40.0"),
    ]
    assert "Nothing to compare it with: its source is no local file" in check.text
    assert len(shown.all("details")) == 1


def test_the_picture_can_be_read_without_seeing_it(project: Workspace) -> None:
    hashes = rendered(project, "intro/es-MX")
    keep(project, **{hashes["intro/es-MX"]: QUIET})
    picture = check_of(write_report(project), "intro/es-MX").one("svg", role="img")
    title, told = (
        picture.one(tag, id=name)
        for tag, name in zip(
            ("title", "desc"), picture.attributes["aria-labelledby"].split(), strict=True
        )
    )
    assert title.text == "Sound of intro in Spanish (Mexico)"
    assert told.text == "The dub lasts 1:40.0. 2 places marked; all are listed below."


def test_a_dub_stands_below_its_source_on_one_axis(workspace: Workspace) -> None:
    path = workspace.folder / "videos/intro.mp4"
    path.parent.mkdir()
    path.write_bytes(TINY)
    workspace.write(LOCAL)
    hashes = rendered(workspace, "intro/es-MX", "intro/ja")
    keep(workspace, **{hashes["intro/es-MX"]: QUIET})
    assert "Its source was not measured" in check_of(write_report(workspace), "intro/es-MX").text

    source = Project.open(workspace.manifest).manifest.targets[0].source.sha256 or ""
    larger = replace(
        FILE,
        seconds=110.0,
        video=VideoStream("h264", 1920, 1080, frame_rate=30.0, frames=3300, seconds=110.0),
        silence=(Stretch(99.0, 104.5),),
        loudness=Loudness(-20.0),
    )
    keep(workspace, **{source: larger})
    shown = write_report(workspace)
    check = check_of(shown, "intro/es-MX")
    # The bands are as wide as their files are long, on the axis of the longer one.
    bands = check.one("svg", role="img").all("svg")
    assert [one.attributes["width"] for one in bands] == ["100.0%", "90.91%"]
    apart = [item.text for item in check.one("ul").all("li")]
    assert apart == [
        "the dub is 10.0 s shorter",
        "the dub is 1280×720, the source 1920×1080",
        "the dub has 25 frames a second, the source 30",
        "the dub is 4.0 LU louder",
        "the dub is silent for 40.0 s where the source is not 0:20.0 to 1:00.0",
        "the source is silent for 5.5 s where the dub is not 1:39.0 to 1:44.5",
    ]
    marks = check.all("rect", class_="diff")
    assert [one.attributes["x"] for one in marks] == ["90.0%", "18.18%"]
    assert "open" in check.attributes
    assert "details" not in row_of(shown, "intro/ja").text


def test_an_error_is_open_and_captions_count_as_they_were_measured(project: Workspace) -> None:
    hashes = rendered(project, "intro/es-MX")
    lock = project.lock()
    files = lock["targets"]["intro/es-MX"]["files"]
    files["srt"] = {"sha256": digest(77), "size": 5}
    lock_targets(project, lock["targets"])
    keep(project, **{hashes["intro/es-MX"]: FILE})
    captions = CaptionMeasurement(3, 1.0, 9.0, language="en", probability=1.0)
    MeasuredFiles(project.manifest).save_captions(digest(77), hashes["intro/es-MX"], captions)
    check = check_of(write_report(project), "intro/es-MX")
    assert "open" in check.attributes
    assert [item.text for item in check.one("ol").all("li")] == [
        "error caption_language: the captions are in en, es-MX was ordered"
    ]


def test_nothing_was_ever_checked(project: Workspace) -> None:
    rendered(project, "intro/es-MX", "intro/ja")
    shown = write_report(project)
    assert "Checked: no pulled file was looked at (localize check)" in shown.text
    assert "unchecked" not in shown.text
    assert not shown.all("details")


def test_a_damaged_cache_is_as_none(project: Workspace) -> None:
    hashes = rendered(project, "intro/es-MX", "intro/ja")
    keep(project, **{hashes["intro/es-MX"]: FILE, hashes["intro/ja"]: FILE})
    kept = project.folder / f".localize/localize/cache/measured/{hashes['intro/ja']}.json"
    text = kept.read_text()
    for damaged in (
        text.replace("h264", "<script>alert(1)</script>"),
        text.replace("100.0", '"<b>"', 1),
        text.replace("[0,1,2", "[900,1,2"),
        text[:-9],
    ):
        assert damaged != text
        kept.write_text(damaged)
        shown = write_report(project)
        assert "unchecked" in row_of(shown, "intro/ja").text
        assert "passed" in row_of(shown, "intro/es-MX").text
    kept.unlink()
    kept.symlink_to(kept.with_name(f"{hashes['intro/es-MX']}.json"))
    assert "unchecked" in row_of(write_report(project), "intro/ja").text
    kept.parent.rename(kept.parent.with_name("elsewhere"))
    kept.parent.symlink_to("elsewhere")
    assert "no pulled file was looked at" in write_report(project).text


def test_a_strangers_words_are_text(project: Workspace) -> None:
    words = '"><script>alert(1)</script>\u202e'
    rendered(project, "intro/es-MX")
    opened = Project.open(project.manifest)
    found = (Finding(Rule.SILENCE, Severity.WARN, words, 1.0),)
    checks = page_checks(
        {"intro/es-MX": CheckRow("intro/es-MX", "x", found, FILE)}, frozenset(), ()
    )
    made = page(
        PageInput(
            opened.manifest,
            opened.lock,
            status_of(opened, ()),
            project.folder / "out.html",
            Checkout(project.folder),
            0.0,
            checks=checks,
        )
    )
    shown = read_page(made.html)
    assert len(shown.all("script")) == 1
    (line,) = check_of(shown, "intro/es-MX").one("ol").all("li")
    assert line.text == 'warn silence: "><script>alert(1)</script> 0:01.0'


def test_each_source_is_read_once_for_all_its_languages(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workspace.folder / "videos/intro.mp4"
    path.parent.mkdir()
    path.write_bytes(TINY)
    opened: list[str] = []
    reads = measured_files.read

    def noted(name: Path, *rest: Any) -> bytes:
        opened.append(name.stem)
        return reads(name, *rest)

    monkeypatch.setattr(measured_files, "read", noted)
    found = {}
    for videos in (1, 10):
        names = [f"v{number}" for number in range(videos)]
        lines = "".join(f"  {name}: {{source: videos/intro.mp4}}\n" for name in names)
        workspace.write(LOCAL.partition("videos:\n")[0] + "videos:\n" + lines)
        hashes = rendered(
            workspace, *(f"{name}/{tag}" for name in names for tag in ("es-MX", "ja"))
        )
        source = Project.open(workspace.manifest).manifest.targets[0].source.sha256 or ""
        keep(workspace, **dict.fromkeys((*hashes.values(), source), FILE))
        opened.clear()
        write_report(workspace)
        found[videos] = sorted(opened)
        assert found[videos] == sorted((*hashes.values(), source))
    assert len(found[10]) == 21
    rendered(workspace, "v0/es-MX", "v1/ja", "v2/ja", "v3/ja")
    lock = workspace.lock()
    for number, one in enumerate(lock["targets"].values()):
        one["files"]["video"]["sha256"] = digest(1000 + number)
    workspace.lockfile.write_text(json.dumps(lock))
    opened.clear()
    write_report(workspace)
    assert opened == [], "what is not there is not tried"


def videos(workspace: Workspace, count: int, found: Measurement) -> Any:
    workspace.write_videos(
        *(f"v{number}" for number in range(count)), languages=("es-MX", "ja"), extra=PLACES
    )
    addresses = [f"v{number}/{tag}" for number in range(count) for tag in ("es-MX", "ja")]
    hashes = rendered(workspace, *addresses)
    keep(workspace, **dict.fromkeys(hashes.values(), found))
    return hashes


def test_a_page_of_many_targets_is_bounded_and_draws_the_errors_first(
    workspace: Workspace,
) -> None:
    hashes = videos(workspace, 500, QUIET)
    last = hashes["v99/ja"]
    keep(workspace, **{last: replace(FILE, broke_at=50.0)})
    shown = write_report(workspace)
    drawn = len(shown.all("details"))
    assert 200 < drawn < 500
    html = (workspace.folder / "out.html").read_text("utf-8")
    without = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    assert 1_000_000 < len(html) - len(without) < 1_600_000
    assert check_of(shown, "v99/ja")
    assert f"{1000 - drawn} checks had no room in the page" in shown.text
    assert row_of(shown, "v98/ja").text.count("2 warnings") == 1
    assert workspace.run("report", "--html", "out.html", "--format", "json").json()[
        "checks_left_out"
    ] == (1000 - drawn)


def test_as_many_findings_as_a_stranger_likes_make_no_longer_list(project: Workspace) -> None:
    hashes = rendered(project, "intro/es-MX")
    many = tuple(Stretch(one * 20.0, one * 20.0 + 19.0) for one in range(2000))
    kept = replace(FILE, seconds=40_000.0, silence=many, black=many, frozen=many, broke_at=1.0)
    keep(project, **{hashes["intro/es-MX"]: kept})
    check = check_of(write_report(project), "intro/es-MX")
    assert len(check.one("ol").all("li")) == 31
    assert check.one("ol").all("li")[-1].text == "and 1 more: localize check lists all"
    assert len(check.all("rect")) == 30


def test_no_more_is_read_of_the_cache_than_has_room(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = replace(FILE, silence=tuple(Stretch(one * 10.0, one * 10.0 + 9.0) for one in range(100)))
    videos(workspace, 50, many)
    monkeypatch.setattr(operation, "_MOST_PARTS", 2000)
    shown = write_report(workspace)
    drawn = len(shown.all("details"))
    assert drawn == 19
    assert f"{100 - drawn} checks had no room in the page" in shown.text
    monkeypatch.setattr(operation, "_MOST_BYTES", 20_000)
    assert len(write_report(workspace).all("details")) < drawn


def test_the_outline_of_a_sound() -> None:
    assert path_of(()) == ""
    assert path_of((50, 50, 0, 100)) == "M0 100v-50h1h1v50h1v-100h1V100z"
