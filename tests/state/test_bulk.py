"""Orders sent together (`submission: batch`): a hundred a call, and each paid for once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from postgres_server import Server
from proxy import Forward, envelope, html, proxy_to
from stand_in import Asked, Reply
from workspaces import Workspace, creates

from heygen_localize.project.state.batches import PostgresBatches, Together
from heygen_localize.project.state.orders import Full
from heygen_localize.sandbox import Sandbox

TRANSLATIONS = "/v3/video-translations"
BATCHES = f"{TRANSLATIONS}/batches"
LANGUAGES = ("de-DE", "es-MX", "fr-FR", "it-IT", "ja")
BATCH = "submission: batch"
APPLY = ("apply", "--yes", "--no-balance-check")
SELDOM = ("--poll-interval", "60")
DAY_AND_AN_HOUR = 25 * 3600.0


def batches(sandbox: Sandbox) -> list[int]:
    """Tell of how many orders each batch was that a sandbox was sent."""
    return [
        len(note.body["video_translations"])
        for note in sandbox.requests()
        if note.method == "POST" and note.route == BATCHES
    ]


def once(sandbox: Sandbox, count: int) -> None:
    """Make sure that there is one job of each of so many contents."""
    marks = Counter(job.callback_id for job in sandbox.jobs())
    assert set(marks.values()) == {1}, [mark for mark, times in marks.items() if times > 1]
    assert len(marks) == count


class Scene:
    """A project whose orders go out together, on an account of its own."""

    def __init__(
        self, workspace: Workspace, server: Server, url: str, start: Callable[..., Sandbox]
    ) -> None:
        self.workspace, self._server, self._url, self._start = workspace, server, url, start

    def begin(
        self,
        videos: int = 1,
        languages: Sequence[str] = LANGUAGES,
        places: int = 50,
        **settings: Any,
    ) -> Sandbox:
        sandbox = self._start(**{"max_jobs": None, "render_seconds": 0.1} | settings)
        self.workspace.use(sandbox)
        self.write(videos, languages, places)
        return sandbox

    def write(
        self, videos: int = 1, languages: Sequence[str] = LANGUAGES, places: int = 50
    ) -> None:
        extra = f"{BATCH}\nlimits: {{max_concurrent_jobs: {places}, max_new: 1000}}"
        names = [f"v{number:03}" for number in range(videos)]
        self.workspace.write_videos(*names, languages=tuple(languages), extra=extra)

    def apply(self, *more: str) -> Any:
        return self.workspace.run(*APPLY, *more)

    def intents(self) -> int:
        return int(self.ask("SELECT count(*) FROM localize.intents")[0][0])

    def ask(self, statement: str) -> list[Any]:
        return self._server.execute(statement, url=self._url)

    def later(self, sandbox: Sandbox) -> None:
        """Let a day and an hour pass, at HeyGen and in the database."""
        sandbox.advance(DAY_AND_AN_HOUR)
        for table, moment in (
            ("intents", "sent_at"),
            ("batches", "sent_at"),
            ("places", "taken_at"),
        ):
            self.ask(f"UPDATE localize.{table} SET {moment} = {moment} - interval '25 hours'")

    def ends_well(self, sandbox: Sandbox, count: int) -> None:
        """Apply until nothing is left to do; make sure that each content was ordered once."""
        ran = self.apply()
        assert ran.code == 0, ran.err + ran.out
        once(sandbox, count)
        assert self.workspace.run("plan", "--detailed-exitcode").code == 0
        assert self.intents() == 0
        told = self.ask(
            "SELECT count(*), count(DISTINCT translation_id) FROM localize.audit "
            "WHERE what IN ('ordered', 'found')"
        )
        assert told == [(count, count)]


@pytest.fixture
def scene(
    workspace: Workspace, shared: str, server: Server, start_sandbox: Callable[..., Sandbox]
) -> Scene:
    return Scene(workspace, server, shared, start_sandbox)


def test_250_targets_are_three_calls(scene: Scene) -> None:
    sandbox = scene.begin(50, places=300)
    planned = scene.workspace.run("plan", "--format", "json").json()
    assert planned["summary"] == {"create": 250}
    ran = scene.apply()
    assert ran.code == 0, ran.err
    assert (batches(sandbox), creates(sandbox)) == ([100, 100, 50], 0)
    scene.ends_well(sandbox, 250)
    assert len(batches(sandbox)) == 3
    single = scene.workspace.manifest.read_text().replace(BATCH, "submission: single")
    scene.workspace.write(single)
    assert scene.workspace.run("plan", "--detailed-exitcode").code == 0


def test_no_more_go_out_together_than_there_are_places(scene: Scene) -> None:
    sandbox = scene.begin(3, places=4, max_jobs=4)
    assert scene.apply().code == 0
    assert max(batches(sandbox)) <= 4
    assert sandbox.peak_in_progress() <= 4
    assert sum(batches(sandbox)) + creates(sandbox) == 15
    scene.ends_well(sandbox, 15)


def test_limits_hold_as_for_single_orders(scene: Scene) -> None:
    sandbox = scene.begin()
    ran = scene.apply("--max-new", "4")
    assert (ran.code, "max_new" in ran.err) == (3, True)
    assert batches(sandbox) == []
    assert scene.apply("--no-wait", "--target", "*/ja", "--target", "*/fr-FR").code == 0
    assert batches(sandbox) == [2]
    once(sandbox, 2)


def test_without_a_shared_state_it_is_refused_before_anything_is_ordered(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=LANGUAGES, extra=BATCH)
    planned = workspace.run("plan")
    assert (planned.code, "needs a shared state" in planned.err + planned.out) == (0, True)
    ran = workspace.run(*APPLY, "--format", "json")
    assert ran.code == 2
    assert [problem["code"] for problem in ran.json()["errors"]] == ["batch_needs_state"]
    assert not any(note.method == "POST" for note in sandbox.requests())


LOST = ("drop_after", "http_500_after", "html_502_after", "cut_body", "empty_body")


@pytest.mark.parametrize("fault", [*LOST, "drop_before", "html_502"])
def test_a_lost_answer_is_asked_for_under_the_key(scene: Scene, fault: str) -> None:
    sandbox = scene.begin()
    sandbox.set_faults(f"{fault}=1 on POST", "list_lag=1:999999 on GET")
    assert scene.apply("--timeout", "1").code == 6
    assert len(sandbox.jobs()) == (5 if fault in LOST else 0)
    assert scene.intents() == 5
    sandbox.set_faults("list_lag=1:999999 on GET")
    assert scene.apply("--no-wait").code == 0
    keys = {note.idempotency_key for note in sandbox.requests() if note.route == BATCHES}
    assert (len(keys), creates(sandbox)) == (1, 0)
    once(sandbox, 5)
    assert scene.intents() == 0
    sandbox.set_faults()
    scene.ends_well(sandbox, 5)


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_what_is_not_wanted_any_more_is_not_ordered_by_asking_again(
    scene: Scene, fault: str
) -> None:
    """The batch is asked for again with what is left of it: HeyGen made all of it, or none."""
    sandbox = scene.begin(2)
    sandbox.set_faults(f"{fault}=1 on POST", "list_lag=1:999999 on GET")
    assert scene.apply("--timeout", "1").code == 6
    scene.write(1, LANGUAGES[1:])
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text + "  other: {source: 'https://cdn.example.com/other.mp4'}\n")
    sandbox.set_faults("list_lag=1:999999 on GET")
    assert scene.apply("--no-wait").code == 0
    sandbox.set_faults()
    assert scene.apply().code == 0
    once(sandbox, 14 if fault == "drop_after" else 8)
    assert scene.workspace.run("plan", "--detailed-exitcode").code == 0
    scene.write(2)
    assert scene.apply().code == 0
    once(sandbox, 14)
    assert scene.intents() == 0


def test_a_narrower_run_asks_for_its_part_and_the_next_one_orders_the_rest(scene: Scene) -> None:
    sandbox = scene.begin()
    sandbox.set_faults("drop_before=1 on POST")
    assert scene.apply("--timeout", "1").code == 6
    sandbox.set_faults()
    assert scene.apply("--target", "*/ja", "--target", "*/de-DE").code == 0
    once(sandbox, 2)
    assert scene.intents() == 0
    scene.ends_well(sandbox, 5)


def test_a_narrower_run_leaves_the_rest_of_what_heygen_made_unanswered(scene: Scene) -> None:
    """Their jobs are in no lock and in no list yet: without intents they would be ordered anew."""
    sandbox = scene.begin()
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert scene.apply("--timeout", "1").code == 6
    sandbox.set_faults("list_lag=1:999999 on GET")
    assert scene.apply("--no-wait", "--target", "*/ja").code == 0
    assert scene.intents() == 4
    assert scene.apply("--no-wait").code == 0
    once(sandbox, 5)
    assert scene.intents() == 0


def test_a_batch_whose_storing_was_not_confirmed_is_sent_as_it_was_stored(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the connection breaks right after the commit, and the turn is lost with it."""
    intend, stored = PostgresBatches.intend, []

    def unconfirmed(self: PostgresBatches, *arguments: Any) -> Together | Full:
        told = intend(self, *arguments)
        stored.append(told)
        return Full() if len(stored) == 1 else told

    monkeypatch.setattr(PostgresBatches, "intend", unconfirmed)
    sandbox = scene.begin()
    scene.ends_well(sandbox, 5)
    (key,) = {note.idempotency_key for note in sandbox.requests() if note.route == BATCHES} - {None}
    assert key == stored[0].key


def test_places_of_other_projects_are_theirs(scene: Scene) -> None:
    sandbox = scene.begin(languages=("ja", "fr-FR"), places=4, max_jobs=4, render_seconds=5.0)
    ours = scene.workspace.manifest.read_text()
    scene.workspace.write(ours.replace("project: test", "project: another"))
    sandbox.set_faults("list_lag=1:3 on GET")
    assert scene.apply("--no-wait").code == 0
    scene.write(2, places=4)
    assert scene.apply().code == 0
    assert batches(sandbox)[:2] == [2, 2]
    assert sandbox.peak_in_progress() <= 4
    once(sandbox, 12)


def test_single_orders_of_an_open_batch_go_by_its_key(scene: Scene) -> None:
    """Whoever takes `submission` back does not order anew what is out in a batch."""
    sandbox = scene.begin()
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert scene.apply("--timeout", "1").code == 6
    scene.workspace.write(scene.workspace.manifest.read_text().replace(BATCH, ""))
    sandbox.set_faults("list_lag=1:999999 on GET")
    assert scene.apply("--no-wait").code == 0
    assert creates(sandbox) == 0
    once(sandbox, 5)


def test_a_single_order_without_an_answer_goes_into_no_batch(scene: Scene) -> None:
    sandbox = scene.begin()
    batch = scene.workspace.manifest.read_text()
    scene.workspace.write(batch.replace(BATCH, ""))
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert scene.apply("--timeout", "1").code == 6
    scene.workspace.write(batch)
    sandbox.set_faults("list_lag=1:999999 on GET")
    assert scene.apply("--no-wait").code == 0
    once(sandbox, 5)
    sandbox.set_faults()
    scene.ends_well(sandbox, 5)


def test_a_day_later_it_is_held_and_found_when_the_list_shows_it(scene: Scene) -> None:
    sandbox = scene.begin()
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert scene.apply("--timeout", "1").code == 6
    scene.later(sandbox)
    sandbox.set_faults("list_lag=1:999999 on GET")
    sent = batches(sandbox)
    planned = scene.workspace.run("plan", "--format", "json").json()["actions"]
    assert {(item["action"], item["reason"]) for item in planned} == {
        ("blocked", "order_unanswered")
    }
    assert scene.apply().code == 1
    assert (batches(sandbox), creates(sandbox)) == (sent, 0)
    sandbox.set_faults()
    scene.ends_well(sandbox, 5)


def test_it_comes_of_age_between_plan_and_order(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = scene.begin()
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert scene.apply("--timeout", "1").code == 6
    scene.later(sandbox)
    sandbox.set_faults("list_lag=1:999999 on GET")
    sent = batches(sandbox)
    monkeypatch.setattr("heygen_localize.planning.unanswered.hold_back", lambda plan, _: plan)
    ran = scene.apply()
    assert (ran.code, "may be paid for" in ran.out + ran.err) == (1, True)
    assert (batches(sandbox), creates(sandbox)) == (sent, 0)
    once(sandbox, 5)


# What HeyGen tells of a batch


Change = Callable[[dict[str, Any]], Any]


def fewer(data: dict[str, Any]) -> None:
    data["items"].pop(1)
    data["total_items"] -= 1


def silent_fewer(data: dict[str, Any]) -> None:
    data["items"].pop(1)


def more(data: dict[str, Any]) -> None:
    data["items"].append({"item_index": 5, "status": "processing", "video_id": "tr_stranger-ja"})
    data["total_items"] += 1


def foreign(data: dict[str, Any]) -> None:
    data["items"][1]["video_id"] = "tr_stranger-ja"


def twice(data: dict[str, Any]) -> None:
    data["items"][1]["video_id"] = data["items"][0]["video_id"]


def shuffled(data: dict[str, Any]) -> None:
    ids = [item["video_id"] for item in data["items"]]
    for item, name in zip(data["items"], reversed(ids), strict=True):
        item["video_id"] = name
    data["items"].reverse()


def queued(data: dict[str, Any]) -> None:
    data["items"][1] |= {"video_id": None, "status": "queued"}


def no_items(data: dict[str, Any]) -> None:
    data["items"] = None


def odd_places(data: dict[str, Any]) -> None:
    data["items"][1]["item_index"] = 0


def odd_ids(data: dict[str, Any]) -> None:
    data["items"][1]["video_id"] = "../../etc"


def another_batch(data: dict[str, Any]) -> None:
    data["batch_id"] = "batch_other"


def endless(data: dict[str, Any]) -> None:
    data["has_more"], data["next_token"] = True, ""


def changed(change: Change) -> Callable[[Asked, Forward], Reply]:
    """Give a script that tells a batch otherwise than it is."""

    def script(asked: Asked, forward: Forward) -> Reply:
        reply = forward()
        if asked.method != "GET" or f"{BATCHES}/" not in asked.path or reply.status != 200:
            return reply
        whole = json.loads(reply.body)
        change(whole["data"])
        return Reply(200, json.dumps(whole).encode(), reply.headers)

    return script


ODD = (
    fewer, silent_fewer, more, foreign, twice, queued, no_items, odd_places, odd_ids, another_batch,
    endless,
)  # fmt: skip


@pytest.mark.parametrize("change", [*ODD, shuffled])
def test_what_is_told_wrongly_of_a_batch_orders_nothing_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    sandbox = scene.begin()
    with proxy_to(sandbox.base_url, changed(change)) as base:
        monkeypatch.setenv("HEYGEN_API_BASE", base)
        sandbox.set_faults("list_lag=1:999999 on GET")
        for _ in range(2):
            assert scene.apply("--timeout", "400", *SELDOM).code in (0, 1, 6)
            once(sandbox, 5)
    assert creates(sandbox) == 0
    scene.workspace.use(sandbox)
    sandbox.set_faults()
    scene.ends_well(sandbox, 5)


def test_an_order_that_nobody_knows_of_is_told_and_let_go_of(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = scene.begin()
    with proxy_to(sandbox.base_url, changed(fewer)) as base:
        monkeypatch.setenv("HEYGEN_API_BASE", base)
        sandbox.set_faults("list_lag=1:999999 on GET")
        ran = scene.apply("--no-wait")
        assert (ran.code, "may be paid for" in ran.out + ran.err) == (1, True)
    assert scene.intents() == 1


# What HeyGen refuses


def refusing(reply: Reply, times: int) -> tuple[Callable[[Asked, Forward], Reply], list[str]]:
    """Give a script that refuses so many batches, and what it refused."""
    refused: list[str] = []

    def script(asked: Asked, forward: Forward) -> Reply:
        if asked.method == "POST" and asked.path == BATCHES and len(refused) < times:
            refused.append(asked.headers["idempotency-key"])
            return reply
        return forward()

    return script, refused


@pytest.mark.parametrize(
    ("reply", "times", "refused", "single"),
    [
        (envelope(429, "rate_limit_exceeded"), 2, 2, 0),
        (envelope(429, "rate_limit_exceeded"), 99, 3, 5),
        (envelope(400, "invalid_parameter", "Entry 1 is not valid."), 99, 1, 5),
        (envelope(402, "insufficient_credit"), 1, 1, 5),
        (envelope(403, "forbidden"), 99, 1, 5),
        (envelope(404, "not_found"), 99, 1, 5),
        (envelope(500, "internal_error"), 2, 2, 0),
        (envelope(409, "request_in_progress"), 2, 2, 0),
        (html(503), 2, 2, 0),
        (html(404), 2, 2, 0),
    ],
)
def test_a_refused_batch_goes_out_again_or_one_by_one(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    reply: Reply,
    times: int,
    refused: int,
    single: int,
) -> None:
    sandbox = scene.begin()
    script, keys = refusing(reply, times)
    with proxy_to(sandbox.base_url, script) as base:
        monkeypatch.setenv("HEYGEN_API_BASE", base)
        scene.ends_well(sandbox, 5)
    assert (len(keys), creates(sandbox)) == (refused, single)
    assert len(set(keys)) == 1


@pytest.mark.parametrize("status", [400, 402, 403, 404, 413])
def test_a_batch_that_was_made_though_it_was_refused_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    def script(asked: Asked, forward: Forward) -> Reply:
        reply = forward()
        made = asked.method == "POST" and asked.path == BATCHES
        return envelope(status, "something_in_between") if made else reply

    sandbox = scene.begin()
    with proxy_to(sandbox.base_url, script) as base:
        monkeypatch.setenv("HEYGEN_API_BASE", base)
        assert scene.apply(*SELDOM).code == 0
    assert (creates(sandbox), scene.intents()) == (0, 0)
    once(sandbox, 5)


def test_a_key_that_is_refused_stops_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = scene.begin()
    script, _ = refusing(envelope(401, "unauthorized"), 1)
    with proxy_to(sandbox.base_url, script) as base:
        monkeypatch.setenv("HEYGEN_API_BASE", base)
        assert scene.apply().code == 7
    assert (creates(sandbox), sandbox.jobs(), scene.intents()) == (0, [], 0)
    scene.workspace.use(sandbox)
    scene.ends_well(sandbox, 5)


def test_a_refusal_after_a_lost_answer_proves_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is said under a key whose answer was lost: nothing goes out under another one."""
    sandbox = scene.begin()
    sandbox.set_faults("drop_after=1 on POST", "list_lag=1:999999 on GET")
    assert scene.apply("--timeout", "1").code == 6
    sandbox.set_faults("list_lag=1:999999 on GET")
    for status, code in (
        (400, "invalid_parameter"),
        (402, "insufficient_credit"),
        (403, "forbidden"),
    ):
        script, keys = refusing(envelope(status, code), 99)
        with proxy_to(sandbox.base_url, script) as base:
            monkeypatch.setenv("HEYGEN_API_BASE", base)
            assert scene.apply("--timeout", "30").code in (1, 6, 7)
        assert keys
        assert (creates(sandbox), scene.intents()) == (0, 5)
    once(sandbox, 5)
    scene.workspace.use(sandbox)
    assert scene.apply("--no-wait").code == 0
    once(sandbox, 5)


def mixed(scene: Scene, sources: Sequence[str]) -> None:
    """Write a manifest with one video of each source."""
    lines = ["version: 1", "project: test", "languages: [ja, fr-FR]", BATCH, "videos:"]
    lines += [f"  v{number}: {{source: '{source}'}}" for number, source in enumerate(sources)]
    scene.workspace.write("\n".join(lines) + "\n")


GOOD = "https://cdn.example.com/a.mp4"


def test_each_item_that_fails_is_told_by_its_target(scene: Scene) -> None:
    sandbox = scene.begin()
    sandbox.deny("secret", "hidden")
    mixed(scene, [GOOD, "asset:secret", "asset:hidden"])
    ran = scene.apply("--format", "json")
    assert ran.code == 1
    told = {item["message"]: item["addresses"] for item in ran.json()["failures"]}
    assert sorted(told.values()) == [["v1/fr-FR", "v1/ja"], ["v2/fr-FR", "v2/ja"]]
    assert told["You do not have access to 'secret'."] == ["v1/fr-FR", "v1/ja"]
    assert (batches(sandbox), creates(sandbox), scene.intents()) == ([6], 0, 0)
    once(sandbox, 2)
    sandbox.deny()
    mixed(scene, [GOOD, GOOD.replace("a.mp4", "b.mp4"), GOOD.replace("a.mp4", "c.mp4")])
    scene.ends_well(sandbox, 6)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "rate_limit_exceeded", "message": "Slow down."}, 0),
        ({"code": "insufficient_credit", "message": "No credit."}, 7),
        ({"code": "quota_exceeded", "message": "No more this month."}, 7),
        ({"code": "resource_access_denied", "message": "No."}, 1),
        ({"code": "invalid_parameter", "message": "No."}, 1),
        ({"code": ["odd"], "message": 7}, 1),
        (None, 1),
    ],
)
def test_an_items_error_goes_the_way_of_a_single_orders_refusal(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Any, code: int
) -> None:
    sandbox = scene.begin()
    sandbox.deny("secret")
    mixed(scene, [GOOD, "asset:secret"])

    def otherwise(data: dict[str, Any]) -> None:
        for item in data["items"]:
            item["error"] = error if item["status"] == "failed" else None
        sandbox.deny()

    with proxy_to(sandbox.base_url, changed(otherwise)) as base:
        monkeypatch.setenv("HEYGEN_API_BASE", base)
        assert scene.apply().code == code
    assert creates(sandbox) == (2 if code == 0 else 0)
    assert scene.intents() == 0
    scene.workspace.use(sandbox)
    scene.ends_well(sandbox, 4)


def test_items_that_cannot_be_paid_stop_the_rest_and_are_ordered_once_they_can(
    scene: Scene,
) -> None:
    """HeyGen keeps the answer to a batch: the same orders go out again under another key."""
    sandbox = scene.begin(balance=0.0)
    ran = scene.apply()
    assert (ran.code, scene.intents(), sandbox.jobs()) == (7, 0, [])
    assert scene.apply().code == 7
    from heygen_localize.sandbox.account.context import AccountContext

    pays = AccountContext.pays
    AccountContext.pays = lambda self, price: True  # type: ignore[method-assign]
    try:
        scene.ends_well(sandbox, 5)
    finally:
        AccountContext.pays = pays  # type: ignore[method-assign]


def test_what_waits_at_heygen_is_waited_for(scene: Scene) -> None:
    sandbox = scene.begin(batch_seconds=900.0)
    assert scene.apply("--no-wait").code == 0
    assert (sandbox.jobs(), scene.intents()) == ([], 5)
    assert scene.apply("--no-wait").code == 0
    assert batches(sandbox) == [5]
    assert scene.apply(*SELDOM).code == 0
    scene.ends_well(sandbox, 5)
    assert batches(sandbox) == [5]


def test_lip_syncs_go_out_together_too(scene: Scene) -> None:
    sandbox = scene.begin()
    lines = ["version: 1", "project: test", BATCH, "languages: [ja, fr-FR]", "videos:"]
    for number in range(3):
        source, sound = f"https://cdn.example.com/{number}.mp4", "https://cdn.example.com/ja.mp3"
        lines.append(f"  l{number}: {{kind: lipsync, source: '{source}', audio: '{sound}',")
        lines.append("    languages: [ja]}")
        lines.append(f"  t{number}: {{source: '{source}'}}")
    scene.workspace.write("\n".join(lines) + "\n")
    assert scene.apply().code == 0
    routes = Counter(note.route for note in sandbox.requests() if note.method == "POST")
    assert routes == {BATCHES: 1, "/v3/lipsyncs/batches": 1}
    assert (len(sandbox.jobs()), len(sandbox.lipsyncs())) == (6, 3)
    assert scene.workspace.run("plan", "--detailed-exitcode").code == 0
    assert scene.intents() == 0


def test_a_job_that_fails_is_tried_again(scene: Scene) -> None:
    sandbox = scene.begin()
    sandbox.set_faults("fail_job=1 on POST")
    assert scene.apply().code == 1
    sandbox.set_faults()
    assert scene.apply().code == 0
    assert Counter(Counter(job.callback_id for job in sandbox.jobs()).values()) == {2: 5}
    assert (batches(sandbox), scene.intents()) == ([5, 5], 0)


def test_what_was_pruned_within_a_day_is_ordered_anew_once(scene: Scene) -> None:
    """HeyGen answers the batch's first key with jobs that are deleted: they are not taken."""
    sandbox = scene.begin()
    assert scene.apply().code == 0
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("v000.mp4", "other.mp4"))
    assert scene.apply().code == 0
    assert scene.workspace.run("prune", "--yes").code == 0
    scene.workspace.write(text)
    scene.ask("DELETE FROM localize.batches")
    assert scene.apply().code == 0
    living = [job for job in sandbox.jobs() if not job.deleted]
    assert len(living) == 10
    assert scene.workspace.run("plan", "--detailed-exitcode").code == 0
    assert scene.intents() == 0
