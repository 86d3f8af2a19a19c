"""What can be said of subtitles (SubRip) by their bytes alone.

`scanner` finds the cues of a file as written, `transcript` makes data of them and back,
`conversion` makes SubRip of what is almost so, `checks` tells all that would ruin a
render, `fix_times` restores times, `diff` tells what was edited, `terms` which terms
were not kept, `sheets` goes by way of a spreadsheet. The room is pure: content comes in
as bytes and goes out as bytes.
"""

from heygen_localize.subtitles.checks import check as check
from heygen_localize.subtitles.conversion import as_subrip as as_subrip
from heygen_localize.subtitles.diff import ChangeKind as ChangeKind
from heygen_localize.subtitles.diff import CueChange as CueChange
from heygen_localize.subtitles.diff import compare as compare
from heygen_localize.subtitles.diff import cues_digest as cues_digest
from heygen_localize.subtitles.diff import same_cues as same_cues
from heygen_localize.subtitles.findings import CheckLimits as CheckLimits
from heygen_localize.subtitles.findings import Finding as Finding
from heygen_localize.subtitles.fix_times import fix_spelling as fix_spelling
from heygen_localize.subtitles.fix_times import fix_times as fix_times
from heygen_localize.subtitles.sheets import export as export
from heygen_localize.subtitles.sheets import import_sheet as import_sheet
from heygen_localize.subtitles.terms import TermFinding as TermFinding
from heygen_localize.subtitles.terms import check_terms as check_terms
from heygen_localize.subtitles.transcript import Cue as Cue
from heygen_localize.subtitles.transcript import Transcript as Transcript
from heygen_localize.subtitles.transcript import canonical as canonical
from heygen_localize.subtitles.transcript import read as read
from heygen_localize.subtitles.transcript import write as write
