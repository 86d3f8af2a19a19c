"""What every short run does first, done once for drivers whose processes are forks."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import pkgutil
import tempfile
from pathlib import Path

import heygen_localize

_MANIFEST = "version: 1\nproject: warm\nlanguages: [ja]\nvideos: {a: {source: 'asset:a'}}\n"


def preload() -> None:
    """Import all of the package, have its caches filled, and keep that from being collected."""
    for module in pkgutil.walk_packages(heygen_localize.__path__, "heygen_localize."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    from heygen_localize.cli.main import run

    before = Path.cwd()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        os.chdir(folder)
        Path("localize.yaml").write_text(_MANIFEST, encoding="utf-8")
        for command in ("status", "plan --offline", "report --html page.html"):
            assert run(command.split()) == 0
        os.chdir(before)
    gc.collect()
    gc.freeze()
