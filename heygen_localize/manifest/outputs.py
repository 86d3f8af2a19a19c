"""Where `pull` writes what was rendered: one file for each target and kind."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from heygen_localize.errors import Where
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.findings import Findings, MistakeError
from heygen_localize.manifest.paths import check_output_path
from heygen_localize.manifest.templates import Template, Values, read_template
from heygen_localize.model import Output, Target

_STANDARD = {
    "video": "localized/{{ video.id }}/{{ language.tag }}.mp4",
    "srt": "localized/{{ video.id }}/{{ language.tag }}.srt",
}
"""For a manifest without `outputs`."""

_HINT = "let the path hold {{ video.id }} and {{ language.tag }}"


@dataclass(frozen=True)
class _Kind:
    name: str
    template: Template
    where: Where


class OutputPlan:
    """The manifest's `outputs`, to be filled in for one target after another."""

    def __init__(self, document: Document, findings: Findings) -> None:
        self._findings = findings
        self._kinds = tuple(_kinds(document, findings))

    def outputs(self, values: Values) -> tuple[Output, ...]:
        """Give the files of a target; mistakes in their paths go to the findings."""
        outputs = []
        for kind in self._kinds:
            try:
                path = kind.template.render_path(values)
                check_output_path(path)
            except MistakeError as mistake:
                self._findings.mistake(mistake, kind.where)
                continue
            outputs.append(Output(kind.name, path))
        return tuple(outputs)

    def check_collisions(self, targets: Iterable[Target], read: Iterable[str]) -> None:
        """Report a path that two files would be written to, or that is one of those `read`.

        One case for each kind is told: what is wrong is its template.
        """
        sources = {_same_file(path) for path in read}
        owners: dict[str, str] = {}
        told: dict[str, str] = {}
        for target in targets:
            for output in target.outputs:
                file = _same_file(output.path)
                name = f"{target.address} ({output.kind})"
                if file in sources:
                    told.setdefault(
                        output.kind,
                        f"{name} would be written over {output.path!r}, which the manifest reads",
                    )
                elif owners.setdefault(file, name) != name:
                    told.setdefault(
                        output.kind,
                        f"{owners[file]} and {name} would both be written to {output.path!r}",
                    )
        for kind in self._kinds:
            if kind.name in told:
                self._findings.error("output_twice", told[kind.name], kind.where, _HINT)


def _kinds(document: Document, findings: Findings) -> Iterator[_Kind]:
    given = document.data.get("outputs")
    texts = _STANDARD if given is None else as_mapping(given)
    for name, text in texts.items():
        if text is None:
            continue
        where = document.at(("outputs", name))
        try:
            yield _Kind(name, read_template(str(text)), where)
        except MistakeError as mistake:
            findings.mistake(mistake, where)


def _same_file(path: str) -> str:
    """Give what is equal for paths that some system takes for one file."""
    return unicodedata.normalize("NFC", posixpath.normpath(path)).casefold()
