"""What can be said of subtitles (SubRip) by their bytes alone.

`scanning` finds the cues of a file as written, `cues` makes data of them and back,
`conversion` makes SubRip of what is almost so, `checks` tells all that would ruin a
render, `mending` restores times, `comparison` tells what was edited, `terms` which terms
were not kept, `sheets` goes by way of a spreadsheet. The room is pure: content comes in
as bytes and goes out as bytes.
"""

from heygen_localize.subtitles.checks import check
from heygen_localize.subtitles.conversion import as_subrip
from heygen_localize.subtitles.diff import (
    ChangeKind,
    CueChange,
    CueDifference,
    compare,
    cues_digest,
    differences,
    same_cues,
)
from heygen_localize.subtitles.findings import CheckLimits, Finding
from heygen_localize.subtitles.fix_times import fix_spelling, fix_times
from heygen_localize.subtitles.sheets import Imported, export, import_sheet
from heygen_localize.subtitles.terms import TermFinding, check_terms
from heygen_localize.subtitles.transcript import Cue, Transcript, canonical, read, write

__all__ = [
    "ChangeKind",
    "CheckLimits",
    "Cue",
    "CueChange",
    "CueDifference",
    "Finding",
    "Imported",
    "TermFinding",
    "Transcript",
    "as_subrip",
    "canonical",
    "check",
    "check_terms",
    "compare",
    "cues_digest",
    "differences",
    "export",
    "fix_spelling",
    "fix_times",
    "import_sheet",
    "read",
    "same_cues",
    "write",
]
