"""The locked versions fit what pyproject.toml asks for, and each is known by its hashes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
FILES = ("run", "scale", "dev", "lowest", "release")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PYTHONS = ("3.10.13", "3.11.7", "3.12.1", "3.13.0", "3.14.0")


def locked(name: str, python: str = PYTHONS[0]) -> dict[str, str]:
    """Give the version of each library that a file installs on a Python, here."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    minor = python.rpartition(".")[0]
    found = {}
    for line in re.findall(r"^([a-z0-9].*?) \\$", text, re.MULTILINE):
        pin = Requirement(line)
        marker = pin.marker or Marker("python_version > '0'")
        if marker.evaluate({"python_full_version": python, "python_version": minor}):
            (only,) = pin.specifier
            assert only.operator == "=="
            assert pin.name not in found
            found[pin.name] = only.version
    return found


def wanted(table: str) -> list[Requirement]:
    """Give what a list of pyproject.toml asks for."""
    found = re.search(rf"^{table} = \[\n(.*?)^\]", PROJECT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return [Requirement(text) for text in re.findall(r'^    "(.+?)",$', found[1], re.MULTILINE)]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", ["run", "dev", "lowest"])
def test_what_is_locked_is_what_is_asked_for(name: str, python: str) -> None:
    versions = locked(name, python)
    asked = wanted("dependencies") + (wanted("dev") if name != "run" else [])
    assert len(asked) >= 15
    for requirement in asked:
        assert requirement.specifier.contains(versions[requirement.name]), (
            f"run script/lock: {name}"
        )


@pytest.mark.parametrize("python", PYTHONS)
def test_users_get_the_versions_that_are_tested(python: str) -> None:
    tested = locked("dev", python).items()
    assert locked("run", python).items() <= locked("scale", python).items() <= tested


def test_the_lowest_are_the_lowest() -> None:
    versions = locked("lowest")
    for requirement in wanted("dependencies"):
        (floor,) = requirement.specifier
        assert versions[requirement.name].startswith(floor.version), f"run script/lock: {floor}"


@pytest.mark.parametrize("name", FILES)
def test_all_have_hashes_and_none_names_an_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"^    --hash=.*$", "", text, flags=re.M), re.M)
    for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:40]
