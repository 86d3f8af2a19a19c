"""`script/check-contract`: what a newer contract of the vendor's changes for us, and only that."""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
OURS = ROOT / "docs" / "vendor" / "heygen-v3.openapi.yaml"
CREATE = "/v3/video-translations"
Change = Callable[[dict[str, Any]], object]
Checked = Callable[[Path], "Ran"]


def _script() -> ModuleType:
    loader = SourceFileLoader("check_contract", str(ROOT / "script" / "check-contract"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


SCRIPT = _script()
LOAD = cache(SCRIPT.load)


@dataclass(frozen=True)
class Ran:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Checked:
    def check(path: Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["check-contract", str(path)])
        # Ours is the same each time, and large.
        read = SCRIPT.load
        monkeypatch.setattr(SCRIPT, "load", lambda path: (LOAD if path == OURS else read)(path))
        code = SCRIPT.main()
        return Ran(code, *capsys.readouterr())

    return check


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    contract: dict[str, Any] = yaml.load(OURS.read_text("utf-8"), yaml.CSafeLoader)
    return contract


def _body(contract: dict[str, Any], path: str = CREATE) -> dict[str, Any]:
    content = contract["paths"][path]["post"]["requestBody"]["content"]
    schema: dict[str, Any] = content["application/json"]["schema"]
    return schema


def _fields(contract: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = _body(contract)["properties"]
    return fields


def _listed(contract: dict[str, Any]) -> dict[str, Any]:
    answer = contract["paths"][CREATE]["get"]["responses"]["200"]["content"]["application/json"]
    item: dict[str, Any] = answer["schema"]["properties"]["data"]["items"]
    return item


CHANGES: list[tuple[Change, str]] = [
    (lambda c: c["paths"].pop("/v3/users/me"), "GET /v3/users/me: removed"),
    (
        lambda c: c["paths"][CREATE]["get"].update(deprecated=True),
        "GET /v3/video-translations: deprecated",
    ),
    (
        lambda c: c["paths"].update({"/v3/lipsyncs/estimate": {"post": {"responses": {}}}}),
        "POST /v3/lipsyncs/estimate: new",
    ),
    (
        lambda c: c["paths"][CREATE]["get"]["parameters"].pop(0),
        "GET /v3/video-translations: query limit: removed",
    ),
    (
        lambda c: c["paths"][CREATE]["get"]["parameters"][0]["schema"].update(maximum=50),
        "GET /v3/video-translations: query limit: maximum was 100, is 50",
    ),
    (
        lambda c: c["paths"][CREATE]["get"]["parameters"].append(
            {"name": "workspace", "in": "query", "required": True, "schema": {"type": "string"}}
        ),
        "GET /v3/video-translations: query workspace: new, required",
    ),
    (
        lambda c: c["components"]["parameters"]["IdempotencyKey"].update(required=True),
        "POST /v3/video-translations: header Idempotency-Key: now required",
    ),
    (
        lambda c: _fields(c).pop("speaker_num"),
        "POST /v3/video-translations: body.speaker_num: removed",
    ),
    (
        lambda c: _fields(c).update(voice={"type": "string"}),
        "POST /v3/video-translations: body.voice: new",
    ),
    (
        lambda c: _body(c)["required"].append("title"),
        "POST /v3/video-translations: body.title: now required",
    ),
    (
        lambda c: _fields(c)["mode"].update(enum=["speed", "turbo"]),
        "POST /v3/video-translations: body.mode: enum lost precision",
    ),
    (
        lambda c: _fields(c)["mode"].update(default="precision"),
        "POST /v3/video-translations: body.mode: default was speed, is precision",
    ),
    (
        lambda c: _fields(c)["end_time"].update(type="integer"),
        "POST /v3/video-translations: body.end_time: type was number, is integer",
    ),
    (
        lambda c: _fields(c)["disable_music_track"].update(deprecated=True),
        "POST /v3/video-translations: body.disable_music_track: deprecated was False, is True",
    ),
    (
        lambda c: _fields(c)["stock_voice_config"]["properties"].pop("use_stock_voice"),
        "POST /v3/video-translations: body.stock_voice_config.use_stock_voice: removed",
    ),
    (
        lambda c: _body(c).pop("additionalProperties"),
        "POST /v3/video-translations: body: additionalProperties was False, is not said",
    ),
    (
        lambda c: c["components"]["schemas"]["AssetUrl"]["properties"].pop("url"),
        "POST /v3/video-translations: body.video.url: removed",
    ),
    (
        lambda c: _listed(c)["properties"].pop("srt_caption_url"),
        "GET /v3/video-translations: answer 200.data[].srt_caption_url: removed",
    ),
    (
        lambda c: _listed(c)["properties"]["status"]["enum"].append("paused"),
        "GET /v3/video-translations: answer 200.data[].status: enum gained paused",
    ),
    (
        lambda c: c["paths"][CREATE]["post"]["responses"].update(
            {"201": c["paths"][CREATE]["post"]["responses"].pop("200")}
        ),
        "POST /v3/video-translations: answer 200: removed; there is 201",
    ),
]


@pytest.mark.few(8)
@pytest.mark.parametrize(("change", "told"), CHANGES, ids=[told for _, told in CHANGES])
def test_a_change_that_concerns_us_is_told(
    ours: dict[str, Any], tmp_path: Path, checked: Checked, change: Change, told: str
) -> None:
    newer = copy.deepcopy(ours)
    change(newer)
    path = tmp_path / "newer.json"
    path.write_text(json.dumps(newer))
    ran = checked(path)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert told in ran.stdout.splitlines()


def _as_openapi_31(node: Any) -> Any:
    if isinstance(node, list):
        return [_as_openapi_31(item) for item in node]
    if not isinstance(node, dict):
        return node
    new = {name: _as_openapi_31(item) for name, item in node.items() if name != "nullable"}
    if node.get("nullable") is not True:
        return new
    return {**new, "type": [new["type"], "null"]} if "type" in new else {
        **new, "oneOf": [*new["oneOf"], {"type": "null"}]
    }  # fmt: skip


def test_what_does_not_concern_us_is_not_told(
    ours: dict[str, Any], tmp_path: Path, checked: Checked
) -> None:
    newer = _as_openapi_31(copy.deepcopy(ours))
    newer["openapi"] = "3.1.0"
    newer["info"]["version"] = "2027-01"
    newer["paths"]["/v3/videos"] = {"post": {"responses": {}}}
    newer["paths"]["/v3/assets/search"] = {"get": {"responses": {}}}
    # The vendor has dropped it already, and we say so.
    newer["paths"].pop("/v3/video-translations/{video_translation_id}/caption")
    renamed = newer["paths"].pop("/v3/lipsyncs/{lipsync_id}")
    newer["paths"]["/v3/lipsyncs/{id}"] = renamed
    body = newer["paths"][CREATE]["post"]["requestBody"]["content"]["application/json"]
    newer["components"]["schemas"]["CreateTranslation"] = body["schema"]
    body["schema"] = {"$ref": "#/components/schemas/CreateTranslation"}
    newer["components"]["schemas"]["CreateTranslation"]["description"] = "Another text."
    path = tmp_path / "newer.yaml"
    path.write_text(yaml.safe_dump(newer))
    ran = checked(path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "nothing that concerns us\n", "")


def test_a_schema_in_parts_is_put_together(
    ours: dict[str, Any], tmp_path: Path, checked: Checked
) -> None:
    newer = copy.deepcopy(ours)
    body = newer["paths"][CREATE]["post"]["requestBody"]["content"]["application/json"]
    title = body["schema"]["properties"].pop("title")
    base = {"type": "object", "properties": {"title": title}}
    newer["components"]["schemas"]["Base"] = base
    body["schema"] = {"allOf": [{"$ref": "#/components/schemas/Base"}, body["schema"]]}
    path = tmp_path / "newer.json"
    path.write_text(json.dumps(newer))
    assert checked(path).stdout == "nothing that concerns us\n"


@pytest.mark.parametrize("text", ["[]", "a: [", '{"paths": 1}', "\xff"])
def test_what_is_no_contract_is_refused(tmp_path: Path, checked: Checked, text: str) -> None:
    path = tmp_path / "newer.yaml"
    path.write_bytes(text.encode("latin-1"))
    ran = checked(path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "no OpenAPI document" in ran.stderr
    assert checked(tmp_path / "none").returncode == 2
