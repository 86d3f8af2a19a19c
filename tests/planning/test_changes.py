"""What changed, attribute by attribute: in the plan's rows, in Markdown and in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox


@pytest.fixture
def rendered(start_sandbox: Callable[..., Sandbox], workspace: Workspace) -> Workspace:
    """One video in two languages, rendered."""
    workspace.use(start_sandbox())
    write(workspace)
    assert workspace.run("apply", "--yes").code == 0
    return workspace


def write(workspace: Workspace, *options: str, source: str = "intro.mp4") -> None:
    told = "".join(f", {option}" for option in options)
    workspace.write(
        "version: 1\nproject: test\nlanguages: [es-MX, ja]\nvideos:\n"
        f"  intro: {{source: 'https://cdn.example.com/{source}', duration: 60{told}}}\n"
    )


def changes(workspace: Workspace, address: str = "intro/ja") -> Any:
    told = workspace.run("plan", "--format", "json").json()
    (action,) = (action for action in told["actions"] if action["address"] == address)
    return action.get("changes")


def as_version_1(workspace: Workspace) -> None:
    """Make the lockfile one that an earlier version wrote."""
    lock = workspace.lock()
    for entry in lock["targets"].values():
        del entry["spec"]
    text = json.dumps(lock | {"lockfile_version": 1}, indent=2, sort_keys=True) + "\n"
    workspace.lockfile.write_text(text)


def test_the_lockfile_keeps_what_was_ordered_sparse(rendered: Workspace) -> None:
    lock = rendered.lock()
    assert lock["lockfile_version"] == 2
    assert lock["targets"]["intro/ja"]["spec"] == {"source": "https://cdn.example.com/intro.mp4"}
    write(rendered, "mode: precision", "revision: 2")
    assert rendered.run("apply", "--yes").code == 0
    entry = rendered.lock()["targets"]["intro/ja"]
    assert entry["spec"]["options"] == {"mode": "precision"}
    assert entry["spec"]["revision"] == 2
    before = rendered.lockfile.read_bytes()
    assert rendered.run("apply", "--yes").code == 0
    assert rendered.lockfile.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "source", "told", "change"),
    [
        (("mode: precision",), "intro.mp4", "mode: speed → precision", ("speed", "precision")),
        (("speaker_num: 2",), "intro.mp4", "speaker_num: none → 2", (None, 2)),
        (("revision: 3",), "intro.mp4", "revision: 1 → 3", (1, 3)),
        (
            (),
            "other.mp4",
            "source: https://cdn.example.com/intro.mp4 → https://cdn.example.com/other.mp4",
            ("https://cdn.example.com/intro.mp4", "https://cdn.example.com/other.mp4"),
        ),
        (
            ("stock_voice_config: {use_stock_voice: true}",),
            "intro.mp4",
            'stock_voice_config: none → {"use_stock_voice": true}',
            (None, {"use_stock_voice": True}),
        ),
    ],
)
def test_a_changed_attribute_is_named_with_both_values(
    rendered: Workspace,
    options: tuple[str, ...],
    source: str,
    told: str,
    change: tuple[Any, Any],
) -> None:
    write(rendered, *options, source=source)
    name = told.partition(":")[0]
    assert changes(rendered) == [{"name": name, "before": change[0], "after": change[1]}]
    assert f"{told}; the old one stays up" in rendered.run("plan").out
    shown = rendered.run("plan", "--format", "markdown").out
    assert "`~` | `intro` | 2 languages | replace |" in shown
    assert name.replace("_", "\\_") in shown


def test_several_changes_stand_side_by_side_and_one_set_back_is_told(rendered: Workspace) -> None:
    write(rendered, "mode: precision", "enable_speech_enhancement: true")
    assert (
        "replace  8.00 USD  mode: speed → precision, enable_speech_enhancement: false → true;"
        in rendered.run("plan").out
    )
    assert rendered.run("apply", "--yes").code == 0
    write(rendered)
    told = rendered.run("plan").out
    assert "adopt" in told
    assert "still has it; mode: precision → speed, enable_speech_enhancement: true → fal" in told


def test_a_title_is_told_before_and_after(rendered: Workspace) -> None:
    write(rendered, "title: 'Hello [{{ language.tag }}]'")
    assert changes(rendered) == [{"name": "title", "before": None, "after": "Hello [ja]"}]
    assert rendered.run("apply", "--yes").code == 0
    write(rendered, "title: 'Bye [{{ language.tag }}]'")
    assert changes(rendered) == [{"name": "title", "before": "Hello [ja]", "after": "Bye [ja]"}]
    assert "retitle  title: Hello [ja] → Bye [ja]" in rendered.run("plan").out


def test_an_older_lockfile_says_once_that_options_changed_and_learns(rendered: Workspace) -> None:
    as_version_1(rendered)
    write(rendered, "mode: precision")
    assert "replace  8.00 USD  the options changed; the old" in rendered.run("plan").out
    assert changes(rendered) is None
    assert rendered.run("apply", "--yes").code == 0
    write(rendered)
    assert changes(rendered) == [{"name": "mode", "before": "precision", "after": "speed"}]


def test_an_older_lockfile_knows_the_source(rendered: Workspace) -> None:
    as_version_1(rendered)
    write(rendered, source="other.mp4")
    assert [change["name"] for change in changes(rendered)] == ["source"]


def test_an_older_lockfile_learns_what_is_up_to_date(rendered: Workspace) -> None:
    whole = rendered.lockfile.read_bytes()
    as_version_1(rendered)
    assert rendered.run("apply", "--frozen").code == 0
    assert rendered.lock()["lockfile_version"] == 1
    assert rendered.run("apply", "--yes").code == 0
    assert rendered.lockfile.read_bytes() == whole


def test_a_spec_that_lies_is_not_believed(rendered: Workspace) -> None:
    lock = rendered.lock()
    lock["targets"]["intro/ja"]["spec"]["options"] = {"mode": "\u001b[31mred", "new_option": [1]}
    rendered.lockfile.write_text(json.dumps(lock))
    write(rendered, "mode: precision")
    ran = rendered.run("plan", "-v")
    assert ran.code == 0
    assert "intro/ja     replace  4.00 USD  the options changed" in ran.out
    assert "intro/es-MX  replace  4.00 USD  mode: speed → precision" in ran.out


def test_a_spec_of_another_form_is_refused(rendered: Workspace) -> None:
    lock = rendered.lock()
    lock["targets"]["intro/ja"]["spec"] = {"source": "", "options": {"Mode!": 1}}
    rendered.lockfile.write_text(json.dumps(lock))
    ran = rendered.run("plan")
    assert ran.code == 2
    assert "targets.intro/ja.spec" in ran.err
