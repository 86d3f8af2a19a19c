"""What git says of files: whether they are committed as they stand, and which it tracks.

Where no repository is, git is not asked. Where one is and git gives no answer, nothing is
known, and no answer is made up: `GitError` ends the command.

git runs beside the `.git` that we found, and nowhere below it: a folder that somebody committed
can look like a repository, with a configuration whose commands run. It sees no secret.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import shlex
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from heygen_localize.core.errors import GitError
from heygen_localize.system import UnsafePathError, read
from heygen_localize.system.causes import cause_of

_GIT_TIMEOUT = 60.0
"""Seconds for git to look at the files of a large repository."""

_MAX_INDEX_BYTES = 2**30
"""Bytes of an index, of some ten million files."""

_KEPT = frozenset(
    {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_EXEC_PATH",
        "GIT_TEST_ASSUME_DIFFERENT_OWNER",
        # Who runs it, from where, with whose configuration.
        *("HOME", "LOGNAME", "SUDO_UID", "USER", "XDG_CONFIG_HOME"),
        *("APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PROGRAMDATA", "USERPROFILE"),
        # How programs start.
        *("COMSPEC", "DEVELOPER_DIR", "LD_LIBRARY_PATH", "PATHEXT", "SYSTEMROOT"),
        *("TEMP", "TMP", "TMPDIR", "WINDIR"),
    }
)
"""Variables that say how git works on this machine. Any other one stays away from git: the key
and tokens, what a hook runs under (`git rev-parse --local-env-vars`), and somebody's shell."""

_SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "safe.bareRepository=explicit",
)
"""No program that a configuration names runs, and no folder of a checkout is a repository."""

_TRUST = "safe.directory"
_QUOTED = r"'[^']*(?:'\\[!']'[^']*)*'"
_PARAMETER = f"({_QUOTED})(?:=({_QUOTED})?)?(?: +|$)"
"""One setting of `GIT_CONFIG_PARAMETERS`. Source: git's config.c and quote.c."""


_STATUS = (
    *("status", "--porcelain", "-z", "--no-renames"),
    *("--untracked-files=no", "--ignore-submodules=all", "--"),
)


def committed(folder: Path, paths: Collection[str]) -> frozenset[str]:
    """Return those of the paths, counted from the folder, that HEAD has exactly as they stand.

    None of them where there is no repository.

    Raises:
        GitError: there is one, and git does not tell.
    """
    # Of a link git keeps where it leads, and nothing of the text there.
    existing = {
        path for path in paths if (folder / path).is_file() and not (folder / path).is_symlink()
    }
    root = repository(folder)
    if root is None or not existing:
        return frozenset()
    _refuse_damaged_index(root, folder)
    _refuse_pipes(root, folder, existing)
    prefix = folder.resolve().relative_to(root).as_posix()
    # No names on the command line: there may be more of them than it takes.
    found = ask(root, folder, "ls-files", "-z", "--", prefix)
    changed = ask(root, folder, *_STATUS, prefix)
    clean = set(found.split("\0")) - {entry[3:] for entry in changed.split("\0") if entry}
    return frozenset(path for path in existing if posixpath.normpath(f"{prefix}/{path}") in clean)


def tracked(folder: Path, pattern: str) -> tuple[Path, ...]:
    """Return the files of the work tree around a folder that git tracks under such a name.

    None where there is no repository.

    Raises:
        GitError: there is one, and git does not tell.
    """
    root = repository(folder)
    if root is None:
        return ()
    _refuse_damaged_index(root, folder)
    found = ask(root, folder, "ls-files", "-z", "--", f":(top){pattern}", literal=False)
    return tuple(root / path for path in found.split("\0") if path)


def answers(folder: Path) -> bool:
    """Return whether there is a repository around a folder, whose state git tells.

    Raises:
        GitError: there is one, and git does not tell.
    """
    root = repository(folder)
    if root is not None:
        _refuse_damaged_index(root, folder)
        ask(root, folder, "ls-files", "-z", "--", ".")
    return root is not None


def repository(folder: Path) -> Path | None:
    """Return the root of the repository around a folder; None where there is none."""
    here = folder.resolve()
    return next((at for at in (here, *here.parents) if os.path.lexists(at / ".git")), None)


def _refuse_pipes(root: Path, folder: Path, paths: Collection[str]) -> None:
    """Make sure that git does not wait for what nobody writes."""
    beside = {(folder / path).parent.resolve() for path in paths}
    around = {at for place in beside for at in (place, *place.parents)}
    for at in sorted(at for at in around if at.is_relative_to(root)):
        with suppress(OSError):
            mode = (at / ".gitattributes").lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode)):
                reason = f"{at / '.gitattributes'} is no regular file"
                raise _error(root, folder, reason, hint="remove it")


def _refuse_damaged_index(root: Path, folder: Path) -> None:
    """Hold the index against the hash at its end, which git itself does in `fsck` alone."""
    # This command runs no other one, whatever is configured.
    named = ask(root, folder, "rev-parse", "--git-path", "index").removesuffix("\n")
    if named == "index":
        raise _error(root, folder, f"{root / '.git'} is no repository")
    index = root / named
    try:
        content = read(index, _MAX_INDEX_BYTES, index.parent)
    except FileNotFoundError:
        if not ask(root, folder, "rev-list", "--max-count=1", "--all"):
            return  # as before the first `git add`
        raise _error(root, folder, "it has no index", "git_index_damaged") from None
    except UnsafePathError as unsafe:
        raise _error(root, folder, f"its index cannot be read: {unsafe.told}") from None
    except OSError as error:
        raise _error(root, folder, f"its index cannot be read: {cause_of(error)}") from None
    for hashed in (hashlib.sha1(usedforsecurity=False), hashlib.sha256()):
        size = hashed.digest_size
        hashed.update(content[:-size])
        if content[-size:] in (hashed.digest(), bytes(size)):  # zeros: index.skipHash
            return
    raise _error(root, folder, "its index is damaged", "git_index_damaged")


def ask(
    root: Path,
    folder: Path,
    *arguments: str,
    literal: bool = True,
    into: BinaryIO | None = None,
) -> str:
    """Run a git command that only looks, and return what it says; or have it written `into` a file.

    With `literal`, paths are taken as they stand, whatever pattern they look like.
    """
    import subprocess  # most runs ask git nothing

    settings = [part for name in (*_SETTINGS, *_trusted(os.environ)) for part in ("-c", name)]
    ours = {
        "GIT_CEILING_DIRECTORIES": str(root.parent),
        "GIT_LITERAL_PATHSPECS": str(int(literal)),
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    kept = {name: value for name, value in os.environ.items() if name.upper() in _KEPT}
    places = [place for place in os.get_exec_path() if Path(place).is_absolute()]
    program = _program(places)
    if program is None:
        raise _error(root, folder, "there is no git on this machine", "git_missing")
    try:
        ended = subprocess.run(  # noqa: S603 - our own words, and paths behind `--`
            [program, "--no-pager", *settings, *arguments],
            cwd=root,
            env=kept | ours | {"PATH": os.pathsep.join(places)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if into is None else into,
            stderr=subprocess.PIPE,
            check=False,
            timeout=_GIT_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        reason = f"it does not answer within {_GIT_TIMEOUT:.0f} seconds"
        raise _error(root, folder, reason, "git_slow") from None
    except OSError as error:
        raise _error(root, folder, f"it does not start: {cause_of(error)}") from None
    if ended.returncode:
        raise _refusal(root, folder, ended.stderr.decode("utf-8", "replace"), ended.returncode)
    return "" if into is not None else ended.stdout.decode("utf-8", "surrogateescape")


def _program(places: Iterable[str]) -> str | None:
    """Return git, looked for in whole paths alone: the working folder may hold another one."""
    from shutil import which

    name = "git.exe" if os.name == "nt" else "git"
    return next(filter(None, (which(str(Path(place) / name)) for place in places)), None)


def _trusted(environment: Mapping[str, str]) -> Iterator[str]:
    """Walk over the folders that variables declare safe, in git's order, as settings.

    Images of containers do so by `GIT_CONFIG_COUNT`, and `git -c safe.directory=…` by
    `GIT_CONFIG_PARAMETERS` for all that it starts. Nothing else of these variables is taken:
    other settings name programs that git runs.
    """
    count = environment.get("GIT_CONFIG_COUNT", "")
    for number in range(int(count) if re.fullmatch("[0-9]{1,3}", count) else 0):
        if environment.get(f"GIT_CONFIG_KEY_{number}", "").lower() == _TRUST:
            yield f"{_TRUST}={environment.get(f'GIT_CONFIG_VALUE_{number}', '')}"
    parameters = environment.get("GIT_CONFIG_PARAMETERS", "")
    if not re.fullmatch(f" *(?:{_PARAMETER})*", parameters):
        return
    for key, value in re.findall(_PARAMETER, parameters):
        # Older versions of git have the value within the same quotes.
        name, _, rest = _bare(key).partition("=")
        if name.lower() == _TRUST:
            yield f"{_TRUST}={_bare(value) or rest}"


def _bare(quoted: str) -> str:
    """Return a text that git has put into the quotes of a shell."""
    return re.sub(r"'\\([!'])'", r"\1", quoted[1:-1])


def _refusal(root: Path, folder: Path, said: str, code: int) -> GitError:
    """Make an error of what git said, with the command that mends it."""
    lines = re.findall(r"(?m)^(?:fatal|error): (.+)", said)
    reason = lines[-1] if lines else f"it ended with {code}"
    advised = re.search(r"(?m)^\s*(git config --global --add safe\.directory .+)$", said)
    if advised or "dubious ownership" in said:
        trust = f"git config --global --add safe.directory {shlex.quote(str(root))}"
        command = advised[1] if advised else trust
        return _error(root, folder, reason, "git_untrusted", f"if you trust it: {command}")
    damaged = re.search(r"\bindex\b", said)
    return _error(root, folder, reason, "git_index_damaged" if damaged else "git_failed")


_HINTS = {
    "git_index_damaged": "rebuild it, which changes no file: cd {root} && "
    'rm -f "$(git rev-parse --git-path index)" && git reset',
    "git_missing": "install it, as by apt-get install git, then run this again",
    "git_slow": "see what it is about: git -C {folder} status",
    "git_failed": "see what it reports, and fix that: git -C {folder} status",
}


def _error(
    root: Path, folder: Path, reason: str, code: str = "git_failed", hint: str | None = None
) -> GitError:
    return GitError(
        f"git cannot be asked about the repository {root}: {reason}",
        code=code,
        hint=hint or _HINTS[code].format(root=_quoted(root), folder=_quoted(folder)),
    )


def _quoted(folder: Path) -> str:
    return shlex.quote(str(folder))
