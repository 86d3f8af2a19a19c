"""Templates of the plainest kind, which are read without Jinja2: to what it would make of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heygen_localize.core.errors import InputError
from heygen_localize.manifest import templates
from heygen_localize.manifest.templates import Template, read_template

PIECES = (
    *("{{ video.id }}", "{{language.tag}}", "{{ project}}", "{{  language.name }}"),
    *(
        "{{ fingerprint }}",
        "{{ video.tag }}",
        "{{ video . id }}",
        "{{- project }}",
        "{{ project -}}",
    ),
    *("{", "}", "{{", "}}", "{#", "#}", "{%", "%}", "\n", "\r\n", "\t", " ", "ü", "a/b.mp4", "-"),
    *("{{ project }", "{{\nproject }}", "{{ 'a' }}", "{{ project }}}", "# ", "{{ none }}"),
)


def read(text: str, fingerprint: bool) -> Template | str:
    try:
        return read_template.__wrapped__(text, fingerprint)
    except InputError as error:
        return str(error)


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.booleans())
def test_they_are_read_as_jinja_reads_them(text: str, fingerprint: bool) -> None:
    quick = read(text, fingerprint)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templates, "_plain", lambda *_: None)
        assert quick == read(text, fingerprint)


@pytest.mark.parametrize("text", ["{{ video.id }}", "a/{{ video.id }}/{{ language.tag }}.mp4\n"])
def test_the_usual_ones_need_no_jinja(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "_environment", lambda: pytest.fail("Jinja2 was asked"))
    assert read_template.__wrapped__(text).parts
