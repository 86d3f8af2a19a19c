"""The files that travel with the code: schemas, the example manifest, language names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def schema_text(name: str) -> str:
    """Return a JSON schema by the name of its file, such as `localize.schema.json`.

    Raises:
        FileNotFoundError: there is no schema of this name.
    """
    return _text(f"schema/{name}", beside=f"schema/{name}")


def example_text() -> str:
    """Return the example manifest, the one that a newcomer starts from."""
    return _text("data/localize.yaml.example", beside="localize.yaml.example")


def errors_page() -> str:
    """Give the page of documentation that explains every error code."""
    return _text("data/errors.md", beside="docs/errors.md")


def language_names() -> tuple[str, ...]:
    """Return HeyGen's names of target languages as they were when this version was made."""
    return tuple(_text("data/languages.txt", beside="docs/vendor/languages.txt").splitlines())


def _text(inside: str, *, beside: str) -> str:
    """Read a file from the package (a wheel), or else from beside it (a checkout)."""
    path = _PACKAGE.joinpath(*inside.split("/"))
    # As importlib.resources has it, which takes longer to load than the files to read. What
    # measures coverage puts a loader of its own in place, which cannot read.
    get_data: Callable[[str], bytes] | None = getattr(__spec__.loader, "get_data", None)
    try:
        content = path.read_bytes() if get_data is None else get_data(str(path))
    except OSError:
        return (_PACKAGE.parent / beside).read_text("utf-8")
    return content.decode().replace("\r\n", "\n")
