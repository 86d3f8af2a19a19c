"""What an account has left and may not do; its glossaries, and sessions that are listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_check import check_answer
from sandbox_caller import ASSETS, PROOFREAD_SECONDS, PROOFREADS, RENDER_SECONDS, Caller, Clock

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.account.access import FEATURES
from heygen_localize.sandbox.billing import AutoReload, Billing, Rates

GLOSSARIES = "/v3/brand-glossaries"


def _user(caller: Caller) -> dict[str, Any]:
    data: dict[str, Any] = check_answer(caller("GET", "/v3/users/me"), 200)["data"]
    return data


# Money


def test_the_prices_are_those_of_the_vendors_page(
    start: Callable[..., Caller], clock: Clock
) -> None:
    caller = start(job_seconds=1000.0)
    left = 1000.0
    for options, rate in (
        ({}, 33.3),
        ({"mode": "precision"}, 66.7),
        ({"translate_audio_only": True}, 16.7),
        ({"translate_audio_only": True, "mode": "precision"}, 66.7),
    ):
        caller.create(**options)
        clock.now += RENDER_SECONDS
        left -= rate
        assert _user(caller)["wallet"]["remaining_balance"] == pytest.approx(left)


def test_a_wallet_that_fills_itself_pays_below_zero(
    start: Callable[..., Caller], clock: Clock
) -> None:
    reload = AutoReload(threshold_usd=5, amount_usd=20)
    caller = start(balance=-1.5, billing=Billing(auto_reload=reload))
    wallet = _user(caller)["wallet"]
    assert wallet["remaining_balance"] == -1.5
    assert wallet["auto_reload"] == {"enabled": True, "threshold_usd": 5, "amount_usd": 20}
    caller.create()
    caller.proofread()
    clock.now += RENDER_SECONDS
    assert _user(caller)["wallet"]["remaining_balance"] < -1.5
    off = Billing(auto_reload=AutoReload(enabled=False))
    for billing in (Billing(), off):
        caller.sandbox.close()
        caller = start(balance=-1.5, billing=billing)
        check_answer(caller.post(), 402)


def test_the_other_two_ways_to_pay(start: Callable[..., Caller], clock: Clock) -> None:
    caller = start(billing=Billing("subscription", plan="team"), balance=30.5)
    told = _user(caller)
    assert (told["billing_type"], told["wallet"], told["usage_based"]) == (
        "subscription",
        None,
        None,
    )
    assert told["subscription"]["plan"] == "team"
    assert told["subscription"]["credits"]["premium_credits"]["remaining"] == 30
    caller.sandbox.close()
    usage = Billing("usage_based", spending_cap_usd=100.0)
    caller = start(billing=usage, balance=5.0, rates=Rates(speed=0.5))
    caller.create()
    clock.now += RENDER_SECONDS
    told = _user(caller)
    assert (told["billing_type"], told["wallet"], told["subscription"]) == (
        "usage_based",
        None,
        None,
    )
    assert told["usage_based"]["spending_cap_usd"] == 100.0
    assert told["usage_based"]["spending_current_usd"] == pytest.approx(3.0)
    assert told["usage_based"]["remaining_credits"] == pytest.approx(2.0)


# What is denied


def test_somebody_elses_resources_are_denied_by_name(caller: Caller, sandbox: Sandbox) -> None:
    mine = caller.create()
    sandbox.deny("theirs", "g_theirs", "f_theirs", mine)
    theirs = {"type": "asset_id", "asset_id": "theirs"}
    for options, param in (
        ({"video": theirs}, "video"),
        ({"srt": theirs}, "srt"),
        ({"brand_glossary_id": "g_theirs"}, "brand_glossary_id"),
        ({"folder_id": "f_theirs"}, "folder_id"),
    ):
        error = check_answer(caller.post(**options), 403)["error"]
        assert (error["code"], error["param"]) == ("resource_access_denied", param)
    for path in (f"{ASSETS}/theirs", f"/v3/video-translations/{mine}"):
        check_answer(caller("GET", path), 403)
    assert len(sandbox.jobs()) == 1
    caller.create("French")
    sandbox.deny()
    check_answer(caller.post(video=theirs), 200)


def test_a_plan_without_proofreading_says_so(start: Callable[..., Caller]) -> None:
    caller = start(without=("proofreading",))
    for answer in (
        caller.post_proofread(),
        caller("GET", PROOFREADS),
        caller("GET", f"{PROOFREADS}/x"),
    ):
        error = check_answer(answer, 403)["error"]
        assert error["code"] == "resource_access_denied"
        assert "proofreading" in error["message"]
    caller.create()
    caller.sandbox.leave_out()
    caller.proofread()


def test_features_of_orders(start: Callable[..., Caller]) -> None:
    caller = start(without=("stock_voices", "captions_of_ones_own"))
    srt = {"type": "url", "url": "https://cdn.example.com/a.srt"}
    for options in ({"stock_voice_config": {}}, {"srt": srt}):
        assert check_answer(caller.post(**options), 403)["error"]["param"] == next(iter(options))
    caller.create(stock_voice_config=None, srt=None)
    with pytest.raises(ValueError, match=", ".join(FEATURES)):
        caller.sandbox.leave_out("dancing")
    with pytest.raises(ValueError, match="dancing"):
        start(without=("dancing",), state=caller.sandbox.settings.state / "other")


def test_denial_and_absence_can_be_faults(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.set_faults(
        "access_denied=1:Not yours on POST times 1", f"missing=1 on GET {PROOFREADS}"
    )
    error = check_answer(caller.post(), 403)["error"]
    assert (error["code"], error["message"]) == ("resource_access_denied", "Not yours")
    caller.create()
    assert check_answer(caller("GET", PROOFREADS), 404)["error"]["code"] == "not_found"


# Sessions


def test_sessions_are_listed_the_newest_first(caller: Caller, clock: Clock) -> None:
    made = [
        caller.proofread(language, title=language) for language in ("French", "German", "Spanish")
    ]
    first = check_answer(caller("GET", PROOFREADS, params={"limit": 2}), 200)
    assert [item["id"] for item in first["data"]] == made[:0:-1]
    assert first["data"][0] == caller.session(made[2])
    query = {"limit": 2, "token": first["next_token"]}
    second = check_answer(caller("GET", PROOFREADS, params=query), 200)
    assert ([item["id"] for item in second["data"]], second["has_more"]) == (made[:1], False)
    caller.sandbox.expire_proofread(made[1])
    caller.sandbox.set_faults(f"list_lag=1:5 on GET {PROOFREADS}")
    assert check_answer(caller("GET", PROOFREADS), 200)["data"] == []
    clock.now += 5
    assert [item["id"] for item in caller("GET", PROOFREADS).json()["data"]] == [made[2], made[0]]


def test_a_deleted_session_is_gone_and_its_jobs_stay(
    caller: Caller, sandbox: Sandbox, clock: Clock
) -> None:
    session = caller.proofread()
    clock.now += PROOFREAD_SECONDS
    job = caller.generate(session).json()["data"]["video_translation_id"]
    urls = caller.subtitles(session)
    assert check_answer(caller("DELETE", f"{PROOFREADS}/{session}"), 200)["data"] == {"id": session}
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/srt")):
        check_answer(caller(method, f"{PROOFREADS}/{session}{path}"), 404)
    assert caller("GET", PROOFREADS).json()["data"] == []
    assert caller.file(urls["srt_url"]).status_code == 404
    clock.now += RENDER_SECONDS
    assert caller.job(job)["status"] == "completed"
    (note,) = sandbox.proofreads()
    assert (note.deleted, note.job_ids) == (True, (job,))


# Glossaries


def test_a_glossary_lives(caller: Caller, clock: Clock) -> None:
    body = {
        "name": "  Names ",
        "terms": [{"term": "GIF", "pronunciation": "jif", "note": "unknown"}],
        "forced_translations": [{"term": "app", "translation": "App"}],
        "do_not_translate_terms": [],
    }
    made = check_answer(caller("POST", GLOSSARIES, json=body), 201)["data"]
    one = f"{GLOSSARIES}/{made['brand_glossary_id']}"
    assert made["name"] == "Names"
    assert made["terms"] == [{"term": "GIF", "pronunciation": "jif"}]
    assert "do_not_translate_terms" not in made
    assert check_answer(caller("GET", one), 200)["data"] == made
    clock.now += 60
    change = {"terms": [], "do_not_translate_terms": [{"term": "Acme"}]}
    changed = check_answer(caller("PATCH", one, json=change), 200)["data"]
    assert (changed["terms"], changed["do_not_translate_terms"]) == ([], [{"term": "Acme"}])
    assert changed["forced_translations"] == body["forced_translations"]
    assert changed["updated_at"] > changed["created_at"] == made["created_at"]
    listed = check_answer(caller("GET", GLOSSARIES), 200)["data"]
    assert listed[-1]["updated_at"] == changed["updated_at"]
    check_answer(caller("DELETE", one), 200)
    for method, change in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        error = check_answer(caller(method, one, json=change), 404)["error"]
        assert error["code"] == "resource_not_found"
    # A job that names it goes on without it.
    caller.create(brand_glossary_id=made["brand_glossary_id"])


def test_names_of_glossaries_are_unique_without_case(caller: Caller) -> None:
    one = check_answer(caller("POST", GLOSSARIES, json={"name": "Straße"}), 201)["data"]
    check_answer(caller("POST", GLOSSARIES, json={"name": " STRASSE "}), 409)
    other = check_answer(caller("POST", GLOSSARIES, json={"name": "B"}), 201)["data"]
    path = f"{GLOSSARIES}/{other['brand_glossary_id']}"
    check_answer(caller("PATCH", path, json={"name": "strasse"}), 409)
    path = f"{GLOSSARIES}/{one['brand_glossary_id']}"
    check_answer(caller("PATCH", path, json={"name": "STRASSE"}), 200)
    check_answer(caller("PATCH", path, json={}), 400)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 65},
        {"name": "a", "terms": [{"term": "x"}]},
        {"name": "a", "terms": [{"term": "", "pronunciation": "b"}]},
        {"name": "a", "do_not_translate_terms": [{"term": "x", "note": 1}]},
        {"name": "a", "tone": "warm"},
    ],
    ids=str,
)
def test_glossaries_that_will_not_do_are_refused(caller: Caller, body: dict[str, Any]) -> None:
    check_answer(caller("POST", GLOSSARIES, json=body), 400)
    assert len(caller("GET", GLOSSARIES).json()["data"]) == 2


def test_the_first_glossaries_have_terms_and_can_be_deleted_for_good(
    start: Callable[..., Caller],
) -> None:
    caller = start(glossaries=1)
    one = check_answer(caller("GET", f"{GLOSSARIES}/glossary-ja"), 200)["data"]
    assert all(one[name] for name in ("terms", "do_not_translate_terms", "forced_translations"))
    caller("DELETE", f"{GLOSSARIES}/glossary-ja")
    caller.sandbox.close()
    assert start(glossaries=1)("GET", GLOSSARIES).json()["data"] == []
