"""What docs/python.md shows, run as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from workspaces import Workspace, creates

import heygen_localize
from heygen_localize.sandbox import Sandbox

PAGE = Path(__file__).parent.parent / "docs" / "python.md"


def test_the_page_runs(
    workspace: Workspace,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("intro", extra="defaults: {duration: 60}")
    monkeypatch.chdir(workspace.folder)
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    code = found[1].replace("Request(", "Request(check_sources=_NONE, manifest=")
    code = code.replace("Conduct(review=review)", "Conduct(review, _FAST)")
    options = heygen_localize.RunOptions(poll_interval=0.05)
    exec(code, {"_NONE": heygen_localize.SourceCheck.NONE, "_FAST": options})
    out = capsys.readouterr().out
    assert "intro/ja" in out
    assert "{'create': 1} 1.998" in out
    assert out.endswith("0 1\n")
    assert creates(sandbox) == 1


def test_nobody_agrees_by_default(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    workspace.write_videos("intro")
    request = heygen_localize.Request(
        workspace.manifest, check_sources=heygen_localize.SourceCheck.NONE
    )
    with pytest.raises(heygen_localize.ConsentError, match="nobody agreed to pay"):
        heygen_localize.apply(request, heygen_localize.connect(), heygen_localize.Conduct())
    assert creates(sandbox) == 0


def test_a_path_may_be_text(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write_videos("intro")
    monkeypatch.chdir(workspace.folder)
    environment = {"HEYGEN_API_BASE": sandbox.base_url, "HEYGEN_API_KEY": sandbox.api_key}
    account = heygen_localize.connect(environment, str(workspace.folder))
    request = heygen_localize.Request(
        "localize.yaml", check_sources=heygen_localize.SourceCheck.NONE
    )
    assert heygen_localize.load_manifest("localize.yaml").path == Path("localize.yaml")
    assert len(heygen_localize.plan(request, None).plan.costly) == 3
    with pytest.raises(heygen_localize.ConsentError):
        heygen_localize.apply(request, account, heygen_localize.Conduct())
    assert len(heygen_localize.status("localize.yaml")) == 3


def test_every_name_is_there_and_no_other() -> None:
    for name in heygen_localize.__all__:
        assert getattr(heygen_localize, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        heygen_localize.nothing  # noqa: B018


def test_the_package_alone_imports_nothing_heavy() -> None:
    code = "import heygen_localize, sys; print('requests' in sys.modules, 'yaml' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False False\n"
