"""The names of the target languages, and the codes that ids end in."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from heygen_localize.sandbox.documents import vendor_text

# The vendor's names that CLDR does not know.
_OTHER_CODES = {"Bengali": "bn", "Mandarin": "zh"}


@cache
def language_names() -> tuple[str, ...]:
    """Gives every target language, spelled and ordered as the vendor does."""
    return tuple(vendor_text("languages.txt").splitlines())


@cache
def _codes() -> dict[str, str]:
    names = Locale("en").languages
    # The shortest code wins where CLDR has several for one name.
    return {names[code]: code for code in sorted(names, key=len, reverse=True)} | _OTHER_CODES


def language_code(name: str) -> str:
    """Gives the code that the id of a job in this language ends in.

    Args:
        name: A name from `language_names`, such as ``Spanish (Mexico)``.

    Returns:
        The code of the language without its region, such as ``es``.
    """
    return _codes()[re.split(r" [(-]", name)[0]]
