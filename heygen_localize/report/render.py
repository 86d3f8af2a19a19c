"""Templates and the odd number, shared by the reports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from heygen_localize.core.text import pluralize, strip_controls

if TYPE_CHECKING:
    from jinja2 import Environment

FORMAT_VERSION = 1

Paint = Callable[[str, str], str]
"""Colours a text: `paint("new", "green")`."""


def plain(text: str, colour: str) -> str:
    """Leave a text as it is, where there is no terminal to colour it for."""
    del colour
    return text


def render(template: str, paint: Paint = plain, **values: Any) -> str:
    """Fill in one of our templates."""
    return _environment().get_template(template).render(paint=paint, **values)


def to_json(document: dict[str, Any]) -> str:
    """Write a report for machines: versioned, in a stable order of keys."""
    report = {"format_version": FORMAT_VERSION, **document}
    return _UNSEEN.sub(_escaped, json.dumps(report, indent=2, ensure_ascii=False))


_UNSEEN = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]|#(?=[^ -~]*#)"
)
"""What JSON leaves as it is although it steers terminals or hides in them.

Of two number signs the first, since `##[` steers the log of a CI system.
"""


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


@cache
def _environment() -> Environment:
    # Our own templates for terminals and Markdown, where HTML's escapes would
    # only disfigure; what comes from elsewhere goes through `markdown.cell`.
    return environment_of(keep_trailing_newline=True)


def environment_of(**options: Any) -> Environment:
    """Return an environment for our templates, in which what is missing does not pass for empty."""
    # Here, since what a command says in a line or in JSON has no template.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(  # noqa: S701 - pages of HTML set `autoescape`
        loader=PackageLoader("heygen_localize.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    environment.globals |= {"pluralize": pluralize, "strip_controls": strip_controls}
    return environment
