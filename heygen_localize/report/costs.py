"""What a project has spent, as text, Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from heygen_localize.core.text import pluralize, sanitize
from heygen_localize.planning.costs import CostRow, Costs
from heygen_localize.report.budgets import budget_rows, standing_line
from heygen_localize.report.markdown import bullets, cell, code, folded_table
from heygen_localize.report.render import Paint, plain, to_json
from heygen_localize.subtitles.sheets import defused

_NUMBERS = ("jobs", "proofreads", "minutes", "USD")


def costs_text(found: Costs, paint: Paint = plain) -> str:
    """Render costs for a terminal: a row for each group, all of it last."""
    head = (*(dimension.value for dimension in found.by), *_NUMBERS)
    rows = [(*map(sanitize, row.keys), *_cells(row)) for row in found.rows]
    total = ("all", *[""] * (len(found.by) - 1), *_cells(found.total))
    table = [head, *rows, total]
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    keys = len(found.by)

    def laid_out(line: tuple[str, ...]) -> str:
        cells = [
            text.ljust(widths[at]) if at < keys else text.rjust(widths[at])
            for at, text in enumerate(line)
        ]
        return "  ".join(cells).rstrip()

    lines = [paint(laid_out(head), "dim"), *map(laid_out, rows), laid_out(total)]
    notes = [*_notes(found), *map(standing_line, found.budgets)]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def costs_markdown(found: Costs) -> str:
    """Render costs for a pull request or a job summary."""
    head = (*(dimension.value for dimension in found.by), *_NUMBERS)
    rows = [(*map(cell, row.keys), *_cells(row)) for row in found.rows]
    rows.append(("**all**", *[""] * (len(found.by) - 1), *_cells(found.total)))
    parts = [f"### Costs of {code(found.project)}\n", folded_table(head, rows, len(rows), "row")]
    notes = [f"- {cell(note)}" for note in _notes(found)]
    if notes:
        parts.append(bullets(notes, len(notes), "note"))
    if found.budgets:
        columns = ("budget", "amount", "", "spent", "left")
        table = [tuple(map(cell, row)) for row in budget_rows(found.budgets)]
        parts.append(folded_table(columns, table, len(table), "budget"))
    return "\n".join(parts)


def costs_csv(found: Costs) -> str:
    """Render costs for a sheet: no cell begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [dimension.value for dimension in found.by]
    writer.writerow([*names, "jobs", "proofreads", "seconds", "cost_usd", "unpriced"])
    for row in found.rows:
        keys = (defused(sanitize(key)) for key in row.keys)
        numbers = (row.jobs, row.sessions, row.seconds, f"{row.usd:.4f}", row.unpriced)
        writer.writerow([*keys, *numbers])
    return out.getvalue()


def costs_json(found: Costs) -> str:
    """Render costs for machines."""
    errors = {} if found.problem is None else {"errors": [found.problem.document()]}
    return to_json(found.document() | errors)


def _cells(row: CostRow) -> tuple[str, ...]:
    more = f" + {row.unpriced} unknown" if row.unpriced else ""
    return str(row.jobs), str(row.sessions), f"{row.seconds / 60:.1f}", f"{row.usd:.2f}{more}"


def _notes(found: Costs) -> Iterator[str]:
    if found.offline:
        yield "From the lockfile alone: the account was not asked."
    if found.undated:
        orders = pluralize(found.undated, "order")
        yield f"{orders} of unknown date left out."
    if found.total.unpriced:
        orders = pluralize(found.total.unpriced, "order")
        yield f"{orders} in no sum, since nobody tells how long the video is."
