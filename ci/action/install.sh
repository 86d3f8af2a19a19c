#!/usr/bin/env bash
# Installs this version of localize into an environment of its own, away from the repository.
set -euo pipefail

place=$(mktemp -d "$RUNNER_TEMP/localize.XXXXXX")
# -I: a file pip.py or venv.py in the repository is not what we want to run.
"$PYTHON" -I -m venv "$place"
bin=$place/bin
[ -d "$bin" ] || bin=$place/Scripts
"$bin/python" -I -m pip install --quiet --disable-pip-version-check "$GITHUB_ACTION_PATH"
echo "bin=$bin" >> "$GITHUB_OUTPUT"
"$bin/localize" --version
