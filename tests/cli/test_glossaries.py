"""`localize glossaries`, against the sandbox, and against answers that mislead."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
import requests
from stand_in import Reply, StandIn
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

PATH = "/v3/brand-glossaries"


def test_each_has_a_line(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    ran = workspace.run("glossaries")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "glossary-ja  2026-03-05  Product names (ja)\nglossary-de  2026-03-12  Product names (de)\n"
    )


def test_for_machines(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    document = workspace.run("glossaries", "--format", "json").json()
    assert document["format_version"] == 1
    assert document["glossaries"][0] == {
        "id": "glossary-ja",
        "name": "Product names (ja)",
        "created_at": "2026-03-02T09:30:00Z",
        "updated_at": "2026-03-05T09:30:00Z",
        "terms": [],
    }


def test_every_page_is_read(workspace: Workspace, start_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = start_sandbox(glossaries=201)
    workspace.use(sandbox)
    found = workspace.run("glossaries", "--format", "json").json()["glossaries"]
    assert len({item["id"] for item in found}) == 201
    asked = [note for note in sandbox.requests() if note.path == PATH]
    assert len(asked) == 3
    assert all("limit=100" in note.query for note in asked)


def test_none_is_said(workspace: Workspace, start_sandbox: Callable[..., Sandbox]) -> None:
    workspace.use(start_sandbox(glossaries=0))
    ran = workspace.run("glossaries")
    assert (ran.code, ran.out) == (0, "")
    assert "no brand glossaries" in ran.err


def test_it_needs_a_key(workspace: Workspace) -> None:
    ran = workspace.run("glossaries")
    assert ran.code == 7
    assert "no API key" in ran.err


def test_a_list_that_breaks_off_is_an_error(
    workspace: Workspace,
    start_sandbox: Callable[..., Sandbox],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    workspace.use(start_sandbox(glossaries=101, faults=(f"html_502=1 on GET {PATH} after 1",)))
    ran = workspace.run("glossaries")
    assert ran.code == 4
    assert ran.out == ""


ODD = {"brand_glossary_id": "g\x1b[31m", "name": "unusable id"}
PLAIN = {"brand_glossary_id": "g-1", "name": "A\x1b[2J\nB", "created_at": "last week"}


@pytest.mark.parametrize(
    ("answer", "out", "code"),
    [
        ({"data": [PLAIN], "has_more": False}, "g-1  last week   A[2J B\n", 0),
        ({"data": [{"brand_glossary_id": "g-2"}], "has_more": False}, "g-2\n", 0),
        ({"data": [ODD, PLAIN], "has_more": False}, "", 4),
        ({"data": [3, PLAIN], "has_more": False}, "", 4),
        ({"data": [PLAIN]}, "", 4),
        ({"data": {}}, "", 4),
        ({"data": [], "has_more": True}, "", 4),
    ],
)
def test_odd_answers_steer_no_terminal(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, Any],
    out: str,
    code: int,
) -> None:
    reply = Reply(body=json.dumps(answer).encode(), headers={"Content-Type": "application/json"})
    with closing(StandIn(lambda _: reply)) as vendor:
        monkeypatch.setenv("HEYGEN_API_BASE", vendor.base)
        monkeypatch.setenv("HEYGEN_API_KEY", "sk_test_0123456789abcdef")
        ran = workspace.run("glossaries")
    assert (ran.code, ran.out) == (code, out), ran.err


def change_glossary(sandbox: Sandbox, **lists: list[dict[str, str]]) -> None:
    url = f"{sandbox.base_url}{PATH}/glossary-ja"
    headers = {"x-api-key": sandbox.api_key}
    assert requests.patch(url, json=lists, headers=headers, timeout=10).ok


def test_terms_are_shown(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    change_glossary(
        sandbox,
        terms=[{"term": "Acme", "pronunciation": "ak-mee"}],
        do_not_translate_terms=[{"term": "Cloud\u202e"}],
        forced_translations=[{"term": "invoice", "translation": "factura"}],
    )
    ran = workspace.run("glossaries", "glossary-ja")
    assert "    Acme (spoken: ak-mee)\n" in ran.out
    assert "    Cloud" in ran.out
    assert "\u202e" not in ran.out
    assert "    invoice → factura\n" in ran.out
    assert "glossary-de" not in ran.out
    ran = workspace.run("glossaries", "no-such")
    assert ran.code == 2
    assert "the account has no glossary no-such" in ran.err


def test_a_change_after_the_render_is_drift_and_never_a_cost(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("a", "b", languages=("ja",))
    text = workspace.manifest.read_text()
    named = text.replace("/a.mp4'", "/a.mp4', brand_glossary_id: glossary-ja")
    workspace.write(named)
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    before = workspace.lockfile.read_bytes()
    sandbox.advance(100)
    change_glossary(sandbox, terms=[{"term": "Acme", "pronunciation": "ak-mee"}])
    ran = workspace.run("plan")
    assert "≠ a/ja  drift" in ran.out
    assert "its glossary was changed since; raise revision to render it again" in ran.out
    report = workspace.run("plan", "--format", "json").json()
    assert {item["address"]: item["reason"] for item in report["actions"]} == {
        "a/ja": "glossary_changed",
        "b/ja": "up_to_date",
    }
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("apply", "--yes", "--frozen").code == 0
    assert (creates(sandbox), workspace.lockfile.read_bytes()) == (2, before)
    # A list that is denied decides nothing.
    sandbox.set_faults(f"access_denied=1 on GET {PATH}")
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    sandbox.set_faults()
    workspace.write(named.replace("glossary-ja", "glossary-ja, revision: 2"))
    assert workspace.run("apply", "--yes").code == 0
    assert creates(sandbox) == 3
