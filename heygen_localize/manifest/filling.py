"""Options of one target: templates filled in, media found, and what remains idle noticed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from heygen_localize.core.errors import Where
from heygen_localize.core.model import Media, Option
from heygen_localize.manifest.addresses import web_address
from heygen_localize.manifest.diagnostics import Findings, MistakeError
from heygen_localize.manifest.options import TEMPLATED
from heygen_localize.manifest.sources import SourceResolver
from heygen_localize.manifest.templates import Values, read_template
from heygen_localize.media import Role

_LONGEST_CALLBACK_ID = 200
"""Characters; with the mark before it, it stays below the 255 that receivers often keep."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MEDIA = {"audio": Role.AUDIO, "srt": Role.SUBTITLES}
_NEEDS = (("srt_role", "srt"), ("fps_mode", "audio"))


@dataclass(frozen=True)
class OptionRenderer:
    """Fills in the options of one target after another; mistakes go to `findings`.

    With `loopback`, callbacks may go to this machine by plain http.
    """

    finder: SourceResolver
    findings: Findings
    loopback: bool
    _idle: dict[Where, tuple[str, str]] = field(default_factory=dict)
    _useful: set[Where] = field(default_factory=set)

    def fill(self, options: dict[str, Option], values: Values) -> dict[str, Media] | None:
        """Fill in templates in place, and give the media that `audio` and `srt` name.

        Their options then hold the identity of the media. None where there were
        mistakes.
        """
        self._note_idle(options)
        media: dict[str, Media] = {}
        sound = True
        for name in TEMPLATED:
            option = options[name]
            if not isinstance(option.value, str):
                continue
            try:
                text = self._text(name, option.value, values)
                if name in _MEDIA:
                    media[name] = self.finder.find(text, role=_MEDIA[name])
                    text = media[name].identity
            except MistakeError as mistake:
                self.findings.of_target(mistake, option.where)
                sound = False
                continue
            if text != option.value:
                options[name] = replace(option, value=text)
        return media if sound else None

    def warn_of_idle_options(self) -> None:
        """Warn of options that do nothing in any target for want of another."""
        for where, (name, needed) in self._idle.items():
            if where not in self._useful:
                message = f"{name} does nothing without {needed}"
                self.findings.warn("option_idle", message, where)

    def _text(self, name: str, value: str, values: Values) -> str:
        template = read_template(value)
        if name in _MEDIA:
            return template.render_path(values)
        text = template.render(values)
        if name == "callback_url":
            web_address(text, loopback=self.loopback)
        if name == "callback_id" and (len(text) > _LONGEST_CALLBACK_ID or _CONTROL.search(text)):
            raise MistakeError(
                "callback_id_invalid",
                f"callback_id should be one line of at most {_LONGEST_CALLBACK_ID} characters, "
                f"and here is one of {len(text)}",
            )
        return text

    def _note_idle(self, options: dict[str, Option]) -> None:
        for name, needed in _NEEDS:
            if options[name].value is None:
                continue
            if options[needed].value is None:
                self._idle[options[name].where] = (name, needed)
            else:
                self._useful.add(options[name].where)
