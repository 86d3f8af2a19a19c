"""Making an HTML page that runs nothing but its own script, whatever texts stand in it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from heygen_localize.core.text import strip_controls
from heygen_localize.report.render import environment_of

_TOGETHER = 5000
"""Pieces that are put together at once: of a large page there are millions, each an object."""


def render_page(template: str, style: str, script: str, loopback: bool, **values: Any) -> str:
    """Fill in one of our pages, `style` and `script` being files beside its template.

    With `loopback`, what it plays may come from this machine.
    """
    environment = _environment()
    told = {
        "policy": _policy(_part(style), _part(script), loopback),
        "style": Markup(_part(style)),  # noqa: S704 - our own
        "script": Markup(_part(script)),  # noqa: S704 - our own
    }
    pieces = environment.get_template(template).stream(told | values)
    pieces.enable_buffering(_TOGETHER)
    return "".join(pieces)


def _policy(style: str, script: str, loopback: bool) -> str:
    """Say what the page may do: its own style and script, media from links, and nothing else."""
    here = " http://127.0.0.1:* http://localhost:*" if loopback else ""
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            f"media-src 'self' file: https: data:{here}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _part(name: str) -> str:
    """Return one of the page's own parts as it is, which its hash stands for."""
    environment = _environment()
    assert environment.loader is not None  # noqa: S101 - made so above
    return environment.loader.get_source(environment, name)[0]


def _shown(value: Any) -> Any:
    """Drop what reorders or hides letters; only what is marked as safe is left alone."""
    return (
        strip_controls(value) if isinstance(value, str) and not isinstance(value, Markup) else value
    )


def _raw(text: str) -> Markup:
    """Escape a text and keep its marks: subtitles in Hebrew or Persian need them."""
    return escape(text)


@cache
def _environment() -> Environment:
    environment = environment_of(autoescape=True, finalize=_shown)
    environment.filters["raw_text"] = _raw
    return environment
