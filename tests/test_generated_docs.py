"""The pages made from the code are those that the code makes, and what they quote is in it."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import click
import pytest

from heygen_localize.cli.guides import PAGES as GUIDES
from heygen_localize.cli.guides import SITE

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "heygen_localize"
SCRIPT = ROOT / "script" / "generate-docs"


def _script() -> ModuleType:
    loader = SourceFileLoader("generate_docs", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


GENERATOR = _script()
PAGES: dict[Path, str] = GENERATOR.pages()
COMMANDS = list(GENERATOR.walk(GENERATOR.root()))


# What is generated


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_is_stale(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "run script/generate-docs"


def test_the_pages_come_out_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LOCALIZE_PLAN_MAX_NEW", "7")
    assert GENERATOR.pages() == PAGES


def test_a_stale_page_is_told_and_then_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(GENERATOR, "ROOT", tmp_path)
    monkeypatch.setattr(GENERATOR, "pages", lambda: {page: "new\n"})
    assert GENERATOR.main(["--check"]) == 1
    assert not page.exists()
    assert GENERATOR.main([]) == 0
    assert page.read_text() == "new\n"
    assert GENERATOR.main(["--check"]) == 0
    assert "page.md is stale" in capsys.readouterr().out


def test_every_option_of_every_command_is_on_its_page() -> None:
    page = PAGES[ROOT / "docs" / "commands.md"]
    sections = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", page, re.MULTILINE))
    for context in COMMANDS:
        text = sections[context.command_path]
        for parameter in context.command.params:
            if isinstance(parameter, click.Option):
                assert all(f"`{name}`" in text for name in parameter.opts)
    assert "`LOCALIZE_APPLY_MAX_COST`" in sections["localize apply"]
    assert "`LOCALIZE_PROOFREAD_STATUS_FILE`" in sections["localize proofread status"]
    assert "LOCALIZE_APPLY_YES" not in page


def test_every_key_of_the_schema_is_on_its_page() -> None:
    page = PAGES[ROOT / "docs" / "manifest-reference.md"]

    def keys(place: object) -> Iterator[str]:
        if isinstance(place, dict):
            found = place.get("properties")
            yield from found if isinstance(found, dict) else ()
            for inner in place.values():
                yield from keys(inner)

    schema = json.loads((ROOT / "schema" / "localize.schema.json").read_text(encoding="utf-8"))
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert listed == set(keys(schema))


@pytest.mark.parametrize(
    "row",
    [
        "| `mode` | `speed`, `precision` | `speed` | `defaults`, a language, a video |",
        "| `identity` | text | | a video |",
        "| `max_new` | whole number from 0 | `100` |",
        "| `project` | text | required |",
        "| `max_cost` | number from 0 | no limit |",
        "| `srt` | text | `subtitles/{{ video.id }}/{{ language.tag }}.srt` |",
    ],
)
def test_a_row_has_type_default_and_place(row: str) -> None:
    assert row in PAGES[ROOT / "docs" / "manifest-reference.md"]


# Help


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command_path)
def test_every_help_has_examples_that_are_command_lines(context: click.Context) -> None:
    text = context.command.help or ""
    examples = [line.strip() for line in text.partition("Example")[2].splitlines()[1:]]
    examples = [line for line in examples if line]
    assert examples
    for line in examples:
        assert line.startswith(context.command_path)
        flags = set(re.findall(r"(?<= )--?[a-z][a-z-]*", line.split(" | ")[0]))
        commands = [context, *(below for below in COMMANDS if below.parent is context)]
        if isinstance(context.command, click.Group):
            commands = [below for below in COMMANDS if context.command_path in below.command_path]
        known = {
            name
            for below in commands
            for item in below.command.params
            for name in (*item.opts, *item.secondary_opts)
        }
        assert flags <= known


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command_path)
def test_help_is_written_in_sentences_and_in_our_words(context: click.Context) -> None:
    texts = [item.help or "" for item in context.command.params if isinstance(item, click.Option)]
    texts.append((context.command.help or "").split("\n\n")[0].replace("\n", " ").strip())
    for text in texts:
        assert re.match(r"[A-Z0-9]", text), text
        assert text.endswith("."), text
    whole = " ".join(texts).lower()
    # docs/design.md, "Words": a target is no task, a job no request, the lockfile no lock file.
    for word in ("lock file", "lock-file", "config file", "config ", "task", "artifact"):
        assert word not in whole
    assert not _NOT_OUR_WORDS.search(f"{whole} {context.command.help}")


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command_path)
def test_every_help_leads_to_a_page(context: click.Context) -> None:
    told = context.get_help().splitlines()[-1].strip()
    assert told.startswith(f"Docs: {SITE}")
    assert context.command_path.split()[1] in GUIDES


def test_addresses_of_the_site_lead_to_pages() -> None:
    settings = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    assert f'site_url = "{SITE}"' in settings
    files = [
        ROOT / "localize.yaml.example",
        *(ROOT / "schema").glob("*.json"),
        *(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".yaml", ".yml")),
    ]
    texts = [path.read_text(encoding="utf-8") for path in files]
    named = re.findall(rf"{re.escape(SITE)}([\w-]+)/", "\n".join(texts))
    assert len(named) >= 4
    pages = {page.partition("#")[0] for page in GUIDES.values()} | {f"{name}.md" for name in named}
    assert [page for page in sorted(pages) if not (ROOT / "docs" / page).exists()] == []


# What is quoted


def _strings(path: Path) -> Iterator[str]:
    """Walk over the texts of a module; what is filled in is `…`."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(value) for value in node.values}
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in inside:
            yield str(node.value)


@pytest.fixture(scope="module")
def texts() -> str:
    modules = (path for path in PACKAGE.rglob("*.py") if "sandbox" not in path.parts)
    return "\0".join(text for path in sorted(modules) for text in _strings(path))


TROUBLE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
MESSAGES = re.findall(r"^\| `(.+?)` \|", TROUBLE, re.MULTILINE)


@pytest.mark.parametrize("message", MESSAGES)
def test_each_message_is_one_of_ours(message: str, texts: str) -> None:
    assert len(message.replace("…", "").split()) > 1
    assert message in texts


def test_no_message_is_told_twice() -> None:
    assert len(MESSAGES) > 40
    assert len(set(MESSAGES)) == len(MESSAGES)


def test_the_commands_and_options_named_in_the_pages_exist() -> None:
    names = {context.command_path.removeprefix("localize ") for context in COMMANDS}
    flags = {
        name
        for context in COMMANDS
        for item in context.command.params
        for name in (*item.opts, *item.secondary_opts)
    }
    for page in ("troubleshooting.md", "faq.md", "completion.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        code = re.findall(r"`([^`\n]+)`", text)
        for line in code:
            words = line.split()
            if words[0] == "localize" and len(words) > 1:
                assert words[1] in names, line
            assert {word for word in words if re.fullmatch("--[a-z][a-z-]+", word)} <= flags, line


def test_the_variables_of_the_commands_page_are_read_somewhere(texts: str) -> None:
    assert all(name in texts for name in GENERATOR.VARIABLES)


def _told_strings(path: Path) -> Iterator[str]:
    """Walk over the texts of a module but for those that stand alone: they explain the code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


_NOT_OUR_WORDS = re.compile(r"\bthe vendor|\bmend(s|ed)?\b", re.IGNORECASE)


def test_what_people_read_has_the_words_of_the_page_of_style() -> None:
    modules = [path for path in PACKAGE.rglob("*.py") if "sandbox" not in path.parts]
    told = [(path, text) for path in modules for text in _told_strings(path)]
    told += [
        (path, path.read_text(encoding="utf-8"))
        for kind in ("*.j2", "*.yml", "*.js")
        for path in PACKAGE.rglob(kind)
    ]
    assert len(told) > 2000
    assert [item for item in told if _NOT_OUR_WORDS.search(item[1])] == []
