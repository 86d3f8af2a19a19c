"""Git for the steps: commits made beside the work tree and its index, with the job's token."""

from __future__ import annotations

import os
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from regular import LARGEST

_PATIENCE = 300.0
"""Seconds for the slowest call: a fetch of a large repository."""

_AUTHOR = {
    "NAME": "github-actions[bot]",
    "EMAIL": "41898282+github-actions[bot]@users.noreply.github.com",
}
"""Whom GitHub shows as the job's own account."""


class GitError(Exception):
    """A git command failed."""


@dataclass(frozen=True)
class Entry:
    """What a commit has under a name: `regular` where it is no link, folder or repository.

    `name` is the blob's id, `size` its bytes.
    """

    regular: bool
    name: str
    size: int


_SETTINGS = (
    "core.quotePath=off",
    # Nothing runs that the checkout, its configuration or an earlier job's leavings name.
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
)


class Git:
    """The repository that a folder is in, found by its `.git` alone.

    git itself would also take a folder for a repository that merely looks like one; files
    that a stranger committed can, with a configuration whose commands run.

    `token` signs in where the checkout kept no credentials; it is passed in the
    environment, which no list of processes shows.
    """

    def __init__(self, folder: Path, token: str) -> None:
        environment = {
            name: text
            for name, text in os.environ.items()
            if name != "INPUT_TOKEN" and not name.startswith("HEYGEN_")
        }
        environment |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{role}_{name}": text for name, text in _AUTHOR.items()}
        if token:
            environment |= _signing_in(token, environment)
        self._top = _top(folder)
        environment |= {"GIT_DIR": str(self._top / ".git"), "GIT_WORK_TREE": str(self._top)}
        self._environment = environment
        self._settings = [part for setting in _SETTINGS for part in ("-c", setting)]

    def name_of(self, path: Path) -> str:
        """Give a file's way from the root of the repository."""
        return (Path.cwd() / path).relative_to(self._top).as_posix()

    def content(self, commit: str, path: str) -> bytes | None:
        """Read a file of a commit; None where it is not in it, or is a link or a folder.

        Raises:
            GitError: it is larger than any lockfile.
        """
        told = self._text("ls-tree", "--full-tree", "--long", commit, "--", path)
        mode, _, name, size = (told.split("\t")[0].split() + [""] * 4)[:4]
        if not mode.startswith("100"):
            return None
        if int(size) > LARGEST:
            raise GitError(f"{path} is too large in {commit[:12]}")
        return self._run("cat-file", "blob", name)

    def files(self, commit: str) -> dict[str, Entry]:
        """Return all that a commit has, by the way from the root of the repository."""
        told = self._run("ls-tree", "-r", "-z", "--long", "--full-tree", commit)
        found: dict[str, Entry] = {}
        for line in told.decode("utf-8", "surrogateescape").split("\0"):
            facts, _, path = line.partition("\t")
            if path:
                mode, _, name, size = facts.split()
                found[path] = Entry(mode.startswith("100"), name, int(size) if size != "-" else 0)
        return found

    def blob(self, name: str) -> bytes:
        """Return a file's content, by its blob's id."""
        return self._run("cat-file", "blob", name)

    def tips(self, branches: Iterable[str]) -> dict[str, str]:
        """Return the tips of those branches that the origin has."""
        refs = {f"refs/heads/{branch}": branch for branch in branches}
        if not refs:
            return {}
        told = self._text("ls-remote", "origin", *sorted(refs))
        pairs = (line.split("\t") for line in told.splitlines())
        return {refs[ref]: tip for tip, ref in pairs if ref in refs}

    def head(self) -> str:
        """Give the id of the commit that is checked out."""
        return self._text("rev-parse", "HEAD")

    def tree(self) -> str:
        """Give the id of all that the commit that is checked out holds."""
        return self._text("rev-parse", "HEAD^{tree}")

    def fetch(self, branch: str) -> str:
        """Fetch a branch; give the id of its tip."""
        return self._fetch(f"refs/heads/{branch}")

    def fetch_alone(self, branch: str) -> str:
        """Fetch a branch, to a shallow checkout its tip alone; give the tip's id."""
        return self._fetch(f"refs/heads/{branch}", *self._short())

    def have(self, commit: str) -> None:
        """Fetch a commit, unless it is there; to a shallow checkout without its history."""
        if self._call("cat-file", "-e", f"{commit}^{{commit}}").returncode:
            self._fetch(commit, *self._short())

    def _short(self) -> tuple[str, ...]:
        told = self._text("rev-parse", "--is-shallow-repository")
        return ("--depth=1",) if told == "true" else ()

    def _fetch(self, ref: str, *options: str) -> str:
        self._run("fetch", "--quiet", "--no-tags", *options, "origin", ref)
        return self._text("rev-parse", "FETCH_HEAD")

    def commit(self, parents: Sequence[str], files: Mapping[str, bytes], message: str) -> str:
        """Make a commit that changes these files of its first parent; give its id.

        Neither the work tree nor its index is touched, and no hook runs.
        """
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder).resolve() / "index")}
            self._run("read-tree", parents[0], more=index)
            entries = [f"100644 {self._kept(files[path])}\t{path}\0" for path in sorted(files)]
            told = "".join(entries).encode("utf-8", "surrogateescape")
            self._run("update-index", "--add", "-z", "--index-info", given=told, more=index)
            tree = self._run("write-tree", more=index).decode().strip()
        named = [part for parent in parents for part in ("-p", parent)]
        return self._run("commit-tree", tree, *named, given=message.encode()).decode().strip()

    def _kept(self, content: bytes) -> str:
        blob = self._run("hash-object", "-w", "--no-filters", "--stdin", given=content)
        return blob.decode().strip()

    def push(self, commit: str, branch: str, force: bool = False) -> str:
        """Push a commit as a branch's tip; give git's last words where it was refused."""
        sign = "+" if force else ""
        refspec = f"{sign}{commit}:refs/heads/{branch}"
        ended = self._call("push", "--quiet", "--no-verify", "origin", refspec)
        return _last_words(ended) if ended.returncode else ""

    def _text(self, *arguments: str) -> str:
        return self._run(*arguments).decode("utf-8", "surrogateescape").strip()

    def _run(
        self, *arguments: str, given: bytes | None = None, more: dict[str, str] | None = None
    ) -> bytes:
        ended = self._call(*arguments, given=given, more=more)
        if ended.returncode:
            raise GitError(f"git {arguments[0]}: {_last_words(ended)}")
        return ended.stdout

    def _call(
        self, *arguments: str, given: bytes | None = None, more: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603 - our own words, and refs of this repository
                ["git", *self._settings, *arguments],  # noqa: S607 - the runner's git
                cwd=self._top,
                env=self._environment | (more or {}),
                input=given if given is not None else b"",
                capture_output=True,
                check=False,
                timeout=_PATIENCE,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitError(f"git {arguments[0]}: {type(error).__name__}") from None


def _top(folder: Path) -> Path:
    """Find the root of the work tree that a folder is in."""
    here = Path.cwd() / folder
    for place in (here, *here.parents):
        if not (place / ".git").is_symlink() and (place / ".git").exists():
            return place
    raise GitError("there is no repository here")


def _signing_in(token: str, environment: dict[str, str]) -> dict[str, str]:
    """Give the environment by which git sends the token to GitHub, and nowhere else.

    The empty value first: it drops a header that the checkout left in the
    configuration, since GitHub refuses two.
    """
    server = environment.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    key = f"http.{server}/.extraheader"
    header = b64encode(f"x-access-token:{token}".encode()).decode()
    begun = int(environment.get("GIT_CONFIG_COUNT", "0"))
    told = {"GIT_CONFIG_COUNT": str(begun + 2)}
    for number, text in enumerate(("", f"AUTHORIZATION: basic {header}"), begun):
        told |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": text}
    return told


def _last_words(ended: subprocess.CompletedProcess[bytes]) -> str:
    """Give what a failed command said: the server's words first, no addresses, no advice."""
    lines = [line.strip() for line in ended.stderr.decode("utf-8", "replace").splitlines()]
    remote = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    other = [line for line in lines if not line.startswith(("hint:", "To ", "error: failed to"))]
    told = [line for line in remote or other if line] or ["no word"]
    return " / ".join(told[-4:])[:300]
