"""The report in a browser, from the disk: the filter, the players, captions, keyboard, looks.

Runs where Playwright (a Python package) and a Chromium of the system's are; elsewhere these
tests are skipped, and the others read the same page without a browser.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from report_reading import entry, lock_targets, put
from workspaces import Workspace

from heygen_localize.core.measurement import Measurement
from heygen_localize.project.measured_files import MeasuredFiles
from heygen_localize.sandbox import Sandbox

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
TINY = (Path(__file__).parent.parent / "data" / "tiny.mp4").read_bytes()
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nHola &amp; <i>adiós</i>\n"
PLACES = (
    "outputs: {video: 'out/{{ video.id }} #1/{{ language.tag }}.mp4', "
    "vtt: 'out/{{ video.id }}/{{ language.tag }}.vtt'}\ndefaults: {enable_caption: true}"
)
READY = "() => [...document.querySelectorAll('video')].every(video => video.readyState >= 1)"
LUMINANCE = """([text, page]) => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const [more, less] = [light(text), light(page)].sort((a, b) => b - a);
  return (more + 0.05) / (less + 0.05);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*QUIET, *(["--no-sandbox"] if root else [])]
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def show(browser: Any, workspace: Workspace) -> Iterator[Callable[..., Any]]:
    """Write a report and open it from the disk; at the end, nothing may have been complained of."""
    complaints: list[str] = []
    contexts = []

    def show(*arguments: str, **settings: Any) -> Any:
        ran = workspace.run("report", "--html", "out.html", *arguments)
        assert ran.code == 0, ran.err
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Security Policy" in said.text else None,
        )
        page.goto((workspace.folder / "out.html").as_uri())
        return page

    yield show
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def scene(workspace: Workspace) -> Workspace:
    """One video pulled in two languages, one failed, one whose text would be a script."""
    workspace.write_videos("alpha", "beta", extra=PLACES)
    manifest = workspace.manifest.read_text()
    put(workspace.folder / "alpha.mp4", TINY)
    workspace.write(manifest.replace("https://cdn.example.com/alpha.mp4", "./alpha.mp4"))
    targets = {}
    for tag in ("es-MX", "ja"):
        files = {
            "video": put(workspace.folder / f"out/alpha #1/{tag}.mp4", TINY),
            "vtt": put(workspace.folder / f"out/alpha/{tag}.vtt", VTT.encode()),
        }
        targets[f"alpha/{tag}"] = entry(tag, files=files)
    hostile = "</script><script>document.title = 'taken'</script><b onclick=x>"
    targets["beta/ja"] = entry("ja", status="failed", failure_message=hostile)
    lock_targets(workspace, targets)
    found = Measurement(6.0, broke_at=2.0, waveform=(0, 50, 100))
    MeasuredFiles(workspace.manifest).save(hashlib.sha256(TINY).hexdigest(), found)
    return workspace


SEEN = """() => {
  const texts = (selector) => [...document.querySelectorAll(selector)]
    .filter((one) => one.checkVisibility({visibilityProperty: true}))
    .map((one) => one.textContent);
  return {
    shown: texts("#shown").join(),
    rows: texts(".video tbody code").join(" "),
    videos: texts(".video h3").join(" "),
    heads: texts("#matrix thead th").length,
    matrix: texts("#matrix tbody a").join(" "),
  };
}"""


def test_the_filter_by_language_state_and_name(scene: Workspace, show: Callable[..., Any]) -> None:
    page = show()
    assert page.title() == "test: translated videos"
    whole = page.evaluate(SEEN)
    assert whole["shown"] == "6 of 6 targets shown"
    assert page.locator(".wave[role=img]:visible").count() == 2
    page.get_by_label("Language", exact=True).select_option("ja")
    assert page.locator(".wave[role=img]:visible").count() == 1
    assert page.evaluate(SEEN) == {
        "shown": "2 of 6 targets shown",
        "rows": "ja ja",
        "videos": "alpha beta",
        "heads": 2,
        "matrix": "alpha completed beta failed",
    }
    page.get_by_label("Language", exact=True).select_option("")
    page.get_by_label("State", exact=True).select_option("failed")
    assert page.evaluate(SEEN) == {
        "shown": "1 of 6 targets shown",
        "rows": "ja",
        "videos": "beta",
        "heads": 4,
        "matrix": "beta failed",
    }
    page.get_by_role("button", name="Show all").click()
    assert page.evaluate(SEEN) == whole
    page.get_by_label("Video", exact=True).fill("ALP")
    assert page.evaluate(SEEN)["videos"] == "alpha"
    page.locator(".failures a").click()  # leads to what is hidden
    assert page.evaluate(SEEN) == whole


def test_players_come_on_demand_with_captions(scene: Workspace, show: Callable[..., Any]) -> None:
    page = show()
    assert page.locator("video").count() == 0
    button = page.get_by_role("button", name="Side by side of alpha")
    assert page.locator(".play:visible").count() == 1  # of beta nothing is there to play
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    page.wait_for_function(READY)
    captions = page.locator("figcaption").all_inner_texts()
    assert captions == ["Source", "Spanish (Mexico) es-MX", "Japanese ja"]
    names = page.locator("video").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert names == ["alpha, Source", "alpha, Spanish (Mexico) es-MX", "alpha, Japanese ja"]
    page.wait_for_function("() => document.querySelectorAll('video')[2].textTracks[0].cues.length")
    cue = page.evaluate(
        "() => { const [cue] = document.querySelectorAll('video')[1].textTracks[0].cues;"
        " return [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent]; }"
    )
    assert cue == [0, 2, "Hola & adiós"]
    assert page.locator("track").first.get_attribute("srclang") == "es-MX"
    page.get_by_label("Language", exact=True).select_option("ja")
    assert page.locator("figcaption:visible").all_inner_texts() == ["Source", "Japanese ja"]
    button.click()
    assert page.locator("video").count() == 0
    assert button.get_attribute("aria-expanded") == "false"


def test_one_voice_at_a_time(scene: Workspace, show: Callable[..., Any]) -> None:
    page = show()
    page.get_by_role("button", name="Side by side of alpha").click()
    page.wait_for_function(READY)
    paused = page.evaluate(
        """async () => {
          const all = [...document.querySelectorAll("video")];
          for (const one of all) { one.muted = true; one.loop = true; }
          await all[0].play();
          await all[1].play();
          return all.map((one) => one.paused);
        }"""
    )
    assert paused == [True, False, True]


def test_the_keyboard_alone(scene: Workspace, show: Callable[..., Any]) -> None:
    page = show()
    at = (
        "() => { const one = document.activeElement, style = getComputedStyle(one);"
        " return [one.className || one.id, style.outlineStyle, style.outlineWidth]; }"
    )
    page.keyboard.press("Tab")
    assert page.evaluate(at)[0] == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate(at)[0] == "main"
    for control in ("", "language", "state", "name", "reset", "scroll"):
        page.keyboard.press("Tab")
        assert page.evaluate(at) == [control, "solid", "3px"]
    page.locator(".source a").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate(at) == ["play", "solid", "3px"]
    page.keyboard.press("Enter")
    assert page.locator("video").count() == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read(scene: Workspace, show: Callable[..., Any], scheme: str) -> None:
    page = show(color_scheme=scheme)
    ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is (scheme == "light")
    colours = page.evaluate(
        "() => [...new Set([...document.querySelectorAll('main *, footer *')]"
        ".map(one => getComputedStyle(one).color))]"
    )
    assert len(colours) > 3
    ratios = {colour: page.evaluate(LUMINANCE, [colour, ground]) for colour in colours}
    assert min(ratios.values()) >= 4.5, ratios


def test_a_narrow_window_scrolls_in_one_direction(
    scene: Workspace, show: Callable[..., Any]
) -> None:
    manifest = scene.manifest.read_text()
    longest = "chinese-zhongyuan-mandarin-shaanxi-simplified"
    scene.write(manifest.replace("[es-MX,", f"[{longest}, zh-HK, es-MX,"))
    page = show()
    page.get_by_role("button", name="Side by side of alpha").click()
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth") == width
    lines = page.evaluate(
        "() => { const name = document.querySelector('#matrix tbody a');"
        " name.textContent = 'beta-two'; return name.getClientRects()[0].height; }"
    )
    assert lines < 30, "a short name takes one line, however many languages there are"
    page.set_viewport_size({"width": 660, "height": 800})
    head = page.evaluate("() => document.querySelector('.video thead tr').offsetHeight")
    assert head < 40, "no heading is cut in two"


def test_without_a_script_all_can_be_read(scene: Workspace, show: Callable[..., Any]) -> None:
    page = show(java_script_enabled=False)
    assert page.locator("#filter:visible, .play:visible").count() == 0
    rows = page.locator(".video tbody th:visible").all_inner_texts()
    assert len(rows) == 6
    assert page.get_by_role("link", name="captions (vtt)").count() == 2


def test_links_of_another_host_play_without_its_leave_and_say_so(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace, show: Callable[..., Any]
) -> None:
    workspace.use(start_sandbox(render_seconds=0.01, max_jobs=None))
    workspace.write_videos("alpha", languages=("ja",), extra=PLACES)
    workspace.write(workspace.manifest.read_text().replace("https://cdn.example.com/", "./"))
    put(workspace.folder / "alpha.mp4", TINY)
    assert workspace.run("apply", "--yes", "--quiet").code == 0
    page = show()
    page.get_by_role("button", name="Side by side of alpha").click()
    page.wait_for_function(READY)
    page.get_by_text("The captions cannot be loaded from here").wait_for()


def test_a_link_that_has_ended_says_so(workspace: Workspace, show: Callable[..., Any]) -> None:
    workspace.write_videos("alpha", languages=("es-MX", "ja"))
    url = "https://files.example.com/v.mp4"
    lock_targets(
        workspace,
        {
            "alpha/es-MX": entry("es-MX", outputs={"video_url": url, "expires_at": 1_600_000_000}),
            "alpha/ja": entry("ja", outputs={"video_url": url, "expires_at": 4_000_000_000}),
        },
    )
    told = show().locator("[data-x]").all_inner_texts()
    assert told == ["ended: localize refresh", "until 2096-10-02"]
