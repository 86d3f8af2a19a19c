"""What counts as committed: by a real git, in every state that a file can be in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import Repository
from workspaces import Workspace

from heygen_localize.core.errors import GitError
from heygen_localize.system.git import committed

NAMES = (
    "plain.srt",
    "with space.srt",
    "'single' and \"double\".srt",
    "línea-日本.srt",
    "star*.srt",
    "[a-z].srt",
    ":(top)magic.srt",
    "-dash.srt",
    "sub/deep/er.srt",
)


@pytest.fixture
def repository(workspace: Workspace) -> Repository:
    repository = Repository(workspace)
    repository.git("commit", "--quiet", "--allow-empty", "--message", "begin")
    return repository


def put(folder: Path, name: str = "a.srt", content: str = "text\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_names_are_taken_as_they_are(repository: Repository, name: str) -> None:
    path = put(repository.folder, name)
    put(repository.folder, "starry.srt")
    put(repository.folder, "b.srt")
    assert committed(repository.folder, {name}) == frozenset()
    repository.commit()
    assert committed(repository.folder, {name}) == {name}
    path.write_text("changed\n")
    assert committed(repository.folder, {name, "b.srt"}) == {"b.srt"}


def change(repository: Repository, path: Path) -> None:
    path.write_text("changed\n")


def stage_a_change(repository: Repository, path: Path) -> None:
    path.write_text("changed\n")
    repository.git("add", "a.srt")


def stage_and_set_back(repository: Repository, path: Path) -> None:
    stage_a_change(repository, path)
    path.write_text("text\n")


def delete(repository: Repository, path: Path) -> None:
    path.unlink()


def forget(repository: Repository, path: Path) -> None:
    repository.git("rm", "--quiet", "--cached", "a.srt")


def rename(repository: Repository, path: Path) -> None:
    repository.git("mv", "a.srt", "old.srt")
    put(repository.folder)


def make_executable(repository: Repository, path: Path) -> None:
    path.chmod(0o755)


@pytest.mark.parametrize(
    "touch",
    [change, stage_a_change, stage_and_set_back, delete, forget, rename, make_executable],
)
def test_what_was_touched_is_not_committed(
    repository: Repository, touch: Callable[[Repository, Path], None]
) -> None:
    path = put(repository.folder)
    put(repository.folder, "b.srt")
    repository.commit()
    touch(repository, path)
    assert committed(repository.folder, {"a.srt", "b.srt"}) == {"b.srt"}


def test_a_conflict_is_not_committed(repository: Repository) -> None:
    put(repository.folder)
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "other")
    put(repository.folder, content="theirs\n")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    put(repository.folder, content="ours\n")
    repository.commit()
    with pytest.raises(Exception, match="merge"):
        repository.git("merge", "other")
    assert committed(repository.folder, {"a.srt"}) == frozenset()


def test_new_files_are_not_committed(repository: Repository) -> None:
    put(repository.folder)
    put(repository.folder, "localized/a.srt")  # which .gitignore names
    assert committed(repository.folder, {"a.srt", "localized/a.srt"}) == frozenset()
    repository.git("add", "--all")
    assert committed(repository.folder, {"a.srt", "localized/a.srt"}) == frozenset()
    repository.commit()
    assert committed(repository.folder, {"a.srt", "localized/a.srt"}) == {"a.srt"}
    repository.git("add", "--force", "localized/a.srt")
    repository.commit()
    assert committed(repository.folder, {"a.srt", "localized/a.srt"}) == {
        "a.srt",
        "localized/a.srt",
    }


def test_before_the_first_commit(workspace: Workspace) -> None:
    repository = Repository(workspace)
    put(repository.folder)
    assert committed(repository.folder, {"a.srt"}) == frozenset()
    repository.git("add", "--all")
    assert committed(repository.folder, {"a.srt"}) == frozenset()


@pytest.mark.parametrize("inner", ["site", " leading and trailing ", "with/two levels", "línea*"])
def test_a_folder_of_the_repository(repository: Repository, inner: str) -> None:
    folder = repository.folder / inner
    path = put(folder)
    put(folder, "b.srt")
    put(repository.folder)
    repository.commit()
    assert committed(folder, {"a.srt", "b.srt"}) == {"a.srt", "b.srt"}
    path.write_text("changed\n")
    assert committed(folder, {"a.srt", "b.srt"}) == {"b.srt"}
    (repository.folder / "a.srt").write_text("changed\n")
    path.write_text("text\n")
    assert committed(folder, {"a.srt", "b.srt"}) == {"a.srt", "b.srt"}


def test_line_ends_that_git_itself_changes(repository: Repository) -> None:
    put(repository.folder, ".gitattributes", "*.srt text eol=crlf\n")
    path = put(repository.folder)
    repository.commit()
    path.unlink()
    repository.git("checkout", "--", "a.srt")
    assert path.read_bytes() == b"text\r\n"
    assert committed(repository.folder, {"a.srt"}) == {"a.srt"}


@pytest.mark.parametrize("link", ["a.srt", "linked"])
def test_a_link_says_nothing_of_the_text_behind_it(repository: Repository, link: str) -> None:
    """What git has is where it leads to; the text there may be anybody's."""
    put(repository.folder, "localized/a.srt")
    leads = "localized/a.srt" if link == "a.srt" else "localized"
    (repository.folder / link).symlink_to(leads)
    repository.commit()
    assert committed(repository.folder, {"a.srt", "linked/a.srt"}) == frozenset()


def test_without_a_repository(tmp_path: Path) -> None:
    put(tmp_path)
    assert committed(tmp_path, {"a.srt"}) == frozenset()
    assert committed(tmp_path, set()) == frozenset()


def test_with_nothing_to_look_at(repository: Repository) -> None:
    assert committed(repository.folder, set()) == frozenset()
    assert committed(repository.folder, {"absent.srt"}) == frozenset()


def test_without_git(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(repository.folder)
    repository.commit()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(GitError, match="there is no git"):
        committed(repository.folder, {"a.srt"})


def test_the_users_settings_change_nothing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(repository.folder, "línea.srt")
    repository.commit()
    repository.git("config", "status.showUntrackedFiles", "no")
    repository.git("config", "status.relativePaths", "true")
    repository.git("config", "status.branch", "true")
    repository.git("config", "color.status", "always")
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    monkeypatch.delenv("GIT_GLOB_PATHSPECS")
    assert committed(repository.folder, {"línea.srt"}) == {"línea.srt"}
    path.write_text("changed\n")
    assert committed(repository.folder, {"línea.srt"}) == frozenset()


def test_looking_changes_nothing(repository: Repository) -> None:
    put(repository.folder)
    repository.commit()
    index = repository.folder / ".git/index"
    (repository.folder / "a.srt").touch()
    before = index.read_bytes()
    committed(repository.folder, {"a.srt"})
    assert index.read_bytes() == before
