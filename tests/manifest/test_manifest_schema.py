"""The schema as editors use it, the example, and the manifests that the documentation shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import media_samples
import pytest
import yaml
from jsonschema import Draft202012Validator
from manifest_project import Project

from heygen_localize.core.fingerprint import LZ1_DEFAULTS
from heygen_localize.manifest.options import SETTINGS
from heygen_localize.manifest.schema import _EXPECTED
from heygen_localize.system import resources
from heygen_localize.system.resources import example_text, language_names, schema_text

SCHEMA = json.loads(schema_text("localize.schema.json"))
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "manifest.md"


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    schema = {**schema.get("else", {}), **schema}
    if "$ref" not in schema:
        return schema
    return {**SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], **schema}


def keys(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk over everything that a key may lead to."""
    if not isinstance(schema, dict):
        return
    schema = resolved(schema)
    for name, member in schema.get("properties", {}).items():
        yield f"{path}.{name}", resolved(member)
        yield from keys(member, f"{path}.{name}")
    if isinstance(schema.get("additionalProperties"), dict):
        yield f"{path}.*", resolved(schema["additionalProperties"])
        yield from keys(schema["additionalProperties"], f"{path}.*")


def test_it_is_a_schema_of_its_draft() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMA)


def test_every_key_has_a_description() -> None:
    found = [*keys(SCHEMA), *keys(SCHEMA["$defs"]["included"])]
    assert len(found) > 150
    assert [path for path, member in found if len(member.get("description", "")) < 20] == []
    assert [name for name, part in SCHEMA["$defs"].items() if "description" not in part] == []


def test_every_reference_leads_somewhere_and_is_used() -> None:
    used = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(SCHEMA)))
    assert used | {"included"} == SCHEMA["$defs"].keys()


def test_every_bound_of_the_schema_has_words() -> None:
    """What a keyword asks for is told to people: one without words ended as a bug of ours."""
    used = set(re.findall(r'"((?:min|max|exclusive)[A-Za-z]+)":', json.dumps(SCHEMA)))
    assert used <= _EXPECTED.keys()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"budgets: {{total: [{', '.join(['1/day'] * 7)}]}}", "a list of at most 6"),
        (f"policy: {{rules: {{a: {'x' * 1001}}}}}", "a text of at most 1,000 characters"),
    ],
)
def test_what_is_too_much_is_told(project: Project, text: str, message: str) -> None:
    rest = "languages: [ja]\nvideos: {a: {source: https://x.example/a.mp4}}\n"
    assert message in project.mistake(f"{rest}{text}\n").message


def test_it_knows_every_option_of_the_vendor() -> None:
    contract = yaml.safe_load(
        (Path(__file__).parents[2] / "docs/vendor/heygen-v3.openapi.yaml").read_text("utf-8")
    )
    body = contract["paths"]["/v3/video-translations"]["post"]["requestBody"]
    theirs = body["content"]["application/json"]["schema"]["properties"].keys()
    ours = SCHEMA["$defs"]["video"]["properties"].keys()
    assert theirs - ours == {"video", "output_languages"}
    levels = ("defaults", SCHEMA["properties"]), ("languageOptions", SCHEMA["$defs"])
    every = LZ1_DEFAULTS.keys() | SETTINGS.keys() | {"brand_voice_id"}
    for name, holder in levels:
        assert holder[name]["properties"].keys() == every - {"identity"} - (
            {"job"} if name == "defaults" else {"canary"}
        )
    assert ours == every | {"source", "languages", "add_languages", "except_languages"}


def test_the_example_is_a_tutorial_that_works(project: Project) -> None:
    text = example_text()
    assert text.startswith("# yaml-language-server: $schema=./localize.schema.json\n")
    Draft202012Validator(SCHEMA).validate(yaml.safe_load(text))
    manifest = project.load(text)
    assert 6 <= len(manifest.targets) <= 14
    assert len({target.video for target in manifest.targets}) == 3
    assert manifest.warnings == ()
    assert any(target.skip for target in manifest.targets)
    assert {target.source.sha256 for target in manifest.targets} == {None}


def examples() -> list[str]:
    return re.findall(r"```yaml\n(version: 1\n.*?)```", DOCUMENTATION.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", examples())
def test_the_examples_of_the_documentation(project: Project, text: str) -> None:
    project.write("videos: {faq: {source: asset:1a2b}}\n", "videos/faq.yaml")
    project.write(media_samples.mp4(), "videos/pricing.mp4")
    for tag in ("es-MX", "es-CO", "pt-BR", "fr-FR", "ja", "de-DE"):
        project.write(media_samples.srt(), f"subs/pricing.{tag}.srt")
    manifest = project.load(text)
    assert manifest.targets
    assert manifest.warnings == ()


def test_the_documentation_names_every_option_and_limit() -> None:
    text = DOCUMENTATION.read_text("utf-8")
    assert len(examples()) >= 2
    named = set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))
    parts = [SCHEMA["properties"][part]["properties"].keys() for part in ("limits", "rates")]
    expected = LZ1_DEFAULTS.keys() | SETTINGS.keys() | {"brand_voice_id"}.union(*parts)
    assert expected <= named


def test_the_merge_order_of_the_documentation_is_true(project: Project) -> None:
    text = next(text for text in examples() if "# wins" in text)
    (target,) = [one for one in project.load(text).targets if one.address == "intro/ja"]
    shown = re.findall(r"`intro/ja` has `(\w+): (\w+)`", DOCUMENTATION.read_text("utf-8"))
    assert len(shown) >= 3
    found = {one.name: one.value for one in (*target.options, *target.settings)}
    assert {name: str(found[name]).lower() for name, _ in shown} == dict(shown)


def test_resources_in_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "x.json").write_text("{}")
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    assert schema_text("x.json") == "{}"


def test_resources() -> None:
    assert "Spanish (Mexico)" in language_names()
    assert len(language_names()) >= 175
    with pytest.raises(FileNotFoundError):
        schema_text("nothing.json")
