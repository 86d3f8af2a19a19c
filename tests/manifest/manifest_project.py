"""A folder with a manifest in it, as the tests of the manifest use one."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from heygen_localize.core.errors import Diagnostic, ManifestError
from heygen_localize.core.languages import LanguageCatalog
from heygen_localize.core.model import Manifest, Target
from heygen_localize.manifest import load_manifest
from heygen_localize.system.resources import language_names

HEAD = "version: 1\nproject: acme\n"


class Project:
    """A folder with a manifest in it; what is written without a head gets one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "localize.yaml"
        self.catalog = LanguageCatalog(language_names())

    def write(self, text: str | bytes, name: str = "localize.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def load(self, text: str | bytes | None = None, **options: Any) -> Manifest:
        if text is not None:
            self.write(text)
        return load_manifest(self.path, self.catalog, **options)

    def body(self, text: str, **options: Any) -> Manifest:
        """Load a manifest whose first two lines are version and project."""
        return self.load(HEAD + textwrap.dedent(text), **options)

    def targets(self, text: str, **options: Any) -> Mapping[str, Target]:
        return {target.address: target for target in self.body(text, **options).targets}

    def target(self, text: str, **options: Any) -> Target:
        """Load a manifest of one target."""
        (target,) = self.body(text, **options).targets
        return target

    def video(self, text: str, **options: Any) -> Target:
        """Load one video in one language, given what is set besides (each on its line)."""
        members = textwrap.indent(textwrap.dedent(text), "    ")
        return self.target(
            "languages: [es-MX]\nvideos:\n  intro:\n"
            + ("" if "source:" in text else "    source: https://cdn.example.com/intro.mp4\n")
            + members,
            **options,
        )

    def problems(self, text: str | bytes | None = None, **options: Any) -> tuple[Diagnostic, ...]:
        with pytest.raises(ManifestError) as caught:
            self.load(text, **options)
        return caught.value.problems

    def mistakes(self, text: str, **options: Any) -> tuple[Diagnostic, ...]:
        """Give the problems of a manifest whose first two lines are version and project."""
        return self.problems(HEAD + textwrap.dedent(text), **options)

    def mistake(self, text: str, **options: Any) -> Diagnostic:
        (problem,) = self.mistakes(text, **options)
        return problem

    def video_mistake(self, text: str, **options: Any) -> Diagnostic:
        (problem,) = self._video_mistakes(text, **options)
        return problem

    def _video_mistakes(self, text: str, **options: Any) -> tuple[Diagnostic, ...]:
        with pytest.raises(ManifestError) as caught:
            self.video(text, **options)
        return caught.value.problems
