"""What a command loads: a git hook and a CI job wait for each module of it.

Counted, never timed, in a process of its own as users start one.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from workspaces import Workspace

NETWORK = {"requests", "urllib3", "http.client", "ssl"}
HEAVY = NETWORK | {
    *("babel", "jinja2", "rich", "jsonschema"),
    *("difflib", "html", "importlib.metadata", "importlib.resources", "subprocess", "tempfile"),
}
"""What takes long to load, and an offline command has no use for while all is well."""


def loaded(workspace: Workspace, *arguments: str) -> set[str]:
    """Return the modules that the program loads, beyond those of a bare Python.

    msgspec takes uuid along, and that loads subprocess on Python 3.10.
    """
    return imports(workspace, "-m", "heygen_localize", *arguments) - imports(
        workspace, "-c", "import runpy, uuid, __future__"
    )


def imports(workspace: Workspace, *command: str) -> set[str]:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", *command],
        cwd=workspace.folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    lines = ended.stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def test_a_version_loads_nothing(workspace: Workspace) -> None:
    ours = {"heygen_localize", "heygen_localize.core", "heygen_localize.core.version"}
    assert loaded(workspace, "--version") <= ours


@pytest.mark.parametrize(
    ("command", "most"), [("validate", 128), ("status", 156), ("plan --offline", 176)]
)
def test_an_offline_command_loads_what_it_uses(
    workspace: Workspace, command: str, most: int
) -> None:
    workspace.write_videos("alpha", "beta", languages=("fr-FR", "ja"))
    found = loaded(workspace, *command.split())
    assert found & HEAVY == set()
    ours = [name for name in found if name.startswith("heygen_localize")]
    assert 50 < len(ours) <= most
