"""A manifest's targets with every option and where it came from: `validate --show`."""

from __future__ import annotations

import json
from typing import Any

from heygen_localize.core.model import Manifest
from heygen_localize.core.option import Option
from heygen_localize.core.text import strip_controls
from heygen_localize.report.render import Paint, plain, render


def targets_text(manifest: Manifest, paint: Paint = plain) -> str:
    """Render all targets for a terminal."""

    def value(option: Option) -> str:
        return strip_controls(json.dumps(option.value, ensure_ascii=False))

    return render("targets.txt.j2", paint, targets=manifest.targets, value=value)


def targets_document(manifest: Manifest) -> dict[str, Any]:
    """Return all targets as a document for machines."""
    return {
        "project": manifest.project,
        "targets": [
            {
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
                    for option in (*target.options, *target.settings)
                },
                "outputs": {output.kind: output.path for output in target.outputs},
            }
            for target in manifest.targets
        ],
        "warnings": [problem.document() for problem in manifest.warnings],
    }
