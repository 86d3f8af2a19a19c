"""Names of files that are found without being named. Pure."""

from __future__ import annotations

DEFAULT_MANIFEST = "localize.yaml"
