"""A plan's rows: one a target, one a video, or one for videos alike. Pure.

What differs is never told as one: a row stands for targets of one action, for one reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.text import pluralize
from heygen_localize.planning.estimate import Estimate, Price
from heygen_localize.planning.plan import Action, TargetAction
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.report.money import price_cell
from heygen_localize.report.sentences import STYLES, Style, sentence

_NEW = "new"
"""What a create says by itself."""

_NAMED = 3
"""Languages that are named in a row of some of a video's; more are counted."""


class Row(Struct, frozen=True):
    """Targets of one action for one reason: `tags` of each of the `videos`.

    `of` is how many targets each video has in the plan. `rest` is the name of a row that stands
    for others, which had no room.
    """

    kind: ActionKind
    videos: tuple[str, ...]
    tags: tuple[str, ...]
    of: int
    why: str
    price: Price
    costs: bool
    targets: int = 1
    rest: str = ""

    @property
    def style(self) -> Style:
        """The sign and the colour of the action."""
        return STYLES[self.kind]

    @property
    def word(self) -> str:
        """The action."""
        return "unchanged" if self.kind is ActionKind.NONE else self.kind.value

    @property
    def single(self) -> str | None:
        """The address, where the row is one target's."""
        alone = self.targets == 1 and not self.rest
        return f"{self.videos[0]}/{self.tags[0]}" if alone else None

    @property
    def name(self) -> str:
        """The address, the video, or the first of several."""
        more = len(self.videos) - 1
        first = self.videos[0] + (f" and {more} more" if more else "")
        return self.rest or self.single or first

    @property
    def languages(self) -> str:
        """The languages: named, or counted."""
        if self.rest or self.single:
            return ""
        number = len(self.tags)
        if number == self.of and number > 1:
            return f"{number} languages"
        return ", ".join(self.tags) if number <= _NAMED else f"{number} of {self.of} languages"

    @property
    def cost(self) -> str:
        """What it costs, in words."""
        return price_cell(self.price, self.costs)


def target_rows(
    actions: Iterable[Action], expected: Estimate, say: Callable[[Action], str] = sentence
) -> list[Row]:
    """Return a row for each target; `say` gives the reason."""
    rows = []
    for action in actions:
        video, _, tag = action.address.partition("/")
        said, price = say(action), expected.price(action.address)
        why = "" if action.kind is ActionKind.CREATE and said == _NEW else said
        rows.append(Row(action.kind, (video,), (tag,), 1, why, price, action.costs))
    return rows


def video_rows(actions: Iterable[Action], expected: Estimate, plan: Iterable[Action]) -> list[Row]:
    """Return a row for each video, several where its languages differ.

    `plan` has all actions, of which `actions` are shown.
    """
    sizes = Counter(action.video for action in plan)
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in target_rows(actions, expected, _of_videos):
        groups.setdefault((row.videos, row.kind, row.costs, row.why), []).append(row)
    return [
        replace(_together(rows), tags=tuple(row.tags[0] for row in rows), of=sizes[videos[0]])
        for (videos, *_), rows in groups.items()
        if isinstance(videos, tuple)
    ]


def _of_videos(action: Action) -> str:
    """Say why an action is taken so that a renamed video is told as one."""
    old = action.facts.moved_from if isinstance(action, TargetAction) else None
    if old is None or action.reason is not Reason.RENAMED:
        return sentence(action)
    return sentence(action).replace(old, old.partition("/")[0], 1)


def alike_rows(rows: Iterable[Row]) -> list[Row]:
    """Let videos share a row that stand alike in the same languages."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        whole = row.of if len(row.tags) == row.of > 1 else row.tags
        groups.setdefault((row.kind, row.costs, row.why, whole, row.of), []).append(row)
    return [
        replace(_together(members), videos=tuple(row.videos[0] for row in members))
        for members in groups.values()
    ]


def within(rows: Sequence[Row], most: int) -> list[Row]:
    """Return no more rows than that as far as it goes: the many of one action are summed up.

    The first two of an action stay, where there is room for that; no action goes untold.
    """
    found = list(rows)
    for kept in (2, 0):
        while len(found) > most:
            kind, number = Counter(row.kind for row in found).most_common(1)[0]
            if number <= kept + 1:
                break
            own = [row for row in found if row.kind is kind]
            summed = _together(own[kept:])
            noun = "more target" if kept else "target"
            summed = replace(summed, why="-v lists them", rest=pluralize(summed.targets, noun))
            place = found.index(own[kept])
            others = {id(row) for row in own[kept:]}
            before = [row for row in found[:place] if id(row) not in others]
            after = [row for row in found[place:] if id(row) not in others]
            found = [*before, summed, *after]
    return found


def _together(rows: Sequence[Row]) -> Row:
    """Return the first of some rows with the targets and the prices of all."""
    return replace(
        rows[0],
        targets=sum(row.targets for row in rows),
        price=_sum([row.price for row in rows]),
        costs=any(row.costs for row in rows),
    )


def _sum(prices: Sequence[Price]) -> Price:
    """Add prices up; where one is unknown, so is the sum."""
    return Price(
        _added([price.seconds for price in prices]),
        _added([price.cost for price in prices]),
        _added([price.later for price in prices]),
    )


def _added(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
