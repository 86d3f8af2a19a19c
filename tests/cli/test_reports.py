"""What the reports say: plans, runs and standings, for people, pull requests and machines."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from core_builders import make_action
from markdown_it import MarkdownIt
from workspaces import Workspace

from heygen_localize.core.errors import NOWHERE, Diagnostic, ExitCode, Where
from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.model import Job, JobStatus, Listing, Manifest
from heygen_localize.core.rates import Rates
from heygen_localize.core.text import pluralize
from heygen_localize.heygen.errors import AccountRefused
from heygen_localize.planning.estimate import Estimate
from heygen_localize.planning.plan import Action, Plan
from heygen_localize.planning.reasons import ActionKind, Reason, SessionStep
from heygen_localize.planning.results import Applied, Failure, Planned, RunResult
from heygen_localize.planning.status import StatusRow, TargetStatus
from heygen_localize.report.apply import run_json, run_markdown, run_text
from heygen_localize.report.markdown import markdown_cell
from heygen_localize.report.money import cost_line
from heygen_localize.report.plan import plan_markdown
from heygen_localize.report.plan_text import plan_text
from heygen_localize.report.problems import github_annotations
from heygen_localize.report.sentences import sentence, summary_line
from heygen_localize.report.status import status_markdown, status_text
from heygen_localize.sandbox import Sandbox

ESCAPE = "\x1b"
HOSTILE = (
    "# no | row\n| `x` | [free](https://evil.example) <img src=x onerror=alert(1)> "
    "**bold** @everyone #1 www.evil.example https://evil.example &lt;b&gt; \\| end"
)


@pytest.fixture(autouse=True)
def no_log_of_another_test() -> Iterator[None]:
    """Take away the handler that -v leaves, which writes to this test's standard error."""
    yield
    logging.getLogger("heygen_localize").handlers = []


def planned(*actions: Action, **parts: Any) -> Planned:
    """Put a plan of these actions together."""
    expected = parts.pop("estimate", Estimate(0, 0, 0, Rates()))
    refusals = parts.pop("refusals", ())
    return Planned(
        Manifest(Path("localize.yaml"), "test", ()),
        Lock("test"),
        Listing(),
        0.0,
        Plan("test", actions, **parts),
        expected,
        refusals,
    )


def action(kind: ActionKind, reason: Reason, address: str = "intro/ja", **parts: Any) -> Action:
    return make_action(kind, reason, address, **parts)


def job(status: JobStatus = JobStatus.COMPLETED, **parts: Any) -> Job:
    return Job("tr_1", status, **parts)


def without_job(address: str) -> str:
    """Give a report's text with the ids taken out, which differ from run to run."""
    return re.sub(r"tr_[a-z0-9-]+", "tr_…", address)


# Plans


@pytest.fixture
def partly_applied(start_sandbox: Callable[..., Sandbox], workspace: Workspace) -> Sandbox:
    """Nine targets: two rendered, one rendered and lost from the lockfile, six not ordered."""
    sandbox = start_sandbox(max_jobs=None)
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", "gamma")
    assert workspace.run("apply", "--yes", "--target", "alpha/*").code == 0
    text = workspace.lockfile.read_text()
    head, _, rest = text.partition('    "alpha/ja"')
    workspace.lockfile.write_text(head.rstrip().rstrip(",") + rest[rest.index("\n  }") :])
    return sandbox


def test_a_plan_for_people(partly_applied: Sandbox, workspace: Workspace) -> None:
    ran = workspace.run("plan")
    assert ran.code == 0
    assert ran.err == ""
    assert ran.out == (
        "  ✓ alpha     es-MX, fr-FR  unchanged                  rendered, nothing to do\n"
        "  = alpha/ja                adopt                      "
        "the account has it already, the lockfile does not\n"
        "  + beta      3 languages   create     length unknown\n"
        "  + gamma     3 languages   create     length unknown\n"
        "\n"
        "Plan: 6 to create, 1 to adopt, 0 to replace, 2 unchanged\n"
        "Cost: 6 jobs of unknown length\n"
        "Balance: 999.40 USD\n"
    )


def test_a_plan_lists_every_target_where_that_is_asked_for(
    partly_applied: Sandbox, workspace: Workspace
) -> None:
    ran = workspace.run("plan", "--verbose")
    assert ran.out.startswith(
        "  ✓ alpha/es-MX  unchanged                  rendered, nothing to do\n"
        "  ✓ alpha/fr-FR  unchanged                  rendered, nothing to do\n"
        "  = alpha/ja     adopt                      "
        "the account has it already, the lockfile does not\n"
        "  + beta/es-MX   create     length unknown\n"
    )


def test_a_plan_for_machines(partly_applied: Sandbox, workspace: Workspace) -> None:
    ids = {note.language: note.id for note in partly_applied.jobs()}
    text = workspace.manifest.read_text()
    workspace.write(text.replace("gamma.mp4'", "gamma.mp4', duration: 60, mode: precision"))
    ran = workspace.run("plan", "--format", "json")
    assert ran.code == 0
    assert ran.err == ""

    names = {"es-MX": "Spanish (Mexico)", "fr-FR": "French (France)", "ja": "Japanese"}

    def row(
        address: str,
        kind: str,
        reason: str,
        costs: bool,
        job: str | None,
        seconds: float | None = 0.0,
        cost: float | None = 0.0,
    ) -> dict[str, Any]:
        video, _, tag = address.partition("/")
        return {
            "address": address,
            "video": video,
            "language": names[tag],
            "cost_usd": cost,
            "seconds": seconds,
            "action": kind,
            "reason": reason,
            "costs": costs,
            "translation_id": job,
        }

    assert ran.json() == {
        "format_version": 1,
        "project": "test",
        "actions": [
            row("alpha/es-MX", "none", "up_to_date", False, ids["Spanish (Mexico)"]),
            row("alpha/fr-FR", "none", "up_to_date", False, ids["French (France)"]),
            row("alpha/ja", "adopt", "not_in_lock", False, ids["Japanese"]),
            row("beta/es-MX", "create", "new", True, None, None, None),
            row("beta/fr-FR", "create", "new", True, None, None, None),
            row("beta/ja", "create", "new", True, None, None, None),
            row("gamma/es-MX", "create", "new", True, None, 60.0, 4.002),
            row("gamma/fr-FR", "create", "new", True, None, 60.0, 4.002),
            row("gamma/ja", "create", "new", True, None, 60.0, 4.002),
        ],
        "summary": {"create": 6, "adopt": 1, "none": 2},
        "estimate": {
            "jobs": 6,
            "lipsyncs": 0,
            "proofreads": 0,
            "seconds": 180.0,
            "cost_usd": 12.006,
            "after_approval_usd": 0.0,
            "unknown_durations": ["beta/es-MX", "beta/fr-FR", "beta/ja"],
            "rates_usd_per_second": {
                "speed": 0.0333,
                "precision": 0.0667,
                "proofread": 0.0083,
                "speed_audio_only": 0.0167,
                "precision_audio_only": 0.0667,
                "lipsync_speed": 0.0333,
                "lipsync_precision": 0.0667,
            },
            "rates_from": "HeyGen's pay-as-you-go prices, read on 2026-11-27",
        },
        "balance": {
            "billing": "wallet",
            "remaining": 999.4006,
            "currency": "usd",
            "reloads": False,
            "after_usd": 987.3946,
        },
        "duplicates": [],
        "foreign_jobs": 0,
        "expiring": [],
    }


def test_a_plan_for_a_pull_request(partly_applied: Sandbox, workspace: Workspace) -> None:
    ran = workspace.run("plan", "--format", "markdown")
    assert ran.code == 0
    assert ran.out == (
        "### Localization plan for `test`\n"
        "\n"
        "**A merge orders 6 jobs of unknown length, "
        "and brings 1 target up to date without cost.**\n"
        "\n"
        "| video | `es-MX` | `fr-FR` | `ja` |\n"
        "|---|---|---|---|\n"
        "| `alpha` | ✓ | ✓ | = |\n"
        "| `beta` | + | + | + |\n"
        "| `gamma` | + | + | + |\n"
        "\n"
        "`+` 6 to create · `=` 1 to adopt · `✓` 2 unchanged\n"
        "\n"
        "|  | target | languages | action | cost | why |\n"
        "|---|---|---|---|---|---|\n"
        "| `+` | `beta` | 3 languages | create | length unknown |  |\n"
        "| `+` | `gamma` | 3 languages | create | length unknown |  |\n"
        "\n"
        "<details><summary>1 target brought up to date without cost</summary>\n"
        "\n"
        "|  | target | languages | action | why |\n"
        "|---|---|---|---|---|\n"
        "| `=` | `alpha/ja` |  | adopt | the account has it already, the lockfile does not |\n"
        "\n"
        "</details>\n"
        "\n"
        "<details><summary>2 targets left as they are</summary>\n"
        "\n"
        "- `alpha/es-MX`, `alpha/fr-FR`: rendered, nothing to do\n"
        "\n"
        "</details>\n"
        "\n"
        "Plan: 6 to create, 1 to adopt, 0 to replace, 2 unchanged\n"
        "\n"
        "Cost: 6 jobs of unknown length\n"
        "\n"
        "Balance: 999.40 USD\n"
    )


SIGNS = [
    (ActionKind.CREATE, "+", "1 to create"),
    (ActionKind.ADOPT, "=", "1 to adopt"),
    (ActionKind.REPLACE, "~", "1 to replace"),
    (ActionKind.RETRY, "↻", "1 to order again"),
    (ActionKind.RECREATE, "↻", "1 to order again"),
    (ActionKind.RETITLE, "±", "1 to update"),
    (ActionKind.RECORD, "±", "1 to update"),
    (ActionKind.WAIT, "…", "1 rendering"),
    (ActionKind.BLOCKED, "!", "1 blocked"),
    (ActionKind.GONE, "×", "1 gone"),
    (ActionKind.SKIP, "/", "1 skipped"),
    (ActionKind.ORPHAN, "-", "1 not in the manifest"),
    (ActionKind.DRIFT, "≠", "1 changed behind the URL"),
    (ActionKind.PROPOSE, "¶", "1 to propose subtitles for"),
    (ActionKind.FETCH, "§", "1 in proofreading"),
    (ActionKind.REVIEW, "?", "1 awaiting review"),
    (ActionKind.HELD, "‖", "1 held over"),
    (ActionKind.NONE, "✓", "1 unchanged"),
]


@pytest.mark.parametrize(("kind", "sign", "count"), SIGNS, ids=lambda value: str(value))
def test_each_action_has_a_sign_and_a_count(kind: ActionKind, sign: str, count: str) -> None:
    text = plan_text(planned(action(kind, Reason.NEW)))
    word = "unchanged" if kind is ActionKind.NONE else kind.value
    why = {ActionKind.ORPHAN: "  kept; nothing is deleted", ActionKind.CREATE: ""}
    assert text.startswith(f"  {sign} intro/ja  {word}{why.get(kind, '  new')}\n")
    assert count in text


def test_every_action_is_in_the_table() -> None:
    assert {kind for kind, _, _ in SIGNS} == set(ActionKind)


def test_the_summary_always_counts_the_usual_four() -> None:
    assert summary_line({}) == "Plan: 0 to create, 0 to adopt, 0 to replace, 0 unchanged"
    assert summary_line({"gone": 2, "none": 1}) == (
        "Plan: 0 to create, 0 to adopt, 0 to replace, 2 gone, 1 unchanged"
    )


LOCKED = LockedJob("0" * 64, "tr_0", JobStatus.COMPLETED)
FAILED = job(JobStatus.FAILED, failure_message="no sound")

SENTENCES = [
    (action(ActionKind.NONE, Reason.UP_TO_DATE), "rendered, nothing to do"),
    (action(ActionKind.WAIT, Reason.RENDERING), "renders already"),
    (
        action(ActionKind.WAIT, Reason.STUCK),
        "renders for longer than limits.stuck_after: ask HeyGen's support",
    ),
    (action(ActionKind.RECORD, Reason.STATE_CHANGED), "ended since the lockfile was written"),
    (action(ActionKind.RECORD, Reason.OUTPUTS_CHANGED), "its files lie elsewhere now"),
    (
        action(ActionKind.RETITLE, Reason.TITLE_CHANGED, retitle="Hello"),
        "title: Hello",
    ),
    (
        action(ActionKind.ADOPT, Reason.NOT_IN_LOCK, retitle="Hello"),
        "the account has it already, the lockfile does not; gets the title “Hello”",
    ),
    (action(ActionKind.ADOPT, Reason.RENAMED, moved_from="old/ja"), "was old/ja"),
    (
        action(ActionKind.ADOPT, Reason.OTHER_JOB),
        "another job renders the same, and goes first",
    ),
    (
        action(ActionKind.ADOPT, Reason.SPEC_RENDERED_BEFORE),
        "was rendered like this before; the account still has it",
    ),
    (
        action(ActionKind.ADOPT, Reason.SHARES_JOB, shares="alpha/ja"),
        "is the same content as alpha/ja, and takes its job",
    ),
    (action(ActionKind.CREATE, Reason.NEW), "new"),
    (action(ActionKind.REPLACE, Reason.REPLACE_ASKED), "ordered anew, as --replace asks"),
    (action(ActionKind.REPLACE, Reason.SPEC_CHANGED), "the options changed"),
    (
        action(ActionKind.REPLACE, Reason.SPEC_CHANGED, entry=LockEntry("Japanese", LOCKED)),
        "the options changed; the old one stays up until it is done",
    ),
    (
        action(ActionKind.CREATE, Reason.LOCK_MISPAIRED),
        "the lockfile's job is another content's",
    ),
    (
        action(ActionKind.RETRY, Reason.JOB_FAILED, job=FAILED, failures=1),
        "failed once: no sound",
    ),
    (
        action(ActionKind.RETRY, Reason.JOB_FAILED, job=job(JobStatus.FAILED), failures=2),
        "failed 2 times: no reason given",
    ),
    (
        action(ActionKind.BLOCKED, Reason.ATTEMPTS_USED_UP, job=FAILED, failures=3),
        "failed 3 times: no sound; change it, or --retry-failed",
    ),
    (
        action(ActionKind.GONE, Reason.JOB_GONE),
        "its job was deleted at HeyGen; --recreate orders it again",
    ),
    (action(ActionKind.RECREATE, Reason.JOB_GONE), "its job was deleted at HeyGen"),
    (action(ActionKind.ORPHAN, Reason.NOT_IN_MANIFEST), "kept; nothing is deleted"),
    (action(ActionKind.RECORD, Reason.PUBLIC_URL_CHANGED), "has another public_url now"),
    (
        action(
            ActionKind.BLOCKED, Reason.SOURCE_REFUSED, problem=Diagnostic("x", "a page", hint="a")
        ),
        "a page; a",
    ),
    (
        action(ActionKind.PROPOSE, Reason.NEW_SUBTITLES),
        "its subtitles are made first, for you to review",
    ),
    (
        action(ActionKind.PROPOSE, Reason.SESSION_LOST),
        "its proofread session is gone, and its subtitles with it",
    ),
    (action(ActionKind.FETCH, Reason.PROOFREADING), "its subtitles are being made"),
    (
        action(ActionKind.FETCH, Reason.SESSION_FOUND),
        "the account has its proofread session already, the lockfile does not",
    ),
    (action(ActionKind.FETCH, Reason.TEXT_READY), "its subtitles are ready to be fetched"),
    (action(ActionKind.REVIEW, Reason.AWAITING_REVIEW), "awaits review:"),
    (
        action(
            ActionKind.HELD, Reason.OVER_BUDGET, problem=Diagnostic("x", "no money", hint="wait")
        ),
        "no money; wait",
    ),
    *(
        (
            action(ActionKind.HELD, reason, problem=Diagnostic("x", "told", hint="look")),
            "told; look",
        )
        for reason in (Reason.AWAITING_CANARY, Reason.NOT_BEFORE)
    ),
    *(
        (
            action(ActionKind.BLOCKED, reason, problem=Diagnostic("x", "told", hint="fix")),
            "told; fix",
        )
        for reason in (
            Reason.SESSION_FAILED,
            Reason.SESSION_UNUSABLE,
            Reason.SESSION_UNRENDERED,
            Reason.TEXT_LOST,
            Reason.TEXT_MISTAKEN,
            Reason.NEEDS_RE_REVIEW,
            Reason.PIN_FAILED,
            Reason.PIN_UNKNOWN,
            Reason.JOB_DENIED,
            Reason.SESSION_DENIED,
            Reason.LIPSYNC_DENIED,
            Reason.ORDER_UNANSWERED,
        )
    ),
    (
        action(ActionKind.NONE, Reason.CHECK_FAILED),
        "its check failed: localize accept uses it, a new revision or --replace orders another",
    ),
    (action(ActionKind.ADOPT, Reason.PINNED), "the manifest pins this job"),
    (
        action(ActionKind.CREATE, Reason.NEW, session=SessionStep.CREATE),
        "new; rendered from the reviewed text, by a new session",
    ),
    (
        action(ActionKind.DRIFT, Reason.GLOSSARY_CHANGED),
        "its glossary was changed since; raise revision to render it again",
    ),
    (
        action(ActionKind.DRIFT, Reason.SOURCE_CHANGED),
        "the file behind the URL is another one now; raise revision to render it again",
    ),
]


@pytest.mark.parametrize(
    ("taken", "said"), SENTENCES, ids=lambda value: getattr(value, "reason", "")
)
def test_each_reason_is_a_sentence(taken: Action, said: str) -> None:
    assert sentence(taken) == said


def test_every_reason_is_in_the_table() -> None:
    told = {taken.reason for taken, _ in SENTENCES}
    assert told == set(Reason) - {Reason.SKIPPED}


def test_a_vendors_text_with_braces_is_quoted_as_it_is() -> None:
    braces = job(JobStatus.FAILED, failure_message="{failures} {0.__class__} failed 1 times")
    said = sentence(action(ActionKind.RETRY, Reason.JOB_FAILED, job=braces, failures=2))
    assert said == "failed 2 times: {failures} {0.__class__} failed 1 times"


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (Estimate(0, 0, 0, Rates()), "Cost: nothing"),
        (Estimate(1, 0, 0, Rates(), ("a/ja",)), "Cost: 1 job of unknown length"),
        (
            Estimate(2, 90, 4.5, Rates()),
            "Cost: 2 jobs, about 1.5 minutes of video, "
            "4.50 USD (at speed 0.0333, precision 0.0667, audio only 0.0167 USD a second: "
            "HeyGen's pay-as-you-go prices, read on 2026-11-27)",
        ),
        (
            Estimate(3, 60, 6, Rates(0.04, 0.2), ("a/ja",)),
            "Cost: 3 jobs, about 1.0 minutes of video, "
            "6.00 USD (at speed 0.04, precision 0.2 USD a second: the manifest's rates), "
            "not counting 1 job of unknown length",
        ),
    ],
)
def test_the_cost_line_names_rates_and_what_it_leaves_out(expected: Estimate, line: str) -> None:
    assert cost_line(expected) == line


def unchanged(number: int) -> list[Action]:
    addresses = (f"video-{index:02}/ja" for index in range(number))
    return [action(ActionKind.NONE, Reason.UP_TO_DATE, address) for address in addresses]


def test_twenty_unchanged_targets_are_listed_and_more_are_counted() -> None:
    few = plan_text(planned(*unchanged(20)))
    assert few.startswith("  ✓ video-00 and 19 more  ja  unchanged  rendered, nothing to do\n")
    assert "more target" not in few
    many = planned(*unchanged(21), action(ActionKind.CREATE, Reason.NEW, "a/ja"))
    text = plan_text(many)
    assert text.startswith("  + a/ja  create\n  ✓ 21 more targets unchanged (-v lists them)\n")
    assert "video-" not in text
    assert "<summary>21 targets left as they are</summary>" in plan_markdown(many)
    assert "`video-19/ja`, … and 1 more: rendered, nothing to do\n" in plan_markdown(many)
    assert len(many.document()["actions"]) == 22


def test_verbose_opens_the_list_of_unchanged_targets(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    workspace.use(start_sandbox(max_jobs=None, render_seconds=0))
    videos = [f"video-{index:02}" for index in range(7)]
    workspace.write_videos(*videos, extra="limits: {max_concurrent_jobs: 30}")
    assert workspace.run("apply", "--yes").code == 0
    ran = workspace.run("plan")
    assert "  ✓ 21 more targets unchanged (-v lists them)\n" in ran.out
    assert ran.out.endswith(
        "\nPlan: 0 to create, 0 to adopt, 0 to replace, 21 unchanged\nCost: nothing\n"
        "Nothing to do: the account and the lockfile are as the manifest wants them.\n"
    )
    opened = workspace.run("plan", "-v")
    assert opened.out.count("rendered, nothing to do") == 21
    assert "-v lists them" not in opened.out


def test_duplicates_and_jobs_of_others_are_shown(
    partly_applied: Sandbox, workspace: Workspace
) -> None:
    targets = workspace.run("validate", "--format", "json").json()["targets"]
    print_of = {target["address"]: target["fingerprint"] for target in targets}
    known = workspace.lock()["targets"]["alpha/es-MX"]["translation_id"]
    mark = f"lz1:test:{print_of['alpha/es-MX'][:32]}"
    double = partly_applied.add_foreign_job("Spanish (Mexico)", callback_id=mark)
    partly_applied.add_foreign_job("English")
    partly_applied.add_foreign_job("English", callback_id="somebody else's")
    text = workspace.run("plan").out
    assert (
        f"Paid for more than once: alpha/es-MX counts on {known}; not needed: {double}\n"
        "2 other jobs in this account, left alone.\nPlan: 6 to create" in text
    )
    report = workspace.run("plan", "--format", "json").json()
    assert report["duplicates"] == [
        {"address": "alpha/es-MX", "translation_id": known, "others": [double]}
    ]
    assert report["foreign_jobs"] == 2
    markdown = workspace.run("plan", "--format", "markdown").out
    assert f"- Paid for more than once: `alpha/es-MX` counts on `{known}`" in markdown
    assert f"`{double}`" in markdown


def test_a_refused_plan_is_shown_with_the_refusal(
    partly_applied: Sandbox, workspace: Workspace
) -> None:
    ran = workspace.run("plan", "--max-new", "5")
    assert ran.code == 3
    assert "Plan: 6 to create" in ran.out
    assert ran.err == (
        "error: the plan orders 6 jobs, limits.max_new is 5\n"
        "       narrow it with --target, or allow it: --max-new 6\n"
        "More: localize explain max_new_exceeded\n"
    )
    markdown = workspace.run("plan", "--max-new", "5", "--format", "markdown")
    assert "\n> **Refused:** the plan orders 6 jobs, limits.max" in markdown.out
    machine = workspace.run("plan", "--max-new", "5", "--format", "json")
    assert machine.code == 3
    assert [error["code"] for error in machine.json()["errors"]] == ["max_new_exceeded"]


def test_moves_shares_and_titles_are_told_to_machines() -> None:
    document = planned(
        action(ActionKind.ADOPT, Reason.RENAMED, moved_from="old/ja", retitle="Hello"),
        action(ActionKind.ADOPT, Reason.SHARES_JOB, "other/ja", shares="intro/ja"),
    ).document()
    assert document["actions"][0]["moved_from"] == "old/ja"
    assert document["actions"][0]["retitle"] == "Hello"
    assert "shares" not in document["actions"][0]
    assert document["actions"][1]["shares"] == "intro/ja"


# Markdown from others


def tokens(markdown: str) -> list[Any]:
    """Parse as GitHub does, tables and all; give the inline parts too."""
    parsed = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [part for token in parsed for part in (token, *(token.children or ()))]


def table(markdown: str) -> list[list[str]]:
    """Give the rows of all tables, each cell as the text that a reader sees."""
    rows: list[list[str]] = []
    inside = False
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "tr_open":
            rows.append([])
        inside = token.type != "table_close" and (inside or token.type == "table_open")
        if token.type == "inline" and inside:
            rows[-1].append("".join(part.content for part in token.children or ()))
    return rows


OUR_FOLDS = re.compile(r"^(<details><summary>[\w, ]+</summary>|</details>)$", re.MULTILINE)


def assert_harmless(markdown: str, *cells: int) -> None:
    """Look for anything that a text made besides itself; `cells` are those of the tables' rows."""
    markdown = OUR_FOLDS.sub("", markdown)
    kinds = {token.type for token in tokens(markdown)}
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "em_open", "fence"}
    assert [len(row) for row in table(markdown)] == list(cells)
    for beginning in ("https://", "www.", "@everyone", "#1"):
        assert beginning not in markdown


def test_hostile_texts_cannot_make_markup_links_or_rows() -> None:
    failing = action(
        ActionKind.RETRY,
        Reason.JOB_FAILED,
        job=job(JobStatus.FAILED, failure_message=HOSTILE),
        failures=1,
    )
    refused = Diagnostic("limit", HOSTILE)
    plan = plan_markdown(planned(failing, refusals=(refused,)))
    assert_harmless(plan, 2, 2, 5, 5)
    bold = [token for token in tokens(plan) if token.type == "strong_open"]
    assert len(bold) == 2  # the headline, and the word before the refusal

    row = StatusRow("intro/ja", HOSTILE, TargetStatus.FAILED, "tr_1", HOSTILE)
    assert_harmless(status_markdown([row]), 2, 2, 4, 4)

    failure = Failure("intro/ja", Diagnostic("job_failed", HOSTILE, NOWHERE, HOSTILE))
    stopped = AccountRefused(HOSTILE, status=402)
    text = run_markdown(Applied(planned(), RunResult(1, (failure,), (), False, stopped), Lock("t")))
    assert_harmless(text, 3, 3)


def test_what_a_reader_sees_of_a_hostile_text_is_the_text() -> None:
    (row,) = table(f"| a |\n|---|\n| {markdown_cell(HOSTILE)} |\n")[1:]
    seen = row[0].replace("\u200b", "")
    assert seen == " ".join(HOSTILE.split())


def test_markdown_through_the_command_line(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(render_seconds=60)
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    sandbox.fail_job(sandbox.jobs()[0].id, HOSTILE)
    assert_harmless(workspace.run("plan", "--format", "markdown").out, 2, 2, 6, 6)
    text = workspace.run("apply", "--yes", "--no-wait", "--format", "markdown").out
    assert text.startswith("### Localization of `test`\n")
    workspace.lockfile.unlink()
    sandbox.fail_job(sandbox.jobs()[1].id, HOSTILE)
    workspace.write(workspace.manifest.read_text() + "limits: {max_attempts: 1}\n")
    ran = workspace.run("apply", "--yes", "--format", "markdown")
    assert ran.code == 1
    assert_harmless(ran.out, 3, 3, 2, 2)


# Status


def test_status_in_its_three_forms(partly_applied: Sandbox, workspace: Workspace) -> None:
    ran = workspace.run("status", "--target", "alpha/*")
    assert ran.code == 0
    assert ran.err == ""
    assert without_job(ran.out) == (
        "alpha/es-MX  Spanish (Mexico)  completed  tr_…\n"
        "alpha/fr-FR  French (France)   completed  tr_…\n"
        "alpha/ja     Japanese          missing    localize apply orders it if needed\n"
        "\n"
        "2 completed, 1 missing (not ordered yet)\n"
    )
    rows = workspace.run("status", "--format", "json", "--target", "alpha/*").json()
    assert list(rows) == ["format_version", "targets"]
    assert rows["format_version"] == 1
    first, _, last = rows["targets"]
    entry = workspace.lock()["targets"]["alpha/es-MX"]
    assert first == {
        "address": "alpha/es-MX",
        "language": "Spanish (Mexico)",
        "status": "completed",
        "translation_id": entry["translation_id"],
        "failure_message": None,
        "outputs": {
            name: entry["outputs"].get(name)
            for name in (
                "video_url",
                "audio_url",
                "srt_caption_url",
                "vtt_caption_url",
                "expires_at",
            )
        }
        | {"public_url": None},
        "check": {
            "state": "unchecked",
            "errors": 0,
            "warnings": 0,
            "problem": None,
            "findings": [],
        },
    }
    assert first["outputs"]["video_url"].startswith("http://127.0.0.1:")
    assert last == {
        "address": "alpha/ja",
        "language": "Japanese",
        "status": "missing",
        "translation_id": None,
        "failure_message": None,
        "outputs": dict.fromkeys(first["outputs"]),
        "check": None,
    }
    markdown = workspace.run("status", "--format", "markdown", "--target", "alpha/*").out
    assert without_job(markdown) == (
        "### Localization status\n"
        "\n"
        "**2 completed, 1 missing (not ordered yet)**\n"
        "\n"
        "| video | `es-MX` | `fr-FR` | `ja` |\n"
        "|---|---|---|---|\n"
        "| `alpha` | ✓ | ✓ | + |\n"
        "\n"
        "`✓` 2 completed · `+` 1 missing\n"
        "\n"
        "- `alpha/ja`: localize apply orders it if needed\n"
        "\n"
        "<details><summary>3 targets</summary>\n"
        "\n"
        "| target | language | status | job |\n"
        "|---|---|---|---|\n"
        "| `alpha/es-MX` | Spanish (Mexico) | completed | `tr_…` |\n"
        "| `alpha/fr-FR` | French (France) | completed | `tr_…` |\n"
        "| `alpha/ja` | Japanese | missing |  |\n"
        "\n"
        "</details>\n"
    )


def test_status_tells_what_the_word_alone_does_not() -> None:
    rows = [
        StatusRow(
            "a/ja", "Japanese", TargetStatus.FAILED, "tr_1", "no sound", serving_earlier=True
        ),
        StatusRow("b/ja", "Japanese", TargetStatus.COMPLETED, "tr_2", stale=True),
        StatusRow("c/ja", "Japanese", TargetStatus.SKIPPED),
    ]
    assert status_text(rows) == (
        "a/ja  Japanese  failed     tr_1  no sound; the earlier one is used until it is done\n"
        "b/ja  Japanese  outdated   tr_2  out of date: the manifest changed (localize apply)\n"
        "c/ja  Japanese  skipped\n"
        "\n"
        "1 failed, 1 skipped, 1 outdated (the manifest changed)\n"
    )


def test_status_of_nothing() -> None:
    assert status_text([]) == "no targets\n"


# Runs


def test_an_apply_in_its_three_forms(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    workspace.use(start_sandbox())
    workspace.write_videos("alpha", languages=("fr-FR", "ja"))
    ran = workspace.run("apply", "--yes", "--target", "*/ja")
    assert ran.code == 0
    assert ran.out == "1 job ordered: 1 of 1 target rendered. Lockfile: localize.lock\n"
    diagnostics = without_job(ran.err)
    assert diagnostics.startswith("  + alpha/ja  create  length unknown\n\nPlan: 1 to create")
    assert "alpha/ja submitted (tr_…)\n" in diagnostics
    assert diagnostics.endswith("alpha/ja completed (tr_…)\n")

    machine = workspace.run("apply", "--yes", "--format", "json")
    assert machine.code == 0
    report = machine.json()
    plan = report.pop("plan")
    assert plan["summary"] == {"create": 1, "none": 1}
    assert report == {
        "format_version": 1,
        "project": "test",
        "ordered": 1,
        "proofreads_ordered": 0,
        "unfinished": [],
        "in_review": [],
        "timed_out": False,
        "stopped": None,
        "failures": [],
        "pulled": None,
        "exit_code": 0,
    }

    markdown = workspace.run("apply", "--yes", "--format", "markdown").out
    assert markdown.startswith(
        "### Localization of `test`\n"
        "\n"
        "**Nothing to do: 2 of 2 targets rendered.**\n"
        "\n"
        "| video | `fr-FR` | `ja` |\n"
        "|---|---|---|\n"
        "| `alpha` | ✓ | ✓ |\n"
        "\n"
        "`✓` 2 completed\n"
        "\n"
        "<details><summary>Outputs of 2 targets</summary>\n"
        "\n"
        "Signed links open a file to whoever has them, until they end.\n"
        "\n"
        "- `alpha/fr-FR`: [video](http://127.0.0.1:"
    )


def failure(address: str, message: str = "no sound", hint: str | None = "give it sound") -> Failure:
    return Failure(address, Diagnostic("job_failed", message, Where("localize.yaml", 7, 3), hint))


def applied(*failures: Failure, **parts: Any) -> Applied:
    plan = planned(action(ActionKind.CREATE, Reason.NEW))
    return Applied(plan, RunResult(failures=failures, **parts), Lock("test"))


def test_failures_are_grouped_by_cause_and_long_lists_cut() -> None:
    many = [failure(f"video-{index:02}/ja") for index in range(21)]
    run = applied(*many, failure("z/ja", "gone", None), ordered=22, unfinished=("y/ja",))
    assert run_text(run) == (
        "22 jobs ordered: 0 of 0 targets rendered, 22 failed, 1 not finished. "
        "Lockfile: localize.lock\n"
        "\n"
        "! no sound\n"
        "    video-00/ja, video-01/ja, video-02/ja, video-03/ja, video-04/ja, video-05/ja, "
        "video-06/ja, video-07/ja, … and 13 more\n"
        "    give it sound; then localize apply again\n"
        "\n"
        "! gone\n"
        "    z/ja\n"
        "    run localize apply again\n"
    )
    rows = table(run_markdown(run))
    assert rows[1][0] == "no sound"
    assert rows[1][1].count("video-") == 20
    assert rows[1][1].endswith(", … and 1 more")
    assert rows[1][2] == "give it sound"
    assert [cell.strip() for cell in rows[2]] == ["gone", "z/ja", ""]
    assert '"unfinished": [\n    "y/ja"\n  ]' in run_json(run)


def test_a_run_that_was_stopped_says_why_in_every_form() -> None:
    run = applied(
        stopped=AccountRefused("balance is empty", status=402, from_vendor=True), timed_out=True
    )
    text = run_text(run)
    assert text.startswith("Time is up. Jobs go on at HeyGen; localize apply picks them up")
    assert "\n\n! nothing more could be ordered: balance is empty\n    top up" in text
    assert "> **Nothing more could be ordered:** balance is empty — top up" in run_markdown(run)
    assert '"message": "balance is empty"' in run_json(run)
    assert f'"exit_code": {int(ExitCode.ACCOUNT)}' in run_json(run)


def test_counting() -> None:
    assert [pluralize(number, "job") for number in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]
    assert pluralize(2, "entry", "entries") == "2 entries"


# Where things are written


WARNED = (
    "version: 1\nproject: test\nlanguages: [ja]\ninclude: ['more/*.yaml']\nvideos:\n"
    "  intro: {source: 'https://cdn.example.com/intro.mp4'}\n"
)
WARNING = (
    "warning: localize.yaml:4:11 (include[0]): no file matches 'more/*.yaml'\n"
    "  |\n"
    "4 | include: ['more/*.yaml']\n"
    "  |           ^^^^^^^^^^^^^\n"
    "  |\n"
    "  = help: paths begin at the folder of the manifest\n"
)


@pytest.mark.parametrize("command", ["validate", "plan", "apply --yes --no-wait"])
def test_warnings_are_diagnostics(workspace: Workspace, sandbox: Sandbox, command: str) -> None:
    workspace.use(sandbox)
    workspace.write(WARNED)
    quiet = workspace.run(*command.split(), "--quiet")
    assert quiet.code == 0
    assert quiet.err == ""
    assert quiet.out != ""
    workspace.write(WARNED + "  more: {source: 'https://cdn.example.com/more.mp4'}\n")
    ran = workspace.run(*command.split())
    assert ran.code == 0
    assert ran.err.startswith(WARNING)
    assert "warning" not in ran.out


def test_a_warning_without_a_place_or_remedy(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    from heygen_localize.cli.shell import Shell, show_warnings

    show_warnings(Shell(), [Diagnostic("odd", "something is odd")])
    assert capsys.readouterr().err == "warning: something is odd\n"


def test_quiet_keeps_errors(workspace: Workspace) -> None:
    ran = workspace.run("validate", "--quiet")
    assert ran.code == 2
    assert ran.err.startswith("error: localize.yaml: there is no localize.yaml here")


# GitHub Actions


def test_errors_become_annotations_in_github_actions(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    workspace.write(WARNED.replace("[ja]", "[jaa]"))
    ran = workspace.run("validate")
    assert ran.code == 2
    assert "\n::error file=localize.yaml,line=3,col=13::'jaa' is not a language" in ran.err
    assert ran.err.rstrip().endswith("(write ja)")
    machine = workspace.run("validate", "--format", "json")
    assert machine.json()["errors"][0]["where"]["line"] == 3
    assert machine.err.startswith("::error file=localize.yaml,line=3,col=13::'jaa'")


def test_failures_of_a_run_become_annotations(
    start_sandbox: Callable[..., Sandbox],
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    workspace.use(start_sandbox(faults=("fail_job=1:50%_too_loud on POST",)))
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "! 50%_too_loud\n    alpha/ja\n" in ran.out
    assert "\n::error file=localize.yaml,line=5,col=3::50%25_too_loud (" in ran.err


def test_a_run_that_was_stopped_becomes_an_annotation(
    start_sandbox: Callable[..., Sandbox],
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    workspace.use(start_sandbox(balance=0))
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 7
    assert "! nothing more could be ordered: " in ran.out
    assert "\n::error::" in ran.err


def test_annotations_are_escaped() -> None:
    problem = Diagnostic(
        "any",
        "100% of a, b: c\r\n::set-output name=x::y",
        Where("a,b:c%\n.yaml", 3, 4),
        "do this",
    )
    assert github_annotations([problem]) == (
        "::error file=a%2Cb%3Ac%25%0A.yaml,line=3,col=4::"
        "100%25 of a, b: c%0D%0A::set-output name=x::y (do this)\n"
    )
    assert github_annotations([Diagnostic("any", "alone")]) == "::error::alone\n"


@pytest.mark.parametrize("value", ["", "false", "0", "off", "No"])
def test_no_annotations_elsewhere(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", value)
    assert "::error" not in workspace.run("validate").err


# Colours and control characters


@pytest.mark.parametrize(
    ("terminal", "names", "coloured"),
    [
        (True, {"NO_COLOR": ""}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": "0"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
    ],
    ids=["terminal", "NO_COLOR", "NO_COLOR=0", "dumb terminal", "pipe"],
)
def test_colour_only_where_it_is_wanted(
    workspace: Workspace,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    names: dict[str, str],
    coloured: bool,
) -> None:
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    plan = workspace.run("plan")
    assert plan.code == 0
    assert (f"{ESCAPE}[32m+{ESCAPE}[0m alpha/ja" in plan.out) is coloured
    refused = workspace.run("apply")
    assert refused.code == 2
    assert (f"{ESCAPE}[32m+{ESCAPE}[0m alpha/ja" in refused.err) is coloured
    assert (f"{ESCAPE}[31merror:{ESCAPE}[0m" in refused.err) is coloured
    status = workspace.run("status")
    assert (f"{ESCAPE}[33mmissing" in status.out) is coloured
    if not coloured:
        assert ESCAPE not in plan.out + plan.err + refused.err + status.out
    assert ESCAPE not in workspace.run("plan", "--format", "json").out


def test_colour_is_decided_for_each_stream_by_itself(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("ja",))
    assert ESCAPE not in workspace.run("plan").out
    assert f"{ESCAPE}[32m+{ESCAPE}[0m alpha/ja" in workspace.run("apply").err


STEERING = "\x1b[2J\x1b]0;owned\x07red\u202eder\x00\x9b31m\r\nline"


def test_a_vendors_control_characters_reach_no_output(
    start_sandbox: Callable[..., Sandbox],
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("French (France)", "Japanese", f"Klingon{STEERING}")
    monkeypatch.setattr(
        "heygen_localize.sandbox.endpoints.translations.language_names", lambda: names
    )
    sandbox = start_sandbox(render_seconds=60)
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", languages=("ja",))
    fingerprint = workspace.run("validate", "--format", "json").json()["targets"][0]["fingerprint"]
    first = sandbox.add_foreign_job(
        "Japanese", f"Title{STEERING}", callback_id=f"lz1:test:{fingerprint[:32]}"
    )
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    for note in sandbox.jobs():
        sandbox.fail_job(note.id, f"failed{STEERING}")
    assert first in {note.id for note in sandbox.jobs()}
    written = ""
    for command in (
        "plan",
        "plan -v",
        "apply --yes --no-wait",
        "status",
        "languages --online",
    ):
        for form in ("text", "json", "markdown"):
            if (command, form) == ("languages --online", "markdown"):
                continue
            ran = workspace.run(*command.split(), "--format", form)
            written += ran.out + ran.err
    written += workspace.lockfile.read_text()
    assert "failed[2J]0;ownedredder31m line" in written
    assert "Klingon[2J]0;ownedredder31m line" in written
    assert not [char for char in written if not (char.isprintable() or char in "\n\u200b")]
