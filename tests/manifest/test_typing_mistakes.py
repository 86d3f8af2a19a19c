"""What people type wrong, as both parsers see it: the place that caused it, and one mend."""

from __future__ import annotations

import pytest
import yaml
from manifest_project import HEAD, Project

from heygen_localize.manifest import yaml_reader as reader

TOP = HEAD + "languages: [ja, fr]\nvideos:\n"
INTRO = TOP + "  intro:\n    source: https://x.example/a.mp4\n"


@pytest.fixture(autouse=True, params=["CSafeLoader", "SafeLoader"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_Loader", getattr(yaml, request.param))


MISTAKES = {
    "a colon in a text": (
        INTRO + "    title: Hello: world\n",
        (7, 12), "Hello: world", "a colon and a space", 'title: "Hello: world"',
    ),
    "a quote not closed": (
        TOP + '  intro:\n    title: "Hello\n    source: ./a.mp4\n',
        (6, 12), '"', 'the quote " that opens here is not closed', 'title: "Hello"',
    ),
    "a quote closed by the next one": (
        TOP + '  intro:\n    title: "Hello\n    source: "./a.mp4"\n',
        (6, 12), '"', "goes on to the next \", in line 7", 'title: "Hello"',
    ),
    "an apostrophe in single quotes": (
        INTRO + "    title: 'It's here'\n",
        (7, 15), "'", "the quote ' closes here", "title: \"It's here\"",
    ),
    "text after a quoted one": (
        INTRO + '    title: "A" and B\n',
        (7, 14), '"', 'the quote " closes here', "title: '\"A\" and B'",
    ),
    "no space after a colon": (
        TOP + "  intro:\n    source:https://x.example/a.mp4\n    title: x\n",
        (6, 11), ":", "a space is missing after source:", "source: https://x.example/a.mp4",
    ),
    "no space in the first line": (
        "version:1\nproject: acme\n", (1, 8), ":", "a space is missing after version:",
        "version: 1",
    ),
    "a tab": (TOP + "\tintro: {}\n", (5, 1), "\t", "indented by a tab", "indent by spaces"),
    "one space too few": (
        INTRO + "   title: x\n", (7, 4), "title", "expected 4 spaces before this line, found 3",
        "as line 6: by 4 spaces",
    ),
    "deeper than a value": (
        HEAD + "  languages: [ja]\n", (3, 3), "languages", "below project, which has a value",
        "as line 2: by 0 spaces",
    ),
    "a bracket not closed": (
        HEAD + "languages: [ja, fr\nvideos: {a: ./a.mp4}\n",
        (3, 12), "[", "the bracket [ that opens here is not closed", "close it with ]",
    ),
    "no comma": (
        HEAD + "languages: [ja]\nvideos: {a: {source: asset:x mode: speed}}\n",
        (4, 34), ":", "expected a comma or }", "put a comma",
    ),
    "a sign of YAML": (
        INTRO + "    title: @home\n", (7, 12), "@home", "begins with @ needs quotes", '"@home"',
    ),
    "a star": (INTRO + "    title: *new*\n", (7, 12), "*new*", "begins with *", '"*new*"'),
    "an equals sign": (
        INTRO + "    mode = speed\n", (7, 10), "=", "expected a colon after mode", "mode: speed",
    ),
    "no colon": (
        HEAD + "languages: [ja]\nvideos\n  intro: ./a.mp4\n",
        (4, 1), "videos", "expected a colon after videos", "write videos:",
    ),
    "a backslash": (
        TOP + '  intro:\n    source: "C:\\videos\\intro.mp4"\n',
        (6, 23), "\\i", "is not an escape", "'C:\\videos\\intro.mp4'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_yaml_points_at_the_cause(project: Project, name: str) -> None:
    text, place, marked, message, mend = MISTAKES[name]
    (problem,) = project.problems(text)
    assert problem.code in ("yaml_syntax", "yaml_tab")
    assert (problem.where.line, problem.where.column) == place
    assert message in problem.message
    assert mend in (problem.hint or "")
    shown = problem.excerpt[0]
    assert shown.line == place[0]
    assert shown.text[shown.column - 1 :][: shown.width] == marked


SHAPES = {
    "version in quotes": (
        'version: "1"\nproject: acme\n' + INTRO.removeprefix(HEAD),
        "version: expected the number 1, found the text '1'", "remove the quotes",
    ),
    "a number in quotes": (
        INTRO + "    speaker_num: '2'\n",
        "speaker_num: expected a whole number, found the text '2'", "remove the quotes",
    ),
    "yes": (
        INTRO + "    translate_audio_only: yes\n",
        "translate_audio_only: expected true or false, found the text 'yes'", "write true",
    ),
    "a list as a text": (
        INTRO.replace("[ja, fr]", "ja, fr"),
        "languages: expected a list or a mapping, found the text 'ja, fr'", "one: [ja, fr]",
    ),
    "dashes without spaces": (
        INTRO.replace("[ja, fr]", "\n  -ja\n  -fr"),
        "languages: expected a list or a mapping, found the text '-ja -fr'", "each dash: - ja",
    ),
    "a video as an item": (
        TOP + "  - source: ./a.mp4\n", "videos: expected a mapping, found a list",
        "without a dash: intro: {source: ./intro.mp4}",
    ),
    "a video's only member without its space": (
        TOP + "  intro:\n    source:https://x.example/a.mp4\n",
        "there is no file", "write a space after the colon: source: https://x.example/a.mp4",
    ),
    "an option misspelt": (
        INTRO + "    moed: precision\n", "there is no key 'moed' here", "did you mean mode?",
    ),
    "a required key misspelt": (
        INTRO.replace("videos", "Videos"), "there is no key 'Videos' here", "did you mean videos?",
    ),
    "an option of every video at the top": (
        INTRO + "mode: precision\n", "there is no key 'mode' here", "stands in defaults",
    ),
    "a video's members beside it": (
        TOP + "  intro:\n  source: https://x.example/a.mp4\n",
        "source stands beside intro, which is empty, not in it", "indent source by two spaces",
    ),
    "a video beside videos": (
        TOP + "intro:\n  source: https://x.example/a.mp4\n",
        "intro stands beside videos, which is empty, not in it", "indent intro by two spaces",
    ),
    "an address without its scheme": (
        TOP + "  intro: {source: cdn.example.com/a.mp4}\n",
        "there is no file 'cdn.example.com/a.mp4'", "https://cdn.example.com/a.mp4",
    ),
    "an address with www": (
        TOP + "  intro: www.example.com/a.mp4?secret\n",
        "there is no file 'www.example.com/a.mp4?secret'", "https://www.example.com/a.mp4",
    ),
    "quotes of a word processor": (
        TOP + "  intro: {source: “./a.mp4”}\n", "there is no file", "“ is no quote of YAML",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_one_mistake_is_told_once_with_what_is_expected(project: Project, name: str) -> None:
    text, message, mend = SHAPES[name]
    (problem,) = project.problems(text)
    assert message in problem.message
    assert mend in (problem.hint or "")
    assert problem.excerpt[0].line == problem.where.line


def test_a_duplicate_key_hides_nothing(project: Project) -> None:
    text = INTRO + "    mode: fast\n    mode: speed\n    titel: x\n1: y\nlimits: {max_new: -1}\n"
    problems = project.problems(text)
    assert [(problem.code, problem.where.line) for problem in problems] == [
        ("invalid_value", 7),
        ("yaml_duplicate_key", 8),
        ("unknown_key", 9),
        ("yaml_key", 10),
        ("invalid_value", 11),
    ]
    first, second = problems[1].excerpt
    assert (first.line, second.line, second.label) == (8, 7, "the first")


def test_what_yaml_refuses_is_not_blamed_again(project: Project) -> None:
    text = INTRO + "    start_time: .inf\n    title: {{ video.id }}\n    speaker_num: !!int 3\n"
    codes = [problem.code for problem in project.problems(text)]
    assert codes == ["yaml_number", "template_unquoted", "yaml_tag"]


def test_a_merge_key_is_not_blamed_for_what_it_brings(project: Project) -> None:
    text = TOP + "  a: &a {source: asset:a}\n  b: {<<: *a, mode: fast}\n"
    assert [problem.code for problem in project.problems(text)] == ["yaml_merge", "invalid_value"]


def test_the_address_stands_beside_a_mistake(project: Project) -> None:
    text = INTRO + "    languages: {ja: {mode: fast}, fr: }\n    moed: x\n"
    assert [problem.address for problem in project.problems(text)] == ["intro/ja", "intro"]


@pytest.mark.parametrize("secret", ["https://u:pw@x.example/a.mp4", "https://x.example/a?sig=pw"])
def test_an_excerpt_shows_no_secret(project: Project, secret: str) -> None:
    for problem in project.problems(TOP + f"  intro: {{source: '{secret}', api_key: pw}}\n"):
        assert "pw" not in problem.excerpt[0].text


def test_a_source_alone_is_a_video(project: Project) -> None:
    manifest = project.load(TOP + "  one: {source: asset:a}\n  two: asset:b\n")
    assert [(target.address, target.source.reference) for target in manifest.targets] == [
        ("one/fr", "a"), ("one/ja", "a"), ("two/fr", "b"), ("two/ja", "b"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://www.youtube.com/watch?v=1", "a YouTube page about the video"),
        ("https://www.loom.com/share/1", "a Loom page about the video"),
    ],
)
def test_a_page_about_a_video_is_named(project: Project, address: str, told: str) -> None:
    (warning,) = project.load(TOP + f"  intro: {address}\n").warnings
    assert told in warning.message
    assert warning.where.line == 5


@pytest.mark.parametrize("written", ["fr ja", "fr; ja"])
def test_languages_without_a_comma_between_them(project: Project, written: str) -> None:
    (problem,) = project.problems(TOP.replace("[ja, fr]", f"[{written}]") + "  intro: asset:a\n")
    assert problem.code == "language_unknown"
    assert problem.message == f"{written!r} are 2 languages with no comma between them"
    assert problem.hint == "write fr, ja"
    (problem,) = project.problems(TOP.replace("[ja, fr]", "[fr xx]") + "  intro: asset:a\n")
    assert "'fr xx' is not a language" in problem.message
