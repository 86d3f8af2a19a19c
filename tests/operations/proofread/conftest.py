from __future__ import annotations

import pytest
from repositories import Repository
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox


@pytest.fixture
def repository(workspace: Workspace, sandbox: Sandbox) -> Repository:
    workspace.use(sandbox)
    repository = Repository(workspace)
    repository.manifest()
    return repository
