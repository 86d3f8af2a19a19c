from __future__ import annotations

from pathlib import Path

import pytest
from manifest_project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path)
    project.path = Path("localize.yaml")
    return project
