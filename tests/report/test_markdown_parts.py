"""What a plan, a run and a status say in Markdown, whatever they are of and however large."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from core_builders import make_action
from markdown_scenes import (
    HOSTILE,
    MOST,
    NOTHING,
    TAGS,
    addresses,
    applied,
    assert_harmless,
    blocked,
    create,
    entry,
    failed,
    links,
    planned,
    public,
    scattered,
    tables,
    whole,
)

from heygen_localize.core.errors import Diagnostic, Where
from heygen_localize.core.lock import Lock, PulledFile
from heygen_localize.core.model import Job, JobStatus, LockUrls, OutputUrls
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.rates import Rates
from heygen_localize.heygen.errors import AccountRefused
from heygen_localize.planning.besides import Duplicate
from heygen_localize.planning.estimate import Estimate
from heygen_localize.planning.plan import Action, JobAction
from heygen_localize.planning.proofread import Stage
from heygen_localize.planning.proofread_status import ProofreadStatusRow
from heygen_localize.planning.prune import (
    PrunableJob,
    PrunableSession,
    Pruned,
    PruneKind,
    PrunePlan,
    SessionPrunes,
    Undeleted,
)
from heygen_localize.planning.pull import PullReport, PullRow, PullState
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.refresh import Drift, DriftKind, Refreshed
from heygen_localize.planning.status import StatusRow, TargetStatus
from heygen_localize.report.apply import run_markdown
from heygen_localize.report.plan import plan_markdown
from heygen_localize.report.proofread import review_status_markdown
from heygen_localize.report.prune import pruned_markdown
from heygen_localize.report.pull import pull_markdown
from heygen_localize.report.refresh import refresh_markdown
from heygen_localize.report.status import status_markdown, status_text

KINDS = tuple(ActionKind)
LONG = "an unlucky sequence of words @nobody, " * 53


def quiet(address: str, reason: Reason = Reason.UP_TO_DATE) -> Action:
    return make_action(ActionKind.NONE, reason, address)


def retitled(kind: ActionKind, title: str) -> dict[str, str]:
    """Give a title to the kinds of which a job goes on."""
    return {"retitle": title} if isinstance(make_action(kind), JobAction) else {}


# Plans


@pytest.mark.parametrize(
    ("expected", "kinds", "headline"),
    [
        (NOTHING, (ActionKind.NONE,), "A merge orders nothing."),
        (NOTHING, (ActionKind.DRIFT, ActionKind.REVIEW), "A merge orders nothing."),
        (
            NOTHING,
            (ActionKind.ADOPT, ActionKind.WAIT),
            "A merge brings 2 targets up to date without cost.",
        ),
        (
            Estimate(2, 288, 14.25, Rates()),
            (ActionKind.CREATE, ActionKind.CREATE),
            "A merge orders 2 jobs: about 4.8 minutes of video, 14.25 USD.",
        ),
        (
            Estimate(2, 60, 3, Rates(), ("b/ja",)),
            (ActionKind.CREATE, ActionKind.REPLACE, ActionKind.RETITLE),
            "A merge orders 2 jobs: about 1.0 minutes of video, 3.00 USD, "
            "not counting 1 of unknown length, and brings 1 target up to date without cost.",
        ),
        (
            Estimate(0, 0, 0.5, Rates(), sessions=1),
            (ActionKind.PROPOSE,),
            "A merge orders 1 proofread session: 0.50 USD.",
        ),
    ],
)
def test_the_headline_says_what_a_merge_does(
    expected: Estimate, kinds: tuple[ActionKind, ...], headline: str
) -> None:
    actions = [
        make_action(kind, Reason.NEW, f"a/{tag}") for tag, kind in zip(TAGS, kinds, strict=False)
    ]
    shown = plan_markdown(planned(actions, estimate=expected))
    assert shown.startswith(f"### Localization plan for `test`\n\n**{headline}**\n\n")


def test_a_refused_plan_says_that_nothing_is_ordered() -> None:
    refusals = (Diagnostic("x", "too many", hint="fewer"), Diagnostic("y", "too dear"))
    parts = {"estimate": Estimate(1, 60, 3, Rates()), "refusals": refusals}
    shown = plan_markdown(planned([create("a/ja")], **parts))
    assert shown.partition("\n\n|")[0] == (
        "### Localization plan for `test`\n\n"
        "**A merge orders nothing: the plan is refused. "
        "It would order 1 job: about 1.0 minutes of video, 3.00 USD.**\n\n"
        "> **Refused:** too many — fewer\n\n> **Refused:** too dear"
    )
    free = plan_markdown(planned([quiet("a/ja")], refusals=refusals))
    assert "the plan is refused. It would cost nothing.**" in free


def test_costly_actions_come_first_and_failures_by_their_cause() -> None:
    gone = make_action(ActionKind.GONE, Reason.JOB_GONE, "c/ja")
    actions = [
        make_action(ActionKind.ADOPT, Reason.NOT_IN_LOCK, "a/ja"),
        blocked("b/de", "a web page", "link to the file"),
        blocked("b/ja", "a web page", "link to the file"),
        gone,
        create("z/ja"),
    ]
    shown = plan_markdown(planned(actions))
    _, failures, changes, free = tables(shown)
    assert failures == [
        ["failure", "targets", "what to do"],
        ["a web page", "b/de, b/ja", "link to the file"],
        [
            "the job was deleted at HeyGen",
            "c/ja",
            "localize apply --recreate orders it again (this costs)",
        ],
    ]
    assert [row[1:4] for row in changes[1:]] == [["z/ja", "", "create"]]
    assert [row[1:4] for row in free[1:]] == [["a/ja", "", "adopt"]]


def test_what_else_a_reader_of_a_plan_should_know() -> None:
    known = entry("a/ja", outputs=OutputUrls(video_url="https://e.example/a", expires_at=100))
    shown = plan_markdown(
        planned(
            [quiet("a/ja")],
            lock=Lock("test", {"a/ja": known}, merged=True),
            made_at=50.0,
            offline=True,
            warnings=(Diagnostic("odd", "it is odd", Where("localize.yaml", 3, 4), "fix it"),),
            duplicates=(Duplicate("a/ja", "tr_1", ("tr_2", "tr_3")),),
            foreign=2,
        )
    )
    for line in (
        "From the lockfile alone: the account was not asked.",
        "The lockfile holds a merge conflict: both sides are read, and checked with HeyGen.",
        "Links of 1 target in the lockfile end within a day, or have ended: "
        "`localize refresh` renews them.",
        "- Paid for more than once: `a/ja` counts on `tr_1`; not needed: `tr_2`, `tr_3`",
        "- **Note:** localize.yaml:3:4: it is odd — fix it",
        "2 other jobs in this account, left alone.",
        "Cost: nothing",
    ):
        assert f"\n{line}\n" in shown
    assert "\n\n\n" not in shown


def test_thousands_of_orders_share_a_row() -> None:
    shown = plan_markdown(planned(map(create, addresses(200))))
    assert len(shown) < MOST
    assert whole(shown)
    matrix, changes = tables(shown)
    assert matrix == [["video", "state"], ["video-0000 and 199 more videos", "+ 20"]]
    assert len(changes) == 2
    assert changes[1][1].startswith("video-0000, ")
    assert changes[1][1].endswith(", … and 180 more")
    assert changes[1][2:4] == ["20 languages", "create"]
    assert "`+` 4000 to create" in shown


def test_the_largest_plan_stays_within_a_comment() -> None:
    """Four thousand targets in every state, each with a reason of its own."""
    names = addresses(200)
    job = Job("tr_1", JobStatus.FAILED, failure_message=LONG)
    actions = [
        make_action(
            KINDS[kind],
            Reason.JOB_FAILED if KINDS[kind].value != "blocked" else Reason.ATTEMPTS_USED_UP,
            name,
            job=job if index < 200 else None,
            failures=index,
            **retitled(KINDS[kind], f"{index}"),
        )
        for (index, name), kind in zip(enumerate(names), scattered(len(KINDS)), strict=False)
    ]
    problems = tuple(Diagnostic("x", f"{index} {LONG}", hint=LONG) for index in range(100))
    shown = plan_markdown(
        planned(
            actions,
            refusals=problems,
            warnings=problems,
            duplicates=tuple(Duplicate(name, name, (name,) * 9) for name in names[:500]),
        )
    )
    assert len(shown) < MOST
    assert whole(shown)
    for noun in ("video", "cause", "reason", "target", "refusal", "note"):
        assert f" more {noun}s\n" in shown


# Runs


def test_a_run_shows_how_everything_stands_and_what_to_open() -> None:
    entries = {
        "a/de": entry("a/de"),
        "a/fr": public(entry("a/fr"), "https://www.acme.example/fr.mp4"),
        "a/it": entry("a/it", JobStatus.FAILED),
        "a/ja": entry("a/ja", outputs=OutputUrls(audio_url="https://e.example/x_(1);y&z=~'[é")),
        "a/ko": entry("a/ko", fingerprint="0" * 64),
        "a/ru": entry("a/ru", outputs=OutputUrls(audio_url="https://e.example/x_1)(;y&lt;=~'[2]")),
    }
    run = applied(
        entries,
        [failed("a/it", "no sound")],
        actions=[create("a/ru")],
        unfinished=("a/xx",),
        timed_out=True,
    )
    shown = run_markdown(run)
    assert shown.startswith(
        "### Localization of `test`\n\n"
        "**Nothing ordered: 4 of 6 targets rendered, 1 failed, 1 not finished.**\n\n"
        "Time is up. Jobs go on at HeyGen; "
    )
    failures, matrix = tables(shown)
    assert failures[1] == ["no sound", "a/it", "fix it"]
    assert matrix[1] == ["a", "✓", "✓", "!", "✓", "~", "✓"]
    assert [url.partition("?")[0] for url in links(shown)] == [
        "https://e.example/x_1)(;y&lt;=~'%5B2%5D",  # of this run, so first; the parser quotes
        "https://files.example.com/a/de.mp4",
        "https://www.acme.example/fr.mp4",
        "https://files.example.com/a/ko.mp4",
    ]
    assert links(shown)[1] == entries["a/de"].job.outputs.video_url
    assert "\n- `a/ru`: [sound](" in shown
    assert "Signed links open a file to whoever has them" in shown
    assert " (of an earlier version)\n" in shown.partition("`a/ko`: ")[2]
    assert shown.count("(of an earlier version)") == 1


def test_signed_links_stay_out_where_the_lockfile_may_not_have_them() -> None:
    entries = {
        "a/de": entry("a/de"),
        "a/fr": public(entry("a/fr"), "https://www.acme.example/fr.mp4"),
    }
    shown = run_markdown(applied(entries, urls=LockUrls.NONE))
    assert links(shown) == ["https://www.acme.example/fr.mp4"]
    assert "Signature" not in shown
    assert "Signed" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.com/a.mp4",
        "http://192.168.0.1/a.mp4",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://e.example/x",
        "//e.example/x",
        "https://",
        "https://user:secret@e.example/",
        "https://e.example/a b",
        "https://e.example/a|b",
        "https://e.example/<img>",
        "https://e.example/`",
        'https://e.example/"onload="',
        "https://e.example/\\)",
        "https://e.example/\n",
        "https://e.example:99999/",
        "https://[/",
        "https://e.example/" + "a" * 4000,
    ],
)
def test_only_addresses_that_are_safe_to_follow_become_links(url: str) -> None:
    entries = {"a/de": entry("a/de", outputs=OutputUrls(video_url=url))}
    shown = run_markdown(applied(entries))
    assert links(shown) == []
    assert "e.example" not in shown


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost", "[::1]:8080"])
def test_the_sandbox_may_be_linked_to(host: str) -> None:
    entries = {"a/de": entry("a/de", outputs=OutputUrls(video_url=f"http://{host}/a.mp4"))}
    assert len(links(run_markdown(applied(entries)))) == 1


def pulled(files: int, problem: Diagnostic | None = None) -> PullReport:
    state = PullState.FAILED if problem else PullState.PULLED
    return PullReport(
        tuple(
            PullRow(name, "video", f"{name}.mp4", state, PulledFile("0", 1000), problem)
            for name in addresses(files, ["ja"])
        )
    )


def test_pulled_files_are_listed_or_merely_counted() -> None:
    few = run_markdown(applied({"a/ja": entry("a/ja")}, pulled=pulled(2)))
    assert "| video-0001/ja.mp4 |" in few
    many = run_markdown(applied({}, pulled=pulled(2000, Diagnostic("x", "no room", hint="buy"))))
    assert "2000 failed" in many
    assert "video-0500" not in many
    assert tables(many)[-1][1][::2] == ["no room", "buy"]


def test_the_largest_run_stays_within_a_comment() -> None:
    names = addresses(200)
    states = tuple(JobStatus)
    entries = {
        name: entry(name, states[state]) for name, state in zip(names, scattered(4), strict=False)
    }
    run = applied(
        entries,
        [failed(name, f"{index} {LONG}", LONG) for index, name in enumerate(names[:500])],
        actions=map(create, names),
        in_review=tuple(f"text-{index}/{'x' * 90}.srt" for index in range(1000)),
        stopped=AccountRefused(LONG, status=402),
        pulled=pulled(1000, Diagnostic("x", LONG, hint=LONG)),
    )
    shown = run_markdown(run)
    assert len(shown) < MOST
    assert whole(shown)
    assert "500 failed" in shown
    for noun in ("video", "cause", "file"):
        assert f" more {noun}s\n" in shown
    assert shown.count("Signature") > 20


# Status


def test_the_largest_status_stays_within_a_comment() -> None:
    states = tuple(TargetStatus)
    rows = [
        StatusRow(
            name,
            "Language",
            states[state],
            "tr_1",
            f"{index} {LONG}" if index < 500 else f"no sound {index}",
        )
        for (index, name), state in zip(enumerate(addresses(200)), scattered(8), strict=False)
    ]
    shown = status_markdown(rows)
    assert len(shown) < MOST
    assert whole(shown)
    assert_harmless(shown)
    for noun in ("video", "note", "target"):
        assert f" more {noun}s\n" in shown
    assert f"{sum(row.standing is TargetStatus.FAILED for row in rows)} failed" in shown


def others(names: list[str]) -> dict[str, tuple[Callable[[], str], str]]:
    """Give the other reports of all these addresses, and the noun of what has no room."""
    unlucky = Diagnostic("x", LONG + HOSTILE, Where("a.srt", 3), LONG)
    rows = tuple(
        PullRow(name, "video", f"out/{name}.mp4", PullState.FAILED, None, unlucky) for name in names
    )
    drifts = tuple(Drift(name, "tr_1", DriftKind.TITLE, LONG, HOSTILE) for name in names)
    reviews = [
        ProofreadStatusRow(name, f"{name}.srt", Stage.MISTAKEN, (unlucky,)) for name in names
    ]
    jobs = tuple(
        PrunableJob(f"tr_{name}", PruneKind.ORPHAN, name, JobStatus.COMPLETED) for name in names
    )
    refused = tuple(Undeleted(job.id, job.address, unlucky) for job in jobs)
    sessions = tuple(
        PrunableSession(f"pr_{name}", PruneKind.ORPHAN, name, SessionStatus.COMPLETED)
        for name in names
    )
    unwilling = tuple(Undeleted(item.id, item.address, unlucky) for item in sessions)
    return {
        "pull": (lambda: pull_markdown(PullReport(rows)), "more files"),
        "refresh": (
            lambda: refresh_markdown(Refreshed(Lock("test"), 9, 9, drifts)),
            "more drifts",
        ),
        "review": (lambda: review_status_markdown(reviews), "more findings"),
        "prune": (
            lambda: pruned_markdown(Pruned(PrunePlan("test", jobs), 0, refused=refused)),
            "more jobs",
        ),
        "sessions": (
            lambda: pruned_markdown(
                Pruned(
                    PrunePlan("test", sessions=SessionPrunes(sessions, unseen=LONG)),
                    0,
                    refused_sessions=unwilling,
                )
            ),
            "more items",
        ),
    }


@pytest.mark.parametrize("kind", ["pull", "refresh", "review", "prune", "sessions"])
def test_the_other_reports_stay_within_a_comment_too(kind: str) -> None:
    show, noun = others(addresses(20))[kind]
    text = show()
    assert len(text) <= MOST
    assert_harmless(text if kind != "pull" else f"# Pull\n\n{text}")
    assert noun in text
    assert "<details>" in text
    show, _ = others(addresses(2, TAGS[:1]))[kind]
    few = show()
    assert "<details>" not in few
    assert " more " not in few


def test_a_status_of_nothing_in_markdown() -> None:
    assert status_markdown([]) == "### Localization status\n\n**no targets**\n"


ROWS = [
    StatusRow("a/de", "German", TargetStatus.COMPLETED, "tr_1"),
    StatusRow("a/ja", "Japanese", TargetStatus.FAILED, "tr_2", "no sound"),
    StatusRow("b/ja", "Japanese", TargetStatus.MISSING),
]


def test_a_status_on_a_terminal_is_a_matrix_with_notes_below() -> None:
    assert status_text(ROWS, width=40) == (
        "   de         ja\n"
        "a  completed  failed\n"
        "b             missing\n"
        "\n"
        "no sound\n"
        "    a/ja\n"
        "localize apply orders it if needed\n"
        "    b/ja\n"
        "\n"
        "1 completed, 1 failed, 1 missing (not ordered yet)\n"
    )
    assert "\n\n1 completed\n" in status_text(ROWS[:1], width=40)
    waits = StatusRow("c/ja", "Japanese", TargetStatus.COMPLETED, stale=True, in_review=True)
    assert status_text([waits], width=40) == (
        "   ja\nc  in review\n\n"
        "its subtitles are reviewed first: localize proofread status\n    c/ja\n\n"
        "1 in_review (subtitles first)\n"
    )
    many = [StatusRow(name, "Japanese", TargetStatus.MISSING) for name in addresses(20, ["ja"])]
    assert "video-0007/ja, … and 12 more\n" in status_text(many, width=40)


def test_a_status_that_does_not_fit_is_a_list_as_in_a_pipe() -> None:
    assert status_text(ROWS, width=4) == status_text(ROWS)
    assert status_text([], width=80) == "no targets\n"


# Texts from elsewhere


def test_hostile_texts_stay_texts_everywhere() -> None:
    tag = f"ja {HOSTILE}"
    name = f"a{HOSTILE.replace('/', ' ')}/{tag}"
    problem = Diagnostic("x", HOSTILE, Where(HOSTILE, 1, 1), HOSTILE)
    known = entry(name, translation_id=HOSTILE, public_url=f"https://e.example/{HOSTILE}")
    actions = [
        blocked(name, HOSTILE, HOSTILE),
        *(
            make_action(kind, Reason.NEW, f"{name}{kind}", **retitled(kind, HOSTILE))
            for kind in KINDS
        ),
    ]
    plan = plan_markdown(
        planned(
            actions,
            refusals=(problem,),
            warnings=(problem,),
            duplicates=(Duplicate(name, HOSTILE, (HOSTILE, HOSTILE)),),
        )
    )
    row = StatusRow(name, HOSTILE, TargetStatus.FAILED, HOSTILE, HOSTILE)
    run = run_markdown(
        applied(
            {name: known},
            [failed(name, HOSTILE, HOSTILE)],
            in_review=(HOSTILE,),
            stopped=AccountRefused(HOSTILE, status=402),
            pulled=PullReport(
                (PullRow("a/ja", "video", HOSTILE, PullState.FAILED, None, problem),)
            ),
        )
    )
    for shown in (plan, run, status_markdown([row])):
        assert_harmless(shown)
        assert links(shown) in ([], [known.job.outputs.video_url])


@pytest.mark.parametrize("name", ["a`b/ja", "a|b/ja", "@team/ja", "a\nb/ja", "a" * 201 + "/ja"])
def test_a_name_is_code_only_where_that_is_safe(name: str) -> None:
    row = StatusRow(name, "Japanese", TargetStatus.MISSING)
    shown = status_markdown([row])
    assert_harmless(shown)
    assert f"`{name}`" not in shown
