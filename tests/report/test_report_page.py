"""What a report's page says, and how it says it: to readers, to keyboards, to browsers."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from pathlib import Path

import pytest
from report_reading import Element, entry, lock_targets, read_page, row_of, write_report
from workspaces import Workspace

from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Manifest
from heygen_localize.report.html.page import PageInput, page_text
from heygen_localize.report.html.page import page as page_of
from heygen_localize.system.checkout import Checkout

HOSTILE = (
    '</script><script>alert(1)</script><img src=x onerror=alert(1)> " onfocus="alert(1)\' {{7*7}}'
)
REORDERED = "abc\u202edcb"
DOWNLOAD = "Failed to download video from url, please check the url is valid or the video is public"


@pytest.fixture
def page(workspace: Workspace) -> Element:
    """Two videos in three languages, in every state that a lockfile tells."""
    workspace.write_videos("alpha", "beta")
    rendering = entry("ja", status="running", serving=entry("ja", translation_id="tr_old"))
    for name in ("language", "attempts"):
        del rendering["serving"][name]
    lock_targets(
        workspace,
        {
            "alpha/es-MX": entry("es-MX", duration=95.4, title="Alpha, dubbed"),
            "alpha/fr-FR": entry("fr-FR", fingerprint="1" * 64),
            "alpha/ja": rendering,
            "beta/es-MX": entry("es-MX", status="failed", failure_message=DOWNLOAD),
            "beta/ja": entry("ja", status="failed", attempts=3, failure_message="No sound."),
            "gone/ja": entry("ja", source={"url": "https://cdn.example.com/gone.mp4"}),
        },
    )
    return write_report(workspace)


# What it says


def test_the_matrix_has_every_video_and_language(page: Element) -> None:
    matrix = page.one("table", id="matrix")
    heads, *lines = [line.cells for line in matrix.all("tr")]
    assert heads == ["Video", "es-MX Spanish (Mexico)", "fr-FR French (France)", "ja Japanese"]
    assert lines == [
        ["alpha", "completed", "outdated", "running"],
        ["beta", "failed", "missing", "failed"],
        ["gone", "–", "–", "orphan"],
    ]


def test_every_cell_leads_to_its_row(page: Element) -> None:
    places = {
        element.attributes["id"]: element for element in page.all() if "id" in element.attributes
    }
    links = [link.attributes["href"] for link in page.all("a")]
    inside = [link[1:] for link in links if link.startswith("#")]
    assert len(inside) > 10
    assert set(inside) <= places.keys()
    line = page.one("table", id="matrix").one("tbody").all("tr")[1]
    row = places[line.all("td")[0].one("a").attributes["href"][1:]]
    assert row is row_of(page, "beta/es-MX")


def test_no_id_is_there_twice(page: Element) -> None:
    ids = [element.attributes["id"] for element in page.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def test_rows_tell_length_title_and_what_the_state_does_not(page: Element) -> None:
    assert row_of(page, "alpha/es-MX").text == "Spanish (Mexico) es-MX Alpha, dubbed completed 1:35"
    assert "outdated out of date: the manifest changed" in row_of(page, "alpha/fr-FR").text
    assert "running the earlier one is used until it is done" in row_of(page, "alpha/ja").text
    assert DOWNLOAD in row_of(page, "beta/es-MX").text
    assert row_of(page, "beta/fr-FR").text == "French (France) fr-FR missing"


def test_failures_stand_with_their_mends(page: Element) -> None:
    first, second = page.one("ul", class_="failures").all("li")
    assert first.text.startswith(DOWNLOAD)
    assert "open the source URL in a private window" in first.text
    assert "1 target: beta/es-MX" in first.text
    assert second.text.startswith("failed 3 times: No sound.")
    assert "--retry-failed" in second.text


def test_the_summary_counts_and_adds_up(page: Element) -> None:
    counts = [item.text for item in page.one("ul", class_="counts").all("li")]
    assert ", ".join(counts) == (
        "1 running, 1 completed, 2 failed, 1 missing, 1 orphan, 1 outdated"
    )
    # 95.4 seconds by their spec at 0.0333; 18 of unknown mode at 0.0167 to 0.0667.
    assert "4 jobs, 1.9 minutes of video, 3.48 to 4.38 USD" in page.one("main").text


def test_a_failed_proofread_session_is_a_failure(workspace: Workspace) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    session = {
        "fingerprint": "2" * 64,
        "proofread_id": "pr_1",
        "status": "failed",
        "attempts": 1,
        "failure_message": "No speech.",
    }
    lock_targets(workspace, {}, proofreads={"alpha/ja": session})
    failures = write_report(workspace).one("ul", class_="failures")
    assert "the proofread session failed: No speech." in failures.text


def test_a_page_of_nothing(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "localize.yaml", "te\u202est", ())
    made = page_of(
        PageInput(manifest, Lock("test"), (), tmp_path / "out.html", Checkout(tmp_path), 0.0)
    )
    page = read_page(made.html)
    assert page.one("title").text == "test: translated videos"
    assert "There is no target yet." in page.one("main").text
    assert "Cost so far: nothing yet." in page.one("main").text
    assert page.one("time").text == "1970-01-01 00:00:00 UTC"
    assert not page.all("table")
    assert page_text(made).startswith("no target\nCost so far: nothing yet\n")


# To whom it says it


def test_landmarks_and_headings(page: Element) -> None:
    html = page.one("html")
    assert html.attributes["lang"] == "en"
    for landmark in ("header", "main", "footer", "nav"):
        page.one(landmark)
    levels = [int(element.tag[1]) for element in page.all() if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(level - levels[place] <= 1 for place, level in enumerate(levels[1:]))
    assert page.one("title").text == page.one("h1").text == "test: translated videos"
    ids = {element.attributes.get("id") for element in page.all()}
    named = [element for element in page.all() if "aria-labelledby" in element.attributes]
    assert named
    assert {element.attributes["aria-labelledby"] for element in named} <= ids
    sections = page.all("section")
    assert all("aria-labelledby" in section.attributes for section in sections)


def test_a_keyboard_gets_everywhere(page: Element) -> None:
    first = page.one("body").all("a")[0]
    assert first.attributes["href"] == "#main"
    assert page.one("main").attributes["id"] == "main"
    assert page.one("div", class_="scroll").attributes["tabindex"] == "0"
    order = [element.attributes.get("tabindex", "0") for element in page.all()]
    assert set(order) <= {"0", "-1"}
    style = page.one("style").text
    assert ":focus-visible { outline: 3px" in style
    assert "outline: none" not in style.replace("main:focus { outline: none; }", "")


def test_controls_have_labels_and_tables_heads(page: Element) -> None:
    labels = {label.attributes["for"] for label in page.all("label")}
    controls = [*page.all("select"), *page.all("input")]
    assert {control.attributes["id"] for control in controls} == labels
    assert all(
        button.text and button.attributes["type"] == "button" for button in page.all("button")
    )
    heads = page.all("th")
    assert {head.attributes.get("scope") for head in heads} == {"col", "row"}
    for line in page.all("tr"):
        assert line.all("th"), line.text
    ids = {element.attributes.get("id") for element in page.all()}
    players = page.all("button", class_="play")
    assert {button.attributes["aria-controls"] for button in players} <= ids
    names = [button.text for button in players]
    assert len(set(names)) == len(names)
    assert page.one("p", id="shown").attributes["role"] == "status"


def test_states_are_told_by_words(page: Element) -> None:
    for cell in page.one("table", id="matrix").all("td"):
        assert cell.text
    assert "prefers-color-scheme: dark" in page.one("style").text
    assert page.one("meta", name="color-scheme").attributes["content"] == "light dark"


def test_what_only_a_script_can_do_is_hidden_until_it_runs(page: Element) -> None:
    assert "hidden" in page.one("div", id="filter").attributes
    buttons = page.all("button", class_="play")
    assert buttons
    assert all("hidden" in button.attributes for button in buttons)


# What it may do


def test_the_policy_lets_in_this_style_and_this_script_alone(page: Element) -> None:
    policy = page.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))

    def digest(tag: str) -> str:
        (text,) = page.one(tag).inside
        assert isinstance(text, str)
        return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "style-src": digest("style"),
        "script-src": digest("script"),
        "media-src": "'self' file: https: data:",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    head = [element.tag for element in page.one("head").all()]
    assert head.index("meta") < head.index("style")
    assert page.one("head").all("meta")[1].attributes["http-equiv"] == "Content-Security-Policy"


def test_nothing_is_fetched_and_nothing_handled_inline(page: Element) -> None:
    for element in page.all():
        assert not [name for name in element.attributes if name.startswith("on") or name == "style"]
        assert "src" not in element.attributes
        assert element.tag not in ("iframe", "object", "embed", "base", "form", "img")
    assert [link.attributes["href"] for link in page.all("link")] == ["data:,"]
    assert "url(" not in page.one("style").text
    assert "@import" not in page.one("style").text
    script = page.one("script").text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script)
    assert page.one("meta", name="referrer").attributes["content"] == "no-referrer"


def test_texts_of_others_stay_texts(workspace: Workspace) -> None:
    workspace.write_videos("alpha", languages=("es-MX", "ja"))
    lock_targets(
        workspace,
        {
            "alpha/es-MX": entry("es-MX", status="failed", failure_message=HOSTILE),
            "alpha/ja": entry("ja", title=HOSTILE, language=HOSTILE),
            "old/ja": entry("ja", title=REORDERED, source={"url": HOSTILE}),
        },
    )
    page = write_report(workspace)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not [element for element in page.all() if "onfocus" in element.attributes]
    assert HOSTILE in page.one("ul", class_="failures").text
    assert "49" not in page.one("main").text
    assert row_of(page, "alpha/ja").one("small").text in HOSTILE
    assert row_of(page, "old/ja").one("small").text == "abcdcb"


HOSTILE_LINKS = [
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "//evil.example/x",
    "http://evil.example/x.mp4",
    "http://127.0.0.1:8080/x.mp4",
    "https://[evil/x.mp4",
    "https://evil.example:99999/x.mp4",
    "https:///x.mp4",
    'https://evil.example/"onload="x',
    "\u202ehttps://evil.example/",
    "https://user:secret@evil.example/x.mp4",
]


@pytest.mark.parametrize("address", HOSTILE_LINKS)
def test_an_address_that_is_none_to_link_to_is_none(workspace: Workspace, address: str) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    lock_targets(workspace, {"old/ja": entry("ja", source={"url": address})})
    page = write_report(workspace)
    links = [link.attributes["href"] for link in page.all("a")]
    assert [link for link in links if not link.startswith("#")] == [
        "https://cdn.example.com/alpha.mp4"
    ]
    assert "secret" not in page.one("main").text


def test_numbers_that_nothing_has_do_no_harm(workspace: Workspace) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    outputs = {"video_url": "https://files.example.com/x", "expires_at": 10**20}
    lock_targets(workspace, {"alpha/ja": entry("ja", duration=1e300, outputs=outputs)})
    row = row_of(write_report(workspace), "alpha/ja")
    assert row.text == "Japanese ja completed video"
