"""A GitLab runner of one job of the template, with a stub in the place of localize."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml
from action_origin import Origin
from action_runner import BIN, ROOT
from starters import fast_programs

TEMPLATE = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))
HOST, TOKEN = "gitlab.example.com", "glpat-secret"


class GitLab:
    """A runner of one job, with a stub in the place of localize."""

    def __init__(self, origin: Origin, stub: Path) -> None:
        self.checkout = origin.clone("checkout")
        remote = f"https://localize:{TOKEN}@{HOST}/acme/videos.git"
        self.environment = {
            "PATH": os.pathsep.join(map(str, (stub, fast_programs(), BIN, os.environ["PATH"]))),
            "HOME": os.environ["HOME"],
            "CI_SERVER_HOST": HOST,
            "CI_JOB_ID": f"{os.getpid()}-{id(self)}",
            "CI_PROJECT_PATH": "acme/videos",
            "CI_COMMIT_BRANCH": "main",
            "HEYGEN_API_KEY": "key",
            # Lead git to the origin instead of the network.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{origin.bare.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": remote,
        } | {name: str(text) for name, text in TEMPLATE["variables"].items()}
        self._stub = stub

    def run(
        self, job: str | dict[str, Any], part: str, localize: str = "exit 0"
    ) -> subprocess.CompletedProcess[str]:
        program = self._stub / "localize"
        program.write_text(
            "#!/usr/bin/env bash\n"
            f'if [ "$1" = lock ]; then exec {fast_programs()}/localize "$@"; fi\n'
            f'if [ "$1" = proofread ]; then exec {fast_programs()}/localize "$@"; fi\n'
            "shown=/dev/stdout\n"
            'find() { while [ $# -gt 0 ]; do [ "$1" != --markdown ] || shown=$2; shift; done; }\n'
            f'find "$@"; echo "$*" >> "$shown"\n{localize}\n'
        )
        program.chmod(0o755)
        wanted = TEMPLATE[f"localize:{job}"] if isinstance(job, str) else job
        lines = "\n".join(wanted[part])
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", lines],
            cwd=self.checkout,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
