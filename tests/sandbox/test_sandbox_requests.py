"""Requests that the contract does not allow: refused, never a crash, never stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox_caller import ASSETS, PROOFREADS, TRANSLATIONS, Caller

from heygen_localize.sandbox import Sandbox, read_requests

JSON = {"Content-Type": "application/json"}


def _raw(caller: Caller, body: bytes | str, path: str = TRANSLATIONS, **headers: str) -> Any:
    return caller("POST", path, data=body, headers=JSON | headers)


def _order(caller: Caller, field: str) -> str:
    """An order as JSON, with one more field written as it comes."""
    return f"{json.dumps(caller.order())[:-1]}, {field}}}"


@pytest.mark.parametrize(
    "field",
    [
        r'"title": "\ud800"',
        r'"title": "\uDFFF and more"',
        r'"\ud83d": 1',
        r'"callback_id": "\ude00\ud83d"',
        '"title": ' + "[" * 100_000 + "]" * 100_000,
        '"title": ' + "[" * 900 + "]" * 900,
        '"stock_voice_config": ' + '{"a":' * 5000 + "1" + "}" * 5000,
        '"start_time": 1e999',
        '"start_time": -Infinity',
        '"speaker_num": ' + "9" * 5000,
    ],
    ids=lambda field: field[:24],
)
def test_what_is_no_json_is_refused_and_not_stored(
    caller: Caller, sandbox: Sandbox, field: str
) -> None:
    answer = _raw(caller, _order(caller, field), **{"Idempotency-Key": "k"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "validation_error"
    assert sandbox.jobs() == []
    (note,) = read_requests(sandbox.settings.state)
    assert (note.body, note.status) == (None, 400)
    # Nothing of it was kept under the key either.
    assert caller.post(key="k").status_code == 200


def test_a_whole_character_of_two_halves_is_text(caller: Caller, sandbox: Sandbox) -> None:
    assert _raw(caller, _order(caller, r'"title": "\ud83d\ude00 \\ud800"')).status_code == 200
    assert sandbox.jobs()[0].title == "😀 \\ud800"


def test_brackets_in_a_string_are_no_nesting(caller: Caller, sandbox: Sandbox) -> None:
    caller.create(title="[" * 5000)
    assert sandbox.jobs()[0].title == "[" * 5000


def test_bytes_that_are_no_utf8_are_refused(caller: Caller, sandbox: Sandbox) -> None:
    body = _order(caller, '"title": "\xe9"').encode("latin-1")
    assert _raw(caller, body).status_code == 400
    assert sandbox.jobs() == []


def test_a_body_must_be_declared_as_json(caller: Caller) -> None:
    body = json.dumps(caller.order())
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = caller("POST", data=body, headers={"Content-Type": kind})
        assert answer.status_code == 400, kind
    kind = "application/json; charset=utf-8"
    assert caller("POST", data=body, headers={"Content-Type": kind}).status_code == 200


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"speaker_num": -3}, "speaker_num"),
        ({"speaker_num": 0}, "speaker_num"),
        ({"speaker_num": 1.5}, "speaker_num"),
        ({"start_time": 9, "end_time": 4.5}, "end_time"),
        ({"start_time": 4, "end_time": 4}, "end_time"),
        ({"end_time": 0}, "end_time"),
        ({"start_time": -1}, "start_time"),
        ({"callback_url": "hooks"}, "callback_url"),
        ({"callback_url": ""}, "callback_url"),
        ({"callback_url": "ftp://hooks.example.com/"}, "callback_url"),
        ({"callback_url": "https://hooks.example.com:port/"}, "callback_url"),
        ({"callback_url": "https://hooks.example.com/a b"}, "callback_url"),
        ({"enable_caption": "yes"}, "enable_caption"),
        ({"mode": "fast"}, "mode"),
        ({"video": {"type": "url", "url": "https://a.example/", "size": 1}}, "video.size"),
        ({"video": {"type": "asset_id", "url": "https://a.example/"}}, "video.url"),
        ({"stock_voice_config": {"voice": "a"}}, "stock_voice_config.voice"),
        ({"output_languages": []}, "output_languages"),
        ({"output_languages": "Spanish"}, "output_languages"),
    ],
    ids=str,
)
def test_values_that_will_not_do_are_named(
    caller: Caller, sandbox: Sandbox, options: dict[str, Any], param: str
) -> None:
    answer = caller("POST", json=caller.order() | options)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert sandbox.jobs() == []


@pytest.mark.parametrize(
    "options",
    [
        {"speaker_num": 1},
        {"speaker_num": None},
        {"start_time": 4, "end_time": 4.5},
        {"start_time": None, "end_time": 0.5},
        {"callback_url": "http://127.0.0.1:9/hooks"},
        {"callback_url": None},
        {"fps_mode": None, "srt": None, "srt_role": None, "stock_voice_config": None},
    ],
    ids=str,
)
def test_values_at_the_edge_are_taken(caller: Caller, options: dict[str, Any]) -> None:
    assert caller("POST", json=caller.order() | options).status_code == 200


@pytest.mark.parametrize(
    ("path", "param"),
    [
        (f"{TRANSLATIONS}?page=2", "page"),
        (f"{TRANSLATIONS}?limit=1&limit=2", "limit"),
        (f"{TRANSLATIONS}?limit=1.0", "limit"),
        (f"{TRANSLATIONS}?limit=", "limit"),
        (f"{TRANSLATIONS}/statuses?ids=a", "ids"),
        (f"{TRANSLATIONS}/languages?limit=1", "limit"),
        (f"{TRANSLATIONS}/x/caption", "format"),
        (f"{TRANSLATIONS}/x/caption?format=txt", "format"),
        (f"{PROOFREADS}/x?full=1", "full"),
        (ASSETS, "username"),
        ("/v3/users/me?verbose=1", "verbose"),
    ],
)
def test_queries_are_checked(caller: Caller, sandbox: Sandbox, path: str, param: str) -> None:
    answer = caller("GET", path)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    (misfit,) = sandbox.misfits()
    assert misfit.startswith(f"GET {path.partition('?')[0]}: ")


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_a_key_has_its_form(caller: Caller, sandbox: Sandbox, key: str) -> None:
    answer = caller("POST", json=caller.order(), headers={"Idempotency-Key": key.encode("utf-8")})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "Idempotency-Key")
    assert sandbox.jobs() == []


def test_no_operation_is_a_misfit_but_what_fits_is_none(caller: Caller, sandbox: Sandbox) -> None:
    caller.create()
    caller("GET", f"{TRANSLATIONS}/none")
    caller.post("Klingon", key="k")
    assert len(sandbox.misfits()) == 1
    caller("PUT", TRANSLATIONS)
    caller("GET", "/elsewhere")
    assert [misfit.split(":")[0] for misfit in sandbox.misfits()[1:]] == [f"PUT {TRANSLATIONS}"]
