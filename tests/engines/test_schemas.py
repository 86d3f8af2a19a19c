"""examples/kubernetes, held against the schemas of several versions of Kubernetes."""

from __future__ import annotations

import pytest
import yaml
from engine_examples import EXAMPLES

kubernetes_validate = pytest.importorskip("kubernetes_validate")


@pytest.mark.parametrize("version", ["1.31", "1.33", "1.35"])
@pytest.mark.parametrize("name", ["job.yaml", "cronjob.yaml"])
def test_they_are_what_kubernetes_takes(name: str, version: str) -> None:
    document = yaml.safe_load((EXAMPLES / "kubernetes" / name).read_text(encoding="utf-8"))
    kubernetes_validate.validate(document, version, strict=True)
    document["spec"]["parallelisms"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(document, version, strict=True)
