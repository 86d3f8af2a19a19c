"""From YAML events to plain data: every bound is checked before anything grows."""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml
from msgspec import Struct, field

from heygen_localize.core.errors import InputError, Where
from heygen_localize.core.fingerprint import Json
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import Place, Trail, show_trail
from heygen_localize.manifest.yaml_scalars import resolve_plain

MAX_DEPTH = 50
MAX_VALUES = 500_000
"""Values in a file, each alias counted as all that it stands for."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

UNQUOTED_TEMPLATE = "a template must stand in quotes: to YAML, {{ begins a mapping"
QUOTE_IT = 'put the whole value in quotes, as in title: "{{ video.id }}"'


class _Open(Struct):
    """A list or mapping that has begun and not ended; `height` is of what it holds so far."""

    value: list[Json] | dict[str, Json]
    trail: Trail
    values_before: int
    anchor: str | None
    flow: bool
    awaits_key: bool
    key: str | None = None
    height: int = 1


class _Anchored(Struct, frozen=True):
    """What an alias stands for."""

    value: Json
    values: int
    height: int


class TreeBuilder(Struct):
    """Builds one document, without recursion, from the events of either YAML parser.

    What is merely wrong goes to `diagnostics`, so that the rest is read as well;
    what makes reading on pointless is raised as a `InputError`.
    """

    file: str
    diagnostics: Diagnostics
    root: Json = None
    values: dict[Trail, Place] = field(default_factory=dict)
    keys: dict[Trail, Place] = field(default_factory=dict)
    broken: set[Trail] = field(default_factory=set)
    """Values with a mistake of their own, which nothing else should blame again."""
    incomplete: set[Trail] = field(default_factory=set)
    """Mappings that lack a key which was refused."""
    read: int = 0
    """Characters of the text up to the end of the last event."""
    _open: list[_Open] = field(default_factory=list)
    _anchors: dict[str, _Anchored | None] = field(default_factory=dict)
    _count: int = 0
    _documents: int = 0

    @property
    def depth(self) -> int:
        """How many lists and mappings have begun and not ended."""
        return len(self._open)

    def build(self, events: Iterable[yaml.Event]) -> None:
        """Read all events, into `root`, `values` and `keys`.

        Raises:
            InputError: the file has several documents, is too deep, too
                large, or uses an alias that cannot be followed.
        """
        for event in events:
            self.read = event.end_mark.index if event.end_mark else self.read
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._document(event)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise InputError(
                "yaml_documents",
                "a second document begins here, and a manifest is one document",
                "take out the line ---, or move what follows into a file of its own",
                self._where(event),
            )

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        wrong = event.tag is not None
        self._refuse_tag(event)
        plain = bool(event.implicit[0])
        is_key = bool(self._open) and self._open[-1].awaits_key
        value: Json = event.value
        if plain:
            try:
                value = resolve_plain(event.value)
            except ValueError as error:
                wrong = True
                self._report("yaml_number", f"{event.value[:40]} is no number: {error}", event)
        elif _CONTROL.search(event.value):
            wrong = True
            self._report("yaml_control", "this text holds a control character", event)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, 1, 0)
        trail = self._put(value, event, merge=plain and value == "<<")
        if wrong and not is_key:
            self.broken.add(trail)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        self._refuse_tag(event)
        self._refuse_depth(len(self._open) + 1, event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        value: list[Json] | dict[str, Json] = {} if mapping else []
        trail = self._put(value, event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        flow = bool(event.flow_style)
        self._open.append(_Open(value, trail, self._count - 1, event.anchor, flow, mapping))

    def _end(self) -> None:
        ended = self._open.pop()
        if ended.anchor is not None:
            values = self._count - ended.values_before
            self._anchors[ended.anchor] = _Anchored(ended.value, values, ended.height)
        if self._open:
            self._open[-1].height = max(self._open[-1].height, ended.height + 1)

    def _alias(self, event: yaml.AliasEvent) -> None:
        anchored = self._anchors.get(event.anchor or "")
        if anchored is None:
            inside = event.anchor in self._anchors
            problem = "stands inside what it names" if inside else "names nothing before it"
            raise InputError(
                "yaml_alias",
                f"the alias *{event.anchor} {problem}",
                "write the value out",
                self._where(event),
            )
        self._refuse_depth(len(self._open) + anchored.height, event)
        self._put(anchored.value, event, values=anchored.values)
        # What an alias names stands before it, so something is open around both.
        self._open[-1].height = max(self._open[-1].height, anchored.height + 1)

    def _put(
        self, value: Json, event: yaml.NodeEvent, *, values: int = 1, merge: bool = False
    ) -> Trail:
        """Place a value where the document stands: as a key, a member, an item or the root."""
        self._count += values
        if self._count > MAX_VALUES:
            raise InputError(
                "yaml_too_large",
                f"more than {MAX_VALUES:,} values, what aliases stand for included",
                "spread the videos over several manifests, and repeat no large parts by alias",
                self._where(event),
            )
        if not self._open:
            trail: Trail = ()
            self.root = value
        else:
            parent = self._open[-1]
            if parent.awaits_key:
                parent.awaits_key = False
                parent.key = self._key(parent, value, event, merge)
                return (*parent.trail, "?")
            trail = self._hang(parent, value)
        self.values[trail] = _place(event)
        return trail

    def _hang(self, parent: _Open, value: Json) -> Trail:
        if isinstance(parent.value, list):
            parent.value.append(value)
            return (*parent.trail, len(parent.value) - 1)
        parent.awaits_key = True
        if parent.key is None:
            # Its key was refused: read on for what is in it, and keep nothing.
            return (*parent.trail, "?")
        parent.value[parent.key] = value
        return (*parent.trail, parent.key)

    def _key(self, parent: _Open, key: Json, event: yaml.NodeEvent, merge: bool) -> str | None:
        """Take a key, or report why it cannot be one and give None."""
        if isinstance(key, dict) and parent.flow and getattr(event, "flow_style", False):
            self._report("template_unquoted", UNQUOTED_TEMPLATE, event, QUOTE_IT)
            self.broken.add(parent.trail)
            return None
        if not isinstance(key, str):
            hint = "put it in quotes" if isinstance(key, (int, float)) else None
            self._report("yaml_key", f"a key is text; this one is {_kind(key)}", event, hint)
            self.incomplete.add(parent.trail)
            return None
        if merge:
            hint = "use defaults, groups, or an alias for a whole value"
            self._report("yaml_merge", "merge keys (<<) are not part of YAML 1.2", event, hint)
            self.incomplete.add(parent.trail)
            return None
        trail = (*parent.trail, key)
        if trail in self.keys:
            where, first = self._where(event, trail), Where(self.file, *self.keys[trail])
            self.diagnostics.error(
                "yaml_duplicate_key",
                f"{show_trail(trail)} is here a second time; the first is on line {first.line}",
                where,
                "keep one of them",
                (first, "the first"),
            )
            return None
        self.keys[trail] = _place(event)
        return key

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            self._report("yaml_tag", f"tags are not read here: {event.tag}", event, "take it out")

    def _refuse_depth(self, depth: int, event: yaml.NodeEvent) -> None:
        if depth > MAX_DEPTH:
            raise InputError(
                "yaml_too_deep",
                f"lists and mappings lie more than {MAX_DEPTH} deep in each other",
                where=self._where(event),
            )

    def _report(self, code: str, message: str, event: yaml.Event, hint: str | None = None) -> None:
        self.diagnostics.error(code, message, self._where(event), hint)

    def _where(self, event: yaml.Event, trail: Trail | None = None) -> Where:
        if trail is None:
            trail = self._open[-1].trail if self._open else ()
        return Where(self.file, *_place(event), show_trail(trail) or None)


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    # Every event of a stream has a mark; only those that are made by hand have none.
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _kind(key: Json) -> str:
    if isinstance(key, dict):
        return "a mapping"
    if isinstance(key, list):
        return "a list"
    if isinstance(key, bool):
        return "true" if key else "false"
    return "empty" if key is None else "a number"
