"""What a file is by its bytes, whether it can be what it stands for, and how long it is.

`recognition` names the type of the first bytes, `fitness` holds it against the
role of the file and says how to mend what does not fit, `length` gives seconds.
Nothing here asks the network or opens a file.
"""

from heygen_localize.media.check import check
from heygen_localize.media.duration import seconds_of
from heygen_localize.media.types import HEAD, HTML, LFS_POINTER, MediaType, Role, recognise

__all__ = [
    "HEAD",
    "HTML",
    "LFS_POINTER",
    "MediaType",
    "Role",
    "check",
    "recognise",
    "seconds_of",
]
