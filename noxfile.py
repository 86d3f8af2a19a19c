"""The tests on every Python, and on other versions of the libraries: docs/contributing.md."""

import os
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|venv"
nox.options.error_on_missing_interpreters = False  # each is tested where it is; CI asks for all
nox.options.sessions = ["fast"]

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
ROOT = Path(__file__).parent
SLOW = (ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").split()

# The tests start Python by the hundred, which is not to be compiled anew each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A session installs what it names, and never a Python.
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
# pyenv's Pythons are found although none of them is chosen.
PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
os.environ["PATH"] += "".join(
    f"{os.pathsep}{folder}" for folder in sorted(PYENV.glob("versions/3.*/bin"))
)


@nox.session(python=PYTHONS)
def fast(session: nox.Session) -> None:
    """Run the fast tests on the locked versions."""
    install_locked(session, "dev")
    run_fast(session)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the fast tests on the lowest versions that pyproject.toml allows."""
    install_locked(session, "lowest")
    run_fast(session)


@nox.session
def newest(session: nox.Session) -> None:
    """Run the fast tests on the newest versions there are, locked or not."""
    session.install("--upgrade", "--editable", ".[dev,docs]")
    run_fast(session)


@nox.session
@nox.parametrize("engine", ["apache-airflow>=3", "dagster", "kubernetes-validate"])
def engines(session: nox.Session, engine: str) -> None:
    """Run the examples in their engines, each in an environment of its own."""
    session.install("--editable", ".", "pytest", "hypothesis", engine)
    # Their warnings are theirs.
    session.run(
        "python", "-m", "pytest", "-p", "no:cacheprovider", "-W", "default", "tests/engines"
    )


def install_locked(session: nox.Session, name: str) -> None:
    """Install as script/bootstrap does: by hashes, and nothing but what is locked."""
    session.install("--no-deps", "--require-hashes", "-r", f"requirements/{name}.txt")
    session.install("--no-deps", "--no-build-isolation", "--editable", ".")


def run_fast(session: nox.Session) -> None:
    """Run the tests that are named, or else all but the slow ones."""
    tests = session.posargs or [f"--ignore={path}" for path in SLOW]
    parallel = ("-n", "logical", "--dist", "worksteal")
    session.run("python", "-m", "pytest", "-p", "no:cacheprovider", *parallel, *tests)
