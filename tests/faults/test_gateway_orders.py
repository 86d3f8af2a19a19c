"""A lost answer, and something else in its place: whatever it says, the content is paid once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from accounts import LIST, assert_one_job_each, chain, ids, keys, orders, ours
from fake_clock import FakeClock
from lipsync_lens import plain
from proxy import Forward, Script, envelope, html, proxy_to
from repositories import MANIFEST, Repository
from stand_in import Asked, Reply
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

STATUSES = (400, 404, 413, 422, 502)
ONE = MANIFEST.replace("[es-MX, ja]", "[es-MX]")
Behind = Callable[[Script], None]


@pytest.fixture
def behind(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Behind]:
    """Put a proxy between the command line and the account."""
    with ExitStack() as stack:

        def put(script: Script) -> None:
            base = stack.enter_context(proxy_to(account.base_url, script))
            monkeypatch.setenv("HEYGEN_API_BASE", base)

        yield put


def lose_then(reply: Reply, path_end: str, times: int = 1) -> Script:
    """Lose the first answer to a POST, and give another in place of the next ones."""
    seen: list[str] = []

    def script(asked: Asked, forward: Forward) -> Reply | None:
        if asked.method != "POST" or not plain(asked.path).endswith(path_end):
            return forward()
        seen.append(asked.path)
        if len(seen) == 1:
            forward()
            return None
        return reply if len(seen) <= 1 + times else forward()

    return script


def reply(form: str, status: int) -> Reply:
    return html(status) if form == "html" else envelope(status, "told")


@pytest.mark.few(8)
@pytest.mark.both_kinds
@pytest.mark.parametrize("form", ["html", "json"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_job_is_paid_once(
    account: Sandbox, workspace: Workspace, behind: Behind, form: str, status: int
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults(f"list_lag=1:20 on GET {LIST}")
    behind(lose_then(reply(form, status), "/video-translations"))
    ran = workspace.run("apply", "--yes")
    spoken = form == "json" and status < 500
    assert ran.code == (1 if spoken else 0), ran.out
    account.advance(60)
    assert workspace.run("apply", "--yes").code == 0
    assert set(keys(orders(account))) == {str(chain(workspace, "alpha/ja"))}
    assert_one_job_each(account, workspace, 1)


# Each two of form, status and end together.
@pytest.mark.few(5)
@pytest.mark.parametrize(
    ("form", "status", "end"),
    [
        (form, status, ("/proofreads", "/generate")[(turn + place) % 2])
        for turn, form in enumerate(("html", "json"))
        for place, status in enumerate(STATUSES)
    ],
)
def test_a_session_and_its_render_are_paid_once(
    account: Sandbox, workspace: Workspace, behind: Behind, form: str, status: int, end: str
) -> None:
    repository = Repository(workspace)
    repository.manifest(ONE)
    behind(lose_then(reply(form, status), end))
    for _ in range(2):
        workspace.run("apply", "--yes")
    repository.commit()
    for _ in range(2):
        workspace.run("apply", "--yes")
    assert len(account.proofreads()) == 1
    assert len(account.jobs()) == 1
    posts = [note for note in account.requests() if note.method == "POST"]
    of_orders = [note for note in posts if note.route.endswith(end)]
    assert len({note.idempotency_key for note in of_orders}) == 1
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_job_that_the_list_shows_is_adopted_before_the_next_try(
    account: Sandbox, workspace: Workspace, behind: Behind
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    behind(lose_then(html(404), "/video-translations", times=1000))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    assert len(orders(account)) == 1
    assert_one_job_each(account, workspace, 1)


def test_a_gateway_that_never_lets_an_order_through_ends_with_four(
    account: Sandbox, workspace: Workspace, clock: FakeClock, behind: Behind
) -> None:
    def script(asked: Asked, forward: Forward) -> Reply | None:
        return html(404) if asked.method == "POST" else forward()

    workspace.write_videos("alpha")
    behind(script)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 4
    assert 290 < clock.monotonic() < 420
    assert "HTTP 404" in ran.out
    assert not account.jobs()


def refuse(behind: Behind, times: int, answer: Reply) -> list[str]:
    """Refuse so many orders before they reach the account; note their keys."""
    refused: list[str] = []

    def script(asked: Asked, forward: Forward) -> Reply | None:
        if asked.method != "POST" or len(refused) >= times:
            return forward()
        refused.append(asked.headers["idempotency-key"])
        return answer

    behind(script)
    return refused


# --retry-refused


def test_what_is_refused_is_ordered_under_a_fresh_key_only_when_told(
    account: Sandbox, workspace: Workspace, clock: FakeClock, behind: Behind
) -> None:
    workspace.write_videos("alpha", languages=("ja", "fr-FR"))
    plain = str(chain(workspace, "alpha/fr-FR"))
    refused: list[str] = []

    def script(asked: Asked, forward: Forward) -> Reply | None:
        if asked.method == "POST" and asked.headers.get("idempotency-key") == plain:
            refused.append(plain)
            return envelope(400, "invalid_parameter", "An old mistake.")
        return forward()

    behind(script)
    for _ in range(2):
        ran = workspace.run("apply", "--yes")
        assert ran.code == 1
        assert "An old mistake." in ran.out
        assert "refused since 2027-01-15 08:0" in ran.out
        assert "--retry-refused" in ran.out
        clock.sleep(120)
    assert len(refused) == 2
    before = len(account.requests())
    began = clock.monotonic()
    ran = workspace.run("apply", "--yes", "--retry-refused")
    assert ran.code == 0, ran.out
    assert "paid for twice" in ran.err
    assert len(refused) == 3  # the old key is tried first
    assert keys(orders(account, since=before)) == [plain.removesuffix(":0") + ":2027-01-15"]
    notes = account.requests()[before:]
    order = next(i for i, note in enumerate(notes) if note.method == "POST")
    assert any(note.route == LIST and note.method == "GET" for note in notes[:order][3:])
    assert clock.monotonic() - began >= 30
    assert_one_job_each(account, workspace, 2)


def test_the_flag_adopts_what_the_list_shows_after_the_refusal(
    account: Sandbox, workspace: Workspace, behind: Behind
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults(f"list_lag=1:20 on GET {LIST}")
    behind(lose_then(envelope(400, "invalid_parameter"), "/video-translations", times=1000))
    ran = workspace.run("apply", "--yes", "--retry-refused")
    assert ran.code == 0, ran.out
    assert len(orders(account)) == 1
    assert_one_job_each(account, workspace, 1)


@pytest.mark.parametrize("status", [409, 404])
def test_the_flag_passes_by_nothing_that_is_no_refusal(
    account: Sandbox, workspace: Workspace, behind: Behind, status: int
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    answer = envelope(409, "request_in_progress") if status == 409 else html(404)
    refused = refuse(behind, 10_000, answer)
    assert workspace.run("apply", "--yes", "--retry-refused").code == 4
    assert set(refused) == {str(chain(workspace, "alpha/ja"))}


def test_the_flag_orders_nothing_on_a_listing_that_breaks_off(
    account: Sandbox, workspace: Workspace, clock: FakeClock, behind: Behind
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    refused = refuse(behind, 1, envelope(400, "invalid_parameter"))
    for _ in range(120):
        account.add_foreign_job()
    clock.plan(5, lambda: account.set_faults(f"no_token=1 on GET {LIST}"))
    ran = workspace.run("apply", "--yes", "--retry-refused", "--timeout", "5000")
    assert ran.code == 4
    assert "could not be listed" in ran.out
    assert len(refused) == 1
    assert not ours(account)


def test_the_flag_is_never_implied(
    account: Sandbox, workspace: Workspace, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALIZE_APPLY_RETRY_REFUSED", "1")
    monkeypatch.setenv("CI", "true")
    workspace.write_videos("alpha", languages=("ja",))
    refused = refuse(behind, 1, envelope(400, "invalid_parameter"))
    assert workspace.run("apply").code == 1
    assert len(refused) == 1
    assert not ids(workspace)


def test_two_machines_that_are_told_so_on_one_day_pay_once(
    account: Sandbox, workspace: Workspace, machine: Callable[[Workspace], Workspace]
) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    account.set_faults("stored_429=1:2 on POST times 1", f"list_lag=1:100000 on GET {LIST}")
    for place in (workspace, machine(workspace)):
        assert place.run("apply", "--yes", "--retry-refused").code == 0
        assert list(ids(place)) == ["alpha/ja"]
    assert len(ours(account)) == 1
