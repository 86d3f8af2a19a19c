"""What a file is by its bytes, whether it can be what it stands for, and how long it is.

`types` names the type of the first bytes, `check` holds it against the role of the file
and says how to mend what does not fit, `duration` gives seconds, `local` remembers what
files hold; `probe` does all that for files behind URLs, of which `share_pages` knows some
that lead to a page.
"""

from heygen_localize.media.check import check as check
from heygen_localize.media.duration import seconds_of as seconds_of
from heygen_localize.media.types import HEAD as HEAD
from heygen_localize.media.types import HTML as HTML
from heygen_localize.media.types import LFS_POINTER as LFS_POINTER
from heygen_localize.media.types import MediaType as MediaType
from heygen_localize.media.types import Role as Role
from heygen_localize.media.types import recognise as recognise
