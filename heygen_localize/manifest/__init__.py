"""Reads `localize.yaml`: YAML with the place of everything, to targets with every option.

The way leads through `reader` and `builder` (bytes to data, bounded), `structure`
(the schema), `includes`, `vocabulary` and `selection` (languages and groups),
`options` and `filling` (layers and templates), `outputs`, `reviews` (subtitles that people
correct), `terms`, `pins` (jobs that stand for targets), and `targets`; `load` joins them.
Mistakes are gathered on the way and told together.
"""

from heygen_localize.manifest.load import load_manifest
from heygen_localize.manifest.pins import file_document, lines_of, with_pin
from heygen_localize.manifest.twins import refuse_twins

__all__ = [
    "file_document",
    "lines_of",
    "load_manifest",
    "refuse_twins",
    "with_pin",
]
