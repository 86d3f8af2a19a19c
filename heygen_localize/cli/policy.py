"""`localize policy`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.shell import Shell, loopback_base, output_options
from heygen_localize.core.errors import ExitCode, UsageError
from heygen_localize.operations.policy import run_cases
from heygen_localize.project.file_state import FileState
from heygen_localize.project.project import Project
from heygen_localize.report.policy import cases_json, cases_text
from heygen_localize.system.clock import SystemClock


@click.group("policy")
def command() -> None:
    """Test the rules that refuse plans.

    Rules stand in the manifest, under policy: each is an expression in CEL that has to be true
    of every order. validate checks their types, plan and apply ask them.

    \b
    Examples:
      localize policy test
    """


@command.command("test", short_help="Run the tests that stand beside the rules.")
@file_option
@output_options("text", "json")
def test(shell: Shell, file: Path) -> ExitCode:
    """Run the tests that stand beside the rules, under policy.tests of the manifest.

    Needs neither a key nor a network; exit code 1 where a test fails.

    \b
    Examples:
      localize policy test
      localize policy test --format json
    """
    project = Project.open(file, loopback=loopback_base(), state=FileState(file))
    if not project.manifest.policy.cases:
        raise UsageError(
            "the manifest has no tests of a policy",
            code="policy_untested",
            hint="write some under policy: tests:, each with what is given, and refused_by",
        )
    results = run_cases(project.manifest, SystemClock())
    shell.show(results, cases_text, cases_json)
    failed = any(not result.passed for result in results)
    return ExitCode.TARGETS_FAILED if failed else ExitCode.OK
