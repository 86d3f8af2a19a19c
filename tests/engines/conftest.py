"""An account and a project for an engine's example: no engine is part of the usual suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox, SandboxSettings


@pytest.fixture
def account(tmp_path: Path, workspace: Workspace) -> Iterator[Sandbox]:
    """Start a sandbox in real time, and lead the environment and a manifest to it."""
    settings = SandboxSettings(state=tmp_path / "sandbox", render_seconds=1.0)
    with Sandbox(settings) as sandbox:
        workspace.use(sandbox)
        options = "defaults: {duration: 60}"
        workspace.write_videos("intro", "tour", languages=("ja", "fr-FR"), extra=options)
        yield sandbox
        assert sandbox.misfits() == []
