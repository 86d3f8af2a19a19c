"""Which of a video's languages go first, and when targets may be ordered at the earliest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from heygen_localize.core.errors import InputError, Where
from heygen_localize.core.languages import Language
from heygen_localize.core.model import Target
from heygen_localize.core.option import Layer, Option
from heygen_localize.core.waves import moment_of
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.languages import Choices, LanguageIndex, named_twice
from heygen_localize.manifest.options import setting

CANARY, NOT_BEFORE = "canary", "not_before"


def with_waves(
    targets: Sequence[Target],
    languages: Mapping[str, Choices],
    index: LanguageIndex,
    diagnostics: Diagnostics,
) -> list[Target]:
    """Return targets with what they wait for; mistakes go to `diagnostics`.

    `languages` are those of each video by its id, also where mistakes left no target of one.
    """
    reader = _Waves(languages, index, diagnostics)
    by_video: dict[str, list[Target]] = {}
    for target in targets:
        by_video.setdefault(target.video, []).append(target)
    canaries = {video: reader.canaries(video, own) for video, own in by_video.items()}
    return [
        replace(
            target,
            canaries=()
            if target.language.tag in canaries[target.video]
            else canaries[target.video],
            not_before=reader.moment(setting(target, NOT_BEFORE)),
        )
        for target in targets
    ]


class _Waves:
    def __init__(
        self, languages: Mapping[str, Choices], index: LanguageIndex, diagnostics: Diagnostics
    ) -> None:
        self._languages, self._index, self._diagnostics = languages, index, diagnostics
        self._moments: dict[tuple[str, Where], int | None] = {}

    def moment(self, option: Option) -> int | None:
        """Return an option's moment; what is told already counts as none."""
        if not isinstance(option.value, str):
            return None
        key = (option.value, option.where)
        if key not in self._moments:
            self._moments[key] = None
            try:
                self._moments[key] = moment_of(option.value)
            except InputError as mistake:
                self._diagnostics.mistake(mistake, option.where)
        return self._moments[key]

    def canaries(self, video: str, targets: Sequence[Target]) -> tuple[str, ...]:
        """Return the tags of a video's languages that go first."""
        option = setting(targets[0], CANARY)
        if not isinstance(option.value, list):
            return ()
        choices, named = self._languages[video], self._named(option)
        present = {tag for tag, _ in choices.by_tag.items()}
        if named is None or not choices.complete:
            return ()
        for text, members in named.items():
            if present.isdisjoint(member.tag for member in members):
                self._tell_absent(video, text, option, present)
                return ()
        found = {member.tag for members in named.values() for member in members} & present
        self._tell_skipped(video, option, targets, found)
        if found == present and option.layer is Layer.VIDEO:
            self._diagnostics.error(
                "canary_everything",
                f"every language of {video} is a canary, so nothing waits for them",
                option.where,
                "name one or two that the others wait for, or leave canary out",
            )
        return tuple(sorted(found))

    def _named(self, option: Option) -> dict[str, tuple[Language, ...]] | None:
        """Return the languages that an option names, by how they are written; None if mistaken."""
        named: dict[str, tuple[Language, ...]] = {}
        spellings: dict[Language, str] = {}
        sound = True
        for text in option.value if isinstance(option.value, list) else ():
            if not isinstance(text, str):
                return None  # the schema has told it
            try:
                members, complete = self._index.members(text)
                if not self._index.is_group(text) and members[0] in spellings:
                    raise named_twice(members[0], text, spellings[members[0]])
            except InputError as mistake:
                self._diagnostics.mistake(mistake, option.where)
                sound = False
                continue
            sound = sound and complete
            named[text] = members
            if not self._index.is_group(text):
                spellings[members[0]] = text
        return named if sound else None

    def _tell_absent(self, video: str, text: str, option: Option, present: Iterable[str]) -> None:
        far = option.layer is not Layer.VIDEO
        mend = f"or write canary: null at {video}, where nothing is to wait" if far else ""
        tags = ", ".join(sorted(present)[:10])
        self._diagnostics.error(
            "canary_absent",
            f"the canary {text!r} is not among the languages of {video}",
            option.where,
            f"among them are {tags}" + (f"; name one of them at {video}, {mend}" if far else ""),
        )

    def _tell_skipped(
        self, video: str, option: Option, targets: Iterable[Target], found: Iterable[str]
    ) -> None:
        skipped = [one.language.tag for one in targets if one.skip and one.language.tag in found]
        for tag in skipped:
            self._diagnostics.error(
                "canary_skipped",
                f"the canary {video}/{tag} is skipped, so what waits for it would wait for ever",
                option.where,
                f"name another canary at {video}, or take the skip out",
            )
