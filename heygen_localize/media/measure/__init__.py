"""What a dubbed file is: decoded to its end in a process of its own, which has limits.

`measure` looks at a media file, `measure_captions` at captions beside it. `parent` starts the
`child` and says what went wrong (`refusals`); the child gives up all but one open file (`limits`),
decodes (`decode`, `pictures`, `sound`, `envelope`, `filter_log`), and tells what it found
(`messages`). `captions` counts, `language` identifies. The spoken language is not checked.
"""

from heygen_localize.media.measure.looking import captions_of as captions_of
from heygen_localize.media.measure.looking import identify as identify
from heygen_localize.media.measure.looking import measure as measure
from heygen_localize.media.measure.looking import measure_captions as measure_captions
from heygen_localize.media.measure.looking import require as require
from heygen_localize.media.measure.refusals import NOT_INSTALLED as NOT_INSTALLED
