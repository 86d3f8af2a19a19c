"""Text with variables in it: Jinja2's syntax, and of that only `{{ variable }}`.

Jinja2 reads a template, where it is not of the plainest, and is never asked to run it: what
it read is checked, taken apart into text and variables, and put together here. So there is
nothing that a template could reach, and thousands of targets take no time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import force_setattr

from heygen_localize.core.errors import InputError
from heygen_localize.manifest.diagnostics import did_you_mean

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

_LONGEST = 2000
"""Characters; Jinja2's parser follows nesting by recursion."""

_SYNTAX = re.compile(r"\{[{%#]")
_PLAIN = re.compile(r"\{\{ *([a-z]+(?:\.[a-z]+)?) *\}\}")
_UNSAFE_IN_PATH = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]")


class Variable(Enum):
    """What a template may name."""

    PROJECT = "project"
    VIDEO_ID = "video.id"
    LANGUAGE_TAG = "language.tag"
    LANGUAGE_NAME = "language.name"
    FINGERPRINT = "fingerprint"

    # Each is one of its kind; the hash of an enumeration is reckoned in Python.
    __hash__ = object.__hash__


_EVERY = {variable.value: variable for variable in Variable}
_USUAL = {name: variable for name, variable in _EVERY.items() if name != "fingerprint"}

Values = Mapping[Variable, str]


def address_of(values: Values) -> str:
    """Return the address of the target that values are of."""
    return f"{values[Variable.VIDEO_ID]}/{values[Variable.LANGUAGE_TAG]}"


class Template(Struct, frozen=True):
    """A template, read: text and variables in turn."""

    parts: tuple[str | Variable, ...]
    variables: tuple[Variable, ...] = ()
    _form: str = ""

    def __post_init__(self) -> None:
        texts = (part.replace("%", "%%") if isinstance(part, str) else "%s" for part in self.parts)
        force_setattr(self, "_form", "".join(texts))
        found = tuple(part for part in self.parts if isinstance(part, Variable))
        force_setattr(self, "variables", found)

    def render(self, values: Values) -> str:
        """Fill in the values."""
        return self._form % tuple([values[name] for name in self.variables])

    def render_path(self, values: Values) -> str:
        """Fill in the values of what becomes a path or an address.

        Raises:
            InputError: a value would change which folder it leads to.
        """
        for name in self.variables:
            if _UNSAFE_IN_PATH.search(values[name]):
                raise InputError(
                    "template_value",
                    f"{name.value} is {values[name]!r} here, which cannot be part of a path",
                    "use language.tag",
                )
        return self.render(values)


@lru_cache(maxsize=4096)
def read_template(text: str, fingerprint: bool = False) -> Template:
    """Read a template; with `fingerprint`, that is one of its variables.

    Raises:
        InputError: it is not one, or holds more than text and known variables.
    """
    if not _SYNTAX.search(text):
        return Template((text,))
    if len(text) > _LONGEST:
        raise InputError("template_invalid", f"a template has at most {_LONGEST} characters")
    known = _EVERY if fingerprint else _USUAL
    plain = _plain(text, known)
    if plain is not None:
        return plain
    from jinja2 import TemplateSyntaxError

    try:
        tree = _environment().parse(text)
    except TemplateSyntaxError as error:
        raise InputError(
            "template_invalid", f"not a template: {error.message}", _what_may_stand(known)
        ) from error
    except RecursionError as error:
        raise InputError("template_invalid", "not a template: too deep") from error
    return Template(tuple(_parts(tree, known)))


def _plain(text: str, known: Mapping[str, Variable]) -> Template | None:
    """Read a template of nothing but text and known variables in their usual form.

    None for any other: Jinja2 reads it, and takes as long to load as all that a manifest needs.
    """
    # Jinja2 makes one line end of all kinds.
    if "\r" in text:
        return None
    pieces = _PLAIN.split(text)
    texts, names = pieces[::2], pieces[1::2]
    # A brace beside those of a variable may be part of them.
    if any("{" in piece or "}" in piece for piece in texts) or not known.keys() >= {*names}:
        return None
    parts = [known[piece] if place % 2 else piece for place, piece in enumerate(pieces)]
    return Template(tuple(part for part in parts if part != ""))


@cache
def _environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)


def _parts(tree: nodes.Template, known: Mapping[str, Variable]) -> Iterator[str | Variable]:
    from jinja2 import nodes

    for output in tree.body:
        if not isinstance(output, nodes.Output):
            raise InputError(
                "template_statement",
                "a template may hold no statements (loops, conditions, blocks)",
                _what_may_stand(known),
            )
        for part in output.nodes:
            yield part.data if isinstance(part, nodes.TemplateData) else _variable(part, known)


def _variable(part: nodes.Node, known: Mapping[str, Variable]) -> Variable:
    from jinja2 import nodes

    name = None
    if isinstance(part, nodes.Name):
        name = part.name
    elif isinstance(part, nodes.Getattr) and isinstance(part.node, nodes.Name):
        name = f"{part.node.name}.{part.attr}"
    if name is None:
        raise InputError(
            "template_expression",
            "a template may hold variables alone: no calls, filters, literals or operators",
            _what_may_stand(known),
        )
    if name in known:
        return known[name]
    if name in _EVERY:
        message = f"{name!r} is a variable of outputs.public_url alone"
        raise InputError("template_variable", message, _what_may_stand(known))
    raise InputError(
        "template_variable",
        f"there is no variable {name!r}",
        did_you_mean(name, known) or _what_may_stand(known),
    )


def _what_may_stand(known: Iterable[str]) -> str:
    return "what may stand: " + ", ".join(f"{{{{ {name} }}}}" for name in known)
