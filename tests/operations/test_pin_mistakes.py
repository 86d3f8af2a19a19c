"""`job`, `formerly` and `max_delete` in the manifest: what is refused, and where."""

from __future__ import annotations

import pytest
from workspaces import Workspace

HEAD = "version: 1\nproject: test\n"
A = "source: 'https://x.example/a.mp4'"
B = "source: 'https://x.example/b.mp4'"

MISTAKES = {
    "many languages": (
        f"languages: [ja, es-MX]\nvideos: {{a: {{{A}, job: j1}}}}\n",
        "pin_twice",
        "a/es-MX and a/ja are both pinned to job j1",
    ),
    "group": (
        f"groups: {{g: [ja, es-MX]}}\nvideos: {{a: {{{A}, languages: {{g: {{job: j1}}}}}}}}\n",
        "pin_twice",
        "a/es-MX and a/ja are both pinned",
    ),
    "top level": (
        f"languages: {{ja: {{job: j1}}}}\nvideos: {{a: {{{A}}}}}\n",
        "pin_misplaced",
        "job does not stand at a language of every video",
    ),
    "two videos": (
        f"languages: [ja]\nvideos: {{a: {{{A}, job: j1}}, b: {{{B}, job: j1}}}}\n",
        "pin_twice",
        "a/ja and b/ja are both pinned to job j1",
    ),
    "one content, two jobs": (
        f"languages: [ja]\nvideos: {{a: {{{A}, job: j1}}, b: {{{A}, job: j2}}}}\n",
        "pin_differs",
        "a/ja and b/ja are the same content, and are pinned to different jobs, j1 and j2",
    ),
    "proofread": (
        f"languages: [ja]\nvideos: {{a: {{{A}, job: j1, proofread: true}}}}\n",
        "pin_proofread",
        "a/ja is pinned to job j1, and has proofread",
    ),
    "defaults": (
        f"languages: [ja]\ndefaults: {{job: j1}}\nvideos: {{a: {{{A}}}}}\n",
        "unknown_key",
        "there is no key 'job' here",
    ),
    "no id": (
        f"languages: [ja]\nvideos: {{a: {{{A}, job: '../x'}}}}\n",
        "invalid_value",
        "job cannot be the text",
    ),
    "no project": (
        f"formerly: [Old Name]\nlanguages: [ja]\nvideos: {{a: {{{A}}}}}\n",
        "invalid_value",
        "item 1 of formerly cannot be the text",
    ),
    "no number": (
        f"limits: {{max_delete: -1}}\nlanguages: [ja]\nvideos: {{a: {{{A}}}}}\n",
        "invalid_value",
        "max_delete: expected at least 0",
    ),
}


@pytest.mark.parametrize(("text", "code", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line(
    workspace: Workspace, text: str, code: str, told: str
) -> None:
    workspace.write(HEAD + text)
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 2
    (error,) = ran.json()["errors"]
    assert error["code"] == code
    assert told in error["message"]
    assert error["where"]["line"] in (3, 4, 5)


def test_what_may_be_said(workspace: Workspace) -> None:
    workspace.write(
        HEAD + "formerly: [old, older]\nlimits: {max_delete: 0}\nlanguages: [ja, es-MX]\nvideos:\n"
        f"  a: {{{A}, add_languages: {{ja: {{job: j1}}}}}}\n"
        f"  b: {{{A}, add_languages: {{ja: {{job: j1}}}}}}\n"  # the same content
        f"  c: {{{B}, languages: [ja], job: '123'}}\n"
        f"  d: {{{B}, languages: {{ja: {{revision: 2, job: null}}}}, job: j4}}\n"
    )
    assert workspace.run("validate").code == 0
