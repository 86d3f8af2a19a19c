"""The option `proofread`: where the subtitles that people review stand, and what goes with them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from heygen_localize.core.errors import InputError, Where
from heygen_localize.core.fingerprint import Json, Mark, changed_options, fingerprint
from heygen_localize.core.model import MediaKind, Target
from heygen_localize.core.option import Layer, Option
from heygen_localize.core.proofread import Approval, Proofread
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import as_mapping
from heygen_localize.manifest.options import PROOFREAD, Options, setting
from heygen_localize.manifest.paths import ProjectPaths, check_output_path
from heygen_localize.manifest.templates import Template, Values, Variable, address_of, read_template
from heygen_localize.planning.changes import spec_of
from heygen_localize.system.causes import cause_of

_STANDARD = "subtitles/{{ video.id }}/{{ language.tag }}.srt"
_SUFFIX = ".srt"

_NOT_IN_SESSIONS = (
    "start_time",
    "end_time",
    "input_language",
    "audio",
    "stock_voice_config",
    "enable_watermark",
    "fps_mode",
    "srt_role",
)
"""Source: docs/vendor/heygen-v3.openapi.yaml, `/v3/video-translations/proofreads`."""

_WHEN_RENDERED = frozenset({"translate_audio_only"})
"""Asked of HeyGen with `generate` only: the session is the same whatever they are."""

_SESSION = "session"
"""Stands, in the fingerprint of a session, for the reviewed text, of which there is none yet."""


MOST_REVIEWED = 10_000
"""Targets whose subtitles people review: each has two files that are looked at."""


class ReviewPlan:
    """What `proofread` asks for, to be worked out for one target after another.

    Mistakes go to `diagnostics`.
    """

    def __init__(self, paths: ProjectPaths, diagnostics: Diagnostics) -> None:
        self._paths = paths
        self._diagnostics = diagnostics
        self._refused: set[Where] = set()
        self._held: dict[Path, bool] = {}
        self._count = 0

    def check_options(self, options: Options, address: str) -> None:
        """Report the options that HeyGen's proofread sessions don't have, each place once."""
        proofread = options[PROOFREAD]
        if proofread.value is False:
            return
        for name in _NOT_IN_SESSIONS:
            option = options[name]
            if option.where in self._refused or not _is_set(option):
                continue
            self._refused.add(option.where)
            self._diagnostics.error(
                "proofread_option",
                f"{name} does not go with proofread, which {address} has ({proofread.where}): "
                "HeyGen's proofread sessions have no such option",
                option.where,
                f"leave {name} out, or set proofread: false where it is needed",
            )

    def files(self, values: Values, options: Options) -> tuple[str, str] | None:
        """Return the paths of a target's reviewed file and of the transcript beside it.

        None without `proofread`, and where a path is wrong.
        """
        option = options[PROOFREAD]
        if option.value is False:
            return None
        self._count += 1
        if self._count > MOST_REVIEWED:
            self._diagnostics.error(
                "too_many_targets",
                f"more than {MOST_REVIEWED:,} targets have proofread",
                option.where,
                "divide the manifest into several, each with a project of its own",
            )
            return None
        template = read_template(str(as_mapping(option.value).get("srt") or _STANDARD))
        try:
            path = template.render_path(values)
            check_output_path(path)
            if posixpath.splitext(path)[1] != _SUFFIX:
                raise InputError(
                    "proofread_path",
                    f"{path!r} should end in {_SUFFIX}",
                    "HeyGen takes and gives no other subtitles",
                )
            files = path, _source_path(template, path, values[Variable.VIDEO_ID])
            for file in files:  # Both are read as well.
                if not self._holds(self._paths.folder / file):
                    raise InputError(
                        "path_leaves_root",
                        f"{file!r} leads out of {self._paths.root} by a link",
                        "let proofread.srt lead to a folder of the repository",
                    )
        except InputError as mistake:
            self._diagnostics.of_target(mistake, option.where, address_of(values))
            return None
        return files

    def _holds(self, file: Path) -> bool:
        """Return whether a file lies inside the root; links of a folder are followed once."""
        try:
            linked = file.is_symlink()
        except OSError as error:
            message = f"no file can stand at {str(file)[:80]!r}…: {cause_of(error)}"
            raise InputError("proofread_path", message, "write a shorter one") from error
        if file.parent not in self._held:
            self._held[file.parent] = self._paths.holds(file.parent)
        return self._held[file.parent] and (not linked or self._paths.holds(file))


def reviewed(target: Target, path: str, source_path: str) -> Target:
    """Return the target as one whose subtitles are reviewed, in a file at `path`.

    Its fingerprint is its session's, until there is an approved text to render from.
    """
    spec = spec_of(target)
    options = {name: value for name, value in spec.options.items() if name not in _WHEN_RENDERED}
    session = fingerprint(replace(spec, options=options, proofread=_SESSION))
    given = as_mapping(setting(target, PROOFREAD).value)
    proofread = Proofread(path, source_path, session)
    approval, length = given.get("approval"), given.get("max_line_length")
    if isinstance(approval, str):
        proofread = replace(proofread, approval=Approval(approval))
    if isinstance(length, int):
        proofread = replace(proofread, max_line_length=length)
    mark = Mark.of(target.mark.project, session)
    return replace(target, fingerprint=session, mark=mark, older=(), proofread=proofread)


def check_sessions(targets: Iterable[Target], diagnostics: Diagnostics) -> None:
    """Report targets that would share a session, and so each other's reviewed text."""
    owners: dict[str, Target] = {}
    for target in targets:
        if target.proofread is None:
            continue
        if target.source.kind is MediaKind.OBJECT:
            # What stands for its content is not known where a text is approved.
            mistake = InputError(
                "proofread_object",
                f"{target.address} has its subtitles reviewed, and its source lies in a bucket",
                "name its source by an https:// URL or a path, or leave out proofread",
            )
            diagnostics.of_target(mistake, place_of(target), target.address)
        owner = owners.setdefault(target.proofread.session, target)
        if owner is not target:
            mistake = InputError(
                "proofread_twice",
                f"{owner.address} and {target.address} would share one proofread session: "
                "nothing that it is made from differs",
                "raise revision at one of them, or make them one video",
            )
            diagnostics.of_target(mistake, target.where, target.address)


def place_of(target: Target) -> Where:
    """Return the place that decides where a target's review files stand."""
    return setting(target, PROOFREAD).where


def _is_set(option: Option) -> bool:
    """Return whether an option says other than its default, once it has what it needs to count."""
    if option.layer is Layer.BUILT_IN:
        return False
    options: dict[str, Json] = {"srt": "", "audio": "", option.name: option.value}
    return option.name in changed_options(options)


def _source_path(template: Template, path: str, video_id: str) -> str:
    """Return where the transcript stands: one for each video, beside what is reviewed."""
    folder = posixpath.dirname(path)
    parts = enumerate(template.parts)
    ends = [place for place, part in parts if isinstance(part, str) and "/" in part]
    names_video = bool(ends) and Variable.VIDEO_ID in template.parts[: ends[-1]]
    name = "source" if names_video else f"{video_id}.source"
    return posixpath.join(folder, name + _SUFFIX)
