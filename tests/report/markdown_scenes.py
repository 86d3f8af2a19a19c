"""Plans, runs and standings of any size, and what a reader sees of a report in Markdown."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from core_builders import make_action, target_of
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.languages import Language
from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.model import (
    JobStatus,
    Listing,
    LockUrls,
    Manifest,
    Media,
    MediaKind,
    OutputUrls,
    Rates,
    Target,
)
from heygen_localize.planning.estimate import Estimate
from heygen_localize.planning.plan import Action, Plan
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.results import Applied, Failure, Planned, RunResult

MOST = 65_000
"""Characters that a report may have, whatever it is of."""

TAGS = tuple(f"{first}{second}" for first in "abcd" for second in "vwxyz")
"""Twenty languages."""

HOSTILE = (
    "# no | row\n| `x` | [free](https://evil.example) <img src=x onerror=alert(1)> ![i](//e.e/i) "
    "**bold** @everyone #1 www.evil.example https://evil.example &lt;b&gt; </details> \\| end"
)
PRINT = hashlib.sha256(b"A").hexdigest()


def addresses(videos: int, tags: Iterable[str] = TAGS) -> list[str]:
    return [f"video-{number:04}/{tag}" for number in range(videos) for tag in tags]


def scattered(number: int) -> Iterator[int]:
    """Give numbers without any pattern, the same ones in every run."""
    chance = random.Random(7)
    return (chance.randrange(number) for _ in iter(int, 1))


def target(address: str, **fields: Any) -> Target:
    video, _, tag = address.partition("/")
    url = f"https://cdn.example.com/{video}.mp4"
    made: dict[str, Any] = {
        "video": video,
        "language": Language(f"Language {tag}", tag, True),
        "source": Media(MediaKind.URL, url, url),
        "options": (),
        "revision": 1,
        "fingerprint": PRINT,
        "mark": Mark.of("test", PRINT),
    }
    return target_of(made | fields)


def entry(address: str, status: JobStatus = JobStatus.COMPLETED, **fields: Any) -> LockEntry:
    done = status is JobStatus.COMPLETED
    url = f"https://files.example.com/{address}.mp4?Expires=1&Signature={'a~b-c_' * 60}"
    outputs = OutputUrls(video_url=url if done else None)
    name = f"tr_{address.replace('/', '-')}"
    made = {"fingerprint": PRINT, "translation_id": name, "status": status, "outputs": outputs}
    return LockEntry("Language", LockedJob(**(made | fields)))


def planned(actions: Iterable[Action], **parts: Any) -> Planned:
    manifest = Manifest(
        Path("localize.yaml"),
        "test",
        parts.pop("targets", ()),
        lock_urls=parts.pop("urls", LockUrls.KEEP),
        warnings=parts.pop("warnings", ()),
    )
    more = {name: parts.pop(name) for name in ("made_at", "offline") if name in parts}
    lock, expected = parts.pop("lock", Lock("test")), parts.pop("estimate", NOTHING)
    refusals = parts.pop("refusals", ())
    plan = Plan("test", tuple(actions), **parts)
    return Planned(manifest, lock, Listing(), 0.0, plan, expected, refusals, **more)


NOTHING = Estimate(0, 0, 0, Rates())


def create(address: str) -> Action:
    return make_action(ActionKind.CREATE, Reason.NEW, address)


def blocked(address: str, message: str, hint: str | None = None) -> Action:
    problem = Diagnostic("source_refused", message, hint=hint)
    return make_action(ActionKind.BLOCKED, Reason.SOURCE_REFUSED, address, problem=problem)


def applied(
    entries: Mapping[str, LockEntry],
    failures: Iterable[Failure] = (),
    urls: LockUrls = LockUrls.KEEP,
    **fields: Any,
) -> Applied:
    """Give a run after which these entries are in the lockfile, and wanted."""
    targets = tuple(map(target, entries))
    actions = fields.pop("actions", ())
    pulled = fields.pop("pulled", None)
    result = RunResult(failures=tuple(failures), **fields)
    plan = planned(actions, targets=targets, urls=urls)
    return Applied(plan, result, Lock("test", dict(entries)), pulled)


def failed(address: str, message: str, hint: str | None = "fix it") -> Failure:
    return Failure(address, Diagnostic("job_failed", message, hint=hint))


def public(known: LockEntry, url: str) -> LockEntry:
    return replace(known, job=replace(known.job, public_url=url))


# What a reader sees

OUR_FOLD = re.compile(r"<details><summary>[\w, ]+</summary>|</details>")


def parsed(markdown: str) -> list[Token]:
    """Parse as GitHub does, tables and all; give the inline parts too."""
    found = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    return [part for token in found for part in (token, *(token.children or ()))]


def tables(markdown: str) -> list[list[list[str]]]:
    """Give the tables, each cell as the text that a reader sees."""
    found: list[list[list[str]]] = []
    inside = False
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        inside = token.type != "table_close" and (inside or token.type == "table_open")
        if token.type == "inline" and inside:
            text = "".join(part.content for part in token.children or ())
            found[-1][-1].append(text.replace("\u200b", ""))
    return found


def links(markdown: str) -> list[str]:
    return [str(token.attrs["href"]) for token in parsed(markdown) if token.type == "link_open"]


def assert_harmless(markdown: str) -> None:
    """Look for anything that a text from elsewhere made besides itself."""
    tokens = parsed(markdown)
    kinds = {token.type for token in tokens}
    assert not kinds & {"image", "html_inline", "em_open", "s_open", "fence", "code_block"}
    for token in tokens:
        if token.type == "html_block":
            assert OUR_FOLD.fullmatch(token.content.strip()), token.content
    assert sum(token.type == "heading_open" for token in tokens) == 1
    assert markdown.count("<details>") == markdown.count("</details>")
    # What GitHub makes links, mentions and references of without any markup.
    bare = re.sub(r"\]\([^)]*\)|`[^`\n]*`", "", markdown)
    for beginning in ("https://", "www.", "@everyone", "#1"):
        assert beginning not in bare
    assert all(len({len(row) for row in table}) == 1 for table in tables(markdown))


def whole(markdown: str) -> bool:
    """Tell whether no row was cut in the middle, and no fold left open."""
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    folds = markdown.count("<details>") == markdown.count("\n</details>\n")
    return folds and all(line.endswith("|") for line in rows)
