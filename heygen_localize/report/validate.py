"""A manifest's targets with every option and where it came from: `validate --show`."""

from __future__ import annotations

import json
from typing import Any

from heygen_localize.core.model import Manifest, Option, Target
from heygen_localize.core.text import strip_controls
from heygen_localize.report.problems import problem_document
from heygen_localize.report.render import Paint, plain, render


def targets_text(manifest: Manifest, paint: Paint = plain) -> str:
    """Render all targets for a terminal."""
    return render("targets.txt.j2", paint, targets=manifest.targets, options=_options, value=_value)


def targets_document(manifest: Manifest) -> dict[str, Any]:
    """Give all targets as a document for machines."""
    return {
        "project": manifest.project,
        "targets": [_document(target) for target in manifest.targets],
        "warnings": [problem_document(problem) for problem in manifest.warnings],
    }


def _options(target: Target) -> tuple[Option, ...]:
    return (*target.options, *target.settings)


def _value(option: Option) -> str:
    return strip_controls(json.dumps(option.value, ensure_ascii=False))


def _document(target: Target) -> dict[str, Any]:
    return {
        "address": target.address,
        "language": target.language.name,
        "source": {"kind": target.source.kind.value, "reference": target.source.reference},
        "fingerprint": target.fingerprint,
        "options": {
            option.name: {
                "value": option.value,
                "from": option.layer.value,
                "file": option.where.file,
                "line": option.where.line,
            }
            for option in _options(target)
        },
        "outputs": {output.kind: output.path for output in target.outputs},
    }
