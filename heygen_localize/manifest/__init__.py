"""Reads `localize.yaml`: YAML with the place of everything, to targets with every option.

The way leads through `reader` and `builder` (bytes to data, bounded), `structure`
(the schema), `includes`, `vocabulary` and `selection` (languages and groups),
`options` and `filling` (layers and templates), `outputs`, `reviews` (subtitles that people
correct), `terms`, and `targets`; `load` joins them.
Mistakes are gathered on the way and told together.
"""

from heygen_localize.manifest.load import load_manifest
from heygen_localize.manifest.sources import subtitle_bytes

__all__ = ["load_manifest", "subtitle_bytes"]
