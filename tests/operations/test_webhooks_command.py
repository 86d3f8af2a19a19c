"""`localize webhooks`: where HeyGen tells of what ended, and secrets that are shown once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from stand_in import Asked, Reply, StandIn
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

URL = "https://hooks.example.com/heygen"
OURS = [
    *("batch.finished", "proofread_creation.fail", "proofread_creation.success"),
    *("video_translate.fail", "video_translate.preflight.download_failed"),
    *("video_translate.preflight.validation_failed", "video_translate.success"),
]


@pytest.fixture
def account(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    workspace.use(sandbox)
    return workspace


def files_with(workspace: Workspace, secret: str) -> list[str]:
    """Name the files below the folder and the home that hold a secret."""
    return [
        str(path)
        for path in workspace.folder.parent.rglob("*")
        if path.is_file() and "sandbox" not in path.parts and secret.encode() in path.read_bytes()
    ]


def test_an_address_is_registered_rotated_and_removed(account: Workspace) -> None:
    made = account.run("webhooks", "register", URL, "-v")
    secret = made.out.strip()
    assert (made.code, secret[:6], secret in made.err) == (0, "whsec_", False), made.err
    (listed,) = account.run("webhooks", "list", "--format", "json").json()["endpoints"]
    assert (listed["url"], listed["status"], listed["events"]) == (URL, "enabled", OURS)
    assert "secret" not in listed
    told = account.run("webhooks", "list")
    assert listed["id"] in told.out
    assert f"{URL}  batch.finished," in told.out
    again = account.run("webhooks", "rotate", listed["id"], "--format", "json", "-v")
    assert again.json() == {
        "format_version": 1,
        "endpoint_id": listed["id"],
        "secret": again.json()["secret"],
    }
    assert again.json()["secret"] not in (secret, *again.err.split())
    assert files_with(account, secret) + files_with(account, again.json()["secret"]) == []
    removed = account.run("webhooks", "remove", listed["id"])
    assert (removed.code, removed.out) == (0, "")
    assert account.run("webhooks", "list").out == ""


def test_an_address_is_registered_once(account: Workspace) -> None:
    assert account.run("webhooks", "register", URL).code == 0
    again = account.run("webhooks", "register", URL, "--format", "json")
    (problem,) = again.json()["errors"]
    (listed,) = account.run("webhooks", "list", "--format", "json").json()["endpoints"]
    assert (again.code, problem["code"]) == (2, "webhook_exists")
    assert f"localize webhooks rotate {listed['id']}" in problem["hint"]


def test_a_lost_answer_makes_no_second_endpoint(
    workspace: Workspace, start_sandbox: Callable[..., Sandbox]
) -> None:
    rule = "drop_after=1 on POST /v3/webhooks/endpoints times 1"
    workspace.use(start_sandbox(faults=(rule,)))
    made = workspace.run("webhooks", "register", URL)
    assert (made.code, made.out[:6]) == (0, "whsec_"), made.err
    assert len(workspace.run("webhooks", "list", "--format", "json").json()["endpoints"]) == 1


def answering(*replies: Reply) -> StandIn:
    """Start an API that knows one event, and answers what is sent with one reply after another."""
    coming = iter(replies)

    def script(asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply(200, b'{"data": [{"event_type": "video_translate.success"}]}')
        return next(coming)

    return StandIn(script)


BUSY = b'{"error": {"code": "request_in_progress", "message": "in flight"}}'
MADE = b'{"data": {"endpoint_id": "ep_1", "secret": "whsec_made"}}'
ODD = [
    b'{"data": {"endpoint_id": "ep_1", "secret": null}}',
    b'{"data": {"endpoint_id": "ep_1", "secret": "with spaces"}}',
    b'{"data": {"endpoint_id": "ep_1", "secret": "\\u001b[31m"}}',
    b'{"data": {"endpoint_id": "../users/me", "secret": "whsec_made"}}',
    b'{"data": []}',
]


def test_a_request_that_is_still_worked_on_is_waited_for_under_its_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, hasty_clock: object
) -> None:
    api = answering(Reply(409, BUSY), Reply(409, BUSY), Reply(200, MADE))
    monkeypatch.setenv("HEYGEN_API_BASE", api.base)
    monkeypatch.setenv("HEYGEN_API_KEY", "a-key-of-this-test")
    made = workspace.run("webhooks", "register", URL)
    keys = {asked.headers["idempotency-key"] for asked in api.asked if asked.method == "POST"}
    api.close()
    assert (made.code, made.out, len(keys)) == (0, "whsec_made\n", 1), made.err


@pytest.mark.parametrize("body", ODD, ids=str)
def test_an_answer_without_a_secret_is_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    api = answering(Reply(200, body))
    monkeypatch.setenv("HEYGEN_API_BASE", api.base)
    monkeypatch.setenv("HEYGEN_API_KEY", "a-key-of-this-test")
    made = workspace.run("webhooks", "register", URL, "--format", "json")
    api.close()
    assert (made.code, made.json()["errors"][0]["code"]) == (4, "webhook_answer")


def test_what_the_list_shows_holds_no_secret_of_another_receiver(account: Workspace) -> None:
    assert account.run("webhooks", "register", f"{URL}?token=s3cret").code == 0
    for form in ("text", "json"):
        told = account.run("webhooks", "list", "--format", form)
        assert (f"{URL}?…" in told.out, "s3cret" in told.out) == (True, False)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example.com/", "is not https"),
        ("ftp://hooks.example.com/", "is not https"),
        ("hooks.example.com", "is no address"),
        ("https://", "is no address"),
        ("https://hooks.example.com:99999/", "is no address"),
        ("https://hooks.example.com/a b", "is no address"),
        ("https://user:pw@hooks.example.com/", "has a user or a password"),
        ("https://hooks.example.com/#a", "has a fragment"),
        ("https://10.0.0.7/heygen", "only this network reaches"),
        ("https://localize.internal/heygen", "only this network reaches"),
        ("https://hooks..example.com/", "empty part"),
        (f"https://hooks.example.com/{'x' * 2100}", "longer than 2048"),
    ],
)
def test_an_address_that_heygen_cannot_use_is_refused(
    account: Workspace, sandbox: Sandbox, url: str, why: str
) -> None:
    ran = account.run("webhooks", "register", url, "--format", "json")
    (problem,) = ran.json()["errors"]
    assert (ran.code, problem["code"], why in problem["message"]) == (2, "webhook_url", True)
    assert "pw" not in ran.out
    assert [note for note in sandbox.requests() if note.method == "POST"] == []


@pytest.mark.parametrize("command", ["rotate", "remove"])
@pytest.mark.parametrize("name", ["ep_nobody", "../users/me", "\x1b[31m"])
def test_an_endpoint_that_is_none(account: Workspace, command: str, name: str) -> None:
    ran = account.run("webhooks", command, name, "--format", "json")
    assert (ran.code, ran.json()["errors"][0]["code"]) == (2, "webhook_unknown")
    assert "\x1b" not in ran.out


def test_in_github_actions_the_secret_is_masked(
    account: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    made = account.run("webhooks", "register", URL)
    assert made.err.startswith(f"::add-mask::{made.out.strip()}\n")


def test_a_refused_key_is_told(account: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEYGEN_API_KEY", "nobody-has-this-key")
    for arguments in (("register", URL), ("list",), ("rotate", "ep_1"), ("remove", "ep_1")):
        assert account.run("webhooks", *arguments).code == 7
