"""Texts that whoever runs us holds back: committed, and not approved all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import Repository, generated

from heygen_localize.sandbox import Sandbox


def test_what_is_held_back_is_not_rendered_and_the_rest_is(
    repository: Repository, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.apply()
    repository.commit()
    listed = tmp_path / "held"
    monkeypatch.setenv("LOCALIZE_HOLD_BACK", str(listed))
    for content in (None, b"\xff", "link"):
        listed.unlink(missing_ok=True)
        if content == "link":
            listed.symlink_to("/dev/zero")
        elif isinstance(content, bytes):
            listed.write_bytes(content)
        ran = repository.apply(code=2)
        assert f"LOCALIZE_HOLD_BACK names {listed}, which cannot be read" in ran.err
    assert generated(sandbox) == 0

    listed.unlink()
    listed.write_text(f"{repository.text()}\n{tmp_path}/no/such/file\n")
    repository.apply()
    assert generated(sandbox) == 1
    assert "awaiting review" in repository.apply().out
    monkeypatch.setenv("LOCALIZE_HOLD_BACK", "")
    repository.apply()
    assert generated(sandbox) == 2
