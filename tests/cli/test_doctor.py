"""What `localize doctor` finds well, doubtful or broken, what it advises, and how it ends."""

from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest
from fake_clock import HastyClock
from werkzeug.serving import WSGIRequestHandler
from workspaces import Ran, Workspace, creates

from heygen_localize import __version__
from heygen_localize.project.process_lock import journal_path
from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.billing import AutoReload, Billing

NAMES = (
    "version",
    "key",
    "base",
    "account",
    "clock",
    "balance",
    "languages",
    "manifest",
    "lockfile",
    "journal",
)
ANSWER = {
    "address": "alpha/ja",
    "answered_at": 1795332689.0,
    "callback_id": f"lz1:test:{'0' * 32}",
    "language": "Japanese",
    "title": None,
    "translation_id": "tr_1",
}
CONFLICT = """\
{
  "lockfile_version": 1,
  "project": "test",
<<<<<<< ours
  "targets": {}
=======
  "targets": {}
>>>>>>> theirs
}
"""


@pytest.fixture(autouse=True)
def no_log_of_another_test() -> Iterator[None]:
    """Take away the handler that -v leaves, which writes to this test's standard error."""
    yield
    logging.getLogger("heygen_localize").handlers = []


@pytest.fixture
def account(sandbox: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Lead the command line to a sandbox, with a manifest of one target."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    return sandbox


def lines(ran: Ran) -> dict[str, tuple[str, str, str | None]]:
    """Read the report: by name the health, the message and the mend."""
    found: dict[str, tuple[str, str, str | None]] = {}
    name = ""
    for line in ran.out.splitlines():
        told = re.fullmatch(r"(ok|warn|fail) +([a-z]+) +(.+)", line)
        if told is not None:
            name = told[2]
            found[name] = (told[1], told[3], None)
        else:
            assert line.startswith(" " * 17), line
            assert found[name][2] is None
            found[name] = (*found[name][:2], line.strip())
    return found


def unwell(ran: Ran) -> set[str]:
    return {name for name, (health, _, _) in lines(ran).items() if health != "ok"}


def leave_answer(workspace: Workspace, text: str) -> Path:
    path = journal_path(workspace.manifest)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_all_is_well(account: Sandbox, workspace: Workspace, hasty_clock: HastyClock) -> None:
    assert workspace.run("apply", "--yes").code == 0
    hasty_clock.sleep(400)  # so that the answers of the last minutes are old
    journal_path(workspace.manifest).unlink()
    before = {path: path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file()}
    ordered = creates(account)
    ran = workspace.run("doctor")
    assert (ran.code, ran.err) == (0, "")
    found = lines(ran)
    assert tuple(found) == NAMES
    assert {health for health, _, _ in found.values()} == {"ok"}
    assert {mend for _, _, mend in found.values()} == {None}
    assert found["version"][1].startswith(f"localize {__version__}, Python 3.")
    assert found["key"][1] == "found in HEYGEN_API_KEY"
    assert found["base"][1] == account.base_url
    assert found["clock"][1] == "agrees with HeyGen's"
    assert re.fullmatch(r"\d+\.\d\d USD left \(.+\)", found["balance"][1])
    assert re.fullmatch(r"1\d\d on offer", found["languages"][1])
    assert found["manifest"][1] == "1 target"
    assert found["lockfile"][1] == "1 entry"
    assert found["journal"][1] == "empty"
    assert creates(account) == ordered
    after = {path: path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file()}
    assert after == before


def test_a_report_for_machines(account: Sandbox, workspace: Workspace) -> None:
    ran = workspace.run("doctor", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    report = ran.json()
    assert report["format_version"] == 1
    assert tuple(check["name"] for check in report["checks"]) == NAMES
    told = {check["name"]: check for check in report["checks"]}
    assert told["base"] == {
        "name": "base",
        "health": "ok",
        "message": account.base_url,
        "hint": None,
    }
    workspace.manifest.unlink()
    (manifest,) = (
        check
        for check in workspace.run("doctor", "--format", "json").json()["checks"]
        if check["health"] != "ok"
    )
    assert (manifest["name"], manifest["health"]) == ("manifest", "warn")
    assert manifest["hint"]


def test_no_manifest_is_no_failure(account: Sandbox, workspace: Workspace) -> None:
    workspace.manifest.unlink()
    ran = workspace.run("doctor")
    assert ran.code == 0
    assert unwell(ran) == {"manifest"}
    health, message, mend = lines(ran)["manifest"]
    assert (health, message) == ("warn", "there is no localize.yaml")
    assert "localize init" in str(mend)
    assert "-f" in str(mend)
    assert not set(lines(ran)) & {"lockfile", "journal"}
    assert not (workspace.folder / ".localize").exists()


def test_no_key(account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEYGEN_API_KEY")
    ran = workspace.run("doctor")
    assert ran.code == 7
    found = lines(ran)
    assert found["key"][:2] == ("fail", "no API key")
    assert "set HEYGEN_API_KEY" in str(found["key"][2])
    assert found["manifest"][:2] == ("ok", "1 target")
    assert "account" not in found
    assert not account.requests()


def test_a_wrong_key(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEYGEN_API_KEY", "sk_of_somebody_else_0123")
    ran = workspace.run("doctor")
    assert ran.code == 7
    found = lines(ran)
    assert unwell(ran) == {"account"}
    assert found["account"][0] == "fail"
    assert "check HEYGEN_API_KEY" in str(found["account"][2])
    assert found["manifest"][0] == "ok"
    assert "sk_of_somebody_else_0123" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("http://api.example.com", "http://api.example.com is plain http"),
        ("https://user:pass-word@api.example.com", "must be a bare address"),
    ],
)
def test_a_base_that_may_not_have_the_key(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    base: str,
    message: str,
) -> None:
    monkeypatch.setenv("HEYGEN_API_BASE", base)
    ran = workspace.run("doctor")
    assert ran.code == 2
    assert unwell(ran) == {"base"}
    health, told, mend = lines(ran)["base"]
    assert health == "fail"
    assert message in told
    assert mend
    assert "pass-word" not in ran.out


def test_certificates_that_are_not_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEYGEN_API_KEY", "hg-no-key")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such.pem")
    ran = workspace.run("doctor")
    assert "there are no certificates at /no/such.pem" in ran.out
    assert "manifest" in ran.out


def test_nobody_answers(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HEYGEN_API_BASE", f"http://127.0.0.1:{taken.getsockname()[1]}")
        ran = workspace.run("doctor")
    assert ran.code == 4
    found = lines(ran)
    assert found["account"][0] == "fail"
    assert "the connection failed or broke off" in found["account"][1]
    assert found["manifest"][0] == "ok"


def test_a_bad_manifest_is_told_with_its_place(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("alpha", languages=("Klingon", "jaa"))
    ran = workspace.run("doctor")
    assert ran.code == 2
    assert unwell(ran) == {"manifest"}
    health, message, _ = lines(ran)["manifest"]
    assert health == "fail"
    assert message.startswith("localize.yaml:3:13 (languages[0]): 'Klingon' is not a language")
    assert message.endswith("(and 1 more)")


def test_a_broken_lockfile_is_told_as_such(account: Sandbox, workspace: Workspace) -> None:
    workspace.lockfile.write_text("not JSON")
    ran = workspace.run("doctor")
    assert ran.code == 2
    assert unwell(ran) == {"lockfile"}
    health, message, mend = lines(ran)["lockfile"]
    assert (health, message) == ("fail", "localize.lock: the lockfile is not JSON")
    assert "restore it from git" in str(mend)


def test_a_lockfile_merged_badly_is_a_warning(account: Sandbox, workspace: Workspace) -> None:
    workspace.lockfile.write_text(CONFLICT)
    ran = workspace.run("doctor")
    assert ran.code == 0
    assert lines(ran)["lockfile"] == (
        "warn",
        "0 entries, and a merge conflict",
        "localize apply resolves it",
    )


def test_a_corrupt_journal(account: Sandbox, workspace: Workspace) -> None:
    path = leave_answer(workspace, "neither JSON nor the last line\n\n")
    ran = workspace.run("doctor")
    assert ran.code == 2
    assert unwell(ran) == {"journal"}
    health, message, mend = lines(ran)["journal"]
    assert health == "fail"
    assert "the journal is damaged" in message
    assert "move it away and run localize apply" in str(mend)
    assert path.read_text() == "neither JSON nor the last line\n\n"


@pytest.mark.parametrize(("number", "told"), [(1, "1 answer of"), (2, "2 answers of")])
def test_answers_in_the_journal_are_a_warning(
    account: Sandbox, workspace: Workspace, number: int, told: str
) -> None:
    leave_answer(workspace, (json.dumps(ANSWER) + "\n") * number)
    ran = workspace.run("doctor")
    assert ran.code == 0
    assert unwell(ran) == {"journal"}
    health, message, mend = lines(ran)["journal"]
    assert (health, mend) == ("warn", "localize apply takes them in")
    assert message.startswith(told)


@pytest.mark.parametrize(
    ("ahead", "health", "words"),
    [
        (30, "ok", "agrees"),
        (-30, "ok", "agrees"),
        (600, "warn", "s behind"),
        (-600, "warn", "s ahead"),
    ],
)
def test_the_clock_is_held_against_the_vendors(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    ahead: int,
    health: str,
    words: str,
) -> None:
    theirs = datetime.now(timezone.utc) + timedelta(seconds=ahead)
    dated(monkeypatch, format_datetime(theirs, usegmt=True))
    ran = workspace.run("doctor")
    assert ran.code == 0
    told = lines(ran)["clock"]
    assert told[0] == health
    assert words in told[1]
    assert (told[2] is not None) is (health == "warn")
    if health == "warn":
        assert 540 < int(re.findall(r"clock is (\d+) s", told[1])[0]) < 660
        assert "NTP" in str(told[2])


@pytest.mark.parametrize("date", ["soon", "Mon, 99 Foo 2027 99:99:99 GMT"])
def test_a_date_that_is_none_is_a_warning(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    dated(monkeypatch, date)
    ran = workspace.run("doctor")
    assert ran.code == 0
    assert lines(ran)["clock"][0] == "warn"
    assert unwell(ran) == {"clock"}


def dated(monkeypatch: pytest.MonkeyPatch, date: str) -> None:
    """Let the sandbox's answers bear this date."""
    monkeypatch.setattr(WSGIRequestHandler, "date_time_string", lambda *_: date)


def test_the_account_is_named(account: Sandbox, workspace: Workspace) -> None:
    found = lines(workspace.run("doctor"))["account"]
    assert found[0] == "ok"
    assert re.search(r": \S+@\S+, plan ", found[1])


@pytest.mark.parametrize(
    ("billing", "told"),
    [
        (Billing("subscription", plan="pro"), "12 premium credits (reset "),
        (Billing("usage_based", spending_cap_usd=50.0), "0.00 of at most 50.00 USD spent"),
        (Billing(auto_reload=AutoReload()), "12.00 USD left, reloads itself by 50.00 USD"),
    ],
)
def test_every_way_to_pay_is_told(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace, billing: Billing, told: str
) -> None:
    workspace.use(start_sandbox(balance=12.0, billing=billing))
    workspace.write_videos("alpha", languages=("ja",))
    found = lines(workspace.run("doctor"))
    assert found["balance"][0] == "ok"
    assert told in found["balance"][1]
    if billing.kind == "subscription":
        assert found["account"][1].endswith("plan pro")


@pytest.mark.parametrize(("reloads", "code"), [(True, 0), (False, 7)])
def test_a_wallet_that_reloads_itself_may_be_empty(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace, reloads: bool, code: int
) -> None:
    billing = Billing(auto_reload=AutoReload(enabled=reloads))
    sandbox = start_sandbox(balance=-2.0, billing=billing)
    workspace.use(sandbox)
    workspace.write("""\
version: 1
project: test
languages: [ja]
videos: {alpha: {source: 'https://cdn.example.com/a.mp4', duration: 60}}
""")
    ran = workspace.run("apply", "--yes")
    assert ran.code == code, ran.err
    assert creates(sandbox) == (1 if reloads else 0)
    if not reloads:
        assert "the account has -2.00" in ran.err


@pytest.mark.parametrize(("balance", "health"), [(0.0, "warn"), (0.01, "ok")])
def test_an_empty_wallet_is_a_warning(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace, balance: float, health: str
) -> None:
    workspace.use(start_sandbox(balance=balance))
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("doctor")
    assert ran.code == 0
    told = lines(ran)["balance"]
    assert told[0] == health
    assert told[1].startswith(f"{balance:.2f} USD left")
    assert told[2] == ("top up before the next apply" if health == "warn" else None)


@pytest.mark.parametrize(("number", "health"), [(99, "warn"), (100, "ok")])
def test_few_languages_are_a_warning(
    account: Sandbox,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    health: str,
) -> None:
    names = ("Japanese", *(f"Language {index}" for index in range(1, number)))
    monkeypatch.setattr(
        "heygen_localize.sandbox.endpoints.translations.language_names", lambda: names
    )
    ran = workspace.run("doctor")
    assert ran.code == 0
    told = lines(ran)["languages"]
    assert told[:2] == (health, f"{number} on offer")
    assert ("localize languages --online" in str(told[2])) is (health == "warn")


def test_the_exit_code_is_that_of_the_first_failure(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write("- no mapping\n")
    leave_answer(workspace, "damaged\n\n")
    assert workspace.run("doctor").code == 2
    account.set_faults("http_500_before=1 on *")
    ran = workspace.run("doctor")
    assert ran.code == 4
    assert unwell(ran) == {"account", "manifest", "journal"}
    monkeypatch.setenv("HEYGEN_API_KEY", "two words")
    assert workspace.run("doctor").code == 7


def test_the_key_is_never_printed(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for flags in ((), ("-v",), ("--format", "json")):
        ran = workspace.run("doctor", *flags)
        assert ran.code == 0
        assert account.api_key not in ran.out + ran.err
    assert not account.key_leaks()


def test_a_wrong_key_is_no_fault_of_the_manifest(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source on this machine is fine where the base is too, whatever becomes of the key."""
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\n"
        f"videos: {{alpha: {{source: '{account.base_url}/media/a.mp4'}}}}\n"
    )
    for key in ("wrong", ""):
        monkeypatch.setenv("HEYGEN_API_KEY", key)
        ran = workspace.run("doctor")
        assert ran.code == 7
        assert lines(ran)["manifest"] == ("ok", "1 target", None)


def test_a_language_that_only_the_account_can_settle(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write_videos("alpha", languages=("Klingon",))
    assert lines(workspace.run("doctor"))["manifest"][0] == "fail"
    monkeypatch.setenv("HEYGEN_API_KEY", "wrong")
    ran = workspace.run("doctor")
    assert ran.code == 7
    health, _, mend = lines(ran)["manifest"]
    assert (health, mend) == (
        "warn",
        "HeyGen's list of today settles it: first let the key be accepted, see above",
    )
