"""Numbers of the command line, of its variables and of the manifest: finite, or refused."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from workspaces import Workspace, creates

from heygen_localize.cli.main import cli
from heygen_localize.cli.numbers import FiniteRange
from heygen_localize.sandbox import Sandbox

Found = tuple[tuple[str, ...], click.Option]
NO_NUMBERS = ("nan", "-nan", "inf", "-inf", "infinity", "1e400", "-1e400", "1e300", "x", "")


def options_of(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[Found]:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield path, parameter
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from options_of(found, (*path, name))


NUMERIC = [
    (path, option)
    for path, option in options_of(cli)
    if isinstance(option.type, (click.types.FloatParamType, click.types.IntParamType))
    and not option.count
]


def name(found: object) -> str:
    path, option = found  # type: ignore[misc]
    return " ".join((*path, option.opts[0]))


def test_there_are_numbers_to_look_at() -> None:
    assert {name(found) for found in NUMERIC} >= {"apply --timeout", "plan --max-cost"}


@pytest.mark.parametrize("found", NUMERIC, ids=name)
def test_every_number_is_of_a_type_that_is_finite(found: Found) -> None:
    kind = found[1].type
    assert isinstance(kind, (FiniteRange, click.types.IntParamType)), kind


@pytest.mark.parametrize("found", NUMERIC, ids=name)
def test_what_is_no_number_is_a_usage_error(workspace: Workspace, found: Found) -> None:
    path, option = found
    for given in NO_NUMBERS:
        ran = workspace.run(*path, f"{option.opts[0]}={given}")
        assert (ran.code, ran.out) == (2, ""), given
        assert option.opts[0] in ran.err


@pytest.mark.parametrize("given", ["nan", "inf", "1e400", "-1"])
@pytest.mark.parametrize(
    ("command", "variable"),
    [
        ("apply", "LOCALIZE_APPLY_TIMEOUT"),
        ("apply", "LOCALIZE_APPLY_POLL_INTERVAL"),
        ("apply", "LOCALIZE_APPLY_MAX_COST"),
        ("apply", "LOCALIZE_APPLY_MAX_NEW"),
        ("plan", "LOCALIZE_PLAN_MAX_COST"),
        ("prune", "LOCALIZE_PRUNE_MAX_DELETE"),
        ("plan", "HEYGEN_MAX_RETRIES"),
    ],
)
def test_their_variables_are_held_to_the_same(
    workspace: Workspace,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    variable: str,
    given: str,
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("intro")
    monkeypatch.setenv(variable, given)
    ran = workspace.run(command)
    assert ran.code == 2, ran.err
    assert not sandbox.requests()


@pytest.mark.parametrize("given", [".nan", ".inf", "-.inf", "1e400", "-1e400"])
@pytest.mark.parametrize(
    "line",
    [
        "limits: {{max_cost: {}}}",
        "limits: {{max_new: {}}}",
        "limits: {{stuck_after: {}}}",
        "rates: {{speed: {}}}",
        "defaults: {{duration: {}}}",
        "defaults: {{start_time: {}}}",
        "defaults: {{end_time: {}}}",
        "defaults: {{revision: {}}}",
        "defaults: {{speaker_num: {}}}",
    ],
)
def test_a_manifests_numbers_are_finite(workspace: Workspace, line: str, given: str) -> None:
    workspace.write_videos("intro", extra=line.format(given))
    ran = workspace.run("validate")
    assert ran.code == 2
    assert "localize.yaml:4" in ran.err


@pytest.mark.parametrize("options", ["end_time: 0", "start_time: 5, end_time: 5", "end_time: 0.0"])
def test_a_stretch_without_length_is_a_mistake_and_never_free(
    workspace: Workspace, sandbox: Sandbox, options: str
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("intro", extra=f"defaults: {{{options}}}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 2
    assert "localize.yaml:4" in ran.err
    assert "should be before end_time" in ran.err
    assert creates(sandbox) == 0


def test_a_start_behind_the_end_of_the_source_costs_what_nobody_knows(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("intro", extra="defaults: {duration: 30, start_time: 40}")
    estimate = workspace.run("plan", "--format", "json").json()["estimate"]
    assert len(estimate["unknown_durations"]) == 3
