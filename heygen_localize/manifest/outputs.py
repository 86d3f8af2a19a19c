"""Where `pull` writes what was rendered, one file for each target and kind; and lasting links.

And that no two files, those of reviews included, are one.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic, InputError, Where
from heygen_localize.core.model import Target
from heygen_localize.core.objects import is_object, read_address
from heygen_localize.core.option import Output
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.options import Options
from heygen_localize.manifest.paths import check_output_path
from heygen_localize.manifest.proofread import place_of
from heygen_localize.manifest.signatures import is_signed
from heygen_localize.manifest.sources import web_address
from heygen_localize.manifest.templates import Template, Values, Variable, address_of, read_template

_STANDARD = {
    "video": "localized/{{ video.id }}/{{ language.tag }}.mp4",
    "audio": "localized/{{ video.id }}/{{ language.tag }}.mp3",
    "srt": "localized/{{ video.id }}/{{ language.tag }}.srt",
}
"""For a manifest without `outputs`; the sound for every target that is sound alone."""

_CAPTIONS = ("srt", "vtt")
_PUBLIC_URL = "public_url"
_HINT = "let the path hold {{ video.id }} and {{ language.tag }}"
_HINT_REVIEW = "give proofread a path of its own: srt, with {{ video.id }} and {{ language.tag }}"
_HINT_URL = "let it hold {{ video.id }} and {{ language.tag }}, or {{ fingerprint }}"


class _Kind(Struct, frozen=True):
    """A file's template; `given` where the manifest writes it."""

    name: str
    template: Template
    where: Where
    given: bool

    def is_made(self, sound_alone: bool) -> bool:
        """Return whether a target can have such a file: captions every one.

        Source: docs/vendor/behaviour.md, "Video translations".
        """
        if self.name in _CAPTIONS:
            return True
        if sound_alone:
            return self.name == "audio" or self.given
        return self.name == "video"


class _Claim(Struct, frozen=True):
    """A file that `owner` has written to `path`, where the template at `where` leads."""

    path: str
    owner: str
    where: Where
    hint: str


class OutputPlan:
    """The manifest's `outputs`, to be filled in for one target after another."""

    def __init__(self, document: Document, diagnostics: Diagnostics) -> None:
        self._diagnostics = diagnostics
        self._kinds = tuple(_kinds(document, diagnostics))
        self._link = _public_url(document, diagnostics)
        self._link_where = document.at(("outputs", _PUBLIC_URL))

    def outputs(self, values: Values, options: Options) -> tuple[Output, ...]:
        """Return the files that a target can have; mistakes in paths go to the diagnostics."""
        outputs = []
        sound_alone = options["translate_audio_only"].value is True
        for kind in self._kinds:
            try:
                path = kind.template.render_path(values)
                check_output_path(read_address(path).key if is_object(path) else path)
            except InputError as mistake:
                self._diagnostics.of_target(mistake, kind.where, address_of(values))
                continue
            if kind.is_made(sound_alone):
                outputs.append(Output(kind.name, path))
        return tuple(outputs)

    def public_url(self, values: Values, fingerprint: str) -> str | None:
        """Return where the team itself serves a target's video; None where it does not say."""
        if self._link is None:
            return None
        known = {**values, Variable.FINGERPRINT: fingerprint}
        text = self._link.render({name: quote(value, safe="") for name, value in known.items()})
        try:
            if is_signed(text):
                raise InputError(
                    "url_secret",
                    "public_url has a signature or token in its query, "
                    "and no secret belongs in a manifest",
                    "write the address that everybody may open",
                )
            return web_address(text, loopback=False)
        except InputError as mistake:
            self._diagnostics.of_target(mistake, self._link_where, address_of(values))
            return None

    def check_collisions(self, targets: Sequence[Target], read: Iterable[str]) -> None:
        """Report a path that two files would be written to, or that is one of those `read`.

        One case for each template is told: that is what is wrong.
        """
        sources = {_same_file(path) for path in read}
        owners: dict[str, Output | str] = {}
        told: dict[str | Where, Diagnostic] = {}
        for target in targets:
            for output in target.outputs:
                file = _same_file(output.path)
                owner = owners.setdefault(file, output)
                if (owner is output and file not in sources) or output.kind in told:
                    continue
                first = None if owner is output else self._owner(owner, targets)
                told[output.kind] = self._twice(target, output, first)
        for claim in self._claims_of_reviews(targets):
            file = _same_file(claim.path)
            owner = owners.setdefault(file, claim.owner)
            if (owner == claim.owner and file not in sources) or claim.where in told:
                continue
            first = None if file in sources else self._owner(owner, targets)
            told[claim.where] = _collision(claim, first)
        for problem in told.values():
            self._diagnostics.add(problem)
        self._check_links(targets)

    def _twice(self, target: Target, output: Output, first: str | None) -> Diagnostic:
        where = next(kind.where for kind in self._kinds if kind.name == output.kind)
        owner = f"{target.address} ({output.kind})"
        return _collision(_Claim(output.path, owner, where, _HINT), first)

    def _owner(self, owner: Output | str, targets: Iterable[Target]) -> str:
        """Return whose a file is."""
        if isinstance(owner, str):
            return owner
        target = next(one for one in targets if any(owner is own for own in one.outputs))
        return f"{target.address} ({owner.kind})"

    def _claims_of_reviews(self, targets: Sequence[Target]) -> Iterator[_Claim]:
        for target in targets:
            if target.proofread is None:
                continue
            where, own = place_of(target), target.proofread
            yield _Claim(own.path, f"{target.address} (proofread)", where, _HINT_REVIEW)
            # The targets of a video share its transcript.
            owner = f"{target.video} (its transcript)"
            yield _Claim(own.source_path, owner, where, _HINT_REVIEW)

    def _check_links(self, targets: Iterable[Target]) -> None:
        """Report a public URL of two targets; the same content may well be at the same place."""
        owners: dict[str, Target] = {}
        for target in targets:
            if target.public_url is None:
                continue
            owner = owners.setdefault(target.public_url, target)
            if owner.fingerprint != target.fingerprint:
                message = (
                    f"{owner.address} and {target.address} would both be served at "
                    f"{target.public_url!r}"
                )
                self._diagnostics.error("output_twice", message, self._link_where, _HINT_URL)
                return


def _collision(claim: _Claim, first: str | None) -> Diagnostic:
    """Word that a file is another's already; without one, that the manifest reads it."""
    told = f"{first} and {claim.owner} would both be written to {claim.path!r}"
    if first is None:
        told = f"{claim.owner} would be written over {claim.path!r}, which the manifest reads"
    return Diagnostic("output_twice", told, claim.where, claim.hint)


def _kinds(document: Document, diagnostics: Diagnostics) -> Iterator[_Kind]:
    written = as_mapping(document.data.get("outputs"))
    given = {name: text for name, text in written.items() if name != _PUBLIC_URL}
    texts = {"audio": _STANDARD["audio"]} | {
        name: text for name, text in given.items() if text is not None
    }
    if not given and (written or document.data.get("outputs") is None):
        # Who names nothing but the lasting link wants the usual files behind it.
        texts = dict(_STANDARD)
    for name, text in texts.items():
        where = document.at(("outputs", name))
        try:
            yield _Kind(name, read_template(str(text)), where, given=name in given)
        except InputError as mistake:
            diagnostics.mistake(mistake, where)


def _public_url(document: Document, diagnostics: Diagnostics) -> Template | None:
    text = as_mapping(document.data.get("outputs")).get(_PUBLIC_URL)
    if not isinstance(text, str):
        return None
    try:
        return read_template(text, fingerprint=True)
    except InputError as mistake:
        diagnostics.mistake(mistake, document.at(("outputs", _PUBLIC_URL)))
        return None


_ODD = re.compile(r"/[./]|/\Z")
"""What there is about a path that has another, shorter form."""


def _same_file(path: str) -> str:
    """Return what is equal for paths that some system takes for one file."""
    if path.isascii() and path[:1] not in ("", ".", "/") and not _ODD.search(path):
        return path.lower()
    return unicodedata.normalize("NFC", posixpath.normpath(path)).casefold()
