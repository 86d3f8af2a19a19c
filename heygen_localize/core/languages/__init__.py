"""What a user writes for a language, HeyGen's name for it, and the tag it is kept by.

HeyGen knows languages by English names such as "Spanish (Mexico)"; people
write BCP-47 tags such as `es-MX`. CLDR, whose English names are nearly
HeyGen's, is the bridge. `tags` holds what CLDR knows, `spelling` where
HeyGen differs from it, `catalog` the look-up itself. The room is pure: the
names come in as an argument, and nothing is fetched or timed.
"""

from heygen_localize.core.languages.catalog import (
    AmbiguousLanguage,
    Language,
    LanguageCatalog,
    UnknownLanguage,
    catalog_of,
)
from heygen_localize.core.languages.spelling import fits

__all__ = [
    "AmbiguousLanguage",
    "Language",
    "LanguageCatalog",
    "UnknownLanguage",
    "catalog_of",
    "fits",
]
