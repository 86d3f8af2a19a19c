"""What came of the tests of a policy, as text and JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from heygen_localize.core.policy import CaseResult
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.report.render import Paint, plain, to_json


def cases_text(results: Sequence[CaseResult], paint: Paint = plain) -> str:
    """Render a line for each test, what was expected below those that failed, the count last."""
    lines = []
    for result in results:
        sign, colour = ("✓", "green") if result.passed else ("×", "red")
        lines.append(f"  {paint(sign, colour)} {result.case.name}")
        if not result.passed:
            wanted, found = _named(result.case.refused_by), _named(result.refused_by)
            lines.append(f"      expected {wanted}, and {found} ({result.case.where})")
    failed = sum(not result.passed for result in results)
    told = pluralize(len(results), "test")
    lines += ["", f"{failed} of {told} failed." if failed else f"{told} passed."]
    return strip_controls("\n".join(lines)) + "\n"


def _named(rules: Sequence[str]) -> str:
    return f"refused by {', '.join(sorted(rules))}" if rules else "refused by no rule"


def cases_json(results: Sequence[CaseResult]) -> str:
    """Render the tests for machines."""
    return to_json(
        {
            "tests": [
                {
                    "name": result.case.name,
                    "passed": result.passed,
                    "expected": sorted(result.case.refused_by),
                    "refused_by": sorted(result.refused_by),
                    "line": result.case.where.line,
                }
                for result in results
            ]
        }
    )
