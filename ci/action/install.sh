#!/usr/bin/env bash
# Installs this version of localize into an environment of its own, away from the repository.
set -euo pipefail

place=$(mktemp -d "$RUNNER_TEMP/localize.XXXXXX")
# -I: a file pip.py or venv.py in the repository is not what we want to run.
"$PYTHON" -I -m venv "$place"
bin=$place/bin
[ -d "$bin" ] || bin=$place/Scripts
install() { "$bin/python" -I -m pip install --quiet --disable-pip-version-check --no-deps "$@"; }
# The versions that this was tested with, each with its hash; what builds it is among them.
install --require-hashes -r "$GITHUB_ACTION_PATH/requirements/run.txt"
install --no-build-isolation "$GITHUB_ACTION_PATH"
echo "bin=$bin" >> "$GITHUB_OUTPUT"
"$bin/localize" --version
