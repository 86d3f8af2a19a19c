"""A project that is rendered, and the account that it was rendered in."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rows import LOCALIZE, spent

from heygen_localize.project.project import load_manifest
from heygen_localize.sandbox import Sandbox, SandboxSettings

LANGUAGES = ("es-MX", "fr-FR", "ja", "de-DE", "it-IT", "ko", "pl", "tr", "nl", "sv")


@contextmanager
def project(videos: int, others: int = 0) -> Iterator[tuple[Path, dict[str, str], Sandbox]]:
    """Make a project that is rendered, adopted and seen, an hour ago, and run its account."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = ["version: 1", "project: steady", f"languages: [{', '.join(LANGUAGES)}]"]
        lines += ["lock: {urls: none}", "videos:"]
        lines += [f"  v{n}: {{source: 'https://cdn.example.com/{n}.mp4'}}" for n in range(videos)]
        (folder / "localize.yaml").write_text("\n".join(lines) + "\n")
        now = [time.time() - 86_400.0]

        def clock() -> float:
            now[0] += 0.1
            return now[0]

        settings = SandboxSettings(state=folder / "sandbox", render_seconds=1, max_jobs=None)
        with Sandbox(settings, clock) as account:
            for number in range(others):
                account.add_foreign_job(title=f"theirs {number}")
            for target in load_manifest(folder / "localize.yaml").targets:
                account.add_foreign_job(
                    target.language.name, target.title or "", callback_id=str(target.mark)
                )
            now[0] = time.time() - 3600.0
            environment = {
                "HEYGEN_API_BASE": account.base_url,
                "HEYGEN_API_KEY": account.api_key,
            }
            spent([LOCALIZE, "apply", "--yes"], folder, environment)
            spent([LOCALIZE, "plan"], folder, environment)
            yield folder, environment, account
