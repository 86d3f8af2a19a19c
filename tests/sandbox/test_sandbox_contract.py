"""Every answer against the vendor's own description, so that no drift goes unseen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from contract_check import CONTRACT, DOCS, check_answer, closed
from openapi_schema_validator import OAS30Validator
from sandbox_caller import (
    ASSETS,
    PROOFREAD_SECONDS,
    PROOFREADS,
    RENDER_SECONDS,
    TRANSLATIONS,
    Caller,
    Clock,
)

from heygen_localize.sandbox.contract.document import language_code, language_names
from heygen_localize.sandbox.http.routing import url_map

GLOSSARIES = "/v3/brand-glossaries"


def _body_schema(path: str) -> dict[str, Any]:
    content = CONTRACT["paths"][path]["post"]["requestBody"]["content"]
    schema: dict[str, Any] = content["application/json"]["schema"]
    return schema


ORDER_SCHEMA = _body_schema(TRANSLATIONS)
SESSION_SCHEMA = _body_schema(PROOFREADS)
GENERATION_SCHEMA = _body_schema(f"{PROOFREADS}/{{proofread_id}}/generate")


@pytest.fixture
def check() -> Any:
    return check_answer


def test_every_success_keeps_the_contract(caller: Caller, clock: Clock, check: Any) -> None:
    options: dict[str, Any] = {
        "enable_caption": True,
        "translate_audio_only": True,
        "input_language": "English",
    }
    created = check(caller.post("Spanish", "Japanese", title="Intro", **options), 200)
    job_id = created["data"]["video_translation_ids"][0]
    caller.create(video={"type": "url", "url": "https://nowhere.invalid/a.mp4"})
    one = f"{TRANSLATIONS}/{job_id}"

    for _ in range(3):
        check(caller("GET"), 200)
        check(caller("GET", params={"limit": 1}), 200)
        check(caller("GET", one), 200)
        check(caller("GET", f"{TRANSLATIONS}/statuses?video_translation_ids={job_id},x"), 200)
        check(caller("GET", "/v3/users/me"), 200)
        clock.now += RENDER_SECONDS / 2

    check(caller("GET", f"{TRANSLATIONS}/languages"), 200)
    check(caller("GET", f"{one}/caption?format=srt"), 200)
    check(caller("PATCH", one, json={"title": "New"}), 200)
    check(caller("DELETE", one), 200)


def test_every_page_of_glossaries_keeps_the_contract(
    start: Callable[..., Caller], check: Any
) -> None:
    caller = start(glossaries=5)
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = check(caller("GET", GLOSSARIES, params={"limit": 2, **token}), 200)
        seen += [item["brand_glossary_id"] for item in page["data"]]
        if not page["has_more"]:
            break
        token = {"token": page["next_token"]}
    assert seen == ["glossary-ja", "glossary-de", "glossary-fr", "glossary-es", "glossary-ja-2"]
    assert check(caller("GET", GLOSSARIES), 200)["next_token"] is None
    check(caller("GET", GLOSSARIES, params={"limit": 101}), 400)
    check(caller("GET", GLOSSARIES, params={"token": "made-up"}), 400)
    check(caller("GET", GLOSSARIES, headers={"x-api-key": "wrong"}), 401)
    without = start(state=caller.sandbox.settings.state / "other", glossaries=0)
    assert check(without("GET", GLOSSARIES), 200)["data"] == []


def test_every_success_about_assets_keeps_the_contract(caller: Caller, check: Any) -> None:
    content = b"%PDF-1.7"
    asset = check(caller.upload(content, "a.pdf"), 200)["data"]["asset_id"]
    body = {"filename": "a.pdf", "content_type": "application/pdf", "size_bytes": 8}
    begun = check(caller("POST", f"{ASSETS}/direct-uploads", json=body), 200)["data"]
    for _ in range(2):
        check(caller("GET", f"{ASSETS}/{begun['asset_id']}"), 200)
        check(caller("GET", ASSETS, params={"username": "sandbox", "limit": 1}), 200)
        if caller.put(begun, content).status_code == 200:
            check(caller.complete(begun), 200)
    check(caller("DELETE", f"{ASSETS}/{asset}"), 200)


def test_every_success_about_proofreads_keeps_the_contract(
    caller: Caller, clock: Clock, check: Any
) -> None:
    created = check(caller.post_proofread("Spanish", "Japanese"), 200)["data"]
    first, second = created["proofread_ids"]
    assert created["status"] == "processing"
    caller.sandbox.fail_proofread(second, "No speech")
    one = f"{PROOFREADS}/{first}"
    for _ in range(2):
        check(caller("GET", one), 200)
        check(caller("GET", f"{PROOFREADS}/{second}"), 200)
        clock.now += PROOFREAD_SECONDS
    check(caller("GET", f"{one}/srt"), 200)
    srt = {"type": "url", "url": "https://cdn.example.com/a.srt"}
    check(caller.put_subtitles(first, srt), 200)
    job = check(caller.generate(first, captions=True), 200)["data"]["video_translation_id"]
    check(caller("GET", f"{TRANSLATIONS}/{job}"), 200)


def test_every_refusal_about_proofreads_keeps_the_contract(
    caller: Caller, clock: Clock, check: Any
) -> None:
    srt = {"srt": {"type": "asset_id", "asset_id": "asset_" + "0" * 32}}
    calls = (("GET", "srt", None), ("PUT", "srt", srt), ("POST", "generate", {}))
    session = caller.proofread()
    for method, path, body in (("GET", "", None), *calls):
        answer = check(caller(method, f"{PROOFREADS}/none/{path}".rstrip("/"), json=body), 404)
        assert answer["error"]["code"] == "not_found"
    for method, path, body in calls:
        answer = check(caller(method, f"{PROOFREADS}/{session}/{path}", json=body), 400)
        assert answer["error"]["param"] == "proofread_id"
    clock.now += PROOFREAD_SECONDS
    one = f"{PROOFREADS}/{session}"
    assert check(caller("PUT", f"{one}/srt", json=srt), 404)["error"]["code"] == "asset_not_found"
    assert check(caller("PUT", f"{one}/srt", json={}), 400)["error"]["param"] == "srt"
    more = srt | {"text": "x"}
    assert check(caller("PUT", f"{one}/srt", json=more), 400)["error"]["param"] == "text"
    check(caller("POST", f"{one}/generate"), 400)
    check(caller.generate(session, enable_caption=True), 400)
    check(caller("GET", one, headers={"x-api-key": "wrong"}), 401)


def test_every_refusal_about_assets_keeps_the_contract(caller: Caller, check: Any) -> None:
    begun = caller.begin_upload(b"x")
    check(caller.complete(begun), 409)
    check(caller("POST", f"{ASSETS}/{begun['asset_id']}/complete"), 400)
    for method, path in (("GET", "x"), ("DELETE", "x"), ("POST", "x/complete")):
        answer = check(caller(method, f"{ASSETS}/{path}", json={}), 404)
        assert answer["error"]["code"] == "asset_not_found"
    for query, param in (
        ("", "username"),
        ("?username=", "username"),
        ("?username=a&limit=0", "limit"),
        ("?username=a&token=x", "token"),
    ):
        assert check(caller("GET", ASSETS + query), 400)["error"]["param"] == param
    check(caller.upload(b"?"), 400)
    check(caller.upload(b"%PDF-1.7", headers={"x-api-key": ""}), 401)
    check(caller.upload(b"%PDF-1.7", headers={"Idempotency-Key": "a b"}), 400)
    order = {"type": "asset_id", "asset_id": begun["asset_id"]}
    check(caller.post(video=order), 404)


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code", "param"),
    [
        ("GET", "", {"headers": {"x-api-key": "wrong"}}, 401, "unauthorized", None),
        ("GET", "?limit=0", {}, 400, "invalid_parameter", "limit"),
        ("GET", "?limit=101", {}, 400, "invalid_parameter", "limit"),
        ("GET", "?limit=ten", {}, 400, "invalid_parameter", "limit"),
        ("GET", "?token=", {}, 400, "invalid_parameter", "token"),
        ("GET", "?token=a.b", {}, 400, "invalid_parameter", "token"),
        ("GET", "/tr_none-es", {}, 404, "not_found", None),
        ("PATCH", "/tr_none-es", {"json": {"title": "x"}}, 404, "not_found", None),
        ("DELETE", "/tr_none-es", {}, 404, "not_found", None),
        ("GET", "/tr_none-es/caption?format=srt", {}, 404, "not_found", None),
        ("GET", "/statuses", {}, 400, "invalid_parameter", "video_translation_ids"),
        ("POST", "", {"data": "{"}, 400, "validation_error", None),
        ("POST", "", {"data": '{"start_time": NaN}'}, 400, "validation_error", None),
        ("POST", "", {"json": []}, 400, "validation_error", None),
        ("POST", "", {"json": {}}, 400, "validation_error", "output_languages"),
    ],
)
def test_every_refusal_keeps_the_contract(
    caller: Caller,
    check: Any,
    method: str,
    path: str,
    options: dict[str, Any],
    status: int,
    code: str,
    param: str | None,
) -> None:
    error = check(caller(method, TRANSLATIONS + path, **options), status)["error"]
    assert (error["code"], error.get("param")) == (code, param)


def test_a_missing_key_is_refused_on_every_path_under_v3(caller: Caller, check: Any) -> None:
    caller.headers = {}
    check(caller("GET", "/v3/users/me"), 401)
    assert caller("GET", "/v3/no-such-thing").status_code == 401
    assert caller("GET", "/v4").status_code == 404


def test_unknown_paths_and_methods_get_the_envelope(caller: Caller) -> None:
    unknown = caller("GET", "/v3/video-translation")
    assert unknown.status_code == 404
    assert unknown.json()["error"]["code"] == "not_found"
    wrong = caller("PUT")
    assert wrong.status_code == 405
    assert wrong.json()["error"]["code"] == "method_not_allowed"
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_refusals_of_creates_keep_the_contract(caller: Caller, check: Any, sandbox: Any) -> None:
    check(caller.post(*["Spanish"] * 11), 429)
    sandbox.set_faults("stored_402=1 on POST")
    check(caller.post(key="a"), 402)


def test_the_routes_of_the_api_are_those_of_the_contract() -> None:
    routes = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in url_map().iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
    }
    described = {
        (method.upper(), path) for path, methods in CONTRACT["paths"].items() for method in methods
    }
    assert {route for route in routes if route[1].startswith("/v3/")} == described
    assert len(described) == 48


def _is_no_address(field: str, value: object) -> bool:
    """What the schema lets pass, but the vendor calls for an address."""
    return field == "callback_url" and isinstance(value, str)


def _resolved(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_resolved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(CONTRACT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    return {name: _resolved(item) for name, item in schema.items()}


@pytest.mark.few(8)
@pytest.mark.parametrize("field", sorted(ORDER_SCHEMA["properties"]))
def test_types_are_refused_just_as_the_contract_says(
    start: Callable[..., Caller], field: str
) -> None:
    caller = start(max_jobs=None)
    validator = OAS30Validator(closed(_resolved(ORDER_SCHEMA)))
    for value in VALUES:
        order = caller.order() | {field: value}
        # A nullable enum or choice means null too, though a strict reader of
        # OpenAPI 3.0 would have it listed.
        nullable = ORDER_SCHEMA["properties"][field].get("nullable", False)
        valid = nullable if value is None else validator.is_valid(order)
        expected = 200 if valid and not _is_no_address(field, value) else 400
        answer = caller("POST", json=order)
        assert answer.status_code == expected, (field, value, answer.text)
        if expected == 400:
            assert answer.json()["error"]["param"].startswith(field)


@pytest.mark.few(8)
@pytest.mark.parametrize("field", sorted(ORDER_SCHEMA["properties"] | SESSION_SCHEMA["properties"]))
def test_a_session_takes_just_the_fields_of_the_contract(caller: Caller, field: str) -> None:
    validator = OAS30Validator(closed(_resolved(SESSION_SCHEMA)))
    for value in VALUES:
        order = caller.order(title="Intro") | {field: value}
        nullable = SESSION_SCHEMA["properties"].get(field, {}).get("nullable", False)
        valid = nullable if value is None else validator.is_valid(order)
        answer = caller("POST", PROOFREADS, json=order)
        assert answer.status_code == (200 if valid else 400), (field, value, answer.text)
        if not valid:
            assert answer.json()["error"]["param"].startswith(field)


@pytest.mark.parametrize("field", [*GENERATION_SCHEMA["properties"], "enable_caption", "title"])
def test_a_generation_takes_just_the_fields_of_the_contract(
    start: Callable[..., Caller], clock: Clock, field: str
) -> None:
    caller = start(max_jobs=None)
    session = caller.proofread()
    clock.now += PROOFREAD_SECONDS
    validator = OAS30Validator(closed(GENERATION_SCHEMA))
    for value in VALUES:
        nullable = GENERATION_SCHEMA["properties"].get(field, {}).get("nullable", False)
        valid = nullable if value is None else validator.is_valid({field: value})
        valid = valid and not _is_no_address(field, value)
        answer = caller.generate(session, **{field: value})
        assert answer.status_code == (200 if valid else 400), (field, value, answer.text)


VALUES: list[Any] = [
    None,
    True,
    3,
    1.5,
    {},
    [],
    [7],
    ["Spanish"],
    "cfr",
    "output",
    "precision",
    {"use_stock_voice": True, "preferred_stock_voice_ids": ["a"]},
    {"use_stock_voice": "yes"},
    {"surprise": 1},
    {"type": "url", "url": "https://cdn.example.com/a"},
    {"type": "asset_id", "asset_id": "a1"},
    {"type": "asset_id", "asset_id": 1},
    {"type": "asset_id"},
    {"type": "file"},
    {"type": []},
]


def test_an_unknown_language_is_named(caller: Caller, check: Any) -> None:
    error = check(caller.post("Spanish", "Klingon"), 400)["error"]
    assert "'Klingon'" in error["message"]
    assert error["param"] == "output_languages"
    assert caller.sandbox.jobs() == []


def test_an_unknown_field_is_named(caller: Caller, check: Any) -> None:
    assert check(caller.post(langauge="es"), 400)["error"]["param"] == "langauge"
    extra = {"title": "x", "mode": "speed"}
    job = caller.create()
    assert check(caller("PATCH", f"{TRANSLATIONS}/{job}", json=extra), 400)


@pytest.mark.parametrize(
    ("source", "accepted"),
    [
        ({"type": "url", "url": "http://127.0.0.1:9/a.mp4"}, True),
        ({"type": "url", "url": "http://localhost/a.mp4"}, True),
        ({"type": "url", "url": "http://[::1]/a.mp4"}, True),
        ({"type": "url", "url": "http://cdn.example.com/a.mp4"}, False),
        ({"type": "url", "url": "http://192.0.2.1/a.mp4"}, False),
        ({"type": "url", "url": "ftp://cdn.example.com/a.mp4"}, False),
        ({"type": "url", "url": "https:///a.mp4"}, False),
        ({"type": "url", "url": "https://[/a.mp4"}, False),
        ({"type": "asset_id", "asset_id": "../etc"}, False),
    ],
)
def test_sources_must_be_public_urls_or_assets(
    caller: Caller, check: Any, source: dict[str, str], accepted: bool
) -> None:
    answer = check(caller.post(video=source), 200 if accepted else 400)
    if not accepted:
        assert answer["error"]["code"] == "invalid_parameter"


def test_the_languages_are_the_vendors_in_its_order(caller: Caller) -> None:
    names = caller("GET", f"{TRANSLATIONS}/languages").json()["data"]["languages"]
    assert names == (DOCS / "languages.txt").read_text("utf-8").splitlines()


def test_every_language_gives_ids_that_end_in_a_code() -> None:
    codes = [language_code(name) for name in language_names()]
    assert all(re.fullmatch("[a-z]{2,3}", code) for code in codes)
