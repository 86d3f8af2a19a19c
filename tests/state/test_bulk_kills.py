"""A run that orders in batches is killed at each of its steps: each content is paid for once.

More mixtures: LOCALIZE_EXAMPLES=200.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres_server import Server
from starters import Starter, started
from test_bulk import APPLY, BATCH, BATCHES, Scene, once
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

LANGUAGES = ("es-MX", "fr-FR", "ja")
SENDING = f"send POST {BATCHES}"


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    with started() as starter:
        yield starter


@pytest.fixture
def scene(
    workspace: Workspace, shared: str, server: Server, start_sandbox: Callable[..., Sandbox]
) -> Scene:
    return Scene(workspace, server, shared, start_sandbox)


def steps(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def videos(scene: Scene, *names: str) -> None:
    extra = f"{BATCH}\nlimits: {{max_new: 1000}}"
    scene.workspace.write_videos(*names, languages=LANGUAGES, extra=extra)


def test_killed_at_each_step_from_the_intent_on(
    scene: Scene, starter: Starter, tmp_path: Path
) -> None:
    sandbox = scene.begin()
    log, arguments = tmp_path / "steps.log", (*APPLY, "--quiet", "--no-wait")

    def run(step: str) -> int:
        log.unlink(missing_ok=True)
        starter.start(step, log, scene.workspace.folder, arguments)
        return starter.wait()

    videos(scene, "v0")
    assert run("count") == 0
    every = steps(log)
    first, last = every.index(SENDING), max(n for n, step in enumerate(every) if "synced" in step)
    assert every[first : first + 3] == [SENDING, "send a body", "batch.answered"]
    numbers = range(first + 1, last + 2)
    names = ["v0"]
    for number in numbers:
        names.append(f"v{number}")
        videos(scene, *names)
        assert run(str(number)) == -signal.SIGKILL
        sandbox.set_faults("list_lag=1:999999 on GET")
        assert run("count") == 0
        once(sandbox, len(LANGUAGES) * len(names))
        assert scene.intents() == 0, steps(log)
        sandbox.set_faults()
    scene.ends_well(sandbox, len(LANGUAGES) * len(names))


FAULTS = (
    "drop_after=0.3 on POST",
    "drop_before=0.1 on POST",
    "rate_limit=0.2:1 on POST",
    "html_502_after=0.2 on POST",
    "http_500_before=0.1 on *",
    "list_lag=0.5:3 on GET",
    "get_lag=0.3:3 on GET",
    "cut_body=0.1 on GET */batches/*",
)


@pytest.mark.parametrize("seed", range(int(os.environ.get("LOCALIZE_EXAMPLES", "4"))))
def test_any_mixture_of_outcomes_orders_each_content_once(scene: Scene, seed: int) -> None:
    dice = random.Random(seed)
    settings = {"batch_seconds": dice.choice((0.0, 5.0)), "seed": seed}
    sandbox = scene.begin(places=dice.choice((4, 20)), **settings)
    kinds = [dice.choice(("good", "denied")) for _ in range(12)]
    lines = ["version: 1", "project: test", "languages: [ja, fr-FR]", BATCH, "videos:"]
    for number, kind in enumerate(kinds):
        source = f"asset:{kind}-{number}"
        lines.append(f"  v{number}: {{source: '{source}'}}")
    scene.workspace.write("\n".join(lines) + "\n")
    hidden = [f"denied-{number}" for number, kind in enumerate(kinds) if kind == "denied"]
    sandbox.deny(*hidden)
    sandbox.set_faults(*dice.sample(FAULTS, 5))
    for _ in range(4):
        timeout = str(dice.choice((1, 5, 60)))
        way = dice.choice((("--no-wait",), ("--timeout", timeout)))
        assert scene.apply(*way).code in (0, 1, 4, 6)
        sandbox.deny(*hidden[: dice.randrange(len(hidden) + 1)])
    sandbox.deny()
    sandbox.set_faults()
    scene.apply()
    scene.ends_well(sandbox, 24)
