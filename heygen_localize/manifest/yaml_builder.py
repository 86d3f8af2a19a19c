"""From YAML events to plain data: every bound is checked before anything grows."""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml
from msgspec import Struct, field

from heygen_localize.core.errors import InputError, Where
from heygen_localize.core.fingerprint import Json
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import show_trail
from heygen_localize.manifest.places import Place, Places, Trail
from heygen_localize.manifest.yaml_bounds import (
    MAX_DEPTH,
    MAX_PART,
    MAX_VALUES,
    Room,
    too_deep,
    too_large_part,
    too_many_values,
)
from heygen_localize.manifest.yaml_scalars import kind_of, resolve_plain

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

UNQUOTED_TEMPLATE = "a template must stand in quotes: to YAML, {{ begins a mapping"
QUOTE_IT = 'put the whole value in quotes, as in title: "{{ video.id }}"'

_HELD = "videos"


class _Open(Struct):
    """A list or mapping that has begun and not ended; `height` is of what it holds so far.

    `number` is its own among the places; `first` are those of its keys, once one came twice.
    """

    value: list[Json] | dict[str, Json]
    trail: Trail
    number: int
    values_before: int
    anchor: str | None
    flow: bool
    awaits_key: bool
    key: str | None = None
    key_place: Place | None = None
    height: int = 1
    first: dict[str | int, Place] | None = None


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
    room: Room = field(default_factory=Room)
    root: Json = None
    places: Places = field(default_factory=Places)
    broken: set[Trail] = field(default_factory=set)
    """Values with a mistake of their own, which nothing else should blame again."""
    incomplete: set[Trail] = field(default_factory=set)
    """Mappings that lack a key which was refused."""
    count: int = 0
    """Values so far."""
    _last: yaml.Event | None = None
    _open: list[_Open] = field(default_factory=list)
    _anchors: dict[str, _Anchored | None] = field(default_factory=dict)
    _most: int = MAX_VALUES
    """The count that may not be passed, for the sake of all or of the part that is read."""
    _documents: int = 0

    @property
    def depth(self) -> int:
        """How many lists and mappings have begun and not ended."""
        return len(self._open)

    @property
    def read(self) -> int:
        """Characters of the text up to the end of the last event."""
        return self._last.end_mark.index if self._last and self._last.end_mark else 0

    def build(self, events: Iterable[yaml.Event]) -> None:
        """Read all events, into `root` and `places`.

        Raises:
            InputError: the file has several documents, is too deep, too
                large, or uses an alias that cannot be followed.
        """
        self._most = MAX_VALUES - self.room.values
        for event in events:
            self._last = event
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
        self.room.values += self.count

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
        wrong = False
        if event.tag is not None:
            wrong = True
            self._refuse_tag(event)
        plain = bool(event.implicit[0])
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
        is_value = self._put(value, event, merge=plain and value == "<<") is not None
        if wrong and is_value:
            self.broken.add(self._trail())

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        self._refuse_tag(event)
        self._refuse_depth(len(self._open) + 1, event)
        if self._is_part():
            self._most = min(self._most, self.count + MAX_PART)
        mapping = isinstance(event, yaml.MappingStartEvent)
        value: list[Json] | dict[str, Json] = {} if mapping else []
        number = self._put(value, event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        flow, before = bool(event.flow_style), self.count - 1
        trail = (*self._open[-1].trail, "?") if number is None else self._trail()
        if number is None:  # It is a key itself, and none that counts.
            number = self.places.add(Places.REFUSED, _place(event), None)
        self._open.append(_Open(value, trail, number, before, event.anchor, flow, mapping))

    def _end(self) -> None:
        ended = self._open.pop()
        self.places.end(ended.number)
        if ended.anchor is not None:
            values = self.count - ended.values_before
            self._anchors[ended.anchor] = _Anchored(ended.value, values, ended.height)
        if self._open:
            self._open[-1].height = max(self._open[-1].height, ended.height + 1)
        if self._is_part():
            self._most = MAX_VALUES - self.room.values

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
        if self._is_part() and anchored.values > MAX_PART:
            self._most = min(self._most, self.count + MAX_PART)
        self._put(anchored.value, event, values=anchored.values)
        # What an alias names stands before it, so something is open around both.
        self._open[-1].height = max(self._open[-1].height, anchored.height + 1)

    def _is_part(self) -> bool:
        """Return whether what stands here is a video, or a part of the manifest beside them."""
        depth = len(self._open)
        return (depth == 1 or depth == 2) and (self._open[0].key == _HELD) == (depth == 2)

    def _put(
        self, value: Json, event: yaml.NodeEvent, *, values: int = 1, merge: bool = False
    ) -> int | None:
        """Place a value where the document stands: as a key, a member, an item or the root.

        Return its number among the places; None for a key.
        """
        self.count += values
        if self.count > self._most:
            raise self._too_many(event)
        place = _place(event)
        if not self._open:
            self.root = value
            return self.places.add(None, place, None)
        parent = self._open[-1]
        held = parent.value
        if isinstance(held, list):
            held.append(value)
            return self.places.add(None, place, None)
        if parent.awaits_key:
            parent.awaits_key = False
            parent.key, parent.key_place = self._key(parent, value, event, merge), place
            return None
        parent.awaits_key = True
        if parent.key is None:
            # Its key was refused: read on for what is in it, and keep nothing.
            return self.places.add(Places.REFUSED, place, None)
        held[parent.key] = value
        return self.places.add(parent.key, place, parent.key_place)

    def _trail(self) -> Trail:
        """Return the way to the value that was put last."""
        if not self._open:
            return ()
        parent = self._open[-1]
        if isinstance(parent.value, list):
            return (*parent.trail, len(parent.value) - 1)
        return (*parent.trail, "?" if parent.key is None else parent.key)

    def _too_many(self, event: yaml.NodeEvent) -> InputError:
        """Return the error of too many values, in one part or in all."""
        if self.count > MAX_VALUES - self.room.values:
            return too_many_values(self._where(event))
        inside = self._open[-1].key or ""
        trail = (*self._open[-1].trail, inside)[: 1 + (self._open[0].key == _HELD)]
        return too_large_part(show_trail(trail), self._where(event))

    def _key(self, parent: _Open, key: Json, event: yaml.NodeEvent, merge: bool) -> str | None:
        """Take a key, or report why it cannot be one and give None."""
        if isinstance(key, dict) and parent.flow and getattr(event, "flow_style", False):
            self._report("template_unquoted", UNQUOTED_TEMPLATE, event, QUOTE_IT)
            self.broken.add(parent.trail)
            return None
        if not isinstance(key, str):
            hint = "put it in quotes" if isinstance(key, (int, float)) else None
            self._report("yaml_key", f"a key is text; this one is {kind_of(key)}", event, hint)
            self.incomplete.add(parent.trail)
            return None
        if merge:
            hint = "use defaults, groups, or an alias for a whole value"
            self._report("yaml_merge", "merge keys (<<) are not part of YAML 1.2", event, hint)
            self.incomplete.add(parent.trail)
            return None
        if key in parent.value:
            if parent.first is None:
                parent.first = self.places.keys_in(parent.number)
            trail = (*parent.trail, key)
            where, first = self._where(event, trail), Where(self.file, *parent.first[key])
            self.diagnostics.error(
                "yaml_duplicate_key",
                f"{show_trail(trail)} is here a second time; the first is on line {first.line}",
                where,
                "keep one of them",
                (first, "the first"),
            )
            return None
        if parent.first is not None:
            parent.first[key] = _place(event)
        return key

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            self._report("yaml_tag", f"tags are not read here: {event.tag}", event, "take it out")

    def _refuse_depth(self, depth: int, event: yaml.NodeEvent) -> None:
        if depth > MAX_DEPTH:
            raise too_deep(self._where(event))

    def _report(self, code: str, message: str, event: yaml.Event, hint: str | None = None) -> None:
        self.diagnostics.error(code, message, self._where(event), hint)

    def _where(self, event: yaml.Event, trail: Trail | None = None) -> Where:
        if trail is None:
            trail = self._open[-1].trail if self._open else ()
        return Where(self.file, *_place(event), show_trail(trail) or None)


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark  # which only those lack that are made by hand
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
