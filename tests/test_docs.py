"""What the pages show is what happens: their `$ localize` lines are run, their output compared.

A page is read from the top. A block of YAML with `version:` becomes the manifest; before one,
the example is. `$ mkdir … && cd …` goes on in an empty folder, where sources are the sandbox's
own; other commands of the shell are run as they stand. A line `…` in an output stands for any
lines; ids and URLs may differ.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from workspaces import Workspace

from heygen_localize import __version__
from heygen_localize.sandbox import Sandbox

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PIN = re.compile(r"heygen-localize(?:@v?|[=~]=)([\w.]+)|\b(?:rev|ref): v([\d.]+)")
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
INSTALL = re.compile(r"^```sh\n(?:uvx|pipx|pip) .*?^```", re.MULTILINE | re.DOTALL)
SERVES_FOREVER = "localize sandbox"  # run in tests/cli
SHELL = ("sed", "rm")
PUBLIC = "https://cdn.example.com"
TOUR = """\
version: 1
project: acme-docs
languages: [es-MX, fr-FR, ja]
videos:
  intro: {source: "https://cdn.example.com/intro.mp4", duration: 95}
"""


def needs(page: Path) -> None:
    """Leave out a page whose extra has no wheels for this Python."""
    if page.name == "policy.md":
        pytest.importorskip("cel_expr_python")


def blocks(page: Path) -> list[tuple[str, str]]:
    return FENCE.findall(page.read_text(encoding="utf-8"))


def steps(block: str) -> list[tuple[str, list[str]]]:
    """Split a console block into commands and the output shown below each."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and line.strip():
            found[-1][1].append(line)
    return found


def tidy(line: str) -> str:
    return re.sub(r"tr_[0-9a-f]{12}", "tr_0", " ".join(line.split()))


def shown_in(expected: list[str], output: str) -> bool:
    """Tell whether the lines come in the output, in order; `…` stands for any lines."""
    lines = [tidy(line) for line in output.splitlines() if line.strip()]
    wanted = [tidy(line) for line in expected]
    if "…" not in wanted:
        return lines == wanted
    remaining = iter(lines)
    return all(line in remaining for line in wanted if line != "…")


def is_run(page: Path) -> bool:
    return any(
        command.startswith("localize ") and not command.startswith(SERVES_FOREVER)
        for kind, text in blocks(page)
        if kind == "console"
        for command, _ in steps(text)
    )


@pytest.mark.parametrize(
    "page", [page for page in PAGES if is_run(page)], ids=lambda page: page.name
)
def test_commands_do_what_the_page_shows(
    page: Path, workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs(page)
    workspace.use(sandbox)
    parent = workspace.folder
    example = (ROOT / "localize.yaml.example").read_text(encoding="utf-8")
    workspace.write(example if page.name == "README.md" else TOUR)
    for kind, text in blocks(page):
        if kind == "yaml" and "\nversion: 1" in "\n" + text and "\nvideos:" in text:
            workspace.write(text)
            workspace.lockfile.unlink(missing_ok=True)
            for job in sandbox.jobs():
                sandbox.delete_job(job.id)
        for command, expected in steps(text) if kind == "console" else ():
            program, *arguments = shlex.split(command)
            if program == "mkdir":
                workspace.folder = workspace.folder / arguments[0]
                workspace.folder.mkdir()
                monkeypatch.delenv("LOCALIZE_PLAN_CHECK_SOURCES")
                monkeypatch.delenv("LOCALIZE_APPLY_CHECK_SOURCES")
            elif program in SHELL:
                subprocess.run(command, shell=True, cwd=workspace.folder, check=True)
            elif program == "localize" and not command.startswith(SERVES_FOREVER):
                here = [word.replace(PUBLIC, f"{sandbox.base_url}/source") for word in arguments]
                ran = workspace.run(*(here if workspace.folder.parent == parent else arguments))
                assert ran.code == 0, f"{command}: {ran.err}"
                assert shown_in(expected, ran.out), f"{command}\n{ran.out}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        led_to = page.parent / target if target else page
        assert led_to.exists(), target
        assert not anchor or anchor in anchors(led_to), f"{target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub spells them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_stands_in_the_navigation_once() -> None:
    settings = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    named = re.findall(r'= "([\w/-]+\.md)"', settings)
    docs = ROOT / "docs"
    assert sorted(named) == sorted(str(p.relative_to(docs)) for p in docs.rglob("*.md"))


def test_installing_is_told_alike_everywhere_and_names_what_there_is() -> None:
    told = [INSTALL.findall(page.read_text(encoding="utf-8"))[:2] for page in PAGES]
    first, *others = [blocks for blocks in told if blocks]
    assert len(first) == 2
    assert others == [first]
    scripts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in re.findall(r"uvx (?:--from \. )?([\w-]+)", "\n".join(first)):
        assert f'\n{name} = "heygen_localize.__main__:main"\n' in scripts


def test_what_is_shown_pinned_is_this_version() -> None:
    pins = [
        (path.name, *filter(None, found))
        for path in (*PAGES, ROOT / "ci" / "gitlab.yml")
        for found in PIN.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(pins) >= 8
    assert [pin for pin in pins if pin[1] not in (__version__, "latest")] == []


def test_every_dependency_has_its_reason() -> None:
    told = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    listed = re.findall(
        r'^    "([a-z][a-z0-9-]*)>=[0-9.]+(?:;[^"]+)?",$',
        (ROOT / "pyproject.toml").read_text(),
        re.MULTILINE,
    )
    assert {"requests", "zensical"} <= set(listed)
    missing = [name for name in listed if f"[{name.lower()}]" not in told]
    assert not missing
