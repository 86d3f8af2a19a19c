"""What the documentation says of each error code, for a terminal."""

from __future__ import annotations

import re

_SECTION = re.compile(r"^### ([a-z][a-z0-9_]*)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([\w-]+\.md)[^)]*\)")


def explanations(page: str) -> dict[str, str]:
    """Return the text of each code of the page docs/errors.md, in its order."""
    return {code: text.strip() for code, text in _SECTION.findall(page)}


def explanation_text(code: str, text: str) -> str:
    """Render one explanation; links of the page become the names of its neighbours."""
    linked = _LINK.sub(r"docs/\1", text)
    return f"{code}\n\n{linked}\n"


def summary_of(text: str) -> str:
    """Return the first sentence of an explanation, in one line."""
    return re.split(r"(?<=[.:])\s", " ".join(text.split()), maxsplit=1)[0]
