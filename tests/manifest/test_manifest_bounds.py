"""What a manifest may hold at most, by counting: bounds come before what they save."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from manifest_project import Project

from heygen_localize.core.errors import ManifestError
from heygen_localize.manifest import diagnostics, pieces, proofread, targets, yaml_bounds
from heygen_localize.manifest import includes as including
from heygen_localize.manifest.document import Document
from heygen_localize.manifest.yaml_builder import TreeBuilder

HEAD = "version: 1\nproject: test\nlanguages: [ja, de-DE]\n"
VIDEOS = "videos:\n  intro: {source: 'asset:a'}\n"


def test_one_part_is_bounded_and_the_videos_are_not(project: Project) -> None:
    many = "".join(f"  v{number}: {{source: 'asset:a{number}'}}\n" for number in range(3000))
    assert len(project.load(HEAD + VIDEOS + many).targets) == 2 * 3001
    (problem,) = project.problems(HEAD + VIDEOS + "groups: {a: [" + "ja," * 10_000 + "]}\n")
    assert problem.code == "yaml_too_large"
    assert problem.message.startswith("groups holds more than 10,000 values")
    wide = VIDEOS + "  wide: {languages: [" + "ja," * 10_000 + "]}\n"
    (problem,) = project.problems(HEAD + wide)
    assert problem.message.startswith("videos.wide holds more than 10,000 values")


def test_an_alias_counts_as_much_in_a_part(project: Project) -> None:
    videos = "".join(f"  v{number}: {{source: 'asset:a'}}\n" for number in range(3000))
    (problem,) = project.problems(f"{HEAD}videos: &all\n{videos}groups: *all\n")
    assert problem.message.startswith("groups holds more than 10,000 values")


def test_reading_ends_with_the_value_that_is_too_much(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    scalar, read = TreeBuilder._scalar, list[object]()

    def counted(self: TreeBuilder, event: object) -> None:
        read.append(event)
        scalar(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(TreeBuilder, "_scalar", counted)
    project.problems(HEAD + VIDEOS + "groups: {a: [" + "ja," * 60_000 + "]}\n")
    assert len(read) < 10_100


def test_values_of_all_files_count_together(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heygen_localize.manifest.yaml_builder.MAX_VALUES", 40)
    monkeypatch.setattr(yaml_bounds, "MAX_VALUES", 40)
    for name in "abc":
        project.write(f"videos:\n  {name}: {{source: 'asset:a'}}\n", f"{name}.yaml")
    few = HEAD + VIDEOS + "include: [a.yaml, b.yaml]\n"
    assert len(project.load(few).targets) == 6
    (problem,) = project.problems(few.replace("b.yaml", "b.yaml, c.yaml"))
    assert problem.message.startswith("more than 40 values")


def test_bytes_of_all_files_count_together(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heygen_localize.manifest.yaml_reader.MAX_BYTES_TOGETHER", 2_000_000)
    project.write("#" * 1_999_900 + "\nvideos:\n  a: {source: 'asset:a'}\n", "a.yaml")
    (problem,) = project.problems(HEAD + VIDEOS + "include: [a.yaml]\n")
    assert problem.message == "the manifest and what it includes are larger than 2 MB"
    assert yaml_bounds.MAX_BYTES_TOGETHER > yaml_bounds.MAX_BYTES


def test_files_are_counted_before_any_is_read(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(including, "MAX_FILES", 2)
    for name in "abc":
        project.write("nonsense: [\n", f"v/{name}.yaml")
    (problem,) = project.problems(HEAD + VIDEOS + "include: ['v/*.yaml']\n")
    assert problem.message == "include leads to more than 2 files"


@pytest.mark.parametrize(
    ("bound", "text", "message"),
    [
        (
            (proofread, "MOST_REVIEWED", 3),
            HEAD + "defaults: {proofread: true}\n" + VIDEOS + "  two: {source: 'asset:b'}\n",
            "more than 3 targets have proofread",
        ),
        (
            (targets, "MOST_LOOKED_AT", 6),
            HEAD + VIDEOS + "  two: {source: 'asset:b', except_languages: [ja]}\n"
            "  three: {source: 'asset:c', except_languages: [ja, de-DE]}\n",
            "there are more than 6 languages named, by groups too",
        ),
    ],
)
def test_what_targets_cost_is_bounded(
    bound: tuple[object, str, int],
    text: str,
    message: str,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module, name, most = bound
    monkeypatch.setattr(module, name, most + 100)
    assert "too_many_targets" not in codes(project, text)
    monkeypatch.setattr(module, name, most)
    told = project.problems(text)
    assert message in [problem.message for problem in told]


def codes(project: Project, text: str) -> list[str]:
    try:
        project.load(text)
    except ManifestError as error:
        return [problem.code for problem in error.problems]
    return []


def test_warnings_beyond_a_thousand_are_counted(project: Project) -> None:
    many = "".join(
        f"  v{number}: {{source: 'asset:a', enable_caption: true}}\n" for number in range(1200)
    )
    warnings = project.load(HEAD + VIDEOS + many).warnings
    assert len(warnings) == diagnostics.MOST_WARNINGS + 1
    assert warnings[-1].code == "more_warnings"
    assert warnings[-1].message == "and 200 more warnings, which are not told one by one"


def test_the_validator_gets_a_large_document_in_pieces(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEAD + VIDEOS + "".join(f"  v{number}: {{}}\n" for number in range(900))
    whole = [(problem.message, problem.where) for problem in project.problems(text)]
    monkeypatch.setattr(pieces, "AT_ONCE", 100)
    sizes = list[int]()
    cut = pieces.of

    def counted(document: Document) -> Iterator[object]:
        for piece in cut(document):
            sizes.append(pieces.size(piece))
            yield piece

    monkeypatch.setattr(pieces, "of", counted)
    assert [(problem.message, problem.where) for problem in project.problems(text)] == whole
    assert len(sizes) > 10
    assert max(sizes) < 140


def test_few_missing_files_are_looked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = list[Path]()

    def beside(path: Path) -> list[str]:
        looked.append(path)
        return ["x.mp4"]

    monkeypatch.setattr("heygen_localize.manifest.sources.beside", beside)
    text = HEAD + VIDEOS + "".join(f"  v{n}: {{source: missing{n}.mp4}}\n" for n in range(300))
    assert len(project.problems(text)) == 300
    assert len(looked) == 20
