"""Lockfiles by hand, and pages read as a browser would: as elements, by `html.parser`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from workspaces import Workspace

from heygen_localize.project.project import Project

VOID = frozenset({"meta", "link", "input", "br", "img"})
LANGUAGES = {"es-MX": "Spanish (Mexico)", "fr-FR": "French (France)", "ja": "Japanese"}


@dataclass
class Element:
    """An element of a page, with what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text, its spaces as a reader sees them."""
        parts = (part if isinstance(part, str) else f" {part.text} " for part in self.inside)
        return " ".join("".join(parts).split())

    @property
    def cells(self) -> list[str]:
        """The texts of the elements right in it."""
        return [part.text for part in self.inside if isinstance(part, Element)]

    def all(self, tag: str | None = None, **attributes: str) -> list[Element]:
        """Give the elements in it with a tag and attributes, in their order."""
        return [
            found
            for found in self._below()
            if tag in (None, found.tag)
            and all(
                found.attributes.get(name.rstrip("_").replace("_", "-")) == value
                for name, value in attributes.items()
            )
        ]

    def one(self, tag: str | None = None, **attributes: str) -> Element:
        """Give the only such element."""
        (found,) = self.all(tag, **attributes)
        return found

    def _below(self) -> Iterator[Element]:
        for part in self.inside:
            if isinstance(part, Element):
                yield part
                yield from part._below()


class _Reader(HTMLParser):
    """Builds elements, and refuses what does not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read_page(html: str) -> Element:
    """Read a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, "an element is not closed"
    return reader.open[0]


def entry(tag: str, **parts: Any) -> dict[str, Any]:
    """Give an entry of a lockfile: rendered, six seconds, without files."""
    return {
        "language": LANGUAGES[tag],
        "fingerprint": "0" * 64,
        "translation_id": f"tr_{tag}",
        "status": "completed",
        "attempts": 1,
        "duration": 6.0,
    } | parts


def fingerprints(workspace: Workspace) -> dict[str, str]:
    """Give what the manifest wants, by address."""
    manifest = Project.open(workspace.manifest).manifest
    return {target.address: target.fingerprint for target in manifest.targets}


def lock_targets(workspace: Workspace, targets: dict[str, dict[str, Any]], **more: Any) -> None:
    """Write a lockfile; entries that name no fingerprint have what the manifest wants."""
    wanted = fingerprints(workspace)
    entries = {
        address: item | {"fingerprint": wanted.get(address, item["fingerprint"])}
        if item["fingerprint"] == "0" * 64
        else item
        for address, item in targets.items()
    }
    document = {"lockfile_version": 1, "project": "test", "targets": entries} | more
    workspace.lockfile.write_text(json.dumps(document), encoding="utf-8")


def put(path: Path, content: bytes) -> dict[str, Any]:
    """Put a pulled file into its place; give what the lockfile says of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def write_report(workspace: Workspace, *arguments: str, name: str = "out.html") -> Element:
    """Write a report and read it."""
    ran = workspace.run("report", "--html", name, *arguments)
    assert ran.code == 0, ran.err
    return read_page((workspace.folder / name).read_text(encoding="utf-8"))


def row_of(page: Element, address: str) -> Element:
    """Give a target's row in the list of its video."""
    video, _, tag = address.partition("/")
    (section,) = [
        found for found in page.all("section", class_="video") if found.one("h3").text == video
    ]
    return section.one("tr", data_l=tag)
