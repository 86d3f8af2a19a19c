"""Whose a lockfile may be: the names of a manifest's project, and nothing else of it."""

from __future__ import annotations

from pathlib import Path

from heygen_localize.core.errors import Diagnostic, ManifestError, Where
from heygen_localize.manifest.diagnostics import Findings
from heygen_localize.manifest.yaml_reader import read_document


def project_names(path: Path) -> tuple[str, ...]:
    """Read how the project is called, and how it was called before (`formerly`).

    Nothing that the manifest includes or names is read, so that a lockfile can still be
    judged where the rest has mistakes by now.

    Raises:
        ManifestError: it cannot be read, or names no project.
    """
    findings = Findings()
    document = read_document(path, path.as_posix(), findings)
    if document is None:
        raise ManifestError.of(findings.errors())
    project = document.data.get("project")
    if not isinstance(project, str):
        where = Where(path.as_posix())
        raise ManifestError.of([Diagnostic("missing", "the manifest names no project", where)])
    return (project, *(name for _, name in document.texts(("formerly",))))
